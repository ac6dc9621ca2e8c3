"""Tasks: the steps of a job."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, NotRequired, cast

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Field, FilterLookup, FilterSchema, Query, Router, Status
from pydantic import ConfigDict
from typing_extensions import TypedDict

from core.access import visible_in_parts, visible_to
from core.database.compiled import Compiled
from core.rest.etags import IF_MATCH, TAGGED, answer, answering_stale, stated_version
from core.rest.outcomes import warned
from core.rest.pages import Page, PageQuery, page
from core.rest.schemas import Body, example
from operations import acts
from operations.api.named import (
    AskedKey,
    EquipmentNamed,
    Key,
    Line,
    PersonNamed,
    TaskStatus,
    Text,
    moment,
    person_columns,
    person_of,
    row_of,
)
from operations.models import Equipment, Job, Task
from operations.models.task import PLACE

router = Router(tags=["tasks"])

_OWN = (
    *("id", "job_id", "position", "title", "description", "note", "status"),
    *("completed_at", "version"),
)
_EQUIPMENT = ("id", "name", "kind", "serial_number")
_COLUMNS = (
    *_OWN,
    *person_columns("completed_by"),
    *(f"equipment__{name}" for name in _EQUIPMENT),
)
_ORDER = ("job_id", *PLACE, "id", "equipment__name", "equipment__serial_number")

Position = Annotated[int, Field(strict=True, ge=0, le=Task.LAST)]
EXAMPLE = {
    "id": 7,
    "job": 42,
    "position": 1,
    "title": "Replace the filter",
    "description": "Both stages.",
    "note": "",
    "status": "pending",
    "equipment": [{"id": 3, "name": "Drill", "kind": "tool", "serial_number": "SN-0003"}],
    "completed_at": None,
    "completed_by": None,
    "version": 1,
}


@example(EXAMPLE)
class TaskAnswer(TypedDict):
    """A step of a job, with the equipment it needs. `warnings` point out what was just written, of
    its job too, where that was started with it."""

    id: int
    job: int
    position: int
    title: str
    description: str
    note: str
    status: TaskStatus
    equipment: list[EquipmentNamed]
    completed_at: datetime | None
    completed_by: PersonNamed | None
    version: int
    warnings: NotRequired[list[str]]


class TaskChange(Body):
    """Fields to change; omitted fields keep their values. `status` and `note` are progress."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "completed"}]})

    title: Line = ""  # What stands here for what is left out is never used.
    description: Text = ""
    position: Position | None = None
    equipment: Annotated[list[Key], Field(max_length=200)] = []
    status: TaskStatus = Task.Status.PENDING
    note: Text = ""


