"""Bodies of requests, read whole before Django sees them, or not at all.

Django takes a body for empty whose length nobody says, as that of a program which sends it in
chunks; and for whole what arrived of one before the connection broke off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from io import BytesIO
from typing import Any

from django.conf import settings
from django.urls import reverse

from core.declarations import View, collected

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]
# What is wrong with a body, for core/serving/request_checks.py to answer; META has the environment.
WRONG = "jobops.body"
NO_LENGTH, BROKEN_OFF = "no length", "broken off"
# A form that breaks off between two chunks looks like a shorter one: JSON does not.
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class WholeBodies:
    """Hands the application a body that has a length and is all there; or says what is wrong."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        # Nobody but us says so.
        environ.pop(WRONG, None)
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isdecimal():
            _read_all(environ, int(length))
        elif "HTTP_TRANSFER_ENCODING" in environ:
            _read_chunks(environ)
        return self.application(environ, start_response)


def most(path: str) -> int:
    """How many bytes may be sent to this address."""
    return max(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, takes(path))


def takes(path: str) -> int:
    """How many bytes a page takes that takes more than others; nothing for those others."""
    return _large().get(path, 0)


@cache
def _large() -> dict[str, int]:
    large = (view for view in collected(View) if view.takes)
    return {reverse(f"admin:{view.url_name}"): view.takes for view in large}


def _read_all(environ: Environ, length: int) -> None:
    """Read as much as was announced. What is more than anybody may send is refused unread."""
    if not length or length > most(environ.get("PATH_INFO", "")):
        return
    body = _read(environ, length)
    if len(body) < length:
        environ[WRONG] = BROKEN_OFF
    _put(environ, body)


def _read_chunks(environ: Environ) -> None:
    """Read to the end, where the server knows it."""
    is_form = environ.get("CONTENT_TYPE", "").lower().startswith(_FORMS)
    if is_form or not environ.get("wsgi.input_terminated"):
        environ[WRONG] = NO_LENGTH
        return
    # One more than may be: the guard answers as it does to a length that says so.
    _put(environ, _read(environ, settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))


def _read(environ: Environ, most: int) -> bytes:
    parts, left = [], most
    while left and (part := environ["wsgi.input"].read(left)):
        parts.append(bytes(part))
        left -= len(part)
    return b"".join(parts)


def _put(environ: Environ, body: bytes) -> None:
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = BytesIO(body)
