"""Whoever sees a job sees on it whom the work is for and where, and nothing more of customers: also
by a group of the company's own that may view jobs alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from core.record.audit import today
from operations.models import Job
from people.models import User
from tests import programs
from tests.access.world import company_group
from tests.conftest import Sign
from tests.factories import make_customer, make_job, make_site, make_user

pytestmark = pytest.mark.django_db
NAME, CONTACT, PHONE = "Harbour Hotel", "Frieda Front", "+43 1 555 0101"
SITE, ADDRESS, ACCESS = "Main building", "1 Quay", "Ring at gate 3"
ON_THE_JOB = (NAME, CONTACT, PHONE, SITE, ADDRESS, ACCESS)
OF_THE_CUSTOMER = ("front@hotel.example", "Pays late")


@pytest.fixture
def job(sales: User) -> Job:
    customer = make_customer(
        name=NAME, contact_name=CONTACT, phone=PHONE, email=OF_THE_CUSTOMER[0], notes="Pays late"
    )
    site = make_site(customer=customer, name=SITE, address=ADDRESS, access_notes=ACCESS)
    return make_job(owner=sales, site=site, scheduled_date=today(), title="Service the boiler")


@pytest.fixture
def viewer(sign_in: Sign) -> Client:
    person = make_user()
    person.set_groups([company_group({("operations.job", "view")})])
    return sign_in(person)


def words_in(answer: Any, words: tuple[str, ...]) -> list[str]:
    """Which of these words an answer holds."""
    text = answer.content.decode()
    return [word for word in words if word in text]


def test_the_page_of_the_job_says_whom_it_is_for_and_where(job: Job, viewer: Client) -> None:
    page = viewer.get(f"/admin/operations/job/{job.pk}/change/")
    assert page.status_code == 200
    assert words_in(page, ON_THE_JOB) == list(ON_THE_JOB)


def test_who_edits_the_job_sees_the_same_on_it(job: Job, sales: User, sign_in: Sign) -> None:
    person = make_user()
    person.set_groups([company_group({("operations.job", "view"), ("operations.job", "change")})])
    for editor in (sales, person):
        page = sign_in(editor).get(f"/admin/operations/job/{job.pk}/change/")
        assert words_in(page, ON_THE_JOB) == list(ON_THE_JOB)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/api/dashboard", (NAME, PHONE, SITE, ADDRESS, ACCESS)),
        ("/api/jobs", (NAME, SITE)),
        ("/api/jobs/{job}", (NAME, SITE)),
        ("/admin/operations/job/", (NAME, SITE)),
        ("/admin/search/?s=boiler", (NAME, SITE)),
        ("/admin/search/?s=Harbour", (NAME, SITE)),
    ],
)
def test_each_door_of_the_job_says_its_part_of_it(
    address: str, shown: tuple[str, ...], job: Job, viewer: Client
) -> None:
    answer = viewer.get(address.format(job=job.pk))
    assert answer.status_code == 200
    assert words_in(answer, ON_THE_JOB) == list(shown)


PAGES = {
    "/admin/": 200,
    "/my-day/": 200,
    "/admin/operations/job/": 200,
    "/admin/operations/job/{job}/change/": 200,
    "/admin/operations/job/{job}/history/": 403,
    "/admin/search/?s=Harbour": 200,
    "/admin/search/?s=front@hotel": 200,
    "/admin/autocomplete/?app_label=operations&model_name=job&field_name=customer&term=Har": 403,
    "/admin/operations/customer/": 403,
    "/admin/operations/customer/{customer}/change/": 404,
    "/admin/operations/customer/{customer}/history/": 404,
    "/admin/operations/customer/{customer}/delete/": 404,
    "/admin/operations/site/": 403,
    "/admin/operations/site/{site}/change/": 404,
    "/admin/audit-log/": 403,
    "/api/customers": 200,
    "/api/customers?search=Harbour": 200,
    "/api/customers/{customer}": 404,
    "/api/jobs/{job}": 200,
    "/api/jobs/{job}/history": 403,
    "/api/dashboard": 200,
}


def test_of_the_customer_themselves_nothing_is_told_at_any_door(job: Job, viewer: Client) -> None:
    keys = {"job": job.pk, "customer": job.customer_id, "site": job.site_id}
    answers = {page: viewer.get(page.format(**keys)) for page in PAGES}
    assert {page: answer.status_code for page, answer in answers.items()} == PAGES
    assert {
        word for answer in answers.values() for word in words_in(answer, OF_THE_CUSTOMER)
    } == set()
    assert answers["/api/customers"].json()["results"] == []
    assert answers["/api/customers?search=Harbour"].json()["results"] == []


def test_the_customer_is_neither_changed_nor_added_to(job: Job, viewer: Client) -> None:
    body = {"name": "Taken"}
    values = {"content_type": "application/json"}
    answers = [
        viewer.patch(f"/api/customers/{job.customer_id}", body, **values).status_code,
        viewer.post("/api/customers", body, **values).status_code,
        viewer.post(f"/api/customers/{job.customer_id}/sites", body, **values).status_code,
        viewer.patch(f"/api/sites/{job.site_id}", body, **values).status_code,
    ]
    assert answers == [404, 403, 404, 404]
    assert Job.objects.get(pk=job.pk).customer.name == NAME


def test_who_progresses_every_job_and_sees_none_has_no_dashboard(sales: User, tech: User) -> None:
    make_job(owner=sales, assigned_to=tech, scheduled_date=today())
    group = Group.objects.create(name="Helpers")
    group.permissions.set(Permission.objects.filter(codename="progress_job"))
    person = make_user()
    person.groups.add(group)
    answer = programs.program(User.objects.get(pk=person.pk)).get("/dashboard").json()
    assert (answer["days"], answer["overdue"]) == ([], [])
    # A technician sees what is theirs, and no more by the group.
    tech.groups.add(group)
    other = make_job(owner=sales, scheduled_date=today())
    days = programs.program(User.objects.get(pk=tech.pk)).get("/dashboard").json()["days"]
    assert other.pk not in [job["id"] for day in days for job in day["jobs"]]
    assert len(days[0]["jobs"]) == 1
