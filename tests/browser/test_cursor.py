"""The cursor stands where somebody goes on, however often a page is loaded."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from people.models import User
from tests.browser.conftest import PageOf
from tests.factories import make_customer, make_site


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("operations/customer/add/", "Name"),
        ("operations/equipment/add/", "Name"),
        ("people/user/add/", "User name"),
        ("profile/", "First name"),
        ("password_change/", "Old password"),
    ],
)
def test_it_stands_in_the_first_field_at_every_load(
    path: str, field: str, page_of: PageOf, admin: User
) -> None:
    page = page_of(admin)
    for _ in range(3):
        page.goto(f"/admin/{path}")
        expect(page.get_by_label(field).first).to_be_focused()


def test_it_stands_in_a_field_that_shows_itself_as_another(page_of: PageOf, admin: User) -> None:
    page = page_of(admin)
    page.goto("/admin/operations/site/add/")
    expect(page.locator(".field-customer .select2-selection")).to_be_focused()


def test_it_stands_in_the_first_field_that_is_wrong(page_of: PageOf, admin: User) -> None:
    make_site(customer=make_customer(name="Baker"), name="Mill")
    page = page_of(admin)
    page.goto("/admin/operations/equipment/add/")
    page.get_by_label("Name").fill("Drill")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Serial number: This field is required.")
    expect(page.get_by_label("Serial number")).to_be_focused()
    page.get_by_label("Name").focus()
    page.get_by_role("link", name="Serial number").click()
    expect(page.get_by_label("Serial number")).to_be_focused()


def test_it_stands_in_the_box_that_finds_what_is_missing(page_of: PageOf, sales: User) -> None:
    page = page_of(sales)
    page.goto("/admin/operations/job/add/")
    page.get_by_label("Task 1").fill("Look")
    page.get_by_label("Equipment for this task").fill("saw")
    page.keyboard.press("Control+Enter")
    note = page.get_by_role("alert")
    expect(note).to_contain_text("3 fields need attention:")
    expect(page.get_by_label("Who calls")).to_be_focused()
    note.get_by_role("link", name="Task 1, Required equipment").click()
    expect(page.get_by_label("Equipment for this task")).to_be_focused()
    note.get_by_role("link", name="Customer").click()
    expect(page.get_by_label("Who calls")).to_be_focused()


def test_it_goes_into_a_row_that_is_added(page_of: PageOf, sales: User) -> None:
    page = page_of(sales)
    page.goto("/admin/operations/customer/add/")
    page.get_by_role("link", name="Add another site").click()
    expect(page.locator("#id_sites-0-name")).to_be_focused()


def test_what_somebody_began_to_type_goes_on(page_of: PageOf, admin: User) -> None:
    page = page_of(admin)
    page.goto("/admin/operations/equipment/add/", wait_until="commit")
    page.get_by_label("Serial number").click()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_label("Serial number")).to_be_focused()
