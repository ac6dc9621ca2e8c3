"""A file as a table: named columns, and records of cells below them.

What is doubtful is refused at its cell, in words; nothing is guessed.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from typing import NamedTuple, Protocol, TypeAlias

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.text.typed import folded, in_quotes, one_line

# Numbers and booleans of a workbook come as text: "4001", "0.5", "true".
Cell: TypeAlias = str | date | datetime | time

# In characters: a cell that is handed on, and the name of a column.
LONGEST_CELL, LONGEST_HEADER = 100_000, 250
# Columns with a name: each is asked about, and one form holds no more answers.
MOST_HEADERS = 500
# Rows that are looked at for whether the first one names the columns of the others.
BEGINNING = 10
# What separates cells within a cell, and the fewest names that it then separates: a comma stands
# within a name, too.
_SEPARATORS = {";": 2, "\t": 2, "|": 2, ",": 3}
# So much of a cell is looked at for that.
_LONGEST_ROW = 10_000
# Values without a column name that are told of in a row, and columns of one name.
MOST_TOLD = 20
# Sheets that are named beside the one that was read.
MOST_NAMED = 5
# What a file of refused rows has in place of a cell that could not be read. It passes nowhere, so
# it is nothing that anybody types.
UNREADABLE = "[unreadable, see the reason]"


class UnusableFile(ValidationError):
    """The whole file cannot be used: one sentence for people.

    `sheets` names those to choose from, where another one of the workbook may do; `is_mixed`: the
    text seems to be of two encodings, and somebody may know better.
    """

    def __init__(self, message: str, sheets: Sequence[str] = (), *, is_mixed: bool = False) -> None:
        super().__init__(message, code="unusable_file")
        self.sheets, self.is_mixed = tuple(sheets), is_mixed

    @property
    def may_do(self) -> bool:
        """Can it be used once somebody has chosen how it is read?"""
        return self.is_mixed or len(self.sheets) > 1


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
    """A file opened for reading. Raises `UnusableFile` where no row names the columns of others,
    or one cell holds all of a row, unless somebody chose by what the rows are cut."""

    def __init__(self, source: Source, *, is_cut_as_chosen: bool = False) -> None:
        self.encoding, self.delimiter = source.encoding, source.delimiter
        self.sheet, self.sheets = source.sheet, source.sheets
        self._source = source
        self.unseen = source.unseen
        beginning = list(islice(_filled(source), BEGINNING))
        try:
            _check(beginning)
            if not is_cut_as_chosen and _is_uncut(beginning):
                raise UnusableFile(_all_in_one_cell(beginning[0].row))
            self._columns = Columns(beginning[0])
        except UnusableFile as error:
            message = f"{error.message} {_which_sheet(self.sheet, self.sheets)}".strip()
            raise UnusableFile(message, self.sheets) from error
        self.headers = self._columns.headers

    def lines(self) -> Iterator[Line]:
        """The rows as the file holds them, that of the names first."""
        return _filled(self._source)

    def records(self) -> Iterator[Record]:
        """Every row below the header that is not empty; from the beginning each time."""
        return map(self._columns.record, islice(_filled(self._source), 1, None))


def _which_sheet(sheet: str, sheets: Sequence[str]) -> str:
    """Which sheet was read, where there are others to choose from."""
    others = [in_quotes(name) for name in sheets if name != sheet]
    if not others:
        return ""
    sentence = _("This is the sheet %(sheet)s; the workbook also has %(others)s.")
    return sentence % {"sheet": in_quotes(sheet), "others": ", ".join(others[:MOST_NAMED])}


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
    """Raises `UnusableFile` unless the first row names the columns of those below."""
    if not beginning:
        raise UnusableFile(_("The file is empty. Its first row must name the columns."))
    for problem in beginning[0].problems.values():
        sentence = _(
            "Row %(row)s must name the columns, but one of its cells is refused. "
            "%(problem)s If the row is a title, delete it."
        )
        raise UnusableFile(sentence % {"row": beginning[0].row, "problem": problem})
    if len(beginning) == 1:
        raise UnusableFile(_("The file has a row of column names, but no rows below it."))
    names, *below = (sum(map(shows, line.cells)) for line in beginning)
    # A title stands above the table, or several do, or notes.
    if below[0] > 2 * names:
        raise UnusableFile(_few_names(beginning[0].row, names, below[0]))
    # Of two single cells, both are titles; of two names, one value more may be without a name.
    most = 1 if below[0] == names == 1 else 2 * names
    if sum(values > most for values in below) > len(below) / 2:
        sentence = _(
            "Row %(row)s must name the columns, but most rows below it have more values than it "
            "has names. If it is a title, delete everything above the column names; if not, name "
            "each column."
        )
        raise UnusableFile(sentence % {"row": beginning[0].row})


def _is_uncut(beginning: Sequence[Line]) -> bool:
    """Does one cell of each row hold all of them, as where a program did not know the separator?"""
    rows = [[as_text(cell) for cell in line.cells if shows(cell)] for line in beginning]
    if any(len(cells) != 1 for cells in rows):
        return False
    texts = [cells[0][:_LONGEST_ROW].strip() for cells in rows]
    for separator, fewest in _SEPARATORS.items():
        cut = (csv.reader(text.splitlines(), delimiter=separator) for text in texts)
        names, *below = (next(cells, []) for cells in cut)
        as_many = sum(len(cells) == len(names) for cells in below)
        # A blank comes after what separates words of a text, not names of columns.
        is_text = any(name[:1].isspace() for name in names)
        if len(names) >= fewest and as_many > len(below) / 2 and not is_text:
            return True
    return False


def _all_in_one_cell(row: int) -> str:
    sentence = _(
        "Row %(row)s has the names of all columns in one cell, and the rows below it are the same. "
        "Split the cells (in Excel: Data, Text to Columns)."
    )
    return sentence % {"row": row}


def _few_names(row: int, names: int, values: int) -> str:
    sentence = ngettext(
        "The first row must name the columns: row %(row)s has %(names)s name, and the "
        "row below it has %(values)s values. Delete everything above the column names.",
        "The first row must name the columns: row %(row)s has %(names)s names, and the "
        "row below it has %(values)s values. Delete everything above the column names.",
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
        self._known = frozenset(places)
        self._twice = {
            name: _given_twice(name, several)
            for name, several in places.items()
            if len(several) > 1
        }
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
        if sure and not any(map(_is_unusable, line.cells)) and not self._is_header(line):
            return Record(line.row, cells)
        return self._doubtful(line, cells)

    def _is_header(self, line: Line) -> bool:
        """Is it the row of the names once more, as on each page of a print?"""
        return line.cells == self._cells and len(self.headers) > 1

    def _doubtful(self, line: Line, cells: dict[str, Cell]) -> Record:
        problems: dict[str, str] = {}
        nameless = 0
        for place in sorted({*range(len(line.cells)), *line.problems}):
            if nameless == MOST_TOLD and place not in self._names:
                continue
            cell = line.cells[place] if place < len(line.cells) else ""
            problem = line.problems.get(place) or self._problem(place, cell)
            if problem:
                nameless += place not in self._names
                name = self._name(place)
                problems.setdefault(name, problem)
                # The first of two columns stands for both.
                cells[name] = cells.get(name) or cell
        if not problems and self._is_header(line):
            sentence = _("This row repeats the column names. Delete it.")
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
        if _is_unusable(cell):
            return _why_unusable(cell)
        return self._twice.get(self._names[place], "")

    def _nameless(self, place: int) -> str:
        if place < self.width:
            sentence = _("Column %(column)s has values but no name. Name it, or empty it.")
        else:
            sentence = _(
                "This row has more cells than there are column names. If a text contains the "
                "separator, put it in quotes."
            )
        return sentence % {"column": letters(place)}

    def _name(self, place: int) -> str:
        """The header of a column, or its letters, which are no other column's name."""
        name = self._names.get(place) or letters(place)
        return name if place in self._names or name not in self._known else f"[{name}]"


