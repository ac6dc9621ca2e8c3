"""What can be done to many jobs at once, and what is asked for it."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import time
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from core.backoffice.dates import ClockField, DayField
from core.record.audit import LONGEST_REASON, Kind
from core.text.days import example
from operations import bulk, free
from operations.bulk import Result
from operations.models import Job
from operations.pages.foreseen import Planned
from operations.pages.schedule_form import PARTS, SpokenSchedule
from operations.schedule import Slot
from operations.states import Verb
from people.models import User


class BulkForm(forms.Form):
    """What is asked of whoever does something to many jobs."""

    title: ClassVar[str | Promise]
    # What the page says of each job beforehand.
    what: ClassVar[str | Promise] = ""
    action: ClassVar[str] = "change"
    verb: ClassVar[Verb | None] = None
    # The fields of which one alone is to be filled, such as a value and the switch that means none
    # on purpose; and what to say where it is several or none.
    either: ClassVar[tuple[tuple[str, ...], str | Promise] | None] = None
    # Whether a page undoes it.
    can_be_undone: ClassVar[bool] = True
    kind: ClassVar[Kind] = Kind.BULK

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text=gettext_lazy("The reason is kept in the history of each job."),
    )

    def clean(self) -> dict[str, Any]:
        """What is left out is left out on purpose."""
        details = super().clean() or self.cleaned_data
        if self.either and not self.errors:
            ways, missing = self.either
            if sum(bool(details.get(way)) for way in ways) != 1:
                self.add_error(ways[0], str(missing))
        return details

    def tell(self, jobs: list[Job]) -> None:
        """Say at the fields what there is to know of these jobs."""

    def plain_fields(self) -> list[forms.BoundField]:
        """Those that stand one below the other."""
        return [field for field in self if field.name not in {"schedule", *PARTS}]

    def foresee(self, jobs: list[Job], *, by: User, versions: bulk.Versions) -> list[Result]:
        """What can be told of each beforehand."""
        return bulk.foreseen(jobs, by=by, verb=self.verb)

    def plan(self, jobs: list[Job]) -> list[tuple[Planned, str]]:
        """How each is about to be, and what becomes of it in words, as far as that is known of what
        has been filled in; nothing where nobody is made busy by it."""
        return []

    def do(self, jobs: list[Job], *, by: User, versions: bulk.Versions) -> list[Result]:
        """Do it to each."""
        raise NotImplementedError


class AssignForm(BulkForm):
    """To whom."""

    title = gettext_lazy("Assign jobs")
    what = gettext_lazy("Will go to the technician you choose")
    either = (
        ("assigned_to", "spread", "unassign"),
        gettext_lazy("Choose a technician, spread the jobs, or unassign them."),
    )

    assigned_to = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Technician"),
        required=False,
        empty_label=gettext_lazy("Choose a technician"),
        widget=UnfoldAdminSelectWidget,
    )
    spread = forms.BooleanField(
        label=gettext_lazy("Spread them over whoever has the fewest jobs that day"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    among = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=gettext_lazy("Spread over"),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text=gettext_lazy("Only used to spread them. If nobody is chosen: all technicians."),
    )
    unassign = forms.BooleanField(
        label=gettext_lazy("Unassign them"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    field_order = ("assigned_to", "spread", "among", "unassign", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("assigned_to", "among"):
            self.fields[name].queryset = User.objects.technicians()  # type: ignore[attr-defined]

    def tell(self, jobs: list[Job]) -> None:
        """What each technician has on the days of the jobs, the free ones first."""
        days = {job.scheduled_date for job in jobs if job.scheduled_date}
        leaving_out = [job.pk for job in jobs]
        found = free.named(free.loads(User.objects.technicians(), days, leaving_out=leaving_out))
        field: Any = self.fields["assigned_to"]
        field.choices = [("", field.empty_label), *found]
        self.fields["among"].choices = found  # type: ignore[attr-defined]

    def plan(self, jobs: list[Job]) -> list[tuple[Planned, str]]:
        details = self.cleaned_data
        to = dict.fromkeys([job.pk for job in jobs], details["assigned_to"])
        if details["spread"]:
            to = free.spread(jobs, self._among())
        return [(Planned.to(job, to.get(job.pk)), _goes(job, to.get(job.pk))) for job in jobs]

    def _among(self) -> list[User]:
        return list(self.cleaned_data["among"] or User.objects.technicians())

    def do(self, jobs: list[Job], *, by: User, versions: bulk.Versions) -> list[Result]:
        details = self.cleaned_data
        if details["spread"]:
            return bulk.spread(
                jobs, self._among(), by=by, reason=details["reason"], versions=versions
            )
        return bulk.assign(
            jobs, details["assigned_to"], by=by, reason=details["reason"], versions=versions
        )


def _goes(job: Job, technician: User | None) -> str:
    """To whom a job goes, in words."""
    if technician:
        return _("Will go to %(name)s") % {"name": technician.name}
    if job.assigned_to:
        return _("Will be taken from %(name)s") % {"name": job.assigned_to.name}
    return _("Will stay without a technician")


class RescheduleForm(SpokenSchedule, BulkForm):
    """When."""

    title = gettext_lazy("Reschedule jobs")
    what = gettext_lazy("Will move to the day you give")
    either = (
        ("scheduled_date", "unschedule"),
        gettext_lazy("Give a day, or take the jobs off the schedule."),
    )

    scheduled_date = DayField(label=gettext_lazy("Day"), required=False)
    start_time = ClockField(label=gettext_lazy("Start time"), required=False)
    end_time = ClockField(label=gettext_lazy("End time"), required=False)
    unschedule = forms.BooleanField(
        label=gettext_lazy("Take them off the schedule"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    any_time = forms.BooleanField(
        label=gettext_lazy("Take their times away: any time that day"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    field_order = ("schedule", *PARTS, "any_time", "unschedule", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["schedule"].help_text = _(
            "Type it like “tue 10-12”, “tomorrow 9”, “%(example)s 1h30” or “in 2 weeks”. "
            "Without times, each job keeps its own."
        ) % {"example": example()}
        for name in PARTS[1:]:
            self.fields[name].widget.empty_text = _("as it is")

    def clean(self) -> dict[str, Any]:
        """Times are given or taken away."""
        details = super().clean()
        if details.get("any_time") and any(details.get(name) for name in PARTS[1:]):
            self.add_error("any_time", _("Give times, or take them away: not both."))
        return details

    def _times(self) -> tuple[time | None, time | None] | None:
        """Those that each is to have; None: its own."""
        start, end = (self.cleaned_data[name] for name in PARTS[1:])
        return (start, end) if start or end or self.cleaned_data["any_time"] else None

    def plan(self, jobs: list[Job]) -> list[tuple[Planned, str]]:
        return [self._planned(job) for job in jobs]

    def _planned(self, job: Job) -> tuple[Planned, str]:
        day = self.cleaned_data["scheduled_date"]
        slot = Slot(day, *bulk.times_then(job, day, self._times()))
        moves = _("Will move to %(when)s") % {"when": slot}
        return (
            Planned(job, job.assigned_to, slot),
            moves if day else _("Will be taken off the schedule"),
        )

    def do(self, jobs: list[Job], *, by: User, versions: bulk.Versions) -> list[Result]:
        details = self.cleaned_data
        day, reason = details["scheduled_date"], details["reason"]
        return bulk.reschedule(jobs, day, self._times(), by=by, reason=reason, versions=versions)


class CancelForm(BulkForm):
    """Why."""

    title = gettext_lazy("Cancel jobs")
    what = gettext_lazy("Will be cancelled. Each can be reopened")
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
