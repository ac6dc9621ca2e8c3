"""Workbooks: which sheet, what its cells show, and what of them is refused."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any
from zipfile import ZIP_BZIP2, ZipFile

import pytest
import xlsxwriter

from core.imports import archive, oddities, workbook
from core.imports.oddities import Findings
from core.imports.reading import Form, Table, UnusableFile, opened
from tests.core.imports import books
from tests.core.imports.books import HEADER, PARTS, STYLES, book, number, row, text, worksheet
from tests.core.imports.test_reading import NO_RESULT, why_not

DAMAGED = "The workbook is damaged: open it in a spreadsheet, and save it as XLSX again."


def table_of(data: bytes, form: Form | None = None) -> Table:
    return opened(io.BytesIO(data), "table.xlsx", form or Form())


def cells(*rows: str, after: str = "") -> list[list[Any]]:
    """The cells of a sheet with two columns, `name` and `when`."""
    table = table_of(book(worksheet(HEADER, *rows, after=after)))
    return [list(record.cells.values()) for record in table.records()]


def problems(*rows: str, after: str = "") -> list[tuple[int, Mapping[str, str]]]:
    table = table_of(book(worksheet(HEADER, *rows, after=after)))
    return [(record.row, record.problems) for record in table.records()]


def written(fill: Callable[[xlsxwriter.Workbook], None], **options: Any) -> bytes:
    """A workbook as XlsxWriter makes it."""
    data = io.BytesIO()
    made = xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_formulas": False, **options})
    fill(made)
    made.close()
    return data.getvalue()


# Sheets


def _many_sheets(made: xlsxwriter.Workbook) -> None:
    made.add_chartsheet("Chart")
    for name in ("Hidden", "Very hidden", "Customers & co", "Jobs"):
        sheet = made.add_worksheet(name)
        sheet.write_column(0, 0, ["name", name])
        if name == "Hidden":
            sheet.hide()
        if name == "Very hidden":
            sheet.very_hidden()
    made.get_worksheet_by_name("Customers & co").activate()


def test_the_first_visible_sheet_with_cells_is_read_and_the_others_can_be_chosen() -> None:
    data = written(_many_sheets)
    table = table_of(data)
    assert (table.sheet, table.sheets) == ("Customers & co", ("Customers & co", "Jobs"))
    assert (table.encoding, table.delimiter) == ("", "")
    assert [record.cells for record in table.records()] == [{"name": "Customers & co"}]
    chosen = table_of(data, Form(sheet="Jobs"))
    assert (chosen.sheet, [record.cells for record in chosen.records()]) == (
        "Jobs",
        [{"name": "Jobs"}],
    )
    sentence = "The workbook has no visible sheet “Hidden”."
    with pytest.raises(UnusableFile, match=sentence) as refusal:
        table_of(data, Form(sheet="Hidden"))
    assert refusal.value.sheets == ("Customers & co", "Jobs")


def test_an_empty_sheet_is_refused_with_those_to_choose_from() -> None:
    def fill(made: xlsxwriter.Workbook) -> None:
        made.add_worksheet("Empty")
        made.add_worksheet("Full").write_column(0, 0, ["name", "Ada"])

    with pytest.raises(UnusableFile) as refusal:
        table_of(written(fill))
    assert refusal.value.messages == [
        "The file is empty. Its first row must name the columns. This is the sheet “Empty”; the"
        " workbook also has “Full”."
    ]
    assert refusal.value.sheets == ("Empty", "Full")


def test_a_workbook_without_a_sheet_that_can_be_seen_is_refused() -> None:
    hidden = '<sheet name="Jobs" sheetId="1" state="hidden" r:id="rId1"/>'
    data = book(worksheet(HEADER), {books.WORKBOOK: books.listed(hidden)})
    assert why_not(data) == "The workbook has no visible sheet."


def test_the_content_counts_and_not_the_name() -> None:
    data = book(worksheet(HEADER, row(2, text("A2", "Ada"))))
    assert opened(io.BytesIO(data), "jobs.csv").sheet == "Jobs"
    assert opened(io.BytesIO(data), "jobs.xlsm").sheet == "Jobs"


# Values


def test_cells_come_as_they_show() -> None:
    def fill(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet()
        day, clock, bold = (
            made.add_format({"num_format": "dd/mm/yyyy"}),
            made.add_format({"num_format": "hh:mm"}),
            made.add_format({"bold": True}),
        )
        sheet.write_row(0, 0, ["text", "number", "yes", "day", "clock", "formula", "rich"])
        sheet.write_row(1, 0, ["007", 4001.0, True])
        sheet.write_datetime(1, 3, date(2030, 3, 4), day)
        sheet.write_datetime(1, 4, time(9, 30), clock)
        sheet.write_formula(1, 5, "=1+1", None, 2)
        sheet.write_rich_string(1, 6, bold, "a ", "b")
        sheet.write_row(2, 0, ["=1+1", 0.1 + 0.2, False])

    first, second = table_of(written(fill)).records()
    day, clock = date(2030, 3, 4), time(9, 30)
    assert list(first.cells.values()) == ["007", "4001", "true", day, clock, "2", "a b"]
    assert list(second.cells.values()) == ["=1+1", "0.3", "false", "", "", "", ""]
    assert (first.problems, second.problems) == ({}, {})


def test_texts_that_a_workbook_shares_are_read() -> None:
    def fill(made: xlsxwriter.Workbook) -> None:
        made.add_worksheet().write_column(0, 0, ["name", "Ada", "Ada"])

    assert [each.cells["name"] for each in table_of(written(fill)).records()] == ["Ada", "Ada"]


@pytest.mark.parametrize(
    ("value", "style", "shown"),
    [
        ("47546", 0, "47546"),
        ("47546", 1, date(2030, 3, 4)),
        ("47546.5", 1, datetime.combine(date(2030, 3, 4), time(12))),
        ("0.5", 1, time(12)),
        ("42", 2, "0042"),
        ("12345", 2, "12345"),
        ("0.5", 3, "50%"),
        ("0.125", 5, "12.5%"),
        ("0.375", 4, time(9)),
        ("1.1", 4, "26:24:00"),
        ("-42.5", 0, "-42.5"),
        ("1E-7", 0, "0.0000001"),
        ("123456789012345", 0, "123456789012345"),
        ("0.30000000000000004", 0, "0.3"),
    ],
)
def test_a_number_is_what_its_format_shows(value: str, style: int, shown: object) -> None:
    assert cells(row(2, text("A2", "x"), number("B2", value, style))) == [["x", shown]]


def test_days_of_a_workbook_that_counts_from_1904_are_those_days() -> None:
    properties = '<workbookPr date1904="1"/>'
    sheet = '<sheet name="Jobs" sheetId="1" r:id="rId1"/>'
    data = book(
        worksheet(HEADER, row(2, text("A2", "x"), number("B2", "46084", 1))),
        {books.WORKBOOK: books.listed(sheet, properties)},
    )
    assert [each.cells["when"] for each in table_of(data).records()] == [date(2030, 3, 4)]


@pytest.mark.parametrize("written_as", ["2030-03-04", "2030-03-04T00:00:00"])
def test_days_written_as_iso_are_days(written_as: str) -> None:
    iso = f'<c r="B2" t="d"><v>{written_as}</v></c>'
    assert cells(row(2, text("A2", "x"), iso)) == [["x", date(2030, 3, 4)]]


def test_a_table_may_stand_anywhere_and_keeps_the_numbers_of_its_rows() -> None:
    table = table_of(
        book(
            worksheet(
                row(4, text("C4", "name"), text("D4", "phone")),
                row(6, text("C6", "Ada"), text("F6", "note")),
            )
        )
    )
    (record,) = table.records()
    assert table.headers == ("name", "phone")
    assert (record.row, record.cells) == (6, {"name": "Ada", "phone": "", "F": "note"})
    assert record.problems == {"F": "Column F has values but no name. Name it, or empty it."}


def test_a_workbook_without_styles_is_read() -> None:
    parts = {name: part for name, part in books.PARTS.items() if name != books.STYLES}
    data = books.archive({**parts, books.SHEET: worksheet(HEADER, row(2, number("A2", "7")))})
    assert [record.cells["name"] for record in table_of(data).records()] == ["7"]


# What is refused at its cell

LOST = (
    "This number has more than 15 digits. A spreadsheet keeps no more, and writes "
    "0 for the rest. Format the cell as text and type the number again."
)
BELOW = (
    "This is a number below 0 in a date or time format, and there is no such date "
    "or time. Type the value instead."
)


@pytest.mark.parametrize(
    ("cell", "shown", "problem"),
    [
        ('<c r="B2"><f>1/3</f></c>', "", NO_RESULT),
        ('<c r="B2" t="str"><f>A1</f></c>', "", NO_RESULT),
        ('<c r="B2"><f t="shared" si="0"/><v></v></c>', "", NO_RESULT),
        ('<c r="B2" t="e"><f>NA()</f><v>#N/A</v></c>', "#N/A", "The cell shows the error #N/A."),
        ('<c r="B2" t="e"><v>#REF!</v></c>', "#REF!", "The cell shows the error #REF!."),
        (number("B2", "1234567890123456"), "1234567890123456", LOST),
        (number("B2", "-1E+20"), "-100000000000000000000", LOST),
        (number("B2", "1E+999"), "inf", LOST),
        (number("B2", "-3", 1), time(0), BELOW),
        (number("B2", "-0.5", 4), "-12:00:00", BELOW),
        (
            text("B2", "x_x0000_y"),
            "x\0y",
            "The cell contains a character that no text can have (NUL).",
        ),
    ],
)
def test_what_is_in_doubt_is_refused_at_its_cell(cell: str, shown: object, problem: str) -> None:
    (record,) = table_of(book(worksheet(HEADER, row(2, text("A2", "x"), cell)))).records()
    assert record.cells == {"name": "x", "when": shown}
    assert list(record.problems) == ["when"]
    assert record.problems["when"].startswith(problem)


def test_a_formula_with_a_stored_result_is_that_result() -> None:
    stored = '<c r="B2" t="str"><f>A2&amp;"!"</f><v>Ada!</v></c>'
    empty = '<c r="B3" t="str"><f>""</f><v></v></c>'
    rows = [row(2, text("A2", "Ada"), stored), row(3, text("A3", "x"), empty)]
    assert cells(*rows) == [["Ada", "Ada!"], ["x", ""]]
    assert problems(*rows) == [(2, {}), (3, {})]


def test_rows_of_formulas_without_results_are_no_empty_rows() -> None:
    formula = '<c r="{at}"><f>A1</f></c>'
    rows = [row(2, text("A2", "x")), row(5, formula.format(at="A5"), formula.format(at="D5"))]
    assert problems(*rows) == [(2, {}), (5, {"name": NO_RESULT, "D": NO_RESULT})]


def test_formulas_in_the_row_of_the_names_refuse_the_file() -> None:
    data = book(
        worksheet(row(1, text("A1", "a"), '<c r="B1"><f>A1</f></c>'), row(2, text("A2", "x")))
    )
    assert why_not(data) == (
        f"Row 1 must name the columns, but one of its cells is refused. {NO_RESULT} If the row"
        " is a title, delete it."
    )


def merged(*ranges: str) -> str:
    each = "".join(f'<mergeCell ref="{span}"/>' for span in ranges)
    return f"<mergeCells>{each}</mergeCells>"


def test_merged_cells_are_refused_as_far_as_they_reach() -> None:
    rows = [
        row(2, text("A2", "Ada"), text("B2", "x")),
        row(3, text("B3", "y")),
        row(5, text("A5", "Bob"), text("B5", "z")),
        row(6, text("A6", "both")),
    ]
    found = problems(*rows, after=merged("A2:A4", "A6:B6", "B3:B9", "D1:E1", "A5:A5"))
    ranges = [
        (number, {name: problem.split(" are merged")[0] for name, problem in each.items()})
        for number, each in found
    ]
    assert ranges == [
        (2, {"name": "The cells A2:A4"}),
        (3, {"name": "The cells A2:A4", "when": "The cells B3:B9"}),
        (5, {"name": "The cells A5:A5", "when": "The cells B3:B9"}),
        (6, {"name": "The cells A6:B6", "when": "The cells A6:B6"}),
    ]


def test_merged_cells_of_a_formula_without_a_result_are_refused_below_it_too() -> None:
    formula = '<c r="C2"><f>A1</f></c>'
    found = problems(row(2, formula), row(3, text("A3", "x")), after=merged("C2:C3"))
    assert [(number, list(each)) for number, each in found] == [(2, ["C"]), (3, ["C"])]


def test_merged_cells_without_a_value_leave_no_doubt() -> None:
    rows = [row(2, text("A2", "x")), row(4, text("A4", "y"))]
    assert problems(*rows, after=merged("A3:A4", "B2:B4")) == [(2, {}), (4, {})]


def test_a_title_across_the_columns_is_told() -> None:
    data = book(worksheet(row(1, text("A1", "Customers")), HEADER[:], after=merged("A1:B1")))
    assert why_not(data).startswith("Row 1 must name the columns, but one of its cells is refused.")


# However a sheet is written


def test_a_sheet_that_claims_a_million_rows_is_as_long_as_its_values() -> None:
    claims = '<dimension ref="A1:XFD1048576"/>'
    styled = (row(at, f'<c r="A{at}" s="1"/>') for at in (5, 100_000, 1_048_576))
    sheet = worksheet(
        HEADER, *(row(at, text(f"A{at}", "x")) for at in (2, 3, 4)), *styled, before=claims
    )
    table = table_of(book(sheet))
    # The reader holds the rows that have values, and no more are looked at.
    assert table._source._sheet.total_height == 3  # type: ignore[attr-defined]
    assert [record.row for record in table.records()] == [2, 3, 4]


def test_rows_of_nothing_but_style_are_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[bytes] = []

    def is_usual(piece: bytes) -> bool:
        looked_at.append(piece)
        return True

    monkeypatch.setattr(archive, "_AT_ONCE", 400)
    monkeypatch.setattr(oddities, "_is_usual", is_usual)
    styled = [row(at, f'<c r="A{at}" s="1"/><c r="B{at}" s="2"/>') for at in range(3, 300)]
    table = table_of(
        book(worksheet(HEADER, row(2, text("A2", "x")), *styled, row(300, text("A300", "y"))))
    )
    assert [record.row for record in table.records()] == [2, 300]
    # The pieces with values, and those at their edges.
    assert len(looked_at) < 8
    assert b'"A2"' in b"".join(looked_at)
    assert b'"A300"' in b"".join(looked_at)


def test_values_that_stand_too_far_apart_are_refused() -> None:
    far = row(1_048_576, text("XFD1048576", "x"))
    sheet = worksheet(HEADER, row(2, text("A2", "x")), far)
    assert why_not(book(sheet)) == (
        "The sheet has values as far as row 1048576 and column XFD, which is too large "
        "for a table. Delete everything outside the table."
    )


def test_one_value_far_below_is_a_row() -> None:
    assert problems(row(2, text("A2", "x")), row(1_048_576, text("A1048576", "x"))) == [
        (2, {}),
        (1_048_576, {}),
    ]


FAR = "The sheet has values as far as row 9999999 and column"


@pytest.mark.parametrize(
    "cell",
    [
        "<c r='XFD9999999'><v>1</v></c>",
        '<c s="0" r="XFD9999999"><v>1</v></c>',
        '<c r = "XFD9999999"><v>1</v></c>',
        '<c r="xfd9999999"><v>1</v></c>',
        '<c\tr="XFD9999999"><v>1</v></c>',
        '<c r="XFD9999999" t=">/"><v>1</v></c>',
        '<x:c xmlns:x="x" r="XFD9999999"><v>1</v></x:c>',
        '<c r="XFD9999999" s="0"><is><t>x</t></is></c>',
    ],
)
def test_a_value_far_away_is_found_however_its_cell_is_written(cell: str) -> None:
    assert why_not(book(worksheet(HEADER, row(2, text("A2", "x"), cell)))).startswith(FAR)


def test_a_cell_without_a_position_stands_behind_the_one_before() -> None:
    far = '<row r="9999999"><c r="ZZ9999999"/><c><v>1</v></c></row>'
    assert why_not(book(worksheet(HEADER, row(2, text("A2", "x")), far))).startswith(f"{FAR} AAA")


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="99999999"><c><v>1</v></c></row>',
        '<row r="A2"><c r="A2"><v>1</v></c></row><row><c><v>1</v></c></row>',
        row(2, '<c r="AAAA2"><v>1</v></c>'),
        row(2, '<c r="A0"><v>1</v></c>'),
        row(2, '<c r="A99999999"><v>1</v></c>'),
        row(2, '<c r="A2" r="XFD1048576"><v>1</v></c>'),
        row(2, "<c r='XFD1048576'><c r='A2'><v>1</v></c></c>"),
        row(2, "<c r='A2'><v>1</v>"),
    ],
)
def test_a_place_that_is_none_is_damaged(rows: str) -> None:
    assert why_not(book(worksheet(HEADER, rows))) == DAMAGED


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        ("0000", "7", "0007"),
        ("&quot;SN-&quot;00000", "471", "SN-00471"),
        ("[$-407]00000", "471", "00471"),
        ("[Red]00000;-00000", "471", "00471"),
        ("000 000", "474", "000 474"),
        ("000-00", "5", "000-05"),
        ("\\P\\-000", "12", "P-012"),
        ("[$€-2] 000_)", "12", "€ 012"),
        # More digits than there are places stand before the others; below 0 it is a number.
        ("000-00", "1234567", "12345-67"),
        ("0000", "-7", "-7"),
        ("0000", "0.5", "0.5"),
        # No zeros before it.
        ("#,##0", "7", "7"),
        ("0.00", "7", "7"),
        ("[&gt;=100]000", "7", "7"),
        ("0", "7", "7"),
    ],
)
def test_a_number_is_read_with_the_zeros_that_it_shows(mask: str, value: str, shown: str) -> None:
    styles = PARTS[STYLES].replace('formatCode="0000"', f'formatCode="{mask}"')
    data = book(worksheet(HEADER, row(2, number("A2", value, 2))), {STYLES: styles})
    [record] = table_of(data).records()
    assert (next(iter(record.cells.values())), record.problems) == (shown, {})


PREFIX = (
    "The cell shows text before the number that is not in the cell. Format the cell as text and "
    "type all that is to be there."
)


@pytest.mark.parametrize(
    ("form", "value", "shown"),
    [
        ("+0", 43155501, "+43155501"),
        ('"+"0', 43155501, "+43155501"),
        ("+#", 43155501, "+43155501"),
        ("+## # ######", 43155501, "+4 3 155501"),
        ("+## # ######", 431555012, "+43 1 555012"),
        ("+## # ######", 43155501234, "+4315 5 501234"),
        ("(+##) # ######", 431555012, "(+43) 1 555012"),
        ('"SN-"0', 815, "SN-815"),
        ('"SN-"00000', 815, "SN-00815"),
        ("\\S\\N\\-0", 815, "SN-815"),
        ('"dm-"0" yh"', 815, "dm-815 yh"),
        ('"SN-"General', 815, "SN-815"),
        ('"SN-"General', 0, "SN-0"),
        ('"0"#', 6641234, "06641234"),
        ('"SN-"#000', 8, "SN-008"),
        ('"SN-"#', 0, "SN-"),
        # Behind the number, and what is no more than a look, stands beside it.
        ('0" kg"', 7, "7"),
        ('#,##0.00 "€"', 7, "7"),
        ('"€ "#,##0.00', 7.5, "7.5"),
        ("[$EUR-407] 0", 7, "7"),
        ('"CHF "0', 7, "7"),
        ("(###) ###-####", 5551234567, "5551234567"),
        ("[<=9999999]###-####;(###) ###-####", 5551234567, "5551234567"),
        ('_-* #,##0.00\\ "€"_-', 7, "7"),
        ("# ##0", 1234, "1234"),
        ("0%", 0.5, "50%"),
        ("General", 7.5, "7.5"),
    ],
)
def test_a_number_is_read_with_the_text_that_it_shows_before_it(
    form: str, value: float, shown: str
) -> None:
    [record] = table_of(formatted(form, value)).records()
    assert (record.cells["name"], record.problems) == (shown, {})


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ('"SN-"0', 815.5),
        ("+0", -5),
        ('"ca. "0.0', 7),
        ('"SN-"#,##0', 815),
        ('"plus "0%', 0.5),
        ('[>100]"A-"0;"B-"0', 5),
        ('[>100]0;"B-"0', 5),
        ('+#;-#;"none"', 7),
        ('+#;-#;"none"', 0),
    ],
)
def test_text_before_a_number_that_cannot_be_taken_as_it_is_shown_is_refused(
    form: str, value: float
) -> None:
    [record] = table_of(formatted(form, value)).records()
    assert record.problems == {"name": PREFIX}


def formatted(form: str, value: float) -> bytes:
    """A workbook of one cell, shown in a format."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as made:
        sheet = made.add_worksheet()
        sheet.write_string(0, 0, "name")
        sheet.write_number(1, 0, value, made.add_format({"num_format": form}))
    return data.getvalue()


