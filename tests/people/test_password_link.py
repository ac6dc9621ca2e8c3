"""A link by which a person sets their password."""

from __future__ import annotations

import ast
import logging
from datetime import datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.html import escape

from core.roles import Role
from people.models import User
from people.password_link import link_tokens, password_link
from tests import acting
from tests.apps import APPS, ROOT
from tests.conftest import Sign
from tests.factories import make_user

pytestmark = pytest.mark.django_db
NEW = "A-Word-Of-2-Parts"
FORM = {"new_password1": NEW, "new_password2": NEW}
PAGE = "/set-password/"
# What makes a link for whomever, or sends one, and who may call it: people/tasks.py for who has
# forgotten theirs, people/invitations.py in a mail that the others have posted.
ASK_NOBODY = {
    "password_link": {"people/accounts.py", "people/invitations.py"},
    "invitations.send_link": {"people/accounts.py", "people/tasks.py"},
}


@pytest.fixture
def newcomer(db: None) -> User:
    """Somebody without a password."""
    user = make_user(Role.TECHNICIAN, username="newcomer", first_name="Nora", last_name="New")
    user.set_unusable_password()
    user.save()
    return user


def opened(link: str, client: Client | None = None) -> HttpResponse:
    """The page behind the link."""
    return (client or Client()).get(link, follow=True)


def used(link: str) -> tuple[int, str]:
    """The answer to a password that is sent by the page behind the link."""
    client = Client()
    opened(link, client)
    response = client.post(PAGE, FORM)
    return response.status_code, response.get("Location", "")


def signs_in(password: str) -> bool:
    typed = {"username": "newcomer", "password": password}
    return Client().post("/admin/login/", typed).status_code == 302


def test_the_person_sets_a_password_and_signs_in_with_it(newcomer: User) -> None:
    assert used(password_link(newcomer)) == (302, "/admin/login/")
    assert signs_in(NEW)


def test_the_page_names_the_user_name_and_then_the_way_on(newcomer: User) -> None:
    client = Client()
    page = opened(password_link(newcomer), client).content.decode()
    assert "Your user name is <strong>newcomer</strong>." in page
    answer = client.post(PAGE, FORM, follow=True).content.decode()
    assert "Your password is set. Sign in with it." in answer


def test_the_page_speaks_as_the_mail_did_whatever_the_browser_asks_for(newcomer: User) -> None:
    newcomer.language = "de"
    newcomer.save()
    client = Client(headers={"accept-language": "en"})
    assert opened(password_link(newcomer), client)["Content-Language"] == "de"


def test_the_address_of_the_page_gives_nothing_away(newcomer: User) -> None:
    response = Client().get(password_link(newcomer))
    assert (response.status_code, response["Location"]) == (302, PAGE)


def test_no_log_holds_the_link(newcomer: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    link = password_link(newcomer)
    used(link)
    assert link.split("link=")[1] not in caplog.text
    assert f"GET {PAGE} 302" in caplog.text


def test_a_link_is_good_once(newcomer: User) -> None:
    link = password_link(newcomer)
    used(link)
    assert opened(link).status_code == 410
    assert used(link) == (410, "")


def test_a_link_that_was_opened_twice_is_good_once(newcomer: User) -> None:
    link, one, other = password_link(newcomer), Client(), Client()
    opened(link, one)
    opened(link, other)
    assert [client.post(PAGE, FORM).status_code for client in (one, other)] == [302, 410]


def test_a_link_ends_with_a_sign_in(sales: User) -> None:
    link = password_link(sales)
    typed = {"username": "sara", "password": "pass-word-1"}
    assert Client().post("/admin/login/", typed).status_code == 302
    assert opened(link).status_code == 410


@pytest.mark.parametrize(("days", "status"), [(2.9, 200), (3.1, 410)])
def test_a_link_is_good_for_three_days(
    days: float, status: int, newcomer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = password_link(newcomer)
    then = datetime.now() + timedelta(days=days)  # noqa: DTZ005 (as Django counts them)
    monkeypatch.setattr(link_tokens, "_now", lambda: then)
    assert opened(link).status_code == status


def test_a_link_says_what_to_do_when_it_is_no_longer_good(newcomer: User) -> None:
    page = opened(password_link(newcomer) + "x").content.decode()
    assert "This link is no longer valid" in page
    assert "Ask an Admin for another one." in page


def test_a_deactivated_person_sets_no_password(newcomer: User) -> None:
    link = password_link(newcomer)
    acting.deactivate(newcomer, by=None)
    assert opened(link).status_code == 410


@pytest.mark.parametrize(
    "link",
    ["", ".", "x", "x.y", "\0.\0", "MQ.", "MQ.x-y", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5.x", "é" * 300],
)
def test_what_is_no_link_of_ours_is_not_good(link: str) -> None:
    client = Client()
    assert client.get(PAGE, {"link": link}, follow=True).status_code == 410


def test_without_a_link_there_is_nothing_to_set() -> None:
    assert [Client().get(PAGE).status_code, Client().post(PAGE, FORM).status_code] == [410, 410]
    assert Client().put(PAGE).status_code == 405


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"new_password1": "short", "new_password2": "short"}, "at least 12 characters"),
        ({"new_password1": NEW, "new_password2": "x"}, "didn’t match"),
        ({"new_password1": "newcomer-2026", "new_password2": "newcomer-2026"}, "similar"),
        ({}, "This field is required."),
    ],
)
def test_a_password_has_to_be_a_good_one(
    typed: dict[str, str], expected: str, newcomer: User
) -> None:
    client = Client()
    opened(password_link(newcomer), client)
    response = client.post(PAGE, typed)
    assert response.status_code == 200
    assert expected in response.content.decode()
    assert not User.objects.get(pk=newcomer.pk).has_usable_password()


