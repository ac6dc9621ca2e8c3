"""All is read as it was at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_BEGIN = {
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "sqlite": "BEGIN",
}


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
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")
