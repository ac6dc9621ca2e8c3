"""The forms of a file: CSV, JSON and XLSX, each written while its rows are read."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.exports.table import RowSource, Value
from core.record.cells import MultiValueColumn, joined
from core.record.spreadsheet import AS_TEXT, BOM, guarded, moment, unguarded

# Of a file that lies on the disk, read at once.
_BLOCK = 256 * 1024


@dataclass(frozen=True)
class Format:
    """A form of a file: what it ends with, what a browser calls it, and how it is written."""

    name: str
    title: str | Promise
    content_type: str
    write: Callable[[RowSource], Iterator[bytes]]


# As text


def cell(value: Value, join: Callable[[Iterable[str]], str] = joined) -> str:
    """What a cell of a CSV file says, and what the import reads again as the same."""
    if isinstance(value, str):
        return guarded(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return guarded(join(value))
    return _plain(value)


def _plain(value: Any) -> str:
    """Numbers, days and times: nobody's text, in which nothing is calculated."""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, time):
        # Seconds where there are any.
        return value.isoformat("auto" if value.second or value.microsecond else "minutes")
    return value.isoformat() if isinstance(value, date) else str(value)


def _joins(table: RowSource) -> list[Callable[[Iterable[str]], str]]:
    """How several values stand in a cell of each column."""
    sources = (each.source for each in table.columns)
    return [each.joined if isinstance(each, MultiValueColumn) else joined for each in sources]


def _csv(table: RowSource) -> Iterator[bytes]:
    joins = _joins(table)
    yield BOM.encode()
    yield _csv_lines([[each.name for each in table.columns]])
    for part in table.parts():
        yield _csv_lines([list(map(cell, row, joins)) for row in part])


def _csv_lines(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


# As objects


class _Encoder(DjangoJSONEncoder):
    """Django's, and a moment is one of the business time zone."""

    def default(self, o: Any) -> Any:
        if isinstance(o, datetime):
            return moment(o)
        return _plain(o) if isinstance(o, time) else super().default(o)


def _json(table: RowSource) -> Iterator[bytes]:
    names = [each.name for each in table.columns]
    encoder = _Encoder(ensure_ascii=False)
    before = "[\n"
    for part in table.parts():
        objects = [encoder.encode(dict(zip(names, row, strict=True))) for row in part]
        if objects:
            yield (before + ",\n".join(objects)).encode()
            before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"


# As a workbook

# As wide as a column is at first, in letters, and at most.
_NARROW, _WIDE = 10, 60
_OPTIONS = {
    "constant_memory": True,
    # So that no apostrophe has to guard a text.
    **AS_TEXT,
    "remove_timezone": True,
}


def _xlsx(table: RowSource) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        _write_workbook(table, file)
        file.seek(0)
        while block := file.read(_BLOCK):
            yield block


def _write_workbook(table: RowSource, file: Any) -> None:
    # Wanted by nobody else, and slow to be read.
    from xlsxwriter import Workbook

    parts = table.parts()
    first = next(parts, [])
    with Workbook(file, _OPTIONS) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        looks = {
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            time: book.add_format({"num_format": "hh:mm"}),
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        sheet.freeze_panes(1, 0)
        for place, width in enumerate(_widths(table, first)):
            sheet.set_column(place, place, width)
        sheet.write_row(0, 0, [each.name for each in table.columns], bold)
        write = _Cells(sheet, looks, _joins(table))
        for part in chain([first], parts):
            write.rows(part)


def _widths(table: RowSource, part: list[list[Value]]) -> Iterator[int]:
    """Of each column, by its name and its first rows."""
    for place, column in enumerate(table.columns):
        texts = [column.name, *(cell(row[place]) for row in part[:200])]
        longest = max(len(line) for text in texts for line in text.splitlines() or [""])
        yield min(max(longest + 2, _NARROW), _WIDE)


def _unlike_guarded(text: str) -> str:
    """A text, which the import would take for a guarded one if it looked like it."""
    return text if unguarded(text) == text else guarded(text)


class _Cells:
    """The rows of a sheet, one below the other."""

    def __init__(self, sheet: Any, looks: dict[type, Any], joins: list[Any]) -> None:
        self._sheet, self._looks, self._joins = sheet, looks, joins
        self._line = 0

    def rows(self, part: list[list[Value]]) -> None:
        """Write the next rows."""
        for row in part:
            self._line += 1
            for place, value in enumerate(row):
                self._write(place, value)

    def _write(self, place: int, value: Value) -> None:
        if value is None or value == "":
            return
        if isinstance(value, datetime):
            value = timezone.localtime(value, timezone.get_default_timezone())
        look = self._looks.get(type(value))
        if look is not None:
            self._sheet.write_datetime(self._line, place, value, look)
        elif isinstance(value, str):
            self._sheet.write_string(self._line, place, _unlike_guarded(value))
        elif isinstance(value, list):
            self._sheet.write_string(self._line, place, _unlike_guarded(self._joins[place](value)))
        elif isinstance(value, bool):
            self._sheet.write_string(self._line, place, cell(value))
        else:
            self._sheet.write_number(self._line, place, value)


FORMATS = {
    each.name: each
    for each in (
        Format("csv", _("CSV, for spreadsheets and programs"), "text/csv; charset=utf-8", _csv),
        Format(
            "xlsx",
            _("Excel workbook"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            _xlsx,
        ),
        Format("json", _("JSON, for programs"), "application/json", _json),
    )
}
