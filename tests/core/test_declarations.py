"""Apps declare, core collects: what an app brings is in its own files alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from core import declarations, roles
from core.declarations import (
    BelongsTo,
    FileKind,
    Grants,
    Owned,
    Page,
    View,
    collect,
    collected,
)
from core.granted import extra_permissions
from core.owned import link_to_owned
from core.roles import Role, Scope
from people.declarations import PersonHooks
from tests.apps import APPS

# An app whose rows belong to a job, with a page, a part of the API and work by the clock.
NOTES = {
    "__init__.py": "",
    "migrations/__init__.py": "",
    "models.py": """
        from django.db import models

        from core.granted import extra_permissions
        from core.record.records import AuditRecords, Recorded
        from core.text.typed import LineField


        class Note(Recorded):
            name = LineField(max_length=50)
            job = models.ForeignKey("operations.Job", on_delete=models.CASCADE)
            history = AuditRecords()

            class Meta:
                permissions = extra_permissions("notes.note")
        """,
    "admin.py": """
        from django.contrib import admin

        from core.backoffice.admin import RecordedAdmin
        from notes.models import Note


        @admin.register(Note)
        class NoteAdmin(RecordedAdmin):
            fields = ("name",)
            list_display = ("name",)
            search_fields = ("name",)

            def found_text(self, obj):
                return obj.name, str(obj.job)
        """,
    "api.py": """
        from ninja import Router

        from core.access import visible_to
        from notes.models import Note

        router = Router()


        @router.get("/notes", response=list[str])
        def notes(request):
            return [note.name for note in visible_to(request.user, Note.objects.all())]
        """,
    "tasks.py": """
        def prune():
            pass
        """,
    "declared.py": """
        from datetime import time

        from core.declarations import Grants, Page, BelongsTo, Routes, Scheduled, Section
        from core.roles import RIGHTS

        DECLARED = (
            Grants("notes.note", RIGHTS["operations.task"]),
            BelongsTo("notes.note", to="operations.job", by="job", word="remark"),
            Page(
                Section.WORK, "Notes", "note", "admin:notes_note_changelist", "notes.note",
                place=25, is_found=True,
            ),
            Routes("notes.api.router"),
            Scheduled("prune notes", "notes.tasks.prune", at=time(4)),
        )
        """,
}
SETTINGS = """
    from tests.settings import *

    INSTALLED_APPS = [*INSTALLED_APPS, "notes"]
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    """
# What comes of it, asked in a process that begins with the app.
ASKED = """
    import json

    import django

    django.setup()

    from django.core.management import call_command
    from django.test import Client
    from django.test.utils import setup_test_environment

    setup_test_environment()

    call_command("makemigrations", "notes", verbosity=0)
    call_command("migrate", verbosity=0)

    from django.core.exceptions import PermissionDenied
    from django_q.models import Schedule

    from core import schedules
    from core.access import can
    from core.record import acts
    from core.roles import Role
    from notes.models import Note
    from tests.factories import make_job, make_user

    sales = make_user(Role.SALES_AGENT, username="sara")
    tech = make_user(Role.TECHNICIAN, username="tina")
    other = make_user(Role.TECHNICIAN, username="theo")
    job = make_job(owner=sales, assigned_to=tech)
    note = Note(name="Gate code 4711", job=job)
    note.save()
    stranger = make_user(Role.SALES_AGENT, username="otto")


    def adds(user):
        try:
            acts.add(Note(name="Side door", job_id=job.pk), by=user)
        except PermissionDenied:
            return False
        return True


    def browser(user):
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client


    schedules.sync()
    home = browser(tech).get("/admin/").context
    work, *_others = home["sidebar_navigation"]
    told = browser(sales).get(f"/api/jobs/{job.pk}/history").json()["results"]
    schema = browser(sales).get("/api/openapi.json").json()["components"]["schemas"]
    log = browser(sales).get(f"/admin/audit-log/?kind=job&object={job.pk}").context
    print(json.dumps({
        "sidebar": [str(item["title"]) for item in work["items"]],
        "rows": [
            browser(user).get("/admin/notes/note/").context["cl"].result_count
            for user in (sales, tech, other)
        ],
        "api": [browser(user).get("/api/notes").json() for user in (sales, tech, other)],
        "changes": [can(user, "change", note) for user in (sales, tech, other)],
        "adds": [adds(user) for user in (stranger, tech, sales)],
        "group": sorted(
            each.split(".")[1] for each in tech.get_all_permissions() if "note" in each
        ),
        "palette": "Gate code 4711" in browser(tech).get("/admin/search/?s=4711").text,
        "on record with the job": sorted(
            {line["entry"].kind for each in log["acts"] for line in each["lines"]}
        ),
        "history": sorted({each["object"]["type"] for each in told}),
        "types": schema["ChangedObject"]["properties"]["type"]["enum"],
        "schedules": list(Schedule.objects.order_by("pk").values_list("name", flat=True)),
    }))
    """


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(unindented(text))


def unindented(text: str) -> str:
    lines = text.strip("\n").split("\n")
    begin = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[begin:] for line in lines) + "\n"


def test_an_app_is_installed_by_its_own_files_and_its_name_in_the_settings(tmp_path: Path) -> None:
    write(tmp_path / "notes", NOTES)
    write(tmp_path, {"with_notes.py": SETTINGS, "ask.py": ASKED})
    path = os.pathsep.join([str(tmp_path), str(settings.BASE_DIR)])
    environment = {**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "with_notes"}
    command = [sys.executable, str(tmp_path / "ask.py")]
    asked = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout.splitlines()[-1]) == {
        "sidebar": ["Home", "My day", "Jobs", "Notes", "Customers", "Sites", "Equipment"],
        "rows": [1, 1, 0],
        "api": [["Gate code 4711"], ["Gate code 4711"], []],
        "changes": [True, False, False],
        "adds": [False, False, True],
        "group": ["audit_note", "progress_note", "view_note"],
        "palette": True,
        "on record with the job": ["job", "note"],
        "history": ["job", "remark"],
        "types": ["job", "task", "share", "remark"],
        "schedules": [
            "send mail",
            "tidy exports",
            "look after imports",
            "flag overdue jobs",
            "keep months",
            "keep first-time fix",
            "close month",
            "prune results",
            "prune sign-ins of programs",
            "prune notes",
            "send monthly reports",
            "send reminders",
            "send digests",
        ],
    }


# What is declared is there


def strings(value: Any) -> Iterator[str]:
    """The dotted paths of a declaration: those of functions and routers."""
    for field in fields(value):
        text = getattr(value, field.name)
        if isinstance(text, str) and text.count(".") >= 2:
            yield text


EVERYTHING = [each for _app, each in declarations._declared()]


@pytest.mark.parametrize("each", EVERYTHING, ids=lambda each: type(each).__name__)
def test_what_a_declaration_names_is_there(each: Any) -> None:
    for path in strings(each):
        assert import_string(path) is not None
    for name in ("model", "to", "by") if not isinstance(each, BelongsTo) else ("model", "to"):
        if label := getattr(each, name, ""):
            assert apps.get_model(label)._meta.label_lower == label


def test_each_path_of_a_declaration_is_looked_up() -> None:
    (people,) = collected(PersonHooks)
    assert list(strings(people)) == ["operations.staff.renamed", "operations.staff.left_open"]


@pytest.mark.parametrize(
    ("model", "key"),
    [
        ("operations.job", "id"),
        ("operations.task", "job_id"),
        ("operations.jobshare", "content_object_id"),
    ],
)
def test_the_key_of_a_record_leads_to_its_job(model: str, key: str) -> None:
    link = link_to_owned(model)
    assert link is not None
    assert (link.owned.model, link.key) == ("operations.job", key)


def test_a_customer_belongs_to_nothing() -> None:
    assert link_to_owned("operations.customer") is None


# Rights


def declare(monkeypatch: pytest.MonkeyPatch, app: str, grants: Grants) -> None:
    monkeypatch.setattr(roles, "RIGHTS", dict(roles.RIGHTS))
    monkeypatch.setattr(declarations, "_declared", lambda: ((app, grants),))
    collect()


VIEW = {"view": {Role.TECHNICIAN: Scope.ALL}}


def test_rights_on_a_model_of_the_apps_own_join_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, "notes", Grants("notes.note", VIEW))
    assert roles.RIGHTS["notes.note"] == VIEW


@pytest.mark.parametrize("is_in_the_table", [True, False])
def test_django_makes_permissions_of_what_an_app_grants_also_before_that_joins_the_table(
    is_in_the_table: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_in_the_table:
        monkeypatch.delitem(roles.RIGHTS, "people.company")
    assert extra_permissions("people.company") == (("audit_company", "Can audit company"),)


@pytest.mark.parametrize("app", ["notes", "people"])
def test_nobody_widens_rights_on_what_is_anothers_or_in_the_table(
    app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ImproperlyConfigured, match="on models of its own, once"):
        declare(monkeypatch, app, Grants("people.user", VIEW))


def test_an_app_of_a_package_declares_nothing() -> None:
    assert {app for app, _each in declarations._declared()} == {*APPS}


def test_the_palette_looks_through_what_is_declared_as_found() -> None:
    found = [page.model for page in collected(Page) if page.is_found]
    assert found == [
        "people.user",
        "operations.job",
        "operations.customer",
        "operations.site",
        "operations.equipment",
    ]


def test_jobs_alone_have_people_of_their_own() -> None:
    assert [owned.model for owned in collected(Owned)] == ["operations.job"]


def test_a_page_below_a_model_is_named_after_it() -> None:
    share = View("<int:pk>/share/", "app.share", "share", "operations.job")
    assert share.address == "operations/job/<int:pk>/share/"
    assert share.url_name == "operations_job_share"


def test_a_page_of_no_model_has_an_address_of_its_own() -> None:
    profile = View("profile/", "app.profile", "profile")
    assert (profile.address, profile.url_name) == ("profile/", "profile")


def test_six_kinds_of_rows_are_exchanged_with_files_people_first() -> None:
    kinds = [(each.kind, each.model) for each in collected(FileKind)]
    assert kinds == [
        ("people", "people.user"),
        ("customers", "operations.customer"),
        ("sites", "operations.site"),
        ("equipment", "operations.equipment"),
        ("jobs", "operations.job"),
        ("tasks", "operations.task"),
    ]


@pytest.mark.parametrize("each", collected(FileKind), ids=lambda each: each.kind)
def test_the_resource_of_a_kind_is_of_its_model(each: FileKind) -> None:
    assert import_string(each.resource)._meta.model is apps.get_model(each.model)
