"""Rule R6 for files: what somebody changed since a preview is not written over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.record.lines import Line
from core.record.timeline import changes_since


@dataclass(frozen=True)
class Expected:
    """What the preview saw of the row of a line: None where it was to be new."""

    pk: int | None
    version: int | None


def check(line: Line, before: Expected) -> None:
    """Refuse a line whose row is not the one that the preview saw, naming who did what since, with
    both values."""
    if (line.pk, line.version) == (before.pk, before.version):
        return
    if line.is_new:
        line.fault("", _("This was deleted since the preview. Look at the preview anew."))
    elif before.pk is None:
        _refuse_added(line)
    else:
        _refuse_changed(line, before)


def _refuse_added(line: Line) -> None:
    first = line.row.history.order_by("history_id").first()
    line.fault(
        "",
        _("%(who)s added this since the preview. Look at the preview anew.")
        % {"who": _who([first.person_name] if first else [])},
    )
    for name, old, new in line.changes:
        line.fault(
            name,
            _("It is “%(theirs)s” now; the file says “%(yours)s”.") % {"theirs": old, "yours": new},
        )


def _refuse_changed(line: Line, before: Expected) -> None:
    people, changes = changes_since(line.row, before.version or 0)
    told = {name: (old, new) for name, old, new in line.changes}
    for change in changes:
        _theirs, yours = told.get(change.field, ("", None))
        details: dict[str, Any] = {
            "who": _who(people),
            "what": change.label,
            "old": change.old_shown or "–",
            "theirs": change.new_shown or "–",
            "yours": yours,
        }
        if yours is None:
            sentence = _(
                "%(who)s changed this since the preview (%(what)s: %(old)s → %(theirs)s). "
                "Look at the preview anew."
            )
        else:
            sentence = _(
                "%(who)s changed this since the preview to “%(theirs)s”; the file says "
                "“%(yours)s”. Look at the preview anew."
            )
        line.fault("" if yours is None else change.field, sentence % details)
    if not changes:
        line.fault("", _("Somebody changed this since the preview. Look at the preview anew."))


def _who(people: list[str]) -> str:
    named = [name for name in people if name]
    return str(capfirst(", ".join(named))) or _("Somebody")
