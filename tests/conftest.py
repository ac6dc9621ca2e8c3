"""One person per role, and a browser session for each."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from core.roles import Role
from people.models import User
from tests.factories import make_user

Sign = Callable[[User], Client]


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
        return client

    return _sign_in
