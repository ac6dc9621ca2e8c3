"""What may be done to the status of each job in an answer, and by whom: the caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.access import can_by_columns
from core.record import audit
from operations import states
from operations.api.named import Row
from operations.models import Job
from operations.states import TRANSITIONS, Verb


def verbs_for(user: Any) -> Callable[[Row], list[Verb]]:
    """The verbs that a job's status allows and that the person may use (design section 6), asked
    of its columns `id`, `status`, `owner_id` and `assigned_to_id`, and, where it can be closed,
    `completed_by_id` and `completed_at`."""
    actions = {transition.action for transition in TRANSITIONS.values()}
    may = {action: can_by_columns(user, action, Job) for action in actions}

    def verbs(row: Row) -> list[Verb]:
        done = row.get("completed_by_id"), row.get("completed_at")
        is_slip = states.is_slip(*done, by=user.pk, at=audit.now())
        return states.verbs_for(row["status"], may=lambda action: may[action](row), is_slip=is_slip)

    return verbs
