"""The log: one line an event, and what matters to safety told apart from the rest.

`jobops.security` holds who signed in and out, from which address, what was refused to whom, and
who changed whose rights. No line holds a password, a key, or the name that somebody mistyped.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_address: ContextVar[str] = ContextVar("address", default="-")
_security = logging.getLogger("jobops.security")


class OneLine(logging.Formatter):
    """An event is one line, in UTC, whatever somebody sent; a traceback follows it indented."""

    converter = staticmethod(time.gmtime)
    default_msec_format = "%s,%03dZ"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the library's)
        return escaped(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 (the library's)
        return "\n".join(f"  {escaped(line)}" for line in super().formatException(ei).split("\n"))


def escaped(text: str) -> str:
    """The text with every sign that could end or hide a line written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@contextmanager
def coming_from(address: str) -> Iterator[None]:
    """What is noted inside comes from this address."""
    token = _address.set(address or "-")
    try:
        yield
    finally:
        _address.reset(token)


def note(event: str, **values: Any) -> None:
    """Note an event that matters to safety, with the address that it comes from.

    Values are quoted, so that none of them reads like a part of the line.
    """
    details = [f'{name}="{_quoted(value)}"' for name, value in values.items()]
    _security.info("%s", " ".join([event, *details, f"address={_address.get()}"]))


def _quoted(value: Any) -> str:
    return str(value).replace("\\", "\\\\").replace('"', '\\"')
