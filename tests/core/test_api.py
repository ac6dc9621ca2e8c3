"""What the API answers when something is refused: always in the form of RFC 9457."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.test import Client

from core.refusals import Refused, within
from people.models import User
from tests.conftest import Sign

pytestmark = pytest.mark.django_db


def problem(response: HttpResponse) -> dict[str, Any]:
    """The body of a problem, save for what its status says already."""
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(response.content)
    assert body.pop("type") == "about:blank"
    assert body.pop("status") == response.status_code
    assert body.pop("title") == response.reason_phrase
    return body


@pytest.fixture
def browser(tech: User, sign_in: Sign) -> Client:
    return sign_in(tech)


NOTHING = "There is nothing here, or you do not have access to it."


@pytest.mark.parametrize("method", ["get", "post", "patch", "delete"])
def test_an_address_that_does_not_exist_is_told_in_the_form_of_programs(
    method: str, client: Client
) -> None:
    for path in ("/api/nothing", "/api/", "/api/users/"):
        answer = getattr(client, method)(path)
        assert (answer.status_code, problem(answer)) == (404, {"detail": NOTHING})


def test_a_method_that_an_address_does_not_know_is_told(client: Client) -> None:
    answer = client.delete("/api/auth/login")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert problem(answer) == {"detail": "This address does not support this method."}


@pytest.mark.parametrize("nested", [False, True])
def test_an_object_of_very_many_fields_is_refused_before_each_of_them_is(
    nested: bool, client: Client
) -> None:
    fields = {str(number): 1 for number in range(1001)}
    body = {"username": "a", "password": fields} if nested else fields
    answer = client.post("/api/auth/login", body, content_type="application/json")
    assert (answer.status_code, problem(answer)) == (
        400,
        {"detail": "An object has more than 1000 fields. Nothing was saved."},
    )


def test_a_body_that_is_too_large_is_told(client: Client) -> None:
    answer = client.post("/api/auth/login", "x", content_type="text/plain", CONTENT_LENGTH="9" * 8)
    assert (answer.status_code, problem(answer)["detail"]) == (
        413,
        "This request is too large.",
    )


@pytest.mark.parametrize("body", [b"{", b"\xff", b"{'a': 1}"])
def test_a_body_that_cannot_be_read_is_malformed(body: bytes, client: Client) -> None:
    answer = client.post("/api/auth/login", body, content_type="application/json")
    assert (answer.status_code, problem(answer)) == (400, {"detail": "Cannot parse request body"})


def test_a_body_that_is_empty_is_told_as_missing(client: Client) -> None:
    answer = client.post("/api/auth/login", b"", content_type="application/json")
    assert (answer.status_code, problem(answer)) == (
        422,
        {
            "detail": "Some fields are not valid: see errors.",
            "errors": [{"field": "", "message": "Field required"}],
        },
    )


def test_pages_of_the_back_office_stay_pages(client: Client) -> None:
    assert client.get("/nothing")["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (Http404(), 404, {"detail": NOTHING}),
        (ObjectDoesNotExist(), 404, {"detail": NOTHING}),
        (PermissionDenied(), 403, {"detail": "You may not do this."}),
        (PermissionDenied("Not you."), 403, {"detail": "Not you."}),
        (Refused("Finish task 3 first."), 409, {"detail": "Finish task 3 first."}),
        (
            IntegrityError("duplicate key value"),
            409,
            {"detail": "Somebody else has just saved this as well. Check it and try again."},
        ),
        (
            ValidationError({"phone": ["Too long.", "Too odd."]}),
            422,
            {
                "detail": "Some fields are not valid: see errors.",
                "errors": [
                    {"field": "phone", "message": "Too long."},
                    {"field": "phone", "message": "Too odd."},
                ],
            },
        ),
        (
            ValidationError("Neither fits."),
            422,
            {
                "detail": "Some fields are not valid: see errors.",
                "errors": [{"field": "", "message": "Neither fits."}],
            },
        ),
    ],
)
def test_what_the_domain_refuses_is_told(
    error: Exception, status: int, body: dict[str, Any], browser: Client, monkeypatch: Any
) -> None:
    def refuse(*_args: Any, **_rest: Any) -> None:
        raise error

    monkeypatch.setattr("people.accounts.change_profile", refuse)
    answer = browser.patch("/api/me", {"phone": "1"}, content_type="application/json")
    assert (answer.status_code, problem(answer)) == (status, body)


def test_fields_that_are_not_right_are_named(tech: User, sign_in: Sign) -> None:
    change = {"phone": "\0", "first_name": 1, "more": 2}
    answer = sign_in(tech).patch("/api/me", change, content_type="application/json")
    assert answer.status_code == 422
    assert problem(answer)["errors"] == [
        {"field": "first_name", "message": "Input should be a valid string"},
        {"field": "phone", "message": "This character cannot be used in text."},
        {"field": "more", "message": "Extra inputs are not permitted"},
    ]


def test_a_key_in_the_address_that_is_none_is_named(tech: User, sign_in: Sign) -> None:
    answer = sign_in(tech).get("/api/users/x")
    assert answer.status_code == 422
    assert [error["field"] for error in problem(answer)["errors"]] == ["id"]


@pytest.mark.parametrize(
    ("path", "told_at"),
    [
        ("/me?x=1", {"x": "There is no such parameter."}),
        (
            "/users?rol=admin&is_activ=true",
            {
                "is_activ": "There is no such parameter.",
                "rol": "There is no such parameter.",
            },
        ),
        ("/dashboard?Days=3", {"Days": "There is no such parameter."}),
        ("/dashboard?days=3&days=4", {"days": "Give this only once."}),
    ],
)
def test_a_parameter_that_does_not_exist_is_refused(
    path: str, told_at: dict[str, str], tech: User, sign_in: Sign
) -> None:
    answer = sign_in(tech).get(f"/api{path}")
    assert answer.status_code == 422
    assert {e["field"]: e["message"] for e in problem(answer)["errors"]} == told_at


def test_a_fault_is_told_without_what_it_was(
    tech: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("people.accounts.change_profile", lambda *_args, **_rest: 1 / 0)
    client = sign_in(tech)
    client.raise_request_exception = False
    answer = client.patch("/api/me", {"phone": "1"}, content_type="application/json")
    assert (answer.status_code, problem(answer)) == (
        500,
        {
            "detail": "The fault is ours. Nothing was saved. The details are in the log under the "
            "X-Request-ID."
        },
    )


def test_who_brings_no_sign_in_gets_no_answer(client: Client) -> None:
    schema = client.get("/api/openapi.json").json()
    open_to_all = {"/api/auth/login", "/api/auth/refresh"}
    answers = {}
    for path, methods in schema["paths"].items():
        for method in set(methods) - {"parameters"}:
            address = path.replace("{", "").replace("}", "")
            answer = getattr(client, method)(address)
            answers[method, path] = answer.status_code
            if answer.status_code == 401:
                assert answer["WWW-Authenticate"] == "Bearer"
                assert problem(answer)["detail"].startswith(
                    ("Sign in first", "This token is not valid")
                )
    others = {key: status for key, status in answers.items() if key[1] not in open_to_all}
    assert set(others.values()) == {401}
    assert len(answers) == len(others) + 2


def test_what_is_invalid_within_a_list_is_told_at_its_place_and_a_refusal_as_it_is() -> None:
    with pytest.raises(ValidationError) as invalid, within("tasks.1"):
        raise ValidationError({"title": "Too long."})
    assert invalid.value.message_dict == {"tasks.1.title": ["Too long."]}
    with pytest.raises(Refused, match=r"Reopen it first\."), within("tasks.1"):
        raise Refused("Reopen it first.")
