"""The lists of jobs that somebody should look at.

Tabs, sidebar and home count and open the same rows, each of them by its name in the address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import IntegerField, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import to_do
from core.access import can, visible_in_parts
from core.backoffice import navigation
from core.record import audit
from operations.models import Job
from operations.models.job_queries import JobQuerySet
from operations.schedule import week, week_before
from operations.states import OPEN
from people.models import User

# Counted no further than this.
LIMIT = 1000
# The parameter of the list of jobs that names one of these, and its value for all jobs.
PARAMETER, ALL = "attention", "all"
# Latest completed first.
_COMPLETED = "-completed_at"


def _of_day(jobs: JobQuerySet, day: date) -> JobQuerySet:
    """What takes place on a day, and what was to and is completed."""
    return jobs.scheduled_on(day).exclude(status=Job.Status.CANCELLED)


@dataclass(frozen=True)
class Worklist:
    """Jobs by what they need; `chosen` takes them from others, on a day."""

    name: str
    title: str | Promise
    icon: str
    chosen: Callable[[JobQuerySet, date], JobQuerySet]
    empty: str | Promise
    urgency: str = "info"
    # The order in which its rows are counted, which has an index.
    counted_by: str = "-pk"

    @property
    def is_by_day(self) -> bool:
        """Do its jobs stand by day and time? What was completed stands by when, latest first: by
        day, all jobs that there ever were would be gone through for those of a week."""
        return self.counted_by != _COMPLETED

    @property
    def url(self) -> str:
        """The list of exactly these jobs."""
        return f"{reverse('admin:operations_job_changelist')}?{PARAMETER}={self.name}"


WORKLISTS: dict[str, Worklist] = {
    worklist.name: worklist
    for worklist in (
        Worklist(
            "today",
            gettext_lazy("Today"),
            "today",
            lambda jobs, day: jobs.open().scheduled_on(day),
            gettext_lazy("No open job takes place today."),
            "primary",
            counted_by="scheduled_date",
        ),
        Worklist(
            "week",
            gettext_lazy("This week"),
            "date_range",
            lambda jobs, day: jobs.open().in_week_of(day),
            gettext_lazy("No open job takes place this week."),
            counted_by="scheduled_date",
        ),
        Worklist(
            "unscheduled",
            gettext_lazy("Unscheduled"),
            "event_busy",
            lambda jobs, _day: jobs.open().filter(scheduled_date=None),
            gettext_lazy("Every open job has a day."),
        ),
        Worklist(
            "unassigned",
            gettext_lazy("Unassigned"),
            "person_off",
            lambda jobs, _day: jobs.open().filter(assigned_to=None),
            gettext_lazy("Every open job has a technician."),
            "warning",
        ),
        Worklist(
            "overdue",
            gettext_lazy("Overdue"),
            "alarm",
            lambda jobs, _day: jobs.flagged_overdue(),
            gettext_lazy("Nothing is overdue."),
            "danger",
        ),
        Worklist(
            "on_hold",
            gettext_lazy("On hold"),
            "pause_circle",
            lambda jobs, _day: jobs.filter(status=Job.Status.ON_HOLD),
            gettext_lazy("Nothing is on hold."),
            "warning",
        ),
        Worklist(
            "someone",
            gettext_lazy("Needs someone"),
            "person_alert",
            lambda jobs, _day: jobs & Job.objects.needing_someone(),
            gettext_lazy("Every open job has an owner and a technician who can see to it."),
            "danger",
        ),
        Worklist(
            "next",
            gettext_lazy("Next"),
            "event_upcoming",
            lambda jobs, day: jobs.open().filter(scheduled_date__gt=day),
            gettext_lazy("Nothing is planned after today."),
        ),
        Worklist(
            "pending",
            gettext_lazy("Pending"),
            "hourglass_empty",
            lambda jobs, _day: jobs.filter(status=Job.Status.PENDING),
            gettext_lazy("No jobs are waiting to start."),
        ),
        Worklist(
            "in_progress",
            gettext_lazy("In progress"),
            "construction",
            lambda jobs, _day: jobs.filter(status=Job.Status.IN_PROGRESS),
            gettext_lazy("Nothing is in progress."),
            "primary",
        ),
        Worklist(
            "open",
            gettext_lazy("Open"),
            "pending_actions",
            lambda jobs, _day: jobs.open(),
            gettext_lazy("No job is open."),
        ),
        Worklist(
            "reopened",
            gettext_lazy("Reopened"),
            "replay",
            lambda jobs, _day: jobs.exclude(reopened_at=None),
            gettext_lazy("No job has ever been reopened."),
            counted_by="scheduled_date",
        ),
        Worklist(
            "all_today",
            gettext_lazy("All of today"),
            "today",
            _of_day,
            gettext_lazy("No job takes place today."),
            counted_by="scheduled_date",
        ),
        Worklist(
            "completed_today",
            gettext_lazy("Today’s jobs completed"),
            "task_alt",
            lambda jobs, day: _of_day(jobs, day).filter(status=Job.Status.COMPLETED),
            gettext_lazy("None of today’s jobs has been completed yet."),
            counted_by="scheduled_date",
        ),
        Worklist(
            "completed_week",
            gettext_lazy("Completed this week"),
            "task_alt",
            lambda jobs, day: jobs.completed_in(week(day)),
            gettext_lazy("No job was completed this week."),
            counted_by=_COMPLETED,
        ),
        Worklist(
            "on_time_week",
            gettext_lazy("Completed this week, on time"),
            "task_alt",
            lambda jobs, day: jobs.completed_in(week(day)).on_time(),
            gettext_lazy("No job was completed on time this week."),
            counted_by=_COMPLETED,
        ),
        Worklist(
            "late_week",
            gettext_lazy("Completed this week, late"),
            "task_alt",
            lambda jobs, day: jobs.completed_in(week(day)).late(),
            gettext_lazy("No job was completed late this week."),
            counted_by=_COMPLETED,
        ),
        Worklist(
            "last_week",
            gettext_lazy("Completed last week"),
            "task_alt",
            lambda jobs, day: jobs.completed_in(week_before(day)),
            gettext_lazy("No job was completed last week."),
            counted_by=_COMPLETED,
        ),
        Worklist(
            "last_week_on_time",
            gettext_lazy("Completed last week, on time"),
            "task_alt",
            lambda jobs, day: jobs.completed_in(week_before(day)).on_time(),
            gettext_lazy("No job was completed on time last week."),
            counted_by=_COMPLETED,
        ),
        Worklist(
            "last_week_late",
            gettext_lazy("Completed last week, late"),
            "task_alt",
            lambda jobs, day: jobs.completed_in(week_before(day)).late(),
            gettext_lazy("No job was completed late last week."),
            counted_by=_COMPLETED,
        ),
    )
}
TABS = ("today", "week", "unscheduled", "unassigned", "overdue", "on_hold")
_OFFICE = ("today", "overdue", "unassigned", "unscheduled", "on_hold")
_FIELD = ("today", "overdue", "on_hold")


def named(name: str, jobs: JobQuerySet) -> JobQuerySet:
    """The jobs of these that stand in a worklist; all of them where there is none of that name."""
    worklist = WORKLISTS.get(name)
    return worklist.chosen(jobs, audit.today()) if worklist else jobs


def lists_for(user: Any) -> list[Worklist]:
    """The worklists that the person works through, in the order of the sidebar."""
    names = _OFFICE if can(user, "add", Job) else _FIELD
    if can(user, "hand_over", Job):
        names = (*names, "someone")
    return [WORKLISTS[name] for name in names]


def states() -> list[Worklist]:
    """Open jobs by where they stand, for who follows their own."""
    return [WORKLISTS[status] for status in OPEN]


# Counted


class _Number(Subquery):
    """How many rows a query has, which need not be read."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()
    empty_result_set_value = 0


