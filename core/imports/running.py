"""An import runs: the lines of a file become rows, by the rules of every other door; or what would
become of them is shown, by the very same steps, and taken back.

Lines go some hundred at a time, so that memory stays flat and each question is asked once for all
of them. Each is taken in whole or not at all, and says at its cells, in words, why not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.access import require
from core.imports import matching, stale
from core.imports.kinds import resource
from core.imports.matching import Rows
from core.imports.results import LONGEST_TOLD, CellChange, CellError, Counts, RowKind, RowResult
from core.imports.stale import Expected
from core.imports.table import as_text
from core.imports.way import Blanks, Way
from core.long_work.progress import Stopped
from core.outbox.posting import gathered
from core.record import audit, many
from core.record.lines import Line
from core.record.resources import RecordedResource
from core.record.spreadsheet import unguarded
from core.record.transactions import part
from core.text import NO_TEXT

if TYPE_CHECKING:
    from django.contrib.auth.models import _User as User

__all__ = ["BATCH", "Expected", "Ran", "Stopped", "run"]

# How many lines are taken together.
BATCH = 500
Asked = Callable[[Sequence[int]], Mapping[int, Expected]]
Told = Callable[[Sequence[RowResult]], None]


@dataclass(frozen=True)
class Ran:
    """How many rows became what, and whether that stays; the change set, where it does."""

    counts: Counts
    kept: bool
    change_set: UUID | None


def run(
    kind: str,
    table: Rows,
    way: Way,
    *,
    by: User | None,
    file_name: str,
    keep: bool,
    skip_refused: bool = False,
    digest: str = "",
    expected: Asked | None = None,
    told: Told = lambda _results: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Ran:
    """Take a file in as one act, or, unless `keep`, only see what would become of it.

    One row that is refused keeps all out, unless those are to be skipped. `by` None is the command
    line, which may do everything. `digest`, the file's own, finds out whether it was taken in
    before. `expected` says, by the numbers of rows, what a preview saw of them: who changed since
    is refused. `told` gets each batch of results, `stopped` is asked before each.

    Raises PermissionDenied for who may not import, `ValidationError` for columns that cannot be as
    they were said, and `Stopped`.
    """
    own = resource(kind)
    if by is not None:
        require(by, "import", own.model)
    _tell(own, way, by=by, digest=digest, keep=keep)
    columns = matching.columns(kind, table.headers, way)
    running = _Running(own, table, way, columns, expected, keep)
    act = audit.change_set(
        audit.Kind.IMPORT, door=audit.Door.IMPORT, by=by, at=audit.now(), reason=file_name
    )
    with act as at_hand, _trial(is_trial=not keep and own.is_one, keep=keep):
        for results in running.batches(stopped, is_forgotten=not keep and not own.is_one):
            told(results)
        kept = keep and (skip_refused or not running.counts.refused)
        if keep and not kept:
            transaction.set_rollback(True)
    return Ran(running.counts, kept, at_hand.change_set if kept else None)


def _tell(own: RecordedResource, way: Way, *, by: User | None, digest: str, keep: bool) -> None:
    own.by, own.digest, own.again = by, digest, way.again
    own.date_form, own.empties = way.date_form, way.blanks == Blanks.EMPTY
    own.keys = many.next_keys if keep else many.trial_keys


def _trial(*, is_trial: bool, keep: bool) -> AbstractContextManager[None]:
    """A look at most files is taken a batch at a time, so that nobody waits for its end."""
    return part() if keep else _taken_back() if is_trial else nullcontext()


class _taken_back:  # noqa: N801 (Used as a function.)
    """What is written inside, and then not."""

    def __enter__(self) -> None:
        self._part = part()
        self._part.__enter__()

    def __exit__(self, *error: Any) -> None:
        transaction.set_rollback(True)
        self._part.__exit__(*error)


@dataclass
class _Running:
    """A file on its way."""

    own: RecordedResource
    table: Rows
    way: Way
    columns: Mapping[str, str]
    expected: Asked | None
    keep: bool
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self.header_of = {name: header for header, name in self.columns.items() if name}
        # A text with delimiters may have been guarded against a spreadsheet's formulas.
        self.is_guarded = bool(getattr(self.table, "delimiter", ""))
        self.taken = {
            header: name
            for header, name in self.columns.items()
            if name and name not in self.own.read_only
        }
        # What the lines before have, and the first of them that had it.
        self.claimed: dict[tuple[str, Any], int] = {}

    def batches(
        self, stopped: Callable[[], bool], *, is_forgotten: bool
    ) -> Iterator[list[RowResult]]:
        records = iter(self.table.records())
        while batch := [self._line(record) for record in islice(records, BATCH)]:
            if stopped():
                raise Stopped
            with _taken_back() if is_forgotten else nullcontext():
                self._take(batch)
                results = [self._result(line) for line in batch]
            for result in results:
                self.counts.add(result)
            yield results

    # What the file says

    def _line(self, record: Any) -> Line:
        line = Line(record.row, {}, record.cells)
        for header, message in record.problems.items():
            # What stands in a column without a name is told, though nobody asked for it.
            if header in self.taken or header not in self.columns:
                line.fault(self.taken.get(header, f"\0{header}"), message)
        for header, name in self.taken.items():
            if name not in line.errors:
                cell = record.cells.get(header, "")
                if self.is_guarded and isinstance(cell, str):
                    cell = unguarded(cell)
                line.cells[name] = self._meant(name, cell)
        return line

    def _meant(self, name: str, cell: Any) -> Any:
        """A cell, with what somebody said that its words mean."""
        told = self.way.words.get(name)
        if not told or not isinstance(cell, str):
            return cell
        words = matching.said_words(self.own, name, cell)
        if not any(told.get(word.lower()) for word in words):
            # One that is to mean nothing stays, and is refused.
            return cell
        joined = getattr(self.own.widget(name), "joined", " ".join)
        return joined(told.get(word.lower()) or word for word in words)

    # What becomes of it

    def _take(self, lines: list[Line]) -> None:
        own = self.own
        for line in lines:
            own.read(line)
        own.name(lines)
        own.find(lines)
        own.name_within(lines)
        for line in lines:
            self._claim(line)
        own.prepare(lines)
        before = self.expected([line.number for line in lines]) if self.expected else {}
        made = [line for line in lines if self._is_made(line, before.get(line.number))]
        together = [line for line in made if not line.is_alone]
        self._refuse_taken(together)
        self._write([line for line in together if not line.errors])
        for line in made:
            if line.is_alone and not line.errors:
                self._write_alone(line)

    def _claim(self, line: Line) -> None:
        for name, claim in self.own.claims(line):
            first = self.claimed.setdefault((name, claim), line.number)
            if first != line.number:
                line.fault(name, _("Row %(first)d has the same.") % {"first": first})
                # The row is that of the line before, whose values it keeps.
                line.row = copy(line.row)

    def _is_made(self, line: Line, before: Expected | None) -> bool:
        """Is there anything to write for the line, and nothing wrong with it so far?"""
        own, known = self.own, not {"", *self.own.key} & line.errors.keys()
        if line.row is None:
            line.row = own.fresh(line)
        else:
            line.pk, line.version = line.row.pk, line.row.version
        own.put(line)
        line.label = own.label(line.row)
        if known and not own.is_changed(line):
            return False
        try:
            if before is not None and known:
                stale.check(line, before)
            own.allow(line)
        except PermissionDenied as error:
            line.refuse(error)
        if not line.is_alone:
            # Of a row that nobody can find it is not known what it has.
            own.check(line, but=() if known else own.fields.keys() - line.values.keys())
        return known and not line.errors

    def _refuse_taken(self, lines: list[Line]) -> None:
        sound = [line for line in lines if not line.errors]
        for place, (name, message) in many.taken([line.row for line in sound]).items():
            sound[place].fault(name, message)

    def _write(self, lines: list[Line]) -> None:
        try:
            with part():
                self.own.write(lines)
        except IntegrityError:
            # Somebody wrote the like at this very moment: the others go in without that one.
            for line in lines:
                self.own.put_back(line)
                self._write_one(line)

    def _write_one(self, line: Line) -> None:
        try:
            with part():
                self.own.write([line])
        except IntegrityError:
            line.fault("", _("Somebody else wrote the same at this moment. Load it once more."))

    def _write_alone(self, line: Line) -> None:
        try:
            # Nothing is told of what is refused in the middle.
            with part(), gathered():
                self.own.write_alone(line)
        except (ValidationError, PermissionDenied) as error:
            line.refuse(error)

    # What is told of it

    def _result(self, line: Line) -> RowResult:
        kind = self._kind(line)
        is_new, is_refused = kind == RowKind.NEW, kind == RowKind.REFUSED
        return RowResult(
            line.number,
            kind,
            line.label,
            line.row.pk if is_new and self.keep else line.pk,
            line.version,
            () if is_refused else self._cells(line),
            tuple(self._errors(line)),
            self.own.reference(line) if is_new else "",
        )

    def _kind(self, line: Line) -> RowKind:
        if line.errors:
            return RowKind.REFUSED
        if line.is_new:
            return RowKind.NEW
        return RowKind.CHANGED if line.changes else RowKind.UNCHANGED

    def _cells(self, line: Line) -> tuple[CellChange, ...]:
        return tuple(CellChange(self.header_of[name], old, new) for name, old, new in line.changes)

    def _errors(self, line: Line) -> Iterator[CellError]:
        for name, messages in line.errors.items():
            for message in messages:
                if name.startswith("\0") or name in self.header_of or not name:
                    column = self.header_of.get(name, name.lstrip("\0"))
                    # What no database stores is shown as what cannot be shown.
                    value = NO_TEXT.sub("\ufffd", as_text(line.sent.get(column, "")))
                    yield CellError(column, message, value[:LONGEST_TOLD])
                else:
                    label = matching.label(self.own, name)
                    yield CellError(
                        "", _("%(field)s: %(error)s") % {"field": label, "error": message}
                    )
