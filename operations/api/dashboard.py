"""The dashboard: what is overdue, the days ahead, and what was completed today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django.db.models import DateField, F, QuerySet, Value, Window
from django.db.models.functions import Greatest, RowNumber
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Query, Router
from typing_extensions import TypedDict

from core.access import can, can_all, can_by_columns, visible_to
from core.record import audit
from core.rest.etags import answer
from core.rest.schemas import Body, example
from core.text.phones import dialled
from operations.api import job_fields, tasks
from operations.api.job_fields import FIELDS, JobFields
from operations.api.named import (
    Row,
    person,
    person_columns,
)
from operations.api.verbs import offered_to
from operations.models import Job
from operations.schedule import NEXT_FIRST
from operations.states import UNFINISHED

router = Router(tags=["dashboard"])

# How many jobs a list has at most.
LIMIT = 200
_OVERDUE, _DONE = "overdue", "done"
_CUSTOMER, _SITE = ("name", "phone"), ("name", "address", "access_notes")
_COLUMNS = (
    *FIELDS,
    *("owner_id", "completed_by_id", "completed_at"),
    *("customer_id", *(f"customer__{name}" for name in _CUSTOMER)),
    *("site_id", *(f"site__{name}" for name in _SITE)),
    *person_columns("assigned_to"),
)


class CustomerCard(TypedDict):
    """Whom to call. `phone` is as it was written; `dialled` what of it a telephone takes, empty
    where it names no number."""

    id: int
    name: str
    phone: str
    dialled: str


class SiteCard(TypedDict):
    """Where to go, and how to get in."""

    id: int
    name: str
    address: str
    access_notes: str


_JOB = {
    **job_fields.EXAMPLE,
    "can_progress": True,
    "completed_at": None,
    "customer": {
        "id": 5,
        "name": "Harbour Hotel",
        "phone": "+43 (0)1 555 0101, reception",
        "dialled": "+4315550101",
    },
    "site": {"id": 9, "name": "Main building", "address": "1 Quay", "access_notes": "Gate 3"},
}


class DayJob(JobFields):
    """A job as whoever goes there needs it. `can_progress`: the caller may report on it;
    `verbs`: those that its status allows and that the caller may use. For `undo_seconds` from this
    answer on, the caller, who completed it, reopens it without a reason."""

    can_progress: bool
    completed_at: datetime | None
    customer: CustomerCard
    site: SiteCard | None


class Day(TypedDict):
    """A day with work; `total_tasks` counts its unfinished tasks."""

    date: date
    jobs: list[DayJob]
    total_tasks: int


_EXAMPLE = {
    "today": "2026-03-09",
    "overdue": [],
    "days": [{"date": "2026-03-09", "jobs": [_JOB], "total_tasks": 1}],
    "done": [],
    "more": False,
}


@example(_EXAMPLE)
class Dashboard(TypedDict):
    """What is overdue, and the days ahead that have work; `done` are the jobs that the caller
    completed today, the last one first. `more`: a list was cut."""

    today: date
    overdue: list[DayJob]
    days: list[Day]
    done: list[DayJob]
    more: bool


class DashboardQuery(Body):
    """How far to look ahead."""

    days: int = Field(7, ge=1, le=31, description="How many days, today included.")


@router.get(
    "/dashboard",
    response=Dashboard,
    operation_id="read_dashboard",
    summary="Read the dashboard",
)
def read_dashboard(request: HttpRequest, query: Query[DashboardQuery]) -> HttpResponse:
    """Open jobs that are overdue, and those of the days ahead, with all their tasks. For a
    technician those to work on, for everybody else all they see. And what they completed today."""
    today = audit.today()
    rows = _rows(request.user, today=today, until=today + timedelta(days=query.days))
    lists = _by_day(rows, today=today)
    kept = {day: jobs[:LIMIT] for day, jobs in lists.items()}
    steps = tasks.of_jobs([row["id"] for jobs in kept.values() for row in jobs])
    shown = _Shown(request.user, steps)
    lists_shown = {day: [shown.job(row) for row in jobs] for day, jobs in kept.items()}
    return answer(
        Dashboard(
            today=today,
            overdue=lists_shown.pop(_OVERDUE, []),
            done=lists_shown.pop(_DONE, []),
            days=[_day(day, jobs) for day, jobs in lists_shown.items() if isinstance(day, date)],
            more=any(len(jobs) > LIMIT for jobs in lists.values()),
        )
    )


def _jobs(user: Any) -> QuerySet[Job]:
    """A technician's jobs are those to work on; who enters jobs follows all they see."""
    works = can(user, "progress", Job) and not can(user, "add", Job)
    # Whom a group of the company's own lets progress every job sees no more by it.
    narrower = works and not can_all(user, "progress", Job)
    return visible_to(user, Job.objects.open(), "progress" if narrower else "view")


