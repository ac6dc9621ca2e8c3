"""What the work brings to the house (core/declarations.py)."""

from __future__ import annotations

from datetime import time

from django.utils.translation import gettext_lazy as _

from core.declarations import (
    BelongsTo,
    Home,
    Modules,
    NamedBy,
    Owned,
    Page,
    Routes,
    Scheduled,
    Section,
    Shares,
    Tabs,
    ToDo,
    Urls,
    View,
)
from operations.states import ShareLevel, Verb
from people.declarations import WithPeople

JOB = "operations.job"

DECLARED = (
    # Whose rows
    Owned(
        JOB,
        owner="owner",
        assigned_to="assigned_to",
        shares=Shares(
            "operations.jobshare",
            person="user",
            row="content_object",
            to_progress={"level": ShareLevel.PROGRESS},
        ),
    ),
    BelongsTo("operations.task", to=JOB, by="job"),
    BelongsTo("operations.jobshare", to=JOB, by="content_object"),
    NamedBy("operations.customer", by=JOB, column="customer"),
    NamedBy("operations.site", by=JOB, column="site"),
    # The back office
    Page(Section.WORK, _("My day"), "today", "my-day", JOB, place=10),
    Page(
        Section.WORK,
        _("Jobs"),
        "assignment",
        "admin:operations_job_changelist",
        JOB,
        place=20,
        is_found=True,
    ),
    Page(
        Section.WORK,
        _("Customers"),
        "storefront",
        "admin:operations_customer_changelist",
        "operations.customer",
        place=30,
        is_found=True,
    ),
    Page(
        Section.WORK,
        _("Sites"),
        "location_on",
        "admin:operations_site_changelist",
        "operations.site",
        place=40,
        is_found=True,
    ),
    Page(
        Section.WORK,
        _("Equipment"),
        "construction",
        "admin:operations_equipment_changelist",
        "operations.equipment",
        place=50,
        is_found=True,
    ),
    ToDo(JOB, shown="operations.worklists.sidebar", counted="operations.worklists.count"),
    Home("operations/home.html", "operations.pages.home.context"),
    View("bulk/<slug:name>/", "operations.pages.bulk.page", "bulk", JOB),
    View("hand-over/", "operations.pages.hand_over.page", "hand_over", JOB),
    *(
        View(f"<int:pk>/{verb}/", "operations.pages.progress.move", verb.value, JOB, {"verb": verb})
        for verb in Verb
    ),
    View("<int:pk>/share/", "operations.pages.shares.share", "share", JOB),
    View("<int:pk>/unshare/<int:user_pk>/", "operations.pages.shares.unshare", "unshare", JOB),
    View(
        "<int:pk>/tasks/<int:task_pk>/progress/",
        "operations.pages.progress.progress",
        "progress",
        JOB,
    ),
    View("<int:pk>/use/", "operations.pages.equipment_use.page", "use", "operations.equipment"),
    Tabs("operations.worklists.tabs"),
    # The other doors
    Urls("my-day/", "operations.pages.my_day"),
    Modules("operations/my_day/*.js"),
    Routes("operations.api.router"),
    Scheduled("flag overdue jobs", "operations.tasks.flag_overdue", at=time(0, 0)),
    WithPeople(renamed="operations.staff.renamed", left_open="operations.staff.left_open"),
)
