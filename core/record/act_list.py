"""The audit log act by act: what one save, call, bulk action or import wrote is one record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.cursors import Cursor
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


def page(sources: Sequence[QuerySet[Any]], cursor: Cursor | None = None) -> ActPage:
    """The acts whose rows come before a cursor, newest first.

    The rows of an act stand together, though another's lie between them. An act of more rows than
    a page looks through goes on on the next one.
    """
    heads, is_all = _heads(sources, cursor)
    groups: dict[Any, list[Head]] = {}
    last: Head | None = None
    for head in heads:
        key = head.change_set or head.place
        if key not in groups and len(groups) == PAGE:
            is_all = False
            break
        groups.setdefault(key, []).append(head)
        last = head
    return ActPage(_records(sources, groups), Cursor(last.place) if last and not is_all else None)


def _heads(sources: Sequence[QuerySet[Any]], cursor: Cursor | None) -> tuple[list[Head], bool]:
    """Enough rows for a page of acts, and whether they are all that there are."""
    number = PAGE + 1
    while True:
        found = timeline.heads(sources, cursor, number=number)
        acts = {head.change_set or head.place for head in found}
        if len(found) < number or len(acts) > PAGE or number >= MOST:
            return found, len(found) < number
        number = min(number * 6, MOST)


def _records(sources: Sequence[QuerySet[Any]], groups: dict[Any, list[Head]]) -> list[ActRecord]:
    opened = [head.place for heads in groups.values() for head in heads[:OPENED]]
    entries = iter(timeline.entries(sources, opened))
    return [
        ActRecord(
            heads[0].change_set,
            [next(entries) for _head in heads[:OPENED]],
            more=len(heads[OPENED:]),
        )
        for heads in groups.values()
    ]
