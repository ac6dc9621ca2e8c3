"""CSV: what a spreadsheet makes of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from core.record import spreadsheet
from core.record.spreadsheet import guarded, moment, unguarded


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+43 1 555", "'+43 1 555"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("  =1", "'  =1"),
        ("x;=1+1", "'x;'=1+1"),
        ("x,-1", "'x,'-1"),
        ("x|@a", "'x|'@a"),
        ("x\n=1", "'x\n'=1"),
        ("x\r\n+1", "'x\r\n'+1"),
        ('x";"=1', "'x\";\"'=1"),
        ('"=1"', "'\"'=1\""),
        ("x; =1", "'x; '=1"),
        ("x;\t=1", "'x;\t'=1"),
        ("'-5", "''-5"),
        ("'; =1", "''; '=1"),
        ("' \t", "'' \t"),
        ("One\r\n\r\nTwo", "One\r\n\r\nTwo"),
        ("", ""),
        ("a-b = c + d", "a-b = c + d"),
        ("Pump, 5 bar; new", "Pump, 5 bar; new"),
        ("me@example.com", "me@example.com"),
        ("'t Hof", "'t Hof"),
        ("O'Brien; 5", "O'Brien; 5"),
    ],
)
def test_nothing_in_a_cell_is_calculated_wherever_it_is_cut_and_nothing_is_lost(
    text: str, written: str
) -> None:
    assert guarded(text) == written
    assert unguarded(written) == text


# What can make something of a cell, dense enough that chance tries each beside each.
ODD = st.text(st.sampled_from("=+-@\t\r\n' ;,|\"x\u00a0"), max_size=12) | st.text()


@settings_of_hypothesis(max_examples=500)
@given(ODD)
def test_any_text_comes_back_and_begins_no_formula_wherever_it_is_cut(text: str) -> None:
    written = guarded(text)
    assert unguarded(written) == text
    for cell in (written, *re.split(r"""[,;|\t\r\n"]""", written)):
        assert cell.lstrip()[:1] not in set("=+-@")
    assert written[:1] not in {"\t", "\r"}


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("+43 1 555", "+43 1 555"),
        ("'+43 1 555", "+43 1 555"),
        ("'+43 1 555; +43 1 556", "+43 1 555; +43 1 556"),
        ("'t Hof", "'t Hof"),
        ("''", "''"),
        ("'tis 5; -3", "'tis 5; -3"),
        ("Said, '-5", "Said, '-5"),
        ("-5", "-5"),
    ],
)
def test_what_somebody_typed_stays_as_it_is_but_for_the_apostrophe_of_a_spreadsheet(
    typed: str, read: str
) -> None:
    assert unguarded(typed) == read


def test_a_moment_is_that_of_the_office_with_its_offset(settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    assert moment(datetime(2026, 5, 4, 22, 30, tzinfo=UTC)) == "2026-05-05T00:30:00+02:00"


def test_a_file_says_to_excel_how_it_is_written_and_has_a_name() -> None:
    answer = spreadsheet.response([("Stück", "x;=1"), ("a,b", 'c"d')], name="stock")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="stock.csv"'
    text = b"".join(answer.streaming_content)
    assert text == '\ufeffStück,\'x;\'=1\r\n"a,b","c""d"\r\n'.encode()
