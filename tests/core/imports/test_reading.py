"""What a file says as a table, of whatever kind it is; the files of tests/cases among them."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from core.imports.reading import DELIMITERS, ENCODINGS, Form, Record, Table, UnusableFile, opened
from core.imports.table import LONGEST_CELL, MOST_HEADERS

CASES = Path(__file__).parents[2] / "cases"


def case(name: str) -> Table:
    with (CASES / name).open("rb") as file:
        return opened(file, name)


def csv_of(text: str) -> Table:
    return opened(io.BytesIO(text.encode()), "table.csv")


def why_not(data: bytes, name: str = "table.csv", form: Form | None = None) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(UnusableFile) as refusal:
        opened(io.BytesIO(data), name, form or Form())
    (sentence,) = refusal.value.messages
    return sentence


def column(table: Table, name: str) -> list[Any]:
    return [record.cells[name] for record in table.records()]


# The files that are known to be sent


@pytest.mark.parametrize("text", ['[{"name": "Ada"}]', '{"name": "Ada"}', '\ufeff[\n ["name"]]'])
def test_json_is_no_table(text: str) -> None:
    assert why_not(text.encode()) == "The file is JSON: save the table as CSV or XLSX."


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter", "customer"),
    [
        ("01-customers-bom.csv", "utf-8", ",", "Käserei Almblick"),
        ("03-customers-utf16-tab.txt", "utf-16", "\t", "Łódź Serwis"),
    ],
)
def test_letters_stay_whole_in_every_encoding(
    name: str, encoding: str, delimiter: str, customer: str
) -> None:
    table = case(name)
    assert (table.encoding, table.delimiter, table.sheet) == (encoding, delimiter, "")
    assert table.headers == ("name", "contact_name", "email", "phone", "notes", "is_active")
    assert column(table, "name") == [customer]


def test_empty_columns_and_rows_are_left_out_and_headers_trimmed() -> None:
    table = case("04-equipment-trailing-columns.csv")
    assert table.headers == ("serial_number", "Name", "kind", "description", "is_active")
    first, second = table.records()
    assert first.cells["description"] == "Wet, 230 V"
    assert (second.row, second.cells["serial_number"], second.problems) == (3, "SN-4002", {})


def test_a_line_break_within_quotes_begins_no_record() -> None:
    first, second = case("06-jobs-quoted-newline.csv").records()
    text = 'First line\r\nsecond "quoted" line; with, comma\r\n\r\nafter an empty line'
    assert (first.row, first.cells["description"]) == (2, text)
    assert (second.row, second.cells["title"]) == (3, "Title\r\nwith a break")


def test_days_and_times_come_as_such_and_numbers_as_numbers() -> None:
    table = case("09-jobs-date-cells.xlsx")
    cells = [list(record.cells.values())[4:] for record in table.records()]
    fourth = date(2030, 3, 4)
    assert (table.sheet, table.sheets) == ("Data", ("Data",))
    assert cells == [
        [fourth, time(8), time(9, 30)],
        ["2030-03-04", "08:00", "09:30"],
        ["47546", "0.5", "0.75"],
        [datetime.combine(fourth, time(23, 30)), "", ""],
        ["04.03.2030", "", ""],
        [fourth, time(8), time(9, 30)],
        [fourth, "22:00", "24:00"],
    ]
    assert [record.problems for record in table.records()] == [{}] * 7


NO_RESULT = (
    "This formula has no stored result. Open the file in a spreadsheet and save it "
    "there, or type the value instead."
)


def test_formulas_without_a_stored_result_are_refused_at_their_cells() -> None:
    first, second = case("15-customers-formulas.xlsx").records()
    assert (first.row, first.problems) == (2, {"contact_name": NO_RESULT, "phone": NO_RESULT})
    assert (second.row, second.problems) == (3, {"name": NO_RESULT})


def test_merged_cells_are_refused_by_the_name_of_their_range() -> None:
    merged = (
        "The cells A2:A4 are merged, so it is not clear which of them the value is "
        "for. Unmerge them and fill in each one."
    )
    records = list(case("16-sites-merged.xlsx").records())
    assert [(record.row, record.problems) for record in records] == [
        (2, {"customer": merged}),
        (3, {"customer": merged}),
        (4, {"customer": merged}),
    ]


def test_numbers_stay_as_they_are_written_and_empty_cells_empty() -> None:
    tasks = case("24-tasks-decimal-comma.csv")
    assert tasks.delimiter == ";"
    assert column(tasks, "position") == ["1.234,56", "2,0", "3.0", "4", "1 000"]
    (blank,) = case("19-customers-blank-cells.csv").records()
    assert list(blank.cells.values()) == ["Hotel Donauwarte", "", "", "", "", ""]


@pytest.mark.parametrize(
    ("name", "headers", "records"),
    [
        ("20-customers-two-columns.csv", 2, 1),
        ("21-jobs-many-errors.csv", 10, 8),
        ("28-jobs-without-number-column.csv", 3, 1),
    ],
)
def test_what_a_table_says_is_left_to_whoever_reads_it(
    name: str, headers: int, records: int
) -> None:
    table = case(name)
    assert (len(table.headers), len(list(table.records()))) == (headers, records)
    assert [record.problems for record in table.records()] == [{}] * records


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("25-customers-huge-cell.csv", "The quote that begins in row 3 (line 3) is never closed."),
        (
            "26-empty.csv",
            "The file is empty. Its first row must name the columns.",
        ),
        (
            "26-header-only.csv",
            "The file has a row of column names, but no rows below it.",
        ),
        (
            "26-picture-named.csv",
            "The file is a picture: save the table as CSV or XLSX.",
        ),
    ],
)
def test_a_file_of_which_nothing_can_be_used_is_refused_in_a_sentence(
    name: str, sentence: str
) -> None:
    assert why_not((CASES / name).read_bytes()) == sentence


# Columns and their names


def test_a_column_without_a_name_is_refused_where_it_has_values() -> None:
    table = csv_of("name,,phone,\nAda,,1,\nBob,x,2,\n")
    ada, bob = table.records()
    assert table.headers == ("name", "phone")
    assert ada == Record(2, {"name": "Ada", "phone": "1"}, {})
    assert bob.cells == {"name": "Bob", "B": "x", "phone": "2"}
    assert bob.problems == {"B": "Column B has values but no name. Name it, or empty it."}


def test_the_letters_of_a_nameless_column_are_no_other_columns_name() -> None:
    (record,) = csv_of("b,B,,C\n1,,3,4\n").records()
    assert record.cells["[C]"] == "3"
    assert set(record.problems) == {"b", "[C]"}


def test_a_header_given_twice_is_refused_whatever_its_case() -> None:
    table = csv_of("name,Phone,phone,notes\nAda,,12,x\nBob,,,y\n")
    ada, bob = table.records()
    assert table.headers == ("name", "Phone", "notes")
    twice = "The columns B, C are all called “Phone”. Give each a different name."
    assert (ada.cells["Phone"], ada.problems) == ("12", {"Phone": twice})
    assert bob.problems == {}


def test_two_tables_side_by_side_are_refused_at_what_both_have() -> None:
    (record,) = csv_of("name,phone,,name,phone\nAda,1,,Bob,2\n").records()
    assert set(record.problems) == {"name", "phone"}


def test_a_row_with_more_cells_than_names_is_refused_at_those() -> None:
    first, second = csv_of("name,phone\nSmith, John,1,\nAda,2,,\n").records()
    more = (
        "This row has more cells than there are column names. If a text contains the "
        "separator, put it in quotes."
    )
    assert (first.cells, first.problems) == (
        {"name": "Smith", "phone": " John", "C": "1"},
        {"C": more},
    )
    assert second == Record(3, {"name": "Ada", "phone": "2"}, {})


def test_a_row_with_fewer_cells_is_empty_at_its_end() -> None:
    assert [record.cells for record in csv_of("a,b,c\n1\n").records()] == [
        {"a": "1", "b": "", "c": ""}
    ]


def test_empty_rows_count_and_are_left_out() -> None:
    table = csv_of("\n , \na,b\n\n\u00a0,\u200b\n1,2\n\n3,4\n,\n")
    assert table.headers == ("a", "b")
    assert [record.row for record in table.records()] == [6, 8]


def test_headers_lose_what_nobody_sees_and_keep_their_case() -> None:
    table = csv_of("\u200b Na\u200bme\u00a0,\ufeffPHONE\n1,2\n")
    assert table.headers == ("Name", "PHONE")


def test_a_title_above_the_names_is_told() -> None:
    assert why_not(b"Customer list\nname,phone,notes\nAda,1,x\n") == (
        "The first row must name the columns: row 1 has 1 name, and the row below it "
        "has 3 values. Delete everything above the column names."
    )
    assert why_not(b"List,May,,,\na,b,c,d,e\n").startswith(
        "The first row must name the columns: row 1 has 2 names, and the row below it has 5 values."
    )
    for row in (b"Ada;1;x\n", b"Ada;1;\n"):
        assert why_not(b"List;;\nMay;;\n;;\nname;phone;notes\n" + row + row) == (
            "Row 1 must name the columns, but most rows below it have more values than it has "
            "names. If it is a title, delete everything above the column names; if not, name each "
            "column."
        )


@pytest.mark.parametrize(
    "text",
    [
        '"name;phone"\n"Ada;1"\n"Bob;2"\n',
        '"name,phone,notes"\n"Ada,1,""a, b"""\n"Bob,2,"\n',
        '"name;phone";;\n"Ada;1";;\n',
        '"\nname;phone"\n"\nAda;1"\n"Bob;2"\n',
        '"name;notes"\n"Ada;""two\nlines"""\n"Smith; Jones; Sons"\n"Bob;"\n',
    ],
)
def test_columns_that_stand_in_one_cell_are_told(text: str) -> None:
    assert why_not(text.encode()) == (
        "Row 1 has the names of all columns in one cell, and the rows below it are the same. "
        "Split the cells (in Excel: Data, Text to Columns)."
    )


