"""A job moves by a verb: what its status allows, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.record import audit
from core.record.acts import Outcome, saved
from core.refusals import Refused
from operations.models import Job
from operations.states import CLOSED, TABLE, JobStatus, Verb
from people.models import User


def move_held(job: Job, verb: Verb, *, by: User) -> Outcome[Job]:
    """Move a job that is held, for the reason of the act at hand.

    Raises `Refused`, or `ValidationError` where the reason is missing.
    """
    check_source(job, verb)
    if TABLE[verb].needs_reason and not audit.reason():
        raise ValidationError({"reason": _("Say why.")})
    if verb is Verb.COMPLETE:
        _check_tasks_finished(job)
    with moving(job):
        _set(job, verb, by=by)
        return saved(job)


def check_source(job: Job, verb: Verb) -> None:
    """Raise `Refused` where the job's status does not allow the verb."""
    row = TABLE[verb]
    if job.status in row.sources:
        return
    details = {"job": job.number, "status": str(job.get_status_display()).lower()}
    if job.status == row.target and verb is not Verb.REOPEN:
        raise Refused(_("%(job)s is %(status)s already.") % details)
    refused = _("%(job)s is %(status)s, so it cannot be %(verb)s.")
    sentence = refused % {**details, "verb": row.past}
    if job.status in CLOSED and verb is not Verb.REOPEN:
        sentence += " " + _("Reopen it first.")
    elif job.status == JobStatus.ON_HOLD and verb is not Verb.REOPEN:
        sentence += " " + _("Resume it first.")
    raise Refused(sentence)


def _check_tasks_finished(job: Job) -> None:
    unfinished = list(job.tasks.unfinished().values_list("title", flat=True)[:4])
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
def moving(job: Job) -> Iterator[None]:
    """Only inside, what is saved may move the status of the job."""
    job._moving = True
    try:
        yield
    finally:
        job._moving = False
