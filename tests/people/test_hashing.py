"""How passwords are hashed, and that few are hashed at once whoever asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    check_password,
    get_hasher,
    make_password,
)
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from core.refusals import Busy
from people import hashing
from people.models import TokenFamily, User
from people.password_link import password_link
from tests.conftest import Sign

OLD, NEW = "pass-word-1", "A-Word-Of-2-Parts"
JSON = "application/json"


@pytest.fixture(autouse=True)
def hasher(settings: Settings) -> Any:
    """The product's own."""
    settings.PASSWORD_HASHERS = ["people.hashing.Hasher"]
    return get_hasher()


@pytest.fixture
def all_turns_taken(monkeypatch: pytest.MonkeyPatch) -> Callable[[], ExitStack]:
    """Inside, as many hash as may at once, and nobody waits long."""

    def take() -> ExitStack:
        monkeypatch.setattr(hashing, "PATIENCE", 0.01)
        with ExitStack() as turns:
            for _ in range(hashing.AT_ONCE):
                turns.enter_context(hashing.turn())
            return turns.pop_all()

    return take


def test_a_password_is_hashed_by_the_figures_of_owasp() -> None:
    stored = make_password(OLD)
    assert stored.split("$")[:4] == ["argon2", "argon2id", "v=19", "m=19456,t=2,p=1"]
    assert (check_password(OLD, stored), check_password(NEW, stored)) == (True, False)


def test_a_hash_of_other_parameters_is_known_and_is_to_be_made_anew(hasher: Any) -> None:
    stored = Argon2PasswordHasher().encode(OLD, "0123456789abcdefghijkl")
    assert (check_password(OLD, stored), check_password(NEW, stored)) == (True, False)
    assert [hasher.must_update(each) for each in (stored, make_password(OLD))] == [True, False]


@pytest.mark.parametrize("what", ["encode", "verify"])
def test_no_more_hash_at_once_than_there_are_turns(
    what: str, hasher: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    going_on, most, counting = [0], [0], threading.Lock()

    def slow(*_rest: Any) -> str:
        with counting:
            going_on[0] += 1
            most[0] = max(most[0], going_on[0])
        time.sleep(0.02)
        with counting:
            going_on[0] -= 1
        return "done"

    monkeypatch.setattr(Argon2PasswordHasher, what, slow)
    # However busy the machine is that runs the tests.
    monkeypatch.setattr(hashing, "PATIENCE", 60)
    with ThreadPoolExecutor(16) as callers:
        done = list(callers.map(lambda _n: getattr(hasher, what)("x", "y"), range(16)))
    assert (done, most) == (["done"] * 16, [hashing.AT_ONCE])


def test_who_gets_no_turn_in_time_is_told_when_to_come_back(
    all_turns_taken: Callable[[], ExitStack],
) -> None:
    with all_turns_taken(), pytest.raises(Busy) as busy:
        make_password(OLD)
    assert busy.value.seconds == 5
    assert check_password(OLD, make_password(OLD))


def test_a_turn_comes_free_when_hashing_fails(hasher: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "PATIENCE", 0.01)
    for _ in range(hashing.AT_ONCE + 1):
        with pytest.raises(AttributeError):
            hasher.verify(None, None)
    assert make_password(OLD)


# Each door that hashes

Send = Callable[[Sign, User, User], HttpResponse]


def page_sign_in(username: str) -> Send:
    def send(sign_in: Sign, admin: User, tech: User) -> HttpResponse:
        return Client().post("/admin/login/", {"username": username, "password": OLD})

    return send


def api_sign_in(username: str) -> Send:
    def send(sign_in: Sign, admin: User, tech: User) -> HttpResponse:
        body = {"username": username, "password": OLD}
        return Client().post("/api/auth/login", body, content_type=JSON)

    return send


def own_page(sign_in: Sign, admin: User, tech: User) -> HttpResponse:
    typed = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}
    return sign_in(tech).post("/admin/password_change/", typed)


def page_of_an_admin(sign_in: Sign, admin: User, tech: User) -> HttpResponse:
    typed = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    return sign_in(admin).post(f"/admin/people/user/{tech.pk}/password/", typed)


def link(sign_in: Sign, admin: User, tech: User) -> HttpResponse:
    browser = Client()
    browser.get(password_link(tech))
    return browser.post("/set-password/", {"new_password1": NEW, "new_password2": NEW})


