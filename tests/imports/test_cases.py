"""Files as people send them, each with what is to come of it (the rows of the demo's fixtures)."""

from __future__ import annotations

import csv
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from core.imports.options import Blanks, ImportOptions
from core.imports.reading import UnusableFile, opened
from core.roles import Role
from operations.models import Customer, Equipment, Job, Site, Task
from people.models import User
from tests.factories import make_customer, make_job, make_site, make_user
from tests.imports.tables import Load, load_table

pytestmark = pytest.mark.django_db
CASES = Path(__file__).parents[1] / "cases"
HOTEL = "Hotel Donauwarte"
NO_CUSTOMER = "There is no customer “Hotel Nirgendwo”."


def take(name: str, kind: str, *, by: User, keep: bool = True, **others: Any) -> Load:
    """What comes of a file, and, as it is the same, of a look at it before."""
    with (CASES / name).open("rb") as file:
        table = opened(file, name)
    others.setdefault("skip_refused", True)
    seen = load_table(kind, table, by=by, keep=False, **others)
    done = load_table(kind, table, by=by, keep=keep, **others)
    assert (seen.kinds, seen.cells, seen.errors) == (done.kinds, done.cells, done.errors)
    assert seen.ran.counts == done.ran.counts
    return done


@pytest.fixture(autouse=True)
def demo(admin: User) -> Customer:
    """The hotel as the demo has it, and who works there."""
    with (settings.BASE_DIR / "fixtures" / "customers.csv").open(encoding="utf-8") as file:
        row = next(each for each in csv.DictReader(file) if each["name"] == HOTEL)
    hotel = make_customer(**{**row, "is_active": True})
    make_site(customer=hotel, name="Main house")
    make_site(name="Cold hall")
    make_user(Role.TECHNICIAN, username="tech")
    make_user(Role.SALES_AGENT, username="sales")
    return hotel


def test_01_a_byte_order_mark_and_umlauts(admin: User) -> None:
    assert take("01-customers-bom.csv", "customers", by=admin).kinds == ["new"]
    row = Customer.objects.get(name="Käserei Almblick")
    assert (row.contact_name, row.phone, row.notes) == (
        "Ada Grün",
        "+43 1 555 0301",
        "Hof rechts",
    )


def test_03_utf16_with_tabs(admin: User) -> None:
    assert take("03-customers-utf16-tab.txt", "customers", by=admin).kinds == ["new"]
    row = Customer.objects.exclude(name=HOTEL).get(email__contains="lodz")
    assert (row.name, row.contact_name) == ("Łódź Serwis", "Żaneta Król")


def test_04_headers_with_blanks_and_empty_columns(admin: User) -> None:
    assert take("04-equipment-trailing-columns.csv", "equipment", by=admin).kinds == ["new"] * 2
    rows = Equipment.objects.order_by("pk").values_list("serial_number", "description", "is_active")
    assert list(rows) == [("SN-4001", "Wet, 230 V", True), ("SN-4002", "", True)]


def test_06_line_breaks_in_quotes(admin: User) -> None:
    done = take("06-jobs-quoted-newline.csv", "jobs", by=admin)
    assert (done.kinds, [result.row for result in done.results]) == (["new", "new"], [2, 3])
    first, second = Job.objects.order_by("pk")
    text = 'First line\nsecond "quoted" line; with, comma\n\nafter an empty line'
    assert (first.description, second.title) == (text, "Title with a break")


def test_09_days_and_times_of_a_workbook(admin: User) -> None:
    done = take("09-jobs-date-cells.xlsx", "jobs", by=admin)
    assert done.kinds == ["new", "new", "refused", "refused", "refused", "new", "refused"]
    assert {(j.scheduled_date, j.start_time, j.end_time) for j in Job.objects.all()} == {
        (date(2030, 3, 4), time(8), time(9, 30))
    }
    columns = {row: sorted(cells) for row, cells in done.errors.items()}
    assert columns == {
        4: ["end_time", "scheduled_date", "start_time"],
        5: ["scheduled_date"],
        6: ["scheduled_date"],
        8: ["end_time"],
    }


def test_15_formulas_without_a_result(admin: User) -> None:
    done = take("15-customers-formulas.xlsx", "customers", by=admin)
    assert {row: sorted(cells) for row, cells in done.errors.items()} == {
        2: ["contact_name", "phone"],
        3: ["name"],
    }
    assert Customer.objects.filter(name__startswith="Form").count() == 0


