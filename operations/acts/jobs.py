"""What is done to a job: entered, edited, assigned, rescheduled, handed over, moved by a verb."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from typing import Any

from core.access import require
from core.record import audit
from core.record.acts import Named, Outcome, add, edit, held, save_checked, write
from core.record.transactions import atomic
from core.refusals import within
from operations.acts.moving import action_of, move_held, moving
from operations.acts.naming import named_by_key
from operations.acts.tasks import Added, add_first
from operations.models import Customer, Job, Site
from operations.states import JobStatus, Verb
from people.models import User


@dataclass(frozen=True)
class Entered(Outcome[Job]):
    """What became of a new job; with its tasks, in the order in which they were given."""

    tasks: tuple[Added, ...] = ()


def enter(
    job: Job | None = None,
    *,
    by: User,
    status: str = JobStatus.PENDING,
    at: datetime | None = None,
    tasks: Iterable[Mapping[str, Any]] = (),
    **values: Any,
) -> Entered:
    """Save a new job with its tasks: all of it, or nothing.

    Of a job that a form or a file has filled, or of `values`, where rows can be named by their
    keys. Work recorded afterwards comes with its status, at a time (now if not said); what comes
    started, and does not say since when, started when it was entered. Raises PermissionDenied or
    `ValidationError`; an error of a task stands at its place, such as `tasks.1.title`.
    """
    with atomic(), audit.act(by=by):
        require(by, "add", Job)
        job = job or Job(**named_by_key(Job, values, by=by))
        job.check_fields()
        with moving(job) if status != JobStatus.PENDING else nullcontext():
            begin_as(job, JobStatus(status), by=by, at=at or audit.now())
            outcome = save_checked(job)
        added, warnings = add_first(job, tasks, by=by)
    return Entered(outcome.row, outcome.changed, outcome.warnings + warnings, tuple(added))


def enter_for(
    job: Job, *, by: User, customer: Customer | None = None, site: Site | None = None
) -> Outcome[Job]:
    """Save a new job that a form has filled, with the customer or the site it is for, where they
    are new as well: all of it, or nothing.

    Raises PermissionDenied or `ValidationError`; an error of theirs stands at its place, such as
    `customer.name`.
    """
    with atomic(), audit.act(by=by):
        if customer is not None:
            with within("customer"):
                job.customer = add(customer, by=by).row
        if site is not None:
            site.customer = job.customer
            with within("site"):
                job.site = add(site, by=by).row
        return enter(job, by=by)


def begin_as(job: Job, status: JobStatus, *, by: User | None, at: datetime) -> None:
    """Work recorded afterwards: a new job stands there from the beginning, since that time."""
    job.status = status
    if status == JobStatus.COMPLETED:
        job.completed_at, job.completed_by = at, by
    elif status == JobStatus.CANCELLED:
        job.cancelled_at = at
    elif status == JobStatus.IN_PROGRESS:
        job.started_at = at


def assign(
    job: Named[Job], person: User | None, *, by: User, version: int | None = None
) -> Outcome[Job]:
    """Assign the job to an active technician, or to nobody."""
    return edit(job, by=by, version=version, assigned_to=person)


def reschedule(
    job: Named[Job],
    day: date | None,
    start: time | None = None,
    end: time | None = None,
    *,
    by: User,
    version: int | None = None,
) -> Outcome[Job]:
    """Have the job take place on a day, at a time or at any; or on none."""
    when = {"scheduled_date": day, "start_time": start, "end_time": end}
    return edit(job, by=by, version=version, **when)


def hand_over(
    job: Named[Job],
    *,
    owner: User | None = None,
    technician: User | None = None,
    by: User,
    version: int | None = None,
) -> Outcome[Job]:
    """Give the job to another owner, to another technician, or to both; None: it stays."""
    named = {"owner": owner, "assigned_to": technician}
    people = {name: person for name, person in named.items() if person}
    with held(job, "hand_over", by=by, version=version, wanted=people) as row:
        for name, person in people.items():
            setattr(row, name, person)
        return write(row)


def edit_by_key(
    job: Named[Job], *, by: User, version: int | None = None, **values: Any
) -> Outcome[Job]:
    """As `edit`, where rows can be named by their keys, as far as the person sees them."""
    with held(job, "change", by=by) as row:
        given = named_by_key(Job, values, by=by)
        return edit(row, by=by, version=version, **given)


def move(
    job: Named[Job],
    verb: Verb,
    *,
    by: User,
    reason: str = "",
    at: datetime | None = None,
    version: int | None = None,
) -> Outcome[Job]:
    """Move a job by a verb, at a time (now by default), from a version (any by default).

    The row is held while person, version, status and tasks are asked, so that of two who race
    one wins and the other is told. Raises as `held` does, `Refused`, or `ValidationError` where
    the reason is missing.
    """
    details: dict[str, Any] = {"reason": reason, "at": at or audit.now()}
    action = partial(action_of, verb=verb, by=by)
    with held(job, action, by=by, version=version, **details) as row:
        return move_held(row, verb, by=by)
