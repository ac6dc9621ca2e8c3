"""The start page: what needs the person who opens it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from core import audit
from core.access import can, visible_to
from operations.models import Job

ROWS = 8
ORDER = ("scheduled_date", "start_time", "pk")


def context(request: HttpRequest, base: dict[str, Any]) -> dict[str, Any]:
    """unfold's dashboard callback: the jobs that the person sees, by what they need."""
    jobs = visible_to(request.user, Job.objects.all())
    today = audit.today()
    rows = jobs.order_by(*ORDER)
    to_do = rows & Job.objects.open()
    jobs_url = reverse("admin:operations_job_changelist")
    lists = [
        (_("Overdue"), rows.filter(overdue=True), f"{jobs_url}?attention=overdue"),
        (
            _("Today"),
            to_do.filter(scheduled_date=today),
            f"{jobs_url}?scheduled_date_from={today}&scheduled_date_to={today}",
        ),
        (_("Next"), to_do.filter(scheduled_date__gt=today), f"{jobs_url}?attention=open"),
    ]
    if can(request.user, "add", Job):
        unassigned = to_do.filter(assigned_to=None)
        lists.insert(2, (_("Unassigned"), unassigned, f"{jobs_url}?attention=unassigned"))
    if can(request.user, "hand_over", Job):
        leaderless = rows & Job.objects.needing_someone()
        lists.append((_("Needs someone"), leaderless, f"{jobs_url}?attention=someone"))
    return {
        **base,
        "lists": [
            {"title": title, "jobs": list(_first(found)), "url": url} for title, found, url in lists
        ],
        "rows": ROWS,
        "may_add": can(request.user, "add", Job),
        "add_url": reverse("admin:operations_job_add"),
    }


def _first(found: QuerySet[Job]) -> QuerySet[Job]:
    # Chosen by an index first: what a row shows is read for these alone.
    chosen = Job.objects.filter(pk__in=found.values("pk")[: ROWS + 1])
    return chosen.select_related("customer", "site", "assigned_to").order_by(*ORDER)
