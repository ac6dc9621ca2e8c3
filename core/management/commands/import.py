"""A file's rows are taken in, or looked at: for programs and for people at a shell."""

from __future__ import annotations

import json
from argparse import Action, ArgumentError, ArgumentTypeError, Namespace
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.imports import shell
from core.imports.kinds import kinds
from core.imports.options import Blanks, DateForm, ImportOptions
from core.imports.shell import Report

# Rows whose refusals people are shown.
SHOWN = 20


class Command(BaseCommand):
    """`manage.py import KIND FILE`: exit code 0 where it is done, or where a trial finds nothing
    refused; 1 where rows are refused and nothing is written; 2 where the file cannot be used, or
    what is asked for cannot be understood."""

    help = "Import the rows of a CSV or XLSX file, or see what would happen to them."

    def add_arguments(self, parser: CommandParser) -> None:
        names = " ".join(each.kind for each in kinds())
        parser.add_argument("kind", metavar="KIND", help=f"one of: {names}")
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV or XLSX")
        parser.add_argument(
            "--as",
            dest="username",
            default="",
            metavar="USERNAME",
            help="in this person's name and with their rights; without it, in nobody's",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="write nothing, and say what would be written"
        )
        parser.add_argument(
            "--skip-refused",
            action="store_true",
            help="import all rows except those that are refused",
        )
        self._add_reading(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def _add_reading(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--map",
            dest="mapped",
            action=_EachOnce,
            default={},
            type=_pair,
            metavar="HEADER=FIELD",
            help="the field of a column whose name does not say so; HEADER= leaves it out",
        )
        parser.add_argument(
            "--empty-cells",
            choices=Blanks.values,
            default=Blanks.LEAVE.value,
            help="what an empty cell does to an existing row (default: leave)",
        )
        parser.add_argument(
            "--date-form",
            choices=DateForm.values,
            default=DateForm.ISO.value,
            help="how dates are written in the file (default: iso)",
        )
        parser.add_argument(
            "--again", action="store_true", help="import again what was imported before"
        )
        parser.add_argument("--encoding", default="", help="such as utf-8; detected by default")
        parser.add_argument("--delimiter", default="", help="detected by default")
        parser.add_argument("--sheet", default="", help="the first visible one by default")

    def handle(self, *args: Any, kind: str, file: Path, **options: Any) -> None:
        try:
            data = BytesIO(file.read_bytes())
        except OSError as error:
            report = Report(message=f"{file}: {error.strerror}", code=2)
        else:
            report = shell.load(
                data,
                file.name,
                kind=kind,
                options=_import_options(options),
                username=options["username"],
                is_trial=options["dry_run"],
                skip_refused=options["skip_refused"],
                bar=shell.bar(),
            )
        self._tell(report, is_data=options["json"])

    def _tell(self, report: Report, *, is_data: bool) -> None:
        if is_data:
            self.stdout.write(json.dumps(report.as_data(), ensure_ascii=False))
            if report.code:
                raise SystemExit(report.code)
            return
        if report.rows:
            counts = ", ".join(f"{kind}: {number}" for kind, number in report.kinds.items())
            self.stdout.write(f"rows: {report.rows}, {counts}")
        for error in report.errors[:SHOWN]:
            column = f", {error['column']}" if error["column"] else ""
            self.stderr.write(f"row {error['row']}{column}: {error['message']}")
        if len(report.errors) > SHOWN:
            self.stderr.write(f"… and {len(report.errors) - SHOWN} more")
        if report.code:
            raise CommandError(report.message, returncode=report.code)
        self.stdout.write(report.message)
        if report.load:
            self.stdout.write(f"import: {report.load}")


def _import_options(options: dict[str, Any]) -> ImportOptions:
    return ImportOptions(
        columns=options["mapped"],
        blanks=options["empty_cells"],
        date_form=options["date_form"],
        encoding=options["encoding"],
        delimiter=options["delimiter"],
        sheet=options["sheet"],
        again=options["again"],
    )


class _EachOnce(Action):
    """Gathers what is said of each column; what is said of one again is refused, unless it is the
    same."""

    def __call__(
        self, parser: Any, namespace: Namespace, values: Any, option_string: str | None = None
    ) -> None:
        header, field = values
        mapped = getattr(namespace, self.dest)
        if mapped.get(header, field) != field:
            raise ArgumentError(self, f"“{header}” cannot be both {mapped[header]} and {field}")
        setattr(namespace, self.dest, {**mapped, header: field})


def _pair(text: str) -> tuple[str, str]:
    header, equals, field = text.rpartition("=")
    if not equals:
        raise ArgumentTypeError(f"“{text}” is not HEADER=FIELD")
    return header, field.strip()
