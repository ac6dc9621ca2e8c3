"""The tables of the page as files: the same numbers as numbers, a spreadsheet reckons with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import require
from core.exports.files import FORMATS
from core.exports.table import Lines, Value
from operations.models import Job
from reports import counts, figures
from reports.figures import Rate, Times
from reports.pages import cards
from reports.pages.asked import AskForm
from reports.question import Question

# JSON is what the API answers.
FORMS = ("csv", "xlsx")
# Whatever the period, so there is none before.
_OF_NOW = ("open", "overdue", "backlog_age")


@require_safe
def file(request: HttpRequest, table: str, form: str) -> HttpResponseBase:
    """A table of the page as a file. Raises Http404 for one that there is not."""
    require(request.user, "view", figures.RIGHTS)
    if table not in TABLES or form not in FORMS:
        raise Http404
    asked = AskForm(request.GET)
    if not asked.is_valid():
        raise BadRequest(_("There is no such figure."))
    written, question = FORMATS[form], asked.question
    content = written.write(TABLES[table](question))
    answer = StreamingHttpResponse(content, content_type=written.content_type)
    first, last = (day.isoformat() for day in question.period.days)
    name = f"analytics-{table.replace('_', '-')}-{first}-to-{last}.{form}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def query(form: AskForm) -> str:
    """What the page was asked, by its days: tomorrow the same address asks the same."""
    days = {"from": form.period.start, "to": form.period.end}
    return urlencode({**days, **form.filters})


# What a cell holds


def _share(rate: Rate) -> Value:
    """A part of one, as the page says it in percent."""
    return _("too few to say") if rate.of and rate.is_few else rate.share


def _days(time: timedelta | None) -> float | None:
    return None if time is None else time / timedelta(days=1)


# By parts of the period


def _by_part(
    question: Question,
    names: list[str],
    found: list[Any],
    cells: Callable[[Any], list[Value]],
) -> Lines:
    head = [_("From"), _("To"), *names]
    parts = zip(question.parts, found, strict=True)
    return Lines(head, [[*part.days, *cells(row)] for part, row in parts])


def _entered(question: Question, column: str, choices: Any) -> Lines:
    found = figures.entered_by_part(question, column)
    names = [str(label) for _value, label in choices]
    return _by_part(question, names, found, lambda row: [row[value] for value, _label in choices])


def _on_time(question: Question) -> Lines:
    def cells(row: tuple[Rate, Times]) -> list[Value]:
        rate, _times = row
        return [rate.number, rate.of - rate.number]

    names = [_("on time"), _("late")]
    return _by_part(question, names, figures.completed_by_part(question), cells)


def _time_to_complete(question: Question) -> Lines:
    def cells(row: tuple[Rate, Times]) -> list[Value]:
        _rate, times = row
        return [times.completed, _days(times.median), _days(times.p90)]

    names = [_("Jobs"), _("median, in days"), _("nine in ten within, in days")]
    return _by_part(question, names, figures.completed_by_part(question), cells)


# By what there is


def _backlog(question: Question) -> Lines:
    buckets = figures.backlog_age(question).buckets
    rows: list[list[Value]] = [
        [counts.age_text(each.from_days, each.to_days), each.jobs] for each in buckets
    ]
    return Lines([_("Age"), _("Jobs")], rows)


def _technicians(question: Question) -> Lines:
    head = [_("Technician"), _("User name"), _("Jobs completed"), _("Tasks completed")]
    head += [_("Open now"), _("On time"), _("Completed with a scheduled date"), _("Share on time")]
    return Lines(head, [_load(load) for load in figures.technicians(question)])


def _load(load: figures.Load) -> list[Value]:
    done: list[Value] = [load.jobs_completed, load.tasks_completed, load.open_jobs]
    kept: list[Value] = [load.on_time.number, load.on_time.of, _share(load.on_time)]
    return [load.person.name, load.person.username, *done, *kept]


def _equipment(question: Question) -> Lines:
    rows: list[list[Value]] = [
        [use.item.name, use.item.serial_number, use.days_in_use, use.tasks]
        for use in figures.equipment_use(question)
    ]
    return Lines([_("Equipment"), _("Serial number"), _("Days in use"), _("Tasks")], rows)


def _customers(question: Question) -> Lines:
    rows: list[list[Value]] = [[each.name, each.number] for each in figures.customers(question)]
    return Lines([_("Customer"), _("Jobs")], rows)


def _hours(question: Question) -> Lines:
    rows: list[list[Value]] = [[each.name, each.number] for each in figures.busiest_hours(question)]
    return Lines([_("From"), _("Jobs")], rows)


# The figures that are one number


def _figures(question: Question) -> Lines:
    """Each with what it was counted from, and in the period before."""
    before = question.compared()
    names = [_("Number"), _("Out of"), _("Share"), _("Mean, in days"), _("Median, in days")]
    names.append(_("Nine in ten within, in days"))
    head = [_("Figure"), *names, *(_("%(name)s, before") % {"name": name} for name in names)]
    titles = {card.name: str(card.title) for card in cards.cards(question, before)}
    now, then = dict(_numbers(question)), dict(_numbers(before))
    for name in _OF_NOW:
        then[name] = [None] * 6
    return Lines(head, [[title, *now[name], *then[name]] for name, title in titles.items()])


def _numbers(question: Question) -> Iterator[tuple[str, list[Value]]]:
    """By the name of the figure: number, of, share, mean, median, nine in ten."""
    for name, number in vars(figures.jobs(question)).items():
        yield name, [number, *[None] * 5]
    yield "on_time", _rate(figures.on_time(question))
    yield "reopen_rate", _rate(figures.reopen_rate(question))
    fixed = figures.first_time_fix(question)
    is_ripe = question.period.start <= fixed.ripe_until
    yield "first_time_fix", _rate(fixed) if is_ripe else _rate(fixed, _("too recent"))
    yield "time_to_complete", _times(figures.time_to_complete(question))
    yield "task_cycle_time", _times(figures.task_cycle_time(question))
    backlog = figures.backlog_age(question)
    yield "backlog_age", [backlog.open, None, None, None, _days(backlog.median), None]


def _rate(rate: Rate, share: Value = None) -> list[Value]:
    return [rate.number, rate.of, share or _share(rate), None, None, None]


def _times(times: Times) -> list[Value]:
    durations: list[Value] = [_days(each) for each in (times.mean, times.median, times.p90)]
    if times.completed and times.is_few:
        durations = [None, _("too few to say"), None]
    return [times.completed, None, None, *durations]


TABLES: dict[str, Callable[[Question], Lines]] = {
    "figures": _figures,
    "by_status": lambda question: _entered(question, "status", Job.Status.choices),
    "by_priority": lambda question: _entered(question, "priority", Job.Priority.choices),
    "on_time": _on_time,
    "time_to_complete": _time_to_complete,
    "backlog_age": _backlog,
    "technicians": _technicians,
    "equipment": _equipment,
    "customers": _customers,
    "hours": _hours,
}
