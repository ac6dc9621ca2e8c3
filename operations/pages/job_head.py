"""The head of a job, the same for everyone who sees it: how it stands and why, whom it is for,
where, when and who; and what this person can do with it. Where each leads stands in progress.py
and shares.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.db.models import QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.access import visible_to
from core.backoffice.panels import Text, phone_link
from core.backoffice.permissions import may
from core.record import audit
from operations import job_events
from operations.models import Job, JobShare, Task
from operations.models.job import WRITTEN, reopen_first
from operations.schedule import day_text
from operations.states import TRANSITIONS, UNFINISHED, JobStatus, Verb, verbs_for
from people.models import User

_ICONS = {
    Verb.START: "play_arrow",
    Verb.HOLD: "pause",
    Verb.RESUME: "play_arrow",
    Verb.COMPLETE: "check",
    Verb.CANCEL: "cancel",
    Verb.REOPEN: "undo",
}
# Opened by the person alone; a phone opens its own instead (job_page.js).
MAP = "https://www.openstreetmap.org/search?query="


@dataclass(frozen=True)
class Button:
    """What can be done: by a link, a dialog, or a form that is sent. One of a page is next."""

    name: str
    label: str | Promise
    icon: str
    url: str
    kind: str = "link"
    is_next: bool = False
    is_barred: bool = False


@dataclass(frozen=True)
class StatusReason:
    """How the job came to where it stands, in words; and when."""

    text: SafeString
    at: datetime
    status: str


@dataclass(frozen=True)
class Person:
    """Somebody of the job: who, where their page is, and their phone, as far as it is shown."""

    name: str
    url: str = ""
    phone: Text = ""


@dataclass(frozen=True)
class Head:
    """What stands at the head of the page of a job."""

    job: Job
    status_reasons: list[StatusReason]
    buttons: list[Button]
    menu: list[Button]
    hints: list[str]
    why_not_complete: str
    customer_url: str
    phone: Text
    map_url: str
    day: Text
    late: str
    plain: dict[Text, str]
    technician: Person | None
    owner: Person
    shares: QuerySet[JobShare]
    may_share: bool
    edited: dict[str, str]
    next_task: Task | None


def head(
    request: HttpRequest,
    job: Job,
    tasks: Sequence[Task],
    asked: Callable[[str], bool],
    *,
    edited: dict[str, str],
) -> Head:
    """The head of a job for a person, who may do to it what is `asked`; `edited` says where each
    of its fields is."""
    user: Any = request.user
    verbs = verbs_for(job.status, may=asked, is_slip=job.is_slip_of(user))
    unfinished = [task for task in tasks if task.status in UNFINISHED]
    may_edit, may_share = asked("change"), asked("share")
    can_edit = may_edit and not job.is_closed
    step = _next_step(verbs, unfinished, can_edit=can_edit)
    barred = _why_not_complete(unfinished) if Verb.COMPLETE in verbs else ""
    buttons = [_verb(job, v, step=step, barred=barred) for v in verbs if v is not Verb.CANCEL]
    if can_edit:
        details = (_("Edit"), "edit", edited["title"])
        buttons.append(Button("edit", *details, is_next=step == "edit"))
    return Head(
        job=job,
        status_reasons=status_reasons(job),
        buttons=buttons,
        menu=list(_menu(job, verbs, asked, may_add=may(request, "add", Job))),
        hints=list(_hints(request, job, may_edit=may_edit)),
        why_not_complete=barred,
        customer_url=_customer_url(request, job),
        phone=phone_link(job.customer.phone),
        map_url=map_url(job.site.address) if job.site else "",
        day=day_text(job.scheduled_date) if job.scheduled_date else _("unscheduled"),
        late=_late(job),
        plain=written(job),
        technician=_person(request, job.assigned_to) if job.assigned_to else None,
        owner=_person(request, job.owner),
        shares=visible_to(request.user, job.shares.select_related("user")),
        may_share=may_share,
        edited=edited if can_edit else {},
        next_task=unfinished[0] if step == "task" else None,
    )


# What can be done


def _next_step(verbs: Iterable[Verb], unfinished: Sequence[Task], *, can_edit: bool) -> str:
    """The one thing that is next for this person: a verb, the next task, to edit, or nothing."""
    for verb in (Verb.RESUME, Verb.START):
        if verb in verbs:
            return verb.value
    if Verb.COMPLETE in verbs:
        return "task" if unfinished else Verb.COMPLETE.value
    return "edit" if can_edit else ""


def _verb(job: Job, verb: Verb, *, step: str = "", barred: str = "") -> Button:
    return Button(
        verb.value,
        TRANSITIONS[verb].label,
        _ICONS[verb],
        reverse(f"admin:operations_job_{verb}", args=[job.pk]),
        kind="dialog" if TRANSITIONS[verb].needs_reason else "form",
        is_next=verb.value == step,
        is_barred=verb is Verb.COMPLETE and bool(barred),
    )


def _menu(
    job: Job, verbs: Iterable[Verb], asked: Callable[[str], bool], *, may_add: bool
) -> Iterator[Button]:
    """What is done seldom, the gravest last."""
    yield from _papers(job)
    if asked("share"):
        url = reverse("admin:operations_job_share", args=[job.pk])
        yield Button("share", _("Share"), "person_add", url, kind="dialog")
    if may_add:
        url = f"{reverse('admin:operations_job_add')}?copy={job.pk}"
        yield Button("copy", _("Duplicate"), "content_copy", url)
    if Verb.CANCEL in verbs:
        yield _verb(job, Verb.CANCEL)
    if asked("delete"):
        url = reverse("admin:operations_job_delete", args=[job.pk])
        yield Button("delete", _("Delete job"), "delete", url)


def _papers(job: Job) -> Iterator[Button]:
    """What can be printed of it, for whoever sees it."""
    for name, label, icon in (
        ("sheet", _("Job sheet"), "print"),
        ("report", _("Service report"), "description"),
    ):
        yield Button(name, label, icon, reverse(f"admin:operations_job_{name}", args=[job.pk]))
    if job.assigned_to_id and job.scheduled_date:
        url = day_url(job.assigned_to_id, job.scheduled_date)
        yield Button("day", _("Sheets of the day"), "today", url)


def day_url(technician: int, on: date, *, name: str = "day") -> str:
    """Where the job sheets of a technician's day are, to be printed."""
    asked = {"technician": technician, "day": on.isoformat()}
    return f"{reverse(f'admin:operations_job_{name}')}?{urlencode(asked)}"


