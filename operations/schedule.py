"""When jobs take place: in order, and in words. It imports nothing of ours."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from django.db.models import F
from django.utils import formats
from django.utils.translation import gettext as _

# The order of a day, and of days: those at any time after those at a time, those of no day last.
NEXT_FIRST: Any = (
    F("scheduled_date").asc(nulls_last=True),
    F("start_time").asc(nulls_last=True),
    "pk",
)


def next_first(day: date | None, start: time | None, key: int) -> tuple[date, time, int]:
    """To sort by in the order of NEXT_FIRST what is read already."""
    return day or date.max, start or time.max, key


def week(day: date) -> tuple[date, date]:
    """The first and the last day of the week that a day is in: Monday and Sunday."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def day_text(day: date) -> str:
    """A day, in a few letters."""
    return formats.date_format(day, "D j M Y")


def times_text(start: time | None, end: time | None) -> str:
    """From when until when; empty for any time."""
    if not (start and end):
        return ""
    return "–".join(formats.time_format(each, "H:i") for each in (start, end))


def when_text(day: date | None, start: time | None, end: time | None) -> str:
    """The day of a job and its times, in a few letters."""
    if day is None:
        return _("unscheduled")
    return ", ".join(filter(None, [day_text(day), times_text(start, end)]))
