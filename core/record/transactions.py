"""What is written together, all of it or nothing; and which rows are held until its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

# The transactions that are open, the outermost first: each a mark of its own.
_open: ContextVar[tuple[object, ...]] = ContextVar("open", default=())


@contextmanager
def atomic() -> Iterator[None]:
    """All that is written inside, or nothing; within another of these, no savepoint of its own.

    What is refused inside goes through to the outermost. Who catches it on the way, and goes on,
    puts what may be refused into a `savepoint`.
    """
    if _open.get():
        with transaction.atomic(savepoint=False):
            yield
        return
    with savepoint():
        yield


@contextmanager
def savepoint() -> Iterator[None]:
    """What may be refused without the rest that surrounds it."""
    token = _open.set((*_open.get(), object()))
    try:
        with transaction.atomic():
            yield
    finally:
        _open.reset(token)


def innermost() -> object | None:
    """The mark of the transaction at hand; None outside of any."""
    return _open.get()[-1] if _open.get() else None


def is_open(mark: object | None) -> bool:
    """Is the transaction of this mark still going on?"""
    return mark in _open.get()
