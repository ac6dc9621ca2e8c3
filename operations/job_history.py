"""What is on record of a job: itself, and all that belongs to it, deleted rows too."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import QuerySet

from core.declarations import BelongsTo, collected
from operations.models import Job


def sources(job: Job) -> list[QuerySet[Any]]:
    """The history of a job, by kind, always in the same order."""
    return [
        Job.history.filter(id=job.pk),
        *(_history(each.model).filter(**{f"{each.by}_id": job.pk}) for each in belonging()),
    ]


def belonging() -> list[BelongsTo]:
    """What belongs to a job, in the order declared."""
    return [each for each in collected(BelongsTo) if each.to == Job._meta.label_lower]


def _history(label: str) -> Any:
    model: Any = apps.get_model(label)
    return model.history