def test_sheets_of_other_writers_are_read_alike() -> None:
    name, formula = "<c t='inlineStr'><is><t>name</t></is></c>", "<c><f>1+1</f></c>"
    plain = worksheet(f"<row>{name}</row>", f"<row>{formula}</row>")
    assert [each.problems for each in table_of(book(plain)).records()] == [{"name": NO_RESULT}]
    prefixed = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>name</x:t></x:is></x:c>'
        '</x:row><x:row r="2"><x:c r="A2" s="2"><x:v>7</x:v></x:c></x:row></x:sheetData>'
        "</x:worksheet>"
    )
    assert [each.cells for each in table_of(book(prefixed)).records()] == [{"name": "0007"}]


def test_a_long_sheet_is_searched_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = worksheet(
        HEADER,
        *(row(at, text(f"A{at}", "x"), f'<c r="B{at}"><f>A1</f></c>') for at in range(2, 60)),
    ).encode()
    cut = [sheet[at : at + 7] for at in range(0, len(sheet), 7)]
    found = oddities.found_in(lambda: iter(cut), {}, most=10**9)
    assert {at: list(each) for at, each in found.odd.items()} == {at: [1] for at in range(1, 59)}
    # A text without end is read as XML, which needs no whole cell.
    monkeypatch.setattr(oddities, "_LONGEST_CELL", 20)
    exactly = oddities.found_in(lambda: iter(cut), {}, most=10**9)
    assert exactly == Findings(found.odd, rows=59, columns=2)


