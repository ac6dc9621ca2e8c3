"""Rows that come in several parts, each with an index of its own: the first of them all, in order.

No index has the parts together; so each is read by its own, and no further than is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connections
from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy


def first_of(
    parts: Sequence[QuerySet[Any]], order: Mapping[str, OrderBy], number: int
) -> QuerySet[Any]:
    """The first rows of several parts, as tuples of the columns that order them.

    These are columns or annotations of each part; the parts share no row.
    """
    terms = [_by_name(name, term) for name, term in order.items()]
    first, *others = (
        _no_further(part.order_by(*order.values()), number).values_list(*order) for part in parts
    )
    together: QuerySet[Any] = first.union(*others, all=True)
    return together.order_by(*terms)[:number]


def _no_further(part: QuerySet[Any], number: int) -> QuerySet[Any]:
    """The first rows of one part, so that they can stand beside others."""
    if connections[part.db].features.supports_slicing_ordering_in_compound:
        return part[:number]
    # SQLite knows no limit there, but in a subquery.
    return part.order_by().filter(pk__in=part.values("pk")[:number])


def _by_name(name: str, term: OrderBy) -> OrderBy:
    """The same order, where the values stand in a column of this name."""
    ends = {"nulls_first": term.nulls_first, "nulls_last": term.nulls_last}
    return OrderBy(F(name), descending=term.descending, **ends)
