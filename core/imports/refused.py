"""The refused rows of an import as a file of their own, to be mended and loaded alone."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date, time
from io import StringIO
from pathlib import PurePath

from core.imported import Import
from core.imports.kept_file import table_of
from core.imports.reading import Cell
from core.imports.results import RowKind
from core.record.spreadsheet import BOM, guarded, unguarded
from core.text import folded

# The last column says why; another name where the file has one of this.
REASON, OTHER_REASON = "reason", "reason (refused)"
# Rows of which the reasons are read at once.
BATCH = 500


def reason_header(headers: Sequence[str]) -> str:
    """What the column is called that says why, beside these."""
    return OTHER_REASON if REASON in map(folded, headers) else REASON


def headers_before(headers: Sequence[str]) -> tuple[str, ...]:
    """The columns of the file of which this may be the refused rows; none where it is not."""
    *before, last = headers
    return tuple(before) if before and last == reason_header(before) else ()


def refused_rows(load: Import) -> Iterator[list[str]]:
    """The names of the columns, and each refused row in the columns of the file, with the reason.

    Raises `UnusableFile` where the file is not kept any more.
    """
    table = table_of(load)
    yield [*table.headers, reason_header(table.headers)]
    why = dict(_reasons(load))
    for record in table.records():
        if record.row in why:
            cells = [_written(record.cells.get(header, "")) for header in table.headers]
            yield [*cells, why[record.row]]


def refused_file(load: Import) -> tuple[bytes, str]:
    """The same as a CSV file, with its name: nothing of it is calculated, and it reads as what was
    sent."""
    lines = StringIO()
    # Cells of a CSV file may be guarded already.
    meant = unguarded if load.delimiter else str
    rows = ([guarded(meant(cell)) for cell in row] for row in refused_rows(load))
    csv.writer(lines).writerows(rows)
    name = f"{PurePath(load.file_name).stem} {RowKind.REFUSED.label}.csv"
    return (BOM + lines.getvalue()).encode(), name


def _reasons(load: Import) -> Iterator[tuple[int, str]]:
    rows = load.rows.filter(kind=RowKind.REFUSED).order_by("row").values_list("row", "errors")
    for row, errors in rows.iterator(chunk_size=BATCH):
        yield row, " ".join(_told(column, message) for column, message, *_value in errors)


def _told(column: str, message: str) -> str:
    return f"{column}: {message}" if column else message


def _written(cell: Cell) -> str:
    return cell.isoformat() if isinstance(cell, date | time) else cell
