"""What an installation needs before its processes start."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django_q.models import Schedule
from pytest_django.fixtures import Settings

from core.management.commands.deploy import DEMO_ACCOUNTS, DEMO_PASSWORD
from core.roles import Role
from operations import demo
from people.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def deploy() -> list[str]:
    """What the command says, line by line."""
    output = io.StringIO()
    call_command("deploy", verbosity=0, stdout=output)
    return output.getvalue().splitlines()


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USERNAME", "EMAIL", "PASSWORD"):
        monkeypatch.setenv(f"FIRST_ADMIN_{name}", "")


def test_it_syncs_the_schedules_and_makes_nobody_who_is_not_named() -> None:
    assert deploy() == ["Ready for the processes of this version."]
    assert (Schedule.objects.count(), User.objects.count()) == (12, 0)


def test_it_makes_the_first_admin_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST_ADMIN_USERNAME", "ada")
    monkeypatch.setenv("FIRST_ADMIN_PASSWORD", "kW3-zq8Lp!ab")
    ready = "Ready for the processes of this version."
    assert deploy() == ["ada is the first Admin.", ready]
    assert deploy() == ["There is already an Admin. Nothing was changed.", ready]
    assert [user.username for user in User.objects.all()] == ["ada"]


def test_a_first_admin_without_a_user_name_stops_it_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FIRST_ADMIN_PASSWORD", "kW3-zq8Lp!ab")
    with pytest.raises(SystemExit, match="FIRST_ADMIN_USERNAME is missing"):
        deploy()
    assert Schedule.objects.count() == 0


def give_password(user: User, password: str) -> None:
    user.set_password(password)
    user.save()


@pytest.mark.parametrize("command", ["deploy", "first_admin"])
def test_the_demo_does_not_become_an_installation(command: str) -> None:
    """Two of its accounts have the password that everybody knows, though one may not enter now."""
    give_password(make_user(Role.ADMIN, username="admin"), demo.PASSWORD)
    give_password(make_user(Role.TECHNICIAN, username="tech", is_active=False), demo.PASSWORD)
    make_user(Role.SALES_AGENT, username="sales")
    with pytest.raises(CommandError) as refused:
        call_command(command, verbosity=0)
    assert str(refused.value) == (
        "This database holds the demo: the password of admin, tech is known to everybody. Name "
        "another database in DATABASE_URL, or give each a new password: "
        "manage.py changepassword NAME"
    )
    assert Schedule.objects.count() == 0


def test_an_account_of_that_name_with_a_password_of_its_own_is_anybody() -> None:
    make_user(Role.ADMIN, username="admin")
    assert deploy() == ["Ready for the processes of this version."]


def test_the_demo_itself_is_left_alone(settings: Settings) -> None:
    settings.DEBUG = True
    give_password(make_user(Role.ADMIN, username="admin"), demo.PASSWORD)
    assert deploy() == ["Ready for the processes of this version."]


def test_what_is_looked_for_is_what_the_demo_has() -> None:
    assert (DEMO_ACCOUNTS, DEMO_PASSWORD) == (demo.ACCOUNTS, demo.PASSWORD)
