"""Jobs: the list, and the page of one. What is done to a job beyond editing it is in pages/."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import display

from core.backoffice import list_addresses
from core.backoffice.admin import RecordedAdmin
from core.backoffice.cells import bar, two_lines
from core.backoffice.chosen import RelationFilter
from core.backoffice.list_filters import Choice, Period
from core.backoffice.lists import ListingInParts, Pages
from core.backoffice.permissions import may
from operations import acts, job_history
from operations.acts import Outcome
from operations.admin import job_copy, job_form, job_list
from operations.models import Job, Task
from operations.models.job_queries import URGENCY, is_too_short
from operations.pages import bulk, job_panel
from operations.schedule import NEXT_FIRST


@admin.register(Job)
class JobAdmin(RecordedAdmin):
    """The list of jobs, and the form of one with its tasks."""

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
        job_list.AttentionFilter,
        ("status", Choice),
        ("priority", Choice),
        ("assigned_to", RelationFilter),
        ("owner", RelationFilter),
        ("customer", RelationFilter),
        ("scheduled_date", Period),
    )
    search_fields = ("search_text",)
    search_help_text = gettext_lazy("Number, title, customer, site or technician")
    actions = (*bulk.ACTIONS, *RecordedAdmin.actions)
    list_before_template = "operations/job_list_head.html"
    sortable_by = ("job_number", "when", "status_badge", "priority_badge")

    form = job_form.JobForm
    autocomplete_fields = ("customer", "site", "assigned_to", "owner")
    inlines = (job_form.TaskInline,)
    change_form_outer_before_template = "operations/job_panel.html"

    class Media:
        js = (forms.Script("operations/job_form.js", type="module"),)

    def all_rows(self, request: HttpRequest) -> QuerySet[Job]:
        jobs: QuerySet[Job] = super().all_rows(request)
        return jobs.with_task_counts()  # type: ignore[attr-defined]  # Of JobQuerySet.

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Whether there can be any job that the person may cancel."""
        return may(request, "cancel", Job)

    # The list

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """The list as the person left it, unless the address says how."""
        # Before the filter is kept: the list would not open again.
        answer = list_addresses.mended(request) or job_list.as_left(request)
        if answer is not None:
            return answer
        context = {**job_list.head(request), **(extra_context or {})}
        return super().changelist_view(request, context)

    def empty_text(self, request: HttpRequest, *, asked: bool) -> str:
        """In the words of the worklist, where nothing else is asked for."""
        return job_list.empty_text(request) or super().empty_text(request, asked=asked)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ListingInParts]:
        return ListingInParts

    def get_ordering(self, request: HttpRequest) -> Any:
        """The jobs of a period stand as its days go on, and else the newest first."""
        return NEXT_FIRST if job_list.names_days(request) else super().get_ordering(request)

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Pages:
        pages: Pages = super().get_paginator(request, *args, **kwargs)
        if job_list.names_days(request):
            pages.counted_by = "scheduled_date"
        return pages

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Job], search_term: str
    ) -> tuple[QuerySet[Job], bool]:
        """Every word stands in number, title, customer, site or technician."""
        return queryset & Job.objects.matching(search_term), False

    @display(description=gettext_lazy("number"), ordering="pk")
    def job_number(self, obj: Job) -> str:
        return obj.number

    @display(description=gettext_lazy("customer and site"), ordering="customer__name")
    def place(self, obj: Job) -> SafeString:
        return two_lines(obj.customer.name, obj.site.name if obj.site else "")

    @display(description=gettext_lazy("when"), ordering="scheduled_date")
    def when(self, obj: Job) -> SafeString:
        return job_list.when(obj.scheduled_date, obj.start_time, obj.end_time, get_language())

    @display(description=gettext_lazy("status"), ordering="status")
    def status_badge(self, obj: Job) -> SafeString:
        return job_list.status_badge(obj.status, get_language(), overdue=obj.overdue)

    @display(description=gettext_lazy("priority"), ordering=URGENCY)
    def priority_badge(self, obj: Job) -> SafeString:
        return job_list.priority_badge(obj.priority, get_language())

    @display(description=gettext_lazy("tasks"))
    def tasks_done(self, obj: Any) -> SafeString:
        return bar(obj.completed_tasks_count, obj.tasks_count)

    # The palette, and the audit log

    def finds_nothing_by(self, words: str) -> bool:
        return is_too_short(words)

    def found_rows(self) -> QuerySet[Job]:
        return Job.objects.select_related("customer", "site")

    def found_text(self, obj: Job) -> tuple[str, str]:
        where = f"{obj.customer}, {obj.site}" if obj.site else str(obj.customer)
        return str(obj), f"{where} · {obj.get_status_display()}"

    def history_sources(self, obj: Job) -> list[QuerySet[Any]]:
        return job_history.sources(obj)

    # The form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        context = extra_context or {}
        if original := job_copy.original(request):
            heading = _("New job, a copy of %(job)s") % {"job": original}
            context = {**context, "heading": heading}
        return super().changeform_view(request, object_id, form_url, context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        initial.pop("copy", None)
        return {**initial, **job_copy.initial(request)}

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        copied = job_copy.tasks(request)
        return {**kwargs, "initial": copied} if copied else kwargs

    def get_fieldsets(self, request: HttpRequest, obj: Job | None = None) -> Any:
        return job_form.fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Job | None = None) -> Any:
        return job_form.readonly_fields(request, obj)

    def get_inline_instances(self, request: HttpRequest, obj: Job | None = None) -> list[Any]:
        """Who may not edit the tasks sees them in the panel above, with what they may do."""
        editable = may(request, "change", obj) if obj else may(request, "add", Job)
        shown = editable and not (obj and job_form.is_shut(request, obj))
        return super().get_inline_instances(request, obj) if shown else []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        context |= job_panel.context(request, obj.pk if obj else None)
        return super().render_change_form(request, context, *args, **kwargs)

    def write(self, row: Job, *, by: Any) -> Outcome[Job]:
        return acts.enter(row, by=by) if row._state.adding else acts.save(row, by=by)

    def write_within(self, form: Any, *, by: Any) -> Outcome[Task]:
        """Text and equipment are one change on record."""
        return acts.save_task(form.instance, form.cleaned_data["equipment"], by=by)
