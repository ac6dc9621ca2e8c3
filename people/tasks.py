"""What runs in the background for the people."""

from __future__ import annotations

import logging
from datetime import datetime

from django.utils import timezone

from core.serving import log
from people import invitations
from people.tokens import TokenFamily

logger = logging.getLogger("jobops.tasks")


def prune(at: datetime | None = None) -> dict[str, int]:
    """Delete the sign-ins of programs whose time is over; how many."""
    pruned = TokenFamily.objects.prune(at=at or timezone.now())
    logger.info("pruned: %d sign-ins of programs", pruned)
    return {"sign-ins": pruned}


def send_link(typed: str) -> None:
    """Send whoever has this user name or address a link by which they set a new password."""
    person = invitations.find(typed)
    if person is None:
        return
    invitations.send_link(person)
    log.note("password link asked for", user=person.username)
