"""What the address of a list may ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _


def is_asked_by(filters: Iterable[Any], lookup: str, value: Any) -> bool:
    """Does one of these filters ask this?

    Any other column, such as `?jobs=5` for customers, would tell of rows that the person may not
    see; any other condition, such as a pattern, or a value too long for a key, a choice or a date,
    can fail in the database.
    """
    asked = re.sub(r"(__id)?__exact$|__isnull$|_(from|to)$", "", lookup)
    filters = list(filters)
    columns = {f if isinstance(f, str) else f[0] for f in filters if not isinstance(f, type)}
    own = [f for f in filters if isinstance(f, type)]
    named = {getattr(f, "parameter_name", "") for f in own}
    # A filter of several parameters says which.
    several = {name for f in own if hasattr(f, "parameters") for name in f.parameters()}
    return asked in columns | named | several and len(value) <= 18


def mended(request: HttpRequest) -> HttpResponseBase | None:
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
