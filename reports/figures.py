"""The figures: each one function, which says what it counts and how.

Each takes a question (a period, filters, a moment) and returns plain values. The database computes
them; what several figures read is read once (reports/measures.py). `FORMULAS` (reports/formulas.py)
has the formula of each in words, for the screen; `rows` gives the rows that a number counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from core.access import can, can_all
from operations.models import Job
from people.models import User, full_name
from reports import counts, first_time, measures, rankings
from reports.question import Filters, Question, Row
from reports.rankings import Ranking

# Who may read them, by the table of roles.
RIGHTS = "reports.analytics"
# Of fewer a share says nothing.
FEW = 5
# So many customers are told of.
MOST = 10


@dataclass(frozen=True)
class JobCounts:
    """How many jobs. Open and overdue are of now, whatever the period."""

    created: int
    completed: int
    cancelled: int
    reopened: int
    open: int
    overdue: int


@dataclass(frozen=True)
class Rate:
    """How many of how many."""

    number: int
    of: int

    @property
    def share(self) -> float | None:
        """Between 0 and 1, or more where more happened than there was; None where nothing is
        counted."""
        return self.number / self.of if self.of else None

    @property
    def is_few(self) -> bool:
        """Are there too few to say?"""
        return self.of < FEW


@dataclass(frozen=True)
class FirstTimeFix(Rate):
    """Jobs done at the first go, of those of which it is known: those completed until a day."""

    ripe_until: date


@dataclass(frozen=True)
class Times:
    """How long something took: the mean, the median, and what nine in ten do not exceed; each None
    where nothing is counted."""

    completed: int
    mean: timedelta | None
    median: timedelta | None
    p90: timedelta | None

    @property
    def is_few(self) -> bool:
        """Are there too few to say?"""
        return self.completed < FEW


@dataclass(frozen=True)
class Bucket:
    """How many jobs are so many days old, and less than so many."""

    from_days: int
    to_days: int | None
    jobs: int


@dataclass(frozen=True)
class Backlog:
    """How old the open jobs are."""

    open: int
    median: timedelta | None
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True)
class Person:
    """Who it is."""

    pk: int
    username: str
    name: str


@dataclass(frozen=True)
class Item:
    """Which piece of equipment it is."""

    pk: int
    name: str
    serial_number: str


@dataclass(frozen=True)
class Load:
    """What a technician's jobs came to in the period, and which are open now."""

    person: Person
    jobs_completed: int
    tasks_completed: int
    open_jobs: int
    on_time: Rate


@dataclass(frozen=True)
class Flow:
    """How many jobs came in and how many were done, in each part of a period, and how many of the
    latter kept their day."""

    created: tuple[int, ...]
    completed: tuple[int, ...]
    on_time: Rate


@dataclass(frozen=True)
class Planned:
    """How many open jobs a technician has before them; of nobody, those that nobody has."""

    person: Person | None
    jobs: int


@dataclass(frozen=True)
class Number:
    """How many there are of something, with its key and its name."""

    key: int
    name: str
    number: int


@dataclass(frozen=True)
class Use:
    """What a piece of equipment is needed for."""

    item: Item
    tasks: int
    days_in_use: int


def whose(user: Any) -> Filters | None:
    """Of which jobs somebody may read figures: of all of them, or of those that they answer for;
    None where of none."""
    if can(user, "view", RIGHTS) and can_all(user, "view", Job):
        return Filters()
    return Filters(owner=user.pk) if can(user, "add", Job) else None


def jobs(question: Question) -> JobCounts:
    """Jobs entered, completed, cancelled, and how often jobs were reopened, in the period; and
    those open and overdue now.

    A job that was reopened and completed again is completed once, when it was completed last;
    reopened counts each time, from the history.
    """
    opened = _one(question, measures.opened)
    return JobCounts(
        created=_sum(question, "created")["number"],
        completed=_sum(question, "completed")["number"],
        cancelled=_sum(question, "cancelled")["number"],
        reopened=_sum(question, "reopened")["number"],
        open=opened["number"],
        overdue=opened["overdue"],
    )


