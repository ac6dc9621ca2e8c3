"""The house (design sections 10 and 11): names of files, and one first migration an app."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = sorted(
    Path(config.path).relative_to(ROOT).as_posix()
    for config in apps.get_app_configs()
    if Path(config.path).parent == ROOT
)
NAMELESS = {"utils", "helpers", "services", "signals", "common", "misc"}


def test_no_file_is_named_by_nothing() -> None:
    files = [path for app in [*APPS, "tests"] for path in (ROOT / app).rglob("*.py")]
    assert len(files) > 40
    assert [path for path in files if NAMELESS & {path.stem, path.parent.name}] == []


@pytest.mark.parametrize("app", APPS)
def test_migrations_are_one_initial_one_and_then_each_named_by_what_it_does(app: str) -> None:
    names = sorted(path.stem for path in (ROOT / app / "migrations").glob("[0-9]*.py"))
    assert names[:1] in ([], ["0001_initial"])
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    assert [n for n in names[1:] if not re.fullmatch(r"\d{4}_(?!auto_)[a-z]\w+", n)] == []
