"""Which message goes to whom: what concerns somebody of a job that changed, of a share, of a day.

Here it is only written down, with the act that causes it: keys, what was, and what is. What is told
of it is the difference to what is true when it is sent (letters/).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from core.ledger import Notice
from core.outbox.posting import News, post
from core.record import audit
from core.roles import Role
from operations.models import Job
from operations.states import verb_between
from people.models import User

ASSIGNMENT, CREATED, SCHEDULE = "assignment", "created", "schedule"
STATUS, SHARE = "status", "share"
REMINDER, OVERDUE = "reminder", "overdue"

TECHNICIAN, OWNER = "technician", "owner"
WHEN = ("scheduled_date", "start_time", "end_time")
# What is entered longer after it happened is work of the past, of which nobody is told.
RECENT = timedelta(days=1)


# Jobs


def job_followed(job: Job, before: Mapping[str, Any] | None, *, is_deleted: bool = False) -> None:
    """An act has written a job, or is about to delete it: whom does it concern?"""
    if _is_of_the_past(job, is_new=before is None and not is_deleted):
        return
    if is_deleted:
        news = _deleted(job)
    else:
        news = _entered(job) if before is None else _changed(job, before)
    _post(news)


def _post(news: Iterable[News]) -> None:
    """To everybody but the one who did it."""
    by = audit.person()
    post(each for each in news if by is None or each.person != by.pk)


def _is_of_the_past(job: Job, *, is_new: bool) -> bool:
    """Work recorded afterwards, and files of what was, are news to nobody."""
    if audit.now() < timezone.now() - RECENT or (is_new and job.is_closed):
        return True
    return audit.door() == audit.Door.IMPORT and (job.is_closed or job.overdue)


def _entered(job: Job) -> Iterator[News]:
    if job.assigned_to_id:
        kind = CREATED if job.scheduled_date == audit.today() else ASSIGNMENT
        yield _of(job, kind, job.assigned_to_id, role=TECHNICIAN, was=False, now=True)
    yield _of(job, ASSIGNMENT, job.owner_id, role=OWNER, was=False, now=True)


def _changed(job: Job, before: Mapping[str, Any]) -> Iterator[News]:
    for role, column in ((TECHNICIAN, "assigned_to_id"), (OWNER, "owner_id")):
        if column not in before:
            continue
        for person, is_theirs in ((before[column], False), (getattr(job, column), True)):
            if person:
                was = not is_theirs
                yield _of(job, ASSIGNMENT, person, role=role, was=was, now=is_theirs)
    if job.assigned_to_id and "assigned_to_id" not in before and not before.keys().isdisjoint(WHEN):
        former = (before.get(name, getattr(job, name)) for name in WHEN)
        yield _of(job, SCHEDULE, job.assigned_to_id, was=when(*former), now=when_of(job))
    if "status" in before:
        is_reopened = job.times_reopened > before.get("times_reopened", job.times_reopened)
        verb = verb_between(before["status"], job.status, is_reopened=is_reopened)
        more: dict[str, Any] = {} if verb else {"taken_back": True}
        for person in filter(None, {job.created_by_id, job.owner_id, job.assigned_to_id}):
            yield _of(job, STATUS, person, was=before["status"], now=str(job.status), **more)


def _deleted(job: Job) -> Iterator[News]:
    if job.is_closed:
        return
    for role, person in ((TECHNICIAN, job.assigned_to_id), (OWNER, job.owner_id)):
        if person:
            yield _of(job, ASSIGNMENT, person, role=role, was=True, now=None)


def _of(
    job: Job, kind: str, person: int, *, was: Any, now: Any, role: str = "", **more: Any
) -> News:
    """A change of a job, to somebody. It is known by the version that it made."""
    details = {"job": job.pk, "was": was, "now": now, "version": job.version, **more}
    occasion = f"job {job.pk} version {job.version}{'' if now is not None else ' deleted'}"
    if role:
        details["role"] = role
        occasion = f"{occasion} as {role}"
    return News(person, kind, occasion, details, about=about(job.pk))


def about(job: int) -> str:
    """What the ledger calls a job that something is told of."""
    return f"job {job}"


def when(*values: Any) -> list[str | None]:
    """Day and times, as the ledger keeps them."""
    return [None if value is None else value.isoformat() for value in values]


def when_of(job: Job) -> list[str | None]:
    """When a job takes place, likewise."""
    return when(*(getattr(job, name) for name in WHEN))


# Shares


def shared(job: Job, person: int, *, was: str | None, now: str | None) -> None:
    """Somebody's access to a job was given, changed or taken away, at these levels."""
    if _is_of_the_past(job, is_new=False):
        return
    details = {"job": job.pk, "was": was, "now": now}
    occasion = f"job {job.pk} by {audit.change_set_id()}"
    _post([News(person, SHARE, occasion, details, about=about(job.pk))])


# By the clock


def remind(*, at: datetime) -> int:
    """Remind each active technician of their open jobs of the day; how many there are."""
    day = _day(at)
    with_jobs = Job.objects.open().scheduled_on(day).exclude(assigned_to=None)
    people = User.objects.technicians().filter(pk__in=with_jobs.values("assigned_to"))
    keys = list(people.order_by("pk").values_list("pk", flat=True))
    details = {"day": day.isoformat()}
    post((News(key, REMINDER, f"day {day}", details) for key in keys), at=at)
    return len(keys)


def digest_overdue(*, at: datetime) -> int:
    """Tell Admins what became overdue since they were last told, and sales agents of their own; how
    many people. Once a day, however often it is asked."""
    since = _digested_until(at)
    late = Job.objects.flagged_overdue().filter(overdue_since__lte=at)
    if since is not None:
        late = late.filter(overdue_since__gt=since)
    owners = set(late.order_by().values_list("owner", flat=True).distinct())
    agents = User.objects.active().holding(Role.SALES_AGENT).filter(pk__in=owners)
    people = set(agents.values_list("pk", flat=True))
    if owners or without_address(_day(at)).exists():
        admins = User.objects.active().holding(Role.ADMIN)
        people.update(admins.values_list("pk", flat=True))
    details = {"since": since and since.isoformat(), "until": at.isoformat()}
    occasion = f"night of {_day(at)}"
    post((News(key, OVERDUE, occasion, details) for key in sorted(people)), at=at)
    return len(people)


def _digested_until(at: datetime) -> datetime | None:
    """Up to when people had been told what became overdue by then; None where nobody ever was. A
    run for a day to come (`run_schedule --at`) is none of before."""
    last = Notice.objects.filter(kind=OVERDUE, at__lte=at).order_by("-at", "-pk").first()
    return datetime.fromisoformat(last.details["until"]) if last else None


def without_address(day: date) -> Any:
    """Active technicians with open jobs on a day whom no reminder reaches: they have no address, or
    mail to it comes back."""
    with_jobs = Job.objects.open().scheduled_on(day).exclude(assigned_to=None)
    people = User.objects.technicians().filter(Q(email="") | Q(email_problem__gt=""))
    return people.filter(pk__in=with_jobs.values("assigned_to"))


def _day(at: datetime) -> date:
    return timezone.localtime(at, timezone.get_default_timezone()).date()
