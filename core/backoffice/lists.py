"""Lists of the back office: which rows stand on a page, at the same cost however many there are."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.paginator import InfinitePage, InfinitePaginator
from unfold.views import ChangeList

from core.access import visible_in_parts
from core.database.parts import first_of
from core.request_state import state

_KEY = ("pk", "-pk")
# What of an address asks for no rows.
_NO_FILTER = frozenset({"p", "o", "_popup", "_to_field", "_changelist_filters"})


class Listing(ChangeList):
    """The rows of a list, in order."""

    root_queryset: QuerySet[Any]

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        """The rows found; whether by a search is for Pages to know."""
        rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        rows.searched = bool(self.query)  # type: ignore[attr-defined]
        return rows

    def get_query_string(
        self, new_params: dict[str, Any] | None = None, remove: list[str] | None = None
    ) -> str:
        """Django's; unfold asks for that of each column's head once a row."""
        # What no filter of the list reads is a list of values, as the address says it.
        new = tuple((name, str(value)) for name, value in (new_params or {}).items())
        asked = (new, tuple(remove or ()))
        if asked not in self._query_strings:
            self._query_strings[asked] = super().get_query_string(new_params, remove)
        return self._query_strings[asked]

    @cached_property
    def _query_strings(self) -> dict[Any, str]:
        return {}

    def get_results(self, request: HttpRequest) -> None:
        """What is searched is searched once: a single page comes from the paginator too."""
        if not state(request).reads_page:
            return
        super().get_results(request)
        # The pages below say how many; the head would offer all of them, and clear what is asked.
        self.full_result_count = self.result_count
        self.counted_as = self.model_admin.counted_as(self.result_count)
        self.is_asked = any(v and name not in _NO_FILTER for name, v in request.GET.items())
        self.empty_text = self.model_admin.empty_text(request, asked=self.is_asked)
        if self.query and not self.multi_page:
            self.result_list = self.paginator.page(1).object_list
        self.model_admin.fill(request, self.result_list)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Rows that are alike follow the first column, so that one index serves both directions.
        Rows without a value stand last, whichever column is asked for and on every database."""
        self._default_order = self.model_admin.get_ordering(request)
        # Django says what the rows are ordered by already once more.
        first, *others = dict.fromkeys(super().get_ordering(request, queryset))
        if first in _KEY:
            return [first]
        last = "-pk" if _is_descending(first) else "pk"
        terms = [each for term in (first, *others) for each in self._in_order(term)]
        return [*terms, last]

    def _in_order(self, term: Any) -> list[Any]:
        """A column that is asked for, and within it the finer one, if there is one."""
        if term in _KEY:
            return []
        if term in self._default_order or not isinstance(term, str):
            return [term]
        name, down = term.removeprefix("-"), term.startswith("-")
        # A word on empty values would keep a column without any from its index.
        can_be_empty = any(f.null for f in self.lookup_opts.concrete_fields if f.name == name)
        terms = [OrderBy(F(name), descending=down, nulls_last=can_be_empty or None)]
        if finer := self.model_admin.finer_order.get(name):
            ends = "nulls_first" if down else "nulls_last"
            terms.append(OrderBy(F(finer), descending=down, **{ends: True}))
        return terms

    def _get_default_ordering(self) -> Any:
        """The order of a list of which the address asks none: its column is marked in the head."""
        return self._default_order[:1]


class ListingInParts(Listing):
    """The rows of a list of which people see those in some relation to them.

    Each relation has an index, but no index has all of them together: the pages go through the
    parts, one by one.
    """

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        """The rows found, with their `parts`."""
        # Whose rows they are is asked last, once for the whole and once for its parts.
        seen, self.root_queryset = self.root_queryset, self.model_admin.all_rows(request)
        found = super().get_queryset(request, exclude_parameters)
        self.root_queryset = seen
        rows, parts = visible_in_parts(request.user, found)
        rows.parts, rows.searched = parts, bool(self.query)  # type: ignore[attr-defined]
        return rows


class Pages(InfinitePaginator):
    """Pages of a list: counted up to a thousand rows, and beyond that just the next one.

    A count over a large table costs more than the page itself.
    """

    LIMIT = 1000
    # The rows are counted in an order that has an index: else the table itself may be read.
    counted_by = "-pk"

    @cached_property
    def count(self) -> int:
        """How many rows, or unfold's word for endless."""
        if self._searched:
            found = len(self._first_keys)
            return int(found if found <= self.LIMIT else super().count)
        found = 0
        # Each of several parts has an index.
        order = (self.counted_by,) if len(self._parts) == 1 else ()
        for part in self._parts:
            found += part.order_by(*order).values("pk")[: self.LIMIT + 1 - found].count()
            if found > self.LIMIT:
                return int(super().count)
        return found

    @property
    def template_name(self) -> str | None:
        """With numbers where the count is known."""
        return None if self.count <= self.LIMIT else InfinitePaginator.template_name

    def page(self, number: Any) -> InfinitePage:
        """A page. The way to it is by keys alone; what a row shows is read for its own rows."""
        number = self.validate_number(number)
        begin = (number - 1) * self.per_page
        if begin == 0 and len(self._parts) == 1 and not self._searched:
            return super().page(number)
        end = begin + self.per_page
        known = self._searched and end <= self.LIMIT
        keys = (self._first_keys if known else self._keys(end))[begin:end]
        rows = self.object_list.filter(pk__in=[key[-1] for key in keys])
        return self._get_page(rows, number, self)

    @property
    def _searched(self) -> bool:
        """Are the rows found by a search, which is dearer than what it finds?"""
        return getattr(self.object_list, "searched", False)

    @cached_property
    def _first_keys(self) -> list[Any]:
        return list(self._keys(self.LIMIT + 1))

    @property
    def _parts(self) -> list[QuerySet[Any]]:
        parts: list[QuerySet[Any]] = getattr(self.object_list, "parts", [self.object_list])
        return parts

    def _keys(self, end: int) -> QuerySet[Any]:
        """What the first rows are ordered by, their key last, all parts together."""
        if len(self._parts) == 1:
            return self._parts[0].values_list("pk")[:end]
        order = {f"key_{place}": term for place, term in enumerate(self._order)}
        columns = {name: term.expression for name, term in order.items()}
        parts = [part.order_by().annotate(**columns) for part in self._parts]
        return first_of(parts, order, end)

    @property
    def _order(self) -> list[OrderBy]:
        """What the list is ordered by, its key last."""
        terms = self.object_list.query.order_by
        return [term if isinstance(term, OrderBy) else _order(term) for term in terms]


def _order(name: str) -> OrderBy:
    return OrderBy(F(name.removeprefix("-")), descending=name.startswith("-"))


def _is_descending(term: Any) -> bool:
    return (_order(term) if isinstance(term, str) else term).descending
