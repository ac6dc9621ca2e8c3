"""`make bench`: what each page costs, beside the floors of the same run.

Set by the environment: JOBS (100000), BENCH_DATABASE_URL (a database that is made when it is
missing, and kept), SECONDS for each page (3), ONLY (words in `who: page`; `table` for the speed
table alone: processor time a request of the calls that are compared from version to version),
FILE_JOBS (10000; how many jobs come in with a file, with four times as many tasks).
It fails where a page does not answer, never because one is slow.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable

import django

from bench import database, exports, files, folding, load, night, processes, server, table
from bench.figures import BARE, CONSTANT, ROW, Figures, Run

JOBS = int(os.environ.get("JOBS", "100000"))
SECONDS = float(os.environ.get("SECONDS", "3"))
ROUNDS = 3
ONLY = os.environ.get("ONLY", "")
TABLE = "table"
# So many requests have each backend know a statement that is sent again and again, and its plan.
WARM = 160
# And so many at least tell what one costs.
LEAST = 24
URL = os.environ.get("BENCH_DATABASE_URL", "postgres://root@127.0.0.1:5432/jobops_bench")


def main() -> int:
    """Measure and print; 1 where a page did not answer as it should."""
    # Whoever ends it ends its server too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    database.ensure(URL, jobs=JOBS)
    port = server.free_port()
    os.environ.update(database.environment(URL, port=port))
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    os.environ.pop("DATABASE_POOL", None)
    django.setup()
    database.manage(URL, "collectstatic", "--noinput", "--verbosity=0", settings="bench.settings")
    with server.serve(port) as pid:
        bench = Bench(port, pid)
        memory, speed = bench.memory(), bench.speed()
        if ONLY != TABLE:
            figures = [bench.measure(*what) for what in visits()]
            run = Run(JOBS, processes.peak_megabytes(processes.family(pid)), figures)
            run.keep()
            print(run.table())
            print(folding.cost())
            print(night.cost())
            print(files.cost())
            print(exports.cost())
    print(table.text(speed, rounds=ROUNDS, seconds=SECONDS))
    print(memory)
    print("\n".join(bench.errors), file=sys.stderr)
    return 1 if bench.errors else 0


def visits() -> Iterable[tuple[str, str, load.Call]]:
    """Who opens or calls what; the floors first."""
    from bench import api
    from bench.pages import Visitor, cookie, measured

    visitors: dict[str, tuple[Visitor, dict[str, str]]] = {}
    for person, _page in measured():
        if person not in visitors:
            visitor = Visitor(person)
            visitors[person] = (visitor, cookie(visitor.user))
    yield "", CONSTANT, load.Call("/floor/constant/")
    admin = visitors["admin"][1]
    yield "admin", ROW, load.Call("/floor/row/", headers=admin)
    yield "admin", BARE, load.Call("/floor/bare/operations/job/", headers=admin)
    for person, page in measured():
        if ONLY in f"{person}: {page.name}":
            visitor, signed_in = visitors[person]
            yield person, page.name, load.Call(page.address(visitor), headers=signed_in)
    for name, (person, call) in api.WRITES.items():
        if ONLY in f"{person}: {name}":
            yield person, name, call()


class Bench:
    """A server under load, page by page."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.pid = port, pid
        self.errors: list[str] = []

    def memory(self) -> str:
        """The memory of all web processes after the first so many sign-ins, in words."""
        from bench import api

        api.give_passwords()
        answers = load.measure(self.port, api.sign_in(), seconds=0, least=table.SIGN_INS)
        self.errors += answers.errors[:1]
        web = processes.family(self.pid)
        return (
            f"Memory of the {len(web)} web processes after {table.SIGN_INS} sign-ins: "
            f"{processes.shared_megabytes(web):.0f} MB (PSS: what they share counts once), "
            f"{processes.resident_megabytes(web):.0f} MB (RSS)"
        )

    def speed(self) -> list[Figures]:
        """The calls of the speed table."""
        return [self.measure(*what, warm=WARM, least=LEAST) for what in table.calls()]

    def measure(
        self, person: str, page: str, call: load.Call, *, warm: int = 1, least: int = 1
    ) -> Figures:
        """Ask for a page for a while, after a warm-up; so many times at least in each round."""
        load.measure(self.port, call, seconds=SECONDS / 5, least=warm)
        answers = load.Answers()
        rounds = [self._round(answers, call, least=least) for _ in range(ROUNDS)]
        self.errors += [f"{person} {page} {call.address}: {error}" for error in answers.errors[:1]]
        # Whatever else runs on this machine can only make it dearer.
        best = min(rounds, key=sum)
        p50, p95, p99 = (answers.quantile(share) for share in (0.5, 0.95, 0.99))
        rate = len(answers.times) / answers.elapsed
        print(f"{person:6} {page:32} {p50:8.1f} ms", file=sys.stderr, flush=True)
        return Figures(person, page, rate, p50, p95, p99, *best, answers.size / 1000, answers.rows)

    def _round(self, answers: load.Answers, call: load.Call, *, least: int) -> tuple[float, float]:
        """Ask for a part of the time; the processor time of a request, in ms."""
        before = self._used()
        found = load.measure(self.port, call, seconds=SECONDS / ROUNDS, least=least)
        after = self._used()
        answers.add(found)
        count = len(found.times) or 1
        web, backend = ((b - a) * 1000 / count for a, b in zip(before, after, strict=True))
        return web, backend

    def _used(self) -> tuple[float, float]:
        """The processor time until now of the web server, and of the database for it."""
        return (
            processes.processor_seconds(processes.family(self.pid)),
            processes.processor_seconds(backends()),
        )


def backends() -> list[int]:
    """The processes of the database that serve this one, where they are on this machine."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in cursor.fetchall()]


if __name__ == "__main__":
    sys.exit(main())
