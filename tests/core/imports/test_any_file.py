"""Any file: what its preview shows is what is taken in, and its undo leaves every row as before.

`FILES` says how many of each kind, made by chance; `make accept` tries 500.
"""

from __future__ import annotations

import csv
import os
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.access import can
from core.imported import Import
from core.imports import loading
from core.imports.options import ImportOptions
from core.refusals import Refused
from core.roles import Role
from operations.models import Customer, Equipment, Job
from people.models import User
from tests import acting
from tests.access.world import rolled_back
from tests.factories import (
    make_customer,
    make_equipment,
    make_job,
    make_site,
    make_task,
    make_user,
)
from tests.operations.test_undoing import everything

# What is covered by chance is not counted.
pytestmark = pytest.mark.no_cover

FILES = int(os.environ.get("FILES", "30"))

WORDS = st.sampled_from(["", "a", "B b", "É", "=1+1", "-5", "two\nlines", "x" * 60, "  y "])
NAMES = st.sampled_from(["Ada", "ADA ", "Bob", "Cleo", "Dora", "Émile"])
YES = st.sampled_from(["", "yes", "no", "perhaps"])
DAYS = st.sampled_from(["", "2020-02-03", "2031-05-06", "31.1.2031", "2030-02-30"])
TIMES = st.sampled_from([("", ""), ("08:00", "09:30"), ("09:00", "08:00"), ("08:00", "")])
STATUS = st.sampled_from(["", "pending", "in_progress", "on_hold", "completed", "cancelled"])
PEOPLE = st.sampled_from(["", "tina", "sara", "adam", "nobody"])
JOBS = st.sampled_from(["", "J1", "J2", "J3", "J-999999"])

KINDS: dict[str, tuple[tuple[str, ...], st.SearchStrategy[tuple[Any, ...]]]] = {
    "customers": (
        ("name", "phone", "email", "notes", "is_active"),
        st.tuples(NAMES, WORDS, st.sampled_from(["", "a@example.com", "no mail"]), WORDS, YES),
    ),
    "sites": (
        ("customer", "name", "address", "access_notes"),
        st.tuples(NAMES, NAMES, WORDS, WORDS),
    ),
    "equipment": (
        ("serial_number", "name", "kind", "description", "is_active"),
        st.tuples(
            st.sampled_from(["S-1", "s-1", "S-2", "S-3"]),
            WORDS,
            st.sampled_from(["tool", "vehicle", "", "spoon"]),
            WORDS,
            YES,
        ),
    ),
    "people": (
        ("username", "first_name", "phone", "email", "roles", "is_active"),
        st.tuples(
            st.sampled_from(["tina", "TINA", "sara", "theo", "nils", "adam"]),
            WORDS,
            WORDS,
            st.sampled_from(["", "t@example.com", "u@example.com"]),
            st.sampled_from(["", "technician", "sales_agent technician", "admin", "boss"]),
            YES,
        ),
    ),
    "jobs": (
        (
            *("number", "customer", "title", "description", "status", "reason", "priority"),
            *("scheduled_date", "assigned_to", "owner", "start_time", "end_time", "reference"),
        ),
        st.tuples(
            *(JOBS, NAMES, WORDS, WORDS, STATUS, WORDS),
            st.sampled_from(["", "low", "urgent"]),
            *(DAYS, PEOPLE, PEOPLE, TIMES),
            st.sampled_from(["", "R-1", "R-2"]),
        ).map(lambda row: (*row[:10], *row[10], row[11])),
    ),
    "tasks": (
        ("job", "position", "title", "description", "equipment"),
        st.tuples(
            JOBS,
            st.sampled_from(["", "1", "2", "3.0", "x"]),
            WORDS,
            WORDS,
            st.sampled_from(["", "S-1", "S-1; S-2", "S-9"]),
        ),
    ),
}


@pytest.fixture
def company(db: None) -> dict[str, str]:
    """A few rows of each kind, in several states; the numbers of its jobs."""
    admin = make_user(Role.ADMIN, username="adam")
    # No file names her: what a file does to its importer and to who it makes an Admin, she undoes.
    make_user(Role.ADMIN, username="anna")
    tech = make_user(Role.TECHNICIAN, username="tina", email="t@example.com")
    sales = make_user(Role.SALES_AGENT, username="sara")
    make_user(Role.TECHNICIAN, username="theo", is_active=False)
    ada, bob = make_customer(name="Ada", phone="1"), make_customer(name="Bob", is_active=False)
    make_customer(name="Cleo", notes="Some.")
    make_site(customer=ada, name="Ada")
    make_site(customer=bob, name="Bob")
    drill = make_equipment(serial_number="S-1")
    make_equipment(serial_number="S-2", is_active=False)
    jobs = [
        make_job(owner=admin, customer=ada, assigned_to=tech, scheduled_date=date(2020, 1, 2)),
        make_job(owner=sales, customer=ada),
        make_job(owner=sales, customer=ada, tasks=1),
    ]
    make_task(job=jobs[0], equipment=[drill])
    make_task(job=jobs[0])
    acting.start((Job, jobs[0].pk), by=admin)
    acting.complete((Job, jobs[1].pk), by=admin)
    return {f"J{n}": job.number for n, job in enumerate(jobs, 1)}


def file_of(
    columns: tuple[str, ...], rows: list[tuple[Any, ...]], names: dict[str, str]
) -> BytesIO:
    text = StringIO()
    named = [[names.get(cell, cell) for cell in row] for row in rows]
    csv.writer(text).writerows([columns, *named])
    return BytesIO(text.getvalue().encode())


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=FILES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_an_undo_leaves_every_row_as_before(
    kind: str, data: st.DataObject, company: dict[str, str]
) -> None:
    columns, row = KINDS[kind]
    lines = data.draw(st.lists(row, min_size=1, max_size=6))
    blanks = data.draw(st.sampled_from(["leave", "empty"]))
    admin = User.objects.get(username="adam")
    with rolled_back():
        before = everything()
        try:
            load = loading.begin(file_of(columns, lines, company), "any.csv", kind=kind, by=admin)
        except loading.UnusableFile:
            assert Import.objects.count() == 0
            return
        options = ImportOptions.from_data({**load.way, "blanks": blanks, "date_form": "dmy"})
        loading.match(load, options, by=admin)
        loading.preview(load, by=admin)
        assert everything() == before
        shown = seen(load)
        if load.refused and not load.new + load.changed:
            with pytest.raises(Refused):
                loading.apply(load, by=admin, skip_refused=True)
            return
        loading.apply(load, by=admin, skip_refused=True)
        load.refresh_from_db()
        assert (load.state, seen(load)) == ("applied", shown)
        admin = User.objects.get(pk=admin.pk)
        if not can(admin, "import", User):
            admin = User.objects.get(username="anna")
        loading.undo(load, by=admin)
        load.refresh_from_db()
        assert (load.state, list(load.kept_lines.values("label", "field", "why"))) == ("undone", [])
        assert everything() == before


def seen(load: Import) -> list[Any]:
    """What is shown of an import: its counts, and its rows cell by cell."""
    counts = [load.new, load.changed, load.unchanged, load.refused]
    rows = load.rows.order_by("row").values_list("row", "kind", "cells", "errors")
    return [*counts, *rows]


def test_the_company_is_there(company: dict[str, str]) -> None:
    counts = (Customer.objects.count(), Equipment.objects.count(), Job.objects.count())
    assert (counts, len(company)) == ((3, 2, 3), 3)
