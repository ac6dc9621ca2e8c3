"""Signing in through the form, in a browser."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import Page, ViewportSize, expect

from people.models import User
from tests.browser.conftest import DESKTOP, PHONE, PageOf


def sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("role", ["admin", "sales", "tech"])
def test_a_person_of_each_role_signs_in_and_comes_to_the_home_page(
    role: str, size: ViewportSize, page_of: PageOf, request: pytest.FixtureRequest
) -> None:
    user: User = request.getfixturevalue(role)
    page = page_of(size=size)
    sign_in(page, user.username, "pass-word-1")
    # Chromium says by itself that it is on a phone.
    to_the_day = role == "tech" and size == PHONE
    expect(page).to_have_url("/my-day/" if to_the_day else "/admin/")
    expect(page).to_have_title("My day | JobOps" if to_the_day else "Home | JobOps")
    # The first Admin is shown the way.
    nothing = "Welcome" if role == "admin" else "Nothing is waiting for you"
    expect(page.get_by_role("heading", name=nothing)).to_be_visible()


def test_a_wrong_password_is_told_and_nobody_is_signed_in(page_of: PageOf, sales: User) -> None:
    page = page_of()
    sign_in(page, "sara", "wrong")
    expect(page.get_by_text("User name and password do not match.")).to_be_visible()
    page.goto("/admin/")
    expect(page).to_have_url("/admin/login/?next=/admin/")


def test_too_many_failures_are_told_on_a_page_with_its_styles(
    page_of: PageOf, sales: User, faults: list[str]
) -> None:
    for _ in range(9):
        Client().post("/admin/login/", {"username": "sara", "password": "wrong"})
    page = page_of()
    sign_in(page, "sara", "wrong")
    heading = page.get_by_role("heading", name="Too many failed sign-ins")
    expect(heading).to_be_visible()
    expect(heading).to_have_css("font-weight", "600")
    assert "429" in faults.pop()
