"""Customers, sites, equipment, jobs and tasks as rows of a file.

A row is known by what people know it by: a customer by name, a site by customer and name,
equipment by serial number, a job by number, a task by its job and position.

A job's number is ours: a row without one makes a new job. So that the tasks of a second file can
name a job that the first one makes, its row may carry a `reference` of the sender's own choice.
It links the two files within one load (`TaskResource(references=jobs.references)`) and is not kept.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from import_export.fields import Field

from core.access import visible_to
from core.record.resources import (
    ChoiceWidget,
    NamedManyWidget,
    NamedWidget,
    RecordedResource,
    Row,
    as_row_error,
    called,
    cell_text,
)
from operations import acts
from operations.models import Customer, Equipment, Job, Site, Task
from operations.states import TABLE, verbs_from
from people.models import User


class CustomerResource(RecordedResource):
    """Customers by name, whatever the case."""

    class Meta:
        model = Customer
        import_id_fields = ("name",)
        fields = ("name", "contact_name", "email", "phone", "notes", "is_active")


class SiteResource(RecordedResource):
    """Sites by customer and name."""

    customer = Field(attribute="customer", widget=NamedWidget(Customer, "name"))

    class Meta:
        model = Site
        import_id_fields = ("customer", "name")
        fields = ("customer", "name", "address", "access_notes")


class EquipmentResource(RecordedResource):
    """Equipment by serial number."""

    class Meta:
        model = Equipment
        import_id_fields = ("serial_number",)
        fields = ("serial_number", "name", "kind", "description", "is_active")


class SiteWidget(NamedWidget):
    """A site of the customer whom the same row names."""

    def get_queryset(self, value: str, row: Row, **kwargs: Any) -> QuerySet[Site]:
        rows: QuerySet[Site] = super().get_queryset(value, row, **kwargs)
        customers = visible_to(kwargs["user"], Customer.objects.all())
        return rows.filter(customer__in=called(customers, "name", cell_text(row.get("customer"))))


def _person(**options: Any) -> Field:
    return Field(widget=NamedWidget(User, "username"), **options)


class JobResource(RecordedResource):
    """Jobs by number; without one, a new job.

    `status` is what the job arrives with, or a move by the verb that leads there, for which
    `reason` says why. `created_by` says who entered a new job elsewhere first; else it is
    whoever imports.
    """

    customer = Field(attribute="customer", widget=NamedWidget(Customer, "name"))
    site = Field(attribute="site", widget=SiteWidget(Site, "name"))
    status = Field(
        attribute="given_status", widget=ChoiceWidget(Job.Status.choices), saves_null_values=False
    )
    number = Field(attribute="number", readonly=True)
    assigned_to = _person(attribute="assigned_to")
    owner = _person(attribute="owner", saves_null_values=False)
    created_by = _person(attribute="created_by", saves_null_values=False)

    extra_columns: ClassVar = frozenset({"reference", "reason"})

    class Meta:
        model = Job
        import_id_fields = ("number",)
        fields = (
            "number",
            "title",
            "description",
            "customer",
            "site",
            "status",
            "priority",
            "scheduled_date",
            "start_time",
            "end_time",
            "assigned_to",
            "owner",
            "created_by",
        )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # The jobs of this load, by the reference of their rows.
        self.references: dict[str, Job] = {}

    def dehydrate_status(self, job: Job) -> str:
        """The status, in a file."""
        return str(job.status)

    def init_instance(self, row: Row) -> Job:
        if number := cell_text(row["number"]):
            raise ValidationError(
                {
                    "number": _("There is no job %(number)s. Leave this empty for a new job.")
                    % {"number": number}
                }
            )
        return Job(owner=self.user, created_by=self.user)

    def after_init_instance(self, instance: Any, new: bool, row: Row, **kwargs: Any) -> None:  # noqa: FBT001
        super().after_init_instance(instance, new, row, **kwargs)
        instance.given_status = instance.status
        instance.given_reason = cell_text(row.get("reason"))

    def import_instance(self, instance: Any, row: Row, **kwargs: Any) -> None:
        if instance.is_closed and cell_text(row.get("status")).lower() == Job.Status.PENDING:
            # A closed job does not change: it is taken up again before the rest of its row.
            with as_row_error():
                acts.reopen(instance, by=self.user, reason=instance.given_reason)
        super().import_instance(instance, row, **kwargs)

    def before_save_instance(self, instance: Job, row: Row, **kwargs: Any) -> None:
        new = instance._state.adding
        if not new and instance.created_by_id != instance.loaded("created_by_id"):
            raise ValidationError({"created_by": _("Who entered a job stays.")})

    def write(self, instance: Any) -> None:
        if instance._state.adding:
            acts.enter(instance, by=self.user, status=instance.given_status)
            return
        acts.save(instance, by=self.user)
        if instance.given_status != instance.status:
            self._move(instance)

    def _move(self, job: Any) -> None:
        for verb in verbs_from(job.status):
            if TABLE[verb].target == job.given_status:
                acts.move(job, verb, by=self.user, reason=job.given_reason)
                return
        raise ValidationError(
            {
                "status": _("%(job)s is %(now)s; from there it cannot become %(wanted)s.")
                % {
                    "job": job.number,
                    "now": str(job.get_status_display()).lower(),
                    "wanted": str(Job.Status(job.given_status).label).lower(),
                }
            }
        )

    def after_save_instance(self, instance: Job, row: Row, **kwargs: Any) -> None:
        reference = cell_text(row.get("reference"))
        if reference in self.references:
            raise ValidationError({"reference": _("Another row has this reference.")})
        if reference:
            self.references[reference] = instance


class JobWidget(NamedWidget):
    """A job by its number, or by the reference of its row in the same load."""

    def __init__(self, references: dict[str, Job]) -> None:
        super().__init__(Job, "number")
        self.references = references

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> Any:
        made = self.references.get(cell_text(value))
        return made or super().clean(cell_text(value).upper(), row, **kwargs)


class TaskResource(RecordedResource):
    """Tasks by job and position; without a position, a new one at the end.

    `equipment` names what the task needs by serial numbers, with semicolons between them.
    """

    job = Field(attribute="job", widget=JobWidget({}))
    equipment = Field(
        attribute="given_equipment", widget=NamedManyWidget(Equipment, "serial_number")
    )

    class Meta:
        model = Task
        import_id_fields = ("job", "position")
        fields = ("job", "position", "title", "description", "equipment")

    def __init__(self, *, references: dict[str, Job] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields["job"].widget = JobWidget({} if references is None else references)

    def after_init_instance(self, instance: Any, new: bool, row: Row, **kwargs: Any) -> None:  # noqa: FBT001
        super().after_init_instance(instance, new, row, **kwargs)
        instance.given_equipment = [] if new else list(instance.equipment.order_by("pk"))

    def dehydrate_equipment(self, task: Task) -> str:
        """The equipment required, in a file."""
        return str(self.fields["equipment"].widget.render(task.equipment.all()))

    def write(self, instance: Any) -> None:
        acts.save_task(instance, instance.given_equipment, by=self.user)
