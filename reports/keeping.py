"""What each measure came to in a month is kept once the month is over, so that the figures of a
year add up twelve months and do not count its jobs; and so is each of the last days.

A month, or a day, in which something was touched since is counted live until it is kept anew: who
asks never gets less than what is so. PostgreSQL alone notes what is touched (migration 0003), so on
SQLite nothing is kept, and all is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from core.text.days import FIRST
from operations.models import Job, Task
from reports import first_time
from reports.kept import OF_DAYS
from reports.models import KeptMonth, Tally, Touched
from reports.period import Period, month_of
from reports.question import Filters, Question
from reports.tallies import MEASURES, NUMBERS, Cut, Measure, whole

DAY = timedelta(days=1)
# Months further back than these are counted.
FURTHEST = timedelta(days=3660)
# So many days are kept by themselves, beside their months: what the last 30 days and those before
# them are made of, and the days of a month that is not over.
RECENT = timedelta(days=62)
BATCH = 5000


def keep(at: datetime, *, longest: timedelta) -> int:
    """Keep what the months that are over came to, and the last days, where that is not kept or does
    not hold; how many there were. After so long no other one is begun."""
    if connection.vendor != "postgresql":
        return 0
    begun, kept, first = timezone.now(), 0, _first_day()
    for measure in MEASURES.values():
        _forget(measure, at)
        for name, start in _missing(measure, at, first):
            if timezone.now() - begun >= longest:
                return kept
            kept += _keep(measure, name, start, at)
    return kept


def _hold() -> None:
    """One run at a time: a mark is taken away only by who has seen what it stands for."""
    list(ContentType.objects.select_for_update().filter(app_label="reports", model="tally"))


def _names(measure: Measure) -> tuple[str, str]:
    """What is kept of it by days, and by months, stands under these."""
    return measure.name + OF_DAYS, measure.name


@transaction.atomic
def _forget(measure: Measure, at: datetime) -> None:
    """Keep no longer the months and days of a measure in which something was touched, or of another
    zone; nor days of which the month is enough."""
    _hold()
    marks = dict(Touched.objects.filter(measure=measure.name).values_list("pk", "day"))
    days, (by_day, _by_month) = set(marks.values()), _names(measure)
    oldest = _last(measure, at) - RECENT
    for row in KeptMonth.objects.filter(measure__in=_names(measure)):
        is_old = row.measure == by_day and row.month <= oldest
        is_touched = any(row.first <= day <= row.last for day in days)
        if is_old or is_touched or row.zone != settings.TIME_ZONE:
            _drop(row.measure, row.month)
    # Exactly these: others may have been written meanwhile.
    keys = list(marks)
    for start in range(0, len(keys), BATCH):
        Touched.objects.filter(pk__in=keys[start : start + BATCH]).delete()


def _drop(name: str, start: date) -> None:
    KeptMonth.objects.filter(measure=name, month=start).delete()
    Tally.objects.filter(measure=name, month=start).delete()


def _missing(measure: Measure, at: datetime, first: date | None) -> Iterator[tuple[str, date]]:
    """The days and the months that are over and not kept, the last first; each by the name under
    which it is to be kept."""
    last = _last(measure, at)
    for name, starts in zip(_names(measure), (_days(last), _months(last, first)), strict=True):
        kept = set(KeptMonth.objects.filter(measure=name).values_list("month", flat=True))
        yield from ((name, start) for start in starts if start not in kept)


def _last(measure: Measure, at: datetime) -> date:
    """The last day that is over."""
    today = timezone.localtime(at, timezone.get_default_timezone()).date()
    # Of the first-time fix is known later what it comes to.
    return first_time.ripe_until(today) if measure.name == "fixed" else today - DAY


def _days(last: date) -> Iterator[date]:
    return (last - number * DAY for number in range(RECENT.days))


def _months(last: date, first: date | None) -> Iterator[date]:
    """The months of which there may be rows."""
    earliest, end = max(first or last, last - FURTHEST), month_of(last + DAY).start - DAY
    while end >= earliest:
        yield month_of(end).start
        end = month_of(end).start - DAY


def _first_day() -> date | None:
    """The first day on which anything may have happened, which the indexes know; None where there
    is nothing."""
    jobs = Job.objects.aggregate(
        *(Min(name) for name in ("created_at", "completed_at", "cancelled_at", "scheduled_date"))
    )
    found = [*jobs.values(), Task.objects.aggregate(first=Min("completed_at"))["first"]]
    days = [
        # There is no day before the first of all.
        max(each.date(), FIRST) - DAY if isinstance(each, datetime) else each
        for each in found
        if each
    ]
    return min(days, default=None)


@transaction.atomic
def _keep(measure: Measure, name: str, start: date, at: datetime) -> bool:
    """Keep what a measure came to in a month, or on a day; is that known?"""
    _hold()
    period, border = whole(name, start), DAY * (not measure.of_days)
    if measure.name == "fixed" and _is_open(period):
        return False
    _drop(name, start)
    question = Question(period, Filters(), at)
    for by in (("status", "key"), ("status", "key", "priority")):
        if measure.is_by_priority or "priority" not in by:
            _write(Cut(name, measure, by).live(question, [period], ()), start)
    # A moment is noted by its day in UTC, and may be of the day before or after.
    days = {"first": period.start - border, "last": period.end + border}
    KeptMonth.objects.create(measure=name, month=start, zone=settings.TIME_ZONE, **days)
    return True


def _is_open(period: Period) -> bool:
    """Is there a job of which is not known yet whether another one followed?"""
    return first_time.unseen(period.end + first_time.DAYS * DAY).completed_in(period.days).exists()


def _write(counted: QuerySet[Any], month: date) -> None:
    """Keep what was counted, within the database: at some sizes these are thousands of rows."""
    columns = {
        **{name: f"each_{name}" for name in ("priority", "status", "key")},
        **{name: f"all_{name}" for name in NUMBERS},
    }
    rows, values = counted.query.sql_with_params()
    kept, read = ", ".join(columns), ", ".join(columns.values())
    with connection.cursor() as cursor:
        cursor.execute(
            # Of names of our own.
            f"INSERT INTO {Tally._meta.db_table} (measure, month, {kept})"  # noqa: S608
            f" SELECT kind, %s, {read} FROM ({rows}) counted",
            [month, *values],
        )
