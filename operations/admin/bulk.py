"""What the list of jobs does to many at once: assign, reschedule, cancel.

The list sends the chosen rows; a page says what will become of each, asks for the rest, and sends
them with the versions that were looked at. With scripts it sends some at a time and shows how far
it is; without, all in one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from core.access import can, visible_to
from core.forms import is_key
from operations import bulk
from operations.bulk import Outcome
from operations.lifecycle import Verb
from operations.models import Job
from people.models import User

# How many at once.
MOST = 500
# How many refusals a message names.
_NAMED = 10


class DeedForm(forms.Form):
    """What is asked of whoever does something to many jobs."""

    title: ClassVar[str | Promise]
    action: ClassVar[str] = "change"
    verb: ClassVar[Verb | None] = None

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text=gettext_lazy("It stays in the history of each job."),
    )

    def do(self, jobs: list[Job], *, by: User, versions: bulk.Versions) -> list[Outcome]:
        """Do it to each."""
        raise NotImplementedError


class AssignForm(DeedForm):
    """To whom."""

    title = gettext_lazy("Assign jobs")

    assigned_to = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Technician"),
        required=False,
        empty_label=gettext_lazy("Choose a technician"),
        widget=UnfoldAdminSelectWidget,
    )
    unassign = forms.BooleanField(
        label=gettext_lazy("Take them from whoever has them"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    field_order = ("assigned_to", "unassign", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assigned_to"].queryset = User.objects.technicians()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A technician, or nobody on purpose."""
        said = super().clean() or self.cleaned_data
        if "assigned_to" in self.errors:
            return said
        if bool(said.get("assigned_to")) == bool(said.get("unassign")):
            self.add_error(
                "assigned_to",
                _("Choose a technician, or have the jobs taken from whoever has them."),
            )
        return said

    def do(self, jobs: list[Job], *, by: User, versions: bulk.Versions) -> list[Outcome]:
        said = self.cleaned_data
        return bulk.assign(
            jobs, said["assigned_to"], by=by, reason=said["reason"], versions=versions
        )


class RescheduleForm(DeedForm):
    """When."""

    title = gettext_lazy("Reschedule jobs")

    scheduled_date = forms.DateField(
        label=gettext_lazy("Day"), required=False, widget=UnfoldAdminSingleDateWidget
    )
    start_time = forms.TimeField(
        label=gettext_lazy("Start time"), required=False, widget=UnfoldAdminSingleTimeWidget
    )
    end_time = forms.TimeField(
        label=gettext_lazy("End time"),
        required=False,
        widget=UnfoldAdminSingleTimeWidget,
        help_text=gettext_lazy("Give both times or neither. Neither means any time that day."),
    )
    unschedule = forms.BooleanField(
        label=gettext_lazy("Take them off the schedule"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    field_order = ("scheduled_date", "start_time", "end_time", "unschedule", "reason")

    def clean(self) -> dict[str, Any]:
        """A day, or none on purpose."""
        said = super().clean() or self.cleaned_data
        if "scheduled_date" in self.errors:
            return said
        if bool(said.get("scheduled_date")) == bool(said.get("unschedule")):
            self.add_error(
                "scheduled_date", _("Give a day, or have the jobs taken off the schedule.")
            )
        return said

    def do(self, jobs: list[Job], *, by: User, versions: bulk.Versions) -> list[Outcome]:
        said = self.cleaned_data
        times = (said["start_time"], said["end_time"])
        return bulk.reschedule(
            jobs, said["scheduled_date"], times, by=by, reason=said["reason"], versions=versions
        )


class CancelForm(DeedForm):
    """Why."""

    title = gettext_lazy("Cancel jobs")
    action = "cancel"
    verb = Verb.CANCEL

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True

    def do(self, jobs: list[Job], *, by: User, versions: bulk.Versions) -> list[Outcome]:
        return bulk.cancel(jobs, by=by, reason=self.cleaned_data["reason"], versions=versions)


DEEDS: dict[str, type[DeedForm]] = {
    "assign": AssignForm,
    "reschedule": RescheduleForm,
    "cancel": CancelForm,
}


BULK_ACTIONS: tuple[str, ...] = (*(f"{deed}_jobs" for deed in DEEDS), "delete_selected")


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
        return self._page(request, deed, keys, DEEDS[deed]())

    def bulk_view(self, request: HttpRequest, deed: str) -> HttpResponse:
        """Do it to the jobs that were sent, each with the version that was looked at."""
        if deed not in DEEDS:
            raise Http404
        if not can(request.user, DEEDS[deed].action, Job):
            raise PermissionDenied
        if request.method != "POST":
            return redirect("admin:operations_job_changelist")
        versions = _versions(request.POST.getlist("job"))
        form = DEEDS[deed](request.POST)
        in_parts = request.accepts("application/json") and not request.accepts("text/html")
        if not form.is_valid():
            if in_parts:
                return JsonResponse({"outcomes": None})
            # Those that were refused before stand there still, with the reason.
            seen = [int(key) for key in request.POST.getlist("seen")[:MOST] if is_key(key)]
            return self._page(request, deed, [*versions, *seen], form)
        jobs = list(visible_to(request.user, Job.objects.filter(pk__in=versions)).order_by("pk"))
        outcomes = form.do(jobs, by=request.user, versions=versions)  # type: ignore[arg-type]
        if in_parts:
            return JsonResponse({"outcomes": as_data(outcomes, versions)})
        tell(request, outcomes, gone=len(versions) - len(jobs))
        return redirect("admin:operations_job_changelist")

    def _page(
        self, request: HttpRequest, deed: str, keys: list[int], form: DeedForm
    ) -> HttpResponse:
        rows = visible_to(request.user, Job.objects.filter(pk__in=keys))
        jobs = list(rows.select_related("customer", "assigned_to").order_by("pk"))
        user: Any = request.user
        outcomes = bulk.foreseen(jobs, by=user, verb=form.verb)
        context = {
            **self.admin_site.each_context(request),
            "title": form.title,
            "opts": self.opts,
            "form": form,
            "media": form.media,
            "outcomes": outcomes,
            "number": sum(not outcome.problem for outcome in outcomes),
            "refused": sum(bool(outcome.problem) for outcome in outcomes),
            "send_to": reverse("admin:operations_job_bulk", args=[deed]),
            "list_url": reverse("admin:operations_job_changelist"),
        }
        return TemplateResponse(request, "operations/bulk.html", context)


def _versions(sent: list[str]) -> dict[int, int]:
    """The jobs that were sent, as `key:version`."""
    pairs = [each.partition(":")[::2] for each in sent]
    known = all(is_key(key) and is_key(version) for key, version in pairs)
    if not known or len(pairs) > MOST:
        raise BadRequest(_("The list names no row this way."))
    return {int(key): int(version) for key, version in pairs}


def as_data(outcomes: list[Outcome], versions: dict[int, int]) -> dict[int, str]:
    """What became of each that was sent, by its key; a job that is gone is told too."""
    told = {outcome.job.pk: outcome.problem for outcome in outcomes}
    return {key: told.get(key, _("This job is gone.")) for key in versions}


def tell(request: HttpRequest, outcomes: list[Outcome], *, gone: int) -> None:
    """Tell what became of the jobs, with links to those named."""
    done = [outcome.job for outcome in outcomes if not outcome.problem]
    refused = [outcome for outcome in outcomes if outcome.problem]
    if done:
        said = ngettext("%(count)d job was changed: ", "%(count)d jobs were changed: ", len(done))
        messages.success(request, format_html("{}{}", said % {"count": len(done)}, _links(done)))
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
