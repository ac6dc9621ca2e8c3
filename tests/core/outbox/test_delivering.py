"""Messages are sent once, whatever server and processes do; the ledger says what became of each."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django.fixtures import Settings

from core.ledger import Message, Notice, State
from core.outbox import delivering
from core.outbox.delivering import (
    LEASE,
    PAUSES,
    deliver,
    recover,
    send_again,
    send_due,
    sweep,
    was_sent,
)
from core.outbox.gathering import gather
from core.outbox.mail import MailSender
from core.tasks import sweep_outbox
from people.models import User
from tests.core.outbox.conftest import NOW, tell
from tests.core.outbox.test_send_test_mail import by_smtp
from tests.factories import make_user
from tests.smtp import Mailbox, free_port, serving

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db: None) -> list[User]:
    """Five, told of one thing each."""
    found = [make_user(username=f"p{n}", email=f"p{n}@example.com") for n in range(5)]
    for person in found:
        tell(person, "news")
    return found


def states() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("state", flat=True))


def test_a_mail_is_clean_and_says_who_it_is_for_and_how_to_have_no_more(ann: User) -> None:
    tell(ann, 'O\'Hara  & "Sons" \r\nBcc: all@example.com')
    send_due(at=NOW)
    (sent,) = mail.outbox
    assert sent.subject == 'O\'Hara & "Sons" Bcc: all@example.com'
    assert (sent.to, sent.bcc, sent.cc) == (["ann@example.com"], [], [])
    message = Message.objects.get()
    headers = dict(sent.extra_headers)
    link = headers.pop("List-Unsubscribe")
    assert headers == {
        "Message-ID": f"<mail-{message.pk}@testserver>",
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert link.startswith("<http://testserver/mail/stop/?of=")
    assert (message.state, message.address, message.subject, message.kinds) == (
        State.SENT,
        "ann@example.com",
        sent.subject,
        "night",
    )
    assert (message.text, message.html) == (sent.body, sent.alternatives[0][0])
    assert str(message) == sent.subject
    assert sent.message()["Subject"] == sent.subject


def test_what_is_about_an_account_cannot_be_stopped(ann: User) -> None:
    tell(ann, "password", kind="account")
    send_due(at=NOW)
    assert set(mail.outbox[0].extra_headers) == {"Message-ID", "Auto-Submitted"}
    assert "Stop" not in mail.outbox[0].body


def test_a_subject_is_no_longer_than_is_shown_and_never_empty(ann: User, bob: User) -> None:
    tell(ann, "long", text="x" * 120 + " " + "y" * 50)
    tell(bob, "nothing", text=" ")
    send_due(at=NOW)
    first, second = (each.subject for each in mail.outbox)
    assert (len(first), first[-2:], second) == (150, "y…", "News from JobOps")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"is_active": False}, "This person can no longer sign in."),
        ({"email": ""}, "There is no e-mail address."),
    ],
)
def test_nothing_is_sent_to_who_left_or_has_no_address(
    change: dict[str, Any], why: str, ann: User
) -> None:
    tell(ann, "news")
    User.objects.filter(pk=ann.pk).update(**change)
    assert send_due(at=NOW) == {"dropped": 1}
    assert (Message.objects.get().problem, mail.outbox) == (why, [])


def test_nothing_is_sent_of_what_has_resolved_itself(ann: User) -> None:
    tell(ann, "news", over=True)
    assert send_due(at=NOW) == {"dropped": 1}
    message = Message.objects.get()
    assert message.problem == "The reason for this mail no longer applies."
    assert (str(message), str(Notice.objects.get())) == (
        f"message {message.pk}",
        f"notice {Notice.objects.get().pk}",
    )


def test_one_that_cannot_be_made_keeps_no_other_back(ann: User, bob: User) -> None:
    tell(ann, "news", broken=True)
    tell(bob, "news")
    assert send_due(at=NOW) == {"failed": 1, "sent": 1}
    failed = Message.objects.get(state=State.FAILED)
    assert (failed.person, failed.problem) == (
        ann,
        "The mail could not be created: KeyError('broken')",
    )


# The mail server


def test_one_connection_carries_them_all(people: list[User], settings: Settings) -> None:
    with serving() as mailbox:
        by_smtp(settings, mailbox.port)
        assert send_due(at=NOW) == {"sent": 5}
    assert mailbox.to == [f"p{n}@example.com" for n in range(5)]


def test_an_address_that_is_refused_keeps_no_other_back(
    people: list[User], settings: Settings
) -> None:
    mailbox = Mailbox()
    mailbox.refused = {"p1@example.com": "550 5.1.1 No such mailbox", "p2@example.com": "451 Wait"}
    with serving(mailbox):
        by_smtp(settings, mailbox.port)
        assert send_due(at=NOW) == {"sent": 3, "failed": 1, "waiting": 1}
        assert states() == ["sent", "failed", "waiting", "sent", "sent"]
        mailbox.refused = {}
        assert deliver(at=NOW + PAUSES[0]) == {"sent": 1}
    assert sorted(mailbox.to) == [f"p{n}@example.com" for n in (0, 2, 3, 4)]


def test_a_message_that_is_refused_for_good_fails_and_another_is_tried_later(
    people: list[User], settings: Settings
) -> None:
    mailbox = Mailbox()
    mailbox.answers = ["554 5.7.1 Spam", "451 Wait"]
    with serving(mailbox):
        by_smtp(settings, mailbox.port)
        assert send_due(at=NOW) == {"sent": 3, "failed": 1, "waiting": 1}
    assert states() == ["failed", "waiting", "sent", "sent", "sent"]


def test_while_nobody_answers_one_is_tried_at_a_time_with_growing_pauses(
    people: list[User], settings: Settings
) -> None:
    by_smtp(settings, free_port())
    assert send_due(at=NOW) == {"waiting": 1}
    first = Message.objects.order_by("pk")[0]
    assert (first.state, first.tries, first.try_at) == (State.WAITING, 1, NOW + PAUSES[0])
    assert first.problem.startswith("The mail server cannot be reached")
    Message.objects.exclude(pk=first.pk).delete()
    at = NOW
    for pause in PAUSES:
        at += pause
        deliver(at=at)
    first.refresh_from_db()
    assert (first.state, first.tries) == (State.FAILED, len(PAUSES) + 1)
    assert deliver(at=at + timedelta(days=9)) == {}


def test_a_server_that_hangs_up_before_it_has_all_is_tried_again(
    people: list[User], settings: Settings
) -> None:
    mailbox = Mailbox()
    with serving(mailbox):
        by_smtp(settings, mailbox.port)
        mailbox.hangs_up_at_rcpt = 2
        assert send_due(at=NOW) == {"sent": 5}
    assert mailbox.to == [f"p{n}@example.com" for n in range(5)]


def test_a_server_that_hangs_up_each_time_is_away(people: list[User], settings: Settings) -> None:
    mailbox = Mailbox()
    with serving(mailbox):
        by_smtp(settings, mailbox.port)
        mailbox.hangs_up_at_rcpt = -1
        assert send_due(at=NOW) == {"waiting": 1}
    assert mailbox.to == []


def test_one_of_which_no_answer_came_is_in_doubt_and_not_sent_again(
    people: list[User], settings: Settings
) -> None:
    mailbox = Mailbox()
    mailbox.answers = ["250 Taken", "hang up"]
    with serving(mailbox):
        by_smtp(settings, mailbox.port)
        assert send_due(at=NOW) == {"sent": 1, "in_doubt": 1}
        assert deliver(at=NOW) == {"sent": 3}
        assert deliver(at=NOW + timedelta(days=9)) == {}
    assert sorted(mailbox.to) == [f"p{n}@example.com" for n in range(5)]
    doubtful = Message.objects.in_doubt().get()
    assert doubtful.problem.startswith("The mail server closed the connection too early")


def test_a_process_that_is_told_to_end_in_the_middle_leaves_one_in_doubt(
    people: list[User], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*_args: object) -> str:
        raise SystemExit

    monkeypatch.setattr("core.outbox.mail.MailSender.send", end)
    with pytest.raises(SystemExit):
        send_due(at=NOW)
    assert states() == ["in_doubt", *["waiting"] * 4]


def test_a_connection_that_cannot_be_ended_is_let_go(settings: Settings) -> None:
    def fails() -> None:
        raise smtplib.SMTPResponseException(421, b"Bye")

    sender = MailSender()
    sender.connection = SimpleNamespace(close=fails, connection="open")
    sender.close()
    assert sender.connection.connection is None


# Processes that die


def test_what_the_dead_had_in_hand_is_made_anew_or_in_doubt(people: list[User]) -> None:
    gather(at=NOW)
    made, sending, *_others = Message.objects.order_by("pk")
    now = timezone.now()
    for row, state in ((made, State.CLAIMED), (sending, State.SENDING)):
        Message.objects.filter(pk=row.pk).update(state=state, claimed_at=now)
    recover(at=now + LEASE)
    assert states()[:2] == ["claimed", "sending"]
    recover(at=now + LEASE + timedelta(seconds=1))
    assert states()[:2] == ["waiting", "in_doubt"]
    assert sweep(at=NOW) == {"sent": 4}


def test_whoever_was_taken_for_dead_still_knows_better(
    people: list[User], monkeypatch: Any
) -> None:
    def slowly(_sender: object, message: Message, _ready: object) -> str:
        recover(at=timezone.now() + LEASE + timedelta(minutes=1))
        assert Message.objects.get(pk=message.pk).state == State.IN_DOUBT
        return "id"

    monkeypatch.setattr("core.outbox.mail.MailSender.send", slowly)
    gather(at=NOW)
    Message.objects.exclude(pk=Message.objects.order_by("pk")[0].pk).delete()
    assert deliver(at=NOW) == {"sent": 1}
    message = Message.objects.get()
    assert (message.state, message.reference, message.problem) == (State.SENT, "id", "")


def test_what_another_took_over_is_not_sent_by_the_slow_one(
    people: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = delivering._Run._prepared

    def slowly(run: Any, batch: list[Message]) -> Any:
        prepared = prepare(run, batch)
        monkeypatch.setattr(delivering._Run, "_prepared", prepare)
        recover(at=timezone.now() + LEASE + timedelta(minutes=1))
        assert deliver(at=NOW) == {"sent": 5}
        return prepared

    monkeypatch.setattr(delivering._Run, "_prepared", slowly)
    assert send_due(at=NOW) == {}
    assert len(mail.outbox) == 5


def test_the_sweep_of_each_minute_sends_what_is_due(people: list[User]) -> None:
    assert sweep_outbox(NOW) == {"sent": 5}
    assert sweep_outbox() == {}


def test_a_sweep_ends_in_time_and_hands_back_what_it_has_not_sent(
    people: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 1.0, 2.0, *[61.0] * 9])
    monkeypatch.setattr(delivering.time, "monotonic", lambda: next(clock))
    assert sweep(at=NOW) == {"sent": 1}
    assert states() == ["sent", *["waiting"] * 4]
    monkeypatch.undo()
    assert sum(deliver(at=NOW).values()) == 4


# What an Admin decides


def test_one_in_doubt_is_settled_by_hand_once(people: list[User]) -> None:
    gather(at=NOW)
    first, second, *_others = Message.objects.order_by("pk")
    Message.objects.filter(pk__in=[first.pk, second.pk]).update(state=State.IN_DOUBT)
    assert [send_again(first, at=NOW), send_again(first, at=NOW)] == [True, False]
    assert [was_sent(second, at=NOW), was_sent(second, at=NOW)] == [True, False]
    assert states()[:2] == ["waiting", "sent"]
    assert sweep(at=NOW) == {"sent": 4}


def test_one_that_failed_begins_anew(ann: User) -> None:
    tell(ann, "news")
    gather(at=NOW)
    Message.objects.update(state=State.FAILED, tries=7)
    assert Message.objects.failed().count() == 1
    assert not was_sent(Message.objects.get(), at=NOW)
    assert send_again(Message.objects.get(), at=NOW)
    assert sweep(at=NOW) == {"sent": 1}
    assert Message.objects.get().tries == 1


# What it costs


@pytest.mark.parametrize("number", [1, 3])
def test_mails_of_a_batch_are_made_together(
    number: int, people: list[User], django_assert_num_queries: Any
) -> None:
    Notice.objects.exclude(person__in=people[:number]).delete()
    gather(at=NOW)
    # Each is marked as it is handed over, and settled; all else is of the batch.
    with django_assert_num_queries(13 + 2 * number):
        assert deliver(at=NOW) == {"sent": number}
