"""What an import took in is undone, as far as nobody changed it since."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.imports import shell


class Command(BaseCommand):
    """`manage.py undo_import ID`: exit code 0 where all is undone, 1 where something is kept, 2
    where there is nothing to undo: no such import, one of long ago, or one that is undone."""

    help = "Undo an import, and say what is kept, with who changed it and when."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pk", type=int, metavar="ID", help="the number that the import printed")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, pk: int, **options: Any) -> None:
        report = shell.undo(pk)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_data(), ensure_ascii=False))
            if report.code:
                raise SystemExit(report.code)
            return
        for line in (*report.kept, *report.mail):
            place = f"{line['object']}, {line['field']}" if line["field"] else line["object"]
            who = " ".join(filter(None, [line["who"], line["at"]]))
            self.stderr.write(f"{place}: {line['message']} {f'({who})' if who else ''}".strip())
        if report.code:
            raise CommandError(report.message, returncode=report.code)
        self.stdout.write(f"removed: {report.removed}, put back: {report.put_back}")
        self.stdout.write(report.message)
