"""Programs sign in, renew their tokens and sign out; what is bad is refused and counted."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from core.database.prepared import plan_fits_all
from core.record import doubles
from core.roles import Role
from people import tokens
from people.models import TokenFamily, User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_user

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "203.0.113.5", "203.0.113.6"
RIGHT, NEW = "pass-word-1", "A-Word-Of-2-Parts"


def send(
    method: str, path: str, body: Any = None, *, token: str | None = None, address: str = HERE
) -> HttpResponse:
    """What a program gets for a call."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    client = Client(REMOTE_ADDR=address, headers=headers)
    values = {} if body is None else {"data": body, "content_type": "application/json"}
    return getattr(client, method)(f"/api{path}", **values)


def sign_in_as(username: str, password: str = RIGHT, **more: Any) -> HttpResponse:
    return send("post", "/auth/login", {"username": username, "password": password}, **more)


def pair(user: User) -> dict[str, Any]:
    response = sign_in_as(user.username)
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


def me(access: str, **more: Any) -> int:
    """Does the API answer to this access token?"""
    return send("get", "/me", token=access, **more).status_code


def problem(response: HttpResponse) -> tuple[int, str]:
    """Status and detail of an answer that is a problem."""
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert body["status"] == response.status_code
    return response.status_code, body["detail"]


@pytest.mark.parametrize(
    "typed",
    [
        "jörg2",
        "JÖRG2",
        " jörg2",
        "jörg2\N{NO-BREAK SPACE}",
        "jo\N{COMBINING DIAERESIS}rg2",
        "jörg\N{SUPERSCRIPT TWO}",
        "jö\N{SOFT HYPHEN}rg2",
    ],
)
def test_a_user_name_means_the_same_person_at_every_door_however_it_is_spelled(typed: str) -> None:
    make_user(Role.SALES_AGENT, username="jörg2")
    assert sign_in_as(typed).status_code == 200
    form = Client().post("/admin/login/", {"username": typed, "password": RIGHT})
    assert form.status_code == 302
    assert sign_in_as("jorg2").status_code == 401


def test_of_doubles_of_before_each_signs_in_as_they_are_spelled() -> None:
    one, two = make_user(Role.ADMIN, username="una"), make_user(Role.ADMIN, username="other")
    apart = f"una{doubles.APART}{two.pk}"
    User._base_manager.filter(pk=two.pk).update(username="Una", username_folded=apart)
    for name, person in (("una", one), ("Una", two), ("UNA", one)):
        found = User.objects.get_by_natural_key(name)
        assert (name, found) == (name, person)


def test_who_calls_is_asked_in_two_statements_that_are_planned_once(tech: User) -> None:
    access = pair(tech)["access"]
    asked: list[str] = []

    def hear(execute: Any, statement: str, *more: Any) -> Any:
        asked.append(statement)
        return execute(statement, *more)

    with connection.execute_wrapper(hear):
        assert send("get", "/equipment", token=access).status_code == 200
    assert [(plan_fits_all(statement), statement.count("%s")) for statement in asked[:2]] == [
        (True, 2),
        (True, 3),
    ]


# Signing in


def test_a_program_signs_in_and_calls(tech: User) -> None:
    answer = sign_in_as("tina")
    body = answer.json()
    assert answer.status_code == 200
    assert sorted(body) == ["access", "expires_in", "refresh", "token_type"]
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
    assert send("get", "/me", token=body["access"]).json() == {
        "id": tech.pk,
        "username": "tina",
        "name": "Tina Tech",
        "first_name": "Tina",
        "last_name": "Tech",
        "email": "",
        "phone": "",
        "language": "",
        "roles": ["technician"],
        "version": 2,
    }


def test_signing_in_begins_no_session(tech: User) -> None:
    answer = sign_in_as("tina")
    assert dict(answer.cookies) == {}
    assert answer["Cache-Control"] == "no-store, private"


def test_signing_in_is_noted_as_the_last_time_and_in_the_log(
    tech: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    before = User.history.count()
    pair(tech)
    assert User.objects.get(pk=tech.pk).last_login is not None
    assert User.history.count() == before
    assert f'program signed in user="tina" address={HERE}' in caplog.text


@pytest.mark.parametrize(("username", "password"), [("tina", "wrong"), ("nobody", RIGHT)])
def test_a_wrong_name_or_password_is_refused_alike(
    username: str, password: str, tech: User
) -> None:
    assert problem(sign_in_as(username, password)) == (401, "User name and password do not match.")


def test_who_may_not_enter_gets_no_tokens(admin: User) -> None:
    make_user(Role.TECHNICIAN, username="left", is_active=False)
    make_user(username="idle")
    assert [sign_in_as(name).status_code for name in ("left", "idle")] == [401, 401]
    assert TokenFamily.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"username": "tina"},
        {"username": "tina", "password": 1},
        {"username": "tina", "password": None},
        {"username": "tina", "password": RIGHT, "more": 1},
        {"username": "ti\0na", "password": RIGHT},
        {"username": "tina", "password": "\0"},
        {"username": "\ud800", "password": RIGHT},
        {"username": "x" * 256, "password": RIGHT},
        {"username": "tina", "password": "x" * 5000},
    ],
)
def test_what_is_no_sign_in_is_refused_at_the_field(body: Any, tech: User) -> None:
    assert problem(send("post", "/auth/login", body))[0] == 422


