"""Child processes: started, and ended with all that they started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

from django.conf import settings

Process = subprocess.Popen[bytes]


def start(*command: str, **environment: str) -> Process:
    """Start `manage.py` with a command, as a child that leads a group of its own.

    What it says of itself is left out; what it has to say of faults is not.
    """
    return subprocess.Popen(  # noqa: S603 (ours)
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *command],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def stop(children: list[Process], *, patience: float = 10) -> None:
    """End them all, and return when they have: within so many seconds by their own means."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    for child in children:
        child.terminate()
    deadline = time.monotonic() + patience
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(0, deadline - time.monotonic()))
        kill(child)


def kill(child: Process) -> None:
    """End what is left of a child and of what it started."""
    if child.poll() is None:
        child.kill()
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def stop_on_signals() -> None:
    """Have Ctrl-C and SIGTERM raise `KeyboardInterrupt`."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
