"""What the address of the page asks for: of when, and of whose jobs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget

from core.backoffice.chosen import ChosenRow
from core.backoffice.dates import DayField
from core.record import audit
from core.text.days import check_day
from operations.models import Customer, Job
from people.models import User
from reports import period
from reports.period import PRESETS, Period
from reports.question import Filters, Question

_NAMES = {"start": "from", "end": "to"}
_DEFAULT = "30_days"


def _day(label: Any) -> DayField:
    widget = UnfoldAdminSingleDateWidget
    return DayField(required=False, label=label, widget=widget, validators=[check_day])


def _row(column: str, rows: Any, label: Any) -> forms.ModelChoiceField[Any]:
    """A field that finds what jobs name in a column."""
    field = forms.ModelChoiceField(rows, required=False, label=label)
    widget = ChosenRow(Job._meta.get_field(column), admin.site)
    widget.choices = field.choices
    field.widget = widget
    return field


class AskForm(forms.Form):
    """A period, by its name or by its days, and filters. What cannot be read asks for nothing."""

    start = _day(gettext_lazy("From"))
    end = _day(gettext_lazy("To"))
    priority = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Priority"),
        choices=[("", gettext_lazy("Any priority")), *Job.Priority.choices],
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, asked: QueryDict) -> None:
        super().__init__(asked)
        people = User.objects.all()
        self.fields |= {
            "technician": _row("assigned_to", people, _("Technician")),
            "owner": _row("owner", people, _("Owner")),
            "customer": _row("customer", Customer.objects.all(), _("Customer")),
        }
        self.order_fields(["start", "end", "technician", "owner", "customer", "priority"])
        self.preset = asked.get("period", "")
        self.today = audit.today()

    def add_prefix(self, field_name: str) -> str:
        """The names that the API has, too."""
        return _NAMES.get(field_name, field_name)

    def clean(self) -> dict[str, Any]:
        """The days are in their order."""
        data = self.cleaned_data
        start, end = data.get("start"), data.get("end")
        if start and end and end < start:
            self.add_error("end", ValidationError(_("This day is before the first day.")))
        return data

    @property
    def chosen(self) -> str:
        """The name of the period: empty for days of the person's own."""
        if self.cleaned_data["start"] or self.cleaned_data["end"]:
            return ""
        return self.preset if self.preset in {each.name for each in PRESETS} else _DEFAULT

    @property
    def period(self) -> Period:
        """The days that are asked for."""
        if name := self.chosen:
            return next(each for each in PRESETS if each.name == name).on(self.today)
        start, end = self.cleaned_data["start"], self.cleaned_data["end"]
        end = end or max(self.today, start)
        return Period(start or period.last_30_days(end).start, end)

    @property
    def question(self) -> Question:
        """All that is asked."""
        asked = self.cleaned_data
        technician, owner, customer = (
            asked[name] and asked[name].pk for name in ("technician", "owner", "customer")
        )
        filters = Filters(technician, owner, customer, asked["priority"])
        return Question(self.period, filters, timezone.now(), period.parts(self.period))

    @property
    def filters(self) -> dict[str, str]:
        """What of the address asks whose jobs."""
        names = ("technician", "owner", "customer", "priority")
        return {name: self.data[name] for name in names if self.data.get(name)}
