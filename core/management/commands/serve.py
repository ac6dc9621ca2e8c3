"""What `make run` starts: JobOps with the data of the demo, on this machine alone."""

import socket
import time
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser

from core.serving.processes import Process, start, stop, stop_on_signals

WELCOME = """
JobOps is ready at {address}
Sign in as admin, sales, sales2, tech or tech2; the password of each is jobops-demo.
Ctrl-C stops it.
"""


class Command(BaseCommand):
    """Bring the database up to date, load the demo on first use, and serve until told to stop."""

    help = "Serve JobOps with demo data on localhost."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="8000 by default")

    def handle(self, *_args: Any, port: int, **_options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("This serves only the demo. Start it with `make run`.")
        refuse_busy(port)
        stop_on_signals()
        children: list[Process] = []
        try:
            self.stdout.write("Bringing the database up to date…")
            call_command("migrate", verbosity=0)
            call_command("demo")
            web = start("runserver", "--noreload", f"localhost:{port}")
            children += [web, start("cluster", "--grace", "5")]
            if is_up(web, port):
                self.stdout.write(WELCOME.format(address=f"http://localhost:{port}/"))
            wait_for_one(children)
            raise CommandError("A process ended by itself; see its output above.")
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        finally:
            stop(children)


def refuse_busy(port: int) -> None:
    """Raise `CommandError` where something answers on the port already."""
    if not 1 <= port <= 65535:
        raise CommandError(f"{port} is not a port. Choose one: make run PORT=8001")
    if _answers(port):
        raise CommandError(f"Port {port} is in use. Choose another: make run PORT={port + 1}")


def wait_for_one(children: list[Process]) -> None:
    """Return as soon as one of them has ended."""
    while all(child.poll() is None for child in children):
        time.sleep(0.2)


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
