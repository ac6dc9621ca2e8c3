"""How far work on an import is, seen by others while its transaction is open; and the word to stop.

PostgreSQL: a second connection writes it to the import's own row. SQLite has one who writes, so
there it is a small file beside the database.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from django.db import DatabaseError, InterfaceError, connection, connections
from django.utils import timezone

from core.imported import Import

# Seconds between two beats.
EVERY = 1.0


class Channel(Protocol):
    """A way to tell others how far it is."""

    def beat(self, seen: int) -> bool:
        """Say that so many rows were looked at; whether it is to stop."""

    def close(self) -> None:
        """There is nothing more to tell."""


class ByTable:
    """The import's own row, by a connection beside the one whose transaction is open."""

    def __init__(self, pk: int) -> None:
        self._pk = pk
        self._connection: Any = None

    def beat(self, seen: int) -> bool:
        if self._connection is None:
            # Of the thread that beats.
            self._connection = connections.create_connection("default")
        table = Import._meta.db_table
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET seen = %s, beat_at = %s WHERE id = %s"  # noqa: S608 (ours)
                " RETURNING is_stop_asked",
                [seen, timezone.now(), self._pk],
            )
            found = cursor.fetchone()
        return bool(found and found[0])

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


class ByFile:
    """A file of its own, and another one that says to stop."""

    def __init__(self, pk: int) -> None:
        self._path = _folder() / f"{pk}.json"
        self._stop = _folder() / f"{pk}.stop"

    def beat(self, seen: int) -> bool:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps({"seen": seen, "at": timezone.now().isoformat()}))
        draft.replace(self._path)
        return self._stop.exists()

    def ask_stop(self) -> None:
        """Have it stop at its next beat."""
        self._stop.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._stop.touch()

    def told(self) -> tuple[int, datetime, bool] | None:
        """What was told last, when, and whether it is to stop; None where nothing was."""
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
        return path.with_name(f"{path.name}.imports")
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"jobops-imports-{digest}"


def is_shared() -> bool:
    """Can several write to the database at once?"""
    return connection.vendor == "postgresql"


def channel(pk: int) -> ByTable | ByFile:
    """The way for the database at hand."""
    return ByTable(pk) if is_shared() else ByFile(pk)


class Watch:
    """What whoever works on an import tells, and is told."""

    def __init__(self) -> None:
        self.seen = 0
        self._stop, self._over = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def is_stopped(self) -> bool:
        """Is it to stop?"""
        return self._stop.is_set()

    def begin(self, to: Channel) -> None:
        """Tell others from now on, every second."""
        self._thread = threading.Thread(target=self._beat, args=[to], daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Tell nobody any more. The import's row is free for whoever settles it."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _beat(self, to: Channel) -> None:
        try:
            while not self._over.wait(EVERY):
                # Should it fail for long, it is taken for lost, and what it did does not stay.
                with suppress(DatabaseError, InterfaceError, OSError):
                    if to.beat(self.seen):
                        self._stop.set()
        finally:
            to.close()


@contextmanager
def watched(load: Import, *, by_others: bool) -> Iterator[Watch]:
    """Inside, work on an import tells how far it is: to others as well, where it takes long."""
    watch = Watch()
    if by_others:
        watch.begin(channel(load.pk))
    try:
        yield watch
    finally:
        watch.end()


def look(load: Import) -> Import:
    """The import with how far it is by now, and when it was heard of last."""
    if not is_shared() and (told := ByFile(load.pk).told()):
        load.seen, load.beat_at, load.is_stop_asked = told
    return load


def ask_stop(load: Import) -> None:
    """Have whoever works on it stop."""
    if is_shared():
        Import.objects.filter(pk=load.pk, attempt=load.attempt).update(is_stop_asked=True)
    else:
        ByFile(load.pk).ask_stop()
    load.is_stop_asked = True
