"""Query sets that every call asks, compiled once in a process instead of at each call."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from inspect import signature
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection, models
from django.db.models.query import get_related_populators  # type: ignore[attr-defined]  # No stub.

M = TypeVar("M", bound=models.Model)

# Stand for the keys while a query set is compiled. No row has such a key.
_KEYS = (-9_100_000_001, -9_100_000_002, -9_100_000_003)


# One that a query set compares with, or many.
Keys = int | Collection[int]


@models.BigAutoField.register_lookup
class Among(models.Lookup):  # type: ignore[type-arg]  # Not generic when it runs.
    """`pk__among`: the rows of many keys, in one parameter, so that one statement serves any number
    of them."""

    lookup_name = "among"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Compares with a list, as `given` writes it."""
        column, before = self.process_lhs(compiler, connection)
        _one, keys = self.process_rhs(compiler, connection)
        return f"{column} {one_of_many()}", (*before, *keys)


def one_of_many() -> str:
    """What a column is compared with many keys by, in one parameter."""
    is_postgresql = connection.vendor == "postgresql"
    return "= ANY(%s)" if is_postgresql else "IN (SELECT value FROM json_each(%s))"


def given(keys: Keys) -> Any:
    """Keys as a parameter of a statement."""
    if isinstance(keys, int):
        return keys
    return list(keys) if connection.vendor == "postgresql" else json.dumps(list(keys))


class _Statement(NamedTuple):
    """A statement, which of the keys stands at each place in it, and how a row is read."""

    sql: str
    places: tuple[int, ...]
    compiler: Any
    converters: dict[int, Any]

    def rows(self, keys: Sequence[Keys]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [given(keys[place]) for place in self.places])
            found: list[Any] = cursor.fetchall()
        return list(self.compiler.apply_converters(found, self.converters))


class Compiled(Generic[M]):
    """A query set that depends on nothing but a few keys, each a whole number, or many of them.

    `build` is called once, and makes the query set of the keys that it is given; many at once it
    compares by `pk__among`. What else it compares with is written into the statement: text of the
    code, never of a request.
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

    def rows(self, *keys: Keys) -> list[Any]:
        """The rows of a query set of values, each a list."""
        return self._statement.rows(keys)

    def objects(self, *keys: Keys) -> Iterator[M]:
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
