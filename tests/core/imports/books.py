"""Workbooks by hand, where no library writes what somebody may send."""

from __future__ import annotations

import io
from collections.abc import Mapping
from zipfile import ZIP_DEFLATED, ZipFile

SPREADSHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
SHEET, STYLES, STRINGS = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml"

# Styles by number: 0 general, 1 a date, 2 four digits, 3 percent, 4 hours over 24, 5 a share.
_STYLES = (
    f'<styleSheet {SPREADSHEET}><numFmts><numFmt numFmtId="170" formatCode="0000"/>'
    '<numFmt numFmtId="171" formatCode="0.0%"/></numFmts><cellXfs><xf numFmtId="0"/>'
    '<xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="9"/><xf numFmtId="46"/>'
    '<xf numFmtId="171"/></cellXfs></styleSheet>'
)


def relations(*targets: tuple[str, str, str]) -> str:
    """What stands where: a key, a kind and a part each."""
    each = "".join(
        f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for key, kind, target in targets
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{each}</Relationships>'


def listed(sheets: str, properties: str = "") -> str:
    """The part that names the sheets."""
    inside = f"{properties}<sheets>{sheets}</sheets>"
    return f'<workbook {SPREADSHEET} xmlns:r="{OFFICE}">{inside}</workbook>'


def worksheet(*rows: str, after: str = "", before: str = "") -> str:
    """The part that holds a sheet, and what else stands in it."""
    inside = f"{before}<sheetData>{''.join(rows)}</sheetData>{after}"
    return f"<worksheet {SPREADSHEET}>{inside}</worksheet>"


PARTS: Mapping[str, str] = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
    "_rels/.rels": relations(("rId1", "officeDocument", WORKBOOK)),
    WORKBOOK: listed('<sheet name="Jobs" sheetId="1" r:id="rId1"/>'),
    RELATIONS: relations(("rId1", "worksheet", "worksheets/sheet1.xml")),
    STYLES: _STYLES,
}


def book(sheet: str | bytes, parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """A workbook with this sheet, and other parts than usual."""
    return archive({**PARTS, SHEET: sheet, **(parts or {})})


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with ZipFile(data, "w", ZIP_DEFLATED) as made:
        for name, part in parts.items():
            made.writestr(name, part)
    return data.getvalue()


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def text(at: str, value: str) -> str:
    return f'<c r="{at}" t="inlineStr"><is><t>{value}</t></is></c>'


def number(at: str, value: str, style: int = 0) -> str:
    return f'<c r="{at}" s="{style}"><v>{value}</v></c>'


HEADER = row(1, text("A1", "name"), text("B1", "when"))
