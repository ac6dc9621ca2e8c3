"""The figures as cards: each with what it is counted from, the period before, and its formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text.days import weekday
from reports import figures, words
from reports.counts import jobs_url
from reports.figures import Rate, Times
from reports.formulas import FORMULAS
from reports.pages.addresses import rows_url
from reports.question import Question

Text = str | Promise | SafeString


@dataclass(frozen=True)
class Card:
    """A figure: what it is, how much, of what, how much before, and how it is counted."""

    name: str
    title: Text
    number: Text
    of: Text = ""
    before: Text = ""

    @property
    def formula(self) -> Text:
        """How it is counted."""
        return FORMULAS[self.name]


def link(number: int, url: str) -> SafeString:
    """A number that opens the rows that it counts."""
    return format_html('<a href="{}">{}</a>', url, words.number(number))


def _sentence(words: str, **names: Any) -> SafeString:
    """A sentence of ours, of which links are parts."""
    return format_html(words, **names)


def cards(question: Question, before: Question) -> list[Card]:
    """All figures that are one number."""
    return [
        *_counts(question, before),
        *_rates(question, before),
        _first_time_fix(question, before),
        *_times(question, before),
        _backlog(question),
    ]


def few(question: Question) -> list[Card]:
    """Those that are looked at every day: what came in, what was done, and on time."""
    found = figures.flow(question)
    sums = {"created": sum(found.created), "completed": sum(found.completed)}
    rate = found.on_time
    return [
        *(
            Card(name, _IN_PERIOD[name], link(number, _url(name, question)))
            for name, number in sums.items()
        ),
        Card(
            "on_time",
            _("Completed on time"),
            words.share(rate),
            _of(rate, question, "on_time", "scheduled"),
        ),
    ]


_IN_PERIOD = {
    "created": gettext_lazy("Jobs entered"),
    "completed": gettext_lazy("Jobs completed"),
    "cancelled": gettext_lazy("Jobs cancelled"),
    "reopened": gettext_lazy("Reopened"),
}
_OF_NOW = {"open": gettext_lazy("Open now"), "overdue": gettext_lazy("Overdue now")}


def _url(name: str, question: Question) -> str:
    of_jobs = name not in {"reopened", "tasks", "tasks_timed"}
    return jobs_url(name, question) if of_jobs else rows_url(name, question)


def _counts(question: Question, before: Question) -> Iterator[Card]:
    now, then = vars(figures.jobs(question)), vars(figures.jobs(before))
    for name, title in _IN_PERIOD.items():
        former = _("before: {number}")
        found = _sentence(former, number=link(then[name], _url(name, before)))
        yield Card(name, title, link(now[name], _url(name, question)), before=found)
    for name, title in _OF_NOW.items():
        yield Card(
            name, title, link(now[name], _url(name, question)), _("regardless of the period")
        )


def _rates(question: Question, before: Question) -> Iterator[Card]:
    rows = (
        ("on_time", _("Completed on time"), figures.on_time, "on_time", "scheduled"),
        ("reopen_rate", _("Reopen rate"), figures.reopen_rate, "reopened", "completed"),
    )
    for name, title, figure, number, of in rows:
        yield Card(
            name,
            title,
            words.share(figure(question)),
            _of(figure(question), question, number, of),
            _before(figure, before, number, of),
        )


def _first_time_fix(question: Question, before: Question) -> Card:
    """The last 30 days are not ripe: until when it is told of stands beside it."""
    found = figures.first_time_fix(question)
    is_ripe = question.period.start <= found.ripe_until
    return Card(
        "first_time_fix",
        _("First-time fix"),
        words.share(found) if is_ripe else _("too recent"),
        _sentence(
            _("{counted} completed until {day}; later jobs are too recent to count"),
            counted=_of(found, question, "fixed", "ripe"),
            day=weekday(found.ripe_until),
        ),
        _before(figures.first_time_fix, before, "fixed", "ripe"),
    )


def _of(rate: Rate, question: Question, number: str, of: str) -> SafeString:
    """How many of how many."""
    return _sentence(
        _("{number} of {all}"),
        number=link(rate.number, _url(number, question)),
        all=link(rate.of, _url(of, question)),
    )


def _before(
    figure: Callable[[Question], Rate], before: Question, number: str, of: str
) -> SafeString:
    rate = figure(before)
    parts = {"share": words.share(rate), "counted": _of(rate, before, number, of)}
    return _sentence(_("before: {share}, {counted}"), **parts)


def _times(question: Question, before: Question) -> Iterator[Card]:
    rows = (
        ("time_to_complete", _("Time to complete"), figures.time_to_complete, "timed"),
        ("task_cycle_time", _("Time for a task"), figures.task_cycle_time, "tasks_timed"),
    )
    for name, title, figure, counted in rows:
        now, then = figure(question), figure(before)
        yield Card(
            name,
            title,
            _median(now),
            _spread(now, link(now.completed, _url(counted, question))),
            _sentence(
                _("before: {median} of {number}"),
                median=_median(then),
                number=link(then.completed, _url(counted, before)),
            ),
        )


def _median(times: Times) -> str:
    if times.completed and times.is_few:
        return _("too few to say")
    return words.duration(times.median)


def _spread(times: Times, number: SafeString) -> SafeString:
    if times.is_few:
        return _sentence(_("of {number}"), number=number)
    return _sentence(
        _("median of {number}; mean {mean}, nine in ten within {most}"),
        number=number,
        mean=words.duration(times.mean),
        most=words.duration(times.p90),
    )


def _backlog(question: Question) -> Card:
    found = figures.backlog_age(question)
    number = link(found.open, jobs_url("open", question))
    of = _sentence(_("median of {number}, regardless of the period"), number=number)
    return Card("backlog_age", _("Age of open jobs"), words.duration(found.median), of)
