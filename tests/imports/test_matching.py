"""Which column is which field, and what words mean: guessed, never two for one."""

from __future__ import annotations

import pytest

from core.imports import matching
from core.imports.kinds import kinds
from core.imports.options import ImportOptions
from core.roles import Role
from operations.models import Job
from people.models import User
from tests.factories import make_user
from tests.imports.tables import Table

KINDS = ["customers", "equipment", "jobs", "people", "sites", "tasks"]


def test_each_kind_has_its_fields_with_what_a_template_says() -> None:
    assert sorted(each.kind for each in kinds()) == KINDS
    fields = {field.name: field for field in matching.fields("jobs")}
    assert [*fields][:3] + [*fields][-3:] == [
        *("number", "title", "description"),
        *("reference", "reason", "completed_at"),
    ]
    assert [name for name, field in fields.items() if field.is_required] == ["title", "customer"]
    assert [name for name, field in fields.items() if field.is_key] == ["number"]
    assert [name for name, field in fields.items() if field.is_day] == ["scheduled_date"]
    people = ["assigned_to", "owner", "created_by"]
    assert [name for name, field in fields.items() if field.persons] == people
    assert fields["priority"].choices == tuple(Job.Priority.choices)
    assert fields["priority"].choices == (
        ("low", "Low"),
        ("medium", "Medium"),
        ("high", "High"),
        ("urgent", "Urgent"),
    )
    shown = (fields["scheduled_date"].label, fields["assigned_to"].label, fields["reason"].label)
    assert shown == ("Scheduled date", "Technician", "Reason")
    assert fields["scheduled_date"].example == "2030-01-31"


def test_what_an_export_has_beside_the_columns_is_known_and_left_alone() -> None:
    fields = {field.name: field for field in matching.fields("tasks")}
    left = [name for name, field in fields.items() if field.is_read_only]
    assert (left, fields["equipment"].label) == (["status", "note"], "Required equipment")
    roles = next(field for field in matching.fields("people") if field.name == "roles")
    assert (roles.label, dict(roles.choices)) == ("Roles", dict(Role.choices))


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        (
            "customers",
            {
                "Firma": "name",
                "Ansprechpartner": "contact_name",
                "E-Mail": "email",
                "Tel.": "phone",
                "IS-ACTIVE": "is_active",
                "Umsatz": "",
            },
        ),
        (
            "jobs",
            {
                "Titel": "title",
                "Kunde": "customer",
                "Datum": "scheduled_date",
                "Beginn": "start_time",
                "Ende": "end_time",
                "Techniker": "assigned_to",
                "scheduled  date": "",
            },
        ),
        # The nearer one gets it, wherever it stands; the other gets what nobody else is nearer to.
        ("equipment", {"Serial numbr": "", "Seriennummer": "serial_number", "Kindd": "kind"}),
        ("jobs", {"Custmer": "customer", "SCHEDULED_DATE": "scheduled_date", "x": "", "": ""}),
        ("people", {"Vorname": "first_name", "Nachname": "last_name", "Rolle": "roles"}),
        ("sites", {"Kunde": "customer", "Einsatzort": "name", "Adresse": "address"}),
        # Another word is no word mistyped.
        ("jobs", {"Completed by": "", "Scheduled time": "", "completd at": "completed_at"}),
        ("tasks", {"Completed by": "", "Jobs": "job", "Posi tion": "position"}),
        ("tasks", {"Auftrag": "job", "Pos": "position", "Aufgabe": "title", "Note": "note"}),
    ],
)
def test_columns_are_guessed(kind: str, columns: dict[str, str]) -> None:
    assert matching.guessed(kind, list(columns)) == columns


def test_what_somebody_said_goes_before_what_is_guessed() -> None:
    options = ImportOptions(columns={"Name": "contact_name", "Other": "", "Gone": "name"})
    found = matching.columns("customers", ["Name", "Other", "Firma", "contact name"], options)
    assert found == {"Name": "contact_name", "Other": "", "Firma": "name", "contact name": ""}


