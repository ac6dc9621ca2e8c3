"""When a job takes place, read from how people say it: `tue 10-12`, `in 2 weeks`, `26.11. 14:00`.

A word after the other is read, and none is passed over: what cannot be read is named, with an
example. What is left open follows rules that a person can foresee, and the page shows which day and
time came out of them:

- a weekday is the next one after today; `next` puts it into the week after this one;
- a day without its year is the next one, or one of the last 30 days;
- a time without a day is today; a start alone lasts an hour;
- hours from 1 to 6 that are not said to be in the morning are in the afternoon.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from functools import cache

from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import gettext as _

from core.text.days import check_day
from core.text.typed import searchable
from operations import schedule_words as words
from operations.schedule import END_BEFORE_START, Slot, at_minute, day_text, minutes, week
from operations.spoken_time import Moment, in_numbers, shape, unread

# Longer than anybody says it, and types it, with blanks that count for one.
LONGEST, _LONGEST_TYPED = 100, 1_000
# How long a job takes of which only the start is said, in minutes.
USUAL = 60
_RECENT = timedelta(days=30)
_MIDNIGHT = 24 * 60
_Found = re.Match[str]


def read(text: str, *, today: date) -> Slot:
    """The day and times that a text says; none for an empty one.

    Raises `ValidationError` with a sentence that names what could not be read, and an example.
    """
    if len(text) > _LONGEST_TYPED:
        raise unread(text[:_LONGEST_TYPED])
    rest = in_numbers(searchable(text))
    if rest in {"", searchable(_("unscheduled"))}:
        return Slot()
    reading = _Reading(today)
    if len(rest) > LONGEST:
        raise unread(rest)
    while rest := rest.lstrip(" ,;"):
        rest = reading.read_next(rest)
    return reading.slot()


class _Reading:
    """What has been read so far."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.day: date | None = None
        # Is it but some day of the week that is meant?
        self.day_is_rough = False
        self.weekday: int | None = None
        # Weeks from this one, of which the weekday is meant.
        self.weeks: int | None = None
        self.start: int | None = None
        self.end: int | None = None
        self.length: int | None = None

    def read_next(self, text: str) -> str:
        """Take in what a text begins with, and return what follows."""
        for pattern, take in _shapes():
            found = pattern.match(text)
            if found and take(self, found) is not False:
                return text[found.end() :]
        raise unread(text.split(maxsplit=1)[0])

    # What can be said

    def iso(self, found: _Found) -> None:
        self._on(_day(found, *map(int, found.group(1, 2, 3))))

    def numbers_with_dots(self, found: _Found) -> bool | None:
        """A day and its month, unless it can only be a time: `9.30`."""
        is_time = not found[3] and not found[4] and len(found[2]) == 2
        if is_time and (self._has_day or not 0 < int(found[2]) < 13):
            return False
        self._on(self._near(found, month=int(found[2]), day=int(found[1]), year=found[4]))
        return None

    def numbers_with_slashes(self, found: _Found) -> None:
        first, second = int(found[1]), int(found[2])
        day, month = (second, first) if _is_month_first() else (first, second)
        self._on(self._near(found, month=month, day=day, year=found[3]))

    def day_and_month(self, found: _Found) -> None:
        month = words.names().months[found[2]]
        self._on(self._near(found, month=month, day=int(found[1]), year=found[3]))

    def month_and_day(self, found: _Found) -> None:
        month = words.names().months[found[1]]
        self._on(self._near(found, month=month, day=int(found[2]), year=found[3]))

    def day_of_month(self, found: _Found) -> None:
        """The 26th: of this month, or of the next that has one."""
        number, first = int(found[1]), self.today.replace(day=1)
        for later in range(13):
            month = _months_later(first, later)
            if month + timedelta(days=number - 1) >= self.today and _has(month, number):
                self._on(month.replace(day=number))
                return
        raise unread(found[0])

    def from_today(self, found: _Found) -> None:
        number = int(found[1]) if found[1].isdecimal() else words.NUMBERS[found[1]]
        if found[2] in words.MONTH:
            self._on(_months_later(self.today, number))
            return
        self.day_is_rough = found[2] in words.WEEK
        self._on(self.today + timedelta(days=number * (7 if self.day_is_rough else 1)))

    def named_day(self, found: _Found) -> None:
        self._on(self.today + timedelta(days=words.DAYS[" ".join(found[1].split())]))

    def named_weekday(self, found: _Found) -> None:
        if self.weekday is not None:
            raise _twice()
        self.weekday = words.names().weekdays[found[2]]
        if found[1]:
            self.week(1 if found[1] in words.NEXT else 0)

    def next_week(self, found: _Found) -> None:
        self.week(1)

    def this_week(self, found: _Found) -> None:
        self.week(0)

    def week(self, number: int) -> None:
        if self.weeks is not None:
            raise _twice()
        self.weeks = number

    def lasts_hours(self, found: _Found) -> None:
        number = words.NUMBERS.get(found[1]) or float(found[1].replace(",", "."))
        self._takes(round(number * 60) + int(found[2] or found[3] or 0))

    def lasts_half_an_hour(self, found: _Found) -> None:
        self._takes(30)

    def lasts_minutes(self, found: _Found) -> None:
        self._takes(int(found[1]))

    def span(self, found: _Found) -> None:
        """From when until when: an afternoon that is said of the end is meant of the start too."""
        start, end = Moment(found.group("h1", "m1", "x1")), Moment(found.group("h2", "m2", "x2"))
        if end.half and not start.half and start.hour <= 12:
            halved = start.at(end.half)
            starts = halved if halved < end.at() else start.at("am")
        else:
            starts = start.at()
        self._from(starts)
        self._until(end.after(starts))

    def begins(self, found: _Found) -> None:
        self._from(Moment(found.group("h1", "m1", "x1")).at())

    def ends(self, found: _Found) -> None:
        self._until(Moment(found.group("h1", "m1", "x1")).after(self.start or 0))

    def moment(self, found: _Found) -> None:
        self._from(minutes(words.MOMENTS[found[1]]))

    def part(self, found: _Found) -> None:
        start, end = words.PARTS[" ".join(found[1].split())]
        self._from(minutes(start))
        self._until(minutes(end))

    def filler(self, found: _Found) -> None:
        """Nothing is meant by it."""

    # What they come to

    @property
    def _has_day(self) -> bool:
        return self.day is not None or self.weekday is not None or self.weeks is not None

    def _on(self, day: date) -> None:
        if self.day not in {None, day}:
            raise _twice()
        self.day = day

    def _from(self, moment: int) -> None:
        if self.start is not None:
            raise _twice()
        self.start = moment

    def _until(self, moment: int) -> None:
        if self.end is not None:
            raise _twice()
        self.end = moment

    def _takes(self, length: int) -> None:
        if self.length is not None:
            raise _twice()
        self.length = length

    def _near(self, found: _Found, *, month: int, day: int, year: str | None) -> date:
        """The day of a year; of this one or of those beside it, where none is said."""
        if year:
            return _day(found, int(year) + (2000 if len(year) == 2 else 0), month, day)
        # Eight years hold the 29th of February.
        for number in range(self.today.year - 1, self.today.year + 9):
            first = date(number, month, 1) if 0 < month < 13 else None
            if first and _has(first, day) and first.replace(day=day) >= self.today - _RECENT:
                return first.replace(day=day)
        raise unread(found[0])

    def slot(self) -> Slot:
        """The day and the times."""
        start, end = self._times()
        day = self._the_day(has_time=start is not None)
        check_day(day)
        return Slot(day, start, end)

    def _the_day(self, *, has_time: bool) -> date:
        if self.weekday is None:
            if self.day is None and self.weeks:
                return week(self.today + timedelta(weeks=self.weeks))[0]
            if self.day is None and not has_time:
                raise ValidationError(_("Give the day too, like “tue 10-12” or “tomorrow 9”."))
            return self.day or self.today
        if self.day is not None:
            return self._checked(self.day)
        if self.weeks is None:
            # Never today: who means today says so.
            return self.today + timedelta(days=(self.weekday - self.today.weekday() - 1) % 7 + 1)
        monday = week(self.today + timedelta(weeks=self.weeks))[0]
        return monday + timedelta(days=self.weekday)

    def _checked(self, day: date) -> date:
        """A day that was said with its weekday, which has to be that."""
        if self.day_is_rough:
            return week(day)[0] + timedelta(days=self.weekday or 0)
        if day.weekday() != self.weekday:
            details = {"day": day_text(day)}
            raise ValidationError(
                _("The weekday does not match the date: it is %(day)s.") % details
            )
        return day

    def _times(self) -> tuple[time | None, time | None]:
        if self.start is None:
            if self.end is not None or self.length is not None:
                raise ValidationError(_("Give the start time too, like “tue 10-12”."))
            return None, None
        if self.end is not None and self.length is not None:
            raise _twice()
        end = self.end
        if end is None:
            usual = min(self.start + USUAL, _MIDNIGHT - 1)
            end = usual if self.length is None else self.start + self.length
        if end >= _MIDNIGHT:
            raise ValidationError(_("A job must end before midnight. Give an earlier time."))
        if end <= self.start:
            raise ValidationError(END_BEFORE_START)
        return at_minute(self.start), at_minute(end)


