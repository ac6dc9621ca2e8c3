"""The link by which no more mail of a kind comes: theirs alone, signed out, and by a program."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from core.notice_preferences import Choice, NoticePreferences
from core.outbox.delivering import send_due
from people.models import User
from tests.core.outbox.conftest import NOW, tell

pytestmark = pytest.mark.django_db


def link(person: User) -> str:
    """That of a mail to somebody."""
    mail.outbox.clear()
    tell(person, "news")
    tell(person, "edit", kind="edit", at=NOW.replace(hour=1))
    send_due(at=NOW)
    (sent,) = mail.outbox
    found = re.search(r"http://testserver(/mail/stop/\S+)", sent.body)
    assert found is not None
    assert f"<http://testserver{found[1]}>" == sent.extra_headers["List-Unsubscribe"]
    return found[1]


def choices(person: User) -> dict[str, str]:
    row = NoticePreferences.objects.filter(person=person).first()
    return row.choices if row else {}


def test_to_open_it_stops_nothing_and_says_what_it_would(ann: User, client: Client) -> None:
    page = client.get(link(ann))
    assert page.status_code == 200
    assert re.findall(r"<li>(.*?)</li>", page.text) == ["Edits", "Nights"]
    assert choices(ann) == {}


def test_it_speaks_as_the_mail_did_whatever_the_browser_asks_for(ann: User) -> None:
    ann.language = "de"
    ann.save()
    page = Client(headers={"accept-language": "en"}).get(link(ann))
    assert page["Content-Language"] == "de"


def test_its_button_stops_what_the_mail_was_about(ann: User, bob: User) -> None:
    NoticePreferences.objects.create(person=ann, choices={"edit": Choice.DIGEST, "other": "off"})
    page = Client(enforce_csrf_checks=True).post(link(bob))
    assert "You will get no more of these mails" in page.text
    assert choices(bob) == {"edit": "off", "night": "off"}
    assert choices(ann) == {"edit": "digest", "other": "off"}
    tell(bob, "more")
    assert send_due(at=NOW) == {}


def test_a_mail_program_stops_it_with_one_click(ann: User) -> None:
    content = "List-Unsubscribe=One-Click"
    answer = Client(enforce_csrf_checks=True).post(
        link(ann), content, "application/x-www-form-urlencoded"
    )
    assert (answer.status_code, choices(ann)) == (200, {"edit": "off", "night": "off"})


@pytest.mark.parametrize("of", ["", "?of=", "?of=nonsense", "?of=WzEsIm5pZ2h0Il0:1xXUUX:AAAA"])
def test_a_link_that_nobody_signed_stops_nothing(of: str, ann: User, client: Client) -> None:
    for ask in (client.get, client.post):
        page = ask(f"/mail/stop/{of}")
        assert (page.status_code, choices(ann)) == (410, {})
        assert "This link is no longer valid" in page.text


def test_a_link_of_somebody_who_is_gone_is_no_longer_good(ann: User, client: Client) -> None:
    address = link(ann)
    User.objects.filter(pk=ann.pk).delete()
    assert client.post(address).status_code == 410
