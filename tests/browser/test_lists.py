"""Lists on a phone: a row is a card, and several stand on a screen."""

from __future__ import annotations

import re
from datetime import time

import pytest
from django.contrib import admin as django_admin
from playwright.sync_api import expect

from core.record import audit
from core.roles import Role
from operations.models import Equipment
from people.models import User
from tests.browser.conftest import PHONE, PageOf, shuts_out
from tests.factories import make_customer, make_equipment, make_job, make_site, make_user

HIGHEST = 110  # pixels
LONG = "A title that is a good deal longer than one line of the card that a phone has room for"


@pytest.fixture
def company(sales: User, tech: User) -> None:
    """Six rows of each kind, with long texts in them."""
    for number in range(6):
        customer = make_customer(
            name=f"Housing association of the long avenue {number}",
            contact_name="Dr. Maximiliane Hohenwarter",
            phone="+43 1 555 0150",
        )
        site = make_site(name="Back of the main building", address=LONG, customer=customer)
        make_job(
            owner=sales,
            title=LONG,
            site=site,
            assigned_to=tech,
            priority="urgent",
            scheduled_date=audit.today(),
            start_time=time(14, 0),
            end_time=time(15, 30),
        )
        make_equipment(name=LONG[:60])
        make_user(Role.SALES_AGENT, Role.TECHNICIAN, phone="+43 660 555", email=f"u{number}@x.org")


@pytest.mark.parametrize(
    "path",
    [
        *("operations/job/?attention=all", "operations/job/?attention=today"),
        *("operations/customer/", "operations/site/", "operations/equipment/", "people/user/"),
    ],
)
@pytest.mark.usefixtures("company")
def test_a_row_is_a_card_on_a_phone(path: str, page_of: PageOf, admin: User) -> None:
    page = page_of(admin, size=PHONE)
    page.goto(f"/admin/{path}")
    cards = page.locator("#result_list .data-row")
    expect(cards.first).to_be_visible()
    boxes = [card.bounding_box() for card in cards.all()]
    shown = [box for box in boxes if box]
    assert [box["height"] for box in shown if box["height"] > HIGHEST] == []
    assert len([box for box in shown if box["y"] + box["height"] <= PHONE["height"]]) >= 4
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    # All of it opens the row.
    card = cards.first
    card.click(position={"x": 200, "y": 12})
    expect(page).to_have_url(re.compile(r"/[0-9]+/change/"))


@pytest.mark.usefixtures("company")
def test_the_audit_log_folds_its_filter_and_fields_on_a_phone(page_of: PageOf, admin: User) -> None:
    page = page_of(admin, size=PHONE)
    page.goto("/admin/audit-log/")
    expect(page.get_by_role("search", name="Records")).to_be_hidden()
    heights = [
        box["height"] for e in page.locator(".jobops-entry").all() if (box := e.bounding_box())
    ]
    assert [height for height in heights if height > HIGHEST] == []
    page.get_by_text("Filter and export").click()
    expect(page.get_by_role("search", name="Records")).to_be_visible()


@pytest.mark.usefixtures("company")
def test_the_audit_log_shows_all_of_it_where_there_is_room(page_of: PageOf, admin: User) -> None:
    page = page_of(admin)
    page.goto("/admin/audit-log/")
    expect(page.get_by_role("search", name="Records")).to_be_visible()
    expect(page.locator(".jobops-changes").first).to_be_visible()
    expect(page.get_by_text("Filter and export")).to_be_hidden()


def test_a_list_stands_as_it_was_left_when_somebody_comes_back(
    page_of: PageOf, sales: User
) -> None:
    for number in range(30):
        make_job(owner=sales, title=f"Boiler {number}", priority="high")
    page = page_of(sales)
    page.goto("/admin/operations/job/?attention=all&priority__exact=high")
    page.evaluate("scrollTo(0, 900)")
    page.locator("#result_list .data-row th a").nth(20).click()
    expect(page.locator("#job-title")).to_be_visible()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_role("link", name="Back to the job").click()
    expect(page.locator("#job-title")).to_be_visible()
    page.get_by_role("link", name="Back to the list").click()
    expect(page).to_have_url(re.compile(r"priority__exact=high$"))
    page.wait_for_function("scrollY > 600")
    # Whoever opens it by the menu begins above.
    page.get_by_role("navigation").get_by_role("link", name="Jobs", exact=True).click()
    page.wait_for_url(re.compile(r"attention=all$"))
    assert page.evaluate("scrollY") == 0


def test_the_number_of_the_page_that_is_shown_can_be_read_in_the_dark(
    page_of: PageOf, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(django_admin.site._registry[Equipment], "list_per_page", 1)
    for number in range(10):
        make_equipment(name=f"Drill {number}")
    page = page_of(admin, size=PHONE)
    page.emulate_media(color_scheme="dark")
    # Of a single digit, axe says nothing.
    page.goto("/admin/operations/equipment/?p=10")
    expect(page.get_by_text("10", exact=True)).to_be_visible()
    expect(page.locator("html")).to_have_class("dark")
    assert shuts_out(page, dark=True) == []
