"""Is the cluster of this machine well? For the health check of its container."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.models import LATE, Heartbeat


class Command(BaseCommand):
    """Fails where no worker of this machine took anything up of late."""

    help = "Fail where the background cluster of this machine does not work."

    def handle(self, *args: Any, **options: Any) -> None:
        last = Heartbeat.objects.of_this_machine().last_beat()
        if last is None:
            raise CommandError("No cluster of this machine has begun.")
        seconds = (timezone.now() - last).total_seconds()
        if seconds > LATE.total_seconds():
            raise CommandError(f"No worker took anything up for {seconds:.0f} seconds.")
        self.stdout.write(f"A worker took something up {seconds:.0f} seconds ago.")
