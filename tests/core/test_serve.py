"""What `make run` starts: it serves on this machine alone, and stops without leaving anything."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from core.management.commands import serve
from tests.factories import make_user

LISTEN = """
import socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True: server.accept()[0].close()
"""
SLEEP = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """What the command does to signals ends with the test."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def port() -> int:
    """A port on which nothing answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        number: int = server.getsockname()[1]
    return number


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch, settings: Settings, port: int) -> list[serve.Process]:
    """The command as it is in the demo, over a web server that only listens and a cluster that
    only sleeps; what it starts."""
    started: list[serve.Process] = []

    def start(*command: str) -> serve.Process:
        if command == ("cluster", "--grace", "5"):
            code = [sys.executable, "-c", SLEEP]
        else:
            assert command == ("runserver", "--noreload", f"localhost:{port}")
            code = [sys.executable, "-c", LISTEN, str(port)]
        started.append(subprocess.Popen(code, start_new_session=True))
        return started[-1]

    settings.DEBUG = True
    monkeypatch.setattr(serve, "start", start)
    monkeypatch.setattr(serve, "call_command", lambda *_args, **_options: None)
    return started


class Stop(io.StringIO):
    """Does something to this process as soon as the command says that it is ready."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__()
        self.then = then

    def write(self, text: str) -> int:
        length = super().write(text)
        if "is ready" in text:
            self.then()
        return length


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_and_as_whom_and_a_signal_ends_all_it_started(
    number: int, port: int, children: list[serve.Process]
) -> None:
    found = Stop(lambda: os.kill(os.getpid(), number))
    call_command("serve", port=port, stdout=found)
    assert found.getvalue() == (
        "Bringing the database up to date…\n"
        f"\nJobOps is ready at http://localhost:{port}/\n"
        "Sign in as admin, sales, sales2, tech or tech2; the password of each is jobops-demo.\n"
        "Ctrl-C stops it.\nStopped.\n"
    )
    assert [child.returncode for child in children] == [-signal.SIGTERM] * 2


@pytest.mark.parametrize("which", [0, 1])
def test_a_process_that_ends_by_itself_ends_the_others_and_is_told(
    which: int, port: int, children: list[serve.Process]
) -> None:
    found = Stop(lambda: children[which].send_signal(signal.SIGKILL))
    with pytest.raises(CommandError, match="A process ended by itself"):
        call_command("serve", port=port, stdout=found)
    codes = [child.returncode for child in children]
    assert (codes.pop(which), codes) == (-signal.SIGKILL, [-signal.SIGTERM])


def test_a_web_server_that_does_not_come_up_is_not_announced(
    port: int, children: list[serve.Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        serve, "start", lambda *_: subprocess.Popen([sys.executable, "-c", ""], process_group=0)
    )
    output = io.StringIO()
    with pytest.raises(CommandError, match="A process ended by itself"):
        call_command("serve", port=port, stdout=output)
    assert "is ready" not in output.getvalue()


def test_a_port_in_use_is_named_with_the_way_out(settings: Settings) -> None:
    settings.DEBUG = True
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(CommandError) as refused:
            call_command("serve", port=port)
    assert str(refused.value) == (
        f"Port {port} is in use. Choose another: make run PORT={port + 1}"
    )


@pytest.mark.parametrize("port", [0, 65536])
def test_what_is_no_port_is_refused(port: int, settings: Settings) -> None:
    settings.DEBUG = True
    with pytest.raises(CommandError, match=f"{port} is not a port. Choose one: make run PORT=8001"):
        call_command("serve", port=port)


@pytest.mark.django_db
def test_where_other_people_are_the_file_of_the_demo_is_named(settings: Settings) -> None:
    """`make run` takes no other database, so it is no use to name one."""
    settings.DEBUG = True
    make_user()
    with pytest.raises(CommandError) as refused:
        call_command("demo")
    assert str(refused.value) == (
        "This database holds other people, so the demo was not loaded. `make run` "
        "keeps the demo in var/demo.sqlite3: move that file away to start again. With "
        "manage.py, let DATABASE_URL name an empty database."
    )


def test_outside_of_the_demo_it_refuses() -> None:
    with pytest.raises(CommandError, match="This serves only the demo"):
        call_command("serve")


def test_it_waits_as_long_as_every_process_goes_on() -> None:
    class Child:
        def __init__(self) -> None:
            self.polls: list[int | None] = [None, 0]

        def poll(self) -> int | None:
            return self.polls.pop(0)

    child: Any = Child()
    serve.wait_for_one([child])
    assert child.polls == []
