"""What was taken in before: the same file, and rows by the sender's own names for them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from core import days
from core.imported import Import, ImportReference, ImportState


def references(kind: str, names: Collection[str]) -> dict[str, ImportReference]:
    """The rows of a kind that imports made under these names, and that were not undone; the last
    one where there were several."""
    wanted = {name for name in names if name}
    if not wanted:
        return {}
    made = ImportReference.objects.filter(
        kind=kind, reference__in=wanted, load__state=ImportState.APPLIED
    )
    return {each.reference: each for each in made.select_related("load").order_by("pk")}


def load_of(kind: str, digest: str) -> Import | None:
    """The last import of this very file that was not undone; None where there was none."""
    if not digest:
        return None
    same = Import.objects.filter(kind=kind, digest=digest, state=ImportState.APPLIED)
    return same.order_by("-pk").first()


def told(load: Import, *, row: str = "") -> str:
    """When and by whom it was taken in, in a sentence that says how to do so once more."""
    details = {
        "at": days.long_day(_day(load.applied_at)) if load.applied_at else "",
        "who": load.person_name or _("the command line"),
        "row": row,
    }
    if row:
        return (
            _(
                "This was loaded on %(at)s by %(who)s: %(row)s. "
                "Load it again only if it is another one."
            )
            % details
        )
    return (
        _("This file was loaded on %(at)s by %(who)s. Load it again only if its rows are others.")
        % details
    )


def _day(at: datetime) -> date:
    return timezone.localtime(at, timezone.get_default_timezone()).date()
