"""Doors translate, and save nothing themselves: every write goes by the one way in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DOORS = (
    "core/backoffice",
    "core/rest",
    "core/imports",
    "core/record/resources.py",
    "people/admin*",
    "people/api*",
    "people/resources.py",
    "people/tasks.py",
    "operations/admin",
    "operations/pages",
    "operations/api",
    "operations/bulk.py",
    "operations/demo.py",
    "operations/hand_over.py",
    "operations/resources",
    "operations/tasks.py",
)
SAVES = {
    *("save", "create", "delete", "get_or_create", "update_or_create", "bulk_create"),
    *("bulk_update", "bulk_create_with_history", "bulk_update_with_history", "save_requiring"),
    # core/inserts.py
    "insert",
}
IMPORTS = {
    "kept_lines": ["ImportKept.objects.bulk_create"],
    "loading": [
        "ImportFile.objects.create",
        "Matched.objects.update_or_create",
        "load.rows.all().delete",
        "load.save",
    ],
    "lost": [
        "ImportFile.objects.filter(load__in=keys.values('pk')).delete",
        "ImportRow.objects.filter(load__in=keys.values('pk')).delete",
    ],
    "spool": ["inserts.insert"],
    "working": [
        "load.references.all().delete",
        "self.load.rows.all().delete",
        "self.load.rows.exclude(kind=RowKind.REFUSED).delete",
    ],
}
# What is no row on record, and why.
ALLOWED = {
    # That a form has been saved is a mark of the house, not a row on record.
    ("core/backoffice/once.py", "SentForm.objects.create"),
    ("core/backoffice/once.py", "claim.save"),
    # Django's formset only takes the rows apart.
    ("core/backoffice/writing.py", "formset.save"),
    # The first person of the demo has nobody who could enter them.
    ("operations/demo.py", "admin.save"),
    # What an import keeps of itself is no row on record: its file, its rows, where it stands.
    *((f"core/imports/{file}.py", call) for file, calls in IMPORTS.items() for call in calls),
}


def files() -> list[Path]:
    found = [path for door in DOORS for path in ROOT.glob(door)]
    return sorted({f for path in found for f in ([path] if path.is_file() else path.rglob("*.py"))})


def saves(source: str) -> Iterator[str]:
    """The calls in a module that write rows by themselves."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of, name = ast.unparse(node.func.value), node.func.attr
            is_rows = "objects" in of or "_manager" in of or "filter(" in of
            asks_acts = of in {"acts", "accounts", "router"} or of.startswith("super()")
            if (name in SAVES and not asks_acts) or (name == "update" and is_rows):
                yield f"{of}.{name}"


def test_no_door_saves_a_row_by_itself() -> None:
    assert len(files()) > 40
    found = {
        (path.relative_to(ROOT).as_posix(), call)
        for path in files()
        for call in saves(path.read_text())
    }
    assert found == ALLOWED


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        ("job.save()", ["job.save"]),
        ("Job.objects.filter(pk=1).update(title='x')", ["Job.objects.filter(pk=1).update"]),
        ("Task.objects.create(job=job)", ["Task.objects.create"]),
        ("acts.save(row, by=me)\nquery.update(more)\nsuper().save()", []),
    ],
)
def test_a_door_that_saves_is_found(source: str, calls: list[str]) -> None:
    assert list(saves(source)) == calls
