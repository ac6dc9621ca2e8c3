"""The form by which a job and its tasks are edited, behind one *Edit* of its page; a new job has a
form of its own (new_job.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest

from core.access import visible_to
from core.backoffice import kept_forms
from core.backoffice.forms import RecordedForm
from core.backoffice.permissions import may
from operations.admin import job_form
from operations.admin.job_form import WhenAndWho
from operations.models import Job
from operations.models.job import WRITTEN
from operations.pages import job_head

FIELDSETS = (
    (
        None,
        {
            "fields": (
                *WRITTEN,
                "schedule",
                "scheduled_date",
                ("start_time", "end_time"),
                ("assigned_to", "owner"),
                ("customer", "site"),
            )
        },
    ),
)


class JobEditForm(WhenAndWho, RecordedForm):
    """A job as its owner or an Admin edits it. What moves by verbs is no field of it."""


def form_for(request: HttpRequest) -> type[JobEditForm]:
    """The form, for whoever opens the page."""
    return type("JobEditForm", (JobEditForm,), {"request": request})


def is_asked(request: HttpRequest, find: Callable[[], Job]) -> bool:
    """Is it the form that is asked for, and can this person edit anything of the job?

    What was sent is answered by the rules, at the form: the job may be closed meanwhile.
    """
    if request.method == "POST" or kept_forms.is_kept_for(request):
        return True
    if "edit" not in request.GET:
        return False
    job = find()
    return not job.is_closed and may(request, "change", job)


def readonly_fields(request: HttpRequest, job: Job) -> tuple[str, ...]:
    """What is not this person's to change."""
    return () if may(request, "hand_over", job) else ("owner",)


def context(
    request: HttpRequest, key: int, form: Any, tasks: Sequence[Any], *, may_change: bool
) -> dict[str, Any]:
    """What stands in and above the form, and under it: one way to save, and one back."""
    jobs = visible_to(request.user, Job.objects.select_related("customer", "site"))
    # Not the row at hand: a form has filled that one in.
    job = jobs.get(pk=key)
    fields = job_form.context(request, form, tasks) if may_change else {}
    return {
        **fields,
        "job": job,
        "status_reasons": job_head.status_reasons(job),
        "asked": request.GET.get("edit", ""),
        "show_save": True,
        "show_save_and_continue": False,
        "show_save_and_add_another": False,
        "show_delete_link": False,
    }
