"""A new job that begins as a copy of another."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from core.access import visible_to
from core.backoffice.chosen import is_key
from core.request_state import state
from operations.models import Job
from operations.models.job import WRITTEN

# A copy has neither day nor technician.
_COPIED = ("customer", "site", *WRITTEN)


def original(request: HttpRequest) -> Job | None:
    """The job that a new one is begun as a copy of, if the person may see it."""
    key = request.GET.get("copy", "")
    if request.method != "GET" or not is_key(key):
        return None
    known = state(request)
    if known.originals is None:
        jobs = visible_to(request.user, Job.objects.filter(pk=key))
        known.originals = list(jobs[:1])
    found: Any = known.originals
    return found[0] if found else None


def initial(request: HttpRequest) -> dict[str, Any]:
    """What a copy begins with: what its original is about."""
    job = original(request)
    return {name: getattr(job, name) for name in _COPIED} if job else {}


def tasks(request: HttpRequest) -> list[dict[str, Any]]:
    """What the tasks of a copy begin with; equipment that is out of use is left out."""
    job = original(request)
    if job is None:
        return []
    known = state(request)
    if known.copied is None:
        known.copied = [
            {
                "title": task.title,
                "description": task.description,
                "equipment": [item for item in task.equipment.all() if item.is_active],
            }
            for task in job.tasks.prefetch_related("equipment")
        ]
    return known.copied
