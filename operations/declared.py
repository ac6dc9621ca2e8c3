"""What the work brings to the house (core/declarations.py)."""

from __future__ import annotations

from datetime import time, timedelta

from django.utils.translation import gettext_lazy as _

from core.declarations import (
    BelongsTo,
    FileKind,
    Home,
    MailStyle,
    NamedBy,
    NoticeKind,
    OnChange,
    Owned,
    Page,
    PaletteHints,
    PutBack,
    Routes,
    Scheduled,
    ScriptModules,
    Section,
    Shares,
    Stylesheet,
    Tabs,
    ToDo,
    Urls,
    View,
)
from core.roles import Role
from operations.numbers import TOO_SHORT
from operations.states import ShareLevel, Verb
from people.declarations import PersonHooks, Step

JOB = "operations.job"
_CHANGES = "operations.letters.changes.parts"
_PDF = {"form": "pdf"}
# What changes within this time of the last edit is one mail.
WAIT_FOR_MORE = timedelta(minutes=1)

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
        numbered="operations.numbers.number",
    ),
    BelongsTo("operations.task", to=JOB, by="job"),
    BelongsTo("operations.jobshare", to=JOB, by="content_object", word="share"),
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
        # All of them: the bare address is the way back to the list as it was left.
        query="attention=all",
    ),
    Page(
        Section.WORK,
        _("Customers"),
        "storefront",
        "admin:operations_customer_changelist",
        "operations.customer",
        place=30,
        is_found=True,
        found_first=True,
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
    PaletteHints(
        _(
            "Find jobs, customers, sites, equipment and people by number, name, phone or serial "
            "number. Type at least three letters."
        ),
        too_short=TOO_SHORT,
    ),
    Stylesheet("operations/lists.css"),
    Stylesheet("operations/job.css"),
    Stylesheet("operations/job_form.css"),
    ToDo(JOB, shown="operations.worklists.sidebar", counted="operations.worklists.count"),
    Home(
        "operations/home.html",
        "operations.pages.home.context",
        instead="operations.pages.my_day.instead_of_home",
    ),
    View(
        "bulk/undo/",
        "operations.pages.bulk.page",
        "undo",
        JOB,
        {"name": "undo"},
        undoes="operations.pages.many.can_be_undone",
    ),
    View("bulk/<slug:name>/", "operations.pages.bulk.page", "bulk", JOB),
    View("when/", "operations.pages.who_is_free.page", "when", JOB),
    View("callers/", "operations.pages.callers.found", "callers", JOB),
    View("callers/<int:pk>/", "operations.pages.callers.one", "caller", JOB),
    View("hand-over/", "operations.pages.hand_over.page", "hand_over", JOB),
    *(
        View(f"<int:pk>/{verb}/", "operations.pages.progress.move", verb.value, JOB, {"verb": verb})
        for verb in Verb
    ),
    View("day/", "operations.pages.papers.day", "day", JOB),
    View("day.pdf", "operations.pages.papers.day", "day_pdf", JOB, _PDF),
    View("<int:pk>/sheet/", "operations.pages.papers.sheet", "sheet", JOB),
    View("<int:pk>/sheet.pdf", "operations.pages.papers.sheet", "sheet_pdf", JOB, _PDF),
    View("<int:pk>/report/", "operations.pages.papers.report", "report", JOB),
    View("<int:pk>/report.pdf", "operations.pages.papers.report", "report_pdf", JOB, _PDF),
    View("<int:pk>/events/", "operations.pages.job_timeline.page", "events", JOB),
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
    ScriptModules("operations/my_day/*.js"),
    ScriptModules("operations/job_form/*.js"),
    ScriptModules("operations/bulk.js"),
    Routes("operations.api.router"),
    Scheduled(
        "flag overdue jobs",
        "operations.tasks.flag_overdue",
        at=time(0, 0),
        title=_("Flag overdue jobs"),
    ),
    Step(
        "customers",
        _("Customers"),
        _("Who the work is for, and the sites where it is done."),
        _("Add a customer"),
        "storefront",
        "admin:operations_customer_add",
        "operations.customer",
        place=20,
    ),
    Step(
        "equipment",
        _("Equipment"),
        _("Tools, machines and vehicles that jobs need, with their serial numbers."),
        _("Add equipment"),
        "construction",
        "admin:operations_equipment_add",
        "operations.equipment",
        place=30,
    ),
    Step(
        "job",
        _("The first job"),
        _("What needs doing, for whom, when and by whom."),
        _("Enter a job"),
        "assignment",
        "admin:operations_job_add",
        JOB,
        place=50,
    ),
    Scheduled(
        "send reminders",
        "operations.tasks.send_reminders",
        at=time(7, 0),
        title=_("Send reminders"),
    ),
    # Files: whoever loads several into an empty company does so in this order, after the people
    FileKind(
        "customers",
        "operations.customer",
        "operations.resources.CustomerResource",
        _("Customers"),
    ),
    FileKind("sites", "operations.site", "operations.resources.SiteResource", _("Sites")),
    FileKind(
        "equipment",
        "operations.equipment",
        "operations.resources.EquipmentResource",
        _("Equipment"),
    ),
    FileKind("jobs", JOB, "operations.resources.JobResource", _("Jobs")),
    FileKind("tasks", "operations.task", "operations.resources.TaskResource", _("Tasks")),
    # Undo
    PutBack(JOB, "operations.acts.put_back_job", many="operations.acts.put_back_jobs"),
    PutBack(
        "operations.task", "operations.acts.put_back_task", many="operations.acts.put_back_tasks"
    ),
    # What people are told
    OnChange(JOB, "operations.notices.job_followed"),
    MailStyle("operations/mail/style.css"),
    NoticeKind(
        "assignment",
        _("Jobs given to me or taken from me"),
        _("You get this because a job was given to you or taken from you."),
        _CHANGES,
        wait_for_more=WAIT_FOR_MORE,
    ),
    NoticeKind(
        "created",
        _("New jobs for today"),
        _("You get this because you have a new job for today."),
        _CHANGES,
        wait_for_more=WAIT_FOR_MORE,
    ),
    NoticeKind(
        "schedule",
        _("My jobs moved to another time"),
        _("You get this because one of your jobs was moved to another time."),
        _CHANGES,
        wait_for_more=WAIT_FOR_MORE,
    ),
    NoticeKind(
        "status",
        _("Progress on my jobs, by others"),
        _(
            "You get this because the status of a job that you entered, own or are "
            "assigned to has changed."
        ),
        _CHANGES,
        wait_for_more=WAIT_FOR_MORE,
    ),
    NoticeKind(
        "share",
        _("Jobs shared with me"),
        _("You get this because a colleague gave you access to a job, or took it away."),
        _CHANGES,
        wait_for_more=WAIT_FOR_MORE,
    ),
    NoticeKind(
        "overdue",
        _("Jobs that became overdue"),
        _("You get this because you are an Admin, or answer for jobs that became overdue."),
        "operations.letters.overdue.parts",
        roles=(Role.ADMIN, Role.SALES_AGENT),
    ),
    NoticeKind(
        "reminder",
        _("Morning list of my jobs"),
        _("You get this because you have jobs today."),
        "operations.letters.reminder.parts",
        roles=(Role.TECHNICIAN,),
    ),
    PersonHooks(renamed="operations.staff.renamed", left_open="operations.staff.left_open"),
)
