"""All is read as it was at one moment, and what is written meanwhile goes another way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.db import connection

from core.export_files import ExportFile, ExportState

_BEGIN = {
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "sqlite": "BEGIN",
}
# Does this thread read a snapshot, of which Django knows nothing?
_is_open: ContextVar[bool] = ContextVar("is_open", default=False)


@contextmanager
def snapshot() -> Iterator[None]:
    """Inside, nothing is written, and all is read as it was when it began: who writes meanwhile
    is not held up. Within a transaction, it is that one which decides."""
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        # Past Django, which would hold up all who write to SQLite.
        cursor.execute(_BEGIN[connection.vendor])
    token = _is_open.set(True)
    try:
        yield
    finally:
        _is_open.reset(token)
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")


def note(pk: int, *, at: datetime, rows: int) -> bool:
    """Write down that a file is being written and how far it is; False where it no longer is to
    be. Within a snapshot, by a connection of its own."""
    if not _is_open.get():
        running = ExportFile.objects.filter(pk=pk, state=ExportState.RUNNING)
        return bool(running.update(beat_at=at, rows_done=rows))
    with closing(connection.copy()) as beside, beside.cursor() as cursor:
        moment = connection.ops.adapt_datetimefield_value(at)
        cursor.execute(
            "UPDATE core_exportfile SET beat_at = %s, rows_done = %s WHERE id = %s AND state = %s",
            [moment, rows, pk, ExportState.RUNNING.value],
        )
        return bool(cursor.rowcount)
