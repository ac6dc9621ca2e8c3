"""What runs by the clock: one table, and the rows of django-q that are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule

DAILY, WEEKLY = Schedule.DAILY, Schedule.WEEKLY
SUNDAY = 6


@dataclass(frozen=True)
class Entry:
    """A function by its dotted path, and when it runs, in the business time zone."""

    name: str
    func: str
    at: time
    weekday: int | None = None  # Monday is 0; every day where none is said.

    @property
    def kind(self) -> str:
        """Django-q's word for how often."""
        return str(DAILY if self.weekday is None else WEEKLY)

    def is_met_by(self, moment: datetime) -> bool:
        """Is this a time at which it runs?"""
        local = timezone.localtime(moment, timezone.get_default_timezone())
        return local.time() == self.at and self.weekday in {None, local.weekday()}

    def next_after(self, moment: datetime) -> datetime:
        """The first time after a moment at which it runs."""
        local = timezone.localtime(moment, timezone.get_default_timezone())
        days = (local.date() + timedelta(days=n) for n in range(9))
        times = (datetime.combine(day, self.at, tzinfo=local.tzinfo) for day in days)
        return next(at for at in times if at > moment and self.weekday in {None, at.weekday()})


# No entry takes arguments: one that django-q cannot read would stop every schedule.
TABLE = (
    Entry("flag overdue jobs", "operations.tasks.flag_overdue", at=time(0, 0)),
    Entry("prune results", "core.tasks.prune", at=time(3, 0), weekday=SUNDAY),
    Entry("prune sign-ins of programs", "people.tasks.prune", at=time(3, 10), weekday=SUNDAY),
)


@transaction.atomic
def sync(table: tuple[Entry, ...] = TABLE) -> None:
    """Have exactly the schedules of the table, by name; a second run changes nothing.

    A time that was edited counts at once; a run that is due and has not begun is not lost.
    """
    # Held, as names are not unique: two who do this at once would make everything twice.
    list(ContentType.objects.select_for_update().filter(app_label="django_q", model="schedule"))
    kept = [_sync(entry) for entry in table]
    Schedule.objects.exclude(pk__in=kept).delete()


def _sync(entry: Entry) -> int:
    row = Schedule.objects.filter(name=entry.name).order_by("pk").first()
    said = {
        "name": entry.name,
        "func": entry.func,
        "schedule_type": entry.kind,
        "repeats": -1,
        "args": None,
        "kwargs": None,
        "hook": None,
        "cluster": None,
        "cron": None,
        "minutes": None,
        "intended_date_kwarg": None,
    }
    if row is None or row.next_run is None or not entry.is_met_by(row.next_run):
        said["next_run"] = entry.next_after(timezone.now())
    saved, _created = Schedule.objects.update_or_create(pk=row and row.pk, defaults=said)
    return int(saved.pk)
