"""The ledger on screen: what went to whom, and what is to be done about what did not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.utils import timezone
from pytest_django.fixtures import Settings

from core.ledger import Message, State
from core.models import Heartbeat
from core.outbox.delivering import send_due
from core.outbox.posting import News, post
from people.models import User
from tests.conftest import Sign
from tests.core.outbox.test_send_test_mail import by_smtp
from tests.factories import make_message
from tests.smtp import free_port

pytestmark = pytest.mark.django_db
PAGE = "/admin/mail/"


def shown(page: Any) -> list[str]:
    return [str(line["about"]) for line in page.context["lines"]]


@pytest.fixture
def ledger(sales: User, tech: User) -> list[Message]:
    """Three, the last one first."""
    day = datetime(2030, 3, 4, 12, tzinfo=UTC)
    to_tina: dict[str, Any] = {"person": tech, "address": "tina@example.com"}
    return [
        make_message(subject="First", kinds="share", state="sent", **to_tina, at=day),
        make_message(subject="Second", kinds="status share", person=sales, state="failed"),
        make_message(kinds="reminder", person=tech, problem="Gone."),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Morning list of my jobs", "Second", "First"]),
        ("?state=failed", ["Second"]),
        ("?kind=share", ["Second", "First"]),
        ("?words=tina", ["Morning list of my jobs", "First"]),
        ("?words=tina@example", ["First"]),
        ("?day=2030-03-04", ["First"]),
        ("?kind=share&words=sara", ["Second"]),
        ("?words=nobody", []),
        ("?state=lost", []),
        ("?before=0", []),
    ],
)
def test_it_shows_what_is_asked_for_the_last_first(
    query: str, found: list[str], ledger: list[Message], admin: User, sign_in: Sign
) -> None:
    page = sign_in(admin).get(f"{PAGE}{query}")
    assert (page.status_code, shown(page)) == (200, found)


def test_it_says_what_to_do_where_nothing_is_shown(admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    assert "No mail has been sent yet." in browser.get(PAGE).text
    assert "No mail matches." in browser.get(f"{PAGE}?state=sent").text
    assert "Correct what is marked above" in browser.get(f"{PAGE}?day=never").text


def test_a_page_holds_fifty_and_leads_to_the_next(admin: User, sign_in: Sign) -> None:
    for n in range(51):
        make_message(subject=str(n), state="sent")
    browser = sign_in(admin)
    page = browser.get(f"{PAGE}?state=sent&kind=")
    assert (shown(page)[0], shown(page)[-1], len(shown(page))) == ("50", "1", 50)
    older = page.context["older"]
    assert older.startswith("?state=sent&before=")
    last = browser.get(f"{PAGE}{older}")
    assert (shown(last), last.context["older"]) == (["0"], "")


@pytest.mark.parametrize("number", [1, 3])
def test_a_page_costs_the_same_however_many_it_shows(
    number: int, admin: User, sign_in: Sign, django_assert_num_queries: Any
) -> None:
    browser = sign_in(admin)
    for _ in range(number):
        make_message(person=admin)
    with django_assert_num_queries(5):
        browser.get(PAGE)


def test_a_mail_is_shown_as_it_was_sent(sales: User, admin: User, sign_in: Sign) -> None:
    html = '<p class="x">O\'Hara &amp; "Sons"</p>'
    row = make_message(subject="Boiler", html=html, text="<b>", state="sent", person=sales)
    page = sign_in(admin).get(f"{PAGE}{row.pk}/")
    assert page.context["title"] == "Boiler"
    assert 'srcdoc="&lt;p class=&quot;x&quot;&gt;O&#x27;Hara &amp;amp; ' in page.text
    assert '<pre class="jobops-mail-text">&lt;b&gt;</pre>' in page.text
    assert "Send again" not in page.text
    waiting = sign_in(admin).get(f"{PAGE}{make_message().pk}/")
    assert "Next try" in waiting.text


def test_what_is_said_about_an_account_is_not_kept(
    sales: User, admin: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads the ledger is not to get in by a link that was sent to somebody else."""
    from core.outbox import posting
    from tests.core.outbox.conftest import KINDS, NOW

    User.objects.filter(pk=sales.pk).update(email="sara@example.com")
    monkeypatch.setattr(posting, "collected", lambda _kind: KINDS)
    posting.kinds.cache_clear()
    try:
        post([News(sales.pk, "account", "secret link")], at=NOW)
        send_due(at=NOW)
        row = Message.objects.get()
        page = sign_in(admin).get(f"{PAGE}{row.pk}/")
    finally:
        posting.kinds.cache_clear()
    assert "secret link" in mail.outbox[0].body
    assert (row.state, row.text, row.html) == (State.SENT, "", "")
    assert "The text of mails about a person’s account is not kept." in page.text


