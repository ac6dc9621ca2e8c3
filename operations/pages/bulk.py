"""What the list of jobs does to many at once: assign, reschedule, cancel.

The list sends the chosen rows; a page says what will become of each, asks for the rest, and sends
them with the versions that were looked at. With scripts it sends some at a time and shows how far
it is; without, all in one.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access import can
from core.backoffice.chosen import is_key
from core.backoffice.kept_forms import typed_into
from operations import bulk
from operations.bulk import Versions
from operations.models import Job
from operations.pages import foreseen, many
from operations.pages.bulk_forms import BULK_FORMS, BulkForm
from operations.pages.many import MOST

# What the list offers


@admin.action(permissions=["change"], description=gettext_lazy("Assign to a technician"))
def assign_jobs(_admin: Any, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse:
    """Ask to whom."""
    return _form_page(request, "assign", queryset)


@admin.action(permissions=["change"], description=gettext_lazy("Reschedule"))
def reschedule_jobs(_admin: Any, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse:
    """Ask when."""
    return _form_page(request, "reschedule", queryset)


@admin.action(permissions=["cancel"], description=gettext_lazy("Cancel jobs"))
def cancel_jobs(_admin: Any, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse:
    """Ask why."""
    return _form_page(request, "cancel", queryset)


ACTIONS = (assign_jobs, reschedule_jobs, cancel_jobs)


def _form_page(request: HttpRequest, name: str, queryset: QuerySet[Job]) -> HttpResponse:
    keys = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if len(keys) > MOST:
        messages.error(request, _("Choose at most %(number)d jobs at once.") % {"number": MOST})
        return redirect(request.get_full_path())
    return _page(request, name, dict.fromkeys(keys), BULK_FORMS[name]())


# The page


def page(request: HttpRequest, name: str) -> HttpResponse:
    """Do it to the jobs that were sent, each with the version that was looked at."""
    if name not in BULK_FORMS:
        raise Http404
    if not can(request.user, BULK_FORMS[name].action, Job):
        raise PermissionDenied
    if request.method != "POST":
        return _look(request, name)
    versions = _versions(request.POST.getlist("job"))
    form = BULK_FORMS[name](request.POST)
    if "foresee" in request.POST:
        return _foresee(request, form, versions)
    if form.is_valid():
        return _do(request, form, versions)
    if many.wants_data(request):
        return JsonResponse({"outcomes": None})
    # Those that were refused before stand there still, with the reason.
    seen = [int(key) for key in request.POST.getlist("seen")[:MOST] if is_key(key)]
    return _page(request, name, dict.fromkeys(seen) | versions, form)


def _foresee(request: HttpRequest, form: BulkForm, versions: Versions) -> JsonResponse:
    """What would become of each with what has been filled in so far; nothing is done."""
    user: Any = request.user
    jobs = [job for job in many.chosen(request, versions) if not job.is_closed]
    planned = form.plan(jobs) if form.is_valid() else []
    ahead = foreseen.outlook([plan for plan, _what in planned], by=user)
    what = {plan.job.pk: text for plan, text in planned}
    return JsonResponse({"jobs": foreseen.as_data(ahead, what)})


def _do(request: HttpRequest, form: BulkForm, versions: Versions) -> HttpResponse:
    jobs = many.chosen(request, versions)
    with many.one_act(request, form.kind) as act:
        outcomes = form.do(jobs, by=request.user, versions=versions)  # type: ignore[arg-type]
    undo = many.undo_address(outcomes, act) if form.can_be_undone else ""
    if many.wants_data(request):
        return JsonResponse(many.as_data(outcomes, versions, undo=undo))
    many.tell(request, outcomes, gone=len(versions) - len(jobs), undo=undo)
    return redirect("admin:operations_job_changelist")


def _look(request: HttpRequest, name: str) -> HttpResponse:
    form = typed_into(BULK_FORMS[name], request)
    if act := request.GET.get("act"):
        return _page(request, name, bulk.changed_by(_act_id(act)), form)
    sent = form.data.getlist("job") if form.is_bound else request.GET.get("jobs", "").split(",")  # type: ignore[attr-defined]  # A QueryDict.
    if not any(sent):
        return redirect("admin:operations_job_changelist")
    return _page(request, name, _versions(sent), form)


def _page(request: HttpRequest, name: str, versions: Versions, form: BulkForm) -> HttpResponse:
    user: Any = request.user
    jobs = many.chosen(request, versions)
    form.tell(jobs)
    outcomes = form.foresee(jobs, by=user, versions=versions)
    context = {
        **admin.site.each_context(request),
        "title": form.title,
        "opts": Job._meta,
        "form": form,
        "media": form.media,
        "outcomes": outcomes,
        "number": sum(not outcome.problem for outcome in outcomes),
        "refused": sum(bool(outcome.problem) for outcome in outcomes),
        "act": many.signed_act(request),
        "send_to": reverse("admin:operations_job_bulk", args=[name]),
        "list_url": reverse("admin:operations_job_changelist"),
    }
    return TemplateResponse(request, "operations/bulk.html", context)


def _versions(sent: list[str]) -> dict[int, int | None]:
    """The jobs that were sent, as `key:version`."""
    pairs = [each.partition(":")[::2] for each in sent]
    known = all(is_key(key) and is_key(version) for key, version in pairs)
    if not known or len(pairs) > MOST:
        raise BadRequest(_("This selection could not be read. Choose again."))
    return {int(key): int(version) for key, version in pairs}


def _act_id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as bad:
        raise BadRequest(_("This selection could not be read. Choose again.")) from bad
