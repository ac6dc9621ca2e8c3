"""Which statements PostgreSQL plans once, on a connection that sends them again and again.

Parsing and planning cost more than most answers do. But one plan for all values suits a statement
only where each value finds about as many rows: what is found by keys. With 100,000 jobs, a search,
the first rows of a list and a count by status were up to a hundred times as dear by it: it passes
by the indexes on part of a table and knows nothing of rare values; and PostgreSQL, left to choose,
takes it where it guesses wrong. So these are planned for their values each time.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Self

from psycopg import Cursor
from psycopg.abc import Params

# Columns by which about one row is found, or those of one: keys, and those of a session.
_KEY = r"id|\w+_id|session_key|expire_date"
# A value that rows are compared with. An assignment (SET) names its column without a table.
_COMPARED = re.compile(r"(\S+) (?:=|<>|!=|<|>|<=|>=|IN|BETWEEN|[I~]?LIKE|~|&&) (?:\w*\()*%s")
_BY_KEY = re.compile(rf'"\w+"|\(*(?:"\w+"|\w+)\."(?:{_KEY})"')
_FIRST_OF_MANY = re.compile(r"\bORDER BY\b.*\bLIMIT\b", re.DOTALL)


@lru_cache(maxsize=2000)
def plan_fits_all(statement: str) -> bool:
    """Is a plan for one value as good for any other?"""
    if "%s" not in statement:
        return True
    if _FIRST_OF_MANY.search(statement):
        return False
    return all(_BY_KEY.fullmatch(column) for column in _COMPARED.findall(statement))


class PreparingCursor(Cursor[Any]):
    """Has the database keep the plan of what is found by keys, and of nothing else."""

    def execute(
        self,
        query: Any,
        params: Params | None = None,
        *,
        prepare: bool | None = None,
        binary: bool | None = None,
    ) -> Self:
        if prepare is None and not (isinstance(query, str) and plan_fits_all(query)):
            prepare = False
        return super().execute(query, params, prepare=prepare, binary=binary)