def _given_twice(name: str, places: Sequence[int]) -> str:
    more = ["…"] if len(places) > MOST_TOLD else []
    columns = ", ".join([*map(letters, places[:MOST_TOLD]), *more])
    sentence = _("The columns %(columns)s are all called %(name)s. Give each a different name.")
    return sentence % {"columns": columns, "name": in_quotes(name)}


def _too_many(number: int) -> str:
    sentence = _(
        "The file has %(number)s columns with a name, but at most %(most)s can be "
        "read. Delete those you do not need."
    )
    return sentence % {"number": number, "most": MOST_HEADERS}


def _name(cell: Cell, place: int) -> str:
    """The name of a column, as it is written, without what nobody sees."""
    name = one_line(str(cell))
    if "\0" in name:
        sentence = _(
            "The name of column %(column)s contains a character that no text can have (NUL)."
        )
        raise UnusableFile(sentence % {"column": letters(place)})
    if len(name) > LONGEST_HEADER:
        sentence = _("The name of column %(column)s is longer than %(most)s characters.")
        raise UnusableFile(sentence % {"column": letters(place), "most": LONGEST_HEADER})
    return name


def _is_unusable(cell: Cell) -> bool:
    """Whether a text is none that can be handed on."""
    return isinstance(cell, str) and (
        len(cell) > LONGEST_CELL or "\0" in cell or cell == UNREADABLE
    )


def _why_unusable(cell: Cell) -> str:
    if cell == UNREADABLE:
        return _("The cell could not be read when the row was refused. Type its value.")
    if "\0" in str(cell):
        return _("The cell contains a character that no text can have (NUL). Type the text again.")
    sentence = _("The cell has %(length)s characters. At most %(most)s can be read.")
    return sentence % {"length": len(str(cell)), "most": LONGEST_CELL}


def _cut(cell: Cell) -> Cell:
    return cell[:LONGEST_CELL] if isinstance(cell, str) else cell


def letters(place: int) -> str:
    """The letters by which a spreadsheet knows a column, from 0: A, …, Z, AA, AB."""
    before, last = divmod(place, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + last)
