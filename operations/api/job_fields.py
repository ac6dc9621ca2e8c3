"""The fields of a job, as they are answered on every door of the API, and as they are sent."""

from __future__ import annotations

from datetime import date

from pydantic import ConfigDict
from typing_extensions import TypedDict

from core.rest.schemas import Body
from operations.api import tasks
from operations.api.named import (
    Day,
    JobStatus,
    Key,
    Line,
    LocalTime,
    PersonNamed,
    Priority,
    Text,
    VerbName,
)
from operations.models import Job

# Columns that are answered as they are.
FIELDS = (
    *("id", "number", "title", "description", "status", "overdue", "priority"),
    *("scheduled_date", "start_time", "end_time", "version"),
)
EXAMPLE = {
    "id": 42,
    "number": "J-000042",
    "title": "Service the ventilation",
    "description": "",
    "status": "in_progress",
    "overdue": False,
    "priority": "high",
    "scheduled_date": "2026-03-09",
    "start_time": "08:00:00",
    "end_time": "10:30:00",
    "assigned_to": {"id": 3, "username": "tech", "name": "Tina Tech"},
    "version": 2,
    "tasks": [tasks.EXAMPLE],
    "verbs": ["hold", "complete"],
    "undo_seconds": 0,
}


class JobFields(TypedDict):
    """A job with its tasks. `verbs` are those that its status allows and the caller may use.
    `undo_seconds` is how many seconds are left in which the caller, who completed the job, can undo
    that without a reason."""

    id: int
    number: str
    title: str
    description: str
    status: JobStatus
    overdue: bool
    priority: Priority
    scheduled_date: date | None
    start_time: LocalTime | None
    end_time: LocalTime | None
    assigned_to: PersonNamed | None
    version: int
    tasks: list[tasks.TaskAnswer]
    verbs: list[VerbName]
    undo_seconds: int


class JobChange(Body):
    """Fields to change; omitted fields keep their values. Rows are named by their ids."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"scheduled_date": "2026-03-10", "assigned_to": 3}]}
    )

    title: Line = ""  # What stands here for what is left out is never used.
    description: Text = ""
    customer: Key = 0
    site: Key | None = None
    priority: Priority = Job.Priority.MEDIUM
    scheduled_date: Day | None = None
    start_time: LocalTime | None = None
    end_time: LocalTime | None = None
    assigned_to: Key | None = None
    owner: Key = 0