@pytest.mark.parametrize(
    "text",
    [
        "name\nSmith, Jones\nAda, Bob\n",
        '"Name, first name"\n"Tal, Ann"\n"Berg, Bob"\n',
        '"Name; short"\n"Ada; Bob"\n',
    ],
)
def test_a_column_whose_texts_have_separators_is_one(text: str) -> None:
    assert len(csv_of(text).headers) == 1


def test_a_few_long_rows_below_a_single_name_are_no_table_below_a_title() -> None:
    table = csv_of("name,,\nAda,,\nBob,,\nSmith,Jones,Sons\nEve,,\n")
    assert [record.row for record in table.records() if record.problems] == [4]


def test_a_table_can_be_read_again_after_its_file_is_gone() -> None:
    file = io.BytesIO(b"name\nAda\n")
    table = opened(file, "a.csv")
    file.close()
    assert column(table, "name") == column(table, "name") == ["Ada"]


def test_what_comes_through_a_pipe_is_read() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_place: int) -> int:
            raise OSError

    assert column(opened(Pipe(b"name\nAda\n"), "-"), "name") == ["Ada"]


def test_a_cell_without_end_is_refused_and_cut() -> None:
    long, longest = "x" * (LONGEST_CELL + 1), "x" * LONGEST_CELL
    first, second = csv_of(f"a,b\n{long},1\n{longest},2\n").records()
    assert (first.cells["a"], first.problems) == (
        longest,
        {"a": "The cell has 100001 characters. At most 100000 can be read."},
    )
    assert (second.cells["a"], second.problems) == (longest, {})