# Hostile workbooks

LARGE = "The workbook unpacks to more than 200 MB: save the sheet as CSV."
TYPE = "The workbook contains a document type, which no spreadsheet writes, so it was not opened."
SHEET = worksheet(HEADER, row(2, text("A2", "x")))
BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]>'


@pytest.mark.parametrize("part", [books.SHEET, books.WORKBOOK, "xl/sharedStrings.xml", "xl/a.xml"])
def test_a_document_type_is_refused_in_any_part(part: str) -> None:
    whole = {**books.PARTS, books.SHEET: SHEET}.get(part, "<sst/>")
    assert why_not(book(SHEET, {part: BOMB + str(whole)})) == TYPE


def test_an_archive_that_would_become_too_large_is_not_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archive, "LARGEST_UNPACKED", 100_000)
    data = book(SHEET, {"xl/media/a.bin": b"\0" * 100_001})
    monkeypatch.setattr(ZipFile, "open", lambda *_args: pytest.fail("unpacked"))
    assert why_not(data) == LARGE.replace("200", "0")


def test_an_archive_of_too_many_parts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_PARTS", 5)
    assert why_not(book(SHEET)) == LARGE


def test_a_directory_that_says_less_than_there_is_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    size = 3_456_789
    data = book(SHEET, {"xl/media/a.bin": b"\0" * size})
    lie = data.replace(struct.pack("<I", size), struct.pack("<I", 10))
    assert list(table_of(lie).records()) == list(table_of(data).records())
    monkeypatch.setattr(archive, "LARGEST_UNPACKED", 3_000_000)
    assert why_not(lie) == LARGE.replace("200", "3")


