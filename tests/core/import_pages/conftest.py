"""A browser of an Admin; and acts of an import that are told, and not done."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from core.imports import loading
from core.refusals import Refused
from people.models import User
from tests.conftest import Sign


@pytest.fixture
def browser(admin: User, sign_in: Sign) -> Client:
    return sign_in(admin)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What was to be done to which import, by whom and how: nothing of it is."""
    acts: list[tuple[str, Any]] = []
    for name in ("match", "preview", "apply", "stop", "discard", "undo"):

        def act(load: Any, *args: Any, name: str = name, **given: Any) -> None:
            acts.append((name, {"load": load.pk, "args": args, **given}))

        monkeypatch.setattr(loading, name, act)
    return acts


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every act is refused."""

    def refuse(*_args: Any, **_rest: Any) -> None:
        raise Refused("Somebody was quicker.")

    for name in ("match", "preview", "apply", "stop", "discard", "undo"):
        monkeypatch.setattr(loading, name, refuse)
