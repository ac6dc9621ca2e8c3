"""The queues of background work, and how work is put into one."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction
from django.utils.module_loading import import_string
from django_q.brokers import get_broker
from django_q.tasks import async_task

logger = logging.getLogger("jobops.tasks")

# Mail and short work; and what takes long, such as imports, so that mail never waits for it.
MAIN, LONG = "jobops", "long"
QUEUES = (MAIN, LONG)


def setting(queue: str, name: str) -> int:
    """What the settings say of a queue, such as its `timeout` in seconds."""
    config: dict[str, Any] = settings.Q_CLUSTER
    return int({**config, **config["ALT_CLUSTERS"].get(queue, {})}[name])


def enqueue(func: str, *args: Any, queue: str = MAIN, **options: Any) -> None:
    """Have a function, by its dotted path, be called in the background, once what is being written
    is written. `options` are those of django-q.

    A broker that does not answer is no fault of whoever asks: it is noted in the log.
    """
    call = partial(async_task, func, *args, q_options={"cluster": queue, **options})
    if not settings.BROKER_URL:
        # A row of the database: part of the transaction.
        call()
        return
    transaction.on_commit(partial(_try, call, func))


def _try(call: partial[str], func: str) -> None:
    try:
        call()
    except broker_faults():
        logger.exception("not enqueued: %s", func)


def waiting(queue: str) -> int:
    """How many tasks of a queue nobody has taken up."""
    return int(get_broker(queue).queue_size())


def broker_faults() -> tuple[type[Exception], ...]:
    """What is raised where the broker does not answer."""
    if not settings.BROKER_URL:
        return DatabaseError, InterfaceError
    return DatabaseError, InterfaceError, import_string("redis.exceptions.RedisError")
