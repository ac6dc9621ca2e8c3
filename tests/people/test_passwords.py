"""The pages on which a new password is typed twice."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.test import Client

from people.models import User
from people.password_link import password_link
from tests.conftest import Sign

SHORT = "This password is too short. It must contain at least 12 characters."
DIFFER = "The two password fields didn’t match."


@pytest.fixture(params=["one's own", "given", "by a link"])
def page(
    request: pytest.FixtureRequest, admin: User, tech: User, sign_in: Sign
) -> tuple[Client, str, str]:
    """A browser before such a page, its address, and what its fields are called."""
    if request.param == "one's own":
        return sign_in(tech), "/admin/password_change/", "new_password"
    if request.param == "given":
        return sign_in(admin), f"/admin/people/user/{tech.pk}/password/", "password"
    browser, link = Client(), urlsplit(password_link(tech))
    browser.get(f"{link.path}?{link.query}")
    return browser, "/set-password/", "new_password"


@pytest.mark.parametrize(("second", "told"), [("short", []), ("other", [DIFFER])])
def test_what_is_weak_about_a_password_is_told_where_it_is_typed_first(
    second: str, told: list[str], page: tuple[Client, str, str]
) -> None:
    browser, address, name = page
    typed = {f"{name}1": "short", f"{name}2": second, "old_password": "pass-word-1"}
    form = browser.post(address, {**typed, "usable_password": "true"}).context["form"]
    assert (form.errors[f"{name}1"], form.errors.get(f"{name}2", [])) == ([SHORT], told)
