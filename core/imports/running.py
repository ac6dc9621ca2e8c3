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
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.access import require
from core.imported import Import
from core.imports import earlier, matching, stale
from core.imports.kinds import resource
from core.imports.matching import Rows
from core.imports.options import Blanks, ImportOptions
from core.imports.results import LONGEST_TOLD, CellChange, CellError, Counts, RowKind, RowResult
from core.imports.stale import Expected
from core.imports.table import as_text
from core.long_work.progress import Stopped
from core.outbox.posting import gathered
from core.record import audit, bulk_writes
from core.record.lines import Line
from core.record.resources import RecordedResource
from core.record.spreadsheet import unguarded
from core.record.transactions import savepoint
from core.text.typed import NO_TEXT, in_quotes

if TYPE_CHECKING:
    from django.contrib.auth.models import _User as User

__all__ = ["BATCH", "Expected", "RunResult", "Stopped", "run"]

# How many lines are taken together.
BATCH = 500
Asked = Callable[[Sequence[int]], Mapping[int, Expected]]
OnResults = Callable[[Sequence[RowResult]], None]


@dataclass(frozen=True)
class RunResult:
    """How many rows became what, and whether that stays; the change set, where it does."""

    counts: Counts
    kept: bool
    change_set: UUID | None


def run(
    kind: str,
    table: Rows,
    options: ImportOptions,
    *,
    by: User | None,
    file_name: str,
    keep: bool,
    skip_refused: bool = False,
    digest: str = "",
    expected: Asked | None = None,
    on_results: OnResults = lambda _results: None,
    stopped: Callable[[], bool] = lambda: False,
) -> RunResult:
    """Take a file in as one act, or, unless `keep`, only see what would become of it.

    One row that is refused keeps all out, unless those are to be skipped. `by` None is the command
    line, which may do everything. `digest`, the file's own, finds out whether it was taken in
    before. `expected` says, by the numbers of rows, what a preview saw of them: who changed since
    is refused. `on_results` gets each batch, `stopped` is asked before each.

    Raises PermissionDenied for who may not import, `ValidationError` for columns that cannot be as
    they were chosen, and `Stopped`.
    """
    own = resource(kind)
    if by is not None:
        require(by, "import", own.model)
    _configure(own, options, by=by, digest=digest, keep=keep)
    columns = matching.columns(kind, table.headers, options)
    running = _Running(kind, own, table, options, columns, expected, keep)
    act = audit.change_set(
        audit.Kind.IMPORT, door=audit.Door.IMPORT, by=by, at=audit.now(), reason=file_name
    )
    with act as at_hand, _trial(is_trial=not keep and own.is_one, keep=keep):
        for results in running.batches(stopped, is_forgotten=not keep and not own.is_one):
            on_results(results)
        kept = keep and running.counts.can_stay(skip_refused=skip_refused)
        if keep and not kept:
            transaction.set_rollback(True)
    return RunResult(running.counts, kept, at_hand.change_set if kept else None)


def _configure(
    own: RecordedResource, options: ImportOptions, *, by: User | None, digest: str, keep: bool
) -> None:
    own.by, own.digest, own.again = by, digest, options.again
    own.date_form, own.empties = options.date_form, options.blanks == Blanks.EMPTY
    own.keys = bulk_writes.next_keys if keep else bulk_writes.trial_keys


def _trial(*, is_trial: bool, keep: bool) -> AbstractContextManager[None]:
    """A look at most files is taken a batch at a time, so that nobody waits for its end."""
    return savepoint() if keep else _rolled_back() if is_trial else nullcontext()


class _rolled_back:  # noqa: N801 (Used as a function.)
    """What is written inside, and then not."""

    def __enter__(self) -> None:
        self._savepoint = savepoint()
        self._savepoint.__enter__()

    def __exit__(self, *error: Any) -> None:
        transaction.set_rollback(True)
        self._savepoint.__exit__(*error)


