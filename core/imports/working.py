"""Work on an import: it is looked at, taken in or undone, at once where it is small, and else in
the long queue. Each is done whole or leaves nothing, and once, however often it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import command_line_user, require
from core.imported import Import, ImportState
from core.imports import telling
from core.imports.kept_file import TableWithoutRows, table_of
from core.imports.kept_lines import KeptLines
from core.imports.kinds import resource
from core.imports.options import ImportOptions
from core.imports.results import RowKind, RowResult
from core.imports.running import Expected, RunResult, run
from core.imports.spool import Spool
from core.imports.turns import Busy, turn
from core.long_work.progress import Stopped, Watch
from core.long_work.worker import in_hand
from core.outbox import posting
from core.queues import LONG, enqueue
from core.record import audit, undoing
from core.text import languages

# So many rows are worked on while somebody waits for the page.
SMALL = 1_000
TASK = "core.tasks.work_on_import"


# Who works on it


def start(load: Import, *, by: Any) -> None:
    """Work on an import that was claimed: now, or in the long queue where that takes too long or
    another import of its kind is at work."""
    if load.total <= SMALL:
        try:
            with turn(load.kind):
                carry_out(load, by=by, is_alone=True)
        except Busy:
            pass
        else:
            return
    enqueue(TASK, load.pk, load.attempt, by.pk, queue=LONG)


def work_in_background(pk: int, attempt: int, by: Any) -> bool:
    """Work on an import in the background; False where somebody else does or did, or nobody wants
    it any more."""
    load = Import.objects.filter(pk=pk, attempt=attempt).first()
    if load is None:
        return False
    with languages.speaking_to(by):
        return carry_out(load, by=by, sends_mail=True)


def carry_out(
    load: Import,
    *,
    by: Any,
    is_alone: bool = False,
    sends_mail: bool = False,
    seeing: Callable[[Sequence[RowResult]], None] = lambda _results: None,
) -> bool:
    """Do what an import was claimed for, in this process; False where another does.

    `is_alone`: others see nothing of it meanwhile, and its turn has come. `sends_mail`: whoever
    began it gets a mail at the end. `seeing` gets the results of rows.
    """
    if not load.take_up():
        load.refresh_from_db()
        return False
    import_run = ImportRun(load, by, seeing)
    with in_hand(
        load, import_run.fail, ValidationError, by_others=not is_alone
    ) as import_run.watch:
        if is_alone:
            import_run.do()
        else:
            with turn(load.kind, waiting=import_run.watch.check):
                import_run.do()
    if load.is_in_hand:
        # Somebody else has finished it meanwhile, and sent the mail.
        load.refresh_from_db()
    elif sends_mail:
        telling.tell(load)
    return True


# What is done


def counted(ran: RunResult, *, left: int = 0) -> dict[str, int]:
    """How many rows became what, by column; `left` were refused before, and left out."""
    kinds = ran.counts.kinds
    return {
        "total": ran.counts.rows + left,
        **{str(kind): kinds[kind] for kind in RowKind},
        "refused": ran.counts.refused + left,
    }


@dataclass
class ImportRun:
    """A process's work on an import."""

    load: Import
    by: Any
    seeing: Callable[[Sequence[RowResult]], None]
    watch: Watch = field(init=False)

    def do(self) -> None:
        """What it was claimed for."""
        doing = {
            ImportState.PREVIEWING: self._preview,
            ImportState.APPLYING: self._apply,
            ImportState.UNDOING: self._undo,
        }
        doing[ImportState(self.load.state)]()

    def fail(self, error: BaseException) -> None:
        """Nothing was written: say so."""
        to, why = ImportState.FAILED, _("Something went wrong while this was running.")
        if isinstance(error, Stopped | KeyboardInterrupt):
            to, why = ImportState.STOPPED, _("It was stopped.")
        elif isinstance(error, ValidationError):
            why = " ".join(error.messages)
        state, message = self.load.state_without_effect(to, why)
        self.load.finish(state, message=message)

    # Look

    def _preview(self) -> None:
        with Spool() as spool:
            table = table_of(self.load)
            ran = self._run(spool, table, keep=False)
            with transaction.atomic():
                self.load.rows.all().delete()
                spool.keep(self.load, are_written=False)
                self._finish(ImportState.PREVIEWED, counted(ran) | {"message": table.unseen()})

    # Take in

    def _apply(self) -> None:
        # What was refused as somebody looked stays out, whatever it would be now.
        refused = self.load.rows.filter(kind=RowKind.REFUSED)
        left = frozenset(refused.values_list("row", flat=True))
        with Spool() as spool, transaction.atomic():
            with posting.collecting_recipients() as notified:
                ran = self._run(spool, TableWithoutRows(table_of(self.load), left), keep=True)
            self.load.rows.exclude(kind=RowKind.REFUSED).delete()
            spool.keep(self.load, are_written=ran.kept)
            counts = counted(ran, left=len(left))
            if ran.kept:
                applied = {"applied_at": timezone.now(), "change_set": ran.change_set}
                told = {"people_told": sorted(notified)}
                self._finish(ImportState.APPLIED, counts | applied | told)
            else:
                message = _("Nothing was imported: see which rows are refused now.")
                self._finish(ImportState.PREVIEWED, counts | {"message": message})

    def _run(self, spool: Spool, table: Any, *, keep: bool) -> RunResult:
        load = self.load

        def on_results(results: Sequence[RowResult]) -> None:
            self.watch.seen += len(results)
            spool.add(results)
            self.seeing(results)

        return run(
            load.kind,
            table,
            ImportOptions.from_data(load.way),
            by=self.by,
            file_name=load.file_name,
            keep=keep,
            skip_refused=load.skip_refused,
            digest=load.digest,
            expected=self._expected if keep else None,
            on_results=on_results,
            stopped=self.watch.is_stopped,
        )

    def _expected(self, numbers: Sequence[int]) -> Mapping[int, Expected]:
        rows = self.load.rows.filter(row__in=numbers).exclude(kind=RowKind.REFUSED)
        found = rows.values_list("row", "object_id", "version")
        return {row: Expected(pk, version) for row, pk, version in found}

    # Undo

    def _undo(self) -> None:
        load, by = self.load, self.by
        if by is not None:
            # They may have lost the role since they asked for it.
            require(by, "import", resource(load.kind).model)
        stands_in = by or command_line_user()
        change_set: Any = load.change_set

        def on_progress(seen: int) -> None:
            self.watch.add(seen - self.watch.seen)

        act = audit.change_set(
            audit.Kind.UNDO, door=audit.Door.IMPORT, by=by, reason=load.file_name
        )
        lines = KeptLines(load)
        with transaction.atomic(), act as at_hand:
            undone = undoing.undo(change_set, by=stands_in, keep=lines.add, on_progress=on_progress)
            lines.write()
            # What stays is known by its name still.
            stays = resource(load.kind).model._base_manager.values("pk")
            load.references.exclude(object_id__in=stays).delete()
            values = {
                "undone_at": timezone.now(),
                "undone_by_name": by.name if by else "",
                "undo_change_set": at_hand.change_set,
                "removed": undone.removed,
                "put_back": undone.put_back,
                "kept": undone.kept,
            }
            self._finish(ImportState.UNDONE, values)

    def _finish(self, to: ImportState, values: dict[str, Any]) -> None:
        # The thread that beats would wait for this very transaction.
        self.watch.end()
        self.load.finish(to, seen=self.watch.seen, **values)
