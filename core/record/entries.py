"""What a row of the audit log says in words: who did what to which row, and what it changed."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.owned import link_to_owned
from core.record.audit import Door
from core.roles import group_text

# Letters of a value that a page shows, and how many of them are what did not change.
SHOWN, _BEFORE = 300, 40
# Bookkeeping that says nothing to a person.
_SILENT = frozenset({"id", "version", "created_at", "updated_at", "date_joined", "overdue_since"})
_ACTIONS = {"+": "created", "~": "changed", "-": "deleted"}
_SENTENCES: dict[str, str | Promise] = {
    "created": gettext_lazy("{person} created {kind} {name}"),
    "changed": gettext_lazy("{person} changed {kind} {name}"),
    "deleted": gettext_lazy("{person} deleted {kind} {name}"),
}


@dataclass(frozen=True)
class Change:
    """One field's old and new value, as stored and as people read it."""

    field: str
    label: str
    old: Any
    new: Any
    old_text: str
    new_text: str
    # As stored, rows by their names: one, or a list of them.
    old_value: Any = dataclasses.field(default=None, compare=False)
    new_value: Any = dataclasses.field(default=None, compare=False)

    @property
    def old_shown(self) -> str:
        """The old value as a page of many shows it: a long one is cut, to where it changed."""
        return self._cut(self.old_text)

    @property
    def new_shown(self) -> str:
        """The new value, likewise."""
        return self._cut(self.new_text)

    @property
    def is_cut(self) -> bool:
        """Is there more to see than a page of many shows?"""
        return len(self.old_text) > SHOWN or len(self.new_text) > SHOWN

    def _cut(self, text: str) -> str:
        if len(text) <= SHOWN:
            return text
        same = _alike(self.old_text, self.new_text)
        begin = same - _BEFORE if same > SHOWN - _BEFORE else 0
        before, after = "…" if begin else "", "…" if len(text) > begin + SHOWN else ""
        return f"{before}{text[begin : begin + SHOWN]}{after}"


def _alike(one: str, other: str) -> int:
    """How many letters two texts share at their beginning; found by halves, as texts are long."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one.startswith(other[:middle]):
            least = middle
        else:
            most = middle - 1
    return least


@dataclass(frozen=True)
class Entry:
    """One history row. `action` is `created`, `changed` or `deleted`."""

    id: str
    at: datetime
    person: str
    door: str
    reason: str
    action: str
    kind: str
    kind_text: str
    object_id: int
    object_text: str
    changes: list[Change] = field(default_factory=list)
    # The owned row that it is of, such as a job, where it is of one.
    owned_id: int | None = None
    change_set: UUID | None = None
    act_kind: str = ""

    @property
    def door_text(self) -> str:
        """The door, as people read it."""
        return str(Door(self.door).label)

    def as_sentence(self, url: str = "") -> SafeString:
        """Who did what to which row, in a sentence; the row leads to its page, where it has one."""
        name = format_html("<em>{}</em>", self.object_text)
        return format_html(
            str(_SENTENCES[self.action]),
            person=format_html("<strong>{}</strong>", self.person or _("Background run")),
            kind=self.kind_text,
            name=format_html('<a href="{}">{}</a>', url, name) if url else name,
        )


def changes_since(row: Any, version: int) -> tuple[list[str], list[Change]]:
    """Who changed a row since a version of it, and what: the version's values against today's."""
    model = type(row).history.model
    records = list(model.objects.filter(id=row.pk, version__gte=version).order_by("history_id"))
    later = [record for record in records if record.version > version]
    people = list(dict.fromkeys(r.person_name or _("a background run") for r in later))
    before = [record for record in records if record.version == version]
    if not later or not before:
        return people, []
    rows = Rows(
        {0: (model, [later[-1].history_id])}, previous={later[-1].history_id: before[-1].history_id}
    )
    return people, rows.entry(0, later[-1].history_id).changes


def value_text(model: type[models.Model], name: str, value: Any) -> str:
    """A form's value of a field, as the timeline would write it."""
    if isinstance(value, QuerySet | list | tuple):
        return ", ".join(sorted(str(item) for item in value))
    if isinstance(value, models.Model):
        return str(value)
    return _plain_text(model._meta.get_field(name), value)


def _plain_text(column: Any, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, date | time):
        return formats.localize(value)
    choices: dict[Any, str | Promise] = dict(getattr(column, "flatchoices", None) or ())
    return str(choices.get(value, value))


