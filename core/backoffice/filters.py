"""What the filters of lists make of what people type."""

from __future__ import annotations

from datetime import date

from unfold.utils import parse_date_str


def day_of(text: str) -> date | None:
    """The day that a filter of days takes a text for; None where it is none."""
    day: date | None = parse_date_str(text)
    return day
