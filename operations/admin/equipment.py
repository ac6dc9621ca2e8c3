"""Equipment, and what it is used for."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django.contrib import admin
from django.db.models import Case, F, QuerySet, SmallIntegerField, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access import visible_to
from core.backoffice.admin import RecordedAdmin
from core.backoffice.forms import is_key
from core.backoffice.panels import Link, Panel, Panels, Text
from core.record import audit
from operations.admin import job_panels
from operations.models import Equipment, Job, Task

# Tasks on a page of its use, and how far the pages go.
PAGE = 50
LAST_PAGE = 10_000


@admin.register(Equipment)
class EquipmentAdmin(Panels, RecordedAdmin):
    """Tools, machines, vehicles and accessories."""

    list_display = ("name", "kind", "serial_number", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("search_text",)
    search_help_text = gettext_lazy("Name or serial number")
    fields = (("name", "serial_number"), ("kind", "is_active"), "description")

    def get_urls(self) -> list[URLPattern]:
        use = self.admin_site.admin_view(self.use_view)
        return [path("<int:pk>/use/", use, name="operations_equipment_use"), *super().get_urls()]

    def found_text(self, obj: Equipment) -> tuple[str, str]:
        return obj.name, f"{obj.get_kind_display()} · {obj.serial_number}"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Equipment], search_term: str
    ) -> tuple[QuerySet[Equipment], bool]:
        """A task is offered what it can newly require."""
        if request.path.endswith("/autocomplete/") and "named" not in request.GET:
            queryset = queryset & Equipment.objects.active()
        return queryset & Equipment.objects.matching(search_term), False

    def panels(self, request: HttpRequest, obj: Equipment) -> list[Panel]:
        tasks = visible_to(request.user, Task.objects.filter(equipment=obj))
        waiting, coming = _waiting(tasks)
        done = _first(tasks.filter(status=Task.Status.COMPLETED), *_LATEST)
        url = self._url("use", obj.pk)
        all_of_them = Link(url, _("All tasks that use it"))
        return [
            Panel(_("Use"), facts=_facts(coming, done)),
            Panel(
                _("Needed for"),
                [job_panels.task_line(task) for task in waiting[: job_panels.FEW]],
                empty=_("No open task that you see needs it."),
                more=all_of_them if len(waiting) > job_panels.FEW else None,
            ),
            Panel(
                _("Used for"),
                [job_panels.task_line(task) for task in done[: job_panels.FEW]],
                empty=_("No task that you see has been done with it."),
                more=all_of_them if len(done) > job_panels.FEW else None,
            ),
        ]

    def use_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Every task that uses it, as far as the person sees: open ones first, then the latest."""
        number = request.GET.get("page", "1")
        if pk >= 2**63 or not is_key(number) or not 1 <= int(number) <= LAST_PAGE:
            raise Http404
        item = get_object_or_404(self.get_queryset(request), pk=pk)
        tasks = visible_to(request.user, Task.objects.filter(equipment=item))
        start = (int(number) - 1) * PAGE
        rows = list(_with_job(tasks).order_by(*_OPEN_FIRST)[start : start + PAGE + 1])
        context = {
            **self.admin_site.each_context(request),
            "title": _("Use of %(name)s") % {"name": item},
            "opts": self.opts,
            "object": item,
            "original": item,
            "lines": [job_panels.task_line(task) for task in rows[:PAGE]],
            "newer": int(number) - 1,
            "older": int(number) + 1 if len(rows) > PAGE else None,
        }
        return TemplateResponse(request, "operations/equipment_use.html", context)


_LATEST = ("-completed_at", "-pk")
_OPEN_FIRST = (
    Case(
        When(Task.WAITING, then=0),
        When(status=Task.Status.COMPLETED, then=1),
        default=2,
        output_field=SmallIntegerField(),
    ),
    Case(When(Task.WAITING, then=F("job__scheduled_date"))).asc(nulls_last=True),
    *_LATEST,
)


def _with_job(tasks: QuerySet[Task]) -> QuerySet[Task]:
    return tasks.select_related("job__customer")


def _first(tasks: QuerySet[Task], *order: Any) -> list[Task]:
    return list(_with_job(tasks).order_by(*order)[: job_panels.FEW + 1])


def _waiting(tasks: QuerySet[Task]) -> tuple[list[Task], Task | None]:
    """The first that are to be done, by day, and the first of those from today on.

    Sorted here: asked for the first from a day on, the database reads the jobs of that day on.
    """
    found = (tasks & Task.objects.waiting()).order_by()
    keys = found.values_list("job__scheduled_date", "job__start_time", "pk")
    in_order = sorted(keys, key=lambda k: (k[0] or date.max, k[1] or time.max, k[2]))
    today = audit.today()
    coming = next((pk for day, _start, pk in in_order if day and day >= today), None)
    first = [pk for _day, _start, pk in in_order[: job_panels.FEW + 1]]
    rows = _with_job(Task.objects.filter(pk__in=[*first, coming])).in_bulk()
    return [rows[pk] for pk in first], rows.get(coming)


def _facts(coming: Task | None, done: list[Task]) -> list[tuple[Text, Text]]:
    return [
        (_("next job"), _job_link(coming.job, job_panels.when(coming.job)) if coming else ""),
        (_("last use"), _job_link(done[0].job, job_panels.done_on(done[0])) if done else ""),
    ]


def _job_link(job: Job, day: str) -> Text:
    return format_html('<a href="{}">{}</a>, {}', job_panels.job_url(job), job.number, day)
