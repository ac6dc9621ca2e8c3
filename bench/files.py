"""What a file costs that brings in jobs, and one that brings in their tasks, and to undo both: rows
a second, with history, processor time and memory.

In a process of its own, so that its memory is the import's; in a transaction that is taken back.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from bench.processes import processor_seconds

# How many jobs come in with a file, and how many tasks for each.
JOBS = int(os.environ.get("FILE_JOBS", "10000"))
TASKS = 4


def cost() -> str:
    """The figures, in words."""
    # No text from elsewhere.
    done = subprocess.run(
        [sys.executable, "-m", "bench.files"], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@dataclass(frozen=True)
class Record:
    """A line of a file."""

    row: int
    cells: dict[str, str]
    problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lines:
    """A file that is made as it is read."""

    headers: Sequence[str]
    made: Callable[[], Iterator[dict[str, str]]]

    def records(self) -> Iterator[Record]:
        """Its lines, from the first one below the header."""
        return (Record(number, cells) for number, cells in enumerate(self.made(), start=2))


def main() -> None:
    """Measure, and print."""
    import django

    django.setup()
    from django.db import transaction

    with transaction.atomic():
        keys = array("q")
        jobs = _imported("jobs", _jobs(), JOBS, keys)
        tasks = _imported("tasks", _tasks(keys), JOBS * TASKS)
        _undone("tasks", tasks, JOBS * TASKS)
        _undone("jobs", jobs, JOBS)
        transaction.set_rollback(True)


def _imported(kind: str, lines: Lines, rows: int, keys: array[int] | None = None) -> UUID:
    """Bring it in, and print what that cost; the change set."""
    from core.imports.options import ImportOptions
    from core.imports.running import run

    def on_results(results: Sequence[Any]) -> None:
        if keys is not None:
            keys.extend(result.pk for result in results)

    with _measured(f"A file of {rows:,} {kind}", rows):
        done = run(
            kind,
            lines,
            ImportOptions(),
            by=_admin(),
            file_name="bench.csv",
            keep=True,
            on_results=on_results,
        )
    if done.counts.kinds["new"] != rows or done.change_set is None:
        raise RuntimeError(f"Not all of it came in: {done.counts}")
    return done.change_set


def _undone(kind: str, act: UUID, rows: int) -> None:
    from core.record import audit, undoing

    with (
        _measured(f"Undo of {rows:,} {kind}", rows),
        audit.change_set(audit.Kind.UNDO, door=audit.Door.IMPORT, by=_admin()),
    ):
        undone = undoing.undo(act, by=_admin(), keep=print)
    if undone.removed != rows:
        raise RuntimeError(f"Not all of it was undone: {undone}")


@contextmanager
def _measured(what: str, rows: int) -> Iterator[None]:
    """Print what is done inside: rows a second, processor time of ours and of the database, how
    many statements, and the most memory so far."""
    from django.db import connection

    sent = 0

    def counted(execute: Callable[..., Any], *asked: Any) -> Any:
        nonlocal sent
        sent += 1
        return execute(*asked)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    begun, worked = time.perf_counter(), time.process_time()
    base = processor_seconds([backend])
    with connection.execute_wrapper(counted):
        yield
    wall, cpu = time.perf_counter() - begun, time.process_time() - worked
    database = processor_seconds([backend]) - base
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{what}: {rows / wall:,.0f} rows a second ({rows / cpu:,.0f} by the web's processor time,"
        f" {rows / (cpu + database):,.0f} by that and the database's),"
        f" {sent / rows:.3f} statements a row, peak {peak} MB",
        flush=True,
    )


def _admin() -> Any:
    from core.roles import Role
    from people.models import User

    return User.objects.active().holding(Role.ADMIN).order_by("pk")[0]


def _jobs() -> Lines:
    from operations.models import Site
    from people.models import User

    named = Site.objects.filter(customer__is_active=True).order_by("pk")
    sites = list(named.values_list("customer__name", "name")[:2_000])
    people = list(User.objects.technicians().values_list("username", flat=True))
    today = date.today()  # noqa: DTZ011

    def made() -> Iterator[dict[str, str]]:
        for number in range(JOBS):
            customer, site = sites[number % len(sites)]
            yield {
                "title": f"Yearly service, plant {number}",
                "description": "Bring the key.",
                "customer": customer,
                "site": site,
                "priority": "high",
                "scheduled_date": str(today + timedelta(days=number % 300)),
                "start_time": "08:00",
                "end_time": "09:30",
                "assigned_to": people[number % len(people)],
                "reference": f"bench {number}",
            }

    return Lines(list(next(made())), made)


def _tasks(keys: array[int]) -> Lines:
    from operations.models import Equipment

    serials = list(
        Equipment.objects.active().order_by("pk").values_list("serial_number", flat=True)[:50]
    )

    def made() -> Iterator[dict[str, str]]:
        for key in keys:
            for position in range(1, TASKS + 1):
                yield {
                    "job": f"J-{key:06d}",
                    "position": str(position),
                    "title": f"Step {position}",
                    "equipment": serials[(key + position) % len(serials)],
                }

    return Lines(["job", "position", "title", "equipment"], made)


if __name__ == "__main__":
    main()
