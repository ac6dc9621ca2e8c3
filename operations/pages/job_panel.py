"""The panel above the form of a job: how it stands, its verbs, the progress of its tasks, who it is
shared with. Where each leads stands in progress.py and shares.py."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.access import visible_to
from core.backoffice.permissions import may
from operations.models import Job, JobShare, Task
from operations.states import TABLE, UNFINISHED, TaskStatus, Verb, can_progress, verbs_for

_ICONS = {
    Verb.START: "play_arrow",
    Verb.HOLD: "pause",
    Verb.RESUME: "play_arrow",
    Verb.COMPLETE: "check",
    Verb.CANCEL: "close",
    Verb.REOPEN: "undo",
}


@dataclass(frozen=True)
class _TaskButton:
    """What moves a task to a status."""

    status: TaskStatus
    label: str | Promise
    is_primary: bool = False


_DONE = _TaskButton(TaskStatus.COMPLETED, gettext_lazy("Done"), is_primary=True)
_TASK_BUTTONS = {
    TaskStatus.PENDING: (_TaskButton(TaskStatus.IN_PROGRESS, gettext_lazy("Start")), _DONE),
    TaskStatus.IN_PROGRESS: (_DONE,),
    TaskStatus.COMPLETED: (_TaskButton(TaskStatus.PENDING, gettext_lazy("Undo")),),
}
# In the session: a note that was typed before its sign-in, and for which task.
_TYPED = "typed_note"


def context(request: HttpRequest, key: int | None) -> dict[str, Any]:
    """What the page of a job shows above its form, and whether it offers to save. Empty for a new
    job, and for none that the person sees."""
    if key is None:
        return {}
    jobs = visible_to(request.user, Job.objects.select_related("customer", "site", "owner"))
    # Not the row at hand: a form has filled that one in.
    job = jobs.get(pk=key)
    editable = may(request, "change", job) and not job.is_closed
    return {
        "panel": _panel(request, job),
        "show_save": editable,
        "show_save_and_continue": editable,
        "show_save_and_add_another": editable,
    }


def _panel(request: HttpRequest, job: Job) -> dict[str, Any]:
    may_edit = may(request, "change", job)
    may_progress = may(request, "progress", job)
    may_share = may(request, "share", job)
    verbs = verbs_for(job.status, may=lambda action: may(request, action, job))
    tasks = job.tasks.prefetch_related("equipment") if not may_edit or may_progress else []
    _put_typed(request, tasks)
    _put_buttons(tasks)
    why_not_complete = _why_not_complete(tasks) if Verb.COMPLETE in verbs else ""
    return {
        "job": job,
        "verbs": [_button(job, verb, why_not_complete) for verb in verbs],
        "why_not_complete": why_not_complete,
        "tasks": tasks,
        "may_progress": may_progress and can_progress(job.status),
        "may_edit": may_edit,
        "may_share": may_share,
        "may_copy": may(request, "add", Job),
        "why_read_only": "" if may_edit else _why_read_only(request, job),
        "shares": job.shares.select_related("user") if may_share else JobShare.objects.none(),
    }


def _put_buttons(tasks: Iterable[Any]) -> None:
    for task in tasks:
        task.buttons = _TASK_BUTTONS[TaskStatus(task.status)]


def _why_read_only(request: HttpRequest, job: Job) -> str:
    """Why somebody who sees the job does not edit it, and whom to ask."""
    if job.assigned_to_id == request.user.pk:
        seen = _("You see this job because it is assigned to you.")
    elif request.user.roles:  # type: ignore[union-attr]  # Signed in.
        seen = _("You see this job because it is shared with you.")
    else:
        seen = _("You see every job.")
    owner = _("Its owner, %(name)s, and Admins edit it.") % {"name": job.owner}
    return f"{seen} {owner}"


def _why_not_complete(tasks: Iterable[Task]) -> str:
    """What is in the way of completing a job (rule R1); empty where nothing is."""
    number = sum(task.status in UNFINISHED for task in tasks)
    if not number:
        return ""
    details = ngettext(
        "Finish %(count)d task to complete this job.",
        "Finish %(count)d tasks to complete this job.",
        number,
    )
    return details % {"count": number}


def _button(job: Job, verb: Verb, why_not_complete: str) -> dict[str, Any]:
    return {
        "name": verb.value,
        "label": TABLE[verb].label,
        "icon": _ICONS[verb],
        "url": reverse(f"admin:operations_job_{verb}", args=[job.pk]),
        "dialog": TABLE[verb].needs_reason,
        "is_barred": verb is Verb.COMPLETE and bool(why_not_complete),
    }


def keep_typed(request: HttpRequest, task_pk: int, note: str) -> None:
    """Keep a note for the form of its task, to be shown there once."""
    request.session[_TYPED] = [task_pk, note]


def _put_typed(request: HttpRequest, tasks: Iterable[Task]) -> None:
    if request.method != "GET" or _TYPED not in request.session:
        return
    task_pk, note = request.session.pop(_TYPED)
    for task in tasks:
        if task.pk == task_pk:
            task.note = note
