"""What an act points out, an import tells of each row: before and after, at the pages and at a
shell."""

from __future__ import annotations

from typing import Any

import pytest

from core.imports import shell
from core.imports.options import ImportOptions
from operations.models import Job
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.core.imports.files import csv, looked_at, taken_in
from tests.factories import make_customer, make_job
from tests.imports import tables
from tests.operations.pages import words

pytestmark = pytest.mark.django_db

PASSED = "That day has passed: the job is overdue at once."
HEADER = "customer,title,scheduled_date,status"
LATE, EARLY = "Hotel,Boiler,2020-01-01,", "Hotel,Roof,2099-01-01,"
DONE = "Hotel,Tap,2020-01-01,completed"


@pytest.fixture(autouse=True)
def customer(db: None) -> None:
    make_customer(name="Hotel")


def notes(*rows: dict[str, Any], by: User, **options: Any) -> list[tuple[str, ...]]:
    return [each.notes for each in tables.load("jobs", *rows, by=by, **options).results]


@pytest.mark.parametrize("keep", [False, True])
def test_a_day_that_has_passed_is_told_with_the_row(keep: bool, admin: User) -> None:
    job, other = make_job(owner=admin), make_job(owner=admin)
    rows: list[dict[str, Any]] = [
        {"number": "", "customer": "Hotel", "title": "New", "scheduled_date": "2020-01-01"},
        {"number": "", "customer": "Hotel", "title": "Later", "scheduled_date": "2099-01-01"},
        {"number": job.number, "scheduled_date": "2020-01-02"},
        {"number": other.number, "title": "Other"},
    ]
    assert notes(*rows, by=admin, keep=keep) == [(PASSED,), (), (PASSED,), ()]


def test_it_is_told_of_a_job_that_moves_as_well(admin: User) -> None:
    job = make_job(owner=admin)
    acting.cancel((Job, job.pk), by=admin, reason="Why")
    row = {"number": job.number, "status": "pending", "scheduled_date": "2020-01-01"}
    assert notes(row | {"reason": "Again"}, by=admin) == [(PASSED,)]


def test_a_row_that_is_refused_tells_why_and_nothing_else(admin: User) -> None:
    row = {"customer": "Hotel", "title": "", "scheduled_date": "2020-01-01"}
    assert notes(row, by=admin) == [()]


@pytest.mark.parametrize("made", [looked_at, taken_in])
def test_the_pages_of_an_import_show_it_at_the_row(made: Any, admin: User, sign_in: Sign) -> None:
    load = made(admin, HEADER, LATE, EARLY, DONE, kind="jobs")
    page = sign_in(admin).get(f"/admin/imports/{load.pk}/")
    assert words(page).count(PASSED) == 1
    found = [
        [note for cell in line.cells for note in cell.notes] for line in page.context["rows"].lines
    ]
    assert found == [[PASSED], [], []]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([LATE, EARLY], f"Row 2: {PASSED}"),
        ([LATE, EARLY, LATE], f"Rows 2, 4: {PASSED}"),
        ([LATE] * 12, f"Rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 …: {PASSED}"),
    ],
)
def test_a_shell_tells_it_once_with_its_rows(lines: list[str], told: str, admin: User) -> None:
    found = shell.load(
        csv(HEADER, *lines), "jobs.csv", kind="jobs", options=ImportOptions(), is_trial=True
    )
    trial = "No rows are refused. This was a dry run: nothing was written."
    assert (found.message, found.code) == (f"{trial} {told}", 0)
    assert "notes" not in found.as_data()
