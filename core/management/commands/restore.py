"""Put a backup of a SQLite database in its place."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.management.commands.backup import database_file


class Command(BaseCommand):
    """`manage.py restore FILE`: the database is as it was when the backup was made."""

    help = "Replace the SQLite database with a backup. Stop all processes of JobOps first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--yes", action="store_true", help="do not ask first")

    def handle(self, *args: Any, file: Path, yes: bool, **options: Any) -> None:
        target = database_file()
        check(file)
        question = f"Everything that {target} holds now will be replaced. Type yes to continue: "
        if not yes and input(question) != "yes":
            raise CommandError("Nothing was changed.")
        with (
            closing(sqlite3.connect(file)) as backup,
            closing(sqlite3.connect(target)) as database,
        ):
            backup.backup(database)
        self.stdout.write(f"The database has been restored from {file}. Next: manage.py deploy")


def check(file: Path) -> None:
    """Raise `CommandError` for a file that is no whole backup of ours."""
    if not file.is_file():
        raise CommandError(f"There is no file {file}.")
    try:
        with closing(sqlite3.connect(f"file:{file.absolute()}?mode=ro", uri=True)) as backup:
            (details,) = backup.execute("PRAGMA integrity_check").fetchone()
            backup.execute("SELECT 1 FROM django_migrations").fetchone()
    except sqlite3.DatabaseError as error:
        raise CommandError(f"{file} is not a backup of JobOps: {error}.") from error
    if details != "ok":
        raise CommandError(f"{file} is damaged: {details}.")
