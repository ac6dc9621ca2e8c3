"""Jobs: the list, the form with its tasks, and the timeline."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import BaseModelFormSet
from django.http import HttpRequest
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateFilter,
)
from unfold.decorators import display

from core.access import can
from core.admin import RecordedAdmin, RecordedTabularInline
from core.forms import RecordedForm, RelationFilter, save_each
from core.lists import ListingInParts, Pages
from operations.admin.progress import ProgressPages
from operations.models import Job, JobShare, Task
from operations.models.job import URGENCY


class JobForm(RecordedForm):
    """A job as its owner or an Admin edits it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk and "owner" in self.fields:
            # At first its creator, where nobody else is chosen.
            self.fields["owner"].required = False

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | {"owner"} if not self.cleaned_data.get("owner") else excluded


class TaskForm(RecordedForm):
    """A task as it is edited; status and note move elsewhere (progress.py)."""

    def clean(self) -> dict[str, Any]:
        """Only active equipment can be newly required."""
        data = super().clean()
        if "equipment" in data:
            now = set(self.instance.equipment.all()) if self.instance.pk else set()
            try:
                Task.check_equipment(item for item in data["equipment"] if item not in now)
            except forms.ValidationError as error:
                self.add_error(None, error)
        return data

    def save(self, commit: bool = True) -> Task:
        """Save text and equipment as one change on record."""
        if not commit:
            task: Task = super().save(commit=False)
            return task
        self.instance.save_requiring(self.cleaned_data["equipment"])
        return self.instance


class TaskInline(RecordedTabularInline):
    """The steps of a job, in order."""

    model = Task
    form = TaskForm
    fields = ("stated_version", "position", "title", "description", "equipment", "status")
    readonly_fields = ("status",)
    autocomplete_fields = ("equipment",)
    text_rows = 2

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        rows: QuerySet[Task] = super().get_queryset(request)
        return rows.prefetch_related("equipment")


class AttentionFilter(admin.SimpleListFilter):
    """Jobs that somebody should look at."""

    title = gettext_lazy("needs attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        choices = [
            ("open", _("Open")),
            ("overdue", _("Overdue")),
            ("unassigned", _("Unassigned")),
            ("unscheduled", _("Unscheduled")),
        ]
        if can(request.user, "hand_over", Job):
            choices.append(("someone", _("Needs someone")))
        return choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        named = {
            "open": lambda: queryset & Job.objects.open(),
            "overdue": lambda: queryset.filter(overdue=True),
            "unassigned": lambda: queryset & Job.objects.open().filter(assigned_to=None),
            "unscheduled": lambda: queryset & Job.objects.open().filter(scheduled_date=None),
            "someone": lambda: queryset & Job.objects.needing_someone(),
        }
        return named.get(self.value() or "", lambda: queryset)()


def _names_period(request: HttpRequest) -> bool:
    return any(request.GET.get(f"scheduled_date_{end}") for end in ("from", "to"))


