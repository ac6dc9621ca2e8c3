"""The life of a job (design section 6): one table, read by buttons, API verbs and import."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access import require
from core.record import audit
from core.refusals import Refused
from core.text import several_lines
from operations.models.job import Job
from people.models import User

Status = Job.Status


class Verb(StrEnum):
    """What can be done to a job's status."""

    START = "start"
    HOLD = "hold"
    RESUME = "resume"
    COMPLETE = "complete"
    CANCEL = "cancel"
    REOPEN = "reopen"


@dataclass(frozen=True)
class Move:
    """A row of the table: from where, to where, who (an action of core/roles.py), and how it is
    told. `past` names the verb in a refusal: this job cannot be *started*."""

    sources: tuple[Status, ...]
    target: Status
    action: str
    label: str | Promise
    past: str | Promise
    needs_reason: bool = False


_OPEN = (Status.PENDING, Status.IN_PROGRESS, Status.ON_HOLD)
_PROGRESS = "progress"

TABLE: dict[Verb, Move] = {
    Verb.START: Move(
        (Status.PENDING,),
        Status.IN_PROGRESS,
        _PROGRESS,
        gettext_lazy("Start"),
        gettext_lazy("started"),
    ),
    Verb.HOLD: Move(
        (Status.PENDING, Status.IN_PROGRESS),
        Status.ON_HOLD,
        _PROGRESS,
        gettext_lazy("Put on hold"),
        gettext_lazy("put on hold"),
        needs_reason=True,
    ),
    Verb.RESUME: Move(
        (Status.ON_HOLD,),
        Status.IN_PROGRESS,
        _PROGRESS,
        gettext_lazy("Resume"),
        gettext_lazy("resumed"),
    ),
    Verb.COMPLETE: Move(
        (Status.IN_PROGRESS, Status.PENDING),
        Status.COMPLETED,
        _PROGRESS,
        gettext_lazy("Complete"),
        gettext_lazy("completed"),
    ),
    Verb.CANCEL: Move(
        _OPEN,
        Status.CANCELLED,
        "cancel",
        gettext_lazy("Cancel job"),
        gettext_lazy("cancelled"),
        needs_reason=True,
    ),
    Verb.REOPEN: Move(
        Job.CLOSED,
        Status.PENDING,
        "reopen",
        gettext_lazy("Reopen"),
        gettext_lazy("reopened"),
        needs_reason=True,
    ),
}


def allowed_verbs(job: Job) -> list[Verb]:
    """The verbs that a job's status allows, whoever asks."""
    return [verb for verb, move in TABLE.items() if job.status in move.sources]


def move(
    job: Job,
    verb: Verb,
    *,
    by: User,
    reason: str = "",
    at: datetime | None = None,
    version: int | None = None,
) -> None:
    """Move a job by a verb, at a time (now if not said), from a version (any if not said).

    The row is held while person, version, status and tasks are asked, so that of two who race
    one wins and the other is told. Raises PermissionDenied, `Stale`, `Refused`, or
    `ValidationError` where the reason is missing.
    """
    row = TABLE[verb]
    with transaction.atomic(), audit.act(by=by, reason=reason, at=at or audit.now()):
        job.lock()
        require(by, row.action, job)
        job.check_version(version)
        check_source(job, verb)
        if row.needs_reason and not several_lines(reason):
            raise ValidationError({"reason": _("Say why.")})
        if verb is Verb.COMPLETE:
            _check_tasks_finished(job)
        with _moving(job):
            _set(job, verb, by=by)
            job.save()


def arrive(job: Job, status: str, *, by: User, at: datetime | None = None) -> None:
    """Save a new job that comes with its status (import): completed and cancelled with their time.

    What arrives started, and does not say since when, started when it was created.
    """
    with transaction.atomic(), audit.act(by=by), _moving(job):
        job._begin()
        job.clean()
        when = at or audit.now()
        job.status = Status(status)
        if job.status == Status.COMPLETED:
            job.completed_at, job.completed_by = when, by
        elif job.status == Status.CANCELLED:
            job.cancelled_at = when
        elif job.status == Status.IN_PROGRESS:
            job.started_at = when
        job.save()


def check_source(job: Job, verb: Verb) -> None:
    """Raise `Refused` where the job's status does not allow the verb."""
    row = TABLE[verb]
    if job.status in row.sources:
        return
    if job.status == row.target and verb is not Verb.REOPEN:
        said = {"job": job.number, "status": str(job.get_status_display()).lower()}
        raise Refused(_("%(job)s is %(status)s already.") % said)
    sentence = _("%(job)s is %(status)s, so it cannot be %(verb)s.") % {
        "job": job.number,
        "status": str(job.get_status_display()).lower(),
        "verb": row.past,
    }
    if job.is_closed and verb is not Verb.REOPEN:
        sentence += " " + _("Reopen it first.")
    elif job.status == Status.ON_HOLD and verb is not Verb.REOPEN:
        sentence += " " + _("Resume it first.")
    raise Refused(sentence)


def _check_tasks_finished(job: Job) -> None:
    unfinished = list(job.unfinished_tasks().values_list("title", flat=True)[:4])
    if not unfinished:
        return
    names = ", ".join(f"“{title}”" for title in unfinished[:3])
    if len(unfinished) > 3:
        names += _(" and others")
    raise Refused(
        _("%(job)s still has unfinished tasks: %(names)s. Finish them first.")
        % {"job": job.number, "names": names}
    )


def _set(job: Job, verb: Verb, *, by: User) -> None:
    now = audit.now()
    job.status = TABLE[verb].target
    if verb in {Verb.START, Verb.RESUME} and job.started_at is None:
        job.started_at = now
    elif verb is Verb.COMPLETE:
        job.completed_at, job.completed_by = now, by
    elif verb is Verb.CANCEL:
        job.cancelled_at = now
    elif verb is Verb.REOPEN:
        # Who completed it and when stays in the history.
        job.started_at = job.completed_at = job.completed_by = job.cancelled_at = None
        job.reopened_at = now
        job.times_reopened += 1


@contextmanager
def _moving(job: Job) -> Iterator[None]:
    job._moving = True
    try:
        yield
    finally:
        job._moving = False
