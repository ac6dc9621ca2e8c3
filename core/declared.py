"""What core itself brings to the house, as any app does."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.access import can_somewhere
from core.declarations import SUNDAY, Page, Scheduled, Section, View


def _reads_records(user: Any) -> bool:
    return can_somewhere(user, "audit")


DECLARED = (
    Page(Section.WORK, _("Home"), "home", "admin:index"),
    View("audit-log/", "core.backoffice.audit_log.view", name="audit_log"),
    Page(
        Section.COMPANY,
        _("Audit log"),
        "history",
        "admin:audit_log",
        place=20,
        opens=_reads_records,
    ),
    Scheduled("prune results", "core.tasks.prune", at=time(3, 0), weekday=SUNDAY),
)
