"""The history of a job: who did what to it, its tasks and its shares."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router
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

_TYPES = {"jobshare": "share"}


class ChangedObject(TypedDict):
    """What was changed, by the name it had."""

    type: Literal["job", "task", "share"]
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
    kind: Any = _TYPES.get(entry.kind, entry.kind)
    action: Any = entry.action
    return {
        "id": entry.id,
        "at": moment(entry.at),
        "user": entry.person or None,
        "door": entry.door,
        "reason": entry.reason,
        "action": action,
        "object": {"type": kind, "id": entry.object_id, "label": entry.object_text},
        "changes": [
            {
                "field": _field(each.field),
                "old": _written(each.old_value),
                "new": _written(each.new_value),
            }
            for each in entry.changes
        ],
    }


def _written(value: Any) -> Any:
    return moment(value) if isinstance(value, datetime) else value


def _field(name: str) -> str:
    return "job" if name == "content_object" else name
