"""Versions over HTTP: the `ETag` that an answer carries, the `If-Match` that a write states."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest, HttpResponse
from pydantic_core import to_json

from core.refusals import Stale

# Weak too: a proxy that compresses answers makes it so.
_TAG = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')
_NO_VERSION = 0

# What an operation on a row with a version says of itself.
TAGGED: dict[str, Any] = {
    "responses": {
        200: {"headers": {"ETag": {"description": "Its version.", "schema": {"type": "string"}}}}
    }
}
IF_MATCH: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": "If-Match",
            "required": False,
            "schema": {"type": "string"},
            "description": 'The `ETag` that the change was made from, such as `"3"`. If it is '
            "stale, the answer is 412 with the current values. If it is left out, only the fields "
            "sent change.",
        }
    ]
}


def answer(content: Any, *, status: int = 200) -> HttpResponse:
    """An object as it stands; its version, where it has one, is its `ETag`.

    It is not validated again: that would cost more than to read it.
    """
    # Several times as fast as json, and as pydantic has dates in what it validates. Texts that are
    # translated late are texts.
    body = to_json(content, fallback=str)
    response = HttpResponse(body, status=status, content_type="application/json")
    if "version" in content:
        response["ETag"] = f'"{content["version"]}"'
    return response


def stated_version(request: HttpRequest) -> int | None:
    """The version that the writer claims to have seen; None for no claim."""
    details = request.headers.get("If-Match", "").strip()
    if details in {"", "*"}:
        return None
    found = [_TAG.fullmatch(tag.strip()) for tag in details.split(",")]
    # What is no tag of ours is the tag of no version. Versions only rise: of several that a writer
    # has seen none but the last can be that of now.
    return max((int(tag[1]) for tag in found if tag), default=_NO_VERSION)


@contextmanager
def answering_stale(show: Callable[[], Any]) -> Iterator[None]:
    """Whatever is stale inside is refused with the object as it is now."""
    try:
        yield
    except Stale as stale:
        stale.current = show()
        raise
