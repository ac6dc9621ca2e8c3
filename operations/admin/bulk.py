"""What the list of jobs does to many at once: assign, reschedule, cancel.

The list sends the chosen rows; a page says what will become of each, asks for the rest, and sends
them with the versions that were looked at. With scripts it sends some at a time and shows how far
it is; without, all in one.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.access import can, visible_to
from core.backoffice.forms import is_key
from core.backoffice.kept_forms import typed_into
from core.record import audit
from operations import bulk
from operations.admin.bulk_forms import BULK_FORMS, BulkForm
from operations.admin.job_panels import when
from operations.bulk import Result, Versions
from operations.models import Job

# How many at once.
MOST = 500
# How many refusals a message names.
_NAMED = 10


BULK_ACTIONS = ("assign_jobs", "reschedule_jobs", "cancel_jobs", "delete_selected")


class BulkActions:
    """The actions, for the admin of jobs."""

    admin_site: Any
    opts: Any
    get_queryset: Callable[[HttpRequest], QuerySet[Job]]

    def get_urls(self) -> list[URLPattern]:
        """The page that does it, before those of the admin."""
        view = self.admin_site.admin_view(self.bulk_view)
        page = path("bulk/<slug:deed>/", view, name="operations_job_bulk")
        return [page, *super().get_urls()]  # type: ignore[misc]  # A mixin.

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Whether there can be any job that the person may cancel."""
        return can(request.user, "cancel", Job)

    @admin.action(permissions=["change"], description=gettext_lazy("Assign to a technician"))
    def assign_jobs(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse:
        """Ask to whom."""
        return self._ask(request, "assign", queryset)

    @admin.action(permissions=["change"], description=gettext_lazy("Reschedule"))
    def reschedule_jobs(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse:
        """Ask when."""
        return self._ask(request, "reschedule", queryset)

    @admin.action(permissions=["cancel"], description=gettext_lazy("Cancel"))
    def cancel_jobs(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse:
        """Ask why."""
        return self._ask(request, "cancel", queryset)

    def _ask(self, request: HttpRequest, deed: str, queryset: QuerySet[Job]) -> HttpResponse:
        keys = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
        if len(keys) > MOST:
            messages.error(request, _("Choose at most %(number)d jobs at once.") % {"number": MOST})
            return redirect(request.get_full_path())
        return self._page(request, deed, dict.fromkeys(keys), BULK_FORMS[deed]())

    def bulk_view(self, request: HttpRequest, deed: str) -> HttpResponse:
        """Do it to the jobs that were sent, each with the version that was looked at."""
        if deed not in BULK_FORMS:
            raise Http404
        if not can(request.user, BULK_FORMS[deed].action, Job):
            raise PermissionDenied
        if request.method != "POST":
            return self._look(request, deed)
        versions = _versions(request.POST.getlist("job"))
        form = BULK_FORMS[deed](request.POST)
        in_parts = request.accepts("application/json") and not request.accepts("text/html")
        if not form.is_valid():
            if in_parts:
                return JsonResponse({"outcomes": None})
            # Those that were refused before stand there still, with the reason.
            seen = [int(key) for key in request.POST.getlist("seen")[:MOST] if is_key(key)]
            return self._page(request, deed, dict.fromkeys(seen) | versions, form)
        jobs = chosen(request, versions)
        with one_act(request, form.kind) as act:
            outcomes = form.do(jobs, by=request.user, versions=versions)  # type: ignore[arg-type]
        undo = undo_address(outcomes, act) if form.can_be_undone else ""
        if in_parts:
            return JsonResponse(as_data(outcomes, versions, undo=undo))
        tell(request, outcomes, gone=len(versions) - len(jobs), undo=undo)
        return redirect("admin:operations_job_changelist")

    def _look(self, request: HttpRequest, deed: str) -> HttpResponse:
        form = typed_into(BULK_FORMS[deed], request)
        if act := request.GET.get("act"):
            return self._page(request, deed, bulk.changed_by(_act_id(act)), form)
        sent = form.data.getlist("job") if form.is_bound else request.GET.get("jobs", "").split(",")  # type: ignore[attr-defined]  # A QueryDict.
        if not any(sent):
            return redirect("admin:operations_job_changelist")
        return self._page(request, deed, _versions(sent), form)

    def _page(
        self, request: HttpRequest, deed: str, versions: Versions, form: BulkForm
    ) -> HttpResponse:
        user: Any = request.user
        outcomes = form.foresee(chosen(request, versions), by=user, versions=versions)
        context = {
            **self.admin_site.each_context(request),
            "title": form.title,
            "opts": self.opts,
            "form": form,
            "media": form.media,
            "outcomes": outcomes,
            "number": sum(not outcome.problem for outcome in outcomes),
            "refused": sum(bool(outcome.problem) for outcome in outcomes),
            "act": signed_act(request),
            "send_to": reverse("admin:operations_job_bulk", args=[deed]),
            "list_url": reverse("admin:operations_job_changelist"),
        }
        return TemplateResponse(request, "operations/bulk.html", context)


def _versions(sent: list[str]) -> dict[int, int | None]:
    """The jobs that were sent, as `key:version`."""
    pairs = [each.partition(":")[::2] for each in sent]
    known = all(is_key(key) and is_key(version) for key, version in pairs)
    if not known or len(pairs) > MOST:
        raise BadRequest(_("The list names no row this way."))
    return {int(key): int(version) for key, version in pairs}


def chosen(request: HttpRequest, keys: Iterable[int]) -> list[Job]:
    """Those of the jobs that the person may see, with all that a line of the page shows."""
    rows = visible_to(request.user, Job.objects.filter(pk__in=list(keys)))
    return list(rows.select_related("customer", "assigned_to", "owner").order_by("pk"))


# Several requests do one act: each names it, signed for whoever does it.
_SALT = "operations.bulk.act"


def signed_act(request: HttpRequest) -> str:
    """The name of an act that a page is about to begin."""
    return signing.dumps([str(uuid.uuid4()), request.user.pk], salt=_SALT)


@contextmanager
def one_act(request: HttpRequest, kind: audit.Kind) -> Iterator[uuid.UUID]:
    """What is done inside belongs to the act that the page names: it has this change set."""
    try:
        name, person = signing.loads(request.POST.get("act", ""), salt=_SALT)
    except signing.BadSignature:
        name, person = None, None
    act = uuid.UUID(name) if name and person == request.user.pk else uuid.uuid4()
    with audit.change_set(kind, continued=act):
        yield act


def _act_id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as bad:
        raise BadRequest(_("The list names no row this way.")) from bad


def undo_address(outcomes: list[Result], act: uuid.UUID) -> str:
    """The page that puts back what an act did; empty where it did nothing."""
    is_done = any(not outcome.problem for outcome in outcomes)
    undo = reverse("admin:operations_job_bulk", args=["undo"])
    return f"{undo}?act={act}" if is_done else ""


def as_data(outcomes: list[Result], versions: Versions, *, undo: str = "") -> dict[str, Any]:
    """What became of each that was sent, by its key, and the address that undoes it."""
    told = {outcome.job.pk: _told(outcome) for outcome in outcomes}
    gone = {"problem": _("This job is gone.")}
    return {
        "outcomes": {key: told.get(key, gone) for key in versions},
        "undo": undo,
    }


def _told(outcome: Result) -> dict[str, str]:
    job = outcome.job
    if outcome.problem:
        return {"problem": outcome.problem}
    return {
        "problem": "",
        "when": when(job),
        "technician": str(job.assigned_to or "–"),
        "status": job.status,
        "status_text": job.get_status_display(),
    }


def tell(request: HttpRequest, outcomes: list[Result], *, gone: int, undo: str = "") -> None:
    """Tell what became of the jobs, with links to those named, and the way back."""
    done = [outcome.job for outcome in outcomes if not outcome.problem]
    refused = [outcome for outcome in outcomes if outcome.problem]
    if done:
        said = ngettext("%(count)d job was changed: ", "%(count)d jobs were changed: ", len(done))
        told = format_html("{}{}", said % {"count": len(done)}, _links(done))
        if undo:
            told = format_html('{} · <a href="{}">{}</a>', told, undo, _("Undo"))
        messages.success(request, told)
    for outcome in refused[:_NAMED]:
        messages.error(request, format_html("{}: {}", _links([outcome.job]), outcome.problem))
    others = len(refused[_NAMED:]) + gone
    if others:
        said = ngettext(
            "%(count)d other job was refused too.", "%(count)d other jobs were refused too.", others
        )
        messages.error(request, said % {"count": others})


def _links(jobs: list[Job]) -> str:
    links = format_html_join(
        ", ",
        '<a href="{}">{}</a>',
        ((reverse("admin:operations_job_change", args=[j.pk]), j.number) for j in jobs[:_NAMED]),
    )
    return format_html("{}{}", links, " …" if len(jobs) > _NAMED else "")