@dataclass
class _Running:
    """A file on its way."""

    kind: str
    own: RecordedResource
    table: Rows
    options: ImportOptions
    columns: Mapping[str, str]
    expected: Asked | None
    keep: bool
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self.header_of = {name: header for header, name in self.columns.items() if name}
        self.own.header_of = self.header_of
        self.fields = {
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
            with _rolled_back() if is_forgotten else nullcontext():
                self._process(batch)
                results = [self._result(line) for line in batch]
            for result in results:
                self.counts.add(result)
            yield results

    # What the file says

    def _line(self, record: Any) -> Line:
        line = Line(record.row, {}, record.cells)
        for header, message in record.problems.items():
            # A value in a column without a name is shown, though nobody asked for it.
            if header in self.fields or header not in self.columns:
                line.fault(self.fields.get(header, f"\0{header}"), message)
        for header, name in self.fields.items():
            if name not in line.errors:
                cell = record.cells.get(header, "")
                if isinstance(cell, str):
                    # Whatever the file is now: a workbook may have been a CSV file of ours before.
                    cell = unguarded(cell)
                line.cells[name] = self._meant(name, cell)
                if line.cells[name] != cell:
                    line.read_as[name] = line.cells[name]
        return line

    def _meant(self, name: str, cell: Any) -> Any:
        """A cell, its words replaced by what somebody chose that they mean."""
        meanings = self.options.words.get(name)
        if not meanings or not isinstance(cell, str):
            return cell
        words = matching.words_in(self.own, name, cell)
        if not any(meanings.get(word.lower()) for word in words):
            # One that is to mean nothing stays, and is refused.
            return cell
        joined = getattr(self.own.widget(name), "joined", " ".join)
        return joined(meanings.get(word.lower()) or word for word in words)

    # What becomes of it

    def _process(self, lines: list[Line]) -> None:
        own = self.own
        for line in lines:
            own.read(line)
        own.name(lines)
        own.find(lines)
        for line in lines:
            self._claim(line)
        own.name_within([line for line in lines if not line.is_second])
        own.prepare(lines)
        self._refuse_loaded([line for line in lines if own.is_nameless(line)])
        before = self.expected([line.number for line in lines]) if self.expected else {}
        made = [line for line in lines if self._is_made(line, before.get(line.number))]
        in_bulk = [line for line in made if not line.is_alone]
        self._refuse_duplicates(in_bulk)
        self._write([line for line in in_bulk if not line.errors])
        for line in made:
            if line.is_alone and not line.errors:
                self._write_alone(line)

    def _claim(self, line: Line) -> None:
        for name, claim in self.own.claims(line):
            first = self.claimed.setdefault((name, claim), line.number)
            if first != line.number:
                line.is_second = True
                line.fault(name, self._second(name or self.own.key[-1], first))
                # The row is that of the line before, whose values it keeps.
                line.row = copy(line.row)

    def _second(self, name: str, first: int) -> str:
        """Why a row is refused that has this field as a row before has it, and what to do: loaded
        alone, it would write over what that one says."""
        column = self.header_of.get(name) or matching.label(self.own, name)
        sentence = _(
            "Row %(first)d is already for this. Delete this row, or correct its %(column)s."
        )
        return sentence % {"first": first, "column": in_quotes(column)}

    def _refuse_loaded(self, lines: list[Line]) -> None:
        """What was taken in before would be there twice, where nothing says that it is the same."""
        if not lines or self.own.again:
            return
        if self._load_before:
            for line in lines:
                line.fault("", earlier.already_loaded_text(self._load_before))
            return
        marks = {line.number: earlier.mark(line.cells) for line in lines}
        made = earlier.rows(self.own.model, self.kind, set(marks.values()))
        for line in lines:
            if before := made.get(marks[line.number]):
                line.fault("", earlier.told_of_row(before.load))

    @cached_property
    def _load_before(self) -> Import | None:
        """The import of this very file, if there was one."""
        return earlier.load_of(self.kind, self.own.digest)

    def _is_made(self, line: Line, before: Expected | None) -> bool:
        """Is there anything to write for the line, and nothing wrong with it so far?"""
        own, known = self.own, not {"", *self.own.key} & line.errors.keys()
        if line.row is None:
            line.row = own.fresh(line)
        else:
            line.pk, line.version = line.row.pk, line.row.version
        so_far = {name: list(text) for name, text in line.errors.items()}
        own.put(line)
        line.label = own.label(line.row)
        if line.is_second:
            line.errors = so_far
            return False
        line.is_made = own.is_changed(line)
        if known and not line.is_made:
            return False
        try:
            if before is not None and known:
                stale.check(line, before, own)
            own.allow(line)
        except PermissionDenied as error:
            line.refuse(error)
        if not line.is_alone:
            # Of a row that nobody can find it is not known what it has.
            own.check(line, but=() if known else own.fields.keys() - line.values.keys())
        return known and not line.errors

    def _refuse_duplicates(self, lines: list[Line]) -> None:
        sound = [line for line in lines if not line.errors]
        for place, (name, message) in bulk_writes.duplicates([line.row for line in sound]).items():
            sound[place].fault(name, message)

    def _write(self, lines: list[Line]) -> None:
        try:
            with savepoint():
                self.own.write(lines)
        except IntegrityError:
            # Somebody wrote the like at this very moment: the others go in without that one.
            for line in lines:
                self.own.put_back(line)
                self._write_one(line)

    def _write_one(self, line: Line) -> None:
        try:
            with savepoint():
                self.own.write([line])
        except IntegrityError:
            line.fault("", _("Somebody else was saving the same at that moment. Import it again."))

    def _write_alone(self, line: Line) -> None:
        try:
            # Of what is refused in the middle, no notice is left.
            with savepoint(), gathered():
                self.own.write_alone(line)
        except (ValidationError, PermissionDenied) as error:
            line.refuse(error)

    # What is shown of it

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
            () if is_refused else tuple(line.notes),
            earlier.mark(line.cells) if is_new and self.own.is_nameless(line) else "",
        )

    def _kind(self, line: Line) -> RowKind:
        if line.errors:
            return RowKind.REFUSED
        if line.is_new:
            return RowKind.NEW
        # Two values that are written alike differ all the same.
        return RowKind.CHANGED if line.is_made else RowKind.UNCHANGED

    def _cells(self, line: Line) -> tuple[CellChange, ...]:
        return tuple(CellChange(self.header_of[name], old, new) for name, old, new in line.changes)

    def _errors(self, line: Line) -> Iterator[CellError]:
        for name, messages in line.errors.items():
            for message in messages:
                if name.startswith("\0") or name in self.header_of or not name:
                    column = self.header_of.get(name, name.lstrip("\0"))
                    # What no database stores is shown as what cannot be shown.
                    value = NO_TEXT.sub("\ufffd", as_text(line.sent.get(column, "")))
                    read_as = line.read_as.get(name, "")
                    yield CellError(column, message, value[:LONGEST_TOLD], read_as)
                else:
                    label = matching.label(self.own, name)
                    yield CellError(
                        "", _("%(field)s: %(error)s") % {"field": label, "error": message}
                    )
