"""Customers, sites and equipment through the API."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from django.http import HttpResponse
from pytest_django import DjangoAssertNumQueries

from core.record import audit
from operations import acts
from operations.models import Customer, Equipment, Site
from people.models import User
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task
from tests.operations.stock import everything
from tests.programs import errors, program, refusal

pytestmark = pytest.mark.django_db


def rows_of(answer: HttpResponse) -> list[Any]:
    """The rows on a page."""
    assert answer.status_code == 200
    found: list[Any] = answer.json()["results"]
    return found


def recorded(row: Any) -> tuple[str, str]:
    """Who wrote a row last, and through which door."""
    record = row.history.first()
    return (record.person_name, record.door)


# Customers and sites


def test_a_sales_agent_adds_a_customer_with_sites(sales: User) -> None:
    site = {"name": "Main", "address": "1 Quay", "access_notes": "Gate 3"}
    given = {"name": " Hotel ", "email": "hanna@hotel.example", "phone": "1", "sites": [site]}
    answer = program(sales).post("/customers", given)
    customer = Customer.objects.get()
    expected = {
        "id": customer.pk,
        "name": "Hotel",
        "contact_name": "",
        "email": "hanna@hotel.example",
        "phone": "1",
        "notes": "",
        "is_active": True,
        "sites": [{"id": Site.objects.get().pk, **site}],
    }
    assert (answer.status_code, answer.json()) == (201, expected)
    assert program(sales).get(f"/customers/{customer.pk}").json() == expected
    assert recorded(customer) == recorded(Site.objects.get()) == ("Sara Sales", "api")


def test_what_is_wrong_with_a_customer_is_told_at_its_field_and_adds_nothing(sales: User) -> None:
    make_customer(name="Hotel")
    caller, before = program(sales), everything()
    taken = {"name": "There is a customer of this name already."}
    assert errors(caller.post("/customers", {"name": "HOTEL"})) == taken
    assert errors(caller.post("/customers", {"name": "A", "email": "no"})).keys() == {"email"}
    twice = {"name": "A", "sites": [{"name": "One"}, {"name": "one"}]}
    assert errors(caller.post("/customers", twice)).keys() == {"sites.1.name"}
    assert errors(caller.post("/customers", {"name": "A", "city": "B"})).keys() == {"city"}
    assert errors(caller.post("/customers", {"name": "A\0"})).keys() == {"name"}
    assert everything() == before


def test_a_customer_and_a_site_are_changed_in_what_is_given(sales: User) -> None:
    site = make_site(name="Main", customer=make_customer(name="Hotel", phone="1"))
    caller, customer = program(sales), site.customer
    changed = caller.patch(f"/customers/{customer.pk}", {"notes": "Ring twice", "is_active": False})
    assert (changed.status_code, changed.json()["notes"]) == (200, "Ring twice")
    place = caller.patch(f"/sites/{site.pk}", {"access_notes": "Gate 4"})
    assert place.json() == {"id": site.pk, "name": "Main", "address": "", "access_notes": "Gate 4"}
    added = caller.post(f"/customers/{customer.pk}/sites", {"name": "Annex"})
    assert (added.status_code, added.json()["name"]) == (201, "Annex")
    customer.refresh_from_db()
    assert (customer.phone, customer.is_active, customer.sites.count()) == ("1", False, 2)
    assert errors(caller.patch(f"/sites/{site.pk}", {"name": "Annex"})).keys() == {"name"}


def test_an_optional_line_is_counted_as_it_is_kept_and_emptied_by_an_empty_one(
    sales: User,
) -> None:
    caller, address = program(sales), f"/customers/{make_customer(phone='1').pk}"
    kept = {"contact_name": f"Anna {'A' * 195}", "phone": "+" * 50}
    given = {"contact_name": f" Anna\n{'A' * 195} ", "phone": f" {'+' * 50}\n"}
    for sent, wanted in (
        (given, kept),
        ({"contact_name": "", "phone": " "}, dict.fromkeys(kept, "")),
    ):
        answer = caller.patch(address, sent)
        assert (answer.status_code, {name: answer.json()[name] for name in kept}) == (200, wanted)
    too_long = {"contact_name": "A" * 201, "phone": "+" * 51}
    assert errors(caller.patch(address, too_long)).keys() == too_long.keys()


def test_a_technician_sees_the_customers_and_sites_of_their_jobs_and_changes_none(
    sales: User, tech: User
) -> None:
    here, there = make_site(name="Here"), make_site(name="There")
    make_site(name="Also", customer=here.customer)
    make_job(owner=sales, assigned_to=tech, site=here)
    caller, before = program(tech), everything()
    (seen,) = rows_of(caller.get("/customers"))
    assert (seen["id"], [site["name"] for site in seen["sites"]]) == (here.customer_id, ["Here"])
    answers = [
        caller.get(f"/customers/{there.customer_id}"),
        caller.patch(f"/customers/{there.customer_id}", {"name": "X"}),
        caller.patch(f"/sites/{there.pk}", {"name": "X"}),
        caller.post(f"/customers/{there.customer_id}/sites", {"name": "X"}),
        caller.patch(f"/customers/{here.customer_id}", {"name": "X"}),
        caller.patch(f"/sites/{here.pk}", {"name": "X"}),
        caller.post(f"/customers/{here.customer_id}/sites", {"name": "X"}),
        caller.post("/customers", {"name": "X"}),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 404, 403, 403, 403, 403]
    assert everything() == before


def test_customers_are_listed_by_name_and_found_by_every_word(sales: User) -> None:
    make_customer(name="Zoo", contact_name="Anna Ape", phone="+43 660")
    make_customer(name="Abbey", is_active=False)
    make_customer(name="Mill", email="ann@mill.example")
    caller = program(sales)

    def names(query: str = "") -> list[str]:
        return [each["name"] for each in rows_of(caller.get(f"/customers?{query}"))]

    assert names() == ["Abbey", "Mill", "Zoo"]
    assert [names("is_active=true"), names("is_active=false")] == [["Mill", "Zoo"], ["Abbey"]]
    assert [names("search=ann"), names("search=anna ape"), names("search=660")] == [
        ["Mill", "Zoo"],
        ["Zoo"],
        ["Zoo"],
    ]
    first = caller.get("/customers?page_size=2").json()
    assert [each["name"] for each in first["results"]] == ["Abbey", "Mill"]
    assert errors(caller.get("/customers?activ=1")).keys() == {"activ"}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("who", "cost"), [("sales", 5), ("tech", 6)])
def test_a_page_of_customers_costs_the_same_however_many(
    who: str, cost: int, rows: int, request: pytest.FixtureRequest
) -> None:
    sales, tech = (request.getfixturevalue(name) for name in ("sales", "tech"))
    for _number in range(rows):
        make_job(owner=sales, assigned_to=tech, site=make_site())
    caller = program(request.getfixturevalue(who))
    with request.getfixturevalue("django_assert_num_queries")(cost):
        assert len(rows_of(caller.get("/customers"))) == rows


# Equipment


def test_an_admin_adds_changes_and_deletes_equipment(admin: User) -> None:
    caller = program(admin)
    given = {"name": "Drill", "kind": "tool", "serial_number": "SN-1"}
    answer = caller.post("/equipment", given)
    item = Equipment.objects.get()
    expected = {"id": item.pk, **given, "description": "", "is_active": True, "version": 1}
    assert (answer.status_code, answer["ETag"], answer.json()) == (201, '"1"', expected)
    assert recorded(item) == ("Adam Admin", "api")
    changed = caller.patch(f"/equipment/{item.pk}", {"is_active": False}, match='"1"')
    assert changed.json() == expected | {"is_active": False, "version": 2}
    assert changed["ETag"] == caller.get(f"/equipment/{item.pk}")["ETag"] == '"2"'
    assert caller.delete(f"/equipment/{item.pk}").status_code == 204
    assert caller.get(f"/equipment/{item.pk}").status_code == 404
    assert [r.door for r in Equipment.history.filter(id=item.pk, history_type="-")] == ["api"]


def test_what_a_rule_or_an_old_version_refuses_changes_nothing(admin: User, sales: User) -> None:
    drill, saw = make_equipment(serial_number="SN-1"), make_equipment(serial_number="SN-2")
    make_task(job=make_job(owner=sales), equipment=[drill])
    caller, before = program(admin), everything()
    needed = caller.delete(f"/equipment/{drill.pk}")
    assert refusal(needed, 409) == f"1 task requires {drill}. Set it inactive instead."
    stale = caller.patch(f"/equipment/{saw.pk}", {"name": "X"}, match='"9"')
    assert (stale.status_code, stale.json()["current"]["version"]) == (412, 1)
    assert caller.delete(f"/equipment/{saw.pk}", match='"9"').status_code == 412
    taken = caller.patch(f"/equipment/{saw.pk}", {"serial_number": "SN-1"})
    assert errors(taken) == {"serial_number": "Other equipment has this serial number."}
    assert errors(caller.post("/equipment", {"name": "X"})).keys() == {"kind", "serial_number"}
    assert errors(caller.patch(f"/equipment/{saw.pk}", {"kind": "boat"})).keys() == {"kind"}
    assert everything() == before


def test_others_read_equipment_and_write_none(sales: User, tech: User) -> None:
    drill = make_equipment()
    before = everything()
    for person in (sales, tech):
        caller = program(person)
        assert [each["id"] for each in rows_of(caller.get("/equipment"))] == [drill.pk]
        given = {"name": "X", "kind": "tool", "serial_number": "X"}
        answers = [
            caller.post("/equipment", given),
            caller.patch(f"/equipment/{drill.pk}", {"name": "X"}),
            caller.delete(f"/equipment/{drill.pk}"),
        ]
        assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert everything() == before


def test_equipment_is_listed_by_name_and_filtered(admin: User) -> None:
    make_equipment(name="Saw", serial_number="S-9", kind="machine")
    make_equipment(name="Drill", serial_number="D-9", is_active=False)
    caller = program(admin)

    def names(query: str = "") -> list[str]:
        return [each["name"] for each in rows_of(caller.get(f"/equipment?{query}"))]

    assert names() == ["Drill", "Saw"]
    assert [names("kind=machine"), names("is_active=false")] == [["Saw"], ["Drill"]]
    assert [names("search=s-9"), names("search=drill d-9"), names("search=none")] == [
        ["Saw"],
        ["Drill"],
        [],
    ]


def test_usage_counts_the_tasks_that_the_caller_sees_and_names_the_next_job(
    admin: User, sales: User, other_sales: User, tech: User
) -> None:
    drill, today = make_equipment(), audit.today()
    late = make_job(owner=sales, assigned_to=tech, scheduled_date=date(2020, 1, 1))
    next_job = make_job(
        owner=sales,
        title="Next",
        scheduled_date=today,
        start_time=time(8),
        end_time=time(9),
    )
    foreign = make_job(owner=other_sales, scheduled_date=today)
    for job in (late, next_job, foreign, make_job(owner=sales)):
        make_task(job=job, equipment=[drill])
    acts.progress(late.tasks.get(), by=tech, status="completed")
    counts = {"pending": 2, "in_progress": 0, "completed": 1}
    assert program(sales).get(f"/equipment/{drill.pk}/usage").json() == {
        "tasks": counts,
        "next_job": {
            "id": next_job.pk,
            "number": next_job.number,
            "title": "Next",
            "status": "pending",
            "scheduled_date": today.isoformat(),
            "start_time": "08:00:00",
            "end_time": "09:00:00",
        },
    }
    everyone = program(admin).get(f"/equipment/{drill.pk}/usage").json()
    assert everyone["tasks"] == {"pending": 3, "in_progress": 0, "completed": 1}
    unused = program(tech).get(f"/equipment/{make_equipment().pk}/usage").json()
    assert (sum(unused["tasks"].values()), unused["next_job"]) == (0, None)
    assert program(tech).get("/equipment/999/usage").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_equipment_costs_the_same_however_much_there_is(
    rows: int, sales: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    items: list[Any] = [make_equipment() for _number in range(rows)]
    for item in items:
        make_task(job=make_job(owner=sales, scheduled_date=audit.today()), equipment=[item])
    caller = program(sales)
    with django_assert_num_queries(4):
        assert len(rows_of(caller.get("/equipment"))) == rows
    with django_assert_num_queries(6):
        caller.get(f"/equipment/{items[0].pk}/usage")
