"""When jobs take place: in order, and in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text import days

# The order of a day, and of days: those at any time after those at a time, those of no day last.
NEXT_FIRST: Any = (
    F("scheduled_date").asc(nulls_last=True),
    F("start_time").asc(nulls_last=True),
    "pk",
)

END_BEFORE_START = gettext_lazy("The end time must be after the start time.")
# The hours in which work is offered to take place; it may at any other.
WORKING_DAY = (time(7), time(18))


@dataclass(frozen=True)
class Slot:
    """When a job takes place: on a day, at a time or at any; or on none."""

    day: date | None = None
    start: time | None = None
    end: time | None = None

    def overlaps(self, other: Slot) -> bool:
        """Do both have a time, and are there minutes that they share?"""
        if not (self.start and self.end and other.start and other.end) or self.day != other.day:
            return False
        return self.start < other.end and other.start < self.end

    @property
    def times_text(self) -> str:
        """From when until when; empty for any time."""
        return times_text(self.start, self.end)

    def __str__(self) -> str:
        return when_text(self.day, self.start, self.end)


class Planned:
    """Of a job: when it takes place, in words."""

    scheduled_date: Any
    start_time: Any
    end_time: Any

    @property
    def times_text(self) -> str:
        """From when until when it takes place; empty for any time."""
        return times_text(self.start_time, self.end_time)

    @property
    def when_text(self) -> str:
        """When it takes place, in a few letters."""
        return when_text(self.scheduled_date, self.start_time, self.end_time)


def half_hours(first: time = WORKING_DAY[0], last: time = WORKING_DAY[1]) -> list[time]:
    """The half hours of the working day."""
    halves = range(minutes(first), minutes(last) + 1, 30)
    return [at_minute(number) for number in halves]


def minutes(moment: time) -> int:
    """How many minutes of the day have passed."""
    return moment.hour * 60 + moment.minute


def at_minute(number: int) -> time:
    """The time at which so many minutes of the day have passed."""
    return time(*divmod(number, 60))


def next_first(day: date | None, start: time | None, key: int) -> tuple[date, time, int]:
    """To sort by in the order of NEXT_FIRST what is read already."""
    return day or date.max, start or time.max, key


def week(day: date) -> tuple[date, date]:
    """The first and the last day of the week that a day is in, as the region has weeks."""
    first = day - timedelta(days=(day.weekday() - days.first_weekday()) % 7)
    return first, first + timedelta(days=6)


def week_before(day: date) -> tuple[date, date]:
    """The first and the last day of the week before the one that a day is in."""
    return week(day - timedelta(days=7))


def day_text(day: date) -> str:
    """A day, in a few letters."""
    return days.weekday(day)


def times_text(start: time | None, end: time | None) -> str:
    """From when until when; empty for any time."""
    if not (start and end):
        return ""
    return "–".join(days.clock(each) for each in (start, end))


def when_text(day: date | None, start: time | None, end: time | None) -> str:
    """The day of a job and its times, in a few letters."""
    if day is None:
        return _("unscheduled")
    return ", ".join(filter(None, [day_text(day), times_text(start, end)]))
