"""Jobs: the list, and the page of one. What is done to a job beyond editing it is in pages/."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import display

from core.backoffice import list_addresses
from core.backoffice.admin import RecordedAdmin
from core.backoffice.cells import bar, two_lines
from core.backoffice.chosen import RelationFilter, key_of
from core.backoffice.list_filters import Choice, Period
from core.backoffice.lists import ListingInParts, Pages
from core.backoffice.permissions import may
from operations import acts, job_history
from operations.acts import Outcome
from operations.admin import job_copy, job_edit, job_list, new_job
from operations.admin.counted_filter import CountedFilter
from operations.admin.job_form import TaskInline
from operations.models import Job, Task
from operations.models.job_queries import URGENCY, is_too_short
from operations.numbers import TOO_SHORT
from operations.pages import bulk, job_page


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
        CountedFilter,
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
    finer_order: ClassVar = {"scheduled_date": "start_time"}

    autocomplete_fields = ("customer", "site", "assigned_to", "owner")
    inlines = (TaskInline,)
    add_form_template = "operations/new_job.html"
    change_form_template = "operations/job_edit.html"

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
        return super().changelist_view(request, job_list.head(request) | (extra_context or {}))

    def filters_of(self, query: QueryDict) -> QueryDict:
        return job_list.without_all(query)

    def empty_text(self, request: HttpRequest, *, asked: bool) -> str:
        """In the words of the worklist, where nothing else is asked for."""
        return job_list.empty_text(request) or super().empty_text(request, asked=asked)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ListingInParts]:
        return ListingInParts

    def get_ordering(self, request: HttpRequest) -> Any:
        return job_list.ordering(request) or super().get_ordering(request)

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Pages:
        pages: Pages = super().get_paginator(request, *args, **kwargs)
        pages.counted_by = job_list.counted_by(request)
        return pages

    def fill(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        # Not read for nothing: what is done to some of them shows none of them.
        if job_list.shows_days(request):
            for job in rows:
                job.day_stands_above = True

    def row_heads(self, request: HttpRequest, rows: Sequence[Any]) -> Sequence[str]:
        """Each day once, above its jobs."""
        if not job_list.shows_days(request):
            return ()
        return job_list.day_heads(job.scheduled_date for job in rows)

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
    def when(self, obj: Any) -> str:
        if getattr(obj, "day_stands_above", False):
            return job_list.times(obj.start_time, obj.end_time, get_language())
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

    def why_none_is_found(self, words: str) -> str:
        return str(TOO_SHORT) if is_too_short(words) else ""

    # The palette, and the audit log

    def found_rows(self) -> QuerySet[Job]:
        return Job.objects.select_related("customer", "site")

    def parted(self, rows: Any) -> tuple[Any, Any]:
        """The open ones are what somebody looks for."""
        return rows.open(), rows.filter(status__in=Job.CLOSED)

    def found_text(self, obj: Job) -> tuple[str, str]:
        where = f"{obj.customer}, {obj.site}" if obj.site else str(obj.customer)
        return str(obj), f"{where} · {obj.when_text} · {obj.get_status_display()}"

    def history_sources(self, obj: Job) -> list[QuerySet[Any]]:
        return job_history.sources(obj)

    # The page of a job, its form, and that of a new one

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """The page that everybody reads; or the form, where it is asked for and can be edited."""
        context = extra_context or {}
        if object_id and not job_edit.is_asked(
            request, partial(self.get_object, request, object_id)
        ):
            return job_page.show(self, request, key_of(object_id), extra=context)
        if original := job_copy.original(request):
            heading = _("New job, a copy of %(job)s") % {"job": original}
            context = {**context, "heading": heading}
        return super().changeform_view(request, object_id, form_url, context)

    def response_post_save_add(self, request: HttpRequest, obj: Job) -> HttpResponse:
        """To the new job, where it began as a copy: there is more to say of it."""
        if "copy" in request.GET:
            return self._to_its_page(request, obj)
        return super().response_post_save_add(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Job) -> HttpResponse:
        return self._to_its_page(request, obj)

    def _to_its_page(self, request: HttpRequest, obj: Job) -> HttpResponse:
        filters = {"opts": self.opts, "preserved_filters": self.get_preserved_filters(request)}
        return redirect(add_preserved_filters(filters, self._url("change", obj.pk)))

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

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kwargs["form"] = job_edit.form_for(request) if obj else new_job.form_for(request)
        return super().get_form(request, obj, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Job | None = None) -> Any:
        return new_job.fieldsets(request) if obj is None else job_edit.FIELDSETS

    def get_readonly_fields(self, request: HttpRequest, obj: Job | None = None) -> Any:
        return job_edit.readonly_fields(request, obj) if obj else ()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form = context["adminform"].form
        tasks = [form for each in context["inline_admin_formsets"] for form in each.formset]
        if (obj := kwargs.get("obj")) is None:
            context |= new_job.context(request, form, tasks)
        else:
            may_change = self.has_change_permission(request, obj)
            context |= job_edit.context(request, obj.pk, form, tasks, may_change=may_change)
        return super().render_change_form(request, context, *args, **kwargs)

    def write_form(self, form: Any, *, by: Any) -> Outcome[Job]:
        """What is new with a job is part of its entry."""
        is_new = isinstance(form, new_job.NewJobForm)
        return form.enter(by=by) if is_new else acts.save(form.instance, by=by)

    def write_within(self, forms: Sequence[Any], *, by: Any) -> list[Outcome[Task]]:
        """Text and equipment are one change on record."""
        return acts.save_tasks([(f.instance, f.cleaned_data["equipment"]) for f in forms], by=by)
