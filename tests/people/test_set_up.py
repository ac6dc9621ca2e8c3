"""The way from an empty installation to the first job."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from core.roles import Role
from people import set_up
from people.company import company
from people.models import User
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job, make_user

HOME = "/admin/"
STEPS = ["company", "customers", "equipment", "people", "job"]


@pytest.fixture
def first(db: None) -> User:
    """The first Admin, as they come from the command: with a user name alone."""
    return make_user(Role.ADMIN, username="boss", first_name="", last_name="")


def shown(browser: Client) -> list[str]:
    """Each step with where it stands."""
    found = browser.get(HOME).context["steps"]
    return [f"{each.step.name} {state(each)}" for each in found]


def state(each: set_up.Shown) -> str:
    if each.is_done_or_skipped:
        return "done" if each.is_done else "skipped"
    return "next" if each.is_next else "to do"


def test_the_first_admin_is_asked_their_name(first: User, sign_in: Sign) -> None:
    browser = sign_in(first)
    assert "Welcome to JobOps. What is your name?" in browser.get(HOME).content.decode()
    names = {"first_name": "Anna", "last_name": "Berger"}
    page = browser.post("/admin/set-up/name/", names, follow=True)
    assert "Welcome, Anna Berger. A few steps to the first job:" in page.content.decode()
    row = first.history.first()
    assert (row.first_name, row.last_name, row.person_name) == ("Anna", "Berger", "boss")


def test_a_name_that_is_too_long_is_told(first: User, sign_in: Sign) -> None:
    browser = sign_in(first)
    page = browser.post("/admin/set-up/name/", {"first_name": "x" * 151}, follow=True)
    assert [str(m) for m in page.context["messages"]] == [
        "Ensure this value has at most 150 characters (it has 151)."
    ]
    assert User.objects.get(pk=first.pk).first_name == ""
    assert f'value="{"x" * 151}"' in page.content.decode()
    assert "x" * 151 not in browser.get(HOME).content.decode()


def test_a_name_that_is_typed_after_the_session_ended_is_asked_with_again(
    first: User, sign_in: Sign
) -> None:
    browser = sign_in(first)
    mark = first.form_mark
    assert mark in browser.get(HOME).content.decode()
    Session.objects.all().delete()
    names = {"first_name": "Anna", "last_name": "Berger", "typed_by": mark}
    page = browser.post("/admin/set-up/name/", names)
    typed = {"username": "boss", "password": "pass-word-1", "kept": page.context["kept"]}
    page = browser.post(page.context["app_path"], typed, follow=True)
    html = page.content.decode()
    assert ('value="Anna"' in html, 'value="Berger"' in html) == (True, True)
    assert "Your sign-in has ended or changed." in html
    assert User.objects.get(pk=first.pk).first_name == ""
    assert browser.get("/admin/set-up/name/")["Location"] == HOME


def test_each_step_is_done_skipped_or_to_do_and_all_are_gone_in_the_end(
    first: User, sign_in: Sign
) -> None:
    browser = sign_in(first)
    assert shown(browser) == ["company next", *(f"{name} to do" for name in STEPS[1:])]
    page = browser.post("/admin/set-up/company/skip/", follow=True)
    assert 'data-step="company"' in page.content.decode()
    assert shown(browser)[:2] == ["company skipped", "customers next"]
    for path, typed in (
        ("company/", {"name": "Nordring"}),
        ("set-up/equipment/skip/", {}),
        ("set-up/equipment/skip/", {}),
    ):
        browser.post(f"/admin/{path}", {"stated_version": company().version, **typed})
    make_customer()
    make_user(Role.TECHNICIAN)
    browser.post("/admin/set-up/people/skip/")
    assert shown(browser) == [
        *("company done", "customers done", "equipment skipped", "people done", "job next"),
    ]
    make_equipment()
    make_job(owner=first)
    browser.post("/admin/set-up/job/skip/")
    assert shown(browser) == []
    assert "jobops-set-up" not in browser.get(HOME).content.decode()
    assert company().skipped == ["company", "equipment", "people", "job"]


def test_an_empty_home_shows_the_way_and_nothing_else(first: User, sign_in: Sign) -> None:
    page = sign_in(first).get(HOME).content.decode()
    assert [word in page for word in ("Nothing is waiting", "jobops-tiles", "New job")] == [
        False
    ] * 3


@pytest.mark.parametrize("who", ["sales", "tech"])
def test_nobody_else_is_shown_the_way(who: str, request: Any, sign_in: Sign) -> None:
    assert shown(sign_in(request.getfixturevalue(who))) == []


def test_a_step_that_is_none_is_not_found(first: User, sign_in: Sign) -> None:
    assert sign_in(first).post("/admin/set-up/nothing/skip/").status_code == 404
    assert sign_in(first).get("/admin/set-up/company/skip/").status_code == 405


def test_skipping_a_step_is_no_change_of_the_company(first: User, sign_in: Sign) -> None:
    browser = sign_in(first)
    browser.post("/admin/company/", {"name": "Nordring"})
    browser.post("/admin/set-up/job/skip/")
    assert (company().version, company().skipped) == (1, ["job"])


def test_the_steps_are_asked_at_once(first: User, django_assert_num_queries: Any) -> None:
    list(first.roles), first.own_permissions
    for _ in range(3):
        with django_assert_num_queries(2):
            assert [each.step.name for each in set_up.steps(first)] == STEPS
        make_customer()
