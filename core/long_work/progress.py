"""How far long work is, seen by others while its transaction is open; and the word to stop.

PostgreSQL: a second connection writes it to the work's own row. SQLite has one who writes, so
there it is a small file beside the database.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import threading
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from django.db import DatabaseError, InterfaceError, connection, connections
from django.utils import timezone

from core.long_work.row import LongWork

W = TypeVar("W", bound=LongWork)
# Seconds between two beats.
EVERY = 1.0


class Stopped(Exception):
    """Somebody asked for it to stop: nothing of it is to stay."""


class ByTable:
    """The work's own row, by a connection beside the one whose transaction is open."""

    def __init__(self, work: LongWork) -> None:
        self._table, self._key = work._meta.db_table, [work.pk, work.attempt]
        self._connection: Any = None

    def beat(self, seen: int) -> bool:
        """Say that so many rows are done; whether it is to stop."""
        if self._connection is None:
            # Of the thread that beats.
            self._connection = connections.create_connection("default")
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {self._table} SET seen = %s, beat_at = %s"  # noqa: S608 (ours)
                " WHERE id = %s AND attempt = %s AND is_in_hand RETURNING is_stop_asked",
                [seen, timezone.now(), *self._key],
            )
            found = cursor.fetchone()
        # What was removed or taken for lost is to stop as well.
        return found is None or bool(found[0])

    def close(self) -> None:
        """There is nothing more to tell."""
        if self._connection is not None:
            self._connection.close()


class ByFile:
    """A file of its own, and another one that says to stop."""

    def __init__(self, work: LongWork) -> None:
        # By the attempt: what a process that died has left says nothing of the next.
        name = f"{work._meta.model_name}-{work.pk}-{work.attempt}"
        self._path, self._stop = _folder() / f"{name}.json", _folder() / f"{name}.stop"

    def beat(self, seen: int) -> bool:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps({"seen": seen, "at": timezone.now().isoformat()}))
        draft.replace(self._path)
        return self._stop.exists()

    def request_stop(self) -> None:
        """Have it stop at its next beat."""
        self._stop.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._stop.touch()

    def last_beat(self) -> tuple[int, datetime, bool] | None:
        """The last number of rows, when, and whether it is to stop; None where there was none."""
        try:
            found = json.loads(self._path.read_text())
        except FileNotFoundError:
            return None
        return int(found["seen"]), datetime.fromisoformat(found["at"]), self._stop.exists()

    def close(self) -> None:
        for path in (self._path, self._stop):
            path.unlink(missing_ok=True)


def _folder() -> Path:
    """Beside the database; of one that is in memory, where the machine keeps what is soon gone."""
    name = str(connection.settings_dict["NAME"])
    path = Path(name)
    if path.is_file():
        return path.with_name(f"{path.name}.long-work")
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"jobops-long-work-{digest}"


def is_shared() -> bool:
    """Can several write to the database at once?"""
    return connection.vendor == "postgresql"


def channel(work: LongWork) -> ByTable | ByFile:
    """The way for the database at hand."""
    return ByTable(work) if is_shared() else ByFile(work)


class Watch:
    """Reports the progress, every second while this lasts, where others can read it; and hears
    whether it is to stop."""

    def __init__(self, to: ByTable | ByFile | None) -> None:
        self.seen = 0
        self._stop, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, args=[to], daemon=True) if to else None

    def is_stopped(self) -> bool:
        """Is it to stop?"""
        return self._stop.is_set()

    def add(self, number: int) -> None:
        """So many more rows are done. Raises `Stopped`."""
        self.seen += number
        self.check()

    def check(self) -> None:
        """Raise `Stopped` where it is to stop."""
        if self.is_stopped():
            raise Stopped

    def __enter__(self) -> Self:
        if self._thread:
            self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def end(self) -> None:
        """Report no more. The row is free for whoever finishes it."""
        self._over.set()
        if self._thread:
            self._thread.join()

    def _beat(self, to: ByTable | ByFile) -> None:
        try:
            while not self._over.wait(EVERY):
                # Should it fail for long, it is taken for lost, and what it did does not stay.
                with suppress(DatabaseError, InterfaceError, OSError):
                    if to.beat(self.seen):
                        self._stop.set()
        finally:
            to.close()


def look(work: W) -> W:
    """The same, with how far it is by now, and when it was heard of last."""
    if work.is_in_hand and not is_shared() and (heard := ByFile(work).last_beat()):
        work.seen, work.beat_at, work.is_stop_asked = heard
    return work


def request_stop(work: LongWork) -> None:
    """Have whoever is at it stop."""
    if is_shared():
        work.move({"is_stop_asked": True}, is_in_hand=True)
    else:
        ByFile(work).request_stop()
    work.is_stop_asked = True
