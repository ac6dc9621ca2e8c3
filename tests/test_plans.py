"""The queries of each page on 100,000 jobs: none reads a large table from end to end.

What PostgreSQL keeps the plan of (core/database/prepared.py) is looked at by its plan for all
values, the rest by the plan for the values at hand. `make test-plans` runs these on a database that
is made when it is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from psycopg import sql

from bench import database
from bench.pages import Page, Visitor, watched
from core.backoffice.lists import Pages
from core.database.prepared import plan_fits_all
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
Question = tuple[str, Any]


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """The database that the environment names, as it is: nothing is made for the tests."""
    database.ensure(_url(), jobs=JOBS)


def _url() -> str:
    named = settings.DATABASES["default"]
    return f"postgres://{named['USER']}:{named['PASSWORD']}@{named['HOST']}:{named['PORT']}/{named['NAME']}"


@contextmanager
def questions() -> Iterator[list[Question]]:
    """What is asked of the database meanwhile: statements with their values."""
    asked: list[Question] = []

    def hear(execute: Any, statement: str, values: Any, many: bool, context: Any) -> Any:
        asked.append((statement, values))
        return execute(statement, values, many, context)

    with connection.execute_wrapper(hear):
        yield asked


def plans(asked: list[Question]) -> Iterator[tuple[str, Plan]]:
    """Each question that a page asked, with the way in which the database answers it."""
    for statement, values in asked:
        if statement.lstrip("(").startswith("SELECT"):
            look = plan_for_all if plan_fits_all(statement) else plan_for
            yield statement, look(statement, values)


def plan_for(statement: str, values: Any, how: str = "") -> Plan:
    """How the database answers a question with these values."""
    return _explained(f"EXPLAIN ({how}FORMAT JSON) {statement}", values)


def plan_for_all(statement: str, values: Any) -> Plan:
    """How the database answers it where it keeps one plan for all values."""
    there = connection.connection
    with there.cursor() as cursor:
        cursor.execute(statement, values, prepare=True)
        places = count(1)
        text = re.sub("%(.)", lambda m: f"${next(places)}" if m[1] == "s" else m[1], statement)
        cursor.execute(
            "SELECT name FROM pg_prepared_statements WHERE statement = %s"
            " ORDER BY prepare_time DESC LIMIT 1",
            [text],
        )
        (name,) = cursor.fetchone()
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    given = sql.SQL(", ").join(map(sql.Literal, values or ())).as_string(there)
    execute = f"EXECUTE {name}({given})" if given else f"EXECUTE {name}"
    return _explained(f"EXPLAIN (FORMAT JSON) {execute}", None)


def _explained(statement: str, values: Any) -> Plan:
    with connection.connection.cursor() as cursor:
        cursor.execute(statement, values, prepare=False)
        (found,) = cursor.fetchone()
        cursor.execute("SET LOCAL plan_cache_mode = auto")
    plan: Plan = found[0]["Plan"]
    return plan


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
        if node["Node Type"] == "Seq Scan"
        and node["Relation Name"] in LARGE
        and not asks_whether_there_is_any(node)
    ]


def asks_whether_there_is_any(node: Plan) -> bool:
    """A subquery by itself, of no condition: it stops at the first row."""
    return node.get("Parent Relationship") == "InitPlan" and "Filter" not in node


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
    with questions() as asked:
        assert client.get(address).status_code == 200
    for statement, plan in plans(asked):
        details = f"{address}\n{statement}\n{json.dumps(plan, indent=1)}"
        assert read_whole(plan) == [], details
        assert counted_whole(plan) == [], details


def test_what_reads_or_counts_all_of_a_table_is_noticed() -> None:
    with questions() as asked:
        list(Job.objects.filter(description="Nobody looks for this."))
        Job.objects.filter(pk__gt=1).count()
    reads, counts = (plan for _statement, plan in plans(asked))
    assert read_whole(reads) == ["operations_job"]
    assert set(counted_whole(counts)) == {"operations_job"}


def test_a_plan_for_all_values_would_pass_by_the_indexes_that_a_list_needs() -> None:
    """Why only what is found by keys is prepared."""
    with questions() as asked:
        list(Job.objects.filter(status__in=Job.OPEN).order_by())
    ((statement, values),) = asked
    assert not plan_fits_all(statement)
    for_these, for_all = plan_for(statement, values), plan_for_all(statement, values)
    assert [node.get("Index Name") for node in nodes(for_these)] == ["operations_job_open"]
    assert "operations_job_open" not in {node.get("Index Name") for node in nodes(for_all)}


def test_a_word_of_nearly_every_job_is_looked_for_no_further_than_a_page_counts() -> None:
    agent, client = Visitor("sales"), Client()
    client.force_login(agent.user, backend="django.contrib.auth.backends.ModelBackend")
    with questions() as asked:
        client.get(reverse("admin:operations_job_changelist"), {"q": "tech"})
    ((statement, values),) = [each for each in asked if "UNION ALL" in each[0]]
    (found,) = [
        node
        for node in nodes(plan_for(statement, values, "ANALYZE, "))
        if node.get("Index Name") == "operations_job_owner"
    ]
    seen = found["Actual Rows"] + found.get("Rows Removed by Filter", 0)
    assert seen < Pages.LIMIT * 1.1 < Job.objects.filter(owner=agent.user).count()
