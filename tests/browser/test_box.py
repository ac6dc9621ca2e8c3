"""The box as it is shipped: the Dockerfile's steps in an empty folder, its command, its user.

The story of a job is told to it in the browser, on PostgreSQL, with DEBUG off; then its cluster
works, and both end when they are told to.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone
from django_q.models import Task
from django_q.tasks import async_task
from playwright.sync_api import expect

from core.queues import QUEUES
from core.roles import Role
from operations.models import Job
from people.models import User
from tests.apps import APPS
from tests.box.image import ROOT, Stage, build
from tests.browser.conftest import PageOf
from tests.browser.test_story import (
    test_a_job_is_entered_worked_on_read_and_reopened as test_the_story_of_a_job,
)
from tests.conftest import Sign
from tests.core.test_processes import is_gone
from tests.factories import make_job, make_user

__all__ = ["test_the_story_of_a_job"]
# Together: the image is built once, in the worker that takes them.
pytestmark = pytest.mark.xdist_group("box")
Process = subprocess.Popen[bytes]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


@pytest.fixture(scope="session")
def image() -> Iterator[Stage]:
    """The image, built anew."""
    with tempfile.TemporaryDirectory(prefix="jobops-box-") as folder:
        Path(folder).chmod(0o755)  # Whoever runs it is nobody.
        yield build(Path(folder))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def environment(image: Stage, port: int) -> dict[str, str]:
    """What compose would give its processes, on the database of the tests."""
    found = connection.settings_dict
    assert found["ENGINE"].endswith("postgresql"), "The box runs on PostgreSQL: make test-box"
    host = f"{found['USER']}:{found['PASSWORD']}@{found['HOST']}:{found['PORT'] or 5432}"
    return {
        **image.environment(),
        "SECRET_KEY": settings.SECRET_KEY,
        "SITE_URL": f"http://localhost:{port}",
        "DATABASE_URL": f"postgres://{host}/{found['NAME']}".replace(":@", "@"),
        "GRANIAN_HOST": "127.0.0.1",
        "GRANIAN_PORT": str(port),
    }


@contextmanager
def started(image: Stage, command: list[str], port: int) -> Iterator[Process]:
    """A process of the image, run as its user where this machine lets us choose one."""
    user, group = map(int, image.user.split(":"))
    who: dict[str, Any] = {"user": user, "group": group, "extra_groups": []}
    process = subprocess.Popen(
        [str(image.path(f"/opt/venv/bin/{command[0]}")), *command[1:]],
        cwd=image.path("."),
        env=environment(image, port),
        start_new_session=True,
        **(who if os.getuid() == 0 else {}),
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        finally:
            if process.poll() is None:
                process.kill()


def until(what: Callable[[], bool], *, seconds: float = 30) -> None:
    """Return as soon as it is so; fail where it does not become so in time."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def answer(port: int, path: str, host: str = "localhost") -> tuple[int, bytes]:
    """Status and body; 0 where nobody answers."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


@pytest.fixture
def web(image: Stage, transactional_db: None) -> Iterator[tuple[Process, int]]:
    """The web process, ready."""
    port = free_port()
    with started(image, image.command, port) as process:
        until(lambda: answer(port, "/readyz")[0] == 200 or process.poll() is not None)
        assert process.poll() is None
        yield process, port


@pytest.fixture
def server(web: tuple[Process, int]) -> str:
    return f"http://localhost:{web[1]}"


def test_signing_in_by_the_form_shows_a_page_with_its_styles(page_of: PageOf) -> None:
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"]):
        make_user(Role.ADMIN, username="ada")
    page = page_of()
    page.goto("/")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("pass-word-1")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title("Home | JobOps")
    styles = page.locator("link[rel=stylesheet][href*='jobops.']").first.get_attribute("href")
    assert styles is not None
    name, _dot, rest = styles.rpartition("/")[2].partition(".")
    assert (name, len(rest.split(".")[0])) == ("jobops", 12)  # The hash of what it holds.


def test_a_page_that_is_not_there_tells_nothing_of_the_inside(web: tuple[Process, int]) -> None:
    status, page = answer(web[1], "/nothing")
    assert status == 404
    assert b"DEBUG" not in page


def test_the_health_check_of_the_image_finds_it_well(
    image: Stage, web: tuple[Process, int]
) -> None:
    check = [part.replace("8000", str(web[1])) for part in image.healthcheck]
    assert subprocess.run(check, env=image.environment(), check=False).returncode == 0


def test_it_answers_its_own_host_alone_but_health_to_any(web: tuple[Process, int]) -> None:
    found = [answer(web[1], path, "evil.example")[0] for path in ("/admin/login/", "/healthz")]
    assert found == [400, 200]


def test_told_to_stop_it_answers_what_it_has_begun(
    web: tuple[Process, int], admin: User, sign_in: Sign
) -> None:
    process, port = web
    cookie = sign_in(admin).cookies[settings.SESSION_COOKIE_NAME]
    request = urllib.request.Request(
        f"http://localhost:{port}/admin/operations/job/",
        headers={"Cookie": f"{cookie.key}={cookie.value}"},
    )
    got: list[int] = []

    def ask() -> None:
        with urllib.request.urlopen(request, timeout=20) as response:
            got.append(response.status)

    asking = threading.Thread(target=ask)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE operations_job IN ACCESS EXCLUSIVE MODE")
        asking.start()
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        time.sleep(1)
        assert got == []
    asking.join(20)
    assert got == [200]
    assert process.wait(10) == 0


def test_its_cluster_flags_what_is_overdue_and_ends_when_told(
    image: Stage, web: tuple[Process, int], sales: User
) -> None:
    make_job(owner=sales, scheduled_date=timezone.localdate() - timedelta(days=1))
    Job.objects.update(overdue=False, overdue_since=None)
    async_task("operations.tasks.flag_overdue")
    command = COMPOSE["cluster"]["command"]
    health = [
        str(image.path("/opt/venv/bin/python")),
        *COMPOSE["cluster"]["healthcheck"]["test"][2:],
    ]
    with started(image, command, web[1]) as cluster:
        until(lambda: Job.objects.get().overdue)
        assert json.loads(answer(web[1], "/readyz")[1])["cluster"] == "ok"
        env = environment(image, web[1])
        assert subprocess.run(health, cwd=image.path("."), env=env, check=False).returncode == 0
        cluster.terminate()
        assert cluster.wait(20) == 0
    row = Job.history.first()
    assert (row.door, row.overdue) == ("schedule", True)


def test_what_works_no_more_is_begun_anew_and_works_again(
    image: Stage, web: tuple[Process, int]
) -> None:
    """Every idle worker is killed: django-q replaces them, and they take up nothing."""
    from core.models import Heartbeat

    def groups() -> dict[str, int]:
        rows = Heartbeat.objects.values_list("queue", "cluster")
        return {queue: int(cluster.rpartition(":")[2]) for queue, cluster in rows}

    command = [*COMPOSE["cluster"]["command"], "--patience", "6", "--grace", "1"]
    with started(image, command, web[1]) as cluster:
        until(lambda: set(groups()) == set(QUEUES))
        before, workers = groups(), {"jobops": 2, "long": 1}
        sentinels = {queue: children_of(before[queue])[0] for queue in QUEUES}
        # Beside the workers, one that hands them work and one that writes down what came of it.
        until(lambda: all(len(children_of(sentinels[q])) == n + 2 for q, n in workers.items()))
        time.sleep(1)  # Until all workers wait for work.
        for queue, number in workers.items():
            for worker in children_of(sentinels[queue])[:number]:
                os.kill(worker, signal.SIGKILL)
        until(lambda: len(groups().items() - before.items()) == 2)
        for queue in QUEUES:
            async_task("operations.tasks.flag_overdue", q_options={"cluster": queue})
        until(lambda: set(Task.objects.values_list("cluster", flat=True)) >= set(QUEUES))
        cluster.terminate()
        assert cluster.wait(20) == 0
    for sentinel in sentinels.values():
        until(lambda sentinel=sentinel: is_gone(sentinel))


def test_a_backup_is_restored_by_the_lines_of_readme(
    transactional_db: None, sales: User, tmp_path: Path
) -> None:
    make_job(owner=sales, tasks=2)
    found, copy = connection.settings_dict, f"{connection.settings_dict['NAME']}_restored"
    readme = (ROOT / "README.md").read_text()
    lines = re.findall(r"^docker compose exec -T db (.+)$", readme, re.MULTILINE)
    assert [line.split()[0] for line in lines] == ["pg_dump", "dropdb", "createdb", "pg_restore"]
    env = {**os.environ, "PGHOST": found["HOST"], "PGPORT": str(found["PORT"] or 5432)}
    for line in lines:
        name = str(found["NAME"]) if line.startswith("pg_dump") else copy
        here = line.replace("username=jobops", f"username={found['USER']}")
        here = re.sub(r"(?<= |=)jobops(?= |$)", name, here).replace(
            "--force", "--force --if-exists"
        )
        subprocess.run(here, shell=True, cwd=tmp_path, env=env, check=True)  # noqa: S602 (README's)
    before, restored = rows(found), rows({**found, "NAME": copy})
    subprocess.run(["dropdb", f"--username={found['USER']}", copy], env=env, check=True)
    assert restored == before
    assert (restored["operations_job"], restored["operations_task"]) == (1, 2)


def rows(database: dict[str, Any]) -> dict[str, int]:
    """How many rows each table of a database has."""
    names = ("HOST", "PORT", "USER", "PASSWORD")
    host, port, user, password = (database[name] or None for name in names)
    with psycopg.connect(
        host=host, port=port, user=user, password=password, dbname=database["NAME"]
    ) as there:
        tables = there.execute("SELECT relname FROM pg_stat_user_tables ORDER BY 1").fetchall()
        return {
            table: there.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608
            for (table,) in tables
        }


def children_of(pid: int) -> list[int]:
    """The processes that a process has started, in turn."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return sorted(map(int, text.split()))


def test_the_demo_and_the_tools_of_those_who_build_it_are_not_in_it(image: Stage) -> None:
    there = {path.relative_to(image.path(".")).as_posix() for path in image.path(".").rglob("*.py")}
    assert "core/wsgi.py" in there
    assert [path for path in there if "demo" in path or path.startswith("bench")] == []
    top = sorted(path.name for path in image.path(".").iterdir())
    assert set(top) <= {*APPS} | {"locale", "manage.py", "requirements.lock", "staticfiles"}
    assert image.path("locale/de/LC_MESSAGES/django.mo").exists()
