"""What can be added up: measures, each a number of rows by the month in which they fall.

A measure is counted live over any days, or read from what is kept of whole months, and of the days
of the last months (keeping.py): by the same definition, so that both are the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    DurationField,
    F,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, ExtractHour

from operations.models.job_queries import is_on_time
from reports import counts, first_time
from reports.kept import OF_DAYS
from reports.models import Tally
from reports.period import Period, month_of
from reports.question import Question

# Jobs and tasks of which is known how long they took.
TIMED = Q(completed_at__gte=F("created_at"))
STARTED = Q(started_at__lte=F("completed_at"))
NOTHING = Value(0, IntegerField())
NO_TIME = Cast(Value(None), DurationField())
NOBODY = Cast(Value(None), BigIntegerField())
NO_WORD = Value("", CharField())


@dataclass(frozen=True)
class Measure:
    """Rows that are counted by a day: that of the moment in `column`, or the day in it. By a status
    and a key, where it says so. Each number of `numbers` can be added up over months."""

    name: str
    column: str
    rows: Callable[[Question], QuerySet[Any]]
    # Asked each time, as the zone of the business is a setting.
    numbers: Callable[[], Mapping[str, Any]] = lambda: {"number": Count("*")}
    key: Any = NOBODY
    status: Any = NO_WORD
    priority: str = "priority"
    of_days: bool = False
    # Is it kept of each priority by itself, too? Of the others, with a priority it is counted.
    is_by_priority: bool = True

    def within(self, question: Question, periods: Iterable[Period]) -> QuerySet[Any]:
        """Its rows of these days."""
        found = Q()
        for period in periods:
            found |= Q(**self._span(period))
        return self.rows(question).filter(found)

    def _span(self, period: Period) -> dict[str, Any]:
        if self.of_days:
            return {f"{self.column}__range": period.days}
        begin, end = period.moments
        return {f"{self.column}__gte": begin, f"{self.column}__lt": end}

    @property
    def columns(self) -> dict[str, Any]:
        """What its rows are told apart by."""
        return {"status": self.status, "priority": F(self.priority), "key": self.key}

    def part(self, parts: tuple[Period, ...]) -> Any:
        """In which of these parts of the period a row lies, counted from 0."""
        ends = [part.end if self.of_days else part.moments[1] for part in parts]
        test = "lte" if self.of_days else "lt"
        return _place([When(**{f"{self.column}__{test}": e}, then=n) for n, e in enumerate(ends)])


def _place(whens: list[When]) -> Any:
    return Case(*whens, output_field=IntegerField()) if whens else Value(0, IntegerField())


def _jobs(question: Question) -> Any:
    return question.jobs()


def _taking_place(question: Question) -> Any:
    return counts.taking_place(question.jobs())


_DURATION = F("completed_at") - F("created_at")
_STEP = F("completed_at") - F("started_at")
MEASURES = {
    each.name: each
    for each in (
        Measure("created", "created_at", _jobs, status=F("status")),
        Measure("customers", "created_at", _jobs, key=F("customer_id"), is_by_priority=False),
        Measure(
            "completed",
            "completed_at",
            _jobs,
            lambda: {
                "number": Count("*"),
                "scheduled": Count("scheduled_date"),
                "on_time": Count("completed_at", filter=is_on_time()),
                "timed": Count("completed_at", filter=TIMED),
                "took": Sum(_DURATION, filter=TIMED, output_field=DurationField()),
            },
            F("assigned_to_id"),
        ),
        Measure("fixed", "completed_at", lambda q: first_time.fixed(q.jobs())),
        Measure("cancelled", "cancelled_at", _jobs),
        Measure("reopened", "reopened_at", counts.reopenings),
        Measure(
            "tasks",
            "completed_at",
            counts.tasks_of,
            lambda: {
                "number": Count("*"),
                "timed": Count("completed_at", filter=STARTED),
                "took": Sum(_STEP, filter=STARTED, output_field=DurationField()),
            },
            F("job__assigned_to_id"),
            priority="job__priority",
        ),
        Measure(
            "uses",
            "task__job__scheduled_date",
            counts.needs,
            lambda: {
                "number": Count("task"),
                "days": Count("task__job__scheduled_date", distinct=True),
            },
            F("equipment_id"),
            priority="task__job__priority",
            of_days=True,
            is_by_priority=False,
        ),
        Measure(
            "hours",
            "scheduled_date",
            _taking_place,
            key=Cast(ExtractHour("start_time"), BigIntegerField()),
            of_days=True,
        ),
    )
}
NUMBERS = {
    **dict.fromkeys(("number", "scheduled", "on_time", "timed", "days"), NOTHING),
    "took": NO_TIME,
}


@dataclass(frozen=True)
class Cut:
    """What is asked of a measure: by which of its columns it is told apart, and whether by the
    parts of the period too."""

    kind: str
    measure: Measure
    by: tuple[str, ...] = ()
    by_part: bool = False
    until: date | None = None

    def rows(self, question: Question) -> list[QuerySet[Any]]:
        """Rows of the same columns for any cut: from what is kept, and live for the other days."""
        period = question.period
        if self.until is not None:
            if self.until < period.start:
                return []
            period = Period(period.start, min(period.end, self.until))
        parts = question.parts if self.by_part else ()
        name = self.measure.name
        is_kept = self.measure.is_by_priority or not question.filters.priority
        held = (question.kept(name), question.kept(name + OF_DAYS)) if is_kept else _NEITHER
        months, days, periods = divided(period, parts, *held)
        found = [self._kept(question, months, days, parts)] if months or days else []
        return [*found, self.live(question, periods, parts)] if periods else found

    def live(
        self, question: Question, periods: list[Period], parts: tuple[Period, ...]
    ) -> QuerySet[Any]:
        """Its rows, counted over some days."""
        measure = self.measure
        named = _columns(self.kind, measure.part(parts), measure.columns, self.by)
        rows = measure.within(question, periods).values(**named)
        numbers = _numbers({**NUMBERS, **measure.numbers()})
        return rows.annotate(**numbers)  # type: ignore[no-any-return]

    def _kept(
        self, question: Question, months: list[date], days: list[date], parts: tuple[Period, ...]
    ) -> QuerySet[Any]:
        name = self.measure.name
        found = Q(measure=name, month__in=months) if months else Q()
        if days:
            found |= Q(measure=name + OF_DAYS, month__in=days)
        rows = Tally.objects.filter(found)
        if question.filters.priority or "priority" not in self.by:
            rows = rows.filter(priority=question.filters.priority)
        else:
            rows = rows.exclude(priority="")
        part = _place([When(month__lte=part.end, then=n) for n, part in enumerate(parts)])
        columns = {name: F(name) for name in ("status", "priority", "key")}
        named = _columns(self.kind, part, columns, self.by)
        numbers = _numbers({name: Sum(name) for name in NUMBERS})
        kept: QuerySet[Any] = rows.order_by().values(**named).annotate(**numbers)
        return kept


def as_live(kind: str, rows: QuerySet[Any], key: Any) -> QuerySet[Any]:
    """How many of these rows there are by a key, in the columns of any cut."""
    named = _columns(kind, NOTHING, {"key": key}, ("key",))
    counted: QuerySet[Any] = rows.values(**named).annotate(
        **_numbers({**NUMBERS, "number": Count("*")})
    )
    return counted


def _columns(kind: str, part: Any, columns: dict[str, Any], by: tuple[str, ...]) -> dict[str, Any]:
    none = {"status": NO_WORD, "priority": NO_WORD, "key": NOBODY}
    return {
        "kind": Value(kind, CharField()),
        "part": part,
        **{f"each_{name}": columns[name] if name in by else none[name] for name in none},
    }


def _numbers(found: dict[str, Any]) -> dict[str, Any]:
    return {f"all_{name}": found[name] for name in NUMBERS}


def whole(name: str, first: date) -> Period:
    """What is kept under a name from a day on: a month, or that day."""
    return Period(first, first) if name.endswith(OF_DAYS) else month_of(first)


_NEITHER: tuple[frozenset[date], frozenset[date]] = frozenset(), frozenset()


def divided(
    period: Period,
    parts: tuple[Period, ...],
    months: frozenset[date],
    days: frozenset[date] = frozenset(),
) -> tuple[list[date], list[date], list[Period]]:
    """The kept months that lie wholly in a period, and in one of its parts; the kept days of the
    rest; and what is left of it then, to be counted."""
    full = [
        month
        for first in sorted(months)
        for month in [month_of(first)]
        if period.holds(month) and any(part.holds(month) for part in parts or (period,))
    ]
    rest = period.without(full)
    single = [Period(day, day) for day in sorted(days)]
    alone = [day for day in single if any(each.holds(day) for each in rest)]
    left = [
        piece for each in rest for piece in each.without([day for day in alone if each.holds(day)])
    ]
    return [month.start for month in full], [day.start for day in alone], left
