"""The rows of a list, without the list: all that it would show on its pages, in its order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, SuspiciousOperation, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from core.access import require, visible_to
from core.backoffice import list_addresses
from core.exports.kinds import Kind, kinds
from core.owned import link_to_owned

# What of an address says where somebody is in a list, and chooses no rows.
PLACE = ("p", "e", "all", "_popup", "_to_field", "_changelist_filters", "_facets")


def rows(kind: Kind, person: Any, query: str, keys: Iterable[int] = ()) -> QuerySet[Any]:
    """The rows of a kind that somebody may take out, of those that its list shows for an address
    that asks for this (core.exports.writing.RowsOf).

    Rows that belong to others, such as tasks to jobs, have no list: it is that of the others.
    """
    require(person, "export", kind.model)
    link = link_to_owned(kind.model._meta.label_lower)
    if link is None or not link.by:
        return visible_to(person, _listed(kind.model, person, query, keys), "export")
    owned = kind.model._meta.get_field(link.by).remote_field.model
    of = _listed(owned, person, query, keys).order_by().values("pk")
    own = kind.model._base_manager.filter(**{f"{link.by}__in": of})
    return visible_to(person, own, "export").order_by(link.key, *kind.model._meta.ordering)


def list_of(kind: Kind) -> Kind:
    """The kind whose list shows these rows: their own, or that of what they belong to."""
    link = link_to_owned(kind.model._meta.label_lower)
    if link is None or not link.by:
        return kind
    return next(
        each for each in kinds().values() if each.model._meta.label_lower == link.owned.model
    )


def within(kind: Kind) -> list[Kind]:
    """The kind of a list, and those of what belongs to its rows."""
    return [each for each in kinds().values() if list_of(each) == list_of(kind)]


def _listed(model: Any, person: Any, query: str, keys: Iterable[int]) -> QuerySet[Any]:
    try:
        shown: QuerySet[Any] = _changes(model, person, query).queryset
    except (IncorrectLookupParameters, SuspiciousOperation, BadRequest, ValueError) as error:
        raise _cannot_be_asked(query) from error
    ticked = list(keys)
    return shown.filter(pk__in=ticked) if ticked else shown


def _changes(model: Any, person: Any, query: str) -> Any:
    """The list as it is before it reads a page."""
    pages: Any = admin.site._registry[model]
    request = HttpRequest()
    request.method, request.path, request.user = "GET", "/", person
    asked = QueryDict(query, mutable=True)
    for name in PLACE:
        asked.pop(name, None)
    request.GET = pages.filters_of(asked)
    if list_addresses.mended(request):
        raise BadRequest
    changes = pages.get_changelist_instance(request, reads_page=False)
    if what := list_addresses.meaningless(changes, request):
        raise _cannot_be_asked(what)
    if why := pages.why_none_is_found(changes.query):
        raise ValidationError(why)
    return changes


def _cannot_be_asked(what: str) -> ValidationError:
    return ValidationError(
        _("The list does not understand this: %(query)s") % {"query": what[:200]}
    )
