"""The figures over HTTP: the very ones of the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Query, Router
from typing_extensions import TypedDict

from core.access import require
from core.record import audit
from core.rest.etags import answer
from core.rest.schemas import Body, example
from core.text import days
from operations.api.named import AskedKey, Day, PersonNamed, Priority, moment
from reports import figures
from reports.figures import Rate, Times
from reports.period import Period, last_30_days
from reports.question import Filters, Question

router = Router(tags=["analytics"])


class Counts(TypedDict):
    """How many jobs were created, completed and cancelled in the period, and how often jobs were
    reopened in it; `open` and `overdue` are of now, whatever the period."""

    created: int
    completed: int
    cancelled: int
    reopened: int
    open: int
    overdue: int


class ByStatus(TypedDict):
    """Jobs created in the period, by the status that they have now."""

    pending: int
    in_progress: int
    on_hold: int
    completed: int
    cancelled: int


class ByPriority(TypedDict):
    """Jobs created in the period, by priority."""

    low: int
    medium: int
    high: int
    urgent: int


class OnTime(TypedDict):
    """Of the jobs completed in the period that had a scheduled date, those completed on or before
    it. `share` is null where nothing is counted."""

    completed: int
    on_time: int
    share: float | None


class Seconds(TypedDict):
    """How long it took: null where nothing is counted."""

    completed: int
    mean_seconds: float | None
    median_seconds: float | None
    p90_seconds: float | None


class AgeBucket(TypedDict):
    """Jobs that are `from_days` old or more, and less than `to_days`; null for any age."""

    from_days: int
    to_days: int | None
    jobs: int


class BacklogAge(TypedDict):
    """How old the jobs are that are open now, whatever the period."""

    open: int
    median_seconds: float | None
    buckets: list[AgeBucket]


class ReopenRate(TypedDict):
    """How often jobs were reopened in the period, to the jobs completed in it."""

    completed: int
    reopened: int
    share: float | None


class FirstTimeFix(TypedDict):
    """Of the jobs completed in the period and until the day `ripe_until`, those that were never
    reopened, nor followed within 30 days by another job for the same site and equipment."""

    completed: int
    fixed: int
    share: float | None
    ripe_until: date


class TechnicianLoad(TypedDict):
    """What a technician's jobs came to; `open_jobs` is of now."""

    user: PersonNamed
    jobs_completed: int
    tasks_completed: int
    open_jobs: int
    on_time_share: float | None


class Item(TypedDict):
    """A piece of equipment."""

    id: int
    name: str
    serial_number: str


class EquipmentUse(TypedDict):
    """The tasks that need it, of jobs scheduled in the period and not cancelled, and the number of
    days for which those are scheduled."""

    equipment: Item
    tasks: int
    days_in_use: int


_TIMES = {"mean_seconds": 93600.0, "median_seconds": 86400.0, "p90_seconds": 172800.0}
_EXAMPLE = {
    "from": "2026-03-01",
    "to": "2026-03-31",
    "generated_at": "2026-04-01T08:30:00Z",
    "jobs": {
        "created": 48,
        "completed": 40,
        "cancelled": 3,
        "reopened": 2,
        "open": 17,
        "overdue": 4,
    },
    "by_status": {"pending": 6, "in_progress": 2, "on_hold": 1, "completed": 36, "cancelled": 3},
    "by_priority": {"low": 8, "medium": 30, "high": 7, "urgent": 3},
    "on_time": {"completed": 36, "on_time": 27, "share": 0.75},
    "time_to_complete": {"completed": 40, **_TIMES},
    "task_cycle_time": {"completed": 92, **_TIMES},
    "backlog_age": {
        "open": 17,
        "median_seconds": 864000.0,
        "buckets": [{"from_days": 0, "to_days": 7, "jobs": 6}],
    },
    "reopen_rate": {"completed": 40, "reopened": 2, "share": 0.05},
    "first_time_fix": {"completed": 4, "fixed": 3, "share": 0.75, "ripe_until": "2026-03-02"},
    "technicians": [
        {
            "user": {"id": 3, "username": "tech", "name": "Tina Tech"},
            "jobs_completed": 21,
            "tasks_completed": 50,
            "open_jobs": 5,
            "on_time_share": 0.75,
        }
    ],
    "equipment": [
        {
            "equipment": {"id": 3, "name": "Drill", "serial_number": "SN-0003"},
            "tasks": 14,
            "days_in_use": 9,
        }
    ],
}

