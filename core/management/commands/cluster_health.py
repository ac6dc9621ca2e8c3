"""Are the clusters of this machine well? For the health check of its container."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.models import Heartbeat, is_late
from core.queues import QUEUES


class Command(BaseCommand):
    """Fails where no worker of this machine took anything up of late."""

    help = "Fail if a background cluster on this machine is not working."

    def handle(self, *args: Any, **options: Any) -> None:
        beats = Heartbeat.objects.of_this_machine().by_queue()
        for queue in QUEUES:
            self.stdout.write(_well(queue, beats[queue]))


def _well(queue: str, last: Heartbeat | None) -> str:
    """When a worker of a queue was last seen. Raises `CommandError` where that is too long ago."""
    now = timezone.now()
    if last is None:
        raise CommandError(f"{queue}: no cluster has started on this machine.")
    seconds = (now - last.at).total_seconds()
    if is_late(last, at=now):
        raise CommandError(f"{queue}: no worker has been seen for {seconds:.0f} seconds.")
    return f"{queue}: a worker was seen {seconds:.0f} seconds ago."
