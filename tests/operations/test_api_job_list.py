"""The list of jobs through the API: filters, search, ordering, pages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from operations import acts
from operations.models import Job
from people.models import User
from tests import acting
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task
from tests.programs import Caller, errors, page, program

pytestmark = pytest.mark.django_db


def listed(caller: Caller, **query: Any) -> list[str]:
    """The titles of a page."""
    answer = caller.get("/jobs", **query)
    assert answer.status_code == 200
    return [job["title"] for job in answer.json()["results"]]


@pytest.fixture
def company(admin: User, sales: User, other_sales: User, tech: User) -> dict[str, Job]:
    """Four jobs, each another way."""
    hotel = make_customer(name="Harbour hotel")
    jobs = {
        "a": make_job(
            owner=sales,
            title="a",
            priority="low",
            scheduled_date=date(2026, 1, 2),
            customer=hotel,
            assigned_to=tech,
        ),
        "b": make_job(owner=sales, title="b", priority="urgent", scheduled_date=date(2099, 1, 1)),
        "c": make_job(owner=other_sales, title="c", priority="high"),
        "d": make_job(
            owner=other_sales,
            title="d",
            priority="high",
            scheduled_date=date(2026, 1, 1),
            site=make_site(name="Old mill"),
        ),
    }
    acting.start(jobs["b"], by=admin)
    acting.cancel(jobs["d"], by=admin, reason="x")
    return jobs


def test_a_page_has_whole_jobs_the_newest_first(company: dict[str, Job], admin: User) -> None:
    caller = program(admin)
    body = caller.get("/jobs").json()
    whole = [caller.get(f"/jobs/{company[title].pk}").json() for title in "dcba"]
    assert body == {"results": whole, "next": None, "previous": None}


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({"status": "pending"}, "ca"),
        ({"status": ["in_progress", "cancelled"]}, "db"),
        ({"priority": "high"}, "dc"),
        ({"priority": ["low", "urgent"]}, "ba"),
        ({"overdue": "true"}, "a"),
        ({"overdue": "false"}, "dcb"),
        ({"scheduled_from": "2026-01-02"}, "ba"),
        ({"scheduled_to": "2026-01-02"}, "da"),
        ({"scheduled_from": "2026-01-02", "scheduled_to": "2026-01-02"}, "a"),
        ({"scheduled_from": "2026-01-03", "scheduled_to": "2026-01-01"}, ""),
        ({"search": "HARBOUR"}, "a"),
        ({"search": "tina harbour"}, "a"),
        ({"search": "mill"}, "d"),
        ({"search": "ha"}, ""),
        ({"search": "mill", "priority": "low"}, ""),
        ({"ordering": "number"}, "abcd"),
        ({"ordering": "-number"}, "dcba"),
        ({"ordering": "created_at"}, "abcd"),
        ({"ordering": "-created_at"}, "dcba"),
        ({"ordering": "scheduled_date"}, "dabc"),
        ({"ordering": "-scheduled_date"}, "badc"),
        ({"ordering": "priority"}, "acdb"),
        ({"ordering": "-priority"}, "bdca"),
    ],
)
def test_jobs_are_filtered_searched_and_ordered(
    query: dict[str, Any], titles: str, company: dict[str, Job], admin: User
) -> None:
    assert listed(program(admin), **query) == list(titles)


def test_jobs_are_filtered_by_people_and_customer(
    company: dict[str, Job], admin: User, sales: User, tech: User
) -> None:
    caller = program(admin)
    assert listed(caller, owner=sales.pk) == ["b", "a"]
    assert listed(caller, assigned_to=tech.pk) == ["a"]
    assert listed(caller, customer=company["a"].customer_id) == ["a"]
    assert listed(caller, customer=10**12) == []


def test_a_job_is_found_by_its_number(company: dict[str, Job], admin: User) -> None:
    assert listed(program(admin), search=company["c"].number) == ["c"]
    assert "c" in listed(program(admin), search=str(company["c"].pk))


def test_numbers_beyond_a_million_follow_in_order(admin: User, sales: User) -> None:
    for pk in (999_999, 1_000_000, 1_000_001):
        make_job(owner=sales, title=f"{pk}", pk=pk)
    found = listed(program(admin), ordering="number")
    assert found == ["999999", "1000000", "1000001"]


def test_each_lists_what_they_see(
    company: dict[str, Job], admin: User, sales: User, tech: User, other_tech: User
) -> None:
    acts.share(company["c"], tech, "view", by=admin)
    acts.share(company["a"], tech, "progress", by=sales)
    acts.share(company["d"], sales, "view", by=admin)
    assert listed(program(sales)) == ["d", "b", "a"]
    assert listed(program(tech)) == ["c", "a"]
    assert listed(program(tech), ordering="priority") == ["a", "c"]
    assert listed(program(other_tech)) == []


@pytest.mark.parametrize("ordering", ["-number", "scheduled_date", "-priority", "created_at"])
def test_the_pages_of_what_is_seen_in_parts_follow_each_other(
    ordering: str, company: dict[str, Job], admin: User, sales: User
) -> None:
    for title in "cd":
        acts.share(company[title], sales, "view", by=admin)
    caller = program(sales)
    query: dict[str, Any] = {"ordering": ordering, "page_size": 1}
    found, address = [], "/jobs"
    for _page in range(4):
        body = caller.get(address, **query).json()
        found += [job["title"] for job in body["results"]]
        address, query = (body["next"] or "").removeprefix("http://testserver/api"), {}
    assert (found, address) == (listed(caller, ordering=ordering), "")
    assert len(found) == 4


@pytest.mark.parametrize("who", ["sales", "tech"])
def test_a_filter_that_names_what_one_may_not_see_gives_an_empty_page(
    who: str, company: dict[str, Job], sales: User, tech: User
) -> None:
    secret = company["d"]
    caller = program({"sales": sales, "tech": tech}[who])
    for query in (
        {"customer": secret.customer_id},
        {"owner": secret.owner_id},
        {"search": "mill"},
        {"search": secret.number},
    ):
        assert caller.get("/jobs", **query).json() == {
            "results": [],
            "next": None,
            "previous": None,
        }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"statuss": "pending"}, "statuss"),
        ({"status": "done"}, "status.0"),
        ({"status": ""}, "status.0"),
        ({"priority": "1"}, "priority.0"),
        ({"overdue": "perhaps"}, "overdue"),
        ({"assigned_to": "tina"}, "assigned_to"),
        ({"assigned_to": ""}, "assigned_to"),
        ({"owner": 0}, "owner"),
        ({"customer": 2**63}, "customer"),
        ({"scheduled_from": "1"}, "scheduled_from"),
        ({"scheduled_from": "2026-02-30"}, "scheduled_from"),
        ({"scheduled_to": "today"}, "scheduled_to"),
        ({"ordering": "title"}, "ordering"),
        ({"ordering": "--number"}, "ordering"),
        ({"search": "\0"}, "search"),
        ({"search": "x" * 501}, "search"),
        ({"page_size": 0}, "page_size"),
        ({"page_size": 201}, "page_size"),
        ({"cursor": "x"}, "cursor"),
        ({"owner": [1, 2]}, "owner"),
    ],
)
def test_what_the_list_cannot_be_asked_is_told(
    query: dict[str, Any], field: str, company: dict[str, Job], admin: User
) -> None:
    assert list(errors(program(admin).get("/jobs", **query))) == [field]


@pytest.mark.parametrize("jobs", [1, 3])
def test_the_list_costs_the_same_however_many_there_are(
    jobs: int, sales: User, tech: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _each in range(jobs):
        job = make_job(owner=sales, assigned_to=tech, site=make_site(), tasks=jobs)
        make_task(job=job, equipment=[make_equipment() for _one in range(jobs)])
        acts.share(make_job(owner=sales), tech, "view", by=sales)
    for caller, number in ((program(tech), 6), (page(tech), 7)):
        for ordering in ("number", "-scheduled_date", "priority"):
            with django_assert_num_queries(number):
                first = caller.get("/jobs", ordering=ordering, page_size=jobs).json()
            with django_assert_num_queries(number):
                caller.get(first["next"].removeprefix("http://testserver/api"))


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31"])
@pytest.mark.parametrize("name", ["scheduled_from", "scheduled_to"])
def test_a_day_that_there_is_not_is_refused(name: str, day: str, admin: User) -> None:
    answer = program(admin).get("/jobs", **{name: day})
    assert errors(answer) == {name: "Choose a day from 1900 to 2199."}