@admin.register(Job)
class JobAdmin(ProgressPages, RecordedAdmin):
    """The list of jobs, and the page of one."""

    form = JobForm
    list_display = (
        "job_number",
        "title",
        "place",
        "when",
        "assigned_to",
        "status_badge",
        "priority_badge",
        "tasks_done",
    )
    list_display_links = ("job_number", "title")
    list_select_related = ("customer", "site", "assigned_to")
    list_filter = (
        AttentionFilter,
        ("status", ChoicesDropdownFilter),
        ("priority", ChoicesDropdownFilter),
        ("assigned_to", RelationFilter),
        ("customer", RelationFilter),
        ("scheduled_date", RangeDateFilter),
    )
    search_fields = ("search_text",)
    search_help_text = gettext_lazy("Number, title, customer, site or technician")
    autocomplete_fields = ("customer", "site", "assigned_to", "owner")
    sortable_by = ("job_number", "when", "status_badge", "priority_badge")
    inlines = (TaskInline,)
    change_form_outer_before_template = "operations/job_panel.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ListingInParts]:
        return ListingInParts

    def get_ordering(self, request: HttpRequest) -> Any:
        """The jobs of a period stand by their days, and else the newest first."""
        return ("scheduled_date", "pk") if _names_period(request) else super().get_ordering(request)

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Pages:
        pages: Pages = super().get_paginator(request, *args, **kwargs)
        if _names_period(request):
            pages.counted_by = "scheduled_date"
        return pages

    def all_rows(self, request: HttpRequest) -> QuerySet[Job]:
        jobs: QuerySet[Job] = super().all_rows(request)
        return jobs.with_task_counts()  # type: ignore[attr-defined]  # Of JobQuerySet.

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Job], search_term: str
    ) -> tuple[QuerySet[Job], bool]:
        """Every word stands in number, title, customer, site or technician."""
        return queryset & Job.objects.matching(search_term), False

    def get_fieldsets(self, request: HttpRequest, obj: Job | None = None) -> Any:
        who: tuple[str, ...] = ("assigned_to",)
        if obj is None:
            who = (*who, "owner") if can(request.user, "hand_over", Job) else who
            state: tuple[Any, ...] = ()
        else:
            who = (*who, "owner")
            state = ((_("State"), {"fields": self._state_fields(obj)}),)
        return (
            (_("What"), {"fields": (("title", "priority"), "description")}),
            (_("Where"), {"fields": (("customer", "site"),)}),
            (_("When"), {"fields": ("scheduled_date", ("start_time", "end_time"))}),
            (_("Who"), {"fields": (who,)}),
            *state,
        )

    def _state_fields(self, obj: Job) -> tuple[Any, ...]:
        fields: list[Any] = [("status", "created_at", "created_by")]
        times = [
            n
            for n in ("started_at", "completed_at", "completed_by", "cancelled_at")
            if getattr(obj, n)
        ]
        again = ("times_reopened", "reopened_at") if obj.times_reopened else ()
        return (*fields, *((tuple(times),) if times else ()), *((again,) if again else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Job | None = None) -> Any:
        if obj is None:
            return ()
        shown = [
            "status",
            "created_at",
            "created_by",
            "started_at",
            "completed_at",
            "completed_by",
            "cancelled_at",
            "times_reopened",
            "reopened_at",
        ]
        if not can(request.user, "hand_over", obj):
            shown.append("owner")
        if obj.is_closed and request.method != "POST":
            # A form sent for a closed job is answered by the rule, at the form.
            shown += [
                "title",
                "priority",
                "description",
                "customer",
                "site",
                "scheduled_date",
                "start_time",
                "end_time",
                "assigned_to",
                "owner",
            ]
        return shown

    def get_inline_instances(self, request: HttpRequest, obj: Job | None = None) -> list[Any]:
        """Who may not edit the tasks sees them in the panel above, with what they may do."""
        editable = can(request.user, "add" if obj is None else "change", obj or Job)
        shown = editable and not (obj and obj.is_closed and request.method != "POST")
        return super().get_inline_instances(request, obj) if shown else []

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        context = {**(extra_context or {}), **self.panel(request, object_id)}
        return super().changeform_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: Job, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.overdue and "scheduled_date" in form.changed_data:
            messages.warning(
                request,
                _("%(job)s is scheduled for a day that has passed, so it is overdue.")
                % {"job": obj},
            )

    def save_formset(
        self, request: HttpRequest, form: Any, formset: BaseModelFormSet[Any, Any], change: bool
    ) -> None:
        save_each(formset)

    def history_sources(self, obj: Job) -> list[QuerySet[Any]]:
        """The job with its tasks and shares, deleted ones too."""
        return [
            Job.history.filter(id=obj.pk),
            Task.history.filter(job_id=obj.pk),
            JobShare.history.filter(content_object_id=obj.pk),
        ]

    # Columns of the list

    @display(description=gettext_lazy("number"), ordering="pk")
    def job_number(self, obj: Job) -> str:
        return obj.number

    @display(description=gettext_lazy("customer and site"), ordering="customer__name", header=True)
    def place(self, obj: Job) -> tuple[str, str]:
        return (obj.customer.name, obj.site.name if obj.site else "")

    @display(description=gettext_lazy("when"), ordering="scheduled_date", header=True)
    def when(self, obj: Job) -> tuple[str, str]:
        if obj.scheduled_date is None:
            return (_("Unscheduled"), "")
        times = ""
        if obj.start_time and obj.end_time:
            start, end = (formats.time_format(t, "H:i") for t in (obj.start_time, obj.end_time))
            times = f"{start}–{end}"
        return (formats.date_format(obj.scheduled_date, "D j M Y"), times)

    @display(
        description=gettext_lazy("status"),
        ordering="status",
        label={
            "pending": "info",
            "in_progress": "primary",
            "on_hold": "warning",
            "completed": "success",
            "cancelled": "default",
            "overdue": "danger",
        },
    )
    def status_badge(self, obj: Job) -> tuple[str, str]:
        if obj.overdue:
            text = _("%(status)s · overdue") % {"status": obj.get_status_display()}
            return ("overdue", text)
        return (obj.status, obj.get_status_display())

    @display(
        description=gettext_lazy("priority"),
        ordering=URGENCY,
        # All of them: unfold shows the raw value of one that is not named.
        label={"low": "default", "medium": "default", "high": "warning", "urgent": "danger"},
    )
    def priority_badge(self, obj: Job) -> tuple[str, str]:
        return (obj.priority, obj.get_priority_display())

    @display(description=gettext_lazy("tasks"))
    def tasks_done(self, obj: Any) -> str:
        return f"{obj.completed_tasks_count}/{obj.tasks_count}" if obj.tasks_count else "–"
