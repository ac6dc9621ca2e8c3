"""All that the database holds of the work, to say that an act changed nothing of it."""

from __future__ import annotations

from typing import Any

from operations.models import Customer, Equipment, Job, JobShare, Site, Task

MODELS: tuple[Any, ...] = (Job, Task, JobShare, Customer, Site, Equipment)


def history_rows() -> int:
    """How many changes of the work are on record."""
    return sum(model.history.count() for model in MODELS)


def everything() -> list[Any]:
    """All rows of the work, which task needs which equipment, and how much is on record."""
    rows: list[Any] = [list(model.objects.order_by("pk").values()) for model in MODELS]
    needed = Task.equipment.through.objects.order_by("pk").values_list("task", "equipment")
    return [*rows, list(needed), history_rows()]
