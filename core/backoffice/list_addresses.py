"""What the address of a list may ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.contrib.admin import FieldListFilter, SimpleListFilter
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.core.exceptions import BadRequest, FieldDoesNotExist
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from core.access import visible_to
from core.backoffice.chosen import is_key
from core.backoffice.list_filters import Period
from core.text.days import FIRST, LAST, read_day

# What may follow the name of a column.
_CONDITION = re.compile(r"(__id)?__exact$|__isnull$")
_OF_PERIOD = re.compile(r"_(from|to)$")
_YES_OR_NO = frozenset({"0", "1", "true", "false"})


def is_asked_by(filters: Iterable[Any], lookup: str, value: Any) -> bool:
    """Does one of these filters ask this?

    Any other column, such as `?jobs=5` for customers, would tell of rows that the person may not
    see; any other condition, such as a pattern, or a value too long for a key, a choice or a date,
    can fail in the database.
    """
    asked = _CONDITION.sub("", lookup)
    # `assigned_to` is a column, and `scheduled_date_to` the end of a period.
    names = {asked, _OF_PERIOD.sub("", asked)}
    filters = list(filters)
    columns = {f if isinstance(f, str) else f[0] for f in filters if not isinstance(f, type)}
    own = [f for f in filters if isinstance(f, type)]
    named = {getattr(f, "parameter_name", "") for f in own}
    # A filter of several parameters says which.
    several = {name for f in own if hasattr(f, "parameters") for name in f.parameters()}
    return not names.isdisjoint(columns | named | several) and len(value) <= 18


def mended(request: HttpRequest) -> HttpResponseBase | None:
    """The answer to an address that no list understands; None for one that it may.

    Raises BadRequest where one filter is told two things: a list shows the one, and the other
    would count as well.
    """
    asked = dict(request.GET.lists())
    if any("\0" in text for name, values in asked.items() for text in (name, *values)):
        return redirect(request.path)
    if any(len({*values}) > 1 for values in asked.values()):
        raise BadRequest(_("This list is filtered by two values at once. Choose one."))
    return None


# What means nothing to a list


def meaningless(changes: Any, request: HttpRequest) -> str:
    """The first of what an address asks a list that means nothing to it, as it stands there; empty
    where all of it does.

    A list shows no rows by it, or leaves it out. A file would hold nothing, or everything, without
    a word.
    """
    for name, value in ((name, str(value)) for name, value in request.GET.items()):
        if not _means_something(changes, request, name, value):
            return f"{name}={value}"
    return ""


def _means_something(changes: Any, request: HttpRequest, name: str, value: str) -> bool:
    if name == SEARCH_VAR:
        return True
    if name == ORDER_VAR:
        return all(_orders(changes, column) for column in value.split("."))
    own = next((s for s in changes.filter_specs if name in s.expected_parameters()), None)
    if own is None or (isinstance(own, FieldListFilter) and not isinstance(own, Period) and value):
        return _is_of_column(changes, name, value, by=request.user)
    return not value or _is_of_filter(own, value)


def _is_of_filter(own: Any, value: str) -> bool:
    """Does a filter that is more than a column know this value?"""
    if isinstance(own, Period):
        day = read_day(value)
        return day is not None and FIRST <= day <= LAST
    if isinstance(own, SimpleListFilter):
        return value in {str(known) for known, _title in own.lookup_choices}
    # Any other refuses by itself what it does not know.
    return True


def _orders(changes: Any, column: str) -> bool:
    """Is this the number of a column that a list can be ordered by, as the address has it?"""
    place = column.removeprefix("-")
    if not (place.isascii() and place.isdigit() and int(place) < len(changes.list_display)):
        return False
    return bool(changes.get_ordering_field(changes.list_display[int(place)]))


def _is_of_column(changes: Any, name: str, value: str, *, by: Any) -> bool:
    """Is this a column, and what it may hold, or a row that somebody sees?"""
    try:
        field = changes.model._meta.get_field(_CONDITION.sub("", name))
    except FieldDoesNotExist:
        return False
    if name.endswith("__isnull"):
        return value.lower() in _YES_OR_NO
    if field.choices:
        return value in {str(known) for known, _title in field.flatchoices}
    return not field.related_model or _is_row(changes, field, value, by=by)


def _is_row(changes: Any, field: Any, value: str, *, by: Any) -> bool:
    """Is this the key of a row that a filter offers, or that somebody sees?"""
    filters = [each for each in changes.filter_specs if getattr(each, "field", None) == field]
    if offered := {str(key) for each in filters for key, _title in each.lookup_choices if key}:
        return value in offered
    rows = visible_to(by, field.related_model._base_manager.all())
    return is_key(value) and rows.filter(pk=value).exists()
