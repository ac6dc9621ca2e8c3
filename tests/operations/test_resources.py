"""Customers, sites, equipment, jobs and tasks as rows of a file."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from core.imported import Import, ImportReference, ImportState
from core.imports.options import Blanks, ImportOptions
from core.record.audit import Door
from core.roles import Role
from operations import acts
from operations.models import Customer, Equipment, Job, Task
from people.models import User
from tests import acting
from tests.factories import (
    make_customer,
    make_equipment,
    make_job,
    make_site,
    make_task,
    make_user,
)
from tests.imports import tables
from tests.imports.tables import Load

pytestmark = pytest.mark.django_db
S = Job.Status


def load(kind: str, *rows: dict[str, Any], by: User, **options: Any) -> Load:
    """What comes of importing these rows, in which an empty cell empties."""
    options.setdefault("skip_refused", True)
    return tables.load(kind, *rows, by=by, options=ImportOptions(blanks=Blanks.EMPTY), **options)


def errors(load: Load) -> dict[str, list[str]]:
    """What is wrong with the only bad row, by column."""
    (found,) = load.errors.values()
    return found


def good(load: Load) -> Load:
    """What came of it, in which nothing is wrong."""
    assert load.errors == {}
    return load


@pytest.fixture
def importer(db: None) -> User:
    """A sales agent who may import jobs and tasks too, through a group of the company's own."""
    user = make_user(Role.SALES_AGENT, username="ines", first_name="Ines", last_name="Import")
    group = Group.objects.create(name="Importers")
    group.permissions.set(Permission.objects.filter(codename__in=["import_job", "import_task"]))
    user.groups.add(group)
    user.forget_roles()
    return user


# Rows, columns, the whole file


def test_a_new_row_is_on_record_as_an_import_by_the_person(admin: User) -> None:
    good(load("customers", {"name": "Baker", "phone": "1"}, by=admin))
    row = Customer.objects.get().history.get()
    assert (row.history_type, row.door, row.person_name) == ("+", Door.IMPORT, "Adam Admin")
    assert (row.name, row.phone) == ("Baker", "1")


def test_an_existing_row_is_found_by_name_whatever_the_case_and_keeps_what_is_not_said(
    admin: User,
) -> None:
    customer = make_customer(name="Baker", phone="1", notes="early", is_active=False)
    row = {"name": "BAKER", "phone": "", "is_active": ""}
    assert good(load("customers", row, by=admin)).kinds == ["changed"]
    customer.refresh_from_db()
    # It keeps its spelling: who loads a phone number does not rename anybody.
    assert (customer.name, customer.phone, customer.notes) == ("Baker", "", "early")
    assert (customer.is_active, customer.version) == (False, 2)


def test_a_row_that_says_what_is_there_is_skipped_and_leaves_no_history(admin: User) -> None:
    customer = make_customer(name="Baker", phone="1")
    result = good(load("customers", {"name": "Baker", "phone": " 1 "}, by=admin))
    assert result.kinds == ["unchanged"]
    assert customer.history.count() == 1


def test_a_trial_run_leaves_nothing(admin: User) -> None:
    assert good(load("customers", {"name": "Baker"}, by=admin, keep=False))
    assert not Customer.objects.exists()
    assert not Customer.history.exists()


def test_good_rows_go_in_beside_bad_ones_unless_the_file_is_to_go_in_whole(admin: User) -> None:
    rows = [{"name": "Baker", "email": ""}, {"name": "Butcher", "email": "no"}]
    load("customers", *rows, by=admin, skip_refused=False)
    assert not Customer.objects.exists()
    load("customers", *rows, by=admin)
    assert Customer.objects.get().name == "Baker"


def test_a_column_that_means_nothing_is_left_out(admin: User) -> None:
    row = {"customer": "Baker", "xyz": "Shop", "name": "x"}
    assert errors(load("sites", row, by=admin)) == {"customer": ["There is no customer “Baker”."]}


def test_a_column_of_the_key_has_to_be_there(admin: User) -> None:
    wrong = errors(load("equipment", {"name": "Drill", "kind": "tool"}, by=admin))
    assert wrong == {"": ["Serial number: Fill this in."]}


