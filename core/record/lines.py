"""A line of a file on its way into the database: what it says, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _


@dataclass
class Line:
    """A record of a file: the header is number 1."""

    number: int
    # What it says, by the name of the field.
    cells: dict[str, Any]
    # The cells as the file has them, by the name of the column.
    sent: Mapping[str, Any] = field(default_factory=dict)
    # Those that were taken for something else, by the name of the field.
    read_as: dict[str, str] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    # What that means.
    values: dict[str, Any] = field(default_factory=dict)
    # The row that it is about, once found, or a new one.
    row: Any = None
    # What is to know of it, though nothing stands in its way.
    notes: list[str] = field(default_factory=list)
    # What the row had, and was to have, as an export writes it: field, old, new.
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    # What the kind of row knows of it beyond that, such as its many-to-many.
    extra: dict[str, Any] = field(default_factory=dict)
    # The row as it was found.
    pk: int | None = None
    version: int | None = None
    label: str = ""
    # It is written by itself, as other rows or verbs are touched.
    is_alone: bool = False
    # A line before is about the same: more is not asked, as that one is written by now or is not.
    is_second: bool = False
    # Something is to be written for it.
    is_made: bool = False

    @property
    def is_new(self) -> bool:
        """It makes a row that was not there."""
        return self.pk is None

    def fault(self, name: str, message: Any) -> None:
        """Something is wrong with the cell of a field, or, without a name, with all of it; once for
        each reason."""
        messages = self.errors.setdefault(name, [])
        if str(message) not in messages:
            messages.append(str(message))

    def warn(self, warnings: Iterable[object]) -> None:
        """An act has pointed this out; each is told once, also where it was tried again."""
        self.notes += [text for text in map(str, warnings) if text not in self.notes]

    def refuse(self, error: ValidationError | PermissionDenied) -> None:
        """Tell at its cells why a rule refuses it; a cell that is wrong already has its reason."""
        if isinstance(error, PermissionDenied):
            self.fault("", error)
            return
        by_field = error.error_dict if hasattr(error, "error_dict") else {"": [error]}
        former = {name for name, messages in self.errors.items() if messages and name}
        for name, errors in by_field.items():
            for each in errors:
                if name not in former:
                    self._add("" if name == "__all__" else name, each)

    def _add(self, name: str, error: ValidationError) -> None:
        for message in error.messages:
            self.fault(name, _("Fill this in.") if error.code in {"blank", "null"} else message)
