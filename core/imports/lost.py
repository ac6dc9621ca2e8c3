"""Imports that nobody works on any more: whoever did has died, and nothing of theirs stays."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from core.imported import UNDONE_WITHIN, Import, ImportFile, ImportRow, ImportState
from core.imports import earlier, telling
from core.long_work import worker
from core.text import languages

# Nobody takes it up any more that waited for so long: a broker has lost it.
WAITS = timedelta(hours=12)


def finish_lost(*, at: datetime) -> int:
    """Have each that was not heard of for minutes say so, and be free for another try; how many."""
    working = Import.objects.filter(state__in=Import.WORKING).select_related("person")
    return sum(_finish(load, at=at) for load in working.order_by("pk"))


def _finish(load: Import, *, at: datetime) -> bool:
    with languages.speaking_to(load.person):
        if load.is_in_hand:
            why, patience = _("The process working on this died."), worker.PATIENCE
        else:
            why, patience = _("No worker took this on."), WAITS
        to, why = load.state_without_effect(ImportState.FAILED, why)
        way_out = _("Try again.")
        message = f"{why} {way_out}"
        return worker.finish_lost(load, to, message, at=at, then=telling.tell, patience=patience)


def prune(*, at: datetime) -> int:
    """Delete the files and the rows of imports that cannot be undone any more; how many files. The
    imports themselves stay."""
    old = Import.objects.alias(since=Coalesce("applied_at", "created_at"))
    keys = old.filter(since__lt=at - UNDONE_WITHIN).exclude(state__in=Import.WORKING)
    ImportRow.objects.filter(load__in=keys.values("pk")).delete()
    earlier.forget_rows(keys)
    files, _rows = ImportFile.objects.filter(load__in=keys.values("pk")).delete()
    return files
