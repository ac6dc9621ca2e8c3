"""What may be done to the status of each job in an answer, and by whom: the caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.access import permitted
from operations import states
from operations.api.named import Row
from operations.models import Job
from operations.states import TABLE, Verb


def verbs_for(user: Any) -> Callable[[Row], list[Verb]]:
    """The verbs that a job's status allows and that the person may use (design section 6), asked
    of its columns `id`, `status`, `owner_id` and `assigned_to_id`."""
    actions = {transition.action for transition in TABLE.values()}
    may = {action: permitted(user, action, Job) for action in actions}

    def verbs(row: Row) -> list[Verb]:
        return states.verbs_for(row["status"], may=lambda action: may[action](row))

    return verbs
