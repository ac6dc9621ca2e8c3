"""What the files hold: CSV, JSON and XLSX of the same rows, and that an import reads them again."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.apps import apps
from pytest_django.fixtures import DjangoAssertNumQueries, Settings
from xlsxwriter import Workbook

from core.declarations import FileKind, collected
from core.exports import kinds as known
from core.exports.files import FORMATS, cell
from core.exports.kinds import Column, chosen, kinds
from core.exports.table import Table, keys_of
from core.imports.options import ImportOptions
from core.imports.reading import opened
from core.imports.results import RowKind, RowResult
from core.imports.running import run
from core.roles import Role
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

SAVED_AS_WORKBOOK = "csv saved as xlsx"
ODD = (
    "=1+1",
    "'=1+1",
    "+43 1 555",
    "-5",
    "@me",
    "'t Hof",
    "x; =1",
    'Say "=2", she said',
    "''",
    '"A;1";B',
    '5" drill',
    "Ünï 🔧",
)


def table(kind: str, **filters: Any) -> Table:
    rows = kinds()[kind].model._base_manager.filter(**filters).order_by("pk")
    return Table(kinds()[kind].model, kinds()[kind].columns, keys_of(rows))


def written(form: str, of: Table) -> bytes:
    return b"".join(FORMATS[form].write(of))


def records(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    site = make_site(name="Cellar", customer=make_customer(name="=Bäckerei"))
    job = make_job(
        owner=sales,
        title="Boiler",
        description="One\nTwo",
        site=site,
        assigned_to=tech,
        scheduled_date=date(2030, 3, 4),
        start_time=time(8),
        end_time=time(9, 30, 15),
    )
    drills = [make_equipment(serial_number=name) for name in ("B-2", "A-1")]
    make_task(job=job, title="-1 degree", equipment=drills)
    make_task(job=job, title="Close")
    return job


# CSV


@pytest.mark.django_db
def test_a_csv_file_holds_the_columns_that_the_import_reads(job: Job) -> None:
    content = written("csv", table("jobs"))
    assert content.startswith(b"\xef\xbb\xbfnumber,title,")
    head, line = records(content)
    assert dict(zip(head, line, strict=True)) == {
        "number": job.number,
        "title": "Boiler",
        "description": "One\nTwo",
        "customer": "'=Bäckerei",
        "site": "Cellar",
        "status": "pending",
        "priority": "medium",
        "scheduled_date": "2030-03-04",
        "start_time": "08:00",
        "end_time": "09:30:15",
        "assigned_to": "tina",
        "owner": "sara",
        "created_by": "sara",
        "completed_at": "",
    }


@pytest.mark.django_db
def test_tasks_name_their_job_and_equipment_and_say_where_they_stand(job: Job) -> None:
    head, first, second = records(written("csv", table("tasks")))
    assert head == ["job", "position", "title", "description", "equipment", "status", "note"]
    assert first == [job.number, "1", "'-1 degree", "", "A-1;B-2", "pending", ""]
    assert second == [job.number, "2", "Close", "", "", "pending", ""]


@pytest.mark.django_db
def test_people_have_their_roles_and_never_a_password(root: User) -> None:
    make_user(Role.TECHNICIAN, Role.ADMIN, username="both", phone="1", email="b@example.com")
    head, *lines = records(written("csv", table("people")))
    assert head == ["username", "email", "first_name", "last_name", "phone", "roles", "is_active"]
    assert [line[0] for line in lines] == ["root", "both"]
    assert lines[1][4:] == ["1", "admin technician", "yes"]
    assert lines[0][5] == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (-5, "-5"),
        ("-5", "'-5"),
        (["=1", "2"], "'=1;2"),
        (["A;1", "B"], '"A;1";B'),
        (time(8), "08:00"),
        (time(8, 0, 1), "08:00:01"),
        (date(2030, 3, 4), "2030-03-04"),
        (datetime(2030, 3, 3, 23, 30, tzinfo=UTC), "2030-03-04T00:30:00+01:00"),
    ],
)
def test_a_cell_says_what_it_holds_in_one_form(value: Any, text: str, settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    assert cell(value) == text


# JSON


@pytest.mark.django_db
def test_json_is_a_list_of_objects_with_values_of_their_kinds(job: Job) -> None:
    make_equipment(serial_number="C-3", name="=Saw", is_active=False)
    [first, _second] = json.loads(written("json", table("tasks")))
    assert (first["position"], first["equipment"], first["title"]) == (
        1,
        ["A-1", "B-2"],
        "-1 degree",
    )
    saw = json.loads(written("json", table("equipment", serial_number="C-3")))
    assert [(each["name"], each["is_active"]) for each in saw] == [("=Saw", False)]
    [one] = json.loads(written("json", table("jobs")))
    assert (one["scheduled_date"], one["start_time"]) == ("2030-03-04", "08:00")
    assert (one["end_time"], one["site"]) == ("09:30:15", "Cellar")


@pytest.mark.django_db
def test_json_of_no_rows_is_an_empty_list() -> None:
    assert json.loads(written("json", table("jobs"))) == []
    gone = Table(Job, kinds()["jobs"].columns, [1])
    assert json.loads(written("json", gone)) == []
    assert records(written("csv", table("jobs")))[0][:2] == ["number", "title"]


@pytest.mark.django_db
def test_a_moment_in_json_is_that_of_the_office(sales: User, settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    job = make_job(owner=sales)
    Job.objects.filter(pk=job.pk).update(created_at=datetime(2030, 3, 3, 23, tzinfo=UTC))
    moments = Table(Job, [Column("created_at", "", "created_at")], [job.pk])
    assert json.loads(written("json", moments)) == [{"created_at": "2030-03-04T00:00:00+01:00"}]
    content = sheet(written("xlsx", moments))
    assert "<v>47546</v>" in content  # 4 March 2030, as a spreadsheet counts days.


# XLSX


def sheet(content: bytes, part: str = "worksheets/sheet1.xml") -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read(f"xl/{part}").decode()


@pytest.mark.django_db
def test_a_workbook_has_real_days_and_times_and_texts_that_stay_texts(job: Job) -> None:
    content = written("xlsx", table("jobs"))
    cells = sheet(content)
    # 4 March 2030, and 8 o'clock.
    assert "<v>47546</v>" in cells
    assert "<v>0.3333333333333333</v>" in cells
    assert "<f>" not in cells
    assert "<is><t>=Bäckerei</t></is>" in cells
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in cells
    assert cells.count("<col ") > 3
    assert "<b/>" in sheet(content, "styles.xml")


@pytest.mark.django_db
def test_a_workbook_of_tasks_has_numbers_and_lists(job: Job) -> None:
    cells = sheet(written("xlsx", table("tasks")))
    assert "<is><t>A-1;B-2</t></is>" in cells
    assert '<c r="B2"><v>1</v></c>' in cells
    make_equipment(serial_number="C-3", is_active=False)
    assert "<is><t>no</t></is>" in sheet(written("xlsx", table("equipment")))


# The round trip


def as_workbook(content: bytes) -> bytes:
    """A CSV file as a spreadsheet that took its cells for texts saves it."""
    with io.BytesIO() as file:
        with Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            sheet_ = book.add_worksheet()
            for line, row in enumerate(records(content)):
                sheet_.write_row(line, 0, row)
        return file.getvalue()


def imported_again(kind: str, form: str, by: User) -> tuple[dict[str, int], list[RowResult]]:
    """What an import makes of what was exported: how many of each kind, and what is no match."""
    if form == SAVED_AS_WORKBOOK:
        content, name = as_workbook(written("csv", table(kind))), f"{kind}.xlsx"
    else:
        content, name = written(form, table(kind)), f"{kind}.{form}"
    file = opened(io.BytesIO(content), name)
    odd: list[RowResult] = []

    def on_results(results: Sequence[RowResult]) -> None:
        odd.extend(each for each in results if each.kind != RowKind.UNCHANGED)

    ran = run(kind, file, ImportOptions(), by=by, file_name=name, keep=True, on_results=on_results)
    return ran.counts.kinds, odd


@pytest.mark.parametrize("form", ["csv", "xlsx", SAVED_AS_WORKBOOK])
@pytest.mark.django_db
def test_what_is_exported_can_be_imported_again_and_changes_nothing(
    form: str, admin: User, sales: User, tech: User
) -> None:
    drills: list[Equipment] = []
    for number, text in enumerate(ODD):
        customer = make_customer(name=f"{text} {number}", notes=text, phone=text)
        site = make_site(name=text, customer=customer, access_notes=text)
        drills.append(make_equipment(serial_number=f"{text} {number}", name=text))
        job = make_job(owner=sales, title=text, description=text, site=site, assigned_to=tech)
        make_task(job=job, title=text, equipment=drills[-3:])
    acting.complete(make_job(owner=sales), by=admin)
    acting.cancel(make_job(owner=sales), by=admin, reason="No.")
    history = {model: model.history.count() for model in (Customer, Job, Task, User)}
    for kind, each in kinds().items():
        counts, odd = imported_again(kind, form, admin)
        assert odd == []
        assert counts["unchanged"] == each.model._base_manager.count()
    assert {model: model.history.count() for model in history} == history


# Reading


@pytest.mark.django_db
def test_the_number_of_statements_is_that_of_the_parts_however_many_rows(
    job: Job, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for kind, number in {"jobs": 1, "tasks": 2, "people": 2, "customers": 1}.items():
        rows = table(kind)
        with django_assert_num_queries(number):
            written("csv", rows)
    for _each in range(2):
        make_task(job=make_job(owner=job.owner, site=job.site), equipment=[make_equipment()])
    for kind, number in {"jobs": 1, "tasks": 2, "people": 2, "customers": 1}.items():
        rows = table(kind)
        assert len(rows.keys) in {1, 2, 3, 4}
        with django_assert_num_queries(number):
            written("csv", rows)


@pytest.mark.django_db
def test_rows_are_read_in_parts_in_the_order_of_their_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.exports.table.PART", 2)
    pks = [make_customer(name=name).pk for name in "ABC"]
    expected: list[int] = []
    gone = make_customer().pk
    Customer.objects.get(pk=gone).delete()
    names = [Column("name", "", "name")]
    rows = Table(Customer, names, [pks[2], gone, pks[0], pks[1]], on_progress=expected.append)
    assert list(rows.parts()) == [[["C"]], [["A"], ["B"]]]
    assert expected == [2, 2]


def test_columns_are_chosen_in_their_own_order_and_all_where_none_is() -> None:
    columns = kinds()["sites"].columns
    assert [each.name for each in columns] == ["customer", "name", "address", "access_notes"]
    assert chosen(columns, ["name", "customer", "x"]) == columns[:2]
    assert chosen(columns, ["x"]) == columns
    assert chosen(columns, []) == columns


@pytest.mark.django_db
def test_who_may_not_change_people_takes_out_what_everybody_sees_of_them(
    sales: User, admin: User
) -> None:
    people = kinds()["people"]
    seen = ["first_name", "last_name", "phone", "roles"]
    assert [each.name for each in people.columns_for(sales)] == seen
    assert people.columns_for(admin) == people.columns
    assert known.exported_by(sales) == known.exported_by(admin) == list(kinds().values())


def test_each_kind_is_declared_with_columns_that_people_can_read() -> None:
    titles = {kind.name: [each.title for each in kind.columns] for kind in kinds().values()}
    assert titles["tasks"] == [
        *("Job", "Position", "Title", "Description", "Required equipment", "Status", "Note")
    ]
    assert titles["people"][5] == "Roles"
    models = {kind.model for kind in kinds().values()}
    assert models == {apps.get_model(each.model) for each in collected(FileKind)}
