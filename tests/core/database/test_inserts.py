"""Many new rows in one statement: as Django would have written them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection

from core.database import inserts
from core.ledger import Notice
from core.record.transactions import savepoint
from operations.models import Customer
from people.models import User

pytestmark = pytest.mark.django_db
AT = datetime(2030, 3, 4, 8, 30, 0, 123456, tzinfo=UTC)
ODD = 'a "quoted"\t\\ 50 % ü \N{GRINNING FACE}\n{"x": 1}'


def customer(name: str, **values: Any) -> Customer:
    return Customer(name=name, name_folded=name.lower(), search_text=name, **values)


def notice(occasion: str, **values: Any) -> Notice:
    return Notice(recipient="r", kind="k", occasion=occasion, at=AT, due_at=AT, **values)


@pytest.fixture(params=["own", "django"])
def _way(request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this database is written by, and what any is."""
    if request.param == "django":
        monkeypatch.setattr(inserts, "_as_one_text", inserts._as_django_does)


@pytest.mark.usefixtures("_way")
def test_values_arrive_as_they_are(admin: User) -> None:
    details = {"list": [1, None, ODD], "no": False}
    row = notice("1", details=details, person_id=admin.pk, about=ODD)
    inserts.insert([row])
    found = Notice.objects.get()
    assert (row.pk, row._state.adding) == (found.pk, False)
    assert found.details == details
    assert (found.about, found.at, found.person_id, found.message_id) == (ODD, AT, admin.pk, None)


@pytest.mark.usefixtures("_way")
def test_each_row_gets_to_know_its_own_key() -> None:
    rows = [customer(f"Customer {number}") for number in range(3)]
    inserts.insert(rows)
    assert dict(Customer.objects.values_list("pk", "name")) == {row.pk: row.name for row in rows}
    assert len({row.pk for row in rows}) == 3


@pytest.mark.usefixtures("_way")
def test_a_key_that_a_row_has_stays() -> None:
    inserts.insert([customer("A", pk=901), customer("B", pk=900)])
    assert set(Customer.objects.values_list("pk", "name")) == {(901, "A"), (900, "B")}


@pytest.mark.usefixtures("_way")
def test_what_is_there_is_refused_or_left_out_as_it_is_asked() -> None:
    inserts.insert([notice("1"), notice("2")])
    with pytest.raises(IntegrityError), savepoint():
        inserts.insert([notice("2"), notice("3")])
    inserts.insert([notice("2", about="anew"), notice("3")], ignore_conflicts=True)
    notices = Notice.objects.order_by("occasion").values_list("occasion", "about")
    assert list(notices) == [("1", ""), ("2", ""), ("3", "")]


def test_so_many_rows_are_one_statement(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(inserts, "BATCH", 3)
    for count, statements in ((0, 0), (1, 1), (3, 1), (4, 2)):
        with django_assert_num_queries(statements):
            inserts.insert([notice(f"{count} {number}") for number in range(count)])


def test_what_nobody_knows_to_write_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "vendor", "postgresql")
    with pytest.raises(TypeError, match="No way is known to write b'x' as text"):
        inserts.insert([notice("1", about=b"x")])
