"""Those who write at the same moment: threads on PostgreSQL, processes on a SQLite file.

`RACE_ROUNDS` says how often each race is run; `make accept` runs 200.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any, Protocol

import pytest
from django.conf import settings
from django.db import connection, connections

from tests import racing

ROUNDS = int(os.environ.get("RACE_ROUNDS", "5"))
_numbers = count(1)
Call = tuple[str, dict[str, Any]]


class Track(Protocol):
    """Where a race is run."""

    def ask(self, name: str, **values: Any) -> Any: ...

    def together(self, *calls: Call) -> list[bool]: ...


class Threads:
    """Racers that are threads of this process, each with a connection of its own."""

    def ask(self, name: str, **values: Any) -> Any:
        return racing.do(name, values)

    def together(self, *calls: Call) -> list[bool]:
        start = threading.Barrier(len(calls))

        def run(call: Call) -> bool:
            try:
                connection.ensure_connection()
                start.wait(timeout=30)
                return bool(racing.do(*call)["done"])
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(calls)) as racers:
            return list(racers.map(run, calls))


class Processes:
    """Racers that are processes of their own, on one SQLite file."""

    def __init__(self, url: str) -> None:
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }
        manage = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(manage, env=environment, cwd=settings.BASE_DIR, check=True)
        self.racers = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.racing"],
                env=environment,
                cwd=settings.BASE_DIR,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for _ in range(3)
        ]

    def ask(self, name: str, **values: Any) -> Any:
        self._say(0, (name, values), at=0)
        return self._hear(0)

    def together(self, *calls: Call) -> list[bool]:
        at = time.time() + 0.02
        for number, call in enumerate(calls):
            self._say(number, call, at=at)
        return [bool(self._hear(number)["done"]) for number in range(len(calls))]

    def _say(self, number: int, call: Call, *, at: float) -> None:
        pipe = self.racers[number].stdin
        assert pipe is not None
        pipe.write(json.dumps([*call, at]) + "\n")
        pipe.flush()

    def _hear(self, number: int) -> Any:
        pipe = self.racers[number].stdout
        assert pipe is not None
        line = pipe.readline()
        assert line, f"Racer {number} failed: what it said stands in the captured output."
        return json.loads(line)

    def stop(self) -> None:
        for racer in self.racers:
            racer.communicate(timeout=30)


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes | None]:
    if connection.vendor == "postgresql":
        yield None
        return
    racers = Processes(f"sqlite:///{tmp_path_factory.mktemp('races')}/races.sqlite3")
    try:
        yield racers
    finally:
        racers.stop()


@pytest.fixture
def track(transactional_db: None, processes: Processes | None) -> Track:
    return processes or Threads()


def test_a_job_is_never_completed_with_a_task_that_is_added_meanwhile(track: Track) -> None:
    people = track.ask("setup")
    for _ in range(ROUNDS):
        job = track.ask("new_job", owner=people["sales"], tech=people["tech"], tasks=0)["job"]
        by_tech, by_admin, added = track.together(
            ("verb", {"job": job, "by": people["tech"], "name": "complete"}),
            ("verb", {"job": job, "by": people["admin"], "name": "complete"}),
            ("add_task", {"job": job}),
        )
        now = track.ask("state", job=job)
        assert now["tasks_made"] == len(now["tasks"]) == int(added)
        # The job is completed once, or has a task: never both, and never neither.
        assert (by_tech + by_admin, added) in {(1, False), (0, True)}
        assert (now["status"] == "completed") is not added
        assert [row[1] for row in now["history"]].count("completed") == by_tech + by_admin


def test_of_two_forms_saved_over_each_other_one_is_told(track: Track) -> None:
    people = track.ask("setup")
    for _ in range(ROUNDS):
        job = track.ask("new_job", owner=people["sales"], tech=people["tech"], tasks=0)["job"]
        form = {"job": job, "version": 1}
        first, second = track.together(
            ("save_form", {**form, "by": people["sales"], "title": "By sales"}),
            ("save_form", {**form, "by": people["admin"], "priority": "urgent"}),
        )
        now = track.ask("state", job=job)
        assert [first, second].count(True) == 1
        wanted = ("By sales", "medium") if first else ("As it was", "urgent")
        assert (now["title"], now["priority"]) == wanted
        assert [row[0] for row in now["history"]] == [1, 2]
        assert tuple(now["history"][-1][2:4]) == wanted


def test_progress_during_a_reassignment_is_kept_or_refused_whole(track: Track) -> None:
    people = track.ask("setup")
    for _ in range(ROUNDS):
        made = track.ask("new_job", owner=people["sales"], tech=people["tech"], tasks=1)
        job, to = made["job"], people["other_tech"]
        assigned, done = track.together(
            ("assign", {"job": job, "to": to, "by": people["sales"]}),
            ("finish_task", {"task": made["tasks"][0], "by": people["tech"]}),
        )
        now = track.ask("state", job=job)
        assert (assigned, now["assigned_to"]) == (True, to)
        assert now["tasks"] == (["completed"] if done else ["pending"])
        assert now["status"] == ("in_progress" if done else "pending")
        assert now["tasks_done"] == int(done)
        assert now["version"] == now["history"][-1][0] == 2 + done


def test_of_cancel_and_complete_one_wins(track: Track) -> None:
    people = track.ask("setup")
    for _ in range(ROUNDS):
        job = track.ask("new_job", owner=people["sales"], tech=people["tech"], tasks=0)["job"]
        cancel = {"job": job, "by": people["sales"], "name": "cancel", "reason": "too late"}
        cancelled, completed = track.together(
            ("verb", cancel),
            ("verb", {"job": job, "by": people["tech"], "name": "complete"}),
        )
        now = track.ask("state", job=job)
        assert cancelled is not completed
        assert now["status"] == ("cancelled" if cancelled else "completed")
        assert [row[1] for row in now["history"]] == ["pending", now["status"]]


def test_two_last_admins_cannot_demote_each_other(track: Track) -> None:
    for _ in range(ROUNDS):
        one, other = track.ask("two_admins")["admins"]
        first, second = track.together(
            ("demote", {"who": other, "by": one}),
            ("demote", {"who": one, "by": other}),
        )
        assert first is not second
        assert track.ask("admins") == [one if first else other]


def test_of_two_refreshes_of_one_token_one_gets_a_pair_and_the_family_ends(track: Track) -> None:
    people = track.ask("setup")
    for _ in range(ROUNDS):
        pair = track.ask("sign_in_program", who=people["tech"])
        other = track.ask("sign_in_program", who=people["tech"])
        first, second = track.together(
            ("refresh_token", {"token": pair["refresh"]}),
            ("refresh_token", {"token": pair["refresh"]}),
        )
        assert first is not second
        assert track.ask("use_token", token=pair["access"])["done"] is False
        assert track.ask("use_token", token=other["access"])["done"] is True


NO_ROWS = {"sites-TOTAL_FORMS": "0", "sites-INITIAL_FORMS": "0"}


def _new_rows(number: int, customer: int) -> list[tuple[str, str, dict[str, Any]]]:
    """Of each kind of form: the model, its address, and what is sent for a new row."""
    site = {"sites-TOTAL_FORMS": "1", "sites-0-name": "Mill", "sites-0-id": ""}
    task = {"tasks-TOTAL_FORMS": "1", "tasks-INITIAL_FORMS": "0", "tasks-0-title": "Drain"}
    person = {"username": f"new{number}"}
    tool = {"name": "Drill", "kind": "tool", "serial_number": f"R-{number}", "is_active": "on"}
    job = {"title": f"Job {number}", "priority": "medium", "customer": customer, **task}
    return [
        ("operations.job", "/admin/operations/job/add/", job),
        (
            "operations.customer",
            "/admin/operations/customer/add/",
            {"name": f"C {number}", **NO_ROWS, **site},
        ),
        (
            "operations.site",
            "/admin/operations/site/add/",
            {"name": f"S {number}", "customer": customer},
        ),
        ("operations.equipment", "/admin/operations/equipment/add/", tool),
        ("people.user", "/admin/people/user/add/", person),
        ("auth.group", "/admin/auth/group/add/", {"name": f"Group {number}"}),
    ]


@pytest.mark.parametrize(
    "kind", range(6), ids=["job", "customer", "site", "tool", "person", "group"]
)
def test_a_form_sent_three_times_at_once_makes_one_row_and_each_is_answered_alike(
    track: Track, kind: int
) -> None:
    session = track.ask("sign_in", who=track.ask("superuser"))["session"]
    customer = track.ask("new_customer")
    for _ in range(ROUNDS):
        number = next(_numbers)
        model, path, found = _new_rows(number, customer)[kind]
        before = track.ask("made", model=model)
        form = {**found, "once": uuid.uuid4().hex, "_continue": "yes"}
        call = ("send_form", {"session": session, "path": path, "form": form})
        answers = track.together(call, call, call)
        assert (answers, track.ask("made", model=model) - before) == ([True] * 3, 1)


def test_a_change_sent_three_times_at_once_is_saved_once_and_nobody_is_told_of_a_conflict(
    track: Track,
) -> None:
    people = track.ask("setup")
    session = track.ask("sign_in", who=people["admin"])["session"]
    for _ in range(ROUNDS):
        job = track.ask("new_job", owner=people["sales"], tech=people["tech"], tasks=0)["job"]
        form = {
            "once": uuid.uuid4().hex,
            "stated_version": 1,
            "title": "Anew",
            "priority": "high",
            "customer": track.ask("customer_of", job=job),
            "owner": people["sales"],
            "assigned_to": people["tech"],
            "tasks-TOTAL_FORMS": "1",
            "tasks-INITIAL_FORMS": "0",
            "tasks-0-title": "Drain",
            "_continue": "yes",
        }
        path = f"/admin/operations/job/{job}/change/"
        call = ("send_form", {"session": session, "path": path, "form": form})
        answers = track.together(call, call, call)
        now = track.ask("state", job=job)
        assert (answers, now["title"], now["version"]) == ([True] * 3, "Anew", 2)
        assert now["tasks"] == ["pending"]


def test_a_password_sent_three_times_at_once_is_changed_once_and_each_is_answered_alike(
    track: Track,
) -> None:
    who, old = track.ask("setup")["tech"], "pass-word-1"
    for round_ in range(ROUNDS):
        session, version = (
            track.ask("sign_in", who=who)["session"],
            track.ask("version_of", who=who),
        )
        new = f"A-Word-Of-{round_}-Parts"
        form = {"old_password": old, "new_password1": new, "new_password2": new}
        call = (
            "change_password",
            {"session": session, "form": {**form, "once": uuid.uuid4().hex}},
        )
        answers = track.together(call, call, call)
        assert (answers, track.ask("version_of", who=who)) == ([True] * 3, version + 1)
        old = new


def test_a_profile_sent_three_times_at_once_is_saved_without_a_conflict(track: Track) -> None:
    who = track.ask("setup")["tech"]
    session = track.ask("sign_in", who=who)["session"]
    for round_ in range(ROUNDS):
        version = track.ask("version_of", who=who)
        form = {"first_name": "Tina", "last_name": f"T {round_}", "stated_version": version}
        call = ("send_form", {"session": session, "path": "/admin/profile/", "form": form})
        answers = track.together(call, call, call)
        assert (answers, track.ask("version_of", who=who)) == ([True] * 3, version + 1)
