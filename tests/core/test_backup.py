"""Backup and restore of a SQLite database. PostgreSQL's are tried in tests/browser/test_box.py."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database as this one, in a file: one migration, and a table with a row."""
    file = tmp_path / "jobops.sqlite3"
    default = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}
    monkeypatch.setitem(settings.DATABASES, "default", default)
    write(file, "PRAGMA journal_mode=WAL", "CREATE TABLE django_migrations (id)")
    write(file, "CREATE TABLE job (title)", "INSERT INTO job VALUES ('Before')")
    return file


def write(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        for statement in statements:
            database.execute(statement)


def titles(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as database:
        return [title for (title,) in database.execute("SELECT title FROM job ORDER BY title")]


def run(*command: str, **options: object) -> str:
    output = io.StringIO()
    call_command(*command, stdout=output, **options)
    return output.getvalue()


def refused(*command: str) -> str:
    with pytest.raises(CommandError) as error:
        run(*command)
    return str(error.value)


def test_a_backup_is_whole_while_somebody_is_writing(file: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.sqlite3"
    with closing(sqlite3.connect(file)) as busy:
        busy.execute("BEGIN IMMEDIATE")
        busy.execute("INSERT INTO job VALUES ('Not yet')")
        assert run("backup", str(backup)) == f"{backup} holds the database as it is now.\n"
        busy.rollback()
    assert titles(backup) == ["Before"]
    assert backup.stat().st_mode & 0o777 == 0o600


def test_a_restored_database_is_as_it_was(file: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.sqlite3"
    run("backup", str(backup))
    write(file, "DELETE FROM job", "INSERT INTO job VALUES ('After')", "CREATE TABLE later (x)")
    text = run("restore", str(backup), yes=True)
    assert text == f"The database has been restored from {backup}. Next: manage.py deploy\n"
    assert titles(file) == ["Before"]
    with closing(sqlite3.connect(file)) as database, pytest.raises(sqlite3.OperationalError):
        database.execute("SELECT * FROM later")


def test_a_database_that_is_lost_is_restored(file: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.sqlite3"
    run("backup", str(backup))
    file.unlink()
    run("restore", str(backup), yes=True)
    assert titles(file) == ["Before"]


@pytest.mark.parametrize(("typed", "left"), [("yes", ["Before"]), ("no", ["After", "Before"])])
def test_it_asks_before_it_replaces_anything(
    typed: str, left: list[str], file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = tmp_path / "backup.sqlite3"
    run("backup", str(backup))
    write(file, "INSERT INTO job VALUES ('After')")
    asked: list[str] = []
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or typed)
    if typed == "yes":
        run("restore", str(backup))
    else:
        assert refused("restore", str(backup)) == "Nothing was changed."
    assert asked == [f"Everything that {file} holds now will be replaced. Type yes to continue: "]
    assert titles(file) == left


def test_a_backup_never_replaces_a_file(file: Path) -> None:
    assert refused("backup", str(file)) == f"{file} already exists. Name a new file."


def test_a_folder_that_is_not_there_is_named(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "nowhere"
    assert refused("backup", str(folder / "x")) == f"There is no folder {folder}. Create it first."


def test_what_is_no_backup_replaces_nothing(file: Path, tmp_path: Path) -> None:
    other, text, cut = (tmp_path / name for name in ("other", "text", "cut"))
    write(other, "CREATE TABLE x (y)")
    text.write_text("no database, but long enough to be taken for one" * 100)
    write(cut, "CREATE TABLE django_migrations (id)", "CREATE TABLE job (title)")
    write(cut, "CREATE INDEX by_title ON job (title)", "INSERT INTO job VALUES ('x')")
    pages = bytearray(cut.read_bytes())
    pages[-4096 + 8 :] = bytes(4088)  # What the last page, the index, holds is gone.
    cut.write_bytes(pages)
    assert refused("restore", str(tmp_path / "none")) == f"There is no file {tmp_path / 'none'}."
    found = [refused("restore", str(path)).split(":")[0] for path in (other, text, cut)]
    assert found == [
        f"{other} is not a backup of JobOps",
        f"{text} is not a backup of JobOps",
        f"{cut} is damaged",
    ]
    assert titles(file) == ["Before"]


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_another_kind_of_database_has_its_own_way(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    default = {"ENGINE": "django.db.backends.postgresql"}
    monkeypatch.setitem(settings.DATABASES, "default", default)
    sentence = "This is for SQLite. README says how to back up PostgreSQL."
    assert refused(command, "file") == sentence
