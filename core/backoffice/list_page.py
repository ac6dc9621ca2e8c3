"""The list of a model: which rows, in which columns, and what it says where there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, checkbox

from core import request_state
from core.backoffice import deletion, exports, list_addresses
from core.backoffice.chosen import is_key
from core.backoffice.imports.kinds import address_for
from core.backoffice.lists import Listing, Pages
from core.backoffice.panels import Text
from core.backoffice.rows import ANY_KEY
from core.refusals import Refused


@cache
def _checkbox(language: str) -> str:
    return str(checkbox.render(ACTION_CHECKBOX_NAME, ANY_KEY))


class ListPage(ModelAdmin):
    """unfold's admin class, as far as its list goes."""

    change_list_template = "core/change_list.html"
    show_full_result_count = False
    paginator = Pages
    list_per_page = 50
    # More rows at once would be a page of a megabyte.
    list_max_show_all = 50
    # Counts of what each filter finds would read the whole table.
    show_facets = admin.ShowFacets.NEVER
    actions: tuple[Any, ...] = (exports.export_selected, deletion.delete_selected)
    # Of rows that a column has alike, asked for the order of it, by which other one they go.
    finer_order: ClassVar[Mapping[str, str]] = {}
    list_filter_submit = True
    # What its rows are called where they are counted: one, and several. Their names if not said.
    counted: tuple[Text, Text] | None = None

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """A list answers its own filters."""
        return list_addresses.is_asked_by(self.get_list_filter(request), lookup, value)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Listing]:
        return Listing

    def get_changelist_instance(self, request: HttpRequest, *, reads_page: bool = True) -> Listing:
        """The list as an address asks for it; without a page of it, where only its rows as a whole
        are asked for."""
        request_state.state(request).reads_page = reads_page
        changes: Listing = super().get_changelist_instance(request)
        return changes

    def get_ordering(self, request: HttpRequest) -> Any:
        # Django drops the model's own order where a list counts what belongs to its rows.
        return super().get_ordering(request) or self.opts.ordering

    def action_checkbox(self, obj: Any) -> str:
        """unfold's, which renders it anew for each row."""
        return mark_safe(_checkbox(get_language() or "").replace(ANY_KEY, str(int(obj.pk))))  # noqa: S308

    action_checkbox.short_description = ModelAdmin.action_checkbox.short_description  # type: ignore[attr-defined]

    def fill(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Read what a list shows beside the columns of its rows, for all rows of a page at once."""

    def row_heads(self, request: HttpRequest, rows: Sequence[Any]) -> Sequence[Text]:
        """What stands above each row, such as its day, where it differs from the one before it;
        nothing for a list without such heads."""
        return ()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        if (answer := list_addresses.mended(request)) is not None:
            return answer
        if not all(is_key(key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest(_("This selection could not be read. Choose again."))
        context = {
            "title": capfirst(self.opts.verbose_name_plural),
            # Of all pages, where there are several.
            "module_name": self.counted_as(self.list_per_page + 1),
            "export_url": exports.address(request, self.model),
            "import_url": address_for(request.user, self.opts.label_lower),
            **(extra_context or {}),
        }
        try:
            return super().changelist_view(request, context)
        except Refused as refused:
            messages.error(request, _("Nothing was deleted. %(why)s") % {"why": refused.message})
            return redirect(request.get_full_path())

    def filters_of(self, query: QueryDict) -> QueryDict:
        """An address of the list without what filters nothing."""
        return query

    def empty_text(self, request: HttpRequest, *, asked: bool) -> str:
        """What a list without rows says; `asked`: of those that a filter or a search asks for."""
        kinds = {"kinds": self.counted_as(0)}
        details = _("No %(kinds)s match.") if asked else _("No %(kinds)s here yet.")
        return details % kinds

    def counted_as(self, number: int) -> str:
        """What so many rows are called."""
        one, several = self.counted or (self.opts.verbose_name, self.opts.verbose_name_plural)
        return str(one if number == 1 else several)
