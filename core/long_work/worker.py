"""The process that has long work in hand does it whole, or leaves nothing and says why. One that
died is known by the time in which it was not heard of."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction

from core.long_work.progress import Stopped, Watch, channel, look
from core.long_work.row import LongWork, Overtaken

W = TypeVar("W", bound=LongWork)
# Whoever is at it says so every second: one not heard of for so long has died.
PATIENCE = timedelta(minutes=2)
logger = logging.getLogger("jobops.tasks")


@contextmanager
def in_hand(
    work: LongWork,
    fail: Callable[[BaseException], None],
    *refusals: type[Exception],
    by_others: bool = True,
) -> Iterator[Watch]:
    """Inside, what was taken up is done; others see how far it is, where it takes long.

    Where it fails, `fail` writes down why, in words: it was stopped, refused by one of these, or
    a fault, which is raised again. Who was overtaken ends, and leaves `work` as it was in hand.
    """
    try:
        with Watch(channel(work) if by_others else None) as watch:
            try:
                yield watch
            except Overtaken:
                raise
            except BaseException as error:
                # The thread that beats would wait for whoever finishes it.
                watch.end()
                fail(error)
                if not isinstance(error, (Stopped, *refusals)):
                    raise
    except Overtaken:
        # With the fault it led to, unless the worker heard of it.
        name, fault = work._meta.model_name, not watch.is_stopped()
        logger.info("%s %s was taken from its worker", name, work.pk, exc_info=fault)


def is_lost(work: LongWork, *, at: datetime, patience: timedelta = PATIENCE) -> bool:
    """Was nobody heard of for so long who is at it, or about to be?"""
    heard = look(work).beat_at
    return work.state in work.WORKING and heard is not None and heard <= at - patience


def finish_lost(
    work: W,
    to: str,
    why: str,
    *,
    at: datetime,
    then: Callable[[W], None],
    patience: timedelta = PATIENCE,
    **values: Any,
) -> bool:
    """Have it stand there and say why, if it is lost, and do what comes `then` within the same
    transaction; False where it is not."""
    if not is_lost(work, at=at, patience=patience):
        return False
    values |= {"state": to, "is_in_hand": False, "message": why}
    where = {"state": work.state, "is_in_hand": work.is_in_hand}
    with transaction.atomic():
        # One that is heard of at this very moment is not lost.
        is_finished = work.move(values, **where, beat_at__lte=at - patience)
        if is_finished:
            then(work)
    if is_finished:
        # The last progress of its worker is of no more use.
        channel(work).close()
    return is_finished
