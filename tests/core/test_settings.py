"""What the settings promise: headers, cookies, HTTPS by the scheme of the address, passwords."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from pytest_django.fixtures import Settings

from people.models import User
from tests.conftest import Sign

FILE = Path(__file__).resolve().parents[2] / "core/settings.py"
KEY = "a-key-of-many-different-characters-0123456789-abcdef"
HOST = "jobops.example.com"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The product's settings as they are in another environment."""

    def _read(**environment: str) -> dict[str, Any]:
        for name in (
            "DEBUG",
            "DATABASE_URL",
            "TIME_ZONE",
            "TRUSTED_PROXIES",
            "MAIL_URL",
            "MAIL_WEBHOOK_SECRET",
        ):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("SECRET_KEY", KEY)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(FILE))

    return _read


@pytest.fixture
def browser(read: Any, settings: Settings) -> Client:
    """A browser before an installation whose address is https."""
    product = read(SITE_URL=f"https://{HOST}", TRUSTED_PROXIES="127.0.0.1")
    for name in ("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS"):
        setattr(settings, name, product[name])
    for name, value in product.items():
        if name.startswith(("SECURE_", "SESSION_", "CSRF_", "TRUSTED_")):
            setattr(settings, name, value)
    return Client(headers={"host": HOST})


# Headers


@pytest.mark.django_db
def test_a_page_says_where_all_it_is_made_of_may_come_from(client: Client) -> None:
    policy = client.get("/admin/login/")["Content-Security-Policy"]
    assert sorted(policy.split("; ")) == [
        "base-uri 'none'",
        "connect-src 'self'",
        "default-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "img-src 'self' data:",
        "object-src 'none'",
        "script-src 'self' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
    ]


@pytest.mark.django_db
def test_a_page_cannot_be_framed_or_misread_and_tells_nobody_where_one_comes_from(
    client: Client,
) -> None:
    page = client.get("/admin/login/")
    assert page["X-Frame-Options"] == "DENY"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == "same-origin"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/healthz", "/nothing", "/static/core/jobops.css"])
def test_no_answer_is_read_as_another_type_than_it_says(client: Client, path: str) -> None:
    answer = client.get(path)
    assert b"".join(answer)
    assert answer["X-Content-Type-Options"] == "nosniff"


def session_cookie(browser: Client, user: User, **extra: Any) -> dict[str, Any]:
    """The session cookie that a sign-in sets."""
    typed = {"username": user.username, "password": "pass-word-1"}
    answer = browser.post("/admin/login/", typed, **extra)
    assert answer.status_code == 302
    cookie = answer.cookies[settings.SESSION_COOKIE_NAME]
    names = ("secure", "httponly", "samesite", "path", "max-age")
    return {name: cookie[name] for name in names}


# The scheme of the address decides


def test_with_http_cookies_are_not_secure_and_nothing_leads_to_https(sales: User) -> None:
    browser = Client()
    page = browser.get("/admin/login/")
    assert (page.status_code, page.get("Strict-Transport-Security")) == (200, None)
    assert session_cookie(browser, sales) == {
        "secure": "",
        "httponly": True,
        "samesite": "Lax",
        "path": "/",
        "max-age": 14 * 24 * 3600,
    }


def test_with_https_cookies_are_secure(browser: Client, sales: User) -> None:
    assert session_cookie(browser, sales, secure=True) == {
        "secure": True,
        "httponly": True,
        "samesite": "Lax",
        "path": "/",
        "max-age": 14 * 24 * 3600,
    }
    browser.get("/admin/login/", secure=True)
    cookie = browser.cookies["__Host-csrftoken"]
    assert [cookie[name] for name in ("secure", "httponly", "path", "domain")] == [
        True,
        True,
        "/",
        "",
    ]
    assert "__Host-sessionid" in browser.cookies


def test_with_https_a_page_over_http_leads_there(browser: Client) -> None:
    answer = browser.get("/admin/login/?next=/admin/")
    assert answer.status_code == 301
    assert answer["Location"] == f"https://{HOST}/admin/login/?next=/admin/"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_with_https_health_still_answers_over_http(browser: Client, path: str) -> None:
    assert browser.get(path).json()["status"] == "ok"


