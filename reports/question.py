"""What is asked: of which days, of whose jobs; and what the database has said to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import IntegerField, QuerySet, Value
from django.utils import timezone

from operations.models import Job
from operations.models.job_queries import JobQuerySet
from reports import kept
from reports.period import Period

Row = Mapping[str, Any]
# Rows grouped by the database, each of these with the same columns.
Reading = Callable[["Question"], Sequence[QuerySet[Any]]]


@dataclass(frozen=True)
class Filters:
    """Whose jobs: those of a technician, an owner, a customer (each by key), of a priority. What
    is not said is not asked."""

    technician: int | None = None
    owner: int | None = None
    customer: int | None = None
    priority: str = ""

    @property
    def are_narrow(self) -> bool:
        """Do they ask for somebody's jobs?"""
        return any((self.technician, self.owner, self.customer))

    @property
    def chosen(self) -> dict[str, Any]:
        """Those that are on, by name."""
        return {name: value for name, value in vars(self).items() if value}

    def conditions(self, prefix: str = "") -> dict[str, Any]:
        """The same for rows from which the job is reached by a prefix, such as `job__`."""
        columns = {
            "assigned_to_id": self.technician,
            "owner_id": self.owner,
            "customer_id": self.customer,
            "priority": self.priority,
        }
        return {f"{prefix}{name}": value for name, value in columns.items() if value}


class Asked:
    """Questions that are asked together, and what was read for them."""

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self._found: dict[tuple[Reading, int], list[Row]] = {}

    def rows(self, reading: Reading, question: Question, *, alone: bool) -> list[Row]:
        """What was read for one of them: for all of them at once, or for it alone."""
        place = self.questions.index(question)
        if (reading, place) not in self._found:
            self._read(reading, [place] if alone else range(len(self.questions)))
        return self._found[reading, place]

    def _read(self, reading: Reading, places: Iterable[int]) -> None:
        self._found |= {(reading, place): [] for place in places}
        first, *others = (
            part.annotate(question=Value(place, IntegerField()))
            for place in places
            for part in reading(self.questions[place])
        )
        for row in first.union(*others, all=True) if others else first:
            self._found[reading, row["question"]].append(row)

    @cached_property
    def kept(self) -> dict[str, frozenset[date]]:
        """The months and days of which what is kept holds, by the name they are kept under."""
        return kept.months(min(question.period.start for question in self.questions))


@dataclass(frozen=True)
class Question:
    """A period and filters, at a moment; and the parts of the period that are looked at by
    themselves, if any. What was read for it once is not read again."""

    period: Period
    filters: Filters = field(default_factory=Filters)
    at: datetime = field(default_factory=timezone.now)
    parts: tuple[Period, ...] = ()
    _asked: Asked = field(default_factory=Asked, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._asked.questions.append(self)

    @property
    def today(self) -> date:
        """The day of the moment, in the business time zone."""
        return timezone.localtime(self.at, timezone.get_default_timezone()).date()

    @cached_property
    def days_asked(self) -> str:
        """Its days as they stand in an address, after another parameter."""
        return f"&from={self.period.start}&to={self.period.end}"

    def compared(self, period: Period | None = None) -> Question:
        """The same of the period before, or of another. Both are read together."""
        return replace(self, period=period or self.period.before, parts=())

    def jobs(self) -> JobQuerySet:
        """The jobs that the filters let pass."""
        jobs: JobQuerySet = Job.objects.filter(**self.filters.conditions())
        return jobs.order_by()

    def within(self, part: Period) -> Question:
        """The same of a part of the period, asked by itself."""
        return Question(part, self.filters, self.at)

    def read(self, reading: Reading, *, alone: bool = False) -> list[Row]:
        """The rows of a reading. One statement, for the questions that belong together, or for
        this one alone."""
        return self._asked.rows(reading, self, alone=alone)

    def kept(self, measure: str) -> frozenset[date]:
        """The months, or the days, of which is kept what a measure came to (kept.py). It is kept of
        all jobs, and by priority; for other filters, it is counted."""
        if self.filters.are_narrow:
            return frozenset()
        return self._asked.kept.get(measure, frozenset())
