"""Lists of the API by cursor: each row once, in order, whatever stands in its columns."""

from __future__ import annotations

import base64
import json
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import RequestFactory

from core.rest.pages import PageQuery, page
from operations.models import Job
from operations.models.job_queries import URGENCY
from people.models import User
from tests.factories import make_job, make_user
from tests.programs import program

pytestmark = pytest.mark.django_db
ORDERS = [
    ("scheduled_date",),
    ("-scheduled_date",),
    ("priority", "scheduled_date"),
    ("-priority", "-scheduled_date"),
    ("number",),
    ("-id",),
    ("created_at",),
    ("-created_at",),
    ("urgency",),
    ("-urgency",),
]


def ask(address: str, *by: str, parts: bool = False) -> dict[str, Any]:
    """The page of jobs at an address, as numbers; the jobs as a whole, or in two parts."""
    request = RequestFactory().get(address)
    query = PageQuery(**request.GET.dict())
    low = Job.objects.filter(priority="low")
    rows: Any = [low, Job.objects.filter(priority="high")] if parts else Job.objects.all()
    return page(request, rows, query, by=by, show=list, terms={"urgency": URGENCY})


def walk(first: str, way: str, *by: str, parts: bool = False) -> list[list[int]]:
    """Every page from an address on, to the end of the list that way."""
    pages, address = [], first
    while address:
        found = ask(address, *by, parts=parts)
        pages.append(found["results"])
        address = found[way]
    return pages


@pytest.fixture
def jobs(sales: User) -> list[int]:
    """Some alike, some unscheduled."""
    days = [
        None,
        date(2026, 1, 2),
        date(2026, 1, 1),
        None,
        date(2026, 1, 1),
        date(2026, 1, 3),
        None,
    ]
    return [
        make_job(owner=sales, scheduled_date=day, priority=["low", "high"][n % 2]).pk
        for n, day in enumerate(days)
    ]


@pytest.mark.parametrize("by", ORDERS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
@pytest.mark.parametrize("parts", [False, True])
def test_each_row_comes_once_forth_and_back(
    by: tuple[str, ...], size: int, parts: bool, jobs: list[int]
) -> None:
    (whole,) = walk("/jobs?page_size=200", "next", *by)
    assert sorted(whole) == jobs
    forth = walk(f"/jobs?page_size={size}", "next", *by, parts=parts)
    assert [key for part in forth for key in part] == whole
    assert [len(part) for part in forth[:-1]] == [size] * (len(forth) - 1)
    last = f"/jobs?page_size={size}"
    while following := ask(last, *by, parts=parts)["next"]:
        last = following
    back = walk(last, "previous", *by, parts=parts)
    assert [key for part in back[::-1] for key in part] == whole


def test_rows_without_a_date_come_last_either_way(jobs: list[int]) -> None:
    dated = [jobs[2], jobs[4], jobs[1], jobs[5]]
    undated = [jobs[0], jobs[3], jobs[6]]
    assert ask("/jobs", "scheduled_date")["results"] == [*dated, *undated]
    assert ask("/jobs", "-scheduled_date")["results"] == [
        jobs[5],
        jobs[1],
        jobs[4],
        jobs[2],
        *undated[::-1],
    ]


def test_a_row_added_meanwhile_moves_no_other(jobs: list[int], sales: User) -> None:
    first = ask("/jobs?page_size=3", "number")
    make_job(owner=sales)
    assert ask(first["next"], "number")["results"] == jobs[3:6]


def test_the_addresses_keep_what_was_asked_and_end_at_the_ends(jobs: list[int]) -> None:
    first = ask("/jobs?page_size=5", "id")
    assert first["previous"] is None
    assert first["next"].startswith("http://testserver/jobs?page_size=5&cursor=")
    last = ask(first["next"], "id")
    assert (last["next"], ask(last["previous"], "id")["results"]) == (None, first["results"])


def test_an_empty_list_is_one_empty_page(sales: User) -> None:
    assert ask("/jobs", "id") == {"results": [], "next": None, "previous": None}


def written(given: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(given).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "a" * 4000,
        written({}),
        written([]),
        written(1),
        written([False, 1]),
        written([False, "2026-01-01", 1, 2]),
        written([False, "no date", 1]),
        written([False, "2026-01-01", "x"]),
        written([False, ["2026-01-01"], 1]),
        written([False, {}, 1]),
        base64.urlsafe_b64encode(b"[" * 2900).decode(),
        written([False, "2026-01-01", float("inf")]),
        written([False, "2026-01-01", 10**30]),
        written([False, "2026-01-01", -(10**30)]),
    ],
)
def test_what_is_no_cursor_of_the_list_is_refused(cursor: str, jobs: list[int]) -> None:
    request = RequestFactory().get("/jobs", {"cursor": cursor})
    with pytest.raises(ValidationError) as refused:
        page(request, Job.objects.all(), PageQuery(cursor=cursor), by=["scheduled_date"], show=list)
    assert refused.value.message_dict == {"cursor": ["This cursor does not belong to this list."]}


@pytest.mark.parametrize(
    ("by", "value"),
    [
        ("created_at", "0001-01-01T00:00:00+14:00"),
        ("created_at", "9999-12-31T23:59:59-14:00"),
        ("urgency", float("inf")),
        ("title", "a\0b"),
        ("title", "\ud800"),
    ],
)
def test_what_no_database_holds_is_no_place_in_a_list(by: str, value: Any, jobs: list[int]) -> None:
    with pytest.raises(ValidationError):
        ask("/jobs?cursor=" + written([False, value, 1]).rstrip("="), by)


def test_the_longest_names_are_a_cursor_too(admin: User) -> None:
    keys = [make_user(first_name=c * 150, last_name=c * 150).pk for c in "🦆🦉🦊"]
    found = program(admin).get("/users?page_size=1").json()
    seen = []
    while found["next"]:
        found = program(admin).get(found["next"].removeprefix("http://testserver/api")).json()
        seen += [row["id"] for row in found["results"]]
    assert seen[-3:] == keys


@pytest.mark.parametrize("key", [10**12, -1, 1.5, True, None])
def test_a_key_that_no_row_has_gives_a_page_all_the_same(key: Any, jobs: list[int]) -> None:
    found = ask("/jobs?cursor=" + written([False, "2026-01-02", key]).rstrip("="), "scheduled_date")
    assert set(found["results"]) <= set(jobs)


def test_a_page_is_one_query(jobs: list[int], django_assert_num_queries: Any) -> None:
    for by in ("number", "scheduled_date"):
        for parts in (False, True):
            for address in ("/jobs?page_size=2", ask("/jobs?page_size=2", by)["next"]):
                with django_assert_num_queries(1):
                    ask(address, by, parts=parts)