@pytest.mark.parametrize("kind", ["customers", "sites", "equipment", "jobs", "tasks"])
def test_nobody_but_an_admin_imports(kind: str, sales: User, tech: User) -> None:
    for person in (sales, tech):
        with pytest.raises(PermissionDenied):
            load(kind, {"name": "Baker"}, by=person)


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({"kind": "boat"}, {"kind": ["Write one of: tool, machine, vehicle, accessory."]}),
        ({"kind": ""}, {"kind": ["Fill this in."]}),
        ({"is_active": "perhaps"}, {"is_active": ["Write yes or no."]}),
        ({"name": ""}, {"name": ["Fill this in."]}),
        (
            {"name": "x" * 201},
            {"name": ["Ensure this value has at most 200 characters (it has 201)."]},
        ),
        ({"description": "a\0"}, {"description": ["This holds a NUL character. Remove it."]}),
        ({"serial_number": "\0"}, {"serial_number": ["This holds a NUL character. Remove it."]}),
        ({"serial_number": ""}, {"serial_number": ["Fill this in."]}),
        (
            {"serial_number": "9" * 101},
            {"serial_number": ["Ensure this value has at most 100 characters (it has 101)."]},
        ),
    ],
)
def test_a_bad_cell_is_an_error_of_its_column(
    cells: dict[str, str], wrong: dict[str, list[str]], admin: User
) -> None:
    row = {"serial_number": "SN-1", "name": "Drill", "kind": "TOOL", **cells}
    assert errors(load("equipment", row, by=admin)) == wrong
    assert not Equipment.objects.exists()


def test_a_cell_of_a_spreadsheet_need_not_be_text(admin: User) -> None:
    row = {"serial_number": 4711, "name": "Drill", "kind": "tool", "is_active": False}
    good(load("equipment", row, by=admin))
    item = Equipment.objects.get()
    assert (item.serial_number, item.is_active) == ("4711", False)


# Sites


def test_a_site_is_known_by_its_customer_and_name(admin: User) -> None:
    site = make_site(customer=make_customer(name="Baker"), name="Shop")
    make_site(customer=make_customer(name="Butcher"), name="Shop")
    row = {"customer": "baker", "name": "SHOP", "address": "1 Main Road"}
    assert good(load("sites", row, by=admin)).kinds == ["changed"]
    site.refresh_from_db()
    assert (site.name, site.address) == ("Shop", "1 Main Road")


def test_a_customer_who_is_not_there_is_an_error_of_its_column(admin: User) -> None:
    row = {"customer": "Nobody", "name": "Shop"}
    assert errors(load("sites", row, by=admin)) == {"customer": ["There is no customer “Nobody”."]}


# Jobs


def job_row(**cells: Any) -> dict[str, Any]:
    """A row for a new job of the customer Baker."""
    return {"number": "", "title": "Oven", "customer": "Baker", **cells}


@pytest.fixture
def baker(db: None) -> Customer:
    return make_customer(name="Baker")


def test_a_new_job_is_pending_and_belongs_to_whoever_imports_it(
    admin: User, baker: Customer
) -> None:
    good(load("jobs", job_row(), by=admin))
    job = Job.objects.get()
    assert (job.status, job.priority, job.owner, job.created_by) == (
        S.PENDING,
        Job.Priority.MEDIUM,
        admin,
        admin,
    )
    assert [row.door for row in job.history.all()] == [Door.IMPORT]


def test_a_new_job_says_all_by_the_names_people_know(
    admin: User, sales: User, tech: User, baker: Customer
) -> None:
    site = make_site(customer=baker, name="Shop")
    make_site(customer=make_customer(name="Butcher"), name="Shop")
    row = job_row(
        description="Does not heat",
        site="shop",
        status="on_hold",
        priority="Urgent",
        scheduled_date="2026-05-13",
        start_time="08:00",
        end_time="09:30",
        assigned_to="TINA",
        owner="sara",
        created_by="sara",
    )
    good(load("jobs", row, by=admin))
    job = Job.objects.get()
    assert (job.title, job.description, job.customer, job.site) == (
        "Oven",
        "Does not heat",
        baker,
        site,
    )
    assert (job.status, job.priority) == (S.ON_HOLD, Job.Priority.URGENT)
    assert (job.scheduled_date, job.start_time, job.end_time) == (
        date(2026, 5, 13),
        time(8),
        time(9, 30),
    )
    assert (job.assigned_to, job.owner, job.created_by) == (tech, sales, sales)