class Rows:
    """History rows of one page with their predecessors, and the names of what they refer to.

    A handful of queries for a page, however many rows it has.
    """

    def __init__(
        self,
        wanted: dict[int, tuple[Any, list[int]]],
        previous: dict[int, int] | None = None,
        known: Iterable[models.Model] = (),
    ) -> None:
        self.known = {(type(row), row.pk): str(row) for row in known}
        self.records: dict[tuple[int, int], Any] = {}
        self.previous: dict[tuple[int, int], Any] = {}
        self.many: dict[tuple[Any, int], dict[str, list[int]]] = defaultdict(dict)
        for source, (model, ids) in wanted.items():
            self._read(source, model, ids, previous)
        self.names = self._read_names()

    def _read(
        self, source: int, model: Any, ids: list[int], previous: dict[int, int] | None
    ) -> None:
        rows = model.objects.filter(history_id__in=ids)
        if previous is None:
            before = (
                model.objects.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
                .order_by("-history_id")
                .values("history_id")[:1]
            )
            rows = rows.annotate(previous_id=Subquery(before))
        records = list(rows)
        if previous is None:
            previous = {record.history_id: record.previous_id for record in records}
        earlier = model.objects.in_bulk([pk for pk in previous.values() if pk])
        for record in records:
            self.records[source, record.history_id] = record
            self.previous[source, record.history_id] = earlier.get(previous[record.history_id])
        self._read_many(model, [*ids, *earlier])

    def _read_many(self, model: Any, ids: list[int]) -> None:
        for column in model._history_m2m_fields:
            through = getattr(model, column.name).model
            target = f"{column.m2m_reverse_field_name()}_id"
            for history_id, pk in through.objects.filter(history_id__in=ids).values_list(
                "history_id", target
            ):
                self.many[model, history_id].setdefault(column.name, []).append(pk)

    def _read_names(self) -> dict[tuple[Any, int], str]:
        wanted: dict[Any, set[int]] = defaultdict(set)
        for record in [*self.records.values(), *filter(None, self.previous.values())]:
            for column in _columns(record):
                if column.many_to_many:
                    wanted[column.related_model].update(self._value(record, column))
                elif column.is_relation and self._value(record, column):
                    wanted[column.related_model].add(self._value(record, column))
        read = {
            (model, pk): str(row)
            for model, ids in wanted.items()
            for pk, row in model._base_manager.in_bulk(self._unknown(model, ids)).items()
        }
        return self.known | read

    def _unknown(self, model: Any, ids: set[int]) -> list[int]:
        return [pk for pk in ids if (model, pk) not in self.known]

    def _value(self, record: Any, column: Any) -> Any:
        if column.many_to_many:
            return sorted(self.many[type(record), record.history_id].get(column.name, []))
        return getattr(record, column.attname)

    def _text(self, column: Any, value: Any) -> str:
        if column.many_to_many:
            names = self._named(column, value)
            are_groups = column.related_model._meta.label == "auth.Group"
            return ", ".join(map(group_text, names) if are_groups else names)
        if column.is_relation:
            return self._name(column.related_model, value) if value else ""
        return _plain_text(column, value)

    def _named(self, column: Any, value: Any) -> Any:
        if column.many_to_many:
            return sorted(self._name(column.related_model, pk) for pk in value)
        if column.is_relation:
            return self._name(column.related_model, value) if value else None
        return value

    def _name(self, model: Any, pk: int) -> str:
        return self.names.get((model, pk)) or _("%(kind)s no. %(id)s, deleted since") % {
            "kind": model._meta.verbose_name,
            "id": pk,
        }

    def entry(self, source: int, history_id: int) -> Entry:
        record = self.records[source, history_id]
        model = record.instance_type
        return Entry(
            id=f"{model._meta.model_name}-{history_id}",
            at=record.history_date,
            person=record.person_name,
            door=record.door,
            reason=record.history_change_reason or "",
            action=_ACTIONS[record.history_type],
            kind=model._meta.model_name,
            kind_text=str(model._meta.verbose_name),
            object_id=record.id,
            object_text=self._record_text(record),
            changes=list(self._changes(record, self.previous[source, history_id])),
            owned_id=_owned_id(record),
            change_set=record.change_set,
            act_kind=record.act_kind,
        )

    def _record_text(self, record: Any) -> str:
        model = record.instance_type
        if words := getattr(model, "record_text", None):
            return str(words(record))
        label = model._meta.get_field(model.label_field)
        return self._text(label, self._value(record, label))

    def _changes(self, record: Any, before: Any) -> Iterable[Change]:
        if record.history_type == "-":
            return
        labels = getattr(record.instance_type, "record_labels", {})
        for column in _columns(record):
            new = self._value(record, column)
            old = self._value(before, column) if before else ([] if column.many_to_many else None)
            if old == new or (before is None and new in ("", False, None, [])):
                continue
            yield Change(
                field=column.name,
                label=str(labels.get(column.name, column.verbose_name)),
                old=old,
                new=new,
                old_text=self._text(column, old),
                new_text=self._text(column, new),
                old_value=self._named(column, old),
                new_value=self._named(column, new),
            )


def _owned_id(record: Any) -> int | None:
    link = link_to_owned(record.instance_type._meta.label_lower)
    owned_id: int | None = getattr(record, link.key) if link else None
    return owned_id


def _columns(record: Any) -> list[Any]:
    """The fields of the model that a history row is of, many-to-many ones last."""
    plain = [column for column in record.tracked_fields if column.name not in _SILENT]
    return [*plain, *record._history_m2m_fields]
