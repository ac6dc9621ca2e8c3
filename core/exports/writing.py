"""What is long is written in the background: asked for, written, told, and removed after a day."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import languages
from core.export_files import PIECE, ExportChoice, ExportFile, ExportPiece, ExportState
from core.exports import everything, snapshot
from core.exports.files import FORMATS
from core.exports.kinds import Kind, chosen, kinds
from core.exports.table import Table, keys_of
from core.outbox.posting import News, post
from core.queues import LONG, hand_on

# More rows than these are written in the background.
AT_ONCE = 5000
# How often a worker writes down how far it is.
_BEAT = timedelta(seconds=2)
# The kind of notice that tells of a file.
TOLD = "export"
logger = logging.getLogger("jobops.tasks")


class RowsOf(Protocol):
    """What finds the rows of a list: of a kind, that somebody may take out, by what the list was
    asked for, and those of these keys alone where any are said. Raises PermissionDenied, or
    `ValidationError` where the list cannot be asked that."""

    def __call__(self, kind: Kind, person: Any, query: str, keys: Iterable[int] = ()) -> Any: ...


@dataclass(frozen=True)
class Wanted:
    """What somebody wants of a kind: the rows of a list, those ticked in it alone where any are,
    with these columns, as a file of this form."""

    kind: Kind
    query: str
    keys: tuple[int, ...]
    columns: tuple[str, ...]
    format: str


# Chosen


def remember(person: Any, wanted: Wanted) -> None:
    """Have the same form and columns be offered to somebody the next time."""
    every = [each.name for each in wanted.kind.columns_for(person)]
    # Whoever wants all of them wants those to come as well.
    columns = [] if list(wanted.columns) == every else list(wanted.columns)
    values = {"format": wanted.format, "columns": columns}
    ExportChoice.objects.update_or_create(person=person, kind=wanted.kind.name, defaults=values)


def remembered(person: Any, kind: Kind) -> tuple[str, list[str]]:
    """The form and the columns that somebody chose last; none for all."""
    row = ExportChoice.objects.filter(person=person, kind=kind.name).first()
    return (row.format, row.columns) if row else ("csv", [])


# Asked for


def ask(person: Any, wanted: Wanted) -> ExportFile:
    """Have the rows of a list be written in the background."""
    return _asked(
        person,
        kind=wanted.kind.name,
        query=wanted.query,
        keys=list(wanted.keys),
        columns=list(wanted.columns),
        format=wanted.format,
    )


def ask_for_everything(person: Any) -> ExportFile:
    """Have all there is be written in the background. Raises PermissionDenied."""
    everything.require_all(person)
    return _asked(person, format="zip")


@transaction.atomic
def _asked(person: Any, **values: Any) -> ExportFile:
    row = ExportFile.objects.create(person=person, **values)
    hand_on("core.tasks.write_export", row.pk, queue=LONG)
    return row


def remove(row: ExportFile) -> None:
    """Remove a file at once; a worker that writes it stops."""
    row.delete()


# Written


class _Stopped(Exception):
    """Nobody wants the file any more, or another worker has been at it."""


def write(pk: int, rows_of: RowsOf) -> None:
    """Write what was asked for, and tell whoever asked. What another worker has taken up, or has
    written, is left alone."""
    claimed = ExportFile.objects.filter(pk=pk, state=ExportState.WAITING)
    if not claimed.update(state=ExportState.RUNNING, beat_at=timezone.now()):
        return
    row = ExportFile.objects.select_related("person").get(pk=pk)
    try:
        with languages.speaking_to(row.person):
            _write(row, rows_of)
    except _Stopped:
        logger.info("export %d was stopped", pk)
        return
    except (PermissionDenied, ValidationError) as refused:
        with languages.speaking_to(row.person):
            _settle(row, ExportState.FAILED, problem=_why(refused))
        return
    except BaseException:
        with languages.speaking_to(row.person):
            _settle(row, ExportState.FAILED, problem=_("Something went wrong. Try again."))
        raise
    _settle(row, ExportState.READY)


def _why(refused: PermissionDenied | ValidationError) -> str:
    if isinstance(refused, ValidationError):
        return " ".join(refused.messages)
    return str(refused) or _("You may not do this.")


def _write(row: ExportFile, rows_of: RowsOf) -> None:
    row.pieces.all().delete()
    pulse = _Pulse(row)
    if not row.kind:
        everything.require_all(row.person)
        with everything.written(pulse.beat) as file:
            _keep(row, iter(lambda: file.read(PIECE), b""), pulse)
        row.rows_done = pulse.rows
        return
    kind = kinds()[row.kind]
    keys = keys_of(rows_of(kind, row.person, row.query, row.keys))
    ExportFile.objects.filter(pk=row.pk).update(rows=len(keys))
    columns = chosen(kind.columns_for(row.person), row.columns)
    table = Table(kind.model, columns, keys, told=pulse.beat)
    _keep(row, FORMATS[row.format].write(table), pulse)
    row.rows_done = pulse.rows


def _keep(row: ExportFile, content: Iterable[bytes], pulse: _Pulse) -> None:
    kept = bytearray()
    for block in content:
        kept += block
        if len(kept) >= PIECE:
            _piece(row, kept, pulse)
    if kept:
        _piece(row, kept, pulse)


def _piece(row: ExportFile, kept: bytearray, pulse: _Pulse) -> None:
    pulse.beat(0)
    ExportPiece.objects.create(file=row, place=pulse.pieces, content=bytes(kept))
    pulse.pieces += 1
    row.size += len(kept)
    kept.clear()


class _Pulse:
    """Writes down that the worker is at it, and how far it is."""

    def __init__(self, row: ExportFile) -> None:
        self._row, self._last = row, timezone.now()
        self.rows = self.pieces = 0

    def beat(self, rows: int) -> None:
        """So many more rows are done. Raises `_Stopped` where the file is no longer to be."""
        self.rows += rows
        now = timezone.now()
        if now - self._last < _BEAT:
            return
        self._last = now
        if not snapshot.note(self._row.pk, at=now, rows=self.rows):
            raise _Stopped


@transaction.atomic
def _settle(row: ExportFile, state: ExportState, *, problem: str = "") -> None:
    """Write down what became of a file, and tell whoever asked."""
    values = {"state": state, "problem": problem, "done_at": timezone.now()}
    values |= {"size": row.size, "rows_done": row.rows_done}
    running = ExportFile.objects.filter(pk=row.pk, state=ExportState.RUNNING)
    if running.update(**values):
        if state == ExportState.FAILED:
            row.pieces.all().delete()
        post([News(row.person_id, TOLD, f"export {row.pk}", {"file": row.pk})])


def cut_off() -> str:
    """Why a file is not there whose worker is dead."""
    return _("The work was cut off, as when the server is started anew. Try again.")


# Removed


def tidy(*, at: datetime) -> dict[str, int]:
    """Remove what has lain for a day, and tell of what nobody writes any more; how many."""
    stopped = 0
    for row in ExportFile.objects.stopped(at=at).select_related("person"):
        with languages.speaking_to(row.person):
            _settle(row, ExportState.FAILED, problem=cut_off())
        stopped += 1
    over = ExportFile.objects.over(at=at)
    removed = over.count()
    over.delete()
    return {"removed": removed, "stopped": stopped}
