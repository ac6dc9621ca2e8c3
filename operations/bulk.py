"""The same done to many jobs at once: each by its own rules, refusing for itself alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from core.access import visible_to
from core.record import audit, undoing, written
from core.record.transactions import atomic
from core.record.undo_batch import Restore
from core.record.written import State
from core.refusals import Refused
from operations import acts, free
from operations.acts import Outcome
from operations.acts.moving import check_source
from operations.acts.undoing import put_back_jobs
from operations.models import Job
from operations.states import TRANSITIONS, Verb
from people.models import User

# What undo puts back: columns, and those that name somebody by the name of the field.
_WHEN = ("scheduled_date", "start_time", "end_time")
_PEOPLE = {"assigned_to_id": "assigned_to", "owner_id": "owner"}

# The versions that were looked at, by the key of the job; None: any.
Versions = Mapping[int, int | None]


@dataclass(frozen=True)
class Result:
    """What becomes of a job, in words where they say more than the act itself, and what the act
    points out; or what refuses it, in a sentence."""

    job: Job
    problem: str = ""
    what: str = ""
    warnings: tuple[str, ...] = ()


def assign(
    jobs: Iterable[Job], person: User | None, *, by: User, reason: str = "", versions: Versions
) -> list[Result]:
    """Assign each to a technician, or to nobody. `versions` are those that were looked at."""
    with audit.act(reason=reason):
        return [
            outcome(job, lambda job: acts.assign(job, person, by=by, version=versions.get(job.pk)))
            for job in jobs
        ]


def spread(
    jobs: Sequence[Job],
    technicians: Sequence[User],
    *,
    by: User,
    reason: str = "",
    versions: Versions,
) -> list[Result]:
    """Assign each to whoever of these technicians has the least on its day."""
    shares = free.spread([job for job in jobs if not job.is_closed], technicians)

    def do(job: Job) -> Outcome[Job]:
        return acts.assign(job, shares.get(job.pk), by=by, version=versions.get(job.pk))

    with audit.act(reason=reason):
        return [outcome(job, do) for job in jobs]


def reschedule(
    jobs: Iterable[Job],
    day: date | None,
    times: tuple[time | None, time | None] | None = None,
    *,
    by: User,
    reason: str = "",
    versions: Versions,
) -> list[Result]:
    """Have each take place on a day, or take it off the schedule; at these times, or without any
    said at its own."""

    def do(job: Job) -> Outcome[Job]:
        start, end = times_then(job, day, times)
        return acts.reschedule(job, day, start, end, by=by, version=versions.get(job.pk))

    with audit.act(reason=reason):
        return [outcome(job, do) for job in jobs]


def times_then(
    job: Job, day: date | None, times: tuple[time | None, time | None] | None
) -> tuple[time | None, time | None]:
    """From when until when a job takes place that is moved so."""
    if times is not None:
        return times
    return (job.start_time, job.end_time) if day else (None, None)


def cancel(jobs: Iterable[Job], *, by: User, reason: str, versions: Versions) -> list[Result]:
    """Call each off, saying why."""
    return [
        outcome(
            job,
            lambda job: acts.move(
                job, Verb.CANCEL, by=by, reason=reason, version=versions.get(job.pk)
            ),
        )
        for job in jobs
    ]


def put_back(
    jobs: Sequence[Job], *, by: User, reason: str = "", versions: Versions
) -> list[Result]:
    """Undo the change of day, technician or owner that made the versions named: at once where no
    rule keeps from it, and each other by an act of its own, which says why not."""

    def do(job: Job) -> None:
        job.check_version(versions.get(job.pk))
        values, former = before[job.pk]
        if former is None or not values:
            why = _("The last change to %(job)s was not to its day or people. Open the job.")
            raise Refused(why % {"job": job.number})
        undoing.put_back(job, values, former=former, by=by)

    with audit.act(reason=reason):
        done = _put_back_together(jobs, by=by, versions=versions)
        left = [job for job in jobs if job.pk not in done]
        before = _former(left)
        results = {job.pk: outcome(job, do) for job in left}
    return [results.get(job.pk) or Result(done[job.pk]) for job in jobs]


def _put_back_together(jobs: Sequence[Job], *, by: User, versions: Versions) -> dict[int, Job]:
    """Those that no rule keeps from it, by key, as they are now."""
    with atomic(), audit.act(by=by):
        rows = {row.pk: row for row in Job.held_by_key([job.pk for job in jobs])}
        former = _former(list(rows.values()))
        restores = [
            Restore(row, dict(values), state.record)
            for row, (values, state) in zip(rows.values(), former.values(), strict=True)
            if values and state and versions.get(row.pk) in {None, row.version}
        ]
        return {pk: rows[pk] for pk in put_back_jobs(restores, by=by)}


def changed_by(change_set: UUID) -> dict[int, int]:
    """The jobs that an act changed, by key, each with the version that it made."""
    return written.versions(Job, change_set)


def replaced(jobs: Sequence[Job]) -> dict[int, dict[str, Any]]:
    """What the last change of each replaced of its day, technician and owner; nothing else."""
    before = {pk: values for pk, (values, _former_state) in _former(jobs).items()}
    people = User.objects.in_bulk(
        {value for values in before.values() for name, value in values.items() if name in _PEOPLE}
    )
    return {
        pk: {_PEOPLE.get(n, n): people.get(v) if n in _PEOPLE else v for n, v in values.items()}
        for pk, values in before.items()
    }


def _former(jobs: Sequence[Job]) -> dict[int, tuple[dict[str, Any], State | None]]:
    """The same by column, with what the job was then, by key."""
    found = written.by_last_version(Job, [job.pk for job in jobs]) if jobs else {}
    former: dict[int, tuple[dict[str, Any], State | None]] = {job.pk: ({}, None) for job in jobs}
    for pk, each in found.items():
        values = {n: v for n, v in each.values().items() if n in _WHEN or n in _PEOPLE}
        former[pk] = values, each.before
    return former


def outcome(job: Job, do: Callable[[Job], Outcome[Job] | None]) -> Result:
    """Do it to a job, and say what became of it."""
    try:
        done = do(job)
    except PermissionDenied:
        return Result(job, _("You may not do this to %(job)s.") % {"job": job.number})
    except ValidationError as error:
        return Result(job, " ".join(error.messages))
    return Result(job, warnings=tuple(map(str, done.warnings)) if done else ())


def warned(results: Iterable[Result]) -> dict[str, list[Job]]:
    """What the acts point out, each once, and of which jobs."""
    found: dict[str, list[Job]] = {}
    for result in results:
        for warning in result.warnings:
            found.setdefault(warning, []).append(result.job)
    return found


def foreseen(
    jobs: list[Job], *, by: User, verb: Verb | None = None, versions: Versions | None = None
) -> list[Result]:
    """What can be told beforehand of an edit of each, or of a verb; nothing is done."""
    action = "change" if verb is None else TRANSITIONS[verb].action
    rows = Job.objects.filter(pk__in=[job.pk for job in jobs])
    allowed = set(visible_to(by, rows, action).order_by().values_list("pk", flat=True))

    def check(job: Job) -> None:
        if job.pk not in allowed:
            raise PermissionDenied
        job.check_version(versions.get(job.pk) if versions else None)
        if verb is None:
            job.check_open()
        else:
            check_source(job, verb)

    return [outcome(job, check) for job in jobs]
