"""Imports as pages show them, and files to be sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from xlsxwriter import Workbook

from core.imported import Import, ImportFile, ImportRow, ImportState
from people.models import User

PAGE = "/admin/imports/"
CSV = "text/csv"


def make_import(
    person: User | None = None,
    *,
    rows: dict[str, int] | None = None,
    data: bytes | None = b"name\nHarbour Hotel\n",
    **fields: Any,
) -> Import:
    """An import with so many rows of each kind; its file is cleared where `data` is None."""
    fields = {
        "kind": "customers",
        "file_name": "customers.csv",
        "digest": "0" * 64,
        "person": person,
        "person_name": person.name if person else "",
        **fields,
    }
    numbers = rows or {}
    load = Import.objects.create(**{**fields, **numbers, "total": sum(numbers.values())})
    if data is not None:
        ImportFile.objects.create(load=load, data=data)
    kinds = [kind for kind, number in numbers.items() for _each in range(number)]
    ImportRow.objects.bulk_create(
        ImportRow(load=load, row=number, kind=kind, label=f"Row {number}")
        for number, kind in enumerate(kinds, 2)
    )
    return load


def previewed(person: User | None = None, **fields: Any) -> Import:
    return make_import(person, state=ImportState.PREVIEWED, **fields)


def applied(person: User | None = None, *, days_ago: int = 0, **fields: Any) -> Import:
    at: datetime = timezone.now() - timedelta(days=days_ago)
    return make_import(person, state=ImportState.APPLIED, applied_at=at, **fields)


def csv_file(text: str, name: str = "customers.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), content_type=CSV)


def workbook(sheets: dict[str, list[list[Any]]]) -> bytes:
    """An XLSX file of these sheets."""
    data = BytesIO()
    with Workbook(data, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return data.getvalue()
