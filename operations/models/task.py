"""A task: one ordered step of a job, with the equipment it needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, ClassVar, Self, TypeAlias

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.database import inserts
from core.database.compiled import Compiled
from core.granted import extra_permissions
from core.record import audit
from core.record.bulk_writes import related_keys
from core.record.records import AuditRecords, Recorded, one_record
from core.record.transactions import atomic
from core.refusals import Stale
from core.text.typed import LineField, TextField
from operations.models.equipment import Equipment
from operations.models.job import Job
from operations.models.job_table import known_moments
from operations.schedule import next_first
from operations.states import OPEN, UNFINISHED, TaskStatus
from people.models import User

# Of two tasks at one place, the one that was put there later stands first.
PLACE = ("position", "-placed_at")
# By what tasks of several jobs stand in turn.
_TURN = ("job__scheduled_date", "job__start_time", "job", "position", "pk")
_COMPLETED = TaskStatus.COMPLETED.value


def placed(position: int | None, *, last: int) -> int:
    """Where a task stands in its job: at its position, or, without one, behind the last."""
    return last + 1 if position is None else position


def _turn(row: dict[str, Any]) -> Any:
    day, start, job, position, pk = (row[name] for name in _TURN)
    return *next_first(day, start, job), position, -pk


class TaskQuerySet(models.QuerySet["Task"]):
    """Tasks, by where they stand."""

    def unfinished(self) -> TaskQuerySet:
        """Not completed."""
        return self.filter(status__in=UNFINISHED)

    def waiting(self) -> TaskQuerySet:
        """Not completed, of a job that is open."""
        return self.filter(Task.WAITING)

    def in_turn(
        self, *columns: str, on: date
    ) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        """Those that wait, with these columns: of the job that comes next first, in the order of
        its steps. And the first of them whose job takes place on a day or later.

        Sorted here: asked for the first from a day on, the database reads the jobs of that day on.
        """
        wanted = {*_TURN, *columns}
        rows = sorted(self.waiting().order_by().values(*wanted), key=_turn)
        days = ((row, row["job__scheduled_date"]) for row in rows)
        return rows, next((row for row, day in days if day and day >= on), None)

    def last_positions(self) -> dict[int, int]:
        """The last position that is taken in each job, by its key."""
        return dict(self.order_by().values_list("job").annotate(Max("position")))


class Task(Recorded):
    """A step of a job. Its text is edited and saved; status and note move by `progress`."""

    Status: TypeAlias = TaskStatus
    # Columns that only `progress` writes.
    MOVED: ClassVar[frozenset[str]] = frozenset(
        {"status", "note", "started_at", "completed_at", "completed_by_id"}
    )
    unversioned: ClassVar[frozenset[str]] = frozenset({"placed_at"})
    # A condition on the columns, for orderings too.
    WAITING: ClassVar = Q(status__in=UNFINISHED, job__status__in=OPEN)
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
        indexes = (
            models.Index(fields=["status", "id"], name="operations_task_status"),
            models.Index(
                fields=["completed_at", "started_at", "job"],
                condition=Q(completed_at__isnull=False),
                name="operations_task_completed",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=known_moments("started_at", "completed_at"),
                name="operations_task_moments_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=TaskStatus.values),
                name="operations_task_status_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    status=_COMPLETED, completed_at__isnull=False, completed_by__isnull=False
                )
                | (~Q(status=_COMPLETED) & Q(completed_at__isnull=True, completed_by__isnull=True)),
                name="operations_task_completed_has_time",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def unfinished_status(self) -> TaskStatus:
        """Where it stands as long as it is not done: it has been started or not."""
        return TaskStatus.IN_PROGRESS if self.started_at else TaskStatus.PENDING

    def clean(self) -> None:
        """Its place is one of those that there are."""
        if self.position is not None and self.position > self.LAST:
            sentence = _("The last possible position is %(last)d. Choose a lower one.")
            raise ValidationError({"position": sentence % {"last": self.LAST}})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write an edit by the rules, holding the job. Raises `Refused` or `Stale`."""
        self._check_is_edit()
        if not self._state.adding and not self._touched and not self.changed():
            return
        with atomic():
            self.hold_job().check_open()
            if self.position is None:
                last = self.job.tasks.last_positions().get(self.job_id, 0)
                self.position = placed(self.position, last=last)
            self.clean_once()
            super().save(*args, **kwargs)

    def check_edit(self, newly: Iterable[Equipment]) -> None:
        """What an edit asks of other rows: of equipment that is newly required that it is active
        (rule R5), and an open job (rule R2)."""
        self._check_is_edit()
        self.check_equipment(newly)
        self.job.check_open()

    def before_save(self) -> None:
        if self.position != self.loaded("position"):
            self.placed_at = timezone.now()

    def save_requiring(self, equipment: Iterable[Equipment]) -> dict[str, set[int]]:
        """Save, and require exactly this equipment, as one change on record. What it required
        before, by the name of the field, where that was other equipment: as `acts.Save` tells it.

        Raises `ValidationError` for equipment that is newly required and not active (rule R5).
        """
        wanted = {item.pk: item for item in equipment}
        now = self._required_now()
        self.check_equipment(item for pk, item in wanted.items() if pk not in now)
        if wanted.keys() == now:
            self.save()
            return {}
        with atomic(), one_record(self):
            self.touch()
            self.save()
            self._require(wanted.keys(), now)
        return {"equipment": now}

    def _required_now(self) -> set[int]:
        """The keys of the equipment that it requires."""
        return set() if self._state.adding else related_keys([self], "equipment")[self.pk]

    def _require(self, wanted: Collection[int], now: Collection[int]) -> None:
        """Have it require these in place of those that it does. The row is held: nothing is to be
        asked for again, as Django's own way does twice."""
        through: Any = Task.equipment.through
        if gone := set(now).difference(wanted):
            through._base_manager.filter(task=self.pk, equipment__in=gone).delete()
        added = sorted(set(wanted).difference(now))
        inserts.insert([through(task_id=self.pk, equipment_id=key) for key in added])
        getattr(self, "_prefetched_objects_cache", {}).pop("equipment", None)

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

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Take the task out of its job; its history stays."""
        with atomic():
            self.hold_job()
            return super().delete(*args, **kwargs)

    def check_delete(self, *, is_named: bool = True) -> None:
        """The tasks of a closed job stay as they are (rule R2)."""
        self.job.check_open()

    @classmethod
    def held_by_key(cls, keys: Collection[int]) -> list[Self]:
        """With their jobs, which are held before them."""
        of_tasks = cls._base_manager.filter(pk__in=keys).values("job")
        jobs = {job.pk: job for job in Job.held_rows(Job._base_manager.filter(pk__in=of_tasks))}
        tasks = super().held_by_key(keys)
        for task in tasks:
            task.job = jobs[task.job_id]
        return tasks

    @classmethod
    def held_row(cls, pk: int) -> Task | None:
        """With its job, which is held before it, as by whoever holds the job alone."""
        job = Job.held_by(_JOB_OF, pk)
        task = super().held_row(pk) if job else None
        if task and job:
            task.job = job
        return task

    def lock(self) -> Self:
        """With its job, which is held before it."""
        job = self.hold_job()
        super().lock()
        self.job = job
        return self

    def hold_job(self) -> Job:
        """The job, whose row is held while the set of its tasks changes (rules R1 and R2)."""
        field: Any = self._meta.get_field("job")
        if not (field.is_cached(self) and self.job.is_held):
            job = Job.held_row(self.job_id)
            if job is None:
                raise Stale(_("This has been deleted in the meantime. Nothing was saved."))
            self.job = job
        return self.job

    def _check_is_edit(self) -> None:
        if not self._state.adding and self.job_id != self.loaded("job_id"):
            raise RuntimeError("A task stays with its job.")
        if self._progressing:
            return
        new = self._state.adding and self.status != TaskStatus.PENDING
        if new or (not self._state.adding and self.changed() & self.MOVED):
            raise RuntimeError("A task's status and note move by progress().")

    def save_progress(
        self, equipment: Iterable[Equipment] | None = None
    ) -> dict[str, set[int]] | None:
        """Save with status and note, which nothing else writes; and as `save_requiring`, where
        equipment is given."""
        self._progressing = True
        try:
            if equipment is not None:
                return self.save_requiring(equipment)
            self.save()
            return None
        finally:
            self._progressing = False

    def set_status(self, status: TaskStatus, *, by: User) -> None:
        """Have it stand there from now on, with its times; to be saved by `progress`."""
        now = audit.now()
        self.status = status
        done = status == TaskStatus.COMPLETED
        self.completed_at, self.completed_by = (now, by) if done else (None, None)
        if status == TaskStatus.PENDING:
            self.started_at = None
        elif status == TaskStatus.IN_PROGRESS and self.started_at is None:
            self.started_at = now


_JOB_OF: Compiled[Job] = Compiled(
    lambda task: Job.to_be_held().filter(pk__in=Task._base_manager.filter(pk=task).values("job"))
)
