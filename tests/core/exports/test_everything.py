"""Everything in one file, and a new installation made of it."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from core import tasks
from core.export_files import ExportFile
from core.exports import everything, rows_as_lines
from core.exports.rows_as_lines import exported_models
from core.ledger import Notice
from core.notice_preferences import NoticePreferences
from core.roles import Role
from operations import acts
from operations.models import Equipment, Job
from people.company import Company, Logo
from people.models import User
from people.tokens import TokenFamily
from reports.models import ClosedMonth
from tests import acting
from tests.apps import APPS
from tests.conftest import Sign
from tests.factories import make_equipment, make_job, make_site, make_task, make_user

# What makes no company: what leaves the house, how the house runs, and who is signed in.
LEFT = {
    "core.exportfile",
    "core.exportpiece",
    "core.heartbeat",
    # What was imported stands in the history; its undo belongs to the house where it was done.
    "core.import",
    "core.importfile",
    "core.importkept",
    "core.importreference",
    "core.importrow",
    "core.matched",
    "core.message",
    "core.notice",
    "core.sentform",
    "people.tokenfamily",
    # What is counted from the jobs, and counted anew.
    "reports.analytics",
    "reports.keptmonth",
    "reports.return",
    "reports.tally",
    "reports.touched",
}


def test_each_table_of_the_house_is_taken_along_or_left_for_a_reason() -> None:
    labels = {
        model._meta.label_lower
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in APPS
    }
    taken = set(exported_models())
    assert taken - labels == {"auth.group"}
    assert labels - taken == LEFT
    assert taken.isdisjoint(LEFT)


def file_of(person: User) -> io.BytesIO:
    """The file that a worker writes."""
    row = ExportFile.objects.create(person=person, format="zip")
    tasks.write_export(row.pk)
    row.refresh_from_db()
    assert row.state == "ready", row.message
    return io.BytesIO(b"".join(row.content()))


# Who, and what


@pytest.mark.django_db
def test_admins_alone_take_everything(
    admin: User, sales: User, tech: User, root: User, sign_in: Sign
) -> None:
    assert [everything.may(person) for person in (admin, root, sales, tech)] == [
        True,
        True,
        False,
        False,
    ]
    for person in (sales, tech):
        assert sign_in(person).post("/admin/exports/everything/").status_code == 403
    assert not ExportFile.objects.exists()
    answer = sign_in(admin).post("/admin/exports/everything/")
    row = ExportFile.objects.get()
    assert answer["Location"] == f"/admin/exports/{row.pk}/"
    assert (row.person, row.kind, row.format) == (admin, "", "zip")
    assert sign_in(admin).get("/admin/exports/everything/").status_code == 405


@pytest.mark.django_db
def test_who_is_no_admin_any_more_gets_nothing(admin: User, sales: User) -> None:
    row = ExportFile.objects.create(person=sales, format="zip")
    tasks.write_export(row.pk)
    row.refresh_from_db()
    assert (row.state, row.message, row.pieces.count()) == ("failed", "You may not do this.", 0)
    with pytest.raises(PermissionDenied):
        everything.require_all(sales)


@pytest.mark.django_db
def test_the_file_is_told_of_by_what_is_in_it_and_holds_no_secret(
    admin: User, sales: User, sign_in: Sign
) -> None:
    make_job(owner=sales, tasks=1)
    content = file_of(admin)
    with zipfile.ZipFile(content) as book:
        names = book.namelist()
        people = book.read("tables/people.user.jsonl").decode()
        whole = b"".join(book.read(name) for name in names).decode()
        manifest = json.loads(book.read("manifest.json"))
    assert names[:6] == [
        *("people.csv", "customers.csv", "sites.csv", "equipment.csv", "jobs.csv", "tasks.csv")
    ]
    assert manifest["tables"]["operations.task"] == 1
    assert "operations.0001_initial" in manifest["migrations"]
    assert "password" not in json.loads(people.splitlines()[0])
    for person in User.objects.all():
        assert person.sign_in_key not in whole
        assert person.password not in whole
    answer = sign_in(admin).get(f"/admin/exports/{ExportFile.objects.get().pk}/file/")
    assert answer["Content-Type"] == "application/zip"
    assert b"".join(answer.streaming_content) == content.getvalue()


# A new installation


@pytest.fixture
def company(admin: User, sales: User, tech: User) -> User:
    """A company with something of everything."""
    Company(pk=1, name="Mill & Co").save()
    ClosedMonth.objects.create(
        month=date(2026, 9, 1), at=timezone.now(), figures={"created": 3}, jobs={"created": [7]}
    )
    Logo.objects.create(mark="m", content_type="image/png", picture=b"\x00\xff")
    NoticePreferences.objects.choose(sales.pk, {"overdue": "off"}, quiet_from=None)
    dispatch = Group.objects.create(name="Dispatch")
    dispatch.permissions.add(Permission.objects.get(codename="view_site"))
    lead = make_user(Role.SALES_AGENT, username="lead", email="lead@example.com")
    lead.set_groups([*lead.groups.all(), dispatch])
    lead.user_permissions.add(Permission.objects.get(codename="view_customer"))
    job = make_job(owner=sales, assigned_to=tech, site=make_site(), description="Ünï\n=1")
    make_task(job=job, equipment=[make_equipment(), make_equipment()])
    acts.share(job, lead, "view", by=admin)
    acts.edit(job, by=admin, title="Another", scheduled_date=None)
    acts.progress(job.tasks.get(), by=tech, status="completed", note="Done.")
    acting.complete(job, by=tech)
    gone = make_job(owner=sales)
    acts.remove((Job, gone.pk), by=admin)
    return admin


def answers(client: Any) -> dict[str, Any]:
    """What the API answers to everything that it can be asked of all rows."""
    found: dict[str, Any] = {}
    for path in ("jobs", "tasks", "equipment", "customers", "users"):
        found[path] = client.get(f"/api/{path}").json()["results"]
    for job in found["jobs"]:
        for part in ("", "/history", "/shares"):
            found[f"{job['id']}{part}"] = client.get(f"/api/jobs/{job['id']}{part}").json()
    found["me"] = client.get("/api/me").json()
    return found


def empty_the_database() -> None:
    """Have nothing be there but what every new database has."""
    models = [*exported_models().values(), ExportFile, Notice, TokenFamily]
    tables = [model._meta.db_table for model in models if model is not Group]
    through = [Group.permissions.through._meta.db_table, Group._meta.db_table]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_exportpiece")
        for table in [*through, *tables]:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608 (ours)


@pytest.fixture
def file(company: User, tmp_path: Path) -> Path:
    path = tmp_path / "everything.zip"
    path.write_bytes(file_of(company).getvalue())
    return path


def rows() -> dict[str, Any]:
    """Every row that is taken along, as it is written down."""
    left = {"core.exportchoice"}
    return {
        label: b"".join(text for _number, text in rows_as_lines.lines(model)).decode()
        for label, model in exported_models().items()
        if label not in left
    }


@pytest.fixture(params=["as PostgreSQL reads rows", "as others do"])
def reading(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either way in which the rows of a file become rows."""
    if request.param == "as others do":
        monkeypatch.setattr(rows_as_lines, "_is_copied", lambda *_: False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("reading")
def test_a_new_installation_is_as_the_old_one_was(
    file: Path, company: User, sign_in: Sign, capsys: pytest.CaptureFixture[str]
) -> None:
    before, found = rows(), answers(sign_in(company))
    last = Job.history.order_by("-id").first().id
    empty_the_database()
    call_command("take_in", str(file))
    assert "rows were loaded" in capsys.readouterr().out
    assert rows() == before
    admin = User.objects.get(username="adam")
    assert answers(sign_in(admin)) == found
    assert Group.objects.get(name="Dispatch").permissions.get().codename == "view_site"
    # The number of a job that was deleted is given to no other.
    again = make_job(owner=admin)
    assert again.number == f"J-{last + 1:06d}"


def piped(path: Path) -> Path:
    """The same, as it comes from outside of a container."""
    pipe = path.with_name("pipe")
    os.mkfifo(pipe)
    threading.Thread(target=lambda: pipe.write_bytes(path.read_bytes()), daemon=True).start()
    return pipe


@pytest.mark.django_db(transaction=True)
def test_people_of_a_new_installation_have_no_password_until_they_set_one(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = set(User.objects.values_list("sign_in_key", flat=True))
    empty_the_database()
    call_command("take_in", str(piped(file)))
    people = list(User.objects.all())
    assert [person.has_usable_password() for person in people] == [False] * 4
    assert keys.isdisjoint(person.sign_in_key for person in people)
    assert "manage.py changepassword USERNAME" in capsys.readouterr().out


def changed(path: Path, **values: Any) -> Path:
    """The same file with another manifest."""
    other = path.with_name("other.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "manifest.json":
                content = json.dumps({**json.loads(content), **values}).encode()
            new.writestr(name, content)
    return other


def refused(path: Path) -> str:
    with pytest.raises(CommandError) as error:
        call_command("take_in", str(path))
    assert error.value.returncode == 2
    return str(error.value)


@pytest.mark.django_db
def test_nothing_is_taken_in_of_another_file_or_into_a_full_database(
    file: Path, tmp_path: Path
) -> None:
    known = everything.migrations()
    before = rows()
    assert "This database is not empty: it holds " in refused(file)
    assert "file of this form" in refused(changed(file, form=2))
    assert "newer version of JobOps" in refused(
        changed(file, migrations=[*known, "operations.0999_more"])
    )
    assert "older version of JobOps" in refused(changed(file, migrations=known[:-1]))
    text = tmp_path / "x.zip"
    text.write_text("no zip")
    assert "was not made by “Take everything”" in refused(text)
    assert "was not made by “Take everything”" in refused(tmp_path / "none")
    with zipfile.ZipFile(text, "w") as book:
        book.writestr("a.txt", "a")
    assert "was not made by “Take everything”" in refused(text)
    assert rows() == before


@pytest.mark.django_db(transaction=True)
def test_a_row_that_no_table_can_have_leaves_the_database_empty(file: Path) -> None:
    wrong = file.with_name("wrong.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(wrong, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "tables/operations.equipment.jsonl":
                content = content.replace(b'"is_active": true', b'"is_active": "perhaps"')
            new.writestr(name, content)
    empty_the_database()
    assert "perhaps" in refused(wrong)
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_terminal_shows_how_far_it_is(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(file) as book:
        total = sum(json.loads(book.read("manifest.json"))["tables"].values())
    empty_the_database()
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", terminal)
    call_command("take_in", str(file))
    assert terminal.getvalue().endswith(f"\r[{'#' * 40}] {total:,} of {total:,} rows\n")


@pytest.mark.django_db(transaction=True)
def test_a_file_that_breaks_off_leaves_the_database_empty(file: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.zip"
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(cut, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            is_last = name == "tables/operations.historicaltask.jsonl"
            new.writestr(name, content[:-20] if is_last else content)
    empty_the_database()
    assert "was not made by" in refused(cut)
    assert not Equipment.objects.exists()
    assert not User.objects.exists()
