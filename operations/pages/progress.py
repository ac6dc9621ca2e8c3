"""How a job goes on: its verbs, and the progress of its tasks. Each is a POST of its own.

A verb that asks for a reason is a dialog.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from core.access import can, require
from core.backoffice import kept_forms
from core.backoffice.kept_forms import typed_into
from core.backoffice.writing import tell_warnings
from core.record.audit import LONGEST_REASON
from core.text.typed import LONGEST
from operations import acts
from operations.models import Job, Task
from operations.pages import dialogs
from operations.pages.dialogs import DialogForm
from operations.pages.job_page import keep_typed
from operations.states import TRANSITIONS, Verb, status_in_sentence


class ReasonForm(DialogForm):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextareaWidget({"rows": 3, "autofocus": True}),
        help_text=gettext_lazy("The reason is kept in the history of the job."),
    )


class ProgressForm(forms.Form):
    """Status and note of a task; what is not sent stays as it is."""

    status = forms.ChoiceField(choices=Task.Status.choices, required=False)
    note = Task._meta.get_field("note").formfield(widget=forms.Textarea)
    version = forms.IntegerField(required=False, min_value=1)

    def given(self) -> dict[str, Any]:
        """What was sent, once it is valid."""
        given = {n: self.cleaned_data[n] for n in ("status", "note") if n in self.data}
        given["status"] = given.get("status") or None
        return given


# Verbs


def move(request: HttpRequest, pk: int, verb: Verb) -> HttpResponse:
    """Move the job by a verb, once there is a reason where it needs one."""
    if TRANSITIONS[verb].needs_reason:
        return _ask_why(request, pk, verb)
    if request.method != "POST":
        dialogs.job_for(request, pk, TRANSITIONS[verb].action)
        dialogs.refuse_link()
    if (problem := _do(request, pk, verb)) is not None:
        messages.error(request, problem)
    return dialogs.back(request, pk)


def _ask_why(request: HttpRequest, pk: int, verb: Verb) -> HttpResponse:
    form = typed_into(ReasonForm, request)
    if request.method == "POST" and form.is_valid():
        problem = _do(request, pk, verb, reason=form.cleaned_data["reason"])
        if problem is None:
            return dialogs.back(request, pk)
        form.add_error(None, problem)
    job = dialogs.seen_job(request, pk)
    require(request.user, acts.action_of(job, verb, by=request.user), job)  # type: ignore[arg-type]
    title = f"{TRANSITIONS[verb].label}: {job}"
    return dialogs.shown(request, job, form, title=title, submit=TRANSITIONS[verb].label)


def _do(request: HttpRequest, pk: int, verb: Verb, **details: str) -> str | None:
    """Do it and say so; what refuses answers with its sentence."""
    try:
        outcome = acts.move((Job, pk), verb, by=request.user, **details)  # type: ignore[arg-type]  # Signed in.
    except ValidationError as error:
        return dialogs.sentence(error)
    job = outcome.row
    text = _("%(job)s is now %(status)s.") % {
        "job": job,
        "status": status_in_sentence(job.status),
    }
    action = acts.action_of(job, Verb.REOPEN, by=request.user)  # type: ignore[arg-type]
    if job.is_closed and can(request.user, action, job):
        # The way back, for a slip: it asks why.
        url = reverse("admin:operations_job_reopen", args=[job.pk])
        name = _("Reopen %(job)s") % {"job": job.number}
        text = format_html('{} <a href="{}">{}</a>', text, url, name)
    messages.success(request, text)
    tell_warnings(request, outcome)
    return None


# Tasks


def progress(request: HttpRequest, pk: int, task_pk: int) -> HttpResponse:
    """Set status or note of a task."""
    if typed := kept_forms.take(request):
        return _typed_again(request, pk, task_pk, typed.get("note", ""))
    # By a condition on the job: a key that is too long for any is that of none.
    task = get_object_or_404(Task, pk=task_pk, job__in=Job.objects.filter(pk=pk))
    form = ProgressForm(request.POST)
    if request.method == "POST" and form.is_valid():
        _progress(request, task, form)
        return dialogs.back(request, pk)
    dialogs.seen_job(request, pk)
    require(request.user, "progress", task)
    if request.method != "POST":
        dialogs.refuse_link()
    why = dialogs.sentence(ValidationError(form.errors.as_data()))
    messages.error(request, _with_typed(why, request.POST.get("note")))
    return dialogs.back(request, pk)


def _progress(request: HttpRequest, task: Task, form: ProgressForm) -> None:
    """Do it and say so; or say what refuses, with what was typed."""
    given, version = form.given(), form.cleaned_data["version"]
    try:
        outcome = acts.progress((Task, task.pk), by=request.user, version=version, **given)  # type: ignore[arg-type]
    except ValidationError as error:
        messages.error(request, _with_typed(dialogs.sentence(error), given.get("note")))
        return
    details = {"task": outcome.row, "status": status_in_sentence(outcome.row.status)}
    messages.success(request, _("“%(task)s” is %(status)s.") % details)
    tell_warnings(request, outcome)


def _with_typed(sentence: str, note: str | None) -> str:
    if not note:
        return sentence
    details = {"why": sentence, "note": note[:LONGEST], "count": LONGEST}
    if len(note) > LONGEST:
        # It waits in the session, and stands on every page until it is read.
        text = _("%(why)s The first %(count)d characters of your note were: “%(note)s”") % details
    else:
        text = _("%(why)s Your note was: “%(note)s”") % details
    return text.replace("\0", "")


def _typed_again(request: HttpRequest, pk: int, task_pk: int, note: str) -> HttpResponse:
    """The page of the job, where the note stands as it was typed before the session ended."""
    dialogs.seen_job(request, pk)
    keep_typed(request, task_pk, note[:LONGEST])
    messages.warning(request, kept_forms.not_saved_yet())
    return dialogs.back(request, pk)
