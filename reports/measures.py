"""What the database is asked for the figures: each a reading, of rows that it has grouped.

All rows of a reading have the same columns, `kind` among them where it counts several things: it
is one statement.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import (
    CharField,
    Count,
    DateTimeField,
    DurationField,
    F,
    IntegerField,
    Q,
    QuerySet,
    Value,
)

from operations.models.job_queries import FLAGGED_OVERDUE
from reports import counts, first_time
from reports.counts import JOBS
from reports.percentile import Percentile
from reports.question import Question, Row
from reports.tallies import MEASURES, STARTED, TIMED, Cut, as_live

Parts = list[QuerySet[Any]]


def _kind(name: str) -> Value:
    return Value(name, CharField())


def chosen(name: str, question: Question) -> Any:
    """The jobs that a number counts."""
    return JOBS[name].chosen(question.jobs(), question)


_SUMS = (
    Cut("created", MEASURES["created"], ("status", "priority"), by_part=True),
    Cut("completed", MEASURES["completed"], by_part=True),
    Cut("cancelled", MEASURES["cancelled"]),
    Cut("reopened", MEASURES["reopened"]),
    Cut("tasks", MEASURES["tasks"]),
)
_HOURS = Cut("hours", MEASURES["hours"], ("key",))


def sums(question: Question) -> Parts:
    """Jobs entered by status and priority, jobs completed, of both in each part of the period; jobs
    cancelled, reopenings, tasks completed; and of the jobs of which it is known, those done at the
    first go."""
    until = first_time.ripe_until(question.today)
    ripe = (
        Cut("ripe", MEASURES["completed"], until=until),
        Cut("fixed", MEASURES["fixed"], until=until),
    )
    return [rows for cut in (*_SUMS, *ripe) for rows in cut.rows(question)]


def hours(question: Question) -> Parts:
    """By the hour in which they begin, jobs scheduled."""
    return _HOURS.rows(question)


def flow(question: Question) -> Parts:
    """Jobs entered and jobs completed in each part; how many of these had a day, and kept it."""
    cuts = (Cut(kind, MEASURES[kind], by_part=True) for kind in ("created", "completed"))
    return [rows for cut in cuts for rows in cut.rows(question)]


def planned(question: Question) -> Parts:
    """Open jobs that take place in the period, by technician; those of nobody too."""
    return [as_live("planned", chosen("planned", question), F("assigned_to_id"))]


def medians(question: Question) -> Parts:
    """How long jobs took, all and those of each part of the period, and tasks: half of them less
    than the median, nine in ten no more than the 90th percentile."""
    jobs = chosen("completed", question)
    completed = MEASURES["completed"]
    wanted = [
        ("jobs", jobs, Value(0, IntegerField()), F("completed_at") - F("created_at"), TIMED),
        (
            "tasks",
            counts.tasks_completed(question),
            Value(0, IntegerField()),
            F("completed_at") - F("started_at"),
            STARTED,
        ),
    ]
    if question.parts:
        part = completed.part(question.parts)
        wanted.append(("part", jobs, part, F("completed_at") - F("created_at"), TIMED))
    return [
        rows.filter(timed)
        .values(kind=_kind(kind), part=part)
        .annotate(
            median=Percentile(took, 0.5, output_field=DurationField()),
            p90=Percentile(took, 0.9, output_field=DurationField()),
        )
        for kind, rows, part, took, timed in wanted
    ]


def opened(question: Question) -> Parts:
    """Jobs open now: how many, how many of them overdue, and how old they are."""
    age = Value(question.at, DateTimeField()) - F("created_at")
    rows = chosen("open", question).values(kind=_kind("open"))
    found: dict[str, Any] = {
        "number": Count("*"),
        "overdue": Count("created_at", filter=FLAGGED_OVERDUE),
        "median": Percentile(age, 0.5, output_field=DurationField()),
    }
    return [rows.annotate(**found, **_by_age(question))]


def _by_age(question: Question) -> dict[str, Any]:
    """How many in each bucket of ages: of those up to its end, which are counted on from now."""
    midnights = {start: counts.moment_of_age(start, question.today) for start in counts.AGES}
    return {
        f"age_{start}": Count(
            "pk",
            filter=Q(created_at__lt=midnights[start])
            & (Q(created_at__gte=midnights[end]) if end is not None else Q()),
        )
        for start, end in counts.ages()
    }


_ADDED = ("number", "scheduled", "on_time", "timed", "days")
_NONE = dict.fromkeys(_ADDED, 0) | {"mean": None}


def added(rows: list[Row]) -> dict[str, Any]:
    """The numbers of rows of sums or details, added up: what is kept, and what was counted live."""
    if not rows:
        return _NONE
    total: dict[str, Any] = {name: sum(row[f"all_{name}"] or 0 for row in rows) for name in _ADDED}
    took = sum((row["all_took"] or timedelta() for row in rows), timedelta())
    return {**total, "mean": took / total["timed"] if total["timed"] else None}
