"""Where jobs, tasks and shares stand, and the life of a job (design section 6): one table.

Buttons, API, import and phone page read it. It imports nothing of ours, so that everything can.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class JobStatus(TextChoices):
    """Where a job stands."""

    PENDING = "pending", _("Pending")
    IN_PROGRESS = "in_progress", _("In progress")
    ON_HOLD = "on_hold", _("On hold")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


class TaskStatus(TextChoices):
    """Where a task stands."""

    PENDING = "pending", _("Pending")
    IN_PROGRESS = "in_progress", _("In progress")
    # Of tasks people say it so; jobs are completed.
    COMPLETED = "completed", _("Done")


class Priority(TextChoices):
    """How soon a job is to be done, in the order of urgency."""

    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")
    URGENT = "urgent", _("Urgent")


class ShareLevel(TextChoices):
    """How far a share reaches."""

    VIEW = "view", _("View")
    PROGRESS = "progress", _("View and progress")


# As they stand within a sentence: this job is *in progress*. Not every language writes them small.
_IN_SENTENCE: dict[str, str | Promise] = {
    JobStatus.PENDING: pgettext_lazy("status within a sentence", "pending"),
    JobStatus.IN_PROGRESS: pgettext_lazy("status within a sentence", "in progress"),
    JobStatus.ON_HOLD: pgettext_lazy("status within a sentence", "on hold"),
    JobStatus.COMPLETED: pgettext_lazy("status within a sentence", "completed"),
    JobStatus.CANCELLED: pgettext_lazy("status within a sentence", "cancelled"),
}

OPEN = (JobStatus.PENDING, JobStatus.IN_PROGRESS, JobStatus.ON_HOLD)
CLOSED = (JobStatus.COMPLETED, JobStatus.CANCELLED)
UNFINISHED = (TaskStatus.PENDING, TaskStatus.IN_PROGRESS)
# For so long, who completed a job takes that back: a slip of the thumb (rule R2).
SLIP = timedelta(minutes=10)


def values(members: Collection[TextChoices]) -> list[str]:
    """The members as the database has them, for conditions that are part of the schema."""
    return [member.value for member in members]


class Verb(StrEnum):
    """What can be done to a job's status."""

    START = "start"
    HOLD = "hold"
    RESUME = "resume"
    COMPLETE = "complete"
    CANCEL = "cancel"
    REOPEN = "reopen"


@dataclass(frozen=True)
class Transition:
    """A row of the table: from where, to where, who (an action of core/roles.py), and the words.

    `past` names the verb in a refusal: this job cannot be *started*. `slip` is the action that is
    enough for whoever takes back what they did by a slip: without a reason of theirs, and to where
    the job was before.
    """

    sources: tuple[JobStatus, ...]
    target: JobStatus
    action: str
    label: str | Promise
    past: str | Promise
    needs_reason: bool = False
    slip: str = ""


_PENDING, _IN_PROGRESS, _ON_HOLD = OPEN
_PROGRESS = "progress"

TRANSITIONS: dict[Verb, Transition] = {
    Verb.START: Transition((_PENDING,), _IN_PROGRESS, _PROGRESS, _("Start"), _("started")),
    Verb.HOLD: Transition(
        (_PENDING, _IN_PROGRESS),
        _ON_HOLD,
        _PROGRESS,
        _("Put on hold"),
        _("put on hold"),
        needs_reason=True,
    ),
    Verb.RESUME: Transition((_ON_HOLD,), _IN_PROGRESS, _PROGRESS, _("Resume"), _("resumed")),
    Verb.COMPLETE: Transition(
        (_IN_PROGRESS, _PENDING),
        JobStatus.COMPLETED,
        _PROGRESS,
        _("Complete"),
        _("completed"),
    ),
    Verb.CANCEL: Transition(
        OPEN,
        JobStatus.CANCELLED,
        "cancel",
        _("Cancel job"),
        _("cancelled"),
        needs_reason=True,
    ),
    Verb.REOPEN: Transition(
        CLOSED,
        _PENDING,
        "reopen",
        _("Reopen"),
        _("reopened"),
        needs_reason=True,
        slip=_PROGRESS,
    ),
}


def status_in_sentence(status: str) -> str:
    """The status of a job or a task, as it stands within a sentence."""
    return str(_IN_SENTENCE[status])


def verbs_from(status: str) -> list[Verb]:
    """The verbs that a status allows, whoever asks."""
    return [verb for verb, transition in TRANSITIONS.items() if status in transition.sources]


def verbs_for(status: str, *, may: Callable[[str], bool], is_slip: bool = False) -> list[Verb]:
    """The verbs that a status allows and that somebody may use, who may do these actions;
    `is_slip`: what they did themselves a moment ago."""

    def may_use(row: Transition) -> bool:
        return may(row.action) or (is_slip and bool(row.slip) and may(row.slip))

    return [verb for verb in verbs_from(status) if may_use(TRANSITIONS[verb])]


def verb_between(old: str, new: str, *, is_reopened: bool) -> Verb | None:
    """The verb that brought a job from one status to another; None where what was done to it was
    taken back, such as a completion by a slip: no reopening (rule R2), which would be counted."""
    for verb, row in TRANSITIONS.items():
        if old in row.sources and new == row.target:
            return verb if verb is not Verb.REOPEN or is_reopened else None
    return None


def is_slip(
    completed_by: int | None, completed_at: datetime | None, *, by: int, at: datetime
) -> bool:
    """Can the person still take back at this moment that they completed the job (rule R2)?"""
    return completed_by == by and completed_at is not None and at - completed_at <= SLIP


def slip_seconds(
    completed_by: int | None, completed_at: datetime | None, *, by: int, at: datetime
) -> int:
    """For how many seconds from this moment on the person can still take that back; or 0."""
    if completed_at is None or not is_slip(completed_by, completed_at, by=by, at=at):
        return 0
    return int((completed_at + SLIP - at).total_seconds())


def can_progress(status: str) -> bool:
    """Can the tasks of a job in this status go on (rule R4)?"""
    return status in {_PENDING, _IN_PROGRESS}
