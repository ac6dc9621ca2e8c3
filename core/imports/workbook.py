"""Workbooks of Excel and of what writes like it (XLSX, XLSM): one visible sheet of them."""

from __future__ import annotations

import io
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from core.imports import markup, values
from core.imports.archive import Archive
from core.imports.markup import local
from core.imports.oddities import Findings, Styles, found_in, odd_styles
from core.imports.table import Cell, Form, Line, UnusableFile, letters, shows
from core.text.typed import in_quotes

# The reader holds a sheet as one rectangle, 32 bytes a cell: 100,000 rows of 60 columns.
MOST_CELLS = 6_000_000
# How many of the rows and columns that are hidden are named.
MOST_TOLD = 5

WORKBOOK, _RELATIONS, _STYLES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"


class Workbook:
    """One sheet of a workbook. Raises `UnusableFile` where it is damaged, hostile or has none."""

    encoding = delimiter = ""

    def __init__(self, data: bytes, archive: Archive, form: Form) -> None:
        archive.check()
        # Before the reader, which reads the format of each style as long as it is.
        styles = odd_styles(archive.unpacked(_STYLES)) if _STYLES in archive else {}
        with _believed():
            workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
            self.sheets = tuple(_visible(workbook))
            names = workbook.sheet_names
        self.sheet = self._chosen(form.sheet)
        parts = _parts(archive)
        if list(parts) != names:
            raise markup.damaged()
        self._found = self._searched(archive, parts[self.sheet], styles)
        self._odd = self._found.odd
        with _believed():
            self._sheet = workbook.get_sheet_by_name(self.sheet)
            self._merged = _merged(self._sheet)

    def lines(self) -> Iterator[Line]:
        """The rows between the first and the last value, by the numbers that the sheet shows."""
        merged = _Open(self._merged)
        for row, cells in self._rows():
            line = values.line(row, cells, self._odd.get(row, {}))
            yield merged.with_problems(line) if self._merged else line

    def unseen(self) -> str:
        """What of the sheet is hidden, and read as well, in words; empty where nothing is."""
        found = self._found
        if not (found.hidden_rows or found.hidden_columns):
            return ""
        rows, columns = list[int](), set[int]()
        # Often all to the right of a table are hidden, to the last that there can be.
        width = self._sheet.end[1] + 1 if self._sheet.end else 0
        left = {at for at, hidden in enumerate(found.hidden_columns[1 : width + 1]) if hidden}
        for row, cells in self._rows():
            if found.is_hidden(row):
                rows.append(row + 1)
            filled = {c for c in left if c < len(cells) and cells[c] != ""}
            columns |= filled
            left -= filled
        return " ".join(filter(None, (_hidden_rows(rows), _hidden_columns(sorted(columns)))))

    def _rows(self) -> Iterator[tuple[int, list[values.Value]]]:
        """The rows by number, from 0, that have something.

        The reader's begin with the first row, but with the first column that has a value; they end
        with the last value, and what is odd below that has none.
        """
        start, rows = self._sheet.start or (0, 0), 0
        left: list[values.Value] = [""] * start[1]
        for row, cells in enumerate(self._sheet.iter_rows()):
            rows = row + 1
            if row in self._odd or cells.count("") < len(cells):
                yield row, left + cells
        yield from ((row, []) for row in sorted(self._odd) if row >= rows)

    def _chosen(self, name: str) -> str:
        if not self.sheets:
            raise UnusableFile(_("The workbook has no visible sheet."))
        if name and name not in self.sheets:
            sentence = _("The workbook has no visible sheet %(sheet)s.")
            raise UnusableFile(sentence % {"sheet": in_quotes(name)}, self.sheets)
        return name or self.sheets[0]

    def _searched(self, archive: Archive, part: str, styles: Styles) -> Findings:
        """What is odd in the sheet. Raises `UnusableFile` if its values stand too far apart."""
        found = found_in(lambda: archive.unpacked(part), styles, most=MOST_CELLS)
        if found.area > MOST_CELLS:
            sentence = _(
                "The sheet has values as far as row %(row)s and column %(column)s, which is "
                "too large for a table. Delete everything outside the table."
            )
            corner = {"row": found.rows, "column": letters(found.columns - 1)}
            raise UnusableFile(sentence % corner, self.sheets)
        return found


