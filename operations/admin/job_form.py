"""The page of one job: its form with its tasks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.access import can, visible_to
from core.backoffice.admin import RecordedAdmin, RecordedTabularInline
from core.backoffice.forms import RecordedForm, is_key
from operations import acts
from operations.acts import Outcome
from operations.admin.progress import ProgressPages
from operations.models import Job, Task


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
        rows: QuerySet[Task] = super().get_queryset(request)
        return rows.prefetch_related("equipment")

    def get_extra(self, request: HttpRequest, obj: Job | None = None, **kwargs: Any) -> int:
        """A copy begins with the tasks of its original."""
        return len(_copied_tasks(request)) if obj is None else self.extra


def _original(request: HttpRequest) -> Job | None:
    """The job that a new one is begun as a copy of, if the person may see it."""
    key = request.GET.get("copy", "")
    if request.method != "GET" or not is_key(key):
        return None
    if "_original" not in request.__dict__:
        jobs = visible_to(request.user, Job.objects.filter(pk=key))
        request.__dict__["_original"] = jobs.first()
    found: Job | None = request.__dict__["_original"]
    return found


def _copied_tasks(request: HttpRequest) -> list[dict[str, Any]]:
    """What the tasks of a copy begin with; equipment that is out of use is left out."""
    original = _original(request)
    if original is None:
        return []
    if "_copied_tasks" not in request.__dict__:
        tasks = original.tasks.prefetch_related("equipment")
        request.__dict__["_copied_tasks"] = [
            {
                "title": task.title,
                "description": task.description,
                "equipment": [item for item in task.equipment.all() if item.is_active],
            }
            for task in tasks
        ]
    copied: list[dict[str, Any]] = request.__dict__["_copied_tasks"]
    return copied


class JobPage(ProgressPages, RecordedAdmin):
    """The page of one job, to make or to edit it; the list stands in job.py."""

    form = JobForm
    autocomplete_fields = ("customer", "site", "assigned_to", "owner")
    inlines = (TaskInline,)
    change_form_outer_before_template = "operations/job_panel.html"

    class Media:
        js = (forms.Script("operations/job_form.js", type="module"),)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A copy begins with what its original is about, and with neither day nor technician."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        initial.pop("copy", None)
        if original := _original(request):
            copied = ("title", "description", "customer", "site", "priority")
            initial |= {name: getattr(original, name) for name in copied}
        return initial

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        copied = _copied_tasks(request)
        return {**kwargs, "initial": copied} if copied else kwargs

    def get_fieldsets(self, request: HttpRequest, obj: Job | None = None) -> Any:
        who: tuple[str, ...] = ("assigned_to",)
        if obj is None:
            who = (*who, "owner") if can(request.user, "hand_over", Job) else who
            state: tuple[Any, ...] = ()
        else:
            who = (*who, "owner")
            state = ((_("State"), {"fields": self._state_fields(obj)}),)
        return (
            (_("What"), {"fields": (("title", "priority"), "description")}),
            (_("Where"), {"fields": (("customer", "site"),)}),
            (_("When"), {"fields": ("scheduled_date", ("start_time", "end_time"))}),
            (_("Who"), {"fields": (who,)}),
            *state,
        )

    def _state_fields(self, obj: Job) -> tuple[Any, ...]:
        fields: list[Any] = [("status", "created_at", "created_by")]
        times = [
            n
            for n in ("started_at", "completed_at", "completed_by", "cancelled_at")
            if getattr(obj, n)
        ]
        again = ("times_reopened", "reopened_at") if obj.times_reopened else ()
        return (*fields, *((tuple(times),) if times else ()), *((again,) if again else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Job | None = None) -> Any:
        if obj is None:
            return ()
        shown = [
            "status",
            "created_at",
            "created_by",
            "started_at",
            "completed_at",
            "completed_by",
            "cancelled_at",
            "times_reopened",
            "reopened_at",
        ]
        if not can(request.user, "hand_over", obj):
            shown.append("owner")
        if obj.is_closed and request.method != "POST":
            # A form sent for a closed job is answered by the rule, at the form.
            shown += [
                "title",
                "priority",
                "description",
                "customer",
                "site",
                "scheduled_date",
                "start_time",
                "end_time",
                "assigned_to",
                "owner",
            ]
        return shown

    def get_inline_instances(self, request: HttpRequest, obj: Job | None = None) -> list[Any]:
        """Who may not edit the tasks sees them in the panel above, with what they may do."""
        editable = can(request.user, "add" if obj is None else "change", obj or Job)
        shown = editable and not (obj and obj.is_closed and request.method != "POST")
        return super().get_inline_instances(request, obj) if shown else []

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        copy = (
            {"heading": _("New job, a copy of %(job)s") % {"job": original}}
            if (original := _original(request))
            else {}
        )
        context = {**(extra_context or {}), **copy, **self.panel(request, object_id)}
        return super().changeform_view(request, object_id, form_url, context)

    def write(self, row: Job, *, by: Any) -> Outcome[Job]:
        return acts.enter(row, by=by) if row._state.adding else acts.save(row, by=by)

    def write_within(self, form: Any, *, by: Any) -> Outcome[Task]:
        """Text and equipment are one change on record."""
        return acts.save_task(form.instance, form.cleaned_data["equipment"], by=by)
