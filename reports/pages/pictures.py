"""The charts of the page, each of a figure, with the same numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core import days
from operations.models import Job
from reports import counts, figures, words
from reports.charts import Bar, Chart, Mark
from reports.counts import jobs_url
from reports.formulas import FORMULAS
from reports.pages.addresses import rows_url
from reports.period import Period
from reports.question import Question

# So many technicians and pieces of equipment are drawn; the table has all.
DRAWN = 12


@dataclass(frozen=True)
class Picture:
    """A chart, how it is counted, and the table beneath it."""

    chart: Chart
    head: tuple[str | Promise, ...]
    rows: tuple[Bar, ...]
    more: str = ""

    @property
    def formula(self) -> str | Promise:
        """How it is counted."""
        return FORMULAS[self.chart.name]


def pictures(question: Question) -> list[Picture]:
    """All charts of a question."""
    return [
        _entered(question, "status", _("Jobs entered, by status"), Job.Status.choices),
        _entered(question, "priority", _("Jobs entered, by priority"), Job.Priority.choices),
        _on_time(question),
        _time_to_complete(question),
        _backlog(question),
        _technicians(question),
        _equipment(question),
        _customers(question),
        _hours(question),
    ]


def _count(number: int, url: str) -> Mark:
    return Mark(number, number_format(number, force_grouping=True), url)


def _part_names(part: Period, whole: Period) -> tuple[str, str]:
    """A part of the period, and as it stands below a bar."""
    if part.length == 1:
        return days.weekday(part.start), date_format(part.start, "MONTH_DAY_FORMAT")
    if whole.length > 190:
        return str(part), date_format(part.start, "YEAR_MONTH_FORMAT")
    return str(part), date_format(part.start, "MONTH_DAY_FORMAT")


def _by_part(
    question: Question, found: Iterable[Any], marks: Callable[[Any, Question], tuple[Mark, ...]]
) -> tuple[Bar, ...]:
    """A bar for each part of the period."""
    bars = []
    for part, row in zip(question.parts, found, strict=True):
        name, short = _part_names(part, question.period)
        made = marks(row, question.within(part))
        bars.append(Bar(name, made, short, number_format(sum(mark.value for mark in made), 0)))
    return tuple(bars)


def _upright(question: Question, chart: Chart) -> Picture:
    return Picture(chart, (_("When"), *chart.series), chart.bars)


def _entered(question: Question, column: str, title: str, choices: Any) -> Picture:
    def marks(row: dict[str, int], part: Question) -> tuple[Mark, ...]:
        return tuple(
            _count(row[value], jobs_url("created", part, **{f"{column}__exact": value}))
            for value, _label in choices
        )

    bars = _by_part(question, figures.entered_by_part(question, column), marks)
    series = tuple(label for _value, label in choices)
    empty = _("No job was entered in this period.")
    return _upright(question, Chart(f"by_{column}", title, _("jobs"), series, bars, empty=empty))


def flow(question: Question) -> Picture:
    """What came in and what was done, on each day."""

    def marks(row: tuple[int, int], part: Question) -> tuple[Mark, ...]:
        created, completed = row
        return (
            _count(created, jobs_url("created", part)),
            _count(completed, jobs_url("completed", part)),
        )

    found = figures.flow(question)
    bars = _by_part(question, zip(found.created, found.completed, strict=True), marks)
    series = (_("entered"), _("completed"))
    empty = _("No job was entered or completed in this period.")
    title = _("Jobs entered and completed")
    chart = Chart("flow", title, _("jobs"), series, bars, beside=True, empty=empty)
    return _upright(question, chart)


def planned(question: Question) -> Picture:
    """What technicians have before them. Of those who have nothing, no more than are drawn."""
    rows, nobody = [], []
    for each in figures.planned(question):
        if each.person is None:
            url = jobs_url("planned", question, attention="unassigned")
            nobody.append(_lying(_("Nobody yet"), _count(each.jobs, url)))
        else:
            url = jobs_url("planned", question, assigned_to__id__exact=each.person.pk)
            rows.append(_lying(each.person.name, _count(each.jobs, url)))
    chart = Chart(
        "planned",
        _("The coming week, by technician"),
        _("jobs"),
        (_("jobs"),),
        tuple(rows[:DRAWN] + nobody),
        lying=True,
        empty=_("No open job takes place in the coming week."),
    )
    listed = [bar for place, bar in enumerate(rows) if place < DRAWN or bar.marks[0].value]
    return Picture(chart, (_("Technician"), _("Open jobs")), tuple(listed + nobody))


def _on_time(question: Question) -> Picture:
    def marks(row: Any, part: Question) -> tuple[Mark, ...]:
        rate, _times = row
        return (
            _count(rate.number, jobs_url("on_time", part)),
            _count(rate.of - rate.number, jobs_url("late", part)),
        )

    bars = _by_part(question, figures.completed_by_part(question), marks)
    series = (_("on time"), _("late"))
    empty = _("No job that had a scheduled date was completed in this period.")
    chart = Chart("on_time", _("Completed on time"), _("jobs"), series, bars, empty=empty)
    return _upright(question, chart)


def _time_to_complete(question: Question) -> Picture:
    def mark(time: timedelta | None, url: str) -> Mark:
        length = 0.0 if time is None else time / timedelta(days=1)
        return Mark(length, words.duration(time), url)

    def marks(row: Any, part: Question) -> tuple[Mark, ...]:
        _rate, times = row
        url = jobs_url("timed", part)
        return mark(times.median, url), mark(times.p90, url)

    bars = _by_part(question, figures.completed_by_part(question), marks)
    chart = Chart(
        "time_to_complete",
        _("Time to complete, in days"),
        _("days"),
        (_("median"), _("nine in ten within")),
        bars,
        beside=True,
        empty=_("No job was completed in this period."),
    )
    return _upright(question, chart)


def _backlog(question: Question) -> Picture:
    bars = tuple(
        _lying(
            counts.age_text(bucket.from_days, bucket.to_days),
            _count(bucket.jobs, jobs_url(f"age_{bucket.from_days}", question)),
        )
        for bucket in figures.backlog_age(question).buckets
    )
    title, empty = _("Age of the jobs open now"), _("No job is open.")
    chart = Chart("backlog_age", title, _("jobs"), (_("jobs"),), bars, lying=True, empty=empty)
    return Picture(chart, (_("Age"), _("Jobs")), bars)


def _lying(name: str, mark: Mark, *others: Mark) -> Bar:
    return Bar(name, (mark, *others), total=mark.text)


def _technicians(question: Question) -> Picture:
    drawn, rows = [], []
    for load in figures.technicians(question):
        of = {"assigned_to__id__exact": load.person.pk}
        jobs = _count(load.jobs_completed, jobs_url("completed", question, **of))
        open_jobs = _count(load.open_jobs, jobs_url("open", question, **of))
        theirs = rows_url("tasks", question, technician=load.person.pk)
        tasks = _count(load.tasks_completed, theirs)
        kept = Mark(0, words.share(load.on_time), jobs_url("on_time", question, **of))
        drawn.append(_lying(load.person.name, jobs))
        rows.append(Bar(load.person.name, (jobs, tasks, open_jobs, kept)))
    chart = Chart(
        "technicians",
        _("Jobs completed, by technician"),
        _("jobs"),
        (_("jobs"),),
        tuple(bar for bar in drawn[:DRAWN] if bar.marks[0].value),
        lying=True,
        empty=_("No technician completed a job in this period."),
    )
    head = (_("Technician"), _("Jobs completed"), _("Tasks completed"), _("Open now"), _("On time"))
    return Picture(chart, head, tuple(rows))


def _equipment(question: Question) -> Picture:
    uses = figures.equipment_use(question)
    idle = sum(not use.tasks for use in uses)
    # The most used first: links are made for those that are shown.
    shown = uses[:_SHOWN]
    rows = [_used(use, question) for use in shown]
    drawn = tuple(
        _lying(bar.name, bar.marks[0])
        for bar, use in list(zip(rows, shown, strict=True))[:DRAWN]
        if use.tasks
    )
    chart = Chart(
        "equipment",
        _("Days in use, by equipment"),
        _("days"),
        (_("days"),),
        drawn,
        lying=True,
        empty=_("No equipment was needed in this period."),
    )
    head = (_("Equipment"), _("Days in use"), _("Tasks"))
    return Picture(chart, head, tuple(rows), _idle(idle, len(uses)))


def _used(use: figures.Use, question: Question) -> Bar:
    tasks = rows_url("needing", question, equipment=use.item.pk)
    in_use = rows_url("days", question, equipment=use.item.pk)
    marks = (_count(use.days_in_use, in_use), _count(use.tasks, tasks))
    return Bar(f"{use.item.name} ({use.item.serial_number})", marks)


# More rows in a table of equipment would be a page of their own.
_SHOWN = 100


def _idle(idle: int, number: int) -> str:
    """What is not needed at all, in a sentence."""
    names = {"idle": idle, "all": number}
    return _("%(idle)d of %(all)d pieces of equipment are idle in this period.") % names


def _customers(question: Question) -> Picture:
    bars = tuple(
        _lying(
            each.name,
            _count(each.number, jobs_url("created", question, customer__id__exact=each.key)),
        )
        for each in figures.customers(question)
    )
    title = _("Jobs entered, by customer")
    empty = _("No job was entered in this period.")
    chart = Chart("customers", title, _("jobs"), (_("jobs"),), bars, lying=True, empty=empty)
    return Picture(chart, (_("Customer"), _("Jobs")), bars)


def _hours(question: Question) -> Picture:
    bars = []
    for each in figures.busiest_hours(question):
        mark = _count(each.number, jobs_url(f"hour_{each.key}", question))
        bars.append(Bar(each.name, (mark,), days.clock(time(each.key)), mark.text))
    title = _("Busiest hours")
    empty = _("No job of this period begins at a certain time.")
    chart = Chart("hours", title, _("jobs"), (_("jobs"),), tuple(bars), empty=empty)
    return Picture(chart, (_("From"), _("Jobs")), tuple(bars))
