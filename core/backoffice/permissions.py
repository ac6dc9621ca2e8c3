"""Who may do what on a page of the back office: asked once of a row as it is, and kept."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import HttpRequest

from core.access import can, can_on_held
from core.record.records import Recorded
from core.request_state import state

Target = models.Model | type[models.Model]


def may(request: HttpRequest, action: str, target: Target) -> bool:
    """May they do this: to a row in the version at hand, or, given a model, to any row at all?

    While something is written, only of a row that is held is the answer kept.
    """
    is_held = isinstance(target, Recorded) and target.is_held
    if request.method != "GET" and isinstance(target, models.Model) and not is_held:
        return can(request.user, action, target)
    row = None
    if isinstance(target, models.Model):
        row = (target._state.adding, target.pk, getattr(target, "version", None))
    answers, key = state(request).answers, (action, target._meta.label, row)
    if key not in answers:
        answers[key] = (can_on_held if is_held else can)(request.user, action, target)
    return answers[key]


def may_now(request: HttpRequest, action: str, model: type[models.Model], row: Any) -> bool:
    """The same, whatever Django or unfold hand over: nothing, which stands for any row; a key as
    text; or a history row, of which the current row is what counts."""
    if row is None:
        return may(request, action, model)
    if not isinstance(row, model):
        row = model._base_manager.filter(pk=getattr(row, "id", row)).first()
    return row is not None and may(request, action, row)
