"""The charts of the page, each of a figure, with the same numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text import days
from operations.models import Job
from reports import counts, figures, words
from reports.charts import Bar, Chart, Mark
from reports.counts import jobs_url
from reports.pages.addresses import rows_url
from reports.pages.picture import Picture
from reports.period import Period
from reports.question import Question

# So many technicians and items of equipment are drawn; the table has all.
DRAWN = 12


# So many are in the table, too; a page of their own lists all of them.
LISTED = 25

TECHNICIANS = (
    gettext_lazy("Technician"),
    gettext_lazy("Jobs completed"),
    gettext_lazy("Tasks completed"),
    gettext_lazy("Open now"),
    gettext_lazy("On time"),
)
EQUIPMENT = (gettext_lazy("Equipment"), gettext_lazy("Days in use"), gettext_lazy("Tasks"))


@dataclass(frozen=True)
class _Part:
    """A part of the period as a question of its own; its name, and the one below a bar."""

    question: Question
    name: str
    short: str


def pictures(question: Question) -> list[Picture]:
    """All charts of a question."""
    parts, completed = _parts(question), figures.completed_by_part(question)
    return [
        _entered(question, parts, "status", _("Jobs entered, by status"), Job.Status.choices),
        _entered(question, parts, "priority", _("Jobs entered, by priority"), Job.Priority.choices),
        _on_time(parts, completed),
        _time_to_complete(parts, completed),
        _backlog(question),
        _technicians(question),
        _equipment(question),
        _customers(question),
        _hours(question),
    ]


def _count(number: int, url: str) -> Mark:
    return Mark(number, words.number(number), url)


def _parts(question: Question) -> list[_Part]:
    return [
        _Part(question.within(part), *_part_names(part, question.period)) for part in question.parts
    ]


def _part_names(part: Period, whole: Period) -> tuple[str, str]:
    """A part of the period, and as it stands below a bar."""
    if part.length == 1:
        return days.weekday(part.start), date_format(part.start, "MONTH_DAY_FORMAT")
    if whole.length > 190:
        return str(part), date_format(part.start, "YEAR_MONTH_FORMAT")
    return str(part), date_format(part.start, "MONTH_DAY_FORMAT")


def _by_part(
    parts: list[_Part],
    found: Iterable[Any],
    marks: Callable[[Any, Question], tuple[Mark, ...]],
    *,
    is_added: bool = True,
) -> tuple[Bar, ...]:
    """A bar for each part of the period; what it comes to stands above, where that makes sense."""
    bars = []
    for part, row in zip(parts, found, strict=True):
        made = marks(row, part.question)
        total = words.number(int(sum([mark.value for mark in made]))) if is_added else ""
        bars.append(Bar(part.name, made, part.short, total))
    return tuple(bars)


def _upright(chart: Chart) -> Picture:
    return Picture(chart, (_("When"), *chart.series), chart.bars)


def _entered(
    question: Question, parts: list[_Part], column: str, title: str, choices: Any
) -> Picture:
    def marks(row: dict[str, int], part: Question) -> tuple[Mark, ...]:
        return tuple(
            _count(row[value], jobs_url("created", part, **{f"{column}__exact": value}))
            for value, _label in choices
        )

    bars = _by_part(parts, figures.entered_by_part(question, column), marks)
    series = tuple(label for _value, label in choices)
    empty = _("No job was entered in this period.")
    return _upright(Chart(f"by_{column}", title, _("jobs"), series, bars, empty=empty))


def flow(question: Question) -> Picture:
    """What came in and what was done, on each day."""

    def marks(row: tuple[int, int], part: Question) -> tuple[Mark, ...]:
        created, completed = row
        return (
            _count(created, jobs_url("created", part)),
            _count(completed, jobs_url("completed", part)),
        )

    found = figures.flow(question)
    by_part = zip(found.created, found.completed, strict=True)
    bars = _by_part(_parts(question), by_part, marks, is_added=False)
    series = (_("entered"), _("completed"))
    empty = _("No job was entered or completed in this period.")
    title = _("Jobs entered and completed")
    chart = Chart("flow", title, _("jobs"), series, bars, beside=True, empty=empty)
    return _upright(chart)


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


def _on_time(parts: list[_Part], completed: list[Any]) -> Picture:
    def marks(row: Any, part: Question) -> tuple[Mark, ...]:
        rate, _times = row
        return (
            _count(rate.number, jobs_url("on_time", part)),
            _count(rate.of - rate.number, jobs_url("late", part)),
        )

    bars = _by_part(parts, completed, marks)
    series = (_("on time"), _("late"))
    empty = _("No job that had a scheduled date was completed in this period.")
    chart = Chart("on_time", _("Completed on time"), _("jobs"), series, bars, empty=empty)
    return _upright(chart)


def _time_to_complete(parts: list[_Part], completed: list[Any]) -> Picture:
    def mark(time: timedelta | None, url: str) -> Mark:
        length = 0.0 if time is None else time / timedelta(days=1)
        return Mark(length, words.duration(time), url)

    def marks(row: Any, part: Question) -> tuple[Mark, ...]:
        _rate, times = row
        url = jobs_url("timed", part)
        return mark(times.median, url), mark(times.p90, url)

    bars = _by_part(parts, completed, marks, is_added=False)
    chart = Chart(
        "time_to_complete",
        _("Time to complete, in days"),
        _("days"),
        (_("median"), _("nine in ten within")),
        bars,
        beside=True,
        empty=_("No job was completed in this period."),
    )
    return _upright(chart)


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
    found = figures.technicians(question, LISTED)
    rows = tuple(Bar(load.person.name, technician_marks(load, question)) for load in found)
    chart = Chart(
        "technicians",
        _("Jobs completed, by technician"),
        _("jobs"),
        (_("jobs"),),
        _drawn(rows),
        lying=True,
        empty=_("No technician completed a job in this period."),
    )
    if found.all <= LISTED:
        return Picture(chart, TECHNICIANS, rows)
    listed = _("All %(number)s technicians") % {"number": words.number(found.all)}
    return Picture(chart, TECHNICIANS, rows, "", listed, rows_url("technicians", question))


def technician_marks(load: figures.Load, question: Question) -> tuple[Mark, ...]:
    """What stands beside a technician: jobs and tasks completed, jobs open now, and on time."""
    of = {"assigned_to__id__exact": load.person.pk}
    theirs = rows_url("tasks", question, technician=load.person.pk)
    return (
        _count(load.jobs_completed, jobs_url("completed", question, **of)),
        _count(load.tasks_completed, theirs),
        _count(load.open_jobs, jobs_url("open", question, **of)),
        Mark(0, words.share(load.on_time), jobs_url("on_time", question, **of)),
    )


def _drawn(rows: tuple[Bar, ...]) -> tuple[Bar, ...]:
    """The first of a ranking as bars: of those of which anything was counted."""
    return tuple(_lying(bar.name, bar.marks[0]) for bar in rows[:DRAWN] if bar.marks[0].value)


def _equipment(question: Question) -> Picture:
    found = figures.equipment_use(question, LISTED)
    rows = tuple(Bar(item_name(use), equipment_marks(use, question)) for use in found)
    chart = Chart(
        "equipment",
        _("Days in use, by equipment"),
        _("days"),
        (_("days"),),
        _drawn(rows),
        lying=True,
        empty=_("No equipment was needed in this period."),
    )
    idle = _idle(found.idle, found.all)
    if found.all <= LISTED:
        return Picture(chart, EQUIPMENT, rows, idle)
    listed = _("All %(number)s items of equipment") % {"number": words.number(found.all)}
    return Picture(chart, EQUIPMENT, rows, idle, listed, rows_url("equipment", question))


def item_name(use: figures.Use) -> str:
    """A piece of equipment in words."""
    return f"{use.item.name} ({use.item.serial_number})"


def equipment_marks(use: figures.Use, question: Question) -> tuple[Mark, ...]:
    """What stands beside a piece of equipment: the days in use, and the tasks that need it."""
    return (
        _count(use.days_in_use, rows_url("days", question, equipment=use.item.pk)),
        _count(use.tasks, rows_url("needing", question, equipment=use.item.pk)),
    )


def _idle(idle: int, number: int) -> str:
    """What is not needed at all, in a sentence."""
    names = {"idle": idle, "all": number}
    return _("%(idle)d of %(all)d items of equipment are idle in this period.") % names


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
    empty = _("No job of this period has a start time.")
    chart = Chart("hours", title, _("jobs"), (_("jobs"),), tuple(bars), empty=empty)
    return Picture(chart, (_("From"), _("Jobs")), tuple(bars))
