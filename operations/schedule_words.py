"""The words in which people say when a job takes place, by language; folded, as they are read.

All languages are read at once: who works in German and is told "next tue" types it as it was said.
The names of days and months are Django's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from functools import cache
from typing import Any

from django.utils import dates, translation

from core.text.typed import searchable

LANGUAGES = ("en", "de")

# Days from today.
DAYS = {
    "day after tomorrow": 2, "tomorrow": 1, "tmrw": 1, "today": 0, "yesterday": -1,
    "ubermorgen": 2, "uebermorgen": 2, "morgen": 1, "heute": 0, "gestern": -1,
}  # fmt: skip
# Parts of a day.
PARTS = {
    "morning": (time(8), time(12)), "afternoon": (time(13), time(17)),
    "evening": (time(17), time(20)), "all day": (time(8), time(17)),
    "vormittags": (time(8), time(12)), "vormittag": (time(8), time(12)),
    "fruh": (time(8), time(12)), "frueh": (time(8), time(12)),
    "nachmittags": (time(13), time(17)), "nachmittag": (time(13), time(17)),
    "abends": (time(17), time(20)), "abend": (time(17), time(20)),
    "ganztags": (time(8), time(17)),
}  # fmt: skip
# Moments of a day.
MOMENTS = {"noon": time(12), "midday": time(12), "mittags": time(12), "mittag": time(12)}
THIS = ("this", "diesen", "diese", "diesem", "dieser")
NEXT = ("next", "nachsten", "nachste", "nachster", "nachstem", "naechsten", "naechste", "naechster",
        "naechstem", "kommenden", "kommende", "kommender")  # fmt: skip
DAY = ("days", "day", "tagen", "tage", "tag")
WEEK = ("weeks", "week", "wochen", "woche")
MONTH = ("months", "month", "monaten", "monate", "monat")
HOUR = ("hours", "hour", "hrs", "hr", "stunden", "stunde", "std", "h")
MINUTE = ("minutes", "minute", "minuten", "mins", "min", "m")
NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8,
    "ein": 1, "eine": 1, "einem": 1, "einer": 1, "zwei": 2, "drei": 3, "vier": 4, "funf": 5,
    "fuenf": 5, "sechs": 6, "acht": 8,
}  # fmt: skip
UNTIL = ("until", "till", "to", "bis")
HALF_AN_HOUR = ("half an hour", "half hour", "eine halbe stunde", "einer halben stunde",
                "halbe stunde")  # fmt: skip
# Said without meaning anything by itself.
FILLERS = ("on", "at", "from", "the", "of", "for", "o'clock", "um", "ab", "von", "am", "an", "der",
           "den", "dem", "fur", "fuer", "uhr", "in der", "in the", "@")  # fmt: skip


@dataclass(frozen=True)
class Names:
    """What days and months are called: the place of each, Monday and January first."""

    weekdays: Mapping[str, int]
    months: Mapping[str, int]


@cache
def names() -> Names:
    """Those of all languages, in full, in a few letters, and in those they begin with."""
    weekdays: dict[str, int] = {"weds": 2, "thur": 3, "thurs": 3, "tues": 1, "sonnabend": 5}
    months: dict[str, int] = {"sept": 9, "maerz": 3, "jaenner": 1, "janner": 1, "feber": 2}
    for language in LANGUAGES:
        with translation.override(language):
            _name(weekdays, dates.WEEKDAYS.items(), shortest=2)
            _name(weekdays, dates.WEEKDAYS_ABBR.items(), shortest=2)
            for table in (dates.MONTHS, dates.MONTHS_AP, dates.MONTHS_ALT, dates.MONTHS_3):
                _name(months, table.items(), shortest=3)
    return Names(weekdays, months)


def _name(known: dict[str, int], named: Iterable[tuple[int, Any]], *, shortest: int) -> None:
    for place, name in named:
        word = searchable(str(name)).rstrip(".")
        for length in range(shortest, len(word) + 1):
            known.setdefault(word[:length], place)


def any_of(words: Iterable[str]) -> str:
    """A pattern of any of these words, the longest first."""
    return "|".join(sorted(map(_escaped, words), key=lambda word: (-len(word), word)))


def _escaped(word: str) -> str:
    return word.replace(".", r"\.").replace(" ", r"\s+")
