"""Filters of lists, which are rendered once as long as nothing is filtered by them.

unfold makes each of them as a form of one field, anew for each page: a dozen templates a filter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import get_template
from django.utils.translation import get_language
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateFilter,
)

from core.text.days import read_day

# Filters by which nothing is filtered, as they stand on a page.
_unset: dict[tuple[Any, ...], str] = {}


class RenderedOnce:
    """For a filter of unfold's that is a form: it looks alike wherever it offers the same."""

    template = "core/list_filter.html"
    form_template = DropdownFilter.template

    title: Any
    used_parameters: dict[str, Any]
    lookup_choices: Any = ()
    expected_parameters: Any

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """What the template shows: the whole filter."""
        yield {"html": self._html(changelist)}

    def _html(self, changes: Any) -> str:
        if self.used_parameters:
            return self._rendered(changes)
        offered = tuple(str(value) for value, _text in self.lookup_choices)
        names = tuple(self.expected_parameters())
        key = (type(self), changes.model, str(self.title), names, offered, get_language())
        if key not in _unset:
            _unset[key] = self._rendered(changes)
        return _unset[key]

    def _rendered(self, changes: Any) -> str:
        choices = list(super().choices(changes))  # type: ignore[misc]  # A mixin.
        context = {"title": self.title, "choices": choices, "spec": self}
        return str(get_template(self.form_template).render(context))


class Choice(RenderedOnce, ChoicesDropdownFilter):
    """One of the choices of a column."""


class Period(RenderedOnce, RangeDateFilter):
    """From one day to another, as people type them."""

    form_template = RangeDateFilter.template

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        """unfold's, which reads a day as programs write it."""
        typed = self.used_parameters
        days = {name: read_day(text) or text for name, text in typed.items()}
        self.used_parameters = {name: str(day) for name, day in days.items()}
        found: QuerySet[Any] | None = super().queryset(request, queryset)
        self.used_parameters = typed
        return found