@pytest.mark.parametrize("status", S.values)
def test_a_new_job_arrives_in_any_status(status: str, admin: User, baker: Customer) -> None:
    good(load("jobs", job_row(status=status), by=admin))
    job = Job.objects.get()
    assert (job.status, job.history.count()) == (status, 1)
    assert (job.completed_by is not None) == (status == S.COMPLETED)


def test_dates_and_times_of_a_spreadsheet_are_read(admin: User, baker: Customer) -> None:
    row = job_row(
        scheduled_date=datetime(2026, 5, 13),  # noqa: DTZ001 (A spreadsheet knows no zones.)
        start_time=time(8),
        end_time=time(9),
    )
    good(load("jobs", row, by=admin))
    good(load("jobs", job_row(scheduled_date=date(2026, 5, 14)), by=admin))
    dates = Job.objects.order_by("pk").values_list("scheduled_date", "start_time")
    assert list(dates) == [(date(2026, 5, 13), time(8)), (date(2026, 5, 14), None)]


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({"customer": ""}, {"customer": ["Fill this in."]}),
        ({"customer": "Nobody"}, {"customer": ["There is no customer “Nobody”."]}),
        ({"site": "Shop"}, {"site": ["There is no site “Shop”."]}),
        ({"owner": "ghost"}, {"owner": ["There is no person “ghost”."]}),
        (
            {"assigned_to": "sara"},
            {"assigned_to": ["A job can only be assigned to an active technician."]},
        ),
        ({"owner": "tina"}, {"owner": ["Only an active sales agent or Admin can own a job."]}),
        (
            {"status": "finished"},
            {"status": ["Write one of: pending, in_progress, on_hold, completed, cancelled."]},
        ),
        ({"priority": "top"}, {"priority": ["Write one of: low, medium, high, urgent."]}),
        ({"scheduled_date": "13/05/2026"}, {"scheduled_date": ["Write the date like 2026-01-31."]}),
        (
            {"scheduled_date": "2026-02-30"},
            {
                "scheduled_date": [
                    "There is no such date as 2026-02-30. Dates are written like 2026-01-31."
                ]
            },
        ),
        (
            {"start_time": "8 am", "end_time": "24:61"},
            {
                "start_time": ["Write the time like 14:30."],
                "end_time": ["There is no such time as 24:61: a day goes from 00:00 to 23:59."],
            },
        ),
        (
            {"start_time": "09:00", "end_time": ""},
            {"end_time": ["Give both times or neither."]},
        ),
        ({"start_time": "09:00"}, {"": ["End time: Give both times or neither."]}),
        (
            {"title": "x" * 201},
            {"title": ["Ensure this value has at most 200 characters (it has 201)."]},
        ),
        (
            {"number": "J-999999"},
            {"number": ["There is no job J-999999. Leave this empty for a new job."]},
        ),
    ],
)
@pytest.mark.usefixtures("sales", "tech", "baker")
def test_a_bad_cell_of_a_job_is_an_error_of_its_column(
    cells: dict[str, str], wrong: dict[str, list[str]], admin: User
) -> None:
    make_site(customer=make_customer(name="Butcher"), name="Shop")
    assert errors(load("jobs", job_row(**cells), by=admin)) == wrong
    assert not Job.objects.exists()


def test_an_existing_job_is_edited_and_keeps_what_is_not_said(
    admin: User, sales: User, tech: User
) -> None:
    job = make_job(owner=sales, assigned_to=tech, title="Oven", scheduled_date=date(2030, 1, 1))
    row = {"number": job.number, "title": "Ovens", "scheduled_date": "", "owner": "", "status": ""}
    assert good(load("jobs", row, by=admin)).kinds == ["changed"]
    job.refresh_from_db()
    assert (job.title, job.scheduled_date, job.status) == ("Ovens", None, S.PENDING)
    assert (job.owner, job.assigned_to, job.version) == (sales, tech, 2)


def test_a_status_is_a_move_by_the_verb_that_leads_there(admin: User, sales: User) -> None:
    job = make_job(owner=sales)
    row = {"number": job.number, "title": "New", "status": "on_hold", "reason": "no parts"}
    good(load("jobs", row, by=admin))
    job.refresh_from_db()
    assert (job.title, job.status) == ("New", S.ON_HOLD)
    assert [r.history_change_reason for r in job.history.all()] == ["no parts", "file.csv", ""]


