"""The base of every page of the back office that shows rows on record.

A page shows what `visible_to` allows, does what `can` allows for the row as it is now, and saves
through the model's own rules. An admin class of an app declares; what all of them do is here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import (
    BadRequest,
)
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline, checkbox

from core.access import allows, can, require, visible_to
from core.backoffice.forms import ChosenRow, ChosenRows, RecordedForm, RecordedFormSet, Rows, is_key
from core.backoffice.lists import Listing, Pages
from core.backoffice.once import SavesOnce
from core.backoffice.palette import Findable
from core.backoffice.writing import DomainWrites
from core.record import acts, timeline
from core.record.records import Recorded
from core.record.transactions import innermost
from core.refusals import Refused

# Stands for the key of a row.
_KEY = "0123456789"
# Django's word for it.
_DELETE: str = delete_selected.short_description  # type: ignore[attr-defined]


@cache
def _checkbox(language: str) -> str:
    return str(checkbox.render(ACTION_CHECKBOX_NAME, _KEY))


class RowAccess:
    """Asks `core.access` about the row as it is now, whatever Django or unfold hand over."""

    model: type[models.Model]
    opts: Any
    text_rows = 4

    def _may(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        if obj is None:
            return _may(request, action, self.model)
        if not isinstance(obj, self.model):
            # A key as text, or a history row: the current row is what counts.
            key = getattr(obj, "id", obj)
            obj = self.model._base_manager.filter(pk=key).first()
        return obj is not None and _may(request, action, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that the person may see."""
        return visible_to(request.user, self.all_rows(request))

    def all_rows(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows, with what a page shows of each; who may see them has not been asked yet."""
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]  # A mixin.
        return rows

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if isinstance(db_field, models.TextField):
            field.widget.attrs["rows"] = self.text_rows
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", _choices(db_field, request))
        kwargs["widget"] = ChosenRow(db_field, self.admin_site)  # type: ignore[attr-defined]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", _choices(db_field, request))
        kwargs["form_class"] = Rows
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            kwargs["widget"] = ChosenRows(db_field, self.admin_site)  # type: ignore[attr-defined]
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]


def _may(request: HttpRequest, action: str, target: models.Model | type[models.Model]) -> bool:
    """May they: asked once of a row and its version, where the page shows it or holds it."""
    is_held = isinstance(target, Recorded) and target.is_held
    if request.method != "GET" and isinstance(target, models.Model) and not is_held:
        return can(request.user, action, target)
    answers: dict[Any, bool] = request.__dict__.setdefault("_answers", {})
    row = None
    if isinstance(target, models.Model):
        row = (target._state.adding, target.pk, getattr(target, "version", None))
    key = (action, target._meta.label, row)
    if key not in answers:
        asked = allows if is_held else can
        answers[key] = asked(request.user, action, target)
    return answers[key]


def _choices(db_field: Any, request: HttpRequest) -> QuerySet[Any]:
    """What a field can name: rows that the person may see."""
    return visible_to(request.user, db_field.remote_field.model._default_manager.all())


class RecordedAdmin(SavesOnce, Findable, RowAccess, DomainWrites, ModelAdmin):
    """The pages of a model whose rows are on record."""

    form = RecordedForm
    change_form_before_template = "core/form_state.html"
    change_list_template = "core/change_list.html"
    show_full_result_count = False
    paginator = Pages
    list_per_page = 50
    # More rows at once would be a page of a megabyte.
    list_max_show_all = 50
    # Counts of what each filter finds would read the whole table.
    show_facets = admin.ShowFacets.NEVER
    actions: tuple[str, ...] = ("delete_selected",)
    list_filter_submit = True
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

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """A list answers its own filters. Any other column, such as `?jobs=5` for customers, would
        tell of rows that the person may not see; any other condition, such as a pattern, or a
        value too long for a key, a choice or a date, can fail in the database."""
        asked = re.sub(r"(__id)?__exact$|__isnull$|_(from|to)$", "", lookup)
        filters = self.get_list_filter(request)
        columns = {f if isinstance(f, str) else f[0] for f in filters if not isinstance(f, type)}
        named = {getattr(f, "parameter_name", "") for f in filters if isinstance(f, type)}
        return asked in columns | named and len(value) <= 18

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Listing]:
        return Listing

    def get_ordering(self, request: HttpRequest) -> Any:
        # Django drops the model's own order where a list counts what belongs to its rows.
        return super().get_ordering(request) or self.opts.ordering

    def action_checkbox(self, obj: Any) -> str:
        """unfold's, which renders it anew for each row."""
        return mark_safe(_checkbox(get_language() or "").replace(_KEY, str(int(obj.pk))))  # noqa: S308

    action_checkbox.short_description = ModelAdmin.action_checkbox.short_description  # type: ignore[attr-defined]

    def fill(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Read what a list shows beside the columns of its rows, for all rows of a page at once."""

    # Pages

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Offer the history to whoever may read it."""
        obj = kwargs.get("obj")
        context["show_history"] = obj is not None and self._may(request, "audit", obj)
        context["stale_forms"] = _stale_forms(context)
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
            return acts.find(model, _key(object_id), by=request.user)
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
        # A window that a form opened leads nowhere (header_title.html).
        request.is_popup = "_popup" in {**request.GET, **request.POST}  # type: ignore[attr-defined]
        context = {**self._titles(object_id), **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

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
        """What goes with the rows: the rows between two models are nothing that people know."""
        shown, counts, lacking, protected = super().get_deleted_objects(objs, request)
        between = [
            model._meta
            for model in apps.get_models(include_auto_created=True)
            if model._meta.auto_created
        ]
        for options in between:
            counts.pop(options.verbose_name_plural, None)
        heads = tuple(f"{capfirst(options.verbose_name)}: " for options in between)
        return _without(shown, heads), counts, lacking, protected

    @admin.action(permissions=["delete"], description=_DELETE)
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Django's, which asks; one that refuses says so at once, and what to do instead."""
        for obj in queryset:
            obj.check_delete()
        return delete_selected(self, request, queryset)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        if (answer := self.cannot_ask(request)) is not None:
            return answer
        if not all(is_key(key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest(_("The list names no row this way."))
        title = capfirst(self.opts.verbose_name_plural)
        context = {"title": title, **(extra_context or {})}
        try:
            return super().changelist_view(request, context)
        except Refused as refused:
            messages.error(request, _("Nothing was deleted. %(why)s") % {"why": refused.message})
            return redirect(request.get_full_path())

    def cannot_ask(self, request: HttpRequest) -> HttpResponseBase | None:
        """The answer to an address that no list understands; None for one that it may.

        Raises BadRequest where one filter is told two things: a list shows the one, and the other
        would count as well.
        """
        asked = dict(request.GET.lists())
        if any("\0" in text for name, values in asked.items() for text in (name, *values)):
            return redirect(request.path)
        if any(len({*values}) > 1 for values in asked.values()):
            raise BadRequest(_("This address filters by two values at once. Choose one."))
        return None

    def empty_text(self, request: HttpRequest, *, asked: bool) -> str:
        """What a list without rows says; `asked`: of those that a filter or a search asks for."""
        kinds = {"kinds": self.opts.verbose_name_plural}
        said = _("No %(kinds)s are like that.") if asked else _("There are no %(kinds)s here yet.")
        return said % kinds

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The timeline of the row as it is now, for whoever may read its part of the audit log."""
        obj = get_object_or_404(self.get_queryset(request), pk=_key(object_id))
        require(request.user, "audit", obj)
        if name := request.GET.get("entry"):
            return self._entry_view(request, obj, name)
        number = request.GET.get("page", "1")
        if not is_key(number) or not 1 <= int(number) <= 10_000:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %(name)s") % {"name": obj},
            "opts": self.opts,
            "object": obj,
            "page": timeline.page(self.history_sources(obj), number=int(number)),
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "core/timeline.html", context)

    def _entry_view(self, request: HttpRequest, obj: Any, name: str) -> HttpResponse:
        """One entry of the timeline, with its long values whole."""
        entry = timeline.one(self.history_sources(obj), name)
        if entry is None:
            raise Http404
        title = _("History of %(name)s") % {"name": obj}
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "object": obj,
            "entry": entry,
            "back": request.path,
            "back_text": title,
        }
        return TemplateResponse(request, "core/timeline_one.html", context)

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


class _RecordedInline(RowAccess):
    """Rows shown within their parent's form; the parent answers for who may touch them."""

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

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_within(request, "add", obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_within(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_within(request, "delete", obj)

    def _may_within(self, request: HttpRequest, action: str, parent: Any) -> bool:
        allowed = self._may(request, action)
        return allowed and (parent is None or _may(request, "change", parent))


class RecordedTabularInline(_RecordedInline, TabularInline):
    """Rows as lines of a table."""


class RecordedStackedInline(_RecordedInline, StackedInline):
    """Rows one below the other."""

    # unfold's template tells only what is wrong with a field.
    template_before = "core/row_errors.html"


def _without(shown: list[Any], heads: tuple[str, ...]) -> list[Any]:
    """A nested list of texts without those that begin so, and without lists that are empty then."""
    kept = [_without(each, heads) if isinstance(each, list) else each for each in shown]
    return [each for each in kept if each and not str(each).startswith(heads)]


def _stale_forms(context: dict[str, Any]) -> list[dict[str, Any]]:
    """The forms of a page whose values somebody else changed, each with what there is to choose."""
    inlines = [form for inline in context["inline_admin_formsets"] for form in inline.formset.forms]
    forms = [form for form in (context["adminform"].form, *inlines) if form.differences]
    return [
        {
            "row": str(form.instance),
            "choices": [
                {
                    "name": form.choice_name(each.field),
                    "label": each.label,
                    "theirs": each.theirs,
                    "yours": each.yours,
                }
                for each in form.differences
            ],
        }
        for form in forms
    ]


def _key(object_id: str) -> int:
    key = unquote(object_id)
    if not is_key(key):
        raise Http404
    return int(key)
