"""Whose address a request comes from: a proxy's word counts where the proxy is ours."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from core.serving.proxies import ClientAddress, client
from people.models import User

PROXY, OUTER, ANN, BOB = "10.0.0.5", "10.9.0.1", "203.0.113.5", "203.0.113.6"


@pytest.fixture
def ours(settings: Settings) -> None:
    """Two proxies are ours: one by its address, one by its network."""
    settings.TRUSTED_PROXIES = [ip_network(PROXY), ip_network("10.9.0.0/24"), ip_network("fd00::1")]


def behind(peer: str, **headers: str) -> HttpRequest:
    """The request as all behind the proxy see it."""
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers)
    ClientAddress(lambda _request: HttpResponse())(request)
    return request


@pytest.mark.parametrize(
    ("peer", "hops", "address"),
    [
        (PROXY, ANN, ANN),
        (PROXY, f"{ANN}, {OUTER}", ANN),
        (PROXY, f" {BOB} ,{ANN} ", ANN),
        (PROXY, f"{PROXY}, {ANN}", ANN),
        (PROXY, f"{OUTER}, {PROXY}", OUTER),
        (PROXY, "", PROXY),
        (PROXY, "unknown", PROXY),
        (PROXY, f"{ANN}, <script>, {OUTER}", OUTER),
        (PROXY, "2001:db8::7", "2001:db8::7"),
        ("fd00::1", ANN, ANN),
        (f"::ffff:{PROXY}", ANN, ANN),
        (PROXY, f"::ffff:{ANN}", ANN),
        (ANN, BOB, ANN),
        (ANN, PROXY, ANN),
        ("", ANN, ""),
    ],
)
def test_the_client_is_the_nearest_address_that_is_no_proxy_of_ours(
    ours: None, peer: str, hops: str, address: str
) -> None:
    assert behind(peer, **{"x-forwarded-for": hops}).META["REMOTE_ADDR"] == address


def test_of_a_chain_without_a_stranger_the_outermost_is_the_client(ours: None) -> None:
    assert client(ip_address(PROXY), [OUTER, PROXY]) == ip_address(OUTER)


def test_where_no_proxy_is_ours_nobodys_word_is_taken() -> None:
    headers = {"x-forwarded-for": ANN, "x-forwarded-proto": "https"}
    meta = behind("127.0.0.1", **headers).META
    assert meta["REMOTE_ADDR"] == "127.0.0.1"
    assert {"HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"} & set(meta) == set()


def test_a_stranger_does_not_say_that_the_connection_is_safe(
    ours: None, settings: Settings
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    headers = {"x-forwarded-proto": "https"}
    assert [behind(peer, **headers).is_secure() for peer in (PROXY, ANN)] == [True, False]


@pytest.mark.django_db
def test_the_throttle_tells_clients_behind_one_proxy_apart(ours: None, sales: User) -> None:
    def sign_in(address: str, password: str) -> int:
        browser = Client(REMOTE_ADDR=PROXY, headers={"x-forwarded-for": address})
        typed = {"username": "sara", "password": password}
        return browser.post("/admin/login/", typed).status_code

    assert [sign_in(ANN, "wrong") for _ in range(10)] == [200] * 9 + [429]
    assert sign_in(BOB, "pass-word-1") == 302
    assert sign_in(ANN, "pass-word-1") == 429


@pytest.mark.django_db
def test_the_log_names_the_client(
    ours: None, sales: User, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Client(REMOTE_ADDR=PROXY, headers={"x-forwarded-for": ANN})
    browser.post("/admin/login/", {"username": "sara", "password": "pass-word-1"})
    found = [row.getMessage() for row in caplog.records if row.name == "jobops.security"]
    assert found == [f'signed in user="sara" address={ANN}']
