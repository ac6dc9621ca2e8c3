"""Jobs: one with its tasks, and its verbs."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal, NotRequired, cast

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Field, FilterLookup, FilterSchema, Query, Router, Status
from pydantic import ConfigDict

from core.access import visible_in_parts, visible_to
from core.database.compiled import Compiled
from core.rest.etags import IF_MATCH, TAGGED, answer, answering_stale, stated_version
from core.rest.outcomes import warned
from core.rest.pages import Page, PageQuery, page
from core.rest.schemas import Body, example
from core.text.search import LONGEST
from operations import acts
from operations.api import job_fields, tasks
from operations.api.job_fields import FIELDS, JobChange, JobFields
from operations.api.named import (
    AskedKey,
    Day,
    JobStatus,
    Key,
    Line,
    Named,
    PersonNamed,
    Priority,
    Reason,
    Row,
    moment,
    named,
    person,
    person_columns,
    row_of,
)
from operations.api.tasks import TaskIn
from operations.api.verbs import Offered, offered_to
from operations.models import Job
from operations.models.job_queries import URGENCY, is_too_short
from operations.numbers import TOO_SHORT
from operations.states import UNFINISHED, Verb

router = Router(tags=["jobs"])

_PEOPLE = ("assigned_to", "owner", "created_by", "completed_by")
_MOMENTS = ("completed_at", "created_at", "updated_at")
_PLACES = ("customer_id", "customer__name", "site_id", "site__name")
COLUMNS = (
    *FIELDS,
    *_MOMENTS,
    *_PLACES,
    *(name for column in _PEOPLE for name in person_columns(column)),
)

EXAMPLE = {
    **job_fields.EXAMPLE,
    "customer": {"id": 5, "name": "Harbour Hotel"},
    "site": {"id": 9, "name": "Main building"},
    "owner": {"id": 2, "username": "sales", "name": "Sara Sales"},
    "created_by": {"id": 2, "username": "sales", "name": "Sara Sales"},
    "completed_at": None,
    "completed_by": None,
    "created_at": "2026-03-02T09:15:00Z",
    "updated_at": "2026-03-09T07:58:12Z",
    "tasks_count": 1,
    "completed_tasks_count": 0,
    "progress_percentage": 0,
}


@example(EXAMPLE)
class JobAnswer(JobFields):
    """A job with its tasks. `progress_percentage` is how much of its tasks is completed; a job
    without tasks has 0, and 100 once it is completed. `verbs` are those that its status allows and
    that the caller may use. `undo_seconds` is how many seconds are left in which the caller, who
    completed the job, can undo that without a reason. `warnings` are about what was just
    written."""

    customer: Named
    site: Named | None
    owner: PersonNamed
    created_by: PersonNamed
    completed_at: datetime | None
    completed_by: PersonNamed | None
    created_at: datetime
    updated_at: datetime
    tasks_count: int
    completed_tasks_count: int
    progress_percentage: int
    warnings: NotRequired[list[str]]


class Why(Body):
    """Why; asked for where the job is held, cancelled or reopened. It stays in the history."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The part is missing."}]})

    reason: Reason = ""


