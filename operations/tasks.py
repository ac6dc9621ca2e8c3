"""What runs in the background for the jobs: one call of the domain each, and its mail leaves."""

from __future__ import annotations

import logging
from datetime import datetime

from django.utils import timezone

from core.outbox.delivering import send_due
from core.record import audit
from operations import notices
from operations.models import Job

logger = logging.getLogger("jobops.tasks")


def flag_overdue(at: datetime | None = None) -> dict[str, int]:
    """Flag the jobs that time has overtaken (rule R3), and tell whom it concerns; how many jobs,
    how many people, and what became of the mail."""
    at = at or timezone.now()
    with audit.change_set(audit.Kind.RUN, door=audit.Door.SCHEDULE, at=at):
        flagged = Job.objects.flag_overdue(on=audit.today())
        notified = notices.digest_overdue(at=at)
    logger.info("overdue by now: %d jobs", flagged)
    return {"flagged": flagged, "told": notified, **send_due(at=at)}


def send_reminders(at: datetime | None = None) -> dict[str, int]:
    """Remind technicians of their day; how many have one, and what became of the mail."""
    at = at or timezone.now()
    reminded = notices.remind(at=at)
    logger.info("open jobs today: %d technicians", reminded)
    return {"reminded": reminded, **send_due(at=at)}
