"""The queries of each page on 100,000 jobs: none reads a large table from end to end.

`make test-plans` runs these on a database that is made when it is missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import database
from bench.pages import Page, Visitor, watched
from operations.models import Job

pytestmark = [pytest.mark.plans, pytest.mark.django_db]

JOBS = 100_000
LARGE = {
    "operations_job",
    "operations_task",
    "operations_task_equipment",
    "operations_historicaljob",
    "operations_historicaltask",
    "operations_historicaltask_equipment",
}
# The most rows that an exact count may go through.
COUNTED = 5_000

Plan = dict[str, Any]


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """The database that the environment names, as it is: nothing is made for the tests."""
    database.ensure(_url(), jobs=JOBS)


def _url() -> str:
    named = settings.DATABASES["default"]
    return f"postgres://{named['USER']}:{named['PASSWORD']}@{named['HOST']}:{named['PORT']}/{named['NAME']}"


def plans(queries: CaptureQueriesContext) -> Iterator[tuple[str, Plan]]:
    """Each question that a page asked, with the way in which the database answers it."""
    asked = [query["sql"] for query in queries.captured_queries]
    for statement in asked:
        if statement.startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}".replace("%", "%%"), [])
                (found,) = cursor.fetchone()
            yield statement, (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def nodes(plan: Plan) -> Iterator[Plan]:
    """A plan and all within it."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def read_whole(plan: Plan) -> list[str]:
    """The large tables that a plan reads from end to end."""
    return [
        node["Relation Name"]
        for node in nodes(plan)
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE
    ]


def counted_whole(plan: Plan) -> list[str]:
    """The large tables of which a plan counts more rows than a page needs."""
    found = []
    for node in nodes(plan):
        if node["Node Type"] == "Aggregate":
            found += [
                part["Relation Name"]
                for part in _unlimited(node)
                if part.get("Relation Name") in LARGE and part["Plan Rows"] > COUNTED
            ]
    return found


def _unlimited(plan: Plan) -> Iterator[Plan]:
    for part in plan.get("Plans", ()):
        if part["Node Type"] != "Limit":
            yield part
            yield from _unlimited(part)


@pytest.mark.parametrize(
    ("person", "page"),
    [pytest.param(who, page, id=f"{who}: {page.name}") for who, page in watched()],
)
def test_no_page_reads_or_counts_a_large_table_from_end_to_end(person: str, page: Page) -> None:
    visitor, client = Visitor(person), Client()
    client.force_login(visitor.user, backend="django.contrib.auth.backends.ModelBackend")
    address = page.address(visitor)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    for statement, plan in plans(queries):
        told = f"{address}\n{statement}\n{json.dumps(plan, indent=1)}"
        assert read_whole(plan) == [], told
        assert counted_whole(plan) == [], told


def test_what_reads_or_counts_all_of_a_table_is_noticed() -> None:
    with CaptureQueriesContext(connection) as queries:
        list(Job.objects.filter(description="Nobody looks for this."))
        Job.objects.filter(pk__gt=1).count()
    reads, counts = (plan for _statement, plan in plans(queries))
    assert read_whole(reads) == ["operations_job"]
    assert set(counted_whole(counts)) == {"operations_job"}
