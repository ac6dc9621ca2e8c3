"""What runs by the clock, done now: for programs and for people at a shell."""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import redirect_stdout
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.module_loading import import_string

from core import schedules
from core.outbox.delivering import deliver
from core.text.days import check_day


class Command(BaseCommand):
    """Do a schedule's work now, or as if it were another time, and print its counts as JSON."""

    help = "Run a schedule now, and print its counts as one line of JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        names = ", ".join(entry.name for entry in schedules.table())
        parser.add_argument("name", help=f"one of: {names}")
        parser.add_argument(
            "--at",
            help="run it as if at this time, in the business time zone: 2030-03-04T07:00; "
            "now by default",
        )

    def handle(self, *args: Any, name: str, at: str | None, **options: Any) -> None:
        entries = {entry.name: entry for entry in schedules.table()}
        if name not in entries:
            raise CommandError(
                f"There is no schedule “{name}”. The schedules are: {', '.join(entries)}."
            )
        when = moment(at) if at else timezone.now()
        # Mail that is printed is not what a program reads here.
        with redirect_stdout(sys.stderr):
            counts = Counter({"sent": 0, **import_string(entries[name].func)(at=when)})
            # In the background the next sweep would send the rest.
            counts.update(deliver(at=when))
        self.stdout.write(json.dumps({"schedule": name, **counts}))


def moment(text: str) -> datetime:
    """What is said of a time, in the business time zone where it names none."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"“{text}” is not a time. Write it like 2030-03-04T07:00.")
    try:
        check_day(found.date())
    except ValidationError as error:
        raise CommandError(f"“{text}”: {' '.join(error.messages)}") from error
    if timezone.is_aware(found):
        return found
    return timezone.make_aware(found, timezone.get_default_timezone())