def test_a_move_that_no_verb_makes_is_refused_and_its_row_writes_nothing(
    admin: User, sales: User
) -> None:
    job = make_job(owner=sales, title="Old")
    acting.hold(job, by=admin, reason="no parts")
    row = {"number": job.number, "title": "New", "status": "completed"}
    assert errors(load("jobs", row, by=admin)) == {
        "status": [f"{job.number} is on hold, so it cannot become completed."]
    }
    job.refresh_from_db()
    assert (job.title, job.history.count()) == ("Old", 2)


def test_a_move_keeps_the_rules_of_its_verb(admin: User, sales: User) -> None:
    job = make_job(owner=sales)
    task = make_task(job=job, title="Look")
    wrong = errors(load("jobs", {"number": job.number, "status": "completed"}, by=admin))
    assert wrong == {
        "": [f"{job.number} still has unfinished tasks: “{task.title}”. Finish them first."]
    }
    wrong = errors(load("jobs", {"number": job.number, "status": "cancelled"}, by=admin))
    assert wrong == {"": ["Reason: Give a reason."]}


def test_a_closed_job_does_not_change_until_its_row_reopens_it(admin: User, sales: User) -> None:
    job = make_job(owner=sales, title="Old")
    acting.complete(job, by=admin)
    row = {"number": job.number, "title": "New", "status": "completed"}
    assert errors(load("jobs", row, by=admin)) == {
        "": [f"{job.number} is completed. Reopen it first."]
    }
    assert good(load("jobs", row | {"title": "Old"}, by=admin)).kinds == ["unchanged"]
    good(load("jobs", row | {"status": "pending", "reason": "again"}, by=admin))
    job.refresh_from_db()
    assert (job.title, job.status, job.times_reopened) == ("New", S.PENDING, 1)
    assert job.history.filter(history_change_reason="again").count() == 1


def test_who_entered_a_job_stays(admin: User, sales: User) -> None:
    job = make_job(owner=sales)
    row = {"number": job.number, "created_by": "adam"}
    assert errors(load("jobs", row, by=admin)) == {
        "created_by": ["Who entered a job cannot be changed."]
    }


def test_a_number_is_never_given_twice(admin: User, baker: Customer) -> None:
    good(load("jobs", job_row(), by=admin))
    number = Job.objects.get().number
    Job.objects.get().delete()
    good(load("jobs", job_row(), by=admin))
    assert Job.objects.get().number > number


# What a person may not do with a row


def test_an_agent_who_may_import_edits_only_their_own_jobs(
    importer: User, sales: User, baker: Customer
) -> None:
    hidden, seen = make_job(owner=sales), make_job(owner=sales)
    acts.share(seen, importer, "view", by=sales)
    not_there = f"There is no job {hidden.number}. Leave this empty for a new job."
    assert errors(load("jobs", {"number": hidden.number, "title": "x"}, by=importer)) == {
        "number": [not_there]
    }
    refused = {"": ["You may not do this."]}
    assert errors(load("jobs", {"number": seen.number, "title": "x"}, by=importer)) == refused
    task = {"job": seen.number, "position": "", "title": "x"}
    assert errors(load("tasks", task, by=importer)) == refused
    good(load("jobs", job_row(), by=importer))
    own = Job.objects.get(owner=importer)
    good(load("jobs", {"number": own.number, "title": "Mine"}, by=importer))
    good(load("tasks", task | {"job": own.number}, by=importer))


def test_an_agent_who_may_import_neither_hands_over_nor_progresses(
    importer: User, sales: User, baker: Customer
) -> None:
    own = make_job(owner=importer)
    refused = {"": ["You may not do this."]}
    for row in (
        job_row(owner="sara"),
        job_row(created_by="sara"),
        {"number": own.number, "owner": "sara"},
        {"number": own.number, "status": "in_progress"},
    ):
        assert errors(load("jobs", row, by=importer)) == refused
    own.refresh_from_db()
    assert (own.owner, own.status, Job.objects.count()) == (importer, S.PENDING, 1)


# Tasks


def test_tasks_name_their_job_by_number_or_by_the_reference_of_a_load(
    admin: User, baker: Customer
) -> None:
    done = good(load("jobs", job_row(reference="A1"), job_row(reference="A2"), by=admin))
    keep_references(done)
    first = Job.objects.earliest("pk")
    rows = [
        {"job": "A1", "position": "", "title": "Look"},
        {"job": "A1", "position": "", "title": "Mend"},
        {"job": first.number, "position": "7", "title": "Tidy"},
        {"job": "A2", "position": "1.0", "title": "Call"},
    ]
    good(load("tasks", *rows, by=admin))
    tasks = Task.objects.order_by("pk").values_list("job", "position", "title")
    assert list(tasks) == [
        (first.pk, 1, "Look"),
        (first.pk, 2, "Mend"),
        (first.pk, 7, "Tidy"),
        (Job.objects.latest("pk").pk, 1, "Call"),
    ]
    assert set(Task.history.values_list("door", flat=True)) == {Door.IMPORT}


