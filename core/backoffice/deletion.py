"""Rows on record are deleted one by one, each by its own rules; and what a page says before."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin import actions
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst

# Django's word for it.
_DELETE: str = actions.delete_selected.short_description  # type: ignore[attr-defined]


@admin.action(permissions=["delete"], description=_DELETE)
def delete_selected(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
    """Django's, which asks; one that refuses says so at once, and what to do instead."""
    for obj in queryset:
        obj.check_delete()
    return actions.delete_selected(model_admin, request, queryset)


def known_to_people(shown: list[Any], counts: dict[Any, int]) -> list[Any]:
    """What goes with the rows, as a page shows it: the rows between two models are nothing that
    people know. They are taken out of the counts as well."""
    between = [
        model._meta
        for model in apps.get_models(include_auto_created=True)
        if model._meta.auto_created
    ]
    for options in between:
        counts.pop(options.verbose_name_plural, None)
    heads = tuple(f"{capfirst(options.verbose_name)}: " for options in between)
    return _without(shown, heads)


def _without(shown: list[Any], heads: tuple[str, ...]) -> list[Any]:
    """A nested list of texts without those that begin so, and without lists that are empty then."""
    kept = [_without(each, heads) if isinstance(each, list) else each for each in shown]
    return [each for each in kept if each and not str(each).startswith(heads)]
