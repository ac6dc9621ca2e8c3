"""The background clusters, watched: they end when told to, and are begun anew where they died.

Real ones are started in tests/browser/test_box.py; here processes that only sleep take their place.
"""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule
from django_q.signals import post_execute_in_worker, post_spawn, pre_execute
from django_q.tasks import async_task

from core import queues
from core.management.commands import cluster
from core.models import Heartbeat, beat, cluster_name
from core.queues import LONG, QUEUES
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
        queue = QUEUES[len(started) % 2] if len(started) < 2 else environment["Q_CLUSTER_NAME"]
        assert command == ("qcluster",)
        assert environment == {"DATABASE_POOL": "off", "Q_CLUSTER_NAME": queue}
        started.append(subprocess.Popen([sys.executable, "-c", SLEEP], start_new_session=True))
        return started[-1]

    monkeypatch.setattr(cluster, "start", start)
    monkeypatch.setattr(cluster, "TICK", 0.01)
    return started


def beats(children: list[Process], *which: int, **given: Any) -> Callable[[], None]:
    """A worker of each of these children gives a sign."""

    def give() -> None:
        for n in which:
            values = {"at": timezone.now(), "queue": QUEUES[n % 2], **given}
            name = cluster_name(children[n].pid)
            Heartbeat.objects.update_or_create(cluster=name, defaults=values)

    return give


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    """What happens at each look at the clusters, in turn; the last one goes on happening."""
    acts: Looks = []
    real = cluster.look

    def look(*args: Any, **options: Any) -> object:
        (acts.pop(0) if len(acts) > 1 else acts[0])()
        return real(*args, **options)

    monkeypatch.setattr(cluster, "look", look)
    monkeypatch.setattr(cluster, "close_old_connections", lambda: None)
    return acts


def run(**options: Any) -> str:
    output = io.StringIO()
    call_command("cluster", stdout=output, **options)
    return output.getvalue()


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_told_to_stop_it_ends_the_cluster_and_its_heartbeat(
    children: list[Process], looks: Looks
) -> None:
    looks += [beats(children, 0, 1), terminate]
    assert run() == "The cluster runs.\nThe cluster stops.\n"
    assert [child.returncode for child in children] == [-signal.SIGTERM] * 2
    assert not Heartbeat.objects.exists()


def test_it_syncs_the_schedules_as_it_starts(children: list[Process], looks: Looks) -> None:
    looks.append(terminate)
    run()
    assert Schedule.objects.count() == 12


def test_it_keeps_the_times_of_the_schedules_right(
    children: list[Process], looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "SYNC_SECONDS", 0.0)
    wrong = Schedule.objects.filter(name="flag overdue jobs")

    def bend() -> None:
        wrong.update(next_run=timezone.now().replace(minute=30) + timedelta(days=1))

    def lost() -> None:
        raise OperationalError("no route to host")

    def lose() -> None:
        monkeypatch.setattr(cluster.schedules, "sync", lost)

    looks += [bend, *[lambda: None] * 4, lose, *[lambda: None] * 4, terminate]
    assert run() == "The cluster runs.\nThe cluster stops.\n"
    (row,) = wrong
    assert timezone.localtime(row.next_run).time() == time(0)


def test_where_no_worker_works_it_ends_all_and_says_so(
    children: list[Process], looks: Looks
) -> None:
    looks.append(lambda: None)
    with pytest.raises(CommandError, match=r"^(jobops|long): no worker has taken on any work"):
        run(patience=0.2)
    assert [child.returncode for child in children] == [-signal.SIGTERM] * 2


def test_a_cluster_that_beats_is_left_alone(children: list[Process], looks: Looks) -> None:
    looks += [*[beats(children, 0, 1)] * 60, terminate]
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
    with pytest.raises(CommandError, match="jobops: it ended by itself"):
        run()


@pytest.mark.parametrize("which", [0, 1])
def test_one_whose_workers_died_is_begun_anew_beside_the_other(
    which: int, children: list[Process], looks: Looks
) -> None:
    other = 1 - which
    both, one = beats(children, 0, 1), beats(children, other)

    def anew() -> None:
        (one if len(children) == 2 else beats(children, other, 2, queue=QUEUES[which]))()

    looks += [both, *[anew] * 60, terminate]
    err = io.StringIO()
    assert run(patience=0.2, stderr=err) == "The cluster runs.\nThe cluster stops.\n"
    assert err.getvalue() == (
        f"{QUEUES[which]}: no worker has taken on any work for 0 seconds. It is being restarted.\n"
    )
    codes = [child.returncode for child in children]
    assert codes == [-signal.SIGKILL if n == which else -signal.SIGTERM for n in range(3)]


def test_one_that_worked_and_ended_is_begun_anew(children: list[Process], looks: Looks) -> None:
    def ends() -> None:
        children[1].send_signal(signal.SIGKILL)
        children[1].wait()

    looks += [beats(children, 0, 1), lambda: None, ends, *[lambda: None] * 3, terminate]
    err = io.StringIO()
    run(stderr=err)
    assert err.getvalue() == (
        "long: it ended by itself; see its output above. It is being restarted.\n"
    )
    assert len(children) == 3


def test_one_that_is_busy_with_long_work_is_left_alone(
    children: list[Process], looks: Looks
) -> None:
    until = timezone.now() + timedelta(hours=1)
    busy = beats(children, 1, busy_until=until)
    main = beats(children, 0)
    looks += [busy, *[main] * 60, terminate]
    assert run(patience=0.2) == "The cluster runs.\nThe cluster stops.\n"
    assert len(children) == 2


