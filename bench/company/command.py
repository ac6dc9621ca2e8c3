"""Make a big company: a database of any size to look at and to measure with."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from bench.company import loading
from bench.company.company import Size
from bench.company.staff import KNOWN
from core.record import audit
from operations import demo
from operations.models import Customer, Equipment
from people.models import User
from reports import first_time, keeping, tasks

MOST_JOBS = 10_000_000


class Command(BaseCommand):
    """Into an empty database; a second run changes nothing."""

    help = "Make a big company with its history in an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--jobs", type=int, default=100_000, help="100000 if not said")
        parser.add_argument(
            "--today", type=date.fromisoformat, help="the day it all ends with: YYYY-MM-DD"
        )
        parser.add_argument(
            "--password", default="", help="what admin, sales and tech sign in with"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse wherever somebody works already."""
        if not 1 <= options["jobs"] <= MOST_JOBS:
            raise CommandError(f"Choose between 1 and {MOST_JOBS} jobs.")
        if loading.is_loaded():
            self.stdout.write("A big company is there already. Nothing was changed.")
            return
        if any(model._base_manager.exists() for model in (User, Customer, Equipment)):
            raise CommandError(
                "This database is somebody's already, so nothing was made. "
                "Use an empty one for it: DATABASE_URL names one."
            )
        password = self._password(options["password"])
        loading.load(
            Size(jobs=options["jobs"]),
            today=options["today"] or audit.today(),
            password=password and make_password(password),
            message=partial(self._tell, of=options["jobs"]),
        )
        self._keep_figures()
        self._say_who(password)

    def _keep_figures(self) -> None:
        """As nights would have kept them."""
        self.stdout.write("Keeping figures")
        for _number in first_time.keep(audit.today(), at_once=tasks.BATCH):
            pass
        keeping.keep(timezone.now(), longest=timedelta(days=1))

    def _password(self, details: str) -> str:
        """The one given; the demo's only where DEBUG is on; else none: nobody signs in."""
        if not details:
            return demo.PASSWORD if settings.DEBUG else ""
        try:
            validate_password(details)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return details

    def _tell(self, jobs: int, *, of: int) -> None:
        if jobs and jobs % max(of // 10, 1) == 0:
            self.stdout.write(f"{jobs} of {of} jobs")

    def _say_who(self, password: str) -> None:
        names = ", ".join(KNOWN.values())
        self.stdout.write(f"Sign in as {names}." if password else "Nobody has a password.")
