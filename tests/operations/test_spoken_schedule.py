"""When a job takes place, as people say it: what is read, what is not, and what is shown reads as
itself."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from core.text import days
from operations.pages.schedule_form import SpokenSchedule
from operations.schedule import Slot, half_hours, week
from operations.spoken_schedule import read
from tests.conftest import SetRegion

# A Wednesday.
TODAY = date(2026, 11, 25)
NONE = "any time"
EXAMPLES = "Write it like “tue 10-12”, “tomorrow 9”, “26 Nov 2026 14:30” or “in 2 weeks”."

READ = {
    # Days
    "today": ("2026-11-25", NONE),
    "tomorrow": ("2026-11-26", NONE),
    "day after  tomorrow": ("2026-11-27", NONE),
    "yesterday": ("2026-11-24", NONE),
    "in 2 weeks": ("2026-12-09", NONE),
    "in a week": ("2026-12-02", NONE),
    "in 3 days": ("2026-11-28", NONE),
    "in 3 months": ("2027-02-25", NONE),
    "sat": ("2026-11-28", NONE),
    "on Tuesday": ("2026-12-01", NONE),
    "wed": ("2026-12-02", NONE),
    "next fri": ("2026-12-04", NONE),
    "this fri": ("2026-11-27", NONE),
    "this mon": ("2026-11-23", NONE),
    "next week": ("2026-11-30", NONE),
    "tue next week": ("2026-12-01", NONE),
    "fri this week": ("2026-11-27", NONE),
    "mon in 2 weeks": ("2026-12-07", NONE),
    "the 26th": ("2026-11-26", NONE),
    "the 3rd": ("2026-12-03", NONE),
    "31st": ("2026-12-31", NONE),
    # Dates
    "2026-12-01": ("2026-12-01", NONE),
    "26.11.": ("2026-11-26", NONE),
    "26.11": ("2026-11-26", NONE),
    "26.11.26": ("2026-11-26", NONE),
    "26. 11. 2027": ("2027-11-26", NONE),
    "1/12": ("2026-12-01", NONE),
    "1/12/27": ("2027-12-01", NONE),
    "1 Dec": ("2026-12-01", NONE),
    "Dec 1st, 2027": ("2027-12-01", NONE),
    "1st of December": ("2026-12-01", NONE),
    "Tue 1 Dec 2026": ("2026-12-01", NONE),
    "1.11.": ("2026-11-01", NONE),
    "1.8.": ("2027-08-01", NONE),
    "29.2.": ("2028-02-29", NONE),
    # Times
    "tue 10-12": ("2026-12-01", "10:00-12:00"),
    "tomorrow 9": ("2026-11-26", "09:00-10:00"),
    "26.11. 14:00": ("2026-11-26", "14:00-15:00"),
    "26.11. 10-12": ("2026-11-26", "10:00-12:00"),
    "26 nov 1400": ("2026-11-26", "14:00-15:00"),
    "2026-12-01T09:00": ("2026-12-01", "09:00-10:00"),
    "2026-12-01 09:00:00 - 10:30:00": ("2026-12-01", "09:00-10:30"),
    "next mon 8:30 1h30": ("2026-11-30", "08:30-10:00"),
    "tomorrow 9.30": ("2026-11-26", "09:30-10:30"),
    "9.45": ("2026-11-25", "09:45-10:45"),
    "14:00": ("2026-11-25", "14:00-15:00"),
    "from 10 to 12 tomorrow": ("2026-11-26", "10:00-12:00"),
    "tomorrow at 9 until 10": ("2026-11-26", "09:00-10:00"),
    "9-5 friday": ("2026-11-27", "09:00-17:00"),
    "fri 10-2": ("2026-11-27", "10:00-14:00"),
    "fri 2-4": ("2026-11-27", "14:00-16:00"),
    "fri 2-4pm": ("2026-11-27", "14:00-16:00"),
    "fri 10-2 p.m.": ("2026-11-27", "10:00-14:00"),
    "fri 9am-11 am": ("2026-11-27", "09:00-11:00"),
    "12pm tomorrow": ("2026-11-26", "12:00-13:00"),
    "12am tomorrow": ("2026-11-26", "00:00-01:00"),
    "tomorrow 02:30": ("2026-11-26", "02:30-03:30"),
    "tomorrow 2:30": ("2026-11-26", "14:30-15:30"),
    "tomorrow noon": ("2026-11-26", "12:00-13:00"),
    "tomorrow morning": ("2026-11-26", "08:00-12:00"),
    "tue afternoon": ("2026-12-01", "13:00-17:00"),
    "tomorrow 23:30": ("2026-11-26", "23:30-23:59"),
    # How long
    "tomorrow 9 for 2 hours": ("2026-11-26", "09:00-11:00"),
    "tomorrow 1.5h 9": ("2026-11-26", "09:00-10:30"),
    "tomorrow 9 1 h 15 min": ("2026-11-26", "09:00-10:15"),
    "tomorrow 9 90min": ("2026-11-26", "09:00-10:30"),
    "tomorrow 9 half an hour": ("2026-11-26", "09:00-09:30"),
    "tomorrow 9, an hour": ("2026-11-26", "09:00-10:00"),
    # In German
    "morgen um 9": ("2026-11-26", "09:00-10:00"),
    "übermorgen Nachmittag": ("2026-11-27", "13:00-17:00"),
    "di 10-12": ("2026-12-01", "10:00-12:00"),
    "Dienstag von 10 bis 12": ("2026-12-01", "10:00-12:00"),
    "nächsten Montag 8 Uhr": ("2026-11-30", "08:00-09:00"),
    "am 26.11. um 14 Uhr 30": ("2026-11-26", "14:30-15:30"),
    "übermorgen um halb 10": ("2026-11-27", "09:30-10:30"),
    "heute halb 1": ("2026-11-25", "12:30-13:30"),
    "tomorrow half past 9": ("2026-11-26", "09:30-10:30"),
    "in einer Woche": ("2026-12-02", NONE),
    "1. Dezember 9 1,5 Std": ("2026-12-01", "09:00-10:30"),
    "3. März": ("2027-03-03", NONE),
}


def when(text: str) -> Slot:
    return read(text, today=TODAY)


def slot(day: str, times: str) -> Slot:
    moments = [] if times == NONE else [time.fromisoformat(each) for each in times.split("-")]
    return Slot(date.fromisoformat(day), *moments)


@pytest.mark.parametrize("text", READ)
def test_what_people_say_is_read(text: str) -> None:
    assert when(text) == slot(*READ[text])


@pytest.mark.parametrize(
    ("region", "language", "example"),
    [
        ("en-GB", "en", "26 Nov 2026 14:30"),
        ("en-US", "en", "11/26/2026 2:30 PM"),
        ("de-AT", "de", "26.11.2026 14:30"),
    ],
)
def test_the_example_is_written_as_here_and_is_read(
    region: str, language: str, example: str, set_region: SetRegion
) -> None:
    set_region(region)
    with translation.override(language):
        assert days.example() == example
        assert when(example) == slot("2026-11-26", "14:30-15:30")
    assert f"“{days.example()} 1h30”" in SpokenSchedule().fields["schedule"].help_text


@pytest.mark.parametrize("text", ["", "  ", "unscheduled", "Unscheduled"])
def test_nothing_is_no_day(text: str) -> None:
    assert when(text) == Slot()


TWICE = "This has two days or two times. Give one, like “tue 10-12”."
BEGINS = "Give the start time too, like “tue 10-12”."
WHICH_DAY = "Give the day too, like “tue 10-12” or “tomorrow 9”."
REFUSED = {
    "soon": f"“soon” could not be read. {EXAMPLES}",
    "tue at the weekend": f"“weekend” could not be read. {EXAMPLES}",
    "tue 25:00": f"“25:00” could not be read. {EXAMPLES}",
    "tue 30": f"“30” could not be read. {EXAMPLES}",
    "tue 9:75": f"“9:75” could not be read. {EXAMPLES}",
    "31.2.": f"“31.2.” could not be read. {EXAMPLES}",
    "1.13.": f"“1.13.” could not be read. {EXAMPLES}",
    "31.02.2027": f"“31.02.2027” could not be read. {EXAMPLES}",
    "40th": f"“40th” could not be read. {EXAMPLES}",
    "tue " * 30: f"“{('tue ' * 30)[:40]}” could not be read. {EXAMPLES}",
    "in 9999 months": "Choose a day from 1900 to 2199.",
    "1.1.1899": "Choose a day from 1900 to 2199.",
    "tue wed": TWICE,
    "today tomorrow": TWICE,
    "next week this week": TWICE,
    "tue 9 10": TWICE,
    "tue 10-12 -13": TWICE,
    "tue 9 1h 2h": TWICE,
    "tue 10-12 3h": TWICE,
    "tue 2h": BEGINS,
    "tue until 12": BEGINS,
    "this week": WHICH_DAY,
    "on": WHICH_DAY,
    "Mon 1 Dec 2026": "The weekday does not match the date: it is Tue 1 Dec 2026.",
    "tomorrow 23:30 2h": "A job must end before midnight. Give an earlier time.",
    "tomorrow 10:00-09:00": "The end time must be after the start time.",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_read_is_named_with_the_mend(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        when(text)
    assert refused.value.messages == [REFUSED[text]]


def test_where_the_month_is_written_first_it_is_read_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("django.utils.formats.get_format", lambda _: ["%Y-%m-%d", "%m/%d/%Y"])
    assert when("1/12") == slot("2027-01-12", NONE)


DAYS = st.dates(date(2020, 1, 1), date(2100, 1, 1))
TIMES = st.times().map(lambda each: each.replace(second=0, microsecond=0, tzinfo=None))


@st.composite
def slots(draw: st.DrawFn) -> Slot:
    day, times = draw(DAYS), sorted({draw(TIMES), draw(TIMES)})
    return Slot(day, *times) if len(times) == 2 else Slot(day)


@run(max_examples=200, deadline=None)
@given(slots(), DAYS, st.sampled_from(["en", "de"]))
def test_what_is_shown_is_read_as_itself(given_slot: Slot, today: date, language: str) -> None:
    with translation.override(language):
        assert read(str(given_slot), today=today) == given_slot


@run(max_examples=200, deadline=None)
@given(slots(), DAYS)
def test_what_programs_write_is_read_whatever_the_day(given_slot: Slot, today: date) -> None:
    times = [f"{each:%H:%M}" for each in (given_slot.start, given_slot.end) if each]
    assert read(f"{given_slot.day} {'-'.join(times)}", today=today) == given_slot


@run(max_examples=100, deadline=None)
@given(DAYS, st.integers(0, 6))
def test_a_weekday_is_one_of_the_next_seven_days_and_next_is_in_the_week_after(
    today: date, weekday: int
) -> None:
    name = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[weekday]
    found = read(name, today=today).day
    assert found is not None
    assert (found.weekday(), 1 <= (found - today).days <= 7) == (weekday, True)
    assert read(f"next {name}", today=today).day == week(today)[0] + timedelta(days=7 + weekday)


@run(max_examples=100, deadline=None)
@given(DAYS, st.integers(0, 500))
def test_so_many_days_from_today_are_counted(today: date, number: int) -> None:
    assert read(f"in {number} days", today=today) == Slot(today + timedelta(days=number))


WORDS = st.sampled_from([*READ, *REFUSED, "9", "-", ".", "/", "h", "am", "uhr", "next", "\u0663"])
ANY_TEXT = st.one_of(st.text(), st.lists(WORDS, max_size=4).map(" ".join))


@run(max_examples=400, deadline=None)
@given(ANY_TEXT, DAYS)
def test_any_text_is_read_or_refused_with_a_sentence(text: str, today: date) -> None:
    found, sentences = Slot(), [""]
    try:
        found = read(text, today=today)
    except ValidationError as refused:
        sentences = refused.messages
    assert (len(sentences), found.start is None) == (1, found.end is None)
    assert found.start is None or found.end is None or found.start < found.end


def test_half_hours_are_those_of_the_working_day() -> None:
    assert half_hours(time(7), time(8)) == [time(7), time(7, 30), time(8)]
    assert (half_hours()[0], half_hours()[-1], len(half_hours())) == (time(7), time(18), 23)


def test_two_jobs_overlap_where_they_share_minutes_of_a_day() -> None:
    first = Slot(TODAY, time(9), time(11))
    others = {
        "same": first,
        "within": Slot(TODAY, time(10), time(10, 30)),
        "after": Slot(TODAY, time(11), time(12)),
        "another day": Slot(TODAY + timedelta(days=1), time(9), time(11)),
        "any time": Slot(TODAY),
    }
    assert {name for name, other in others.items() if first.overlaps(other)} == {"same", "within"}
