"""What pages show of many rows, and what is made of them once a minute for each person.

Each process keeps its own. Whoever writes finds theirs made anew, in whichever process: their
browser brings along when they last wrote.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from core.record import audit

T = TypeVar("T")

# Nothing kept is older, in seconds.
EVERY = 60
# What is kept for each person.
NAMES = ("counts", "home")


def for_person(user: Any, name: str, make: Callable[[], T], *, since: float) -> tuple[T, bool]:
    """What `make` made for somebody, and whether just now; it is made anew where it was made
    before `since`."""
    return _of(key(user, name), make, since=since)


def for_everybody(name: str, make: Callable[[], T], *, since: float) -> T:
    """The same for what is alike for all who see it."""
    return _of(name, make, since=since)[0]


def _of(key: str, make: Callable[[], T], *, since: float) -> tuple[T, bool]:
    kept = cache.get(key)
    if kept is not None and kept[0] > since:
        return kept[1], False
    # Before it is made: what is written meanwhile is newer.
    at = time.time()
    made = make()
    cache.set(key, (at, made), EVERY)
    return made, True


def last_write(request: HttpRequest) -> float:
    """When the browser at hand last wrote; 0 where that was more than a minute ago."""
    try:
        return float(request.COOKIES.get(_cookie(), ""))
    except ValueError:
        return 0.0


def forget(request: HttpRequest, response: HttpResponse) -> None:
    """Somebody wrote: what they see next is made anew."""
    if request.user.is_authenticated:
        cache.delete_many([key(request.user, name) for name in NAMES])
    # A program has no pages.
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        response.set_cookie(
            _cookie(),
            f"{time.time():.6f}",
            max_age=EVERY,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def _cookie() -> str:
    """The cookie that says when the browser last wrote; bound to this very host where it can be."""
    return "__Host-wrote" if settings.SESSION_COOKIE_SECURE else "wrote"


def key(user: Any, name: str) -> str:
    """By what it depends on beside the rows: a role given or taken, and a new day, show at once."""
    rights = (sorted(user.own_permissions), user.roles, user.is_superuser)
    rest = repr((*rights, audit.today(), get_language()))
    return f"{name}:{user.pk}:{hashlib.sha256(rest.encode()).hexdigest()}"
