"""One person per role, and a browser session for each."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import translation
from django.utils.formats import reset_format_cache
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from core import to_do
from core.roles import Role
from core.text.region import Region, region
from people.models import User
from tests.apps import APPS
from tests.factories import make_user

Sign = Callable[[User], Client]
SetRegion = Callable[[str], Region]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long tests that are the same on any database are run on SQLite alone."""
    if connection.vendor == "postgresql":
        same = [item for item in items if item.get_closest_marker("any_database")]
        config.hook.pytest_deselected(items=same)
        items[:] = [item for item in items if item not in same]


def pytest_collection_finish() -> None:
    """Loads what a test would load on its way, a command say: where coverage is off in the first
    to do so, its lines would count as never run.

    A tenth of a run went to looking through what is loaded for good, and found nothing."""
    for package in APPS:
        for found in walk_packages(import_module(package).__path__, f"{package}."):
            if ".migrations" not in found.name and found.name != "core.wsgi":
                import_module(found.name)
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The keys of no table begin at 1, nor where another's do: a test that takes a number for
    granted fails always, not only after one that left rows behind."""
    models = [model._meta for model in apps.get_models() if model._meta.managed]
    tables = {each.db_table: each.auto_field for each in models}
    keys = [(table, key.column) for table, key in sorted(tables.items()) if key is not None]
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for begin, (table, column) in enumerate(keys, 1):
            if connection.vendor == "postgresql":
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s), %s)",
                    [table, column, begin * 100],
                )
            else:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence VALUES (%s, %s)", [table, begin * 100])


@pytest.fixture(autouse=True)
def no_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long work says nothing of itself on its way: to another connection, a row in the open
    transaction of a test is gone."""
    monkeypatch.setattr("core.long_work.progress.EVERY", 3600)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """What one test has counted is no other's, nor is the language its last request was in."""
    cache.clear()
    translation.deactivate()


@pytest.fixture
def set_region(settings: Settings) -> Iterator[SetRegion]:
    """Has the company move to another region."""

    def _set_region(code: str) -> Region:
        settings.REGION = region(code)
        settings.DATE_INPUT_FORMATS = settings.REGION.formats["DATE_INPUT_FORMATS"]
        reset_format_cache()
        return settings.REGION

    yield _set_region
    reset_format_cache()


@pytest.fixture
def admin(db: None) -> User:
    return make_user(Role.ADMIN, username="adam", first_name="Adam", last_name="Admin")


@pytest.fixture
def sales(db: None) -> User:
    return make_user(Role.SALES_AGENT, username="sara", first_name="Sara", last_name="Sales")


@pytest.fixture
def other_sales(db: None) -> User:
    return make_user(Role.SALES_AGENT, username="otto", first_name="Otto", last_name="Other")


@pytest.fixture
def tech(db: None) -> User:
    return make_user(Role.TECHNICIAN, username="tina", first_name="Tina", last_name="Tech")


@pytest.fixture
def other_tech(db: None) -> User:
    return make_user(Role.TECHNICIAN, username="theo", first_name="Theo", last_name="Third")


@pytest.fixture
def root(db: None) -> User:
    user: User = User.objects.create_superuser("root", password="pass-word-1")
    return user


@pytest.fixture
def sign_in() -> Sign:
    """A browser in which somebody is signed in; errors of the server are raised in the test."""

    def _sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        # As for whoever opened a page within the last minute.
        to_do.counted(user)
        # And as in a process that has answered before: it reads the kinds of rows once.
        ContentType.objects.get_for_models(*apps.get_models())
        return client

    return _sign_in
