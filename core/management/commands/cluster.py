"""The background clusters, watched: what they need to be trusted to a restart policy."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ

from core import schedules
from core.models import LATE, Heartbeat, cluster_name
from core.queues import QUEUES, broker_faults, enqueue, waiting
from core.serving.processes import Process, kill, start, stop, stop_on_signals

TICK = 1.0
# Django-q adds days to the last run: after a night without a midnight, an hour would be missing.
SYNC_SECONDS = 3600.0
# A worker that was killed while it waited for work leaves the others, and the stop, waiting for
# ever; django-q sees neither. So all processes of such a cluster are ended, and it is begun anew.
ILL = "no worker has taken on any work for %d seconds."
ENDED = "it ended by itself; see its output above."


class Command(BaseCommand):
    """Run the background work until told to stop, a cluster for each queue. One that works no more
    is begun anew; where it never worked, this ends."""

    help = "Run background work: scheduled tasks, and those that the web process hands on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--patience",
            type=float,
            default=LATE.total_seconds(),
            help="seconds without a sign of a worker after which it is restarted: %(default)s",
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
        clusters = [Cluster(queue, patience=patience) for queue in QUEUES]
        synced = time.monotonic()
        self.stdout.write("The cluster runs.")
        try:
            while True:
                time.sleep(min(TICK, patience / 10))
                if time.monotonic() > synced + SYNC_SECONDS:
                    synced = sync()
                for cluster in clusters:
                    if why := cluster.replaced():
                        self.stderr.write(f"{cluster.queue}: {why} It is being restarted.")
        except KeyboardInterrupt:
            self.stdout.write("The cluster stops.")
        except CommandError:
            grace = 0
            raise
        finally:
            stop([cluster.process for cluster in clusters], patience=grace)
            for cluster in clusters:
                cluster.forget()


def sync() -> float:
    """Put the times of the schedules right; when that was, by the clock of this process."""
    close_old_connections()
    # Of a database that does not answer, the next hour will do.
    with suppress(DatabaseError, InterfaceError):
        schedules.sync()
    return time.monotonic()


class Cluster:
    """The cluster of a queue, as seen from here.

    Time is counted here, as this process saw it go by: a machine that slept is not ill.
    """

    def __init__(self, queue: str, *, patience: float) -> None:
        self.queue, self.patience = queue, patience
        self._begin()

    def _begin(self) -> None:
        # psycopg's pool hangs in a process that forks workers.
        self.process = start("qcluster", DATABASE_POOL="off", Q_CLUSTER_NAME=self.queue)
        self.seen: Heartbeat | None = None
        self.since = time.monotonic()

    def replaced(self) -> str:
        """Why it was begun anew just now; empty where it is well.

        Raises `CommandError` where that is no use, as it never worked.
        """
        why = self._trouble()
        if why and self.seen is None:
            raise CommandError(f"{self.queue}: {why} Whatever started this restarts it.")
        if why:
            kill(self.process)
            self.forget()
            self._begin()
        return why

    def _trouble(self) -> str:
        if self.process.poll() is not None:
            return ENDED
        idle = time.monotonic() - self.since
        try:
            last = look(self.process, self.queue, invite=idle > self.patience / 6)
        except broker_faults():
            self.since = time.monotonic()  # Of what does not answer, no worker can tell.
            return ""
        if last and (self.seen is None or last.at != self.seen.at):
            self.seen, self.since = last, time.monotonic()
            return ""
        return ILL % self.patience if idle > self.patience + self._busy() else ""

    def _busy(self) -> float:
        """For how many seconds what a worker has taken up may take."""
        if self.seen is None or self.seen.busy_until is None:
            return 0
        return (self.seen.busy_until - self.seen.at).total_seconds()

    def forget(self) -> None:
        """It is no more: what it took up and did not finish is there for others."""
        with suppress(DatabaseError, InterfaceError):
            Heartbeat.objects.filter(cluster=cluster_name(self.process.pid)).delete()
            others = Heartbeat.objects.filter(queue=self.queue, at__gt=timezone.now() - LATE)
            busy = Heartbeat.objects.filter(queue=self.queue, busy_until__gt=timezone.now())
            # Where there are others, what is locked may be theirs: that is over after `retry`.
            if not others.exists() and not busy.exists():
                OrmQ.objects.filter(key=self.queue, lock__gt=timezone.now()).update(
                    lock=timezone.now() - timedelta(seconds=1)
                )


def look(process: Process, queue: str, *, invite: bool) -> Heartbeat | None:
    """When a worker was last seen; where they seem idle, give them something to take up."""
    close_old_connections()
    if invite and not waiting(queue):
        enqueue("core.tasks.nothing", queue=queue, save=False)
    return Heartbeat.objects.filter(cluster=cluster_name(process.pid)).first()
