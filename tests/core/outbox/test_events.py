"""What a mail provider tells of mail later: delivered, come back, complained of."""

from __future__ import annotations

import json
import re
import warnings
from base64 import b64encode
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from anymail.signals import AnymailTrackingEvent, tracking
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import include, path
from pytest_django.fixtures import Settings

from core.apps import check_mail
from core.ledger import Message, Notice, State
from core.mail_url import PROVIDERS, read_mail_url
from core.notice_preferences import Choice, NoticePreferences
from core.outbox import events
from core.outbox.delivering import send_again, send_due
from core.urls import urlpatterns
from people.models import User
from tests.core.outbox.conftest import NOW, tell
from tests.factories import make_message

pytestmark = pytest.mark.django_db
SECRET = "jobops:a-secret-of-more-than-24-letters"
POSTMARK = "anymail.webhooks.postmark.PostmarkTrackingWebhookView"
Post = Callable[..., int]


@pytest.fixture
def post(settings: Settings, client: Client) -> Post:
    """Postmark tells something of a message, by this secret; what it is answered."""
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    settings.MAIL_EVENTS = POSTMARK
    settings.ROOT_URLCONF = (*urlpatterns, path("mail/events/", include(events.addresses())))

    def send(message: Message, *, secret: str = SECRET, raw: str = "", **given: Any) -> int:
        body = {"Metadata": {"mail": str(message.pk)}, "Email": message.address, **given}
        answer = client.post(
            "/mail/events/",
            raw or json.dumps(body),
            content_type="application/json",
            headers={"authorization": f"Basic {b64encode(secret.encode()).decode()}"},
        )
        message.refresh_from_db()
        return answer.status_code

    return send


@pytest.fixture
def sent(ann: User) -> Message:
    """A mail to Ann, as it was sent."""
    tell(ann, "news")
    send_due(at=NOW)
    return Message.objects.get()


DELIVERED = {"RecordType": "Delivery"}
HARD = {"RecordType": "Bounce", "Type": "HardBounce", "Details": "550 No such user"}
SOFT = {"RecordType": "Bounce", "Type": "SoftBounce", "Details": "452 Full"}
SPAM = {"RecordType": "SpamComplaint", "Type": "SpamComplaint"}


def test_who_does_not_know_the_secret_tells_nothing(post: Post, sent: Message) -> None:
    assert post(sent, secret="jobops:wrong", **DELIVERED) == 400
    assert sent.state == State.SENT
    assert (post(sent, **DELIVERED), sent.state) == (200, State.DELIVERED)


@pytest.mark.parametrize("raw", ["{{{", "[]", "null", "[" * 100_000, '{"Metadata": "text"}', "\0"])
def test_what_is_no_event_at_all_is_refused(raw: str, post: Post, sent: Message) -> None:
    assert (post(sent, raw=raw), sent.state) == (400, State.SENT)


def test_without_a_secret_nobody_can_tell_anything(client: Client) -> None:
    assert events.addresses() == []
    assert client.post("/mail/events/").status_code == 404


@pytest.mark.parametrize(
    ("expected", "states"),
    [
        ([DELIVERED, DELIVERED], ["delivered", "delivered"]),
        ([HARD, DELIVERED, HARD], ["bounced", "bounced", "bounced"]),
        ([DELIVERED, HARD], ["delivered", "bounced"]),
        ([SOFT, HARD], ["failed", "bounced"]),
        ([SOFT, DELIVERED, SOFT], ["failed", "delivered", "delivered"]),
        ([DELIVERED, SPAM, DELIVERED], ["delivered", "complained", "complained"]),
        ([{"RecordType": "Open"}], ["delivered"]),
        ([{"RecordType": "Bounce", "Type": "Blocked"}], ["failed"]),
        ([{"RecordType": "Bounce", "Type": "Transient"}], ["sent"]),
    ],
)
def test_what_is_told_late_twice_or_in_another_order_comes_to_the_same(
    expected: list[dict[str, str]], states: list[str], post: Post, sent: Message
) -> None:
    found = []
    for each in expected:
        assert post(sent, **each) == 200
        found.append(str(sent.state))
    assert found == states


def test_a_mail_that_was_in_doubt_is_settled_by_it(post: Post, sent: Message) -> None:
    Message.objects.update(state=State.IN_DOUBT, problem="No answer came.")
    post(sent, **DELIVERED)
    assert (sent.state, sent.problem) == (State.DELIVERED, "")


def test_nothing_more_is_sent_to_an_address_that_nobody_has(
    post: Post, sent: Message, ann: User
) -> None:
    post(sent, **HARD)
    assert (sent.state, sent.problem) == (State.BOUNCED, "550 No such user")
    ann.refresh_from_db()
    assert ann.email_problem == "550 No such user"
    tell(ann, "more")
    assert send_due(at=NOW) == {"dropped": 1}
    assert Message.objects.latest("pk").problem == (
        "Mail to ann@example.com comes back (550 No such user). None is sent until the "
        "address works again."
    )
    assert send_again(sent, at=NOW)
    assert send_due(at=NOW) == {"dropped": 1}