def test_a_nul_is_refused_at_its_cell() -> None:
    (record,) = csv_of("a,b\nx\0y,1\n").records()
    sentence = "The cell contains a character that no text can have (NUL). Type the text again."
    assert record.problems == {"a": sentence}


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("a,b\0c", "The name of column B contains a character that no text can have (NUL)."),
        ("a" * 251, "The name of column A is longer than 250 characters."),
    ],
)
def test_a_name_that_is_none_is_refused(header: str, sentence: str) -> None:
    assert why_not(f"{header}\n1,2\n".encode()) == sentence


def test_columns_have_the_letters_of_a_spreadsheet() -> None:
    (record,) = csv_of(f"a,b\n{',' * 25}x,y{',' * 675}x,y\n").records()
    assert list(record.problems) == ["Z", "AA", "ZZ", "AAA"]


# Which files there are


@pytest.mark.parametrize("name", ["a.xls", "A.ODS", "a.numbers", "a.xlsb"])
def test_a_table_of_another_program_is_to_be_saved_anew(name: str) -> None:
    assert why_not(b"a\n1\n", name) == (
        "Only CSV and XLSX can be read: open the file in the program it was made with, "
        "and save it as one of these."
    )


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("data", "begins"),
    [
        (OLE + b"\0" * 600, "Only CSV and XLSX can be read:"),
        (
            OLE + "EncryptedPackage".encode("utf-16-le"),
            "The workbook is protected by a password: save it without one.",
        ),
        (b"%PDF-1.7 a,b", "The file is a document or an archive:"),
        (b"\xef\xbb\xbf\n <HTML><table>", "The file is a web page or XML:"),
        (b"\x01\x02\x03\x04\x05\x06\x07\x08\x0b,b\n", "The file is not a text file:"),
    ],
)
def test_what_is_no_table_is_told_by_how_it_begins(data: bytes, begins: str) -> None:
    assert why_not(data, "table.csv").startswith(begins)


def test_a_file_over_20_mb_is_refused() -> None:
    sentence = "The file is larger than 20 MB: split it into several."
    assert why_not(b"a\n" + b"x" * 20_000_000) == sentence


def test_what_can_be_chosen_has_names() -> None:
    assert {key: str(name) for key, name in {**ENCODINGS, **DELIMITERS}.items()} == {
        "utf-8": "UTF-8",
        "utf-16": "UTF-16",
        "cp1252": "Windows-1252 (Western Europe)",
        "cp1250": "Windows-1250 (Central Europe)",
        "mac-roman": "Mac Roman (Excel for Mac)",
        ",": "Comma",
        ";": "Semicolon",
        "\t": "Tab",
    }


def test_a_row_that_names_the_columns_once_more_is_refused() -> None:
    table = csv_of("Name;Phone\nAda;1\nName;Phone\nName;2\n")
    sentence = "This row repeats the column names. Delete it."
    found = [(record.row, dict(record.problems)) for record in table.records()]
    assert found == [(2, {}), (3, {"Name": sentence, "Phone": sentence}), (4, {})]
    assert [dict(each.problems) for each in csv_of("Name\nName\n").records()] == [{}]


def test_more_columns_than_can_be_asked_about_are_refused() -> None:
    names = ";".join(f"c{number}" for number in range(MOST_HEADERS))
    assert len(csv_of(f"{names};;\n1\n").headers) == MOST_HEADERS
    assert why_not(f"{names};x\n1\n".encode()) == (
        "The file has 501 columns with a name, but at most 500 can be read. Delete "
        "those you do not need."
    )
