"""Rows and fields of a page: those that the person may see."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from core.access import visible_to
from core.backoffice.chosen import ChosenRow, ChosenRows, RelatedRow, Row, Rows
from core.backoffice.dates import ClockField, DayField
from core.backoffice.permissions import may_now

# How what people type is read.
_TYPED = {models.DateField: DayField, models.TimeField: ClockField}


class RowAccess:
    """For an admin class or an inline: asks `core.access` about every row, and offers to choose
    what the person may see."""

    model: type[models.Model]
    opts: Any
    text_rows = 4

    def _may(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        return may_now(request, action, self.model, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that the person may see."""
        return visible_to(request.user, self.all_rows(request))

    def all_rows(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows, with what a page shows of each; who may see them has not been asked yet."""
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]  # A mixin.
        return rows

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.is_relation:
            return self._formfield_for_relation(db_field, request, **kwargs)
        if form_class := _TYPED.get(type(db_field)):
            kwargs.setdefault("form_class", form_class)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if isinstance(db_field, models.TextField):
            field.widget.attrs["rows"] = self.text_rows
        return field

    def _formfield_for_relation(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """As Django does; whether the person may edit what it names is asked where it is shown."""
        made = self.formfield_for_manytomany
        if not db_field.many_to_many:
            made = self.formfield_for_foreignkey
        field = made(db_field, request, **kwargs)
        field.widget = RelatedRow(field.widget, db_field.remote_field, self.admin_site, request)  # type: ignore[attr-defined]
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", _choices(db_field, request))
        kwargs["form_class"] = Row
        kwargs["widget"] = ChosenRow(db_field, self.admin_site)  # type: ignore[attr-defined]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", _choices(db_field, request))
        kwargs["form_class"] = Rows
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            kwargs["widget"] = ChosenRows(db_field, self.admin_site)  # type: ignore[attr-defined]
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]


def _choices(db_field: Any, request: HttpRequest) -> Any:
    """What a field can name: rows that the person may see. Which these are is asked once one is
    looked for: most fields of a form that is sent name what they named before."""
    rows = db_field.remote_field.model._default_manager
    return SimpleLazyObject(lambda: visible_to(request.user, rows.all()))
