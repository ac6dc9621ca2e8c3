"""Whether a job was done at the first go: nobody had to come back to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    OuterRef,
    Q,
)
from django.db.models.functions import TruncDate
from django.utils.timezone import get_default_timezone

from operations.models import Job, Task
from operations.models.job_queries import JobQuerySet, moments
from reports.models import Return

_UNSEEN = Q(followed=None)
_SEEN_ALONE, _SEEN_FOLLOWED = Q(followed__is_followed=False), Q(followed__is_followed=True)
# For so many days, that of the completion among them, another job may follow.
DAYS = 30


def ripe_until(today: date) -> date:
    """The last day of which is known whether its jobs were done at the first go: the last 30 days
    are not ripe yet."""
    return today - timedelta(days=DAYS)


def ripe(jobs: JobQuerySet, today: date) -> JobQuerySet:
    """Completed long enough before a day."""
    _begin, end = moments((ripe_until(today), ripe_until(today)))
    return jobs.filter(completed_at__lt=end)


def fixed(jobs: JobQuerySet) -> JobQuerySet:
    """Completed jobs that were never reopened, and not followed by another one."""
    return jobs.filter(_SEEN_ALONE | (_UNSEEN & ~Q(_followed())), times_reopened=0)


def not_fixed(jobs: JobQuerySet) -> JobQuerySet:
    """The others."""
    return jobs.filter(Q(times_reopened__gt=0) | _SEEN_FOLLOWED | (_UNSEEN & Q(_followed())))


def unseen(today: date, *, after: int = 0) -> JobQuerySet:
    """Jobs after this key that are ripe, of which is not kept yet whether another one followed; the
    database reads what is kept from the key on, as it does the jobs."""
    kept = FilteredRelation("followed", condition=Q(followed__job__gt=after))
    jobs = ripe(Job.objects.exclude(completed_at=None), today).filter(pk__gt=after)
    found: JobQuerySet = jobs.annotate(kept=kept).filter(kept=None).order_by("pk")
    return found


def keep(today: date, *, at_once: int) -> Iterator[int]:
    """Keep of all that are unseen whether another job followed; of how many, so many at once.

    Each time it goes on after the last one: among a million jobs, the unseen are not found from the
    first one again.
    """
    last = 0
    while keys := see(unseen(today, after=last)[:at_once]):
        yield len(keys)
        last = keys[-1]


def see(jobs: JobQuerySet) -> list[int]:
    """Keep whether another job followed each of these; their keys."""
    keys = list(jobs.values_list("pk", flat=True))
    # Asked as a value: as a condition, PostgreSQL would read all jobs for these few.
    known = Job.objects.filter(pk__in=keys).order_by().annotate(is_followed=_followed())
    Return.objects.bulk_create(
        (Return(job_id=key, is_followed=it) for key, it in known.values_list("pk", "is_followed")),
        ignore_conflicts=True,
    )
    return keys


def _outermost(column: str) -> Any:
    """A column of the job at hand, from a question within a question within one about it."""
    return OuterRef(OuterRef(OuterRef(column)))


def _followed() -> Exists:
    """Whether another job was entered for the same site and the same equipment, after the job at
    hand was completed and within 30 days."""
    zone, then = get_default_timezone(), OuterRef("completed_at")
    completed = ExpressionWrapper(then, DateTimeField())
    days = ExpressionWrapper(
        TruncDate("created_at", tzinfo=zone) - TruncDate(completed, tzinfo=zone), DurationField()
    )
    links: Any = Task.equipment.through._default_manager
    # Added to nothing: each is found by the tasks of its job, as there are many of the equipment.
    its, same = (
        links.filter(task__job=job).annotate(item=F("equipment") + 0)
        for job in (_outermost("pk"), OuterRef("pk"))
    )
    same = same.filter(item__in=its.values("item"))
    # Other columns that an index finds it by come first; then the days, as the business has them.
    others = Job.objects.filter(
        site=OuterRef("site"),
        created_at__gt=then,
        created_at__lt=then + timedelta(days=DAYS + 1),
    )
    return Exists(
        others.exclude(pk=OuterRef("pk"))
        .annotate(days=days)
        .filter(Exists(same), days__lt=timedelta(days=DAYS))
        .order_by()
    )
