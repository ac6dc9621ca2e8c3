"""What the house itself keeps: the heartbeat of the background cluster, and the forms that came."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import DatabaseError, InterfaceError, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_q.conf import Conf

from core.export_files import ExportFile  # noqa: F401 (models of this app)
from core.imported import (  # noqa: F401 (models of this app)
    Import,
    ImportFile,
    ImportKept,
    ImportReference,
    ImportRow,
    Matched,
)
from core.ledger import Message, Notice  # noqa: F401 (likewise)
from core.notice_preferences import NoticePreferences  # noqa: F401 (likewise)
from core.queues import MAIN, QUEUES

# A cluster whose workers took nothing up for so long is ill: no short task runs longer than that.
LATE = timedelta(seconds=180)


def cluster_name(group: int) -> str:
    """The name of the cluster whose processes are in this group, on this machine."""
    return f"{socket.gethostname()}:{group}"


def is_late(beat: Heartbeat | None, *, at: datetime) -> bool:
    """Was no worker seen for so long that none can be at work?"""
    return beat is None or max(beat.at + LATE, beat.busy_until or beat.at) < at


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    """The clusters, by when a worker of each last took something up."""

    def of_this_machine(self) -> HeartbeatQuerySet:
        """Those of this machine, or container."""
        return self.filter(cluster__startswith=cluster_name(0).removesuffix("0"))

    def by_queue(self) -> dict[str, Heartbeat | None]:
        """Of each queue the cluster that was heard of last; None where none ever was."""
        found: dict[str, Heartbeat | None] = dict.fromkeys(QUEUES)
        for beat in sorted(self, key=lambda beat: max(beat.at, beat.busy_until or beat.at)):
            found[beat.queue] = beat
        return found

    def late(self, *, at: datetime) -> list[str]:
        """The queues of which no cluster works."""
        found = self.by_queue()
        return [queue for queue in QUEUES if is_late(found[queue], at=at)]


class Heartbeat(models.Model):
    """When a worker of a cluster last began, took up a task, or was done with one.

    In the database, as the cluster's own figures do not reach the web process; and written by a
    worker, as a cluster whose workers have died looks well from everywhere else.
    """

    cluster = models.CharField(_("cluster"), max_length=255, primary_key=True)
    at = models.DateTimeField(_("at"))
    queue = models.CharField(_("queue"), max_length=50, default=MAIN)
    # Until when what it has taken up may take: it beats again after that.
    busy_until = models.DateTimeField(_("busy until"), null=True)

    objects: ClassVar[HeartbeatQuerySet] = HeartbeatQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.cluster


def take_up(**_signal: Any) -> None:
    """Write down that this worker takes up a task."""
    patience = timedelta(seconds=Conf.TIMEOUT)
    # Of short work, the next one that is taken up is the sign.
    _beat(busy=patience if patience > LATE else None)


def beat(**_signal: Any) -> None:
    """Write down that this worker has begun, or is done with a task."""
    _beat(busy=None)


def _beat(*, busy: timedelta | None) -> None:
    now = timezone.now()
    values = {"at": now, "queue": Conf.CLUSTER_NAME, "busy_until": busy and now + busy}
    try:
        Heartbeat.objects.update_or_create(cluster=cluster_name(os.getpgrp()), defaults=values)
    except (DatabaseError, InterfaceError):
        return  # The worker goes on; that nothing is written down says it all.


class SentForm(models.Model):
    """A form of the back office that has been saved: never again (backoffice/once.py)."""

    # The hash of person, address, mark and content; for a password, of address and mark alone.
    key = models.CharField(_("key"), max_length=64, primary_key=True)
    row = models.PositiveBigIntegerField(_("row"), null=True)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("sent form")
        verbose_name_plural = _("sent forms")

    def __str__(self) -> str:
        return self.key
