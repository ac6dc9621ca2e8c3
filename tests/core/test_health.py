"""What load balancers ask: is the process up, and is it ready?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from people.models import User
from tests.conftest import Sign

CACHE = "max-age=0, no-cache, no-store, must-revalidate, private"


@contextmanager
def database_lost(error: Exception | None = None) -> Iterator[None]:
    """Inside, the database does not answer."""

    def fail(*_args: object, **_options: object) -> None:
        raise error or OperationalError("no route to host")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "cursor", fail)
        yield


def test_a_process_that_is_up_says_so_without_asking_the_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer["Cache-Control"] == CACHE


def test_a_process_is_up_while_its_database_is_lost(admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    with database_lost():
        assert browser.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_a_process_with_all_migrations_applied_is_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "database": "ok",
        "migrations": "ok",
        "cluster": "never seen",
        "cluster of long work": "never seen",
    }
    assert answer["Cache-Control"] == CACHE


@pytest.mark.django_db
def test_a_process_with_a_migration_missing_is_not_ready_and_names_it(client: Client) -> None:
    ((app, latest),) = MigrationLoader(connection).graph.leaf_nodes("operations")
    MigrationRecorder(connection).record_unapplied(app, latest)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "migrations": [f"operations.{latest}"]}


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError("refused"), InterfaceError("closed")])
def test_a_process_whose_database_is_lost_is_not_ready_and_says_so(
    client: Client, error: Exception
) -> None:
    with database_lost(error):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "database": "unreachable"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_read_only(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["10.0.0.7:8000", "evil.example", "", "a b"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_told_whatever_host_is_asked_and_names_none(path: str, host: str) -> None:
    answer = Client(headers={"host": host}).get(path)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert host not in answer.content.decode() or not host


@pytest.mark.parametrize("path", ["/", "/admin/login/", "/healthz/", "/nothing"])
def test_all_else_is_told_to_the_host_of_the_address_alone(path: str) -> None:
    assert Client(headers={"host": "evil.example"}).get(path).status_code == 400
