"""The rows of a list as unfold shows them, with what is alike in all of them made once a page.

unfold makes the heads of all columns, with the checkbox in the first, anew for each row, and finds
out for each cell what kind of column it stands in. What a cell holds, and its classes, follow
unfold's `items_for_result`, but for what no list here has: cells to type into, rows to drag, rows
that open. A list that needs one of these takes unfold's template (`change_list_template = None`).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import zip_longest
from types import SimpleNamespace
from typing import Any

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import lookup_field, quote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.template import Context, Library
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from unfold.templatetags.unfold_list import (
    CHECKBOX_CLASSES,
    LINK_CLASSES,
    ROW_CLASSES,
    _coerce_field_name,
    result_headers,
)
from unfold.utils import (
    display_for_dropdown,
    display_for_field,
    display_for_header,
    display_for_label,
    display_for_value,
)

register = Library()

# What a column shows of a row, and whether it keeps to one line.
Shown = Callable[[Any], tuple[Any, bool]]
# Stands for the key of a row.
ANY_KEY = "0123456789"


@register.inclusion_tag("core/change_list_results.html", takes_context=True)
def change_list_results(context: Context, changes: ChangeList) -> dict[str, Any]:
    """unfold's `unfold_result_list`."""
    heads = list(result_headers(changes))
    rows = list(_rows(changes, _columns(changes, heads)))
    return {
        "cl": changes,
        "result_headers": heads,
        "num_sorted_fields": sum(head["sortable"] and head["sorted"] for head in heads),
        "rows": rows,
        "headed_rows": list(zip_longest(rows, _heads(context["request"], changes))),
        "has_add_permission": changes.model_admin.has_add_permission(context["request"]),
        "import_url": "" if changes.is_popup else context.get("import_url", ""),
    }


def _heads(request: Any, changes: ChangeList) -> Iterable[Any]:
    # The admin of groups is not one of ours.
    row_heads = getattr(changes.model_admin, "row_heads", None)
    return row_heads(request, changes.result_list) if row_heads else ()


@dataclass(frozen=True)
class _Column:
    """How each cell of a column begins, on one line and on several; what it holds, and what it says
    where there is nothing; how it ends."""

    begin_on_one_line: str
    begin: str
    shown: Shown
    empty: str
    end: str
    is_link: bool

    def cell(self, row: Any, link: str) -> str:
        try:
            value, on_one_line = self.shown(row)
        except ObjectDoesNotExist:
            value, on_one_line = self.empty, False
        begin = self.begin_on_one_line if on_one_line else self.begin
        text = conditional_escape(value)
        return f"{begin}{link}{text}</a>{self.end}" if self.is_link else f"{begin}{text}{self.end}"


def _rows(changes: ChangeList, columns: list[_Column]) -> Iterator[SafeString]:
    link = _link(changes)
    for row in changes.result_list:
        opened = link(row)
        yield SafeString("\n".join([column.cell(row, opened) for column in columns]))


def _link(changes: ChangeList) -> Callable[[Any], str]:
    """What opens a link to the page of a row, which knows the way back to the list as it is."""
    model: Any = SimpleNamespace(**{changes.pk_attname: ANY_KEY})
    back: Any = {"preserved_filters": changes.preserved_filters, "opts": changes.opts}
    url = conditional_escape(add_preserved_filters(back, changes.url_for_result(model)))
    # The key stands before what the address asks for, which could hold the same digits.
    before, _key, after = url.partition(ANY_KEY)
    classes = " ".join(LINK_CLASSES)

    def opened(row: Any) -> str:
        chosen = ""
        if changes.is_popup:
            value = row.serializable_value(str(changes.to_field or changes.pk_attname))
            chosen = f' data-popup-opener="{conditional_escape(value)}"'
        return f'<a href="{before}{quote(row.pk)}{after}" class="{classes}" {chosen}>'

    return opened


def _columns(changes: ChangeList, heads: Iterable[dict[str, Any]]) -> list[_Column]:
    names = list(changes.list_display)
    linked = [name for name in names if name in (changes.list_display_links or ())]
    return [
        _column(changes, place, head, is_link=name in linked, is_first=name in linked[:1])
        for place, (name, head) in enumerate(zip(names, heads, strict=True))
    ]


def _column(
    changes: ChangeList, place: int, head: dict[str, Any], *, is_link: bool, is_first: bool
) -> _Column:
    name = changes.list_display[place]
    classes = " ".join([f"field-{_coerce_field_name(name, place)}", *ROW_CLASSES])
    if name == "action_checkbox":
        classes = " ".join(CHECKBOX_CLASSES)
    tag = "th" if is_first else "td"
    label = conditional_escape(head["text"] if place or is_link else _("Select record"))
    end = f'" data-label="{label}">'
    begin = f'<{tag} class="{classes}'
    empty = changes.model_admin.get_empty_value_display()
    shown = _shown(changes, name, empty)
    return _Column(f"{begin} nowrap{end}", f"{begin}{end}", shown, empty, f"</{tag}>", is_link)


# What a column shows


def _shown(changes: ChangeList, name: Any, empty: str) -> Shown:
    """Of the model's own columns and of methods of the admin it is known once and for all."""
    model_admin = changes.model_admin
    own = {field.name: field for field in changes.model._meta.concrete_fields}
    if name in own and not own[name].auto_created:
        return _of_field(own[name], empty)
    if name in own or name == "__str__" or not hasattr(model_admin, str(name)):
        return partial(_looked_up, changes, name, empty)
    return _of_method(getattr(model_admin, name), name, empty)


def _of_field(field: Any, empty: str) -> Shown:
    on_one_line = isinstance(field, models.DateField | models.TimeField | models.ForeignKey)
    if isinstance(field.remote_field, models.ManyToOneRel):

        def shown(row: Any) -> tuple[Any, bool]:
            other = getattr(row, field.name)
            return empty if other is None else other, on_one_line

        return shown
    text: Callable[[Any], Any] = partial(display_for_field, field=field, empty_value_display=empty)
    if field.flatchoices or isinstance(field, models.BooleanField):
        text = cache(text)
    return lambda row: (text(getattr(row, field.name)), on_one_line)


def _of_method(method: Any, name: str, empty: str) -> Shown:
    text = _text_of(method, name, empty)

    def shown(row: Any) -> tuple[Any, bool]:
        value = method(row)
        return text(row, value), isinstance(value, datetime.date | datetime.time)

    return shown


def _looked_up(changes: ChangeList, name: Any, empty: str, row: Any) -> tuple[Any, bool]:
    """Of anything else, such as a property of the row."""
    _field, attribute, value = lookup_field(name, row, changes.model_admin)
    text = _text_of(attribute, name, empty)
    return text(row, value), isinstance(value, datetime.date | datetime.time)


def _text_of(attribute: Any, name: str, empty: str) -> Callable[[Any, Any], Any]:
    """The text of a value, as what it was read from says that it is to be shown."""
    empty = getattr(attribute, "empty_value_display", empty)
    if label := getattr(attribute, "label", False):
        return lambda _row, value: display_for_label(value, empty, label)
    if getattr(attribute, "dropdown", False):
        return lambda row, value: display_for_dropdown(row, name, value, empty)
    if getattr(attribute, "header", False):
        return lambda _row, value: display_for_header(value, empty)
    boolean = getattr(attribute, "boolean", False)
    return lambda _row, value: display_for_value(value, empty, boolean)
