"""Each customer of the demo is found, however their name or phone is typed, at every door."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date, time
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from core.backoffice import palette
from operations.models import Customer, Job
from people.models import User
from tests import acting, programs
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job, make_site, make_user
from tests.operations.test_resources import good, load

pytestmark = pytest.mark.django_db

with (Path(settings.BASE_DIR) / "fixtures/customers.csv").open(encoding="utf-8") as _file:
    ROWS = list(csv.DictReader(_file))
Ask = Callable[[str], list[str]]


def without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def ways(row: dict[str, str]) -> Iterator[str]:
    """How people ask for a customer."""
    name, phone = row["name"], row["phone"]
    yield from (name, name.upper(), without_accents(name), phone)
    digits = phone.replace(" ", "")
    local = digits.removeprefix("+43")
    yield from (digits, f"0{local}", f"00{digits[1:]}", f"0{local[:1]}/{local[1:]}")


WAYS = len(list(ways(ROWS[0])))


@pytest.fixture
def customers(admin: User) -> None:
    good(load("customers", *ROWS, by=admin))


def names(found: list[str], row: dict[str, str]) -> bool:
    return row["name"] in found


def _api(admin: User, _sign_in: Sign) -> Ask:
    caller = programs.program(admin)
    return lambda text: [c["name"] for c in caller.get("/customers", search=text).json()["results"]]


def _list(admin: User, sign_in: Sign) -> Ask:
    client, url = sign_in(admin), reverse("admin:operations_customer_changelist")
    return lambda text: [c.name for c in client.get(url, {"q": text}).context["cl"].result_list]


def _palette(admin: User, sign_in: Sign) -> Ask:
    client, url = sign_in(admin), reverse("admin:search")
    return lambda text: [r.title for r in client.get(url, {"s": text}).context["results"]]


def test_there_are_forty_of_them(customers: None) -> None:
    assert (len(ROWS), Customer.objects.count()) == (40, 40)


def test_each_customer_of_the_demo_is_found_as_people_ask_for_them(customers: None) -> None:
    def ask(text: str) -> list[str]:
        return [customer.name for customer in Customer.objects.matching(text)]

    missed = [(row["name"], way) for row in ROWS for way in ways(row) if not names(ask(way), row)]
    assert missed == []


@pytest.mark.parametrize("door", [_api, _list, _palette], ids=["api", "list", "palette"])
def test_every_door_finds_each_customer_of_the_demo_and_each_way_of_asking(
    door: Callable[[User, Sign], Ask], customers: None, admin: User, sign_in: Sign
) -> None:
    """In one way each, in turn; `matching`, of which the doors ask, is tried in every one above."""
    ask = door(admin, sign_in)
    asked = [(row, list(ways(row))[turn % WAYS]) for turn, row in enumerate(ROWS)]
    assert [(row["name"], way) for row, way in asked if not names(ask(way), row)] == []


def test_and_so_are_their_jobs_by_the_name(customers: None, admin: User) -> None:
    jobs = {c.name: make_job(owner=admin, customer=c) for c in Customer.objects.all()}
    for name, job in jobs.items():
        for way in (name, name.upper(), without_accents(name)):
            assert job in Job.objects.matching(way), way


def test_a_phone_written_in_pairs_is_found_in_the_palette(admin: User, sign_in: Sign) -> None:
    make_customer(name="Paired", phone="01 55 50 14 33")
    assert _palette(admin, sign_in)("01 55 50 14 33") == ["Paired"]


@pytest.mark.parametrize("door", [_api, _list, _palette], ids=["api", "list", "palette"])
@pytest.mark.parametrize("name", ["3M", "AB CD", "x" * 200, " ".join(["Harbour"] * 25)])
def test_every_door_finds_a_short_name_and_a_long_one(
    name: str, door: Callable[[User, Sign], Ask], admin: User, sign_in: Sign
) -> None:
    make_customer(name=name)
    assert name in door(admin, sign_in)(name)


def test_the_api_takes_names_as_long_as_the_fields_of_each_kind(admin: User) -> None:
    person = make_user(first_name="A" * 150, last_name="B" * 150)
    drill = make_equipment(name="D" * 200, serial_number="S" * 100)
    site = make_site(name="S" * 200, customer=make_customer(name="C" * 200))
    job = make_job(owner=admin, title="T" * 200, site=site)
    caller = programs.program(admin)
    for path, words, pk in (
        ("/users", person.name, person.pk),
        ("/equipment", str(drill), drill.pk),
        ("/customers", site.customer.name, site.customer_id),
        ("/jobs", f"{site.customer}, {site}", job.pk),
        ("/jobs", str(job), job.pk),
    ):
        answer = caller.get(path, search=words)
        assert [row["id"] for row in answer.json()["results"]] == [pk]
    assert caller.get("/users", search="x" * 501).status_code == 422


def test_the_audit_log_finds_a_short_name_and_says_why_it_finds_nothing(
    admin: User, sign_in: Sign
) -> None:
    client, url = sign_in(admin), reverse("admin:audit_log")
    sentence = "Type a word of three letters or more, or a job number"
    make_customer(name="Baker")
    html = client.get(url, {"words": "3M"}).content.decode()
    assert sentence in html
    assert "Try more days" not in html
    assert sentence in client.get(url, {"words": "3M", "kind": "task"}).content.decode()
    html = client.get(url, {"words": "3M", "kind": "customer"}).content.decode()
    assert (sentence in html, "Try more days" in html) == (False, True)
    make_customer(name="3M")
    html = client.get(url, {"words": "3M"}).content.decode()
    assert (sentence in html, "3M was added" in html or ">3M<" in html) == (False, True)


def test_words_too_short_to_find_a_job_say_so(admin: User, sign_in: Sign) -> None:
    make_job(owner=admin, title="am")
    sentence = "Type a word of three letters or more, or a job number"
    client = sign_in(admin)
    listed = client.get(reverse("admin:operations_job_changelist"), {"q": "am"})
    assert sentence in listed.context["cl"].empty_text
    palette = client.get(reverse("admin:search"), {"s": "am", "extended": "1"})
    assert sentence in palette.content.decode()
    answer = programs.program(admin).get("/jobs", search="am").json()
    assert (answer["results"], answer["note"][: len(sentence)]) == ([], sentence)
    assert "note" not in programs.program(admin).get("/jobs", search="amber").json()


def test_the_palette_shows_what_is_at_hand_before_what_is_over(
    admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    day = {"scheduled_date": date(2031, 3, 4), "start_time": time(9), "end_time": time(10)}
    hotel = make_customer(name="Tina's Hotel", contact_name="Ms Ort")
    done = make_job(owner=sales, title="Tina done", customer=hotel, **day)
    acting.cancel(done, by=admin, reason="Not wanted")
    make_job(owner=sales, title="Tina due", customer=hotel)
    make_equipment(name="Tina's drill", serial_number="T-1")
    results = sign_in(admin).get(reverse("admin:search"), {"s": "tina"}).context["results"]
    assert [(each.title, each.description) for each in results] == [
        ("Tina's Hotel", "Ms Ort"),
        ("Tina Tech", "tina"),
        (f"J-{done.pk + 1:06d} Tina due", "Tina's Hotel · unscheduled · Pending"),
        ("Tina's drill", "Tool · T-1"),
        (
            str(done),
            "Tina's Hotel · Tue 4 Mar 2031, 09:00–10:00 · Cancelled",
        ),
    ]


def test_many_closed_jobs_do_not_hide_an_open_one(admin: User, sign_in: Sign) -> None:
    due = make_job(owner=admin, title="Boiler")
    for _number in range(palette.SHOWN + 1):
        acting.complete(make_job(owner=admin, title="Boiler"), by=admin)
    found = _palette(admin, sign_in)("boiler")
    assert (found[0], len(found), found[-1]) == (str(due), 22, "All jobs with “boiler”")
