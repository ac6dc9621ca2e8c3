"""A percentile is the same wherever it is computed."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from operations.models import Job
from reports import percentile
from reports.percentile import Percentile, Values


@pytest.mark.parametrize(
    ("values", "part", "expected"),
    [
        ([3], 0.9, 3),
        ([1, 2], 0.5, 1.5),
        ([5, 1, 3], 0.5, 3),
        ([4, None, 1, 2, 3], 0.5, 2.5),
        ([0, 10, 20, 30, 40, 50, 60, 70, 80, 90], 0.9, 81),
        ([None], 0.5, None),
        ([], 0.5, None),
    ],
)
def test_it_lies_between_its_neighbours_in_proportion(
    values: list[Any], part: float, expected: float | None
) -> None:
    found = Values()
    for value in values:
        found.step(value, part)
    assert found.finalize() == expected


@pytest.mark.django_db
def test_each_database_is_asked_in_its_own_words() -> None:
    query = Job.objects.order_by().values("owner").annotate(middle=Percentile(F("pk"), 0.5))
    asked: Any = query.query.annotations["middle"]
    compiler = query.query.get_compiler(connection=connection)
    assert asked.as_sql(compiler, connection)[0] == (
        "MAKE_INTERVAL(secs => PERCENTILE_CONT(0.5)"
        """ WITHIN GROUP (ORDER BY DATE_PART('epoch', "operations_job"."id")))"""
    )
    assert asked.as_sqlite(compiler, connection)[0] == (
        'JOBOPS_PERCENTILE("operations_job"."id", 0.5)'
    )


class Taught:
    """A connection that notes what it is taught."""

    def __init__(self, vendor: str) -> None:
        self.vendor, self.connection, self.known = vendor, self, list[str]()

    def create_aggregate(self, name: str, arguments: int, function: Any) -> None:
        self.known.append(f"{name}/{arguments}")


def test_only_sqlite_is_taught() -> None:
    found = {vendor: Taught(vendor) for vendor in ("sqlite", "postgresql")}
    for each in found.values():
        percentile.teach(each)
    assert {vendor: each.known for vendor, each in found.items()} == {
        "sqlite": ["JOBOPS_PERCENTILE/2"],
        "postgresql": [],
    }
