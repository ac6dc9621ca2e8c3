"""Lists, a page at a time: a page is found by the key of the row beside it.

A cursor holds the whole ordering tuple of a row, its id last, empty values too; so there is no
count and no offset, and each page costs what the first one does.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Expression, F, Field, Q, QuerySet

from core.database.parts import first_of
from core.text.typed import NO_TEXT

Key = TypeVar("Key", bound=Sequence[Any])


class NoCursor(ValueError):
    """What somebody sends back is no cursor of this list."""


@dataclass(frozen=True)
class Cursor:
    """A page: the one that begins after the row with this key, or the one that ends before it."""

    key: Sequence[Any]
    back: bool = False

    def __str__(self) -> str:
        # A moment to its last digit: what Django writes for people would skip rows of the same one.
        details = [self.back, *self.key]
        text = json.dumps(details, default=str, separators=(",", ":"), ensure_ascii=False)
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(text: str, fields: Sequence[Field[Any, Any]]) -> Cursor:
    """The cursor that somebody sends back, of a list that is ordered by these fields. Raises
    `NoCursor` where it is none."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        back, *key = json.loads(urlsafe_b64decode(padded))
        # As the columns write them: what is no value of theirs is no cursor of ours.
        values = [_value(field, details) for field, details in zip(fields, key, strict=True)]
    except (ValueError, TypeError, OverflowError, ValidationError, RecursionError) as error:
        raise NoCursor from error
    return Cursor(values, bool(back))


def _value(field: Field[Any, Any], details: Any) -> Any:
    """A value of a column. Raises what its kind does where no database holds it."""
    value = field.to_python(details)
    if isinstance(value, str) and NO_TEXT.search(value):
        raise ValueError
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise OverflowError
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError
        return value.astimezone(UTC)
    return value


@dataclass(frozen=True)
class Column:
    """A column to order by; empty values come last, and first when it is turned round."""

    name: str
    field: Field[Any, Any]
    down: bool = False
    nullable: bool = False
    empty_last: bool = True

    def turned(self) -> Column:
        """The other way round."""
        return replace(self, down=not self.down, empty_last=not self.empty_last)

    @property
    def order(self) -> Any:
        """To order by."""
        column = F(self.name)
        turned = column.desc if self.down else column.asc
        if not self.nullable:  # A word on empty values would keep it from its index.
            return turned()
        return turned(nulls_last=True) if self.empty_last else turned(nulls_first=True)

    def beyond(self, value: Any) -> Q:
        """What comes after this value."""
        if value is None:
            return Q(pk__in=[]) if self.empty_last else self.empty(whether=False)
        further = Q((f"{self.name}__{'lt' if self.down else 'gt'}", value))
        return further | self.empty(whether=True) if self.nullable and self.empty_last else further

    def same(self, value: Any) -> Q:
        """What has this value."""
        return self.empty(whether=True) if value is None else Q((self.name, value))

    def from_here(self, value: Any) -> Q:
        """This value, and those beyond it that are empty or not as it is: a stretch of an index."""
        if value is None:
            return self.empty(whether=True)
        return Q((f"{self.name}__{'lte' if self.down else 'gte'}", value))

    def empty(self, *, whether: bool) -> Q:
        """What has no value; or what has one."""
        return Q((f"{self.name}__isnull", whether))


def after(columns: Sequence[Column], key: Sequence[Any]) -> Q:
    """The rows that come after the one with this key, of those whose first value is empty or not
    as there: they lie together in an index."""
    later, same = Q(pk__in=[]), Q()
    for column, value in zip(columns, key, strict=True):
        later |= same & column.beyond(value)
        same &= column.same(value)
    return columns[0].from_here(key[0]) & later


@dataclass(frozen=True)
class KeyPage(Generic[Key]):
    """The keys of the rows of a page, in the order of the list, and the pages beside it."""

    keys: list[Key]
    next: Cursor | None
    previous: Cursor | None


def cut(found: Sequence[Key], cursor: Cursor | None, *, size: int) -> KeyPage[Key]:
    """A page from the keys found beyond a cursor, nearest first: one more was looked for than the
    page holds, to know whether it is the last."""
    back = cursor is not None and cursor.back
    shown = list(found[:size])[:: -1 if back else 1]
    more, came_from = len(found) > size, cursor is not None
    before, behind = (more, came_from) if back else (came_from, more)
    return KeyPage(
        shown,
        next=Cursor(shown[-1]) if shown and behind else None,
        previous=Cursor(shown[0], back=True) if shown and before else None,
    )


def page(
    rows: QuerySet[Any] | Sequence[QuerySet[Any]],
    text: str | None,
    *,
    by: Sequence[str],
    size: int,
    terms: Mapping[str, Expression] | None = None,
) -> KeyPage[Sequence[Any]]:
    """The page of rows at a cursor as somebody sends it, of the whole or of several parts of them
    that share none; the first page where there is no cursor.

    They are ordered by these columns of their own (`-name` for the other way round) or terms. The
    way to a page is by keys alone, the id last: what a row shows is read for its own rows. Raises
    `NoCursor` for a cursor of another list.
    """
    used = {name.removeprefix("-") for name in by}
    needed = {name: term for name, term in (terms or {}).items() if name in used}
    parts = [part.annotate(**needed) for part in _parts(rows)]
    columns = _columns(parts[0], by)
    cursor = None if text is None else read(text, [column.field for column in columns])
    return cut(_keys(parts, columns, cursor, size + 1), cursor, size=size)


def _parts(rows: QuerySet[Any] | Sequence[QuerySet[Any]]) -> Sequence[QuerySet[Any]]:
    return [rows] if isinstance(rows, QuerySet) else rows


def _columns(rows: QuerySet[Any], by: Sequence[str]) -> list[Column]:
    """The columns with the id last, which goes the way of the one before: one index serves both."""
    names = list(by)
    if names[-1] not in {"id", "-id"}:
        names.append("-id" if names[-1].startswith("-") else "id")
    return [_column(rows, name) for name in names]


def _column(rows: QuerySet[Any], name: str) -> Column:
    bare = name.removeprefix("-")
    terms = rows.query.annotations
    field: Any = terms[bare].output_field if bare in terms else rows.model._meta.get_field(bare)
    return Column(bare, field, down=name != bare, nullable=bool(field.null))


def _keys(
    parts: Sequence[QuerySet[Any]],
    columns: Sequence[Column],
    cursor: Cursor | None,
    number: int,
) -> list[Any]:
    """The keys of the first rows beyond a cursor, of all parts together."""
    turned = [column.turned() for column in columns] if cursor and cursor.back else columns
    order = {column.name: column.order for column in turned}
    key = cursor.key if cursor else None
    stretches = [rows for part in parts for rows in _stretches(part, turned, key)]
    if len(stretches) == 1:
        return list(stretches[0].order_by(*order.values()).values_list(*order)[:number])
    return list(first_of(stretches, order, number))


def _stretches(
    rows: QuerySet[Any], turned: Sequence[Column], key: Sequence[Any] | None
) -> Iterator[QuerySet[Any]]:
    """The rows beyond a key, where they lie together in an index: empty values lie apart."""
    if key is None:
        yield rows
        return
    first, value = turned[0], key[0]
    yield rows.filter(after(turned, key))
    if first.nullable and first.empty_last is (value is not None):
        yield rows.filter(first.empty(whether=first.empty_last))
