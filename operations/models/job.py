"""A job: what is to be done, for whom, where, when, and who answers for it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access import require
from core.days import FIRST, LAST, check_day
from core.record import audit
from core.record.records import AuditRecords, Recorded, one_record
from core.refusals import Refused
from core.roles import Role, extra_permissions
from core.text import LineField, TextField, searchable
from operations.models.customer import Customer, Site
from operations.models.job_queries import URGENCY, JobQuerySet
from people.models import User

if TYPE_CHECKING:
    from operations.lifecycle import Verb
    from operations.models.equipment import Equipment
    from operations.models.share import JobShare
    from operations.models.task import Task

_OPEN = Q(status__in=["pending", "in_progress", "on_hold"])
_BY_DAY = ("scheduled_date", "start_time", "id")
_FILTERED = ("status", "priority", "scheduled_date", "customer", "site")


def _placeholder() -> str:
    # Until the row has its id, from which the number is made. Nobody outside sees it.
    return uuid.uuid4().hex


class Job(Recorded):
    """A work order. Its text is edited and saved; its status moves by verbs (lifecycle.py)."""

    class Status(models.TextChoices):
        PENDING = "pending", gettext_lazy("Pending")
        IN_PROGRESS = "in_progress", gettext_lazy("In progress")
        ON_HOLD = "on_hold", gettext_lazy("On hold")
        COMPLETED = "completed", gettext_lazy("Completed")
        CANCELLED = "cancelled", gettext_lazy("Cancelled")

    class Priority(models.TextChoices):
        LOW = "low", gettext_lazy("Low")
        MEDIUM = "medium", gettext_lazy("Medium")
        HIGH = "high", gettext_lazy("High")
        URGENT = "urgent", gettext_lazy("Urgent")

    OPEN: ClassVar = (Status.PENDING, Status.IN_PROGRESS, Status.ON_HOLD)
    CLOSED: ClassVar = (Status.COMPLETED, Status.CANCELLED)
    # Columns that only the verbs of lifecycle.py write.
    MOVED: ClassVar[frozenset[str]] = frozenset(
        {
            "status",
            "started_at",
            "completed_at",
            "completed_by_id",
            "cancelled_at",
            "reopened_at",
            "times_reopened",
        }
    )
    unversioned: ClassVar[frozenset[str]] = frozenset(
        {"overdue", "overdue_since", "updated_at", "search_text"}
    )
    label_field: ClassVar[str] = "number"

    number = models.CharField(
        gettext_lazy("number"), max_length=32, unique=True, editable=False, default=_placeholder
    )
    title = LineField(gettext_lazy("title"), max_length=200)
    description = TextField(gettext_lazy("description"), blank=True)
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="jobs",
        verbose_name=gettext_lazy("customer"),
    )
    site = models.ForeignKey(
        Site,
        on_delete=models.PROTECT,
        related_name="jobs",
        null=True,
        blank=True,
        verbose_name=gettext_lazy("site"),
    )
    status = models.CharField(
        gettext_lazy("status"),
        max_length=12,
        choices=Status.choices,
        default=Status.PENDING,
        editable=False,
    )
    priority = models.CharField(
        gettext_lazy("priority"),
        max_length=8,
        choices=Priority.choices,
        default=Priority.MEDIUM,
    )
    scheduled_date = models.DateField(
        gettext_lazy("scheduled date"),
        null=True,
        blank=True,
        help_text=gettext_lazy("Leave empty for a job that is not scheduled yet."),
    )
    start_time = models.TimeField(
        gettext_lazy("start time"),
        null=True,
        blank=True,
        help_text=gettext_lazy("Give both times or neither. Neither means any time that day."),
    )
    end_time = models.TimeField(gettext_lazy("end time"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="owned_jobs",
        verbose_name=gettext_lazy("owner"),
        help_text=gettext_lazy("The sales agent or Admin who answers for the job."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="created_jobs",
        editable=False,
        verbose_name=gettext_lazy("created by"),
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="assigned_jobs",
        null=True,
        blank=True,
        verbose_name=gettext_lazy("technician"),
    )
    overdue = models.BooleanField(gettext_lazy("overdue"), default=False, editable=False)
    overdue_since = models.DateTimeField(
        gettext_lazy("overdue since"), null=True, editable=False
    )  # The moment of the flag.
    started_at = models.DateTimeField(gettext_lazy("started"), null=True, editable=False)
    completed_at = models.DateTimeField(gettext_lazy("completed"), null=True, editable=False)
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="completed_jobs",
        null=True,
        editable=False,
        verbose_name=gettext_lazy("completed by"),
    )
    cancelled_at = models.DateTimeField(gettext_lazy("cancelled"), null=True, editable=False)
    reopened_at = models.DateTimeField(gettext_lazy("last reopened"), null=True, editable=False)
    times_reopened = models.PositiveIntegerField(
        gettext_lazy("times reopened"), default=0, editable=False
    )
    created_at = models.DateTimeField(gettext_lazy("created"), default=audit.now, editable=False)
    updated_at = models.DateTimeField(gettext_lazy("updated"), default=audit.now, editable=False)

    # What a search looks through, folded; derived, so not on record.
    search_text = models.TextField(default="", editable=False)

    objects = JobQuerySet.as_manager()
    history = AuditRecords(excluded_fields=["search_text"])

    _moving = False

    class Meta:
        verbose_name = gettext_lazy("job")
        verbose_name_plural = gettext_lazy("jobs")
        ordering = ("-pk",)
        permissions = extra_permissions("operations.job")
        indexes = (
            # Each filter of the list, newest first; and what is rare, by itself.
            # Of the many of one person, the index itself holds what the list is filtered by.
            models.Index(fields=["owner", "id", *_FILTERED], name="operations_job_owner"),
            models.Index(
                fields=["assigned_to", "id", *_FILTERED], name="operations_job_technician"
            ),
            models.Index(fields=["customer", "id"], name="operations_job_customer"),
            models.Index(fields=["status", "id"], name="operations_job_status"),
            models.Index(fields=["priority", "id"], name="operations_job_priority"),
            models.Index(fields=["scheduled_date", "id"], name="operations_job_day"),
            models.Index(fields=["created_at", "id"], name="operations_job_created"),
            models.Index(URGENCY, "id", name="operations_job_urgency"),
            # What is open is little, however long the company has been there.
            models.Index(
                fields=["id", "assigned_to", "scheduled_date"],
                condition=_OPEN,
                name="operations_job_open",
            ),
            models.Index(
                fields=[*_BY_DAY, "owner", "assigned_to"],
                condition=_OPEN,
                name="operations_job_open_day",
            ),
            models.Index(
                fields=[*_BY_DAY, "owner"],
                condition=_OPEN & Q(assigned_to=None),
                name="operations_job_unassigned",
            ),
            models.Index(
                fields=["assigned_to", "scheduled_date"],
                condition=_OPEN,
                name="operations_job_open_tech",
            ),
            models.Index(
                fields=["owner", "scheduled_date"], condition=_OPEN, name="operations_job_open_own"
            ),
            models.Index(
                fields=[*_BY_DAY, "owner", "assigned_to"],
                condition=Q(overdue=True),
                name="operations_job_overdue",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    status__in=["pending", "in_progress", "on_hold", "completed", "cancelled"]
                ),
                name="operations_job_status_known",
            ),
            models.CheckConstraint(
                condition=Q(priority__in=["low", "medium", "high", "urgent"]),
                name="operations_job_priority_known",
            ),
            models.CheckConstraint(
                condition=Q(start_time__isnull=True, end_time__isnull=True)
                | Q(start_time__isnull=False, end_time__isnull=False, end_time__gt=F("start_time")),
                name="operations_job_end_after_start",
                violation_error_message=gettext_lazy("The end time must be after the start time."),
            ),
            models.CheckConstraint(
                condition=Q(scheduled_date__isnull=True)
                | Q(scheduled_date__gte=FIRST, scheduled_date__lte=LAST),
                name="operations_job_day_known",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["completed", "cancelled"], overdue=True),
                name="operations_job_closed_not_overdue",
            ),
            models.CheckConstraint(
                condition=Q(overdue=True, overdue_since__isnull=False)
                | Q(overdue=False, overdue_since__isnull=True),
                name="operations_job_overdue_has_since",
            ),
            models.CheckConstraint(
                condition=Q(
                    status="completed", completed_at__isnull=False, completed_by__isnull=False
                )
                | (
                    ~Q(status="completed") & Q(completed_at__isnull=True, completed_by__isnull=True)
                ),
                name="operations_job_completed_has_time",
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled", cancelled_at__isnull=False)
                | (~Q(status="cancelled") & Q(cancelled_at__isnull=True)),
                name="operations_job_cancelled_has_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def is_closed(self) -> bool:
        """Completed or cancelled."""
        return self.status in self.CLOSED

    # Rules of an edit. A verb moves the status and passes its own (lifecycle.py).

    def clean(self) -> None:
        """What an edit must keep; each error names its field and the mend."""
        if self._state.adding:
            self._begin()
        else:
            self.check_open()
        errors = {**self._schedule_errors(), **self._place_errors(), **self._people_errors()}
        if errors:
            raise ValidationError(errors)

    def check_open(self) -> None:
        """Closed is closed (rule R2), by what the database says, whatever this row now holds."""
        if self.loaded("status") in self.CLOSED:
            raise Refused(
                _("%(job)s is %(status)s. Reopen it first.")
                % {
                    "job": self.number,
                    "status": str(self.Status(self.loaded("status")).label).lower(),
                }
            )

    def _schedule_errors(self) -> dict[str, Any]:
        if self.scheduled_date and self.scheduled_date != self.loaded("scheduled_date"):
            try:
                check_day(self.scheduled_date)
            except ValidationError as error:
                return {"scheduled_date": error}
        if (self.start_time is None) != (self.end_time is None):
            missing = "start_time" if self.start_time is None else "end_time"
            return {missing: _("Give both times or neither.")}
        if self.start_time and self.end_time and self.end_time <= self.start_time:
            return {"end_time": _("The end time must be after the start time.")}
        return {}

    def _place_errors(self) -> dict[str, str]:
        newly = self.customer_id and self.customer_id != self.loaded("customer_id")
        if newly and not self.customer.is_active:
            named = {"name": self.customer}
            return {"customer": _("%(name)s is not active. Choose another customer.") % named}
        if (
            self.site_id
            and self.customer_id
            and self.site
            and self.site.customer_id != self.customer_id
        ):
            return {"site": _("This is not a site of the customer. Choose one of theirs, or none.")}
        return {}

    def _people_errors(self) -> dict[str, str]:
        errors = {}
        if self._newly("assigned_to_id", User.objects.technicians()):
            errors["assigned_to"] = _("A job can only be assigned to an active technician.")
        if self._newly("owner_id", User.objects.owners()):
            errors["owner"] = _("Only an active sales agent or Admin can own a job.")
        return errors

    def _newly(self, column: str, allowed: models.QuerySet[User]) -> bool:
        """Does a column newly name somebody who is not allowed there? Old names may stay."""
        pk = getattr(self, column)
        unchanged = not self._state.adding and pk == self.loaded(column)
        return pk is not None and not unchanged and not allowed.filter(pk=pk).exists()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write an edit by the rules. Raises `ValidationError`, `Refused` or `Stale`."""
        adding = self._state.adding
        if not self._moving:
            self._check_not_moved()
        if adding:
            self._begin()
        if not self._moving and (adding or self.changed() - self.unversioned):
            self.clean()
        self._flag_overdue()
        if not adding and (changed := self.changed()):
            self.updated_at = audit.now()
            if changed & {"title", "customer_id", "site_id", "assigned_to_id"}:
                self.search_text = self.words()
        if not adding:
            return super().save(*args, **kwargs)
        with transaction.atomic(), one_record(self):
            super().save(*args, **kwargs)
            # From the id, which the database never gives twice.
            self.number = f"J-{self.pk:06d}"
            self.search_text = self.words()
            made = {"number": self.number, "search_text": self.search_text}
            type(self)._base_manager.filter(pk=self.pk).update(**made)
            self._remember()
        return None

    def _check_not_moved(self) -> None:
        new = self._state.adding and self.status != self.Status.PENDING
        if new or (not self._state.adding and self.changed() & self.MOVED):
            raise RuntimeError("A job's status moves by the verbs of operations/lifecycle.py.")

    def _begin(self) -> None:
        person = audit.person()
        if self.created_by_id is None and person is not None:
            self.created_by = person
        if self.owner_id is None and self.created_by_id is not None:
            self.owner = self.created_by

    def words(self) -> str:
        """What the job is found by."""
        people = [self.assigned_to.name, self.assigned_to.username] if self.assigned_to else []
        places = [self.customer.name, self.site.name if self.site else ""]
        return searchable(self.number, self.title, *places, *people)

    def _flag_overdue(self) -> None:
        """Every write of the job sets or clears the flag with it (rule R3)."""
        late = self.scheduled_date is not None and self.scheduled_date < audit.today()
        self.overdue = late and not self.is_closed
        if not self.overdue:
            self.overdue_since = None
        elif self.overdue_since is None:
            self.overdue_since = audit.now()

    # Verbs

    def assign(self, person: User | None, *, by: User, version: int | None = None) -> None:
        """Assign the job to an active technician, or to nobody."""
        self._edit({"assigned_to": person}, by=by, version=version)

    def reschedule(
        self,
        day: date | None,
        start: time | None = None,
        end: time | None = None,
        *,
        by: User,
        version: int | None = None,
    ) -> None:
        """Have the job take place on a day, at a time or at any; or on none."""
        when = {"scheduled_date": day, "start_time": start, "end_time": end}
        self._edit(when, by=by, version=version)

    def hand_over(
        self,
        *,
        owner: User | None = None,
        technician: User | None = None,
        by: User,
        version: int | None = None,
    ) -> None:
        """Give the job to another owner, to another technician, or to both; None: it stays."""
        named = {"owner": owner, "assigned_to": technician}
        people = {name: person for name, person in named.items() if person}
        self._edit(people, by=by, version=version, action="hand_over")

    def edit(self, *, by: User, version: int | None = None, **values: Any) -> None:
        """Change text, place, schedule and people. What is not said stays.

        Raises PermissionDenied, `Stale`, `Refused` or `ValidationError`.
        """
        with transaction.atomic():
            if "owner" in values and values["owner"] != self.lock().owner:
                require(by, "hand_over", self)
            self._edit(values, by=by, version=version)

    def add_task(self, *, by: User, equipment: Iterable[Equipment] = (), **values: Any) -> Task:
        """A new step. Raises PermissionDenied, `Refused` or `ValidationError`."""
        from operations.models.task import Task

        with transaction.atomic(), audit.act(by=by):
            require(by, "change", self.lock())
            require(by, "add", Task)
            task = Task(job=self, **values)
            task.save_requiring(equipment)
        return task

    def _edit(
        self, values: dict[str, Any], *, by: User, version: int | None, action: str = "change"
    ) -> None:
        with transaction.atomic(), audit.act(by=by):
            self.lock()
            require(by, action, self)
            self.check_version(version, values)
            for name, value in values.items():
                setattr(self, name, value)
            self.save()

    def start(self, *, by: User, at: datetime | None = None, version: int | None = None) -> None:
        """Begin work."""
        self._move("start", by=by, at=at, version=version)

    def hold(
        self, *, by: User, reason: str, at: datetime | None = None, version: int | None = None
    ) -> None:
        """Stop for now, saying why."""
        self._move("hold", by=by, reason=reason, at=at, version=version)

    def resume(self, *, by: User, at: datetime | None = None, version: int | None = None) -> None:
        """Go on after a hold."""
        self._move("resume", by=by, at=at, version=version)

    def complete(self, *, by: User, at: datetime | None = None, version: int | None = None) -> None:
        """Finish; no task may be unfinished (rule R1)."""
        self._move("complete", by=by, at=at, version=version)

    def cancel(
        self, *, by: User, reason: str, at: datetime | None = None, version: int | None = None
    ) -> None:
        """Call the job off, saying why."""
        self._move("cancel", by=by, reason=reason, at=at, version=version)

    def reopen(
        self, *, by: User, reason: str, at: datetime | None = None, version: int | None = None
    ) -> None:
        """Take a closed job up again, saying why. Its history keeps who completed what."""
        self._move("reopen", by=by, reason=reason, at=at, version=version)

    def _move(self, name: str, **said: Any) -> None:
        from operations.lifecycle import Verb, move

        move(self, Verb(name), **said)

    def share(self, person: User, level: str, *, by: User) -> JobShare:
        """Give a colleague access to this job; sharing again changes the level.

        Raises PermissionDenied, and `ValidationError` for its owner, somebody who cannot enter, or
        for progress with anybody but an active technician.
        """
        from operations.models.share import JobShare

        if level not in JobShare.Level.values:
            raise ValidationError({"level": _("Choose view, or view and progress.")})
        if not person.is_active or not (person.roles or person.is_superuser):
            raise ValidationError({"user": _("Choose somebody who is active and holds a role.")})
        if level == JobShare.Level.PROGRESS and Role.TECHNICIAN not in person.roles:
            raise ValidationError({"level": _("Only a technician can be let to progress the job.")})
        with transaction.atomic(), audit.act(by=by):
            require(by, "share", self.lock())
            if person.pk == self.owner_id:
                raise ValidationError({"user": _("The job is theirs: they see it anyway.")})
            share = JobShare.objects.filter(content_object=self, user=person).first()
            share = share or JobShare(content_object=self, user=person)
            if share.pk is None or share.level != level:
                share.level = level
                share.save()
        return share

    def unshare(self, person: User, *, by: User) -> None:
        """Take a colleague's access away again; nothing happens where there is none.

        Raises PermissionDenied.
        """
        with transaction.atomic(), audit.act(by=by):
            require(by, "share", self.lock())
            for share in self.shares.filter(user=person):
                share.delete()

    def unfinished_tasks(self) -> models.QuerySet[Task]:
        """The tasks that stand between this job and its completion."""
        return self.tasks.unfinished()

    def history_sources(self) -> list[models.QuerySet[Any]]:
        """The history of the job with that of its tasks and shares, deleted ones too."""
        from operations.models.share import JobShare
        from operations.models.task import Task

        return [
            type(self).history.filter(id=self.pk),
            Task.history.filter(job_id=self.pk),
            JobShare.history.filter(content_object_id=self.pk),
        ]

    def allowed_verbs(self) -> list[Verb]:
        """The verbs that its status allows (section 6), whoever asks."""
        from operations.lifecycle import allowed_verbs

        return allowed_verbs(self)
