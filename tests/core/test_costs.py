"""What somebody may send is read in a time that goes by its length: each of these once took minutes
or hours, or failed in the database."""

from __future__ import annotations

import io

import pytest
from django.urls import reverse

from core.imports import markup, matching
from core.imports.oddities import Findings, _hide, _mask, odd_styles
from core.imports.reading import Record, Table, UnusableFile, opened
from core.record.cells import NamedManyWidget
from core.record.lines import Line
from core.record.named import unknown
from core.text.days import read_day, read_time
from operations import spoken_schedule
from operations.models import Equipment
from operations.resources.tasks import TaskResource
from people.models import User
from tests.conftest import Sign
from tests.core.imports.books import SPREADSHEET, book, row, text, worksheet
from tests.factories import make_customer, make_job, make_user

MARKS = "\N{COMBINING ACUTE ACCENT}\N{COMBINING GRAVE ACCENT BELOW}"


def opened_text(*lines: str) -> Table:
    return opened(io.BytesIO("\n".join(lines).encode()), "table.csv")


def first(table: Table) -> Record:
    return next(iter(table.records()))


# Days and times


def test_a_day_or_a_time_is_no_longer_than_anybody_writes_one() -> None:
    assert read_day("jan 1 " * 200_000) is None
    assert read_time("1 " * 1_000_000) is None


def test_a_schedule_is_no_longer_than_anybody_says_one() -> None:
    day = spoken_schedule.date(2026, 5, 4)
    with pytest.raises(spoken_schedule.ValidationError):
        spoken_schedule.read(
            "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 1_000_000, today=day
        )
    assert spoken_schedule.read(f"tue{' ' * 500}10", today=day).start is not None


# Searches


@pytest.mark.parametrize("model", ["operations_job", "operations_customer", "people_user"])
def test_a_list_is_searched_for_as_many_words_as_a_database_takes(
    model: str, admin: User, sign_in: Sign
) -> None:
    """Those behind the first 500 letters are left out."""
    page, client = reverse(f"admin:{model}_changelist"), sign_in(admin)
    customer = make_customer(name="Abc def")
    rows = {
        "operations_job": make_job(owner=admin, title="Abc def", customer=customer),
        "operations_customer": customer,
        "people_user": make_user(first_name="Abc", last_name="def", username="abc"),
    }
    asked = {"abc de " * 2_000: [rows[model]], "1 " * 30_000 + "12345": []}
    asked |= {"abc de " * 80 + "nobody": [rows[model]], "abc de nobody": []}
    for words, found in asked.items():
        answer = client.get(page, {"q": words})
        assert (answer.status_code, list(answer.context["cl"].result_list)) == (200, found)


# Names of columns, and words


def test_names_that_are_nothing_alike_are_not_compared_letter_by_letter() -> None:
    headers = [f"completed d{at}".ljust(250, "e") for at in range(500)]
    for kind in ("people", "customers", "sites", "equipment", "jobs", "tasks"):
        assert not any(matching.guessed(kind, headers).values())
    assert matching.guessed("jobs", ["custmer"]) == {"custmer": "customer"}


def test_a_cell_as_long_as_a_book_is_no_mistyped_word() -> None:
    roles = next(field for field in matching.fields("people") if field.name == "roles")
    for _word in range(20):
        assert matching.guessed_word(roles, "technicia" * 11_000) == ""
    assert matching.guessed_word(roles, "technicain") == "technician"


def test_of_many_names_that_are_not_there_the_first_are_told() -> None:
    sentence = unknown(Equipment, [str(at) for at in range(50_000)])
    assert len(sentence) < 500
    assert len(unknown(Equipment, ["a" + MARKS * 50_000])) < 300


@pytest.mark.django_db
def test_a_cell_names_no_more_rows_than_a_database_takes_of_many_lines() -> None:
    own = TaskResource()
    name = next(n for n, f in own.fields.items() if isinstance(f.widget, NamedManyWidget))
    many = ";".join(map(str, range(201)))
    lines = [Line(at, {name: many}, {}) for at in range(2)]
    own.find_named(name, lines)
    assert [line.errors[name] for line in lines] == [["Name 200 or fewer in a cell."]] * 2


