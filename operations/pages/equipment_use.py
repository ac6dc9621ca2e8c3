"""Every task that uses a piece of equipment."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Case, F, SmallIntegerField, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from core.access import visible_to
from core.backoffice.chosen import is_key
from operations.models import Equipment, Task
from operations.pages import job_panels
from operations.pages.job_panels import LATEST, with_job

# Tasks on a page, and how far the pages go.
PAGE = 50
LAST_PAGE = 10_000

_OPEN_FIRST = (
    Case(
        When(Task.WAITING, then=0),
        When(status=Task.Status.COMPLETED, then=1),
        default=2,
        output_field=SmallIntegerField(),
    ),
    Case(When(Task.WAITING, then=F("job__scheduled_date"))).asc(nulls_last=True),
    *LATEST,
)


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Its tasks, as far as the person sees: open ones first, then the latest."""
    number = request.GET.get("page", "1")
    if pk >= 2**63 or not is_key(number) or not 1 <= int(number) <= LAST_PAGE:
        raise Http404
    item = get_object_or_404(visible_to(request.user, Equipment.objects.all()), pk=pk)
    tasks = visible_to(request.user, Task.objects.filter(equipment=item))
    start = (int(number) - 1) * PAGE
    rows = list(with_job(tasks).order_by(*_OPEN_FIRST)[start : start + PAGE + 1])
    context = {
        **admin.site.each_context(request),
        "title": _("Use of %(name)s") % {"name": item},
        "opts": Equipment._meta,
        "object": item,
        "original": item,
        "lines": [job_panels.task_line(task) for task in rows[:PAGE]],
        "newer": int(number) - 1,
        "older": int(number) + 1 if len(rows) > PAGE else None,
    }
    return TemplateResponse(request, "operations/equipment_use.html", context)
