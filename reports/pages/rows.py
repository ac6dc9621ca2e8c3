"""The rows behind the numbers that count no jobs: tasks, reopenings, days of equipment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from core.access import require
from core.backoffice.chosen import is_key
from core.text import days
from operations.models import Equipment
from reports import counts, figures
from reports.charts import Mark
from reports.pages.asked import AskForm
from reports.pages.pictures import (
    EQUIPMENT,
    TECHNICIANS,
    equipment_marks,
    item_name,
    technician_marks,
)
from reports.question import Question
from reports.rankings import Ranking

ROWS = 50
Text = str | Promise


@dataclass(frozen=True)
class Listed:
    """Rows of a kind, in order; `line` says of one what stands in its cells."""

    title: Text
    head: tuple[Text, ...]
    found: Callable[[Question, int], QuerySet[Any] | Sequence[Any]]
    line: Callable[[Any], tuple[Any, ...]]
    needs_equipment: bool = False
    # Are the cells after the first one numbers, which say nothing without their column?
    are_numbers: bool = False


@dataclass(frozen=True)
class Link:
    """A cell that leads to a page."""

    text: str
    url: str


@dataclass(frozen=True)
class _Ranked:
    """A row of a ranking, and what was asked."""

    row: Any
    question: Question


def _ranked(figure: Callable[[Question], Ranking[Any]]) -> Callable[[Question, int], list[_Ranked]]:
    return lambda question, _item: [_Ranked(row, question) for row in figure(question)]


def _numbers(marks: tuple[Mark, ...]) -> Iterator[Link]:
    return (Link(mark.text, mark.url) for mark in marks)


def _job(job: Any) -> Link:
    return Link(str(job), reverse("admin:operations_job_change", args=[job.pk]))


def _moment(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else "–"


def _with_jobs(tasks: QuerySet[Any]) -> QuerySet[Any]:
    return tasks.select_related("job", "completed_by").order_by("-completed_at", "-pk")


def _task(task: Any) -> tuple[Any, ...]:
    times = _moment(task.started_at), _moment(task.completed_at)
    return _job(task.job), task.title, *times, task.completed_by


_TASK = (
    gettext_lazy("Job"),
    gettext_lazy("Task"),
    gettext_lazy("Started"),
    gettext_lazy("Completed"),
    gettext_lazy("Completed by"),
)
LISTS: dict[str, Listed] = {
    "tasks": Listed(
        gettext_lazy("Tasks completed"),
        _TASK,
        lambda question, _item: _with_jobs(counts.tasks_completed(question)),
        _task,
    ),
    "tasks_timed": Listed(
        gettext_lazy("Tasks that were started before they were completed"),
        _TASK,
        lambda question, _item: _with_jobs(counts.tasks_timed(question)),
        _task,
    ),
    "reopened": Listed(
        gettext_lazy("Jobs reopened"),
        (gettext_lazy("Job"), gettext_lazy("When"), gettext_lazy("By"), gettext_lazy("Why")),
        lambda question, _item: counts.reopened(question).order_by("-reopened_at", "-history_id"),
        lambda record: (
            _job(record.instance),
            _moment(record.reopened_at),
            record.person_name,
            record.history_change_reason,
        ),
    ),
    "needing": Listed(
        gettext_lazy("Tasks that need %(equipment)s"),
        (gettext_lazy("Job"), gettext_lazy("Task"), gettext_lazy("Day")),
        lambda question, item: (
            counts.tasks_needing(question, item)
            .select_related("job")
            .order_by("job__scheduled_date", "pk")
        ),
        lambda task: (_job(task.job), task.title, days.weekday(task.job.scheduled_date)),
        needs_equipment=True,
    ),
    "days": Listed(
        gettext_lazy("Days on which %(equipment)s is in use"),
        (gettext_lazy("Day"), gettext_lazy("Tasks")),
        counts.days_of,
        lambda row: (days.weekday(row["day"]), row["tasks"]),
        needs_equipment=True,
    ),
    "technicians": Listed(
        gettext_lazy("Technicians"),
        TECHNICIANS,
        _ranked(figures.technicians),
        lambda each: (
            each.row.person.name,
            *_numbers(technician_marks(each.row, each.question)),
        ),
        are_numbers=True,
    ),
    "equipment": Listed(
        gettext_lazy("Equipment"),
        EQUIPMENT,
        _ranked(figures.equipment_use),
        lambda each: (item_name(each.row), *_numbers(equipment_marks(each.row, each.question))),
        are_numbers=True,
    ),
}


@require_safe
def page(request: HttpRequest, figure: str) -> HttpResponse:
    """Exactly the rows that a number counts, a page at a time. Raises Http404 for a number that
    there is not."""
    require(request.user, "view", figures.RIGHTS)
    if figure not in LISTS:
        raise Http404
    form, listed = AskForm(request.GET), LISTS[figure]
    if not form.is_valid():
        raise BadRequest(_("There is no such figure."))
    item, question = _equipment(request) if listed.needs_equipment else None, form.question
    found = Paginator(listed.found(question, item.pk if item else 0), ROWS)
    shown = found.get_page(request.GET.get("p"))
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": str(listed.title) % {"equipment": item} if item else listed.title,
        "period": question.period,
        "head": listed.head,
        "are_numbers": listed.are_numbers,
        "rows": [listed.line(row) for row in shown],
        "page": shown,
        "number": found.count,
        "older": _page(request, shown.next_page_number()) if shown.has_next() else "",
        "back": f"{reverse('admin:analytics')}?{_without(request, 'p', 'equipment')}",
        "newer": _page(request, shown.previous_page_number()) if shown.has_previous() else "",
    }
    return TemplateResponse(request, "reports/rows.html", context)


def _equipment(request: HttpRequest) -> Equipment:
    key = request.GET.get("equipment", "")
    if not is_key(key):
        raise Http404
    return get_object_or_404(Equipment, pk=key)


def _page(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["p"] = str(number)
    return f"?{query.urlencode()}"


def _without(request: HttpRequest, *names: str) -> str:
    """What the address asks for, but for these."""
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return query.urlencode()
