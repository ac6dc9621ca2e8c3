"""What `make run` starts: it serves on this machine alone, and stops without leaving anything."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from core.management.commands import serve

LISTEN = """
import socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True: server.accept()[0].close()
"""
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
def children(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> list[serve.Process]:
    """The command as it is in the demo, over a web server that only listens; what it starts."""
    started: list[serve.Process] = []

    def start(*command: str) -> serve.Process:
        assert command[:2] == ("runserver", "--noreload")
        host, port = command[2].split(":")
        assert host == "localhost"
        started.append(subprocess.Popen([sys.executable, "-c", LISTEN, port]))
        return started[-1]

    settings.DEBUG = True
    monkeypatch.setattr(serve, "start", start)
    monkeypatch.setattr(serve, "call_command", lambda *_args, **_options: None)
    return started


class Told(io.StringIO):
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
    said = Told(lambda: os.kill(os.getpid(), number))
    call_command("serve", port=port, stdout=said)
    assert said.getvalue() == (
        "Bringing the database up to date…\n"
        f"\nJobOps is ready at http://localhost:{port}/\n"
        "Sign in as admin, sales, sales2, tech or tech2; the password of each is jobops-demo.\n"
        "Ctrl-C stops it.\nStopped.\n"
    )
    assert [child.returncode for child in children] == [-signal.SIGTERM]


def test_a_process_that_ends_by_itself_ends_the_others_and_is_told(
    port: int, children: list[serve.Process]
) -> None:
    said = Told(lambda: children[0].kill())  # noqa: PLW0108 (none yet)
    with pytest.raises(CommandError, match="A process ended by itself"):
        call_command("serve", port=port, stdout=said)
    assert [child.returncode for child in children] == [-signal.SIGKILL]


def test_a_web_server_that_does_not_come_up_is_not_announced(
    port: int, children: list[serve.Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "start", lambda *_: subprocess.Popen([sys.executable, "-c", ""]))
    said = io.StringIO()
    with pytest.raises(CommandError, match="A process ended by itself"):
        call_command("serve", port=port, stdout=said)
    assert "is ready" not in said.getvalue()


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
    with pytest.raises(CommandError, match=f"{port} is no port. Choose one: make run PORT=8001"):
        call_command("serve", port=port)


def test_outside_of_the_demo_it_refuses() -> None:
    with pytest.raises(CommandError, match="This serves the demo alone"):
        call_command("serve")


def test_what_does_not_end_when_told_is_killed() -> None:
    deaf = subprocess.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE)
    with deaf:
        assert deaf.stdout is not None
        deaf.stdout.readline()
        serve.stop([deaf], patience=0.1)
    assert deaf.returncode == -signal.SIGKILL


def test_a_child_is_a_command_of_ours() -> None:
    child = serve.start("check", "--help")
    assert child.wait(30) == 0
