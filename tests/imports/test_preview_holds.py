"""What a preview shows is what is written: in the back office and from the command line."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone, translation
from pytest_django.fixtures import Settings
from xlsxwriter import Workbook

from core.exports.files import FORMATS
from core.exports.kinds import kinds
from core.exports.table import Table, keys_of
from core.imports import loading, shell
from core.imports.options import ImportOptions
from core.imports.shell import Report
from core.record.resources import RecordedResource
from core.record.spreadsheet import moment
from core.refusals import Refused
from core.roles import Role
from operations import acts
from operations.models import Job
from people.models import User
from tests import acting
from tests.core.imports.files import csv, looked_at, rows, stands
from tests.factories import make_customer, make_equipment, make_job, make_task

pytestmark = pytest.mark.django_db
DAY = date(2030, 1, 1)


def at_a_shell(*lines: str, kind: str, again: bool = False, **how: Any) -> Report:
    """What the command line says of a file of these lines."""
    return shell.load(csv(*lines), "file.csv", kind=kind, options=ImportOptions(again=again), **how)


def taken(by: User, *lines: str, kind: str) -> tuple[Any, Any]:
    """What the preview shows of each row, and what the import then made of it."""
    load = looked_at(by, *lines, kind=kind)
    before = [row[:2] + row[3:] for row in rows(load)]
    with suppress(Refused):  # Where all are refused.
        loading.apply(load, by=by, skip_refused=True)
    return before, [row[:2] + row[3:] for row in rows(load)]


def exported(form: str, kind: str) -> bytes:
    """All rows of a kind, as a file."""
    own = kinds()[kind]
    keys = keys_of(own.model._base_manager.order_by("pk"))
    return b"".join(FORMATS[form].write(Table(own.model, own.columns, keys)))


@pytest.mark.parametrize(("column", "most"), [("reference", 200), ("reason", 1000)])
def test_a_text_that_is_kept_beside_the_fields_is_refused_where_it_is_too_long(
    column: str, most: int, admin: User
) -> None:
    make_customer(name="Baker")
    header = f"title,customer,status,{column}"
    line = "Oven,Baker,cancelled,"
    wrong = [[column, f"Use {most} characters or fewer.", ("x" * (most + 1))[:1000]]]
    load = looked_at(admin, header, line + "x" * (most + 1), line + "x" * most, kind="jobs")
    assert [row[-1] for row in rows(load)] == [wrong, []]
    loading.apply(load, by=admin, skip_refused=True)
    assert stands(load) == ["applied", 1, 0, 0, 1]
    for is_trial in (True, False):
        found = at_a_shell(header, line + "x" * (most + 1), kind="jobs", is_trial=is_trial)
        assert (found.code, found.errors[0]["column"]) == (1, column)
    assert Job.objects.count() == 1


def test_times_that_differ_by_seconds_are_shown_with_these(admin: User) -> None:
    job = make_job(owner=admin, start_time=time(8), end_time=time(9), scheduled_date=DAY)
    lines = ("number,start_time,end_time", f"{job.number},08:00:30,09:00")
    found = at_a_shell(*lines, kind="jobs", is_trial=True)
    assert (found.kinds["changed"], found.cells) == (
        1,
        [{"row": 2, "column": "start_time", "old": "08:00", "new": "08:00:30"}],
    )
    before, after = taken(admin, *lines, kind="jobs")
    assert before == after == [(2, "changed", [["start_time", "08:00", "08:00:30"]], [])]
    job.refresh_from_db()
    assert (job.start_time, job.history.count()) == (time(8, 0, 30), 2)


@pytest.mark.parametrize("look", ["hh:mm", "[h]:mm"])
def test_a_time_of_a_workbook_comes_in_as_any_door_takes_it(look: str, admin: User) -> None:
    make_customer(name="Baker")
    data = BytesIO()
    with Workbook(data) as book:
        sheet, form = book.add_worksheet(), book.add_format({"num_format": look})
        head = ("title", "customer", "scheduled_date", "start_time", "end_time")
        for at, (title, start) in enumerate([("x", 0.375 + 1e-8), ("y", 0.4167)], start=1):
            sheet.write_row(0, 0, head)
            sheet.write_row(at, 0, (title, "Baker", "2030-03-04"))
            sheet.write_number(at, 3, start, form)
            sheet.write_number(at, 4, 0.5, form)
    load = loading.begin(BytesIO(data.getvalue()), "a.xlsx", kind="jobs", by=admin)
    loading.preview(load, by=admin)
    [refused] = load.rows.filter(kind="refused")
    assert (refused.row, refused.errors[0][:2]) == (
        3,
        [
            "start_time",
            "This is 10:00:02.880, which is no whole second, whatever the sheet shows. Type the "
            "time like 14:30.",
        ],
    )
    loading.apply(load, by=admin, skip_refused=True)
    assert Job.objects.values_list("title", "start_time").get() == ("x", time(9))
    again = exported("csv", "jobs")
    report = shell.load(BytesIO(again), "j.csv", kind="jobs", options=ImportOptions())
    assert (report.code, report.kinds["unchanged"]) == (0, 1)


def test_what_is_written_is_changed_though_both_values_are_written_alike(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = make_customer(name="Baker", phone="1")
    monkeypatch.setattr(RecordedResource, "shown", lambda *_args: "alike")
    before, after = taken(admin, "name,phone", "Baker,2", kind="customers")
    assert before == after == [(2, "changed", [], [])]
    customer.refresh_from_db()
    assert (customer.phone, customer.history.count()) == ("2", 2)


@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1850-01-01",
        "1900-01-01T00:00:00+14:00",
        "2200-01-01",
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Vienna"])
def test_a_moment_beyond_the_years_that_there_are_is_refused_at_its_cell(
    at: str, zone: str, admin: User, settings: Settings
) -> None:
    settings.TIME_ZONE = zone
    make_customer(name="Baker")
    lines = ("title,customer,status,completed", f"Oven,Baker,completed,{at}")
    found = at_a_shell(*lines, kind="jobs", is_trial=True)
    wrong = "Choose a day from 1900 to 2199."
    assert found.errors == [{"row": 2, "column": "completed", "message": wrong}]
    assert rows(looked_at(admin, *lines, kind="jobs"))[0][-1] == [["completed", wrong, at]]


@pytest.mark.parametrize("at", ["1900-01-02", "1900-02-28T05:00:00"])
def test_the_first_moments_come_in_again_from_a_workbook(
    at: str, admin: User, settings: Settings
) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    make_customer(name="Baker")
    taken(admin, "title,customer,status,completed", f"Oven,Baker,completed,{at}", kind="jobs")
    load = loading.begin(BytesIO(exported("xlsx", "jobs")), "jobs.xlsx", kind="jobs", by=admin)
    loading.preview(load, by=admin)
    assert [row[1:] for row in rows(load)] == [("unchanged", str(Job.objects.get()), [], [])]


# What a file of jobs says beside their fields


def test_a_completion_that_is_recorded_afterwards_was_when_the_file_says(admin: User) -> None:
    job = make_job(owner=admin, title="Old")
    lines = ("number,title,status,completed", f"{job.number},New,completed,2026-10-01T08:00:00")
    cells = [
        ["title", "Old", "New"],
        ["status", "pending", "completed"],
        ["completed", "", "2026-10-01T08:00:00+00:00"],
    ]
    found = at_a_shell(*lines, kind="jobs", is_trial=True)
    assert [list(cell.values())[1:] for cell in found.cells] == cells
    before, after = taken(admin, *lines, kind="jobs")
    assert before == after == [(2, "changed", cells, [])]
    job.refresh_from_db()
    assert (job.completed_at, job.completed_by) == (datetime(2026, 10, 1, 8, tzinfo=UTC), admin)
    # It was written down now, whenever it was.
    assert job.history.latest().history_date > timezone.now() - timedelta(minutes=1)
    assert taken(admin, *lines, kind="jobs")[1] == [(2, "unchanged", [], [])]


ONLY_COMPLETED = "Only a completed job has this. Leave it empty."


@pytest.mark.parametrize(
    ("status", "at", "wrong"),
    [
        ("pending", "2026-10-01", ONLY_COMPLETED),
        ("in_progress", "2026-10-01", ONLY_COMPLETED),
        ("completed", "2190-10-01", "This is in the future."),
    ],
)
def test_a_completion_that_cannot_be_is_refused_of_a_job_that_is_there(
    status: str, at: str, wrong: str, admin: User
) -> None:
    job = make_job(owner=admin)
    lines = ("number,status,completed", f"{job.number},{status},{at}")
    assert taken(admin, *lines, kind="jobs")[0] == [(2, "refused", [], [["completed", wrong, at]])]
    found = at_a_shell(*lines, kind="jobs")
    assert (found.code, found.errors[0]["message"], job.history.count()) == (1, wrong, 1)


def test_a_job_that_was_completed_keeps_when_that_was(admin: User) -> None:
    job = make_job(owner=admin)
    acting.complete(job, by=admin)
    now = moment(job.completed_at)
    lines = ("number,completed_at", f"{job.number},2026-10-01")
    wrong = f"It was completed at {now}, which cannot be changed here. Leave this empty."
    (row,) = taken(admin, *lines, kind="jobs")[0]
    assert row[-1] == [["completed_at", wrong, "2026-10-01"]]
    assert taken(admin, lines[0], f"{job.number},{now}", kind="jobs")[1][0][1] == "unchanged"


def test_why_a_new_job_comes_as_it_does_is_shown_and_on_record(admin: User) -> None:
    make_customer(name="Baker")
    lines = ("title,customer,status,reason", "A,Baker,cancelled,Moved away", "B,Baker,,")
    before, after = taken(admin, *lines, kind="jobs")
    assert before == after
    assert before[0][2][-2:] == [["status", "", "cancelled"], ["reason", "", "Moved away"]]
    jobs = Job.objects.order_by("pk")
    reasons = [(job.title, job.history.get().history_change_reason) for job in jobs]
    assert reasons == [("A", "Moved away"), ("B", "customers.csv")]


def test_why_a_job_moves_is_shown_and_goes_with_a_move_alone(admin: User) -> None:
    job = make_job(owner=admin)
    lines = ("number,status,reason", f"{job.number},on_hold,no parts")
    cells = [["status", "pending", "on_hold"], ["reason", "", "no parts"]]
    before, after = taken(admin, *lines, kind="jobs")
    assert before == after == [(2, "changed", cells, [])]
    # Loaded once more, it says what is there.
    assert taken(admin, *lines, kind="jobs")[1] == [(2, "unchanged", [], [])]
    wrong = "A reason is only for a change of status. Leave this empty."
    other = (lines[0], f"{job.number},on_hold,no time")
    assert taken(admin, *other, kind="jobs")[0][0][-1] == [["reason", wrong, "no time"]]
    assert at_a_shell(*other, kind="jobs").code == 1


def test_a_reason_that_is_too_long_as_it_is_kept_is_refused(admin: User) -> None:
    make_customer(name="Baker")
    # Composed, this letter is three.
    lines = ("title,customer,reason", "A,Baker," + "\ufb2c" * 400)
    (row,) = taken(admin, *lines, kind="jobs")[0]
    assert row[-1][0][:2] == ["reason", "Use 1000 characters or fewer."]


def test_a_job_that_is_there_takes_no_other_reference(admin: User) -> None:
    make_customer(name="Baker")
    taken(admin, "title,customer,reference", "A,Baker,R1", kind="jobs")
    job = Job.objects.get()
    lines = ("number,reference", f"{job.number},R1")
    assert taken(admin, *lines, kind="jobs")[1] == [(2, "unchanged", [], [])]
    wrong = "Only a new job takes a reference. Leave this empty."
    other = ("number,reference", f"{job.number},R2")
    assert taken(admin, *other, kind="jobs")[0] == [
        (2, "refused", [], [["reference", wrong, "R2"]])
    ]
    assert at_a_shell(*other, kind="jobs").code == 1


# Between the look and the import


def test_roles_that_somebody_changed_since_are_refused_at_their_cell(
    admin: User, tech: User
) -> None:
    load = looked_at(admin, "username,roles", "tina,admin", kind="people")
    User.objects.get(pk=tech.pk).set_roles([Role.SALES_AGENT], by=admin)
    loading.apply(load, by=admin)
    wrong = (
        "Adam Admin has changed this since the preview to “sales_agent”; the file says “admin”."
        " Renew the preview."
    )
    assert [row[-1] for row in rows(load)] == [[["roles", wrong, "admin"]]]


def test_a_status_that_somebody_changed_since_is_refused_at_its_cell(admin: User) -> None:
    job = make_job(owner=admin)
    load = looked_at(admin, "number,status", f"{job.number},completed", kind="jobs")
    acting.start(job, by=admin)
    loading.apply(load, by=admin)
    (row,) = rows(load)
    wrong = (
        "Adam Admin has changed this since the preview to “In progress”; the file says “completed”."
        " Renew the preview."
    )
    assert ["status", wrong, "completed"] in row[-1]


def test_equipment_that_somebody_changed_since_is_refused_at_its_cell(admin: User) -> None:
    drill, saw = make_equipment(serial_number="A-1"), make_equipment(serial_number="B-2")
    task = make_task(job=make_job(owner=admin), position=1, equipment=[drill])
    line = f"{task.job.number},1,B-2;A-1"
    load = looked_at(admin, "job,position,equipment", line, kind="tasks")
    acts.edit_task(task, by=admin, equipment=[saw])
    loading.apply(load, by=admin)
    (row,) = rows(load)
    wrong = (
        "Adam Admin has changed this since the preview to “B-2”; the file says “A-1;B-2”."
        " Renew the preview."
    )
    assert row[-1] == [["equipment", wrong, "B-2;A-1"]]


def test_words_are_read_in_whatever_language_somebody_looked_at_them(admin: User) -> None:
    make_customer(name="Baker")
    with translation.override("de"):
        load = looked_at(
            admin, "title,customer,priority,status", "A,Baker,Hoch,In Arbeit", kind="jobs"
        )
    loading.apply(load, by=admin)
    assert stands(load) == ["applied", 1, 0, 0, 0]
    assert (Job.objects.get().priority, Job.objects.get().status) == ("high", "in_progress")
