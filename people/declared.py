"""What the people bring to the house (core/declarations.py)."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.declarations import SUNDAY, Callers, Page, Routes, Scheduled, Section, Urls, View


def _is_superuser(user: Any) -> bool:
    return bool(user.is_superuser)


DECLARED = (
    Page(
        Section.COMPANY,
        _("People"),
        "group",
        "admin:people_user_changelist",
        "people.user",
        place=10,
        is_found=True,
    ),
    Page(
        Section.COMPANY,
        _("Groups"),
        "shield_person",
        "admin:auth_group_changelist",
        place=30,
        opens=_is_superuser,
    ),
    View("<int:pk>/password-link/", "people.admin.password.link", "password_link", "people.user"),
    View("profile/", "people.admin.profile.page", name="profile"),
    Page(Section.ACCOUNT, _("My profile"), "person", "admin:profile"),
    Urls("set-password/", "people.password_link"),
    Callers("people.api.CALLERS"),
    Routes("people.api.router"),
    Scheduled("prune sign-ins of programs", "people.tasks.prune", at=time(3, 10), weekday=SUNDAY),
)
