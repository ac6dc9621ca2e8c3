"""Write a backup of a SQLite database; of PostgreSQL its own programs make one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """`manage.py backup FILE`: whole and consistent, while everybody goes on working."""

    help = "Write a backup of the SQLite database to a new file while everybody carries on working."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        source = database_file()
        if file.exists():
            raise CommandError(f"{file} already exists. Name a new file.")
        if not file.absolute().parent.is_dir():
            raise CommandError(f"There is no folder {file.absolute().parent}. Create it first.")
        with closing(sqlite3.connect(source)) as database:
            database.execute("VACUUM INTO ?", [str(file)])
        file.chmod(0o600)  # It holds all that the database does.
        self.stdout.write(f"{file} holds the database as it is now.")


def database_file() -> Path:
    """The file of the database. Raises `CommandError` where it is none."""
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        raise CommandError("This is for SQLite. README says how to back up PostgreSQL.")
    return Path(database["NAME"])
