"""How sending fails: what that means for a message, and the same in words."""

from __future__ import annotations

import smtplib
import ssl

from anymail.exceptions import AnymailAPIError, AnymailError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from requests.exceptions import ConnectTimeout
from urllib3.exceptions import NewConnectionError, SSLError

from core.outbox.answers import Away, NeverSent, NotSent, Unknown


def failure(error: Exception, *, may_have_arrived: bool) -> Exception:
    """What it means for the message: one of core/outbox/answers.py."""
    words = in_words(error)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _reply in error.recipients.values()]
        return NeverSent(words) if all(code >= 500 for code in codes) else NotSent(words)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return Away(words)  # So would every other.
    if isinstance(error, smtplib.SMTPResponseException):
        return NeverSent(words) if error.smtp_code >= 500 else NotSent(words)
    if isinstance(error, AnymailAPIError):
        return _api_failure(error, words)
    if isinstance(error, ValueError | AnymailError | smtplib.SMTPNotSupportedError):
        return NeverSent(words)
    return Unknown(words) if may_have_arrived else Away(words)


def _api_failure(error: AnymailAPIError, words: str) -> Exception:
    """A provider that answered, or could not be reached, has not taken it; of one that did neither
    nobody knows."""
    status = error.status_code
    if _is_unreachable(error) or status in {401, 403, 429, 503}:
        return Away(words)
    return Unknown(words) if status is None or status >= 500 else NeverSent(words)


def _is_unreachable(error: AnymailAPIError) -> bool:
    """Did not even a connection come about?"""
    cause = error.__cause__
    if isinstance(cause, ConnectTimeout):
        return True
    reason = getattr(cause.args[0], "reason", None) if cause and cause.args else None
    return isinstance(reason, NewConnectionError | SSLError)


# What a failure is, the closer kind first.
_SENTENCES: tuple[tuple[type[Exception], str | Promise], ...] = (
    (
        smtplib.SMTPAuthenticationError,
        gettext_lazy(
            "The mail server did not accept the user name and password (%(reply)s). Check MAIL_URL."
        ),
    ),
    (
        smtplib.SMTPSenderRefused,
        gettext_lazy("The mail server refused the sender (%(reply)s). Check MAIL_FROM."),
    ),
    (smtplib.SMTPResponseException, gettext_lazy("The mail server refused the message: %(reply)s")),
    (
        smtplib.SMTPServerDisconnected,
        gettext_lazy("The mail server closed the connection too early: %(reply)s"),
    ),
    (
        smtplib.SMTPNotSupportedError,
        gettext_lazy("The mail server cannot do what MAIL_URL asks of it: %(reply)s"),
    ),
    (
        ssl.SSLError,
        gettext_lazy(
            "There is no encrypted connection to the mail server (%(reply)s). Check the host and "
            "port of MAIL_URL: smtps:// starts with TLS, smtp:// with a user name switches to it."
        ),
    ),
)


def in_words(error: BaseException) -> str:
    """What went wrong, for whoever looks after the server."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _("The mail server refused the address: %(reply)s") % {"reply": _refused(error)}
    # smtplib takes the one for the other.
    if isinstance(error, TimeoutError) or str(error).endswith(": timed out"):
        return _("The mail server did not answer in time.")
    for kind, sentence in _SENTENCES:
        if isinstance(error, kind):
            return str(sentence) % {"reply": _reply_of(error)}
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException | AnymailError):
        return _("The mail server cannot be reached (%(reply)s). Check MAIL_URL.") % {
            "reply": error
        }
    return str(error) or repr(error)


def _refused(error: smtplib.SMTPRecipientsRefused) -> str:
    refused = error.recipients.items()
    return "; ".join(f"{address}: {code} {_text(text)}" for address, (code, text) in refused)


def _reply_of(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return str(error)


def _text(reply: bytes | str) -> str:
    return reply.decode(errors="replace") if isinstance(reply, bytes) else reply
