"""What a cell of a file can say."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from core.record.cells import (
    ClockTimeWidget,
    IsoDateWidget,
    MomentWidget,
    YesNoWidget,
    apart,
    joined,
)

NAMES = st.text(st.sampled_from("aB;\"' ="), min_size=1).map(str.strip).filter(bool)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(NAMES))
def test_names_that_are_joined_in_a_cell_are_the_very_names_again(names: list[str]) -> None:
    assert apart(joined(names)) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A-1;B-2", ["A-1", "B-2"]),
        (" A-1 ; ;B-2; ", ["A-1", "B-2"]),
        ('"A;1" ; B', ["A;1", "B"]),
        ('"say ""A"";";B', ['say "A";', "B"]),
        ('"A" big;B', ['"A" big', "B"]),
        ('"A;B', ['"A', "B"]),
        ('5" drill;6" drill', ['5" drill', '6" drill']),
        ("", []),
        ('"";A', ["A"]),
    ],
)
def test_a_cell_names_several_as_people_write_them(text: str, names: list[str]) -> None:
    assert apart(text) == names


def why_not(widget: Any, cell: object, **how: Any) -> str:
    with pytest.raises(ValueError, match=r"\.") as refused:
        widget.clean(cell, **how)
    return str(refused.value)


@pytest.mark.parametrize(
    ("cell", "form", "day"),
    [
        ("2024-02-29", "iso", date(2024, 2, 29)),
        ("2024-02-29 00:00:00", "dmy", date(2024, 2, 29)),
        ("29.2.2024", "dmy", date(2024, 2, 29)),
        ("2/29/2024", "mdy", date(2024, 2, 29)),
        ("", "dmy", None),
    ],
)
def test_a_day_is_read_in_the_form_that_was_said(cell: str, form: str, day: date | None) -> None:
    assert IsoDateWidget().clean(cell, date_form=form) == day


@pytest.mark.parametrize(
    ("cell", "form", "sample"),
    [
        ("2030-02-30", "iso", "2026-01-31"),
        ("2023-02-29", "dmy", "2026-01-31"),
        ("0000-00-00", "iso", "2026-01-31"),
        ("31.02.2030", "dmy", "31.1.2026"),
        ("31/1/2030", "mdy", "1/31/2026"),
    ],
)
def test_a_day_that_there_is_not_is_told_as_such(cell: str, form: str, sample: str) -> None:
    sentence = f"There is no such date as {cell}. Dates are written like {sample}."
    assert why_not(IsoDateWidget(), cell, date_form=form) == sentence


@pytest.mark.parametrize("cell", ["31.02.2030", "4 March", "31.02.", "2030-3-4", "1000", "475460"])
def test_what_is_no_day_is_told_how_days_are_written(cell: str) -> None:
    assert why_not(IsoDateWidget(), cell) == "Write the date like 2026-01-31."


def test_a_spreadsheets_own_number_of_a_day_is_told() -> None:
    assert why_not(IsoDateWidget(), "47546", date_form="dmy") == (
        "47546 is how a spreadsheet stores a date. Format the cell as a date there, or "
        "write it like 31.1.2026."
    )


def test_a_time_that_there_is_not_is_told_as_such() -> None:
    clock = ClockTimeWidget()
    assert [clock.clean(cell) for cell in ("8:05", "08:05:06", "")] == [
        time(8, 5),
        time(8, 5, 6),
        None,
    ]
    sentence = "There is no such time as 24:00: a day goes from 00:00 to 23:59."
    assert why_not(clock, "24:00") == sentence
    assert why_not(clock, "8.30") == "Write the time like 14:30."


@pytest.mark.parametrize(
    ("cell", "means"),
    [
        (time(9, 59, 59, 999_000), time(10)),
        (time(9, 59, 59, 995_000), time(10)),
        (time(10, 0, 0, 5_000), time(10)),
        (time(10, 0, 30), time(10, 0, 30)),
        (datetime(1899, 12, 31, 10, 0, 0, 1), time(10)),  # noqa: DTZ001
    ],
)
def test_a_calculated_time_is_the_second_next_to_it(cell: Any, means: time) -> None:
    assert ClockTimeWidget().clean(cell) == means


def test_parts_of_a_second_are_refused_as_at_every_other_door() -> None:
    clock = ClockTimeWidget()
    sentence = (
        "This is 10:00:02.880, which is no whole second, whatever the sheet shows. Type the time "
        "like 14:30."
    )
    assert why_not(clock, time(10, 0, 2, 880_000)) == sentence
    assert why_not(clock, datetime(1899, 12, 31, 10, 0, 2, 880_000)) == sentence  # noqa: DTZ001
    assert why_not(clock, "10:00:02.88") == "Write the time like 14:30."
    late = "There is no such time as 24:00: a day goes from 00:00 to 23:59."
    assert why_not(clock, time(23, 59, 59, 999_000)) == late


def test_an_hour_that_the_clocks_leave_out_or_have_twice_is_doubted(
    settings: Settings,
) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    gone, twice = datetime(2026, 3, 29, 2, 30), datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001
    doubt = MomentWidget().doubt
    assert (
        doubt(gone)
        == doubt(gone.isoformat())
        == "The clocks go forward on that day, so this time does not exist."
    )
    assert doubt(twice) == (
        "The clocks go back on that day, so this time happens twice: write it with its "
        "offset, +01:00."
    )
    expected = [
        twice.isoformat() + "+01:00",
        twice.replace(tzinfo=UTC),
        "2026-03-29",
        "",
        "31.3.2026",
    ]
    assert [doubt(cell, date_form="dmy") for cell in expected] == [""] * 5
    assert doubt("2026-03-29 03:30") == ""


def test_yes_and_no_are_written_as_they_are_read() -> None:
    widget = YesNoWidget()
    assert [widget.render(value) for value in (True, False, None)] == ["yes", "no", ""]
    assert [widget.clean(text) for text in ("yes", "no", "")] == [True, False, None]