def _hidden_rows(rows: Sequence[int]) -> str:
    if not rows:
        return ""
    sentence = ngettext(
        "%(number)d hidden row was read as well: %(which)s.",
        "%(number)d hidden rows were read as well: %(which)s.",
        len(rows),
    )
    return sentence % {"number": len(rows), "which": _first(map(str, rows), len(rows))}


def _hidden_columns(columns: Sequence[int]) -> str:
    if not columns:
        return ""
    sentence = ngettext(
        "%(number)d hidden column was read as well: %(which)s.",
        "%(number)d hidden columns were read as well: %(which)s.",
        len(columns),
    )
    return sentence % {
        "number": len(columns),
        "which": _first(map(letters, columns), len(columns)),
    }


def _first(names: Iterable[str], number: int) -> str:
    more = ["…"] if number > MOST_TOLD else []
    return ", ".join([*islice(names, MOST_TOLD), *more])


@contextmanager
def _believed() -> Iterator[None]:
    """What the reader stops at is damaged; so is what it panics at, which is no `Exception`."""
    try:
        yield
    except CalamineError as error:
        raise markup.damaged() from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise markup.damaged() from error


def _visible(workbook: CalamineWorkbook) -> Iterator[str]:
    """The names of the sheets that can be seen and have cells, which a chart alone has not."""
    for sheet in workbook.sheets_metadata:
        if (sheet.typ, sheet.visible) == (SheetTypeEnum.WorkSheet, SheetVisibleEnum.Visible):
            yield sheet.name


def _parts(archive: Archive) -> dict[str, str]:
    """The part of the archive in which each sheet stands, by name.

    Where there are two ways to read it, the reader may take the other one: that is refused.
    """
    parts: dict[str, str] = {}
    for _name, sheet in markup.elements(archive.unpacked(WORKBOOK), ("", "sheet")):
        keys = [value for key, value in sheet.items() if local(key) == "id"]
        if len(keys) != 1:
            raise markup.damaged()
        parts[sheet.get("name", "")] = keys[0]
    related = markup.elements(archive.unpacked(_RELATIONS), ("", "Relationship"))
    targets = {each.get("Id", ""): each.get("Target", "") for _name, each in related}
    if len(targets) < len(related) or not targets.keys() >= set(parts.values()):
        raise markup.damaged()
    return {sheet: posixpath.join("/xl", targets[key])[1:].lower() for sheet, key in parts.items()}


# Merged cells


class Merged(NamedTuple):
    """A range of cells shown as one, from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        first, last = (
            f"{letters(self.left)}{self.top + 1}",
            f"{letters(self.right)}{self.bottom + 1}",
        )
        return f"{first}:{last}"

    def problem(self) -> str:
        sentence = _(
            "The cells %(range)s are merged, so it is not clear which of them the value is "
            "for. Unmerge them and fill in each one."
        )
        return sentence % {"range": self}


def _merged(sheet: CalamineSheet) -> list[Merged]:
    ranges = sheet.merged_cell_ranges or []
    return sorted(Merged(*first, *last) for first, last in ranges)


class _Open:
    """The merged ranges that reach into the row at hand, while a sheet is read downwards."""

    def __init__(self, ranges: Sequence[Merged]) -> None:
        self._waiting = list(reversed(ranges))
        self._open: dict[int, Merged] = {}
        self._sentences: dict[Merged, str] = {}

    def with_problems(self, line: Line) -> Line:
        """The row with what is merged in it refused; a range without a value leaves no doubt."""
        row = line.row - 1
        self._open = {left: each for left, each in self._open.items() if each.bottom >= row}
        while self._waiting and self._waiting[-1].top <= row:
            merged = self._waiting.pop()
            if merged.top == row and _has_value(line, merged.left):
                self._open[merged.left] = merged
                self._sentences[merged] = merged.problem()
        if not self._open or not (line.problems or any(map(shows, line.cells))):
            return line
        return line._replace(problems={**self._problems(len(line.cells)), **line.problems})

    def _problems(self, width: int) -> Mapping[int, str]:
        """Of each place within the table; ranges may reach far beyond it, and overlap."""
        problems: dict[int, str] = {}
        end = 0
        for merged in sorted(self._open.values(), key=lambda each: each.left):
            problem, start = self._sentences[merged], max(merged.left, end)
            end = max(min(merged.right + 1, width), merged.left + 1, end)
            problems |= dict.fromkeys(range(start, end), problem)
        return problems


def _has_value(line: Line, place: int) -> bool:
    cell: Cell = line.cells[place] if place < len(line.cells) else ""
    return shows(cell) or place in line.problems
