"""What becomes, or would become, of the rows of a file."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _

# Of the value of a cell that is refused, in characters.
LONGEST_TOLD = 1000


class RowKind(models.TextChoices):
    """What becomes of a row."""

    NEW = "new", _("new")
    CHANGED = "changed", _("changed")
    UNCHANGED = "unchanged", _("unchanged")
    REFUSED = "refused", _("refused")


@dataclass(frozen=True)
class CellChange:
    """A cell that changes something: the column as the file names it, and both values as an export
    writes them. `old` is empty for a new row."""

    column: str
    old: str
    new: str


@dataclass(frozen=True)
class CellError:
    """What is wrong with a cell, in words that say the mend; `column` as the file names it, empty
    where it is the row as a whole. `value` is what the file has there, as text: of a long one the
    beginning. `read_as`: what somebody chose that this means, where it is something else."""

    column: str
    message: str
    value: str = ""
    read_as: str = ""


@dataclass(frozen=True)
class RowResult:
    """What becomes of one row. `row` counts records, the header is 1; `label` is what people know
    the row by; `pk` and `version` are those of the row that was found, None for a new one."""

    row: int
    kind: RowKind
    label: str = ""
    pk: int | None = None
    version: int | None = None
    cells: tuple[CellChange, ...] = ()
    errors: tuple[CellError, ...] = ()
    # Its own name for a new row, by which another file names it.
    reference: str = ""
    # What is to know of it, though nothing stands in its way.
    notes: tuple[str, ...] = ()
    # Of a new row that has neither that nor a key, what it says, digested.
    mark: str = ""


@dataclass
class Counts:
    """How many rows became what."""

    rows: int = 0
    kinds: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RowKind.values, 0))

    def add(self, result: RowResult) -> None:
        """Count a row."""
        self.rows += 1
        self.kinds[result.kind] += 1

    @property
    def refused(self) -> int:
        """The rows that nothing becomes of."""
        return self.kinds[RowKind.REFUSED]

    def can_stay(self, *, skip_refused: bool) -> bool:
        """Is there anything to be taken in, as far as some may be refused?"""
        written = self.kinds[RowKind.NEW] + self.kinds[RowKind.CHANGED]
        return not self.refused or (skip_refused and written > 0)
