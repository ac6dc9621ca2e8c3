"""Rule R6 for files: what somebody changed since a preview is not written over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.record.cells import cell_text
from core.record.lines import Line
from core.record.resources import ReadResource
from core.record.timeline import changes_since


@dataclass(frozen=True)
class Expected:
    """What the preview saw of the row of a line: None where it was to be new."""

    pk: int | None
    version: int | None


def check(line: Line, before: Expected, own: ReadResource) -> None:
    """Refuse a line whose row is not the one that the preview saw, naming who did what since, with
    both values."""
    if (line.pk, line.version) == (before.pk, before.version):
        return
    if line.is_new:
        line.fault("", _("This has been deleted since the preview. Renew the preview."))
    elif before.pk is None:
        _refuse_added(line)
    else:
        _refuse_changed(line, before, own)


def _refuse_added(line: Line) -> None:
    first = line.row.history.order_by("history_id").first()
    line.fault(
        "",
        _("%(who)s has added this since the preview. Renew the preview.")
        % {"who": _who([first.person_name] if first else [])},
    )
    for name, old, new in line.changes:
        line.fault(
            name,
            _("It is now “%(theirs)s”; the file says “%(yours)s”.") % {"theirs": old, "yours": new},
        )


def _refuse_changed(line: Line, before: Expected, own: ReadResource) -> None:
    people, changes = changes_since(line.row, before.version or 0)
    found = {name: (old, new) for name, old, new in line.changes}
    # A row that moves by a verb is not touched yet: what it is to become, its cells say.
    found = found or {name: ("", cell_text(cell)) for name, cell in line.cells.items()}
    for change in changes:
        name = own.column_of(change.field)
        theirs, yours = found.get(name, ("", None))
        details: dict[str, Any] = {
            "who": _who(people),
            "what": change.label,
            "old": change.old_shown or "–",
            # Several in one cell, such as roles, as the file has them too.
            "theirs": (name in own.read_from and theirs) or change.new_shown or "–",
            "yours": yours,
        }
        if yours is None:
            sentence = _(
                "%(who)s has changed this since the preview (%(what)s: %(old)s → %(theirs)s). "
                "Renew the preview."
            )
        else:
            sentence = _(
                "%(who)s has changed this since the preview to “%(theirs)s”; the file says "
                "“%(yours)s”. Renew the preview."
            )
        line.fault("" if yours is None else name, sentence % details)
    if not changes:
        line.fault("", _("Somebody has changed this since the preview. Renew the preview."))


def _who(people: list[str]) -> str:
    named = [name for name in people if name]
    return str(capfirst(", ".join(named))) or _("Somebody")