def _twice() -> bytes:
    data = io.BytesIO(book(SHEET))
    with ZipFile(data, "a") as made:
        made.writestr("XL/worksheets/SHEET1.xml", SHEET)
    return data.getvalue()


def _packed_otherwise() -> bytes:
    data = io.BytesIO(book(SHEET))
    with ZipFile(data, "a", ZIP_BZIP2) as made:
        made.writestr("a.bin", b"x" * 100)
    return data.getvalue()


def _encrypted() -> bytes:
    data = bytearray(book(SHEET))
    data[data.rfind(b"PK\1\2") + 8] |= 1
    return bytes(data)


def _broken() -> bytes:
    data = bytearray(book(SHEET))
    at = data.find(books.SHEET.encode()) + len(books.SHEET)
    data[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    return bytes(data)


ONE = '<sheet name="Jobs" sheetId="1" r:id="rId1"/>'
TARGET = ("rId1", "worksheet", "worksheets/sheet1.xml")


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04" + b"x" * 40,
        book(SHEET)[:-30],
        book(SHEET) + b"x",
        b"PK\x03\x04" + book(SHEET),
        _twice(),
        _packed_otherwise(),
        _encrypted(),
        _broken(),
        book("no XML"),
        book(SHEET, {"XL/Other/workbook.xml": "<workbook/>"}),
        book(SHEET, {"xl/sharedStrings.xml": '<sst uniqueCount="99999999"/>'}),
        book(SHEET, {"xl/sharedStrings.xml": f'<sst uniqueCount = "5">{" " * 99}</sst>'}),
        book(SHEET, {books.RELATIONS: books.relations(TARGET, TARGET)}),
        book(SHEET, {books.RELATIONS: books.relations(("rId2", *TARGET[1:]))}),
        book(SHEET, {books.RELATIONS: books.relations(("rId1", "worksheet", "gone.xml"))}),
        book(SHEET, {books.RELATIONS: books.relations(("rId1", "other", "other.xml"))}),
        book(SHEET, {books.WORKBOOK: books.listed(ONE + ONE)}),
        book(SHEET, {books.WORKBOOK: books.listed(ONE.replace("r:id", 'id="rId1" r:id'))}),
        book(SHEET, {books.WORKBOOK: books.listed(ONE) + "<!-- -->" + "<x/>"}),
    ],
)
def test_a_workbook_that_can_be_read_in_two_ways_or_none_is_refused(data: bytes) -> None:
    assert why_not(data) == DAMAGED


def test_sheets_that_only_one_reader_finds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_parts", lambda _archive: {"Other": books.SHEET})
    assert why_not(book(SHEET)) == DAMAGED


def test_an_archive_of_something_else_is_told() -> None:
    data = books.archive({"word/document.xml": "<document/>"})
    assert why_not(data).startswith("Only CSV and XLSX can be read:")


class PanicException(BaseException):
    """As the reader raises it."""


@pytest.mark.parametrize(
    ("stops", "seen"), [(PanicException, UnusableFile), (KeyboardInterrupt, KeyboardInterrupt)]
)
def test_a_panic_of_the_reader_is_a_damaged_workbook(
    stops: type[BaseException], seen: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(sheet: object) -> None:
        raise stops

    monkeypatch.setattr(workbook, "_merged", stop)
    with pytest.raises(seen):
        table_of(book(SHEET))
