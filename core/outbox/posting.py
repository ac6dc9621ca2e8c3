"""What there is to tell is written down, in the transaction of the change that causes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.utils import timezone

from core.database.inserts import insert
from core.declarations import NoticeKind, collected
from core.ledger import MAIL, Notice
from core.queues import enqueue


@dataclass(frozen=True)
class News:
    """Something to tell a person, by their key: of a kind, on an occasion that is told once."""

    person: int
    kind: str
    occasion: str
    details: dict[str, Any] = field(default_factory=dict)
    # The row that it is about, where it is about one.
    about: str = ""


# What is written down together at the end of what goes on; None outside of any such.
_gathered: ContextVar[list[Notice] | None] = ContextVar("gathered", default=None)


@contextmanager
def gathered() -> Iterator[None]:
    """What is posted inside, of many rows, is written down at its end, as one."""
    rows: list[Notice] = []
    token = _gathered.set(rows)
    try:
        yield
    finally:
        _gathered.reset(token)
    _write(rows)


# To whom something was written down; None where nobody asks.
_recipients: ContextVar[set[int] | None] = ContextVar("reached", default=None)


@contextmanager
def collecting_recipients() -> Iterator[set[int]]:
    """The people, by their keys, for whom something is written down inside."""
    keys: set[int] = set()
    token = _recipients.set(keys)
    try:
        yield keys
    finally:
        _recipients.reset(token)


def post(news: Iterable[News], *, at: datetime | None = None, channel: str = MAIL) -> None:
    """Write down what is to be told, now if not said otherwise: one statement, and nothing for what
    was written before. Whether and when it is told, the outbox sees to."""
    moment = at or timezone.now()
    rows = [
        Notice(
            channel=channel,
            recipient=recipient(each.person),
            person_id=each.person,
            kind=each.kind,
            occasion=each.occasion,
            details=each.details,
            about=each.about,
            at=moment,
            due_at=moment + kinds()[each.kind].wait_for_more,
        )
        for each in news
    ]
    waiting = _gathered.get()
    if waiting is None:
        _write(rows)
    else:
        waiting += rows


def _write(rows: list[Notice]) -> None:
    collected_keys = _recipients.get()
    if collected_keys is not None:
        collected_keys.update(row.person_id for row in rows if row.person_id)
    insert(rows, ignore_conflicts=True)
    if not all(is_optional(row.kind) for row in rows):
        # Somebody waits for it. Should the broker lose this, the next sweep takes it up.
        enqueue("core.tasks.sweep_outbox", save=False)


def recipient(person: int) -> str:
    """What the ledger calls a person."""
    return f"person:{person}"


def is_optional(names: str) -> bool:
    """Can whoever gets these kinds, named with blanks between, have them otherwise?"""
    return all(name not in kinds() or kinds()[name].is_optional for name in names.split())


@cache
def kinds() -> dict[str, NoticeKind]:
    """What people can be told of, by name, in the order of the apps."""
    return {kind.name: kind for kind in collected(NoticeKind)}
