"""Text files: cells between commas, semicolons or tabs, in quotes where they hold one of these."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.imports.encodings import encoding_of
from core.imports.table import Form, Line, UnusableFile

# To choose from, by what a `Form` names; the first one is that of a file with a single column.
DELIMITERS: dict[str, str | Promise] = {
    ",": gettext_lazy("Comma"),
    ";": gettext_lazy("Semicolon"),
    "\t": gettext_lazy("Tab"),
}
# What the largest sheet of a spreadsheet has.
MOST_COLUMNS, MOST_ROWS = 16_384, 1_048_576
# What some programs write that is not read.
_OTHER = "|"
# How much of a file is looked at for its delimiter, in characters and in records.
_SAMPLE, _RECORDS = 1 << 16, 50
# Excel's own way to say how a file is separated.
_SEPARATED_BY = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)

# Python's own limit of 131,072 characters would stop at a cell, and not say at which. It is one
# for the whole process; what is too long, the table refuses.
csv.field_size_limit(2**31 - 1)


class Delimited:
    """A text file. Raises `UnusableFile` if its encoding or its quotes are not as they should be.

    It is held as its bytes, and decoded and cut while it is read.
    """

    sheet = ""
    sheets: tuple[str, ...] = ()

    def __init__(self, data: bytes, form: Form) -> None:
        self._data = data
        self._encoding = encoding_of(data, form.encoding)
        self.encoding = self._encoding.name
        self._separator_line = _SEPARATED_BY.fullmatch(next(self._text(), ""))
        self.delimiter = self._delimiter(form.delimiter)
        for _line in self.lines():
            pass  # So that quotes are found wrong before anything is done with a record.

    def unseen(self) -> str:
        """A text hides nothing."""
        return ""

    def lines(self) -> Iterator[Line]:
        """Every record in which a cell has anything."""
        text = islice(self._text(), 1 if self._separator_line else 0, None)
        reader = csv.reader(text, delimiter=self.delimiter, strict=True)
        number, before = 0, 0
        try:
            for number, cells in enumerate(reader, start=1):
                if number > MOST_ROWS:
                    raise UnusableFile(_too_long())
                _check_width(cells, number)
                if any(cells):
                    yield Line(number, cells)
                before = reader.line_num
        except csv.Error as error:
            raise UnusableFile(_wrong_quotes(error, number + 1, before + 1)) from error

    def _text(self) -> Iterator[str]:
        """The lines of the file, each with its end, however it is written."""
        data = io.BytesIO(self._data)
        data.seek(self._encoding.marked)
        text = io.TextIOWrapper(data, self._encoding.codec, newline="")
        # Some programs mark a file that is marked; and of files that somebody put one below the
        # other, each has its mark.
        return (line.lstrip("\ufeff") for line in text)

    def _delimiter(self, chosen: str) -> str:
        delimiter = chosen or (self._separator_line[1] if self._separator_line else "")
        if delimiter and delimiter not in DELIMITERS:
            raise UnusableFile(_separated_by(delimiter))
        return delimiter or self._found()

    def _found(self) -> str:
        """The delimiter by which the most records have as many columns as the header."""
        sample = "".join(islice(self._text(), 1000))[:_SAMPLE]
        fits = {delimiter: _fit(_cut(sample, delimiter)) for delimiter in DELIMITERS}
        if any(fit.width > 1 for fit in fits.values()):
            # A text holds a comma more often than a semicolon, and that more often than a tab: of
            # those that fit alike, the last one.
            return max(reversed(DELIMITERS), key=lambda delimiter: fits[delimiter].of_several())
        if _separates(_OTHER, sample):
            raise UnusableFile(_separated_by(_OTHER))
        return max(DELIMITERS, key=lambda delimiter: fits[delimiter].agreed)


def _cut(text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return list(islice(filter(None, reader), _RECORDS))


class _Fit(NamedTuple):
    """How a delimiter cuts a file: how many records have as many columns as the header, how many
    these are, and in how many cells it is followed by a blank, as a comma in a text is."""

    agreed: int
    width: int
    blanks: int = 0

    def of_several(self) -> tuple[bool, int, int, int]:
        """To compare by, where a delimiter makes several columns."""
        return self.width > 1, self.agreed, self.width, -self.blanks


def _fit(records: Sequence[Sequence[str]]) -> _Fit:
    """How well a delimiter fits that cuts a file into these records.

    A first one of a single cell is taken for a title, where the records below have three or more.
    """
    widths = list(map(len, records)) or [0]
    below = widths.count(widths[1]) if len(widths) > 1 else 0
    blanks = sum(cell[:1].isspace() for record in records for cell in record[1:])
    if widths[0] == 1 and below > len(widths) / 2 and widths[1] > 2:
        return _Fit(below, widths[1], blanks)
    return _Fit(widths.count(widths[0]), widths[0], blanks)


def _separates(delimiter: str, text: str) -> bool:
    """Do all records of a text have several columns by it, and as many?"""
    widths = {len(record) for record in _cut(text, delimiter)}
    return len(widths) == 1 and widths != {1}


def _separated_by(delimiter: str) -> str:
    sentence = _(
        "The cells are separated by %(delimiter)s: save the file with commas, semicolons or tabs."
    )
    return sentence % {"delimiter": delimiter}


def _too_long() -> str:
    sentence = _(
        "The file has more than %(most)s rows. Delete those that are empty, or split it into"
        " several."
    )
    return sentence % {"most": f"{MOST_ROWS:,}"}


def _check_width(cells: Sequence[str], number: int) -> None:
    if len(cells) > MOST_COLUMNS:
        sentence = _("Row %(row)s has %(cells)s cells. No table has more than %(most)s columns.")
        raise UnusableFile(sentence % {"row": number, "cells": len(cells), "most": MOST_COLUMNS})


def _wrong_quotes(error: csv.Error, row: int, line: int) -> str:
    if "unexpected end of data" in str(error):
        sentence = _("The quote that begins in row %(row)s (line %(line)s) is never closed.")
    else:
        sentence = _(
            "In row %(row)s (line %(line)s), text follows a closing quote. Inside a quoted "
            "text, write each quote twice."
        )
    return sentence % {"row": row, "line": line}
