"""The audit log in pages: the entries of several kinds of rows together, newest first."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet, Value
from django.utils.translation import gettext as _

from core.record.entries import Entry, Rows, changes_since, value_text

# `changes_since` and `value_text` are what rows on record tell by.
__all__ = [
    "PAGE",
    "Cursor",
    "Entry",
    "Head",
    "Page",
    "Part",
    "changes_since",
    "entries",
    "heads",
    "one",
    "page",
    "part",
    "value_text",
]

PAGE = 50


@dataclass(frozen=True)
class Page:
    """A page of entries, newest first."""

    entries: list[Entry]
    number: int
    has_older: bool

    @property
    def older(self) -> int | None:
        """The number of the page before this one in time."""
        return self.number + 1 if self.has_older else None

    @property
    def newer(self) -> int | None:
        """The number of the page after this one in time."""
        return self.number - 1 if self.number > 1 else None


@dataclass(frozen=True)
class Cursor:
    """The place of an entry among all: its moment, the source it comes from, and its number."""

    at: datetime
    source: int
    history_id: int

    @classmethod
    def read(cls, text: str) -> Cursor:
        """The place that somebody sends back. Raises `ValidationError` where it is none."""
        try:
            at, source, number = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split()
            moment, key = datetime.fromisoformat(at), int(number)
            if moment.tzinfo is None or not 0 <= key < 2**63:
                raise ValueError
            # A moment at either end of time is none in every time zone.
            return cls(moment.astimezone(UTC), int(source), key)
        except (ValueError, OverflowError) as error:
            raise ValidationError(
                {"cursor": _("This is no place in this list. Start with its first page.")}
            ) from error

    def __str__(self) -> str:
        text = f"{self.at.isoformat()} {self.source} {self.history_id}"
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def beyond(self, source: int, *, back: bool) -> Q:
        """What a source has before this place in time, the place itself left out; or after it."""
        way, here = ("gt", "lte") if back else ("lt", "gte")
        if source != self.source:
            whole = (source > self.source) is back
            return Q((f"history_date__{way}e" if whole else f"history_date__{way}", self.at))
        # Said so that an index of dates is read from the moment on.
        same = Q(("history_date", self.at), (f"history_id__{here}", self.history_id))
        return Q((f"history_date__{way}e", self.at)) & ~same


@dataclass(frozen=True)
class Part:
    """Some entries, newest first, and where the older and the newer ones begin."""

    entries: list[Entry]
    older: Cursor | None = None
    newer: Cursor | None = None


def part(
    sources: Sequence[QuerySet[Any]],
    cursor: Cursor | None = None,
    *,
    size: int = PAGE,
    back: bool = False,
) -> Part:
    """The entries of several history querysets together that come before a place in time, newest
    first; from the newest where no place is said; `back`: those just after it. It costs the same
    however deep.

    The place is one among the same sources in the same order.
    """
    found = heads(sources, cursor, number=size + 1, back=back)
    shown = sorted((head.place for head in found[:size]), key=astuple, reverse=True)
    more, came_from = len(found) > size, cursor is not None
    newer, older = (more, came_from) if back else (came_from, more)
    return Part(
        entries(sources, shown),
        older=shown[-1] if shown and older else None,
        newer=shown[0] if shown and newer else None,
    )


@dataclass(frozen=True)
class Head:
    """The place of an entry, and the act that it is of; None for what is older than acts."""

    place: Cursor
    change_set: UUID | None


def heads(
    sources: Sequence[QuerySet[Any]],
    cursor: Cursor | None = None,
    *,
    number: int,
    back: bool = False,
) -> list[Head]:
    """The places of so many entries before one in time, newest first; `back`: of those after it,
    oldest first."""
    order = ("history_date", "history_id") if back else ("-history_date", "-history_id")
    found: list[Head] = []
    for source, rows in enumerate(sources):
        beyond = rows.filter(cursor.beyond(source, back=back)) if cursor else rows
        keys = beyond.order_by(*order).values_list("history_date", "history_id", "change_set")
        found += [Head(Cursor(at, source, pk), act) for at, pk, act in keys[:number]]
    found.sort(key=lambda head: astuple(head.place), reverse=not back)
    return found[:number]


def entries(sources: Sequence[QuerySet[Any]], places: Iterable[Cursor]) -> list[Entry]:
    """The entries at these places. A handful of queries, however many they are."""
    return _entries(sources, [(place.source, place.history_id) for place in places])


def _entries(sources: Sequence[QuerySet[Any]], keys: list[tuple[int, int]]) -> list[Entry]:
    ids: dict[int, list[int]] = defaultdict(list)
    for source, history_id in keys:
        ids[source].append(history_id)
    rows = Rows({source: (sources[source].model, wanted) for source, wanted in ids.items()})
    return [rows.entry(source, history_id) for source, history_id in keys]


def page(sources: Sequence[QuerySet[Any]], *, number: int = 1, size: int = PAGE) -> Page:
    """The entries of several history querysets together, newest first."""
    heads = [
        rows.order_by()
        .annotate(source=Value(index, output_field=models.IntegerField()))
        .values_list("history_date", "source", "history_id")
        for index, rows in enumerate(sources)
    ]
    start = (number - 1) * size
    together = heads[0].union(*heads[1:], all=True) if len(heads) > 1 else heads[0]
    found = list(
        together.order_by("-history_date", "-source", "-history_id")[start : start + size + 1]
    )
    entries = _entries(sources, [(source, number) for _at, source, number in found[:size]])
    return Page(entries, number, has_older=len(found) > size)


def one(sources: Iterable[QuerySet[Any]], name: str) -> Entry | None:
    """The entry of this id (`task-91`), if it is in one of several history querysets."""
    kind, _dash, number = name.partition("-")
    if not number.isdecimal() or len(number) > 18:
        return None
    for rows in sources:
        if rows.model.instance_type._meta.model_name == kind:
            for entry in part([rows.filter(history_id=number)]).entries:
                return entry
    return None
