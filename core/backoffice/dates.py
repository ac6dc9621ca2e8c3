"""Days and times as they are typed in forms, and what the scripts of pages know of them."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.views.i18n import JavaScriptCatalog

from core.text import days


class DayField(forms.DateField):
    """A day, as people type one; what cannot be read is told with an example."""

    def to_python(self, value: Any) -> date | None:
        """The day. Raises `ValidationError`."""
        if not isinstance(value, str) or value in self.empty_values:
            return super().to_python(value)
        if day := days.read_day(value):
            return day
        raise ValidationError(days.day_help(), code="invalid")


class ClockField(forms.TimeField):
    """A time of day, as people type one."""

    def to_python(self, value: Any) -> time | None:
        """The time. Raises `ValidationError`."""
        if not isinstance(value, str) or value in self.empty_values:
            return super().to_python(value)
        at = days.read_time(value)
        if at is None:
            raise ValidationError(days.time_help(), code="invalid")
        return at


class Catalog(JavaScriptCatalog):
    """Django's words for its calendar, and how days are read and written here (dates.js)."""

    packages = ["django.contrib.admin"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Django's, and what `get_format` of the page gives beside Django's formats."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["formats"] |= {
            "WEEKDAY_FORMAT": settings.REGION.weekday_format,
            "WEEKDAYS": [str(name) for name in WEEKDAYS_ABBR.values()],
            "MONTHS": [str(name).title() for name in MONTHS_3.values()],
            "WEEKDAYS_READ": days.weekday_names(),
            "MONTHS_READ": list(days.month_names().values()),
            "DAY_HELP": days.day_help(),
            "DAY_RANGE": [days.FIRST.year, days.LAST.year, days.range_help()],
        }
        return context
