"""The start page: what needs the person who opens it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from core import kept, to_do
from core.access import can, can_all, visible_to
from core.declarations import HomePart, collected
from core.roles import Role
from operations import worklists
from operations.models import Job
from operations.pages import home_figures
from operations.schedule import NEXT_FIRST
from operations.worklists import WORKLISTS, Worklist
from people import set_up
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
    found = _found(request, shown, figures=may_add)
    lists = found.lists
    return {
        **base,
        "steps": found.steps,
        "asks_name": not (user.first_name or user.last_name),
        "kept_name": set_up.kept_name(request),
        "longest_name": set_up.longest_name(),
        "tiles": _tiles(request, own=may_add and not hands_over),
        "lists": lists,
        "is_clear": not any(each["jobs"] for each in lists),
        "figures": home_figures.shown(found.figures) if found.figures else [],
        "oldest": found.figures.oldest if found.figures else None,
        "parts": found.parts,
        "stylesheets": [part.stylesheet for part in found.parts if part.stylesheet],
        "rows": ROWS,
        "may_add": may_add,
        "reports": Role.TECHNICIAN in user.roles,
        "add_url": reverse("admin:operations_job_add"),
        "jobs_url": reverse("admin:operations_job_changelist"),
    }


def _tiles(request: HttpRequest, *, own: bool) -> list[dict[str, Any]]:
    """Numbers that open the rows behind them; who follows their own jobs sees their states."""
    counts = to_do.counts(request)
    tiles: list[Worklist] = worklists.lists_for(request.user)
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


@dataclass(frozen=True)
class Part:
    """What an app shows there."""

    html: str
    stylesheet: str


@dataclass(frozen=True)
class _Found:
    """What home shows: rows by the name of their worklist, and figures for whom they are."""

    rows: dict[str, list[Row]]
    figures: home_figures.HomeFigures | None
    steps: list[set_up.Shown]
    parts: list[Part]

    @property
    def lists(self) -> list[dict[str, Any]]:
        return [{"worklist": WORKLISTS[name], "jobs": rows} for name, rows in self.rows.items()]


def _found(request: HttpRequest, names: Iterable[str], *, figures: bool) -> _Found:
    """What was found within the last minute: of a job that is no longer theirs to see, nothing is
    shown to anybody."""
    user: Any = request.user
    read = partial(_read, request, names, figures=figures)
    found, is_new = kept.for_person(user, "home", read, since=kept.last_write(request))
    return found if is_new or can_all(user, "view", Job) else _still_seen(user, found)


def _read(request: HttpRequest, names: Iterable[str], *, figures: bool) -> _Found:
    user: Any = request.user
    jobs: Any = visible_to(user, Job.objects.all()).order_by(*NEXT_FIRST)
    rows = {
        name: [_row(job, has_day=name != "today") for job in _first(worklists.named(name, jobs))]
        for name in names
    }
    read = home_figures.read(user) if figures else None
    return _Found(rows, read, set_up.steps(user), list(_parts(request)))


def _parts(request: HttpRequest) -> Iterator[Part]:
    """What the apps show there, in their order."""
    for part in sorted(collected(HomePart), key=lambda part: part.place):
        if html := import_string(part.shown)(request):
            yield Part(html, part.stylesheet)


def _row(job: Job, *, has_day: bool) -> Row:
    """A job, with its day where its list does not say it."""
    context = {"job": job, "has_day": has_day}
    return Row(job.pk, job.title, render_to_string("operations/home_row.html", context))


def _still_seen(user: User, found: _Found) -> _Found:
    oldest = found.figures and found.figures.oldest
    shown = {row.pk for rows in found.rows.values() for row in rows}
    asked = Job.objects.filter(pk__in=shown | ({oldest.pk} if oldest else set()))
    seen = set(visible_to(user, asked).values_list("pk", flat=True))
    rows = {name: [row for row in rows if row.pk in seen] for name, rows in found.rows.items()}
    figures = found.figures
    if figures and oldest and oldest.pk not in seen:
        figures = replace(figures, oldest=None)
    return replace(found, rows=rows, figures=figures)


def _first(found: QuerySet[Job]) -> QuerySet[Job]:
    # Chosen by an index first: what a row shows is read for these alone.
    chosen = Job.objects.filter(pk__in=found.values("pk")[: ROWS + 1])
    return chosen.select_related("customer", "site", "assigned_to").order_by(*NEXT_FIRST)
