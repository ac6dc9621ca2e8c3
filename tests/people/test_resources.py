"""People as rows of a file."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from core.imports import shell
from core.imports.options import ImportOptions
from core.record import audit
from core.roles import Role
from people.models import User
from people.resources import RolesWidget
from tests.access.world import company_group
from tests.conftest import Sign
from tests.core.imports.files import csv, looked_at
from tests.factories import make_job, make_user
from tests.imports import tables
from tests.imports.tables import Load
from tests.operations.pages import words

pytestmark = pytest.mark.django_db


def load(*rows: dict[str, Any], by: User) -> Load:
    """What comes of importing these rows, the refused left out."""
    return tables.load("people", *rows, by=by, skip_refused=True)


def errors(load: Load) -> dict[str, list[str]]:
    """What is wrong with the only bad row, by column."""
    (found,) = load.errors.values()
    return found


def test_a_new_person_comes_with_roles_and_without_a_password(admin: User) -> None:
    row = {
        "username": "nina",
        "email": "nina@example.com",
        "first_name": " Nina ",
        "last_name": "Neu",
        "phone": "+43 1 555 0199",
        "roles": "technician, sales_agent",
        "is_active": "yes",
    }
    assert load(row, by=admin).kinds == ["new"]
    nina = User.objects.get(username="nina")
    assert (nina.name, nina.email, nina.phone) == ("Nina Neu", "nina@example.com", "+43 1 555 0199")
    assert nina.roles == [Role.SALES_AGENT, Role.TECHNICIAN]
    assert (nina.is_active, nina.has_usable_password()) == (True, False)
    assert set(nina.history.values_list("door", "history_user")) == {("import", admin.pk)}


def test_a_person_is_found_by_user_name_whatever_the_case(admin: User, tech: User) -> None:
    row = {"username": "TINA", "phone": "123"}
    assert load(row, by=admin).kinds == ["changed"]
    tech.refresh_from_db()
    assert (tech.phone, tech.roles) == ("123", [Role.TECHNICIAN])


def test_roles_are_exactly_those_of_the_cell(admin: User, tech: User) -> None:
    load({"username": "tina", "roles": "sales_agent"}, by=admin)
    tech.refresh_from_db()
    assert tech.roles == [Role.SALES_AGENT]


@pytest.mark.parametrize(
    "cell",
    [
        "Sales agent, Technician",
        "technician;SALES AGENT",
        "Kundenbetreuer\nTechniker",
        "technician sales_agent",
        "Technician, sales-agent,",
        "Sales Agent / Technician",
        "sales agent & technician",
        "technician|sales_agent",
        "Technician + Sales agent",
    ],
)
def test_roles_are_read_as_people_write_them(cell: str, admin: User, tech: User) -> None:
    load({"username": "tina", "roles": cell}, by=admin)
    assert User.objects.get(username="tina").roles == [Role.SALES_AGENT, Role.TECHNICIAN]


def test_a_row_that_says_what_is_there_is_skipped_and_leaves_no_history(
    admin: User, tech: User
) -> None:
    before = tech.history.count()
    row = {"username": "tina", "first_name": "Tina", "roles": "technician", "is_active": ""}
    assert load(row, by=admin).kinds == ["unchanged"]
    assert tech.history.count() == before


def test_the_day_of_joining_is_that_of_the_import(admin: User) -> None:
    with audit.act(at=admin.date_joined):
        load({"username": "nina"}, by=admin)
    assert User.objects.get(username="nina").date_joined == admin.date_joined


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        (
            {"roles": "boss"},
            {"roles": ["Write one or more of: admin sales_agent technician."]},
        ),
        ({"is_active": "maybe"}, {"is_active": ["Write yes or no."]}),
        ({"email": "not an address"}, {"email": ["Enter a valid e-mail address."]}),
        (
            {"email": "TINA@example.com"},
            {"email": ["Another person has this e-mail address."]},
        ),
        (
            {"first_name": "x" * 151},
            {"first_name": ["Ensure this value has at most 150 characters (it has 151)."]},
        ),
        ({"last_name": "a\0b"}, {"last_name": ["This holds a NUL character. Remove it."]}),
    ],
)
def test_a_bad_cell_is_an_error_of_its_column(
    cells: dict[str, str], wrong: dict[str, list[str]], admin: User
) -> None:
    make_user(username="tina2", email="tina@example.com")
    people = User.objects.count()
    assert errors(load({"username": "nina", **cells}, by=admin)) == wrong
    assert User.objects.count() == people


def test_the_last_admin_stays(admin: User) -> None:
    wrong = errors(load({"username": "adam", "roles": "technician"}, by=admin))
    assert wrong == {
        "": ["Adam Admin is the last active Admin. Make somebody else an Admin first."]
    }
    admin.refresh_from_db()
    assert admin.roles == [Role.ADMIN]


def test_an_admin_does_not_change_a_superuser(admin: User, root: User) -> None:
    assert errors(load({"username": "root", "phone": "1"}, by=admin)) == {
        "": ["You may not do this."]
    }


@pytest.fixture
def clerk() -> User:
    """Somebody whom a group of the company's own lets import people."""
    person = make_user(username="clerk")
    given = {("people.user", action) for action in ("view", "add", "change", "import")}
    person.set_groups([company_group(given)])
    return person


