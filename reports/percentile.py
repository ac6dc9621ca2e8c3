"""A percentile, computed by the database: the same on PostgreSQL and on SQLite."""

from __future__ import annotations

import math
from typing import Any

from django.db.models import Aggregate

# What SQLite is taught, which has none of its own.
_NAME = "JOBOPS_PERCENTILE"


class Percentile(Aggregate):
    """The length of time below which a part of all others lies, between two of them in proportion
    where it falls between two (the SQL standard's `percentile_cont`); null where there are none."""

    function = "PERCENTILE_CONT"
    # In seconds, as numbers are put in order in two thirds of the time that intervals take.
    template = (
        "MAKE_INTERVAL(secs => %(function)s(%(part)s)"
        " WITHIN GROUP (ORDER BY DATE_PART('epoch', %(expressions)s)))"
    )

    def __init__(self, expression: Any, part: float, **extra: Any) -> None:
        super().__init__(expression, part=part, **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """As PostgreSQL's, by the function that SQLite is taught."""
        taught = self.copy()
        taught.function, taught.template = _NAME, "%(function)s(%(expressions)s, %(part)s)"
        return taught.as_sql(compiler, connection, **extra)


class Values:
    """The function for SQLite: what it has been given, and in the end their percentile."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self.part = 0.0

    def step(self, value: float | None, part: float) -> None:
        """One more; null is none."""
        self.part = part
        if value is not None:
            self.values.append(value)

    def finalize(self) -> float | None:
        """The percentile of them all."""
        return percentile(self.values, self.part) if self.values else None


def percentile(values: list[float], part: float) -> float:
    """The percentile of some values, of which there is one at least."""
    ordered, place = sorted(values), part * (len(values) - 1)
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    return below + (above - below) * (place - math.floor(place))


def teach(connection: Any, **_signal: Any) -> None:
    """Have a new connection to SQLite know the function."""
    if connection.vendor == "sqlite":
        connection.connection.create_aggregate(_NAME, 2, Values)
