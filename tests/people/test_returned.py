"""Mail to somebody comes back: nothing more is sent there, Admins are told once, and say when it
works again."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from core.declarations import OnBounce, collected
from core.ledger import Message, Notice, State
from core.outbox import arriving
from core.outbox.arriving import Event
from core.outbox.delivering import send_due
from core.record.audit import Door
from operations import notices
from people.models import User
from people.returned import RETURNED
from tests.conftest import Sign
from tests.factories import make_job, make_message, make_user

pytestmark = pytest.mark.django_db
WHY = "550 No such user"


def come_back(person: User, address: str = "", *, why: str = WHY) -> Message:
    """A mail to somebody comes back, as its provider tells."""
    address = address or person.email
    message = make_message(person=person, address=address, state="sent", subject="Boiler")
    event = Event(State.BOUNCED, why, key=str(message.pk), address=address)
    assert arriving.note(event, at=timezone.now())
    assert not arriving.note(event, at=timezone.now())
    person.refresh_from_db()
    return message


@pytest.fixture
def tina(admin: User, tech: User) -> User:
    """A technician with an address, and so an Admin."""
    for person, address in ((tech, "tina@example.com"), (admin, "ann@example.com")):
        person.email = address
        person.save()
    return tech


def page_of(person: User) -> str:
    return f"/admin/people/user/{person.pk}/change/"


def test_it_is_on_record_why_mail_comes_back(tina: User) -> None:
    version = tina.version
    come_back(tina)
    last = tina.history.first()
    assert (last.email_problem, last.history_change_reason, last.door, last.person_name) == (
        WHY,
        WHY,
        Door.API,
        "",
    )
    # Whoever has their form open saves it all the same.
    assert (tina.email_problem, tina.version) == (WHY, version)


def test_admins_are_told_once(tina: User, admin: User) -> None:
    gone = make_user(username="gone", email="gone@example.com")
    for person in (tina, tina, gone):
        come_back(person)
    assert list(Notice.objects.values_list("person", "kind")) == [(admin.pk, RETURNED)] * 2
    send_due(at=timezone.now())
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["ann@example.com"], "Mail no longer reaches 2 people")
    assert "Mail to tina@example.com came back: 550 No such user" in sent.body
    assert f"http://testserver{page_of(tina)}" in sent.body
    assert f'href="http://testserver{page_of(tina)}"' in sent.alternatives[0][0]


def test_an_admin_is_not_told_of_themselves(tina: User, admin: User) -> None:
    come_back(admin)
    assert (admin.email_problem, Notice.objects.count()) == (WHY, 0)


def test_who_is_reached_again_meanwhile_is_not_told_of(tina: User) -> None:
    come_back(tina)
    tina.email = "tina@new.example"
    tina.save()
    assert tina.email_problem == ""
    assert send_due(at=timezone.now()) == {"dropped": 1}


def test_a_mail_to_an_earlier_address_marks_nobody(tina: User) -> None:
    come_back(tina, "tina@old.example")
    assert (tina.email_problem, Notice.objects.count()) == ("", 0)


def test_an_admin_says_that_it_works_again_on_the_page_of_the_person(
    tina: User, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(admin)
    works = f"/admin/people/user/{tina.pk}/mail-works/"
    assert works not in browser.get(page_of(tina)).text
    come_back(tina)
    page = browser.get(page_of(tina)).text
    assert ("Mail comes back: 550 No such user" in page, f'action="{works}"' in page) == (
        True,
        True,
    )
    answer = browser.post(works, follow=True)
    assert ("Mail will be sent to them again." in answer.text, works in answer.text) == (
        True,
        False,
    )
    tina.refresh_from_db()
    last = tina.history.first()
    assert (tina.email_problem, last.history_change_reason, last.history_user) == (
        "",
        "Mail works again",
        admin,
    )
    # Should it come back once more, Admins are told once more.
    come_back(tina, why="551 Moved")
    assert Notice.objects.filter(kind=RETURNED).count() == 2


def test_nobody_but_admins_says_so(tina: User, sales: User, sign_in: Sign) -> None:
    come_back(tina)
    for person in (sales, tina):
        browser = sign_in(person)
        assert browser.post(f"/admin/people/user/{tina.pk}/mail-works/").status_code == 403
        assert WHY not in browser.get(page_of(tina)).text
    tina.refresh_from_db()
    assert tina.email_problem == WHY


def test_a_person_that_there_is_not_is_not_found(admin: User, sign_in: Sign) -> None:
    assert sign_in(admin).post("/admin/people/user/999999/mail-works/").status_code == 404


def test_whom_no_reminder_reaches_is_named_to_admins(tina: User, sales: User) -> None:
    today = timezone.localdate()
    make_job(owner=sales, assigned_to=tina, scheduled_date=today)
    found: Any = notices.without_address
    assert list(found(today)) == []
    come_back(tina)
    assert list(found(today)) == [tina]


def test_one_app_marks_addresses() -> None:
    assert [each.done for each in collected(OnBounce)] == ["people.returned.came_back"]