def by_status(question: Question) -> dict[str, int]:
    """Jobs entered in the period, by the status that they have now."""
    return _by(question, "status", Job.Status.values)


def by_priority(question: Question) -> dict[str, int]:
    """Jobs entered in the period, by their priority."""
    return _by(question, "priority", Job.Priority.values)


def on_time(question: Question) -> Rate:
    """Jobs completed on or before their scheduled date ÷ jobs completed that had one.

    Jobs without a scheduled date, and open ones, are on neither side.
    """
    found = _sum(question, "completed")
    return Rate(found["on_time"], found["scheduled"])


def time_to_complete(question: Question) -> Times:
    """Σ(completed − entered) ÷ jobs completed, with the median and the 90th percentile.

    Work that was entered only after it had been completed has no such time, and is not counted.
    """
    return _times(_sum(question, "completed"), _medians(question).get(("jobs", 0)))


def task_cycle_time(question: Question) -> Times:
    """Σ(completed − started) ÷ tasks completed, with the median and the 90th percentile.

    A task that was completed without a start has no such time, and is not counted.
    """
    return _times(_sum(question, "tasks"), _medians(question).get(("tasks", 0)))


def backlog_age(question: Question) -> Backlog:
    """Now − entered, over the jobs open now: the median, and how many in each bucket of days."""
    found = _one(question, measures.opened)
    buckets = (Bucket(start, end, found[f"age_{start}"]) for start, end in counts.ages())
    return Backlog(found["number"], found["median"], tuple(buckets))


def reopen_rate(question: Question) -> Rate:
    """How often jobs were reopened in the period ÷ jobs completed in it."""
    reopened, completed = _sum(question, "reopened"), _sum(question, "completed")
    return Rate(reopened["number"], completed["number"])


def first_time_fix(question: Question) -> FirstTimeFix:
    """Jobs completed that were never reopened, and after which no other job was entered for the
    same site and the same equipment within 30 days, that of the completion among them ÷ jobs
    completed. The last 30 days are not ripe yet, and not counted."""
    fixed, ripe = _sum(question, "fixed"), _sum(question, "ripe")
    return FirstTimeFix(fixed["number"], ripe["number"], first_time.ripe_until(question.today))


def technicians(question: Question, most: int | None = None) -> Ranking[Load]:
    """By technician of the jobs: jobs and tasks completed in the period, jobs open now, and the
    share of those completed on time, as everywhere. Who is a technician now and has none is there
    too. The busiest first, at most so many."""
    found = rankings.technicians(question, most)
    loads = (
        Load(
            Person(pk, username, full_name(first, last, username)),
            jobs,
            tasks,
            opened,
            Rate(on_time, scheduled),
        )
        for pk, username, first, last, jobs, scheduled, on_time, tasks, opened in found.rows
    )
    return Ranking(tuple(loads), found.all, found.idle)


def equipment_use(question: Question, most: int | None = None) -> Ranking[Use]:
    """By piece of equipment: the tasks that need it, of jobs scheduled in the period that are not
    cancelled, and the days in use: the distinct scheduled dates of those jobs. What is active and
    idle is there too. The most used first, at most so many."""
    found = rankings.equipment(question, most)
    uses = (Use(Item(*item), tasks, days) for *item, tasks, days in found.rows)
    return Ranking(tuple(uses), found.all, found.idle)


def customers(question: Question) -> list[Number]:
    """Jobs entered in the period, by customer: those with the most, at most ten."""
    return [Number(*row) for row in rankings.customers(question, MOST).rows]


def busiest_hours(question: Question) -> list[Number]:
    """Jobs that are scheduled in the period and not cancelled, by the hour in which they begin, in
    the order of the day: from the first hour to the last in which any does."""
    found: dict[int, int] = {}
    for row in question.read(measures.hours, alone=True):
        found[row["each_key"]] = found.get(row["each_key"], 0) + row["all_number"]
    hours = range(min(found), max(found) + 1) if found else ()
    return [Number(hour, counts.hour_text(hour), found.get(hour, 0)) for hour in hours]


