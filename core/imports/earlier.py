"""What was taken in before: the same file, and rows by the sender's own names for them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.imported import Import, ImportReference, ImportState
from core.record.cells import cell_text
from core.text import days


def references(kind: str, names: Collection[str]) -> dict[str, ImportReference]:
    """The rows of a kind that imports made under these names, and that no undo removed; the last
    one where there were several."""
    wanted = {name for name in names if name}
    if not wanted:
        return {}
    made = ImportReference.objects.filter(kind=kind, reference__in=wanted)
    return {each.reference: each for each in made.select_related("load").order_by("pk")}


def made_under(kind: str, names: Collection[str]) -> set[tuple[int, str]]:
    """The keys of the rows of a kind that imports made under these names, with the name."""
    made = ImportReference.objects.filter(kind=kind, reference__in=names) if names else None
    return set(made.values_list("object_id", "reference")) if made else set()


# Rows without a name of the sender's own are kept by what they say, apart from these names.
_ROW_OF = "row of "


def kind_of_rows(kind: str) -> str:
    """Under which kind the rows of a kind are kept by what they say."""
    return f"{_ROW_OF}{kind}"


def mark(cells: Mapping[str, Any]) -> str:
    """By which a row is known again that says the same, in whatever order of the columns."""
    found = sorted((name, text) for name, cell in cells.items() if (text := cell_text(cell)))
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()[:32]


def rows(model: Any, kind: str, marks: Collection[str]) -> dict[str, ImportReference]:
    """The rows of a kind that imports made of lines of these marks, as far as they still stand."""
    made = references(kind_of_rows(kind), marks)
    keys = [each.object_id for each in made.values()]
    there = set(model._base_manager.filter(pk__in=keys).values_list("pk", flat=True))
    return {of: each for of, each in made.items() if each.object_id in there}


def remembers_rows(kind: str) -> bool:
    """Is there a row of an earlier import that would be known again?"""
    return ImportReference.objects.filter(kind=kind_of_rows(kind)).exists()


def forget_rows(loads: QuerySet[Import]) -> None:
    """Forget the marks of the rows of these imports."""
    marks = ImportReference.objects.filter(load__in=loads.values("pk"))
    marks.filter(kind__startswith=_ROW_OF).delete()


def load_of(kind: str, digest: str) -> Import | None:
    """The last import of this very file that was not undone; None where there was none."""
    if not digest:
        return None
    same = Import.objects.filter(kind=kind, digest=digest, state=ImportState.APPLIED)
    return same.order_by("-pk").first()


def already_loaded_text(load: Import, *, row: str = "") -> str:
    """When and by whom it was taken in, in a sentence that says how to do so once more."""
    details = {**_when_and_who(load), "row": row}
    if row:
        return (
            _(
                "This was imported on %(at)s by %(who)s: %(row)s. Import it again only if it "
                "is a different one."
            )
            % details
        )
    return (
        _(
            "This file was imported on %(at)s by %(who)s. Import it again only if its rows "
            "are different."
        )
        % details
    )


def told_of_row(load: Import) -> str:
    """The same of a row that says what one of that import said."""
    return _(
        "This row was imported on %(at)s by %(who)s. Import it again only if it is a different one."
    ) % _when_and_who(load)


def _when_and_who(load: Import) -> dict[str, str]:
    return {
        "at": days.long_day(_day(load.applied_at)) if load.applied_at else "",
        "who": load.person_name or _("the command line"),
    }


def _day(at: datetime) -> date:
    return timezone.localtime(at, timezone.get_default_timezone()).date()
