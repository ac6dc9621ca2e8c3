"""Many rows on record, written at once: what `save` writes of each, in a few statements for all.

`prepare` checks a row by itself, as its save does; `duplicates` finds those that have what another
row has; `save_all` writes them, with their history and what follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from django.db import connection, models
from django.db.models import Q

from core.database.inserts import BATCH, insert
from core.outbox import posting
from core.record import acts, history
from core.record.acts import Outcome
from core.record.records import Recorded
from core.record.transactions import atomic, innermost

# For rows by their identity, which have no key yet: the keys of the related rows that they are to
# have, all of them.
Wanted: TypeAlias = Mapping[int, Collection[int]]
Keys: TypeAlias = Callable[[type[models.Model], int], Iterable[int]]

_NEXT = {
    "postgresql": (
        "SELECT nextval(of::regclass)"
        " FROM pg_get_serial_sequence(%s, 'id') of, generate_series(1, %s)"
    ),
    # One at a time writes, and this one is writing.
    "sqlite": (
        "WITH RECURSIVE numbers(of, number) AS"
        " (SELECT %s, 1 UNION ALL SELECT of, number + 1 FROM numbers WHERE number < %s)"
        " SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = of), 0) + number"
        " FROM numbers"
    ),
}


def next_keys(model: type[models.Model], count: int) -> list[int]:
    """Keys for so many new rows, which the database gives to nobody else, ever."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT[connection.vendor], [model._meta.db_table, count])
        return [key for (key,) in cursor.fetchall()]


def trial_keys(model: type[models.Model], count: int) -> list[int]:
    """Keys for new rows that will not stay: a job's number is not to be used up by a look at a
    file."""
    lowest = model._base_manager.filter(pk__lt=0).aggregate(lowest=models.Min("pk"))["lowest"] or 0
    return list(range(lowest - 1, lowest - 1 - count, -1))


def prepare(row: Recorded, *, but: Collection[str] = ()) -> None:
    """Check what was written on a row by itself, and derive what follows from it.

    Raises `ValidationError`, `Refused`, or PermissionDenied. `but`: fields of which something is
    wrong already.
    """
    row.check_fields(alone=True, but=but)
    if not but:
        row._fold()
        row.before_save()


# What no two rows share


def duplicates(rows: Sequence[Recorded]) -> dict[int, tuple[str, str]]:
    """The field, and the sentence, of each row that has what no two rows may have in common and
    another one in the database has; by its place in the sequence. One question a constraint."""
    found: dict[int, tuple[str, str]] = {}
    for constraint in rows[0]._meta.constraints if rows else ():
        if not isinstance(constraint, models.UniqueConstraint):
            continue
        for place in _duplicates(constraint, rows):
            field = str(constraint.violation_error_code or "")
            found.setdefault(place, (field, str(constraint.get_violation_error_message())))
    return found


def _duplicates(constraint: models.UniqueConstraint, rows: Sequence[Recorded]) -> list[int]:
    fields: list[Any] = [rows[0]._meta.get_field(name) for name in constraint.fields]
    columns = [field.attname for field in fields]
    asked = {
        place: tuple(getattr(row, column) for column in columns)
        for place, row in enumerate(rows)
        if not row.changed().isdisjoint(columns)
    }
    if not asked:
        return []
    others: Any = type(rows[0])._base_manager
    last = columns[-1]
    same = others.filter(**{f"{last}__in": {values[-1] for values in asked.values()}})
    for column, values in zip(columns[:-1], zip(*asked.values(), strict=True), strict=False):
        same = same.filter(**{f"{column}__in": set(values)})
    there = {tuple(values): pk for pk, *values in same.values_list("pk", *columns)}
    return [p for p, values in asked.items() if there.get(values, rows[p].pk) != rows[p].pk]


# Written


def save_all(
    rows: Iterable[Recorded],
    *,
    keys: Keys = next_keys,
    relation: str = "",
    wanted: Wanted | None = None,
) -> list[Outcome[Any]]:
    """Save rows of a model that are ready, new or held: what changed of them, with a history row
    each, and what an app has follow. One that did not change leaves nothing.

    `wanted` of a many-to-many `relation` counts as a change of the row that has others. Tells what
    came of each, in the order of the rows.
    """
    rows = list(rows)
    if not rows:
        return []
    with atomic(), posting.gathered():
        relations = _Relation(type(rows[0]), relation, wanted or {}) if relation else None
        if relations:
            relations.touch(rows)
        new = [row for row in rows if row._state.adding]
        changed = [row for row in rows if not row._state.adding and (row.changed() or row._touched)]
        before = {
            id(row): {c: row.loaded(c) for c in row.changed()}
            | (relations.former_of(row) if relations else {})
            for row in changed
        }
        written = {id(row): row.changed() for row in new}
        _add(new, keys)
        _change(changed)
        written |= {id(row): row.changed() for row in changed}
        if relations:
            relations.name_in(written, [*new, *changed])
            relations.write([*new, *changed])
        for some, kind in ((new, "+"), (changed, "~")):
            records = history.keep(type(rows[0]), [row.pk for row in some], kind=kind)
            if relations and (kind == "~" or relations.is_given_to(some)):
                history.keep_relation(type(rows[0]), relation, records)
        for row in new:
            _after_save(row, None)
        for row in changed:
            row.update_dependents(before[id(row)].keys())
            _after_save(row, before[id(row)])
    return [_outcome(row, frozenset(written.get(id(row), ()))) for row in rows]


