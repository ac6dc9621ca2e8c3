"""Rows that are told apart by a folded name: whatever the case, and what nobody sees."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.db import models

from core.record.doubles import APART
from core.record.remembered import Remembered
from core.text.typed import folded


class Folded(Remembered):
    """Keeps the folded columns of a row beside those that they are made of."""

    # Columns that hold another one folded, by which rows are told apart: the column, then of what.
    folded: ClassVar[Mapping[str, str]] = {}

    class Meta:
        abstract = True

    def _fold(self) -> None:
        """What stays is not folded anew: of rows that were the same before, one is told apart."""
        written = self.changed()
        for column, source in self.folded.items():
            if source in written:
                setattr(self, column, folded(getattr(self, source) or ""))

    def _pass_keys_on(self, columns: Collection[str]) -> None:
        """A name that is free again is that of a double of before (doubles.py), if there is one:
        nobody else is to take it beside them."""
        for column in self.folded.keys() & columns:
            if not self.loaded(column):
                continue  # An address that there was not.
            rows = type(self)._base_manager.filter(**self._unique_beside(column))
            waiting = rows.filter(**{f"{column}__startswith": f"{self.loaded(column)}{APART}"})
            for double in waiting.order_by("pk")[:1]:
                rows.filter(pk=double.pk).update(**{column: self.loaded(column)})

    def _unique_beside(self, column: str) -> dict[str, Any]:
        """With what else a folded column is unique: the customer of a site."""
        fields = next(
            constraint.fields
            for constraint in self._meta.constraints
            if isinstance(constraint, models.UniqueConstraint) and column in constraint.fields
        )
        columns: list[Any] = [self._meta.get_field(name) for name in fields if name != column]
        return {field.attname: self.loaded(field.attname) for field in columns}
