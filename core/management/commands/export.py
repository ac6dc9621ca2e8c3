"""Rows of a kind as a file, as the back office exports them: for programs, and at a shell."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.access import command_line_user
from core.backoffice import listed
from core.exports.files import FORMATS
from core.exports.kinds import kinds
from core.exports.table import Table, keys_of
from core.record.named import people_called


class Command(BaseCommand):
    """`manage.py export KIND`: exit code 0 where the file is written, 1 where somebody may not, 2
    where what is asked for cannot be understood."""

    help = "Write the rows of a kind to a file, or to where it is piped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=list(kinds()), help="which rows")
        parser.add_argument(
            "--as",
            dest="username",
            metavar="USERNAME",
            help="with this person's rights; without it, every row",
        )
        parser.add_argument("--format", choices=list(FORMATS), default="csv")
        parser.add_argument(
            "--where",
            default="",
            metavar="QUERY_STRING",
            help="the query in the address of the list in the back office, such as"
            " 'status=pending&scheduled_date_from=2030-03-01&o=4'; for tasks, that of their jobs",
        )
        parser.add_argument(
            "--output",
            type=Path,
            metavar="FILE",
            help="a file to write; standard output by default",
        )

    def handle(
        self,
        *args: Any,
        kind: str,
        username: str | None,
        format: str,  # noqa: A002 (the option's own name)
        where: str,
        output: Path | None,
        **options: Any,
    ) -> None:
        person = _person(username) if username else command_line_user()
        wanted = kinds()[kind]
        try:
            rows = listed.rows(wanted, person, where.removeprefix("?"))
        except PermissionDenied as denied:
            raise CommandError(f"{username} may not export {kind}.", returncode=1) from denied
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=2) from error
        table = Table(wanted.model, wanted.columns_for(person), keys_of(rows))
        with _opened(output) as file:
            for block in FORMATS[format].write(table):
                file.write(block)


def _person(username: str) -> Any:
    found = people_called(username)
    if not found:
        raise CommandError(f"There is no active person “{username}”.", returncode=2)
    return found[0]


@contextmanager
def _opened(path: Path | None) -> Iterator[IO[bytes]]:
    if path is None or str(path) == "-":
        yield sys.stdout.buffer
        sys.stdout.flush()
        return
    try:
        with path.open("wb") as file:
            yield file
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.", returncode=2) from error
