"""The same done to many jobs at once: each by its own rules, refusing for itself alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from core import audit
from core.access import visible_to
from operations.lifecycle import Verb, check_source
from operations.models import Job
from people.models import User

Versions = Mapping[int, int]


@dataclass(frozen=True)
class Outcome:
    """What became of a job: nothing but good, or what refused it, in a sentence."""

    job: Job
    problem: str = ""


def assign(
    jobs: Iterable[Job], person: User | None, *, by: User, reason: str = "", versions: Versions
) -> list[Outcome]:
    """Assign each to a technician, or to nobody. `versions` are those that were looked at."""
    with audit.act(reason=reason):
        return [
            outcome(job, lambda job: job.assign(person, by=by, version=versions.get(job.pk)))
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
) -> list[Outcome]:
    """Have each take place on a day, or take it off the schedule."""
    with audit.act(reason=reason):
        return [
            outcome(
                job, lambda job: job.reschedule(day, *times, by=by, version=versions.get(job.pk))
            )
            for job in jobs
        ]


def cancel(jobs: Iterable[Job], *, by: User, reason: str, versions: Versions) -> list[Outcome]:
    """Call each off, saying why."""
    return [
        outcome(job, lambda job: job.cancel(by=by, reason=reason, version=versions.get(job.pk)))
        for job in jobs
    ]


def outcome(job: Job, deed: Callable[[Job], None]) -> Outcome:
    """Do it to a job, and say what became of it."""
    try:
        deed(job)
    except PermissionDenied:
        return Outcome(job, _("You may not do this to %(job)s.") % {"job": job.number})
    except ValidationError as error:
        return Outcome(job, " ".join(error.messages))
    return Outcome(job)


def foreseen(jobs: list[Job], *, by: User, verb: Verb | None = None) -> list[Outcome]:
    """What can be told beforehand of an edit of each, or of a verb; nothing is done."""
    action = "change" if verb is None else str(verb)
    rows = Job.objects.filter(pk__in=[job.pk for job in jobs])
    allowed = set(visible_to(by, rows, action).order_by().values_list("pk", flat=True))

    def check(job: Job) -> None:
        if job.pk not in allowed:
            raise PermissionDenied
        if verb is None:
            job.check_open()
        else:
            check_source(job, verb)

    return [outcome(job, check) for job in jobs]
