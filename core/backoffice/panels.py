"""What the page of a row shows beside its form: facts, and the first of the rows that belong to it.

An admin class with `Panels` says which; every line leads to its row, and every panel to all of
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.text.phones import dialled

Text = str | Promise | SafeString


@dataclass(frozen=True)
class Line:
    """One row: where it leads, what it is, what else is to know, and badges as status and text."""

    url: str
    title: Text
    meta: Text = ""
    badges: Sequence[tuple[str, Text]] = ()


@dataclass(frozen=True)
class Link:
    """Where to go on from a panel; `icon` by its name in Material Symbols."""

    url: str
    text: Text
    icon: str = ""


@dataclass(frozen=True)
class Panel:
    """A few rows under a heading. `more` is given where there are more than those shown.

    `facts` are pairs of label and value; `empty` says what there is not, and what to do next.
    """

    title: Text
    lines: Sequence[Line] = ()
    facts: Sequence[tuple[Text, Text]] = ()
    empty: Text = ""
    more: Link | None = None
    actions: Sequence[Link] = ()


class Panels:
    """Shows panels above the form of a row."""

    change_form_outer_before_template = "core/panels.html"

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        """The panels on the page of a row, for the person who opens it."""
        raise NotImplementedError

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None and request.method == "GET":
            context["panels"] = self.panels(request, obj)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]


def phone_link(number: str) -> Text:
    """A phone number that calls when it is pressed; empty where there is none."""
    called = dialled(number)
    return format_html('<a href="tel:{}">{}</a>', called, number) if called else number


def mail_link(address: str) -> Text:
    """An address that begins a mail when it is pressed; empty where there is none."""
    return format_html('<a href="mailto:{}">{}</a>', address, address) if address else ""