# Wide rows


def test_of_values_without_a_name_the_first_are_told() -> None:
    names = ",".join(f"h{at}" for at in range(500))
    line, wide = ",".join(["a"] * 900), ",".join(["a"] * 16_000)
    for header in (names, names + "," * 15_000):
        records = list(opened_text(header, *[line] * 9, *[wide] * 200).records())
        assert {len(record.problems) for record in records} == {20}


def test_columns_of_one_name_are_told_once() -> None:
    table = opened_text(",".join(["same"] * 16_000), *[",".join(["a"] * 16_000)] * 20)
    told = {each for record in table.records() for each in record.problems.values()}
    assert len(told) == 1
    assert len(told.pop()) < 200


# Workbooks


def test_formats_are_read_once_and_as_far_as_excel_writes_them() -> None:
    assert _mask("[$" * 100_000) == ("", False)
    assert _mask("[$" + "a" * 100_000) == ("", False)
    code, styles = "0" * 5_000, '<xf numFmtId="170"/>' * 50_000
    xml = (
        f'<styleSheet {SPREADSHEET}><numFmts><numFmt numFmtId="170" formatCode="{code}"/>'
        f"</numFmts><cellXfs>{styles}</cellXfs></styleSheet>"
    )
    found = odd_styles([xml.encode()])
    assert (len(found), len(found["0"].detail)) == (50_000, 255)
    with pytest.raises(UnusableFile, match="damaged"):
        odd_styles([xml.replace(code, code + "0").encode()])


@pytest.mark.parametrize("xml", ["<a>" * 101, "<a>" + "<xf/>" * 100_001])
def test_xml_that_is_deeper_or_longer_than_a_spreadsheet_writes_is_damaged(xml: str) -> None:
    with pytest.raises(UnusableFile, match="damaged"):
        markup.elements([xml.encode()], ("", "xf"))


def test_a_text_of_many_lines_is_read_at_once() -> None:
    texts: list[str] = []
    parsed = markup.parser(lambda *_element: None)
    parsed.CharacterDataHandler = texts.append
    markup.read(parsed, [b"<t>" + b"b\n" * 100 + b"</t>"])
    assert texts == ["b\n" * 100]


def test_what_is_hidden_is_found_in_a_time_that_goes_by_its_length() -> None:
    found = Findings()
    _hide(found, b"<row" + b" hidden=" * 500_000)
    _hide(found, b'<col min="1" max="16384" hidden="1"/>' * 50_000)
    assert sum(found.hidden_columns) == 16_384
    _hide(
        found, b'<row r="00000001234567890" hidden="1"/><row r="%b" hidden="1"/>' % (b"0" * 9_000)
    )
    assert not any(found.hidden_rows[1:])


def test_all_that_is_hidden_to_the_right_of_a_table_costs_nothing() -> None:
    rows = [row(at, text(f"A{at}", f"row {at}")) for at in range(1, 20_001)]
    columns = '<cols><col min="3" max="16384" hidden="1"/></cols>'
    table = opened(io.BytesIO(book(worksheet(*rows, before=columns))), "table.xlsx")
    assert table.unseen() == ""


def test_cells_merged_far_beyond_the_table_are_refused_within_it() -> None:
    rows = [row(at, text(f"A{at}", f"row {at}"), text(f"B{at}", "x")) for at in range(1, 3_001)]
    merged = '<mergeCells count="1"><mergeCell ref="A2:XFD1048576"/></mergeCells>'
    table = opened(io.BytesIO(book(worksheet(*rows, after=merged))), "table.xlsx")
    records = list(table.records())
    assert {tuple(record.problems) for record in records} == {("row 1", "x")}
    assert "A2:XFD1048576" in records[-1].problems["x"]
