"""What is long is written in the background: requested, written, announced, removed after a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any, Protocol

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.export_files import PIECE, ExportChoice, ExportFile, ExportPiece, ExportState
from core.exports import everything
from core.exports.files import FORMATS
from core.exports.kinds import Kind, chosen, kinds
from core.exports.table import Table, keys_of
from core.long_work import progress
from core.long_work.progress import Watch
from core.long_work.worker import finish_lost, in_hand
from core.outbox.posting import News, post
from core.queues import LONG, enqueue
from core.text import languages

# More rows than these are written in the background.
AT_ONCE = 5000
# The kind of notice that tells of a file.
TOLD = "export"


class RowsOf(Protocol):
    """What finds the rows of a list: of a kind, that somebody may take out, by what the list was
    asked for, and those of these keys alone where any are said. Raises PermissionDenied, or
    `ValidationError` where the list cannot be asked that."""

    def __call__(self, kind: Kind, person: Any, query: str, keys: Iterable[int] = ()) -> Any: ...


@dataclass(frozen=True)
class ExportRequest:
    """What somebody wants of a kind: the rows of a list, those ticked in it alone where any are,
    with these columns, as a file of this form."""

    kind: Kind
    query: str
    keys: tuple[int, ...]
    columns: tuple[str, ...]
    format: str


# Chosen


def remember(person: Any, wanted: ExportRequest) -> None:
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


def request_file(person: Any, wanted: ExportRequest) -> ExportFile:
    """Have the rows of a list be written in the background."""
    return _create(
        person,
        kind=wanted.kind.name,
        query=wanted.query,
        keys=list(wanted.keys),
        columns=list(wanted.columns),
        format=wanted.format,
    )


def request_everything(person: Any) -> ExportFile:
    """Have all there is be written in the background. Raises PermissionDenied."""
    everything.require_all(person)
    return _create(person, format="zip")


@transaction.atomic
def _create(person: Any, **values: Any) -> ExportFile:
    row = ExportFile.objects.create(person=person, **values)
    enqueue("core.tasks.write_export", row.pk, queue=LONG)
    return row


def remove(row: ExportFile) -> None:
    """Remove a file at once; a worker that writes it stops."""
    if row.is_in_hand:
        progress.request_stop(row)
    row.delete()


# Written


def write(pk: int, rows_of: RowsOf) -> None:
    """Write what was asked for, and tell whoever asked. What another worker has taken up, or has
    written, is left alone."""
    row = ExportFile.objects.select_related("person").filter(pk=pk).first()
    if row is None or not row.take_up(state=ExportState.RUNNING):
        return
    at_work = in_hand(row, partial(_fail, row), PermissionDenied, ValidationError)
    with languages.speaking_to(row.person), at_work as watch:
        _keep(row, rows_of, watch)
        watch.end()
        with transaction.atomic():
            row.finish(ExportState.READY, size=row.size, seen=watch.seen, done_at=timezone.now())
            _tell(row)


def _keep(row: ExportFile, rows_of: RowsOf, watch: Watch) -> None:
    if not row.kind:
        everything.require_all(row.person)
        with everything.written(watch.add) as file:
            _keep_pieces(row, iter(lambda: file.read(PIECE), b""))
        return
    kind = kinds()[row.kind]
    keys = keys_of(rows_of(kind, row.person, row.query, row.keys))
    ExportFile.objects.filter(pk=row.pk).update(total=len(keys))
    columns = chosen(kind.columns_for(row.person), row.columns)
    table = Table(kind.model, columns, keys, on_progress=watch.add)
    _keep_pieces(row, FORMATS[row.format].write(table))


def _keep_pieces(row: ExportFile, content: Iterable[bytes]) -> None:
    kept, place = bytearray(), count()
    for block in content:
        kept += block
        if len(kept) >= PIECE:
            _piece(row, kept, next(place))
    if kept:
        _piece(row, kept, next(place))


def _piece(row: ExportFile, kept: bytearray, place: int) -> None:
    ExportPiece.objects.create(file=row, place=place, content=bytes(kept))
    row.size += len(kept)
    kept.clear()


@transaction.atomic
def _fail(row: ExportFile, error: BaseException) -> None:
    row.finish(ExportState.FAILED, message=_why(error), seen=0, done_at=timezone.now())
    _failed(row)


def _why(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    if isinstance(error, PermissionDenied):
        return str(error) or _("You may not do this.")
    return _("Something went wrong. Try again.")


def _failed(row: ExportFile) -> None:
    row.pieces.all().delete()
    _tell(row)


def _tell(row: ExportFile) -> None:
    post([News(row.person_id, TOLD, f"export {row.pk}", {"file": row.pk})])


def cut_off() -> str:
    """Why a file is not there whose worker is dead."""
    return _("The work was interrupted, perhaps because the server was restarted. Try again.")


# Removed


def tidy(*, at: datetime) -> dict[str, int]:
    """Remove what has lain for a day, and tell of what nobody writes any more; how many."""
    running = ExportFile.objects.filter(state=ExportState.RUNNING).select_related("person")
    stopped = sum(_is_cut_off(row, at=at) for row in running)
    over = ExportFile.objects.over(at=at)
    removed = over.count()
    over.delete()
    return {"removed": removed, "stopped": stopped}


def _is_cut_off(row: ExportFile, *, at: datetime) -> bool:
    with languages.speaking_to(row.person):
        to, ended = ExportState.FAILED, timezone.now()
        return finish_lost(row, to, cut_off(), at=at, then=_failed, done_at=ended)
