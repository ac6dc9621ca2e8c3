"""Every task that uses a piece of equipment."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Case, F, QuerySet, SmallIntegerField, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from core.access import visible_to
from core.database import cursors
from core.database.cursors import KeyPage, NoCursor
from operations.models import Equipment, Task
from operations.pages import job_panels
from operations.pages.job_panels import LATEST, with_job

# Tasks on a page.
PAGE = 50

_TERMS = {
    "place": Case(
        When(Task.WAITING, then=0),
        When(status=Task.Status.COMPLETED, then=1),
        default=2,
        output_field=SmallIntegerField(),
    ),
    # Of those, as `in_turn` has them.
    "day": Case(When(Task.WAITING, then=F("job__scheduled_date"))),
    "start": Case(When(Task.WAITING, then=F("job__start_time"))),
    "of_job": Case(When(Task.WAITING, then=F("job_id"))),
    "step": Case(When(Task.WAITING, then=F("position"))),
}
_OPEN_FIRST = ("place", "day", "start", "of_job", "step", *LATEST)


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Its tasks, as far as the person sees: open ones first, then the latest."""
    if pk >= 2**63:
        raise Http404
    item = get_object_or_404(visible_to(request.user, Equipment.objects.all()), pk=pk)
    tasks = visible_to(request.user, Task.objects.filter(equipment=item))
    found = _found(tasks, request.GET.get("cursor"))
    rows = with_job(Task.objects.filter(pk__in=[key[-1] for key in found.keys])).in_bulk()
    context = {
        **admin.site.each_context(request),
        "title": _("Use of %(name)s") % {"name": item},
        "opts": Equipment._meta,
        "object": item,
        "original": item,
        "lines": [job_panels.task_line(rows[key[-1]]) for key in found.keys],
        "newer": found.previous and f"?cursor={found.previous}",
        "older": found.next and f"?cursor={found.next}",
    }
    return TemplateResponse(request, "operations/equipment_use.html", context)


def _found(tasks: QuerySet[Task], cursor: str | None) -> KeyPage[Any]:
    try:
        return cursors.page(tasks, cursor, by=_OPEN_FIRST, size=PAGE, terms=_TERMS)
    except NoCursor as error:
        raise Http404 from error
