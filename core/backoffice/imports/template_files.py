"""Files to begin with: the columns of a kind, a row as an example, and what may stand where."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from xlsxwriter import Workbook

from core.backoffice.imports.doing import attached
from core.backoffice.imports.kinds import kinds_of
from core.declarations import FileKind
from core.imports import matching
from core.imports.matching import ImportField
from core.record.spreadsheet import AS_TEXT, BOM

# As far down as cells offer what may stand in them.
ROWS = 1000
_OPTIONS = {"in_memory": True, **AS_TEXT}
_WIDTH = 20
# What Excel takes as a list of words to choose from, in characters.
_LONGEST_LIST = 255
NEEDED, CAN_BE_EMPTY = gettext_lazy("required"), gettext_lazy("optional")


@require_safe
def file(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """A file to begin with, of a kind that the person may bring in."""
    kinds = kinds_of(request.user)
    if not kinds:
        raise PermissionDenied(_("You may not do this."))
    if kind not in kinds or form not in _WRITTEN:
        raise Http404
    data = _WRITTEN[form](kinds[kind], columns(kind))
    return attached(data, f"{kind}.{form}")


def columns(kind: str) -> list[ImportField]:
    """The columns that a file of a kind can have, but for those that an import leaves alone."""
    return [field for field in matching.fields(kind) if not field.is_read_only]


def allowed(field: ImportField) -> str:
    """What may stand in a column, in words; empty where it is any text."""
    if field.choices:
        return ", ".join(value for value, _label in field.choices)
    return _("a date, such as 2026-01-31") if field.is_day else ""


def _csv(kind: FileKind, fields: Sequence[ImportField]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([field.name for field in fields])
    writer.writerow([field.example for field in fields])
    return (BOM + text.getvalue()).encode()


def _xlsx(kind: FileKind, fields: Sequence[ImportField]) -> bytes:
    data = io.BytesIO()
    with Workbook(data, _OPTIONS) as book:
        _write_rows(book, kind, fields)
        _write_allowed(book, fields)
    return data.getvalue()


_WRITTEN = {"csv": _csv, "xlsx": _xlsx}


def _write_rows(book: Any, kind: FileKind, fields: Sequence[ImportField]) -> None:
    sheet = book.add_worksheet(str(kind.title)[:31])
    head = book.add_format({"bold": True, "bottom": 1})
    # As text, so that leading zeros and signs stay; days as days.
    text = book.add_format({"num_format": "@"})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    sheet.freeze_panes(1, 0)
    for column, field in enumerate(fields):
        sheet.set_column(column, column, _WIDTH, day if field.is_day else text)
        sheet.write_string(0, column, field.name, head)
        sheet.write_comment(0, column, _about(field))
        _write_example(sheet, column, field, field.example)
        _offer(sheet, column, field)


def _write_example(sheet: Any, column: int, field: ImportField, value: str) -> None:
    if value and field.is_day:
        sheet.write_datetime(1, column, date.fromisoformat(value))
    elif value:
        sheet.write_string(1, column, value)


def _offer(sheet: Any, column: int, field: ImportField) -> None:
    """Have the cells of a column offer what may stand in them."""
    words = [value for value, _label in field.choices]
    if words and len(",".join(words)) <= _LONGEST_LIST:
        sheet.data_validation(1, column, ROWS, column, {"validate": "list", "source": words})


def _about(field: ImportField) -> str:
    needed = NEEDED if field.is_required else CAN_BE_EMPTY
    lines = [str(field.label), str(needed), allowed(field)]
    return "\n".join(line for line in lines if line)


def _write_allowed(book: Any, fields: Sequence[ImportField]) -> None:
    sheet = book.add_worksheet(_("Allowed values")[:31])
    head = book.add_format({"bold": True, "bottom": 1})
    sheet.set_column(0, 2, _WIDTH)
    sheet.set_column(3, 3, 3 * _WIDTH)
    heads = (_("Column"), _("Field"), _("Required"), _("Allowed values"))
    for column, name in enumerate(heads):
        sheet.write_string(0, column, name, head)
    for row, field in enumerate(fields, 1):
        needed = NEEDED if field.is_required else CAN_BE_EMPTY
        cells = (field.name, str(field.label), str(needed), allowed(field) or _("any text"))
        for column, text in enumerate(cells):
            sheet.write_string(row, column, text)
