"""MAIL_URL: how mail leaves the house, in one address, and the settings that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

SHOULD_BE = (
    "console://, smtp://user:password@host, smtps://user:password@host, or the name of a provider "
    "with its key, such as postmark://TOKEN@ or mailgun://KEY@mg.example.com"
)
# Seconds that a mail server or provider gets to answer: a worker waits as long, and no longer.
PATIENCE = 15
_CONNECT, _ANSWER = 5, 20

# What anymail calls the parts of the address, for each provider.
PROVIDERS: dict[str, dict[str, str]] = {
    "amazon-ses": {},
    "brevo": {"API_KEY": "username"},
    "mailersend": {"API_TOKEN": "username"},
    "mailgun": {"API_KEY": "username", "SENDER_DOMAIN": "hostname"},
    "mailjet": {"API_KEY": "username", "SECRET_KEY": "password"},
    "mailtrap": {"API_TOKEN": "username"},
    "mandrill": {"API_KEY": "username"},
    "postal": {"API_KEY": "username", "API_URL": "base"},
    "postmark": {"SERVER_TOKEN": "username"},
    "resend": {"API_KEY": "username"},
    "scaleway": {"SECRET_KEY": "username", "PROJECT_ID": "password"},
    "sendgrid": {"API_KEY": "username"},
    "sparkpost": {"API_KEY": "username"},
    "unisender-go": {"API_KEY": "username", "API_URL": "base"},
}

# What anymail does without, and finds out for itself.
_OPTIONAL = {"SENDER_DOMAIN"}

# What anymail calls the pages to which each of them tells what became of mail; Scaleway does not.
_EVENTS: dict[str, str] = {
    "amazon-ses": "AmazonSESTracking",
    "brevo": "BrevoTracking",
    "mailersend": "MailerSendTracking",
    "mailgun": "MailgunTracking",
    "mailjet": "MailjetTracking",
    "mailtrap": "MailtrapTracking",
    "mandrill": "MandrillCombined",
    "postal": "PostalTracking",
    "postmark": "PostmarkTracking",
    "resend": "ResendTracking",
    "sendgrid": "SendGridTracking",
    "sparkpost": "SparkPostTracking",
    "unisender-go": "UnisenderGoTracking",
}


@dataclass(frozen=True)
class MailSettings:
    """What Django and anymail are to be told."""

    backend: str
    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = ""
    use_tls: bool = False
    use_ssl: bool = False
    timeout: int = PATIENCE
    anymail: dict[str, Any] | None = None
    # The path of the view to which the provider tells what became of mail; empty where none does.
    events: str = ""


def read_mail_url(url: str) -> MailSettings:
    """The settings that an address stands for. Raises `ValueError`, in words, for one that stands
    for none."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise ValueError("is malformed") from error
    if parts.scheme == "console" and not parts.netloc:
        return MailSettings("django.core.mail.backends.console.EmailBackend")
    if parts.scheme in {"smtp", "smtps"}:
        return _smtp(parts, port)
    if parts.scheme in PROVIDERS:
        return _provider(parts)
    raise ValueError("names no way to send mail that JobOps knows")


def _smtp(parts: SplitResult, port: int | None) -> MailSettings:
    """By SMTP: a sign-in without encryption would give the password away, so there is STARTTLS
    wherever somebody signs in; `smtps` is TLS from the first byte."""
    if not parts.hostname:
        raise ValueError("names no host")
    options = dict(parse_qsl(parts.query))
    if parts.query and not options:
        raise ValueError("is malformed")
    timeout = options.pop("timeout", str(PATIENCE))
    if options or not timeout.isdecimal() or not int(timeout):
        raise ValueError("has an unknown option after `?`; only timeout=15 is known")
    is_secure, signs_in = parts.scheme == "smtps", bool(parts.username)
    return MailSettings(
        "core.smtp.Backend",
        host=parts.hostname,
        port=port or (465 if is_secure else 587 if signs_in else 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_ssl=is_secure,
        use_tls=signs_in and not is_secure,
        timeout=int(timeout),
    )


def _provider(parts: SplitResult) -> MailSettings:
    """By a provider's API; what stands after `?` are settings of anymail's for it."""
    module = parts.scheme.replace("-", "_")
    prefix = module.upper()
    values = {
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "hostname": parts.hostname or "",
        "base": f"https://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.hostname else "",
    }
    options: dict[str, Any] = {
        "REQUESTS_TIMEOUT": (_CONNECT, _ANSWER),
        # A provider that hands nothing back (Postal) is to send all the same.
        "IGNORE_UNSUPPORTED_FEATURES": True,
    }
    options |= {
        f"{prefix}_{name}": values[part]
        for name, part in PROVIDERS[parts.scheme].items()
        if values[part]
    }
    options |= {f"{prefix}_{name.upper()}": value for name, value in parse_qsl(parts.query)}
    needed = PROVIDERS[parts.scheme].keys() - _OPTIONAL
    if any(f"{prefix}_{name}" not in options for name in needed):
        raise ValueError(f"is incomplete: write {_written(parts.scheme)}")
    name = _EVENTS.get(parts.scheme)
    return MailSettings(
        f"anymail.backends.{module}.EmailBackend",
        anymail=options,
        events=f"anymail.webhooks.{module}.{name}WebhookView" if name else "",
    )


def _written(scheme: str) -> str:
    """How the address of a provider is written."""
    parts = {*PROVIDERS[scheme].values()}
    secret = ":SECRET" if "password" in parts else ""
    return f"{scheme}://KEY{secret}@{'' if parts.isdisjoint({'hostname', 'base'}) else 'host'}"
