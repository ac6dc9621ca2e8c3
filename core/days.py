"""The days that the product knows: no job lies outside of them, and no question about one."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)


def check_day(day: date) -> None:
    """Refuse a day that is a slip of the hand. Raises `ValidationError`."""
    if not FIRST <= day <= LAST:
        details = {"first": FIRST.year, "last": LAST.year}
        raise ValidationError(_("Choose a day from %(first)s to %(last)s.") % details, code="day")
