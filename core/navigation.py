"""The way around the back office: a sidebar that shows each person what they may open."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.access import can

# title, icon, URL name, the label of the model to be seen there (empty: everybody)
_WORK = [
    (_("Home"), "home", "admin:index", ""),
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
    (_("Groups"), "shield_person", "admin:auth_group_changelist", "auth.group"),
]

Item = tuple[str | Promise, str, str, str]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar of the person at hand, in unfold's terms."""
    return [
        {"title": _("Work"), "items": _items(request, _WORK)},
        {"title": _("Company"), "separator": True, "items": _items(request, _COMPANY)},
    ]


def _items(request: HttpRequest, items: Iterable[Item]) -> list[dict[str, Any]]:
    return [
        {"title": title, "icon": icon, "link": reverse(name)}
        for title, icon, name, label in items
        if _may_open(request.user, label)
    ]


def _may_open(user: Any, label: str) -> bool:
    if label == "auth.group":
        return bool(user.is_superuser)
    return not label or can(user, "view", label)


def account(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu behind the person's name."""
    return [{"title": _("My profile"), "link": reverse("admin:profile")}]


def stylesheet(request: HttpRequest) -> str:
    """Our own few rules, on unfold's variables."""
    return static("core/jobops.css")


def script(request: HttpRequest) -> str:
    """Our own small module for every page of the back office."""
    return static("core/jobops.js")


def icon(request: HttpRequest) -> str:
    """The product's icon."""
    return static("core/icon.svg")
