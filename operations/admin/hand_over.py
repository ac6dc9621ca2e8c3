"""The page on which an Admin hands somebody's open jobs to others.

It asks who hands over and who takes over, shows what becomes of each job, and does exactly what it
has shown: each line is sent with the version that was looked at, and whom it goes to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import (
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextareaWidget,
)

from core.access import can, visible_to
from core.backoffice.forms import is_key
from core.backoffice.kept_forms import typed_into
from core.record.audit import LONGEST_REASON, Kind
from operations import hand_over
from operations.admin.bulk import (
    MOST,
    as_data,
    chosen,
    one_act,
    signed_act,
    tell,
    undo_address,
)
from operations.hand_over import Change
from operations.models import Job
from people.models import User


class WhoForm(forms.Form):
    """Who hands over, and who takes over."""

    person = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Who hands over"),
        widget=UnfoldAdminSelect2Widget,
        help_text=gettext_lazy("Everybody who owns an open job or is assigned to one."),
    )
    owner = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Who owns their jobs from now on"),
        required=False,
        empty_label=gettext_lazy("Nobody else: jobs stay with their owner"),
        widget=UnfoldAdminSelect2Widget,
    )
    technicians = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=gettext_lazy("Who does the jobs that are assigned to them"),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text=gettext_lazy(
            "Among several, each job goes to whoever has the fewest on its day. "
            "Nobody: jobs stay with their technician."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        jobs = Job.objects.open().order_by()
        named = Q(pk__in=jobs.values("owner")) | Q(pk__in=jobs.values("assigned_to"))
        choices: dict[str, Any] = {
            "person": User.objects.filter(named),
            "owner": User.objects.owners(),
            "technicians": User.objects.technicians(),
        }
        for name, people in choices.items():
            field: Any = self.fields[name]
            field.queryset = people.order_by("first_name", "last_name", "username")

    def clean(self) -> dict[str, Any]:
        """Somebody takes over, and it is somebody else."""
        said = self.cleaned_data
        person, owner = said.get("person"), said.get("owner")
        technicians = said.get("technicians") or []
        if person and person == owner:
            self.add_error("owner", _("Choose somebody else."))
        if person and person in technicians:
            self.add_error("technicians", _("Choose others."))
        if not self.errors and not owner and not technicians:
            self.add_error(None, _("Choose a new owner, technicians, or both."))
        return said


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text=gettext_lazy("It stays in the history of each job."),
    )


@dataclass(frozen=True)
class Line:
    """A job in the preview: what becomes of it, and what is sent to have it so."""

    job: Job
    what: str
    sent: str
    problem: str = ""

    @classmethod
    def of(cls, change: Change, version: int | None = None) -> Line:
        """From a version that was looked at; from that of now, if none was."""
        said = []
        if change.owner:
            said.append(_("Owner: %(name)s") % {"name": change.owner})
        if change.technician:
            said.append(_("Technician: %(name)s") % {"name": change.technician})
        people = (person.pk if person else 0 for person in (change.owner, change.technician))
        looked_at = change.job.version if version is None else version
        sent = ":".join(map(str, (change.job.pk, looked_at, *people)))
        return cls(change.job, " · ".join(said), sent)


class HandOver:
    """The page, for the admin of jobs."""

    admin_site: Any
    opts: Any
    get_queryset: Callable[[HttpRequest], QuerySet[Job]]

    def get_urls(self) -> list[URLPattern]:
        """The page, before those of the admin."""
        view = self.admin_site.admin_view(self.hand_over_view)
        page = path("hand-over/", view, name="operations_job_hand_over")
        return [page, *super().get_urls()]  # type: ignore[misc]  # A mixin.

    def hand_over_view(self, request: HttpRequest) -> HttpResponse:
        """Ask, show what will be, or do it."""
        if not can(request.user, "hand_over", Job):
            raise PermissionDenied
        if request.method == "POST":
            return self._carry_out(request)
        reason = typed_into(ReasonForm, request)
        if reason.is_bound:
            changes, versions = _sent(request, reason.data.getlist("job"))  # type: ignore[attr-defined]  # A QueryDict.
            lines = [Line.of(change, versions[change.job.pk]) for change in changes]
            return self._hand_over_page(request, WhoForm(), reason, lines=lines)
        asked = "technicians" in request.GET or "owner" in request.GET
        form = WhoForm(request.GET) if asked else WhoForm(initial=request.GET.dict())
        ready = asked and form.is_valid()
        changes = _changes(request, form.cleaned_data) if ready else []
        lines = [Line.of(change) for change in changes[:MOST]]
        told = {
            "is_asked": ready,
            "left": len(changes) - len(lines),
            "closed": _closed_note(form) if ready else "",
        }
        return self._hand_over_page(request, form, reason, lines=lines, **told)

    def _hand_over_page(
        self,
        request: HttpRequest,
        form: WhoForm,
        reason: ReasonForm,
        *,
        lines: list[Line],
        **told: Any,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Hand over jobs"),
            "opts": self.opts,
            "who": form,
            "form": reason,
            "media": form.media + reason.media,
            "outcomes": lines,
            "number": len(lines),
            **told,
            "act": signed_act(request),
            "send_to": reverse("admin:operations_job_hand_over"),
            "list_url": reverse("admin:operations_job_changelist"),
        }
        return TemplateResponse(request, "operations/hand_over.html", context)

    def _carry_out(self, request: HttpRequest) -> HttpResponse:
        form = ReasonForm(request.POST)
        in_parts = request.accepts("application/json") and not request.accepts("text/html")
        if not form.is_valid():
            raise BadRequest(_("The reason is too long."))
        changes, versions = _sent(request, request.POST.getlist("job"))
        with one_act(request, Kind.HAND_OVER) as act:
            outcomes = hand_over.carry_out(
                changes,
                by=request.user,  # type: ignore[arg-type]  # Signed in.
                reason=form.cleaned_data["reason"],
                versions=versions,
            )
        undo = undo_address(outcomes, act)
        if in_parts:
            return JsonResponse(as_data(outcomes, versions, undo=undo))
        tell(request, outcomes, gone=len(versions) - len(changes), undo=undo)
        return redirect("admin:operations_job_hand_over")


def _changes(request: HttpRequest, said: dict[str, Any]) -> list[Change]:
    jobs = visible_to(request.user, hand_over.of(said["person"]))
    shown = list(jobs.select_related("customer", "assigned_to", "owner"))
    return hand_over.planned(
        shown, said["person"], owner=said["owner"], technicians=list(said["technicians"])
    )


def _closed_note(form: WhoForm) -> str:
    """What stays, in a sentence; counted no further than a thousand."""
    person = form.cleaned_data["person"]
    closed = Job.objects.filter(owner=person, status__in=Job.CLOSED).order_by("-pk")
    count = closed.values("pk")[: MOST + 1].count() if form.cleaned_data["owner"] else 0
    if not count:
        return ""
    said = ngettext(
        "%(count)s closed job stays with %(name)s: what is closed does not change.",
        "%(count)s closed jobs stay with %(name)s: what is closed does not change.",
        count,
    )
    return said % {"count": count if count <= MOST else f"{MOST}+", "name": person}


def _sent(request: HttpRequest, sent: list[str]) -> tuple[list[Change], dict[int, int]]:
    """The lines that were sent: job, version, owner and technician, with 0 for nobody."""
    lines = [line.split(":") for line in sent]
    if len(lines) > MOST or not all(len(line) == 4 and all(map(is_key, line)) for line in lines):
        raise BadRequest(_("The list names no row this way."))
    wanted = {int(line[0]): tuple(map(int, line[1:])) for line in lines}
    people = User.objects.in_bulk({pk for line in wanted.values() for pk in line[1:] if pk})
    jobs = chosen(request, wanted)
    changes = [Change(job, *(people.get(person) for person in wanted[job.pk][1:])) for job in jobs]
    return changes, {pk: line[0] for pk, line in wanted.items()}
