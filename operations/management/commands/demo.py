"""Load the demo: a company to look around in, with accounts whose password everybody knows."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from operations import demo
from people.models import User


class Command(BaseCommand):
    """`manage.py demo`: loads the demo once; a second run changes nothing."""

    help = _("Load the demo company into an empty database. Only with DEBUG on.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse wherever a known password could let a stranger in, or real people work."""
        if not settings.DEBUG:
            raise CommandError(
                _(
                    "The demo's passwords are known to everybody, so it is loaded only with DEBUG "
                    "on."
                )
            )
        if demo.is_loaded():
            self.stdout.write(_("The demo is already loaded. Nothing was changed."))
            return
        if User.objects.exists():
            raise CommandError(
                _(
                    "This database holds other people, so the demo was not loaded. `make run` "
                    "keeps the demo in var/demo.sqlite3: move that file away to start again. With "
                    "manage.py, let DATABASE_URL name an empty database."
                )
            )
        # Who gets which role there is no news to whoever tries it out.
        logging.disable(logging.INFO)
        try:
            counts = demo.load()
        finally:
            logging.disable(logging.NOTSET)
        self._tell(counts)

    def _tell(self, counts: dict[str, int]) -> None:
        what = ", ".join(f"{count} {name}" for name, count in counts.items())
        accounts = ", ".join(demo.ACCOUNTS)
        self.stdout.write(_("The demo is loaded: %(what)s.") % {"what": what})
        self.stdout.write(
            _("Sign in as one of %(accounts)s, with the password %(password)s.")
            % {"accounts": accounts, "password": demo.PASSWORD}
        )
