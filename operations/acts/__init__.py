"""The one way in for every write of the work: what is done to jobs, tasks and shares.

Back office, API, import and background work call these and save nothing themselves. Customers,
sites and equipment need no more than `core.record.acts` has.
"""

from core.record.acts import Outcome, add, check, edit, remove, save, write
from operations.acts.customers import add_customer
from operations.acts.jobs import (
    assign,
    begin_as,
    edit_by_key,
    enter,
    enter_for,
    hand_over,
    move,
    reschedule,
)
from operations.acts.moving import action_of, move_held
from operations.acts.shares import share, unshare
from operations.acts.tasks import (
    add_task,
    change_task,
    edit_task,
    progress,
    save_task,
    save_tasks,
)
from operations.acts.undoing import (
    put_back_job,
    put_back_jobs,
    put_back_task,
    put_back_tasks,
)

__all__ = [
    "Outcome",
    "action_of",
    "add",
    "add_customer",
    "add_task",
    "assign",
    "begin_as",
    "change_task",
    "check",
    "edit",
    "edit_by_key",
    "edit_task",
    "enter",
    "enter_for",
    "hand_over",
    "move",
    "move_held",
    "progress",
    "put_back_job",
    "put_back_jobs",
    "put_back_task",
    "put_back_tasks",
    "remove",
    "reschedule",
    "save",
    "save_task",
    "save_tasks",
    "share",
    "unshare",
    "write",
]
