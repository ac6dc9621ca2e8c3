"""The way around the back office: a sidebar that shows each person what they may open."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from core import kept
from core.access import can

# What there is to do, and how much of it: the apps that know stand above this one.
_TO_DO, _COUNT = "operations.worklists.sidebar", "operations.worklists.count"

# title, icon, URL name, the label of the model to be seen there (empty: everybody; after a colon,
# what else than to see is done there)
_WORK = [
    (_("Home"), "home", "admin:index", ""),
    (_("My day"), "today", "my-day", "operations.job"),
    (_("Jobs"), "assignment", "admin:operations_job_changelist", "operations.job"),
    (_("Customers"), "storefront", "admin:operations_customer_changelist", "operations.customer"),
    (_("Sites"), "location_on", "admin:operations_site_changelist", "operations.site"),
    (
        _("Equipment"),
        "construction",
        "admin:operations_equipment_changelist",
        "operations.equipment",
    ),
]
_COMPANY = [
    (_("People"), "group", "admin:people_user_changelist", "people.user"),
    (_("Audit log"), "history", "admin:audit_log", "operations.job:audit"),
    (_("Groups"), "shield_person", "admin:auth_group_changelist", "auth.group"),
]

Item = tuple[str | Promise, str, str, str]


@dataclass(frozen=True)
class Entry:
    """A line of the sidebar that shows how much there is; `urgency` is unfold's colour of it."""

    title: str | Promise
    icon: str
    link: str
    count: str = ""
    urgency: str = "info"
    active: bool = False


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar of the person at hand, in unfold's terms."""
    to_do = import_string(_TO_DO)(request) if _may_open(request.user, "operations.job") else []
    work = _items(request, _WORK)
    if any(entry.active for entry in to_do):
        # unfold would mark the list of all jobs as well.
        work = [
            {**item, "active": False} if item["icon"] == "assignment" else item for item in work
        ]
    return [
        {"title": _("Work"), "items": work},
        {"title": _("To do"), "separator": True, "items": [_line(entry) for entry in to_do]},
        {"title": _("Company"), "separator": True, "items": _items(request, _COMPANY)},
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


def counts(request: HttpRequest) -> dict[str, int]:
    """How much there is to do, by name."""
    if "_counts" not in request.__dict__:
        since = kept.written(request)
        request.__dict__["_counts"] = counted(request.user, since=since)
    found: dict[str, int] = request.__dict__["_counts"]
    return found


def counted(user: Any, *, since: float = 0) -> dict[str, int]:
    """How much somebody has to do: counted once a minute, and after whatever they change."""
    count: partial[dict[str, int]] = partial(import_string(_COUNT), user)
    return kept.of(user, "counts", count, since=since)[0]


def _items(request: HttpRequest, items: Iterable[Item]) -> list[dict[str, Any]]:
    return [
        {"title": title, "icon": icon, "link": reverse(name)}
        for title, icon, name, label in items
        if _may_open(request.user, label)
    ]


def _may_open(user: Any, label: str) -> bool:
    if label == "auth.group":
        return bool(user.is_superuser)
    model, _colon, action = label.partition(":")
    return not label or can(user, action or "view", model)


def models(user: Any) -> list[tuple[str, str]]:
    """The label and icon of each model that the person may open, in the order of the sidebar."""
    return [
        (label, icon)
        for _title, icon, name, label in (*_WORK, *_COMPANY)
        if name.endswith("_changelist") and _may_open(user, label)
    ]


def account(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu behind the person's name."""
    return [{"title": _("My profile"), "link": reverse("admin:profile")}]


def stylesheet(request: HttpRequest) -> str:
    """Our own few rules, on unfold's variables."""
    return static("core/jobops.css")


def script(request: HttpRequest) -> str:
    """Our own small module for every page of the back office."""
    return static("core/jobops.js")


def reach_script(request: HttpRequest) -> str:
    """What has unfold's pages reached by the keyboard and named for who hears them."""
    return static("core/reach.js")


def dates_script(request: HttpRequest) -> str:
    """What shows beside a date, as it is typed, which day it is."""
    return static("core/dates.js")


def palette_script(request: HttpRequest) -> str:
    """What the palette that finds anything does beyond unfold's own."""
    return static("core/palette.js")


def icon(request: HttpRequest) -> str:
    """The product's icon."""
    return static("core/icon.svg")
