"""Lists of the API, a page at a time, by cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Expression, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field as Given

from core.database import cursors
from core.database.cursors import Cursor, NoCursor
from core.rest.schemas import Answer, Body

T = TypeVar("T")


class PageQuery(Body):
    """Which page; a list derives its filters from it."""

    page_size: int = Given(50, ge=1, le=200, description="How many rows.")
    cursor: str = Given("", max_length=4000, description="From `next` or `previous`.")


class Page(Answer, Generic[T]):
    """A page, and the addresses of those beside it."""

    results: list[T]
    next: str | None
    previous: str | None


def page(
    request: HttpRequest,
    rows: QuerySet[Any] | Sequence[QuerySet[Any]],
    query: PageQuery,
    *,
    by: Sequence[str],
    show: Callable[[list[int]], Sequence[T]],
    terms: Mapping[str, Expression] | None = None,
) -> dict[str, Any]:
    """A page of rows, or of several parts of them that share none, in the order of these columns of
    their own (`-name` for the other way round) or terms. `show` reads the rows of these ids.

    Raises `ValidationError` for a cursor of another list.
    """
    asked = query.cursor or None
    try:
        found = cursors.page(rows, asked, by=by, size=query.page_size, terms=terms)
    except NoCursor as error:
        raise ValidationError({"cursor": _("This cursor does not belong to this list.")}) from error
    results = show([key[-1] for key in found.keys])
    return answered(request, results, after=found.next, before=found.previous)


def answered(
    request: HttpRequest, results: Sequence[T], *, after: Cursor | None, before: Cursor | None
) -> dict[str, Any]:
    """A page as it is answered, beside which are those at these cursors."""
    return {
        "results": results,
        "next": _address(request, after),
        "previous": _address(request, before),
    }


def _address(request: HttpRequest, cursor: Cursor | None) -> str | None:
    """The address of the page at a cursor, beside the one at hand."""
    if cursor is None:
        return None
    query = request.GET.copy()
    query["cursor"] = str(cursor)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
