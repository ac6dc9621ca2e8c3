"""A file runs: what becomes of each row, by the rules of every other door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from core.imported import Import, ImportReference, ImportState
from core.imports import running
from core.imports.options import Blanks, ImportOptions
from core.imports.running import Expected, Stopped
from core.record import audit, bulk_writes
from core.record.audit import Door
from core.record.lines import Line
from core.roles import Role
from operations import acts
from operations.models import Customer, Equipment, Job, Site, Task
from people.models import User
from tests import acting
from tests.access.world import company_group
from tests.factories import (
    make_customer,
    make_equipment,
    make_job,
    make_site,
    make_task,
    make_user,
)
from tests.imports.tables import Load, Table, load, load_table

pytestmark = pytest.mark.django_db
S = Job.Status


# The act


def test_a_new_row_is_on_record_as_an_import_by_the_person_and_of_the_file(admin: User) -> None:
    done = load("customers", {"Name": "Baker", "Tel.": "1"}, by=admin)
    row = Customer.objects.get().history.get()
    assert (row.history_type, row.door, row.act_kind) == ("+", Door.IMPORT, "import")
    assert (row.person_name, row.history_change_reason) == ("Adam Admin", "file.csv")
    assert (row.name, row.phone, row.change_set) == ("Baker", "1", done.ran.change_set)
    assert (done.kinds, done.ran.kept) == (["new"], True)
    assert done.cells == {2: {"Name": ("", "Baker"), "Tel.": ("", "1")}}


def test_a_look_leaves_nothing_and_says_the_same(admin: User) -> None:
    make_customer(name="Baker", phone="1")
    rows = [{"name": "BAKER", "phone": "2"}, {"name": "Butcher", "phone": ""}]
    seen = load("customers", *rows, by=admin, keep=False)
    assert (Customer.objects.count(), Customer.history.count()) == (1, 1)
    assert (seen.ran.kept, seen.ran.change_set) == (False, None)
    done = load("customers", *rows, by=admin)
    assert seen.kinds == done.kinds == ["changed", "new"]
    assert seen.cells == done.cells
    assert seen.cells[2] == {"phone": ("1", "2")}
    assert Customer.objects.get(phone="2").name == "Baker"
    new = Customer.objects.get(name="Butcher")
    assert [each.pk for each in seen.results][1:] == [None]
    assert [each.pk for each in done.results][1:] == [new.pk]


def test_a_look_uses_up_no_number_of_a_job(admin: User) -> None:
    make_customer(name="Baker")
    first = make_job(owner=admin)
    row = {"title": "Oven", "customer": "baker"}
    load("jobs", row, row | {"title": "Stove"}, by=admin, keep=False)
    load("jobs", row, by=admin)
    assert Job.objects.get(title="Oven").number == f"J-{first.pk + 1:06d}"


def test_one_refused_row_keeps_all_out_unless_it_is_left_out(admin: User) -> None:
    rows = [{"name": "Baker", "email": ""}, {"name": "Butcher", "email": "no"}]
    done = load("customers", *rows, by=admin)
    assert (done.ran.kept, done.ran.change_set, Customer.objects.count()) == (False, None, 0)
    done = load("customers", *rows, by=admin, skip_refused=True)
    assert (done.ran.kept, Customer.objects.get().name) == (True, "Baker")
    assert done.ran.counts.kinds == {"new": 1, "changed": 0, "unchanged": 0, "refused": 1}


def test_nothing_is_written_of_a_file_that_says_what_is_there(admin: User, tech: User) -> None:
    site = make_site(customer=make_customer(name="Baker", phone="1"), name="Shop")
    drill = make_equipment(serial_number="SN-1")
    job = make_job(owner=admin, site=site, assigned_to=tech, scheduled_date=date(2030, 1, 1))
    make_task(job=job, position=1, title="Look", equipment=[drill])
    acting.start(job, by=admin)
    acts.progress(job.tasks.get(), by=admin, status="completed", note="well")
    acting.complete(job, by=admin)
    files: list[tuple[str, dict[str, Any]]] = [
        ("customers", {"name": "BAKER", "phone": " 1 ", "is_active": "1"}),
        ("sites", {"customer": "baker", "name": "shop"}),
        ("equipment", {"serial_number": "sn-1", "name": drill.name, "kind": "tool"}),
        ("people", {"username": "tina", "first_name": "Tina", "roles": "technician"}),
        (
            "jobs",
            {
                "number": job.number.lower(),
                "title": job.title,
                "customer": "Baker",
                "site": "Shop",
                "status": "completed",
                "scheduled_date": "2030-01-01",
                "assigned_to": "TINA",
                "created_by": "adam",
                "completed_at": str(job.completed_at),
            },
        ),
        (
            "tasks",
            {
                "job": job.number,
                "position": "1",
                "title": "Look",
                "equipment": "sn-1",
                "status": "completed",
                "note": "well",
            },
        ),
    ]
    models: list[Any] = [Customer, Site, Equipment, User, Job, Task]
    before = [model.history.count() for model in models]
    for kind, row in files:
        assert load(kind, row, by=admin).kinds == ["unchanged"]
    assert [model.history.count() for model in models] == before


def test_it_stops_where_somebody_asks_and_leaves_nothing(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 2)
    asked = iter([False, True])
    with pytest.raises(Stopped):
        load(
            "customers",
            *({"name": f"C{number}"} for number in range(4)),
            by=admin,
            stopped=lambda: next(asked),
        )
    assert Customer.objects.count() == 0


def test_the_command_line_does_everything_as_nobody(admin: User, sales: User) -> None:
    rows = [
        {"number": "", "title": "Oven", "customer": "Baker", "owner": "sara", "status": "completed"}
    ]
    load("customers", {"name": "Baker"}, by=None)
    load("jobs", *rows, by=None)
    job = Job.objects.get()
    assert (job.owner, job.created_by, job.completed_by) == (sales, sales, sales)
    record = job.history.get()
    assert (record.door, record.person_name, record.history_user) == (Door.IMPORT, "", None)
    again = {"number": job.number, "status": "pending", "title": "Stove", "reason": "cold"}
    assert load("jobs", again, by=None).kinds == ["changed"]
    load("tasks", {"job": job.number, "title": "Look"}, by=None)
    load("people", {"username": "nina", "roles": "admin"}, by=None)
    job.refresh_from_db()
    assert (job.title, job.status, job.tasks.count()) == ("Stove", S.PENDING, 1)
    # The first Admin answers for what names nobody.
    load("jobs", {"title": "x", "customer": "Baker"}, by=None)
    assert Job.objects.get(title="x").owner == admin
    User.objects.filter(pk__in=User.objects.holding(Role.ADMIN)).update(is_active=False)
    nobody = load("jobs", {"title": "y", "customer": "Baker"}, by=None).errors
    assert nobody == {2: {"": ["Owner: Fill this in."]}}


@pytest.mark.parametrize("keep", [True, False])
def test_who_may_not_import_does_not(keep: bool, sales: User) -> None:
    with pytest.raises(PermissionDenied):
        load("customers", {"name": "Baker"}, by=sales, keep=keep)


# Columns and words


def test_columns_that_cannot_be_as_they_are_said_are_refused(admin: User) -> None:
    rows = {"a": "1", "b": "2"}
    twice = ImportOptions(columns={"a": "name", "b": "name"})
    with pytest.raises(ValidationError, match="Both “a” and “b” are matched to Name"):
        load("customers", rows, by=admin, options=twice)
    with pytest.raises(ValidationError, match="There is no field “nmae”"):
        load("customers", rows, by=admin, options=ImportOptions(columns={"a": "nmae"}))


def test_words_mean_what_somebody_said_and_no_column_is_guessed_that_was_left_out(
    admin: User, tech: User
) -> None:
    make_customer(name="Baker")
    make_equipment(serial_number="SN-1")
    options = ImportOptions(
        columns={"Prio": "priority", "when": ""},
        words={"priority": {"hi": "high"}, "assigned_to": {"bob": "tina"}},
    )
    row = {"title": "x", "customer": "Baker", "Prio": "Hi", "Techniker": "Bob", "when": "?"}
    load("jobs", row, by=admin, options=options)
    job = Job.objects.get()
    assert (job.priority, job.assigned_to, job.scheduled_date) == ("high", tech, None)
    nothing = ImportOptions(words={"priority": {"hi": ""}})
    refused = load(
        "jobs", {"title": "x", "customer": "Baker", "priority": "Hi"}, by=admin, options=nothing
    )
    assert list(refused.errors[2]) == ["priority"]
    options = ImportOptions(words={"equipment": {"drill": "SN-1"}, "roles": {"boss": "admin"}})
    load(
        "tasks", {"job": job.number, "title": "x", "equipment": "Drill"}, by=admin, options=options
    )
    assert Task.objects.get().equipment.get().serial_number == "SN-1"
    load("people", {"username": "nina", "roles": "boss, technician"}, by=admin, options=options)
    assert User.objects.get(username="nina").roles == [Role.ADMIN, Role.TECHNICIAN]


def test_days_are_written_in_the_form_of_the_file(admin: User) -> None:
    make_customer(name="Baker")
    base = {"customer": "Baker", "start_time": time(8), "end_time": datetime(1899, 12, 31, 9, 30)}  # noqa: DTZ001
    rows = [
        base | {"title": "a", "scheduled_date": "4.3.2030"},
        base | {"title": "b", "scheduled_date": "2030-03-04"},
        base | {"title": "c", "scheduled_date": datetime(2030, 3, 4)},  # noqa: DTZ001
        base | {"title": "d", "scheduled_date": date(2030, 3, 4)},
        base | {"title": "e", "scheduled_date": "2030-03-04 00:00:00"},
    ]
    assert (
        load("jobs", *rows, by=admin, options=ImportOptions(date_form="dmy")).kinds == ["new"] * 5
    )
    whens = {(job.scheduled_date, job.start_time, job.end_time) for job in Job.objects.all()}
    assert whens == {(date(2030, 3, 4), time(8), time(9, 30))}
    rows = [
        base | {"title": "f", "scheduled_date": "3/4/2030"},
        base | {"title": "g", "scheduled_date": "13/4/2030"},
        base | {"title": "h", "scheduled_date": datetime(2030, 3, 4, 23, 30)},  # noqa: DTZ001
        base | {"title": "i", "scheduled_date": "", "start_time": "8:05:00", "end_time": "9:05"},
    ]
    done = load("jobs", *rows, by=admin, options=ImportOptions(date_form="mdy"), skip_refused=True)
    assert done.errors == {
        3: {
            "scheduled_date": [
                "There is no such date as 13/4/2030. Dates are written like 1/31/2026."
            ]
        },
        4: {"scheduled_date": ["This is a date with a time. Write only the date."]},
    }
    assert Job.objects.get(title="f").scheduled_date == date(2030, 3, 4)
    assert Job.objects.get(title="i").start_time == time(8, 5)


def test_a_number_that_a_spreadsheet_has_cut_short_is_refused(admin: User) -> None:
    make_customer(name="4.36601E+11", phone="1,2E+15")
    done = load(
        "customers",
        {"name": "4.36601E+11", "phone": "1,2E+15", "notes": "x"},
        {"name": "Ada", "phone": "4,36601E+11", "notes": ""},
        {"name": "5E+10", "phone": "1E+5", "notes": "4.3E+11 is a number"},
        {"name": "12345678901234500000", "phone": "", "notes": ""},
        # Sixteen digits that somebody typed end with 0 as often as with any other.
        {"name": "1234567890123450", "phone": "100000000000", "notes": "12345678901234500000"},
        by=admin,
        skip_refused=True,
    )
    sentence = (
        "A spreadsheet has cut digits off this number. Format the column as text "
        "there, and type the number again."
    )
    assert done.kinds == ["changed", *["refused"] * 4]
    assert done.errors == {
        3: {"phone": [sentence]},
        4: {"name": [sentence]},
        5: {"name": [sentence]},
        6: {"notes": [sentence]},
    }


@pytest.mark.parametrize("error", ["#N/A", "#WERT!", "#REF!", "########", "Err:502"])
def test_the_error_of_a_spreadsheet_is_no_text_whatever_file_it_comes_in(
    error: str, admin: User
) -> None:
    make_customer(name="Ada", phone=error)
    done = load(
        "customers",
        {"name": "Ada", "phone": error, "notes": "#N/A is an error"},
        {"name": "Bob", "phone": error, "notes": ""},
        {"name": error, "phone": "", "notes": ""},
        by=admin,
        skip_refused=True,
    )
    sentence = f"The cell shows the error {error}. Type the value instead."
    assert done.kinds == ["changed", "refused", "refused"]
    assert done.errors == {3: {"phone": [sentence]}, 4: {"name": [sentence]}}
    job = {"title": "Look", "customer": "Ada", "reference": error}
    assert load("jobs", job, by=admin).errors == {2: {"reference": [sentence]}}


def test_a_text_that_has_lost_a_letter_is_refused(admin: User) -> None:
    make_customer(name="M\ufffdller")
    rows = {"name": "M\ufffdller", "phone": "1"}, {"name": "B\ufffdcker", "phone": "1"}
    done = load("customers", *rows, by=admin, skip_refused=True)
    sentence = "A letter of this text was lost when the file was saved. Type the text again."
    assert done.kinds == ["changed", "refused"]
    assert done.errors == {3: {"name": [sentence]}}


def test_yes_and_no_of_a_row_are_told_as_they_are_written(admin: User) -> None:
    make_customer(name="Ada")
    done = load("customers", {"name": "Ada", "is_active": "no"}, by=admin)
    assert done.cells == {2: {"is_active": ("yes", "no")}}


def test_what_the_reading_refuses_is_told_at_its_cell(admin: User) -> None:
    rows = [{"name": "A", "x": "1"}, {"name": "B", "x": "2"}, {"name": "C", "x": "3"}]
    problems = {2: {"name": "A formula."}, 3: {"x": "A formula."}, 4: {"D": "No name."}}
    done = load_table("customers", Table(*rows, problems=problems), by=admin, skip_refused=True)
    assert done.errors == {2: {"name": ["A formula."]}, 4: {"D": ["No name."]}}
    assert Customer.objects.get().name == "B"


def test_what_a_word_was_read_as_is_told_where_that_is_refused(admin: User, sales: User) -> None:
    make_customer(name="Baker")
    options = ImportOptions(
        words={"assigned_to": {"lukas": sales.username}, "priority": {"hi": "high"}}
    )
    job = {"title": "'=x", "customer": "Baker", "assigned_to": "Lukas", "priority": "Hi"}
    done = load("jobs", job, by=admin, keep=False, options=options)
    assert [(each.column, each.value, each.read_as) for each in done.results[0].errors] == [
        ("assigned_to", "Lukas", sales.username)
    ]
    done = load("jobs", {**job, "status": "'+x"}, by=admin, keep=False)
    errors = {each.column: (each.value, each.read_as) for each in done.results[0].errors}
    assert errors["status"] == ("'+x", "")


def test_cells_are_read_as_they_were_before_a_spreadsheet_was_kept_from_counting(
    admin: User,
) -> None:
    load_table("customers", Table({"name": "A", "phone": "'+43 1"}), by=admin)
    assert Customer.objects.get().phone == "+43 1"


# Rows


def second_for(row: int, column: str) -> str:
    """What a second row is told."""
    return f"Row {row} is already for this. Delete this row, or correct its “{column}”."


def test_a_second_row_for_the_same_thing_names_the_first_and_the_way_out(admin: User) -> None:
    job = make_job(owner=admin)
    customers = load("customers", {"name": "A"}, {"name": " a "}, by=admin, skip_refused=True)
    assert customers.errors == {3: {"": [second_for(2, "name")]}}
    rows = [{"job": job.number, "position": p, "title": "x"} for p in ("", "1", "7", "", "8")]
    tasks = load("tasks", *rows, by=admin, skip_refused=True)
    assert tasks.errors == {
        3: {"": [second_for(2, "position")]},
        6: {"": [second_for(5, "position")]},
    }
    assert sorted(job.tasks.values_list("position", flat=True)) == [1, 7, 8]
    jobs = [{"number": job.number, "title": "a"}, {"number": job.number.lower(), "title": "b"}]
    assert load("jobs", *jobs, by=admin).kinds == ["changed", "refused"]


def test_a_name_keeps_its_spelling_and_other_texts_are_taken_as_they_are_kept(admin: User) -> None:
    item = make_equipment(serial_number="SN-1", name="Drill", description="a\nb")
    row = {"serial_number": "sn-1", "name": "DRILL", "description": "a\r\nb ", "kind": "Tool"}
    done = load("equipment", row, by=admin)
    assert done.cells == {2: {"name": ("Drill", "DRILL")}}
    item.refresh_from_db()
    assert (item.serial_number, item.name, item.description) == ("SN-1", "DRILL", "a\nb")


def test_empty_cells_empty_what_can_be_empty(admin: User, sales: User, tech: User) -> None:
    job = make_job(owner=sales, assigned_to=tech, scheduled_date=date(2030, 1, 1))
    names = ("title", "customer", "scheduled_date", "assigned_to", "owner", "status", "priority")
    row = {"number": job.number, **dict.fromkeys(names, "")}
    assert load("jobs", row, by=admin).kinds == ["unchanged"]
    options = ImportOptions(blanks=Blanks.EMPTY)
    refused = load("jobs", row, by=admin, options=options)
    assert refused.errors == {2: {"title": ["Fill this in."], "customer": ["Fill this in."]}}
    done = load(
        "jobs", row | {"title": "x", "customer": job.customer.name}, by=admin, options=options
    )
    assert sorted(done.cells[2]) == ["assigned_to", "scheduled_date", "title"]
    job.refresh_from_db()
    assert (job.assigned_to, job.scheduled_date, job.owner) == (None, None, sales)


def test_a_site_is_of_the_customer_of_the_row_or_of_the_job_as_it_is(admin: User) -> None:
    ours = make_site(name="Main")
    theirs = make_site(name="Main")
    job = make_job(owner=admin, customer=ours.customer)
    load("jobs", {"number": job.number, "site": "MAIN"}, by=admin)
    job.refresh_from_db()
    assert job.site == ours
    moved = load("jobs", {"number": job.number, "customer": theirs.customer.name}, by=admin)
    sentence = "Site: This is not a site of the customer. Choose one of theirs, or none."
    assert moved.errors == {2: {"": [sentence]}}
    row = {"number": job.number, "customer": theirs.customer.name, "site": "Main"}
    load("jobs", row, by=admin)
    job.refresh_from_db()
    assert job.site == theirs
    assert load("jobs", {"title": "x", "customer": "?", "site": "Main"}, by=admin).errors == {
        2: {
            "customer": ["There is no customer “?”."],
            "site": ["There is no site “Main”."],
        }
    }


def test_a_job_arrives_completed_at_its_time(admin: User, settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    make_customer(name="Baker")
    base = {"customer": "Baker", "title": "x"}
    done = load(
        "jobs",
        base | {"status": "completed", "completed_at": "2026-01-31"},
        base | {"status": "completed", "completed_at": "2026-01-31T08:00:00+02:00"},
        base | {"status": "completed", "completed_at": ""},
        base | {"status": "completed", "completed_at": "2199-01-31"},
        base | {"status": "", "completed_at": datetime(2026, 1, 31)},  # noqa: DTZ001
        base | {"status": "completed", "completed_at": "soon"},
        base | {"status": "completed", "completed_at": "2026-03-29T02:30"},
        by=admin,
        skip_refused=True,
    )
    assert done.errors == {
        5: {"completed_at": ["This is in the future."]},
        6: {"completed_at": ["Only a completed job has this. Leave it empty."]},
        7: {"completed_at": ["Write the date like 2026-01-31."]},
        8: {"completed_at": ["The clocks go forward on that day, so this time does not exist."]},
    }
    first, second, third = Job.objects.order_by("pk")
    assert first.completed_at is not None
    assert timezone.localtime(first.completed_at, timezone.get_default_timezone()) == datetime(
        2026, 1, 31, tzinfo=timezone.get_default_timezone()
    )
    assert second.completed_at == datetime.fromisoformat("2026-01-31T06:00:00+00:00")
    assert third.completed_by == admin


def test_a_task_of_a_closed_job_is_refused_and_so_is_idle_equipment(admin: User) -> None:
    job, idle = (
        make_job(owner=admin),
        make_equipment(name="Saw", serial_number="S", is_active=False),
    )
    task = make_task(job=job, position=1, title="Look")
    row = {"job": job.number, "position": "1", "equipment": "S", "title": "x" * 201}
    done = load("tasks", row, by=admin)
    assert done.errors == {
        2: {
            "equipment": ["Not active: Saw (S). Choose other equipment."],
            "title": ["Ensure this value has at most 200 characters (it has 201)."],
        }
    }
    acts.progress(task, by=admin, status="completed")
    job.refresh_from_db()
    acting.complete(job, by=admin)
    closed = f"{job.number} is completed. Reopen it first."
    assert load("tasks", {**row, "title": "y"}, by=admin).errors == {2: {"": [closed]}}
    assert idle.tasks.count() == 0


def test_a_task_whose_job_is_not_there_says_what_else_is_wrong(admin: User) -> None:
    done = load("tasks", {"job": "J-9", "position": "10000", "title": "x" * 201}, by=admin)
    assert done.errors == {
        2: {
            "job": ["There is no job “J-9”."],
            "title": ["Ensure this value has at most 200 characters (it has 201)."],
            "position": ["The last possible position is 9999. Choose a lower one."],
        }
    }


def test_an_address_that_two_have_in_one_file_is_refused_at_the_second(admin: User) -> None:
    rows = [{"username": name, "email": "a@example.com"} for name in ("nina", "nora")]
    done = load("people", *rows, by=admin, skip_refused=True)
    assert done.errors == {3: {"email": ["Another person has this e-mail address."]}}
    people = [{"username": name, "roles": "technician"} for name in ("adam", "nina")]
    assert load("people", *people, by=admin).kinds == ["refused", "changed"]


def test_two_admins_do_not_demote_each_other_in_one_file(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 1)
    make_user(Role.ADMIN, username="eve")
    rows = [{"username": name, "roles": "technician"} for name in ("eve", "adam")]
    for keep in (False, True):
        assert load("people", *rows, by=None, keep=keep).kinds == ["changed", "refused"]
    assert admin.roles == [Role.ADMIN]


def test_each_row_is_asked_about(sales: User) -> None:
    clerk = make_user()
    may = {("operations.job", action) for action in ("import", "view", "add")}
    clerk.set_groups(
        [company_group(may | {("operations.task", "import"), ("operations.task", "view")})]
    )
    job = make_job(owner=sales)
    task = make_task(job=job, position=1, title="Look")
    refused = {2: {"": ["You may not do this."]}}
    assert load("jobs", {"number": job.number, "title": "y"}, by=clerk).errors == refused
    assert load("tasks", {"job": job.number, "title": "y"}, by=clerk).errors == refused
    row = {"job": job.number, "position": "1", "title": "y"}
    assert load("tasks", row, by=clerk).errors == refused
    assert load("tasks", row | {"title": task.title}, by=clerk).kinds == ["unchanged"]


def test_a_name_that_somebody_has_whom_the_person_does_not_see_is_taken(tech: User) -> None:
    make_customer(name="Hidden")
    may = {("operations.customer", "import"), ("operations.customer", "add")}
    tech.set_groups([*tech.groups.all(), company_group(may)])
    done = load("customers", {"name": "hidden"}, {"name": "New"}, by=tech, skip_refused=True)
    assert done.errors == {2: {"name": ["There is a customer of this name already."]}}


def test_a_day_of_completion_is_written_in_the_form_of_the_file(admin: User) -> None:
    make_customer(name="Baker")
    row = {"title": "x", "customer": "Baker", "status": "completed"}
    options = ImportOptions(date_form="dmy", blanks=Blanks.EMPTY)
    rows = [row | {"completed_at": "31.1.2026"}, row | {"completed_at": ""}]
    done = load("jobs", *rows, by=admin, options=options)
    assert done.cells[2]["completed_at"][1].startswith("2026-01-31T00:00:00")
    assert "completed_at" not in done.cells[3]


def test_a_reason_is_told_once() -> None:
    line = Line(2, {})
    for reason in ("No.", "No.", "Never."):
        line.fault("name", reason)
    assert line.errors == {"name": ["No.", "Never."]}


# Loaded before


def kept_load(kind: str, done: Load, **fields: Any) -> Import:
    """Have a load kept as one that was taken in."""
    at = datetime(2026, 5, 4, 12, tzinfo=timezone.get_default_timezone())
    fields = {"state": ImportState.APPLIED, "applied_at": at, "person_name": "Adam Admin", **fields}
    kept = Import.objects.create(kind=kind, **fields)
    for each in done.results:
        if each.reference:
            ImportReference.objects.create(
                load=kept, kind=kind, reference=each.reference, object_id=each.pk
            )
    return kept


def test_what_was_loaded_before_is_told_and_not_made_twice_unless_somebody_insists(
    admin: User,
) -> None:
    make_customer(name="Baker")
    rows = [{"reference": "A1", "title": "x", "customer": "Baker"}]
    rows += [{"reference": "", "title": "y", "customer": "Baker"}]
    kept = kept_load("jobs", load("jobs", *rows, by=admin, digest="D"), digest="D")
    job = Job.objects.earliest("pk")
    loaded = "imported on Monday, 4 May 2026 by Adam Admin"
    again = load("jobs", *rows, by=admin, digest="D")
    values = {
        2: {
            "reference": [
                f"This was {loaded}: {job.number}. Import it again only if it is a different one."
            ]
        },
        3: {"": [f"This file was {loaded}. Import it again only if its rows are different."]},
    }
    assert again.errors == values
    # By another file, with the same names; and a row that has a number is no new one.
    other = load("jobs", *rows, by=admin, digest="E", keep=False)
    assert other.errors == {2: values[2]}
    known = {"number": job.number, "reference": "A1", "title": "z"}
    assert load("jobs", known, by=admin, keep=False).kinds == ["changed"]
    insisted = load("jobs", *rows, by=admin, digest="D", options=ImportOptions(again=True))
    assert insisted.kinds == ["new", "new"]
    kept.state = ImportState.UNDONE
    kept.save()
    kept.references.all().delete()
    assert load("jobs", *rows, by=admin, digest="D", keep=False).kinds == ["new", "new"]


def test_tasks_without_a_position_are_not_made_twice(admin: User) -> None:
    job = make_job(owner=admin)
    rows = [{"job": job.number, "title": "x"}]
    kept_load("tasks", load("tasks", *rows, by=admin, digest="D"), digest="D", person_name="")
    again = load("tasks", *rows, by=admin, digest="D")
    sentence = "This file was imported on Monday, 4 May 2026 by the command line."
    assert again.errors[2][""] == [f"{sentence} Import it again only if its rows are different."]
    placed = [{"job": job.number, "position": "1", "title": "x"}]
    assert load("tasks", *placed, by=admin, digest="D").kinds == ["unchanged"]
    assert load("tasks", *rows, by=admin, digest="D", options=ImportOptions(again=True)).kinds == [
        "new"
    ]


def test_a_reference_names_the_job_of_an_earlier_file_as_long_as_it_is_there(admin: User) -> None:
    make_customer(name="Baker")
    row = {"reference": "A1", "title": "x", "customer": "Baker"}
    kept_load("jobs", load("jobs", row, by=admin))
    assert load("tasks", {"job": "A1", "title": "Look"}, by=admin).kinds == ["new"]
    job = Job.objects.get()
    assert job.tasks.get().title == "Look"
    job.delete()
    gone = load("tasks", {"job": "A1", "title": "Look"}, by=admin)
    assert gone.errors == {2: {"job": ["There is no job “A1”."]}}
    assert load("jobs", row, by=admin).kinds == ["new"]


# Since the preview


def seen_of(load: Load) -> Any:
    """What a preview saw of these rows."""
    rows = {each.row: Expected(each.pk, each.version) for each in load.results}

    def expected(numbers: Sequence[int]) -> Mapping[int, Expected]:
        return {number: rows[number] for number in numbers if number in rows}

    return expected


def test_what_somebody_changed_since_the_preview_is_refused_with_both_values(
    admin: User, sales: User
) -> None:
    for name in ("A", "B", "C", "D", "E"):
        make_customer(name=name, phone="1")
    rows: list[dict[str, str]] = [
        {"name": name, "phone": "2"} for name in ("A", "B", "C", "D", "E", "F")
    ]
    expected = seen_of(load("customers", *rows, by=admin, keep=False))
    acts.edit(Customer.objects.get(name="B"), by=sales, phone="3")
    acts.edit(Customer.objects.get(name="C"), by=sales, notes="new")
    acts.edit(Customer.objects.get(name="D"), by=sales, phone="2")
    Customer.objects.get(name="E").delete()
    acts.add(Customer(name="f", phone="4"), by=sales)
    done = load("customers", *rows, by=admin, expected=expected)
    look = "Renew the preview."
    assert done.errors == {
        3: {
            "phone": [
                "Sara Sales has changed this since the preview to “3”; the file says “2”. " + look
            ]
        },
        4: {"": [f"Sara Sales has changed this since the preview (notes: – → new). {look}"]},
        6: {"": [f"This has been deleted since the preview. {look}"]},
        7: {
            "": [f"Sara Sales has added this since the preview. {look}"],
            "phone": ["It is now “4”; the file says “2”."],
        },
    }
    assert done.kinds == ["changed", "refused", "refused", "unchanged", "refused", "refused"]


def test_a_change_that_is_not_on_record_is_refused_as_well(admin: User) -> None:
    customer = make_customer(name="A")
    row = {"name": "A", "phone": "2"}
    expected = seen_of(load("customers", row, by=admin, keep=False))
    Customer.objects.filter(pk=customer.pk).update(version=5)
    done = load("customers", row, by=admin, expected=expected)
    assert done.errors == {
        2: {"": ["Somebody has changed this since the preview. Renew the preview."]}
    }


# At one moment


def test_whoever_is_quicker_keeps_out_that_row_alone(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_customer(name="Old", phone="1")

    def write(rows: Any, **options: Any) -> Any:
        if any(row.name == "Taken" for row in rows):
            raise IntegrityError
        return real(rows, **options)

    real = bulk_writes.save_all
    monkeypatch.setattr(bulk_writes, "save_all", write)
    rows = [{"name": name, "phone": "2"} for name in ("Old", "Taken", "New")]
    done = load("customers", *rows, by=admin, skip_refused=True)
    quicker = "Somebody else was saving the same at that moment. Import it again."
    assert done.errors == {3: {"": [quicker]}}
    found = Customer.objects.order_by("name").values_list("name", "phone", "version")
    assert list(found) == [("New", "2", 1), ("Old", "2", 2)]
    assert Customer.history.count() == 3


# Statements


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(
    ("kind", "number"),
    [("customers", 3), ("sites", 5), ("equipment", 3), ("jobs", 10), ("tasks", 5)],
)
def test_the_statements_of_a_batch_are_those_of_one_row(
    kind: str,
    number: int,
    keep: bool,
    admin: User,
    tech: User,
) -> None:
    make_site(customer=make_customer(name="Baker"), name="Shop")
    make_equipment(serial_number="SN-1")
    row = {"title": "x", "customer": "Baker"}
    if kind == "tasks":
        load("jobs", *[row] * 500, by=admin)
    numbers = list(Job.objects.order_by("pk").values_list("number", flat=True))
    made: dict[str, Any] = {
        "customers": lambda n: {"name": f"C{n}"},
        "sites": lambda n: {"customer": "Baker", "name": f"S{n}"},
        "equipment": lambda n: {"serial_number": f"E{n}", "name": "x", "kind": "tool"},
        "jobs": lambda n: {
            "title": "x",
            "customer": "Baker",
            "site": "Shop",
            "assigned_to": "tina",
            "reference": f"R{n}",
        },
        "tasks": lambda n: {
            "job": numbers[n % 500],
            "position": str(1 + n // 500),
            "title": "x",
            "equipment": "SN-1",
        },
    }
    counts = []
    first = 0
    for many_rows in (1, 3, 500):
        rows = [made[kind](first + n) for n in range(many_rows)]
        first += many_rows
        load(kind, rows[0], by=admin, keep=False)  # Roles are read once.
        with CaptureQueriesContext(connection) as queries:
            assert load(kind, *rows, by=admin, keep=keep).kinds == ["new"] * many_rows
        sent = [q["sql"] for q in queries if "SAVEPOINT" not in q["sql"]]
        counts.append(len([sql for sql in sent if not sql.startswith("INSERT")]))
    assert counts == [number] * 3


def test_history_of_an_import_in_the_past_is_of_then(admin: User) -> None:
    then = timezone.now() - timedelta(days=30)
    with audit.act(at=then):
        load("customers", {"name": "A"}, by=admin)
    assert Customer.objects.get().history.get().history_date == then
