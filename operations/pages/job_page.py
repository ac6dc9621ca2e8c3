"""The page of a job, as everybody reads it who sees it: what it is, whom it is for, where, when and
who, how it stands and why; its tasks; what happened to it. It is edited on a form of its own
(operations/admin/job_edit.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from core.access import can_by_columns, visible_to
from core.backoffice.permissions import may
from core.text.typed import LONGEST
from operations.models import Job
from operations.pages import job_head, job_timeline
from operations.pages.job_head import Head
from operations.states import TaskStatus, can_progress

_SEEN = ("customer", "site", "owner", "assigned_to", "created_by", "completed_by")


@dataclass(frozen=True)
class _TaskButton:
    """What moves a task to a status."""

    status: TaskStatus
    label: str | Promise
    # The one that is next, of a task that is.
    is_forward: bool = False


_DONE = _TaskButton(TaskStatus.COMPLETED, gettext_lazy("Done"), is_forward=True)
_TASK_BUTTONS = {
    TaskStatus.PENDING: (_TaskButton(TaskStatus.IN_PROGRESS, gettext_lazy("Start")), _DONE),
    TaskStatus.IN_PROGRESS: (_DONE,),
}
# In the session: a note that was typed before its sign-in, and for which task.
_TYPED = "typed_note"


def show(pages: Any, request: HttpRequest, key: int, *, extra: dict[str, Any]) -> HttpResponse:
    """The page of a job, for whoever sees it; `pages` are those of jobs in the back office."""
    job = get_object_or_404(visible_to(request.user, Job.objects.select_related(*_SEEN)), pk=key)
    tasks = list(job.tasks.select_related("completed_by").prefetch_related("equipment"))
    filters = {"opts": pages.opts, "preserved_filters": pages.get_preserved_filters(request)}
    asked = _rights(request, job)
    head = job_head.head(request, job, tasks, asked, edited=_edited(job, filters))
    context = {
        **pages.admin_site.each_context(request),
        **filters,
        **extra,
        "title": str(job),
        "original": job,
        # What unfold's header asks of the page of a row.
        "adminform": SimpleNamespace(model_admin=pages),
        "has_add_permission": may(request, "add", Job),
        "head": head,
        "tasks": _with_buttons(request, tasks, head),
        "longest_note": LONGEST,
        "may_progress": asked("progress") and can_progress(job.status),
        "timeline": _timeline(request, job) if asked("audit") else None,
    }
    request.current_app = pages.admin_site.name
    return TemplateResponse(request, "operations/job.html", context)


def _edited(job: Job, filters: dict[str, Any]) -> dict[str, str]:
    """Where the form is, with the cursor in each of these fields."""
    page = reverse("admin:operations_job_change", args=[job.pk])
    names = ("title", "scheduled_date", "assigned_to", "tasks")
    return {name: add_preserved_filters(filters, f"{page}?edit={name}") for name in names}


def _rights(request: HttpRequest, job: Job) -> Callable[[str], bool]:
    """What the person may do to a job that was read just now: its columns say it."""
    row = {name: getattr(job, name) for name in ("id", "owner_id", "assigned_to_id")}
    return lambda action: can_by_columns(request.user, action, Job)(row)


def _timeline(request: HttpRequest, job: Job) -> job_timeline.Events:
    places = [job.customer, *([job.site] if job.site else [])]
    return job_timeline.page_of(job, reader=request.user, known=tuple(places))


# Tasks


def _with_buttons(request: HttpRequest, tasks: Sequence[Any], head: Head) -> Sequence[Any]:
    """The tasks, each with what moves it, and the note that was typed before its sign-in."""
    typed = _typed(request)
    for task in tasks:
        back = _TaskButton(task.unfinished_status, gettext_lazy("Undo"))
        task.buttons = _TASK_BUTTONS.get(TaskStatus(task.status), (back,))
        task.is_next = task == head.next_task
        task.is_typed = bool(typed and typed[0] == task.pk)
        task.typed = typed[1] if typed and task.is_typed else task.note
    return tasks


def keep_typed(request: HttpRequest, task_pk: int, note: str) -> None:
    """Keep a note for the form of its task, to be shown there once."""
    request.session[_TYPED] = [task_pk, note]


def _typed(request: HttpRequest) -> tuple[int, str] | None:
    return request.session.pop(_TYPED) if _TYPED in request.session else None
