"""What is wrong with a form, told above it by name, each a link to its field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.template import Context, Library
from django.utils.text import capfirst

from core.backoffice.chosen import FilledByBox

register = Library()


@dataclass(frozen=True)
class Fault:
    """A field with what is wrong with it; `of` is the row that it belongs to, within another."""

    name: str
    sentences: list[str]
    target: str
    of: str = ""


@register.simple_tag(takes_context=True)
def faults(context: Context) -> list[Fault]:
    """What is wrong with the form of the page at hand, and with those of the rows within it."""
    adminform = context.get("adminform")
    form = adminform.form if adminform else context.get("form")
    found = [*_of_form(form)] if hasattr(form, "visible_fields") else []
    for inline in context.get("inline_admin_formsets") or ():
        noun = capfirst(inline.opts.verbose_name)
        for number, each in enumerate(inline.formset.forms, 1):
            found += _of_form(each, of=f"{noun} {number}")
    return found


def _of_form(form: Any, *, of: str = "") -> Iterator[Fault]:
    """In the order of the fields; `parts` of a form are forms whose place is that of a field."""
    parts = getattr(form, "parts", {})
    for field in form:
        if field.errors and _is_shown(field):
            name = str(field.label).rstrip(":")
            yield Fault(name, list(map(str, field.errors)), field.id_for_label, of)
        if part := parts.get(field.name):
            yield from _of_form(part, of=str(part.title))


def _is_shown(field: Any) -> bool:
    return not field.is_hidden or isinstance(field.field.widget, FilledByBox)
