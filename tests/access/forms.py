"""What the pages of the back office send."""

from __future__ import annotations

from typing import Any

from operations.models import Job
from tests.access.table import CUSTOMER, EQUIPMENT, PERSON, SITE


def job_form(job: Job) -> dict[str, Any]:
    """What the page of a job sends."""
    values: dict[str, Any] = {
        "stated_version": job.version,
        "title": job.title,
        "description": job.description,
        "priority": job.priority,
        "customer": job.customer_id,
        "site": job.site_id or "",
        "assigned_to": job.assigned_to_id or "",
        "owner": job.owner_id,
        "scheduled_date": "",
        "start_time": "",
        "end_time": "",
    }
    tasks = list(job.tasks.all())
    values |= forms_of("tasks", total=len(tasks), initial=len(tasks))
    for number, task in enumerate(tasks):
        names = ("position", "title", "description")
        given = {"id": task.pk, "job": job.pk, "stated_version": task.version}
        given |= {name: getattr(task, name) for name in names}
        values |= {f"tasks-{number}-{name}": value for name, value in given.items()}
    return values


def forms_of(prefix: str, *, total: int = 0, initial: int = 0) -> dict[str, Any]:
    return {f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": initial}


def row_form(label: str, row: Any) -> dict[str, Any]:
    """What the page of a customer, a site, equipment or a person sends."""
    names = {
        CUSTOMER: ("name", "contact_name", "phone", "email", "notes"),
        SITE: ("customer_id", "name", "address", "access_notes"),
        EQUIPMENT: ("name", "serial_number", "kind", "description"),
        PERSON: ("username", "first_name", "last_name", "email", "phone"),
    }[label]
    values = {name.removesuffix("_id"): getattr(row, name) for name in names}
    values |= {"stated_version": row.version, "is_active": "on", **forms_of("sites")}
    if label == PERSON:
        values["roles"] = [role.value for role in row.roles]
        values["is_superuser"] = "on" if row.is_superuser else ""
    return values
