"""Companies by chance, written as the domain would have written them, and their figures computed
once more: slowly, in plain Python, over all rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count, pairwise
from typing import Any

from django.utils.timezone import get_default_timezone, localtime
from hypothesis import strategies as st

from core.roles import Role
from operations.models import Customer, Equipment, Job, Site, Task
from operations.states import CLOSED, OPEN, JobStatus, Priority, TaskStatus
from people.models import User
from reports.question import Filters, Question
from tests.factories import make_customer, make_equipment, make_site, make_user

HOUR = timedelta(hours=1)
_numbers = count(1)


@dataclass(frozen=True)
class Step:
    """What somebody does to a job, so many hours after the last."""

    hours: int
    act: str


@dataclass(frozen=True)
class Work:
    """A task: started and completed so many hours after its job was entered; what it needs."""

    started: int | None
    completed: int | None
    needs: frozenset[int]


@dataclass(frozen=True)
class Life:
    """A job: entered so many hours ago, for a day so many days later, or for none."""

    entered: int
    day: int | None
    steps: tuple[Step, ...]
    work: tuple[Work, ...]
    technician: int | None
    owner: int
    site: int | None
    priority: str


DEEDS = ("complete", "cancel", "reopen", "slip", "complete", "reopen")
_few = st.integers(0, 1)
lives = st.builds(
    Life,
    entered=st.integers(0, 24 * 100),
    day=st.none() | st.integers(-2, 30),
    steps=st.lists(
        st.builds(Step, st.integers(0, 24 * 20), st.sampled_from(DEEDS)), max_size=5
    ).map(tuple),
    work=st.lists(
        st.builds(
            Work,
            st.none() | st.integers(0, 100),
            st.none() | st.integers(0, 24 * 40),
            st.frozensets(_few),
        ),
        max_size=2,
    ).map(tuple),
    technician=st.none() | _few,
    owner=_few,
    site=st.none() | _few,
    priority=st.sampled_from(Priority.values),
)


def _certain(entered: int, *steps: tuple[int, str], day: int | None = None, needs: int = 0) -> Life:
    """A job of so many days ago, and what was done so many days after the last."""
    done = tuple(Step(24 * days, act) for days, act in steps)
    work = (Work(1, 5, frozenset({needs})),)
    return Life(24 * entered, day, done, work, 0, 0, 0 if steps else None, "low")


# One of each kind, 50 days ago, and open ones of every age.
CERTAIN = (
    *(_certain(days) for days in (3, 20, 50, 95)),
    _certain(50, (1, "complete"), day=20),
    _certain(49, (2, "complete"), day=0, needs=1),
    _certain(50, (1, "complete"), (1, "reopen"), (1, "complete")),
    _certain(50, (1, "cancel")),
    _certain(50, (1, "complete"), (1, "reopen"), day=3),
)


@dataclass(frozen=True)
class Staff:
    """Who and what there is in a company."""

    technicians: Sequence[User]
    owners: Sequence[User]
    sites: Sequence[Site]
    customer: Customer
    equipment: Sequence[Equipment]


def make_staff() -> Staff:
    return Staff(
        [make_user(Role.TECHNICIAN) for _ in range(2)],
        [make_user(Role.SALES_AGENT) for _ in range(2)],
        [make_site() for _ in range(2)],
        make_customer(),
        [make_equipment() for _ in range(2)],
    )


def play(plans: Iterable[Life], staff: Staff, *, now: datetime) -> None:
    """Write the jobs down, each with its history and its tasks."""
    for plan in plans:
        _write(plan, staff, now)


def _write(plan: Life, staff: Staff, now: datetime) -> None:
    at = now - plan.entered * HOUR
    site = None if plan.site is None else staff.sites[plan.site]
    job = Job(
        number=f"J-{next(_numbers):06d}",
        title="Work",
        customer=site.customer if site else staff.customer,
        site=site,
        priority=plan.priority,
        scheduled_date=None if plan.day is None else day_of(at) + timedelta(days=plan.day),
        owner=staff.owners[plan.owner],
        created_by=staff.owners[plan.owner],
        assigned_to=None if plan.technician is None else staff.technicians[plan.technician],
        created_at=at,
    )
    Job.objects.bulk_create([job])
    _record(job, "+", at)
    for step in plan.steps:
        at = min(at + step.hours * HOUR, now)
        if _do(job, step.act, at):
            _record(job, "~", at)
    late = job.scheduled_date is not None and job.scheduled_date < day_of(now)
    if late and job.status in OPEN:
        job.overdue, job.overdue_since = True, now
    Job.objects.bulk_update(
        [job],
        [
            *("status", "completed_at", "completed_by", "cancelled_at", "reopened_at"),
            *("times_reopened", "overdue", "overdue_since"),
        ],
    )
    for work in plan.work:
        _write_task(work, job, staff, now)


def _do(job: Job, act: str, at: datetime) -> bool:
    """What becomes of the job; nothing where its status does not allow that."""
    is_open, completed = job.status in OPEN, job.status == JobStatus.COMPLETED
    if act == "complete" and is_open:
        job.status, job.completed_at, job.completed_by = JobStatus.COMPLETED, at, job.owner
    elif act == "cancel" and is_open:
        job.status, job.cancelled_at = JobStatus.CANCELLED, at
    elif act == "slip" and completed:
        job.status, job.completed_at, job.completed_by = JobStatus.PENDING, None, None
    elif act == "reopen" and job.status in CLOSED:
        job.status, job.completed_at, job.completed_by = JobStatus.PENDING, None, None
        job.cancelled_at, job.reopened_at = None, at
        job.times_reopened += 1
    else:
        return False
    return True


def _record(job: Job, kind: str, at: datetime) -> None:
    tracked = [field.attname for field in Job.history.model.tracked_fields]
    values = {name: getattr(job, name) for name in tracked}
    Job.history.create(**values, history_date=at, history_type=kind)


def _write_task(work: Work, job: Job, staff: Staff, now: datetime) -> None:
    started = None if work.started is None else job.created_at + work.started * HOUR
    done = None if work.completed is None else min(job.created_at + work.completed * HOUR, now)
    task = Task(
        job=job,
        position=1,
        title="Step",
        status=TaskStatus.COMPLETED if done else TaskStatus.PENDING,
        started_at=started,
        completed_at=done,
        completed_by=job.owner if done else None,
    )
    Task.objects.bulk_create([task])
    links = Task.equipment.through
    links.objects.bulk_create(
        links(task=task, equipment=staff.equipment[number]) for number in work.needs
    )


# The second computation


def day_of(at: datetime) -> date:
    return localtime(at, get_default_timezone()).date()


@dataclass(frozen=True)
class Slow:
    """All rows of a company, read one by one, and what they come to."""

    question: Question

    def is_in(self, at: datetime | None) -> bool:
        period = self.question.period
        return at is not None and period.start <= day_of(at) <= period.end

    @property
    def jobs(self) -> list[Job]:
        return [job for job in Job.objects.order_by("pk") if self.passes(job)]

    def passes(self, job: Job) -> bool:
        wanted: Filters = self.question.filters
        return (
            wanted.technician in {None, job.assigned_to_id}
            and wanted.owner in {None, job.owner_id}
            and wanted.customer in {None, job.customer_id}
            and wanted.priority in {"", job.priority}
        )

    @property
    def tasks(self) -> list[Task]:
        return [t for t in Task.objects.order_by("pk") if self.passes(t.job)]

    def chosen(self, keep: Callable[[Job], bool]) -> list[Job]:
        return [job for job in self.jobs if keep(job)]

    @property
    def created(self) -> list[Job]:
        return self.chosen(lambda job: self.is_in(job.created_at))

    @property
    def completed(self) -> list[Job]:
        return self.chosen(lambda job: self.is_in(job.completed_at))

    @property
    def open(self) -> list[Job]:
        return self.chosen(lambda job: job.status in OPEN)

    def takes_place(self, job: Job) -> bool:
        """On a day of the period?"""
        period, day = self.question.period, job.scheduled_date
        return day is not None and period.start <= day <= period.end

    @property
    def scheduled(self) -> list[Job]:
        return [job for job in self.completed if job.scheduled_date]

    @property
    def on_time(self) -> list[Job]:
        return [job for job in self.scheduled if _day(job.completed_at) <= job.scheduled_date]  # type: ignore[operator]

    @property
    def timed(self) -> list[Job]:
        return [job for job in self.completed if _at(job.completed_at) >= job.created_at]

    @property
    def reopenings(self) -> list[Any]:
        """The history rows in which the number of a job's reopenings rises."""
        found = []
        for job in self.jobs:
            records = list(Job.history.filter(id=job.pk).order_by("history_id"))
            found += [
                new
                for old, new in pairwise(records)
                if new.times_reopened > old.times_reopened and self.is_in(new.history_date)
            ]
        return found

    @property
    def ripe(self) -> list[Job]:
        last = self.question.today - timedelta(days=30)
        return [job for job in self.completed if _day(job.completed_at) <= last]

    @property
    def fixed(self) -> list[Job]:
        return [job for job in self.ripe if not job.times_reopened and not followed(job)]

    def aged(self, start: int, end: int | None) -> list[Job]:
        def days(job: Job) -> int:
            return (self.question.today - day_of(job.created_at)).days

        return [job for job in self.open if start <= days(job) and (not end or days(job) < end)]

    @property
    def tasks_completed(self) -> list[Task]:
        return [task for task in self.tasks if self.is_in(task.completed_at)]

    @property
    def tasks_timed(self) -> list[Task]:
        done = self.tasks_completed
        return [t for t in done if t.started_at and t.started_at <= _at(t.completed_at)]

    def needing(self, item: Equipment) -> list[Task]:
        """The tasks that need it, of jobs that take place in the period."""
        period = self.question.period
        return [
            task
            for task in self.tasks
            if item in task.equipment.all() and task.job.status != JobStatus.CANCELLED
            if task.job.scheduled_date and period.start <= task.job.scheduled_date <= period.end
        ]


def followed(job: Job) -> bool:
    """Was another job entered for its site and its equipment, in the 30 days of its completion?"""
    done = _at(job.completed_at)
    others = [
        other
        for other in Job.objects.exclude(pk=job.pk)
        if job.site_id and other.site_id == job.site_id and other.created_at > done
        if (day_of(other.created_at) - day_of(done)).days < 30
    ]
    return any(_needs(job) & _needs(other) for other in others)


def _needs(job: Job) -> set[int]:
    return {item.pk for task in job.tasks.all() for item in task.equipment.all()}


def _at(moment: datetime | None) -> datetime:
    assert moment is not None
    return moment


def _day(moment: datetime | None) -> date:
    return day_of(_at(moment))


def mean(durations: list[timedelta]) -> timedelta | None:
    return sum(durations, timedelta()) / len(durations) if durations else None


def percentile(durations: list[timedelta], part: float) -> timedelta | None:
    """Between the two values that lie around the place, in proportion."""
    if not durations:
        return None
    ordered, place = sorted(durations), part * (len(durations) - 1)
    below = ordered[math.floor(place)]
    above = ordered[math.ceil(place)]
    return below + (above - below) * (place - math.floor(place))
