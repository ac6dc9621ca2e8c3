"""Files for the tests, as they are once they have been read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.imports.options import ImportOptions
from core.imports.results import RowResult
from core.imports.running import RunResult, run
from people.models import User


@dataclass(frozen=True)
class Record:
    """A row below the header."""

    row: int
    cells: Mapping[str, Any]
    problems: Mapping[str, str] = field(default_factory=dict)


class Table:
    """A table of these rows, which name their columns."""

    def __init__(
        self, *rows: Mapping[str, Any], problems: Mapping[int, Mapping[str, str]] | None = None
    ) -> None:
        self.headers = tuple(dict.fromkeys(header for row in rows for header in row))
        self._rows = rows
        self._problems = problems or {}

    def records(self) -> Iterator[Record]:
        """Its rows; the header is row 1."""
        for number, row in enumerate(self._rows, start=2):
            cells = {header: row.get(header, "") for header in self.headers}
            yield Record(number, cells, self._problems.get(number, {}))


@dataclass(frozen=True)
class Load:
    """What came of a file."""

    ran: RunResult
    results: list[RowResult]

    @property
    def kinds(self) -> list[str]:
        """What became of each row."""
        return [result.kind.value for result in self.results]

    @property
    def errors(self) -> dict[int, dict[str, list[str]]]:
        """What is wrong, by row and column."""
        found: dict[int, dict[str, list[str]]] = {}
        for result in self.results:
            for error in result.errors:
                at = found.setdefault(result.row, {}).setdefault(error.column, [])
                at.append(error.message)
        return found

    @property
    def cells(self) -> dict[int, dict[str, tuple[str, str]]]:
        """What changes, by row and column."""
        return {
            result.row: {cell.column: (cell.old, cell.new) for cell in result.cells}
            for result in self.results
            if result.cells
        }


def load(
    kind: str,
    *rows: Mapping[str, Any],
    by: User | None,
    options: ImportOptions | None = None,
    keep: bool = True,
    **others: Any,
) -> Load:
    """Take a file of these rows in, or look at it."""
    return load_table(kind, Table(*rows), by=by, options=options, keep=keep, **others)


def load_table(
    kind: str,
    table: Any,
    *,
    by: User | None,
    options: ImportOptions | None = None,
    keep: bool = True,
    **others: Any,
) -> Load:
    """The same of a table."""
    results: list[RowResult] = []
    ran = run(
        kind,
        table,
        options or ImportOptions(),
        by=by,
        file_name="file.csv",
        keep=keep,
        on_results=results.extend,
        **others,
    )
    return Load(ran, results)
