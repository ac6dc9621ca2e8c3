"""Jobs and tasks as they stand on the page of what they belong to: a customer, equipment, a person.

Each panel holds what its reader may see, and leads to exactly the rows behind it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.backoffice.panels import Line, Link, Panel, Text
from core.text.days import together
from operations.models import Customer, Job, Task
from operations.schedule import NEXT_FIRST, day_text
from people.models import User

FEW = 5
# Tasks that were done: the latest first.
LATEST = ("-completed_at", "-id")


def jobs_url(**conditions: Any) -> str:
    """The list of jobs, by its own filters."""
    return f"{reverse('admin:operations_job_changelist')}?{urlencode(conditions)}"


def open_jobs(
    jobs: QuerySet[Job], *, more: Link | None = None, of: Customer | User, **details: Any
) -> Panel:
    """Those of these jobs that are to be done, the next first; `more` leads to all of them."""
    rows = _first(jobs & Job.objects.open(), *NEXT_FIRST)
    details.setdefault("title", _("Open jobs"))
    lines = [_line(job, of) for job in rows[:FEW]]
    return Panel(lines=lines, more=more if len(rows) > FEW else None, **details)


def past_jobs(jobs: QuerySet[Job], *, more: Link, of: Customer | User) -> Panel:
    """Those of these jobs that are completed or cancelled, the latest first."""
    rows = _first(jobs.filter(status__in=Job.CLOSED), "-pk")
    empty = _("No job has been completed or cancelled yet.")
    lines = [_line(job, of) for job in rows[:FEW]]
    return Panel(_("Past jobs"), lines, empty=empty, more=more if lines else None)


def _first(found: QuerySet[Job], *order: Any) -> list[Job]:
    # Chosen by an index first: what a line shows is read for these alone.
    chosen = Job.objects.filter(pk__in=found.order_by(*order).values("pk")[: FEW + 1])
    return list(chosen.select_related("customer", "site", "assigned_to").order_by(*order))


def _line(job: Job, of: Customer | User) -> Line:
    # What the whole panel is of is not said on each line.
    place = job.customer.name if job.customer != of else ""
    site = job.site.name if job.site else ""
    who = job.assigned_to.name if job.assigned_to else _("unassigned")
    where = ", ".join(filter(None, [place, site]))
    details = [job.number, where, together(job.when_text), who if job.assigned_to != of else ""]
    return Line(
        url=job_url(job),
        title=job.title,
        meta=" · ".join(filter(None, details)),
        badges=badges(job),
    )


def job_url(job: Job) -> str:
    """The page of a job."""
    return reverse("admin:operations_job_change", args=[job.pk])


def badges(job: Job) -> list[tuple[str, Text]]:
    """How a job stands: its status, and that it is overdue."""
    late = [("overdue", _("Overdue"))] if job.overdue else []
    return [*late, (job.status, job.get_status_display())]


def done_on(task: Task) -> str:
    """The day on which a task was done; empty where it was not."""
    if task.completed_at is None:
        return ""
    return together(day_text(timezone.localtime(task.completed_at)))


def task_line(task: Task) -> Line:
    """A task, as it stands among those of several jobs."""
    job, done = task.job, done_on(task)
    day = _("done %(day)s") % {"day": done} if done else together(job.when_text)
    return Line(
        url=job_url(job),
        title=task.title,
        meta=" · ".join([job.number, str(job.customer), day]),
        badges=[(task.status, task.get_status_display())],
    )


def with_job(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """With what a line of each shows."""
    return tasks.select_related("job__customer")
