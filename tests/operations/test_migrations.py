"""What the migrations make of an installation that is there already."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps as now
from pytest_django import DjangoAssertNumQueries

from core.record import doubles
from core.roles import Role
from operations.models import Customer, Equipment, Job, Site
from people.models import User
from tests.factories import make_customer, make_job, make_user
from tests.migrating import migrate

BEFORE = [("operations", "0002_job_search_index"), ("people", "0001_initial")]

LETTERS = {"operations": "0015_fold_strokes", "people": "0014_fold_strokes"}


def old_company(old: Any) -> dict[str, int]:
    """Rows that were told apart by less than meets the eye."""
    Person, Customer_, Site_, Equipment_, Job_ = (  # noqa: N806 (models)
        old.get_model(*label.split("."))
        for label in (
            "people.User",
            "operations.Customer",
            "operations.Site",
            "operations.Equipment",
            "operations.Job",
        )
    )
    owner = Person.objects.create(username="sara", first_name="Sára", phone="+43 1 555")
    Person.objects.create(username="ünal", email="b@ärzte.at")
    address = "b@a\N{COMBINING DIAERESIS}rzte.at"
    Person.objects.create(username="u\N{COMBINING DIAERESIS}nal", email=address)
    north = Customer_.objects.create(name="Ärztehaus Nord", phone="+43 1 555 0140")
    Customer_.objects.create(name="Ärztehaus\N{NO-BREAK SPACE}Nord")
    Customer_.objects.create(name="Süd")
    for name in ("Mill", "Mill\N{ZERO WIDTH SPACE}"):
        site = Site_.objects.create(customer=north, name=name, address="1 Quai é")
    for serial in ("SN-1", "sn-1"):
        Equipment_.objects.create(name="Drill", kind="tool", serial_number=serial)
    common = {"title": "Mend", "customer": north, "owner": owner, "created_by": owner}
    known = Job_.objects.create(number="J-1", site=site, assigned_to=owner, **common)
    lost = Job_.objects.create(number="J-2", scheduled_date=date(1, 1, 1), **common)
    return {"known": known.pk, "lost": lost.pk}


@pytest.mark.django_db(transaction=True)
def test_doubles_are_named_and_kept_and_everything_is_found(
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        keys = old_company(migrate(*BEFORE))
    finally:
        migrate()
    text = capsys.readouterr().err
    for double in (
        "“Ärztehaus Nord” (id",
        "“Ärztehaus\N{NO-BREAK SPACE}Nord” (id",
        "“Mill\N{ZERO WIDTH SPACE}” (id",
        "“sn-1” (id",
        "“u\N{COMBINING DIAERESIS}nal” (id",
        "“b@a\N{COMBINING DIAERESIS}rzte.at” (id",
        "J-2 was scheduled for 0001-01-01; it is unscheduled now.",
    ):
        assert double in text
    assert "Süd" not in text
    counts = [m.objects.count() for m in (User, Customer, Site, Equipment, Job)]
    assert counts == [3, 3, 2, 2, 2]
    for model in (User, Customer, Site, Equipment, Job):
        assert all(row.search_text == row.words() for row in model.objects.all())
    first, second = Equipment.objects.order_by("pk").values_list("serial_folded", flat=True)
    assert (first, second.partition("\n")[0]) == ("sn-1", "sn-1")
    addresses = User.objects.order_by("pk").values_list("email_folded", flat=True)
    assert [each.partition("\n")[0] for each in addresses] == ["", *["b@ärzte.at"] * 2]
    assert list(Job.objects.matching("arztehaus mill sara")) == [Job.objects.get(pk=keys["known"])]
    lost = Job.objects.get(pk=keys["lost"])
    (record,) = lost.history.all()
    assert (lost.scheduled_date, lost.version, record.version) == (None, 2, 2)
    assert record.history_change_reason == "No day between 1900 and 2199"


@pytest.mark.django_db
def test_what_is_written_already_is_not_written_again(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _number in range(3):
        make_customer()
    with django_assert_num_queries(2):
        doubles.write(Customer, "search_text", Customer.words)
    with django_assert_num_queries(3):
        doubles.write(Customer, "search_text", lambda row: row.name)
    assert {c.search_text for c in Customer.objects.all()} == {
        c.name for c in Customer.objects.all()
    }


@pytest.mark.django_db
@pytest.mark.parametrize("app", LETTERS)
def test_letters_with_a_stroke_are_folded_anew_where_they_are(app: str) -> None:
    migration = import_module(f"{app}.migrations.{LETTERS[app]}")
    sales = make_user(Role.SALES_AGENT, last_name="Ħal")
    hotel = make_customer(name="Ħal Qormi")
    job = make_job(owner=sales, customer=hotel)
    # As they were written before.
    for row, text in ((hotel, "ħal qormi"), (job, "j-1 ħal ør"), (sales, "ħal")):
        type(row)._base_manager.filter(pk=row.pk).update(search_text=text)
    migration.refold(now, None)
    for row, text in ((hotel, "hal qormi"), (job, "j-1 hal or"), (sales, "hal")):
        row.refresh_from_db()
        is_of_it = row._meta.app_label == app
        assert (row.search_text == text) is is_of_it
    if app == "operations":
        assert list(Job.objects.matching("Ħal")) == [job]
