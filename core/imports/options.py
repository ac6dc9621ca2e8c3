"""How a file is to be taken: which column is which field, and what its words and blanks mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class Blanks(models.TextChoices):
    """What an empty cell means."""

    LEAVE = "leave", _("leave the field as it is")
    EMPTY = "empty", _("empty the field")


class DateForm(models.TextChoices):
    """How the days of a whole file are written, beside cells that are days by themselves."""

    ISO = "iso", _("2026-01-31")
    DMY = "dmy", _("31.1.2026")
    MDY = "mdy", _("1/31/2026")


@dataclass(frozen=True)
class ImportOptions:
    """What somebody chose for a file.

    `columns` names for each header the field it holds, empty for one that is left out; a header
    that is not named is guessed. `words` says what a word of the file means in a field:
    `{"priority": {"hi": "high"}}`, the words in lower case. `encoding`, `delimiter` and `sheet` are
    empty where they are found out.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    blanks: str = Blanks.LEAVE
    date_form: str = DateForm.ISO
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    # Rows that were loaded before are loaded once more.
    again: bool = False

    def as_data(self) -> dict[str, Any]:
        """For a column of JSON."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Of what `as_data` gave; what is missing there has its default."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})