class JobIn(JobChange):
    """A new job. Its owner is its creator, unless an Admin names another."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Service the ventilation",
                    "customer": 5,
                    "site": 9,
                    "scheduled_date": "2026-03-09",
                    "start_time": "08:00",
                    "end_time": "10:30",
                    "assigned_to": 3,
                    "tasks": [{"title": "Replace the filter", "equipment": [3]}],
                }
            ]
        }
    )

    title: Line
    customer: Key
    tasks: Annotated[list[TaskIn], Field(max_length=200)] = []


class JobQuery(PageQuery):
    """Which page, in which order, of the jobs in which every word stands."""

    ordering: Literal[
        "number",
        "-number",
        "scheduled_date",
        "-scheduled_date",
        "priority",
        "-priority",
        "created_at",
        "-created_at",
    ] = Field(
        "-number",
        description="`-priority` puts the most urgent first. Jobs of one day go by number; those "
        "without a day come last, or first in descending order.",
    )
    search: str = Field(
        "",
        max_length=LONGEST,
        description="Words from number, title, customer, site and technician. Words of fewer than "
        "three letters only narrow down what longer ones find; a number alone is a job number.",
    )


class JobsPage(Page[JobAnswer]):
    """A page of jobs."""

    note: str = Field(
        "", description="Why nothing was found: the words are too short. Otherwise left out."
    )


class JobFilters(FilterSchema):
    """Which jobs."""

    status: Annotated[list[JobStatus] | None, FilterLookup("status__in")] = None
    priority: Annotated[list[Priority] | None, FilterLookup("priority__in")] = None
    assigned_to: AskedKey | None = None
    owner: AskedKey | None = None
    customer: AskedKey | None = None
    overdue: bool | None = None
    scheduled_from: Annotated[Day | None, FilterLookup("scheduled_date__gte")] = None
    scheduled_to: Annotated[Day | None, FilterLookup("scheduled_date__lte")] = None


# Numbers are made from ids, and priorities go by urgency.
_ORDERINGS = {"number": "id", "-number": "-id", "priority": "urgency", "-priority": "-urgency"}


def shown(rows: list[Any], *, to: Any) -> list[JobAnswer]:
    """Jobs as they are answered to somebody, from rows of COLUMNS, with their tasks. One query."""
    steps = tasks.of_jobs([row["id"] for row in rows])
    offered = offered_to(to)
    return [_job(row, steps[row["id"]], offered(row)) for row in rows]


def _job(row: Row, steps: list[tasks.TaskAnswer], offered: Offered) -> JobAnswer:
    done = sum(step["status"] not in UNFINISHED for step in steps)
    finished = row["status"] == Job.Status.COMPLETED
    job: Any = {
        **{name: row[name] for name in FIELDS},
        **{name: moment(row[name]) for name in _MOMENTS},
        **{column: person(row, column) for column in _PEOPLE},
        "customer": named(row, "customer"),
        "site": named(row, "site"),
        "tasks": steps,
        "tasks_count": len(steps),
        "completed_tasks_count": done,
        "progress_percentage": 100 * done // len(steps) if steps else 100 * finished,
        **offered,
    }
    return cast("JobAnswer", job)


def _shown(request: HttpRequest, pk: int) -> JobAnswer:
    return _one(request, visible_to(request.user, Job.objects.filter(pk=pk)))


def _one(request: HttpRequest, jobs: QuerySet[Job]) -> JobAnswer:
    found = list(jobs.values(*COLUMNS))
    if not found:
        raise Http404
    return shown(found, to=request.user)[0]


@router.get("/jobs", response=JobsPage, operation_id="list_jobs", summary="List jobs")
def list_jobs(
    request: HttpRequest, query: Query[JobQuery], filters: Query[JobFilters]
) -> HttpResponse:
    """The jobs that the caller sees, a page at a time, the newest first if not said."""
    found = filters.filter(Job.objects.matching(query.search)).order_by()
    _rows, parts = visible_in_parts(request.user, found)
    by: str = _ORDERINGS.get(query.ordering, query.ordering)
    terms = {"urgency": URGENCY}
    note = {"note": str(TOO_SHORT)} if is_too_short(query.search) else {}
    show = partial(_listed, request)
    return answer(page(request, parts, query, by=[by], terms=terms, show=show) | note)


_ROWS: Compiled[Any] = Compiled(
    lambda keys: Job.objects.filter(pk__among=keys).order_by().values_list(*COLUMNS)
)


def _listed(request: HttpRequest, keys: list[int]) -> list[JobAnswer]:
    read = (dict(zip(COLUMNS, row, strict=True)) for row in _ROWS.rows(keys))
    rows = {row["id"]: row for row in read}
    return shown([rows[key] for key in keys if key in rows], to=request.user)


@router.post(
    "/jobs",
    response={201: JobAnswer},
    operation_id="create_job",
    summary="Enter a job",
)
def create_job(request: HttpRequest, body: JobIn) -> HttpResponse:
    """Enters a job with its tasks: all of it, or nothing. For Admins and sales agents."""
    by: Any = request.user
    given = body.dict(exclude_unset=True)
    outcome = acts.enter(by=by, **given)
    row = row_of(outcome.row, COLUMNS)
    steps = tasks.of_new_job(outcome.tasks)
    return answer(_job(row, steps, offered_to(by)(row)) | warned(outcome), status=201)


@router.get(
    "/jobs/{id}",
    response=JobAnswer,
    operation_id="read_job",
    summary="Read a job",
    openapi_extra=TAGGED,
)
def read_job(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002 (the name in the path)
    """A job with its tasks."""
    return answer(_shown(request, id))


@router.patch(
    "/jobs/{id}",
    response=JobAnswer,
    operation_id="change_job",
    summary="Change a job",
    openapi_extra=TAGGED | IF_MATCH,
)
def change_job(request: HttpRequest, id: int, body: JobChange) -> HttpResponse:  # noqa: A002
    """Changes what is given of an open job. Another owner is for Admins to choose."""
    by: Any = request.user
    given = body.dict(exclude_unset=True)
    with answering_stale(lambda: _shown(request, id)):
        outcome = acts.edit_by_key((Job, id), **given, by=by, version=stated_version(request))
    return answer(_shown(request, id) | warned(outcome))


@router.delete(
    "/jobs/{id}",
    response={204: None},
    operation_id="delete_job",
    summary="Delete a job",
    openapi_extra=IF_MATCH,
)
def delete_job(request: HttpRequest, id: int) -> Status[None]:  # noqa: A002
    """Deletes a job with its tasks, whose history stays. For Admins; others cancel it."""
    by: Any = request.user
    with answering_stale(lambda: _shown(request, id)):
        acts.remove((Job, id), by=by, version=stated_version(request))
    return Status(204, None)


def _verb(verb: Verb) -> Any:
    def do(request: HttpRequest, id: int, body: Why | None = None) -> HttpResponse:  # noqa: A002
        by: Any = request.user
        reason, version = body.reason if body else "", stated_version(request)
        with answering_stale(lambda: _shown(request, id)):
            outcome = acts.move((Job, id), verb, by=by, reason=reason, version=version)
        return answer(_shown(request, id) | warned(outcome))

    return do


_WHAT = {
    Verb.START: "Starts a pending job.",
    Verb.HOLD: "Puts an open job on hold; a reason is required.",
    Verb.RESUME: "Resumes a job on hold.",
    Verb.COMPLETE: "Completes an open job; none of its tasks may be unfinished.",
    Verb.CANCEL: "Cancels an open job; a reason is required.",
    Verb.REOPEN: (
        "Reopens a closed job; a reason is required. Its history stays. Whoever completed it may "
        "undo that for ten minutes, without a reason; the job then returns to its earlier status."
    ),
}
for _each in Verb:
    router.post(
        f"/jobs/{{id}}/{_each}",
        response=JobAnswer,
        operation_id=f"{_each}_job",
        summary=f"{_each.capitalize()} a job",
        description=_WHAT[_each],
        openapi_extra=TAGGED | IF_MATCH,
    )(_verb(_each))