@pytest.mark.django_db
def test_words_that_mean_nothing_yet_are_told_once_each() -> None:
    make_user(Role.TECHNICIAN, username="bob")
    rows = [
        {"priority": "Hi", "status": "", "assigned_to": "Bob", "title": "x", "owner": "Ann"},
        {"priority": "HI", "status": "In Progress", "assigned_to": "bob", "owner": "ann"},
        {"priority": "High", "status": "late", "assigned_to": "Rob", "owner": ""},
        {"priority": "top", "status": "done", "assigned_to": "", "owner": ""},
    ]
    options = ImportOptions(words={"priority": {"top": "urgent"}})
    assert matching.unknown_words("jobs", Table(*rows), options) == {
        "priority": ["Hi"],
        "status": ["late", "done"],
        "assigned_to": ["Rob"],
        "owner": ["Ann"],
    }
    people = [{"username": "a", "roles": "tech, admin Sales Agent", "is_active": "perhaps"}]
    people += [{"username": "b", "roles": "Sales Agent", "is_active": "ja"}]
    assert matching.unknown_words("people", Table(*people), ImportOptions()) == {
        "roles": ["tech", "Sales", "Agent"],
        "is_active": ["perhaps"],
    }
    assert (
        matching.unknown_words("tasks", Table({"job": "1", "status": "?"}), ImportOptions()) == {}
    )


def test_of_a_column_of_few_words_no_more_are_asked_about_than_it_may_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matching, "_MOST_WORDS", 2)
    rows = [{"title": "A", "priority": word} for word in ("hi", "hi", "lo", "mid")]
    found = matching.unknown_words("jobs", Table(*rows), ImportOptions())
    assert found == {"priority": ["hi", "lo"]}


@pytest.mark.parametrize(
    ("kind", "name", "expected", "meant"),
    [
        ("jobs", "priority", "hi", "high"),
        ("jobs", "priority", "Normal", "medium"),
        ("jobs", "priority", "urgnt", "urgent"),
        ("jobs", "priority", "u", "urgent"),
        ("jobs", "priority", "m", ""),
        ("jobs", "priority", "blue", ""),
        ("jobs", "status", "erledigt", "completed"),
        ("jobs", "status", "in-progress", "in_progress"),
        ("equipment", "kind", "Werkzeug", "tool"),
        ("people", "is_active", "yep", ""),
        ("people", "is_active", "X", "yes"),
        ("customers", "is_active", "Aktiv", "yes"),
        ("equipment", "is_active", "inactive", "no"),
        ("people", "roles", "monteur", "technician"),
    ],
)
def test_a_word_is_guessed_where_one_alone_is_like_it(
    kind: str, name: str, expected: str, meant: str
) -> None:
    field = next(each for each in matching.fields(kind) if each.name == name)
    assert matching.guessed_word(field, expected) == meant


@pytest.fixture
def bob(db: None) -> User:
    make_user(username="ann", first_name="Ann", last_name="Tal")
    return make_user(Role.TECHNICIAN, username="bob1", first_name="Bob", last_name="Berg")


@pytest.mark.parametrize("expected", ["bob", "Berg", "bob berg", "BERG  Bob"])
def test_a_person_is_guessed_by_their_name(expected: str, bob: User) -> None:
    field = next(each for each in matching.fields("jobs") if each.persons)
    assert matching.guessed_word(field, expected) == "bob1"
    # Who can be no technician is not meant.
    make_user(Role.SALES_AGENT, username="bob2", first_name="Bob", last_name="Berg")
    assert matching.guessed_word(field, expected) == "bob1"
    make_user(Role.TECHNICIAN, username="bob3", first_name="Bob", last_name="Berg")
    assert matching.guessed_word(field, expected) == ""