# Refreshing


def test_a_refresh_token_gives_the_next_pair(tech: User) -> None:
    first = pair(tech)
    answer = send("post", "/auth/refresh", {"refresh": first["refresh"]})
    assert answer.status_code == 200
    assert sorted(answer.json()) == ["access", "expires_in", "refresh", "token_type"]
    assert me(answer.json()["access"]) == 200


def test_a_refresh_token_used_again_ends_all_of_its_family(tech: User) -> None:
    first = pair(tech)
    second = send("post", "/auth/refresh", {"refresh": first["refresh"]}).json()
    again = [send("post", "/auth/refresh", {"refresh": p["refresh"]}) for p in (first, second)]
    assert [problem(answer) for answer in again] == [
        (401, "This token has expired. Sign in again.")
    ] * 2
    assert [me(p["access"]) for p in (first, second)] == [401, 401]


@pytest.mark.parametrize("token", ["", "x", "x.y", "é", "\ud800", "\0"])
def test_what_is_no_refresh_token_is_refused(token: str) -> None:
    assert problem(send("post", "/auth/refresh", {"refresh": token}))[0] in {401, 422}


# Signing out


def test_signing_out_ends_both_tokens(tech: User) -> None:
    mine, other = pair(tech), pair(tech)
    out = send("post", "/auth/logout", {"refresh": mine["refresh"]}, token=mine["access"])
    assert (out.status_code, out.content) == (204, b"")
    assert me(mine["access"]) == 401
    assert send("post", "/auth/refresh", {"refresh": mine["refresh"]}).status_code == 401
    assert me(other["access"]) == 200


def test_the_refresh_token_alone_is_enough_to_sign_out(tech: User) -> None:
    mine = pair(tech)
    assert send("post", "/auth/logout", {"refresh": mine["refresh"]}).status_code == 204
    assert me(mine["access"]) == 401


def test_the_page_of_a_browser_can_sign_a_program_out(tech: User, sign_in: Sign) -> None:
    mine, browser = pair(tech), sign_in(tech)
    body = {"data": {"refresh": mine["refresh"]}, "content_type": "application/json"}
    assert browser.post("/api/auth/logout", **body).status_code == 204
    assert me(mine["access"]) == 401
    assert browser.post("/api/auth/logout", **body).status_code == 401


def test_signing_out_with_an_older_refresh_token_ends_the_sign_in_too(tech: User) -> None:
    first = pair(tech)
    second = send("post", "/auth/refresh", {"refresh": first["refresh"]}).json()
    assert send("post", "/auth/logout", {"refresh": first["refresh"]}).status_code == 204
    assert [me(p["access"]) for p in (first, second)] == [401, 401]


def test_signing_out_ends_the_access_token_whatever_else_is_sent(tech: User) -> None:
    mine = pair(tech)
    assert send("post", "/auth/logout", {"refresh": "x"}, token=mine["access"]).status_code == 204
    assert me(mine["access"]) == 401


@pytest.mark.parametrize(
    "body", [None, {}, [], {"refresh": "x"}, {"refresh": 1}, {"refresh": None}]
)
def test_nobody_signs_out_without_a_token(body: Any) -> None:
    assert problem(send("post", "/auth/logout", body))[0] == 401


@pytest.mark.parametrize("address", ["/auth/logout", "/auth/login", "/auth/refresh"])
def test_a_body_that_has_no_end_is_not_read(address: str) -> None:
    answer = Client().post(f"/api{address}", "[" * 100_000, content_type="application/json")
    assert problem(answer)[0] in {400, 401}


# Calling


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "bearer x y"])
def test_a_bad_token_is_refused_even_in_a_signed_in_browser(
    header: str, tech: User, sign_in: Sign
) -> None:
    browser = sign_in(tech)
    for method in ("get", "patch"):
        answer = getattr(browser, method)("/api/me", headers={"Authorization": header})
        assert problem(answer)[0] == 401


def test_who_shows_nothing_is_told_to_sign_in_whatever_they_ask() -> None:
    client = Client(enforce_csrf_checks=True)
    answers = [client.get("/api/me"), client.patch("/api/me"), client.post("/api/users")]
    assert [problem(answer)[0] for answer in answers] == [401, 401, 401]


