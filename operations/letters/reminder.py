"""A technician's day: the jobs of today by their time, what is overdue apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.outbox.letters import Bundle, Part, part
from core.roles import Role
from operations import notices, schedule
from operations.letters.cards import Card, address, job_url, name_of, place
from operations.models import Job, Task
from operations.models.job_queries import FLAGGED_OVERDUE

# How many overdue jobs a reminder describes.
MOST = 20


def parts(bundles: Sequence[Bundle], *, at: datetime) -> list[Part | None]:
    """The day of each, if it is still that day, they are a technician, and work is left."""
    today = timezone.localtime(at, timezone.get_default_timezone()).date()
    people = [b.person.pk for b in bundles if _is_asked(b, today)]
    days = _read(people, today) if people else {}
    return [_part(days.get(bundle.person.pk, []), today) for bundle in bundles]


def _is_asked(bundle: Bundle, today: date) -> bool:
    days = {notice.details["day"] for notice in bundle.notices}
    return today.isoformat() in days and Role.TECHNICIAN in bundle.person.roles


def _read(people: Iterable[int], today: date) -> dict[int, list[Job]]:
    """The open jobs of each, of today and overdue, with what is left to do."""
    wanted = Q(scheduled_date=today) | (FLAGGED_OVERDUE & Q(scheduled_date__lt=today))
    jobs = Job.objects.open().filter(wanted, assigned_to__in=people)
    left = Task.objects.unfinished().prefetch_related("equipment")
    rows = jobs.select_related("customer", "site").prefetch_related(Prefetch("tasks", left))
    found: dict[int, list[Job]] = defaultdict(list)
    for job in rows.order_by(*schedule.NEXT_FIRST):
        found[job.assigned_to_id].append(job)
    return found


def _part(jobs: Sequence[Job], today: date) -> Part | None:
    todays = [job for job in jobs if job.scheduled_date == today]
    if not todays:
        return None
    late = [job for job in jobs if job.scheduled_date != today]
    number = len(todays)
    day = schedule.day_text(today)
    subject = ngettext(
        "Your day: %(count)d job on %(day)s", "Your day: %(count)d jobs on %(day)s", number
    )
    context = {
        "heading": day,
        "today": [_card(job) for job in todays],
        "late": [_card(job) for job in late[:MOST]],
        "others": len(late[MOST:]),
        "my_day_url": address("my-day"),
    }
    kinds = frozenset({notices.REMINDER})
    return part(kinds, subject % {"count": number, "day": day}, "operations/mail/reminder", context)


def _card(job: Job) -> Card:
    when = job.when_text if job.overdue else job.times_text or _("Any time")
    phone = job.customer.phone
    lines = [when, place(job), *([phone] if phone else [])]
    if job.site and job.site.access_notes:
        lines.append(" ".join(job.site.access_notes.split()))
    return Card(
        name_of(job), lines, job_url(job), is_late=job.overdue, steps=[*map(_step, job.tasks.all())]
    )


def _step(task: Task) -> str:
    needed = ", ".join(f"{item.name} ({item.serial_number})" for item in task.equipment.all())
    return f"{task.title}: {needed}" if needed else task.title
