"""The back office: the site, and the base of every page of it.

A page shows what `visible_to` allows, does what `can` allows for the row as it is now, and saves
through the model's own rules. An admin class of an app declares; what all of them do is here.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, ValidationError
from django.core.paginator import InvalidPage
from django.db import IntegrityError, connection, models, transaction
from django.db.models import QuerySet
from django.forms import BaseModelFormSet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.paginator import InfinitePaginator
from unfold.sites import UnfoldAdminSite

from core import timeline
from core.access import can, require, visible_to
from core.problems import Refused, Stale

# In the session: which forms have added which row.
_ADDED = "added"


class BackOffice(UnfoldAdminSite):
    """The site at `/admin/`. Whoever holds a role enters (`User.is_staff`)."""

    index_title = _("Home")
    index_template = "core/home.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pages: list[tuple[str, Callable[..., HttpResponseBase], str]] = []

    def add_page(self, route: str, view: Callable[..., HttpResponseBase], *, name: str) -> None:
        """Add a page that belongs to no model, for whoever may enter."""
        self._pages.append((route, view, name))

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        return Choices.as_view(admin_site=self)(request)

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        try:
            return super().search(request, extra_context)
        except InvalidPage as error:
            raise Http404 from error

    def extra_urls(self) -> list[URLPattern]:
        """The pages that apps have added; unfold puts them before those of the models."""
        return [path(route, self.admin_view(view), name=name) for route, view, name in self._pages]


class Pages(InfinitePaginator):
    """Pages of a list: counted up to a thousand rows, and beyond that just the next one.

    A count over a large table costs more than the page itself.
    """

    LIMIT = 1000

    @cached_property
    def count(self) -> int:
        """How many rows, or unfold's word for endless."""
        found = self.object_list[: self.LIMIT + 1].count()
        return int(found if found <= self.LIMIT else super().count)

    @property
    def template_name(self) -> str | None:
        """With numbers where the count is known."""
        return None if self.count <= self.LIMIT else InfinitePaginator.template_name


class Choices(AutocompleteJsonView):
    """What a field offers while somebody types; the admin of the model words each choice."""

    def serialize_result(self, obj: models.Model, to_field_name: str) -> dict[str, str]:
        choice = super().serialize_result(obj, to_field_name)  # type: ignore[misc]
        # The admin of groups is not one of ours.
        words = getattr(self.model_admin, "choice_text", str)
        return {**choice, "text": words(obj)}


class _StatedVersion(forms.IntegerField):
    """The version a form was made from. What is none is older than any: nobody sees its error."""

    def clean(self, value: Any) -> int:
        try:
            return super().clean(value) or 0
        except ValidationError:
            return 0


