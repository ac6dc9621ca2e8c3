"""Rows as a file holds them: read a part at a time, so that memory stays flat however many."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Protocol, TypeAlias

from django.db.models import QuerySet

from core.exports.kinds import Column
from core.record.cells import MultiValueColumn

# Rows that are read at once.
PART = 1000

# What a cell holds, before a file makes text of it.
Value: TypeAlias = str | int | float | bool | date | time | datetime | list[str] | None


def keys_of(rows: QuerySet[Any]) -> array[int]:
    """The keys of rows in their order: eight bytes each, and all that is asked for at once."""
    # What is filtered across several rows of another table may name one twice.
    found = dict.fromkeys(rows.values_list("pk", flat=True).iterator(chunk_size=10_000))
    return array("q", found)


class RowSource(Protocol):
    """What a file is written from: columns, and rows of as many values, a part at a time."""

    @property
    def columns(self) -> Sequence[Column]: ...

    def parts(self) -> Iterator[list[list[Value]]]: ...


@dataclass(frozen=True)
class Lines:
    """Rows that are known already, below the names of their columns."""

    names: Sequence[str]
    rows: Sequence[list[Value]]

    @property
    def columns(self) -> Sequence[Column]:
        """Each is called what people call it."""
        return [Column(name, name, "") for name in self.names]

    def parts(self) -> Iterator[list[list[Value]]]:
        """All of them."""
        yield list(self.rows)


@dataclass(frozen=True)
class Table:
    """The rows of these keys, in this order, with the columns wanted of them."""

    model: type[Any]
    columns: Sequence[Column]
    keys: Sequence[int]
    # Called with how many more rows are done, after each part.
    on_progress: Callable[[int], None] = lambda _number: None

    def parts(self) -> Iterator[list[list[Value]]]:
        """The rows, a part at a time; one that was deleted meanwhile is left out."""
        for keys in _batched(self.keys, PART):
            rows = self._read(keys)
            yield [rows[key] for key in keys if key in rows]
            self.on_progress(len(keys))

    def _read(self, keys: Sequence[int]) -> dict[int, list[Value]]:
        """These rows, by key: a statement for all of them, and one for each column of several."""
        plain = [each.source for each in self.columns if isinstance(each.source, str)]
        found = self.model._base_manager.filter(pk__in=keys).order_by()
        rows = {key: list(values) for key, *values in found.values_list("pk", *plain).iterator()}
        for place, column in enumerate(self.columns):
            if isinstance(column.source, MultiValueColumn):
                names_of = self._several(column.source, keys)
                for key, values in rows.items():
                    values.insert(place, names_of(key))
        return rows

    def _several(self, source: MultiValueColumn, keys: Sequence[int]) -> Any:
        rows = self.model._base_manager.filter(pk__in=keys, **{f"{source.path}__isnull": False})
        found: dict[int, list[str]] = {}
        for key, value in rows.order_by().values_list("pk", source.path).iterator():
            found.setdefault(key, []).append(value)
        return lambda key: source.order(found.get(key, ()))


def _batched(keys: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (keys[begin : begin + size] for begin in range(0, len(keys), size))
