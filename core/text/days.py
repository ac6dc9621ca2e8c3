"""Days and times, in the words of the language at hand and the order of the company's region; and
the days that the product knows: no job lies outside of them, and no question about one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time

from django import template
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.text.typed import searchable

FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
# Their moments, of any time zone: from the first on, and before the last.
BEGIN, END = datetime(1899, 12, 31, tzinfo=UTC), datetime(2200, 1, 2, tzinfo=UTC)
# Nobody can take its day for a month.
_EXAMPLE_DAY, _EXAMPLE_TIME = date(2026, 11, 26), time(14, 30)
# Longer than anybody writes a day or a time.
_LONGEST = 100
# How people call a month beside its name, and beside how that begins.
_ALSO = {"janner": 1, "feber": 2, "mrz": 3}
_READ = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

register = template.Library()


def check_day(day: date) -> None:
    """Refuse a day that is a slip of the hand. Raises `ValidationError`."""
    if not FIRST <= day <= LAST:
        raise ValidationError(range_help(), code="day")


def range_help() -> str:
    """Which days there are, where somebody gave another one."""
    details = {"first": FIRST.year, "last": LAST.year}
    return _("Choose a day from %(first)s to %(last)s.") % details


# As pages show them


@register.filter(expects_localtime=True)
def weekday(day: date) -> str:
    """A day with its weekday, in a few letters."""
    return formats.date_format(day, settings.REGION.weekday_format)


@register.filter(expects_localtime=True)
def weekday_only(day: date) -> str:
    """The same without its year, where that is plain."""
    return formats.date_format(day, settings.REGION.day_format)


@register.filter(expects_localtime=True)
def long_day(day: date) -> str:
    """A day with its weekday, in words."""
    return formats.date_format(day, settings.REGION.long_format)


@register.filter
def together(text: str) -> str:
    """A day or a time that was made here, for a page with little room: it breaks behind a comma
    alone. Not for what leaves the page, such as a mail or a file."""
    return re.sub("(?<!,) ", "\N{NO-BREAK SPACE}", text)


def clock(at: time) -> str:
    """A time of day."""
    return formats.time_format(at, "TIME_FORMAT")


def first_weekday() -> int:
    """With which day a week begins, as Python counts them: 0 is Monday."""
    # Django counts from Sunday.
    return (int(settings.REGION.formats["FIRST_DAY_OF_WEEK"]) - 1) % 7


# As people type them


def read_day(text: str) -> date | None:
    """The day that somebody typed; None where it is none that we know."""
    if len(text) > _LONGEST:
        return None
    plain = _plain(text)
    for each in formats.get_format("DATE_INPUT_FORMATS"):
        try:
            return datetime.strptime(plain, each).date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            continue
    return None


def read_time(text: str) -> time | None:
    """The time of day that somebody typed; None where it is none that we know."""
    if len(text) > _LONGEST:
        return None
    plain = " ".join(text.split())
    plain = re.sub(r"(?i)([ap])[.]?\s?m[.]?$", r"\1m", plain)
    for each in formats.get_format("TIME_INPUT_FORMATS"):
        try:
            return datetime.strptime(plain, each).time()  # noqa: DTZ007 (neither has it)
        except ValueError:
            continue
    return None


def day_help() -> str:
    """How a day is written, where one could not be read."""
    return _("Write the date like %(example)s.") % {"example": _day_example()}


def time_help() -> str:
    """How a time of day is written, where one could not be read."""
    return _("Write the time like %(example)s.") % {"example": clock(_EXAMPLE_TIME)}


def example() -> str:
    """A day and a time, as they are written here."""
    return f"{_day_example()} {clock(_EXAMPLE_TIME)}"


def _day_example() -> str:
    return formats.date_format(_EXAMPLE_DAY, "SHORT_DATE_FORMAT")


def _plain(text: str) -> str:
    """A day without its weekday, and its month in the letters that Python reads."""
    words = re.findall(r"[^\W\d_]+|[\d\W_]+", " ".join(text.split()))
    if len(words) > 1 and _is_weekday(words[0]):
        words = [words[1].lstrip(" .,"), *words[2:]]
    months = [_month(word) for word in words]
    if any(months):
        text = "".join(month or word for month, word in zip(months, words, strict=True))
        return re.sub(r"[\s.,]+", " ", text).strip()
    return re.sub(r"\s*([./-])\s*", r"\1", "".join(words)).strip()


def _month(word: str) -> str:
    """The month that a word begins the name of, as Python reads it; empty where it is none."""
    folded = searchable(word)
    for number, names in month_names().items():
        if len(folded) > 2 and any(name.startswith(folded) for name in names):
            return _READ[number - 1]
    return ""


def _is_weekday(word: str) -> bool:
    folded = searchable(word)
    return len(folded) > 1 and any(name.startswith(folded) for name in weekday_names())


def month_names() -> dict[int, list[str]]:
    """What each month is called, in the language at hand and in English, folded."""
    also = {number: [name] for name, number in _ALSO.items()}
    return {n: [*_names(MONTHS, n), *also.get(n, [])] for n in MONTHS}


def weekday_names() -> list[str]:
    """What days of the week are called, in the language at hand and in English, folded."""
    return [name for day in WEEKDAYS for name in _names(WEEKDAYS, day)]


def _names(names: Mapping[int, str | Promise], key: int) -> list[str]:
    here = searchable(str(names[key]))
    with override("en"):
        return [here, searchable(str(names[key]))]
