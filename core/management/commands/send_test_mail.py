"""Does mail arrive? One is sent at once, and what is wrong is said in words."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser
from django.core.validators import validate_email

from core.outbox.trying import mail_sent_text, send_test_mail


class Command(BaseCommand):
    """Send a mail to an address by what MAIL_URL names."""

    help = "Send a test mail to an address, and say what is wrong if it cannot be sent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address")

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        try:
            validate_email(address)
        except ValidationError as error:
            raise CommandError(f"“{address}” is not an e-mail address.") from error
        if problem := send_test_mail(address):
            raise CommandError(problem)
        self.stdout.write(mail_sent_text(address))
