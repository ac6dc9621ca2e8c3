"""Files to begin with are files that the import takes."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from core.imports import loading, matching
from core.imports.reading import opened
from people.models import User
from tests.core.import_pages.world import PAGE
from tests.operations.pages import words

pytestmark = pytest.mark.django_db
KINDS = ["people", "customers", "sites", "equipment", "jobs", "tasks"]


def names(kind: str) -> list[str]:
    return [field.name for field in matching.fields(kind) if not field.is_read_only]


def template(browser: Client, kind: str, form: str) -> bytes:
    answer = browser.get(f"{PAGE}template/{kind}.{form}")
    assert answer["Content-Disposition"] == f'attachment; filename="{kind}.{form}"'
    data: bytes = answer.content
    return data


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_file_has_every_column_and_an_example(kind: str, browser: Client) -> None:
    text = template(browser, kind, "csv").decode("utf-8-sig")
    heads, example = csv.reader(StringIO(text))
    assert heads == names(kind)
    assert dict(zip(heads, example, strict=True)) == {
        field.name: field.example for field in matching.fields(kind) if not field.is_read_only
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_workbook_reads_as_the_text_file_does(kind: str, browser: Client) -> None:
    found = []
    for form in ("csv", "xlsx"):
        table = opened(BytesIO(template(browser, kind, form)), f"{kind}.{form}")
        [record] = table.records()
        found.append((table.headers, {n: str(cell) for n, cell in record.cells.items()}))
    assert found[0] == found[1]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_files_can_be_loaded_in_their_order_as_they_are(
    form: str, admin: User, browser: Client
) -> None:
    for kind in KINDS:
        data = template(browser, kind, form)
        load = loading.begin(BytesIO(data), f"{kind}.{form}", kind=kind, by=admin)
        loading.preview(load, by=admin)
        errors = list(load.rows.values_list("errors", flat=True))
        assert (kind, load.new, errors) == (kind, 1, [[]])
        loading.apply(load, by=admin)


def test_a_workbook_offers_what_may_stand_in_its_cells(browser: Client) -> None:
    with ZipFile(BytesIO(template(browser, "equipment", "xlsx"))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
        comments = book.read("xl/comments1.xml").decode()
    assert '"tool,machine,vehicle,accessory"' in sheet.replace("&quot;", '"')
    assert "Allowed values" in texts
    assert "required" in comments


@pytest.mark.parametrize("name", ["nothing.csv", "jobs.pdf", "jobs.xls", "jobs.json"])
def test_there_is_no_other_file(name: str, browser: Client) -> None:
    assert browser.get(f"{PAGE}template/{name}").status_code == 404


def test_the_page_says_what_may_stand_in_each_column(browser: Client) -> None:
    text = words(browser.get(PAGE))
    assert "kind Kind, required tool, machine, vehicle, accessory" in text
    assert "scheduled_date Scheduled date a date, such as 2026-01-31" in text


def test_a_template_is_read_and_not_sent(browser: Client) -> None:
    answer: Any = browser.post(f"{PAGE}template/jobs.csv")
    assert answer.status_code == 405
