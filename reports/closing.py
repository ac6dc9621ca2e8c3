"""A month that is over is closed: its figures are kept as they were then, with the jobs that they
counted, and whoever reads them later is told what has changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import CharField, F, Value
from django.utils import timezone

from operations.models import Job
from reports import figures
from reports.figures import Rate, Times
from reports.models import ClosedMonth
from reports.period import month_of
from reports.question import Question

# What is kept of the jobs that a figure counts; reopenings by their jobs.
COUNTED = ("created", "completed", "cancelled", "on_time", "timed", "reopened")


@dataclass(frozen=True)
class Change:
    """A figure that is no more what it was: what it said then, and says now; the keys of jobs that
    it counts since, and of those that it counted."""

    name: str
    then: Any
    now: Any
    came: tuple[int, ...] = ()
    left: tuple[int, ...] = ()
    whose: str = ""


def close(at: datetime) -> int:
    """Close the months that were over before a moment, and are not closed; how many. Of a company
    that never closed one, the last."""
    today = timezone.localtime(at, timezone.get_default_timezone()).date()
    closed = ClosedMonth.objects.order_by("-month").values_list("month", flat=True).first()
    months = list(_since(closed, today))
    for month in months:
        question = Question(month_of(month), at=at)
        kept = {"at": at, "figures": figures_to_keep(question), "jobs": _counted(question)}
        # Two runs at once write it once.
        ClosedMonth.objects.get_or_create(month=month, defaults=kept)
    return len(months)


def _since(closed: date | None, today: date) -> Iterator[date]:
    """The months after one that is closed and before that of today."""
    last = month_of(today.replace(day=1) - timedelta(days=1)).start
    month = last if closed is None else month_of(month_of(closed).end + timedelta(days=1)).start
    while month <= last:
        yield month
        month = month_of(month_of(month).end + timedelta(days=1)).start


def closed(question: Question) -> ClosedMonth | None:
    """What is kept of the month that is asked for; of all jobs alone."""
    if not is_whole_month(question):
        return None
    return ClosedMonth.objects.filter(month=question.period.start).first()


def is_whole_month(question: Question) -> bool:
    """Is one month asked for that is over, and no filter?"""
    period = question.period
    is_over = period == month_of(period.start) and period.end < question.today
    return is_over and not question.filters.conditions()


def figures_to_keep(question: Question) -> dict[str, Any]:
    """The figures of a month that are to stay, as they are kept. What is of now, and what is not
    ripe when the month is over, is not among them."""
    jobs = figures.jobs(question)
    return {
        **{name: getattr(jobs, name) for name in ("created", "completed", "cancelled", "reopened")},
        "on_time": _rate(figures.on_time(question)),
        "reopen_rate": _rate(figures.reopen_rate(question)),
        "time_to_complete": _times(figures.time_to_complete(question)),
        "task_cycle_time": _times(figures.task_cycle_time(question)),
        "technicians": {
            str(load.person.pk): [load.person.name, load.jobs_completed]
            for load in figures.technicians(question)
            if load.jobs_completed
        },
    }


def _rate(rate: Rate) -> list[int]:
    return [rate.number, rate.of]


def _times(times: Times) -> list[Any]:
    found = (times.mean, times.median, times.p90)
    return [times.completed, *(None if each is None else each.total_seconds() for each in found)]


def _counted(question: Question) -> dict[str, list[int]]:
    """The keys of the jobs that each figure counts, in order; of a job reopened twice, twice."""
    found: dict[str, list[int]] = {name: [] for name in COUNTED}
    first, *others = (
        figures.rows(name, question).order_by().values(kind=Value(name, CharField()), job=F("id"))
        for name in COUNTED
    )
    for row in first.union(*others, all=True):
        found[row["kind"]].append(row["job"])
    return {name: sorted(keys) for name, keys in found.items()}


# The jobs of which figure stand behind another one.
_JOBS = {"time_to_complete": "timed", "reopen_rate": "reopened"}


def changes(kept: ClosedMonth, question: Question) -> list[Change]:
    """The figures of a closed month that are no more what they were."""
    now, jobs = figures_to_keep(question), _counted(question)
    found = []
    for name in now.keys() - {"technicians"}:
        counted = _JOBS.get(name, name)
        came, left = _differing(kept.jobs.get(counted, []), jobs.get(counted, []))
        if came or left or kept.figures[name] != now[name]:
            found.append(Change(name, kept.figures[name], now[name], came, left))
    order = list(now)
    found.sort(key=lambda change: order.index(change.name))
    return [*found, *_technicians(kept.figures["technicians"], now["technicians"])]


def _differing(then: list[int], now: list[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(sorted(set(now) - set(then))), tuple(sorted(set(then) - set(now)))


def _technicians(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    for key in sorted({*then, *now}, key=int):
        name = (now.get(key) or then[key])[0]
        before, after = (each[key][1] if key in each else 0 for each in (then, now))
        if before != after:
            yield Change("technicians", before, after, whose=name)


def numbers(keys: set[int]) -> dict[int, tuple[str, bool]]:
    """The number of each job, and whether it is there still: the history knows those deleted."""
    there = dict(Job.objects.filter(pk__in=keys).order_by().values_list("pk", "number"))
    found = {key: (number, True) for key, number in there.items()}
    if gone := keys - there.keys():
        records: Any = Job.history.filter(id__in=gone).order_by("history_id")
        found |= {key: (number, False) for key, number in records.values_list("id", "number")}
    return found
