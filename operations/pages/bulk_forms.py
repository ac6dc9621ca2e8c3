"""What can be done to many jobs at once, and what is asked for it."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from core.record.audit import LONGEST_REASON, Kind
from operations import bulk
from operations.bulk import Result
from operations.models import Job
from operations.states import Verb
from people.models import User


class BulkForm(forms.Form):
    """What is asked of whoever does something to many jobs."""

    title: ClassVar[str | Promise]
    # What the page says of each job beforehand.
    what: ClassVar[str | Promise] = ""
    action: ClassVar[str] = "change"
    verb: ClassVar[Verb | None] = None
    # A value, the switch that means none on purpose, and what to say where it is both or neither.
    either: ClassVar[tuple[str, str, str | Promise] | None] = None
    # Whether a page undoes it.
    can_be_undone: ClassVar[bool] = True
    kind: ClassVar[Kind] = Kind.BULK

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text=gettext_lazy("It is kept in the history of each job."),
    )

    def clean(self) -> dict[str, Any]:
        """What is left out is left out on purpose."""
        details = super().clean() or self.cleaned_data
        if self.either:
            value, none, missing = self.either
            if value not in self.errors and bool(details.get(value)) == bool(details.get(none)):
                self.add_error(value, str(missing))
        return details

    def foresee(self, jobs: list[Job], *, by: User, versions: bulk.Versions) -> list[Result]:
        """What can be told of each beforehand."""
        return bulk.foreseen(jobs, by=by, verb=self.verb)

    def do(self, jobs: list[Job], *, by: User, versions: bulk.Versions) -> list[Result]:
        """Do it to each."""
        raise NotImplementedError


class AssignForm(BulkForm):
    """To whom."""

    title = gettext_lazy("Assign jobs")
    what = gettext_lazy("Goes to the technician you choose")
    either = (
        "assigned_to",
        "unassign",
        gettext_lazy("Choose a technician, or have the jobs taken from whoever has them."),
    )

    assigned_to = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Technician"),
        required=False,
        empty_label=gettext_lazy("Choose a technician"),
        widget=UnfoldAdminSelectWidget,
    )
    unassign = forms.BooleanField(
        label=gettext_lazy("Take them from whoever has them"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    field_order = ("assigned_to", "unassign", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assigned_to"].queryset = User.objects.technicians()  # type: ignore[attr-defined]

    def do(self, jobs: list[Job], *, by: User, versions: bulk.Versions) -> list[Result]:
        details = self.cleaned_data
        return bulk.assign(
            jobs, details["assigned_to"], by=by, reason=details["reason"], versions=versions
        )


class RescheduleForm(BulkForm):
    """When."""

    title = gettext_lazy("Reschedule jobs")
    what = gettext_lazy("Moves to the day you give")
    either = (
        "scheduled_date",
        "unschedule",
        gettext_lazy("Give a day, or have the jobs taken off the schedule."),
    )

    scheduled_date = forms.DateField(
        label=gettext_lazy("Day"), required=False, widget=UnfoldAdminSingleDateWidget
    )
    start_time = forms.TimeField(
        label=gettext_lazy("Start time"), required=False, widget=UnfoldAdminSingleTimeWidget
    )
    end_time = forms.TimeField(
        label=gettext_lazy("End time"),
        required=False,
        widget=UnfoldAdminSingleTimeWidget,
        help_text=gettext_lazy("Give both times or neither. Neither means any time that day."),
    )
    unschedule = forms.BooleanField(
        label=gettext_lazy("Take them off the schedule"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    field_order = ("scheduled_date", "start_time", "end_time", "unschedule", "reason")

    def do(self, jobs: list[Job], *, by: User, versions: bulk.Versions) -> list[Result]:
        details = self.cleaned_data
        times = (details["start_time"], details["end_time"])
        return bulk.reschedule(
            jobs,
            details["scheduled_date"],
            times,
            by=by,
            reason=details["reason"],
            versions=versions,
        )


class CancelForm(BulkForm):
    """Why."""

    title = gettext_lazy("Cancel jobs")
    what = gettext_lazy("Is cancelled. Each can be reopened")
    action = "cancel"
    verb = Verb.CANCEL
    can_be_undone = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True

    def do(self, jobs: list[Job], *, by: User, versions: bulk.Versions) -> list[Result]:
        return bulk.cancel(jobs, by=by, reason=self.cleaned_data["reason"], versions=versions)


class UndoForm(BulkForm):
    """Why what was done to many is put back."""

    title = gettext_lazy("Undo")
    kind = Kind.UNDO

    def foresee(self, jobs: list[Job], *, by: User, versions: bulk.Versions) -> list[Result]:
        before = bulk.replaced(jobs)
        return [
            replace(outcome, what=_former(outcome.job, before[outcome.job.pk]))
            for outcome in bulk.foreseen(jobs, by=by, versions=versions)
        ]

    def do(self, jobs: list[Job], *, by: User, versions: bulk.Versions) -> list[Result]:
        return bulk.put_back(jobs, by=by, reason=self.cleaned_data["reason"], versions=versions)


def _former(job: Job, before: dict[str, Any]) -> str:
    """What a job goes back to, in words."""
    then = copy(job)
    for name, value in before.items():
        setattr(then, name, value)
    details = []
    if before.keys() & {"scheduled_date", "start_time", "end_time"}:
        details.append(_("When: %(when)s") % {"when": then.when_text})
    if "assigned_to" in before:
        details.append(_("Technician: %(name)s") % {"name": then.assigned_to or _("nobody")})
    if "owner" in before:
        details.append(_("Owner: %(name)s") % {"name": then.owner})
    return " · ".join(details)


BULK_FORMS: dict[str, type[BulkForm]] = {
    "assign": AssignForm,
    "reschedule": RescheduleForm,
    "cancel": CancelForm,
    "undo": UndoForm,
}
