"""What runs in the background for the house itself."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils import timezone
from django_q.models import Task

from core.backoffice import listed
from core.exports import writing
from core.imports import lost, working
from core.ledger import Message, Notice
from core.models import Heartbeat, SentForm
from core.outbox.delivering import send_due, sweep

RESULTS_KEPT = timedelta(days=30)
MAIL_KEPT = timedelta(days=365)
logger = logging.getLogger("jobops.tasks")


def nothing() -> None:
    """Does nothing: the worker that takes it up shows that it is there."""


def sweep_outbox(at: datetime | None = None) -> dict[str, int]:
    """Take up all mail that nobody has in hand."""
    return dict(sweep(at=at or timezone.now()))


def send_digests(at: datetime | None = None) -> dict[str, int]:
    """Send what was held back for the day's digest, and all else that is due; a sweep does it too,
    later."""
    return send_due(at=at or timezone.now())


def write_export(pk: int) -> None:
    """Write a file that somebody asked for."""
    writing.write(pk, listed.rows)


def tidy_exports(at: datetime | None = None) -> dict[str, int]:
    """Remove the files that have lain for a day, and tell of those that nobody writes any more."""
    return writing.tidy(at=at or timezone.now())


def work_on_import(pk: int, attempt: int, by: int) -> bool:
    """Do what somebody claimed an import for; False where another process does or did."""
    person = get_user_model()._default_manager.filter(pk=by).first()
    return person is not None and working.work_in_background(pk, attempt, person)


def look_after_imports(at: datetime | None = None) -> dict[str, int]:
    """Have imports say so whose process died; how many."""
    return {"lost": lost.finish_lost(at=at or timezone.now())}


def prune(at: datetime | None = None) -> dict[str, int]:
    """Delete what nobody asks for any more: sessions that are over, old results, old heartbeats,
    which forms were sent long ago, files of imports that cannot be undone any more, and what was
    sent more than a year ago.

    Never anything of the audit log.
    """
    call_command("clearsessions")
    now = at or timezone.now()
    results, _rows = Task.objects.filter(stopped__lt=now - RESULTS_KEPT).delete()
    for old in (Heartbeat.objects, SentForm.objects):
        old.filter(at__lt=now - RESULTS_KEPT).delete()
    lost.prune(at=now)
    messages, _rows = Message.objects.filter(at__lt=now - MAIL_KEPT).delete()
    Notice.objects.filter(at__lt=now - MAIL_KEPT).delete()
    logger.info("pruned: sessions that are over, %d results of background work", results)
    return {"results": results, "messages": messages}
