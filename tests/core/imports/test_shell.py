"""`manage.py import` and `manage.py undo_import`, for programs and for people at a shell."""

from __future__ import annotations

import io
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from core.imported import Import, ImportKept, ImportState
from core.imports import loading, shell
from core.long_work import progress
from core.record import audit, bulk_writes, undoing
from core.record.undoing import MAIL
from core.refusals import Refused
from operations import acts
from operations.models import Customer
from people.models import User
from tests.factories import make_customer, make_job

pytestmark = pytest.mark.django_db

LINES = ("Name,Phone,E-mail", "Ada,1,a@example.com", "Bob,,no-mail")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    path.write_text("".join(f"{line}\n" for line in LINES))
    return path


def call(*args: Any) -> tuple[int, dict[str, Any]]:
    """The exit code, and the one object that is printed."""
    out, code = io.StringIO(), 0
    try:
        call_command(*map(str, args), "--json", stdout=out)
    except SystemExit as ended:
        code = int(ended.code or 0)
    (line,) = out.getvalue().splitlines()
    return code, json.loads(line)


def outcome(*args: Any) -> tuple[int, str, str]:
    """The exit code, and what people read."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command(*map(str, args), stdout=out, stderr=err)
    except CommandError as error:
        code = error.returncode
        err.write(f"{error}\n")
    return code, out.getvalue(), err.getvalue()


def test_a_trial_says_what_would_be_and_keeps_nothing(file: Path) -> None:
    ada = make_customer(name="Ada", phone="0")
    history = Customer.history.count()
    code, found = call("import", "customers", file, "--dry-run")
    assert (code, found) == (
        1,
        {
            "import": None,
            "encoding": "utf-8",
            "delimiter": ",",
            "sheet": "",
            "rows": 2,
            "new": 0,
            "changed": 1,
            "unchanged": 0,
            "refused": 1,
            "cells": [
                {"row": 2, "column": "Phone", "old": "0", "new": "1"},
                {"row": 2, "column": "E-mail", "old": "", "new": "a@example.com"},
            ],
            "errors": [{"row": 3, "column": "E-mail", "message": "Enter a valid e-mail address."}],
            "message": "1 row is refused, so nothing was written.",
        },
    )
    ada.refresh_from_db()
    assert (ada.phone, Customer.history.count(), Import.objects.count()) == ("0", history, 0)
    code, found = call("import", "customers", file, "--dry-run", "--map", "e-mail=")
    assert (code, found["message"]) == (
        0,
        "No rows are refused. This was a dry run: nothing was written.",
    )


def test_a_file_is_taken_in_by_nobody_and_undone(file: Path) -> None:
    code, found = call("import", "customers", file, "--map", "Phone=notes", "--map", "E-mail=")
    load = Import.objects.get()
    assert (code, found["import"], found["new"], found["message"]) == (
        0,
        load.pk,
        2,
        "Everything was imported.",
    )
    assert {cell["column"]: (cell["old"], cell["new"]) for cell in found["cells"][:2]} == {
        "Name": ("", "Ada"),
        "Phone": ("", "1"),
    }
    record = Customer.history.get(name="Ada")
    assert (record.notes, record.door, record.history_user, record.person_name) == (
        "1",
        "import",
        None,
        "",
    )
    assert (load.state, load.person, load.new) == (ImportState.APPLIED, None, 2)
    code, found = call("undo_import", load.pk)
    assert (code, found) == (
        0,
        {
            "import": load.pk,
            "removed": 2,
            "put_back": 0,
            "kept": [],
            "mail": [],
            "message": "The import was undone.",
        },
    )
    assert Customer.objects.count() == 0
    assert Customer.history.get(name="Ada", history_type="-").history_user is None
    code, found = call("undo_import", load.pk)
    assert (code, found["message"]) == (
        2,
        "This import has already been undone, or somebody is working on it.",
    )


def test_what_is_refused_keeps_all_out_or_is_left_out(file: Path) -> None:
    code, found = call("import", "customers", file)
    load = Import.objects.get()
    assert (code, found["import"], found["refused"], Customer.objects.count()) == (1, load.pk, 1, 0)
    # An Admin looks at it in the back office, and goes on from there.
    assert (load.state, load.rows.count()) == (ImportState.PREVIEWED, 2)
    code, found = call("import", "customers", file, "--skip-refused")
    assert (code, found["message"]) == (
        0,
        "Everything was imported except 1 refused row.",
    )
    assert list(Customer.objects.values_list("name", flat=True)) == ["Ada"]


def test_it_is_done_in_somebodys_name_and_with_their_rights(
    file: Path, admin: User, sales: User
) -> None:
    code, _found = call("import", "customers", file, "--as", "ADAM", "--skip-refused")
    assert (code, Customer.history.get().history_user) == (0, admin)
    assert Import.objects.get().person == admin
    code, found = call("import", "customers", file, "--as", "sara")
    assert (code, found["import"], found["message"]) == (2, None, "You may not do this.")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ["things", "{file}"],
            "There is no kind “things”. The kinds are: people, customers, sites, "
            "equipment, jobs, tasks.",
        ),
        (["customers", "{file}", "--as", "nobody"], "There is no active person “nobody”."),
        (
            ["customers", "{file}", "--map", "Fax=phone"],
            "The file has no column “Fax”. Its columns are: Name, Phone, E-mail.",
        ),
        (["customers", "{file}.not"], "{file}.not: No such file or directory"),
    ],
)
def test_what_cannot_be_used_is_told(args: list[str], message: str, file: Path) -> None:
    code, found = call("import", *(each.format(file=file) for each in args))
    assert (code, found["import"], found["rows"], found["message"]) == (
        2,
        None,
        0,
        message.format(file=file),
    )


def test_a_field_that_there_is_not_is_told(file: Path) -> None:
    code, found = call("import", "customers", file, "--map", "Phone=fax")
    assert (code, found["message"].partition(".")[0]) == (2, "There is no field “fax”")
    assert Import.objects.count() == 0
    with pytest.raises(CommandError, match="is not HEADER=FIELD"):
        call_command("import", "customers", str(file), "--map", "Phone")


def test_a_column_is_one_field(file: Path) -> None:
    twice = ["--map", "Phone=notes", "--map"]
    with pytest.raises(CommandError, match="“Phone” cannot be both notes and phone"):
        call_command("import", "customers", str(file), *twice, "Phone=phone")
    code, found = call(
        "import", "customers", file, *twice, "Phone=notes", "--map", "E-mail=", "--dry-run"
    )
    assert (code, found["new"]) == (0, 2)


def test_a_fault_of_its_own_is_the_files(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress.Watch, "is_stopped", lambda _self: True)
    code, found = call("import", "customers", file)
    assert (code, found["message"]) == (2, "It was stopped. Nothing was imported.")


def test_people_read_counts_and_what_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert outcome("import", "customers", file) == (
        1,
        "rows: 2, new: 1, changed: 0, unchanged: 0, refused: 1\n",
        "row 3, E-mail: Enter a valid e-mail address.\n1 row is refused, so nothing was written.\n",
    )
    code, out, _err = outcome("import", "customers", file, "--skip-refused")
    load = Import.objects.first()
    assert load is not None
    assert (code, out.splitlines()[1:]) == (
        0,
        ["Everything was imported except 1 refused row.", f"import: {load.pk}"],
    )
    lines = ["Name", *["Zoë"] * 23]
    file.write_text("\n".join(lines))
    _code, _out, err = outcome("import", "customers", file, "--dry-run")
    assert (
        err.splitlines()[0]
        == "row 3: Row 2 is already for this. Delete this row, or correct its “Name”."
    )
    assert err.splitlines()[20] == "… and 2 more"
    assert outcome("import", "customers", file, "--as", "x")[1] == ""


def test_a_terminal_shows_how_far_it_is(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", terminal)
    call("import", "customers", file, "--dry-run")
    call("import", "customers", file)
    line = f"\r[{'#' * 40}] 2 of 2 rows\n"
    assert terminal.getvalue().count(line) == 2


def test_what_is_kept_is_told_with_who_and_when(file: Path, sales: User) -> None:
    _code, found = call("import", "customers", file, "--skip-refused")
    ada = Customer.objects.get()
    with audit.act(by=sales):
        acts.edit((Customer, ada.pk), by=sales, phone="9")
    load = Import.objects.get()
    code, found = call("undo_import", load.pk)
    at = ada.history.first().history_date
    assert (code, found["kept"], found["message"]) == (
        1,
        [
            {
                "object": "Ada",
                "field": "",
                "message": "It has been changed since.",
                "who": "Sara Sales",
                "at": at.isoformat(),
            }
        ],
        "The import was undone, except for what is listed as kept.",
    )


def test_people_read_what_is_kept(file: Path, sales: User) -> None:
    make_customer(name="Ada", phone="0")
    call("import", "customers", file, "--skip-refused")
    load = Import.objects.get()
    with audit.act(by=sales):
        acts.edit((Customer, Customer.objects.get().pk), by=sales, phone="9")
    code, out, err = outcome("undo_import", load.pk)
    at = Customer.history.all()[1].history_date.isoformat()
    assert (code, out, err) == (
        1,
        "",
        f"Ada, phone: It has been changed since. (Sara Sales {at})\n"
        "The import was undone, except for what is listed as kept.\n",
    )
    file.write_text("Name\nCleo\n")
    call("import", "customers", file)
    number = Import.objects.get(new=1).pk
    assert outcome("undo_import", number) == (
        0,
        "removed: 1, put back: 0\nThe import was undone.\n",
        "",
    )


def test_mail_that_went_out_is_told_apart() -> None:
    load = Import.objects.create(kind="jobs", file_name="x", digest="x", state=ImportState.UNDONE)
    ImportKept.objects.create(load=load, what=MAIL, object_id=1, label="A job", why="It went out.")
    report = shell.UndoReport(load.pk)
    shell._tell(report, load)
    assert (report.kept, report.code, [each["object"] for each in report.mail]) == (
        [],
        0,
        ["A job"],
    )
    assert str(load.kept_lines.get()) == "A job: It went out."


def test_there_is_nothing_to_undo(file: Path) -> None:
    assert call("undo_import", 9)[1]["message"] == "There is no import 9."
    call("import", "customers", file, "--skip-refused")
    Import.objects.update(applied_at=timezone.now() - timedelta(days=31))
    code, found = call("undo_import", Import.objects.get().pk)
    assert (code, found["message"]) == (
        2,
        "An import can be undone for 30 days, and this one is older.",
    )


def test_an_undo_that_is_stopped_says_so(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("import", "customers", file, "--skip-refused")
    monkeypatch.setattr(progress.Watch, "is_stopped", lambda _self: True)
    code, found = call("undo_import", Import.objects.get().pk)
    assert (code, found["message"]) == (2, "It was stopped. Nothing was undone.")


def test_a_trial_of_which_nothing_is_refused_names_no_import(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("name\nAda\n")
    assert outcome("import", "customers", path, "--dry-run") == (
        0,
        "rows: 1, new: 1, changed: 0, unchanged: 0, refused: 0\nNo rows are refused. "
        "This was a dry run: nothing was written.\n",
        "",
    )


def test_a_text_of_two_encodings_is_not_read_unless_one_is_chosen(file: Path) -> None:
    file.write_bytes("name\nBäckerei Süß\n".encode() + b"Wei\xdf GmbH\n")
    wrong = "The file is not in UTF-8: byte 25 does not fit. Save it as CSV in UTF-8."
    code, found = call("import", "customers", file)
    assert (code, found["message"], Import.objects.count()) == (2, wrong, 0)
    assert call("import", "customers", file, "--encoding", "cp1252")[0] == 0


# What is left out


def test_columns_of_which_nothing_becomes_are_named(file: Path, admin: User) -> None:
    file.write_text("name,Fax,password\nAda,1,2\n")
    left = "Left out: Fax, password."
    trial = "No rows are refused. This was a dry run: nothing was written."
    assert call("import", "customers", file, "--dry-run")[1]["message"] == f"{trial} {left}"
    # Not those of which somebody said so.
    said_so = call("import", "customers", file, "--dry-run", "--map", "fax=")
    assert said_so[1]["message"] == f"{trial} Left out: password."
    assert call("import", "customers", file)[1]["message"] == f"Everything was imported. {left}"
    job = make_job(owner=admin)
    file.write_text(f"job,title,status,note\n{job.number},Look,done,\n")
    assert (
        call("import", "tasks", file)[1]["message"]
        == "Everything was imported. Left out: status, note."
    )


# What nobody foresaw


@pytest.mark.parametrize("trial", [["--dry-run"], []])
def test_a_fault_is_a_sentence_and_goes_to_the_log(
    trial: list[str], file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bulk_writes, "prepare", lambda *_args, **_how: 1 / 0)
    code, found = call("import", "customers", file, *trial)
    wrong = "Something went wrong, and nothing was written. See the log."
    assert (code, found["message"], Customer.objects.count()) == (2, wrong, 0)
    assert [each.exc_info[0] for each in caplog.records if each.exc_info] == [ZeroDivisionError]
    assert [each.state for each in Import.objects.all()] == [ImportState.FAILED] * (not trial)


@pytest.mark.parametrize("trial", [["--dry-run"], []])
def test_whoever_presses_ctrl_c_has_stopped_it(
    trial: list[str], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*_args: Any, **_how: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bulk_writes, "prepare", pressed)
    code, found = call("import", "customers", file, *trial)
    assert (code, found["message"]) == (2, "It was stopped. Nothing was written.")
    assert [each.state for each in Import.objects.all()] == [ImportState.STOPPED] * (not trial)


def test_a_fault_of_an_undo_is_a_sentence_as_well(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("import", "customers", file, "--skip-refused")
    monkeypatch.setattr(undoing, "undo", lambda *_args, **_how: 1 / 0)
    load = Import.objects.get()
    code, found = call("undo_import", load.pk)
    wrong = "Something went wrong, and nothing was written. See the log."
    load.refresh_from_db()
    assert (code, found["message"], load.state) == (2, wrong, ImportState.APPLIED)


def test_a_file_of_which_all_is_refused_is_not_taken_in(file: Path, admin: User) -> None:
    make_customer(name="Ada", phone="1")
    file.write_text("Name,E-mail\nBob,no-mail\nAda,\n")
    code, found = call("import", "customers", file, "--skip-refused")
    assert (code, found["message"]) == (1, "1 row is refused, so nothing was written.")
    load = Import.objects.get()
    assert load.state == ImportState.PREVIEWED
    with pytest.raises(Refused, match="Nothing can be imported: see the refused rows"):
        loading.apply(load, by=admin, skip_refused=True)
