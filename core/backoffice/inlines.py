"""Rows on record within the form of their parent."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.admin.helpers import InlineAdminFormSet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext
from unfold.admin import StackedInline, TabularInline

from core.backoffice.fields import RowAccess
from core.backoffice.forms import RecordedForm
from core.backoffice.formsets import RecordedFormSet
from core.backoffice.permissions import may


def for_script(rows: InlineAdminFormSet) -> str:
    """What the script that adds rows is told: as Django says it, but for the capital letter with
    which it begins the name of a row in the middle of a sentence."""
    options = json.loads(rows.inline_formset_data())
    name = {"verbose_name": rows.opts.verbose_name}
    options["options"]["addText"] = gettext("Add another %(verbose_name)s") % name
    return json.dumps(options)


class _RecordedInline(RowAccess):
    """The parent answers for who may touch its rows."""

    form = RecordedForm
    extra = 0
    show_change_link = False
    formset = RecordedFormSet
    # More come in by an import; a form of thousands takes the server seconds to read.
    max_num = 500

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kwargs.setdefault("absolute_max", _RecordedInline.max_num)
        formset = super().get_formset(request, obj, **kwargs)  # type: ignore[misc]  # A mixin.
        # Django's own names every row that stands in the way, and no way out: the formset asks.
        formset.form.hand_clean_DELETE = lambda _form: None
        return formset

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Named by itself: the head of a column names no field to who hears the page."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        field.widget.attrs["aria-label"] = capfirst(field.label)
        return field

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "view")

    def has_view_or_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As Django's; who may change them is not asked whether they may see them."""
        return self.has_change_permission(request, obj) or self.has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_within(request, "add", obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_within(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_within(request, "delete", obj)

    def _may_within(self, request: HttpRequest, action: str, parent: Any) -> bool:
        allowed = self._may(request, action)
        return allowed and (parent is None or may(request, "change", parent))


class RecordedTabularInline(_RecordedInline, TabularInline):
    """Rows as lines of a table."""


class RecordedStackedInline(_RecordedInline, StackedInline):
    """Rows one below the other."""

    # unfold's template tells only what is wrong with a field.
    template_before = "core/row_errors.html"
