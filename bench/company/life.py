"""A job from its entry to today, written down as the domain would have written it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import TextChoices

from bench.company.days import Days
from bench.company.tables import NIGHT, Actor, Book, Row
from operations.models import Job, JobShare, Task
from operations.states import TaskStatus

_DAY = timedelta(days=1)


def _values(choices: type[TextChoices]) -> dict[Any, str]:
    # Plain strings: a database driver may write a member by its name.
    return {choice: choice.value for choice in choices}


JOB = _values(Job.Status)
TASK = _values(Task.Status)
_CLOSED = {JOB[status] for status in Job.CLOSED}


class Step:
    """A task, and the links to the equipment it needs."""

    def __init__(self, task: Task, links: list[Row]) -> None:
        self.task = task
        self.links = links


class Life:
    """What happens to one job. Each verb takes a moment that is not before the last one's."""

    def __init__(self, book: Book, days: Days, job: Job) -> None:
        self.book = book
        self.days = days
        self.job = job
        self.steps: list[Step] = []

    def enter(self, *, at: datetime, by: Actor) -> None:
        """Somebody enters the job."""
        job = self.job
        job.pk = self.book.jobs.table.next_id()
        job.number = f"J-{job.pk:06d}"
        job.status = JOB[Job.Status.PENDING]
        job.created_by_id = by.pk
        job.created_at = job.updated_at = at
        self._flag(at)
        self.book.jobs.record(job, "+", at=at, by=by)

    def add(self, title: str, equipment: list[int], *, at: datetime, by: Actor) -> None:
        """A task comes last."""
        task = Task(
            pk=self.book.tasks.table.next_id(),
            job_id=self.job.pk,
            position=len(self.steps) + 1,
            placed_at=at,
            title=title,
            status=TASK[Task.Status.PENDING],
        )
        step = Step(task, self.book.requirements.link(task.pk, equipment))
        self.steps.append(step)
        self._record_step(step, "+", at=at, by=by)

    def share(self, person: Actor, level: str, permission: int, *, at: datetime, by: Actor) -> None:
        """A colleague gets access."""
        shares = self.book.shares
        share = JobShare(
            pk=shares.table.next_id(),
            content_object_id=self.job.pk,
            user_id=person.pk,
            level=level,
            permission_id=permission,
        )
        shares.record(share, "+", at=at, by=by)
        shares.keep(share)

    def write(self, *, at: datetime, by: Actor, reason: str = "", **changes: Any) -> None:
        """Change columns, as `Job.save` does."""
        self.let_nights_pass(at)
        for column, value in changes.items():
            setattr(self.job, column, value)
        self.job.version += 1
        self.job.updated_at = at
        self._flag(at)
        self.book.jobs.record(self.job, "~", at=at, by=by, reason=reason)

    def start(self, *, at: datetime, by: Actor) -> None:
        """Work begins."""
        since: dict[str, Any] = {} if self.job.started_at else {"started_at": at}
        self.write(at=at, by=by, status=JOB[Job.Status.IN_PROGRESS], **since)

    def hold(self, reason: str, *, at: datetime, by: Actor) -> None:
        """Work stops for now."""
        self.write(at=at, by=by, reason=reason, status=JOB[Job.Status.ON_HOLD])

    def complete(self, *, at: datetime, by: Actor) -> None:
        """The job is done."""
        done: dict[str, Any] = {"completed_at": at, "completed_by_id": by.pk}
        self.write(at=at, by=by, status=JOB[Job.Status.COMPLETED], **done)

    def cancel(self, reason: str, *, at: datetime, by: Actor) -> None:
        """The job is called off."""
        status = JOB[Job.Status.CANCELLED]
        self.write(at=at, by=by, reason=reason, status=status, cancelled_at=at)

    def reopen(self, reason: str, *, at: datetime, by: Actor) -> None:
        """The job is taken up again."""
        gone = ("started_at", "completed_at", "completed_by_id", "cancelled_at")
        self.write(
            at=at,
            by=by,
            reason=reason,
            status=JOB[Job.Status.PENDING],
            reopened_at=at,
            times_reopened=self.job.times_reopened + 1,
            **dict.fromkeys(gone),
        )

    def progress(
        self, step: Step, status: TaskStatus, *, at: datetime, by: Actor, note: str = ""
    ) -> None:
        """A task moves on, and a pending job with it."""
        task, done = step.task, status == Task.Status.COMPLETED
        task.status = TASK[status]
        task.note = note or task.note
        task.completed_at, task.completed_by_id = (at, by.pk) if done else (None, None)
        if not done:
            task.started_at = at if status == Task.Status.IN_PROGRESS else None
        task.version += 1
        self._record_step(step, "~", at=at, by=by)
        if status != Task.Status.PENDING and self.job.status == JOB[Job.Status.PENDING]:
            self.start(at=at, by=by)

    def let_nights_pass(self, until: datetime) -> None:
        """The midnight after the scheduled day flags what has not been done by then."""
        job = self.job
        if job.status in _CLOSED or job.overdue or job.scheduled_date is None:
            return
        midnight = self.days.midnight(job.scheduled_date + _DAY)
        if midnight <= until:
            job.overdue, job.overdue_since = True, midnight
            self.book.jobs.record(job, "~", at=midnight, by=NIGHT)

    def end(self) -> None:
        """Today begins: the rows as they stand."""
        self.let_nights_pass(self.days.end)
        self.book.jobs.keep(self.job)
        for step in self.steps:
            self.book.tasks.keep(step.task)

    def _flag(self, at: datetime) -> None:
        job, day = self.job, day_of(at)
        late = job.scheduled_date is not None and job.scheduled_date < day
        job.overdue = late and job.status not in _CLOSED
        if not job.overdue:
            job.overdue_since = None
        elif job.overdue_since is None:
            job.overdue_since = at

    def _record_step(self, step: Step, kind: str, *, at: datetime, by: Actor) -> None:
        history_id = self.book.tasks.record(step.task, kind, at=at, by=by)
        self.book.requirements.record(step.links, history_id)


def day_of(at: datetime) -> date:
    """The day of a moment, which is in the business time zone already."""
    return at.date()
