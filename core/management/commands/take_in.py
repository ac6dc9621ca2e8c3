"""Make a new installation of a file that holds everything of another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.exports.restoring import restore
from core.imports.shell import bar


class Command(BaseCommand):
    """`manage.py take_in FILE`: into an empty database that `migrate` or `deploy` has made."""

    help = "Make a new installation, in an empty database, from a file of “Take everything”."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            made = restore(file, on_progress=bar())
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=2) from error
        self.stdout.write(f"{sum(made.values())} rows were loaded from {file}.")
        self.stdout.write(
            "Nobody has a password yet. People with an e-mail address can ask for a link on the"
            " sign-in page; to give the first Admin a password: manage.py changepassword USERNAME"
        )