BEYOND = "Adam Admin is an Admin: others can change only their name and phone."
GIVEN = "Only Admins give roles and passwords."


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"username": "adam", "email": "mine@example.com"}, BEYOND),
        ({"username": "adam", "is_active": "no"}, BEYOND),
        ({"username": "Adam", "phone": "1", "email": "mine@example.com"}, BEYOND),
        ({"username": "adam", "roles": "technician"}, GIVEN),
        ({"username": "tina", "roles": "admin"}, GIVEN),
        ({"username": "clerk", "roles": "admin"}, GIVEN),
        ({"username": "nina", "roles": "admin"}, GIVEN),
    ],
)
def test_whoever_is_no_admin_imports_neither_roles_nor_an_admins_account(
    cells: dict[str, str], expected: str, clerk: User, admin: User, tech: User
) -> None:
    make_user(Role.ADMIN)
    before = list(User.objects.order_by("pk").values("username", "email", "is_active", "phone"))
    assert errors(load(cells, by=clerk)) == {"": [expected]}
    after = list(User.objects.order_by("pk").values("username", "email", "is_active", "phone"))
    assert after == before
    assert User.objects.get(pk=clerk.pk).roles == []


def test_whoever_is_no_admin_imports_an_admins_name_and_phone_and_other_accounts(
    clerk: User, admin: User, tech: User
) -> None:
    rows = [
        {"username": "adam", "phone": "1", "email": "", "roles": "admin"},
        {"username": "tina", "phone": "2", "email": "", "roles": "technician"},
        {"username": "nina", "phone": "3", "email": "nina@example.com", "roles": ""},
    ]
    assert load(*rows, by=clerk).errors == {}
    people = {p.username: (p.phone, p.email, p.roles) for p in User.objects.exclude(pk=clerk.pk)}
    assert people == {
        "adam": ("1", "", [Role.ADMIN]),
        "tina": ("2", "", [Role.TECHNICIAN]),
        "nina": ("3", "nina@example.com", []),
    }
    # To her address, a new password could be sent.
    why = "Tina Tech can be sent a new password: only Admins change their e-mail address."
    assert load({"username": "tina", "email": "mine@example.com"}, by=clerk).errors == {
        2: {"": [why]}
    }


def test_nobody_but_an_admin_imports_people(sales: User) -> None:
    with pytest.raises(PermissionDenied):
        load({"username": "nina"}, by=sales)
    assert not User.objects.filter(username="nina").exists()


def test_a_role_that_there_is_not_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="Write one or more of: admin sales_agent technician"):
        RolesWidget().clean("admin, boss")


def test_roles_are_written_as_they_are_read() -> None:
    roles = [Role.ADMIN, Role.TECHNICIAN]
    assert RolesWidget().render(roles) == "admin technician"
    assert RolesWidget().clean("admin technician") == roles


def test_open_jobs_of_whoever_leaves_are_told_with_the_row(
    admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    note = "Tina Tech has 1 open job, which now needs someone."
    lines = ("username,is_active,phone", "tina,no,", "sara,,1")
    found = shell.load(
        csv(*lines), "people.csv", kind="people", options=ImportOptions(), is_trial=True
    )
    trial = "No rows are refused. This was a dry run: nothing was written."
    assert (found.message, found.errors) == (f"{trial} {note}", [])
    seen = looked_at(admin, *lines, kind="people")
    page = sign_in(admin).get(f"/admin/imports/{seen.pk}/")
    assert note in words(page)
    first, second = page.context["rows"].lines
    assert [(cell.errors, cell.notes) for cell in first.cells] == [([], [note]), ([], [])]
    assert [cell.notes for cell in second.cells] == [[]]
    job.refresh_from_db()
    assert job.assigned_to == tech
