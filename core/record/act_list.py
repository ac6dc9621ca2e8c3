"""The audit log act by act: what one save, call, bulk action or import wrote is one record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from core.database.cursors import Cursor
from core.record import timeline
from core.record.audit import Kind
from core.record.timeline import Entry, Head

# Acts on a page; rows of each that it names, and that it opens; rows that it looks through.
PAGE, NAMED, OPENED, MOST = 50, 3, 10, 2_000


@dataclass(frozen=True)
class ActRecord:
    """One act: its first few rows, and how many more the page knows of."""

    change_set: UUID | None
    entries: list[Entry]
    more: int = 0

    @property
    def number(self) -> int:
        """How many rows, as far as the page has looked."""
        return len(self.entries) + self.more

    @property
    def head(self) -> Entry:
        """The row that says who, when, through which door and why."""
        return self.entries[0]

    @property
    def names(self) -> str:
        """What it changed, the first few."""
        named = [f"{entry.kind_text} {entry.object_text}" for entry in self.entries[:NAMED]]
        return ", ".join([*named, *["…"] * (self.number > NAMED)])

    @property
    def kind_text(self) -> str:
        """What the act is the whole of, as people read it."""
        return str(Kind(self.head.act_kind).label) if self.head.act_kind else ""


@dataclass(frozen=True)
class ActPage:
    """Some acts, newest first, and where the older ones begin."""

    acts: list[ActRecord] = field(default_factory=list)
    older: Cursor | None = None


def page(
    sources: Sequence[QuerySet[Any]],
    cursor: Cursor | None = None,
    *,
    size: int | None = None,
    opened: int = OPENED,
    looked: int | None = None,
    known: Iterable[Model] = (),
) -> ActPage:
    """The acts whose rows come before a cursor, newest first: `size` of them, each with its first
    `opened` rows.

    The rows of an act stand together, though another's lie between them. An act of more rows than
    a page looks through goes on on the next one. Where acts have many rows, one question is enough
    if that many are `looked` through at once. Rows `known` are not read for their names.
    """
    size = size or PAGE
    heads, is_all = _heads(sources, cursor, size, looked or size + 1)
    groups: dict[Any, list[Head]] = {}
    last: Head | None = None
    for head in heads:
        key = head.change_set or head.place
        if key not in groups and len(groups) == size:
            is_all = False
            break
        groups.setdefault(key, []).append(head)
        last = head
    shown = [place.place for heads in groups.values() for place in heads[:opened]]
    entries = iter(timeline.entries(sources, shown, known=known))
    acts = [
        ActRecord(
            heads[0].change_set,
            [next(entries) for _head in heads[:opened]],
            more=len(heads[opened:]),
        )
        for heads in groups.values()
    ]
    return ActPage(acts, Cursor(last.place) if last and not is_all else None)


def _heads(
    sources: Sequence[QuerySet[Any]], cursor: Cursor | None, size: int, number: int
) -> tuple[list[Head], bool]:
    """Enough rows for a page of acts, and whether they are all that there are."""
    while True:
        found = timeline.heads(sources, cursor, number=number)
        acts = {head.change_set or head.place for head in found}
        if len(found) < number or len(acts) > size or number >= MOST:
            return found, len(found) < number
        number = min(number * 6, MOST)
