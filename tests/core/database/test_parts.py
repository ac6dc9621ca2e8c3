"""The first rows of several parts, on a database that limits each part and on one that cannot."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import F

from core.database.parts import first_of
from operations.models import Job
from people.models import User
from tests.factories import make_job


@pytest.mark.parametrize("number", [1, 2, 9])
def test_parts_are_read_in_order_where_none_can_be_limited_by_itself(
    number: int, sales: User, other_sales: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [make_job(owner=owner).pk for owner in (sales, other_sales, sales)]
    monkeypatch.setattr(connection.features, "supports_slicing_ordering_in_compound", False)
    parts = [Job.objects.filter(owner=owner) for owner in (sales, other_sales)]
    found = first_of(parts, {"id": F("id").desc()}, number)
    assert [key for (key,) in found] == jobs[::-1][:number]
