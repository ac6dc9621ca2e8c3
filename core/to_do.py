"""What there is to do, by name and number: counted once a minute for each person."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.module_loading import import_string

from core.declarations import ToDo, collected

# Nobody's is counted more often, in seconds.
COUNTED_EVERY = 60


def counts(request: HttpRequest) -> dict[str, int]:
    """How much there is to do, by name."""
    if "_counts" not in request.__dict__:
        request.__dict__["_counts"] = counted(request.user)
    found: dict[str, int] = request.__dict__["_counts"]
    return found


def counted(user: Any) -> dict[str, int]:
    """How much somebody has to do: counted once a minute, and after whatever they change."""
    return cache.get_or_set(_key(user), lambda: _count(user), COUNTED_EVERY) or {}


def _count(user: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for to_do in collected(ToDo):
        found |= import_string(to_do.counted)(user)
    return found


def forget_counts(user: Any) -> None:
    """Somebody changed something: what they see next counts it."""
    if user.is_authenticated:
        cache.delete(_key(user))


def _key(user: Any) -> str:
    # With what it depends on beside the rows: a role given or taken shows at once.
    roles = "-".join(user.roles)
    return f"counts:{user.pk}:{roles}:{user.is_superuser}"
