"""The page on which an Admin hands somebody's open jobs to others.

It asks who hands over and who takes over, shows what becomes of each job, and does exactly what it
has shown: each line is sent with the version that was looked at, and whom it goes to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.access import can, visible_to
from core.backoffice.chosen import is_key
from core.backoffice.kept_forms import typed_into
from core.record.audit import Kind
from operations import hand_over
from operations.hand_over import Change
from operations.models import Job
from operations.pages import foreseen, many
from operations.pages.foreseen import Ahead, Planned
from operations.pages.hand_over_forms import ReasonForm, WhoForm
from operations.pages.many import MOST
from people.models import User


@dataclass(frozen=True)
class Line:
    """A job in the preview: what becomes of it, and what is sent to have it so."""

    job: Job
    what: str
    sent: str
    problem: str = ""
    clash: Mapping[str, str] | None = None

    @classmethod
    def of(cls, change: Change, version: int | None = None, *, ahead: Ahead | None = None) -> Line:
        """From a version that was looked at; from that of now, if none was. `ahead` is what the
        technician has that day."""
        ahead = ahead or foreseen.NOTHING
        details = []
        if change.owner:
            details.append(_("Owner: %(name)s") % {"name": change.owner})
        if change.technician:
            name = f"{change.technician} ({ahead.load})" if ahead.load else change.technician
            details.append(_("Technician: %(name)s") % {"name": name})
        people = (person.pk if person else 0 for person in (change.owner, change.technician))
        looked_at = change.job.version if version is None else version
        sent = ":".join(map(str, (change.job.pk, looked_at, *people)))
        return cls(change.job, " · ".join(details), sent, clash=ahead.clash)


def page(request: HttpRequest) -> HttpResponse:
    """Ask, show what will be, or do it."""
    if not can(request.user, "hand_over", Job):
        raise PermissionDenied
    if request.method == "POST":
        return _carry_out(request)
    reason = typed_into(ReasonForm, request)
    if reason.is_bound:
        changes, versions = _sent(request, reason.data.getlist("job"))  # type: ignore[attr-defined]  # A QueryDict.
        lines = _lines(request, changes, versions)
        return _page(request, WhoForm(), reason, lines=lines)
    asked = "technicians" in request.GET or "owner" in request.GET
    form = WhoForm(request.GET) if asked else WhoForm(initial=request.GET.dict())
    ready = asked and form.is_valid()
    changes = _changes(request, form.cleaned_data) if ready else []
    lines = _lines(request, changes[:MOST])
    message = {
        "is_asked": ready,
        "left": len(changes) - len(lines),
        "closed": _closed_note(form) if ready else "",
    }
    return _page(request, form, reason, lines=lines, **message)


def _lines(
    request: HttpRequest, changes: Sequence[Change], versions: Mapping[int, int] | None = None
) -> list[Line]:
    """What becomes of each, with what its technician has that day beside these very jobs."""
    user: Any = request.user
    ahead = foreseen.outlook([Planned.to(each.job, each.technician) for each in changes], by=user)
    looked_at = versions or {}
    return [
        Line.of(change, looked_at.get(change.job.pk), ahead=ahead.get(change.job.pk))
        for change in changes
    ]


def _page(
    request: HttpRequest, form: WhoForm, reason: ReasonForm, *, lines: list[Line], **message: Any
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Hand over jobs"),
        "opts": Job._meta,
        "who": form,
        "form": reason,
        "media": form.media + reason.media,
        "outcomes": lines,
        "number": len(lines),
        **message,
        "act": many.signed_act(request),
        "send_to": reverse("admin:operations_job_hand_over"),
        "list_url": reverse("admin:operations_job_changelist"),
    }
    return TemplateResponse(request, "operations/hand_over.html", context)


def _carry_out(request: HttpRequest) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise BadRequest(_("The reason is too long."))
    changes, versions = _sent(request, request.POST.getlist("job"))
    with many.one_act(request, Kind.HAND_OVER) as act:
        outcomes = hand_over.carry_out(
            changes,
            by=request.user,  # type: ignore[arg-type]  # Signed in.
            reason=form.cleaned_data["reason"],
            versions=versions,
        )
    undo = many.undo_address(outcomes, act)
    if many.wants_data(request):
        return JsonResponse(many.as_data(outcomes, versions, undo=undo))
    many.tell(request, outcomes, gone=len(versions) - len(changes), undo=undo)
    return redirect("admin:operations_job_hand_over")


def _changes(request: HttpRequest, details: dict[str, Any]) -> list[Change]:
    jobs = visible_to(request.user, hand_over.open_jobs_of(details["person"]))
    shown = list(jobs.select_related("customer", "assigned_to", "owner"))
    return hand_over.planned(
        shown, details["person"], owner=details["owner"], technicians=list(details["technicians"])
    )


def _closed_note(form: WhoForm) -> str:
    """What stays, in a sentence; counted no further than a thousand."""
    person = form.cleaned_data["person"]
    closed = Job.objects.filter(owner=person, status__in=Job.CLOSED).order_by("-pk")
    count = closed.values("pk")[: MOST + 1].count() if form.cleaned_data["owner"] else 0
    if not count:
        return ""
    details = ngettext(
        "%(count)s closed job stays with %(name)s: closed jobs do not change.",
        "%(count)s closed jobs stay with %(name)s: closed jobs do not change.",
        count,
    )
    return details % {"count": count if count <= MOST else f"{MOST}+", "name": person}


def _sent(request: HttpRequest, sent: list[str]) -> tuple[list[Change], dict[int, int]]:
    """The lines that were sent: job, version, owner and technician, with 0 for nobody."""
    lines = [line.split(":") for line in sent]
    if len(lines) > MOST or not all(len(line) == 4 and all(map(is_key, line)) for line in lines):
        raise BadRequest(_("This selection could not be read. Choose again."))
    wanted = {int(line[0]): tuple(map(int, line[1:])) for line in lines}
    people = User.objects.in_bulk({pk for line in wanted.values() for pk in line[1:] if pk})
    jobs = many.chosen(request, wanted)
    changes = [Change(job, *(people.get(person) for person in wanted[job.pk][1:])) for job in jobs]
    return changes, {pk: line[0] for pk, line in wanted.items()}
