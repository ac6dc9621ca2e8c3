"""What the house itself keeps: the heartbeat of the background cluster, and the forms that came."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import DatabaseError, InterfaceError, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# A cluster whose workers took nothing up for so long is ill: no task runs longer than 120 seconds.
LATE = timedelta(seconds=180)


def cluster_name(group: int) -> str:
    """The name of the cluster whose processes are in this group, on this machine."""
    return f"{socket.gethostname()}:{group}"


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    """The clusters, by when a worker of each last took something up."""

    def of_this_machine(self) -> HeartbeatQuerySet:
        """Those of this machine, or container."""
        return self.filter(cluster__startswith=cluster_name(0).removesuffix("0"))

    def last_beat(self) -> datetime | None:
        """When a worker last took something up; None where none ever did."""
        last: datetime | None = self.aggregate(last=models.Max("at"))["last"]
        return last


class Heartbeat(models.Model):
    """When a worker of a cluster last began, or took up a task.

    In the database, as the cluster's own figures do not reach the web process; and written by a
    worker, as a cluster whose workers have died looks well from everywhere else.
    """

    cluster = models.CharField(_("cluster"), max_length=255, primary_key=True)
    at = models.DateTimeField(_("at"))

    objects: ClassVar[HeartbeatQuerySet] = HeartbeatQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.cluster


def beat(**_signal: Any) -> None:
    """Write down that this worker takes something up."""
    try:
        Heartbeat.objects.update_or_create(
            cluster=cluster_name(os.getpgrp()), defaults={"at": timezone.now()}
        )
    except (DatabaseError, InterfaceError):
        return  # The worker goes on; that nothing is written down says it all.


class SentForm(models.Model):
    """A form of the back office that has been saved: never again (backoffice/once.py)."""

    # The hash of person, address, mark and content.
    key = models.CharField(_("key"), max_length=64, primary_key=True)
    row = models.PositiveBigIntegerField(_("row"), null=True)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("sent form")
        verbose_name_plural = _("sent forms")

    def __str__(self) -> str:
        return self.key