def count(user: User) -> dict[str, int]:
    """How many of the jobs that the person sees stand in each worklist: at most one above LIMIT.

    Asked as one question, however many there are.
    """
    return numbers(user, {*TABS, *OPEN, *(worklist.name for worklist in lists_for(user))})


def numbers(user: User, names: Iterable[str]) -> dict[str, int]:
    """The same of these worklists."""
    worklists = [WORKLISTS[name] for name in names]
    _rows, parts = visible_in_parts(user, Job.objects.order_by())
    today = audit.today()
    asked = {
        f"{worklist.name}_{place}": _Number(
            worklist.chosen(part, today).values("pk")[: LIMIT + 1]  # type: ignore[arg-type]
        )
        for worklist in worklists
        for place, part in enumerate(parts)
    }
    found = User.objects.filter(pk=user.pk).order_by().values(**asked).get()
    return {
        worklist.name: min(
            LIMIT + 1, sum(found[f"{worklist.name}_{place}"] for place in range(len(parts)))
        )
        for worklist in worklists
    }


def count_text(number: int) -> str:
    """A number as it stands beside a name: `1000+` beyond what is counted."""
    return f"{LIMIT}+" if number > LIMIT else str(number)


# Shown


def sidebar(request: HttpRequest) -> list[navigation.Entry]:
    """What the sidebar shows of them, each with its number."""
    counts = to_do.counts(request)
    return [
        navigation.Entry(
            worklist.title,
            worklist.icon,
            worklist.url,
            count=count_text(counts[worklist.name]) if counts[worklist.name] else "",
            urgency=worklist.urgency,
            active=_is_open(request, worklist.name),
        )
        for worklist in lists_for(request.user)
    ]


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """unfold's tabs above the list of jobs."""
    if not _is_list(request):
        return []
    counts = to_do.counts(request)
    shown = [
        {
            "title": format_html(
                '{} <span class="jobops-count">{}</span>',
                WORKLISTS[name].title,
                count_text(counts[name]),
            ),
            # unfold marks a line of the sidebar that has the address of a tab.
            "link": f"?{PARAMETER}={name}",
            "active": _is_open(request, name),
        }
        for name in TABS
    ]
    everything = {
        "title": _("All"),
        "link": f"?{PARAMETER}={ALL}",
        "active": request.GET.get(PARAMETER) in {None, "", ALL},
    }
    return [{"models": ["operations.job"], "items": [*shown, everything]}]


def _is_list(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.url_name == "operations_job_changelist"


def _is_open(request: HttpRequest, name: str) -> bool:
    return _is_list(request) and request.GET.get(PARAMETER) == name
