"""What is asked of whoever hands jobs over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextareaWidget,
)

from core.record.audit import LONGEST_REASON
from operations import free
from operations.models import Job
from people.models import User


class WhoForm(forms.Form):
    """Who hands over, and who takes over."""

    person = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Hand over from"),
        empty_label=gettext_lazy("Choose somebody"),
        widget=UnfoldAdminSelect2Widget,
        help_text=gettext_lazy("Everybody who owns an open job or is assigned to one."),
    )
    owner = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("New owner of their jobs"),
        required=False,
        empty_label=gettext_lazy("Keep the current owner"),
        widget=UnfoldAdminSelect2Widget,
    )
    technicians = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=gettext_lazy("Who takes over the jobs assigned to them"),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text=gettext_lazy(
            "If you choose several, each job goes to whoever has the fewest that day. If "
            "nobody, jobs stay with their technician."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        jobs = Job.objects.open().order_by()
        named = Q(pk__in=jobs.values("owner")) | Q(pk__in=jobs.values("assigned_to"))
        choices: dict[str, Any] = {
            "person": User.objects.filter(named),
            "owner": User.objects.owners(),
            "technicians": User.objects.technicians(),
        }
        for name, people in choices.items():
            field: Any = self.fields[name]
            field.queryset = people.order_by("first_name", "last_name", "username")
        technicians: Any = self.fields["technicians"]
        technicians.choices = free.named(free.loads(technicians.queryset))

    def clean(self) -> dict[str, Any]:
        """Somebody takes over, and it is somebody else."""
        details = self.cleaned_data
        person, owner = details.get("person"), details.get("owner")
        technicians = details.get("technicians") or []
        if person and person == owner:
            self.add_error("owner", _("Choose somebody else."))
        if person and person in technicians:
            self.add_error("technicians", _("Choose other technicians."))
        if not self.errors and not owner and not technicians:
            self.add_error(None, _("Choose a new owner, technicians, or both."))
        return details


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text=gettext_lazy("The reason is kept in the history of each job."),
    )

    def plain_fields(self) -> list[forms.BoundField]:
        """As those of what is done to many jobs."""
        return list(self)
