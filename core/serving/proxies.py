"""Whose address a request comes from, where a proxy hands it on."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ClientAddress:
    """Makes `REMOTE_ADDR` the client's own address: for the throttle, the log, whoever asks.

    `X-Forwarded-For` and `X-Forwarded-Proto` count where the connection comes from one of
    `TRUSTED_PROXIES`, and are dropped where it does not: nothing behind this can believe them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        peer = parse(request.META.get("REMOTE_ADDR", ""))
        hops = request.META.pop("HTTP_X_FORWARDED_FOR", "").split(",")
        if peer is not None and is_trusted(peer):
            request.META["REMOTE_ADDR"] = str(client(peer, hops))
        else:
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        return self.get_response(request)


def client(peer: Address, hops: Iterable[str]) -> Address:
    """The nearest address that is none of our proxies.

    Each proxy writes at the end whom it heard from, so what lies beyond the first stranger is the
    stranger's own word. What is no address ends the walk at the last one that was.
    """
    for hop in reversed(list(hops)):
        address = parse(hop)
        if address is None:
            return peer
        if not is_trusted(address):
            return address
        peer = address
    return peer


def is_trusted(address: Address) -> bool:
    """Is this one of our proxies?"""
    return any(address in network for network in settings.TRUSTED_PROXIES)


def parse(text: str) -> Address | None:
    """The address that a text says; None where it says none."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