def test_a_signed_in_browser_needs_the_token_of_a_form_to_change(tech: User, admin: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(tech, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/api/me").status_code == 200
    change = {"data": {"phone": "1"}, "content_type": "application/json"}
    status, faults = problem(browser.patch("/api/me", **change))
    assert (status, faults) == (
        403,
        "A call from a browser must send its CSRF token in X-CSRFToken.",
    )
    browser.get("/api/docs")
    token = browser.cookies["csrftoken"].value
    answer = browser.patch("/api/me", **change, headers={"X-CSRFToken": token})
    assert answer.status_code == 200


def test_a_call_by_token_needs_no_token_of_a_form(tech: User) -> None:
    client = Client(enforce_csrf_checks=True)
    headers = {"Authorization": f"Bearer {pair(tech)['access']}"}
    change = {"data": {"phone": "1"}, "content_type": "application/json", "headers": headers}
    assert client.patch("/api/me", **change).status_code == 200


def test_a_change_by_token_is_on_record_as_the_persons_through_the_api(tech: User) -> None:
    send("patch", "/me", {"phone": "555"}, token=pair(tech)["access"])
    row = User.history.filter(id=tech.pk).latest()
    assert (row.phone, row.history_user, row.person_name, row.door) == (
        "555",
        tech,
        "Tina Tech",
        "api",
    )


def test_a_deactivated_person_is_refused_at_the_next_call(tech: User, admin: User) -> None:
    access = pair(tech)["access"]
    assert me(access) == 200
    acting.deactivate(tech, by=admin)
    assert me(access) == 401


def test_a_changed_password_ends_the_tokens_at_the_next_call(tech: User) -> None:
    access = pair(tech)["access"]
    tech.set_password(NEW)
    tech.save()
    assert me(access) == 401


# The throttle


def record_failures(times: int) -> None:
    """So many failures from here, never ten for one account."""
    for first in range(0, times, 9):
        AccessAttempt.objects.create(
            username=f"guess{first}",
            ip_address=HERE,
            user_agent="",
            failures_since_start=min(9, times - first),
        )


def test_ten_failures_throttle_an_account_and_say_for_how_long(tech: User) -> None:
    assert [sign_in_as("tina", "wrong").status_code for _ in range(9)] == [401] * 9
    answer = sign_in_as("tina", "wrong")
    assert problem(answer) == (429, "Too many failed sign-ins. Try again in 900 seconds.")
    assert answer["Retry-After"] == "900"
    assert sign_in_as("tina").status_code == 429
    assert sign_in_as("tina", address=ELSEWHERE).status_code == 200


def test_failures_in_the_back_office_and_here_are_counted_together(tech: User) -> None:
    typed = {"username": "tina", "password": "wrong"}
    browser = Client(REMOTE_ADDR=HERE)
    assert [browser.post("/admin/login/", typed).status_code for _ in range(5)] == [200] * 5
    assert [sign_in_as("tina", "wrong").status_code for _ in range(5)] == [401] * 4 + [429]


def test_a_success_forgives_the_account(tech: User) -> None:
    for _round in range(2):
        assert [sign_in_as("tina", "wrong").status_code for _ in range(9)] == [401] * 9
        assert sign_in_as("tina").status_code == 200


def test_a_hundred_failures_throttle_the_address(tech: User) -> None:
    record_failures(99)
    assert sign_in_as("nobody").status_code == 429
    assert sign_in_as("tina").status_code == 429
    assert sign_in_as("tina", address=ELSEWHERE).status_code == 200


def test_successes_are_not_throttled(tech: User) -> None:
    assert {sign_in_as("tina").status_code for _ in range(110)} == {200}


def test_bad_tokens_count_for_their_address(tech: User) -> None:
    access = pair(tech)["access"]
    record_failures(97)
    assert [me("x"), me("x"), me("x"), me("x")] == [401, 401, 429, 429]
    assert send("get", "/me", token="x")["Retry-After"] == "900"
    assert sign_in_as("tina").status_code == 429
    # Good ones go on, and so do other addresses.
    assert [me(access), me("x", address=ELSEWHERE)] == [200, 401]


def test_a_hundred_bad_tokens_are_a_hundred_failures(tech: User) -> None:
    assert [me("x") for _ in range(101)] == [401] * 99 + [429] * 2


def test_bad_refresh_tokens_count_as_well(tech: User) -> None:
    record_failures(99)
    assert send("post", "/auth/refresh", {"refresh": "x"}).status_code == 429
    assert send("post", "/auth/logout", {"refresh": "x"}).status_code == 429


def test_tokens_whose_time_is_over_do_not_count(tech: User) -> None:
    first = pair(tech)
    tokens.sign_out(tokens.family_of(first["refresh"], at=timezone.now()))
    assert me(first["access"]) == 401
    assert send("post", "/auth/refresh", {"refresh": first["refresh"]}).status_code == 401
    assert not AccessAttempt.objects.exists()