def test_what_the_last_cluster_of_a_queue_had_in_hand_is_there_for_others(
    children: list[Process], looks: Looks
) -> None:
    later = timezone.now() + timedelta(hours=2)
    for queue in QUEUES:
        OrmQ.objects.create(key=queue, payload="", lock=later)
    set_beat(10, "another")
    looks += [beats(children, 0, 1), terminate]
    run()
    locked = dict(OrmQ.objects.values_list("key", "lock"))
    assert locked["jobops"] == later  # It may be that other one's.
    assert locked["long"] < timezone.now()


def test_idle_workers_are_given_something_to_take_up_once(
    children: list[Process], looks: Looks
) -> None:
    later = iter([*[lambda: None] * 20, terminate])

    def until_both_were() -> None:
        if OrmQ.objects.count() >= len(QUEUES):
            next(later)()

    looks += [*[beats(children, 0, 1)] * 2, until_both_were]
    run(patience=3)
    found = [(task.key, task.func()) for task in OrmQ.objects.order_by("key")]
    assert found == [(queue, "core.tasks.nothing") for queue in QUEUES]


# The heartbeat


def test_a_worker_beats_as_it_begins_and_with_each_task() -> None:
    name = cluster_name(os.getpgrp())
    for sign in (post_spawn, pre_execute, post_execute_in_worker):
        sign.send(sender="django_q")
        (row,) = Heartbeat.objects.all()
        assert (row.pk, str(row)) == (name, name)
        row.delete()


def test_a_task_runs_whether_or_not_its_beat_is_written_down() -> None:
    with database_lost():
        beat()
    assert not Heartbeat.objects.exists()


def test_a_worker_that_takes_up_long_work_says_until_when(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Conf, "TIMEOUT", 3600)
    monkeypatch.setattr(Conf, "CLUSTER_NAME", "long")
    pre_execute.send(sender="django_q")
    row = Heartbeat.objects.get()
    assert (row.queue, row.busy_until) == ("long", row.at + timedelta(hours=1))
    assert Heartbeat.objects.late(at=row.at + timedelta(minutes=59)) == ["jobops"]
    assert Heartbeat.objects.late(at=row.at + timedelta(minutes=61)) == ["jobops", "long"]
    post_execute_in_worker.send(sender="django_q")
    assert Heartbeat.objects.get().busy_until is None


def set_beat(ago: int, host: str = "", queue: str = "jobops") -> datetime:
    at = timezone.now() - timedelta(seconds=ago)
    name = f"{host or socket.gethostname()}:{queue}{ago}"
    Heartbeat.objects.create(cluster=name, at=at, queue=queue)
    return at


def test_a_cluster_that_beat_of_late_is_well() -> None:
    set_beat(1000)
    set_beat(100)
    set_beat(50, queue="long")
    output = io.StringIO()
    call_command("cluster_health", stdout=output)
    assert output.getvalue() == (
        "jobops: a worker was seen 100 seconds ago.\nlong: a worker was seen 50 seconds ago.\n"
    )


def test_a_machine_without_a_cluster_of_long_work_is_not_well() -> None:
    set_beat(100)
    with pytest.raises(CommandError, match="long: no cluster has started on this machine"):
        call_command("cluster_health")


@pytest.mark.parametrize(
    ("ago", "host", "why"),
    [
        (1000, "", "jobops: no worker has been seen for 1000 seconds."),
        (1, "another", "jobops: no cluster has started on this machine."),
        (1, f"{socket.gethostname()}2", "jobops: no cluster has started on this machine."),
    ],
)
def test_a_cluster_that_is_late_or_elsewhere_is_not(ago: int, host: str, why: str) -> None:
    set_beat(ago, host)
    with pytest.raises(CommandError) as error:
        call_command("cluster_health")
    assert str(error.value) == why


def test_the_web_process_reports_the_cluster_and_is_ready_all_the_same(client: Client) -> None:
    def report() -> tuple[int, str, str]:
        answer = client.get("/readyz")
        body = answer.json()
        return answer.status_code, body["cluster"], body["cluster of long work"]

    assert report() == (200, "never seen", "never seen")
    at = set_beat(1000)
    assert report() == (200, f"not seen since {at.isoformat()}", "never seen")
    set_beat(100, "another")
    set_beat(100, "another", "long")
    assert report() == (200, "ok", "ok")


# What django-q is told


def test_the_cluster_is_set_as_it_was_measured_to_hold() -> None:
    names = ("WORKERS", "QUEUE_LIMIT", "TIMEOUT", "RETRY", "MAX_ATTEMPTS", "ACK_FAILURES")
    assert [getattr(Conf, name) for name in names] == [2, 2, 120, 600, 3, True]
    assert (Conf.ORM, Conf.CATCH_UP, Conf.TIME_ZONE) == ("default", False, "UTC")
    assert [queues.setting(queue, "timeout") for queue in QUEUES] == [120, 3600]


def test_each_queue_is_read_by_a_cluster_with_its_own_settings() -> None:
    code = (
        "from django_q.conf import Conf as C; print(C.CLUSTER_NAME, C.PREFIX, C.WORKERS, C.RETRY)"
    )
    output = [
        subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
            env={**os.environ, "Q_CLUSTER_NAME": queue},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for queue in QUEUES
    ]
    assert output == ["jobops jobops 2 600\n", "long jobops 1 7500\n"]


def test_long_work_waits_in_a_queue_of_its_own() -> None:
    queues.enqueue("core.tasks.nothing", 7, queue=LONG, group="files")
    (row,) = OrmQ.objects.all()
    assert (row.key, row.func(), row.args(), row.group()) == (
        "long",
        "core.tasks.nothing",
        (7,),
        "files",
    )
    assert [queues.waiting(queue) for queue in QUEUES] == [0, 1]


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
