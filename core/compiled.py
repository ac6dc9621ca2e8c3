"""Query sets that every call asks, compiled once in a process instead of at each call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from inspect import signature
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection, models
from django.db.models.query import get_related_populators  # type: ignore[attr-defined]  # No stub.

M = TypeVar("M", bound=models.Model)

# Stand for the keys while a query set is compiled. No row has such a key.
_KEYS = (-9_100_000_001, -9_100_000_002, -9_100_000_003)


class _Statement(NamedTuple):
    """A statement, which of the keys stands at each place in it, and how a row is read."""

    sql: str
    places: tuple[int, ...]
    compiler: Any
    converters: dict[int, Any]

    def rows(self, keys: Sequence[int]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [keys[place] for place in self.places])
            found: list[Any] = cursor.fetchall()
        return list(self.compiler.apply_converters(found, self.converters))


class Compiled(Generic[M]):
    """A query set that depends on nothing but a few keys, each a whole number.

    `build` is called once, and makes the query set of the keys that it is given. What else it
    compares with is written into the statement: text of the code, never of a request.
    """

    def __init__(self, build: Callable[..., models.QuerySet[M, Any]]) -> None:
        self._build = build

    @cached_property
    def _statement(self) -> _Statement:
        keys = _KEYS[: len(signature(self._build).parameters)]
        compiler = self._build(*keys).query.get_compiler(connection=connection)
        sql, given = compiler.as_sql()
        text = sql % tuple("%s" if value in keys else _literal(value) for value in given)
        places = tuple(keys.index(value) for value in given if value in keys)
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        return _Statement(text, places, compiler, converters)

    def rows(self, *keys: int) -> list[Any]:
        """The rows of a query set of values, each a list."""
        return self._statement.rows(keys)

    def objects(self, *keys: int) -> Iterator[M]:
        """The rows as objects, with what the query set selects beside them."""
        compiler = self._statement.compiler
        model, fields = compiler.klass_info["model"], compiler.klass_info["select_fields"]
        names = [compiler.select[place][0].target.attname for place in fields]
        beside = get_related_populators(compiler.klass_info, compiler.select, connection.alias)
        for row in self._statement.rows(keys):
            found: M = model.from_db(connection.alias, names, [row[place] for place in fields])
            for populator in beside:
                populator.populate(row, found)
            yield found


def _literal(text: str) -> str:
    """A text as SQL writes it, in a statement whose parameters are written `%s`."""
    return "'{}'".format(text.replace("'", "''").replace("%", "%%"))
