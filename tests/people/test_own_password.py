"""The page on which people change their own password: one form, sent twice."""

from __future__ import annotations

import time
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from core.models import SentForm
from people.admin.password_forms import OwnPasswordForm
from people.models import User
from people.sessions import STEP, USED
from tests.conftest import Sign
from tests.operations.pages import fields, messages, words

pytestmark = pytest.mark.django_db
PAGE, DONE = "/admin/password_change/", "/admin/password_change/done/"
OLD, NEW, OTHER = "pass-word-1", "A-Word-Of-2-Parts", "Another-Of-2-Parts"
Form = dict[str, Any]


@pytest.fixture
def browser(tech: User, sign_in: Sign) -> Client:
    return sign_in(tech)


@pytest.fixture
def form(browser: Client) -> Form:
    """What the page sends."""
    typed = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}
    return {**fields(browser.get(PAGE), "_form"), **typed}


def as_it_is(browser: Client) -> Client:
    """Another with the cookies that it has now: for a request that is on its way."""
    other = Client()
    other.cookies = SimpleCookie(browser.cookies.output(header="", sep=";"))
    return other


def taken_in(browser: Client, answer: HttpResponse) -> Client:
    """The browser, to which the answer of a request on its way has come."""
    browser.cookies.update(answer.cookies)
    return browser


def changes(person: User) -> list[str]:
    rows = person.history.filter(history_change_reason="Password changed")
    return [row.person_name for row in rows]


def test_a_form_that_comes_again_from_the_session_of_before_leaves_its_person_signed_in(
    browser: Client, form: Form, tech: User
) -> None:
    twin = as_it_is(browser)
    answers = [browser.post(PAGE, form), twin.post(PAGE, form)]
    assert [answer.headers["Location"] for answer in answers] == [DONE, DONE]
    shown = taken_in(browser, answers[1]).get(DONE)
    assert (shown.status_code, "Your password was changed." in words(shown)) == (200, True)
    assert changes(tech) == ["Tina Tech"]


def test_the_session_of_before_lets_nobody_in_and_the_sign_in_says_why(
    browser: Client, form: Form
) -> None:
    twin = as_it_is(browser)
    browser.post(PAGE, form)
    shown = twin.post(PAGE, form, follow=True)
    assert shown.redirect_chain[1:] == [(f"/admin/login/?next={DONE}", 302)]
    assert "If you have just changed your password, sign in with the new one." in words(shown)
    assert twin.get(PAGE).status_code == 302


@pytest.mark.parametrize("idle", [0, STEP])
def test_two_forms_at_once_are_answered_alike_and_change_it_once(
    idle: int, browser: Client, form: Form, tech: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = browser.session
    session[USED] = int(time.time()) - idle
    session.save()
    twin, check, first = as_it_is(browser), OwnPasswordForm.clean_old_password, []

    def meanwhile(checked: OwnPasswordForm) -> str:
        found = check(checked)
        if not first:
            first.append("begun")
            first.append(browser.post(PAGE, form).headers["Location"])
        return found

    monkeypatch.setattr(OwnPasswordForm, "clean_old_password", meanwhile)
    second = twin.post(PAGE, form)
    assert (first[1], second.status_code, second.headers["Location"]) == (DONE, 302, DONE)
    shown = taken_in(browser, second).get(DONE)
    assert (shown.status_code, messages(shown), changes(tech)) == (200, [], ["Tina Tech"])


def test_a_form_sent_again_by_the_same_browser_is_answered_as_before(
    browser: Client, form: Form, tech: User
) -> None:
    answers = [browser.post(PAGE, form) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == [DONE, DONE]
    assert changes(tech) == ["Tina Tech"]


def test_a_form_sent_again_with_another_password_is_another_change(
    browser: Client, form: Form, tech: User
) -> None:
    browser.post(PAGE, form)
    form |= {"new_password1": OTHER, "new_password2": OTHER}
    assert list(browser.post(PAGE, form).context["form"].errors) == ["old_password"]
    assert browser.post(PAGE, {**form, "old_password": NEW}).headers["Location"] == DONE
    assert changes(tech) == ["Tina Tech"] * 2


def test_a_form_that_comes_again_much_later_is_another_one(
    browser: Client, form: Form, tech: User
) -> None:
    twin = as_it_is(browser)
    browser.post(PAGE, form)
    SentForm.objects.update(at=timezone.now() - timedelta(minutes=3))
    assert twin.post(PAGE, form).headers["Location"] == f"/admin/login/?next={PAGE}"
    assert list(browser.post(PAGE, form).context["form"].errors) == ["old_password"]


def test_the_mark_of_somebody_elses_form_tells_nothing_of_a_password(
    browser: Client, form: Form, other_tech: User, sign_in: Sign
) -> None:
    other_tech.set_password(NEW)
    other_tech.save()
    browser.post(PAGE, form)
    theirs = sign_in(other_tech).post(PAGE, form)
    assert list(theirs.context["form"].errors) == ["old_password"]


def test_a_form_that_was_not_saved_is_sent_to_the_sign_in(browser: Client, form: Form) -> None:
    twin = as_it_is(browser)
    browser.post(PAGE, {**form, "new_password2": OTHER})
    browser.post("/admin/logout/")
    answer = twin.post(PAGE, form)
    assert answer.headers["Location"] == f"/admin/login/?next={PAGE}"
    assert answer.cookies[settings.SESSION_COOKIE_NAME].value == ""
