"""A file as a table: named columns, and records of cells below them.

What is doubtful is refused at its cell, in words; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from typing import NamedTuple, Protocol, TypeAlias

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.text import folded, in_quotes, one_line

# Numbers and booleans of a workbook come as text: "4001", "0.5", "true".
Cell: TypeAlias = str | date | datetime | time

# In characters: a cell that is handed on, and the name of a column.
LONGEST_CELL, LONGEST_HEADER = 100_000, 250
# Columns with a name: each is asked about, and one form holds no more answers.
MOST_HEADERS = 500


class UnusableFile(ValidationError):
    """The whole file cannot be used: one sentence for people.

    `sheets` names those to choose from, where another one of the workbook may do.
    """

    def __init__(self, message: str, sheets: Sequence[str] = ()) -> None:
        super().__init__(message, code="unusable_file")
        self.sheets = tuple(sheets)


@dataclass(frozen=True)
class Form:
    """How a file is to be read; what is empty is found out."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""


@dataclass(frozen=True)
class Record:
    """A row below the header: its cells, and why some are refused, both by header.

    `row` is the number that a spreadsheet shows: the header's is 1 unless empty rows stand above
    it, a line break within quotes counts for nothing, an empty row counts. A column without a
    name is known by its letters, such as `C`.
    """

    row: int
    cells: Mapping[str, Cell]
    problems: Mapping[str, str] = field(default_factory=dict)


class Line(NamedTuple):
    """A row as a file holds it: its number, its cells, and why some are refused, by position."""

    row: int
    cells: Sequence[Cell]
    problems: Mapping[int, str] = {}


class Source(Protocol):
    """A kind of file: how it is read, and its rows, anew each time."""

    encoding: str
    delimiter: str
    sheet: str
    sheets: tuple[str, ...]

    def unseen(self) -> str:
        """What is read though whoever looks at the file does not see it, in words."""
        ...

    def lines(self) -> Iterator[Line]:
        """Every row with a value, and such as have none; the first cell of each is in column A."""
        ...


class Table:
    """A file opened for reading. Raises `UnusableFile` where no row names the columns of others."""

    def __init__(self, source: Source) -> None:
        self.encoding, self.delimiter = source.encoding, source.delimiter
        self.sheet, self.sheets = source.sheet, source.sheets
        self._source = source
        self.unseen = source.unseen
        beginning = list(islice(_filled(source), 2))
        try:
            _check(beginning)
            self._columns = Columns(beginning[0])
        except UnusableFile as error:
            raise UnusableFile(str(error.message), self.sheets) from error
        self.headers = self._columns.headers

    def records(self) -> Iterator[Record]:
        """Every row below the header that is not empty; from the beginning each time."""
        return map(self._columns.record, islice(_filled(self._source), 1, None))


def _filled(source: Source) -> Iterator[Line]:
    """The rows that are not empty."""
    return (line for line in source.lines() if line.problems or any(map(shows, line.cells)))


def shows(cell: Cell) -> bool:
    """Whether there is anything to see in a cell."""
    if not isinstance(cell, str):
        return True
    # Most begin with a sign that is seen, and need no closer look.
    return "!" <= cell[:1] <= "~" or bool(cell and one_line(cell))


def as_text(cell: Cell) -> str:
    """A cell as people read it."""
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    return cell.isoformat("minutes") if isinstance(cell, time) else cell


def _check(beginning: Sequence[Line]) -> None:
    """Raises `UnusableFile` unless the first row names the columns of the second."""
    if not beginning:
        raise UnusableFile(_("There is nothing in the file: its first row is to name the columns."))
    for problem in beginning[0].problems.values():
        sentence = _(
            "Row %(row)s is to name the columns, and a cell of it is refused. %(problem)s If the"
            " row is a title, delete it."
        )
        raise UnusableFile(sentence % {"row": beginning[0].row, "problem": problem})
    if len(beginning) == 1:
        raise UnusableFile(_("The file has a row that names the columns, and no rows below it."))
    names, values = (sum(map(shows, line.cells)) for line in beginning)
    # A title stands above the table, or notes do.
    if values > 2 * names:
        raise UnusableFile(_few_names(beginning[0].row, names, values))


def _few_names(row: int, names: int, values: int) -> str:
    sentence = ngettext(
        "The first row is to name the columns: row %(row)s has %(names)s name, and the row below it"
        " %(values)s values. Delete what stands above the names.",
        "The first row is to name the columns: row %(row)s has %(names)s names, and the row below"
        " it %(values)s values. Delete what stands above the names.",
        names,
    )
    return sentence % {"row": row, "names": names, "values": values}


