"""The days that the product knows, as people read and type them."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.formats import date_format

from core.text import days
from core.text.days import FIRST, LAST, check_day, read_day, read_time
from tests.conftest import SetRegion

DAY, HALF_PAST_TWO = date(2026, 11, 26), time(14, 30)


def test_the_first_and_the_last_day_are_known() -> None:
    for day in (date(1900, 1, 1), date(2199, 12, 31)):
        check_day(day)


@pytest.mark.parametrize("day", [FIRST - timedelta(1), LAST + timedelta(1), date.min, date.max])
def test_a_day_outside_is_refused_with_a_sentence(day: date) -> None:
    with pytest.raises(ValidationError, match="Choose a day from 1900 to 2199"):
        check_day(day)


@pytest.mark.parametrize(
    ("code", "language", "shown"),
    [
        ("en-GB", "en", ["Thu 26 Nov 2026", "Thu 26 Nov", "Thursday, 26 Nov 2026", "14:30"]),
        ("en-GB", "de", ["Do 26 Nov 2026", "Do 26 Nov", "Donnerstag, 26 Nov 2026", "14:30"]),
        ("en-US", "en", ["Thu 11/26/2026", "Thu 11/26", "Thursday, Nov. 26, 2026", "2:30 PM"]),
        ("en-US", "de", ["Do 11/26/2026", "Do 11/26", "Donnerstag, Nov. 26, 2026", "2:30 PM"]),
        ("de-AT", "de", ["Do 26.11.2026", "Do 26.11.", "Donnerstag, 26. November 2026", "14:30"]),
        ("de-AT", "en", ["Thu 26.11.2026", "Thu 26.11.", "Thursday, 26. November 2026", "14:30"]),
    ],
)
def test_the_order_is_the_regions_and_the_words_are_the_languages(
    code: str, language: str, shown: list[str], set_region: SetRegion
) -> None:
    set_region(code)
    with translation.override(language):
        expected = [days.weekday(DAY), days.weekday_only(DAY), days.long_day(DAY)]
        assert [*expected, days.clock(HALF_PAST_TWO)] == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Thu 26 Nov", "Thu_26_Nov"),
        ("Thursday, Nov. 26, 2026", "Thursday, Nov._26, 2026"),
        ("Do 26.11.2026, 2:30 PM–3:00 PM", "Do_26.11.2026, 2:30_PM–3:00_PM"),
        ("unscheduled", "unscheduled"),
        ("", ""),
    ],
)
def test_a_day_with_little_room_breaks_behind_a_comma_alone(text: str, shown: str) -> None:
    assert days.together(text) == shown.replace("_", "\N{NO-BREAK SPACE}")


REGIONS = [
    *("en-GB", "en-US", "en-AU", "en-CA", "en-IE", "en-ZA", "de-AT", "de-DE", "de-CH", "fr-FR"),
    *("fr-CA", "fr-CH", "es-ES", "es-MX", "it-IT", "nl-NL", "pl-PL", "cs-CZ", "hu-HU", "sv-SE"),
    *("da-DK", "fi-FI", "pt-PT", "pt-BR", "tr-TR", "ja-JP", "ko-KR", "zh-CN", "zh-TW", "sl-SI"),
]


@pytest.mark.parametrize("code", REGIONS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_shown_can_be_typed(code: str, language: str, set_region: SetRegion) -> None:
    set_region(code)
    first = date(2026, 1, 1)
    with translation.override(language):
        for day in (first + timedelta(days=5 * n) for n in range(73)):
            short = date_format(day, "SHORT_DATE_FORMAT")
            assert [read_day(text) for text in (short, days.weekday(day))] == [day, day]
        for at in (time(0), time(0, 5), time(9), time(12), HALF_PAST_TWO, time(23, 59)):
            assert read_time(days.clock(at)) == at


@pytest.mark.parametrize(
    "text",
    [
        *("26.11.2026", "26. 11. 2026", " 26.11.26 ", "2026-11-26", "26. November 2026"),
        *("26 nov 2026", "Do., 26. Nov. 2026", "Donnerstag 26.11.2026", "Thu 26.11.2026"),
    ],
)
def test_a_day_is_read_in_german_however_it_is_written(text: str, set_region: SetRegion) -> None:
    set_region("de-AT")
    with translation.override("de"):
        assert read_day(text) == DAY


def test_months_are_known_by_what_they_are_called_here_and_in_english(
    set_region: SetRegion,
) -> None:
    set_region("de-AT")
    with translation.override("de"):
        texts = [f"3. {name} 2026" for name in ("Jänner", "Feber", "Mrz", "Mär.", "May", "Dez")]
        assert [day.month if (day := read_day(text)) else 0 for text in texts] == [
            1,
            2,
            3,
            3,
            5,
            12,
        ]


@pytest.mark.parametrize(
    "text", ["", "Thu", "26", "Nov", "26 N 2026", "30.2.2026", "26.11.2026 x", "26 Movember 2026"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert read_day(text) is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        *(("2:30 PM", HALF_PAST_TWO), ("2:30pm", HALF_PAST_TWO), ("2:30 p.m.", HALF_PAST_TWO)),
        *(("14:30", HALF_PAST_TWO), ("2 pm", time(14)), ("12 AM", time(0)), ("2:30 xm", None)),
    ],
)
def test_half_days_are_read_where_they_are_written(
    text: str, at: time | None, set_region: SetRegion
) -> None:
    set_region("en-US")
    assert read_time(text) == at


def test_a_week_begins_as_the_region_has_it(set_region: SetRegion) -> None:
    first = [(set_region(code).code, days.first_weekday()) for code in ("en-GB", "en-US", "de-AT")]
    assert first == [("en-GB", 0), ("en-US", 6), ("de-AT", 0)]
