"""The base of every page of the back office that shows rows on record.

A page shows what `visible_to` allows, does what `can` allows for the row as it is now, and saves
by the acts of its app (core/backoffice/writing.py). An admin class of an app declares; what all of
them do is here, and in the modules that it is made of: permissions, fields, forms, lists, deletion,
history.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.backoffice import deletion, history
from core.backoffice.chosen import key_of
from core.backoffice.fields import RowAccess
from core.backoffice.forms import RecordedForm, stale_forms
from core.backoffice.inlines import RecordedStackedInline, RecordedTabularInline, for_script
from core.backoffice.list_page import ListPage
from core.backoffice.once import SavesOnce
from core.backoffice.palette import Findable
from core.backoffice.writing import DomainWrites
from core.record import acts
from core.record.transactions import innermost
from core.refusals import Refused

__all__ = ["RecordedAdmin", "RecordedStackedInline", "RecordedTabularInline"]


class RecordedAdmin(SavesOnce, Findable, RowAccess, DomainWrites, ListPage):
    """The pages of a model whose rows are on record."""

    form = RecordedForm
    change_form_before_template = "core/form_state.html"
    warn_unsaved_form = True
    compressed_fields = True
    # Who may do what

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "view")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "delete", obj)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whether the person may take any of the rows out as a file."""
        return self._may(request, "export")

    # The form of a row

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Offer the history to whoever may read it."""
        obj = kwargs.get("obj")
        context["show_history"] = obj is not None and self._may(request, "audit", obj)
        context["stale_forms"] = stale_forms(context)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """The row if the person may see it; held until the end of the request that changes it.

        Raises Http404 before anybody asks what may be done to it: what a person may not see
        answers as if it did not exist.
        """
        # An address can name no column at all: `?_to_field=`.
        column = from_field or None
        if request.method == "POST" and innermost() and column is None:
            model: Any = self.model
            return acts.find(model, key_of(object_id), by=request.user)
        obj = None if "\0" in object_id else super().get_object(request, object_id, column)
        if obj is None:
            raise Http404
        return obj

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        context = {**self._titles(object_id), **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def get_inline_formsets(self, *args: Any, **kwargs: Any) -> list[Any]:
        formsets: list[Any] = super().get_inline_formsets(*args, **kwargs)
        for rows in formsets:
            rows.inline_formset_data = for_script(rows)
        return formsets

    def _titles(self, object_id: str | None) -> dict[str, Any]:
        """What stands in the title of the window, and above the form of a new row."""
        if object_id is not None:
            return {"title": capfirst(self.opts.verbose_name)}
        new = _("New %(kind)s") % {"kind": self.opts.verbose_name}
        return {"title": new, "heading": new}

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Ask before deleting; what refuses says why, and what to do instead, at once."""
        obj = self.get_object(request, unquote(object_id))
        try:
            if self.has_delete_permission(request, obj):
                obj.check_delete()
            return super().delete_view(request, object_id, extra_context)
        except Refused as refused:
            messages.error(request, refused.message)
            return redirect(self._url("change", unquote(object_id)))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        shown, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return deletion.known_to_people(shown, counts), counts, lacking, protected

    # What it is on record, and in words

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The timeline of the row as it is now, for whoever may read its part of the audit log."""
        return history.page(self, request, object_id, extra_context)

    def choice_text(self, obj: Any) -> str:
        """The row as a field offers it."""
        return str(obj)

    def history_sources(self, obj: Any) -> list[QuerySet[Any]]:
        """The history querysets whose rows make this row's timeline."""
        return [type(obj).history.filter(id=obj.pk)]

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """No second log: the audit log is the history."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """See log_addition."""

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """See log_addition."""

    def _url(self, page: str, *args: Any) -> str:
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=args)