def _outcome(row: Recorded, changed: frozenset[str]) -> Outcome[Any]:
    return Outcome(row, changed, tuple(row.warnings(changed)) if changed else ())


def remove(rows: Sequence[Recorded]) -> None:
    """Delete rows of a model that are held and that nothing else names, with a history row each,
    and what an app has follow. Whether each may be deleted has been asked."""
    if not rows:
        return
    if not all(row.is_held for row in rows):
        raise RuntimeError("Rows that are deleted many at once are held.")
    model, keys = type(rows[0]), [row.pk for row in rows]
    with atomic(), posting.gathered():
        for row in rows:
            acts.follow(row, None, is_deleted=True)
        history.keep(model, keys, kind="-")
        for relation in model._meta.many_to_many:
            through: Any = relation.remote_field.through
            own = relation.m2m_field_name()
            _delete(through._base_manager.filter(**{f"{own}__in": keys}))
        _delete(model._base_manager.filter(pk__in=keys))


def _delete(rows: models.QuerySet[Any]) -> None:
    """One statement. Django's own way reads the rows first, and tells simple-history of each."""
    rows._raw_delete(rows.db)


def _after_save(row: Recorded, before: dict[str, Any] | None) -> None:
    row._remember()
    row._held_in = innermost()
    acts.follow(row, before)


def _add(rows: list[Any], keys: Keys) -> None:
    if not rows:
        return
    model = type(rows[0])
    if hasattr(model, "name_by_key"):
        for row, key in zip(rows, keys(model, len(rows)), strict=True):
            row.pk = key
            row.name_by_key()
    insert(rows)


def _change(rows: list[Any]) -> None:
    if not rows:
        return
    if not all(row.is_held for row in rows):
        raise RuntimeError("Rows that are changed many at once are held.")
    columns: set[str] = set()
    for row in rows:
        row.raise_version()
        columns |= row.changed()
    model = type(rows[0])
    fields = [field.name for field in model._meta.concrete_fields if field.attname in columns]
    model._base_manager.bulk_update(rows, fields, batch_size=BATCH)


def related_keys(rows: Sequence[Recorded], name: str) -> dict[int, set[int]]:
    """The keys of what each row has of a many-to-many, by its own key: as it was read with the row,
    for a change of it since makes the row stale; one question for all others."""
    found = {row.pk: {item.pk for item in _read_with(row).get(name, ())} for row in rows}
    asked = [row.pk for row in rows if name not in _read_with(row)]
    if asked:
        field: Any = type(rows[0])._meta.get_field(name)
        own, other = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
        pairs = field.remote_field.through._base_manager.filter(**{f"{own}__in": asked})
        for pk, key in pairs.values_list(own, other):
            found[pk].add(key)
    return found


def _read_with(row: Recorded) -> dict[str, Any]:
    """What was read of other rows with this one (`prefetch_related`), by the name of the field."""
    read: dict[str, Any] = getattr(row, "_prefetched_objects_cache", {})
    return read


class _Relation:
    """A many-to-many of some rows: what they have of it, and what they are to have."""

    def __init__(self, model: Any, name: str, wanted: Wanted) -> None:
        self.field = model._meta.get_field(name)
        self.through: Any = getattr(model, name).through
        self.own, self.other = self.field.m2m_field_name(), self.field.m2m_reverse_field_name()
        self.wanted = wanted

    def touch(self, rows: Iterable[Recorded]) -> None:
        """Have those raise their version that are to have others than they have."""
        old = [row for row in rows if not row._state.adding and id(row) in self.wanted]
        self.former = related_keys(old, self.field.name)
        for row in old:
            if self.former_of(row):
                row.touch()

    def former_of(self, row: Recorded) -> dict[str, set[int]]:
        """What a row had of it, by its name, where the row is to have others."""
        wanted, former = self.wanted.get(id(row)), self.former.get(row.pk, set())
        return {} if wanted is None or set(wanted) == former else {self.field.name: former}

    def is_given_to(self, rows: Iterable[Recorded]) -> bool:
        """Is any of these rows to have some?"""
        return any(self.wanted.get(id(row)) for row in rows)

    def name_in(self, written: Mapping[int, set[str]], rows: Iterable[Recorded]) -> None:
        """Have what is written of each row name this, where it is to have others than it has."""
        for row in rows:
            written[id(row)] |= self.former_of(row).keys()

    def write(self, rows: Iterable[Recorded]) -> None:
        """Have each row have what it is to have, and nothing else."""
        given, gone = [], Q()
        for row in rows:
            wanted, former = set(self.wanted.get(id(row), ())), self.former.get(row.pk, set())
            given += [
                self.through(**{f"{self.own}_id": row.pk, f"{self.other}_id": other})
                for other in sorted(wanted - former)
            ]
            if id(row) in self.wanted:
                _read_with(row).pop(self.field.name, None)
                if taken := former - wanted:
                    gone |= Q((f"{self.own}_id", row.pk), (f"{self.other}_id__in", taken))
        if gone:
            self.through._base_manager.filter(gone).delete()
        insert(given)