@pytest.mark.django_db
def test_with_https_browsers_are_told_to_stay_there(browser: Client) -> None:
    page = browser.get("/admin/login/", headers={"x-forwarded-proto": "https"})
    assert page.status_code == 200
    assert page["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"


@pytest.mark.django_db
def test_with_https_the_word_of_a_stranger_on_the_scheme_is_not_taken(browser: Client) -> None:
    headers = {"x-forwarded-proto": "https"}
    answer = browser.get("/admin/login/", headers=headers, REMOTE_ADDR="203.0.113.5")
    assert (answer.status_code, answer["Location"]) == (301, f"https://{HOST}/admin/login/")


def test_only_the_host_of_the_address_is_answered(read: Any) -> None:
    product = read(SITE_URL=f"https://{HOST}:8443")
    assert product["ALLOWED_HOSTS"] == [HOST]
    assert product["CSRF_TRUSTED_ORIGINS"] == [f"https://{HOST}:8443"]
    assert product["DEBUG"] is False


def test_with_http_the_word_of_a_proxy_is_not_taken(read: Any) -> None:
    assert read(SITE_URL=f"http://{HOST}")["SECURE_PROXY_SSL_HEADER"] is None


def test_the_demo_answers_to_this_machine_alone(read: Any) -> None:
    product = read(DEBUG="on", SITE_URL="http://localhost:8001")
    assert product["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1"]


def test_the_demo_keeps_its_own_file(read: Any) -> None:
    """What is open to everybody there never becomes the database of an installation."""
    demo = read(DEBUG="on", SITE_URL="http://localhost:8001")["DATABASES"]["default"]
    product = read(DEBUG="off", SITE_URL=f"https://{HOST}")["DATABASES"]["default"]
    names = [Path(database["NAME"]).name for database in (demo, product)]
    assert names == ["demo.sqlite3", "jobops.sqlite3"]


# Passwords


def test_passwords_are_hashed_with_argon2(read: Any, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = read(SITE_URL=f"https://{HOST}")["PASSWORD_HASHERS"]
    stored = make_password("pass-word-1")
    assert stored.split("$")[:2] == ["argon2", "argon2id"]
    assert check_password("pass-word-1", stored)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("kW3-zq8Lp!a", "It must contain at least 12 characters."),
        ("kW3-zq8Lp!ab" * 342, "This password is longer than 4096 characters."),
        ("qwertyuiop123", "This password is too common."),
        ("sara-sales-s", "The password is too similar to the user name."),
        ("0043 1 555 72", "The password is too similar to the phone."),
        ("JobOps-Admin-1", "The password contains little more than the names of this product."),
        ("testserver-99", "The password contains little more than the names of this product."),
    ],
)
def test_a_weak_password_is_refused(password: str, why: str) -> None:
    user = User(username="sara-sales", first_name="Sara", phone="0043 1 555 72 11")
    with pytest.raises(ValidationError, match=why):
        validate_password(password, user)


@pytest.mark.parametrize(
    "password",
    ["kW3-zq8Lp!ab", "739518264059", "only letters here", "ein Schloß für Ωmega", "x1" * 200],
)
def test_any_signs_make_a_password_from_twelve_on(password: str) -> None:
    validate_password(password, User(username="sara"))


def test_a_password_may_hold_a_word_of_the_product_among_others() -> None:
    validate_password("jobops goes uphill", User(username="sara"))


def test_a_weak_password_is_refused_on_the_page_and_changes_nothing(
    sales: User, sign_in: Sign
) -> None:
    typed = {"old_password": "pass-word-1", "new_password1": "short", "new_password2": "short"}
    page = sign_in(sales).post("/admin/password_change/", typed)
    assert "It must contain at least 12 characters." in page.content.decode()
    sales.refresh_from_db()
    assert sales.check_password("pass-word-1")


def test_a_mail_provider_that_shows_the_secret_has_a_page_to_tell_what_became_of_mail(
    read: Any,
) -> None:
    mail = {"SITE_URL": f"https://{HOST}", "MAIL_URL": "postmark://token@"}
    secret = "a-secret-of-more-than-24-letters"
    product = read(**mail, MAIL_WEBHOOK_SECRET=secret)
    assert (product["ANYMAIL"]["WEBHOOK_SECRET"], product["MAIL_EVENTS"]) == (
        f"jobops:{secret}",
        "anymail.webhooks.postmark.PostmarkTrackingWebhookView",
    )
    product = read(**mail)
    assert ("WEBHOOK_SECRET" in product["ANYMAIL"], product["MAIL_EVENTS"]) == (False, "")
