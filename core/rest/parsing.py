"""How a JSON body is read: an object of very many fields is refused before each is."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.parser import Parser

# In an object of a body. The largest that the API knows has some 20.
MOST_FIELDS = 1000


class TooManyFields(Exception):
    """An object has more fields than any has. A text for people."""


class BodyParser(Parser):
    """The library's, with a bound: every field that is not known is an error of its own."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Raise `ValueError` for what is no JSON, and `TooManyFields`."""
        body: dict[str, Any] = json.loads(request.body, object_pairs_hook=_object)
        return body


def _object(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(fields) > MOST_FIELDS:
        sentence = _("An object has more than %(most)s fields. Nothing was saved.")
        raise TooManyFields(sentence % {"most": MOST_FIELDS})
    return dict(fields)
