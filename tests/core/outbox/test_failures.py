"""How sending fails, and what that means: sent for sure, not sent for sure, or nobody knows."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest
import requests
from anymail.exceptions import (
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
)
from django.core.mail import EmailMessage, get_connection
from pytest_django.fixtures import Settings
from urllib3.exceptions import MaxRetryError, NewConnectionError

from core.mail_url import read_mail_url
from core.outbox.answers import Away, NeverSent, NotSent, Unknown
from core.outbox.failures import failure, in_words


def answered(status: int) -> AnymailRequestsAPIError:
    response = requests.Response()
    response.status_code, response.reason = status, "Because"
    return AnymailRequestsAPIError(response=response)


def unanswered(cause: Exception) -> AnymailRequestsAPIError:
    error = AnymailRequestsAPIError("Error posting")
    error.__cause__ = cause
    return error


NOWHERE = NewConnectionError(None, "refused")  # type: ignore[arg-type]
UNREACHABLE = requests.ConnectionError(MaxRetryError(None, "/", NOWHERE))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (smtplib.SMTPRecipientsRefused({"a": (550, b"No"), "b": (451, b"Wait")}), NotSent),
        (smtplib.SMTPRecipientsRefused({"a": (550, b"No")}), NeverSent),
        (smtplib.SMTPSenderRefused(550, b"No", "me"), Away),
        (smtplib.SMTPDataError(554, b"Spam"), NeverSent),
        (smtplib.SMTPDataError(451, b"Wait"), NotSent),
        (smtplib.SMTPNotSupportedError("SMTPUTF8"), NeverSent),
        (smtplib.SMTPServerDisconnected("gone"), Away),
        (TimeoutError(), Away),
        (ValueError("no address"), NeverSent),
        (AnymailInvalidAddress("no address"), NeverSent),
        (AnymailRecipientsRefused(), NeverSent),
        (answered(400), NeverSent),
        (answered(401), Away),
        (answered(429), Away),
        (answered(503), Away),
        (answered(500), Unknown),
        (unanswered(requests.ConnectTimeout()), Away),
        (unanswered(UNREACHABLE), Away),
        (unanswered(requests.ReadTimeout()), Unknown),
        (unanswered(requests.ConnectionError("reset")), Unknown),
    ],
)
def test_what_a_failure_means(error: Exception, kind: type[Exception]) -> None:
    assert type(failure(error, may_have_arrived=False)) is kind


@pytest.mark.parametrize("error", [TimeoutError(), smtplib.SMTPServerDisconnected("gone")])
def test_after_all_was_handed_over_nobody_knows(error: Exception) -> None:
    assert type(failure(error, may_have_arrived=True)) is Unknown


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            smtplib.SMTPAuthenticationError(535, b"No"),
            "The mail server did not accept the user name and password (535 No). Check MAIL_URL.",
        ),
        (
            smtplib.SMTPSenderRefused(550, "No", "me"),
            "The mail server refused the sender (550 No). Check MAIL_FROM.",
        ),
        (AnymailInvalidAddress("no address"), "no address"),
        (ValueError(), "ValueError()"),
    ],
)
def test_it_is_said_in_words(error: Exception, words: str) -> None:
    assert in_words(error) == words


def test_a_connection_by_tls_tells_too(settings: Settings) -> None:
    mail = read_mail_url("smtps://127.0.0.1:1")
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = mail.backend, mail.host, 1
    settings.EMAIL_USE_SSL = True
    connection: Any = get_connection()
    assert connection.connection_class.__mro__[2] is smtplib.SMTP_SSL
    assert connection.is_handed_over is False
    with pytest.raises(ConnectionRefusedError):
        EmailMessage("s", "t", to=["a@example.com"], connection=connection).send()
