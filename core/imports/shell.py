"""Imports from the command line, done in this very process: what is asked for, and what came of
it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from io import BytesIO
from typing import Any, BinaryIO

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.imported import Import, ImportState
from core.imports import loading, matching, working
from core.imports.kept_file import form_of
from core.imports.kinds import kinds
from core.imports.options import ImportOptions
from core.imports.reading import Table, opened
from core.imports.results import RowKind, RowResult
from core.imports.running import run
from core.record import undoing
from core.record.named import people_called
from core.text.typed import folded, in_quotes

logger = logging.getLogger("jobops.imports")
# How many notes on rows are told at the end.
_NOTES = 20
# Of how many rows each says the number.
_ROWS = 10
# Called with how many rows of how many were read.
Bar = Callable[[int, int], None]


def bar() -> Bar:
    """What shows how far it is, where somebody looks at a terminal."""
    return _drawn if sys.stderr.isatty() else no_bar


def _drawn(seen: int, total: int) -> None:
    """How far it is, on one line."""
    width = 40
    done = width * seen // total if total else width
    end = "\n" if seen >= total else ""
    sys.stderr.write(f"\r[{'#' * done}{'.' * (width - done)}] {seen:,} of {total:,} rows{end}")
    sys.stderr.flush()


def no_bar(_seen: int, _total: int) -> None:
    """Nobody looks on."""


@dataclass
class Report:
    """What came of a file. `load` is the import's number; None for a trial, which keeps nothing."""

    load: int | None = None
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    rows: int = 0
    kinds: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RowKind.values, 0))
    cells: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    message: str = ""
    # What is read of the file though it is hidden there, and the columns of which nothing becomes.
    unseen: str = ""
    left: tuple[str, ...] = ()
    # What is to know of rows, though nothing stands in their way.
    # Each once, with the rows of which it is told; those that it names itself, without.
    notes: dict[str, list[int]] = field(default_factory=dict)
    # The process's exit code: 0 done, 1 rows are refused and nothing is written, 2 unusable.
    code: int = 0

    def read_as(self, table: Table) -> None:
        """Take down how the file was read."""
        self.encoding, self.delimiter = table.encoding, table.delimiter
        self.sheet, self.unseen = table.sheet, table.unseen()

    def see(self, results: Sequence[RowResult]) -> None:
        """Take these rows down."""
        for result in results:
            self.rows += 1
            self.kinds[result.kind] += 1
            self.cells += [{"row": result.row, **asdict(cell)} for cell in result.cells]
            for note in result.notes:
                rows = self.notes.setdefault(note, [])
                if not result.label or result.label not in note:
                    rows.append(result.row)
            self.errors += [
                {"row": result.row, "column": error.column, "message": error.message}
                for error in result.errors
            ]

    def end(self, message: str, *, code: int) -> None:
        """Say what it came to."""
        left = _("Left out: %(columns)s.") % {"columns": ", ".join(self.left)} if self.left else ""
        notes = (_noted(note, rows) for note, rows in list(self.notes.items())[:_NOTES])
        rows = (message, self.unseen, left, *notes)
        self.message, self.code = " ".join(filter(None, rows)), code

    def as_data(self) -> dict[str, Any]:
        """As programs read it."""
        return {
            "import": self.load,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "sheet": self.sheet,
            "rows": self.rows,
            **self.kinds,
            "cells": self.cells,
            "errors": self.errors,
            "message": self.message,
        }


def _noted(note: str, rows: Sequence[int]) -> str:
    """What is to know, and of which rows: of many, the first."""
    if not rows:
        return note
    first = ", ".join(map(str, rows[:_ROWS])) + (" …" if len(rows) > _ROWS else "")
    text = ngettext("Row %(rows)s: %(note)s", "Rows %(rows)s: %(note)s", len(rows))
    return text % {"rows": first, "note": note}


def load(
    file: BinaryIO,
    name: str,
    *,
    kind: str,
    options: ImportOptions,
    username: str = "",
    is_trial: bool = False,
    skip_refused: bool = False,
    bar: Bar = no_bar,
) -> Report:
    """Take a file in, or only look at it, in somebody's name; without a person, everything is
    allowed.

    What cannot be used is in the report.
    """
    report = Report()
    try:
        _check_kind(kind)
        by, data = _person(username), BytesIO(file.read())
        table = opened(data, name, form_of(options))
        report.read_as(table)
        found, columns = options.columns, _columns(kind, table, options.columns)
        report.left = _left_out(kind, columns, found)
        options = replace(options, columns=columns)
        data.seek(0)
        if is_trial:
            digest = loading.digest_of(data.getvalue())
            _try(
                report, table, kind=kind, options=options, by=by, name=name, digest=digest, bar=bar
            )
        else:
            begun = loading.begin(data, name, kind=kind, by=by, options=options)
            report.load = begun.pk
            _apply(report, begun, by=by, skip_refused=skip_refused, bar=bar)
    except (ValidationError, PermissionDenied) as error:
        report.end(_sentence(error), code=2)
    except (Exception, KeyboardInterrupt) as error:
        report.end(_fault(error), code=2)
    return report


def _fault(error: BaseException) -> str:
    """The sentence for whoever stops it, and for what nobody foresaw, which goes to the log."""
    if isinstance(error, KeyboardInterrupt):
        return _("It was stopped. Nothing was written.")
    logger.error("an import failed", exc_info=error)
    return _("Something went wrong, and nothing was written. See the log.")