class TaskIn(TaskChange):
    """A new task, by default the last one. `status` and `note` are progress."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"title": "Replace the filter", "equipment": [3]}]}
    )

    title: Line


class TaskFilters(FilterSchema):
    """Which tasks."""

    job: AskedKey | None = None
    status: Annotated[list[TaskStatus] | None, FilterLookup("status__in")] = None
    equipment: AskedKey | None = None


def of_jobs(jobs: Collection[int]) -> dict[int, list[TaskAnswer]]:
    """The tasks of these jobs, by job, in order. One query."""
    found: dict[int, list[TaskAnswer]] = {job: [] for job in jobs}
    for task in _read(_OF_JOBS.rows(jobs)):
        found[task["job"]].append(task)
    return found


_OF_JOBS: Compiled[Any] = Compiled(
    lambda jobs: _in_order(Task.objects.filter(job__pk__among=jobs)).values_list(*_COLUMNS)
)


def of_new_job(added: Iterable[tuple[Task, Iterable[Equipment]]]) -> list[TaskAnswer]:
    """The tasks of a job that was just entered, as they would be read: they are at hand."""
    placed = sorted(added, key=lambda each: each[0].placed_at, reverse=True)
    found = []
    for task, items in sorted(placed, key=lambda each: each[0].position):
        shown = _task(*row_of(task, (*_OWN, *person_columns("completed_by"))).values())
        needed = [row_of(item, _EQUIPMENT) for item in items]
        found.append(shown | {"equipment": cast("list[EquipmentNamed]", needed)})
    return found


def _in_order(tasks: QuerySet[Task]) -> QuerySet[Task]:
    return tasks.order_by(*_ORDER)


def shown(tasks: QuerySet[Task]) -> list[TaskAnswer]:
    """Tasks as they are answered, job by job. One query, equipment included."""
    return _read(_in_order(tasks).values_list(*_COLUMNS))


def _read(rows: Iterable[Sequence[Any]]) -> list[TaskAnswer]:
    found: dict[int, TaskAnswer] = {}
    # By their places: a page of jobs has hundreds, one for each thing that a task needs.
    for *own, item, name, kind, serial in rows:
        key = own[0]
        if key not in found:
            found[key] = _task(*own)
        if item is not None:
            needed = {"id": item, "name": name, "kind": kind, "serial_number": serial}
            found[key]["equipment"].append(cast("EquipmentNamed", needed))
    return list(found.values())


def _task(*given: Any) -> TaskAnswer:
    """A task as it is answered, of its own columns and those of who completed it."""
    key, job, position, title, description, note, status, completed_at, version, *by = given
    return {
        "id": key,
        "job": job,
        "position": position,
        "title": title,
        "description": description,
        "note": note,
        "status": status,
        "equipment": [],
        "completed_at": moment(completed_at),
        "completed_by": person_of(*by),
        "version": version,
    }


@router.get("/tasks", response=Page[TaskAnswer], operation_id="list_tasks", summary="List tasks")
def list_tasks(
    request: HttpRequest, query: Query[PageQuery], filters: Query[TaskFilters]
) -> HttpResponse:
    """Tasks of the jobs that the caller sees, those of the newest job first, a page at a time."""
    _rows, parts = visible_in_parts(request.user, filters.filter(Task.objects.order_by()))
    return answer(page(request, parts, query, by=("-job_id", *PLACE, "id"), show=_listed))


def _listed(keys: list[int]) -> list[TaskAnswer]:
    found = {task["id"]: task for task in shown(Task.objects.filter(pk__in=keys))}
    return [found[key] for key in keys if key in found]


@router.get(
    "/tasks/{id}",
    response=TaskAnswer,
    operation_id="read_task",
    summary="Read a task",
    openapi_extra=TAGGED,
)
def read_task(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002 (the name in the path)
    """A task with the equipment it needs."""
    return answer(_shown(request, id))


@router.patch(
    "/tasks/{id}",
    response=TaskAnswer,
    operation_id="change_task",
    summary="Change a task",
    openapi_extra=TAGGED | IF_MATCH,
)
def change_task(request: HttpRequest, id: int, body: TaskChange) -> HttpResponse:  # noqa: A002
    """Changes what is given. Status and note are for whoever progresses the job and start it with
    them; text, place and equipment for whoever edits it."""
    by: Any = request.user
    given = body.dict(exclude_unset=True)
    with answering_stale(lambda: _shown(request, id)):
        outcome = acts.change_task((Task, id), **given, by=by, version=stated_version(request))
    return answer(_written(id) | warned(outcome))


@router.delete(
    "/tasks/{id}",
    response={204: None},
    operation_id="delete_task",
    summary="Delete a task",
    openapi_extra=IF_MATCH,
)
def delete_task(request: HttpRequest, id: int) -> Status[None]:  # noqa: A002
    """Takes a task out of its open job; its history stays."""
    by: Any = request.user
    with answering_stale(lambda: _shown(request, id)):
        acts.remove((Task, id), by=by, version=stated_version(request))
    return Status(204, None)


@router.post(
    "/jobs/{id}/tasks",
    response={201: TaskAnswer},
    operation_id="create_task",
    summary="Add a task to a job",
)
def create_task(request: HttpRequest, id: int, body: TaskIn) -> HttpResponse:  # noqa: A002
    """Adds a step to an open job."""
    by: Any = request.user
    outcome = acts.add_task((Job, id), **body.dict(exclude_unset=True), by=by)
    return answer(_written(outcome.row.pk) | warned(outcome), status=201)


def _written(pk: int) -> TaskAnswer:
    """Whoever has just written a task sees it: nothing that is written of one changes that."""
    return _only(_read(_ONE.rows(pk)))


_ONE: Compiled[Any] = Compiled(
    lambda task: _in_order(Task.objects.filter(pk=task)).values_list(*_COLUMNS)
)


def _shown(request: HttpRequest, pk: int) -> TaskAnswer:
    return _only(shown(visible_to(request.user, Task.objects.filter(pk=pk))))


def _only(found: list[TaskAnswer]) -> TaskAnswer:
    if not found:
        raise Http404
    return found[0]
