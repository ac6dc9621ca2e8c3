"""A second row for the same thing is refused, and what the first one says stands."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from core.imports import shell
from core.imports.way import Way
from operations.models import Customer
from people.models import User
from tests.factories import make_customer, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "model", "lines"),
    [
        ("customers", Customer, b"name,phone\nAda,1\nADA,2\n"),
        ("people", User, b"username,phone\nada,1\nADA,2\n"),
    ],
)
def test_the_first_row_for_a_thing_stands(kind: str, model: Any, lines: bytes) -> None:
    make_customer(name="Ada", phone="0")
    make_user(username="ada", phone="0")
    report = shell.load(BytesIO(lines), "two.csv", kind=kind, way=Way(), skip_refused=True)
    assert (report.kinds["changed"], report.kinds["refused"]) == (1, 1)
    assert report.errors == [{"row": 3, "column": "", "message": "Row 2 has the same."}]
    assert model.objects.get().phone == "1"
