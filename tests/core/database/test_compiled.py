"""Query sets that are compiled once: they answer as the query set itself does."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Value
from django.test.utils import CaptureQueriesContext

from core.database.compiled import Compiled
from operations.models import Job
from people.models import User
from tests.factories import make_customer, make_job


def test_objects_are_as_the_query_set_gives_them_with_what_it_selects_beside(sales: User) -> None:
    job = make_job(owner=sales)
    make_job(owner=sales)
    jobs = Job.objects.select_related("owner", "assigned_to")
    compiled: Compiled[Job] = Compiled(lambda key, owner: jobs.filter(pk=key, owner=owner))
    assert list(compiled.objects(job.pk, sales.pk + 1)) == []
    with CaptureQueriesContext(connection) as queries:
        (found,) = compiled.objects(job.pk, sales.pk)
        assert (found.owner, found.assigned_to) == (sales, None)
    assert len(queries) == 1
    same = jobs.get(pk=job.pk)
    for a, b in ((found, same), (found.owner, same.owner)):
        values = [{f.attname: getattr(row, f.attname) for f in row._meta.fields} for row in (a, b)]
        assert values[0] == values[1]
        assert (a._state.db, a._state.adding, a._loaded) == ("default", False, b._loaded)


def test_a_key_stands_wherever_the_query_set_has_it(sales: User, other_sales: User) -> None:
    jobs = [make_job(owner=owner).pk for owner in (sales, other_sales)]

    def build(mine: int, theirs: int) -> Any:
        rows = Job.objects.order_by().values_list("pk", "owner")
        return rows.filter(owner=theirs).union(rows.filter(owner=mine), rows.filter(owner=theirs))

    compiled: Compiled[Any] = Compiled(build)
    assert [list(row) for row in compiled.rows(sales.pk, 0)] == [[jobs[0], sales.pk]]
    assert [list(row) for row in compiled.rows(0, other_sales.pk)] == [[jobs[1], other_sales.pk]]


def test_what_is_always_the_same_is_written_into_the_statement(db: None) -> None:
    customer = make_customer(name="100 % 'O''Neill'")
    rows = type(customer).objects.values_list("pk", Value("it's %s"))
    compiled: Compiled[Any] = Compiled(lambda key: rows.filter(pk=key, name="100 % 'O''Neill'"))
    with CaptureQueriesContext(connection) as queries:
        assert [list(row) for row in compiled.rows(customer.pk)] == [[customer.pk, "it's %s"]]
    assert compiled._statement.places == (0,)
    assert "'it''s %s'" in queries.captured_queries[0]["sql"]


def test_it_is_compiled_once(sales: User) -> None:
    built = []

    def build(key: int) -> Any:
        built.append(key)
        return Job.objects.filter(pk=key)

    compiled: Compiled[Job] = Compiled(build)
    jobs = [make_job(owner=sales), make_job(owner=sales)]
    assert [next(compiled.objects(job.pk)) for job in jobs] == jobs
    assert len(built) == 1


def test_many_keys_are_one_parameter_whatever_their_number(sales: User) -> None:
    jobs = [make_job(owner=sales).pk for _each in range(3)]
    compiled: Compiled[Any] = Compiled(
        lambda keys: Job.objects.filter(pk__among=keys).order_by("pk").values_list("pk")
    )
    with CaptureQueriesContext(connection) as queries:
        found = [[key for (key,) in compiled.rows(keys)] for keys in (jobs[:1], jobs[::-1], [])]
    assert found == [jobs[:1], jobs, []]
    assert len(queries) == 3
    assert compiled._statement.places == (0,)