def _check_kind(kind: str) -> None:
    names = [each.kind for each in kinds()]
    if kind not in names:
        details = {"kind": in_quotes(kind), "kinds": ", ".join(names)}
        raise ValidationError(_("There is no kind %(kind)s. The kinds are: %(kinds)s.") % details)


def _person(username: str) -> Any:
    if not username:
        return None
    found = people_called(username)
    if len(found) != 1:
        sentence = _("There is no active person %(name)s.")
        raise ValidationError(sentence % {"name": in_quotes(username)})
    return found[0]


def _columns(kind: str, table: Table, named: Mapping[str, str]) -> dict[str, str]:
    """What each column holds, by the names of the file, whatever case somebody types them in."""
    names = {folded(header): header for header in table.headers}
    for header in named:
        if folded(header) not in names:
            details = {"column": in_quotes(header), "columns": ", ".join(table.headers)}
            sentence = _("The file has no column %(column)s. Its columns are: %(columns)s.")
            raise ValidationError(sentence % details)
    columns = {names[folded(header)]: name for header, name in named.items()}
    if loading.is_refused_rows(kind, table.headers):
        columns.setdefault(table.headers[-1], "")
    return matching.columns(kind, table.headers, ImportOptions(columns=columns))


def _left_out(kind: str, columns: Mapping[str, str], said: Mapping[str, str]) -> tuple[str, ...]:
    """The columns that an import leaves alone, but for those of which somebody said so."""
    meant = {folded(header) for header in said}
    read = {field.name for field in matching.fields(kind) if not field.is_read_only}
    left = (header for header, name in columns.items() if name not in read)
    return tuple(header for header in left if folded(header) not in meant)


def _try(
    report: Report,
    table: Table,
    *,
    kind: str,
    options: ImportOptions,
    by: Any,
    name: str,
    digest: str,
    bar: Bar,
) -> None:
    total = loading.counted(table)

    def on_results(results: Sequence[RowResult]) -> None:
        report.see(results)
        bar(report.rows, total)

    ran = run(
        kind,
        table,
        options,
        by=by,
        file_name=name,
        keep=False,
        digest=digest,
        on_results=on_results,
    )
    if ran.counts.refused:
        report.end(_refused(ran.counts.refused), code=1)
    else:
        report.end(_("No rows are refused. This was a dry run: nothing was written."), code=0)


def _apply(report: Report, begun: Import, *, by: Any, skip_refused: bool, bar: Bar) -> None:
    total = begun.total

    def seeing(results: Sequence[RowResult]) -> None:
        report.see(results)
        bar(report.rows, total)

    loading.claim_apply(begun, by=by, skip_refused=skip_refused)
    working.carry_out(begun, by=by, seeing=seeing)
    if begun.state == ImportState.APPLIED:
        report.end(_applied_text(begun), code=0)
    elif begun.state == ImportState.PREVIEWED:
        report.end(_refused(begun.refused), code=1)
    else:
        report.end(begun.message, code=2)


def _refused(number: int) -> str:
    return ngettext(
        "%(number)d row is refused, so nothing was written.",
        "%(number)d rows are refused, so nothing was written.",
        number,
    ) % {"number": number}


def _applied_text(begun: Import) -> str:
    if not begun.refused:
        return _("Everything was imported.")
    left = ngettext(
        "Everything was imported except %(number)d refused row.",
        "Everything was imported except %(number)d refused rows.",
        begun.refused,
    )
    return left % {"number": begun.refused}


def _sentence(error: ValidationError | PermissionDenied) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


# Undo


@dataclass
class UndoReport:
    """What came of an undo; `mail` is what went out and nobody calls back."""

    load: int
    removed: int = 0
    put_back: int = 0
    kept: list[dict[str, Any]] = field(default_factory=list)
    mail: list[dict[str, Any]] = field(default_factory=list)
    message: str = ""
    # The process's exit code: 0 done, 1 something is kept, 2 there is nothing to undo.
    code: int = 0

    def as_data(self) -> dict[str, Any]:
        """As programs read it."""
        data = asdict(self)
        return {"import": data.pop("load"), **{n: v for n, v in data.items() if n != "code"}}


def undo(pk: int) -> UndoReport:
    """Undo an import, as whoever runs this has the database."""
    report = UndoReport(pk)
    found = Import.objects.filter(pk=pk).first()
    try:
        if found is None:
            raise ValidationError(_("There is no import %(number)d.") % {"number": pk})
        if not loading.claim_undo(found, by=None):
            raise ValidationError(
                _("This import has already been undone, or somebody is working on it.")
            )
        working.carry_out(found, by=None)
        if found.state != ImportState.UNDONE:
            raise ValidationError(found.message)
    except ValidationError as error:
        report.message, report.code = _sentence(error), 2
        return report
    except (Exception, KeyboardInterrupt) as error:
        report.message, report.code = _fault(error), 2
        return report
    _tell(report, found)
    return report


def _tell(report: UndoReport, load: Import) -> None:
    report.removed, report.put_back = load.removed, load.put_back
    for line in load.kept_lines.all():
        lines = report.mail if line.what == undoing.MAIL else report.kept
        lines.append(
            {
                "object": line.label,
                "field": line.field,
                "message": line.why,
                "who": line.who,
                "at": line.at.isoformat() if line.at else None,
            }
        )
    report.code = 1 if report.kept else 0
    report.message = _("The import was undone.")
    if report.kept:
        report.message = _("The import was undone, except for what is listed as kept.")