def _twice() -> ValidationError:
    return ValidationError(_("This has two days or two times. Give one, like “tue 10-12”."))


def _day(found: _Found, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as none:
        raise unread(found[0].strip()) from none


def _has(month: date, day: int) -> bool:
    """Has the month of its first day so many days?"""
    return 0 < day < 32 and (month + timedelta(days=day - 1)).month == month.month


def _months_later(day: date, number: int) -> date:
    """The same day of a later month, or the last that it has."""
    years, month = divmod(day.month - 1 + number, 12)
    first = date(day.year + years, month + 1, 1)
    return max(first + timedelta(days=n) for n in range(day.day) if _has(first, n + 1))


def _is_month_first() -> bool:
    """Does the format in use write the month before the day?"""
    written = [f for f in formats.get_format("DATE_INPUT_FORMATS") if "/" in f and "%d" in f]
    return bool(written) and written[0].index("%m") < written[0].index("%d")


_Take = Callable[[_Reading, _Found], bool | None]


@cache
def _shapes() -> list[tuple[re.Pattern[str], _Take]]:
    """What can be said, in the order in which it is looked for."""
    either = words.any_of
    months, weekdays = (either(n) for n in (words.names().months, words.names().weekdays))
    hour, minute, number = either(words.HOUR), either(words.MINUTE), either(words.NUMBERS)
    year = r"(?:\s*((?:19|20|21)[0-9]{2}))?(?![0-9:.])"
    unit = either([*words.DAY, *words.WEEK, *words.MONTH])
    shapes: list[tuple[str, _Take]] = [
        (
            rf"([0-9]{{1,2}}(?:[.,][0-9]{{1,2}})?|(?:{number})(?=\s))\s*(?:{hour})(?![a-z])\.?"
            rf"(?:([0-9]{{2}})(?![0-9:])|\s*([0-9]{{1,2}})\s*(?:{minute})\b)?",
            _Reading.lasts_hours,
        ),
        (r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:t(?=[0-9])|(?![0-9]))", _Reading.iso),
        (
            r"([0-9]{1,2})\.\s?([0-9]{1,2})(\.)?"
            r"(?:(?<=\.)\s?([0-9]{4}|(?<! )[0-9]{2}))?(?![0-9.:])",
            _Reading.numbers_with_dots,
        ),
        (
            r"([0-9]{1,2})/([0-9]{1,2})(?:/([0-9]{4}|[0-9]{2}))?(?![0-9/])",
            _Reading.numbers_with_slashes,
        ),
        (
            rf"([0-9]{{1,2}})(?:st|nd|rd|th|\.)?\s*(?:of\s+)?({months})\b\.?,?{year}",
            _Reading.day_and_month,
        ),
        (rf"({months})\b\.?\s*([0-9]{{1,2}})(?:st|nd|rd|th)?\b,?{year}", _Reading.month_and_day),
        (r"([0-9]{1,2})(?:st|nd|rd|th)\b", _Reading.day_of_month),
        (rf"in\s+([0-9]{{1,4}}|{number})\s*({unit})\b", _Reading.from_today),
        (rf"(?:{either(words.HALF_AN_HOUR)})\b", _Reading.lasts_half_an_hour),
        (rf"([0-9]{{1,3}})\s*(?:{minute})\b\.?", _Reading.lasts_minutes),
        (rf"{shape(1)}\s*(?:-|\b(?:{either(words.UNTIL)})\b)\s*{shape(2)}", _Reading.span),
        (rf"(?:{either(words.UNTIL)}|-)\s*{shape(1)}", _Reading.ends),
        (shape(1), _Reading.begins),
        (rf"(?:{either(words.NEXT)})\s+(?:{either(words.WEEK)})\b", _Reading.next_week),
        (rf"(?:{either(words.THIS)})\s+(?:{either(words.WEEK)})\b", _Reading.this_week),
        (rf"({either(words.DAYS)})\b", _Reading.named_day),
        (rf"({either(words.PARTS)})\b", _Reading.part),
        (rf"({either(words.MOMENTS)})\b", _Reading.moment),
        (
            rf"(?:({either([*words.NEXT, *words.THIS])})\s+)?({weekdays})\b\.?",
            _Reading.named_weekday,
        ),
        (rf"(?:{either(words.FILLERS)})(?![a-z0-9])", _Reading.filler),
    ]
    return [(re.compile(pattern), take) for pattern, take in shapes]
