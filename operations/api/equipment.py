"""Equipment, and what it is used for."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, NotRequired, cast

from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Status
from pydantic import ConfigDict
from typing_extensions import TypedDict

from core.access import visible_to
from core.database.compiled import Compiled
from core.record import audit
from core.rest.etags import IF_MATCH, TAGGED, answer, answering_stale, stated_version
from core.rest.outcomes import warned
from core.rest.pages import Page, PageQuery, page
from core.rest.schemas import Body, Flag, example
from core.text.search import LONGEST
from operations import acts
from operations.api.named import JobStatus, Kind, Line, LocalTime, Text
from operations.models import Equipment, Task

router = Router(tags=["equipment"])

_COLUMNS = ("id", "name", "kind", "serial_number", "description", "is_active", "version")
_NEXT = ("id", "number", "title", "status", "scheduled_date", "start_time", "end_time")
_EQUIPMENT = {
    "id": 3,
    "name": "Drill",
    "kind": "tool",
    "serial_number": "SN-0003",
    "description": "",
    "is_active": True,
    "version": 1,
}
Serial = Annotated[Line, Field(max_length=100)]


@example(_EQUIPMENT)
class EquipmentAnswer(TypedDict):
    """A piece of equipment, known by its serial number. `warnings` are about what was just
    written."""

    id: int
    name: str
    kind: Kind
    serial_number: str
    description: str
    is_active: bool
    version: int
    warnings: NotRequired[list[str]]


class EquipmentChange(Body):
    """What to change of equipment; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"is_active": False}]})

    name: Line = ""  # What stands here for what is left out is never used.
    kind: Kind = Equipment.Kind.TOOL
    serial_number: Serial = ""
    description: Text = ""
    is_active: Flag = True


class EquipmentIn(EquipmentChange):
    """New equipment."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Drill", "kind": "tool", "serial_number": "SN-0003"}]
        }
    )

    name: Line
    kind: Kind
    serial_number: Serial


class EquipmentQuery(PageQuery):
    """Which equipment: that in whose name or serial number every word stands."""

    kind: Kind | None = None
    is_active: bool | None = None
    search: str = Field("", max_length=LONGEST)


class TaskCounts(TypedDict):
    """How many tasks need it, by their status."""

    pending: int
    in_progress: int
    completed: int


class NextJob(TypedDict):
    """The next open job that needs it, from today on."""

    id: int
    number: str
    title: str
    status: JobStatus
    scheduled_date: date
    start_time: LocalTime | None
    end_time: LocalTime | None


@example(
    {
        "tasks": {"pending": 2, "in_progress": 0, "completed": 31},
        "next_job": {
            "id": 42,
            "number": "J-000042",
            "title": "Service the ventilation",
            "status": "pending",
            "scheduled_date": "2026-03-09",
            "start_time": "08:00:00",
            "end_time": "10:30:00",
        },
    }
)
class Usage(TypedDict):
    """What it is used for, as far as the caller sees the jobs."""

    tasks: TaskCounts
    next_job: NextJob | None


@router.get(
    "/equipment",
    response=Page[EquipmentAnswer],
    operation_id="list_equipment",
    summary="List equipment",
)
def list_equipment(request: HttpRequest, query: Query[EquipmentQuery]) -> HttpResponse:
    """Equipment by name, a page at a time."""
    found = visible_to(request.user, Equipment.objects.matching(query.search)).order_by()
    for name in ("kind", "is_active"):
        if (wanted := getattr(query, name)) is not None:
            found = found.filter(**{name: wanted})
    return answer(page(request, found, query, by=["name"], show=_listed))


def _listed(keys: list[int]) -> list[EquipmentAnswer]:
    read: Any = (dict(zip(_COLUMNS, row, strict=True)) for row in _LISTED.rows(keys))
    rows = {row["id"]: row for row in read}
    return [rows[key] for key in keys if key in rows]


_LISTED: Compiled[Any] = Compiled(
    lambda keys: Equipment.objects.filter(pk__among=keys).order_by().values_list(*_COLUMNS)
)


def _rows(equipment: QuerySet[Equipment]) -> Any:
    return equipment.order_by().values(*_COLUMNS)


def _shown(request: HttpRequest, pk: int) -> EquipmentAnswer:
    found = list(_rows(visible_to(request.user, Equipment.objects.filter(pk=pk))))
    if not found:
        raise Http404
    row: EquipmentAnswer = found[0]
    return row


@router.post(
    "/equipment",
    response={201: EquipmentAnswer},
    operation_id="create_equipment",
    summary="Add equipment",
)
def create_equipment(request: HttpRequest, body: EquipmentIn) -> HttpResponse:
    """Adds a tool, machine, vehicle or accessory. For Admins."""
    by: Any = request.user
    outcome = acts.add(Equipment(**body.dict(exclude_unset=True)), by=by)
    return answer(_shown(request, outcome.row.pk) | warned(outcome), status=201)


@router.get(
    "/equipment/{id}",
    response=EquipmentAnswer,
    operation_id="read_equipment",
    summary="Read equipment",
    openapi_extra=TAGGED,
)
def read_equipment(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002 (the name in the path)
    """One thing."""
    return answer(_shown(request, id))


@router.patch(
    "/equipment/{id}",
    response=EquipmentAnswer,
    operation_id="change_equipment",
    summary="Change equipment",
    openapi_extra=TAGGED | IF_MATCH,
)
def change_equipment(request: HttpRequest, id: int, body: EquipmentChange) -> HttpResponse:  # noqa: A002
    """Changes what is given. For Admins."""
    by: Any = request.user
    given = body.dict(exclude_unset=True)
    with answering_stale(lambda: _shown(request, id)):
        version = stated_version(request)
        outcome = acts.edit((Equipment, id), by=by, version=version, **given)
    return answer(_shown(request, id) | warned(outcome))


@router.delete(
    "/equipment/{id}",
    response={204: None},
    operation_id="delete_equipment",
    summary="Delete equipment",
    openapi_extra=IF_MATCH,
)
def delete_equipment(request: HttpRequest, id: int) -> Status[None]:  # noqa: A002
    """Deletes equipment that no task requires. For Admins."""
    by: Any = request.user
    with answering_stale(lambda: _shown(request, id)):
        acts.remove((Equipment, id), by=by, version=stated_version(request))
    return Status(204, None)


@router.get(
    "/equipment/{id}/usage",
    response=Usage,
    operation_id="read_equipment_usage",
    summary="Read what equipment is used for",
)
def read_equipment_usage(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002
    """Its tasks by status, and the next job that needs it, among those that the caller sees."""
    get_object_or_404(visible_to(request.user, Equipment.objects.all()), pk=id)
    tasks = visible_to(request.user, Task.objects.filter(equipment=id)).order_by()
    counts = dict(tasks.values_list("status").annotate(Count("pk")))
    numbers: Any = {status: counts.get(status, 0) for status in Task.Status.values}
    return answer(Usage(tasks=numbers, next_job=_next_job(tasks)))


def _next_job(tasks: Any) -> NextJob | None:
    _rows, coming = tasks.in_turn(*(f"job__{name}" for name in _NEXT), on=audit.today())
    if coming is None:
        return None
    found: Any = {name: coming[f"job__{name}"] for name in _NEXT}
    return cast("NextJob", found)
