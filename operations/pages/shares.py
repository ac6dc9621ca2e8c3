"""A job is shared with a colleague, and no longer."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from core.backoffice.kept_forms import typed_into
from core.backoffice.writing import tell_warnings
from operations import acts
from operations.acts.shares import ONLY_TECHNICIANS, whom_to_share_with
from operations.models import Job, JobShare
from operations.pages import dialogs
from operations.pages.dialogs import DialogForm
from people.models import User


class ShareForm(DialogForm):
    """With whom, and how far."""

    user = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Colleague"), widget=UnfoldAdminSelectWidget
    )
    level = forms.ChoiceField(
        choices=JobShare.Level.choices,
        label=gettext_lazy("They may"),
        widget=UnfoldAdminSelectWidget,
        help_text=ONLY_TECHNICIANS,
    )

    def __init__(self, job: Job, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["user"]
        field.queryset = whom_to_share_with(job)


def share(request: HttpRequest, pk: int) -> HttpResponse:
    """Share the job with a colleague."""
    job = dialogs.job_for(request, pk, "share")
    form = typed_into(partial(ShareForm, job), request)
    if request.method == "POST" and form.is_valid():
        person, level = form.cleaned_data["user"], form.cleaned_data["level"]
        try:
            outcome = acts.share(job, person, level, by=request.user)  # type: ignore[arg-type]  # Signed in.
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Shared with %(name)s.") % {"name": person})
            tell_warnings(request, outcome)
            return dialogs.back(request, pk)
    title = _("Share %(job)s") % {"job": job}
    return dialogs.shown(request, job, form, title=title, submit=_("Share"))


def unshare(request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
    """Take a colleague's share away."""
    if request.method != "POST":
        dialogs.job_for(request, pk, "share")
        dialogs.refuse_link()
    outcome = acts.unshare((Job, pk), user_pk, by=request.user)  # type: ignore[arg-type]  # Signed in.
    person = get_object_or_404(User, pk=user_pk)
    messages.success(request, _("No longer shared with %(name)s.") % {"name": person})
    tell_warnings(request, outcome)
    return dialogs.back(request, pk)
