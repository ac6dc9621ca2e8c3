"""What people and programs are told while the database does not answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.test import RequestFactory

from core.serving import error_pages

# A process of its own, whose database is a port on which nothing listens.
ASK = """
import json
import django
from django.conf import settings
from django.test import Client

django.setup()

from django.contrib.auth import get_user_model
from django.urls import path
from core import urls

urls.urlpatterns.insert(0, path("api/fault", lambda request: get_user_model().objects.get()))
client = Client(raise_request_exception=False)
client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
answers = {}
for page in ("/admin/", "/api/fault", "/healthz", "/readyz", "/admin/login/"):
    answer = client.get(page)
    answers[page] = [
        answer.status_code,
        answer["Content-Type"],
        answer.get("Retry-After", ""),
        answer.content.decode(),
        sorted(answer.cookies),
    ]
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env={
            **os.environ,
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
            "DATABASE_POOL": "off",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        },
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_page_says_that_it_is_over_soon_and_how_to_go_on(answers: dict[str, Any]) -> None:
    status, kind, retry, page, _cookies = answers["/admin/"]
    assert (status, kind, retry) == (503, "text/html; charset=utf-8", "30")
    assert "<title>JobOps cannot reach its database | JobOps</title>" in page
    assert '<a class="button" href="/admin/">Try again</a>' in page


def test_a_program_is_told_in_its_own_form(answers: dict[str, Any]) -> None:
    status, kind, retry, body, _cookies = answers["/api/fault"]
    assert (status, kind, retry) == (503, "application/problem+json", "30")
    assert json.loads(body) == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "The database is not responding. Nothing was saved. Try again in a moment.",
    }


def test_nobody_is_signed_out_by_it(answers: dict[str, Any]) -> None:
    assert [cookies for *_rest, cookies in answers.values()] == [[]] * len(answers)


def test_health_answers_as_before(answers: dict[str, Any]) -> None:
    assert [answers[page][0] for page in ("/healthz", "/readyz")] == [200, 503]


def test_a_statement_that_fails_for_its_own_sake_is_a_fault(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(*, usable: bool) -> int:
        monkeypatch.setattr(type(connections["default"]), "is_usable", lambda _self: usable)
        try:
            raise DatabaseError("deadlock detected")
        except DatabaseError:
            return error_pages.server_error(RequestFactory().get("/")).status_code

    connection.ensure_connection()
    assert [answer(usable=True), answer(usable=False)] == [500, 503]
