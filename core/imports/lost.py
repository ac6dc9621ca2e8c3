"""Imports that nobody works on any more: whoever did has died, and nothing of theirs stays."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from core.imported import LOST_AFTER, UNDONE_WITHIN, Import, ImportFile, ImportRow, ImportState
from core.imports import progress, standing, telling

# Nobody takes it up any more that waited for so long: a broker has lost it.
WAITS = timedelta(hours=12)


def settle_lost(*, at: datetime) -> int:
    """Have each that was not heard of for minutes say so, and be free for another try; how many."""
    working = Import.objects.filter(state__in=standing.WORKING)
    return sum(_settle(load, at=at) for load in working.order_by("pk"))


def _settle(load: Import, *, at: datetime) -> bool:
    beat = load.beat_at
    heard = progress.look(load).beat_at
    if heard is None or heard > at - (LOST_AFTER if load.is_in_hand else WAITS):
        return False
    undone = load.state == ImportState.UNDOING
    rows = Import.objects.filter(
        pk=load.pk,
        attempt=load.attempt,
        state=load.state,
        is_in_hand=load.is_in_hand,
        # One that is heard of at this very moment is not lost.
        beat_at=beat,
    )
    with transaction.atomic():
        settled = rows.update(
            state=standing.before(load.state), message=_why(load, undone=undone), is_in_hand=False
        )
        if settled:
            load.refresh_from_db()
            telling.tell(load)
    return bool(settled)


def _why(load: Import, *, undone: bool) -> str:
    nothing = _("Nothing was undone.") if undone else _("Nothing was taken in.")
    if load.is_in_hand:
        why = _("The process that worked on this died.")
    else:
        why = _("Nobody took this up.")
    return f"{why} {nothing} {_('Try again.')}"


def prune(*, at: datetime) -> int:
    """Delete the files and the rows of imports that cannot be undone any more; how many files. The
    imports themselves stay."""
    old = Import.objects.alias(since=Coalesce("applied_at", "created_at"))
    keys = old.filter(since__lt=at - UNDONE_WITHIN).exclude(state__in=standing.WORKING)
    ImportRow.objects.filter(load__in=keys.values("pk")).delete()
    files, _rows = ImportFile.objects.filter(load__in=keys.values("pk")).delete()
    return files
