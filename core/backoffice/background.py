"""Background work, for Admins: which clusters work, what runs when, what waits, failed, is done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from core import background_work
from core.access import can, require
from core.background_work import Origin
from core.backoffice.navigation import Entry, Warned
from core.declarations import Scheduled
from core.models import Heartbeat
from core.queues import LONG, MAIN
from core.to_do import counts as to_do_counts

# Who may see it and have it run, by the table of roles.
RIGHTS = "django_q.schedule"
_QUEUES = {MAIN: gettext_lazy("Mail and short work"), LONG: gettext_lazy("Long work")}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The page *Background work*."""
    require(request.user, "view", RIGHTS)
    now, found = timezone.now(), background_work.results()
    context = {
        **admin.site.each_context(request),
        **_failed(request, found),
        "title": _("Background work"),
        "queues": [(_QUEUES[queue.name], queue) for queue in background_work.queues(at=now)],
        "schedules": [(line, when(line.when)) for line in background_work.schedule_lines(found)],
        "in_hand": background_work.in_hand(at=now),
        "done": background_work.done(),
        "time_zone": settings.TIME_ZONE,
        "by_redis": bool(settings.BROKER_URL),
        "may_run": can(request.user, "change", RIGHTS),
    }
    return TemplateResponse(request, "core/background.html", context)


_FAILED = {
    Origin.WORK: gettext_lazy("Work in the background"),
    Origin.SCHEDULES: gettext_lazy("Schedules whose last run failed"),
}


def _failed(request: HttpRequest, found: dict[str, background_work.Result]) -> dict[str, Any]:
    """What failed, all of it or that which the address asks for, a part at a time."""
    asked = request.GET.get("failed", "")
    origins = [each for each in Origin if asked in {each, ""}] or list(Origin)
    number = sum(background_work.number_failed(found)[each] for each in origins)
    pages = Paginator(range(number), background_work.SHOWN)
    page = pages.get_page(request.GET.get("p"))
    filters = {"failed": origins[0].value} if len(origins) == 1 else {}
    newer, older = (
        f"?{urlencode({**filters, 'p': page.number + step})}#failed" if there else ""
        for step, there in ((-1, page.has_previous()), (1, page.has_next()))
    )
    return {
        "failed": background_work.failed(
            found, origins=origins, after=page.start_index() - 1 if number else 0
        ),
        "number_failed": number,
        "failed_origin": _FAILED[origins[0]] if filters else "",
        "newer": newer,
        "older": older,
    }


def when(entry: Scheduled) -> str:
    """When a schedule runs, in words."""
    if entry.minutes:
        sentence = ngettext("every minute", "every %(number)d minutes", entry.minutes)
        return sentence % {"number": entry.minutes}
    time = time_format(entry.at, "TIME_FORMAT")
    if entry.weekday is None:
        return _("daily at %(time)s") % {"time": time}
    return _("every %(day)s at %(time)s") % {"day": WEEKDAYS[entry.weekday], "time": time}


@require_POST
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """*Run now*: of a schedule, by its key; what it runs is declared."""
    require(request.user, "change", RIGHTS)
    if title := background_work.run_now(pk):
        sentence = _(
            "“%(work)s” will run as soon as a worker is free. The result will appear here."
        )
        messages.success(request, sentence % {"work": title})
    else:
        messages.warning(request, _("This schedule no longer exists. Nothing was started."))
    return redirect("admin:background")


@require_POST
def again(request: HttpRequest, pk: str) -> HttpResponse:
    """*Try again*: of work that failed."""
    done = _("It will run again as soon as a worker is free.")
    return _answer(request, seen_to=background_work.try_again, pk=pk, done=done)


@require_POST
def dismiss(request: HttpRequest, pk: str) -> HttpResponse:
    """*Dismiss*: work that failed."""
    return _answer(
        request, seen_to=background_work.dismiss, pk=pk, done=_("It will not run again.")
    )


def _answer(request: HttpRequest, *, seen_to: Any, pk: str, done: str) -> HttpResponse:
    require(request.user, "change", RIGHTS)
    if seen_to(pk):
        messages.success(request, done)
    else:
        messages.warning(
            request, _("Somebody else has already dealt with this. Nothing was changed.")
        )
    return redirect("admin:background")


# What there is to do


def count(user: Any) -> dict[str, int]:
    """How much work failed, in all and of schedules; nothing for who is no Admin."""
    if not can(user, "view", RIGHTS):
        return {}
    numbers = background_work.number_failed(background_work.results())
    return {"work_failed": sum(numbers.values()), "schedules_failed": numbers[Origin.SCHEDULES]}


def to_do(request: HttpRequest) -> list[Entry]:
    """The line of the sidebar that leads to work that failed; none where none did."""
    number = to_do_counts(request).get("work_failed")
    if not number:
        return []
    link = f"{reverse('admin:background')}#failed"
    return [Entry(_("Failed work"), "running_with_errors", link, str(number), urgency="danger")]


def warnings(request: HttpRequest) -> list[Warned]:
    """What the start page warns an Admin of."""
    if not can(request.user, "view", RIGHTS):
        return []
    return list(_warnings(to_do_counts(request)))


def _warnings(counts: dict[str, int]) -> Iterator[Warned]:
    page, mail = reverse("admin:background"), reverse("admin:ledger")
    # Asked anew each time: whoever has just started it is not to be warned for another minute.
    if Heartbeat.objects.late(at=timezone.now()):
        late = _(
            "No background worker has been seen for three minutes: mail and schedules are waiting."
        )
        yield Warned(late, page, _("Background work"))
    if number := counts.get("work_failed"):
        sentence = ngettext(
            "A piece of background work has failed.",
            "%(number)d pieces of background work have failed.",
            number,
        )
        yield Warned(sentence % {"number": number}, f"{page}#failed", _("See why"))
    if number := counts.get("mail_in_doubt"):
        sentence = ngettext(
            "One mail may not have arrived.",
            "%(number)d mails may not have arrived.",
            number,
        )
        yield Warned(sentence % {"number": number}, f"{mail}?state=in_doubt", _("Sort it out"))


def on_home(request: HttpRequest) -> str:
    """What the start page shows an Admin of what failed: each number leads to what it counts."""
    if not can(request.user, "view", RIGHTS):
        return ""
    counts = to_do_counts(request)
    work_page, mail_page = reverse("admin:background"), reverse("admin:ledger")
    schedules = counts.get("schedules_failed", 0)
    lines = (
        (
            _FAILED[Origin.WORK],
            counts.get("work_failed", 0) - schedules,
            f"{work_page}?failed={Origin.WORK}",
        ),
        (_FAILED[Origin.SCHEDULES], schedules, f"{work_page}?failed={Origin.SCHEDULES}"),
        (_("Failed mail"), counts.get("mail_failed", 0), f"{mail_page}?state=failed"),
        (_("Mail in doubt"), counts.get("mail_in_doubt", 0), f"{mail_page}?state=in_doubt"),
    )
    shown = [{"title": title, "number": n, "url": url} for title, n, url in lines]
    return render_to_string("core/failed_on_home.html", {"lines": shown, "page": work_page})
