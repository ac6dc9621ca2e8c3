"""The audit log in pages: the entries of several kinds of rows together, newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField, DateTimeField, Model, Q, QuerySet
from django.utils.translation import gettext as _

from core.database import cursors
from core.database.cursors import Column, Cursor, NoCursor
from core.record.entries import Entry, Rows, changes_since, value_text

# `changes_since` and `value_text` are what rows on record tell by.
__all__ = [
    "PAGE",
    "Entry",
    "Head",
    "Page",
    "Place",
    "changes_since",
    "entries",
    "heads",
    "one",
    "page",
    "read",
    "value_text",
]

PAGE = 50


class Place(NamedTuple):
    """The place of an entry among all: its moment, the source it comes from, and its number."""

    at: datetime
    source: int
    history_id: int


_AT = Column("history_date", DateTimeField(), down=True)
_SOURCE = Column("source", BigIntegerField(), down=True)
_ID = Column("history_id", BigIntegerField(), down=True)


def read(text: str) -> Cursor:
    """The cursor that somebody sends back. Raises `ValidationError` where it is none."""
    try:
        cursor = cursors.read(text, [_AT.field, _SOURCE.field, _ID.field])
        if None in cursor.key:
            raise NoCursor
    except NoCursor as error:
        raise ValidationError(
            {"cursor": _("This page of the list does not exist. Start with the first page.")}
        ) from error
    return cursor


@dataclass(frozen=True)
class Page:
    """Some entries, newest first, and where the older and the newer ones are."""

    entries: list[Entry]
    older: Cursor | None = None
    newer: Cursor | None = None


def page(
    sources: Sequence[QuerySet[Any]], cursor: Cursor | None = None, *, size: int = PAGE
) -> Page:
    """The entries of several history querysets together at a cursor, newest first; the newest
    where there is none. It costs the same however deep.

    The cursor is one of the same sources in the same order.
    """
    found = [head.place for head in heads(sources, cursor, number=size + 1)]
    part = cursors.cut(found, cursor, size=size)
    return Page(entries(sources, part.keys), older=part.next, newer=part.previous)


@dataclass(frozen=True)
class Head:
    """The place of an entry, and the act that it is of; None for what is older than acts."""

    place: Place
    change_set: UUID | None


def heads(
    sources: Sequence[QuerySet[Any]], cursor: Cursor | None = None, *, number: int
) -> list[Head]:
    """The places of so many entries beyond a cursor, the nearest to it first; of the newest where
    there is none."""
    back = cursor is not None and cursor.back
    order = [column.order for column in _ordering(back=back)]
    found: list[Head] = []
    for source, rows in enumerate(sources):
        beyond = rows.filter(_beyond(cursor, source)) if cursor else rows
        keys = beyond.order_by(*order).values_list("history_date", "history_id", "change_set")
        found += [Head(Place(at, source, pk), act) for at, pk, act in keys[:number]]
    found.sort(key=lambda head: head.place, reverse=not back)
    return found[:number]


def _ordering(*, back: bool) -> tuple[Column, Column]:
    return (_AT.turned(), _ID.turned()) if back else (_AT, _ID)


def _beyond(cursor: Cursor, source: int) -> Q:
    """What a source has beyond a cursor."""
    place, ordering = Place(*cursor.key), _ordering(back=cursor.back)
    if source == place.source:
        return cursors.after(ordering, [place.at, place.history_id])
    # Of one moment, the last source stands first.
    is_whole = (source > place.source) is cursor.back
    return ordering[0].from_here(place.at) if is_whole else ordering[0].beyond(place.at)


def entries(
    sources: Sequence[QuerySet[Any]], places: Iterable[Place], *, known: Iterable[Model] = ()
) -> list[Entry]:
    """The entries at these places. A handful of queries, however many they are; rows that are at
    hand already are `known`, and not read for their names."""
    keys = [(place.source, place.history_id) for place in places]
    ids: dict[int, list[int]] = defaultdict(list)
    for source, history_id in keys:
        ids[source].append(history_id)
    wanted = {source: (sources[source].model, found) for source, found in ids.items()}
    rows = Rows(wanted, known=known)
    return [rows.entry(source, history_id) for source, history_id in keys]


def one(sources: Iterable[QuerySet[Any]], name: str) -> Entry | None:
    """The entry of this id (`task-91`), if it is in one of several history querysets."""
    kind, _dash, number = name.partition("-")
    if not number.isdecimal() or len(number) > 18:
        return None
    for rows in sources:
        if rows.model.instance_type._meta.model_name == kind:
            for entry in page([rows.filter(history_id=number)]).entries:
                return entry
    return None
