"""What there is to do, by name and number: counted once a minute for each person."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.module_loading import import_string

from core import kept
from core.declarations import ToDo, collected
from core.request_state import state


def counts(request: HttpRequest) -> dict[str, int]:
    """How much there is to do, by name."""
    known = state(request)
    if known.to_do is None:
        known.to_do = counted(request.user, since=kept.last_write(request))
    return known.to_do


def counted(user: Any, *, since: float = 0) -> dict[str, int]:
    """How much somebody has to do: counted once a minute, and after whatever they change."""
    return kept.for_person(user, "counts", partial(_count, user), since=since)[0]


def _count(user: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for to_do in collected(ToDo):
        found |= import_string(to_do.counted)(user)
    return found
