"""All there is, in one file: every kind as people read it, and every row as it was, with history.

The file holds `manifest.json` (what made it, and when), a CSV file for each kind, and below
`tables/` the rows themselves as lines of JSON, by the names of their models. No passwords, no
tokens, no sessions.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import can_all
from core.exports.files import FORMATS
from core.exports.kinds import kinds
from core.exports.rows_as_lines import exported_models, lines
from core.exports.snapshot import snapshot
from core.exports.table import Table, keys_of
from core.record.spreadsheet import moment

# The form of the file: another number, where an older program could not read it.
FORM = 1
MANIFEST, TABLES = "manifest.json", "tables/"


def may(person: Any) -> bool:
    """May somebody take everything out: every row of each kind, and all that is on record?"""
    recorded = [model for model in exported_models().values() if hasattr(model, "audit_records")]
    rows = all(can_all(person, "export", kind.model) for kind in kinds().values())
    # Shares are on record with their job.
    return rows and all(can_all(person, "audit", model) for model in recorded)


def require_all(person: Any) -> None:
    """Raise PermissionDenied unless somebody may."""
    if not may(person):
        raise PermissionDenied(_("You may not do this."))


@contextmanager
def written(on_progress: Callable[[int], None]) -> Iterator[IO[bytes]]:
    """The file, to be read from its beginning; gone at the end. All of it is as it was at one
    moment. `on_progress` gets how many more rows are done, every few."""
    with tempfile.TemporaryFile() as file:
        with snapshot(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
            _write(book, on_progress)
        file.seek(0)
        yield file


def _write(book: zipfile.ZipFile, on_progress: Callable[[int], None]) -> None:
    for kind in kinds().values():
        keys = keys_of(kind.model._base_manager.order_by("pk"))
        table = Table(kind.model, kind.columns, keys, on_progress=on_progress)
        with book.open(f"{kind.name}.csv", "w", force_zip64=True) as entry:
            for block in FORMATS["csv"].write(table):
                entry.write(block)
    numbers = {
        label: _table(book, label, model, on_progress) for label, model in exported_models().items()
    }
    book.writestr(MANIFEST, json.dumps(_manifest(numbers), indent=2))


def _table(
    book: zipfile.ZipFile, label: str, model: type[Any], on_progress: Callable[[int], None]
) -> int:
    total = 0
    with book.open(f"{TABLES}{label}.jsonl", "w", force_zip64=True) as entry:
        for number, text in lines(model):
            entry.write(text)
            on_progress(number)
            total += number
    return total


def _manifest(numbers: dict[str, int]) -> dict[str, Any]:
    return {
        "made_by": "JobOps",
        "form": FORM,
        "made_at": moment(timezone.now()),
        "time_zone": settings.TIME_ZONE,
        "migrations": migrations(),
        "tables": numbers,
    }


def migrations() -> list[str]:
    """The changes of the exported tables that this database has been through."""
    labels = {model._meta.app_label for model in exported_models().values()}
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied if app in labels)
