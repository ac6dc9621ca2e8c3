"""What home says to the owner of the work: what was completed, in time and in all, and what waits.

Each number opens exactly the rows that it counts, which are those that the person sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.access import visible_to
from core.record import audit
from operations import worklists
from operations.models import Job
from operations.pages.job_panels import job_url
from operations.worklists import WORKLISTS
from people.models import User

# A figure in words, each `%(name)s` in them a number that opens the worklist of that name.
_FIGURES: tuple[tuple[str | Promise, str | Promise, str | Promise], ...] = (
    (
        gettext_lazy("Today’s jobs completed"),
        gettext_lazy("%(completed_today)s of %(all_today)s"),
        "",
    ),
    (
        gettext_lazy("Completed this week"),
        gettext_lazy("%(completed_week)s"),
        gettext_lazy("last week %(last_week)s"),
    ),
    (
        gettext_lazy("On time this week"),
        gettext_lazy("%(on_time_week)s, late %(late_week)s"),
        gettext_lazy("last week %(last_week_on_time)s, late %(last_week_late)s"),
    ),
)
NAMES = (
    *("all_today", "completed_today", "completed_week", "on_time_week", "late_week"),
    *("last_week", "last_week_on_time", "last_week_late"),
)


@dataclass(frozen=True)
class Figure:
    """A figure as home shows it: what it is, how much, and beside what to see it."""

    title: str | Promise
    number: SafeString
    beside: SafeString


@dataclass(frozen=True)
class Oldest:
    """The job that is open for the longest time."""

    pk: int
    url: str
    text: str
    days: str


@dataclass(frozen=True)
class HomeFigures:
    """What was read for a person: plain values, which are kept for a while."""

    numbers: Mapping[str, int]
    oldest: Oldest | None


def read(user: User) -> HomeFigures:
    """Count what the person sees, and find the oldest open job among it."""
    opened = visible_to(user, Job.objects.open())
    oldest = opened.order_by("pk").first()
    return HomeFigures(worklists.numbers(user, NAMES), _oldest(oldest) if oldest else None)


def shown(found: HomeFigures) -> list[Figure]:
    """The figures in words; none where nothing was there to count."""
    if not any(found.numbers.values()):
        return []
    links = {name: _link(name, number) for name, number in found.numbers.items()}
    return [
        Figure(title, _text(number, links), _text(beside, links))
        for title, number, beside in _FIGURES
    ]


def _text(words: str | Promise, links: Mapping[str, SafeString]) -> SafeString:
    # The words are ours; the numbers in them are links.
    return SafeString(str(words) % links)


def _link(name: str, number: int) -> SafeString:
    worklist = WORKLISTS[name]
    text = worklists.count_text(number)
    return format_html('<a href="{}" title="{}">{}</a>', worklist.url, worklist.title, text)


def _oldest(job: Job) -> Oldest:
    days = (audit.today() - timezone.localdate(job.created_at)).days
    text = ngettext("open for %(days)d day", "open for %(days)d days", days) % {"days": days}
    return Oldest(job.pk, job_url(job), str(job), text if days else _("entered today"))
