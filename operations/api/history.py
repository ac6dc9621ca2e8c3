"""The history of a job: who did what to it, its tasks and its shares."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from core.access import require, visible_to
from core.record import timeline
from core.record.timeline import Entry
from core.rest.etags import answer
from core.rest.pages import Page, PageQuery, answered
from core.rest.schemas import example
from operations import job_history
from operations.api.named import moment
from operations.models import Job

router = Router(tags=["jobs"])

_JOB = "job"
# What rows are called here, and the column by which they belong to the job, by their model.
_BELONGING = {each.model.split(".")[1]: each for each in job_history.belonging()}
_TYPES = {_JOB: _JOB} | {name: each.word or name for name, each in _BELONGING.items()}
Type = Annotated[str, WithJsonSchema({"type": "string", "enum": list(_TYPES.values())})]


class ChangedObject(TypedDict):
    """What was changed, by the name it had."""

    type: Type
    id: int
    label: str


class FieldChange(TypedDict):
    """A field, with the value before and after: as stored, rows by their names."""

    field: str
    old: Any
    new: Any


@example(
    {
        "id": "task-91",
        "at": "2026-03-09T08:12:44Z",
        "user": "Tina Tech",
        "door": "api",
        "reason": "",
        "action": "changed",
        "object": {"type": "task", "id": 7, "label": "Replace the filter"},
        "changes": [{"field": "status", "old": "pending", "new": "completed"}],
    }
)
class HistoryEntry(TypedDict):
    """One change. `user` is the name of who did it; null where nobody did."""

    id: str
    at: datetime
    user: str | None
    door: str
    reason: str
    action: Literal["created", "changed", "deleted"]
    object: ChangedObject
    changes: list[FieldChange]


@router.get(
    "/jobs/{id}/history",
    response=Page[HistoryEntry],
    operation_id="read_job_history",
    summary="Read the history of a job",
)
def read_job_history(request: HttpRequest, id: int, query: Query[PageQuery]) -> HttpResponse:  # noqa: A002
    """The changes of the job, its tasks and its shares, deleted ones too, the newest first."""
    job = get_object_or_404(visible_to(request.user, Job.objects.all()), pk=id)
    require(request.user, "audit", job)
    cursor = timeline.read(query.cursor) if query.cursor else None
    found = timeline.page(job_history.sources(job), cursor, size=query.page_size)
    results = [_entry(entry) for entry in found.entries]
    return answer(answered(request, results, after=found.older, before=found.newer))


def _entry(entry: Entry) -> HistoryEntry:
    action: Any = entry.action
    return {
        "id": entry.id,
        "at": moment(entry.at),
        "user": entry.person or None,
        "door": entry.door,
        "reason": entry.reason,
        "action": action,
        "object": {"type": _TYPES[entry.kind], "id": entry.object_id, "label": entry.object_text},
        "changes": [
            {
                "field": _field(entry.kind, each.field),
                "old": _written(each.old_value),
                "new": _written(each.new_value),
            }
            for each in entry.changes
        ],
    }


def _written(value: Any) -> Any:
    return moment(value) if isinstance(value, datetime) else value


def _field(kind: str, name: str) -> str:
    belonging = _BELONGING.get(kind)
    return _JOB if belonging and name == belonging.by else name
