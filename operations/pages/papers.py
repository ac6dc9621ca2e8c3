"""Papers of jobs: the sheet that a technician takes along, of a job or of a whole day, and the
report that a customer gets of what was done. Each is a page to print, and a PDF.

The report leaves the house, so nothing internal is on it: of what is written on a job, its title,
the titles of its tasks, and the notes that were made on them at work. What was written for the
technician (descriptions, access notes), the customer's own notes, reasons, priority and who owns
the job stay here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.core.exceptions import BadRequest
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import papers
from core.access import can, visible_to
from core.backoffice.chosen import is_key
from core.backoffice.panels import Text
from core.papers import Paper
from core.record import audit
from core.text import days
from operations.models import Job, JobShare, Task
from operations.pages.job_head import day_url, map_url, written
from operations.schedule import NEXT_FIRST, day_text
from operations.states import UNFINISHED, ShareLevel
from people.company import Company
from people.letterhead import letterhead
from people.models import User

# Of a day, so many jobs are on paper.
MOST = 50


@dataclass(frozen=True)
class Sheet:
    """A job on paper, with the address of its page as people type it and as a phone reads it."""

    job: Job
    tasks: list[Task]

    @property
    def url(self) -> str:
        """The page of the job, from anywhere."""
        return settings.SITE_URL + reverse("admin:operations_job_change", args=[self.job.pk])

    @property
    def code(self) -> SafeString:
        """The same as a QR code."""
        drawn = segno.make(self.url, error="m", micro=False)
        return SafeString(drawn.svg_inline(omitsize=True, border=0))  # A picture of ours.

    @property
    def map_url(self) -> str:
        """A map of where it is; empty where nobody has said that."""
        return map_url(self.job.site.address) if self.job.site else ""

    @property
    def plain(self) -> dict[Text, str]:
        """What else is written of it, by its name."""
        return written(self.job)

    @property
    def done(self) -> list[Task]:
        """The tasks that are done."""
        return [task for task in self.tasks if task.status == Task.Status.COMPLETED]

    @property
    def left(self) -> list[Task]:
        """The tasks that are not."""
        return [task for task in self.tasks if task.status in UNFINISHED]


# One job


@require_safe
def sheet(request: HttpRequest, pk: int, form: str = "") -> HttpResponse:
    """The job sheet of a job, for whoever sees it."""
    found = _sheet(request, pk)
    title = _("Job sheet %(job)s") % {"job": found.job.number}
    paper = _of_job(request, found, "sheet", title)
    return papers.answer(request, paper, form=form)


@require_safe
def report(request: HttpRequest, pk: int, form: str = "") -> HttpResponse:
    """The service report of a job for its customer, for whoever sees the job."""
    found = _sheet(request, pk)
    title = _("Service report %(job)s") % {"job": found.job.number}
    paper = _of_job(request, found, "report", title)
    return papers.answer(request, paper, form=form)


def _sheet(request: HttpRequest, pk: int) -> Sheet:
    if pk >= 2**63:
        raise Http404
    return _read(get_object_or_404(_with_tasks(visible_to(request.user, Job.objects.all())), pk=pk))


def _of_job(request: HttpRequest, found: Sheet, name: str, title: str) -> Paper:
    page, pdf = (
        reverse(f"admin:operations_job_{each}", args=[found.job.pk])
        for each in (name, f"{name}_pdf")
    )
    back = reverse("admin:operations_job_change", args=[found.job.pk])
    context = {"sheet": found, **_house(request)}
    return Paper(f"operations/papers/{name}.html", title, page, pdf, back, context)


# A day


@require_safe
def day(request: HttpRequest, form: str = "") -> HttpResponse:
    """The job sheets of a technician's day, in its order: of whoever asks and of today, if not said
    otherwise; those jobs that they see. Raises Http404 for somebody whom they do not see."""
    technician, on = _technician(request), _day(request)
    jobs = _with_tasks(visible_to(request.user, _jobs_of(technician, on)).order_by(*NEXT_FIRST))
    read = [_read(job) for job in jobs[: MOST + 1]]
    names = {"name": technician.name, "day": day_text(on)}
    context = {
        "technician": technician,
        "day": on,
        "sheets": read[:MOST],
        "most": MOST if len(read) > MOST else 0,
        **_neighbours(technician, on),
        **_house(request),
    }
    paper = Paper(
        "operations/papers/day.html",
        _("%(name)s, %(day)s") % names,
        day_url(technician.pk, on),
        day_url(technician.pk, on, name="day_pdf"),
        _back(request, technician, on),
        context,
    )
    return papers.answer(request, paper, form=form)


def _technician(request: HttpRequest) -> User:
    key = request.GET.get("technician", "")
    if not key:
        return request.user  # type: ignore[return-value]  # Signed in.
    if not is_key(key):
        raise Http404
    found: User = get_object_or_404(visible_to(request.user, User.objects.all()), pk=key)
    return found


def _day(request: HttpRequest) -> date:
    text = request.GET.get("day", "")
    found = days.read_day(text) if text else audit.today()
    if found is None:
        raise BadRequest(days.day_help())
    if not days.FIRST <= found <= days.LAST:
        raise BadRequest(days.range_help())
    return found


def _neighbours(technician: User, on: date) -> dict[str, str]:
    """Where the days before and after are; empty beyond the days that the product knows."""
    step = timedelta(days=1)
    before = day_url(technician.pk, on - step) if on > days.FIRST else ""
    return {"before": before, "after": day_url(technician.pk, on + step) if on < days.LAST else ""}


def _jobs_of(technician: User, on: date) -> QuerySet[Job]:
    """What takes place on a day for a technician: assigned to them, or shared for progress."""
    shared = JobShare.objects.filter(user=technician, level=ShareLevel.PROGRESS)
    keys = list(shared.filter(content_object__scheduled_date=on).values_list("content_object"))
    theirs = Q(assigned_to=technician) | Q(pk__in=[key for (key,) in keys])
    there: QuerySet[Job] = Job.objects.scheduled_on(on).exclude(status=Job.Status.CANCELLED)
    return there.filter(theirs)


def _back(request: HttpRequest, technician: User, on: date) -> str:
    if technician == request.user:
        return reverse("my-day")
    asked = {
        "assigned_to__id__exact": technician.pk,
        "scheduled_date_from": on.isoformat(),
        "scheduled_date_to": on.isoformat(),
    }
    return f"{reverse('admin:operations_job_changelist')}?{urlencode(asked)}"


# What is read


def _with_tasks(jobs: QuerySet[Job]) -> QuerySet[Job]:
    tasks = Task.objects.select_related("completed_by").prefetch_related("equipment")
    rows = jobs.select_related("customer", "site", "assigned_to", "owner", "completed_by")
    return rows.prefetch_related(Prefetch("tasks", tasks))


def _read(job: Job) -> Sheet:
    return Sheet(job, list(job.tasks.all()))


def _house(request: HttpRequest) -> dict[str, Any]:
    """Whose paper it is, and for whoever can say it where, if nobody has."""
    head = letterhead()
    unsaid = not head and can(request.user, "change", Company)
    return {"letterhead": head, "company": reverse("admin:company") if unsaid else ""}
