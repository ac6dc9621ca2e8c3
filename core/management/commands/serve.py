"""What `make run` starts: JobOps with the data of the demo, on this machine alone."""

import signal
import socket
import subprocess
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser

Process = subprocess.Popen[bytes]

WELCOME = """
JobOps is ready at {address}
Sign in as admin, sales, sales2, tech or tech2; the password of each is jobops-demo.
Ctrl-C stops it.
"""


class Command(BaseCommand):
    """Bring the database up to date, load the demo on first use, and serve until told to stop."""

    help = "Serve JobOps with demo data on localhost."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="8000 if not said")

    def handle(self, *_args: Any, port: int, **_options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("This serves the demo alone. Start it with `make run`.")
        refuse_busy(port)
        stop_on_signals()
        children: list[Process] = []
        try:
            self.stdout.write("Bringing the database up to date…")
            call_command("migrate", verbosity=0)
            call_command("demo")
            web = start("runserver", "--noreload", f"localhost:{port}")
            children.append(web)  # The background cluster joins it here.
            if is_up(web, port):
                self.stdout.write(WELCOME.format(address=f"http://localhost:{port}/"))
            wait_for_one(children)
            raise CommandError("A process ended by itself; what it said stands above.")
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        finally:
            stop(children)


def refuse_busy(port: int) -> None:
    """Raise `CommandError` where something answers on the port already."""
    if not 1 <= port <= 65535:
        raise CommandError(f"{port} is no port. Choose one: make run PORT=8001")
    if _answers(port):
        raise CommandError(f"Port {port} is in use. Choose another: make run PORT={port + 1}")


def start(*command: str) -> Process:
    """Start `manage.py` with a command, as a child; what it says of itself is left out."""
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    return subprocess.Popen([*manage, *command], stdout=subprocess.DEVNULL)  # noqa: S603 (ours)


def wait_for_one(children: list[Process]) -> None:
    """Return as soon as one of them has ended."""
    while all(child.poll() is None for child in children):
        time.sleep(0.2)


def stop(children: list[Process], *, patience: float = 10) -> None:
    """End them all, and return when they have: within so many seconds by their own means."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    for child in children:
        child.terminate()
    deadline = time.monotonic() + patience
    for child in children:
        try:
            child.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def stop_on_signals() -> None:
    """Have Ctrl-C and SIGTERM raise `KeyboardInterrupt`."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("localhost", port), timeout=1).close()
    except OSError:
        return False
    return True


def is_up(web: Process, port: int) -> bool:
    """Wait until the web server answers; False where it ends instead."""
    while web.poll() is None:
        if _answers(port):
            return True
        time.sleep(0.1)
    return False
