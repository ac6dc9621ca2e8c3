"""Rows that a form or a filter names: fields, and how they are shown to be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import (
    AutocompleteMixin,
    AutocompleteSelect,
    AutocompleteSelectMultiple,
    RelatedFieldWidgetWrapper,
)
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.contrib.filters.forms import AutocompleteDropdownForm

from core.access import visible_to
from core.backoffice.list_filters import RenderedOnce


def is_key(text: str) -> bool:
    """Can this be the key of a row? A longer number fits no column."""
    return text.isdecimal() and len(text) <= 18


def key_of(object_id: str) -> int:
    """The key that an address of the admin names. Raises Http404 where it is none."""
    key = unquote(object_id)
    if not is_key(key):
        raise Http404
    return int(key)


# Filters


class _NamedRow(AutocompleteSelect):
    def get_url(self) -> str:
        # A form offers what can be chosen; a list, what its rows name: those who have left too.
        return f"{super().get_url()}?named=1"


class _RelationForm(AutocompleteDropdownForm):
    """Names the row that a list is filtered by, if the person may see it."""

    widget = _NamedRow

    def __init__(self, request: HttpRequest, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, name, *args, **kwargs)
        field = self.fields[name]
        # Who may see which is asked where one is named.
        rows = field.queryset.all()
        field.queryset = visible_to(request.user, rows) if self.data[name] else rows.none()


class RelationFilter(RenderedOnce, AutocompleteSelectFilter):
    """A list by what its rows refer to."""

    form_class = _RelationForm


# Widgets


class _KnownKeys(AutocompleteMixin):
    """Shows what is chosen. What is no key names no row: the database is not asked for it."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        return super().optgroups(name, [key for key in value if is_key(key)], attr)


class FilledByBox(forms.HiddenInput):
    """The key of a row that is found in a box beside it, which people see instead. A browser that
    puts back what was in the fields of a page leaves it empty, like its box."""

    def __init__(self, attrs: dict[str, Any]) -> None:
        super().__init__({"autocomplete": "off", **attrs})


class ChosenRow(_KnownKeys, AutocompleteSelect):
    pass


class ChosenRows(_KnownKeys, AutocompleteSelectMultiple):
    pass


class RelatedRow(RelatedFieldWidgetWrapper):
    """Django's way on from a field to the rows it names. It asks what the person may do to them
    where it is shown, which a form that is saved is not."""

    template_name = "unfold/widgets/related_widget_wrapper.html"

    def __init__(self, widget: Any, rel: Any, admin_site: Any, request: HttpRequest) -> None:
        super().__init__(widget, rel, admin_site, can_add_related=False)
        self._request = request

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        rows, asked = self.admin_site._registry.get(self.rel.model), {}
        if rows:
            asked = {
                "can_add_related": rows.has_add_permission(self._request),
                "can_change_related": rows.has_change_permission(self._request),
                "can_delete_related": rows.has_delete_permission(self._request),
                "can_view_related": rows.has_view_permission(self._request),
            }
        super().__init__(self.widget, self.rel, self.admin_site, **asked)
        return super().get_context(name, value, attrs)


# Fields

# Stands for the row that a field names already.
STAYS = object()


class LateRows:
    """For a field of rows: which may be named can be told late, once one is looked for. Django
    would ask as soon as the field is made, and for each copy of it."""

    _queryset: Any
    widget: Any
    choices: Any

    def __deepcopy__(self, memo: Any) -> Any:
        # As Django's, which would look for the rows.
        copied = super(forms.ChoiceField, self).__deepcopy__(memo)  # type: ignore[misc]
        copied.queryset = self.queryset
        return copied

    @property
    def queryset(self) -> Any:
        return self._queryset

    @queryset.setter
    def queryset(self, rows: Any) -> None:
        is_late = isinstance(rows, SimpleLazyObject)
        self._queryset = rows if is_late or rows is None else rows.all()
        self.widget.choices = self.choices


class Row(LateRows, forms.ModelChoiceField):  # type: ignore[type-arg]  # Of any model.
    """A row by its key. One that stays is not looked up again."""

    def _clean_bound_field(self, bound: Any) -> Any:
        stays = bound.form.instance.pk and bound.data and str(bound.data) == str(bound.initial)
        return STAYS if stays else super()._clean_bound_field(bound)  # type: ignore[misc]


class OwnKey(forms.ModelChoiceField):  # type: ignore[type-arg]  # Of any model.
    """The key of the row that a form within another is of, which is at hand."""

    def __init__(self, row: models.Model, field: Any) -> None:
        widget = forms.HiddenInput
        super().__init__(field.queryset, initial=field.initial, required=False, widget=widget)
        self.row = row

    def to_python(self, value: Any) -> Any:
        return self.row if str(value) == str(self.row.pk) else super().to_python(value)


class Rows(LateRows, forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # Of any model.
    """Rows by their keys; a number that no key reaches is refused like any other word."""

    # What it can name, by key, as far as that was read for all rows of a page at once: what the row
    # names already, and what a form newly names.
    known: Mapping[str, models.Model] = {}

    def _check_values(self, value: Any) -> Any:
        for key in value:
            if not is_key(key):
                message = self.error_messages["invalid_pk_value"]
                raise ValidationError(message, code="invalid_pk_value", params={"pk": key})
        if self.known.keys() >= set(value):
            return [self.known[key] for key in value]
        return super()._check_values(value)  # type: ignore[misc]


def read_together(some: Sequence[Any], name: str) -> None:
    """Read for a field of several forms of a kind which rows they name that they did not before."""
    named = [
        {key for key in form[name].data or () if is_key(key)} - form.fields[name].known.keys()
        for form in some
    ]
    if keys := set().union(*named):
        rows = some[0].fields[name].queryset.filter(pk__in=keys)
        found = {str(row.pk): row for row in rows}
        for form in some:
            form.fields[name].known = {**form.fields[name].known, **found}
