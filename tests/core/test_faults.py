"""What is wrong with a form is said above it, by the name of each field."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from people.models import User
from tests.conftest import Sign
from tests.factories import make_customer, make_job

FORMS = "sites-TOTAL_FORMS", "sites-INITIAL_FORMS", "sites-MIN_NUM_FORMS", "sites-MAX_NUM_FORMS"


def faults_in(page: Any) -> list[str]:
    """Each line of the note, with the field that it leads to."""
    note = page.content.decode().partition('<ul class="jobops-faults">')[2].partition("</ul>")[0]
    lines = re.findall(r'<a href="#(\S*)">(.*?)</a>(.*?)</li>', note)
    return [f"{target} {name}{rest}" for target, name, rest in lines]


def test_a_form_names_each_field_that_is_wrong(sales: User, sign_in: Sign) -> None:
    sites = dict(zip(FORMS, ("2", "0", "0", "1000"), strict=True))
    sent = {"name": "", "email": "nowhere", **sites, "sites-1-address": "Mill Lane 1"}
    page = sign_in(sales).post("/admin/operations/customer/add/", sent)
    assert "3 fields need attention:" in page.content.decode()
    assert faults_in(page) == [
        "id_name Name: This field is required.",
        "id_email E-mail: Enter a valid e-mail address.",
        "id_sites-1-name Site 2, Name: This field is required.",
    ]


def test_a_box_is_named_for_the_row_that_it_finds_and_so_is_what_is_made_in_place(
    sales: User, sign_in: Sign
) -> None:
    make_customer(name="Baker")
    browser = sign_in(sales)
    add = "/admin/operations/job/add/"
    tasks = {"tasks-TOTAL_FORMS": "1", "tasks-INITIAL_FORMS": "0", "tasks-0-title": "Look"}
    nobody = browser.post(add, {**tasks, "assigned_to": "0", "tasks-0-typed_equipment": "saw"})
    assert faults_in(nobody) == [
        "chosen-customer Customer: Choose who the job is for: find a customer, or add one.",
        "id_title Title: This field is required.",
        "id_priority Priority: This field is required.",
        "chosen-technician Technician: Select a valid choice. That choice is not one of the "
        "available choices.",
        "id_tasks-0-equipment Task 1, Required equipment: “saw” is not chosen. Choose it from "
        "the list, or clear the box.",
    ]
    new = {"customer-name": "BAKER", "site-access_notes": "Ring", "title": "T", "priority": "low"}
    assert faults_in(browser.post(add, {**tasks, **new})) == [
        "id_customer-name New customer, Name: There is a customer of this name already.",
        "id_site-name Site, Name: Give the site a name or an address.",
    ]


@pytest.mark.parametrize(
    ("path", "sent", "lines"),
    [
        ("/admin/profile/", {"phone": "1" * 51}, ["id_phone Phone:"]),
        (
            "/admin/password_change/",
            {"old_password": "x", "new_password1": "", "new_password2": ""},
            ["id_old_password Old password:", "id_new_password1 New", "id_new_password2 New"],
        ),
        ("/admin/operations/job/{job}/cancel/", {"reason": ""}, ["id_reason Reason:"]),
    ],
)
def test_a_form_of_its_own_does_so_too(
    path: str, sent: dict[str, str], lines: list[str], sales: User, sign_in: Sign
) -> None:
    job = make_job(owner=sales)
    shown = faults_in(sign_in(sales).post(path.format(job=job.pk), sent))
    assert [line.startswith(begin) for line, begin in zip(shown, lines, strict=True)] == [
        True for _ in lines
    ]


def test_what_belongs_to_no_field_is_said_by_itself(sales: User) -> None:
    page = Client().post("/admin/login/", {"username": "sara", "password": "wrong"})
    assert faults_in(page) == []
    assert "need attention" not in page.content.decode()
    assert "User name and password do not match." in page.content.decode()