def _rows(user: Any, *, today: date, until: date) -> list[Any]:
    """The first jobs of each list, one more than are shown. One query."""
    to_do: Any = _to_do(_jobs(user), today=today, until=until)
    done: Any = _done(user, today)
    parts = [part.filter(place__lte=LIMIT + 1).order_by() for part in (to_do, done)]
    first, second = (part.values(*_COLUMNS, "place") for part in parts)
    # A place is one of its list alone: the lists are told apart later.
    return sorted(first.union(second, all=True), key=lambda row: row["place"])


def _to_do(jobs: QuerySet[Job], *, today: date, until: date) -> Any:
    """What is overdue, and on each day, with the place that each has in its list."""
    # All that is overdue is one list.
    yesterday = Value(today - timedelta(days=1), DateField())
    place = Window(
        RowNumber(), partition_by=Greatest(F("scheduled_date"), yesterday), order_by=NEXT_FIRST
    )
    return jobs.filter(scheduled_date__lt=until).annotate(place=place)


def _done(user: Any, today: date) -> Any:
    """What the person completed today, with the place that each has there."""
    begun = timezone.make_aware(datetime.combine(today, time.min), timezone.get_default_timezone())
    jobs = visible_to(user, Job.objects.filter(completed_by=user, completed_at__gte=begun))
    place = Window(RowNumber(), order_by=(F("completed_at").desc(), F("id").desc()))
    return jobs.annotate(place=place)


def _by_day(rows: Iterable[Any], *, today: date) -> dict[date | str, list[Any]]:
    """The rows by their list, the days in their order."""
    found: dict[date | str, list[Any]] = {}
    for row in rows:
        found.setdefault(_list_of(row, today), []).append(row)
    days = sorted(day for day in found if isinstance(day, date))
    names: list[date | str] = [_OVERDUE, _DONE, *days]
    return {name: found[name] for name in names if name in found}


def _list_of(row: Row, today: date) -> date | str:
    if row["status"] == Job.Status.COMPLETED:
        return _DONE
    day: date = row["scheduled_date"]
    return day if day >= today else _OVERDUE


def _day(day: date, jobs: list[DayJob]) -> Day:
    unfinished = sum(step["status"] in UNFINISHED for job in jobs for step in job["tasks"])
    return {"date": day, "jobs": jobs, "total_tasks": unfinished}


class _Shown:
    """Jobs as they are answered to a person, with the tasks that were read for them."""

    def __init__(self, user: Any, steps: Mapping[int, list[tasks.TaskAnswer]]) -> None:
        self.steps = steps
        self.offered, self.can_progress = offered_to(user), can_by_columns(user, "progress", Job)

    def job(self, row: Row) -> DayJob:
        """One job."""
        job: Any = {
            **{name: row[name] for name in FIELDS},
            "can_progress": self.can_progress(row),
            "completed_at": row["completed_at"],
            **self.offered(row),
            "customer": {
                **_card(row, "customer", _CUSTOMER),
                "dialled": dialled(row["customer__phone"]),
            },
            "site": _card(row, "site", _SITE),
            "assigned_to": person(row, "assigned_to"),
            "tasks": self.steps[row["id"]],
        }
        return cast("DayJob", job)


def _card(row: Row, column: str, names: Iterable[str]) -> Any:
    if row[f"{column}_id"] is None:
        return None
    return {"id": row[f"{column}_id"], **{name: row[f"{column}__{name}"] for name in names}}
