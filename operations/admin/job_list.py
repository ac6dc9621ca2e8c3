"""What the list of jobs filters by, remembers, and shows in its cells."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from functools import cache, lru_cache
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from core.access import can
from core.backoffice.cells import badge, two_lines
from core.backoffice.chosen import is_key
from core.backoffice.list_filters import RenderedOnce
from core.backoffice.lists import Pages
from core.record import audit
from core.text.days import FIRST, LAST, day_help, read_day
from operations import worklists
from operations.admin.counted_filter import counted
from operations.models import Job
from operations.models.job_queries import why_none
from operations.pages.job_head import day_url
from operations.schedule import NEXT_FIRST, day_text, times_text
from operations.worklists import ALL, PARAMETER, WORKLISTS, Worklist

# The parameters of the period, and those that choose no rows.
_PERIOD = ("scheduled_date_from", "scheduled_date_to")
_TECHNICIAN = "assigned_to__id__exact"
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


# What the address asks for


def ordering(request: HttpRequest) -> Any:
    """The jobs of a worklist or a period stand by day and time, what a figure counts and what was
    completed by when it came to be that; None for the newest first."""
    if is_by_day(request):
        return NEXT_FIRST
    order = counted_by(request)
    return None if order == Pages.counted_by else (order,)


def is_by_day(request: HttpRequest) -> bool:
    """Do the jobs of the list stand by day and time?"""
    if counted(request):
        return False
    worklist = _worklist(request)
    return _has_period(request) or (worklist is not None and worklist.is_by_day)


def shows_days(request: HttpRequest) -> bool:
    """Does each day stand once above its jobs? Not where the person asks for another order."""
    return is_by_day(request) and not request.GET.get("o")


def counted_by(request: HttpRequest) -> str:
    """The order in which the jobs of the list are counted, which has an index."""
    if found := counted(request):
        return found.order
    if _has_period(request):
        return "scheduled_date"
    worklist = _worklist(request)
    return worklist.counted_by if worklist else Pages.counted_by


def _worklist(request: HttpRequest) -> Worklist | None:
    return WORKLISTS.get(request.GET.get(PARAMETER, ""))


def _has_period(request: HttpRequest) -> bool:
    return any(request.GET.get(name) for name in _PERIOD)


def head(request: HttpRequest) -> dict[str, Any]:
    """What stands above the list: that it is filtered, and what leads on from there."""
    someone = request.GET.get(PARAMETER) == "someone" and can(request.user, "hand_over", Job)
    filters = _filters(request)
    worklist, found = _worklist(request), counted(request)
    # The tab above the list says the same.
    in_tab = worklist is not None and worklist.name in worklists.TABS
    return {
        "is_filtered": bool(filters) and not (in_tab and filters == [PARAMETER]),
        "shown": found.title if found else worklist.title if worklist and not in_tab else "",
        "all": ALL,
        "may_hand_over": someone,
        "sheets": _sheets(request),
    }


def _sheets(request: HttpRequest) -> str:
    """Where the sheets are of the day that the list shows of a technician; empty where it shows no
    one's, or more than a day."""
    key = request.GET.get(_TECHNICIAN, "")
    first, last = (read_day(request.GET.get(name, "")) for name in _PERIOD)
    if not (first and first == last and is_key(key)):
        return ""
    return day_url(int(key), first)


def empty_text(request: HttpRequest) -> str:
    """What a list without rows says of what it was asked for; empty where any list says it."""
    if why := why_none(request.GET.get("q", "")):
        return why
    worklist = _worklist(request)
    return str(worklist.empty) if worklist and _filters(request) == [PARAMETER] else ""


def _filters(request: HttpRequest) -> list[str]:
    return [name for name, value in request.GET.items() if value and name not in _NO_FILTER]


def as_left(request: HttpRequest) -> HttpResponseBase | None:
    """The answer that leads to the list as the person left it; None where the address says how it
    is to be."""
    if request.method != "GET" or "_popup" in request.GET:
        return None
    # Refuses what nobody counts before the filter is kept: the list would not open again.
    counted(request)
    if dates := _no_dates(request):
        return _answer_no_dates(request, dates)
    if kept := _kept_filter(request):
        return redirect(f"{request.path}?{kept}")
    # Which unfold would show as a filter.
    request.GET = without_all(request.GET)  # type: ignore[assignment]  # Not fixed, as Django's is.
    return None


def without_all(query: QueryDict) -> QueryDict:
    """What an address of the list filters by: all of them is no filter."""
    if query.get(PARAMETER) != ALL:
        return query
    query = query.copy()
    del query[PARAMETER]
    return query


def _no_dates(request: HttpRequest) -> dict[str, str]:
    """What stands for a day in the address and is none that a job can have."""
    asked = {name: request.GET.get(name, "") for name in _PERIOD}
    return {name: text for name, text in asked.items() if text and not _is_day(text)}


def _is_day(text: str) -> bool:
    day = read_day(text)
    return day is not None and FIRST <= day <= LAST


def _answer_no_dates(request: HttpRequest, dates: dict[str, str]) -> HttpResponse:
    for text in dates.values():
        details = {"text": text.replace("\0", "")[:40], "help": day_help()}
        details |= {"first": str(FIRST.year), "last": str(LAST.year)}
        message = _("“%(text)s” is not a date. %(help)s")
        if read_day(text) is not None:
            message = _("“%(text)s” is not a day from %(first)s to %(last)s.")
        messages.error(request, message % details)
    query = request.GET.copy()
    for name in dates:
        del query[name]
    return redirect(f"{request.path}?{query.urlencode() or f'{PARAMETER}={ALL}'}")


def _kept_filter(request: HttpRequest) -> str:
    """The filter that the person left on, with its page, where the address has none; else it is
    kept from now on.

    A bare address that they reach from the list itself is unfold's way to take the filter off.
    """
    kept: str = request.session.get(_KEPT, "")
    came_from = request.headers.get("Referer", "").partition("?")[0]
    if not request.GET and not came_from.endswith(request.path):
        return kept
    query = request.GET.copy()
    now = "" if query.get(PARAMETER) == ALL and len(query) == 1 else query.urlencode()
    if now != kept and len(now) <= 500:
        request.session[_KEPT] = now
    return ""


# Cells that are alike in many rows: made once in each language.


def day_heads(days: Iterable[date | None]) -> list[str]:
    """The day above each row that is of another day than the one before it."""
    heads, before = [], object()
    for day in days:
        heads.append("" if day == before else _day_head(day))
        before = day
    return heads


def _day_head(day: date | None) -> str:
    if day is None:
        return _("Unscheduled")
    near = {0: _("Today"), 1: _("Tomorrow"), -1: _("Yesterday")}.get((day - audit.today()).days)
    return f"{near}, {day_text(day)}" if near else day_text(day)


@lru_cache(maxsize=2000)
def times(start: time | None, end: time | None, language: str) -> str:
    """When a job takes place, below the head of its day."""
    return times_text(start, end) or _("any time")


@lru_cache(maxsize=2000)
def when(day: date | None, start: time | None, end: time | None, language: str) -> SafeString:
    if day is None:
        return two_lines(_("Unscheduled"), "")
    return two_lines(day_text(day), times_text(start, end))


@cache
def status_badge(status: str, language: str, *, overdue: bool) -> SafeString:
    text = Job.Status(status).label
    if overdue:
        return badge("overdue", _("%(status)s · overdue") % {"status": text})
    return badge(status, text)


@cache
def priority_badge(priority: str, language: str) -> SafeString:
    return badge(priority, Job.Priority(priority).label)
