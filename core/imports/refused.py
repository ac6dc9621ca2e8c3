"""The refused rows of an import as a file of their own, to be mended and loaded alone."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from io import BytesIO, StringIO
from itertools import chain
from pathlib import PurePath
from typing import Any

from core.imported import Import
from core.imports.kept_file import table_of
from core.imports.kinds import resource
from core.imports.reading import Cell, Table
from core.imports.results import RowKind
from core.imports.table import UNREADABLE, Line
from core.record.spreadsheet import AS_TEXT, BOM, guarded, unguarded
from core.text.typed import folded

# The last column says why; by another name where the file has one of this, or rows of its kind do.
REASON, OTHER_REASON = "reason", "reason (refused)"
# Rows of which the reasons are read at once.
BATCH = 500
# What a cell of a workbook holds, in characters, and the first day that is one there.
_LONGEST, _FIRST_DAY = 32_767, date(1899, 12, 31)
_WIDTH, _WIDTH_OF_REASON = 20, 80


def reason_header(kind: str, headers: Sequence[str]) -> str:
    """What the column is called that says why, beside these of a file of a kind."""
    own = resource(kind)
    names = {*own.fields, *own.extra_columns, *map(folded, headers)}
    return OTHER_REASON if REASON in names else REASON


def headers_before(kind: str, headers: Sequence[str]) -> tuple[str, ...]:
    """The columns of the file of which this may be the refused rows; none where it is not."""
    *before, last = headers
    return tuple(before) if before and last == reason_header(kind, before) else ()


def refused_rows(load: Import) -> Iterator[list[Cell]]:
    """The names of the columns, and each refused row in the columns of the file, with the reason.

    Raises `UnusableFile` where the file is not kept any more.
    """
    return _rows(load, table_of(load))


def _rows(load: Import, table: Table) -> Iterator[list[Cell]]:
    why = dict(_reasons(load))
    lines = table.lines()
    head = next(lines)
    refused = [line for line in lines if line.row in why]
    names = _as_sent(head, (), max((len(line.cells) for line in refused), default=0))
    yield [*names, reason_header(load.kind, table.headers)]
    for line in refused:
        # The row of the names once more would be one like others, beside its reason.
        unread = range(len(names)) if line.cells == head.cells else line.problems
        yield [*_as_sent(line, unread, len(names)), why[line.row]]


def _as_sent(line: Line, unread: Iterable[int], width: int) -> list[Cell]:
    """A row as the file has it, at least so wide: nothing doubtful of it may pass unmended."""
    cells = list(line.cells)
    cells += [""] * (max([width, *(place + 1 for place in line.problems)]) - len(cells))
    for place in unread:
        cells[place] = UNREADABLE
    return cells


def refused_file(load: Import) -> tuple[bytes, str]:
    """The same as a file like the one that was sent, which the same program opens, with its name:
    nothing of it is calculated, and it reads as what was sent."""
    table = table_of(load)
    rows = _rows(load, table)
    name = f"{PurePath(load.file_name).stem} {RowKind.REFUSED.label}"
    if table.delimiter:
        return _text(rows, table.delimiter), f"{name}.csv"
    return _workbook(rows), f"{name}.xlsx"


def _text(rows: Iterable[list[Cell]], delimiter: str) -> bytes:
    lines = StringIO(newline="")
    # Cells may be guarded already; those of a text are texts.
    guarded_rows = ([guarded(unguarded(str(cell))) for cell in row] for row in rows)
    csv.writer(lines, delimiter=delimiter).writerows(guarded_rows)
    return (BOM + lines.getvalue()).encode()


def _reasons(load: Import) -> Iterator[tuple[int, str]]:
    rows = load.rows.filter(kind=RowKind.REFUSED).order_by("row").values_list("row", "errors")
    for row, errors in rows.iterator(chunk_size=BATCH):
        yield row, " ".join(_as_sentence(column, message) for column, message, *_value in errors)


def _as_sentence(column: str, message: str) -> str:
    return f"{column}: {message}" if column else message


# As a workbook


def _workbook(rows: Iterator[list[Cell]]) -> bytes:
    # Wanted by nobody else, and slow to be read.
    from xlsxwriter import Workbook

    data = BytesIO()
    with Workbook(data, {"constant_memory": True, **AS_TEXT}) as book:
        sheet = book.add_worksheet()
        # Whoever mends a cell of text types text: its leading zeros stay.
        forms = {str: "@", date: "yyyy-mm-dd", time: "hh:mm", datetime: "yyyy-mm-dd hh:mm:ss"}
        looks = {kind: book.add_format({"num_format": form}) for kind, form in forms.items()}
        names = next(rows)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(names) - 1, _WIDTH)
        sheet.set_column(len(names) - 1, len(names) - 1, _WIDTH_OF_REASON)
        for number, row in enumerate(chain([names], rows)):
            for place, cell in enumerate([*map(_fitting, row[:-1]), str(row[-1])[:_LONGEST]]):
                _write(sheet, number, place, cell, looks)
    return data.getvalue()


def _fitting(cell: Cell) -> Cell:
    """A cell as a workbook can hold it: a text that is too long would be cut without a word, and
    before its first day it has none."""
    if isinstance(cell, str):
        return cell if len(cell) <= _LONGEST else UNREADABLE
    if isinstance(cell, time):
        return cell
    day = cell.date() if isinstance(cell, datetime) else cell
    return cell if day >= _FIRST_DAY else cell.isoformat()


def _write(sheet: Any, row: int, place: int, cell: Cell, looks: dict[type, Any]) -> None:
    if isinstance(cell, str):
        if cell:
            sheet.write_string(row, place, cell, looks[str])
    else:
        sheet.write_datetime(row, place, cell, looks[type(cell)])