def test_one_in_doubt_is_settled_by_one_button_and_only_once(admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    first, second = (make_message(state="in_doubt", subject=f"No. {n}") for n in range(2))
    page = browser.get(f"{PAGE}{first.pk}/")
    assert ["Send again" in page.text, "Mark as sent" in page.text] == [True, True]
    browser.post(f"{PAGE}{first.pk}/again/")
    browser.post(f"{PAGE}{second.pk}/arrived/")
    states = list(Message.objects.order_by("pk").values_list("state", flat=True))
    assert states == [State.WAITING, State.SENT]
    twice = browser.post(f"{PAGE}{second.pk}/arrived/", follow=True)
    assert "Somebody else has already dealt with this. Nothing was changed." in twice.text


def test_one_that_failed_is_sent_again_or_left(admin: User, sign_in: Sign) -> None:
    browser, failed = sign_in(admin), make_message(state="failed")
    page = browser.get(f"{PAGE}{failed.pk}/")
    buttons = ("Send again", "Dismiss", "Mark as sent")
    assert [button in page.text for button in buttons] == [True, True, False]
    browser.post(f"{PAGE}{failed.pk}/dismiss/")
    assert Message.objects.get().state == State.DROPPED


def test_the_sidebar_leads_an_admin_to_what_is_to_be_settled(
    admin: User, sales: User, sign_in: Sign
) -> None:
    def lines(user: User, page: str = PAGE) -> list[tuple[str, str, bool]]:
        cache.clear()
        items = [
            item
            for group in sign_in(user).get(page).context["sidebar_navigation"]
            for item in group["items"]
        ]
        found = [item for item in items if "/mail/?" in str(item["link"])]
        return [(str(each["link"]), each["badge"], each["active"]) for each in found]

    assert lines(admin) == []
    for state in ("failed", "in_doubt", "in_doubt", "sent"):
        make_message(state=state)
    doubt, failed = f"{PAGE}?state=in_doubt", f"{PAGE}?state=failed"
    assert lines(admin) == [(doubt, "2", False), (failed, "1", False)]
    assert lines(admin, failed) == [(doubt, "2", False), (failed, "1", True)]
    assert lines(sales, "/admin/") == []


def test_the_page_says_where_no_background_work_is_seen(admin: User, sign_in: Sign) -> None:
    browser, sentence = sign_in(admin), "No background worker has been seen for three minutes"
    assert sentence in browser.get(PAGE).text
    Heartbeat.objects.create(cluster="here:1", at=timezone.now())
    assert sentence not in browser.get(PAGE).text
    Heartbeat.objects.update(at=timezone.now() - timedelta(seconds=181))
    assert sentence in browser.get(PAGE).text


@pytest.mark.parametrize("name", ["again", "arrived", "dismiss"])
def test_nobody_but_an_admin_settles(name: str, sales: User, tech: User, sign_in: Sign) -> None:
    row = make_message(state="in_doubt")
    answers = [sign_in(each).post(f"{PAGE}{row.pk}/{name}/").status_code for each in (sales, tech)]
    assert answers == [403, 403]
    assert Message.objects.get().state == State.IN_DOUBT


def test_a_test_mail_goes_to_whoever_asks(admin: User, sign_in: Sign, settings: Settings) -> None:
    browser = sign_in(admin)
    answer = browser.post(f"{PAGE}test/", follow=True)
    assert "You have no e-mail address" in answer.text
    User.objects.filter(pk=admin.pk).update(email="adam@example.com")
    answer = browser.post(f"{PAGE}test/", follow=True)
    assert "The mail server accepted a test mail to adam@example.com." in answer.text
    assert [each.to for each in mail.outbox] == [["adam@example.com"]]
    by_smtp(settings, free_port())
    answer = browser.post(f"{PAGE}test/", follow=True)
    assert "The mail server cannot be reached" in answer.text


def test_nobody_else_sends_one(sales: User, sign_in: Sign) -> None:
    assert sign_in(sales).post(f"{PAGE}test/").status_code == 403
    assert mail.outbox == []
