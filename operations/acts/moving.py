"""A job moves by a verb: what its status allows, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.access import can_on_held
from core.record import audit
from core.record.acts import Outcome, save_checked
from core.refusals import Refused
from core.text.typed import in_quotes
from operations.models import Job
from operations.models.job import reopen_first
from operations.states import CLOSED, TRANSITIONS, JobStatus, Verb, status_in_sentence
from people.models import User


def move_held(
    job: Job, verb: Verb, *, by: User, completed_at: datetime | None = None
) -> Outcome[Job]:
    """Move a job that is held, for the reason of the act at hand. `completed_at`: of a completion
    that is recorded afterwards, when it was.

    Raises `Refused`, or `ValidationError` where the reason is missing.
    """
    check_source(job, verb)
    if _is_taken_back(job, verb, by=by):
        return _take_back(job)
    if TRANSITIONS[verb].needs_reason and not audit.reason():
        raise ValidationError({"reason": _("Give a reason.")})
    if verb is Verb.COMPLETE:
        check_tasks_finished(job)
    with moving(job):
        _set(job, verb, by=by, completed_at=completed_at)
        return save_checked(job)


def action_of(job: Job, verb: Verb, *, by: User) -> str:
    """What somebody must be allowed to do, to move this job by the verb: less, where they take back
    a slip of their own."""
    row = TRANSITIONS[verb]
    is_enough = row.slip and not can_on_held(by, row.action, job) and job.is_slip_of(by)
    return row.slip if is_enough else row.action


def _is_taken_back(job: Job, verb: Verb, *, by: User) -> bool:
    """Who may reopen any job, and says why, reopens this one as any other."""
    if not TRANSITIONS[verb].slip or not job.is_slip_of(by):
        return False
    return not audit.reason() or not can_on_held(by, TRANSITIONS[verb].action, job)


def _take_back(job: Job) -> Outcome[Job]:
    """The job is where it was before it was completed; it counts as none that was reopened."""
    with audit.act(reason=audit.reason() or _("Slip")), moving(job):
        job.status = JobStatus.IN_PROGRESS if job.started_at else JobStatus.PENDING
        job.completed_at = job.completed_by = None
        return save_checked(job)


def check_source(job: Job, verb: Verb) -> None:
    """Raise `Refused` where the job's status does not allow the verb."""
    row = TRANSITIONS[verb]
    if job.status in row.sources:
        return
    details = {"job": job.number, "status": status_in_sentence(job.status)}
    if job.status == row.target and verb is not Verb.REOPEN:
        raise Refused(_("%(job)s is already %(status)s.") % details)
    refused = _("%(job)s is %(status)s, so it cannot be %(verb)s.")
    sentence = refused % {**details, "verb": row.past}
    if job.status in CLOSED and verb is not Verb.REOPEN:
        sentence += " " + reopen_first(job)
    elif job.status == JobStatus.ON_HOLD and verb is not Verb.REOPEN:
        sentence += " " + _("Resume it first.")
    raise Refused(sentence)


def check_tasks_finished(job: Job) -> None:
    """Raise `Refused` where a task of the job is unfinished (rule R1)."""
    unfinished = list(job.tasks.unfinished().values_list("title", flat=True)[:4])
    if not unfinished:
        return
    names = ", ".join(map(in_quotes, unfinished[:3]))
    if len(unfinished) > 3:
        names += _(" and others")
    raise Refused(
        _("%(job)s still has unfinished tasks: %(names)s. Finish them first.")
        % {"job": job.number, "names": names}
    )


def _set(job: Job, verb: Verb, *, by: User, completed_at: datetime | None) -> None:
    now = audit.now()
    job.status = TRANSITIONS[verb].target
    if verb in {Verb.START, Verb.RESUME} and job.started_at is None:
        job.started_at = now
    elif verb is Verb.COMPLETE:
        job.completed_at, job.completed_by = completed_at or now, by
    elif verb is Verb.CANCEL:
        job.cancelled_at = now
    elif verb is Verb.REOPEN:
        # Who completed it and when stays in the history.
        job.started_at = job.completed_at = job.completed_by = job.cancelled_at = None
        job.reopened_at = now
        job.times_reopened += 1


@contextmanager
def moving(job: Job) -> Iterator[None]:
    """Only inside, what is saved may move the status of the job."""
    job._moving = True
    try:
        yield
    finally:
        job._moving = False