class Columns:
    """The names of a table's columns, where each stands, and what is made of a row by them."""

    def __init__(self, header: Line) -> None:
        self.width = len(header.cells)
        places: dict[str, list[int]] = {}
        spellings: dict[str, str] = {}
        for place, cell in enumerate(header.cells):
            if name := _name(cell, place):
                places.setdefault(spellings.setdefault(folded(name), name), []).append(place)
        self.headers = tuple(places)
        if len(self.headers) > MOST_HEADERS:
            raise UnusableFile(_too_many(len(self.headers)))
        self._places = [(name, places[name][0]) for name in places]
        self._names = {place: name for name, several in places.items() for place in several}
        self._twice = {name: several for name, several in places.items() if len(several) > 1}
        self._cells = header.cells
        # So far, and no further, every column has a name.
        self._named = next(at for at in range(self.width + 1) if at not in self._names)

    def record(self, line: Line) -> Record:
        """A row by its columns; a row that is too short is empty at its end."""
        there = len(line.cells)
        sure = there <= self._named and not (line.problems or self._twice)
        if sure and there == len(self.headers):
            cells: dict[str, Cell] = dict(zip(self.headers, line.cells, strict=True))
        else:
            cells = {name: line.cells[at] if at < there else "" for name, at in self._places}
        if sure and not any(map(_unfit, line.cells)) and not self._is_header(line):
            return Record(line.row, cells)
        return self._doubtful(line, cells)

    def _is_header(self, line: Line) -> bool:
        """Is it the row of the names once more, as on each page of a print?"""
        return line.cells == self._cells and len(self.headers) > 1

    def _doubtful(self, line: Line, cells: dict[str, Cell]) -> Record:
        problems: dict[str, str] = {}
        for place in sorted({*range(len(line.cells)), *line.problems}):
            cell = line.cells[place] if place < len(line.cells) else ""
            problem = line.problems.get(place) or self._problem(place, cell)
            if problem:
                name = self._name(place)
                problems.setdefault(name, problem)
                # The first of two columns stands for both.
                cells[name] = cells.get(name) or cell
        if not problems and self._is_header(line):
            sentence = _("This row names the columns once more. Delete it.")
            problems = dict.fromkeys(self.headers, sentence)
        for name in problems:
            cells[name] = _cut(cells[name])
        return Record(line.row, cells, problems)

    def _problem(self, place: int, cell: Cell) -> str:
        """Why a cell is refused that the file holds as it should."""
        if not shows(cell):
            return ""
        if place not in self._names:
            return self._nameless(place)
        if _unfit(cell):
            return _unfit_text(cell)
        return self._given_twice(self._names[place])

    def _nameless(self, place: int) -> str:
        if place < self.width:
            sentence = _("Column %(column)s has values and no name. Name it, or empty it.")
        else:
            sentence = _(
                "This row has more cells than there are names of columns. A text with a separator"
                " in it stands in quotes."
            )
        return sentence % {"column": letters(place)}

    def _given_twice(self, name: str) -> str:
        if name not in self._twice:
            return ""
        columns = ", ".join(map(letters, self._twice[name]))
        sentence = _(
            "The columns %(columns)s all have the name %(name)s. Give each a name of its own."
        )
        return sentence % {"columns": columns, "name": in_quotes(name)}

    def _name(self, place: int) -> str:
        """The header of a column, or its letters, which are no other column's name."""
        name = self._names.get(place) or letters(place)
        return name if place in self._names or name not in self.headers else f"[{name}]"


def _too_many(number: int) -> str:
    sentence = _(
        "The file has %(number)s columns with a name, and at most %(most)s can be read. Delete"
        " those that are not wanted."
    )
    return sentence % {"number": number, "most": MOST_HEADERS}


def _name(cell: Cell, place: int) -> str:
    """The name of a column, as it is written, without what nobody sees."""
    name = one_line(str(cell))
    if "\0" in name:
        sentence = _("The name of column %(column)s holds a sign that no text has (NUL).")
        raise UnusableFile(sentence % {"column": letters(place)})
    if len(name) > LONGEST_HEADER:
        sentence = _("The name of column %(column)s is longer than %(most)s characters.")
        raise UnusableFile(sentence % {"column": letters(place), "most": LONGEST_HEADER})
    return name


def _unfit(cell: Cell) -> bool:
    """Whether a text is none that can be handed on."""
    return isinstance(cell, str) and (len(cell) > LONGEST_CELL or "\0" in cell)


def _unfit_text(cell: Cell) -> str:
    if "\0" in str(cell):
        return _("The cell holds a sign that no text has (NUL). Write the text anew.")
    sentence = _("The cell has %(length)s characters. At most %(most)s can be read.")
    return sentence % {"length": len(str(cell)), "most": LONGEST_CELL}


def _cut(cell: Cell) -> Cell:
    return cell[:LONGEST_CELL] if isinstance(cell, str) else cell


def letters(place: int) -> str:
    """The letters by which a spreadsheet knows a column, from 0: A, …, Z, AA, AB."""
    before, last = divmod(place, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + last)
