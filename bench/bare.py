"""The least that unfold's own list of the same jobs costs, beside which ours is measured.

The same fifty rows with the same columns, as plain text, and what unfold shows by itself: no badge,
filter, tab or search, and no action but its own. What is counted and how the page is found is ours,
so that only what is shown is compared.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from core.backoffice.lists import Pages
from operations.models import Job


class BareJobs(ModelAdmin):  # type: ignore[misc]  # unfold has no types.
    """A list as anybody would write it."""

    list_display = (
        "number",
        "title",
        "customer",
        "scheduled_date",
        "assigned_to",
        "status",
        "priority",
        "tasks_done",
    )
    list_display_links = ("number", "title")
    list_select_related = ("customer", "site", "assigned_to")
    list_per_page = 50
    show_full_result_count = False
    paginator = Pages

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        jobs: Any = super().get_queryset(request)
        return jobs.with_task_counts()  # type: ignore[no-any-return]

    @admin.display(description=_("tasks"))
    def tasks_done(self, obj: Any) -> str:
        return f"{obj.completed_tasks_count}/{obj.tasks_count}"


site = UnfoldAdminSite(name="bare")
site.register(Job, BareJobs)
