"""The command palette: what it finds, for whom, and at which cost."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from core.backoffice.palette import SHOWN
from core.roles import Role
from operations.models import Job
from people.models import User
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job, make_site, make_user

pytestmark = pytest.mark.django_db


def found(client: Client, words: str) -> list[tuple[str, str]]:
    """What the palette shows: title and what tells it from others."""
    page = client.get(reverse("admin:search"), {"s": words, "extended": "1"})
    results = page.context["results"] if page.context else []
    return [(result.title, result.description) for result in results]


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    site = make_site(
        name="Harbour works",
        customer=make_customer(name="Lime Dairy", contact_name="Lena Lime", phone="+43 660 1234"),
    )
    return make_job(owner=sales, assigned_to=tech, site=site, title="Mend the churn")


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("churn", "{number} Mend the churn"),
        ("CHURN lime", "{number} Mend the churn"),
        ("{number}", "{number} Mend the churn"),
        ("{pk}", "{number} Mend the churn"),
        ("lena", "Lime Dairy"),
        ("660 1234", "Lime Dairy"),
        ("harbour", "Harbour works"),
        ("SN-777", "Long ladder"),
        ("ladder", "Long ladder"),
        ("Zora Zimmer", "Zora Zimmer"),
        ("555-99", "Zora Zimmer"),
        ("audit", "Audit log"),
        ("overd", "Overdue"),
    ],
)
def test_it_finds_whatever_the_person_may_see_by_what_it_is_known_by(
    words: str, title: str, job: Job, sales: User, sign_in: Sign
) -> None:
    make_equipment(name="Long ladder", serial_number="SN-777")
    make_user(Role.TECHNICIAN, first_name="Zora", last_name="Zimmer", phone="555-99")
    named = {"number": job.number, "pk": job.pk}
    titles = [each for each, _rest in found(sign_in(sales), words.format(**named))]
    assert title.format(**named) in titles


def test_each_result_says_what_tells_it_from_others(job: Job, admin: User, sign_in: Sign) -> None:
    client = sign_in(admin)
    make_equipment(name="Lime pump", serial_number="LP-1", kind="machine")
    assert found(client, "lime") == [
        ("Lime Dairy", "Lena Lime · +43 660 1234"),
        (f"{job.number} Mend the churn", "Lime Dairy, Harbour works · unscheduled · Pending"),
        ("Harbour works", "Lime Dairy"),
        ("Lime pump", "Machine · LP-1"),
    ]
    make_customer(name="Nameless Inc")
    assert found(client, "nameless") == [("Nameless Inc", "Customer")]
    make_user(first_name="Nora", last_name="Nobody", username="nono")
    assert found(client, "nobody") == [("Nora Nobody", "nono")]
    assert found(client, "lab") == []


def test_a_job_without_a_site_names_its_customer(sales: User, sign_in: Sign) -> None:
    job = make_job(owner=sales, title="Nowhere yet", customer=make_customer(name="Acme"))
    assert found(sign_in(sales), "nowhere") == [
        (f"{job.number} Nowhere yet", "Acme · unscheduled · Pending")
    ]


@pytest.mark.parametrize(
    ("words", "titles"), [("", []), ("  ", []), ("\0", []), ("zz", []), ("li", ["Lime Dairy"])]
)
def test_less_than_three_letters_find_no_job(
    words: str, titles: list[str], job: Job, admin: User, sign_in: Sign
) -> None:
    make_job(owner=admin, title="Lime the pond")
    shown = [title for title, _rest in found(sign_in(admin), words)]
    assert [title for title in shown if title != "Harbour works"] == titles


def test_beyond_a_screen_of_rows_it_leads_to_all_of_them(sales: User, sign_in: Sign) -> None:
    for _number in range(SHOWN + 1):
        make_job(owner=sales, title="Paint the fence")
    client = sign_in(sales)
    results = found(client, "fence")
    assert (len(results), results[-1]) == (SHOWN + 1, ("All jobs with “fence”", ""))
    page = client.get(reverse("admin:search"), {"s": "fence", "extended": "1"})
    last = page.context["results"][SHOWN].link
    assert client.get(last).context["cl"].result_count == SHOWN + 1


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("who", "cost"), [("admin", 9), ("sales", 10), ("tech", 10)])
def test_it_costs_the_same_however_many_rows(
    who: str, cost: int, rows: int, job: Job, request: pytest.FixtureRequest
) -> None:
    for _number in range(rows):
        make_job(owner=job.owner, assigned_to=job.assigned_to, site=make_site(), title="churn")
    client = request.getfixturevalue("sign_in")(request.getfixturevalue(who))
    client.get(reverse("admin:search"), {"s": "churn", "extended": "1"})
    # PostgreSQL is asked first which words hold what is typed.
    words = connection.vendor == "postgresql"
    with request.getfixturevalue("django_assert_num_queries")(cost + words):
        assert len(found(client, "churn")) == rows + 1


@pytest.mark.parametrize("asked", ["anderung", "A\u0308nderung", "Ä\u00adNDERUNG", "protokoll"])
def test_a_page_is_found_by_its_name_however_it_is_written(
    asked: str, admin: User, sign_in: Sign
) -> None:
    admin.language = "de"
    admin.save()
    assert "Änderungsprotokoll" in [title for title, _rest in found(sign_in(admin), asked)]


def test_what_nobody_sees_asks_for_nothing(admin: User, sign_in: Sign) -> None:
    assert found(sign_in(admin), "\u200b\u2060") == []
