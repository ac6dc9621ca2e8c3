"""A language that nobody speaks, for as long as a test lasts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils.translation import trans_real
from pytest_django.fixtures import Settings

from tests.languages.pseudo import CODE, Pseudo, speak


@pytest.fixture
def pseudo(settings: Settings) -> Iterator[Pseudo]:
    yield speak(settings)
    del trans_real._translations[CODE]
