"""The table of jobs: what it is read by, and what can never be false in it."""

from django.db import models
from django.db.models import F, Q

from core.text.days import BEGIN, END, FIRST, LAST
from operations.models.job_queries import URGENCY
from operations.schedule import END_BEFORE_START
from operations.states import CLOSED, OPEN, JobStatus, Priority, values

_OPEN = Q(status__in=values(OPEN))
_COMPLETED, _CANCELLED = values(CLOSED)
_BY_DAY = ("scheduled_date", "start_time", "id")
_FILTERED = ("status", "priority", "scheduled_date", "customer", "site")


def known_moments(*names: str) -> Q:
    """The condition that these are empty or within the days that there are."""
    known = Q()
    for name in names:
        known &= Q((f"{name}__isnull", True)) | Q((f"{name}__gte", BEGIN), (f"{name}__lt", END))
    return known


# Columns that only the verbs of acts/jobs.py write.
MOVED = frozenset(
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
INDEXES = (
    # Each filter of the list, newest first; and what is rare, by itself.
    # Of the many of one person, the index itself holds what the list is filtered by.
    models.Index(fields=["owner", "id", *_FILTERED], name="operations_job_owner"),
    models.Index(fields=["assigned_to", "id", *_FILTERED], name="operations_job_technician"),
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
    # What came back, by day; and what was completed in a week, in time or not.
    models.Index(
        fields=[*_BY_DAY, "owner", "assigned_to"],
        condition=Q(reopened_at__isnull=False),
        name="operations_job_reopened",
    ),
    # For figures of it, the index itself holds all that they count and are filtered by.
    models.Index(
        fields=[
            *("completed_at", "scheduled_date", "owner", "assigned_to"),
            *("created_at", "customer", "priority"),
        ],
        condition=Q(completed_at__isnull=False),
        name="operations_job_completed",
    ),
    models.Index(
        fields=["cancelled_at"],
        condition=Q(cancelled_at__isnull=False),
        name="operations_job_cancelled",
    ),
    # What was entered for a site after a job was completed there.
    models.Index(fields=["site", "created_at"], name="operations_job_site"),
)
# Of the history: when jobs were reopened.
HISTORY_INDEXES = (
    models.Index(
        fields=["reopened_at", "id", "history_id"],
        condition=Q(reopened_at__isnull=False),
        name="operations_job_reopenings",
    ),
)
CONSTRAINTS = (
    models.CheckConstraint(
        condition=Q(status__in=JobStatus.values),
        name="operations_job_status_known",
    ),
    models.CheckConstraint(
        condition=Q(priority__in=Priority.values),
        name="operations_job_priority_known",
    ),
    models.CheckConstraint(
        condition=Q(start_time__isnull=True, end_time__isnull=True)
        | Q(start_time__isnull=False, end_time__isnull=False, end_time__gt=F("start_time")),
        name="operations_job_end_after_start",
        violation_error_message=END_BEFORE_START,
    ),
    models.CheckConstraint(
        condition=Q(scheduled_date__isnull=True)
        | Q(scheduled_date__gte=FIRST, scheduled_date__lte=LAST),
        name="operations_job_day_known",
    ),
    models.CheckConstraint(
        condition=known_moments("started_at", "completed_at", "cancelled_at", "reopened_at"),
        name="operations_job_moments_known",
    ),
    models.CheckConstraint(
        condition=~Q(status__in=values(CLOSED), overdue=True),
        name="operations_job_closed_not_overdue",
    ),
    models.CheckConstraint(
        condition=Q(overdue=True, overdue_since__isnull=False)
        | Q(overdue=False, overdue_since__isnull=True),
        name="operations_job_overdue_has_since",
    ),
    models.CheckConstraint(
        condition=Q(status=_COMPLETED, completed_at__isnull=False, completed_by__isnull=False)
        | (~Q(status=_COMPLETED) & Q(completed_at__isnull=True, completed_by__isnull=True)),
        name="operations_job_completed_has_time",
    ),
    models.CheckConstraint(
        condition=Q(status=_CANCELLED, cancelled_at__isnull=False)
        | (~Q(status=_CANCELLED) & Q(cancelled_at__isnull=True)),
        name="operations_job_cancelled_has_time",
    ),
)
