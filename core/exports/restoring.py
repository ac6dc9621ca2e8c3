"""A new installation, made of a file that holds everything (everything.py): in an empty database.

The rows get the keys that they had, so that job numbers, histories and addresses stay. People have
no password: each sets one by a link.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, models, transaction
from django.utils.translation import gettext as _

from core.exports.everything import FORM, MANIFEST, TABLES, migrations
from core.exports.rows_as_lines import exported_models, make

# Which key the next row of a table gets, as each database keeps it.
_NEXT = {
    "postgresql": ("SELECT setval(pg_get_serial_sequence(%(quoted)s, %(column)s), %(last)s)",),
    "sqlite": (
        "DELETE FROM sqlite_sequence WHERE name = %(table)s",
        "INSERT INTO sqlite_sequence (name, seq) VALUES (%(table)s, %(last)s)",
    ),
}


def restore(
    path: Path, *, on_progress: Callable[[int, int], None] = lambda _seen, _total: None
) -> dict[str, int]:
    """Make all rows of a file; how many, by the label of their model. All of it, or nothing.
    `on_progress` gets how many are there so far, and of how many.

    Raises `ValidationError` with a sentence where the file is none of ours, is of another version,
    or where the database is not empty.
    """
    try:
        with _opened(path) as file, zipfile.ZipFile(file) as book:
            manifest = json.loads(book.read(MANIFEST))
            _check(manifest)
            with transaction.atomic():
                total = sum(manifest["tables"].values())
                return _make_all(book, lambda seen: on_progress(seen, total))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, DatabaseError) as error:
        message = _("%(file)s was not made by “Take everything”: %(error)s.")
        raise ValidationError(message % {"file": path, "error": error}) from error


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """The file; what is piped, as from outside of a container, is kept until it is read."""
    with path.open("rb") as file:
        if file.seekable():
            yield file
            return
        with tempfile.TemporaryFile() as kept:
            shutil.copyfileobj(file, kept)
            yield kept


def _check(manifest: dict[str, Any]) -> None:
    if manifest.get("form") != FORM:
        raise ValidationError(_("This JobOps cannot read a file of this form. Update JobOps."))
    theirs, ours = set(manifest["migrations"]), set(migrations())
    if theirs - ours:
        raise ValidationError(
            _("This file comes from a newer version of JobOps. Update this one first.")
        )
    if ours - theirs:
        raise ValidationError(
            _(
                "This file comes from an older version of JobOps. Load it with that version, "
                "then update."
            )
        )
    full = [
        model for model in exported_models().values() if model is not Group and _has_rows(model)
    ]
    if full:
        raise ValidationError(
            _("This database is not empty: it holds %(kinds)s. Use an empty one.")
            % {"kinds": ", ".join(str(model._meta.verbose_name_plural) for model in full[:3])}
        )


def _has_rows(model: type[Any]) -> bool:
    return bool(model._base_manager.order_by().exists())


def _make_all(book: zipfile.ZipFile, on_progress: Callable[[int], None]) -> dict[str, int]:
    # Those of the roles are there, under keys of this installation.
    Group.objects.all().delete()
    made: dict[str, int] = {}
    seen = 0
    for label, model in exported_models().items():
        made[label] = 0
        with book.open(f"{TABLES}{label}.jsonl") as entry:
            for number in make(model, entry):
                made[label] += number
                seen += number
                on_progress(seen)
    # By then the history is there, which knows of the deleted.
    for model in exported_models().values():
        _go_on_after(model)
    return made


def _go_on_after(model: type[Any]) -> None:
    """Have the next row get a key that none ever had, those of deleted rows among them."""
    key: Any = model._meta.pk
    if not isinstance(key, models.AutoField | models.BigAutoField):
        return
    highest = [model._base_manager.aggregate(last=models.Max("pk"))["last"]]
    if hasattr(model, "audit_records"):
        highest += [model.history.aggregate(last=models.Max("id"))["last"]]
    last = max(filter(None, highest), default=0)
    if last:
        _set_sequence(model._meta.db_table, key.column, last)


def _set_sequence(table: str, column: str, last: int) -> None:
    details: dict[str, str | int] = {"table": table, "column": column, "last": last}
    details["quoted"] = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        for statement in _NEXT[connection.vendor]:
            cursor.execute(statement, details)
