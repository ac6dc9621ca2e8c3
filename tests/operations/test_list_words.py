"""What lists say: how many rows, of what they are found by, and nothing as nothing."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils.translation import override

from operations.models import Equipment
from operations.states import JobStatus, TaskStatus
from people.models import User
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job
from tests.operations.pages import words


def list_of(model: str) -> str:
    return reverse(f"admin:{model}_changelist")


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "No items of equipment here yet."),
        (1, "1 item of equipment"),
        (3, "3 items of equipment"),
    ],
)
def test_equipment_is_counted_by_the_item(
    number: int, expected: str, admin: User, sign_in: Sign
) -> None:
    for place in range(number):
        make_equipment(name=f"Pump {place}", serial_number=f"P-{place}")
    page = sign_in(admin).get(list_of("operations_equipment"))
    assert (expected in words(page), f"{number} equipment" in words(page)) == (True, False)


def test_all_rows_of_several_pages_are_chosen_by_the_item(admin: User, sign_in: Sign) -> None:
    Equipment.objects.bulk_create(
        Equipment(name=f"Pump {n}", serial_number=f"P-{n}", serial_folded=f"p-{n}", kind="tool")
        for n in range(51)
    )
    page = sign_in(admin).get(list_of("operations_equipment"))
    assert "Select all 51 items of equipment" in words(page)
    assert "1 2 · 51 items of equipment" in words(page)


def test_nothing_is_shown_by_one_sign(admin: User, sales: User, sign_in: Sign) -> None:
    customer = make_customer(name="Mill", contact_name="", phone="")
    make_job(owner=sales, customer=customer, site=None)
    browser = sign_in(admin)
    for model, number in (("operations_customer", 2), ("operations_job", 2)):
        cells = words(browser.get(list_of(model))).split()
        assert (cells.count("–"), cells.count("-")) == (number, 0)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("operations_site", "Name, address or customer"),
        ("people_user", "Name, user name or phone"),
    ],
)
def test_a_list_says_what_its_rows_are_found_by(
    model: str, expected: str, admin: User, sign_in: Sign
) -> None:
    page = sign_in(admin).get(list_of(model))
    assert f'placeholder="{expected}"' in page.content.decode()


def test_a_task_is_done_and_a_job_is_completed() -> None:
    with override("en"):
        labels = (str(TaskStatus.COMPLETED.label), str(JobStatus.COMPLETED.label))
    assert labels == ("Done", "Completed")
