"""What an act points out is told at every door by which somebody writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.record.acts import Outcome
from core.rest.api import api
from operations.models import Site
from people.models import User
from tests.access.doors.api import BY_TOKEN
from tests.access.table import FOREIGN, JOB, NO_ROW
from tests.access.world import make_world, rolled_back
from tests.conftest import Sign
from tests.factories import make_job
from tests.operations.pages import messages
from tests.programs import program

pytestmark = pytest.mark.django_db
LOOK = "Look at this again."
# A sign-in writes no row on record, and has no outcome.
SIGNING_IN = {("post", "/auth/login"), ("post", "/auth/refresh")}


@pytest.fixture
def pointed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every act points this out."""
    make = Outcome.__init__

    def warn(self: Any, row: Any, changed: Any = frozenset(), warnings: Any = ()) -> None:
        make(self, row, changed, (*warnings, LOOK))

    monkeypatch.setattr(Outcome, "__init__", warn)


def answers(schema: Any) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """Of each operation that writes and answers something: its method and path, and the schema of
    its answer."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            for status, response in operation["responses"].items():
                if method != "get" and str(status).startswith("2") and "content" in response:
                    (content,) = response["content"].values()
                    yield (method, path.removeprefix("/api")), content["schema"]


def test_every_call_of_the_api_that_writes_answers_what_is_pointed_out(
    request: pytest.FixtureRequest,
) -> None:
    schema: Any = api.get_openapi_schema()
    writing = dict(answers(schema))
    for call in SIGNING_IN:
        del writing[call]
    world = make_world("Admin", (FOREIGN,))
    request.getfixturevalue("pointed_out")
    told, said = {}, {}
    for call, answered in writing.items():
        door = next(door for door in BY_TOKEN if (door.method, door.path) == call)
        row = next(r for r in door.rows if r == NO_ROW or r in world.rows[door.sees])
        with rolled_back():
            if door.first is not None:
                door.first(world.row(JOB, row), world.boss)
            response = door.attempt(world, row)()
        assert response.status_code in {200, 201}, (call, response.content)
        told[call] = set(response.json().get("warnings", ()))
        kind = schema["components"]["schemas"][answered["$ref"].rpartition("/")[2]]
        said[call] = kind["properties"].get("warnings", {}).get("type")
    assert told == {call: {LOOK} for call in writing}
    assert said == dict.fromkeys(writing, "array")
    assert ("patch", "/me") in writing
    assert ("post", "/jobs/{id}/shares") in writing


def test_of_a_new_customer_what_their_sites_point_out_is_told_once(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Site, "warnings", lambda _site, _changed: [LOOK])
    sites = [{"name": "One"}, {"name": "Two"}]
    made = program(admin).post("/customers", {"name": "Mill", "sites": sites})
    assert (made.status_code, made.json()["warnings"]) == (201, [LOOK])


# Pages, beside the forms of the lists


@pytest.fixture
def browser(admin: User, sign_in: Sign, pointed_out: None) -> Client:
    return sign_in(admin)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("profile", {"first_name": "Ada", "language": "en"}),
        ("company", {"name": "Nordring"}),
        ("own_name", {"first_name": "Ada", "last_name": "A"}),
    ],
)
def test_a_page_of_ones_own_or_of_the_company_tells_it(
    name: str, sent: dict[str, str], browser: Client
) -> None:
    address = reverse(f"admin:{name}")
    form = (browser.get(address).context or {}).get("form")
    stated = {"stated_version": form["stated_version"].value() or ""} if form else {}
    assert messages(browser.post(address, {**sent, **stated}, follow=True))[-1:] == [LOOK]


def test_a_step_that_is_skipped_tells_it(browser: Client) -> None:
    page = browser.post(reverse("admin:skip_step", args=["company"]), follow=True)
    assert messages(page) == [LOOK]


def test_mail_that_works_again_tells_it(tech: User, browser: Client) -> None:
    page = browser.post(reverse("admin:people_user_mail_works", args=[tech.pk]), follow=True)
    assert messages(page) == ["Mail will be sent to them again.", LOOK]


def test_a_share_that_is_given_or_ended_tells_it(
    sales: User, other_sales: User, browser: Client
) -> None:
    job = make_job(owner=sales)
    given = {"user": other_sales.pk, "level": "view"}
    share = browser.post(reverse("admin:operations_job_share", args=[job.pk]), given, follow=True)
    assert messages(share) == ["Shared with Otto Other.", LOOK]
    ended = reverse("admin:operations_job_unshare", args=[job.pk, other_sales.pk])
    page = browser.post(ended, follow=True)
    assert messages(page) == ["No longer shared with Otto Other.", LOOK]
