"""Jobs that are changed many at once: which they are, by which act, and what came of each."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.access import visible_to
from core.record import audit
from core.record.entries import Entry
from operations import bulk
from operations.bulk import Result, Versions
from operations.models import Job

# How many at once.
MOST = 500
# How many refusals a message names.
_NAMED = 10


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


def undo_address(outcomes: list[Result], act: uuid.UUID) -> str:
    """The page that puts back what an act did; empty where it did nothing."""
    is_done = any(not outcome.problem for outcome in outcomes)
    undo = reverse("admin:operations_job_undo")
    return f"{undo}?act={act}" if is_done else ""


def can_be_undone(entry: Entry) -> bool:
    """Is this of an act that the page puts back? A job that was cancelled is reopened instead."""
    is_of_many = entry.act_kind in {audit.Kind.BULK, audit.Kind.HAND_OVER}
    return is_of_many and all(change.field != "status" for change in entry.changes)


def as_data(outcomes: list[Result], versions: Versions, *, undo: str = "") -> dict[str, Any]:
    """What became of each that was sent, by its key, and the address that undoes it."""
    message = {outcome.job.pk: _answer(outcome) for outcome in outcomes}
    gone = {"problem": _("This job no longer exists.")}
    return {
        "outcomes": {key: message.get(key, gone) for key in versions},
        "undo": undo,
    }


def _answer(outcome: Result) -> dict[str, Any]:
    job = outcome.job
    if outcome.problem:
        return {"problem": outcome.problem}
    return {
        "problem": "",
        "when": job.when_text,
        "technician": str(job.assigned_to or "–"),
        "status": job.status,
        "status_text": job.get_status_display(),
        "warnings": outcome.warnings,
    }


def wants_data(request: HttpRequest) -> bool:
    """Does a script send some at a time, to be answered by data?"""
    return request.accepts("application/json") and not request.accepts("text/html")


def tell(request: HttpRequest, outcomes: list[Result], *, gone: int, undo: str = "") -> None:
    """Tell what became of the jobs, with links to those named, and the way back."""
    done = [outcome.job for outcome in outcomes if not outcome.problem]
    refused = [outcome for outcome in outcomes if outcome.problem]
    if done:
        details = ngettext(
            "%(count)d job was changed: ", "%(count)d jobs were changed: ", len(done)
        )
        message = format_html("{}{}", details % {"count": len(done)}, _links(done))
        if undo:
            message = format_html(
                '{} · <a href="{}">{}</a>', message, undo, _("Undo these changes")
            )
        messages.success(request, message)
    for warning, jobs in bulk.warned(outcomes).items():
        messages.warning(request, format_html("{}: {}", _links(jobs), warning))
    for outcome in refused[:_NAMED]:
        messages.error(request, format_html("{}: {}", _links([outcome.job]), outcome.problem))
    others = len(refused[_NAMED:]) + gone
    if others:
        details = ngettext(
            "%(count)d other job was refused as well.",
            "%(count)d other jobs were refused as well.",
            others,
        )
        messages.error(request, details % {"count": others})


def _links(jobs: list[Job]) -> str:
    links = format_html_join(
        ", ",
        '<a href="{}">{}</a>',
        ((reverse("admin:operations_job_change", args=[j.pk]), j.number) for j in jobs[:_NAMED]),
    )
    return format_html("{}{}", links, " …" if len(jobs) > _NAMED else "")
