"""Does mail arrive? One is sent at once, past the ledger, and what is wrong is said in words."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _

from core.outbox.failures import in_words

_CONSOLE = "django.core.mail.backends.console.EmailBackend"


def mail_sent_text(address: str) -> str:
    """Where a test mail went that met with no trouble."""
    if settings.EMAIL_BACKEND == _CONSOLE:
        return _("MAIL_URL names no mail server, so the test mail was only printed.")
    return _("The mail server accepted a test mail to %(address)s.") % {"address": address}


def send_test_mail(address: str) -> str:
    """Send a mail to an address; what went wrong, in words, or nothing."""
    connection = get_connection()
    text = _("This is a test. JobOps at %(site)s sends mail, and it reaches you.")
    mail = EmailMessage(
        _("Mail from JobOps arrives"),
        text % {"site": settings.SITE_URL},
        to=[address],
        connection=connection,
    )
    try:
        mail.send()
    except Exception as error:  # Whatever it is, they are to be told.
        return in_words(error)
    finally:
        connection.close()
    return ""
