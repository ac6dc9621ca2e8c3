"""What happened to a job, on its page: the newest events first, the older ones on demand.

Whoever reads the ledger of mail reads between them what was told of the job.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import can, require
from core.backoffice.ledger import RIGHTS as LEDGER
from core.database.cursors import Cursor
from core.ledger import Message
from core.record import act_list, timeline
from operations import job_events, job_history, notices
from operations.job_events import Event
from operations.models import Job
from operations.pages import dialogs

# Events on a page, rows of each that it tells, and rows that it looks through at once: jobs come
# with their tasks.
PAGE, TOLD, LOOKED = 10, 50, 200


@dataclass(frozen=True)
class Events:
    """Some events, the newest first; where the older ones are, and where all of the records."""

    events: list[Event]
    older: str
    history: str


def page_of(
    job: Job,
    cursor: Cursor | None = None,
    *,
    reader: Any = None,
    known: tuple[Model, ...] = (),
) -> Events:
    """The events of a job at a cursor, the newest where there is none, with the mails of that time
    where their reader may know of them. Rows `known` are at hand."""
    sources = job_history.sources(job)
    found = act_list.page(
        sources, cursor, size=PAGE, opened=TOLD, looked=LOOKED, known=(job, *known)
    )
    older = reverse("admin:operations_job_events", args=[job.pk])
    events = [job_events.event(act) for act in found.acts]
    if reader is not None and can(reader, "view", LEDGER):
        events += map(job_events.mail, _mails(job, before=cursor, since=found.older))
        events.sort(key=lambda event: event.at, reverse=True)
    return Events(
        events,
        f"{older}?cursor={found.older}" if found.older else "",
        reverse("admin:operations_job_history", args=[job.pk]),
    )


def _mails(job: Job, *, before: Cursor | None, since: Cursor | None) -> QuerySet[Message]:
    """The mails that told of a job, between the places at which a page begins and ends."""
    sent = Message.objects.telling_of(notices.about(job.pk)).filter(
        state__in=job_events.MAILED, claimed_at__isnull=False
    )
    if before is not None:
        sent = sent.filter(claimed_at__lt=before.key[0])
    if since is not None:
        sent = sent.filter(claimed_at__gte=since.key[0])
    return sent.select_related("person").defer("text", "html").order_by("-claimed_at", "-pk")


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The events at a cursor: as a part of the page of the job, or as one of their own."""
    job = dialogs.seen_job(request, pk)
    require(request.user, "audit", job)
    context: dict[str, Any] = {
        "timeline": page_of(job, _cursor(request), reader=request.user),
        "job": job,
    }
    if "HX-Request" in request.headers:
        part = {**context, "is_part": True}
        return TemplateResponse(request, "operations/job_events.html", part)
    context |= {
        **admin.site.each_context(request),
        "title": _("What happened to %(job)s") % {"job": job},
        "opts": Job._meta,
        "object": job,
    }
    return TemplateResponse(request, "operations/job_events_page.html", context)


def _cursor(request: HttpRequest) -> Cursor | None:
    text = request.GET.get("cursor")
    try:
        # Its way leads to older ones alone.
        return None if text is None else Cursor(timeline.read(text).key)
    except ValidationError as error:
        raise Http404 from error
