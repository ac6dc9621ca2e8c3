"""Two imports of one kind wait for each other: what one looks at is not what another writes."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from core.long_work import progress

# Seconds between two tries.
PAUSE = 0.5
# A lock of PostgreSQL is known by two numbers; this one is of imports.
_IMPORTS = 1_409


class Busy(Exception):
    """Another import of this kind is at work."""


@contextmanager
def turn(kind: str, *, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Inside, nobody else imports or undoes rows of this kind.

    It is waited for, with `waiting` called between two tries, which may raise to give up; without
    it, raises `Busy` where it is another's turn. SQLite has one who writes anyway.
    """
    if not progress.is_shared():
        yield
        return
    while not _try(kind):
        if waiting is None:
            raise Busy
        waiting()
        time.sleep(PAUSE)
    try:
        yield
    finally:
        _query("SELECT pg_advisory_unlock(%s, %s)", kind)


def _try(kind: str) -> bool:
    return _query("SELECT pg_try_advisory_lock(%s, %s)", kind)


def _query(question: str, kind: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, [_IMPORTS, zlib.crc32(kind.encode()) & 0x7FFFFFFF])
        found = cursor.fetchone()
    return bool(found and found[0])
