"""Notices become messages: one to each person of all that is due, by what they want."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core import mail
from django.db import transaction
from pytest_django.fixtures import Settings

from core.ledger import Message, Notice, State
from core.notice_preferences import Choice, NoticePreferences, next_digest
from core.outbox.delivering import sweep
from core.outbox.gathering import gather
from people.models import User
from tests.core.outbox.conftest import NOW, tell

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def sent(at: datetime = NOW) -> list[tuple[str, str]]:
    """To whom something is sent at a time, and what."""
    mail.outbox.clear()
    sweep(at=at)
    return sorted((each.to[0].partition("@")[0], each.subject) for each in mail.outbox)


def prefer(person: User, **preferences: object) -> None:
    NoticePreferences.objects.update_or_create(person=person, defaults=preferences)


def test_an_occasion_is_told_once_however_often_it_comes(ann: User, bob: User) -> None:
    for _ in range(2):
        tell(ann, "fire")
    tell(bob, "fire")
    assert Notice.objects.count() == 2
    assert sent() == [("ann", "fire"), ("bob", "fire")]
    tell(ann, "fire")
    assert sent(NOW + MINUTE) == []


def test_what_is_taken_back_with_its_change_is_never_told(ann: User) -> None:
    with transaction.atomic():
        tell(ann, "fire")
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


def test_what_settles_waits_for_a_minute_after_the_last_of_it(ann: User) -> None:
    for n in range(3):
        tell(ann, f"edit {n}", kind="edit", at=NOW + n * timedelta(seconds=40))
    assert sent(NOW + timedelta(seconds=130)) == []
    assert sent(NOW + timedelta(seconds=140)) == [("ann", "edit 0, edit 1, edit 2")]


def test_an_endless_stream_is_told_of_after_ten_minutes(ann: User) -> None:
    for n in range(24):
        tell(ann, str(n), kind="edit", at=NOW + n * timedelta(seconds=30))
    assert gather(at=NOW + 11 * MINUTE - timedelta(seconds=1)) == 0
    assert gather(at=NOW + 11 * MINUTE) == 1
    assert Notice.objects.filter(message=None).count() == 0


def test_other_news_do_not_wait_for_what_has_not_settled(ann: User) -> None:
    tell(ann, "edit", kind="edit")
    tell(ann, "night")
    assert sent() == [("ann", "night")]
    assert sent(NOW + MINUTE) == [("ann", "edit")]


def test_what_is_about_ones_account_is_a_mail_of_its_own(ann: User) -> None:
    prefer(ann, quiet_from=time(0, 0), quiet_until=time(23, 0), choices={"account": "off"})
    tell(ann, "password", kind="account")
    tell(ann, "night")
    assert sent() == [("ann", "password")]
    assert Message.objects.filter(state=State.SENT).count() == 1


def test_what_waits_to_be_sent_again_takes_up_what_is_new(ann: User) -> None:
    tell(ann, "first")
    gather(at=NOW)
    tell(ann, "second")
    assert sent() == [("ann", "first, second")]


def test_a_message_about_an_account_takes_up_nothing(ann: User) -> None:
    tell(ann, "password", kind="account")
    gather(at=NOW)
    tell(ann, "night")
    assert sent() == [("ann", "night"), ("ann", "password")]


def test_a_kind_that_nobody_declares_any_more_is_dropped(ann: User) -> None:
    tell(ann, "night")
    Notice.objects.update(kind="gone")
    assert sent() == []
    assert Notice.objects.get().dropped


# What people want


def test_what_somebody_does_not_want_is_dropped(ann: User) -> None:
    prefer(ann, choices={"night": Choice.OFF})
    tell(ann, "night")
    assert sent() == []
    assert Notice.objects.get().dropped


def test_the_days_digest_is_one_mail_at_five(ann: User, settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    prefer(ann, choices={"edit": Choice.DIGEST, "night": Choice.DIGEST})
    tell(ann, "morning", kind="edit")
    assert sent(NOW + MINUTE) == []
    tell(ann, "noon", at=NOW + 60 * MINUTE)
    five = datetime(2030, 3, 4, 16, tzinfo=UTC)
    assert sent(five - MINUTE) == []
    assert sent(five) == [("ann", "morning, noon")]


def test_a_digest_that_no_sweep_sent_in_time_comes_late(ann: User) -> None:
    prefer(ann, choices={"night": Choice.DIGEST})
    tell(ann, "long ago")
    assert sent(NOW + timedelta(days=3)) == [("ann", "long ago")]


def test_quiet_hours_hold_what_comes_in_them_and_end_in_one_mail(
    ann: User, settings: Settings
) -> None:
    settings.TIME_ZONE = "Europe/Vienna"  # NOW is eleven o'clock there.
    prefer(ann, quiet_from=time(10, 30), quiet_until=time(12, 0))
    tell(ann, "edit", kind="edit")
    tell(ann, "over", over=True)
    assert sent(NOW + MINUTE) == []
    tell(ann, "night", at=NOW + 30 * MINUTE)
    assert sent(NOW + 59 * MINUTE) == []
    assert sent(NOW + 60 * MINUTE) == [("ann", "edit, night")]


def test_a_message_that_is_tried_again_waits_for_the_end_of_quiet_hours_too(ann: User) -> None:
    tell(ann, "night")
    gather(at=NOW)
    prefer(ann, quiet_from=time(9, 0), quiet_until=time(12, 0))
    assert sent() == []
    message = Message.objects.get()
    assert (message.state, message.try_at) == (State.WAITING, NOW + 120 * MINUTE)
    assert sent(message.try_at) == [("ann", "night")]


def quiet(begin: str, end: str) -> NoticePreferences:
    return NoticePreferences(
        quiet_from=time.fromisoformat(begin), quiet_until=time.fromisoformat(end)
    )


VIENNA = "Europe/Vienna"


@pytest.mark.parametrize(
    ("hours", "moment", "end"),
    [
        # An ordinary night, by the clocks of Vienna: an hour ahead in winter, two in summer.
        (("22:00", "06:00"), "2030-03-04T20:59", None),
        (("22:00", "06:00"), "2030-03-04T21:00", "2030-03-05T05:00"),
        (("22:00", "06:00"), "2030-03-05T04:59", "2030-03-05T05:00"),
        (("22:00", "06:00"), "2030-03-05T05:00", None),
        # The night that has an hour less, and the one that has one twice.
        (("22:00", "06:00"), "2030-03-30T21:30", "2030-03-31T04:00"),
        (("22:00", "06:00"), "2030-10-26T20:30", "2030-10-27T05:00"),
        # Quiet until half past two, which that night left out, or had twice.
        (("22:00", "02:30"), "2030-03-31T00:30", "2030-03-31T01:30"),
        (("22:00", "02:30"), "2030-10-27T00:15", "2030-10-27T00:30"),
        (("22:00", "02:30"), "2030-10-27T01:15", "2030-10-27T01:30"),
        # At noon, and all day long: not at all.
        (("12:00", "13:00"), "2030-03-04T11:30", "2030-03-04T12:00"),
        (("12:00", "12:00"), "2030-03-04T11:30", None),
    ],
)
def test_quiet_hours_end_by_the_clock(
    hours: tuple[str, str], moment: str, end: str | None, settings: Settings
) -> None:
    settings.TIME_ZONE = VIENNA
    at = datetime.fromisoformat(f"{moment}+00:00")
    expected = end and datetime.fromisoformat(f"{end}+00:00")
    assert quiet(*hours).quiet_end(at) == expected


def test_who_chose_no_quiet_hours_has_none() -> None:
    assert NoticePreferences().quiet_end(NOW) is None


@pytest.mark.parametrize(
    ("moment", "digest"),
    [
        ("2030-03-31T14:59", "2030-03-31T15:00"),
        ("2030-03-30T16:00", "2030-03-31T15:00"),
        ("2030-10-27T15:59", "2030-10-27T16:00"),
        ("2030-10-27T16:00", "2030-10-28T16:00"),
    ],
)
def test_the_digest_is_at_five_whatever_the_clocks_do(
    moment: str, digest: str, settings: Settings
) -> None:
    settings.TIME_ZONE = VIENNA
    at = datetime.fromisoformat(f"{moment}+00:00")
    assert next_digest(at) == datetime.fromisoformat(f"{digest}+00:00")
