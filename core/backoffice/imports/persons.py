"""People whom a file names, as pages show them: by name, and by user name where two have the
same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, QuerySet


def shown(persons: QuerySet[Any]) -> dict[str, str]:
    """How each of these is shown, by user name, in the order of their names."""
    rows = list(persons.order_by("first_name", "last_name", "username"))
    times = Counter(person.name for person in rows)
    return {
        person.username: person.name
        if times[person.name] == 1
        else f"{person.name} ({person.username})"
        for person in rows
    }


def called(names: Collection[str]) -> dict[str, str]:
    """How those of these user names are shown, beside everybody else."""
    if not names:
        return {}
    users: Any = get_user_model()._default_manager
    same = {each: OuterRef(each) for each in ("first_name", "last_name")}
    return shown(users.filter(Exists(users.filter(username__in=names, **same))))
