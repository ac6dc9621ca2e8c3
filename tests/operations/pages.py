"""What a browser makes of a page: the fields of its forms with their values, and its words."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse

from operations.states import Verb

Fields = dict[str, Any]


class _Reader(HTMLParser):
    """Reads the controls of each form of a page, and the text outside of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[dict[str, str | None], Fields]] = []
        self._inside = False
        self.words: list[str] = []
        self._select: str | None = None
        self._multiple = False
        self._textarea: str | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        name = (of.get("name") or "") if self._inside else ""
        if tag in {"script", "style", "template"}:
            self._silent += 1
        if tag == "form":
            self.forms.append((of, {}))
            self._inside = True
        elif tag == "input" and name and of.get("type") not in {"submit", "button"}:
            if of.get("type") != "checkbox" or "checked" in of:
                self._put(name, of.get("value") or ("on" if of.get("type") == "checkbox" else ""))
        elif tag == "textarea" and name:
            self._textarea = name
            self._put(name, "")
        elif tag == "select" and name:
            self._select, self._multiple = name, "multiple" in of
            self._put(name, [] if self._multiple else "")
        elif tag == "option" and self._select and "selected" in of:
            self._choose(of.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "template"}:
            self._silent -= 1
        elif tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._textarea = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._textarea:
            fields = self.forms[-1][1]
            # A browser drops the line break right after the tag.
            text = fields[self._textarea] + data
            fields[self._textarea] = text.removeprefix("\n")
        elif not self._silent:
            self.words.append(data)

    def _put(self, name: str, value: Any) -> None:
        self.forms[-1][1][name] = value

    def _choose(self, value: str) -> None:
        if self._multiple:
            self.forms[-1][1][self._select].append(value)
        else:
            self._put(self._select or "", value)


def _read(page: Any) -> _Reader:
    """What the page holds; read once, however much is asked of it."""
    if not hasattr(page, "reader"):
        page.reader = _Reader()
        page.reader.feed(page.content.decode())
    reader: _Reader = page.reader
    return reader


def fields(page: HttpResponse, form_id: str = "", *, action: str = "") -> Fields:
    """What a browser would send of the form with this id or action; of the last one if not said."""
    forms = [
        sent
        for of, sent in _read(page).forms
        if form_id in {"", of.get("id")} and action in {"", of.get("action")}
    ]
    unsent = ("csrfmiddlewaretoken", "__prefix__")
    return {n: value for n, value in forms[-1].items() if not any(each in n for each in unsent)}


def words(page: HttpResponse) -> str:
    """The text of the page as people read it, white space as single blanks."""
    return " ".join("".join(_read(page).words).split())


def messages(page: HttpResponse) -> list[str]:
    """What the page tells about the act before."""
    return [str(message) for message in page.context["messages"]]


def errors(page: HttpResponse) -> dict[str, list[str]]:
    """The errors of the admin's form and its rows, by the name of the field as it is sent.

    What stands above the form is under `__all__`, above a row under `tasks-0-__all__`, above
    all rows under `tasks-`.
    """
    found: dict[str, list[str]] = dict(page.context["adminform"].form.errors)
    for inline in page.context["inline_admin_formsets"]:
        formset = inline.formset
        for form in formset.forms:
            found |= {f"{form.prefix}-{name}": list(e) for name, e in form.errors.items()}
        if formset.non_form_errors():
            found[f"{formset.prefix}-"] = list(formset.non_form_errors())
    return {name: list(e) for name, e in found.items()}


def verbs(page: HttpResponse) -> list[str]:
    """The verbs that the page of a job offers."""
    head = page.context["head"]
    named = [button.name for button in (*head.buttons, *head.menu)]
    return [name for name in named if name in list(Verb)]