def test_16_merged_cells(admin: User) -> None:
    done = take("16-sites-merged.xlsx", "sites", by=admin)
    assert done.kinds == ["refused"] * 3
    assert all("A2:A4" in cells["customer"][0] for cells in done.errors.values())
    assert not Site.objects.filter(name__endswith="gate").exists()


@pytest.mark.parametrize(
    ("blanks", "emptied"),
    [(Blanks.LEAVE, []), (Blanks.EMPTY, ["contact_name", "email", "notes", "phone"])],
)
def test_19_empty_cells_leave_or_empty(
    blanks: str, emptied: list[str], admin: User, demo: Customer
) -> None:
    done = take(
        "19-customers-blank-cells.csv", "customers", by=admin, options=ImportOptions(blanks=blanks)
    )
    assert sorted(done.cells.get(2, {})) == emptied
    assert all(new == "" for _old, new in done.cells.get(2, {}).values())
    demo.refresh_from_db()
    assert (demo.phone == "", demo.is_active) == (bool(emptied), True)
    assert demo.history.count() == 1 + bool(emptied)


def test_19_three_values_are_emptied_where_three_are_there(admin: User, demo: Customer) -> None:
    demo.email = ""
    demo.save()
    options = ImportOptions(blanks=Blanks.EMPTY)
    done = take("19-customers-blank-cells.csv", "customers", by=admin, options=options)
    assert sorted(done.cells[2]) == ["contact_name", "notes", "phone"]


def test_20_two_columns_are_one_change_of_one_field(admin: User, demo: Customer) -> None:
    done = take("20-customers-two-columns.csv", "customers", by=admin)
    assert done.cells == {2: {"phone": ("+43 1 555 0140", "+43 1 555 0999")}}
    before, after = demo.history.order_by("history_id")
    assert after.diff_against(before).changed_fields == ["phone"]
    assert take("20-customers-two-columns.csv", "customers", by=admin).kinds == ["unchanged"]
    assert demo.history.count() == 2


def test_21_every_reason_at_once(admin: User) -> None:
    done = take("21-jobs-many-errors.csv", "jobs", by=admin, skip_refused=False)
    assert done.kinds == ["new", *["refused"] * 6, "new"]
    assert done.errors == {
        3: {"title": ["Fill this in."]},
        4: {"customer": [NO_CUSTOMER]},
        5: {"site": ["There is no site “Cold hall”."]},
        6: {
            "priority": ["Write one of: low, medium, high, urgent."],
            "scheduled_date": [
                "There is no such date as 2030-02-30. Dates are written like 2026-01-31."
            ],
        },
        7: {"end_time": ["The end time must be after the start time."]},
        8: {"assigned_to": ["A job can only be assigned to an active technician."]},
    }
    # One that is refused keeps all out, unless those are left out.
    assert (done.ran.kept, Job.objects.count()) == (False, 0)
    assert take("21-jobs-many-errors.csv", "jobs", by=admin).ran.kept is True
    assert list(Job.objects.order_by("pk").values_list("title", "priority")) == [
        ("Good one", "low"),
        ("Good two", "high"),
    ]


def test_24_numbers_that_are_whole(admin: User) -> None:
    job = make_job(owner=admin)
    Job.objects.filter(pk=job.pk).update(number="J-000001")
    done = take("24-tasks-decimal-comma.csv", "tasks", by=admin)
    whole = {"position": ["Write a whole number, such as 3."]}
    assert done.errors == {2: whole, 3: whole, 6: whole}
    assert list(Task.objects.values_list("title", "position")) == [("c", 3), ("d", 4)]


@pytest.mark.parametrize(
    "name",
    [
        "25-customers-huge-cell.csv",
        "26-empty.csv",
        "26-header-only.csv",
        "26-picture-named.csv",
    ],
)
def test_25_and_26_what_is_no_table(name: str, admin: User) -> None:
    with pytest.raises(UnusableFile):
        take(name, "customers", by=admin)


def test_28_jobs_without_a_column_of_numbers(admin: User) -> None:
    assert take("28-jobs-without-number-column.csv", "jobs", by=admin).kinds == ["new"]
    assert Job.objects.get().title == "New job, no number"
