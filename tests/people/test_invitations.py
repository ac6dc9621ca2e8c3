"""Links by mail: for who is new, for who has forgotten, and nothing to learn for a stranger."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from core.imported import Import
from core.imports import shell
from core.ledger import Message, Notice
from core.outbox.delivering import send_due
from core.record import audit
from core.roles import Role
from people import accounts, invitations, tasks
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.core.imports.files import taken_in
from tests.factories import make_user
from tests.imports.tables import load
from tests.programs import HERE, program

pytestmark = pytest.mark.django_db
FORGOTTEN = "/forgotten-password/"


def sent() -> list[Any]:
    """The mails that are sent now."""
    mail.outbox.clear()
    send_due(at=timezone.now())
    return list(mail.outbox)


def link(given: Any) -> str:
    found = re.search(r"http://testserver(/set-password/\S+)", str(given.body))
    assert found is not None
    return found[1]


def set_password(address: str, password: str) -> int:
    browser = Client()
    page = browser.get(address, follow=True)
    if page.status_code != 200:
        return page.status_code
    typed = {"new_password1": password, "new_password2": password}
    return browser.post("/set-password/", typed).status_code


@pytest.fixture
def tina(db: None) -> User:
    return make_user(Role.TECHNICIAN, username="tara", email="Tara@example.com")


# Invitations


def test_who_is_entered_by_a_program_is_invited_and_signs_in(admin: User) -> None:
    content = {"username": "new", "email": "new@example.com", "roles": ["technician"]}
    assert program(admin).post("/users", content).status_code == 201
    (found,) = sent()
    assert (found.to, found.subject) == (["new@example.com"], "Your account at JobOps")
    assert "Your user name is new." in found.body
    address = link(found)
    assert link(found) in str(found.alternatives[0][0]).replace("&amp;", "&")
    assert [
        set_password(address, "a long enough one"),
        set_password(address, "another one, long"),
    ] == [
        302,
        410,
    ]
    new = User.objects.get(username="new")
    assert new.check_password("a long enough one")
    message = Message.objects.get()
    assert (message.text, message.html) == ("", "")


def test_who_is_entered_in_the_back_office_is_invited(admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    with audit.change_set(audit.Kind.FORM, door=audit.Door.ADMIN, by=admin):
        accounts.open_account(by=admin, username="new", email="new@example.com")
    assert [each.to for each in sent()] == [["new@example.com"]]
    assert browser.get("/admin/mail/").status_code == 200


@pytest.mark.parametrize(
    ("door", "details"),
    [
        (audit.Door.COMMAND, {"email": "new@example.com"}),
        (audit.Door.API, {}),
        (audit.Door.API, {"email": "new@example.com", "password": "a long enough one"}),
    ],
)
def test_nobody_else_is_invited(door: audit.Door, details: dict[str, str], admin: User) -> None:
    with audit.act(door=door, by=admin):
        accounts.open_account(by=admin, username="new", **details)
    assert not Notice.objects.exists()


def test_who_comes_with_a_file_is_invited_but_not_by_a_look_nor_by_a_story_of_before(
    admin: User,
) -> None:
    row = {"username": "new", "email": "new@example.com"}
    load("people", row, by=admin, keep=False)
    with audit.act(at=timezone.now() - timedelta(days=2)):
        load("people", row | {"username": "old", "email": "old@example.com"}, by=admin)
    assert not Notice.objects.exists()
    load("people", row, by=admin)
    assert list(Notice.objects.values_list("person__username", flat=True)) == ["new"]


def test_who_has_set_a_password_meanwhile_is_not_invited(admin: User) -> None:
    with audit.act(door=audit.Door.API, by=admin):
        person = accounts.open_account(by=admin, username="new", email="new@example.com").row
    accounts.change_account(person, by=admin, password="a long enough one")
    assert sent() == []


def test_it_is_sent_at_once_and_by_the_sweep_where_the_broker_loses_that(admin: User) -> None:
    with audit.act(door=audit.Door.API, by=admin):
        accounts.open_account(by=admin, username="new", email="new@example.com")
    (task,) = OrmQ.objects.all()
    assert task.func() == "core.tasks.sweep_outbox"


# Forgotten


def test_whoever_has_forgotten_gets_a_link_and_the_old_password_stays_until_then(
    tina: User, client: Client
) -> None:
    page = client.post(FORGOTTEN, {"account": "tara"})
    assert "a mail with a link is on its way" in page.text
    (task,) = OrmQ.objects.all()
    assert (task.func(), task.args()) == ("people.tasks.send_link", ("tara",))
    tasks.send_link("tara")
    (found,) = sent()
    assert (found.to, found.subject) == (["Tara@example.com"], "Set a new password for JobOps")
    assert "If you did not ask for this" in found.body
    tina.refresh_from_db()
    assert tina.check_password("pass-word-1")
    assert set_password(link(found), "a long enough one") == 302


@pytest.mark.parametrize("typed", ["tara", " TARA ", "tara@EXAMPLE.com"])
def test_somebody_is_found_by_user_name_and_by_address(typed: str, tina: User) -> None:
    assert invitations.find(typed) == tina


@pytest.mark.parametrize("typed", ["", "nobody", "nobody@example.com"])
def test_nobody_is_found_by_anything_else(typed: str, tina: User, tech: User) -> None:
    tasks.send_link(typed)
    assert not Notice.objects.exists()


def test_who_left_or_has_no_address_gets_none(tina: User, admin: User) -> None:
    acting.deactivate(tina, by=admin)
    make_user(username="bare")
    for typed in ("tara", "tara@example.com", "bare"):
        tasks.send_link(typed)
    assert not Notice.objects.exists()


def test_a_stranger_learns_nothing(tina: User, django_assert_num_queries: Any) -> None:
    client = Client(REMOTE_ADDR=HERE)
    client.post(FORGOTTEN, {"account": "tara"})
    pages = []
    for typed in ("tara", "nobody"):
        with django_assert_num_queries(6):
            pages.append(client.post(FORGOTTEN, {"account": typed}))
    assert pages[0].text == pages[1].text
    assert {page.status_code for page in pages} == {200}


def test_who_asks_again_within_minutes_gets_one_mail(tina: User) -> None:
    at = timezone.now().replace(minute=1, second=0)
    invitations.send_link(tina, at=at)
    invitations.send_link(tina, at=at.replace(minute=3))
    invitations.send_link(tina, at=at.replace(minute=6))
    assert Notice.objects.count() == 2


def test_nothing_typed_is_told(client: Client) -> None:
    page = client.post(FORGOTTEN, {"account": " "})
    assert page.context["form"].errors == {"account": ["This field is required."]}
    assert "You will get a mail with a link" in client.get(FORGOTTEN).text
    assert not OrmQ.objects.exists()


def test_an_address_that_asks_too_often_is_shut_out(client: Client) -> None:
    answers = [client.post(FORGOTTEN, {"account": "x"}).status_code for _ in range(101)]
    assert (answers[:99], answers[99:]) == ([200] * 99, [429, 429])
    assert OrmQ.objects.count() == 99


def test_the_sign_in_leads_there(client: Client) -> None:
    assert f'href="{FORGOTTEN}"' in client.get("/admin/login/").text


# By an Admin


def test_an_admin_sends_a_link_where_there_is_an_address(
    tina: User, tech: User, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(admin)
    page = f"/admin/people/user/{tina.pk}/password-link/"
    assert "Send it to Tara@example.com" in browser.get(page).text
    answer = browser.post(page, {"mail": "1"}, follow=True)
    assert "A link is on its way to Tara@example.com." in answer.text
    assert [each.to for each in sent()] == [["Tara@example.com"]]
    without = f"/admin/people/user/{tech.pk}/password-link/"
    assert "Send it to" not in browser.get(without).text
    assert "link" in browser.post(without, {"mail": "1"}).context


# Undone


def invited(admin: User) -> Import:
    """Somebody who came with a file and was sent the link."""
    taken = taken_in(admin, "username,email", "nina,nina@example.com", kind="people")
    assert [each.to for each in sent()] == [["nina@example.com"]]
    return taken


def test_an_undo_names_the_invitation_that_went_out(admin: User) -> None:
    undone = shell.undo(invited(admin).pk)
    assert (undone.removed, [each["who"] for each in undone.mail]) == (1, ["nina@example.com"])
    assert undone.mail[0]["object"] == "Your account at JobOps"


def test_an_undo_leaves_an_account_that_somebody_uses(admin: User) -> None:
    load = invited(admin)
    assert set_password(link(mail.outbox[0]), "correct-horse-battery") == 302
    undone = shell.undo(load.pk)
    why = "This person has set a password or signed in, so the account was kept."
    assert [(each["object"], each["message"]) for each in undone.kept] == [("nina", why)]
    assert (undone.removed, User.objects.filter(username="nina").count()) == (0, 1)


def test_an_undo_leaves_an_account_that_somebody_signed_in_with(admin: User) -> None:
    load = invited(admin)
    User.objects.filter(username="nina").update(last_login=timezone.now())
    assert shell.undo(load.pk).removed == 0
