"""The channel of mail: to a person's address, by whatever MAIL_URL names."""

from __future__ import annotations

import smtplib
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from anymail.exceptions import AnymailError
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.translation import gettext as _

from core.ledger import Message, Notice
from core.notice_preferences import NoticePreferences
from core.outbox import letters
from core.outbox.answers import (
    Away,
    Later,
    NotNeeded,
    Prepared,
    Ready,
)
from core.outbox.failures import failure, in_words
from core.outbox.letters import Bundle, Letter
from core.outbox.posting import kinds


class MailSender:
    """Sends the messages of one run, on one connection."""

    def __init__(self) -> None:
        self.connection: Any = get_connection()
        # Whether something was sent on it already: a server may have closed it meanwhile.
        self._is_used = False

    def prepare(self, messages: Sequence[Message], *, at: datetime) -> list[Prepared]:
        """A letter for each person who has an address, and still is to be told something."""
        rows = get_user_model()._base_manager.prefetch_related("groups")
        found = rows.in_bulk([m.person_id for m in messages])
        preferences = NoticePreferences.objects.of(found)
        notices: dict[int | None, list[Notice]] = defaultdict(list)
        for notice in Notice.objects.filter(message__in=[m.pk for m in messages]).order_by("pk"):
            notices[notice.message_id].append(notice)
        unsettled = _waiting_for_more(messages)
        answers: list[Prepared | None] = []
        bundles: list[Bundle] = []
        for message in messages:
            person, due = found.get(message.person_id), tuple(notices[message.pk])
            answer = _not_now(person, due, preferences.get(message.person_id or 0), at=at)
            until = unsettled.get(message.recipient)
            if answer is None and until and any(kinds()[n.kind].wait_for_more for n in due):
                answer = Later(until)
            answers.append(answer)
            if answer is None:
                bundles.append(Bundle(person, due))
        written = iter(zip(bundles, letters.write(bundles, at=at), strict=True))
        return [_ready(*next(written)) if answer is None else answer for answer in answers]

    def send(self, message: Message, ready: Ready) -> str:
        """Send it. Raises what core/outbox/answers.py names."""
        mail = _mail(message, ready)
        try:
            self._open()
            self._send(mail)
        finally:
            self._is_used = True
        status = getattr(mail, "anymail_status", None)
        return str(status.message_id or "") if status else ""

    def close(self) -> None:
        """End the connection, however it stands."""
        try:
            self.connection.close()
        except (OSError, smtplib.SMTPException):
            self.connection.connection = None

    def _open(self) -> None:
        try:
            if self.connection.open():
                self._is_used = False
        except (OSError, smtplib.SMTPException) as error:
            raise Away(in_words(error)) from error

    def _send(self, mail: EmailMultiAlternatives) -> None:
        try:
            self.connection.send_messages([mail])
        except smtplib.SMTPServerDisconnected as error:
            if self._is_used and not self._may_have_arrived():
                # It waited for too long between two messages, and hung up: that is no failure.
                self.close()
                self._open()
                self._send(mail)
                return
            raise self._failure(error) from error
        except (ValueError, OSError, smtplib.SMTPException, AnymailError) as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> Exception:
        """What a failure says of the message. The connection is of no use afterwards."""
        found = failure(error, may_have_arrived=self._may_have_arrived())
        if not isinstance(error, smtplib.SMTPRecipientsRefused):
            self.close()
        return found

    def _may_have_arrived(self) -> bool:
        return bool(getattr(self.connection, "is_handed_over", False))


def _waiting_for_more(messages: Sequence[Message]) -> dict[str, datetime]:
    """Until when recipients wait for more changes: a message that waited is sent with them, as the
    difference of both."""
    rows = Notice.objects.waiting().filter(
        held=False,
        recipient__in={message.recipient for message in messages},
        kind__in=[name for name, kind in kinds().items() if kind.wait_for_more],
    )
    return dict(rows.order_by("due_at").values_list("recipient", "due_at"))


def _not_now(
    person: Any, notices: Sequence[Notice], preferences: NoticePreferences | None, *, at: datetime
) -> Prepared | None:
    """Why nothing is sent to somebody, or not now; None where it is."""
    if person is None or not person.is_active:
        return NotNeeded(_("This person can no longer sign in."))
    if not person.email:
        return NotNeeded(_("There is no e-mail address."))
    if person.email_problem:
        why = _(
            "Mail to %(address)s comes back (%(why)s). None is sent until the address works again."
        )
        return NotNeeded(why % {"address": person.email, "why": person.email_problem})
    is_optional = all(kinds()[notice.kind].is_optional for notice in notices)
    quiet_end = preferences.quiet_end(at) if preferences and is_optional else None
    return Later(quiet_end) if quiet_end else None


def _ready(bundle: Bundle, letter: Letter | None) -> Prepared:
    if letter is None:
        return NotNeeded(_("The reason for this mail no longer applies."))
    return Ready(bundle.person.email, letter)


def _mail(message: Message, ready: Ready) -> EmailMultiAlternatives:
    letter = ready.letter
    headers = {
        # The same at each try, by which whoever gets it twice can tell.
        "Message-ID": f"<mail-{message.pk}@{urlsplit(settings.SITE_URL).hostname}>",
        "Auto-Submitted": "auto-generated",
    }
    if letter.stop_url:
        headers["List-Unsubscribe"] = f"<{letter.stop_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(letter.subject, letter.text, to=[ready.address], headers=headers)
    mail.attach_alternative(letter.html, "text/html")
    # Providers hand this back with what they tell of it later.
    mail.metadata = {"mail": str(message.pk)}  # type: ignore[attr-defined]
    return mail
