"""The days that the product knows: what lies beyond them is a slip of the finger."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)


def check_day(day: date) -> None:
    """Raise `ValidationError` for a day of another age."""
    if not FIRST <= day <= LAST:
        raise ValidationError(_("Give a day between 1900 and 2199."), code="day")
