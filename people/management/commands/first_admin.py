"""Make the first Admin: the way in, where there is no demo."""

from __future__ import annotations

import getpass
import itertools
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core import environment
from core.access import command_line_user
from core.management.commands.deploy import refuse_the_demo
from core.refusals import Refused
from core.roles import Role
from people import accounts
from people.models import User


class Command(BaseCommand):
    """`manage.py first_admin`: asks on a terminal for what the environment does not say.

    Where there is an active Admin already, nothing changes; one who could never sign in yet gets
    a new link.
    """

    help = _("Make the first Admin, or give the one who has no password yet a new link.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", help=_("FIRST_ADMIN_USERNAME by default"))
        parser.add_argument("--email", help=_("FIRST_ADMIN_EMAIL by default"))

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_the_demo()
        waiting = waiting_admin()
        if waiting:
            self._tell(_("%(name)s is the first Admin, and has no password yet."), waiting)
            self._give_link(waiting)
            return
        if accounts.has_admin():
            self.stdout.write(_("There is already an Admin. Nothing was changed."))
            return
        details = environment.first_admin()
        details |= {name: options[name] for name in ("username", "email") if options[name]}
        if sys.stdin.isatty():
            details = prompt(details)
        user = make(**details)
        self._tell(_("%(name)s is the first Admin."), user)
        if not details["password"]:
            self._give_link(user)

    def _tell(self, what: str, user: User) -> None:
        self.stdout.write(what % {"name": user.username})

    def _give_link(self, user: User) -> None:
        message = _(
            "They set their password with this link, which works once, within three days: %s"
        )
        self.stdout.write(message % accounts.give_link(user, by=command_line_user()))


def waiting_admin() -> User | None:
    """The one Admin there is, where they never had a password: their link is lost, or is over."""
    admins: list[User] = list(User.objects.active().holding(Role.ADMIN))
    if len(admins) != 1 or admins[0].last_login or admins[0].has_usable_password():
        return None
    return admins[0]


def prompt(details: dict[str, str]) -> dict[str, str]:
    """What is said, and what somebody at the terminal adds."""
    asked = dict(details)
    asked["username"] = details["username"] or input(_("User name: ")).strip()
    asked["email"] = details["email"] or input(_("E-mail, or nothing: ")).strip()
    asked["password"] = details["password"] or ask_password()
    return asked


def ask_password() -> str:
    """The password, typed twice; empty for a link by which the person sets it."""
    password = getpass.getpass(_("Password, or nothing to get a link for setting it: "))
    if password and getpass.getpass(_("The password again: ")) != password:
        raise CommandError(_("The two passwords differ. Nothing was changed."))
    return password


def make(*, username: str, email: str, password: str) -> User:
    """The first Admin, made; without a password they cannot sign in yet.

    Raises `CommandError`, which says what is missing or wrong.
    """
    if not username:
        raise CommandError(
            _("Who should it be? Run this in a terminal, or set FIRST_ADMIN_USERNAME.")
        )
    try:
        given = {"username": username, "email": email, "password": password or None}
        return accounts.open_first_admin(**given).row
    except Refused as refused:
        raise CommandError(str(refused.message)) from refused
    except ValidationError as error:
        problems = itertools.starmap(_named, error.message_dict.items())
        raise CommandError(" ".join(problems)) from error


def _named(field: str, messages: list[str]) -> str:
    """What is wrong with it, after the variable that says it; at a terminal there is none."""
    message = " ".join(messages)
    details = environment.first_admin().get(field)
    return f"FIRST_ADMIN_{field.upper()}: {message}" if details else message
