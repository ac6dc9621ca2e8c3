"""What becomes of rows, in a file: while its transaction is open that may leave nothing, and as
they are too many to be held in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

from core.database import inserts
from core.imported import Import, ImportReference, ImportRow
from core.imports import earlier
from core.imports.results import RowKind, RowResult


class Spool:
    """Results of rows, in the order in which they came."""

    def __enter__(self) -> Self:
        self._file = TemporaryFile("w+", encoding="utf-8")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, results: Iterable[RowResult]) -> None:
        """Write these down."""
        for result in results:
            self._file.write(json.dumps(_line(result), ensure_ascii=False) + "\n")

    def keep(self, load: Import, *, are_written: bool) -> None:
        """Have the import keep them. Of new rows the key is known once they `are_written`, and so
        are the names by which another file names them."""
        for some in _batched(self._lines()):
            inserts.insert([_row(load, each, are_written=are_written) for each in some])
            if are_written:
                inserts.insert(list(_references(load, some)))

    def _lines(self) -> Iterator[dict[str, Any]]:
        self._file.seek(0)
        return map(json.loads, self._file)


def _batched(lines: Iterator[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    while some := list(islice(lines, inserts.BATCH)):
        yield some


def _line(result: RowResult) -> dict[str, Any]:
    return {
        "row": result.row,
        "kind": str(result.kind),
        "label": result.label[:400],
        "object_id": result.pk,
        "version": result.version,
        "cells": [[cell.column, cell.old, cell.new] for cell in result.cells],
        "errors": [
            *(
                [error.column, error.message, error.value, *filter(None, [error.read_as])]
                for error in result.errors
            ),
            *(["", note, ""] for note in result.notes),
        ],
        "reference": result.reference,
        "mark": result.mark,
    }


def _row(load: Import, line: dict[str, Any], *, are_written: bool) -> ImportRow:
    values = {name: value for name, value in line.items() if name not in {"reference", "mark"}}
    if values["kind"] == RowKind.NEW and not are_written:
        values["object_id"] = None
    return ImportRow(load=load, **values)


def _references(load: Import, lines: Iterable[dict[str, Any]]) -> Iterator[ImportReference]:
    kinds = {"reference": load.kind, "mark": earlier.kind_of_rows(load.kind)}
    for line in lines:
        for name, kind in kinds.items():
            if line[name]:
                yield ImportReference(
                    load=load, kind=kind, reference=line[name], object_id=line["object_id"]
                )
