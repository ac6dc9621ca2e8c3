"""The first values of the columns of a table, and how its days would be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from core.imports.table import Cell, Table, as_text, shows
from core.record.cells import IsoDateWidget
from core.text.days import long_day
from core.text.typed import one_line

# How many values of a column are shown, in how many rows they are looked for, and how much of one.
VALUES, LOOKED_AT, LONGEST = 3, 50, 60
# How many days.
DAYS = 4


@dataclass(frozen=True)
class Day:
    """A day as a file has it, and in words; empty where it cannot be read so."""

    text: str
    in_words: str


def first_cells(table: Table) -> dict[str, list[Cell]]:
    """The first cells of each column in which there is anything, none of them twice."""
    found: dict[str, list[Cell]] = {header: [] for header in table.headers}
    for record in islice(table.records(), LOOKED_AT):
        for header, cells in found.items():
            cell = record.cells.get(header, "")
            if shows(cell) and cell not in cells:
                cells.append(cell)
    return found


def values(cells: Sequence[Cell]) -> list[str]:
    """The first of them as text."""
    return [_cut(one_line(as_text(cell))) for cell in cells[:VALUES]]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def days(cells: Iterable[Cell], form: str) -> list[Day]:
    """How the first of them would be read, as days that are written in this form."""
    return [Day(one_line(as_text(cell)), _in_words(cell, form)) for cell in islice(cells, DAYS)]


def _in_words(cell: Cell, form: str) -> str:
    try:
        day = IsoDateWidget().clean(cell, date_form=form)
    except ValueError:
        return ""
    return str(long_day(day)) if day else ""
