"""The refused rows as a file of their own: like the one sent, and mended or not, loaded again."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from datetime import date, datetime, time
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
import xlsxwriter

from core.imported import Import
from core.imports import loading, shell
from core.imports.kept_file import table_of
from core.imports.options import ImportOptions
from core.imports.refused import headers_before, reason_header
from core.imports.table import UNREADABLE
from core.record.spreadsheet import unguarded
from operations.models import Customer, Job
from people.models import User
from tests.core.imports.books import HEADER, archive, book, number, row, text, worksheet
from tests.core.imports.files import begun, looked_at, rows, stands
from tests.factories import make_customer, make_job

pytestmark = pytest.mark.django_db


def workbook(*lines: Sequence[Any]) -> bytes:
    """A workbook of these rows: texts as texts, and days and times as such."""
    data = BytesIO()
    with xlsxwriter.Workbook(data) as made:
        sheet, day = made.add_worksheet("Jobs"), made.add_format({"num_format": "d.m.yyyy h:mm"})
        for at, cells in enumerate(lines):
            for place, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(at, place, cell)
                elif isinstance(cell, float):
                    sheet.write_number(at, place, cell)
                else:
                    sheet.write_datetime(at, place, cell, day)
    return data.getvalue()


def mended(data: bytes, old: bytes, new: bytes) -> bytes:
    """A workbook in which somebody typed something else."""
    with ZipFile(BytesIO(data)) as parts:
        return archive({name: parts.read(name).replace(old, new) for name in parts.namelist()})


def sent(data: bytes, name: str, *, by: User, kind: str = "customers") -> Import:
    """A file that was sent and looked at."""
    load = loading.begin(BytesIO(data), name, kind=kind, by=by)
    loading.preview(load, by=by)
    return load


def cells_of(load: Import) -> list[list[Any]]:
    """The cells of each row, but for why it was refused before."""
    table = table_of(load)
    names = headers_before(load.kind, table.headers) or table.headers
    return [[record.cells[name] for name in names] for record in table.records()]


def test_refused_rows_are_a_file_that_is_mended_and_loaded_alone(admin: User) -> None:
    load = begun(admin, "Firm;Tel;Mail;Left", "Ada;1;;x", "=Bob;2;no-mail;y", "Cleo;3;also no;z")
    options = ImportOptions(columns={"Firm": "name", "Tel": "phone", "Mail": "email", "Left": ""})
    loading.match(load, options, by=admin)
    loading.preview(load, by=admin)
    found = list(loading.refused_rows(load))
    assert found[0] == ["Firm", "Tel", "Mail", "Left", "reason"]
    assert [row[:4] for row in found[1:]] == [
        ["=Bob", "2", "no-mail", "y"],
        ["Cleo", "3", "also no", "z"],
    ]
    assert [row[4] for row in found[1:]] == ["Mail: Enter a valid e-mail address."] * 2
    data, name = loading.refused_file(load)
    assert name == "customers refused.csv"
    right = data.replace(b"no-mail", b"b@example.com").replace(b"also no", b"")
    again = loading.begin(BytesIO(right), name, kind="customers", by=admin)
    assert ImportOptions.from_data(again.way).columns == {**options.columns, "reason": ""}
    loading.preview(again, by=admin)
    loading.apply(again, by=admin)
    assert stands(again) == ["applied", 2, 0, 0, 0]
    assert list(Customer.objects.order_by("pk").values_list("name", flat=True)) == ["=Bob", "Cleo"]


@pytest.mark.parametrize(("cell", "means"), [("=1+1", "=1+1"), ("'=1+1", "=1+1"), ("'t", "'t")])
def test_guarded_cells_mean_the_same_in_each_step(cell: str, means: str, admin: User) -> None:
    load = looked_at(admin, "Name,Phone,E-mail", f"Ada,{cell},", f"Bob,{cell},no-mail")
    assert [each[2] for each in rows(load)[0][3]] == ["Ada", means]
    loading.apply(load, by=admin, skip_refused=True)
    assert Customer.objects.get().phone == means
    data, name = loading.refused_file(load)
    safe = cell if cell.startswith("'") else f"'{cell}"
    assert data.decode("utf-8-sig").splitlines()[1].split(",")[1] == safe
    again = sent(data.replace(b"no-mail", b""), name, by=admin)
    loading.apply(again, by=admin)
    assert Customer.objects.get(name="Bob").phone == means


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_text_comes_back_with_what_separated_it(separator: str, admin: User) -> None:
    lines = ("Name,Phone,E-mail", "Süd,1,no-mail", "Ost,2,a b")
    load = looked_at(admin, *(line.replace(",", separator) for line in lines), name="a.txt")
    data, name = loading.refused_file(load)
    assert (name, data[:3]) == ("a refused.csv", codecs.BOM_UTF8)
    first, second, *_more = data.decode("utf-8-sig").split("\r\n")
    assert first == separator.join(["Name", "Phone", "E-mail", "reason"])
    assert second.startswith(separator.join(["Süd", "1", "no-mail", ""]))


ODD = (
    *(
        "=1+1",
        "'=1+1",
        "+43 664",
        "-5",
        "@x",
        "007",
        "4001",
        "1e5",
        "true",
        "'t Hof",
        "a;=1",
        "a,=1",
    ),
    *(" x ", "a\nb", "a\r\nb", 'a "b" c', "a;b,c\td|e", "_x0041_", "{=1}", "http://x.example"),
    *("2026-01-31", "31.1.2026", "08:00", "sep=,", "\u2028 y", "Łódź 🙂", "<&>", "[unreadable]"),
)


@pytest.mark.parametrize("separator", [",", ";", "\t", ""])
def test_refused_rows_loaded_again_say_the_same_and_are_refused_for_the_same(
    separator: str, admin: User
) -> None:
    names = [f"Firm {at}" for at in range(len(ODD))]
    lines = [["Name", "Notes", "E-mail"]]
    lines += [[name, odd, "no, mail"] for name, odd in zip(names, ODD, strict=True)]
    if separator:
        quoted = (['"' + cell.replace('"', '""') + '"' for cell in line] for line in lines)
        data = "\n".join(map(separator.join, quoted)).encode()
    else:
        data = workbook(*lines)
    load = sent(data, "odd.csv", by=admin)
    assert cells_of(load) == lines[1:]
    again = sent(*loading.refused_file(load), by=admin)
    assert (again.delimiter, again.refused) == (separator, len(ODD))
    said = [[unguarded(cell) for cell in line] for line in cells_of(again)]
    assert said == [[unguarded(cell) for cell in line] for line in lines[1:]]
    assert [each[-1] for each in rows(again)] == [each[-1] for each in rows(load)]


def test_what_a_workbook_had_is_there_still_once_it_can_be_imported(admin: User) -> None:
    day, at = datetime(2030, 3, 4, 8, 30, 15), time(8, 30)  # noqa: DTZ001 (As workbooks have them.)
    names = ["title", "description", "customer", "scheduled_date", "start_time", "end_time"]
    first = ["=1+1", "007", "Nobody", day.date(), at, "10:00"]
    second = ["+2", 4001.0, "Nobody", "2030-03-05", "", ""]
    load = sent(
        workbook(names, first, second, ["x", "", "Nobody", day]), "a.xlsm", by=admin, kind="jobs"
    )
    assert load.refused == 3
    data, name = loading.refused_file(load)
    assert name == "a refused.xlsx"
    third = ["x", "", "Nobody", day, "", ""]
    make_customer(name="Nobody")
    again = sent(data, name, by=admin, kind="jobs")
    assert cells_of(again) == [first, ["+2", "4001", *second[2:]], third]
    assert stands(again) == ["previewed", 2, 0, 0, 1]
    loading.apply(again, by=admin, skip_refused=True)
    fields = ("title", "description", "scheduled_date", "start_time", "end_time")
    assert list(Job.objects.order_by("pk").values_list(*fields)) == [
        ("=1+1", "007", date(2030, 3, 4), at, time(10)),
        ("+2", "4001", date(2030, 3, 5), None, None),
    ]


def test_what_no_workbook_holds_is_typed_before_it_passes(admin: User) -> None:
    long = "x" * 32_768
    before = '<c r="B3" t="d"><v>1850-01-01</v></c>'
    sheet = worksheet(
        row(1, text("A1", "name"), text("B1", "notes"), text("C1", "email")),
        row(2, text("A2", "Ada"), text("B2", long), text("C2", "no-mail")),
        row(3, text("A3", "Bob"), before, text("C3", "no-mail")),
    )
    load = sent(book(sheet), "a.xlsx", by=admin)
    assert cells_of(load)[0][1] == long
    again = sent(*loading.refused_file(load), by=admin)
    assert [cells[1] for cells in cells_of(again)] == [UNREADABLE, "1850-01-01"]
    assert again.refused == 2


@pytest.mark.parametrize(
    "lines",
    [
        ("name,phone,phone", "Twice,111,222"),
        ("name,,phone", "Nameless,xx,222"),
        ("name,phone,notes", "Miller, Co,555,hello"),
        ("name,phone", "Nul,1\0"),
    ],
)
def test_what_is_refused_as_it_is_read_stands_there_whole_and_is_refused_again(
    lines: tuple[str, ...], admin: User
) -> None:
    load = looked_at(admin, *lines)
    assert load.refused == 1
    refused = [",".join(cells[:-1]).rstrip(",") for cells in loading.refused_rows(load)]
    assert refused == list(lines[:2])
    data, name = loading.refused_file(load)
    again = sent(data, name, by=admin)
    assert stands(again) == ["previewed", 0, 0, 0, 1]


def test_what_somebody_may_type_is_no_mark_of_a_refused_cell(admin: User) -> None:
    load = looked_at(admin, "name,notes", "Ada,[unreadable]")
    assert stands(load) == ["previewed", 1, 0, 0, 0]


def test_the_row_of_the_names_once_more_is_refused_again(admin: User) -> None:
    load = looked_at(admin, "name,phone", "name,phone", "Bob,1")
    data, name = loading.refused_file(load)
    again = sent(data, name, by=admin)
    assert stands(again) == ["previewed", 0, 0, 0, 1]


def test_what_a_workbook_shows_nobody_is_typed_before_it_passes(admin: User) -> None:
    lost = number("B2", "1234567890123456789")
    sheet = worksheet(HEADER, row(2, text("A2", "Ada"), lost))
    load = loading.begin(BytesIO(book(sheet)), "a.xlsx", kind="customers", by=admin)
    loading.match(load, ImportOptions(columns={"name": "name", "when": "phone"}), by=admin)
    loading.preview(load, by=admin)
    [_head, refused] = loading.refused_rows(load)
    assert refused[:2] == ["Ada", UNREADABLE]
    data, name = loading.refused_file(load)
    again = sent(data, name, by=admin)
    [unmended] = again.rows.all()
    assert unmended.errors[0][1] == (
        "The cell could not be read when the row was refused. Type its value."
    )
    again = sent(mended(data, UNREADABLE.encode(), b"555"), name, by=admin)
    assert stands(again) == ["previewed", 1, 0, 0, 0]


def test_why_rows_were_refused_is_no_reason_of_a_job(admin: User) -> None:
    job = make_job(owner=admin)
    load = looked_at(admin, "number,status", f"{job.number},cancelled", kind="jobs")
    [_head, refused] = loading.refused_rows(load)
    assert refused[-1].startswith("Reason: ")
    data, name = loading.refused_file(load)
    again = sent(data, name, by=admin, kind="jobs")
    assert stands(again) == ["previewed", 0, 0, 0, 1]
    report = shell.load(BytesIO(data), name, kind="jobs", options=ImportOptions(), is_trial=True)
    assert report.errors == [{"row": 2, "column": "", "message": refused[-1]}]


@pytest.mark.parametrize(
    ("kind", "headers", "before"),
    [
        ("customers", ["a", "reason"], ("a",)),
        ("customers", ["a", "Reason", "reason (refused)"], ("a", "Reason")),
        ("customers", ["a", "b"], ()),
        ("customers", ["reason"], ()),
        # Rows of jobs can say a reason of their own.
        ("jobs", ["a", "reason (refused)"], ("a",)),
        ("jobs", ["a", "reason"], ()),
    ],
)
def test_a_file_that_may_have_a_reason_gets_another_column_for_it(
    kind: str, headers: list[str], before: tuple[str, ...]
) -> None:
    assert headers_before(kind, headers) == before
    if before:
        assert reason_header(kind, before) == headers[-1]


JOBS = ("title,customer,status", "Oven,Baker,")
WITH_REASON = ("title,customer,status,reason", "Stove,Baker,cancelled,Too dear")


@pytest.mark.parametrize("is_refused", [True, False])
@pytest.mark.parametrize("is_remembered", [True, False])
def test_a_reason_of_jobs_is_no_reason_why_rows_were_refused(
    is_refused: bool, is_remembered: bool, admin: User
) -> None:
    make_customer(name="Baker")
    before = looked_at(admin, *JOBS, *["x,Nobody,"] * is_refused, kind="jobs", name="jobs.csv")
    assert before.refused == int(is_refused)
    if is_remembered:
        loading.match(before, ImportOptions.from_data(before.way), by=admin)
    load = looked_at(admin, *WITH_REASON, kind="jobs", name="more.csv")
    assert ImportOptions.from_data(load.way).columns["reason"] == "reason"
    loading.apply(load, by=admin)
    reasons = Job.history.values_list("history_change_reason", flat=True)
    assert (stands(load), list(reasons)) == (["applied", 1, 0, 0, 0], ["Too dear"])
    again = "\n".join([WITH_REASON[0], "Grill,Baker,cancelled,Too big"]).encode()
    done = shell.load(BytesIO(again), "a.csv", kind="jobs", options=ImportOptions())
    assert (done.code, done.left) == (0, ())
    assert Job.objects.get(title="Grill").history.get().history_change_reason == "Too big"


def test_a_column_more_than_a_file_had_of_which_nothing_was_refused_is_asked_about(
    admin: User,
) -> None:
    load = begun(admin, "Firm,Tel", "Ada,1")
    options = ImportOptions(columns={"Firm": "phone", "Tel": "name"})
    loading.match(load, options, by=admin)
    loading.preview(load, by=admin)
    later = begun(admin, "Firm,Tel,reason", "Ada,1,x")
    # Nobody said so of these columns.
    assert ImportOptions.from_data(later.way).columns["Tel"] == "phone"
