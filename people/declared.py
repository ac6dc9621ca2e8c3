"""What the people bring to the house (core/declarations.py)."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.declarations import (
    SUNDAY,
    ApiSignIn,
    BackgroundFunction,
    Branding,
    FileKind,
    FullExportRows,
    Grants,
    NoticeKind,
    OnBounce,
    Page,
    PutBack,
    Routes,
    Scheduled,
    Section,
    Stylesheet,
    Urls,
    View,
)
from core.roles import Role, Scope
from people.declarations import Step

COMPANY = "people.company"


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
        found_first=True,
    ),
    Page(
        Section.COMPANY,
        _("Groups"),
        "shield_person",
        "admin:auth_group_changelist",
        place=30,
        opens=_is_superuser,
    ),
    Stylesheet("people/people.css"),
    PutBack("people.user", "people.accounts.put_back"),
    View("<int:pk>/password-link/", "people.admin.password.link", "password_link", "people.user"),
    View("<int:pk>/mail-works/", "people.admin.mail.works_again", "mail_works", "people.user"),
    View("company/", "people.admin.company.page", name="company"),
    View("set-up/name/", "people.admin.set_up.own_name", name="own_name"),
    View("set-up/<slug:step>/skip/", "people.admin.set_up.skip", name="skip_step"),
    Page(Section.COMPANY, _("Company"), "apartment", "admin:company", COMPANY, "change", place=5),
    Grants(
        COMPANY, {action: {Role.ADMIN: Scope.ALL} for action in ("view", "add", "change", "audit")}
    ),
    Branding("people.logo.shown"),
    Urls("company-logo/", "people.logo"),
    Step(
        "company",
        _("Your company"),
        _("Its name, address and logo. The name and logo appear on the sign-in page."),
        _("Name the company"),
        "apartment",
        "admin:company",
        COMPANY,
        place=10,
        having={"name__gt": ""},
    ),
    Step(
        "people",
        _("People"),
        _("Those who take calls and those who go out. Each sets their own password with a link."),
        _("Add a person"),
        "group",
        "admin:people_user_add",
        "people.user",
        place=40,
        least=2,
        having={"is_active": True},
    ),
    View("profile/", "people.admin.profile.page", name="profile"),
    Page(Section.ACCOUNT, _("My profile"), "person", "admin:profile"),
    Urls("set-password/", "people.password_page"),
    Urls("forgotten-password/", "people.forgotten"),
    FileKind("people", "people.user", "people.resources.UserResource", _("People")),
    # Whoever comes to a new installation sets a new password, by a link.
    FullExportRows("people.user", without=("password", "sign_in_key")),
    FullExportRows("people.logo"),
    ApiSignIn("people.api.CALLERS"),
    Routes("people.api.router"),
    NoticeKind(
        "invitation",
        _("Invitations"),
        _("You get this because a colleague created an account for you."),
        "people.invitations.parts",
        is_optional=False,
    ),
    NoticeKind(
        "password",
        _("Password links"),
        _("You get this because somebody asked for a new password for your account."),
        "people.invitations.parts",
        is_optional=False,
    ),
    NoticeKind(
        "returned",
        _("Mail to people that came back"),
        _("You get this because you are an Admin, and mail no longer reaches somebody."),
        "people.returned.parts",
        roles=(Role.ADMIN,),
    ),
    OnBounce("people.returned.came_back"),
    Scheduled(
        "prune sign-ins of programs",
        "people.tasks.prune",
        at=time(3, 10),
        weekday=SUNDAY,
        title=_("Delete expired sign-ins of programs"),
    ),
    BackgroundFunction("people.tasks.send_link", _("Send a link for a forgotten password")),
)
