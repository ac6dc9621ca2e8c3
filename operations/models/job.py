"""A job: what is to be done, for whom, where, when, and who answers for it."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any, ClassVar, TypeAlias

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access import can_on_held, require
from core.granted import extra_permissions
from core.record import audit, bulk_writes
from core.record.records import AuditRecords, Recorded
from core.refusals import Refused
from core.text.typed import LineField, TextField
from operations import schedule
from operations.models import job_rules
from operations.models.customer import Customer, Site
from operations.models.job_queries import JobQuerySet
from operations.models.job_rules import DAY_HAS_PASSED
from operations.models.job_table import CONSTRAINTS, HISTORY_INDEXES, INDEXES, MOVED
from operations.states import CLOSED, OPEN, JobStatus, Priority, is_slip, status_in_sentence
from people.models import User

# What is written of a job, in the order of its forms: a duplicate begins with it, and whoever sees
# the job reads it.
WRITTEN = ("title", "priority", "description")


def _placeholder() -> str:
    # Until the row has its key, from which the number is made. No row is written with it.
    return uuid.uuid4().hex


class Job(schedule.Planned, Recorded):
    """A work order. Its text is edited and saved; its status moves by verbs (acts/jobs.py)."""

    Status: TypeAlias = JobStatus
    Priority: TypeAlias = Priority
    OPEN: ClassVar = OPEN
    CLOSED: ClassVar = CLOSED
    MOVED: ClassVar = MOVED
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
    history = AuditRecords(excluded_fields=["search_text"], indexes=HISTORY_INDEXES)

    _moving = False
    known_people: job_rules.Eligible | None = None  # Where whoever writes many has read that.

    class Meta:
        verbose_name = gettext_lazy("job")
        verbose_name_plural = gettext_lazy("jobs")
        ordering = ("-pk",)
        permissions = extra_permissions("operations.job")
        indexes = INDEXES
        constraints = CONSTRAINTS

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def is_closed(self) -> bool:
        """Completed or cancelled."""
        return self.status in CLOSED

    def is_slip_of(self, person: User) -> bool:
        """Can the person still take back that they completed it (rule R2)?"""
        return is_slip(self.completed_by_id, self.completed_at, by=person.pk, at=audit.now())

    # Rules of an edit. A verb moves the status and passes its own (acts/jobs.py).

    def clean(self) -> None:
        """What an edit must keep; each error names its field and the mend."""
        if self._state.adding:
            self._begin()
        else:
            self.check_open()
        when = (self.scheduled_date, self.start_time, self.end_time)
        errors = {
            **job_rules.schedule_errors(*when, former=self.loaded("scheduled_date")),
            **self._place_errors(),
            **job_rules.people_errors(
                self.newly_named("assigned_to", "owner"),
                *(audit.person(), self.known_people, self._state.fields_cache),
            ),
        }
        if errors:
            raise ValidationError(errors)

    def check_fields(self, **how: Any) -> None:
        """Whether it is open at all is told by itself, not among what is wrong with fields."""
        if self._state.adding:
            self._begin()
        else:
            self.check_open()
        super().check_fields(**how)

    def check_open(self) -> None:
        """Closed is closed (rule R2), by what the database says, whatever this row now holds."""
        status = self.loaded("status")
        if status in CLOSED:
            details = {"job": self.number, "status": status_in_sentence(status)}
            sentence = _("%(job)s is %(status)s.") % details
            raise Refused(f"{sentence} {reopen_first(self)}")

    def _place_errors(self) -> dict[str, str]:
        if not self.customer_id:  # Which the field itself says.
            return {}
        newly = self.customer_id != self.loaded("customer_id")
        moved = newly or self.site_id != self.loaded("site_id")
        return job_rules.place_errors(
            self.customer if newly else None,
            self.site if moved and self.site_id else None,
            customer_id=self.customer_id,
        )

    def _check_owner(self) -> None:
        """Who answers for a job is named by whoever may hand jobs over: at first it is whoever
        enters it. Raises PermissionDenied."""
        by = audit.person()
        if by is None or self.changed().isdisjoint({"owner_id", "created_by_id"}):
            return
        adding = self._state.adding
        others = {self.owner_id, self.created_by_id} - {by.pk} if adding else {self.owner_id}
        if others:
            require(by, "hand_over", type(self))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write an edit by the rules. Raises `ValidationError`, `Refused`, `Stale`, or
        PermissionDenied for an owner who is not this person's to name."""
        if self._state.adding:
            self._begin()
        if not self._moving:
            self._check_not_moved()
            if self._state.adding or self.changed() - self.unversioned:
                self.clean_once()
        super().save(*args, **kwargs)

    def before_save(self) -> None:
        self._check_owner()
        self._flag_overdue()
        if self._state.adding:
            return
        if changed := self.changed():
            self.updated_at = audit.now()
            if changed & {"title", "customer_id", "site_id", "assigned_to_id"}:
                self.search_text = self.words()

    def name_by_key(self) -> None:
        """The number of a new job, from the id, which the database never gives twice."""
        self.number = f"J-{self.pk:06d}"
        self.search_text = self.words()

    def take_key(self) -> None:
        if self.pk is None:
            (self.pk,) = bulk_writes.next_keys(type(self), 1)
        self.name_by_key()

    def _check_not_moved(self) -> None:
        new = self._state.adding and self.status != JobStatus.PENDING
        if new or (not self._state.adding and self.changed() & self.MOVED):
            raise RuntimeError("A job's status moves by the verbs of operations/acts.")

    def _begin(self) -> None:
        person = audit.person()
        if self.created_by_id is None and person is not None:
            self.created_by = person
        if self.owner_id is None and self.created_by_id is not None:
            self.owner = self.created_by

    def words(self) -> str:
        """What the job is found by."""
        site = _place(self, self.site_id) if self.site_id else None
        return job_rules.words(self.number, self.title, self.customer, site, self.assigned_to)

    def _flag_overdue(self) -> None:
        """Every write of the job sets or clears the flag with it (rule R3)."""
        late = self.scheduled_date is not None and self.scheduled_date < audit.today()
        self.overdue = late and not self.is_closed
        self.overdue_since = (self.overdue_since or audit.now()) if self.overdue else None

    def warnings(self, changed: Collection[str]) -> list[str]:
        return [str(DAY_HAS_PASSED)] if self.overdue and "scheduled_date" in changed else []


def _place(job: Job, site: int) -> Site | None:
    """The site of a job; with its customer, where neither has been read: one question for both."""
    if not {"site", "customer"} & job._state.fields_cache.keys():
        job.site = Site._base_manager.select_related("customer").get(pk=site)
        if job.site.customer_id == job.customer_id:
            job.customer = job.site.customer
    return job.site


def reopen_first(job: Job) -> str:
    """What whoever is at work does first about a closed job: not everybody may reopen it."""
    by: Any = audit.person()
    if by is None or can_on_held(by, "reopen", job) or job.is_slip_of(by):
        return _("Reopen it first.")
    return _("Ask its owner to reopen it.")
