"""Equipment, and what it is used for."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access import visible_to
from core.backoffice.admin import RecordedAdmin
from core.backoffice.panels import Link, Panel, Panels, Text
from core.record import audit
from core.text.days import together
from operations.models import Equipment, Job, Task
from operations.pages import job_panels
from operations.pages.job_panels import LATEST, with_job


@admin.register(Equipment)
class EquipmentAdmin(Panels, RecordedAdmin):
    """Tools, machines, vehicles and accessories."""

    list_display = ("name", "kind", "serial_number", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("search_text",)
    search_help_text = gettext_lazy("Name or serial number")
    counted = (gettext_lazy("item of equipment"), gettext_lazy("items of equipment"))
    fields = (("name", "serial_number"), ("kind", "is_active"), "description")

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
        done = _first(tasks.filter(status=Task.Status.COMPLETED), *LATEST)
        url = self._url("use", obj.pk)
        all_of_them = Link(url, _("All tasks that use it"))
        return [
            Panel(_("Use"), facts=_facts(coming, done)),
            Panel(
                _("Needed for"),
                [job_panels.task_line(task) for task in waiting[: job_panels.FEW]],
                empty=_("No open task that you can see needs it."),
                more=all_of_them if len(waiting) > job_panels.FEW else None,
            ),
            Panel(
                _("Used for"),
                [job_panels.task_line(task) for task in done[: job_panels.FEW]],
                empty=_("No task that you can see was done with it."),
                more=all_of_them if len(done) > job_panels.FEW else None,
            ),
        ]


def _first(tasks: QuerySet[Task], *order: Any) -> list[Task]:
    return list(with_job(tasks).order_by(*order)[: job_panels.FEW + 1])


def _waiting(tasks: Any) -> tuple[list[Task], Task | None]:
    """The first that are to be done, and the first of those from today on."""
    in_turn, coming = tasks.in_turn(on=audit.today())
    first = [row["pk"] for row in in_turn[: job_panels.FEW + 1]]
    wanted = [*first, coming["pk"]] if coming else first
    rows = with_job(Task.objects.filter(pk__in=wanted)).in_bulk()
    return [rows[pk] for pk in first], rows[coming["pk"]] if coming else None


def _facts(coming: Task | None, done: list[Task]) -> list[tuple[Text, Text]]:
    return [
        (_("next job"), _job_link(coming.job, together(coming.job.when_text)) if coming else ""),
        (_("last use"), _job_link(done[0].job, job_panels.done_on(done[0])) if done else ""),
    ]


def _job_link(job: Job, day: str) -> Text:
    return format_html('<a href="{}">{}</a>, {}', job_panels.job_url(job), job.number, day)
