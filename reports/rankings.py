"""Rankings: what was counted of each technician, customer or piece of equipment, the most first.

The database adds it up, names it and puts it in order: there are thousands of them, and pages show
a few.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import F, QuerySet

from operations.models import Customer, Equipment
from people.models import User
from reports import counts
from reports.question import Question
from reports.tallies import MEASURES, Cut, as_live

T = TypeVar("T")


@dataclass(frozen=True)
class Ranking(Generic[T]):
    """The first of all that there are, in their order; and of how many nothing was counted."""

    rows: Sequence[T]
    all: int
    idle: int

    def __iter__(self) -> Iterator[T]:
        return iter(self.rows)


_JOBS = Cut("jobs", MEASURES["completed"], ("key",))
_TASKS = Cut("tasks", MEASURES["tasks"], ("key",))
_CUSTOMERS = Cut("customers", MEASURES["customers"], ("key",))
_EQUIPMENT = Cut("equipment", MEASURES["uses"], ("key",))


def technicians(question: Question, most: int | None) -> Ranking[tuple[Any, ...]]:
    """Key, user name, first and last name; jobs completed, those of them that had a day and that
    kept it, tasks completed, jobs open now. Who is a technician is there, with any or without."""
    rows = counts.JOBS["open"].chosen(question.jobs(), question).exclude(assigned_to=None)
    opened = as_live("open", rows, F("assigned_to_id"))
    counted, values = _united([opened, *_JOBS.rows(question), *_TASKS.rows(question)])
    active, known = User.objects.technicians().order_by().values("pk").query.sql_with_params()
    named: list[Any] = [question.filters.technician] if question.filters.technician else []
    return _read(
        [
            "SELECT person.id, person.username, person.first_name, person.last_name,",
            "COALESCE(jobs, 0), COALESCE(scheduled, 0), COALESCE(on_time, 0),",
            "COALESCE(tasks, 0), COALESCE(opened, 0),",
            "COUNT(*) OVER (), COUNT(*) FILTER (WHERE counted.each_key IS NULL) OVER ()",
            f"FROM {User._meta.db_table} person LEFT JOIN (SELECT each_key,",
            _sum("all_number", "jobs", of="jobs"),
            _sum("all_scheduled", "scheduled", of="jobs"),
            _sum("all_on_time", "on_time", of="jobs"),
            _sum("all_number", "tasks", of="tasks"),
            _sum("all_number", "opened", of="open").rstrip(","),
            f"FROM ({counted}) each_one GROUP BY each_key) counted ON counted.each_key = person.id",
            f"WHERE (counted.each_key IS NOT NULL OR person.id IN ({active}))",
            "AND person.id = %s" if named else "",
            "ORDER BY COALESCE(jobs, 0) DESC, COALESCE(opened, 0) DESC, person.id",
        ],
        [*values, *known, *named],
        most,
    )


def equipment(question: Question, most: int | None) -> Ranking[tuple[Any, ...]]:
    """Key, name and serial number; tasks that need it, and days in use. What is active is there,
    with any or without."""
    counted, values = _united(_EQUIPMENT.rows(question))
    # As Python has them in order, too.
    collation = '"C"' if connection.vendor == "postgresql" else "BINARY"
    return _read(
        [
            "SELECT item.id, item.name, item.serial_number,",
            "COALESCE(tasks, 0), COALESCE(days, 0),",
            "COUNT(*) OVER (), COUNT(*) FILTER (WHERE counted.each_key IS NULL) OVER ()",
            f"FROM {Equipment._meta.db_table} item LEFT JOIN (SELECT each_key,",
            _sum("all_number", "tasks"),
            _sum("all_days", "days").rstrip(","),
            f"FROM ({counted}) each_one GROUP BY each_key) counted ON counted.each_key = item.id",
            "WHERE item.is_active OR counted.each_key IS NOT NULL",
            "ORDER BY COALESCE(days, 0) DESC, COALESCE(tasks, 0) DESC,",
            f"item.name COLLATE {collation}, item.id",
        ],
        values,
        most,
    )


def customers(question: Question, most: int) -> Ranking[tuple[Any, ...]]:
    """Key and name; jobs entered. Whoever had none is not there."""
    counted, values = _united(_CUSTOMERS.rows(question))
    return _read(
        [
            "SELECT customer.id, customer.name, jobs, numbered, 0",
            "FROM (SELECT each_key,",
            _sum("all_number", "jobs"),
            f"COUNT(*) OVER () AS numbered FROM ({counted}) each_one GROUP BY each_key",
            "ORDER BY jobs DESC, each_key LIMIT %s) counted",
            f"JOIN {Customer._meta.db_table} customer ON customer.id = counted.each_key",
            "ORDER BY jobs DESC, customer.id",
        ],
        [*values, most],
        None,
    )


def _united(parts: Sequence[QuerySet[Any]]) -> tuple[str, tuple[Any, ...]]:
    """What is kept and what is counted live, as one statement, with its values."""
    first, *others = parts
    return (first.union(*others, all=True) if others else first).query.sql_with_params()


def _sum(column: str, name: str, *, of: str = "") -> str:
    """A column added up, of a kind of row alone."""
    only = f" FILTER (WHERE kind = '{of}')" if of else ""
    return f"CAST(SUM({column}){only} AS bigint) AS {name},"


def _read(
    statement: list[str], values: Sequence[Any], most: int | None
) -> Ranking[tuple[Any, ...]]:
    """The rows; the last two columns of each say how many there are."""
    if most is not None:
        statement, values = [*statement, "LIMIT %s"], [*values, most]
    with connection.cursor() as cursor:
        cursor.execute("\n".join(statement), values)
        found = cursor.fetchall()
    every, idle = found[0][-2:] if found else (0, 0)
    return Ranking([row[:-2] for row in found], every, idle)
