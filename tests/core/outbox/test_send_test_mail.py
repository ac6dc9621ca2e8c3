"""`manage.py send_test_mail` sends one, or says in words what is wrong."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from tests.smtp import Mailbox, free_port, serving


def by_smtp(settings: Settings, port: int, **options: object) -> None:
    settings.EMAIL_BACKEND = "core.smtp.Backend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    for name, value in options.items():
        setattr(settings, f"EMAIL_{name}", value)


def output() -> str:
    out = io.StringIO()
    call_command("send_test_mail", "ann@example.com", stdout=out)
    return out.getvalue()


def refused() -> str:
    with pytest.raises(CommandError) as error:
        output()
    return str(error.value)


def test_a_mail_arrives(settings: Settings) -> None:
    with serving() as mailbox:
        by_smtp(settings, mailbox.port)
        assert output() == "The mail server accepted a test mail to ann@example.com.\n"
    (mail,) = mailbox.came
    assert (mail["To"], mail["From"]) == ("ann@example.com", settings.DEFAULT_FROM_EMAIL)


def test_without_a_mail_server_it_is_printed(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert output() == ("MAIL_URL names no mail server, so the test mail was only printed.\n")
    assert "To: ann@example.com" in capsys.readouterr().out


def test_nobody_there(settings: Settings) -> None:
    by_smtp(settings, free_port())
    assert refused() == (
        "The mail server cannot be reached ([Errno 111] Connection refused). Check MAIL_URL."
    )


def test_a_server_that_does_not_answer(settings: Settings) -> None:
    mailbox = Mailbox()
    mailbox.answers = ["hang"]
    with serving(mailbox):
        by_smtp(settings, mailbox.port, TIMEOUT=0.2)
        assert refused() == "The mail server did not answer in time."


def test_a_server_that_hangs_up(settings: Settings) -> None:
    mailbox = Mailbox()
    mailbox.answers = ["hang up"]
    with serving(mailbox):
        by_smtp(settings, mailbox.port)
        assert refused().startswith("The mail server closed the connection too early: ")


def test_an_address_that_is_refused(settings: Settings) -> None:
    mailbox = Mailbox()
    mailbox.refused = {"ann@example.com": "550 5.1.1 No such mailbox"}
    with serving(mailbox):
        by_smtp(settings, mailbox.port)
        assert refused() == (
            "The mail server refused the address: ann@example.com: 550 5.1.1 No such mailbox"
        )


def test_a_message_that_is_refused(settings: Settings) -> None:
    mailbox = Mailbox()
    mailbox.answers = ["554 5.7.1 Spam"]
    with serving(mailbox):
        by_smtp(settings, mailbox.port)
        assert refused() == "The mail server refused the message: 554 5.7.1 Spam"


def test_a_server_that_knows_no_sign_in(settings: Settings) -> None:
    with serving() as mailbox:
        by_smtp(settings, mailbox.port, HOST_USER="ann", HOST_PASSWORD="secret")
        assert refused() == (
            "The mail server cannot do what MAIL_URL asks of it: "
            "SMTP AUTH extension not supported by server."
        )


def test_a_server_that_speaks_no_tls(settings: Settings) -> None:
    with serving() as mailbox:
        by_smtp(settings, mailbox.port, USE_SSL=True)
        found, _bracket, mend = refused().partition(" (")
    assert found == "There is no encrypted connection to the mail server"
    assert mend.endswith("smtps:// starts with TLS, smtp:// with a user name switches to it.")


def test_what_is_no_address() -> None:
    with pytest.raises(CommandError, match=r"^“ann” is not an e-mail address.$"):
        call_command("send_test_mail", "ann")
