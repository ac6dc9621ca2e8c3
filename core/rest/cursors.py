"""Lists of the API, a page at a time: a page is found by the keys of the row before it.

A cursor holds the whole ordering tuple of a row, its id last, empty values too; so there is no
count and no offset, and each page costs what the first one does. The way to a page is by keys
alone; what a row shows is read for its own rows.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Expression, F, Field, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field as Given

from core.rest.schemas import NO_TEXT, Answer, Body

T = TypeVar("T")


class PageQuery(Body):
    """Which page; a list derives its filters from it."""

    page_size: int = Given(50, ge=1, le=200, description="How many rows.")
    cursor: str = Given("", max_length=4000, description="From `next` or `previous`.")


class Page(Answer, Generic[T]):
    """A page, and the addresses of those beside it."""

    results: list[T]
    next: str | None
    previous: str | None


@dataclass(frozen=True)
class _Column:
    """A column to order by; empty values come last, and first when it is turned round."""

    name: str
    field: Field[Any, Any]
    down: bool
    nullable: bool
    empty_last: bool = True

    def turned(self) -> _Column:
        return replace(self, down=not self.down, empty_last=not self.empty_last)

    @property
    def order(self) -> Any:
        column = F(self.name)
        way = column.desc if self.down else column.asc
        if not self.nullable:  # A word on empty values would keep it from its index.
            return way()
        return way(nulls_last=True) if self.empty_last else way(nulls_first=True)

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


def page(
    request: HttpRequest,
    rows: QuerySet[Any] | Sequence[QuerySet[Any]],
    query: PageQuery,
    *,
    by: Sequence[str],
    show: Callable[[list[int]], Sequence[T]],
    terms: Mapping[str, Expression] | None = None,
) -> dict[str, Any]:
    """A page of rows, or of several parts of them that share none, in the order of these columns of
    their own (`-name` for the other way round) or terms. `show` reads the rows of these ids.

    Raises `ValidationError` for a cursor of another list.
    """
    parts = [part.annotate(**(terms or {})) for part in _parts(rows)]
    columns = _columns(parts[0], by)
    back, key = _read(columns, query.cursor)
    way = [column.turned() for column in columns] if back else columns
    found = _keys(parts, way, key, query.page_size + 1, terms or {})
    more, came_from = len(found) > query.page_size, key is not None
    shown = found[: query.page_size][:: -1 if back else 1]

    def address(key: Sequence[Any], *, back: bool) -> str:
        return beside(request, written(key, back=back))

    before, after = (more, came_from) if back else (came_from, more)
    return {
        "results": show([row[-1] for row in shown]),
        "next": address(shown[-1], back=False) if shown and after else None,
        "previous": address(shown[0], back=True) if shown and before else None,
    }


def _parts(rows: QuerySet[Any] | Sequence[QuerySet[Any]]) -> Sequence[QuerySet[Any]]:
    return [rows] if isinstance(rows, QuerySet) else rows


def _columns(rows: QuerySet[Any], by: Sequence[str]) -> list[_Column]:
    """The columns with the id last, which goes the way of the one before: one index serves both."""
    names = list(by)
    if names[-1] not in {"id", "-id"}:
        names.append("-id" if names[-1].startswith("-") else "id")
    return [_column(rows, name) for name in names]


def _column(rows: QuerySet[Any], name: str) -> _Column:
    bare = name.removeprefix("-")
    if bare in rows.query.annotations:
        field = rows.query.annotations[bare].output_field
        return _Column(bare, field, down=name != bare, nullable=False)
    field = rows.model._meta.get_field(bare)
    return _Column(bare, field, down=name != bare, nullable=bool(field.null))


def _keys(
    parts: Sequence[QuerySet[Any]],
    way: Sequence[_Column],
    key: Sequence[Any] | None,
    number: int,
    terms: Mapping[str, Expression],
) -> list[Any]:
    """The keys of the first rows beyond a key, of all parts together."""
    order, names = [column.order for column in way], [column.name for column in way]
    stretches = [rows for part in parts for rows in _stretches(part, way, key)]
    found = stretches[0]
    if len(stretches) > 1:
        # Each by its own index, and no further than a page: none has them all together.
        model = found.model._base_manager
        first, *others = (
            model.filter(pk__in=rows.order_by(*order).values("pk")[:number]).order_by().values("pk")
            for rows in stretches
        )
        found = model.filter(pk__in=first.union(*others, all=True)).annotate(**terms)
    return list(found.order_by(*order).values_list(*names)[:number])


def _stretches(
    rows: QuerySet[Any], way: Sequence[_Column], key: Sequence[Any] | None
) -> Iterator[QuerySet[Any]]:
    """The rows beyond a key, where they lie together in an index: empty values lie apart."""
    if key is None:
        yield rows
        return
    first, value = way[0], key[0]
    yield rows.filter(first.from_here(value), _after(way, key))
    if first.nullable and first.empty_last is (value is not None):
        yield rows.filter(first.empty(whether=first.empty_last))


def _after(columns: Sequence[_Column], key: Sequence[Any]) -> Q:
    """The rows that come after the one with this key."""
    later, same = Q(pk__in=[]), Q()
    for column, value in zip(columns, key, strict=True):
        later |= same & column.beyond(value)
        same &= column.same(value)
    return later


def written(key: Sequence[Any], *, back: bool) -> str:
    """The cursor of the page after the row with this key, or of the one before it."""
    # A moment to its last digit: what Django writes for people would skip rows of the same one.
    text = json.dumps([back, *key], default=str, separators=(",", ":"), ensure_ascii=False)
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(columns: Sequence[_Column], cursor: str) -> tuple[bool, list[Any] | None]:
    """Which way, and the key of the row beside the page; no key for the first page."""
    if not cursor:
        return False, None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        back, *key = json.loads(urlsafe_b64decode(padded))
        if len(key) != len(columns):
            raise ValueError
        # As the columns write them: what is no value of theirs is no cursor of ours.
        return bool(back), [_value(c.field, v) for c, v in zip(columns, key, strict=True)]
    except (ValueError, TypeError, OverflowError, ValidationError, RecursionError) as error:
        raise ValidationError({"cursor": _("This is no cursor of this list.")}) from error


def _value(field: Field[Any, Any], said: Any) -> Any:
    """A value of a column. Raises what its kind does where no database holds it."""
    value = field.to_python(said)
    if isinstance(value, str) and NO_TEXT.search(value):
        raise ValueError
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise OverflowError
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def beside(request: HttpRequest, cursor: str) -> str:
    """The address of the page at a cursor, beside the one at hand."""
    query = request.GET.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
