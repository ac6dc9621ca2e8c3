"""What the list of jobs filters by, remembers, and shows in its cells."""

from __future__ import annotations

from datetime import date, time
from functools import cache, lru_cache
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from core.access import can
from core.backoffice.cells import badge, two_lines
from core.backoffice.filters import day_of
from core.backoffice.list_filters import RenderedOnce
from core.days import FIRST, LAST
from core.record import audit
from operations import worklists
from operations.models import Job
from operations.models.job_queries import TOO_SHORT, is_too_short
from operations.schedule import day_text, times_text
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


# What the address asks for


def names_days(request: HttpRequest) -> bool:
    """Does the list show the jobs of some days?"""
    named = any(request.GET.get(name) for name in _PERIOD)
    return named or request.GET.get(PARAMETER) in {"today", "week"}


def head(request: HttpRequest) -> dict[str, Any]:
    """What stands above the list: that it is filtered, and what leads on from there."""
    someone = request.GET.get(PARAMETER) == "someone" and can(request.user, "hand_over", Job)
    return {"is_filtered": bool(_filters(request)), "all": ALL, "may_hand_over": someone}


def empty_text(request: HttpRequest) -> str:
    """What a list without rows says of what it was asked for; empty where any list says it."""
    if is_too_short(request.GET.get("q", "")):
        return str(TOO_SHORT)
    worklist = WORKLISTS.get(request.GET.get(PARAMETER, ""))
    return str(worklist.empty) if worklist and _filters(request) == [PARAMETER] else ""


def _filters(request: HttpRequest) -> list[str]:
    return [name for name, value in request.GET.items() if value and name not in _NO_FILTER]


def as_left(request: HttpRequest) -> HttpResponseBase | None:
    """The answer that leads to the list as the person left it; None where the address says how it
    is to be."""
    if request.method != "GET" or "_popup" in request.GET:
        return None
    if dates := _no_dates(request):
        return _answer_no_dates(request, dates)
    if kept := _kept_filter(request):
        return redirect(f"{request.path}?{kept}")
    if request.GET.get(PARAMETER) == ALL:
        # All of them is no filter, which unfold would show as one.
        query = request.GET.copy()
        del query[PARAMETER]
        request.GET = query  # type: ignore[assignment]  # Not fixed, as Django's is.
    return None


def _no_dates(request: HttpRequest) -> dict[str, str]:
    """What stands for a day in the address and is none that a job can have."""
    asked = {name: request.GET.get(name, "") for name in _PERIOD}
    return {name: text for name, text in asked.items() if text and not _is_day(text)}


def _is_day(text: str) -> bool:
    day = day_of(text)
    return day is not None and FIRST <= day <= LAST


def _answer_no_dates(request: HttpRequest, dates: dict[str, str]) -> HttpResponse:
    for text in dates.values():
        details = {"text": text.replace("\0", "")[:40], "day": audit.today()}
        details |= {"first": FIRST.year, "last": LAST.year}
        message = _("“%(text)s” is not a date. Write it like %(day)s.")
        if day_of(text) is not None:
            message = _("“%(text)s” is not a day from %(first)s to %(last)s.")
        messages.error(request, message % details)
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


# Cells that are alike in many rows: made once in each language.


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
