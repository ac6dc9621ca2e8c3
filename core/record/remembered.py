"""A row that knows what the database had when it was read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any, Self

from django.db import models


class Remembered(models.Model):
    """Tells which columns were written since the row was read."""

    _loaded: dict[str, Any]
    _touched = False
    # The values that were checked together last.
    _checked: dict[str, Any] | None = None

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any]) -> Self:
        instance = super().from_db(db, field_names, values)
        instance._remember()
        return instance

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: models.QuerySet[Any] | None = None,
    ) -> None:
        fields = None if fields is None else list(fields)
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        self._remember(fields)

    def _remember(self, fields: Collection[str] | None = None) -> None:
        """Take the values of these fields, or of all, for those of the database."""
        self._checked = None
        if fields is None:
            self._touched = False
            held = self.__dict__
            self._loaded = {name: held[name] for name in _columns(type(self)) if name in held}
            return
        for field in self._meta.concrete_fields:
            read = field.name in fields or field.attname in fields
            if read and field.attname in self.__dict__:
                self._loaded[field.attname] = self.__dict__[field.attname]

    def loaded(self, attname: str) -> Any:
        """The value that the database had when this row was read; None for a new row."""
        return getattr(self, "_loaded", {}).get(attname)

    def changed(self) -> set[str]:
        """Columns whose value differs from the one read."""
        if self._state.adding:
            return set(_columns(type(self)))
        return {name for name, value in self._loaded.items() if self.__dict__[name] != value}

    def values_loaded(self) -> dict[str, Any]:
        """What the database had when this row was read, by column; nothing for a new row."""
        return dict(getattr(self, "_loaded", {}))

    def changed_since(self, values: Mapping[str, Any]) -> frozenset[str]:
        """Columns of which the database has other values than it had then, as far as this row
        knows; of a row that was new, all of them."""
        now = self.values_loaded().items()
        return frozenset(name for name, value in now if name not in values or values[name] != value)

    def newly_named(self, *fields: str) -> dict[str, Any]:
        """The keys of the rows that these relations name and did not name when this was read."""
        named = {field: getattr(self, f"{field}_id") for field in fields}
        written = self.changed()
        return {
            field: key
            for field, key in named.items()
            if key is not None and f"{field}_id" in written
        }


@cache
def _columns(model: type[models.Model]) -> tuple[str, ...]:
    """What every row is asked for again and again."""
    return tuple(field.attname for field in model._meta.concrete_fields)
