"""What a page of the back office writes goes through the domain, which knows the rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import BaseModelFormSet
from django.http import HttpRequest

from core.record import acts
from core.record.acts import Outcome
from core.record.transactions import atomic


def tell_warnings(
    request: HttpRequest, outcome: Outcome[Any], *, text: Callable[[str], str] = str
) -> None:
    """Tell what an act points out, though nothing stood in its way; each as `text` has it."""
    for warning in outcome.warnings:
        messages.warning(request, text(str(warning)))


class DomainWrites:
    """For an admin class: saves and deletes by the acts of its rows, and tells what they point out.

    An app whose rows are written by acts of their own overrides `write` and `write_within`, or
    `write_form` where a form holds more than the row.
    """

    def write_form(self, form: Any, *, by: Any) -> Outcome[Any]:
        """Save what a form holds."""
        return self.write(form.instance, by=by)

    def write(self, row: Any, *, by: Any) -> Outcome[Any]:
        """Save a row that a form has filled."""
        return acts.save(row, by=by)

    def write_within(self, forms: Sequence[Any], *, by: Any) -> list[Outcome[Any]]:
        """Save the rows that forms within the page of their parent have filled, in this order."""
        return [acts.save(form.instance, by=by) for form in forms]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        self._tell(request, obj, self.write_form(form, by=request.user))

    def _tell(self, request: HttpRequest, row: Any, outcome: Outcome[Any]) -> None:
        tell_warnings(request, outcome, text=partial(self.warning_text, request, row))

    def warning_text(self, request: HttpRequest, row: Any, warning: str) -> str:
        """A warning of an act as this page tells it, such as with the way to what it points out."""
        return warning

    def save_formset(
        self, request: HttpRequest, form: Any, formset: BaseModelFormSet[Any, Any], change: bool
    ) -> None:
        """Delete rows and save others, each by its own rules."""
        formset.save(commit=False)
        for row in formset.deleted_objects:
            acts.remove(row, by=request.user)
        forms = [*formset.initial_forms, *formset.extra_forms]
        changed = [
            form
            for form in forms
            if form.has_changed() and not formset._should_delete_form(form)  # type: ignore[attr-defined]
        ]
        for outcome in self.write_within(changed, by=request.user):
            self._tell(request, outcome.row, outcome)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        acts.remove(obj, by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete each row by its own rules; one that refuses keeps them all."""
        with atomic():
            for row in queryset:
                acts.remove(row, by=request.user)
