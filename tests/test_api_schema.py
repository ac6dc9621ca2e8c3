"""The schema of the API: kept as a file, whole, and kept by what the API answers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as run
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.management.commands import schema as command
from core.rest.api import api
from core.roles import Role
from core.wsgi import application
from operations import acts
from operations.models import Job
from people import tokens
from people.models import User
from tests import acting
from tests.access.world import rolled_back
from tests.factories import make_equipment, make_job, make_site, make_task, make_user

KEPT = settings.BASE_DIR / "docs/openapi.json"
# How many requests a role makes: `make accept` has more.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "800"))
METHODS = {"get", "post", "patch", "delete"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each operation with its method and path."""
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_the_schema_that_is_kept_is_that_of_the_api() -> None:
    assert KEPT.read_text() == command.written(), "make schema renews it"


def test_make_schema_writes_it(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(settings, "BASE_DIR", tmp_path)
    command.Command().handle()
    assert (tmp_path / "docs/openapi.json").read_text() == command.written()


def test_every_operation_is_named_told_and_shown() -> None:
    found = list(operations())
    ids = [operation["operationId"] for _method, _path, operation in found]
    assert len(ids) == len(set(ids))
    for method, path, operation in found:
        where = f"{method} {path}"
        assert method in METHODS, where
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", operation["operationId"]), where
        assert operation["summary"], where
        assert operation["description"], where
        assert operation["tags"], where
        assert {401, 422, 429} <= operation["responses"].keys(), where
        done = [answer for status, answer in operation["responses"].items() if status < 300]
        contents = [c for answer in done for c in answer.get("content", {}).values()]
        sent = operation.get("requestBody", {}).get("content", {}).values()
        assert len(done) == 1, where
        assert all(content["example"] for content in (*contents, *sent)), where


@pytest.mark.parametrize(
    ("where", "statuses"),
    [
        (("get", "/api/me"), {200, 401, 403, 422, 429}),
        (("post", "/api/auth/login"), {200, 400, 401, 409, 413, 422, 429}),
        (("get", "/api/jobs/{id}"), {200, 401, 403, 404, 422, 429}),
        (("post", "/api/jobs"), {201, 400, 401, 403, 409, 413, 422, 429}),
        (
            ("patch", "/api/jobs/{id}"),
            {200, 400, 401, 403, 404, 409, 412, 413, 422, 429},
        ),
    ],
)
def test_an_operation_tells_how_it_refuses(where: tuple[str, str], statuses: set[int]) -> None:
    found = {(method, path): operation for method, path, operation in operations()}
    assert found[where]["responses"].keys() == statuses


# Whatever is sent, every answer is as the schema says


@pytest.fixture
def person(request: pytest.FixtureRequest, db: None) -> User:
    """Somebody of a role, in a company with a row of every kind that they see."""
    boss = make_user(Role.ADMIN, username="boss")
    people = [make_user(role, username=role.value) for role in Role]
    sales, tech = people[1:]
    for _each in range(3):
        job = make_job(owner=sales, assigned_to=tech, site=make_site(), priority="high")
        make_task(job=job, equipment=[make_equipment()])
        make_task(job=job)
        acts.share(job, boss, "view", by=sales)
    acting.cancel(Job.objects.first(), by=boss, reason="x")  # type: ignore[union-attr]
    return next(user for user in people if user.username == request.param)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The transaction of the test holds the database's connection: no request ends it."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


CHECKS = [
    checks.not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.mark.fuzz
@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("person", [role.value for role in Role], indirect=True)
def test_every_answer_is_as_the_schema_says(person: User) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
    found = [result.ok() for result in schema.get_all_operations()]
    assert len(found) == len(list(operations()))
    for operation in found:
        with rolled_back():
            _try(operation, person, examples=max(EXAMPLES // len(found), 1))


def _try(operation: Any, person: User, *, examples: int) -> None:
    """Make requests of an operation, half of them on rows that may be there."""

    @seed(1)
    @run(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), key=st.one_of(st.none(), st.integers(1, 8)))
    def attempt(case: Any, key: int | None) -> None:
        if key is not None and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = key
        # Anew each time: some calls end it.
        access = tokens.sign_in(person, at=timezone.now()).access
        headers = {"Authorization": f"Bearer {access}"}
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS)

    attempt()


def test_no_page_answers_who_is_not_signed_in(client: Client, db: None) -> None:
    for method, path, _operation in operations():
        if "security" in _operation:
            address = path.replace("{id}", "1").replace("{user}", "1")
            assert getattr(client, method)(address).status_code == 401
