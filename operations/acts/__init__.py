"""The one way in for every write of the work: what is done to jobs, tasks and shares.

Back office, API, import and background work call these and save nothing themselves. Customers,
sites and equipment need no more than `core.record.acts` has.
"""

from core.record.acts import Outcome, add, edit, remove, save
from operations.acts.customers import add_customer
from operations.acts.jobs import (
    assign,
    cancel,
    complete,
    edit_by_key,
    enter,
    hand_over,
    hold,
    move,
    reopen,
    reschedule,
    resume,
    start,
)
from operations.acts.shares import share, unshare
from operations.acts.tasks import add_task, change_task, edit_task, progress, save_task

__all__ = [
    "Outcome",
    "add",
    "add_customer",
    "add_task",
    "assign",
    "cancel",
    "change_task",
    "complete",
    "edit",
    "edit_by_key",
    "edit_task",
    "enter",
    "hand_over",
    "hold",
    "move",
    "progress",
    "remove",
    "reopen",
    "reschedule",
    "resume",
    "save",
    "save_task",
    "share",
    "start",
    "unshare",
]
