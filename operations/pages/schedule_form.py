"""When a job takes place, in a form: said in words, or picked; either fills the other.

A form that has the fields `scheduled_date`, `start_time` and `end_time` derives from
`SpokenSchedule` too, and its page includes operations/schedule_fields.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core.record import audit
from core.text.days import clock, example
from operations.schedule import Slot, half_hours
from operations.spoken_schedule import LONGEST, read

_SECONDS = re.compile(r"\d\d:\d\d:\d\d")
PARTS = ("scheduled_date", "start_time", "end_time")
# How long jobs take: what is offered, in minutes.
LENGTHS = (30, 60, 90, 120, 180, 240)


class Calendar(UnfoldAdminTextInputWidget):  # type: ignore[misc]  # unfold has no types.
    """A day, from the calendar of the browser, which sends it as programs write it."""

    input_type = "date"

    def format_value(self, value: Any) -> str:
        """As it was sent, or as it is to be sent."""
        return str(value) if value else ""


class HalfHours(UnfoldAdminSelectWidget):  # type: ignore[misc]  # unfold has no types.
    """A time among the half hours of the working day, and whichever else was said."""

    # What it is where none is chosen.
    empty_text: str | Promise = gettext_lazy("any time")

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> Any:
        """Those of the working day, with the one that is chosen among them."""
        offered = {_sent(each): clock(each) for each in half_hours()}
        for each in filter(None, value):
            offered.setdefault(each, each)
        self.choices = [("", self.empty_text), *sorted(offered.items())]
        return super().optgroups(name, value, attrs)

    def format_value(self, value: Any) -> list[str]:
        """Without seconds."""
        text = str(value or "")
        return [text[:5] if _SECONDS.fullmatch(text) else text]


def _sent(moment: time) -> str:
    return moment.isoformat("minutes")


class SpokenSchedule(forms.Form):
    """For a form with day and times: a text says them all at once, and goes before what is picked,
    unless it says what was there before."""

    schedule = forms.CharField(
        label=gettext_lazy("When"),
        required=False,
        max_length=LONGEST,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off", "spellcheck": "false"}),
    )

    _unread: ValidationError | None = None

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        before = _before(kwargs)
        prefix = kwargs.get("prefix")
        super().__init__(self._with_parts(data, before, prefix), *args, **kwargs)
        self.initial.setdefault("schedule", before)
        self.fields["schedule"].help_text = _(
            "Type it like “tue 10-12”, “tomorrow 9”, “%(example)s 1h30” or “in 2 weeks”. "
            "Leave it empty if not scheduled yet."
        ) % {"example": example()}
        for name, widget in zip(PARTS, (Calendar, HalfHours, HalfHours), strict=True):
            if name in self.fields:
                # Not among those of whoever may see the row alone.
                self.fields[name].widget = widget({"data-part": name})

    def _with_parts(self, data: Any, before: str, prefix: str | None) -> Any:
        """What was sent, with the day and times that its text says, as if they had been picked."""
        start = f"{prefix}-" if prefix else ""
        typed = (data or {}).get(f"{start}schedule", "")
        if not typed or typed == before:
            return data
        try:
            slot = read(typed, today=audit.today())
        except ValidationError as unread:
            self._unread = unread
            return data
        data = data.copy()
        for name, value in zip(PARTS, (slot.day, slot.start, slot.end), strict=True):
            data[f"{start}{name}"] = value.isoformat()[:10] if value else ""
        return data

    def clean_schedule(self) -> str:
        """The text. Raises `ValidationError` for one that could not be read."""
        if self._unread:
            raise self._unread
        return str(self.cleaned_data["schedule"])

    def lengths(self) -> Iterator[tuple[int, str]]:
        """How long a job can be made to take by one press: in minutes, and in words."""
        for number in LENGTHS:
            hours, rest = divmod(number, 60)
            parts = (_("%d h") % hours if hours else "", _("%d min") % rest if rest else "")
            yield number, " ".join(filter(None, parts))

    def days(self) -> Iterator[tuple[str, str]]:
        """Days that are chosen by one press: as sent, and in words."""
        today = audit.today()
        for number, word in ((0, _("Today")), (1, _("Tomorrow")), (7, _("In a week"))):
            yield str(today + timedelta(days=number)), word


def _before(given: dict[str, Any]) -> str:
    """What the row that a form is of says of it; empty for a new one, or one without a day."""
    row = given.get("instance")
    if row is None or row.scheduled_date is None:
        return ""
    return str(Slot(row.scheduled_date, row.start_time, row.end_time))
