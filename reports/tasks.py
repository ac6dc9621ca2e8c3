"""What runs in the background for the figures."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from core.outbox.delivering import send_due
from reports import closing, first_time, keeping, monthly

logger = logging.getLogger("jobops.tasks")
# So many jobs are looked at in one statement; and no new ones after so long, which the next night
# goes on with. Meanwhile they are looked for when they are asked about.
BATCH, LONGEST = 500, timedelta(seconds=90)


def keep_first_time_fix(at: datetime | None = None) -> dict[str, int]:
    """Keep of the jobs whose 30 days are over whether another one followed; of how many."""
    today = timezone.localtime(at or timezone.now(), timezone.get_default_timezone()).date()
    begun, kept = timezone.now(), 0
    for number in first_time.keep(today, at_once=BATCH):
        kept += number
        if timezone.now() - begun >= LONGEST:
            break
    logger.info("kept whether they were followed: %d jobs", kept)
    return {"kept": kept}


def keep_months(at: datetime | None = None) -> dict[str, int]:
    """Keep what the months that are over came to, where that is not kept or has changed; of how
    many measures and months."""
    kept = keeping.keep(at or timezone.now(), longest=LONGEST)
    logger.info("kept what months came to: %d", kept)
    return {"kept": kept}


def close_month(at: datetime | None = None) -> dict[str, int]:
    """Close the months that are over: their figures stay as they are now; of how many."""
    closed = closing.close(at or timezone.now())
    logger.info("closed: %d months", closed)
    return {"closed": closed}


def send_monthly_reports(at: datetime | None = None) -> dict[str, int]:
    """Send the figures of the month that is over; to how many for the first time, and what became
    of the mail. It runs each morning: who has got them gets nothing more."""
    at = at or timezone.now()
    notified = monthly.tell(at=at)
    return {"told": notified, **send_due(at=at)}