def entered_by_part(question: Question, column: str) -> list[dict[str, int]]:
    """Jobs entered in each part of the period, by the `status` that they have now, or by
    `priority`."""
    values = {"status": Job.Status.values, "priority": Job.Priority.values}[column]
    numbers = [dict.fromkeys(values, 0) for _part in question.parts]
    for row in question.read(measures.sums):
        if row["kind"] == "created":
            numbers[row["part"]][row[f"each_{column}"]] += row["all_number"]
    return numbers


def completed_by_part(question: Question) -> list[tuple[Rate, Times]]:
    """What was completed on time in each part of the period, and how long it took."""
    found: dict[int, list[Row]] = {place: [] for place in range(len(question.parts))}
    for row in question.read(measures.sums):
        if row["kind"] == "completed":
            found[row["part"]].append(row)
    middles = _medians(question)
    sums = {place: measures.added(rows) for place, rows in found.items()}
    return [
        (Rate(row["on_time"], row["scheduled"]), _times(row, middles.get(("part", place))))
        for place, row in sums.items()
    ]


def flow(question: Question) -> Flow:
    """Jobs entered and jobs completed in each part of the period, and how many of the latter were
    completed on time, each as by itself: what is looked at every day, in one statement."""
    numbers = {kind: [0] * len(question.parts) for kind in ("created", "completed")}
    on_time = scheduled = 0
    for row in question.read(measures.flow):
        numbers[row["kind"]][row["part"]] += row["all_number"]
        on_time, scheduled = on_time + row["all_on_time"], scheduled + row["all_scheduled"]
    return Flow(tuple(numbers["created"]), tuple(numbers["completed"]), Rate(on_time, scheduled))


def planned(question: Question) -> list[Planned]:
    """Open jobs that are scheduled in the period, by technician: who has none is there too, unless
    these are the jobs of one owner. The busiest first; last those that nobody has, if any."""
    found = {row["each_key"]: row["all_number"] for row in question.read(measures.planned)}
    nobody = [Planned(None, found.pop(None))] if None in found else []
    people = _people(question, found)
    if question.filters.owner:
        people = [person for person in people if person.pk in found]
    people.sort(key=lambda person: (-found.get(person.pk, 0), person.name, person.pk))
    return [Planned(person, found.get(person.pk, 0)) for person in people] + nobody


def rows(name: str, question: Question) -> QuerySet[Any]:
    """The rows that a number counts: jobs, or tasks (`tasks`, `tasks_timed`), or the records of
    reopenings (`reopened`). Raises `KeyError` for a name that there is not."""
    others = {
        "tasks": counts.tasks_completed,
        "tasks_timed": counts.tasks_timed,
        "reopened": counts.reopened,
    }
    return others[name](question) if name in others else measures.chosen(name, question)


def _one(question: Question, reading: Any) -> Row:
    return question.read(reading)[0]


def _sum(question: Question, kind: str) -> dict[str, Any]:
    """The numbers of a kind of sum, of the whole period."""
    return measures.added([row for row in question.read(measures.sums) if row["kind"] == kind])


def _by(question: Question, column: str, values: Iterable[str]) -> dict[str, int]:
    numbers = dict.fromkeys(values, 0)
    for row in question.read(measures.sums):
        if row["kind"] == "created":
            numbers[row[f"each_{column}"]] += row["all_number"]
    return numbers


def _medians(question: Question) -> dict[tuple[str, int], Row]:
    return {(row["kind"], row["part"]): row for row in question.read(measures.medians)}


def _times(found: Mapping[str, Any], middle: Row | None) -> Times:
    median, p90 = (middle["median"], middle["p90"]) if middle else (None, None)
    return Times(found["timed"], found["mean"], median, p90)


def _people(question: Question, found: Iterable[int]) -> list[Person]:
    wanted = Q(pk__in=list(found)) | Q(pk__in=User.objects.technicians().values("pk"))
    people = User.objects.filter(wanted).order_by()
    if question.filters.technician:
        people = people.filter(pk=question.filters.technician)
    rows = people.values_list("pk", "username", "first_name", "last_name")
    return [Person(pk, name, full_name(first, last, name)) for pk, name, first, last in rows]
