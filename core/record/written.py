"""What an act wrote, row by row: what each was before, what it was made, and what came since.

It is read of the history, by the change set or by the last change of each row, some rows at a time.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import Any, TypeAlias
from uuid import UUID

from django.apps import apps
from django.db.models import F, OuterRef, QuerySet, Subquery

from core.record.records import Recorded

# Rows that are read at once.
BATCH = 500
_BOOKKEEPING = frozenset({"id", "version"})
# Keys by the key of a row and the name of a many-to-many field of it.
Named: TypeAlias = Mapping[int, Mapping[str, frozenset[int]]]


@dataclass(frozen=True)
class State:
    """A row as a line of its history has it: its columns, and whom its many-to-many ones name."""

    record: Any
    many: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """What a field held: a column, or the keys that a many-to-many one names."""
        if name in self.many:
            return self.many[name]
        return getattr(self.record, name)


@dataclass(frozen=True)
class RowChange:
    """What an act did to a row; `before` is None where the act made it, and where no line of the
    history says what it was. `later` are the states that followed, the oldest first."""

    pk: int
    after: State
    before: State | None = None
    is_new: bool = False
    later: tuple[State, ...] = ()

    def fields(self) -> list[str]:
        """The fields that the act changed; all, of a row that it made."""
        found = names(self.after.record.instance_type)
        if self.before is None:
            return found
        return [name for name in found if self.before.value(name) != self.after.value(name)]

    def changed_since(self, row: Recorded, many: Named | None = None) -> list[str]:
        """Those of them that hold something else by now. `many`: whom the row names by
        many-to-many fields, where that was read of many rows (`named_by`)."""
        known = (many or {}).get(row.pk, {})
        return [
            name
            for name in self.fields()
            if (known[name] if name in known else value_of(row, name)) != self.after.value(name)
        ]

    def values(self, since: Collection[str] = ()) -> dict[str, Any]:
        """What the fields held before, those left out that were changed since."""
        before = self.before
        return {name: before.value(name) for name in self.fields() if before and name not in since}

    def last_change(self, name: str = "") -> State | None:
        """The last change since, of a field or of any; None where there was none."""
        states = (self.after, *self.later)
        pairs = pairwise(states)
        found = [new for old, new in pairs if not name or old.value(name) != new.value(name)]
        return found[-1] if found else None


@cache
def names(model: type[Recorded]) -> list[str]:
    """The fields of a model that people write and that are on record, many-to-many ones last."""
    record = model.history.model  # type: ignore[attr-defined]
    silent = _BOOKKEEPING | model.unversioned
    plain = [column.attname for column in record.tracked_fields if column.attname not in silent]
    return [*plain, *(column.name for column in record._history_m2m_fields)]


def value_of(row: Recorded, name: str) -> Any:
    """What a field of a row holds, as `State.value` has it."""
    if row._meta.get_field(name).many_to_many:
        return frozenset(getattr(row, name).values_list("pk", flat=True))
    return getattr(row, name)


def named_by(rows: Collection[Recorded]) -> Named:
    """Whom rows of a model name by the many-to-many fields on record, by key and field."""
    found: dict[int, dict[str, frozenset[int]]] = {row.pk: {} for row in rows}
    if not rows:
        return found
    model: Any = type(next(iter(rows)))
    for column in model.history.model._history_m2m_fields:
        own, other = f"{column.m2m_field_name()}_id", f"{column.m2m_reverse_field_name()}_id"
        named: dict[int, set[int]] = {pk: set() for pk in found}
        through = column.remote_field.through._base_manager
        for pk, key in through.filter(**{f"{own}__in": list(found)}).values_list(own, other):
            named[pk].add(key)
        for pk, keys in named.items():
            found[pk][column.name] = frozenset(keys)
    return found


@cache
def models() -> list[type[Recorded]]:
    """The models on record, those that belong to others before these."""
    found = [m for m in apps.get_models() if issubclass(m, Recorded)]
    # Lists, so that the order is the same each time.
    graph: dict[type[Recorded], list[type[Recorded]]] = {model: [] for model in found}
    for model in found:
        for column in (*model._meta.concrete_fields, *model._meta.many_to_many):
            other: Any = column.related_model
            if other in graph and other is not model:
                graph[other].append(model)
    return list(TopologicalSorter(graph).static_order())


def keys(model: type[Recorded], change_set: UUID) -> Iterator[array[int]]:
    """The keys of the rows that an act wrote, the last made first, some at a time."""
    rows = model.history.filter(change_set=change_set)  # type: ignore[attr-defined]
    found = rows.order_by("-id").values_list("id", flat=True).distinct()
    # A hundred thousand of them are less than a megabyte so.
    every = array("q", found.iterator(chunk_size=2_000))
    for start in range(0, len(every), BATCH):
        yield every[start : start + BATCH]


def versions(model: type[Recorded], change_set: UUID) -> dict[int, int]:
    """The version that an act made of each row that it wrote, by key."""
    rows = model.history.filter(change_set=change_set)  # type: ignore[attr-defined]
    return dict(rows.order_by("history_id").values_list("id", "version"))


def by_act(model: type[Recorded], change_set: UUID, some: Iterable[int]) -> list[RowChange]:
    """What an act did to some rows, in their order."""
    history: QuerySet[Any] = model.history.all()  # type: ignore[attr-defined]
    wanted = list(some)
    rows = history.filter(change_set=change_set, id__in=wanted).order_by("history_id")
    first: dict[int, Any] = {}
    last: dict[int, Any] = {}
    for row in rows:
        first.setdefault(row.id, row)
        last[row.id] = row
    old = [row.history_id for row in first.values() if row.history_type != "+"]
    before = _before(history, old)
    later = _later(history, last)
    since = [row for lines in later.values() for row in lines]
    states = _states(model, [*last.values(), *before.values(), *since])
    return [
        RowChange(
            pk,
            after=states[last[pk].history_id],
            before=states[before[pk].history_id] if pk in before else None,
            is_new=first[pk].history_type == "+",
            later=tuple(states[row.history_id] for row in later.get(pk, ())),
        )
        for pk in wanted
    ]


def by_last_version(model: type[Recorded], some: Collection[int]) -> dict[int, RowChange]:
    """What the last change did to each of some rows, by key; a row without a change before is left
    out."""
    history: QuerySet[Any] = model.history.all()  # type: ignore[attr-defined]
    now = model._base_manager.filter(pk=OuterRef("id")).order_by().values("version")
    rows = history.filter(id__in=list(some)).alias(now=Subquery(now))
    recent = list(rows.filter(version__gte=F("now") - 1).order_by("history_id"))
    states = _states(model, recent)
    after = {row.id: row for row in recent}
    before = {row.id: row for row in recent if row.version < after[row.id].version}
    return {
        pk: RowChange(pk, after=states[after[pk].history_id], before=states[row.history_id])
        for pk, row in before.items()
    }


def _before(history: QuerySet[Any], firsts: list[int]) -> dict[int, Any]:
    """The line before each of these, by the key of the row."""
    earlier = history.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
    previous = Subquery(earlier.order_by("-history_id").values("history_id")[:1])
    found = history.filter(history_id__in=firsts).annotate(previous=previous)
    wanted = [key for key in found.values_list("previous", flat=True) if key]
    return {row.id: row for row in history.filter(history_id__in=wanted)}


def _later(history: QuerySet[Any], last: Mapping[int, Any]) -> dict[int, list[Any]]:
    """The lines after each of these, by the key of the row."""
    found: dict[int, list[Any]] = defaultdict(list)
    if last:
        since = min(row.history_id for row in last.values())
        for row in history.filter(id__in=list(last), history_id__gt=since).order_by("history_id"):
            if row.history_id > last[row.id].history_id:
                found[row.id].append(row)
    return found


def _states(model: type[Recorded], records: list[Any]) -> dict[int, State]:
    """Each line with whom it names, by its number."""
    history = model.history.model  # type: ignore[attr-defined]
    ids = [record.history_id for record in records]
    many: dict[int, dict[str, set[int]]] = {pk: {} for pk in ids}
    for column in history._history_m2m_fields:
        through = getattr(history, column.name).model
        target = f"{column.m2m_reverse_field_name()}_id"
        for pk in ids:
            many[pk][column.name] = set()
        rows = through.objects.filter(history_id__in=ids)
        for history_id, pk in rows.values_list("history_id", target):
            many[history_id][column.name].add(pk)
    return {
        record.history_id: State(
            record, {name: frozenset(found) for name, found in many[record.history_id].items()}
        )
        for record in records
    }
