"""History rows, of one row or of many at once: each as the row is now, written where the rows are.

What simple-history reads of a row, and writes by an INSERT of its own, is one INSERT of all of them
from their very table.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection

from core.database.compiled import given, one_of_many
from core.record import audit


def keep(model: Any, keys: Sequence[int], *, kind: str) -> list[int]:
    """Write a history row, of the act at hand, for each row of these keys; the keys of those, in
    the order of the rows'. `kind` is simple-history's: `+` for a new row, `~` for a changed one."""
    if not keys:
        return []
    act_fields = _of_the_act()
    fields = _act_fields(model)
    values = [
        fields[name].get_db_prep_save(value, connection) for name, value in act_fields.items()
    ]
    return _insert(_rows_as_they_are(model), [*values, kind, given(keys)])


def keep_relation(model: Any, name: str, history_keys: Sequence[int]) -> None:
    """Have these history rows say what their rows have of a many-to-many now."""
    if not history_keys:
        return
    _insert(_relation_as_it_is(model, name), [given(history_keys)])


# Each is written once in a process: every change sends it.


@cache
def _rows_as_they_are(model: Any) -> str:
    records = model.history.model
    kept = [field.column for field in records.tracked_fields]
    act_fields = [*_act_fields(model), "history_type"]
    # Of names of our own, and marks for all values.
    return (
        f"INSERT INTO {_quoted(records._meta.db_table)} ({_columns([*kept, *act_fields])})"  # noqa: S608
        f" SELECT {_columns(kept)}, {_marks(act_fields)} FROM {_quoted(model._meta.db_table)}"
        f" WHERE {_quoted('id')} {one_of_many()} ORDER BY id RETURNING history_id"
    )


@cache
def _relation_as_it_is(model: Any, name: str) -> str:
    field = model._meta.get_field(name)
    through = field.remote_field.through._meta
    kept = [column.column for column in through.fields]
    own = through.get_field(field.m2m_field_name()).column
    of = model.audit_records.m2m_models[field]._meta.db_table
    return (
        f"INSERT INTO {_quoted(of)} (history_id, {_columns(kept)})"  # noqa: S608 (Likewise.)
        f" SELECT record.history_id, {_columns(kept, of='had')}"
        f" FROM {_quoted(through.db_table)} had"
        f" JOIN {_quoted(model.history.model._meta.db_table)} record ON record.id = had.{own}"
        f" WHERE record.{_quoted('history_id')} {one_of_many()} ORDER BY had.id"
        " RETURNING history_id"
    )


@cache
def _act_fields(model: Any) -> dict[str, Any]:
    """The columns that say of what act a history row is, by name."""
    fields = {field.column: field for field in model.history.model._meta.concrete_fields}
    return {column: fields[column] for column in _of_the_act()}


def _of_the_act() -> dict[str, Any]:
    """What history rows of the act at hand hold beside the values."""
    by = audit.person()
    return {
        "history_date": audit.now(),
        "history_change_reason": audit.reason(),
        "history_user_id": by.pk if by is not None else None,
        "door": audit.door(),
        "person_name": audit.person_name(),
        "change_set": audit.change_set_id(),
        "act_kind": audit.kind(),
    }


def _insert(statement: str, values: Sequence[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [key for (key,) in cursor.fetchall()]


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _columns(names: Sequence[str], *, of: str = "") -> str:
    return ", ".join(f"{of}.{_quoted(name)}" if of else _quoted(name) for name in names)


def _marks(values: Any) -> str:
    return ", ".join(["%s"] * len(values))
