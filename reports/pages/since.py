"""What has changed in a month since it was closed, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports import closing, words
from reports.closing import Change
from reports.figures import Rate, Times
from reports.models import ClosedMonth
from reports.question import Question

# So many jobs are named of each change.
NAMED = 20
_TITLES = {
    "created": gettext_lazy("Jobs entered"),
    "completed": gettext_lazy("Jobs completed"),
    "cancelled": gettext_lazy("Jobs cancelled"),
    "reopened": gettext_lazy("Reopened"),
    "on_time": gettext_lazy("Completed on time"),
    "reopen_rate": gettext_lazy("Reopen rate"),
    "time_to_complete": gettext_lazy("Time to complete"),
    "task_cycle_time": gettext_lazy("Time for a task"),
}
_RATES, _TIMES = ("on_time", "reopen_rate"), ("time_to_complete", "task_cycle_time")


@dataclass(frozen=True)
class Line:
    """A figure: what it said then, what it says now, and which jobs make the difference."""

    title: str | Promise
    then: str
    now: str
    came: SafeString
    left: SafeString


@dataclass(frozen=True)
class ChangesSinceClose:
    """What a month says of its close: in a sentence, and the figures that changed."""

    text: str
    lines: tuple[Line, ...] = ()


def since(question: Question) -> ChangesSinceClose | None:
    """What has changed since the month that is asked for was closed; None for other periods."""
    if not closing.is_whole_month(question):
        return None
    kept = closing.closed(question)
    if kept is None:
        return ChangesSinceClose(
            _(
                "The figures of this month were not recorded when it ended: JobOps records the "
                "figures of each month that ends while it is running."
            )
        )
    changes = closing.changes(kept, question)
    if not changes:
        return ChangesSinceClose(_closed(_("Closed on %(day)s. Nothing has changed since."), kept))
    named = {key for each in changes for key in (*each.came[:NAMED], *each.left[:NAMED])}
    numbers = closing.numbers(named)
    lines = tuple(_line(change, numbers) for change in changes)
    return ChangesSinceClose(
        _closed(_("Closed on %(day)s. Since then, this has changed:"), kept), lines
    )


def _closed(text: str, kept: ClosedMonth) -> str:
    return text % {"day": date_format(timezone.localtime(kept.at), "SHORT_DATETIME_FORMAT")}


def _line(change: Change, numbers: dict[int, tuple[str, bool]]) -> Line:
    if change.whose:
        title: Any = _("Jobs completed by %(technician)s") % {"technician": change.whose}
    else:
        title = _TITLES[change.name]
    then, now = (_in_words(change.name, value) for value in (change.then, change.now))
    return Line(title, then, now, _jobs(change.came, numbers), _jobs(change.left, numbers))


def _in_words(name: str, value: Any) -> str:
    if name in _RATES:
        rate = Rate(*value)
        parts = {"share": words.share(rate), "number": rate.number, "all": rate.of}
        return _("%(share)s: %(number)d of %(all)d") % parts
    if name in _TIMES:
        number, *seconds = value
        mean, median, p90 = (None if each is None else timedelta(seconds=each) for each in seconds)
        times = Times(number, mean, median, p90)
        texts = {"median": words.duration(times.median), "mean": words.duration(times.mean)}
        return _("median %(median)s, mean %(mean)s, of %(number)d") % {**texts, "number": number}
    return number_format(value, force_grouping=True)


def _jobs(keys: tuple[int, ...], numbers: dict[int, tuple[str, bool]]) -> SafeString:
    """Jobs by their numbers, with links to those that are there."""
    named = format_html_join(", ", "{}", ((_job(key, numbers[key]),) for key in keys[:NAMED]))
    more = len(keys) - NAMED
    if more <= 0:
        return named
    return format_html("{} {}", named, _("and %(more)d more") % {"more": more})


def _job(key: int, found: tuple[str, bool]) -> str | SafeString:
    number, is_there = found
    if not is_there:
        return _("%(job)s (deleted)") % {"job": number}
    return format_html(
        '<a href="{}">{}</a>', reverse("admin:operations_job_change", args=[key]), number
    )
