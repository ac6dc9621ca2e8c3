"""The background cluster, watched: it ends when told to, and when its workers have died.

A real one is started in tests/box/; here its place is taken by a process that only sleeps.
"""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule
from django_q.signals import post_spawn, pre_execute
from django_q.tasks import async_task

from core.management.commands import cluster
from core.models import Heartbeat, beat, cluster_name
from core.serving.processes import Process
from people.models import User
from tests.conftest import Sign
from tests.core.test_health import database_lost

pytestmark = pytest.mark.django_db
SLEEP = "import time; time.sleep(60)"
Looks = list[Callable[[], object]]


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """What the command does to signals ends with the test."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """What the command starts: processes that sleep."""
    started: list[Process] = []

    def start(*command: str, **environment: str) -> Process:
        assert (command, environment) == (("qcluster",), {"DATABASE_POOL": "off"})
        started.append(subprocess.Popen([sys.executable, "-c", SLEEP], start_new_session=True))
        return started[-1]

    monkeypatch.setattr(cluster, "start", start)
    monkeypatch.setattr(cluster, "TICK", 0.01)
    return started


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    """What happens at each look at the cluster, in turn; the last one goes on happening."""
    acts: Looks = []
    real = cluster.look

    def look(*args: Any, **options: Any) -> object:
        (acts.pop(0) if len(acts) > 1 else acts[0])()
        return real(*args, **options)

    monkeypatch.setattr(cluster, "look", look)
    monkeypatch.setattr(cluster, "close_old_connections", lambda: None)
    return acts


def run(**options: float) -> str:
    said = io.StringIO()
    call_command("cluster", stdout=said, **options)
    return said.getvalue()


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_told_to_stop_it_ends_the_cluster_and_its_heartbeat(
    children: list[Process], looks: Looks
) -> None:
    def beats() -> None:
        Heartbeat.objects.create(cluster=cluster_name(children[0].pid), at=timezone.now())

    looks += [beats, terminate]
    assert run() == "The cluster runs.\nThe cluster stops.\n"
    assert [child.returncode for child in children] == [-signal.SIGTERM]
    assert not Heartbeat.objects.exists()


def test_it_syncs_the_schedules_as_it_starts(children: list[Process], looks: Looks) -> None:
    looks.append(terminate)
    run()
    assert Schedule.objects.count() == 3


def test_where_no_worker_works_it_ends_all_and_says_so(
    children: list[Process], looks: Looks
) -> None:
    looks.append(lambda: None)
    with pytest.raises(CommandError, match="No worker took anything up for 0 s"):
        run(patience=0.2)
    assert [child.returncode for child in children] == [-signal.SIGTERM]


def test_a_cluster_that_beats_is_left_alone(children: list[Process], looks: Looks) -> None:
    def beats() -> None:
        name = cluster_name(children[0].pid)
        Heartbeat.objects.update_or_create(cluster=name, defaults={"at": timezone.now()})

    looks += [*[beats] * 30, terminate]
    assert run(patience=0.2) == "The cluster runs.\nThe cluster stops.\n"


def test_a_database_that_does_not_answer_is_no_fault_of_the_cluster(
    children: list[Process], looks: Looks
) -> None:
    def fails() -> None:
        raise OperationalError("no route to host")

    looks += [*[fails] * 30, terminate]
    assert run(patience=0.2) == "The cluster runs.\nThe cluster stops.\n"


def test_a_cluster_that_ends_by_itself_is_told(children: list[Process], looks: Looks) -> None:
    looks.append(lambda: children[0].send_signal(signal.SIGKILL))
    with pytest.raises(CommandError, match="The cluster ended by itself"):
        run()


def test_idle_workers_are_given_something_to_take_up_once(
    children: list[Process], looks: Looks
) -> None:
    looks += [*[lambda: None] * 10, terminate]
    run(patience=0.3)
    (task,) = OrmQ.objects.all()
    assert task.func() == "core.tasks.nothing"


# The heartbeat


def test_a_worker_beats_as_it_begins_and_with_each_task() -> None:
    name = cluster_name(os.getpgrp())
    for sign in (post_spawn, pre_execute):
        sign.send(sender="django_q")
        (row,) = Heartbeat.objects.all()
        assert (row.pk, str(row)) == (name, name)
        row.delete()


def test_a_task_runs_whether_or_not_its_beat_is_written_down() -> None:
    with database_lost():
        beat()
    assert not Heartbeat.objects.exists()


def set_beat(ago: int, host: str = "") -> datetime:
    at = timezone.now() - timedelta(seconds=ago)
    Heartbeat.objects.create(cluster=f"{host or socket.gethostname()}:{ago}", at=at)
    return at


def test_a_cluster_that_beat_of_late_is_well() -> None:
    set_beat(1000)
    set_beat(100)
    said = io.StringIO()
    call_command("cluster_health", stdout=said)
    assert said.getvalue() == "A worker took something up 100 seconds ago.\n"


@pytest.mark.parametrize(
    ("ago", "host", "why"),
    [
        (1000, "", "No worker took anything up for 1000 seconds."),
        (1, "another", "No cluster of this machine has begun."),
        (1, f"{socket.gethostname()}2", "No cluster of this machine has begun."),
    ],
)
def test_a_cluster_that_is_late_or_elsewhere_is_not(ago: int, host: str, why: str) -> None:
    set_beat(ago, host)
    with pytest.raises(CommandError) as said:
        call_command("cluster_health")
    assert str(said.value) == why


def test_the_web_process_reports_the_cluster_and_is_ready_all_the_same(client: Client) -> None:
    def report() -> tuple[int, str]:
        answer = client.get("/readyz")
        return answer.status_code, answer.json()["cluster"]

    assert report() == (200, "never seen")
    at = set_beat(1000)
    assert report() == (200, f"not seen since {at.isoformat()}")
    set_beat(100, "another")
    assert report() == (200, "ok")


# What django-q is told


def test_the_cluster_is_set_as_it_was_measured_to_hold() -> None:
    names = ("WORKERS", "QUEUE_LIMIT", "TIMEOUT", "RETRY", "MAX_ATTEMPTS", "ACK_FAILURES")
    assert [getattr(Conf, name) for name in names] == [2, 2, 120, 600, 3, True]
    assert (Conf.ORM, Conf.CATCH_UP, Conf.TIME_ZONE) == ("default", False, "UTC")


def test_a_task_is_part_of_the_transaction_that_hands_it_on() -> None:
    from django.db import transaction

    with transaction.atomic():
        async_task("core.tasks.nothing")
        assert OrmQ.objects.count() == 1
        transaction.set_rollback(True)
    assert OrmQ.objects.count() == 0
    assert connection.in_atomic_block


def test_the_back_office_has_no_page_of_django_q(root: User, sign_in: Sign) -> None:
    assert [model for model in admin.site._registry if model._meta.app_label == "django_q"] == []
    browser = sign_in(root)
    pages = [f"/admin/django_q/{name}/" for name in ("schedule", "success", "failure", "ormq")]
    assert [browser.get(page).status_code for page in pages] == [404] * 4