def test_it_is_on_record_as_the_persons_own_act(newcomer: User) -> None:
    used(password_link(newcomer))
    row = User.history.filter(id=newcomer.pk).latest()
    assert (row.person_name, row.history_change_reason) == (
        "Nora New",
        "Password set by a one-time link",
    )


# The page on which an Admin makes it


def link_page(person: User) -> str:
    return f"/admin/people/user/{person.pk}/password-link/"


def test_an_admin_makes_a_link_for_somebody(newcomer: User, admin: User, sign_in: Sign) -> None:
    client = sign_in(admin)
    assert "link" not in client.get(link_page(newcomer)).context
    page = client.post(link_page(newcomer))
    link = page.context["link"]
    assert escape(link) in page.content.decode()
    assert link.startswith("http://testserver/set-password/?link=")
    assert used(link) == (302, "/admin/login/")


def test_that_a_link_was_made_is_noted(
    newcomer: User, admin: User, sign_in: Sign, caplog: pytest.LogCaptureFixture
) -> None:
    client = sign_in(admin)
    caplog.set_level(logging.INFO, "jobops.security")
    client.post(link_page(newcomer))
    noted = [r.message for r in caplog.records if r.name == "jobops.security"]
    assert noted[1:] == ['password link made by="adam" user="newcomer" address=127.0.0.1']


def test_the_page_of_a_person_says_whether_they_have_a_password(
    newcomer: User, tech: User, admin: User, sign_in: Sign
) -> None:
    client = sign_in(admin)
    pages = [client.get(f"/admin/people/user/{user.pk}/change/") for user in (newcomer, tech)]
    texts = [page.content.decode() for page in pages]
    assert ["Not set yet ·" in text for text in texts] == [True, False]
    assert [
        link_page(user) in text for user, text in zip((newcomer, tech), texts, strict=True)
    ] == [
        True,
        True,
    ]


def test_nobody_makes_a_link_for_whom_they_may_not_change(
    newcomer: User, admin: User, sales: User, root: User, sign_in: Sign
) -> None:
    gone = make_user(is_active=False)
    asked = [
        sign_in(sales).post(link_page(newcomer)).status_code,
        sign_in(admin).post(link_page(root)).status_code,
        sign_in(admin).post(link_page(admin)).status_code,
        sign_in(admin).post(link_page(gone)).status_code,
        sign_in(admin).post("/admin/people/user/999999/password-link/").status_code,
        sign_in(root).post(link_page(newcomer)).status_code,
    ]
    assert asked == [403, 403, 403, 403, 404, 200]


def test_links_are_given_by_the_accounts_which_ask_and_by_mail_alone() -> None:
    """A door that made one would have to ask by itself."""
    callers: dict[str, set[str]] = {}
    for path in (path for app in APPS for path in (ROOT / app).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and (called := ast.unparse(node.func)) in ASK_NOBODY:
                callers.setdefault(called, set()).add(path.relative_to(ROOT).as_posix())
    assert callers == ASK_NOBODY
