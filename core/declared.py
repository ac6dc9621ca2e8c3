"""What core itself brings to the house, as any app does."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.access import can_somewhere
from core.declarations import (
    SUNDAY,
    BackgroundFunction,
    Channel,
    FullExportRows,
    HomePart,
    HomeWarnings,
    NoticeKind,
    Page,
    Scheduled,
    Section,
    ToDo,
    Urls,
    View,
)
from core.notice_preferences import DIGEST
from core.roles import Role

# Somewhat more than a file may have, so that its own page can say so.
UPLOAD = 24 * 1024 * 1024


def _reads_records(user: Any) -> bool:
    return can_somewhere(user, "audit")


def _imports(user: Any) -> bool:
    return can_somewhere(user, "import")


def _exports(user: Any) -> bool:
    return can_somewhere(user, "export")


DECLARED = (
    Page(Section.WORK, _("Home"), "home", "admin:index"),
    View("profile/notices/", "core.backoffice.notices.page", name="notices"),
    Page(Section.ACCOUNT, _("Notifications"), "notifications", "admin:notices", place=10),
    View("mail/", "core.backoffice.ledger.index", name="ledger"),
    View("mail/<int:pk>/", "core.backoffice.ledger.message", name="ledger_message"),
    View("mail/<int:pk>/again/", "core.backoffice.ledger.again", name="ledger_again"),
    View("mail/<int:pk>/arrived/", "core.backoffice.ledger.arrived", name="ledger_arrived"),
    View("mail/<int:pk>/dismiss/", "core.backoffice.ledger.dismiss", name="ledger_dismiss"),
    ToDo("django_q.schedule", "core.backoffice.ledger.to_do", "core.backoffice.ledger.count"),
    View("mail/test/", "core.backoffice.ledger.test", name="ledger_test"),
    Page(
        Section.COMPANY,
        _("Mail"),
        "mail",
        "admin:ledger",
        "django_q.schedule",
        place=25,
    ),
    View("background/", "core.backoffice.background.index", name="background"),
    View("background/<int:pk>/run/", "core.backoffice.background.run", name="background_run"),
    View(
        "background/<slug:pk>/again/", "core.backoffice.background.again", name="background_again"
    ),
    View(
        "background/<slug:pk>/dismiss/",
        "core.backoffice.background.dismiss",
        name="background_dismiss",
    ),
    ToDo(
        "django_q.schedule", "core.backoffice.background.to_do", "core.backoffice.background.count"
    ),
    HomeWarnings("core.backoffice.background.warnings"),
    HomePart("core.backoffice.background.on_home", place=20),
    Page(
        Section.COMPANY,
        _("Background work"),
        "manufacturing",
        "admin:background",
        "django_q.schedule",
        place=26,
    ),
    View("imports/", "core.backoffice.imports.upload.index", name="imports", takes=UPLOAD),
    View(
        "imports/template/<slug:kind>.<slug:form>",
        "core.backoffice.imports.template_files.file",
        name="import_template",
    ),
    View("imports/<int:pk>/", "core.backoffice.imports.page.page", name="import"),
    View("imports/<int:pk>/match/", "core.backoffice.imports.match.page", name="import_match"),
    View(
        "imports/<int:pk>/progress/",
        "core.backoffice.imports.page.progress",
        name="import_progress",
    ),
    *(
        View(f"imports/<int:pk>/{name}/", f"core.backoffice.imports.doing.{name}", f"import_{name}")
        for name in ("again", "apply", "stop", "discard", "undo", "file", "refused")
    ),
    Page(
        Section.COMPANY,
        _("Import"),
        "upload_file",
        "admin:imports",
        place=23,
        opens=_imports,
    ),
    View("export/<slug:name>/", "core.backoffice.exports.page", name="export"),
    View("exports/", "core.backoffice.export_files.index", name="exports"),
    View("exports/everything/", "core.backoffice.export_files.everything", name="export_all"),
    View("exports/<int:pk>/", "core.backoffice.export_files.one", name="export_file"),
    View("exports/<int:pk>/file/", "core.backoffice.export_files.download", name="export_download"),
    View("exports/<int:pk>/remove/", "core.backoffice.export_files.remove", name="export_remove"),
    Page(
        Section.COMPANY,
        _("Exports"),
        "download",
        "admin:exports",
        place=24,
        opens=_exports,
    ),
    View("audit-log/", "core.backoffice.audit_log.view", name="audit_log"),
    Page(
        Section.COMPANY,
        _("Audit log"),
        "history",
        "admin:audit_log",
        place=20,
        opens=_reads_records,
    ),
    Channel("mail", "core.outbox.mail.MailSender"),
    Urls("mail/", "core.outbox.stopping"),
    Urls("mail/events/", "core.outbox.events"),
    Scheduled("send mail", "core.tasks.sweep_outbox", minutes=1, title=_("Send mail")),
    Scheduled(
        "send digests", "core.tasks.send_digests", at=DIGEST, title=_("Send the daily digests")
    ),
    Scheduled(
        "prune results",
        "core.tasks.prune",
        at=time(3, 0),
        weekday=SUNDAY,
        title=_("Delete old sessions, results and mail"),
    ),
    NoticeKind(
        "export",
        _("My exports, when they are ready"),
        _("You get this because you asked for a large export."),
        "core.exports.letters.parts",
        roles=(Role.ADMIN, Role.SALES_AGENT),
    ),
    Scheduled(
        "tidy exports",
        "core.tasks.tidy_exports",
        minutes=5,
        title=_("Delete old exports, and end those that stopped"),
    ),
    BackgroundFunction("core.tasks.write_export", _("Write an export")),
    FullExportRows("core.noticepreferences"),
    FullExportRows("core.exportchoice"),
    BackgroundFunction("core.tasks.nothing", _("Heartbeat")),
    BackgroundFunction("core.tasks.work_on_import", _("Import, or undo an import")),
    Scheduled(
        "look after imports",
        "core.tasks.look_after_imports",
        minutes=1,
        title=_("Find imports whose process died"),
    ),
    NoticeKind(
        "import",
        _("Results of my imports"),
        _("You get this because an import that you started ran in the background."),
        "core.imports.telling.parts",
        roles=(Role.ADMIN,),
    ),
)
