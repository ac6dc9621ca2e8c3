"""What every request gets: an id, one line in the log, its place in the audit log, and a page
that people can read when something is wrong."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator

import pytest
from django.contrib import admin as django_admin
from django.http import HttpRequest, JsonResponse
from django.test import Client
from django.urls import path
from pytest_django.fixtures import Settings

from core.record import audit
from core.serving.requests import request_id
from core.urls import handler500 as core_handler500
from people.models import User
from tests.conftest import Sign
from tests.core.test_health import database_lost
from tests.factories import make_job

LINE = r"\S+ \S+ INFO jobops\.request \[([0-9a-f]{12})\] "


def fault(request: HttpRequest) -> JsonResponse:
    raise ZeroDivisionError


def who(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"door": audit.door(), "person": audit.person_name()})


# Two pages that the product does not have.
urlpatterns = [
    path("admin/", django_admin.site.urls),
    path("fault", fault),
    path("who", who),
    path("api/who", who),
]
handler500 = core_handler500
own_pages = pytest.mark.urls(__name__)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is written to the log, as it is written."""
    console = next(h for h in logging.root.handlers if h.get_name() == "console")
    assert isinstance(console, logging.StreamHandler)
    lines = io.StringIO()
    before = console.setStream(lines)
    yield lines
    console.setStream(before)


def test_a_request_leaves_one_line_with_its_person_and_its_id(
    sales: User, sign_in: Sign, log: io.StringIO
) -> None:
    browser = sign_in(sales)
    log.truncate(0)
    answer = browser.get("/admin/profile/?q=what+people+search+for")
    logged = re.fullmatch(LINE + r"GET /admin/profile/ 200 \d+ms user=sara\n", log.getvalue())
    assert logged is not None, log.getvalue()
    assert answer["X-Request-ID"] == logged[1]


@pytest.mark.django_db
def test_a_request_of_nobody_is_on_one_line_too(client: Client, log: io.StringIO) -> None:
    answer = client.get("/admin/nothing/")
    logged = re.fullmatch(LINE + r"GET /admin/nothing/ 302 \d+ms user=-\n", log.getvalue())
    assert logged is not None, log.getvalue()
    assert answer["X-Request-ID"] == logged[1]


def test_what_is_not_found_is_on_one_line_too(client: Client, log: io.StringIO) -> None:
    client.get("/nothing")
    assert re.fullmatch(LINE + r"GET /nothing 404 \d+ms user=-\n", log.getvalue()), log.getvalue()


def test_two_requests_have_two_ids(client: Client) -> None:
    assert client.get("/healthz")["X-Request-ID"] != client.get("/healthz")["X-Request-ID"]


def test_outside_of_a_request_there_is_no_id(client: Client) -> None:
    client.get("/healthz")
    assert request_id() == "-"


def test_a_path_cannot_forge_a_line_of_the_log(client: Client, log: io.StringIO) -> None:
    client.get("/x%0A2026-01-01 INFO jobops.request [0] GET / 200 1ms user=adam")
    assert log.getvalue().count("\n") == 1
    assert "GET /x%0A2026-01-01%20INFO%20" in log.getvalue()


def test_the_log_asks_the_database_nothing(
    sales: User, sign_in: Sign, django_assert_num_queries: object
) -> None:
    browser = sign_in(sales)
    with django_assert_num_queries(0):  # type: ignore[operator]
        browser.get("/healthz")


@own_pages
def test_the_page_of_a_fault_shows_the_id_that_is_in_the_log(
    client: Client, log: io.StringIO
) -> None:
    client.raise_request_exception = False
    answer = client.get("/fault")
    assert answer.status_code == 500
    shown = re.search("<code>([0-9a-f]{12})</code>", answer.content.decode())
    assert shown is not None
    assert answer["X-Request-ID"] == shown[1]
    assert f"ERROR django.request [{shown[1]}] Internal Server Error: /fault" in log.getvalue()
    assert f"[{shown[1]}] GET /fault 500 " in log.getvalue()
    assert "ZeroDivisionError" in log.getvalue()
    assert "ZeroDivisionError" not in answer.content.decode()


def test_the_page_of_a_fault_needs_no_database(
    sales: User, sign_in: Sign, log: io.StringIO
) -> None:
    browser = sign_in(sales)
    browser.raise_request_exception = False
    with database_lost():
        answer = browser.get("/admin/")
    assert answer.status_code == 500
    assert f"<code>{answer['X-Request-ID']}</code>" in answer.content.decode()
    assert f"[{answer['X-Request-ID']}] GET /admin/ 500 " in log.getvalue()


def title(page: bytes) -> str:
    found = re.search("<title>(.*)</title>", page.decode())
    return found[1] if found else ""


def test_what_is_not_there_has_a_page(client: Client) -> None:
    answer = client.get("/nothing")
    assert (answer.status_code, title(answer.content)) == (404, "There is nothing here | JobOps")


@pytest.mark.parametrize("path", ["/%00", "/admin/r/1/a%00b/", "/admin/operations/job/%00/change/"])
def test_an_address_that_no_database_takes_is_not_there(
    admin: User, sign_in: Sign, path: str
) -> None:
    answer = sign_in(admin).get(path)
    assert (answer.status_code, title(answer.content)) == (404, "There is nothing here | JobOps")


def test_nor_does_the_api_have_it(client: Client) -> None:
    answer = client.get("/api/jobs/%00/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_what_is_not_theirs_has_the_same_page_in_the_demo_too(
    sales: User, other_sales: User, sign_in: Sign, settings: Settings
) -> None:
    settings.DEBUG = True
    job = make_job(owner=other_sales)
    answer = sign_in(sales).get(f"/admin/operations/job/{job.pk}/change/")
    assert (answer.status_code, title(answer.content)) == (404, "There is nothing here | JobOps")


def test_what_is_not_allowed_has_a_page(tech: User, sign_in: Sign) -> None:
    answer = sign_in(tech).get("/admin/people/user/add/")
    assert (answer.status_code, title(answer.content)) == (403, "You may not do this | JobOps")


def test_a_request_that_makes_no_sense_has_a_page(client: Client) -> None:
    answer = client.get("/admin/login/", headers={"host": "elsewhere.example.com"})
    assert answer.status_code == 400
    assert title(answer.content) == "This request could not be understood | JobOps"


@own_pages
@pytest.mark.parametrize(("url", "door"), [("/who", "admin"), ("/api/who", "api")])
def test_a_request_is_on_record_as_its_persons_through_its_door(
    sales: User, sign_in: Sign, url: str, door: str
) -> None:
    assert sign_in(sales).get(url).json() == {"door": door, "person": "Sara Sales"}
    assert audit.door() == "command"
    assert audit.person() is None


@own_pages
def test_a_request_of_nobody_is_on_record_as_nobodys(client: Client) -> None:
    assert client.get("/who").json() == {"door": "admin", "person": ""}
