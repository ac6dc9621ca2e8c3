"""MAIL_URL: the settings that one address stands for, and that each way can be begun."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from pytest_django.fixtures import Settings

from core import environment
from core.apps import check_mail
from core.mail_url import PROVIDERS, MailSettings, read_mail_url

SMTP = "core.smtp.Backend"
GOOD = {
    "brevo": "brevo://KEY@",
    "mailersend": "mailersend://KEY@",
    "mailgun": "mailgun://KEY@mg.example.com",
    "mailjet": "mailjet://KEY:SECRET@",
    "mailtrap": "mailtrap://KEY@",
    "mandrill": "mandrill://KEY@",
    "postal": "postal://KEY@postal.example.com/",
    "postmark": "postmark://KEY@",
    "resend": "resend://KEY@",
    "scaleway": "scaleway://SECRET:PROJECT@",
    "sparkpost": "sparkpost://KEY@",
    "unisender-go": "unisender-go://KEY@go1.unisender.ru/ru/transactional/api/v1/",
}
# One warns as it is imported, the other needs a package of its own.
APART = {"sendgrid", "amazon-ses"}


def test_without_a_word_mail_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = MailSettings("django.core.mail.backends.console.EmailBackend")
    for text in ("", "console://"):
        monkeypatch.setenv("MAIL_URL", text)
        assert environment.mail() == printed


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mailpit:1025", MailSettings(SMTP, host="mailpit", port=1025)),
        ("smtp://mail.example.com", MailSettings(SMTP, host="mail.example.com", port=25)),
        (
            "smtp://ann:p%40ss%2F@mail.example.com",
            MailSettings(SMTP, "mail.example.com", 587, user="ann", password="p@ss/", use_tls=True),
        ),
        (
            "smtps://ann:secret@mail.example.com?timeout=30",
            MailSettings(SMTP, "mail.example.com", 465, "ann", "secret", use_ssl=True, timeout=30),
        ),
    ],
)
def test_by_smtp_the_port_says_how_it_is_kept_secret(url: str, expected: MailSettings) -> None:
    assert read_mail_url(url) == expected


def test_a_provider_is_told_its_keys_and_what_else_is_said() -> None:
    url = "mailgun://KEY@mg.example.com?api_url=https://api.eu.mailgun.net/v3"
    assert read_mail_url(url).anymail == {
        "REQUESTS_TIMEOUT": (5, 20),
        "IGNORE_UNSUPPORTED_FEATURES": True,
        "MAILGUN_API_KEY": "KEY",
        "MAILGUN_SENDER_DOMAIN": "mg.example.com",
        "MAILGUN_API_URL": "https://api.eu.mailgun.net/v3",
    }
    assert read_mail_url(GOOD["postal"]).anymail == {
        "REQUESTS_TIMEOUT": (5, 20),
        "IGNORE_UNSUPPORTED_FEATURES": True,
        "POSTAL_API_KEY": "KEY",
        "POSTAL_API_URL": "https://postal.example.com/",
    }


def test_each_provider_is_known() -> None:
    assert {*GOOD, *APART} == set(PROVIDERS)


def use(settings: Settings, url: str) -> None:
    mail = read_mail_url(url)
    settings.EMAIL_BACKEND, settings.ANYMAIL = mail.backend, mail.anymail


@pytest.mark.parametrize("name", GOOD)
def test_each_provider_can_be_begun_with_what_its_address_says(
    name: str, settings: Settings
) -> None:
    use(settings, GOOD[name])
    check_mail()
    assert get_connection().__module__ == f"anymail.backends.{name.replace('-', '_')}"


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("postmark://", "postmark://KEY@"),
        ("mailjet://KEY@", "mailjet://KEY:SECRET@"),
        ("postal://KEY@", "postal://KEY@host"),
        ("mailgun://@mg.example.com", "mailgun://KEY@host"),
    ],
)
def test_what_a_provider_needs_and_does_not_get_is_told(url: str, written: str) -> None:
    with pytest.raises(ValueError, match=f"^is incomplete: write {written}$"):
        read_mail_url(url)


def test_what_a_provider_needs_may_stand_among_the_rest() -> None:
    found = read_mail_url("mailjet://KEY@?secret_key=SECRET").anymail or {}
    assert (found["MAILJET_API_KEY"], found["MAILJET_SECRET_KEY"]) == ("KEY", "SECRET")
    assert "MAILGUN_SENDER_DOMAIN" not in (read_mail_url("mailgun://KEY@").anymail or {})


def test_what_anymail_finds_missing_ends_the_start(settings: Settings) -> None:
    use(settings, GOOD["postmark"])
    settings.ANYMAIL = {}
    with pytest.raises(ImproperlyConfigured):
        get_connection()
    with pytest.raises(SystemExit, match=r"^MAIL_URL is not complete: .*POSTMARK_SERVER_TOKEN"):
        check_mail()


def test_mail_comes_from_the_host_that_people_type_or_from_whom_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MAIL_FROM", raising=False)
    assert environment.mail_from("example.com") == "JobOps <jobops@example.com>"
    monkeypatch.setenv("MAIL_FROM", "Office <office@example.com>")
    assert environment.mail_from("example.com") == "Office <office@example.com>"
