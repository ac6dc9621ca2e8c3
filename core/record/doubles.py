"""Rows of before that are the same now: named where an installation is brought up to date.

They are not merged, as nobody but the office knows which one is meant. Each keeps its name, and is
told from the others by its key, until somebody gives it another name.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Q

from core.text.typed import folded, searchable

_BATCH = 1000
# Between what is folded and the id of a double: no folded text holds a line break.
APART = "\n"


def fold(model: Any, column: str, source: str, *, within: str = "") -> None:
    """Fill the column with the source, folded, and name the rows that are the same.

    `within`: rows of different ones of this relation may be the same. So may those without a text.
    """
    seen: dict[tuple[Any, str], tuple[str, int]] = {}
    doubles = []
    for batch in batches(model):
        for row in batch:
            same = folded(getattr(row, source))
            mine = (getattr(row, source), row.pk)
            place = (getattr(row, f"{within}_id", None), same)
            first = seen.setdefault(place, mine) if same else mine
            if first != mine:
                doubles.append((*first, *mine))
            setattr(row, column, same if first == mine else f"{same}{APART}{row.pk}")
        model._base_manager.bulk_update(batch, [column])
    if doubles:
        _name(model, source, doubles)


def refold(model: Any, signs: str) -> None:
    """Fold anew what rows are searched by, of those that hold one of these signs."""
    holding = Q()
    for sign in signs:
        holding |= Q(search_text__contains=sign)
    rows = list(model._base_manager.filter(holding).only("search_text"))
    for row in rows:
        row.search_text = searchable(row.search_text)
    model._base_manager.bulk_update(rows, ["search_text"], batch_size=_BATCH)


def batches(model: Any, *related: str) -> Iterator[list[Any]]:
    """All rows of a model, some at a time."""
    rows = model._base_manager.select_related(*related).order_by("pk")
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:_BATCH]):
        last = batch[-1].pk
        yield batch


def write(model: Any, column: str, text: Callable[[Any], str], *related: str) -> None:
    """Fill a column with a text of each row; a row that has it already is not written."""
    for batch in batches(model, *related):
        changed = []
        for row in batch:
            if getattr(row, column) != (wanted := text(row)):
                setattr(row, column, wanted)
                changed.append(row)
        model._base_manager.bulk_update(changed, [column])


def _name(model: Any, source: str, doubles: list[tuple[str, int, str, int]]) -> None:
    kinds, name = model._meta.verbose_name_plural, model._meta.get_field(source).verbose_name
    head = f"These {kinds} have the same {name}, except for case, spaces or invisible characters:"
    lines = [f"  “{a}” (id {a_id}) and “{b}” (id {b_id})" for a, a_id, b, b_id in doubles]
    mend = "They are left as they are. Change one of each, so that people can tell them apart."
    sys.stderr.write("\n".join([head, *lines, mend, ""]))