_Head = TypedDict("_Head", {"from": date, "to": date, "generated_at": datetime})


@example(_EXAMPLE)
class Analytics(_Head):
    """The figures of a period, of the jobs that the filters let pass."""

    jobs: Counts
    by_status: ByStatus
    by_priority: ByPriority
    on_time: OnTime
    time_to_complete: Seconds
    task_cycle_time: Seconds
    backlog_age: BacklogAge
    reopen_rate: ReopenRate
    first_time_fix: FirstTimeFix
    technicians: list[TechnicianLoad]
    equipment: list[EquipmentUse]


class AnalyticsQuery(Body):
    """Of when, and of whose jobs. The last 30 days, today among them, if not said."""

    start: Annotated[Day | None, Field(description="The first day.")] = Field(None, alias="from")
    end: Annotated[Day | None, Field(description="The last day.")] = Field(None, alias="to")
    technician: AskedKey | None = None
    owner: AskedKey | None = None
    customer: AskedKey | None = None
    priority: Priority | None = None

    @property
    def period(self) -> Period:
        """The period. Raises `ValidationError` for one that cannot be."""
        end = self.end or max(audit.today(), self.start or audit.today())
        start = self.start or last_30_days(end).start
        if end < start:
            raise ValidationError({"to": _("Choose a last day that is not before the first day.")})
        period = Period(start, end)
        if not period.is_known:
            raise ValidationError({"from": days.range_help()})
        return period


@router.get(
    "/analytics",
    response=Analytics,
    operation_id="read_analytics",
    summary="Read the figures of a period",
)
def read_analytics(request: HttpRequest, query: Query[AnalyticsQuery]) -> HttpResponse:
    """How the work goes: figures of a period, each with what it is counted from. For Admins."""
    require(request.user, "view", figures.RIGHTS)
    filters = Filters(query.technician, query.owner, query.customer, query.priority or "")
    return answer(as_data(Question(query.period, filters)))


def as_data(question: Question) -> Mapping[str, Any]:
    """All figures of a question, as the API answers them."""
    counts, on_time = figures.jobs(question), figures.on_time(question)
    reopened, fixed = figures.reopen_rate(question), figures.first_time_fix(question)
    return {
        "from": question.period.start,
        "to": question.period.end,
        "generated_at": moment(question.at),
        "jobs": vars(counts),
        "by_status": figures.by_status(question),
        "by_priority": figures.by_priority(question),
        "on_time": _rate(on_time, "on_time"),
        "time_to_complete": _times(figures.time_to_complete(question)),
        "task_cycle_time": _times(figures.task_cycle_time(question)),
        "backlog_age": _backlog(figures.backlog_age(question)),
        "reopen_rate": _rate(reopened, "reopened"),
        "first_time_fix": {**_rate(fixed, "fixed"), "ripe_until": fixed.ripe_until},
        "technicians": [_load(load) for load in figures.technicians(question)],
        "equipment": [_use(use) for use in figures.equipment_use(question)],
    }


def _rate(rate: Rate, name: str) -> dict[str, Any]:
    return {"completed": rate.of, name: rate.number, "share": rate.share}


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _times(times: Times) -> Seconds:
    return {
        "completed": times.completed,
        "mean_seconds": _seconds(times.mean),
        "median_seconds": _seconds(times.median),
        "p90_seconds": _seconds(times.p90),
    }


def _backlog(backlog: figures.Backlog) -> BacklogAge:
    return {
        "open": backlog.open,
        "median_seconds": _seconds(backlog.median),
        "buckets": [
            {"from_days": each.from_days, "to_days": each.to_days, "jobs": each.jobs}
            for each in backlog.buckets
        ],
    }


def _load(load: figures.Load) -> TechnicianLoad:
    person = load.person
    return {
        "user": {"id": person.pk, "username": person.username, "name": person.name},
        "jobs_completed": load.jobs_completed,
        "tasks_completed": load.tasks_completed,
        "open_jobs": load.open_jobs,
        "on_time_share": load.on_time.share,
    }


def _use(use: figures.Use) -> EquipmentUse:
    item = use.item
    return {
        "equipment": {"id": item.pk, "name": item.name, "serial_number": item.serial_number},
        "tasks": use.tasks,
        "days_in_use": use.days_in_use,
    }
