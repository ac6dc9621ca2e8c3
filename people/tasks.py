"""What runs in the background for the people."""

from __future__ import annotations

import logging

from django.utils import timezone

from people.tokens import TokenFamily

logger = logging.getLogger("jobops.tasks")


def prune() -> int:
    """Delete the sign-ins of programs whose time is over; how many."""
    pruned = TokenFamily.objects.prune(at=timezone.now())
    logger.info("pruned: %d sign-ins of programs", pruned)
    return pruned
