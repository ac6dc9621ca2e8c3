"""Who calls the API: a program by its token, a page of ours by its session."""

from __future__ import annotations

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from people import tokens
from people.models import User

HERE = "203.0.113.5"


class Caller:
    """Calls the API through a client."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self.client.get(f"/api{path}", query)

    def post(self, path: str, body: Any = None, *, match: str = "") -> HttpResponse:
        return self._send("post", path, body, match)

    def patch(self, path: str, body: Any = None, *, match: str = "") -> HttpResponse:
        return self._send("patch", path, body, match)

    def delete(self, path: str, *, match: str = "") -> HttpResponse:
        return self._send("delete", path, None, match)

    def _send(self, method: str, path: str, body: Any, match: str) -> HttpResponse:
        values: dict[str, Any] = {"headers": {"If-Match": match}} if match else {}
        values |= {"data": b"" if body is None else body, "content_type": "application/json"}
        return getattr(self.client, method)(f"/api{path}", **values)


def program(user: User) -> Caller:
    """Somebody's program."""
    access = tokens.sign_in(user, at=timezone.now()).access
    headers = {"Authorization": f"Bearer {access}"}
    return Caller(Client(REMOTE_ADDR=HERE, headers=headers))


def page(user: User) -> Caller:
    """A page of ours in somebody's browser."""
    client = Client(REMOTE_ADDR=HERE)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return Caller(client)


def refusal(response: HttpResponse, status: int) -> str:
    """The sentence of a refusal with this status."""
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    return str(response.json()["detail"])


def errors(response: HttpResponse) -> dict[str, str]:
    """The first message at each field of an answer that names some."""
    assert response.status_code == 422
    return {e["field"]: e["message"] for e in reversed(response.json()["errors"])}


def written(value: Any) -> Any:
    """A value as JSON has it."""
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))
