"""What an installation needs before its processes start: once for each new version."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand

from core import environment, schedules

# The demo itself is not in the image.
DEMO_ACCOUNTS = ("admin", "sales", "sales2", "tech", "tech2")
DEMO_PASSWORD = "jobops-demo"  # noqa: S105 (Known to everybody: it is looked for to be refused.)


class Command(BaseCommand):
    """Bring the database up to date, its schedules, and the first Admin. Idempotent."""

    help = "Migrate, sync the schedules, and make the first Admin if the environment names one."

    def handle(self, *args: Any, **options: Any) -> None:
        first = environment.first_admin_or_nobody()
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        refuse_the_demo()
        schedules.sync()
        if first["username"]:
            call_command("first_admin", stdout=self.stdout)
        self.stdout.write("Ready for the processes of this version.")


def refuse_the_demo() -> None:
    """Raise `CommandError` where an account of the demo still has the password everybody knows.

    With DEBUG on this is the demo, which answers to its own machine alone.
    """
    if settings.DEBUG:
        return
    people = get_user_model()._base_manager.filter(username__in=DEMO_ACCOUNTS).order_by("pk")
    known = [each.username for each in people if check_password(DEMO_PASSWORD, each.password)]
    if known:
        raise CommandError(
            f"This database holds the demo: the password of {', '.join(known)} is known to "
            "everybody. Name another database in DATABASE_URL, or give each a new password: "
            "manage.py changepassword NAME"
        )
