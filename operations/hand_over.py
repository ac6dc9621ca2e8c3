"""Work handed over: who leaves, or is away, leaves their open jobs to others.

A closed job stays with those who saw to it: closed is closed (rule R2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.record import audit
from operations import acts, free
from operations.acts import Outcome
from operations.bulk import Result, Versions, outcome
from operations.models import Job
from operations.models.job_queries import JobQuerySet
from operations.schedule import NEXT_FIRST
from people.models import User


@dataclass(frozen=True)
class Change:
    """Who gets a job: a new owner, a new technician, or both; None where it stays."""

    job: Job
    owner: User | None = None
    technician: User | None = None


def open_jobs_of(person: User) -> JobQuerySet:
    """The open jobs that somebody owns or is assigned to, the next first."""
    ordered: JobQuerySet = Job.objects.open().of(person).order_by(*NEXT_FIRST)
    return ordered


def planned(
    jobs: Sequence[Job], person: User, *, owner: User | None, technicians: Sequence[User]
) -> list[Change]:
    """What becomes of somebody's jobs: those they own to another owner, those they are assigned to
    shared out among technicians. A job that nobody is named for is left out."""
    shares = free.spread([job for job in jobs if job.assigned_to_id == person.pk], technicians)
    changes = [
        Change(job, owner if job.owner_id == person.pk else None, shares.get(job.pk))
        for job in jobs
    ]
    return [change for change in changes if change.owner or change.technician]


def carry_out(
    changes: Sequence[Change], *, by: User, reason: str = "", versions: Versions
) -> list[Result]:
    """Hand each over by its own rules; one that refuses says why, and the rest is done."""
    by_job: Mapping[int, Change] = {change.job.pk: change for change in changes}

    def do(job: Job) -> Outcome[Job]:
        to = by_job[job.pk]
        version = versions.get(job.pk)
        people = {"owner": to.owner, "technician": to.technician}
        return acts.hand_over(job, **people, by=by, version=version)

    with audit.act(reason=reason):
        return [outcome(change.job, do) for change in changes]
