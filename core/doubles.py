"""Rows of before that are the same now: named where an installation is brought up to date.

They are not merged, as nobody but the office knows which one is meant. Each keeps its name, and is
told from the others by its key, until somebody gives it another name.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from django.db.models import Model

from core.text import folded

_BATCH = 1000


def fold(model: Any, column: str, source: str, *, within: str = "") -> None:
    """Fill the column with the source, folded, and name the rows that are the same.

    `within`: rows of different ones of this relation may be the same.
    """
    seen: dict[tuple[Any, str], Model] = {}
    doubles = []
    for batch in batches(model):
        for row in batch:
            same = folded(getattr(row, source))
            first = seen.setdefault((getattr(row, f"{within}_id", None), same), row)
            if first is not row:
                doubles.append((getattr(first, source), first.pk, getattr(row, source), row.pk))
            # No folded text holds a line break.
            setattr(row, column, same if first is row else f"{same}\n{row.pk}")
        model._base_manager.bulk_update(batch, [column])
    if doubles:
        _name(model, doubles)


def batches(model: Any, *related: str) -> Iterator[list[Any]]:
    """All rows of a model, some at a time."""
    rows = model._base_manager.select_related(*related).order_by("pk")
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:_BATCH]):
        last = batch[-1].pk
        yield batch


def _name(model: Any, doubles: list[tuple[str, int, str, int]]) -> None:
    kinds = model._meta.verbose_name_plural
    lines = [f"  “{a}” (id {a_id}) and “{b}” (id {b_id})" for a, a_id, b, b_id in doubles]
    told = [
        f"These {kinds} have the same name but for case, blanks or signs that nobody sees.",
        *lines,
    ]
    told.append("Both stay as they are. Give one of each pair another name.")
    sys.stderr.write("\n".join([*told, ""]))
