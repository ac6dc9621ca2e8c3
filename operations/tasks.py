"""What runs in the background for the jobs: one call of the domain each."""

from __future__ import annotations

import logging

from core.record import audit
from operations.models import Job

logger = logging.getLogger("jobops.tasks")


def flag_overdue() -> int:
    """Flag the jobs that time has overtaken (rule R3); how many there were."""
    with audit.change_set(audit.Kind.RUN, door=audit.Door.SCHEDULE):
        flagged = Job.objects.flag_overdue(on=audit.today())
    logger.info("overdue by now: %d jobs", flagged)
    return flagged
