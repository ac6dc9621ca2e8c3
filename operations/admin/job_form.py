"""The form of a job with its tasks: what it shows, and to whom."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.backoffice.forms import RecordedForm
from core.backoffice.inlines import RecordedTabularInline
from core.backoffice.permissions import may
from operations.admin import job_copy
from operations.models import Job, Task

_TEXTS = ("title", "priority", "description", "customer", "site")
_TIMES = ("scheduled_date", "start_time", "end_time")
# What the form shows of how a job stands; the last ones where there is something to show.
_STATE = ("status", "created_at", "created_by")
_MOMENTS = ("started_at", "completed_at", "completed_by", "cancelled_at")
_AGAIN = ("times_reopened", "reopened_at")


class JobForm(RecordedForm):
    """A job as its owner or an Admin edits it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk and "owner" in self.fields:
            # At first its creator, where nobody else is chosen.
            self.fields["owner"].required = False

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | {"owner"} if not self.cleaned_data.get("owner") else excluded


class TaskForm(RecordedForm):
    """A task as it is edited; status and note move elsewhere (progress.py)."""

    def clean(self) -> dict[str, Any]:
        """Only active equipment can be newly required."""
        data = super().clean()
        if "equipment" in data:
            now = set(self.instance.equipment.all()) if self.instance.pk else set()
            try:
                Task.check_equipment(item for item in data["equipment"] if item not in now)
            except forms.ValidationError as error:
                self.add_error(None, error)
        return data


class TaskInline(RecordedTabularInline):
    """The steps of a job, in order."""

    model = Task
    form = TaskForm
    fields = ("stated_version", "position", "title", "description", "equipment", "status")
    readonly_fields = ("status",)
    autocomplete_fields = ("equipment",)
    text_rows = 2

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        # Only who may edit the job has this form, and sees all of its tasks.
        rows: QuerySet[Task] = self.all_rows(request)
        return rows.prefetch_related("equipment")

    def get_extra(self, request: HttpRequest, obj: Job | None = None, **kwargs: Any) -> int:
        """A copy begins with the tasks of its original."""
        return len(job_copy.tasks(request)) if obj is None else self.extra


def fieldsets(request: HttpRequest, job: Job | None) -> tuple[Any, ...]:
    """The fields of a job; a new one has no state yet, and an owner where that can be chosen."""
    owned = job is not None or may(request, "hand_over", Job)
    who = ("assigned_to", "owner") if owned else ("assigned_to",)
    state = ((_("State"), {"fields": _state_fields(job)}),) if job else ()
    return (
        (_("What"), {"fields": (("title", "priority"), "description")}),
        (_("Where"), {"fields": (("customer", "site"),)}),
        (_("When"), {"fields": ("scheduled_date", ("start_time", "end_time"))}),
        (_("Who"), {"fields": (who,)}),
        *state,
    )


def _state_fields(job: Job) -> tuple[Any, ...]:
    moments = tuple(name for name in _MOMENTS if getattr(job, name))
    again = _AGAIN if job.times_reopened else ()
    return tuple(filter(None, (_STATE, moments, again)))


def readonly_fields(request: HttpRequest, job: Job | None) -> tuple[str, ...]:
    """What moves by verbs, and what is not this person's to change."""
    if job is None:
        return ()
    owner = () if may(request, "hand_over", job) else ("owner",)
    shown = (*_STATE, *_MOMENTS, *_AGAIN, *owner)
    if is_shut(request, job):
        shown = (*shown, *_TEXTS, *_TIMES, "assigned_to", "owner")
    return shown


def is_shut(request: HttpRequest, job: Job) -> bool:
    """Is there nothing to be changed? A form sent for a closed job is answered by the rule, at the
    form."""
    return job.is_closed and request.method != "POST"
