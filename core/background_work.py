"""Background work as people see it: by name, what runs when, what waits, what failed, what is done.

What runs is what the apps declare: nobody names a function, neither here nor on a page.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Min, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django_q.models import OrmQ, Schedule, Task

from core import schedules
from core.declarations import BackgroundFunction, Scheduled, collected
from core.models import Heartbeat
from core.queues import MAIN, QUEUES, broker_faults, enqueue, setting, waiting

logger = logging.getLogger("jobops.tasks")
# How many of each are shown.
SHOWN = 20
Text = str | Promise


def title(func: str) -> Text:
    """What a function does, in words."""
    return _titles().get(func) or _("Other work")


@cache
def _titles() -> dict[str, Text]:
    enqueued = {each.func: each.title for each in collected(BackgroundFunction)}
    return enqueued | {each.func: each.title or each.name for each in collected(Scheduled)}


def _scheduled() -> dict[str, Scheduled]:
    """What runs by the clock, by function: of each, the last run says how it stands."""
    return {entry.func: entry for entry in schedules.table()}


# How it stands


class Origin(StrEnum):
    """Where work that failed comes from: it was enqueued, and each time counts; or it runs by the
    clock, and its last run counts."""

    WORK = "work"
    SCHEDULES = "schedules"


@dataclass
class Result:
    """What became of a function's runs: when it last went well and when it last failed, and how
    much of it is there to be seen to."""

    done_at: datetime | None = None
    failed_at: datetime | None = None
    failed: int = 0


def results() -> dict[str, Result]:
    """The same, by function. Of what runs by the clock, a run that went well makes up for those
    before it that failed."""
    found: dict[str, Result] = {}
    rows = Task.objects.order_by().values_list("func", "success")
    for func, success, last, number in rows.annotate(Max("stopped"), Count("pk")):
        result = found.setdefault(func, Result())
        if success:
            result.done_at = last
        else:
            result.failed_at, result.failed = last, number
    for func in found.keys() & _scheduled().keys():
        result = found[func]
        is_mended = result.done_at and result.failed_at and result.done_at > result.failed_at
        result.failed = int(bool(result.failed_at) and not is_mended)
    return found


def number_failed(found: dict[str, Result]) -> dict[Origin, int]:
    """How much failed and is to be seen to."""
    numbers = dict.fromkeys(Origin, 0)
    for func, result in found.items():
        numbers[Origin.SCHEDULES if func in _scheduled() else Origin.WORK] += result.failed
    return numbers


# What there is


@dataclass(frozen=True)
class ScheduleLine:
    """A schedule: what runs when, when next, and when it was last done."""

    pk: int
    title: Text
    when: Scheduled
    next_run: datetime
    done_at: datetime | None


def schedule_lines(found: dict[str, Result]) -> list[ScheduleLine]:
    """The schedules, the next one first."""
    entries = {entry.name: entry for entry in schedules.table()}
    return [
        ScheduleLine(
            row.pk, title(entry.func), entry, row.next_run, found.get(entry.func, Result()).done_at
        )
        for row in Schedule.objects.order_by("next_run", "pk")
        if (entry := entries.get(row.name))
    ]


@dataclass(frozen=True)
class Queue:
    """A queue: how much waits in it and since when, and the clusters that work on it. What is not
    known is None."""

    name: str
    waits: int | None
    oldest: datetime | None
    clusters: list[Heartbeat]
    is_late: bool


def queues(*, at: datetime) -> list[Queue]:
    """Each queue, with the clusters that were seen within the last day."""
    beats = Heartbeat.objects.filter(at__gt=at - timedelta(days=1)).order_by("-at")
    late = beats.late(at=at)
    waits = _waits_by_broker() if settings.BROKER_URL else _waits(at)
    return [
        Queue(
            name,
            *waits[name],
            clusters=[beat for beat in beats if beat.queue == name],
            is_late=name in late,
        )
        for name in QUEUES
    ]


def _waits(at: datetime) -> dict[str, tuple[int | None, datetime | None]]:
    rows = OrmQ.objects.order_by().filter(lock__lte=at).values_list("key")
    counted = rows.annotate(Count("pk"), Min("lock"))
    found = {key: (number, oldest) for key, number, oldest in counted}
    return {name: found.get(name, (0, None)) for name in QUEUES}


def _waits_by_broker() -> dict[str, tuple[int | None, datetime | None]]:
    """How much waits in Redis, which does not say since when."""
    try:
        return {name: (waiting(name), None) for name in QUEUES}
    except broker_faults():
        return dict.fromkeys(QUEUES, (None, None))


@dataclass(frozen=True)
class WorkLine:
    """A piece of work: since when it waits or runs, or when it was done; what went wrong."""

    pk: str
    title: Text
    at: datetime
    is_running: bool = False
    problem: str = ""
    trace: str = ""


def in_hand(*, at: datetime) -> list[WorkLine]:
    """What runs and what waits, as far as the database knows it."""
    lines = []
    for row in OrmQ.objects.order_by("-lock")[:SHOWN]:
        is_running = row.lock > at
        # A task is locked from when it is taken up, until another one may take it up.
        held = timedelta(seconds=setting(row.key, "retry"))
        since = row.lock - held if is_running else row.lock
        lines.append(WorkLine(str(row.pk), title(row.func()), since, is_running=is_running))
    return lines


def failed(
    found: dict[str, Result], *, origins: Iterable[Origin] = Origin, after: int = 0
) -> list[WorkLine]:
    """What failed and is to be seen to, the last first; of what runs by the clock, its last run.
    After so many others, as many as are shown at once."""
    wanted = ~Q(func__in=_scheduled()) if Origin.WORK in origins else Q(pk__in=[])
    for func in _scheduled() if Origin.SCHEDULES in origins else ():
        if func in found and found[func].failed:
            wanted |= Q(func=func, stopped=found[func].failed_at)
    rows = Task.objects.filter(wanted, success=False).order_by("-stopped", "pk")
    return [_failed(row) for row in rows[after : after + SHOWN]]


def _failed(row: Task) -> WorkLine:
    error_text, _colon, trace = str(row.result or "").partition(" : Traceback")
    trace = f"Traceback{trace}" if trace else ""
    return WorkLine(
        row.pk, title(row.func), row.stopped, problem=_in_words(error_text, trace), trace=trace
    )


def _in_words(error_text: str, trace: str) -> str:
    """What an error means to whoever runs JobOps."""
    last = trace.strip().rpartition("\n")[2]
    kind = last.partition(":")[0].rpartition(".")[2]
    if kind == "TimeoutException":
        return _("It ran too long and was stopped.")
    if kind in {"OperationalError", "InterfaceError"}:
        return _("The database did not respond: %(error)s") % {"error": error_text}
    return error_text or last or _("No reason was given.")


def done() -> list[WorkLine]:
    """What was done last; what runs every few minutes stands with the schedules alone."""
    often = [entry.func for entry in schedules.table() if entry.minutes]
    rows = Task.objects.filter(success=True).exclude(func__in=often).order_by("-stopped")
    rows = rows.defer("args", "kwargs", "result")[:SHOWN]
    return [WorkLine(row.pk, title(row.func), row.stopped) for row in rows]


# What an Admin does


def run_now(pk: int) -> Text:
    """Have a schedule's work be done now; its title, or nothing where there is no such schedule."""
    name = Schedule.objects.filter(pk=pk).values_list("name", flat=True).first()
    entry = next((each for each in schedules.table() if each.name == name), None)
    if entry is None:
        return ""
    enqueue(entry.func, group=entry.name)
    return title(entry.func)


@transaction.atomic
def try_again(pk: str) -> bool:
    """Have work that failed be done again; False where somebody has seen to it meanwhile."""
    row = Task.objects.filter(pk=pk, success=False).first()
    if row is None or not _clear(row):
        return False
    queue = row.cluster if row.cluster in QUEUES else MAIN
    enqueue(row.func, *(row.args or ()), queue=queue, group=row.group)
    return True


@transaction.atomic
def dismiss(pk: str) -> bool:
    """Drop work that failed without doing it; False where somebody has seen to it meanwhile."""
    row = Task.objects.filter(pk=pk, success=False).first()
    return row is not None and _clear(row)


def _clear(row: Task) -> bool:
    """Of what runs by the clock, what failed before is dropped with it."""
    rows = Task.objects.filter(pk=row.pk, success=False)
    if row.func in _scheduled():
        rows = Task.objects.filter(func=row.func, success=False, stopped__lte=row.stopped)
    number, _rows = rows.delete()
    logger.info("settled: %d failed runs of %s", number, row.func)
    return bool(number)
