"""What is done to a job beyond editing it: its verbs, the progress of its tasks, its shares.

Each is a POST of its own. A verb that asks for a reason, and sharing, are dialogs: opened in
place where scripts run, pages of their own where they do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from core.access import can, require, visible_to
from core.backoffice import kept_forms
from core.backoffice.kept_forms import typed_into
from core.record.audit import LONGEST_REASON
from operations import acts
from operations.models import Job, JobShare, Task
from operations.states import TABLE, Verb, verbs_from
from people.models import User

_ICONS = {
    Verb.START: "play_arrow",
    Verb.HOLD: "pause",
    Verb.RESUME: "play_arrow",
    Verb.COMPLETE: "check",
    Verb.CANCEL: "close",
    Verb.REOPEN: "undo",
}


# In the session: a note that was typed before its sign-in, and for which task.
_TYPED = "typed_note"


class _Dialog(forms.Form):
    def render_before_template(self) -> str:
        """What unfold shows above the fields of a dialog that is opened in place."""
        errors = {"errors": self.non_field_errors()}
        return render_to_string("unfold/helpers/messages/error.html", errors)


class ReasonForm(_Dialog):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextareaWidget({"rows": 3, "autofocus": True}),
        help_text=gettext_lazy("It stays in the history of the job."),
    )


class ShareForm(_Dialog):
    """With whom, and how far."""

    user = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Colleague"), widget=UnfoldAdminSelectWidget
    )
    level = forms.ChoiceField(
        choices=JobShare.Level.choices,
        label=gettext_lazy("They may"),
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("Only a technician can be let to progress the job."),
    )

    def __init__(self, job: Job, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.active().exclude(groups=None, is_superuser=False)
        field: Any = self.fields["user"]
        field.queryset = people.exclude(pk=job.owner_id)


class ProgressForm(forms.Form):
    """Status and note of a task; what is not sent stays as it is."""

    status = forms.ChoiceField(choices=Task.Status.choices, required=False)
    note = Task._meta.get_field("note").formfield(widget=forms.Textarea)
    version = forms.IntegerField(required=False, min_value=1)


class ProgressPages:
    """The pages, for the admin of jobs."""

    admin_site: Any
    opts: Any
    _may: Callable[..., bool]

    def get_urls(self) -> list[URLPattern]:
        """The pages before those of the admin, whose last one matches anything."""

        def page(route: str, view: Any, name: str) -> URLPattern:
            wrapped = self.admin_site.admin_view(view)
            return path(f"<int:pk>/{route}", wrapped, name=f"operations_job_{name}")

        return [
            *(page(f"{verb}/", self._verb_view(verb), verb.value) for verb in Verb),
            page("share/", self.share_view, "share"),
            page("unshare/<int:user_pk>/", self.unshare_view, "unshare"),
            page("tasks/<int:task_pk>/progress/", self.progress_view, "progress"),
            *super().get_urls(),  # type: ignore[misc]  # A mixin.
        ]

    def panel(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        """What the panel above the form shows: verbs, tasks, shares. Empty for a new job."""
        if object_id is None or not object_id.isdecimal() or len(object_id) > 18:
            return {}
        jobs = visible_to(request.user, Job.objects.select_related("customer", "site", "owner"))
        job = jobs.filter(pk=object_id).first()
        if job is None:
            return {}
        may_edit = self._may(request, "change", job)
        may_progress = self._may(request, "progress", job)
        may_share = self._may(request, "share", job)
        verbs = [v for v in verbs_from(job.status) if self._may(request, TABLE[v].action, job)]
        shares = job.shares.select_related("user") if may_share else JobShare.objects.none()
        tasks = job.tasks.prefetch_related("equipment") if not may_edit or may_progress else []
        _put_typed(request, tasks)
        panel = {
            "job": job,
            "verbs": [_button(job, verb) for verb in verbs],
            "why_not_complete": _why_not_complete(tasks) if Verb.COMPLETE in verbs else "",
            "tasks": tasks,
            "may_progress": may_progress and not job.is_closed and job.status != Job.Status.ON_HOLD,
            "may_edit": may_edit,
            "may_share": may_share,
            "may_copy": self._may(request, "add"),
            "why_read_only": "" if may_edit else _why_read_only(request, job),
            "shares": shares,
        }
        editable = may_edit and not job.is_closed
        return {
            "panel": panel,
            "show_save": editable,
            "show_save_and_continue": editable,
            "show_save_and_add_another": editable,
        }

    def _verb_view(self, verb: Verb) -> Any:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            job = self._job(request, pk)
            require(request.user, TABLE[verb].action, job)
            if not TABLE[verb].needs_reason:
                return _do_plain(request, job, verb)
            form = typed_into(ReasonForm, request)
            if request.method == "POST" and form.is_valid():
                problem = _do(request, job, verb, reason=form.cleaned_data["reason"])
                if problem is None:
                    return _back(request, job)
                form.add_error(None, problem)
            title = f"{TABLE[verb].label}: {job}"
            return self._dialog(request, job, form, title=title, submit=TABLE[verb].label)

        return view

    def share_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Share the job with a colleague."""
        job = self._job(request, pk)
        require(request.user, "share", job)
        form = typed_into(partial(ShareForm, job), request)
        if request.method == "POST" and form.is_valid():
            person, level = form.cleaned_data["user"], form.cleaned_data["level"]
            try:
                acts.share(job, person, level, by=request.user)  # type: ignore[arg-type]  # Signed in.
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, _("Shared with %(name)s.") % {"name": person})
                return _back(request, job)
        title = _("Share %(job)s") % {"job": job}
        return self._dialog(request, job, form, title=title, submit=_("Share"))

    def unshare_view(self, request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
        """Take a colleague's share away."""
        job = self._job(request, pk)
        require(request.user, "share", job)
        _require_post(request)
        person = get_object_or_404(User, pk=user_pk)
        acts.unshare(job, person, by=request.user)  # type: ignore[arg-type]  # Signed in.
        messages.success(request, _("No longer shared with %(name)s.") % {"name": person})
        return _back(request, job)

    def progress_view(self, request: HttpRequest, pk: int, task_pk: int) -> HttpResponse:
        """Set status or note of a task."""
        typed = kept_forms.take(request)
        job = self._job(request, pk)
        if typed:
            return _typed_again(request, job, task_pk, typed.get("note", ""))
        task = get_object_or_404(job.tasks, pk=task_pk)
        require(request.user, "progress", task)
        _require_post(request)
        form = ProgressForm(request.POST)
        if not form.is_valid():
            why = _sentence(ValidationError(form.errors.as_data()))
            messages.error(request, _with_typed(why, request.POST.get("note")))
            return _back(request, job)
        said = {n: form.cleaned_data[n] for n in ("status", "note") if n in request.POST}
        said["status"] = said.get("status") or None
        try:
            acts.progress(task, by=request.user, version=form.cleaned_data["version"], **said)  # type: ignore[arg-type]
        except ValidationError as error:
            messages.error(request, _with_typed(_sentence(error), said.get("note")))
        else:
            messages.success(
                request,
                _("“%(task)s” is %(status)s.")
                % {"task": task, "status": task.get_status_display().lower()},
            )
        return _back(request, job)

    def _job(self, request: HttpRequest, pk: int) -> Job:
        if pk >= 2**63:
            raise Http404
        return get_object_or_404(visible_to(request.user, Job.objects.all()), pk=pk)

    def _dialog(
        self, request: HttpRequest, job: Job, form: forms.Form, *, title: str, submit: Any
    ) -> HttpResponse:
        in_place = "HX-Request" in request.headers
        template = "unfold/helpers/dialog.html" if in_place else "operations/dialog_page.html"
        context = {
            **({} if in_place else self.admin_site.each_context(request)),
            "dialog": {"title": title},
            "title": title,
            "form": form,
            "form_submit_text": submit,
            "opts": self.opts,
            "job": job,
        }
        return TemplateResponse(request, template, context)


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
    number = sum(task.status != Task.Status.COMPLETED for task in tasks)
    if not number:
        return ""
    said = ngettext(
        "Finish %(count)d task to complete this job.",
        "Finish %(count)d tasks to complete this job.",
        number,
    )
    return said % {"count": number}


def _button(job: Job, verb: Verb) -> dict[str, Any]:
    return {
        "name": verb.value,
        "label": TABLE[verb].label,
        "icon": _ICONS[verb],
        "url": reverse(f"admin:operations_job_{verb}", args=[job.pk]),
        "dialog": TABLE[verb].needs_reason,
    }


def _do_plain(request: HttpRequest, job: Job, verb: Verb) -> HttpResponse:
    _require_post(request)
    problem = _do(request, job, verb)
    if problem is not None:
        messages.error(request, problem)
    return _back(request, job)


def _do(request: HttpRequest, job: Job, verb: Verb, **said: str) -> str | None:
    """Do it and say so; what refuses answers with its sentence."""
    try:
        acts.move(job, verb, by=request.user, **said)  # type: ignore[arg-type]  # Signed in.
    except ValidationError as error:
        return _sentence(error)
    told = _("%(job)s is now %(status)s.") % {
        "job": job,
        "status": job.get_status_display().lower(),
    }
    if job.is_closed and can(request.user, TABLE[Verb.REOPEN].action, job):
        # The way back, for a slip: it asks why.
        url = reverse("admin:operations_job_reopen", args=[job.pk])
        told = format_html('{} <a href="{}">{}</a>', told, url, TABLE[Verb.REOPEN].label)
    messages.success(request, told)
    return None


def _require_post(request: HttpRequest) -> None:
    if request.method != "POST":
        raise PermissionDenied(_("This changes something, so a link alone cannot do it."))


def _sentence(error: ValidationError) -> str:
    return " ".join(error.messages)


def _with_typed(sentence: str, note: str | None) -> str:
    if not note:
        return sentence
    told = _("%(why)s Your note was: “%(note)s”") % {"why": sentence, "note": note}
    return told.replace("\0", "")


def _typed_again(request: HttpRequest, job: Job, task_pk: int, note: str) -> HttpResponse:
    """The page of the job, where the note stands as it was typed before the session ended."""
    request.session[_TYPED] = [task_pk, note]
    messages.warning(request, kept_forms.not_saved_yet())
    return _back(request, job)


def _put_typed(request: HttpRequest, tasks: Iterable[Task]) -> None:
    """Show in the form of its task, once, the note that is kept."""
    if request.method != "GET" or _TYPED not in request.session:
        return
    task_pk, note = request.session.pop(_TYPED)
    for task in tasks:
        if task.pk == task_pk:
            task.note = note


def _back(request: HttpRequest, job: Job) -> HttpResponse:
    url = reverse("admin:operations_job_change", args=[job.pk])
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)
