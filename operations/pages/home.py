"""The start page: what needs the person who opens it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from core import kept, to_do
from core.access import can, can_all, visible_to
from core.roles import Role
from operations import worklists
from operations.models import Job
from operations.schedule import NEXT_FIRST
from operations.worklists import WORKLISTS, Worklist
from people.models import User

ROWS = 6
_ADMIN = ("overdue", "today", "unassigned", "someone", "on_hold")
_SALES = ("overdue", "unassigned", "today", "on_hold", "next")
_FIELD = ("overdue", "today", "next")


def context(request: HttpRequest, base: dict[str, Any]) -> dict[str, Any]:
    """unfold's dashboard callback: the jobs that the person sees, by what they need."""
    user: Any = request.user
    may_add, hands_over = can(user, "add", Job), can(user, "hand_over", Job)
    shown = _ADMIN if hands_over else _SALES if may_add else _FIELD
    lists = _lists(request, shown)
    return {
        **base,
        "tiles": _tiles(request, own=may_add and not hands_over),
        "lists": lists,
        "is_clear": not any(each["jobs"] for each in lists),
        "load": _load(request) if hands_over else [],
        "rows": ROWS,
        "may_add": may_add,
        "reports": Role.TECHNICIAN in user.roles,
        "add_url": reverse("admin:operations_job_add"),
        "jobs_url": reverse("admin:operations_job_changelist"),
    }


def _tiles(request: HttpRequest, *, own: bool) -> list[dict[str, Any]]:
    """Numbers that open the rows behind them; who follows their own jobs sees their states."""
    counts = to_do.counts(request)
    tiles: list[Worklist] = worklists.of(request.user)
    if own:
        tiles = [*worklists.states(), *(tile for tile in tiles if tile.name != "on_hold")]
    return [
        {
            "worklist": tile,
            "count": worklists.count_text(counts[tile.name]),
            "is_pressing": bool(counts[tile.name]) and tile.urgency in {"danger", "warning"},
        }
        for tile in tiles
    ]


@dataclass(frozen=True)
class Row:
    """A job as it stands in a list."""

    pk: int
    title: str
    html: SafeString


def _lists(request: HttpRequest, names: Iterable[str]) -> list[dict[str, Any]]:
    """The lists, as they were within the last minute: of a job that is no longer theirs to see,
    nothing is shown to anybody."""
    user: Any = request.user
    read = partial(_read, user, names)
    lists, is_new = kept.of(user, "home", read, since=kept.written(request))
    if not is_new and not can_all(user, "view", Job):
        seen = _seen(user, lists)
        lists = {name: [row for row in rows if row.pk in seen] for name, rows in lists.items()}
    return [{"worklist": WORKLISTS[name], "jobs": rows} for name, rows in lists.items()]


def _read(user: User, names: Iterable[str]) -> dict[str, list[Row]]:
    jobs: Any = visible_to(user, Job.objects.all()).order_by(*NEXT_FIRST)
    return {name: [_row(job) for job in _first(worklists.named(name, jobs))] for name in names}


def _row(job: Job) -> Row:
    return Row(job.pk, job.title, render_to_string("operations/home_row.html", {"job": job}))


def _seen(user: User, lists: dict[str, list[Row]]) -> set[int]:
    shown = {row.pk for rows in lists.values() for row in rows}
    return set(visible_to(user, Job.objects.filter(pk__in=shown)).values_list("pk", flat=True))


def _first(found: QuerySet[Job]) -> QuerySet[Job]:
    # Chosen by an index first: what a row shows is read for these alone.
    chosen = Job.objects.filter(pk__in=found.values("pk")[: ROWS + 1])
    return chosen.select_related("customer", "site", "assigned_to").order_by(*NEXT_FIRST)


def _load(request: HttpRequest) -> list[dict[str, Any]]:
    """This week by technician, the busiest first; counted for all Admins together."""
    return kept.of_all("load", _count_load, since=kept.written(request))


def _count_load() -> list[dict[str, Any]]:
    numbers = worklists.load()
    people = User.objects.in_bulk([pk for pk, _number in numbers])
    most = max((number for _pk, number in numbers), default=0)
    week = WORKLISTS["week"].url
    return [
        {
            "person": people[pk].name,
            "number": number,
            "most": most,
            "url": f"{week}&assigned_to__id__exact={pk}",
        }
        for pk, number in numbers
    ]