def _why_not_complete(unfinished: Sequence[Task]) -> str:
    """What is in the way of completing a job (rule R1); empty where nothing is."""
    number = len(unfinished)
    return finish_first(number) % {"count": number} if number else ""


def finish_first(number: int) -> str:
    """What to do before, with a place for the number."""
    return ngettext(
        "Finish %(count)d task to complete this job.",
        "Finish %(count)d tasks to complete this job.",
        number,
    )


def _hints(request: HttpRequest, job: Job, *, may_edit: bool) -> Iterator[str]:
    """Why somebody who sees the job does not edit it, and whom to ask or what to do."""
    if not may_edit:
        owner = _("Its owner, %(name)s, and Admins can edit it.") % {"name": job.owner}
        yield f"{_why_seen(request, job)} {owner}"
    elif job.is_closed:
        closed = _("This job is closed and cannot be changed.")
        yield f"{closed} {reopen_first(job)}"


def _why_seen(request: HttpRequest, job: Job) -> str:
    if job.assigned_to_id == request.user.pk:
        return _("You can see this job because it is assigned to you.")
    if request.user.roles:  # type: ignore[union-attr]  # Signed in.
        return _("You can see this job because it is shared with you.")
    return _("You can see every job.")


# How it stands


def status_reasons(job: Job) -> list[StatusReason]:
    """Why it is on hold, cancelled or reopened, as whoever did it said; who completed it."""
    return list(_status_reasons(job))


def _status_reasons(job: Job) -> Iterator[StatusReason]:
    records: Any = Job.history.filter(id=job.pk).order_by("history_id")
    if job.status in {JobStatus.ON_HOLD, JobStatus.CANCELLED}:
        others = records.exclude(status=job.status).order_by("-history_id").values("history_id")
        since = Coalesce(Subquery(others[:1]), 0)
        yield from _reasons(records.filter(history_id__gt=since), job.status)
    elif job.completed_by and job.completed_at:
        text = job_events.completed(job.completed_by.name)
        yield StatusReason(text, job.completed_at, job.status)
    if job.times_reopened and not job.is_closed:
        yield from _reasons(records.filter(times_reopened=job.times_reopened), "reopened")


def _reasons(records: QuerySet[Any], status: str) -> Iterator[StatusReason]:
    # One that came like this, from a file, has nobody who said why.
    for record in records[:1]:
        if record.history_type == "~":
            yield StatusReason(job_events.came_to(record), record.history_date, status)


def _late(job: Job) -> str:
    """For how long it has been overdue; empty where it is not."""
    if not job.overdue or job.scheduled_date is None:
        return ""
    days = (audit.today() - job.scheduled_date).days
    return ngettext("%(days)d day overdue", "%(days)d days overdue", days) % {"days": days}


def plain() -> dict[str, Text]:
    """What is written of a job and shown in no way of its own, but as a line with its name."""
    names = [name for name in WRITTEN if name not in {"title", "priority", "description"}]
    columns: Any = Job._meta
    return {name: capfirst(columns.get_field(name).verbose_name) for name in names}


def written(job: Job) -> dict[Text, str]:
    """These of a job, by their names, where somebody has written something."""
    return {label: found for name, label in plain().items() if (found := getattr(job, name))}


# Whom it is for, where and who


def _customer_url(request: HttpRequest, job: Job) -> str:
    if not may(request, "view", job.customer):
        return ""
    return reverse("admin:operations_customer_change", args=[job.customer_id])


def map_url(address: str) -> str:
    line = " ".join(address.split())
    return f"{MAP}{quote(line)}" if line else ""


def _person(request: HttpRequest, person: User) -> Person:
    if not may(request, "view", User):
        return Person(person.name)
    url = reverse("admin:people_user_change", args=[person.pk])
    return Person(person.name, url, phone_link(person.phone))
