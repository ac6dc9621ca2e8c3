"""The list of jobs opens exactly the rows that a figure counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import ListFilter
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.declarations import collected
from core.request_state import state
from operations.declarations import Counted, CountedJobs
from operations.models import Job


def counted(request: HttpRequest) -> Counted | None:
    """What the address names of what other apps count; None where it names nothing.

    Raises BadRequest for what nobody counts.
    """
    known = state(request)
    if known.counted is None:
        known.counted = [found] if (found := _counted(request)) else []
    return known.counted[0] if known.counted else None


def _counted(request: HttpRequest) -> Counted | None:
    for each in collected(CountedJobs):
        asked = {name: request.GET.get(name, "") for name in each.parameters}
        if not asked[each.parameters[0]]:
            continue
        try:
            found: Counted = import_string(each.found)(asked)
        except ValueError as error:
            raise BadRequest(_("There is no such figure.")) from error
        return found
    return None


class CountedFilter(ListFilter):
    """Which jobs a figure counts. It is offered to nobody: the figure leads here, and unfold keeps
    what the address says of it while other filters are chosen."""

    title = gettext_lazy("figure")
    template = "core/list_filter.html"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.parameters():
            params.pop(name, None)
        self.counted = counted(request)

    @staticmethod
    def parameters() -> list[str]:
        """The parameters of an address that name a figure, and its period."""
        return [name for each in collected(CountedJobs) for name in each.parameters]

    def expected_parameters(self) -> list[str | None]:
        """What of the address is its own."""
        return [*self.parameters()]

    def has_output(self) -> bool:
        return self.counted is not None

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Nothing to choose from: what is counted stands above the list."""
        yield {"html": ""}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job] | None:
        return self.counted.chosen(queryset) if self.counted else None
