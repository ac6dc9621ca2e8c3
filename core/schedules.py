"""What runs by the clock: what the apps declare, and the rows of django-q that are made from it."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule

from core.declarations import Scheduled, collected

DAILY, WEEKLY, MINUTES = Schedule.DAILY, Schedule.WEEKLY, Schedule.MINUTES


# No entry takes arguments: one that django-q cannot read would stop every schedule.
def table() -> list[Scheduled]:
    """What the apps declare, by the time of day."""
    return sorted(collected(Scheduled), key=lambda each: each.at)


@transaction.atomic
def sync(entries: Iterable[Scheduled] | None = None) -> None:
    """Have exactly these schedules, by name, or those of the table; a second run changes nothing.

    A time that was edited counts at once; a run that is due and has not begun is not lost.
    """
    # Held, as names are not unique: two who do this at once would make everything twice.
    list(ContentType.objects.select_for_update().filter(app_label="django_q", model="schedule"))
    kept = [_sync(entry) for entry in (table() if entries is None else entries)]
    Schedule.objects.exclude(pk__in=kept).delete()


def _sync(entry: Scheduled) -> int:
    row = Schedule.objects.filter(name=entry.name).order_by("pk").first()
    details = {
        "name": entry.name,
        "func": entry.func,
        "schedule_type": _type(entry),
        "repeats": -1,
        "args": None,
        "kwargs": None,
        "hook": None,
        "cluster": None,
        "cron": None,
        "minutes": entry.minutes or None,
        "intended_date_kwarg": None,
    }
    if row is None or row.next_run is None or not entry.is_met_by(row.next_run):
        details["next_run"] = entry.next_after(timezone.now())
    saved, _created = Schedule.objects.update_or_create(pk=row and row.pk, defaults=details)
    return int(saved.pk)


def _type(entry: Scheduled) -> str:
    if entry.minutes:
        return str(MINUTES)
    return str(DAILY if entry.weekday is None else WEEKLY)
