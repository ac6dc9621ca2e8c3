"""The values of a workbook's cells, as cells of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any, TypeAlias

from django.utils.translation import gettext as _

from core.imports.oddities import ANY_DIGIT, DIGIT, Kind, OddCell
from core.imports.table import Cell, Line

Value: TypeAlias = str | int | float | bool | date | datetime | time | timedelta

# Excel keeps so many digits of a number, and writes 0 for those behind them.
_MOST_DIGITS = 15
_LOST = float(10**_MOST_DIGITS)
_AS_THEY_ARE = {str, date, time}
_MASKED = {Kind.ZEROS, Kind.PREFIX}


def line(row: int, values: Sequence[Value], odd: Mapping[int, OddCell]) -> Line:
    """A row of a sheet, numbered from 0 here, and from 1 where people read it."""
    cells: list[Any] = list(values)
    problems: dict[int, str] = {}
    for place in [at for at, value in enumerate(values) if value.__class__ not in _AS_THEY_ARE]:
        cells[place] = cell(values[place])
        if _has_lost_digits(values[place]):
            problems[place] = _lost()
    for place, each in odd.items():
        cells += [""] * (place + 1 - len(cells))
        value = values[place] if place < len(values) else ""
        cells[place] = _shown(value, each)
        if problem := _problem(value, each):
            problems[place] = problem
    return Line(row + 1, cells, problems)


def cell(value: Value) -> Cell:
    """A number as people write it, a moment at midnight as its day, hours over 24 as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date()
    return value


def number(value: float) -> str:
    """A number in its 15 digits, without an exponent: 0.1 + 0.2 is 0.3, as Excel shows it."""
    if not isfinite(value):
        return str(value)
    if value == int(value):
        return str(int(value))
    return f"{Decimal(f'{value:.{_MOST_DIGITS}g}'):f}"


def _duration(value: timedelta) -> Cell:
    """Hours and minutes: a time of a day, or text where that has no such hour."""
    if timedelta() <= value < timedelta(days=1):
        return (datetime.combine(date.min, time()) + value).time()
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def _has_lost_digits(value: Value) -> bool:
    return isinstance(value, float) and not -_LOST < value < _LOST


def _lost() -> str:
    sentence = _(
        "This number has more than %(most)s digits. A spreadsheet keeps no more, and "
        "writes 0 for the rest. Format the cell as text and type the number again."
    )
    return sentence % {"most": _MOST_DIGITS}


# Odd cells


def _shown(value: Value, odd: OddCell) -> Cell:
    """What an odd cell shows."""
    if odd.kind is Kind.ERROR:
        return odd.detail
    if not isinstance(value, int | float):
        return cell(value)
    if odd.kind in _MASKED:
        return _masked(value, odd.detail)
    return f"{number(value * 100)}%" if odd.kind is Kind.PERCENT else number(value)


def _masked(value: float, mask: str) -> str:
    """A whole number as a mask shows it: the digits that are left stand before the others."""
    places = [sign for sign in mask if sign in {DIGIT, ANY_DIGIT}]
    if not places or not _fits(value):
        return number(value)
    digits = list(str(int(value)).zfill(places.count(DIGIT)) if value else "0" * mask.count(DIGIT))
    shown = list(mask)
    for at in [at for at, sign in reversed(list(enumerate(mask))) if sign in {DIGIT, ANY_DIGIT}]:
        first, shown[at] = at, digits.pop() if digits else ""
    shown[first] = "".join(digits) + shown[first]
    return "".join(shown).strip()


def _fits(value: float) -> bool:
    """Is it shown by a mask as it is?"""
    return value >= 0 and not value % 1


def _problem(value: Value, odd: OddCell) -> str:
    if odd.kind is Kind.NO_RESULT:
        return _(
            "This formula has no stored result. Open the file in a spreadsheet and save it "
            "there, or type the value instead."
        )
    if odd.kind is Kind.ERROR:
        sentence = _("The cell shows the error %(error)s. Type the value instead.")
        return sentence % {"error": odd.detail}
    if odd.kind is Kind.PREFIX and isinstance(value, int | float):
        if odd.detail and _fits(value):
            return ""
        return _(
            "The cell shows text before the number that is not in the cell. Format the cell as "
            "text and type all that is to be there."
        )
    # Whoever shows a day below 0 shows none; the reader makes midnight of it.
    if odd.kind is Kind.NEGATIVE and not isinstance(value, int | float):
        return _(
            "This is a number below 0 in a date or time format, and there is no such date "
            "or time. Type the value instead."
        )
    return ""
