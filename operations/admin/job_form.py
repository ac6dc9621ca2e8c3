"""The form of a job with its tasks: what every form of one has."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from core.access import visible_to
from core.backoffice.chosen import FilledByBox, is_key
from core.backoffice.forms import RecordedForm
from core.backoffice.inlines import RecordedTabularInline
from core.backoffice.permissions import may
from operations.admin import job_copy
from operations.models import Equipment, Job, Task
from operations.models.job import WRITTEN
from operations.models.job_rules import with_eligibility
from operations.pages.schedule_form import SpokenSchedule
from people.models import User


class WhenAndWho(SpokenSchedule):
    """For a form of a job: when it takes place, said or picked, and who does it, picked among those
    who are free then (job_form_when_who.html)."""

    # What the page knows of whoever opens it; set where the class is made for a request.
    request: HttpRequest

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "assigned_to" in self.fields:
            self.fields["assigned_to"].widget = FilledByBox({"id": "chosen-technician"})
        for name in {"assigned_to", "owner"} & self.fields.keys():
            field: Any = self.fields[name]
            rows = partial(with_eligibility, field.queryset, name)
            field.queryset = SimpleLazyObject(rows)

    def written_below(self) -> list[forms.BoundField]:
        """What is written below its title and its priority, which share a row."""
        names = [name for name in WRITTEN if name not in {"title", "priority"}]
        return [self[name] for name in names]

    @property
    def technician(self) -> User | None:
        """Who is chosen, to be named again."""
        key = str(self["assigned_to"].value() or "")
        now: Job = self.instance  # type: ignore[attr-defined]  # Of a ModelForm.
        if key == str(now.assigned_to_id):
            return now.assigned_to
        if not is_key(key):
            return None
        return visible_to(self.request.user, User.objects.filter(pk=key)).first()


class JobForm(RecordedForm):
    """A job as somebody enters it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "owner" in self.fields:
            # At first its creator, where nobody else is chosen.
            self.fields["owner"].required = False

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | {"owner"} if not self.cleaned_data.get("owner") else excluded


class TaskForm(RecordedForm):
    """A task as it is edited; status and note move elsewhere (pages/progress.py)."""

    @property
    def typed_equipment(self) -> str:
        """What stands in the box that finds equipment, and was not chosen."""
        return str(self.data.get(self.add_prefix("typed_equipment")) or "").strip()

    def clean(self) -> dict[str, Any]:
        """Only active equipment can be newly required, and nothing that was typed is dropped."""
        data = super().clean()
        if self.typed_equipment:
            left = _("“%(typed)s” is not chosen. Choose it from the list, or clear the box.")
            self.add_error("equipment", left % {"typed": self.typed_equipment})
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
    # Each stands in the field of its title.
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        # Only who may edit the job has this form, and sees all of its tasks.
        rows: QuerySet[Task] = self.all_rows(request)
        return rows.prefetch_related("equipment")

    def get_extra(self, request: HttpRequest, obj: Job | None = None, **kwargs: Any) -> int:
        """A copy begins with the tasks of its original."""
        return len(job_copy.tasks(request)) if obj is None else self.extra


def context(request: HttpRequest, form: WhenAndWho, tasks: Sequence[Any]) -> dict[str, Any]:
    """What a form of a job shows beside its fields; `tasks` are the forms of its tasks."""
    _put_equipment(request, tasks)
    return {
        "may_see_equipment": may(request, "view", Equipment),
        "technician": form.technician,
        "urls": {
            "callers": reverse("admin:operations_job_callers"),
            "equipment": reverse("admin:autocomplete"),
        },
        "words": _words(),
    }


def _put_equipment(request: HttpRequest, tasks: Sequence[Any]) -> None:
    """What is chosen for each task, to be named again: read for all of them at once, but for what
    the tasks have already."""
    had = [item for task in tasks for item in task.initial.get("equipment", ())]
    known = {str(item.pk): item for item in had if isinstance(item, Equipment)}
    chosen = {task: [_key(item) for item in task["equipment"].value() or ()] for task in tasks}
    keys = {key for some in chosen.values() for key in some if is_key(key)} - known.keys()
    if keys:
        seen = visible_to(request.user, Equipment.objects.filter(pk__in=keys))
        known |= {str(item.pk): item for item in seen}
    for task, some in chosen.items():
        task.chosen = [known[key] for key in some if key in known]


def _key(item: Equipment | str) -> str:
    return str(item.pk if isinstance(item, Equipment) else item)


def _words() -> dict[str, str]:
    """What the page's scripts say."""
    return {
        "new_customer": _("New customer “%(words)s”"),
        "offered": _("Suggestions"),
        "nobody": _("Nothing was found."),
        "no_site": _("no site"),
        "nobody_assigned": _("Nobody yet"),
        "at_that_time": _("busy then: %(job)s"),
        "look": _("Open the job"),
        "first": _("What needs doing first?"),
        "task": _("The new task"),
        "title": _("Task %(place)s"),
        "moved": _("%(task)s is now number %(place)s of %(number)s"),
        "remove": _("Remove %(name)s"),
        "offline": _("Not found: check the connection."),
    }
