"""The days that figures are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text import days
from operations.models.job_queries import moments
from operations.schedule import week

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Days from one to another, both included, in the business time zone.

    Raises `ValueError` where it would end before it starts.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("A period ends on the day it starts, or later.")

    def __str__(self) -> str:
        names = {"first": days.weekday(self.start), "last": days.weekday(self.end)}
        return names["first"] if self.length == 1 else _("%(first)s to %(last)s") % names

    @property
    def length(self) -> int:
        """How many days there are."""
        return (self.end - self.start).days + 1

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last of them."""
        return self.start, self.end

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """When it begins, and when the day after it does."""
        return moments(self.days)

    @property
    def before(self) -> Period:
        """As many days, just before these."""
        return Period(self.start - self.length * _DAY, self.start - _DAY)

    def holds(self, other: Period) -> bool:
        """Does another one lie within it?"""
        return self.start <= other.start and other.end <= self.end

    def without(self, others: Iterable[Period]) -> list[Period]:
        """What is left of it beside others, which lie within it in their order."""
        left, start = [], self.start
        for other in others:
            if start < other.start:
                left.append(Period(start, other.start - _DAY))
            start = other.end + _DAY
        return [*left, Period(start, self.end)] if start <= self.end else left

    @property
    def is_known(self) -> bool:
        """Are these days that the product knows?"""
        return self.start >= days.FIRST and self.end <= days.LAST


def month_of(day: date) -> Period:
    """The whole month in which a day lies."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - _DAY)


# More days than these are looked at by weeks, more than those by months, and then by years.
_DAYS, _WEEKS, _MONTHS = 31, 190, 1098


def parts(period: Period) -> tuple[Period, ...]:
    """The days, weeks, months or years of a period: as many as are seen at a glance."""
    found, start = [], period.start
    while start <= period.end:
        end = min(_part_end(start, period.length), period.end)
        found.append(Period(start, end))
        start = end + _DAY
    return tuple(found)


def _part_end(day: date, length: int) -> date:
    """The last day of the part that a day is in."""
    if length <= _DAYS:
        return day
    if length <= _WEEKS:
        return week(day)[1]
    if length <= _MONTHS:
        return month_of(day).end
    return day.replace(month=12, day=31)


@dataclass(frozen=True)
class Preset:
    """A period that is asked for by its name, which ends today if not said otherwise."""

    name: str
    title: str | Promise
    start: Callable[[date], date]
    end: Callable[[date], date] = lambda today: today

    def on(self, today: date) -> Period:
        """The period, on a day."""
        return Period(self.start(today), self.end(today))


def last_30_days(today: date) -> Period:
    """What is shown where nobody says of when."""
    return Period(today - 29 * _DAY, today)


def last_month(today: date) -> Period:
    """The month before that of a day."""
    return month_of(today.replace(day=1) - _DAY)


PRESETS = (
    Preset("week", gettext_lazy("This week"), lambda today: week(today)[0]),
    Preset("30_days", gettext_lazy("Last 30 days"), lambda today: last_30_days(today).start),
    Preset(
        "last_month",
        gettext_lazy("Last month"),
        lambda today: last_month(today).start,
        lambda today: last_month(today).end,
    ),
    Preset(
        "quarter",
        gettext_lazy("This quarter"),
        lambda today: today.replace(month=today.month - (today.month - 1) % 3, day=1),
    ),
    Preset("year", gettext_lazy("This year"), lambda today: today.replace(month=1, day=1)),
)
