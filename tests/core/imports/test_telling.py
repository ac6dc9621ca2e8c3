"""What whoever began an import is told of it by mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.imported import Import, ImportState
from core.imports import loading, telling
from core.ledger import Notice
from core.outbox.delivering import send_due
from people.models import User
from tests.core.imports.files import begun, looked_at
from tests.factories import make_customer


@pytest.fixture
def load(admin: User) -> Import:
    User.objects.filter(pk=admin.pk).update(email="adam@example.com")
    return begun(admin, "Name", "Ada")


def sent() -> list[tuple[str, list[str]]]:
    """The subjects of what is sent, and the lines that say what came of each import."""
    send_due(at=timezone.now() + timedelta(hours=1))
    return [(each.subject, str(each.body).split("\n\n")) for each in mail.outbox]


def test_one_is_told_of_with_a_link_to_it(load: Import) -> None:
    Import.objects.update(state=ImportState.APPLIED, new=3, refused=1)
    telling.tell(load)
    telling.tell(load)
    [(subject, parts)] = sent()
    assert subject == "Import of customers.csv"
    assert parts[2] == (
        "customers.csv\nIt has been imported. New: 3, changed: 0, unchanged: 0, refused: 1.\n"
        f"http://testserver/admin/imports/{load.pk}/"
    )


def test_several_are_told_of_together_and_none_that_is_gone(load: Import, admin: User) -> None:
    other, gone = begun(admin, "Name", "Bob"), begun(admin, "Name", "Cleo")
    for each in (load, other, gone):
        telling.tell(each)
    gone.delete()
    [(subject, parts)] = sent()
    assert subject == "Your imports"
    assert "\n".join(parts).splitlines().count("customers.csv") == 2
    Notice.objects.all().delete()
    telling.tell(load)
    load.delete()
    assert len(sent()) == 1


@pytest.mark.parametrize(
    ("state", "values", "expected"),
    [
        (
            "previewed",
            {"new": 1},
            "It is ready to be imported. New: 1, changed: 0, unchanged: 0, refused: 0.",
        ),
        (
            "applied",
            {"changed": 2, "message": "It was stopped. Nothing was undone."},
            "It was stopped. Nothing was undone. It has been imported. New: 0, changed: 2, "
            "unchanged: 0, refused: 0.",
        ),
        (
            "undone",
            {"removed": 2, "put_back": 1},
            "It has been undone: 2 removed, 1 put back.",
        ),
        (
            "undone",
            {"removed": 2, "kept": 1},
            "It has been undone: 2 removed, 0 put back. 1 row was kept.",
        ),
        ("failed", {"message": "No worker took this on."}, "No worker took this on."),
    ],
)
def test_it_says_where_the_import_stands(state: str, values: dict[str, Any], expected: str) -> None:
    assert telling.result_text(Import(state=state, **values)) == expected


# What the calls cost that a page makes


def queries(call: Any) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        call()
    return len([each for each in found if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))])


@pytest.mark.parametrize("number", [1, 3])
def test_what_pages_call_costs_the_same_for_one_row_and_for_three(number: int, admin: User) -> None:
    for n in range(number):
        make_customer(name=f"Old {n}", phone="1")
    lines = [line for n in range(number) for line in (f"Old {n},2", f"New {n},3")]
    looked_at(admin, "Name,Phone", *lines)
    admin = User.objects.get(pk=admin.pk)
    load = Import.objects.get()
    costs = [
        queries(lambda: begun(admin, "Name,Phone", *lines)),
        queries(lambda: loading.preview(load, by=admin)),
        queries(lambda: loading.apply(load, by=admin)),
        queries(lambda: list(loading.seen_by(admin))),
        queries(lambda: loading.stop(load, by=admin)),
    ]
    # Whose turn it is, and that it is over.
    locks = 2 * (connection.vendor == "postgresql")
    assert costs == [4, 15 + locks, 16 + locks, 1, 1]