def keep_references(done: Load, **fields: Any) -> Import:
    """Have a load kept as one that was taken in, with the names of its rows."""
    fields = {"state": ImportState.APPLIED, "applied_at": timezone.now(), **fields}
    kept = Import.objects.create(kind="jobs", person_name="Adam Admin", **fields)
    for each in done.results:
        ImportReference.objects.create(
            load=kept, kind="jobs", reference=each.reference, object_id=each.pk
        )
    return kept


def test_a_reference_is_good_for_one_row(admin: User, baker: Customer) -> None:
    result = load("jobs", job_row(reference="A1"), job_row(reference="A1"), by=admin)
    assert result.errors == {
        3: {
            "reference": ["Row 2 is already for this. Delete this row, or correct its “reference”."]
        }
    }
    assert Job.objects.count() == 1
    row = {"job": "A1", "position": "", "title": "Look"}
    assert errors(load("tasks", row, by=admin)) == {"job": ["There is no job “A1”."]}


def test_a_task_is_made_with_its_equipment_as_one_change_on_record(
    admin: User, sales: User
) -> None:
    drill, van = make_equipment(serial_number="SN-A"), make_equipment(serial_number="SN-B")
    job = make_job(owner=sales)
    row = {"job": job.number, "position": "", "title": "Drill", "equipment": "SN-A; SN-B;SN-A"}
    good(load("tasks", row, by=admin))
    task = Task.objects.get()
    assert set(task.equipment.all()) == {drill, van}
    assert task.history.get().equipment.count() == 2
    assert good(load("tasks", row | {"position": "1"}, by=admin)).kinds == ["unchanged"]
    good(load("tasks", row | {"position": 1, "equipment": "SN-B"}, by=admin))
    assert set(task.equipment.all()) == {van}
    assert task.history.count() == 2


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({"job": ""}, {"job": ["Fill this in."]}),
        ({"title": ""}, {"title": ["Fill this in."]}),
        ({"equipment": "SN-A;SN-X"}, {"equipment": ["There is no equipment “SN-X”."]}),
        (
            {"equipment": "SN-A, SN-X"},
            {"equipment": ["There is no equipment “SN-A, SN-X”. Put semicolons between several."]},
        ),
        (
            {"equipment": "SN-OLD"},
            {"equipment": ["Not active: Saw (SN-OLD). Choose other equipment."]},
        ),
        ({"position": "first"}, {"position": ["Write a whole number, such as 3."]}),
        ({"position": "1.5"}, {"position": ["Write a whole number, such as 3."]}),
        ({"position": "-1"}, {"position": ["Write a whole number, such as 3."]}),
        ({"position": "9" * 10}, {"position": ["Write a whole number, such as 3."]}),
    ],
)
def test_a_bad_cell_of_a_task_is_an_error_of_its_column(
    cells: dict[str, str], wrong: dict[str, list[str]], admin: User, sales: User
) -> None:
    make_equipment(serial_number="SN-A")
    make_equipment(name="Saw", serial_number="SN-OLD", is_active=False)
    row = {"job": make_job(owner=sales).number, "position": "", "title": "Look", **cells}
    assert errors(load("tasks", row, by=admin)) == wrong
    assert not Task.objects.exists()


def test_a_closed_job_gets_no_task(admin: User, sales: User) -> None:
    job = make_job(owner=sales)
    acting.complete(job, by=admin)
    row = {"job": job.number, "position": "", "title": "Look"}
    assert errors(load("tasks", row, by=admin)) == {
        "": [f"{job.number} is completed. Reopen it first."]
    }


def test_a_position_that_two_tasks_share_is_an_error(admin: User, sales: User) -> None:
    job = make_job(owner=sales)
    make_task(job=job, position=1)
    make_task(job=job, position=1)
    row = {"job": job.number, "position": "1", "title": "Look"}
    assert errors(load("tasks", row, by=admin)) == {
        "": ["Several rows match this one. Change it by hand."]
    }
