"""What a mail says of a file that was written in the background."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from core.export_files import ExportFile, ExportState
from core.exports.kinds import kinds
from core.exports.writing import TOLD
from core.outbox.letters import Bundle, Part, part


def parts(bundles: Sequence[Bundle], *, at: datetime) -> list[Part | None]:
    """Where each file is, or why there is none; nothing of those that are no more."""
    keys = {notice.details["file"] for bundle in bundles for notice in bundle.notices}
    files = ExportFile.objects.defer("keys", "columns").in_bulk(keys)
    return [_part(bundle, files) for bundle in bundles]


def _part(bundle: Bundle, files: dict[int, ExportFile]) -> Part | None:
    keys = dict.fromkeys(notice.details["file"] for notice in bundle.notices)
    found = [files[key] for key in keys if key in files]
    if not found:
        return None
    failed = all(row.state == ExportState.FAILED for row in found)
    heading = _("Your export is ready")
    if failed:
        heading = _("Your export could not be made")
    context = {"heading": heading, "lines": [_line(row) for row in found]}
    return part(frozenset({TOLD}), heading, "core/mail/export", context)


def _line(row: ExportFile) -> dict[str, Any]:
    page = reverse("admin:export_file", args=[row.pk])
    return {
        "name": row.file_name,
        "title": title(row),
        "problem": row.message,
        "until": row.kept_until if row.state == ExportState.READY else None,
        "url": f"{settings.SITE_URL}{page}",
    }


def title(row: ExportFile) -> str:
    """What is in a file, in words."""
    if not row.kind:
        return _("Everything")
    known = kinds().get(row.kind)
    return str(known.title) if known else row.kind
