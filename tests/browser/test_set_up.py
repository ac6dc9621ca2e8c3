"""The first day: from an empty installation to the first steps."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from core.roles import Role
from people.models import User
from tests.browser.conftest import PHONE, PageOf, shuts_out
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def first(transactional_db: None) -> User:
    return make_user(Role.ADMIN, username="boss", first_name="", last_name="")


def logo() -> bytes:
    file = io.BytesIO()
    Image.new("RGBA", (300, 120), "teal").save(file, "PNG")
    return file.getvalue()


def test_the_first_admin_goes_the_way(first: User, page_of: PageOf) -> None:
    page = page_of(first, size=PHONE)
    page.goto("/admin/")
    expect(page.get_by_label("First name")).to_be_focused()
    page.keyboard.type("Anna")
    page.keyboard.press("Tab")
    page.keyboard.type("Berger")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Welcome, Anna Berger.")).to_be_visible()
    grave = [f for f in shuts_out(page, dark=False) if f["impact"] in {"serious", "critical"}]
    assert grave == []
    page.get_by_role("button", name="Skip: Customers").click()
    expect(page.locator("[data-step=customers]")).to_contain_text("Skipped")
    page.get_by_role("link", name="Name the company").click()
    page.get_by_label("Name").fill("Nordring")
    page.get_by_label("Logo", exact=True).set_input_files(
        {"name": "logo.png", "mimeType": "image/png", "buffer": logo()}
    )
    page.get_by_role("button", name="Save").click()
    shown = page.get_by_alt_text("The current logo")
    expect(shown).to_be_visible()
    expect(shown).to_have_js_property("naturalWidth", 300)
    page.goto("/admin/")
    expect(page.locator("[data-step=company]")).to_contain_text("Done")
    # What was skipped is still there to be done.
    page.get_by_role("link", name="Add a customer").click()
    expect(page.get_by_label("Name").first).to_be_focused()
