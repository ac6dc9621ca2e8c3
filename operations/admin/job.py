"""Jobs: the list, and the timeline of one."""

from __future__ import annotations

from datetime import date, time
from functools import cache, lru_cache
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import formats
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from core.access import can
from core.backoffice.cells import badge, bar, two_lines
from core.backoffice.filters import day_of
from core.backoffice.forms import RelationFilter
from core.backoffice.list_filters import Choice, Period, RenderedOnce
from core.backoffice.lists import ListingInParts, Pages
from core.days import FIRST, LAST
from core.record import audit
from operations import job_history, worklists
from operations.admin.bulk import BULK_ACTIONS, BulkActions
from operations.admin.hand_over import HandOver
from operations.admin.job_form import JobPage
from operations.models import Job
from operations.models.job_queries import NEXT_FIRST, TOO_SHORT, URGENCY, is_too_short
from operations.worklists import ALL, PARAMETER, WORKLISTS

# The parameters of the period, and those that choose no rows.
_PERIOD = ("scheduled_date_from", "scheduled_date_to")
_NO_FILTER = frozenset({"p", "o", "_changelist_filters"})
# In the session: the filter that the person left on.
_KEPT = "jobs_filter"


class AttentionFilter(RenderedOnce, DropdownFilter):
    """Jobs that somebody should look at."""

    title = gettext_lazy("what they need")
    parameter_name = worklists.PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every worklist; who hands jobs over finds those that need someone, too."""
        named = [(worklist.name, worklist.title) for worklist in WORKLISTS.values()]
        hands_over = can(request.user, "hand_over", Job)
        return [each for each in named if each[0] != "someone" or hands_over]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        return worklists.named(self.value() or "", queryset)  # type: ignore[arg-type]


def _names_days(request: HttpRequest) -> bool:
    named = any(request.GET.get(name) for name in _PERIOD)
    return named or request.GET.get(PARAMETER) in {"today", "week"}


@admin.register(Job)
class JobAdmin(BulkActions, HandOver, JobPage):
    """The list of jobs; the page of one stands in job_form.py."""

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
        ("status", Choice),
        ("priority", Choice),
        ("assigned_to", RelationFilter),
        ("owner", RelationFilter),
        ("customer", RelationFilter),
        ("scheduled_date", Period),
    )
    search_fields = ("search_text",)
    search_help_text = gettext_lazy("Number, title, customer, site or technician")
    actions = BULK_ACTIONS
    list_before_template = "operations/job_list_head.html"
    sortable_by = ("job_number", "when", "status_badge", "priority_badge")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """The list as the person left it, unless the address says how."""
        # Before the filter is kept: the list would not open again.
        if (answer := self.cannot_ask(request)) is not None:
            return answer
        if request.method == "GET" and "_popup" not in request.GET:
            if dates := _no_dates(request):
                return _told_no_dates(request, dates)
            kept = _kept_filter(request)
            if kept:
                return redirect(f"{request.path}?{kept}")
            if request.GET.get(PARAMETER) == ALL:
                # All of them is no filter, which unfold would show as one.
                query = request.GET.copy()
                del query[PARAMETER]
                request.GET = query  # type: ignore[assignment]  # Not fixed, as Django's is.
        asked = {name for name, value in request.GET.items() if value and name not in _NO_FILTER}
        someone = request.GET.get(PARAMETER) == "someone" and can(request.user, "hand_over", Job)
        head = {"is_filtered": bool(asked), "all": ALL, "may_hand_over": someone}
        return super().changelist_view(request, {**head, **(extra_context or {})})

    def finds_nothing_by(self, words: str) -> bool:
        return is_too_short(words)

    def empty_text(self, request: HttpRequest, *, asked: bool) -> str:
        """In the words of the worklist, where nothing else is asked for."""
        if is_too_short(request.GET.get("q", "")):
            return str(TOO_SHORT)
        named = [name for name, value in request.GET.items() if value and name not in _NO_FILTER]
        worklist = WORKLISTS.get(request.GET.get(PARAMETER, ""))
        if worklist and named == [PARAMETER]:
            return str(worklist.empty)
        return super().empty_text(request, asked=asked)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ListingInParts]:
        return ListingInParts

    def get_ordering(self, request: HttpRequest) -> Any:
        """The jobs of a period stand as its days go on, and else the newest first."""
        return NEXT_FIRST if _names_days(request) else super().get_ordering(request)

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Pages:
        pages: Pages = super().get_paginator(request, *args, **kwargs)
        if _names_days(request):
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

    def found_rows(self) -> QuerySet[Job]:
        return Job.objects.select_related("customer", "site")

    def found_text(self, obj: Job) -> tuple[str, str]:
        where = f"{obj.customer}, {obj.site}" if obj.site else str(obj.customer)
        return str(obj), f"{where} · {obj.get_status_display()}"

    def history_sources(self, obj: Job) -> list[QuerySet[Any]]:
        return job_history.sources(obj)

    # Columns of the list

    @display(description=gettext_lazy("number"), ordering="pk")
    def job_number(self, obj: Job) -> str:
        return obj.number

    @display(description=gettext_lazy("customer and site"), ordering="customer__name")
    def place(self, obj: Job) -> SafeString:
        return two_lines(obj.customer.name, obj.site.name if obj.site else "")

    @display(description=gettext_lazy("when"), ordering="scheduled_date")
    def when(self, obj: Job) -> SafeString:
        return _when(obj.scheduled_date, obj.start_time, obj.end_time, get_language())

    @display(description=gettext_lazy("status"), ordering="status")
    def status_badge(self, obj: Job) -> SafeString:
        return _status_badge(obj.status, get_language(), overdue=obj.overdue)

    @display(description=gettext_lazy("priority"), ordering=URGENCY)
    def priority_badge(self, obj: Job) -> SafeString:
        return _priority_badge(obj.priority, get_language())

    @display(description=gettext_lazy("tasks"))
    def tasks_done(self, obj: Any) -> SafeString:
        return bar(obj.completed_tasks_count, obj.tasks_count)


# Cells that are alike in many rows: made once in each language.


@lru_cache(maxsize=2000)
def _when(day: date | None, start: time | None, end: time | None, language: str) -> SafeString:
    if day is None:
        return two_lines(_("Unscheduled"), "")
    times = ""
    if start and end:
        times = "–".join(formats.time_format(each, "H:i") for each in (start, end))
    return two_lines(formats.date_format(day, "D j M Y"), times)


@cache
def _status_badge(status: str, language: str, *, overdue: bool) -> SafeString:
    text = Job.Status(status).label
    if overdue:
        return badge("overdue", _("%(status)s · overdue") % {"status": text})
    return badge(status, text)


@cache
def _priority_badge(priority: str, language: str) -> SafeString:
    return badge(priority, Job.Priority(priority).label)


def _no_dates(request: HttpRequest) -> dict[str, str]:
    """What stands for a day in the address and is none that a job can have."""
    asked = {name: request.GET.get(name, "") for name in _PERIOD}
    return {name: text for name, text in asked.items() if text and not _is_day(text)}


def _is_day(text: str) -> bool:
    day = day_of(text)
    return day is not None and FIRST <= day <= LAST


def _told_no_dates(request: HttpRequest, dates: dict[str, str]) -> HttpResponse:
    for text in dates.values():
        said = {"text": text.replace("\0", "")[:40], "day": audit.today()}
        said |= {"first": FIRST.year, "last": LAST.year}
        told = _("“%(text)s” is no day. Write it as %(day)s.")
        if day_of(text) is not None:
            told = _("“%(text)s” is not a day from %(first)s to %(last)s.")
        messages.error(request, told % said)
    query = request.GET.copy()
    for name in dates:
        del query[name]
    return redirect(f"{request.path}?{query.urlencode() or f'{PARAMETER}={ALL}'}")


def _kept_filter(request: HttpRequest) -> str:
    """The filter that the person left on, where the address has none; else it is kept from now on.

    A bare address that they reach from the list itself is unfold's way to take the filter off.
    """
    kept: str = request.session.get(_KEPT, "")
    came_from = request.headers.get("Referer", "").partition("?")[0]
    if not request.GET and not came_from.endswith(request.path):
        return kept
    query = request.GET.copy()
    query.pop("p", None)
    now = "" if query.get(PARAMETER) == ALL and len(query) == 1 else query.urlencode()
    if now != kept and len(now) <= 500:
        request.session[_KEPT] = now
    return ""
