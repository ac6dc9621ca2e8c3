"""The application is loaded before the server forks its workers."""

from __future__ import annotations

import gc
import sys

import pytest

from core.serving import web


def test_the_application_is_there_and_frozen_when_the_server_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[tuple[bool, bool]] = []
    monkeypatch.setattr(sys, "argv", ["web", "--workers", "2", "tests.programs:application"])
    monkeypatch.delitem(sys.modules, "tests.programs", raising=False)
    monkeypatch.setattr(
        web,
        "entrypoint",
        lambda: begun.append(("tests.programs" in sys.modules, gc.get_freeze_count() > 0)),
    )
    try:
        web.main()
    finally:
        gc.unfreeze()
    assert begun == [(True, True)]
