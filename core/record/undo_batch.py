"""Rows of an act that is undone, many at once: to the very rows that undoing each by itself would
leave, in a few statements for all.

Only rows are undone here that nothing keeps: what somebody changed since, what another row names,
and what a rule refuses is left to whoever undoes them one by one (undoing.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import DO_NOTHING, UniqueConstraint, prefetch_related_objects
from django.utils.module_loading import import_string

from core.declarations import PutBack, collected
from core.record import acts, audit, bulk_writes, written
from core.record.doubles import APART
from core.record.records import Recorded
from core.record.written import RowChange


@dataclass(frozen=True)
class Done:
    """The keys of the rows that are gone, and of those that are as they were."""

    removed: frozenset[int]
    put_back: frozenset[int]

    def __contains__(self, pk: int) -> bool:
        return pk in self.removed or pk in self.put_back


@dataclass(frozen=True)
class Restore:
    """A row that is held, what fields of it are to hold again, by name, and the line of its history
    that says what it was."""

    row: Any
    values: dict[str, Any]
    former: Any


def declared_for(model: type[Recorded]) -> PutBack | None:
    """How rows of a model are put back, where an app says so."""
    return _declared().get(model._meta.label_lower)


@cache
def _declared() -> dict[str, PutBack]:
    return {each.model: each for each in collected(PutBack)}


def undo(model: type[Recorded], some: Sequence[RowChange], *, by: Any) -> Done:
    """Undo what an act did to rows of a model, as far as it goes many at once."""
    rows = {row.pk: row for row in model.held_by_key([each.pk for each in some])}
    named = written.named_by(rows.values())
    sound = [
        each for each in some if each.pk in rows and not each.changed_since(rows[each.pk], named)
    ]
    with audit.act(by=by):
        new = [each for each in sound if each.is_new]
        free = [each for each in new if not rows[each.pk].in_use(since=each.later)]
        removed = _remove([rows[each.pk] for each in free], by=by)
        restores = [
            Restore(rows[each.pk], values, each.before.record)
            for each in sound
            if each.before and (values := each.values())
        ]
        return Done(removed, _put_back(model, restores, by=by))


# New


def _remove(rows: Sequence[Recorded], *, by: Any) -> frozenset[int]:
    if not rows:
        return frozenset()
    model = type(rows[0])
    named = _named(model, [row.pk for row in rows])
    waited_for = {column: _waited_for(model, column) for column in model.folded}
    free = [
        row
        for row in rows
        if row.pk not in named and not any(getattr(row, c) in waited_for[c] for c in waited_for)
    ]
    gone = [row for row in free if _goes(row, by=by)]
    bulk_writes.remove(gone)
    return frozenset(row.pk for row in gone)


def _goes(row: Recorded, *, by: Any) -> bool:
    try:
        acts.check(row, "delete", by=by)
        row.check_delete(is_named=False)
    except (ValidationError, PermissionDenied):
        return False
    return True


def _named(model: Any, keys: Sequence[int]) -> set[int]:
    """Those of these rows that other rows name. What they name themselves goes with them."""
    found: set[int] = set()
    for relation in _naming(model):
        others = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": keys})
        found.update(others.order_by().values_list(relation.field.attname, flat=True).distinct())
    return found


def _naming(model: Any) -> Iterator[Any]:
    own = [field.remote_field.through for field in model._meta.many_to_many]
    for each in model._meta.get_fields(include_hidden=True):
        if not each.auto_created or each.concrete or each.many_to_many:
            continue
        # The history names rows that are gone.
        if each.related_model not in own and each.on_delete is not DO_NOTHING:
            yield each


def _waited_for(model: Any, column: str) -> set[str]:
    """What doubles of before are to have once it is free (core/record/folded.py)."""
    waiting = model._base_manager.filter(**{f"{column}__contains": APART}).order_by()
    return {text.split(APART)[0] for text in waiting.values_list(column, flat=True)}


# Changed


def _put_back(model: type[Recorded], restores: Sequence[Restore], *, by: Any) -> frozenset[int]:
    declared = declared_for(model)
    if not restores or (declared and not declared.many):
        return frozenset()
    done = import_string(declared.many) if declared else put_back
    return frozenset(done(restores, by=by))


def put_back(
    restores: Sequence[Restore],
    *,
    by: Any,
    check: Callable[[Any], None] = lambda _row: None,
    relation: str = "",
) -> list[int]:
    """Have fields of rows of a model hold these values again, of all that no rule keeps from it:
    their keys. `check` raises where a rule does that is not asked by the row alone; `relation` is a
    many-to-many field of which the values hold keys."""
    wanted = {id(b.row): b.values.pop(relation) for b in restores if relation in b.values}
    for restore in restores:
        for name, value in restore.values.items():
            setattr(restore.row, name, value)
    rows = [restore.row for restore in restores]
    gone = _read_named(rows)
    ready = [row for row in rows if id(row) not in gone and _comes(row, check, by=by)]
    duplicates = {*bulk_writes.duplicates(ready), *_alike(ready)}
    free = [row for place, row in enumerate(ready) if place not in duplicates]
    bulk_writes.save_all(free, relation=relation, wanted=wanted)
    return [row.pk for row in free]


def _comes(row: Recorded, check: Callable[[Any], None], *, by: Any) -> bool:
    try:
        acts.check(row, "change", by=by)
        check(row)
        bulk_writes.prepare(row)
    except (ValidationError, PermissionDenied):
        return False
    return True


def _read_named(rows: Sequence[Recorded]) -> set[int]:
    """Read whom these rows name now; which of them name somebody who is no more."""
    if not rows:
        return set()
    columns: list[Any] = list(rows[0]._meta.concrete_fields)
    relations = [field for field in columns if field.is_relation]
    prefetch_related_objects(rows, *(field.name for field in relations))
    return {
        id(row)
        for row in rows
        for field in relations
        if getattr(row, field.attname) is not None and not field.get_cached_value(row)
    }


def _alike(rows: Sequence[Recorded]) -> set[int]:
    """The places of those that would have what no two may have: who comes first is to have it."""
    found: set[int] = set()
    for constraint in rows[0]._meta.constraints if rows else ():
        if isinstance(constraint, UniqueConstraint):
            values = [tuple(getattr(row, name) for name in constraint.fields) for row in rows]
            times = Counter(values)
            found.update(place for place, each in enumerate(values) if times[each] > 1)
    return found
