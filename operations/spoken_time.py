"""A time of day as people say it: 9, 9:30, 0930, 9.30, 2 pm, 14 Uhr 30, halb 10."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.text import days

_HALF = r"[ap]\.?m\b\.?|uhr\b(?:\s+[0-9]{2}(?![0-9:.]))?"

# Half an hour to ten, as German has it, and half an hour past nine.
_TO, _PAST = re.compile(r"\bhalb ([0-9]{1,2})\b"), re.compile(r"\bhalf past ([0-9]{1,2})\b")


def in_numbers(text: str) -> str:
    """A text with the half hours that it says in words written in numbers."""
    text = _TO.sub(lambda hour: f"{int(hour[1]) - 1 or 12}:30", text)
    return _PAST.sub(r"\1:30", text)


def shape(place: int) -> str:
    """The pattern of a time, with its groups named by a place: hour, minutes, and what follows."""
    clock = rf"(?P<h{place}>[0-9]{{4}}|[0-9]{{1,2}})(?:[:.](?P<m{place}>[0-9]{{2}}))?"
    return rf"{clock}(?::00)?(?![0-9])\s*(?P<x{place}>{_HALF})?"


def unread(word: str) -> ValidationError:
    sentence = _(
        "“%(word)s” could not be read. Write it like “tue 10-12”, “tomorrow 9”, “%(example)s” or "
        "“in 2 weeks”."
    )
    details = {"word": word[:40], "example": days.example()}
    return ValidationError(sentence % details, code="unread")


class Moment:
    """A time as it was said: hour, minutes, and which half of the day, where that was."""

    def __init__(self, parts: tuple[str | None, ...]) -> None:
        hour, past, half = (each or "" for each in parts)
        if half.startswith("uhr"):
            # As in 14 Uhr 30.
            half, past = "", past or half.removeprefix("uhr").strip()
        if len(hour) > 2:
            hour, past = hour[:2], hour[2:]
        self._as_typed = f"{hour}:{past}" if past else hour
        self.hour, self._past = int(hour), int(past or 0)
        self.half = half[0] + "m" if half[:1] in {"a", "p"} and self.hour <= 12 else ""
        self._is_short = len(hour) == 1 and self.hour > 0

    def at(self, half: str = "") -> int:
        """In minutes of the day."""
        half, hour = half or self.half, self.hour
        if half:
            hour = hour % 12 + (12 if half == "pm" else 0)
        elif self._is_short and hour < 7:
            hour += 12
        if hour > 23 or self._past > 59:
            raise unread(self._as_typed)
        return hour * 60 + self._past

    def after(self, start: int) -> int:
        """As the end of what begins then: from 9 to 5, from 10 to 9."""
        end = self.at()
        is_later = self._is_short and not self.half and end <= start
        return end + 12 * 60 if is_later else end
