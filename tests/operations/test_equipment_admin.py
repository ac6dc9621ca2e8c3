"""Equipment in the back office, and whom and what a field offers."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from core.record import audit
from core.record.audit import Door
from core.roles import Role
from operations.models import Equipment
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_equipment, make_job, make_task, make_user
from tests.operations.pages import Fields, errors, fields, messages, words
from tests.operations.stock import everything, history_rows

ADD = reverse("admin:operations_equipment_add")
LIST = reverse("admin:operations_equipment_changelist")
TAKEN = "Other equipment has this serial number."


def url_of(row: Equipment, page: str = "change") -> str:
    return reverse(f"admin:operations_equipment_{page}", args=[row.pk])


def form_of(browser: Client, row: Equipment) -> Fields:
    return fields(browser.get(url_of(row)), "equipment_form")


def save(browser: Client, row: Equipment, sent: Fields) -> HttpResponse:
    return browser.post(url_of(row), sent, follow=True)


pytestmark = pytest.mark.django_db


@pytest.fixture
def drill() -> Equipment:
    return make_equipment(name="Drill", serial_number="D-1")


# Making and editing


@pytest.mark.parametrize("kind", Equipment.Kind.values)
def test_an_admin_makes_equipment_of_every_kind(kind: str, admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    sent = fields(browser.get(ADD), "equipment_form")
    sent |= {"name": "Drill", "serial_number": " D-1 ", "kind": kind, "description": "Blue"}
    page = browser.post(ADD, sent, follow=True)
    assert page.redirect_chain == [(LIST, 302)]
    drill = Equipment.objects.get()
    assert (drill.name, drill.serial_number, drill.kind, drill.description, drill.is_active) == (
        "Drill",
        "D-1",
        kind,
        "Blue",
        True,
    )
    record = drill.history.get()
    assert (record.history_user, record.door, history_rows()) == (admin, Door.ADMIN, 1)
    assert f"Drill {drill.get_kind_display()} D-1" in words(page)


def test_a_form_sent_twice_adds_one(admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    sent = fields(browser.get(ADD), "equipment_form")
    sent |= {"name": "Drill", "serial_number": "D-1", "kind": "tool"}
    assert [browser.post(ADD, sent).status_code for _ in range(2)] == [302, 302]
    assert Equipment.objects.count() == 1


def test_an_admin_edits_it_and_a_save_without_a_change_writes_nothing(
    drill: Equipment, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(admin)
    save(browser, drill, form_of(browser, drill) | {"name": "Big drill", "is_active": ""})
    drill.refresh_from_db()
    assert (drill.name, drill.is_active, drill.version) == ("Big drill", False, 2)
    before = everything()
    save(browser, drill, form_of(browser, drill))
    assert everything() == before


def test_a_serial_number_is_unique(drill: Equipment, admin: User, sign_in: Sign) -> None:
    other = make_equipment(name="Saw", serial_number="S-1")
    browser, before = sign_in(admin), everything()
    new = {"name": "Third", "serial_number": "D-1", "kind": "tool"}
    pages = [
        browser.post(ADD, fields(browser.get(ADD), "equipment_form") | new),
        save(browser, other, form_of(browser, other) | {"serial_number": "D-1"}),
    ]
    for page in pages:
        assert errors(page) == {"serial_number": [TAKEN]}
        assert TAKEN in words(page)
        assert fields(page, "equipment_form")["serial_number"] == "D-1"
    assert everything() == before


def test_a_stale_save_is_refused_with_both_values_and_then_saved(
    drill: Equipment, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(admin)
    sent = form_of(browser, drill) | {"kind": "machine"}
    with audit.act(by=make_user(Role.ADMIN, first_name="Eve", last_name="Else")):
        drill.kind = Equipment.Kind.VEHICLE
        drill.save()
    before = everything()
    page = save(browser, drill, sent)
    assert errors(page) == {
        "__all__": [
            "Eve Else changed this in the meantime (kind: Tool → Vehicle). Your changes "
            "were not saved: check the values below and save again."
        ],
        "kind": ["Now: Vehicle. Yours: Machine."],
    }
    assert "Now: Vehicle. Yours: Machine." in words(page)
    assert everything() == before
    save(browser, drill, fields(page, "equipment_form"))
    assert Equipment.objects.get().kind == "machine"


def test_others_see_it_and_change_nothing(
    drill: Equipment, sales: User, tech: User, sign_in: Sign
) -> None:
    before = everything()
    for person in (sales, tech):
        browser = sign_in(person)
        page = browser.get(url_of(drill))
        assert "Drill" in words(page)
        assert set(fields(page, "equipment_form")) <= {"stated_version"}
        sent = {"name": "Crafted", "serial_number": "D-1", "kind": "tool", "stated_version": "1"}
        assert save(browser, drill, sent).status_code == 403
        assert browser.post(ADD, sent).status_code == 403
        assert browser.post(url_of(drill, "delete"), {"post": "yes"}).status_code == 403
        assert browser.get(url_of(drill, "history")).status_code == 403
    assert everything() == before


# Deleting


IN_USE = "1 task requires Drill (D-1). Set it inactive instead."


def test_equipment_in_use_is_not_deleted(drill: Equipment, admin: User, sign_in: Sign) -> None:
    make_task(job=make_job(owner=admin), equipment=[drill])
    browser, before = sign_in(admin), everything()
    for act in (browser.get, browser.post):
        page = act(url_of(drill, "delete"), {"post": "yes"}, follow=True)
        assert page.redirect_chain == [(url_of(drill), 302)]
        assert messages(page) == [IN_USE]
    assert everything() == before


@pytest.mark.parametrize("sent", [{}, {"post": "yes"}], ids=["asked", "confirmed"])
def test_of_several_none_is_deleted_if_one_is_in_use(
    sent: Fields, drill: Equipment, admin: User, sign_in: Sign
) -> None:
    idle = make_equipment()
    make_task(job=make_job(owner=admin), equipment=[drill])
    browser, before = sign_in(admin), everything()
    named = {"action": "delete_selected", "_selected_action": [idle.pk, drill.pk]}
    page = browser.post(LIST, named | sent, follow=True)
    assert messages(page) == [f"Nothing was deleted. {IN_USE}"]
    assert everything() == before


def test_equipment_that_is_idle_is_deleted_on_record(
    drill: Equipment, admin: User, sign_in: Sign
) -> None:
    other, browser = make_equipment(), sign_in(admin)
    browser.post(url_of(drill, "delete"), {"post": "yes"})
    named = {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"}
    browser.post(LIST, named)
    assert Equipment.objects.count() == 0
    gone = Equipment.history.filter(history_type="-", history_user=admin, door=Door.ADMIN)
    assert gone.count() == 2


# What is shown and offered


def shown_in(browser: Client, question: str = "") -> list[str]:
    page = browser.get(f"{LIST}?{question}", follow=True)
    return [row.name for row in page.context["cl"].result_list]


def test_the_list_is_searched_and_filtered(drill: Equipment, tech: User, sign_in: Sign) -> None:
    make_equipment(name="Van", serial_number="W-99", kind="vehicle", is_active=False)
    browser = sign_in(tech)
    assert shown_in(browser) == ["Drill", "Van"]
    assert (shown_in(browser, "q=dri"), shown_in(browser, "q=w-99")) == (["Drill"], ["Van"])
    assert shown_in(browser, "kind__exact=vehicle") == ["Van"]
    assert shown_in(browser, "is_active__exact=1") == ["Drill"]


def offered(browser: Client, model: str, field: str, term: str = "") -> list[str]:
    """What a field offers while somebody types."""
    asked = f"app_label=operations&model_name={model}&field_name={field}&term={term}"
    found = browser.get(f"/admin/autocomplete/?{asked}").json()["results"]
    return [choice["text"] for choice in found]


def test_a_task_is_offered_active_equipment(drill: Equipment, sales: User, sign_in: Sign) -> None:
    make_equipment(name="Saw", serial_number="S-1", is_active=False)
    browser = sign_in(sales)
    assert offered(browser, "task", "equipment") == ["Drill (D-1)"]
    assert offered(browser, "task", "equipment", "d-1") == ["Drill (D-1)"]
    assert offered(browser, "task", "equipment", "saw") == []


def test_a_job_is_offered_active_technicians_and_active_owners(
    *, admin: User, sales: User, tech: User, other_tech: User, root: User, sign_in: Sign
) -> None:
    acting.deactivate(other_tech, by=admin)
    make_user(Role.SALES_AGENT, is_active=False)
    make_user()
    both = make_user(Role.TECHNICIAN, Role.SALES_AGENT, first_name="Both", last_name="Roles")
    browser = sign_in(admin)
    assert offered(browser, "job", "assigned_to") == [both.name, "Tina Tech"]
    assert sorted(offered(browser, "job", "owner")) == [
        "Adam Admin",
        "Both Roles",
        "Sara Sales",
        "root",
    ]
    assert offered(browser, "job", "assigned_to", "tin") == ["Tina Tech"]
    assert offered(browser, "job", "owner", "tina") == []


def test_the_timeline_tells_what_happened_in_words(
    drill: Equipment, admin: User, sign_in: Sign
) -> None:
    with audit.act(by=admin, door=Door.ADMIN):
        drill.kind, drill.is_active = Equipment.Kind.MACHINE, False
        drill.save()
    shown = words(sign_in(admin).get(url_of(drill, "history")))
    assert "Adam Admin changed equipment Drill" in shown
    assert "Kind Tool → Machine Active yes → no" in shown


# What it costs


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("who", "cost"), [("admin", 5), ("sales", 5), ("tech", 5)])
def test_the_list_costs_the_same_however_many_rows_it_has(
    who: str, cost: int, rows: int, *, sign_in: Sign, request: Any, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        make_equipment()
    browser = sign_in(request.getfixturevalue(who))
    with django_assert_num_queries(cost):
        assert len(shown_in(browser)) == rows


@pytest.mark.parametrize("changes", [1, 30])
def test_the_timeline_costs_the_same_however_much_happened(
    changes: int, drill: Equipment, admin: User, sign_in: Sign, django_assert_num_queries: Any
) -> None:
    for number in range(changes):
        drill.name = f"Drill {number}"
        drill.save()
    browser = sign_in(admin)
    with django_assert_num_queries(7):
        assert browser.get(url_of(drill, "history")).status_code == 200
