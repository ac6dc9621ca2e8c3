"""The way around the back office: a sidebar that shows each person what they may open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from core.access import can
from core.declarations import Home, HomeWarnings, Page, Section, Tabs, ToDo, collected


@dataclass(frozen=True)
class Entry:
    """A line of the sidebar that shows how much there is; `urgency` is unfold's colour of it."""

    title: str | Promise
    icon: str
    link: str
    count: str = ""
    urgency: str = "info"
    active: bool = False


@dataclass(frozen=True)
class Warned:
    """What the start page warns of: a sentence, and where there is more of it."""

    text: str
    link: str
    more: str


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar of the person at hand, in unfold's terms."""
    to_do = _to_do(request)
    # unfold would mark the list whose rows these are as well.
    narrowed = {urlsplit(entry.link).path for entry in to_do if entry.active}
    work, company = (
        [
            {**item, "active": False} if urlsplit(item["link"]).path in narrowed else item
            for item in _items(request.user, section)
        ]
        for section in (Section.WORK, Section.COMPANY)
    )
    return [
        {"title": _("Work"), "items": work},
        {"title": _("To do"), "separator": True, "items": [_line(entry) for entry in to_do]},
        {"title": _("Company"), "separator": True, "items": company},
    ]


def _to_do(request: HttpRequest) -> list[Entry]:
    return [
        entry
        for each in collected(ToDo)
        if can(request.user, "view", each.model)
        for entry in import_string(each.shown)(request)
    ]


def _line(entry: Entry) -> dict[str, Any]:
    return {
        "title": entry.title,
        "icon": entry.icon,
        "link": entry.link,
        "badge": entry.count,
        "badge_variant": entry.urgency,
        "active": entry.active,
    }


def _items(user: Any, section: Section) -> list[dict[str, Any]]:
    return [
        {"title": page.title, "icon": page.icon, "link": _link(page)}
        for page in _pages(section)
        if _may_open(user, page)
    ]


def _link(page: Page) -> str:
    return f"{reverse(page.url)}?{page.query}" if page.query else reverse(page.url)


def _pages(*sections: Section) -> Iterable[Page]:
    """The pages of these sections, each section in its order."""
    for section in sections:
        pages = [page for page in collected(Page) if page.section is section]
        yield from sorted(pages, key=lambda page: page.place)


def _may_open(user: Any, page: Page) -> bool:
    if page.opens:
        return page.opens(user)
    return not page.model or can(user, page.action, page.model)


def models(user: Any) -> list[tuple[str, str]]:
    """The label and icon of each model whose rows the palette finds for the person: those to be
    shown first, then in the order of the sidebar."""
    pages = sorted(_pages(*Section), key=lambda page: not page.found_first)
    return [(page.model, page.icon) for page in pages if page.is_found and _may_open(user, page)]


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """unfold's callback for the tabs above lists."""
    return [tab for each in collected(Tabs) for tab in import_string(each.shown)(request)]


def home() -> Home:
    """The start page, which one of the apps declares."""
    return collected(Home)[0]


def home_context(request: HttpRequest, base: dict[str, Any]) -> dict[str, Any]:
    """unfold's callback for the start page."""
    context: dict[str, Any] = import_string(home().context)(request, base)
    warnings = [
        line for each in collected(HomeWarnings) for line in import_string(each.shown)(request)
    ]
    return {**context, "warnings": warnings}


def after_sign_in(request: HttpRequest) -> str:
    """Where somebody comes who asked for nothing but to be signed in."""
    instead: str = import_string(home().instead)(request) if home().instead else ""
    return instead or reverse("admin:index")


def account(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu behind the person's name."""
    items = _items(request.user, Section.ACCOUNT)
    return [{"title": item["title"], "link": item["link"]} for item in items]


def stylesheet(request: HttpRequest) -> str:
    """Our own few rules, on unfold's variables."""
    return static("core/jobops.css")


def lists_stylesheet(request: HttpRequest) -> str:
    """How lists look: days above their rows, and cards on a phone."""
    return static("core/lists.css")


def forms_stylesheet(request: HttpRequest) -> str:
    """How forms say what is wrong with them."""
    return static("core/forms.css")


def script(request: HttpRequest) -> str:
    """Our own small module for every page of the back office."""
    return static("core/jobops.js")


def accessibility_script(request: HttpRequest) -> str:
    """What has unfold's pages reached by the keyboard and named for who hears them."""
    return static("core/accessibility.js")


def dates_script(request: HttpRequest) -> str:
    """What shows beside a date, as it is typed, which day it is."""
    return static("core/dates.js")


def palette_script(request: HttpRequest) -> str:
    """What the palette that finds anything does beyond unfold's own."""
    return static("core/palette.js")


def cursor_script(request: HttpRequest) -> str:
    """What has the cursor stand in the first field, or in the first one that is wrong."""
    return static("core/cursor.js")


def icon(request: HttpRequest) -> str:
    """The product's icon."""
    return static("core/icon.svg")
