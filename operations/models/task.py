"""A task: one ordered step of a job, with the equipment it needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access import require
from core.record import audit
from core.record.records import AuditRecords, Recorded, one_record
from core.refusals import Refused
from core.roles import extra_permissions
from core.text import LineField, TextField
from operations.models.equipment import Equipment
from operations.models.job import Job
from people.models import User

# Of two tasks at one place, the one that was put there later stands first.
PLACE = ("position", "-placed_at")


class TaskQuerySet(models.QuerySet["Task"]):
    """Tasks, by where they stand."""

    def unfinished(self) -> TaskQuerySet:
        """Not completed."""
        return self.exclude(status=Task.Status.COMPLETED)

    def waiting(self) -> TaskQuerySet:
        """Not completed, of a job that is open."""
        return self.filter(Task.WAITING)


class Task(Recorded):
    """A step of a job. Its text is edited and saved; status and note move by `progress`."""

    class Status(models.TextChoices):
        PENDING = "pending", gettext_lazy("Pending")
        IN_PROGRESS = "in_progress", gettext_lazy("In progress")
        COMPLETED = "completed", gettext_lazy("Completed")

    # Columns that only `progress` writes.
    MOVED: ClassVar[frozenset[str]] = frozenset(
        {"status", "note", "started_at", "completed_at", "completed_by_id"}
    )
    unversioned: ClassVar[frozenset[str]] = frozenset({"placed_at"})
    # A condition on the columns, for orderings too.
    WAITING: ClassVar = Q(status__in=[Status.PENDING, Status.IN_PROGRESS], job__status__in=Job.OPEN)
    # The last place in a job: far beyond any, and what every database holds.
    LAST: ClassVar = 9_999
    label_field: ClassVar[str] = "title"

    job = models.ForeignKey(
        Job, on_delete=models.CASCADE, related_name="tasks", verbose_name=gettext_lazy("job")
    )
    position = models.PositiveIntegerField(
        gettext_lazy("position"),
        blank=True,
        help_text=gettext_lazy("Tasks are done in this order; empty puts it last."),
    )
    placed_at = models.DateTimeField(default=timezone.now, editable=False)
    title = LineField(gettext_lazy("title"), max_length=200)
    description = TextField(gettext_lazy("description"), blank=True)
    status = models.CharField(
        gettext_lazy("status"), max_length=12, choices=Status.choices, default=Status.PENDING
    )
    equipment = models.ManyToManyField(
        Equipment, related_name="tasks", blank=True, verbose_name=gettext_lazy("required equipment")
    )
    note = TextField(gettext_lazy("note"), blank=True)
    started_at = models.DateTimeField(gettext_lazy("started"), null=True, editable=False)
    completed_at = models.DateTimeField(gettext_lazy("completed"), null=True, editable=False)
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="completed_tasks",
        null=True,
        editable=False,
        verbose_name=gettext_lazy("completed by"),
    )

    objects = TaskQuerySet.as_manager()
    history = AuditRecords(excluded_fields=["placed_at"], m2m_fields=["equipment"])

    _progressing = False

    class Meta:
        verbose_name = gettext_lazy("task")
        verbose_name_plural = gettext_lazy("tasks")
        ordering = (*PLACE, "pk")
        permissions = extra_permissions("operations.task")
        indexes = (models.Index(fields=["status", "id"], name="operations_task_status"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=["pending", "in_progress", "completed"]),
                name="operations_task_status_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    status="completed", completed_at__isnull=False, completed_by__isnull=False
                )
                | (
                    ~Q(status="completed") & Q(completed_at__isnull=True, completed_by__isnull=True)
                ),
                name="operations_task_completed_has_time",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Its place is one of those that there are."""
        if self.position is not None and self.position > self.LAST:
            said = {"last": self.LAST}
            raise ValidationError(
                {"position": _("No task stands after place %(last)d. Choose a lower one.") % said}
            )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write an edit by the rules, holding the job. Raises `Refused` or `Stale`."""
        self._check_not_progressed()
        if not self._state.adding and self.job_id != self.loaded("job_id"):
            raise RuntimeError("A task stays with its job.")
        if not self._state.adding and not self._touched and not self.changed():
            return
        with transaction.atomic():
            self._hold_open_job()
            if self.position is None:
                self.position = 1 + (self.job.tasks.aggregate(last=Max("position"))["last"] or 0)
            if self.position != self.loaded("position"):
                self.placed_at = timezone.now()
            self.clean()
            super().save(*args, **kwargs)

    def save_requiring(self, equipment: Iterable[Equipment]) -> None:
        """Save, and require exactly this equipment, as one change on record.

        Raises `ValidationError` for equipment that is newly required and not active (rule R5).
        """
        wanted = {item.pk: item for item in equipment}
        now = set() if self._state.adding else set(self.equipment.values_list("pk", flat=True))
        self.check_equipment(item for pk, item in wanted.items() if pk not in now)
        if wanted.keys() == now:
            self.save()
            return
        with transaction.atomic(), one_record(self):
            self.touch()
            self.save()
            self.equipment.set(wanted.values())

    def edit(
        self,
        *,
        by: User,
        equipment: Iterable[Equipment] | None = None,
        version: int | None = None,
        **values: Any,
    ) -> None:
        """Change text, place and which equipment it needs. What is not said stays.

        Raises PermissionDenied, `Stale`, `Refused` or `ValidationError`.
        """
        with transaction.atomic(), audit.act(by=by):
            job = self._hold_open_job()
            self.lock()
            self.job = job
            require(by, "change", self)
            self.check_version(version, values)
            for name, value in values.items():
                setattr(self, name, value)
            self.clean_fields(exclude={f.name for f in self._meta.fields} - values.keys())
            if equipment is None:
                self.save()
            else:
                self.save_requiring(equipment)

    @staticmethod
    def check_equipment(newly: Iterable[Equipment]) -> None:
        """Only active equipment can be newly required (rule R5)."""
        idle = [str(item) for item in newly if not item.is_active]
        if idle:
            raise ValidationError(
                {
                    "equipment": _("Not active: %(names)s. Choose other equipment.")
                    % {"names": ", ".join(idle)}
                }
            )

    def progress(
        self,
        *,
        by: User,
        status: str | None = None,
        note: str | None = None,
        at: datetime | None = None,
        version: int | None = None,
    ) -> None:
        """Set status and note, at a time (now if not said). What is not said stays.

        Starting or finishing a task starts its job (rule R4). Raises PermissionDenied, `Stale`,
        or `Refused` while the job is closed or on hold.
        """
        with transaction.atomic(), audit.act(by=by, at=at or audit.now()):
            job = self._hold_open_job()
            self.lock()
            self.job = job
            require(by, "progress", self)
            self.check_version(version, {"status": status, "note": note})
            self._check_not_on_hold()
            if note is not None:
                self.note = note
            before = self.status
            if status is not None and status != before:
                self._set_status(self.Status(status), by=by)
            self._progressing = True
            try:
                self.save()
            finally:
                self._progressing = False
            # By this very step: a finished task of a reopened job has begun nothing anew.
            begun = self.status not in {before, self.Status.PENDING}
            if begun and self.job.status == Job.Status.PENDING:
                self.job.start(by=by)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Take the task out of its job; its history stays."""
        with transaction.atomic():
            self._hold_open_job()
            return super().delete(*args, **kwargs)

    def remove(self, *, by: User, version: int | None = None) -> None:
        with transaction.atomic():
            # The job before the task, as whoever progresses it does.
            self._hold_open_job()
            super().remove(by=by, version=version)

    def _hold_open_job(self) -> Job:
        # The job's row is held while the set of its tasks changes (rules R1 and R2).
        self.job = Job._base_manager.select_for_update(no_key=True).get(pk=self.job_id)
        self.job.check_open()
        return self.job

    def _check_not_progressed(self) -> None:
        if self._progressing:
            return
        new = self._state.adding and self.status != self.Status.PENDING
        if new or (not self._state.adding and self.changed() & self.MOVED):
            raise RuntimeError("A task's status and note move by progress().")

    def _check_not_on_hold(self) -> None:
        if self.job.status == Job.Status.ON_HOLD:
            raise Refused(_("%(job)s is on hold. Resume it first.") % {"job": self.job.number})

    def _set_status(self, status: Status, *, by: User) -> None:
        now = audit.now()
        self.status = status
        done = status == self.Status.COMPLETED
        self.completed_at, self.completed_by = (now, by) if done else (None, None)
        if status == self.Status.PENDING:
            self.started_at = None
        elif status == self.Status.IN_PROGRESS and self.started_at is None:
            self.started_at = now
