"""A second row for the same thing is refused, and what the first one says stands."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from core.imports import running, shell
from core.imports.options import ImportOptions
from operations.models import Customer
from people.models import User
from tests.core.imports.files import csv, looked_at, rows
from tests.factories import make_customer, make_job, make_site, make_user

pytestmark = pytest.mark.django_db
SECOND = "Row 2 is already for this. Delete this row, or correct its"


@pytest.mark.parametrize(
    ("kind", "model", "column", "lines"),
    [
        ("customers", Customer, "name", b"name,phone\nAda,1\nADA,2\n"),
        ("people", User, "username", b"username,phone\nada,1\nADA,2\n"),
    ],
)
def test_the_first_row_for_a_thing_stands(kind: str, model: Any, column: str, lines: bytes) -> None:
    make_customer(name="Ada", phone="0")
    make_user(username="ada", phone="0")
    report = shell.load(
        BytesIO(lines), "two.csv", kind=kind, options=ImportOptions(), skip_refused=True
    )
    assert (report.kinds["changed"], report.kinds["refused"]) == (1, 1)
    assert report.errors == [{"row": 3, "column": "", "message": f"{SECOND} “{column}”."}]
    assert model.objects.get().phone == "1"


@pytest.mark.parametrize("batch", [1, 500])
def test_what_else_is_wrong_with_the_second_row_is_the_same_wherever_it_stands(
    batch: int, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", batch)
    job = make_job(owner=admin, site=make_site(name="Main"))
    other = make_site(name="Shop")
    lines = (
        "number,title,customer,site,status,start_time",
        f"{job.number},New,{other.customer.name},Shop,completed,",
        f"{job.number},,,Main,on_hold,08:00",
        f"{job.number},,,,,8 am",
    )
    second = f"{SECOND} “number”."
    load = looked_at(admin, *lines, kind="jobs")
    before = [row[-1] for row in rows(load)]
    assert before == [
        [],
        [["", second, ""]],
        [["start_time", "Write the time like 14:30.", "8 am"], ["", second, ""]],
    ]
    assert shell.load(
        csv(*lines), "jobs.csv", kind="jobs", options=ImportOptions(), skip_refused=True
    ).errors == [
        {"row": 3, "column": "", "message": second},
        {"row": 4, "column": "start_time", "message": "Write the time like 14:30."},
        {"row": 4, "column": "", "message": second},
    ]
