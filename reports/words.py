"""How figures are written."""

from __future__ import annotations

from datetime import timedelta

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from reports.figures import Rate


def number(many: int) -> str:
    """How many."""
    # A page has hundreds of them, and Django takes its time.
    return str(many) if 0 <= many < 1000 else number_format(many, force_grouping=True)


def share(rate: Rate) -> str:
    """A share in percent, unless there are too few to say."""
    if rate.share is None:
        return "–"
    if rate.is_few:
        return _("too few to say")
    return percent(rate.share)


def percent(part: float) -> str:
    """A part of a whole."""
    return _("%(number)s%%") % {"number": _rounded(100 * part, 0)}


def duration(time: timedelta | None) -> str:
    """How long something took, in the unit that fits; a dash for nothing."""
    if time is None:
        return "–"
    if time >= timedelta(days=2):
        return _("%(number)s days") % {"number": _rounded(time / timedelta(days=1), 1)}
    if time >= timedelta(hours=2):
        return _("%(number)s hours") % {"number": _rounded(time / timedelta(hours=1), 1)}
    return _("%(number)s min") % {"number": _rounded(time / timedelta(minutes=1), 0)}


def _rounded(number: float, places: int) -> str:
    # Django would cut it off.
    return number_format(round(number, places), places)
