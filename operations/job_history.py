"""What is on record of a job: itself, its tasks and its shares, deleted ones too."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from operations.models import Job, JobShare, Task


def sources(job: Job) -> list[QuerySet[Any]]:
    """The history of a job, by kind, always in the same order."""
    return [
        Job.history.filter(id=job.pk),
        Task.history.filter(job_id=job.pk),
        JobShare.history.filter(content_object_id=job.pk),
    ]