class RecordedForm(forms.ModelForm):  # type: ignore[type-arg]  # The admin makes its Meta.
    """A form that states the version it was made from; a stale one keeps what was typed."""

    stated_version = _StatedVersion(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["stated_version"] = self.instance.version

    def has_changed(self) -> bool:
        """Has the person changed a value? The version alone is none of theirs."""
        return bool(set(self.changed_data) - {"stated_version"})

    def clean(self) -> dict[str, Any]:
        """Refuse values made from an older version, unless they are what the row holds anyway."""
        data = super().clean() or self.cleaned_data
        if self.instance.pk and self.has_changed():
            try:
                self.instance.check_version(data["stated_version"], self._wanted(data))
            except Stale as stale:
                self._show_stale(stale)
        return data

    def _wanted(self, data: dict[str, Any]) -> dict[str, Any]:
        fields = {field.name for field in self.instance._meta.get_fields()}
        return {n: data[n] for n in self.changed_data if n in data and n in fields}

    def _show_stale(self, stale: Stale) -> None:
        self.add_error(None, stale.message)
        for difference in stale.differences:
            self.add_error(
                difference.field,
                _("Now: %(theirs)s. Yours: %(yours)s.")
                % {"theirs": difference.theirs or "–", "yours": difference.yours or "–"},
            )
        # Both values have been shown: the next save is made from the version as it is now.
        self.data = data = self.data.copy()  # type: ignore[attr-defined]  # A QueryDict.
        data[self.add_prefix("stated_version")] = str(self.instance.version)

    def add_error(self, field: str | None, error: Any) -> None:
        """An error of a field that this person's form does not have stands above the form."""
        if field is None and isinstance(error, ValidationError) and hasattr(error, "error_dict"):
            strays = set(error.error_dict) - set(self.fields) - {NON_FIELD_ERRORS}
            for stray in strays:
                super().add_error(None, error.error_dict.pop(stray))
        super().add_error(field, error)


class RowAccess:
    """Asks `core.access` about the row as it is now, whatever Django or unfold hand over."""

    model: type[models.Model]
    opts: Any
    text_rows = 4

    def _may(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        if obj is None:
            return can(request.user, action, self.model)
        if not isinstance(obj, self.model):
            # A key as text, or a history row: the current row is what counts.
            key = getattr(obj, "id", obj)
            obj = self.model._base_manager.filter(pk=key).first()
        return obj is not None and can(request.user, action, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that the person may see."""
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]  # A mixin.
        return visible_to(request.user, rows)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if isinstance(db_field, models.TextField):
            field.widget.attrs["rows"] = self.text_rows
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", _choices(db_field, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", _choices(db_field, request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]


def _choices(db_field: Any, request: HttpRequest) -> QuerySet[Any]:
    """What a field can name: rows that the person may see."""
    return visible_to(request.user, db_field.remote_field.model._default_manager.all())


class RecordedAdmin(RowAccess, ModelAdmin):
    """The pages of a model whose rows are on record."""

    form = RecordedForm
    change_form_before_template = "core/form_state.html"
    show_full_result_count = False
    paginator = Pages
    list_per_page = 50
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
        """A list is filtered by its rows' own columns. What refers to them from elsewhere, such
        as `?jobs=5` for customers, would tell of rows that the person may not see."""
        elsewhere = {relation.name for relation in self.opts.related_objects}
        if lookup.split("__", maxsplit=1)[0] in elsewhere:
            return False
        return bool(super().lookup_allowed(lookup, value, request))

    def get_ordering(self, request: HttpRequest) -> Any:
        # Django drops the model's own order where a list counts what belongs to its rows.
        return super().get_ordering(request) or self.opts.ordering

    # Pages

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """The row if the person may see it; held until the end of the request that changes it.

        Raises Http404 before anybody asks what may be done to it: what a person may not see
        answers as if it did not exist.
        """
        obj = None if "\0" in object_id else super().get_object(request, object_id, from_field)
        if obj is None:
            raise Http404
        if request.method == "POST" and connection.in_atomic_block:
            try:
                obj.lock()
            except ObjectDoesNotExist as deleted:  # Since the line above.
                raise Http404 from deleted
        return obj

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        if object_id is None and (added := self._added_before(request)) is not None:
            return self.response_add(request, added)
        page = super().changeform_view
        context = {"once": request.POST.get("once") or uuid.uuid4().hex, **(extra_context or {})}
        try:
            with transaction.atomic():
                return page(request, object_id, form_url, context)
        except (ValidationError, IntegrityError):
            # Somebody wrote between the check and the save. The check now sees it, and says so
            # at the field, with what was typed kept.
            return page(request, object_id, form_url, context)

    def _added_before(self, request: HttpRequest) -> Any:
        """The row that this very form has added already: a form sent twice adds once."""
        pk = request.session.get(_ADDED, {}).get(self._form_key(request))
        return self.get_queryset(request).filter(pk=pk).first() if pk else None

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> Any:
        if key := self._form_key(request):
            latest = {**request.session.get(_ADDED, {}), key: obj.pk}
            request.session[_ADDED] = dict(list(latest.items())[-20:])
        return super().response_add(request, obj, *args, **kwargs)

    def _form_key(self, request: HttpRequest) -> str:
        """What tells this form from every other; empty for one that does not say."""
        once = request.POST.get("once", "")[:32]
        return f"{self.opts.label_lower} {once}" if once else ""

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

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete each row by its own rules; one that refuses keeps them all."""
        with transaction.atomic():
            for obj in queryset:
                obj.delete()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        if any(
            "\0" in value for values in request.GET.lists() for value in [values[0], *values[1]]
        ):
            return redirect(request.path)
        try:
            return super().changelist_view(request, extra_context)
        except Refused as refused:
            messages.error(request, _("Nothing was deleted. %(why)s") % {"why": refused.message})
            return redirect(request.get_full_path())

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The timeline of the row as it is now, for whoever may read its part of the audit log."""
        obj = get_object_or_404(self.get_queryset(request), pk=_key(object_id))
        require(request.user, "audit", obj)
        number = request.GET.get("page", "1")
        if not number.isdecimal() or not 1 <= int(number) <= 10_000:
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
        return allowed and (parent is None or can(request.user, "change", parent))


class RecordedTabularInline(_RecordedInline, TabularInline):
    """Rows as lines of a table."""


class RecordedStackedInline(_RecordedInline, StackedInline):
    """Rows one below the other."""


def save_each(formset: BaseModelFormSet[Any, Any]) -> None:
    """Save and delete the rows of a formset one by one, each by its own rules."""
    formset.save(commit=False)
    for obj in formset.deleted_objects:
        obj.delete()
    for form in [*formset.initial_forms, *formset.extra_forms]:
        if form.has_changed() and not formset._should_delete_form(form):  # type: ignore[attr-defined]
            form.save()


def _key(object_id: str) -> int:
    key = unquote(object_id)
    if not key.isdecimal() or len(key) > 18:
        raise Http404
    return int(key)
