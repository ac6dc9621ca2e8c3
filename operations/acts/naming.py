"""Rows that somebody names by their keys, as far as they see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from core.access import visible_to
from operations.models.job_rules import with_eligibility
from people.models import User

M = TypeVar("M", bound=Model)


def named_by_key(model: type[Model], values: Mapping[str, Any], *, by: Any) -> dict[str, Any]:
    """The values of fields, where a row can be named by its key.

    Raises `ValidationError` at a field that names no row, or none for the person to see.
    """
    return {name: _row(model, name, value, by=by) for name, value in values.items()}


def _row(model: type[Model], name: str, value: Any, *, by: Any) -> Any:
    target: Any = model._meta.get_field(name).related_model
    if target is None or not isinstance(value, int):
        return value
    rows = with_eligibility(User.objects.all(), name) if target is User else None
    return chosen(by, target, [value], field=name, rows=rows)[0]


def chosen(
    user: Any,
    model: type[M],
    keys: Collection[int],
    *,
    field: str,
    rows: QuerySet[M] | None = None,
    known: Mapping[int, M] | None = None,
) -> list[M]:
    """The rows with these keys, as far as the person sees them; `rows`: with what is read of each;
    `known`: what `seen` has found of these and of others.

    Raises `ValidationError` at the field where there is none of a key, or none for them to see.
    """
    wanted = set(keys)
    if not wanted:
        return []
    if known is None:
        known = seen(user, model, wanted, rows=rows)
    found = [row for key, row in known.items() if key in wanted]
    missing = sorted(wanted.difference(known))
    if missing:
        details = {"kind": model._meta.verbose_name, "id": missing[0]}
        raise ValidationError({field: _("There is no %(kind)s %(id)s.") % details})
    return found


def seen(
    user: Any, model: type[M], keys: Collection[int], *, rows: QuerySet[M] | None = None
) -> dict[int, M]:
    """Those of the rows with these keys that the person sees, by key, in the order of the model."""
    rows = model._default_manager.all() if rows is None else rows
    return {row.pk: row for row in visible_to(user, rows.filter(pk__in=keys))} if keys else {}
