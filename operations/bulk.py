"""The same done to many jobs at once: each by its own rules, refusing for itself alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext as _

from core.access import visible_to
from core.record import audit
from core.refusals import Refused
from operations import acts
from operations.acts.moving import check_source
from operations.models import Job
from operations.states import Verb
from people.models import User

# The versions that were looked at, by the key of the job; None: any.
Versions = Mapping[int, int | None]


@dataclass(frozen=True)
class Result:
    """What becomes of a job, in words where they say more than the act itself; or what refuses
    it, in a sentence."""

    job: Job
    problem: str = ""
    what: str = ""


def assign(
    jobs: Iterable[Job], person: User | None, *, by: User, reason: str = "", versions: Versions
) -> list[Result]:
    """Assign each to a technician, or to nobody. `versions` are those that were looked at."""
    with audit.act(reason=reason):
        return [
            outcome(job, lambda job: acts.assign(job, person, by=by, version=versions.get(job.pk)))
            for job in jobs
        ]


def reschedule(
    jobs: Iterable[Job],
    day: date | None,
    times: tuple[time | None, time | None] = (None, None),
    *,
    by: User,
    reason: str = "",
    versions: Versions,
) -> list[Result]:
    """Have each take place on a day, or take it off the schedule."""
    with audit.act(reason=reason):
        return [
            outcome(
                job,
                lambda job: acts.reschedule(job, day, *times, by=by, version=versions.get(job.pk)),
            )
            for job in jobs
        ]


def cancel(jobs: Iterable[Job], *, by: User, reason: str, versions: Versions) -> list[Result]:
    """Call each off, saying why."""
    return [
        outcome(
            job, lambda job: acts.cancel(job, by=by, reason=reason, version=versions.get(job.pk))
        )
        for job in jobs
    ]


def put_back(
    jobs: Sequence[Job], *, by: User, reason: str = "", versions: Versions
) -> list[Result]:
    """Undo the change of day, technician or owner that made the versions named."""
    before = replaced(jobs)

    def do(job: Job) -> None:
        job.check_version(versions.get(job.pk))
        if not before[job.pk]:
            why = _("The last change to %(job)s was not to its day or people. Open the job.")
            raise Refused(why % {"job": job.number})
        acts.edit(job, by=by, version=versions.get(job.pk), **before[job.pk])

    with audit.act(reason=reason):
        return [outcome(job, do) for job in jobs]


def changed_by(change_set: UUID) -> dict[int, int]:
    """The jobs that an act changed, by key, each with the version that it made."""
    rows = Job.history.filter(change_set=change_set).order_by("history_id")
    return dict(rows.values_list("id", "version"))


def replaced(jobs: Sequence[Job]) -> dict[int, dict[str, Any]]:
    """What the last change of each replaced of its day, technician and owner; nothing else."""
    now = Job.objects.filter(pk=OuterRef("id")).order_by().values("version")
    rows = Job.history.filter(id__in=[job.pk for job in jobs])
    former = list(rows.alias(now=Subquery(now)).filter(version=F("now") - 1).order_by("history_id"))
    keys = {key for row in former for key in (row.assigned_to_id, row.owner_id)}
    people = User.objects.in_bulk([key for key in keys if key])
    before: dict[int, dict[str, Any]] = {job.pk: {} for job in jobs}
    present = {job.pk: job for job in jobs}
    for row in former:
        values = {name: getattr(row, name) for name in ("scheduled_date", "start_time", "end_time")}
        values["assigned_to"] = people.get(row.assigned_to_id)
        values["owner"] = people.get(row.owner_id)
        job = present[row.id]
        before[job.pk] = {name: old for name, old in values.items() if old != getattr(job, name)}
    return before


def outcome(job: Job, do: Callable[[Job], object]) -> Result:
    """Do it to a job, and say what became of it."""
    try:
        do(job)
    except PermissionDenied:
        return Result(job, _("You may not do this to %(job)s.") % {"job": job.number})
    except ValidationError as error:
        return Result(job, " ".join(error.messages))
    return Result(job)


def foreseen(
    jobs: list[Job], *, by: User, verb: Verb | None = None, versions: Versions | None = None
) -> list[Result]:
    """What can be told beforehand of an edit of each, or of a verb; nothing is done."""
    action = "change" if verb is None else str(verb)
    rows = Job.objects.filter(pk__in=[job.pk for job in jobs])
    allowed = set(visible_to(by, rows, action).order_by().values_list("pk", flat=True))

    def check(job: Job) -> None:
        if job.pk not in allowed:
            raise PermissionDenied
        job.check_version(versions.get(job.pk) if versions else None)
        if verb is None:
            job.check_open()
        else:
            check_source(job, verb)

    return [outcome(job, check) for job in jobs]
