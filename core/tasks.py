"""What runs in the background for the house itself."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone
from django_q.models import Task

from core import schedules
from core.models import Heartbeat, SentForm

RESULTS_KEPT = timedelta(days=30)
logger = logging.getLogger("jobops.tasks")


def nothing() -> None:
    """Does nothing: the worker that takes it up shows that it is there."""


def prune() -> None:
    """Delete what nobody asks for any more: sessions that are over, old results, old heartbeats,
    and which forms were sent long ago.

    Never anything of the audit log.
    """
    # Django-q adds days: after a night without a midnight, it would stay at one o'clock.
    schedules.sync()
    call_command("clearsessions")
    now = timezone.now()
    results, _rows = Task.objects.filter(stopped__lt=now - RESULTS_KEPT).delete()
    for old in (Heartbeat.objects, SentForm.objects):
        old.filter(at__lt=now - RESULTS_KEPT).delete()
    logger.info("pruned: sessions that are over, %d results of background work", results)