def api_own(sign_in: Sign, admin: User, tech: User) -> HttpResponse:
    body = {"password": NEW, "old_password": OLD}
    return sign_in(tech).patch("/api/me", body, content_type=JSON)


def api_change(sign_in: Sign, admin: User, tech: User) -> HttpResponse:
    return sign_in(admin).patch(f"/api/users/{tech.pk}", {"password": NEW}, content_type=JSON)


def api_new(sign_in: Sign, admin: User, tech: User) -> HttpResponse:
    body = {"username": "nina", "password": NEW}
    return sign_in(admin).post("/api/users", body, content_type=JSON)


PAGES: dict[str, Send] = {
    "sign-in": page_sign_in("tina"),
    "sign-in of nobody": page_sign_in("nobody"),
    "one's own password": own_page,
    "a password by an Admin": page_of_an_admin,
    "a link": link,
}
CALLS: dict[str, Send] = {
    "sign-in": api_sign_in("tina"),
    "sign-in of nobody": api_sign_in("nobody"),
    "one's own password": api_own,
    "a password by an Admin": api_change,
    "a new person": api_new,
}


@pytest.fixture
def people(admin: User, tech: User) -> Iterator[tuple[User, User]]:
    """An Admin and a technician; nobody is changed or signed in, and no failure is counted."""
    before = list(User.objects.order_by("pk").values_list("username", "password", "version"))
    yield admin, tech
    after = list(User.objects.order_by("pk").values_list("username", "password", "version"))
    assert after == before
    assert (AccessAttempt.objects.count(), TokenFamily.objects.count()) == (0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("door", PAGES)
def test_a_page_that_gets_no_turn_says_so_and_changes_nothing(
    door: str,
    people: tuple[User, User],
    sign_in: Sign,
    all_turns_taken: Callable[[], ExitStack],
) -> None:
    with all_turns_taken():
        answer = PAGES[door](sign_in, *people)
    assert (answer.status_code, answer["Retry-After"]) == (429, "5")
    page = answer.content.decode()
    assert "Too many people are signing in at this moment. Nothing was done." in page
    assert "Go back and send it again in a few seconds." in page


@pytest.mark.django_db
@pytest.mark.parametrize("door", CALLS)
def test_a_call_that_gets_no_turn_is_told_so_and_changes_nothing(
    door: str,
    people: tuple[User, User],
    sign_in: Sign,
    all_turns_taken: Callable[[], ExitStack],
) -> None:
    with all_turns_taken():
        answer = CALLS[door](sign_in, *people)
    assert (answer.status_code, answer["Retry-After"]) == (429, "5")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == (
        "Too many people are signing in at this moment. Nothing was done. "
        "Try again in a few seconds."
    )


@pytest.mark.django_db
@pytest.mark.parametrize("door", PAGES)
def test_with_a_turn_each_page_answers_as_ever(
    door: str, admin: User, tech: User, sign_in: Sign
) -> None:
    expected = 200 if door == "sign-in of nobody" else 302
    assert PAGES[door](sign_in, admin, tech).status_code == expected


@pytest.mark.django_db
@pytest.mark.parametrize("door", CALLS)
def test_with_a_turn_each_call_answers_as_ever(
    door: str, admin: User, tech: User, sign_in: Sign
) -> None:
    expected = {"sign-in of nobody": 401, "a new person": 201}
    assert CALLS[door](sign_in, admin, tech).status_code == expected.get(door, 200)


@pytest.mark.django_db
def test_a_stranger_who_gets_no_turn_makes_no_session(
    tech: User, sign_in: Sign, all_turns_taken: Callable[[], ExitStack]
) -> None:
    with all_turns_taken():
        PAGES["sign-in"](sign_in, tech, tech)
    assert Session.objects.count() == 0


@pytest.mark.django_db
def test_the_first_admin_takes_a_turn_as_well(
    monkeypatch: pytest.MonkeyPatch, all_turns_taken: Callable[[], ExitStack]
) -> None:
    monkeypatch.setenv("FIRST_ADMIN_USERNAME", "boss")
    monkeypatch.setenv("FIRST_ADMIN_PASSWORD", NEW)
    with all_turns_taken(), pytest.raises(Busy):
        call_command("first_admin")
    assert not User.objects.exists()
