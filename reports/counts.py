"""What each number counts: its rows, by name, and the address of the list that shows just these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.record import audit
from core.text.days import clock
from operations.declarations import Counted
from operations.models import Job, Task
from operations.models.job_queries import JobQuerySet, moments
from operations.models.task import TaskQuerySet
from reports import first_time
from reports.period import Period, last_30_days
from reports.question import Question

# How old open jobs are, in days: from so many on.
AGES = (0, 7, 30, 90)


@dataclass(frozen=True)
class JobCount:
    """A number of jobs. `chosen` takes those that it counts from others; `of_now` where it does so
    whatever the period."""

    name: str
    title: str | Promise
    chosen: Callable[[JobQuerySet, Question], JobQuerySet]
    order: str = "-pk"
    of_now: bool = False


def _completed(jobs: JobQuerySet, question: Question) -> JobQuerySet:
    return jobs.completed_in(question.period.days)


def _ripe(jobs: JobQuerySet, question: Question) -> JobQuerySet:
    return first_time.ripe(_completed(jobs, question), question.today)


def moment_of_age(days: int, today: date) -> datetime:
    """What was entered before this moment is so many days old, or more."""
    day = today - timedelta(days=days)
    return moments((day, day))[1]


def _aged(start: int, end: int | None) -> Callable[[JobQuerySet, Question], JobQuerySet]:
    """Open jobs that are so many days old, and less than so many."""

    def chosen(jobs: JobQuerySet, question: Question) -> JobQuerySet:
        found = jobs.open().filter(created_at__lt=moment_of_age(start, question.today))
        if end is not None:
            found = found.filter(created_at__gte=moment_of_age(end, question.today))
        return found

    return chosen


def ages() -> list[tuple[int, int | None]]:
    """From how many days, and to less than how many, each bucket of ages reaches."""
    return list(zip(AGES, (*AGES[1:], None), strict=True))


def age_text(start: int, end: int | None) -> str:
    """A bucket of ages in words."""
    if end is None:
        return _("%(from)d days or more") % {"from": start}
    if not start:
        return _("less than %(to)d days") % {"to": end}
    return _("%(from)d to less than %(to)d days") % {"from": start, "to": end}


def _age_title(start: int, end: int | None) -> str:
    return _("Open jobs: %(age)s old") % {"age": age_text(start, end)}


def taking_place(jobs: JobQuerySet) -> JobQuerySet:
    """Jobs that take place at a time."""
    return jobs.filter(start_time__isnull=False).exclude(status=Job.Status.CANCELLED)


def _begins(jobs: JobQuerySet, question: Question) -> JobQuerySet:
    return taking_place(jobs.filter(scheduled_date__range=question.period.days))


def hour_text(hour: int) -> str:
    """An hour of the day, in words."""
    names = {"first": clock(time(hour)), "last": clock(time((hour + 1) % 24))}
    return _("%(first)s to %(last)s") % names


def _hour_title(hour: int) -> str:
    return _("Jobs that begin from %(hours)s") % {"hours": hour_text(hour)}


def _at_hour(hour: int) -> Callable[[JobQuerySet, Question], JobQuerySet]:
    return lambda jobs, q: _begins(jobs, q).filter(start_time__hour=hour)


# In the language of whoever reads them.
_of_age, _of_hour = lazy(_age_title, str), lazy(_hour_title, str)


JOBS: dict[str, JobCount] = {
    count.name: count
    for count in (
        JobCount(
            "created",
            gettext_lazy("Jobs entered"),
            lambda jobs, q: jobs.within("created_at", q.period.days),
            "-created_at",
        ),
        JobCount("completed", gettext_lazy("Jobs completed"), _completed, "-completed_at"),
        JobCount(
            "cancelled",
            gettext_lazy("Jobs cancelled"),
            lambda jobs, q: jobs.within("cancelled_at", q.period.days),
            "-cancelled_at",
        ),
        JobCount("open", gettext_lazy("Open jobs"), lambda jobs, _q: jobs.open(), of_now=True),
        JobCount(
            "overdue",
            gettext_lazy("Overdue jobs"),
            lambda jobs, _q: jobs.flagged_overdue(),
            of_now=True,
        ),
        JobCount(
            "scheduled",
            gettext_lazy("Jobs completed that had a scheduled date"),
            lambda jobs, q: _completed(jobs, q).exclude(scheduled_date=None),
            "-completed_at",
        ),
        JobCount(
            "on_time",
            gettext_lazy("Jobs completed on time"),
            lambda jobs, q: _completed(jobs, q).on_time(),
            "-completed_at",
        ),
        JobCount(
            "late",
            gettext_lazy("Jobs completed late"),
            lambda jobs, q: _completed(jobs, q).late(),
            "-completed_at",
        ),
        JobCount(
            "timed",
            gettext_lazy("Jobs completed after they were entered"),
            lambda jobs, q: _completed(jobs, q).filter(completed_at__gte=F("created_at")),
            "-completed_at",
        ),
        JobCount(
            "ripe",
            gettext_lazy("Jobs completed at least 30 days ago"),
            _ripe,
            "-completed_at",
        ),
        JobCount(
            "fixed",
            gettext_lazy("Jobs fixed first time"),
            lambda jobs, q: first_time.fixed(_ripe(jobs, q)),
            "-completed_at",
        ),
        JobCount(
            "not_fixed",
            gettext_lazy("Jobs that somebody had to come back to"),
            lambda jobs, q: first_time.not_fixed(_ripe(jobs, q)),
            "-completed_at",
        ),
        *(
            JobCount(f"age_{start}", _of_age(start, end), _aged(start, end), of_now=True)
            for start, end in ages()
        ),
        JobCount(
            "planned",
            gettext_lazy("Open jobs scheduled in the period"),
            lambda jobs, q: jobs.open().filter(scheduled_date__range=q.period.days),
            "scheduled_date",
        ),
        JobCount("begins", gettext_lazy("Jobs with a start time"), _begins, "scheduled_date"),
        *(
            JobCount(f"hour_{hour}", _of_hour(hour), _at_hour(hour), "scheduled_date")
            for hour in range(24)
        ),
    )
}


# Other rows than jobs


def _of_jobs(rows: Any, question: Question, prefix: str = "job__") -> Any:
    return rows.filter(**question.filters.conditions(prefix)).order_by()


def tasks_of(question: Question) -> TaskQuerySet:
    """Tasks of the jobs that the filters let pass."""
    found: TaskQuerySet = _of_jobs(Task.objects.all(), question)
    return found


def tasks_completed(question: Question) -> TaskQuerySet:
    """Tasks completed in the period."""
    begin, end = question.period.moments
    return tasks_of(question).filter(completed_at__gte=begin, completed_at__lt=end)


def tasks_timed(question: Question) -> TaskQuerySet:
    """Those of them that had been started before."""
    found: TaskQuerySet = tasks_completed(question).filter(started_at__lte=F("completed_at"))
    return found


def reopenings(question: Question) -> QuerySet[Any]:
    """The records by which jobs were reopened: of each reopening the first one that has its moment.
    A slip taken back leaves that moment alone, and is none."""
    records: Any = Job.history.all()
    earlier = records.filter(
        id=OuterRef("id"),
        history_id__lt=OuterRef("history_id"),
        reopened_at=OuterRef("reopened_at"),
    )
    there = question.jobs().filter(pk=OuterRef("id"))
    found: QuerySet[Any] = records.filter(~Exists(earlier), Exists(there)).order_by()
    return found


def reopened(question: Question) -> QuerySet[Any]:
    """Those of the period."""
    begin, end = question.period.moments
    return reopenings(question).filter(reopened_at__gte=begin, reopened_at__lt=end)


def needs(question: Question) -> QuerySet[Any]:
    """Which equipment each task needs, of jobs that are not cancelled."""
    links = Task.equipment.through.objects.exclude(task__job__status=Job.Status.CANCELLED)
    found: QuerySet[Any] = _of_jobs(links, question, "task__job__")
    return found


def uses(question: Question) -> QuerySet[Any]:
    """Those of jobs that are scheduled in the period."""
    return needs(question).filter(task__job__scheduled_date__range=question.period.days)


def tasks_needing(question: Question, equipment: int | None) -> TaskQuerySet:
    """The tasks of those that need a piece of equipment."""
    found: TaskQuerySet = Task.objects.filter(
        pk__in=uses(question).filter(equipment=equipment).values("task")
    ).order_by()
    return found


def days_of(question: Question, equipment: int | None) -> QuerySet[Any]:
    """The days on which a piece of equipment is in use, and how many tasks need it on each."""
    by_day = uses(question).filter(equipment=equipment).values(day=F("task__job__scheduled_date"))
    found: QuerySet[Any] = by_day.annotate(tasks=Count("task")).order_by("day")
    return found


# The list of jobs that shows what a number counts

_FILTERS = {
    "technician": "assigned_to__id__exact",
    "owner": "owner__id__exact",
    "customer": "customer__id__exact",
    "priority": "priority__exact",
}


def jobs_url(name: str, question: Question, **more: Any) -> str:
    """The list of exactly the jobs that a number counts; `more` narrows it by its own filters, with
    keys and members of what there is to choose from."""
    days = "" if JOBS[name].of_now else question.days_asked
    chosen = "".join(
        f"&{_FILTERS[each]}={value}" for each, value in question.filters.chosen.items()
    )
    narrowed = "".join([f"&{column}={value}" for column, value in more.items()])
    return f"{_list()}?figure={name}{days}{chosen}{narrowed}"


@cache
def _list() -> str:
    """Where the list is: a page of figures leads there hundreds of times."""
    return reverse("admin:operations_job_changelist")


def named(asked: Mapping[str, str]) -> Counted:
    """What the address of a list names. Raises `ValueError` for what nobody counts."""
    count = JOBS.get(asked["figure"])
    if count is None:
        raise ValueError("There is no such figure.")
    question = Question(_period(asked, of_now=count.of_now))
    title = count.title if count.of_now else f"{count.title}: {question.period}"
    return Counted(title, lambda jobs: count.chosen(jobs, question), count.order)


def _period(asked: Mapping[str, str], *, of_now: bool) -> Period:
    if of_now:
        return last_30_days(audit.today())
    period = Period(date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"]))
    if not period.is_known:
        raise ValueError("No job lies outside of these days.")
    return period
