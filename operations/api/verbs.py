"""What may be done to the status of each job in an answer, and by whom: the caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import TypedDict

from core.access import can_by_columns
from core.record import audit
from operations import states
from operations.api.named import Row
from operations.models import Job
from operations.states import TRANSITIONS, Verb


class Offered(TypedDict):
    """The verbs that a job's status allows and that the person may use (design section 6); and for
    how many seconds more they take their own completion back without a reason (rule R2)."""

    verbs: list[Verb]
    undo_seconds: int


def offered_to(user: Any) -> Callable[[Row], Offered]:
    """What each job offers to the person, asked of its columns `id`, `status`, `owner_id` and
    `assigned_to_id`, and, where it can be closed, `completed_by_id` and `completed_at`."""
    actions = {transition.action for transition in TRANSITIONS.values()}
    may = {action: can_by_columns(user, action, Job) for action in actions}
    takes_back = may[TRANSITIONS[Verb.REOPEN].slip]

    def offered(row: Row) -> Offered:
        done, at = (row.get("completed_by_id"), row.get("completed_at")), audit.now()
        is_slip = states.is_slip(*done, by=user.pk, at=at)
        verbs = states.verbs_for(
            row["status"], may=lambda action: may[action](row), is_slip=is_slip
        )
        seconds = states.slip_seconds(*done, by=user.pk, at=at) if takes_back(row) else 0
        return {"verbs": verbs, "undo_seconds": seconds}

    return offered
