"""What the figures bring to the house (core/declarations.py)."""

from __future__ import annotations

from datetime import time

from django.utils.translation import gettext_lazy as _

from core.declarations import (
    FullExportRows,
    HomePart,
    MailStyle,
    NoticeKind,
    Page,
    Routes,
    Scheduled,
    Section,
    View,
)
from core.roles import Role
from operations.declarations import CountedJobs

DECLARED = (
    CountedJobs(("figure", "from", "to"), "reports.counts.named"),
    HomePart("reports.pages.home.shown", place=10, stylesheet="reports/reports.css"),
    MailStyle("reports/mail/style.css"),
    Routes("reports.api.router"),
    Scheduled(
        "keep first-time fix",
        "reports.tasks.keep_first_time_fix",
        at=time(0, 20),
        title=_("Record which jobs were fixed first time"),
    ),
    Scheduled(
        "close month",
        "reports.tasks.close_month",
        at=time(0, 30),
        title=_("Close the figures of the month that has ended"),
    ),
    Scheduled(
        "keep months",
        "reports.tasks.keep_months",
        minutes=15,
        title=_("Store monthly totals for the figures"),
    ),
    Scheduled(
        "send monthly reports",
        "reports.tasks.send_monthly_reports",
        at=time(6, 30),
        title=_("Send the figures of the month that has ended to those who have not had them yet"),
    ),
    NoticeKind(
        "monthly_report",
        _("The month’s figures, on the first morning of the next month"),
        _("You get this because you asked for the monthly figures."),
        "reports.monthly.parts",
        is_asked_for=True,
        roles=(Role.ADMIN, Role.SALES_AGENT),
    ),
    FullExportRows("reports.closedmonth"),
    View("analytics/", "reports.pages.analytics.page", name="analytics"),
    View("analytics/paper/", "reports.pages.paper.page", name="analytics_paper"),
    View(
        "analytics/report.pdf",
        "reports.pages.paper.page",
        name="analytics_pdf",
        given={"form": "pdf"},
    ),
    View(
        "analytics/tables/<slug:table>.<slug:form>",
        "reports.pages.tables.file",
        name="analytics_table",
    ),
    View("analytics/<slug:figure>/", "reports.pages.rows.page", name="analytics_rows"),
    Page(
        Section.COMPANY,
        _("Analytics"),
        "monitoring",
        "admin:analytics",
        "reports.analytics",
        place=2,
    ),
)
