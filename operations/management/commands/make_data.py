"""Make a big company: a database of any size to look at and to measure with."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core.record import audit
from operations import big_company, demo
from operations.models import Customer, Equipment
from people.models import User

MOST_JOBS = 10_000_000


class Command(BaseCommand):
    """`manage.py make_data --jobs 100000`: into an empty database; a second run changes nothing."""

    help = _("Make a big company with its history in an empty database.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--jobs", type=int, default=100_000, help=_("100000 if not said"))
        parser.add_argument(
            "--today", type=date.fromisoformat, help=_("the day it all ends with: YYYY-MM-DD")
        )
        parser.add_argument(
            "--password", default="", help=_("what admin, sales and tech sign in with")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse wherever somebody works already."""
        if not 1 <= options["jobs"] <= MOST_JOBS:
            raise CommandError(_("Choose between 1 and %(most)d jobs.") % {"most": MOST_JOBS})
        if big_company.is_loaded():
            self.stdout.write(_("A big company is there already. Nothing was changed."))
            return
        if any(model._base_manager.exists() for model in (User, Customer, Equipment)):
            raise CommandError(
                _(
                    "This database is somebody's already, so nothing was made. "
                    "Use an empty one for it: DATABASE_URL names one."
                )
            )
        password = self._password(options["password"])
        big_company.load(
            big_company.Size(jobs=options["jobs"]),
            today=options["today"] or audit.today(),
            password=password and make_password(password),
            told=partial(self._tell, of=options["jobs"]),
        )
        self._say_who(password)

    def _password(self, said: str) -> str:
        """The one given; the demo's only where DEBUG is on; else none: nobody signs in."""
        if not said:
            return demo.PASSWORD if settings.DEBUG else ""
        try:
            validate_password(said)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return said

    def _tell(self, jobs: int, *, of: int) -> None:
        if jobs and jobs % max(of // 10, 1) == 0:
            self.stdout.write(_("%(jobs)d of %(of)d jobs") % {"jobs": jobs, "of": of})

    def _say_who(self, password: str) -> None:
        names = ", ".join(big_company.KNOWN.values())
        said = _("Sign in as %(names)s.") if password else _("Nobody has a password.")
        self.stdout.write(said % {"names": names})