def test_who_complains_is_told_no_more_of_the_kind(post: Post, sent: Message, ann: User) -> None:
    post(sent, **SPAM)
    assert (sent.state, sent.problem) == (
        State.COMPLAINED,
        "The recipient marked it as unwanted, and will get no more mail of this kind.",
    )
    preferences = NoticePreferences.objects.of([ann.pk])[ann.pk]
    assert (preferences.choice("night"), preferences.choice("edit")) == (Choice.OFF, Choice.NOW)


def test_a_complaint_of_a_password_link_stops_nothing(post: Post, ann: User) -> None:
    message = make_message(kinds="account", person=ann, address=ann.email, state="sent")
    post(message, **SPAM)
    assert (message.state, message.problem) == (
        State.COMPLAINED,
        "The recipient marked it as unwanted.",
    )
    assert NoticePreferences.objects.of([ann.pk])[ann.pk].choices == {}


def test_what_is_told_of_the_mail_of_others_changes_none_of_ours(post: Post, sent: Message) -> None:
    elsewhere = {"Email": "somebody@elsewhere.example"}
    unknown: dict[str, Any]
    for unknown in (
        elsewhere,
        *({"Metadata": {"mail": key}} for key in ("0", "x", "9" * 30)),
        {"Metadata": {}, "MessageID": "another"},
        {"Metadata": {}},
    ):
        assert (post(sent, **{**HARD, **unknown}), sent.state) == (200, State.SENT)


def test_a_provider_that_hands_nothing_back_is_understood_by_its_own_name(
    post: Post, sent: Message
) -> None:
    Message.objects.update(reference="their-name")
    post(sent, **{**DELIVERED, "Metadata": {}, "MessageID": "their-name"})
    assert sent.state == State.DELIVERED


@pytest.mark.parametrize(
    "raw",
    [
        {"event": "soft_bounce"},
        {"type": "activity.soft_bounced"},
        {"hard_bounce": False},
        {"description": "Transient: MailboxFull"},
        None,
    ],
)
def test_a_bounce_that_passes_marks_nobody(raw: Any, sent: Message, ann: User) -> None:
    event = AnymailTrackingEvent(
        event_type="bounced",
        reject_reason="bounced" if raw else "timed_out",
        description=(raw or {}).get("description"),
        metadata={"mail": str(sent.pk)},
        recipient="Ann@Example.com",
        esp_event=raw,
    )
    tracking.send(sender=None, event=event, esp_name="Any")
    sent.refresh_from_db()
    ann.refresh_from_db()
    assert (sent.state, ann.email_problem) == (State.FAILED, "")


@pytest.mark.parametrize(
    ("expected", "cost"), [(DELIVERED, 5), (SPAM, 13), (HARD, 15), ({"RecordType": "Click"}, 5)]
)
def test_what_a_provider_is_answered_costs_little(
    expected: dict[str, str], cost: int, post: Post, sent: Message, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(cost):  # One of which is the test's own.
        post(sent, **expected)


def test_a_mail_of_nobody_is_complained_of(post: Post) -> None:
    message = make_message(kinds="night", address="gone@example.com", state="sent")
    for text, state in ((SPAM, State.COMPLAINED), (HARD, State.COMPLAINED)):
        assert (post(message, **text), message.state) == (200, state)
    other = make_message(kinds="night", address="gone@example.com", state="sent")
    assert (post(other, **HARD), other.state) == (200, State.BOUNCED)
    assert not Notice.objects.exists()


def test_the_page_of_each_provider_is_there(settings: Settings) -> None:
    """What it needs beside the secret, it says as it is made."""
    silent, needing = set(), {}
    for name in PROVIDERS:
        found = read_mail_url(f"{name}://a:b@example.com")
        settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, **(found.anymail or {})}
        settings.MAIL_EVENTS = found.events
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                events.check()
            except (ImproperlyConfigured, ImportError) as error:
                needing[name] = _named(error)
        if not settings.MAIL_EVENTS:
            silent.add(name)
    assert silent == {"scaleway"}
    assert needing == {
        "amazon-ses": "boto3",
        "mailersend": "MAILERSEND_SIGNING_SECRET",
        "postal": "POSTAL_WEBHOOK_KEY",
    }


def _named(error: Exception) -> str:
    """What an error of anymail's says is not there."""
    found = re.search(r"boto3|[A-Z]+_[A-Z_]+", str(error))
    return found[0] if found else str(error)


def test_a_page_that_lacks_something_stops_the_process(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:

    def lacking() -> None:
        raise ImproperlyConfigured("Set ANYMAIL_KEY.\nMore.")

    settings.MAIL_EVENTS = POSTMARK
    monkeypatch.setattr(events, "import_string", lambda _path: SimpleNamespaceView(lacking))
    with pytest.raises(SystemExit, match=r"MAIL_URL is not complete: Set ANYMAIL_KEY\. It should"):
        check_mail()


class SimpleNamespaceView(SimpleNamespace):
    """A view that cannot be made."""

    def __init__(self, fails: Callable[[], None]) -> None:
        super().__init__(as_view=fails)
