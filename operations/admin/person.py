"""People with their work: what the person's page and the list of people show of their jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from core.access import can, visible_to
from core.backoffice.panels import Link, Panel, Panels, Text
from core.roles import Role
from operations import hand_over, worklists
from operations.models import Job
from operations.models.job_rules import eligible
from operations.pages import job_panels
from operations.states import UNFINISHED
from people.admin import UserAdmin
from people.models import User

admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(Panels, UserAdmin):  # type: ignore[misc]  # As its base.
    """The pages of people, with their jobs."""

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        columns = super().get_list_display(request)
        if not self._details(request):
            return columns
        return (*columns[:-2], "week_load", "open_work", *columns[-2:])

    def fill(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        if self._details(request):
            jobs = visible_to(request.user, Job.objects.all())
            _fill_open(jobs & Job.objects.open(), rows)
            _fill_week(worklists.named("week", jobs), rows)  # type: ignore[arg-type]

    def panels(self, request: HttpRequest, obj: User) -> list[Panel]:
        jobs = visible_to(request.user, Job.objects.all())
        panels = []
        if Role.TECHNICIAN in obj.roles or jobs.filter(assigned_to=obj).exists():
            panels.append(_assigned(jobs, obj))
        if {Role.ADMIN, Role.SALES_AGENT} & {*obj.roles} or jobs.filter(owner=obj).exists():
            panels.append(_owned(jobs, obj))
        if can(request.user, "hand_over", Job) and hand_over.open_jobs_of(obj).exists():
            to_others = Link(hand_over_url(obj), _("Hand over jobs"), icon="swap_horiz")
            panels[0] = replace(panels[0], actions=[to_others])
        return panels

    def offered_by(self, field: str) -> QuerySet[User] | None:
        """Those who can be a job's technician, or its owner (rule R5)."""
        found: QuerySet[User] | None = eligible().get(field, super().offered_by(field))
        return found

    def warning_text(self, request: HttpRequest, row: User, warning: str) -> str:
        """Of open jobs that need somebody else, with the way to hand them over."""
        if not can(request.user, "hand_over", Job):
            return warning
        url, text = hand_over_url(row), _("Hand them over")
        return format_html('{} <a href="{}">{}</a>', warning, url, text)

    @display(description=gettext_lazy("this week"))
    def week_load(self, obj: Any) -> Text:
        if not obj.week_jobs:
            return "–"
        jobs = ngettext("%(count)d job", "%(count)d jobs", obj.week_jobs) % {"count": obj.week_jobs}
        tasks = ngettext("%(count)d task", "%(count)d tasks", obj.week_tasks)
        url = job_panels.jobs_url(assigned_to__id__exact=obj.pk, attention="week")
        tasks_text = tasks % {"count": obj.week_tasks}
        return format_html('<a href="{}">{}</a>, {}', url, jobs, tasks_text)

    @display(description=gettext_lazy("open jobs"))
    def open_work(self, obj: Any) -> Text:
        parts: list[str] = []
        for column, number, text in (
            ("assigned_to", obj.open_assigned, _("%(count)d assigned")),
            ("owner", obj.open_owned, _("%(count)d owned")),
        ):
            if number:
                url = job_panels.jobs_url(**{f"{column}__id__exact": obj.pk, "attention": "open"})
                parts.append(format_html('<a href="{}">{}</a>', url, text % {"count": number}))
        return format_html_join(", ", "{}", ((part,) for part in parts)) or "–"


def hand_over_url(person: User) -> str:
    """Where the jobs of somebody are handed to others."""
    return f"{reverse('admin:operations_job_hand_over')}?person={person.pk}"


def _assigned(jobs: QuerySet[Job], person: User) -> Panel:
    return job_panels.open_jobs(
        jobs.filter(assigned_to=person),
        of=person,
        more=Link(
            job_panels.jobs_url(assigned_to__id__exact=person.pk, attention="open"),
            _("All open jobs assigned to %(name)s") % {"name": person},
        ),
        title=_("Open jobs assigned"),
        empty=_("No open job that you can see is assigned to %(name)s.") % {"name": person},
    )


def _owned(jobs: QuerySet[Job], person: User) -> Panel:
    return job_panels.open_jobs(
        jobs.filter(owner=person),
        of=person,
        more=Link(
            job_panels.jobs_url(owner__id__exact=person.pk, attention="open"),
            _("All open jobs owned by %(name)s") % {"name": person},
        ),
        title=_("Open jobs owned"),
        empty=_("%(name)s owns no open job that you can see.") % {"name": person},
    )


def _fill_open(jobs: QuerySet[Job], people: Sequence[Any]) -> None:
    assigned, owned = (_number(jobs, column, people) for column in ("assigned_to", "owner"))
    for person in people:
        person.open_assigned = assigned.get(person.pk, 0)
        person.open_owned = owned.get(person.pk, 0)


def _number(jobs: QuerySet[Job], column: str, people: Sequence[Any]) -> dict[int, int]:
    theirs = jobs.filter(**{f"{column}__in": people}).order_by()
    return dict(theirs.values_list(column).annotate(Count("pk")))


def _fill_week(week: QuerySet[Job], people: Sequence[Any]) -> None:
    """What is to do for each in the open jobs of a week: how many there are, and how many of their
    tasks are unfinished."""
    theirs = week.filter(assigned_to__in=people)
    unfinished = Count("tasks", filter=Q(tasks__status__in=UNFINISHED))
    counts = theirs.order_by().values("assigned_to").annotate(Count("pk", distinct=True))
    counts = counts.annotate(unfinished=unfinished)
    rows = counts.values_list("assigned_to", "pk__count", "unfinished")
    loads = {pk: (jobs, tasks) for pk, jobs, tasks in rows}
    for person in people:
        person.week_jobs, person.week_tasks = loads.get(person.pk, (0, 0))
