"""The first Admin: the way in, where there is no demo."""

from __future__ import annotations

import getpass
import io
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from core.roles import Role
from people.management.commands import first_admin
from people.models import User
from tests import acting
from tests.factories import make_user

pytestmark = pytest.mark.django_db
GOOD = "kW3-zq8Lp!ab"
NEW = "Another-Of-2-Parts"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No terminal, and nothing is said."""
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    for name in ("USERNAME", "EMAIL", "PASSWORD"):
        monkeypatch.delenv(f"FIRST_ADMIN_{name}", raising=False)


def say(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"FIRST_ADMIN_{name.upper()}", value)


def run(**options: str) -> str:
    """What the command says."""
    output = io.StringIO()
    call_command("first_admin", stdout=output, **options)
    return output.getvalue().strip()


def type_in(monkeypatch: pytest.MonkeyPatch, *lines: str, passwords: tuple[str, ...]) -> None:
    """A terminal at which somebody types this."""
    terminal, hidden = io.StringIO("".join(f"{line}\n" for line in lines)), iter(passwords)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    monkeypatch.setattr(getpass, "getpass", lambda *_prompt, **_named: next(hidden))


def test_the_environment_makes_an_admin_who_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, username="ada", email="ada@example.com", password=GOOD)
    assert run() == "ada is the first Admin."
    user = User.objects.get()
    assert (user.username, user.email, user.is_superuser) == ("ada", "ada@example.com", False)
    assert user.roles == [Role.ADMIN]
    typed = {"username": "ada", "password": GOOD}
    assert Client().post("/admin/login/", typed).status_code == 302


def test_it_is_on_record_as_done_on_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, username="ada", password=GOOD)
    run()
    rows = User.history.values_list("door", "history_change_reason", "person_name")
    assert set(rows) == {("command", "The first Admin", "")}


def test_a_second_run_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, username="ada", password=GOOD)
    run()
    say(monkeypatch, username="bob", password=GOOD)
    assert run() == "There is already an Admin. Nothing was changed."
    assert [user.username for user in User.objects.all()] == ["ada"]


def test_of_two_at_once_the_second_changes_nothing(admin: User) -> None:
    with pytest.raises(CommandError, match="There is an Admin now"):
        first_admin.make(username="bob", email="", password=GOOD)
    assert [user.username for user in User.objects.all()] == ["adam"]


def test_an_admin_who_left_does_not_count(
    monkeypatch: pytest.MonkeyPatch, admin: User, sales: User
) -> None:
    User.objects.filter(pk=admin.pk).update(is_active=False)
    say(monkeypatch, username="ada", password=GOOD)
    assert run() == "ada is the first Admin."


def test_without_a_password_a_link_sets_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, username="ada")
    text = run().splitlines()
    assert text[0] == "ada is the first Admin."
    start, link = text[1].split("http://testserver")
    assert start == "They set their password with this link, which works once, within three days: "
    browser, typed = Client(), {"new_password1": NEW, "new_password2": NEW}
    browser.get(link)
    assert browser.post("/set-password/", typed).status_code == 302
    assert User.objects.get().check_password(NEW)
    assert Client().get(link, follow=True).status_code == 410


def test_until_then_no_password_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, username="ada")
    run()
    assert User.objects.get().has_usable_password() is False


def test_a_link_that_is_lost_or_over_is_given_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, username="ada")
    run()
    text = run().splitlines()
    assert text[0] == "ada is the first Admin, and has no password yet."
    link = text[1].split("http://testserver")[1]
    browser, typed = Client(), {"new_password1": NEW, "new_password2": NEW}
    browser.get(link)
    assert browser.post("/set-password/", typed).status_code == 302
    assert run() == "There is already an Admin. Nothing was changed."


def test_no_link_is_given_where_somebody_can_sign_in_or_once_did(
    monkeypatch: pytest.MonkeyPatch, admin: User
) -> None:
    already = "There is already an Admin. Nothing was changed."
    ada = make_user(Role.ADMIN, username="ada")
    ada.set_unusable_password()
    ada.save()
    assert run() == already
    acting.deactivate(admin, by=None)
    assert run().startswith("ada is the first Admin, and has no password yet.\n")
    ada.last_login = timezone.now()
    ada.save()
    assert run() == already


def test_a_forgotten_password_is_set_anew_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, admin: User
) -> None:
    type_in(monkeypatch, passwords=(NEW, NEW))
    call_command("changepassword", admin.username, stdout=io.StringIO())
    admin.refresh_from_db()
    assert admin.check_password(NEW)


def test_without_a_name_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, password=GOOD)
    with pytest.raises(CommandError) as refused:
        run()
    assert (
        str(refused.value)
        == "Who should it be? Run this in a terminal, or set FIRST_ADMIN_USERNAME."
    )
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("expected", "why"),
    [
        ({"password": "short"}, "^FIRST_ADMIN_PASSWORD: This password is too short. It must "),
        ({"password": "jobops-demo-1"}, "little more than the names of this product"),
        ({"username": "a b"}, "^FIRST_ADMIN_USERNAME: Enter a valid username"),
        ({"email": "ada"}, "^FIRST_ADMIN_EMAIL: Enter a valid e-mail address"),
        (
            {"email": "ada", "password": "short"},
            "^FIRST_ADMIN_EMAIL: Enter .+[.] FIRST_ADMIN_PASSWORD: This password is too short",
        ),
        ({"username": "SARA"}, "Another person has this user name."),
    ],
)
def test_what_the_forms_refuse_is_refused(
    expected: dict[str, str], why: str, monkeypatch: pytest.MonkeyPatch, sales: User
) -> None:
    say(monkeypatch, **({"username": "ada", "password": GOOD} | expected))
    with pytest.raises(CommandError, match=why):
        run()
    assert User.objects.count() == 1


def test_a_terminal_is_asked_for_all_that_is_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, "ada", "", passwords=(GOOD, GOOD))
    run()
    user = User.objects.get()
    assert (user.username, user.email, user.check_password(GOOD)) == ("ada", "", True)


def test_a_terminal_is_not_asked_for_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, password=GOOD)
    type_in(monkeypatch, passwords=())
    run(username="ada", email="ada@example.com")
    assert User.objects.get().email == "ada@example.com"


def test_at_a_terminal_no_password_means_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, "ada", "", passwords=("",))
    assert "/set-password/?link=" in run()


def test_at_a_terminal_a_refusal_names_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, "ada", "", passwords=("short", "short"))
    with pytest.raises(CommandError, match=r"^This password is too short"):
        run()


def test_two_passwords_that_differ_make_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, "ada", "", passwords=(GOOD, "another"))
    with pytest.raises(CommandError, match="The two passwords differ"):
        run()
    assert not User.objects.exists()


def test_the_password_can_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from core import environment

    (tmp_path / "password").write_text(f"{GOOD}\n")
    say(monkeypatch, username="ada", password_file=str(tmp_path / "password"))
    monkeypatch.setenv("FIRST_ADMIN_PASSWORD", "")
    environment.read_secret_files()
    run()
    assert User.objects.get().check_password(GOOD)
