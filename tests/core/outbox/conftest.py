"""Kinds of notices for these tests, and a person to tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils.safestring import mark_safe

from core.declarations import NoticeKind
from core.outbox import posting
from core.outbox.letters import Bundle, Part
from core.outbox.posting import News, post
from core.roles import Role
from people.models import User
from tests.factories import make_user

PARTS = "tests.core.outbox.conftest.parts"
NOW = datetime(2030, 3, 4, 10, tzinfo=UTC)
KINDS = [
    NoticeKind("edit", "Edits", "You get this because of edits.", PARTS, timedelta(minutes=1)),
    NoticeKind("night", "Nights", "You get this because of the night.", PARTS),
    NoticeKind("account", "Account", "You get this because of you.", PARTS, is_optional=False),
]


def parts(bundles: Sequence[Bundle], *, at: datetime) -> list[Part | None]:
    """What happened, by its occasion; what is over is not told, and what is broken cannot be."""
    return [_part(bundle) for bundle in bundles]


def _part(bundle: Bundle) -> Part | None:
    found = [notice for notice in bundle.notices if not notice.details.get("over")]
    if any(notice.details.get("broken") for notice in found):
        raise KeyError("broken")
    text = ", ".join(notice.details.get("text", notice.occasion) for notice in found)
    kinds = frozenset(notice.kind for notice in found)
    return Part(kinds, text, mark_safe(f"<p>{text}</p>"), text) if found else None  # noqa: S308


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Those above, and no others."""
    monkeypatch.setattr(posting, "collected", lambda _kind: KINDS)
    posting.kinds.cache_clear()
    yield
    posting.kinds.cache_clear()


@pytest.fixture
def ann(db: None) -> User:
    return make_user(Role.TECHNICIAN, username="ann", email="ann@example.com")


@pytest.fixture
def bob(db: None) -> User:
    return make_user(Role.TECHNICIAN, username="bob", email="bob@example.com")


def tell(
    person: User, occasion: str, *, kind: str = "night", at: datetime = NOW, **is_: Any
) -> None:
    """Something to tell somebody."""
    post([News(person.pk, kind, occasion, is_)], at=at)
