"""What asks before something is done to a job: a dialog, opened in place where scripts run, and a
page of its own where they do not."""

from __future__ import annotations

from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import require, visible_to
from operations.models import Job

# In the address of a page: the list that it was opened from, as Django names it.
_FILTERS = "_changelist_filters"


class DialogForm(forms.Form):
    """What a dialog asks."""

    def render_before_template(self) -> str:
        """What unfold shows above the fields of a dialog that is opened in place."""
        errors = {"errors": self.non_field_errors()}
        return render_to_string("unfold/helpers/messages/error.html", errors)


def seen_job(request: HttpRequest, pk: int) -> Job:
    """The job. Raises Http404 for one that the person may not see."""
    if pk >= 2**63:
        raise Http404
    job: Job = get_object_or_404(visible_to(request.user, Job.objects.all()), pk=pk)
    return job


def job_for(request: HttpRequest, pk: int, action: str) -> Job:
    """The job, for a page that asks before this is done to it. Raises PermissionDenied as well."""
    job = seen_job(request, pk)
    require(request.user, action, job)
    return job


def shown(
    request: HttpRequest, job: Job, form: forms.Form, *, title: str, submit: Any
) -> HttpResponse:
    """The dialog."""
    in_place = "HX-Request" in request.headers
    template = "unfold/helpers/dialog.html" if in_place else "operations/dialog_page.html"
    context = {
        **({} if in_place else admin.site.each_context(request)),
        "dialog": {"title": title},
        "title": title,
        "form": form,
        "form_submit_text": submit,
        "opts": Job._meta,
        "job": job,
    }
    return TemplateResponse(request, template, context)


def refuse_link() -> NoReturn:
    """Raise PermissionDenied: a page that only does something is sent, not opened."""
    raise PermissionDenied(_("This makes a change, so a link alone cannot do it."))


def sentence(error: ValidationError) -> str:
    """What refused, to be told in one message."""
    return " ".join(error.messages)


def back(request: HttpRequest, pk: int) -> HttpResponse:
    """To the page of the job, which still leads back to the list that it was opened from."""
    url = _as_left(request, reverse("admin:operations_job_change", args=[pk]))
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


def _as_left(request: HttpRequest, page: str) -> str:
    left = urlsplit(request.headers.get("Referer", ""))
    kept = QueryDict(left.query).get(_FILTERS, "") if left.path == page else ""
    return f"{page}?{urlencode({_FILTERS: kept})}" if kept else page
