"""Child processes: started, and ended with all that they started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from core.serving import processes

DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
PARENT = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {DEAF!r}], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """What ending does to signals ends with the test."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def child_of(code: str) -> tuple[processes.Process, str]:
    """A process that runs this, and the first line it says."""
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True
    )
    assert child.stdout is not None
    with child.stdout:
        return child, child.stdout.readline().decode()


def is_gone(pid: int) -> bool:
    """Has the process ended? One that nobody has asked for yet has."""
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_what_does_not_end_when_told_is_killed() -> None:
    deaf, _rest = child_of(DEAF)
    processes.stop([deaf], patience=0.1)
    assert deaf.returncode == -signal.SIGKILL


def test_what_a_child_started_ends_with_it() -> None:
    child, found = child_of(PARENT)
    processes.stop([child])
    deadline = time.monotonic() + 5
    while not is_gone(int(found)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (child.returncode, is_gone(int(found))) == (-signal.SIGTERM, True)


def test_what_has_ended_already_is_no_fault() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    child.wait()
    processes.stop([child])
    assert child.returncode == 0


def test_a_child_is_a_command_of_ours_that_leads_a_group() -> None:
    child = processes.start("check", "--help", DATABASE_POOL="off")
    assert os.getpgid(child.pid) == child.pid
    assert child.wait(30) == 0
