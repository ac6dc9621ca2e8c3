"""The kinds of rows that can be taken out, and the columns of each: those that an import reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from core.access import can
from core.declarations import FileKind, collected
from core.record.cells import MultiValueColumn


@dataclass(frozen=True)
class Column:
    """A column of a file: its name there, what people call it, and how it is read."""

    name: str
    title: str
    source: str | MultiValueColumn


@dataclass(frozen=True)
class Kind:
    """A kind of row, by its word, with its columns in order."""

    name: str
    title: str | Promise
    model: type[Any]
    resource: type[Any]

    @property
    def rows(self) -> str | Promise:
        """What its rows are called within a sentence."""
        name: str | Promise = self.model._meta.verbose_name_plural
        return name

    @property
    def columns(self) -> list[Column]:
        """All its columns; each is what the import reads, or stands beside that."""
        resource = self.resource()
        fields = [resource.fields[name] for name in resource.get_export_order()]
        sources = {field.column_name: self._source(field) for field in fields}
        sources |= self.resource.shown_beside
        return [Column(name, resource.title(name), source) for name, source in sources.items()]

    def columns_for(self, user: Any) -> list[Column]:
        """Those that somebody may see; all of them for no person."""
        seen = None if user is None else self.resource.columns_for(user)
        return [each for each in self.columns if seen is None or each.name in seen]

    def _source(self, field: Any) -> str | MultiValueColumn:
        if field.column_name in self.resource.read_from:
            source: str | MultiValueColumn = self.resource.read_from[field.column_name]
            return source
        # A row by the natural key that its widget names.
        named = getattr(field.widget, "field", "")
        return f"{field.attribute}__{named}" if named else str(field.attribute)


@cache
def kinds() -> dict[str, Kind]:
    """Each kind that an app declares, by its word."""
    return {
        each.kind: Kind(
            each.kind, each.title, apps.get_model(each.model), import_string(each.resource)
        )
        for each in collected(FileKind)
    }


def exported_by(user: Any) -> list[Kind]:
    """The kinds of which somebody may take any rows out."""
    return [kind for kind in kinds().values() if can(user, "export", kind.model)]


def chosen(columns: Sequence[Column], names: Sequence[str]) -> list[Column]:
    """Those of these names, in their order; all of them where none is named that there is."""
    return [each for each in columns if each.name in set(names)] or list(columns)
