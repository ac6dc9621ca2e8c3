"""Where an import stands, and the ways from one state to the next, each of which only one of those
who try it gets."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils import timezone

from core.imported import Import, ImportState

# Somebody is at it, or about to be.
WORKING = (ImportState.PREVIEWING, ImportState.APPLYING, ImportState.UNDOING)
# What can be matched and looked at: nothing was written.
OPEN = (
    ImportState.UPLOADED,
    ImportState.PREVIEWED,
    ImportState.STOPPED,
    ImportState.FAILED,
)


class Overtaken(Exception):
    """It was taken for lost, or stopped, before this process was done: nothing is to stay."""


def claim(load: Import, *sources: ImportState, to: ImportState, **values: Any) -> bool:
    """Have an import be worked on, from one of these states; False where it stands elsewhere."""
    rows = Import.objects.filter(pk=load.pk, state__in=sources)
    won = rows.update(
        state=to,
        attempt=F("attempt") + 1,
        is_in_hand=False,
        is_stop_asked=False,
        seen=0,
        beat_at=timezone.now(),
        message="",
        **values,
    )
    load.refresh_from_db()
    return bool(won)


def take_up(load: Import) -> bool:
    """Take an import that was claimed in hand; False where somebody has, or it is not wanted any
    more."""
    rows = Import.objects.filter(
        pk=load.pk, attempt=load.attempt, state__in=WORKING, is_in_hand=False
    )
    won = rows.update(is_in_hand=True, beat_at=timezone.now())
    load.refresh_from_db()
    return bool(won)


def settle(load: Import, to: ImportState, **values: Any) -> None:
    """Have an import that this process has in hand stand where it came to.

    Raises `Overtaken` where somebody else has decided about it meanwhile.
    """
    rows = Import.objects.filter(
        pk=load.pk, attempt=load.attempt, state=load.state, is_in_hand=True
    )
    if not rows.update(state=to, is_in_hand=False, is_stop_asked=False, **values):
        raise Overtaken
    load.refresh_from_db()


def before(state: str) -> ImportState:
    """Where an import goes from a state of work that came to nothing by a fault."""
    return ImportState.APPLIED if state == ImportState.UNDOING else ImportState.FAILED
