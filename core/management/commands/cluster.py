"""The background cluster, watched: what it needs to be trusted to a restart policy."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

from core import schedules
from core.models import LATE, Heartbeat, cluster_name
from core.serving.processes import Process, start, stop, stop_on_signals

TICK = 1.0
# A worker that was killed while it waited for work leaves the others, and the stop, waiting for
# ever; django-q sees neither. So all of its processes end with this one, well or not.
ILL = (
    "No worker took anything up for %d seconds. The cluster was ended; whatever started it starts "
    "it anew."
)


class Command(BaseCommand):
    """Run the background work until told to stop; end by itself where no worker works any more."""

    help = "Run background work: scheduled tasks, and those that the web process hands on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--patience",
            type=float,
            default=LATE.total_seconds(),
            help="seconds without a sign of any worker after which this ends: %(default)s",
        )
        parser.add_argument(
            "--grace",
            type=float,
            default=Conf.TIMEOUT + 10,
            help="seconds that running tasks get to finish when this is told to stop: %(default)s",
        )

    def handle(self, *args: Any, patience: float, grace: float, **options: Any) -> None:
        stop_on_signals()
        schedules.sync()
        # psycopg's pool hangs in a process that forks workers.
        cluster = start("qcluster", DATABASE_POOL="off")
        self.stdout.write("The cluster runs.")
        try:
            watch(cluster, patience=patience)
        except KeyboardInterrupt:
            self.stdout.write("The cluster stops.")
        except CommandError:
            grace = 0
            raise
        finally:
            stop([cluster], patience=grace)
            with suppress(DatabaseError, InterfaceError):
                Heartbeat.objects.filter(cluster=cluster_name(cluster.pid)).delete()


def watch(cluster: Process, *, patience: float) -> None:
    """Return never: raise `CommandError` where the cluster has ended, or its workers have.

    Time is counted here, as this process saw it go by: a machine that slept is not ill.
    """
    seen, since = None, time.monotonic()
    while cluster.poll() is None:
        time.sleep(min(TICK, patience / 10))
        idle = time.monotonic() - since
        try:
            last = look(cluster, invite=idle > patience / 6)
        except (DatabaseError, InterfaceError):
            since = time.monotonic()  # Of a database that does not answer, no worker can tell.
            continue
        if last != seen:
            seen, since = last, time.monotonic()
        elif idle > patience:
            raise CommandError(ILL % patience)
    raise CommandError("The cluster ended by itself; what it said stands above.")


def look(cluster: Process, *, invite: bool) -> object:
    """When a worker last took something up; where they seem idle, give them something to."""
    close_old_connections()
    if invite and not OrmQ.objects.filter(lock__lte=timezone.now()).exists():
        async_task("core.tasks.nothing", q_options={"save": False})
    return Heartbeat.objects.filter(cluster=cluster_name(cluster.pid)).last_beat()
