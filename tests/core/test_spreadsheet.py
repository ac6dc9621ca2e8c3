"""CSV: what a spreadsheet makes of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pytest_django.fixtures import Settings

from core.record import spreadsheet
from core.record.spreadsheet import guarded, moment


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+43 1 555", "'+43 1 555"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("  =1", "  '=1"),
        ("x;=1+1", "x;'=1+1"),
        ("x,-1", "x,'-1"),
        ("x|@a", "x|'@a"),
        ("x\n=1", "x\n'=1"),
        ("x\r\n+1", "x\r\n'+1"),
        ('x";"=1', 'x";"\'=1'),
        ('"=1"', '"\'=1"'),
        ("x; =1", "x; '=1"),
        ("x;\t=1", "x;\t'=1"),
        ("One\r\n\r\nTwo", "One\r\n\r\nTwo"),
        ("", ""),
        ("a-b = c + d", "a-b = c + d"),
        ("Pump, 5 bar; new", "Pump, 5 bar; new"),
        ("me@example.com", "me@example.com"),
    ],
)
def test_nothing_in_a_cell_is_calculated_wherever_it_is_cut(text: str, written: str) -> None:
    assert guarded(text) == written


def test_a_moment_is_that_of_the_office_with_its_offset(settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    assert moment(datetime(2026, 5, 4, 22, 30, tzinfo=UTC)) == "2026-05-05T00:30:00+02:00"


def test_a_file_says_to_excel_how_it_is_written_and_has_a_name() -> None:
    answer = spreadsheet.response([("Stück", "x;=1"), ("a,b", 'c"d')], name="stock")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="stock.csv"'
    text = b"".join(answer.streaming_content)
    assert text == '\ufeffStück,x;\'=1\r\n"a,b","c""d"\r\n'.encode()
