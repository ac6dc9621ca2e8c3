"""The rows of an import as a page shows them: what becomes of each, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from django.apps import apps
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import visible_to
from core.backoffice.imports import persons
from core.database import cursors
from core.database.cursors import Cursor, NoCursor
from core.declarations import FileKind
from core.imported import Import, ImportRow
from core.imports import matching
from core.imports.results import RowKind
from core.owned import link_to_owned
from core.text.days import long_day

# How many stand on a page.
PAGE = 50
# How much of a value stands there before somebody asks for the rest.
SHOWN = 160
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Value:
    """What a cell holds: a day with its weekday and month in words; a long text cut, and whole."""

    text: str
    in_words: str = ""

    @classmethod
    def of(cls, text: str) -> Value:
        """A value as an export writes it."""
        return cls(text, in_words=_day_in_words(text))

    @property
    def is_long(self) -> bool:
        """Is there more of it than is shown at first?"""
        return len(self.text) > SHOWN

    @property
    def start(self) -> str:
        """What is shown at first."""
        return self.text[:SHOWN]


def _day_in_words(text: str) -> str:
    if not _ISO.fullmatch(text):
        return ""
    try:
        return str(long_day(date.fromisoformat(text)))
    except ValueError:
        return ""


@dataclass
class Cell:
    """A column of a row: both values where it changes something; what is wrong with it, and what
    the file has there."""

    column: str
    old: Value | None = None
    new: Value | None = None
    errors: list[str] = field(default_factory=list)
    # What is to know of a row, though nothing stands in its way.
    notes: list[str] = field(default_factory=list)
    sent: Value | None = None
    # What that was read as, where somebody chose that it means something else.
    read_as: str = ""


@dataclass(frozen=True)
class Line:
    """A row of the file, and the page of what it is the row of, where there is one."""

    row: ImportRow
    cells: Sequence[Cell]
    url: str = ""

    @property
    def kind(self) -> str:
        """What becomes of it, in words."""
        return str(RowKind(self.row.kind).label)

    @property
    def is_new(self) -> bool:
        """Is there nothing that it changes?"""
        return self.row.kind == RowKind.NEW


@dataclass(frozen=True)
class Tab:
    """Rows of a kind, or all: how many there are."""

    name: str
    title: str
    number: int
    is_open: bool


def tabs(load: Import, shown: str) -> list[Tab]:
    """The totals, each of which shows its rows."""
    numbers = [(kind.value, str(kind.label), getattr(load, kind.value)) for kind in RowKind]
    every = ("", _("all rows"), sum(number for _name, _title, number in numbers))
    return [Tab(name, title, number, name == shown) for name, title, number in [every, *numbers]]


@dataclass(frozen=True)
class RowPage:
    """Rows of a page, and the pages beside it."""

    lines: Sequence[Line] = ()
    next: Cursor | None = None
    previous: Cursor | None = None


def page(load: Import, kind: FileKind, user: Any, *, shown: str, cursor: str | None) -> RowPage:
    """The rows of a kind, or all, at a cursor. Raises Http404 for a kind or cursor of no rows."""
    if shown and shown not in RowKind.values:
        raise Http404
    rows: QuerySet[ImportRow] = ImportRow.objects.filter(load=load)
    if shown:
        rows = rows.filter(kind=shown)
    try:
        keys = cursors.page(rows, cursor, by=["row"], size=PAGE)
    except NoCursor as error:
        raise Http404 from error
    found = {each.pk: each for each in rows.filter(pk__in=[key[-1] for key in keys.keys])}
    lines = _lines(load, [found[key[-1]] for key in keys.keys], kind, user)
    return RowPage(lines, keys.next, keys.previous)


def _lines(load: Import, rows: Sequence[ImportRow], kind: FileKind, user: Any) -> list[Line]:
    pages = pages_of(kind.model, [row.object_id for row in rows if row.object_id], user)
    names = _names_of(load, rows)
    return [Line(row, list(_cells(row, names)), pages.get(row.object_id or 0, "")) for row in rows]


# The names of people by user name, by the columns that name people.
_Names: TypeAlias = Mapping[str, Mapping[str, str]]


def _names_of(load: Import, rows: Sequence[ImportRow]) -> _Names:
    """What the people are called whom these rows name by their user names."""
    of_people = {field.name for field in matching.fields(load.kind) if field.persons}
    columns = {column for column, name in load.way.get("columns", {}).items() if name in of_people}
    lines = [line for row in rows for line in row.cells]
    # Neither the message nor what the file has.
    lines += [[error[0], *error[3:]] for row in rows for error in row.errors]
    named = {text for column, *texts in lines if column in columns for text in texts if text}
    return dict.fromkeys(columns, persons.called(named))


def _cells(row: ImportRow, names: _Names) -> Iterator[Cell]:
    """What is wrong with the row as a whole first, then the columns in their order."""
    cells: dict[str, Cell] = {}
    # Those of before have no value.
    for column, message, *value in row.errors:
        shown = names.get(column, {})
        cell = cells.setdefault(column, Cell(column))
        (cell.errors if row.kind == RowKind.REFUSED else cell.notes).append(message)
        cell.sent = Value(value[0]) if column and value else None
        cell.read_as = "".join(shown.get(each, each) for each in value[1:])
    for column, *both in row.cells:
        cell, shown = cells.setdefault(column, Cell(column)), names.get(column, {})
        cell.old, cell.new = (Value.of(shown.get(each, each)) for each in both)
    whole = cells.pop("", None)
    if whole:
        yield whole
    yield from cells.values()


def pages_of(model: str, keys: Sequence[int], user: Any) -> dict[int, str]:
    """The address of the page of each of these rows that is there for the person: their own, or
    that of what they belong to."""
    rows = visible_to(user, apps.get_model(model)._base_manager.filter(pk__in=keys))
    link = link_to_owned(model)
    shown = apps.get_model(link.owned.model if link else model)
    if not keys or not admin.site.is_registered(shown):
        return {}
    name = f"admin:{shown._meta.app_label}_{shown._meta.model_name}_change"
    found = rows.annotate(page=F(link.key if link else "pk")).values_list("pk", "page")
    return {key: reverse(name, args=[shown]) for key, shown in found}
