"""The pages on which programmers read and try the API."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from people.models import User
from tests.browser.conftest import DESKTOP, PHONE, PageOf


def call(page: Page, operation: str, body: str = "") -> str:
    """Try an operation out; the status and the body of the answer."""
    block = page.locator(f"[id$={operation}]")
    if "is-open" not in (block.get_attribute("class") or ""):
        block.locator(".opblock-summary-control").click()
    expect(block.locator(".try-out__btn")).to_be_visible()
    if block.get_by_role("button", name="Try it out").is_visible():
        block.get_by_role("button", name="Try it out").click()
    if body:
        block.locator("textarea.body-param__text").fill(body)
    with page.expect_response(lambda response: "/api/" in response.url) as answered:
        block.get_by_role("button", name="Execute").click()
    answer = block.locator(".live-responses-table .response")
    # That of the call before stands there until this one is drawn.
    expect(answer).to_contain_text(re.compile(rf"^\s*{answered.value.status}"))
    return answer.inner_text()


def test_a_programmer_signs_in_authorizes_and_tries_a_call(
    page_of: PageOf, tech: User, faults: list[str]
) -> None:
    page = page_of()
    page.goto("/swagger/")
    expect(page).to_have_url("/api/docs")
    assert call(page, "read_me").startswith("401")
    assert "401" in faults.pop()
    found = call(page, "sign_in", '{"username": "tina", "password": "pass-word-1"}')
    token = re.search(r'"access": "([^"]+)"', found)
    assert found.startswith("200")
    assert token is not None
    page.locator(".auth-wrapper .authorize").click()
    dialog = page.locator(".dialog-ux")
    dialog.locator("input[type=text]").first.fill(token[1])
    dialog.locator("button.authorize").first.click()
    dialog.get_by_role("button", name="Close").first.click()
    found = call(page, "read_me")
    assert found.startswith("200")
    assert '"username": "tina"' in found


def test_who_is_signed_in_tries_calls_as_themselves(page_of: PageOf, tech: User) -> None:
    page = page_of(tech)
    page.goto("/api/docs")
    found = call(page, "change_me", '{"phone": "555"}')
    assert found.startswith("200")
    assert User.objects.get(pk=tech.pk).phone == "555"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_reference_is_read_without_asking_another_host(
    size: ViewportSize, page_of: PageOf
) -> None:
    page = page_of(size=size)
    page.goto("/redoc/")
    expect(page).to_have_url("/api/redoc")
    expect(page.get_by_role("heading", name="Get the next pair of tokens")).to_be_visible()
