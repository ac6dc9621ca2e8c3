"""Rows and columns that a sheet hides: they are read, and it is said that they were."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import xlsxwriter
from django.core.management import call_command

from core.imports import loading
from core.imports.reading import Table, opened
from people.models import User
from tests.conftest import Sign
from tests.core.imports.books import HEADER, book, number, row, text, worksheet

HIDDEN = "1 hidden row was read as well: 3. 1 hidden column was read as well: B."


def table_of(data: bytes) -> Table:
    return opened(io.BytesIO(data), "table.xlsx")


def customers(*hidden: int, columns: str = "", rows: int = 4) -> bytes:
    """A list of customers with rows that are hidden, by the number that the sheet shows."""
    data = io.BytesIO()
    made = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = made.add_worksheet("Customers")
    sheet.write_row(0, 0, ["name", "phone"])
    for at in range(1, rows):
        sheet.write_row(at, 0, [f"Customer {at}", f"00 {at}"])
    for at in hidden:
        sheet.set_row(at - 1, None, None, {"hidden": True})
    if columns:
        sheet.set_column(columns, None, None, {"hidden": True})
    made.close()
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (customers(), ""),
        (customers(3, columns="B:B"), HIDDEN),
        (customers(2, 3), "2 hidden rows were read as well: 2, 3."),
        (
            customers(*range(2, 9), rows=9),
            "7 hidden rows were read as well: 2, 3, 4, 5, 6, ….",
        ),
        (customers(columns="A:B"), "2 hidden columns were read as well: A, B."),
        # Where nothing stands, nothing is read.
        (customers(7, 8, columns="C:XFD"), ""),
    ],
)
def test_what_is_hidden_is_read_and_said(data: bytes, expected: str) -> None:
    table = table_of(data)
    assert table.unseen() == expected
    assert len(list(table.records())) in {3, 8}


@pytest.mark.parametrize("cell", [text("A3", "x"), "<c t='inlineStr' r='A3'><is><t>x</t></is></c>"])
@pytest.mark.parametrize("how", ['hidden="1"', 'spans="1:2" hidden="true"', "hidden='1'"])
def test_however_the_sheet_is_written(cell: str, how: str) -> None:
    sheet = worksheet(
        HEADER,
        row(2, text("A2", "y"), number("B2", "1", 1)),
        f'<row {how} r="3">{cell}</row>',
        '<row r="4" hidden="0"/><row r="1048576" hidden="1"/><row r="9999999" hidden="1"/>',
        before='<cols><col max="2" width="0" hidden="1" min="2"/><col hidden="1"/></cols>',
    )
    assert table_of(book(sheet)).unseen() == HIDDEN


@pytest.mark.django_db
@pytest.mark.parametrize("trial", [["--dry-run"], []])
def test_the_command_line_says_so(trial: list[str], tmp_path: Any, capsys: Any) -> None:
    path = tmp_path / "customers.xlsx"
    path.write_bytes(customers(3, columns="B:B"))
    call_command("import", "customers", str(path), "--json", *trial)
    found = json.loads(capsys.readouterr().out)
    assert (found["rows"], found["new"]) == (3, 3)
    assert found["message"].endswith(HIDDEN)


@pytest.mark.django_db
def test_matching_and_preview_say_so(admin: User, sign_in: Sign) -> None:
    data = customers(3, columns="B:B")
    load = loading.begin(io.BytesIO(data), "customers.xlsx", kind="customers", by=admin)
    browser = sign_in(admin)
    assert HIDDEN in browser.get(f"/admin/imports/{load.pk}/match/").content.decode()
    loading.preview(load, by=admin)
    assert HIDDEN in browser.get(f"/admin/imports/{load.pk}/").content.decode()
    loading.apply(load, by=admin)
    assert HIDDEN not in browser.get(f"/admin/imports/{load.pk}/").content.decode()
