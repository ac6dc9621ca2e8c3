"""The dashboard: what is overdue, and the days ahead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, cast

from django.db.models import DateField, F, QuerySet, Value, Window
from django.db.models.functions import Greatest, RowNumber
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router
from typing_extensions import TypedDict

from core.access import can, can_all, permitted, visible_to
from core.record import audit
from core.rest.etags import answer
from core.rest.schemas import Body, example
from operations.api import job_fields, tasks
from operations.api.job_fields import FIELDS, JobFields
from operations.api.named import (
    Row,
    person,
    person_columns,
)
from operations.api.verbs import verbs_for
from operations.models import Job
from operations.schedule import NEXT_FIRST
from operations.states import UNFINISHED

router = Router(tags=["dashboard"])

# How many jobs a list has at most.
LIMIT = 200
_CUSTOMER, _SITE = ("name", "phone"), ("name", "address", "access_notes")
_COLUMNS = (
    *FIELDS,
    "owner_id",
    *("customer_id", *(f"customer__{name}" for name in _CUSTOMER)),
    *("site_id", *(f"site__{name}" for name in _SITE)),
    *person_columns("assigned_to"),
)


class CustomerCard(TypedDict):
    """Whom to call."""

    id: int
    name: str
    phone: str


class SiteCard(TypedDict):
    """Where to go, and how to get in."""

    id: int
    name: str
    address: str
    access_notes: str


_JOB = {
    **job_fields.EXAMPLE,
    "can_progress": True,
    "customer": {"id": 5, "name": "Harbour Hotel", "phone": "+43 1 555 0101"},
    "site": {"id": 9, "name": "Main building", "address": "1 Quay", "access_notes": "Gate 3"},
}


class DayJob(JobFields):
    """An open job as whoever goes there needs it. `can_progress`: the caller may report on it;
    `verbs`: those that its status allows and that the caller may use."""

    can_progress: bool
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
    "more": False,
}


@example(_EXAMPLE)
class Dashboard(TypedDict):
    """What is overdue, and the days ahead that have work. `more`: a list was cut."""

    today: date
    overdue: list[DayJob]
    days: list[Day]
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
    technician those to work on, for everybody else all they see."""
    today = audit.today()
    rows = _rows(_jobs(request.user), today=today, until=today + timedelta(days=query.days))
    lists = _by_day(rows, today=today)
    kept = {day: jobs[:LIMIT] for day, jobs in lists.items()}
    steps = tasks.of_jobs([row["id"] for jobs in kept.values() for row in jobs])
    shown = _Shown(request.user, steps)
    lists_shown = {day: [shown.job(row) for row in jobs] for day, jobs in kept.items()}
    return answer(
        Dashboard(
            today=today,
            overdue=lists_shown.pop(None, []),
            days=[_day(day, jobs) for day, jobs in lists_shown.items() if day],
            more=any(len(jobs) > LIMIT for jobs in lists.values()),
        )
    )


def _jobs(user: Any) -> QuerySet[Job]:
    """A technician's jobs are those to work on; who enters jobs follows all they see."""
    works = can(user, "progress", Job) and not can(user, "add", Job)
    # Whom a group of the company's own lets progress every job sees no more by it.
    narrower = works and not can_all(user, "progress", Job)
    return visible_to(user, Job.objects.open(), "progress" if narrower else "view")


def _rows(jobs: QuerySet[Job], *, today: date, until: date) -> list[Any]:
    """The first jobs of what is overdue, and of each day, one more than are shown. One query."""
    # All that is overdue is one list.
    yesterday = Value(today - timedelta(days=1), DateField())
    place = Window(
        RowNumber(), partition_by=Greatest(F("scheduled_date"), yesterday), order_by=NEXT_FIRST
    )
    numbered = jobs.filter(scheduled_date__lt=until).annotate(place=place)
    first = numbered.filter(place__lte=LIMIT + 1).order_by(*NEXT_FIRST)
    return list(first.values(*_COLUMNS))


def _by_day(rows: Iterable[Any], *, today: date) -> dict[date | None, list[Any]]:
    """The rows by their day, None for what is overdue."""
    found: dict[date | None, list[Any]] = {}
    for row in rows:
        day = row["scheduled_date"]
        found.setdefault(day if day >= today else None, []).append(row)
    return found


def _day(day: date, jobs: list[DayJob]) -> Day:
    unfinished = sum(step["status"] in UNFINISHED for job in jobs for step in job["tasks"])
    return {"date": day, "jobs": jobs, "total_tasks": unfinished}


class _Shown:
    """Jobs as they are answered to a person, with the tasks that were read for them."""

    def __init__(self, user: Any, steps: Mapping[int, list[tasks.TaskAnswer]]) -> None:
        self.steps = steps
        self.verbs, self.can_progress = verbs_for(user), permitted(user, "progress", Job)

    def job(self, row: Row) -> DayJob:
        """One job."""
        job: Any = {
            **{name: row[name] for name in FIELDS},
            "can_progress": self.can_progress(row),
            "verbs": self.verbs(row),
            "customer": _card(row, "customer", _CUSTOMER),
            "site": _card(row, "site", _SITE),
            "assigned_to": person(row, "assigned_to"),
            "tasks": self.steps[row["id"]],
        }
        return cast("DayJob", job)


def _card(row: Row, column: str, names: Iterable[str]) -> Any:
    if row[f"{column}_id"] is None:
        return None
    return {"id": row[f"{column}_id"], **{name: row[f"{column}__{name}"] for name in names}}
