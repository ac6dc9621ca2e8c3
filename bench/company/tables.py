"""Rows on their way into the tables, as tuples in the order of the columns."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db.models import Max, Model

from core.record.audit import Door, Kind
from core.text.typed import folded
from operations.models import Customer, Equipment, Job, JobShare, Site, Task
from people.models import User

Row = tuple[Any, ...]

# What a history row holds beyond the values of the row that it is of.
_MARKS = (
    "history_id",
    "history_date",
    "history_type",
    "history_change_reason",
    "history_user_id",
    "person_name",
    "door",
    "change_set",
    "act_kind",
)
_KINDS = {
    Door.ADMIN.value: Kind.FORM.value,
    Door.API.value: Kind.CALL.value,
    Door.IMPORT.value: Kind.IMPORT.value,
    Door.SCHEDULE.value: Kind.RUN.value,
    Door.COMMAND.value: Kind.COMMAND.value,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who writes, as history rows name them; `left_at` is when they left the company."""

    user: User | None
    name: str
    door: str
    left_at: datetime | None = None

    @property
    def pk(self) -> Any:
        """The person's id; None for what no person does."""
        return None if self.user is None else self.user.pk

    def is_there(self, at: datetime) -> bool:
        """Have they not left by then?"""
        return self.left_at is None or at < self.left_at


NIGHT = Actor(None, "", Door.SCHEDULE.value)


class Table:
    """The rows of one model that wait to be written, and the ids that come next."""

    def __init__(self, model: type[Model], columns: tuple[str, ...], *, key: str = "id") -> None:
        known = {field.attname for field in model._meta.concrete_fields}
        if known != set(columns):
            raise RuntimeError(f"{model._meta.db_table} has other columns: {known ^ set(columns)}")
        self.model = model
        self.columns = columns
        self.rows: list[Row] = []
        last = model._base_manager.aggregate(last=Max(key))["last"] or 0
        self._ids = itertools.count(last + 1)

    def next_id(self) -> int:
        """An id that no row has."""
        return next(self._ids)

    def take(self) -> list[Row]:
        """The rows that wait; from now on they are the caller's."""
        rows, self.rows = self.rows, []
        return rows


class Recorded:
    """The rows of a model on record, and their history."""

    def __init__(self, model: Any) -> None:
        columns = tuple(field.attname for field in model._meta.concrete_fields)
        history = model.history.model
        self._tracked = tuple(
            f.attname for f in history._meta.concrete_fields if f.attname not in _MARKS
        )
        self.table = Table(model, columns)
        self.history = Table(history, self._tracked + _MARKS, key="history_id")
        self._values = attrgetter(*columns)
        self._tracked_values = attrgetter(*self._tracked)

    def record(self, row: Model, kind: str, *, at: datetime, by: Actor, reason: str = "") -> int:
        """Put down how the row is at a moment; the id of that history row."""
        pk = self.history.next_id()
        # What somebody wrote at one moment is one act.
        act = UUID(int=(int(at.timestamp() * 1_000_000) << 40) + (by.pk or 0))
        marks = (pk, at, kind, reason, by.pk, by.name, by.door, act, _KINDS[by.door])
        self.history.rows.append(self._tracked_values(row) + marks)
        return pk

    def keep(self, row: Any) -> None:
        """The row as it stands in the end, with what is derived from it."""
        for column, source in getattr(row, "folded", {}).items():
            setattr(row, column, folded(getattr(row, source)))
        if hasattr(row, "words"):
            row.search_text = row.words()
        self.table.rows.append(self._values(row))


class Linked:
    """The rows that link a row on record with many others, and their history."""

    def __init__(self, model: Any, name: str) -> None:
        field = model._meta.get_field(name)
        columns = ("id", f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id")
        history = getattr(model.history.model, name).model
        self.table = Table(field.remote_field.through, columns)
        self.history = Table(
            history, (*columns, "history_id", "m2m_history_id"), key="m2m_history_id"
        )

    def link(self, pk: int, others: Iterable[int]) -> list[Row]:
        """Link a row with others."""
        rows = [(self.table.next_id(), pk, other) for other in others]
        self.table.rows += rows
        return rows

    def record(self, links: Sequence[Row], history_id: int) -> None:
        """Put down the links as they are at the moment of a history row."""
        next_id = self.history.next_id
        self.history.rows += [(*link, history_id, next_id()) for link in links]


class Book:
    """All tables of the big company, in the order in which they are written."""

    def __init__(self) -> None:
        self.people = Recorded(User)
        self.roles = Linked(User, "groups")
        self.customers = Recorded(Customer)
        self.sites = Recorded(Site)
        self.equipment = Recorded(Equipment)
        self.jobs = Recorded(Job)
        self.tasks = Recorded(Task)
        self.requirements = Linked(Task, "equipment")
        self.shares = Recorded(JobShare)

    def tables(self) -> list[Table]:
        """Each table, and after it that of its history."""
        kept = (
            self.people,
            self.roles,
            self.customers,
            self.sites,
            self.equipment,
            self.jobs,
            self.tasks,
            self.requirements,
            self.shares,
        )
        return [table for pair in kept for table in (pair.table, pair.history)]
