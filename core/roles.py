"""Who may do what: the one table behind every door (design section 3).

A row of the table names a model by its label, an action, and for each role how far it reaches.
What a `Scope` means for the rows of a model, its app declares (core/declarations.py). The groups of
the three roles, with their permissions, are made from the table after every migrate.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Flag, auto
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(models.TextChoices):
    """A role, as programs write it; its group is named in English whatever the language."""

    ADMIN = "admin", _("Admin")
    SALES_AGENT = "sales_agent", _("Sales agent")
    TECHNICIAN = "technician", _("Technician")

    @property
    def group_name(self) -> str:
        """The name of the Django group that this role is."""
        return self.value.replace("_", " ").capitalize()

    @classmethod
    def of_group(cls, name: str) -> Role | None:
        """The role that a group of this name is; None for a group of the company's own."""
        return next((role for role in cls if role.group_name == name), None)


def group_text(name: str) -> str:
    """A group as people read it: those of the roles are called as the roles are."""
    role = Role.of_group(name)
    return str(role.label) if role else name


class Scope(Flag):
    """Which rows: every one, or those in a relation to the person. Members add up with `|`."""

    NONE = 0
    ALL = auto()
    OWN = auto()  # The job's owner.
    ASSIGNED = auto()  # The job's technician.
    SHARED = auto()  # Shared with them, to view or to progress.
    SHARED_FOR_PROGRESS = auto()
    OF_SEEN_JOBS = auto()  # Customers and sites of the jobs they see.
    SELF = auto()  # Their own row among the people.
    NOT_SUPERUSER = auto()


_ADMIN, _SALES, _TECH = Role.ADMIN, Role.SALES_AGENT, Role.TECHNICIAN
Rights = Mapping[str, Mapping[Role, Scope]]

_SEE_JOBS = {
    _ADMIN: Scope.ALL,
    _SALES: Scope.OWN | Scope.SHARED,
    _TECH: Scope.ASSIGNED | Scope.SHARED,
}
_EDIT_JOBS = {_ADMIN: Scope.ALL, _SALES: Scope.OWN}
_PROGRESS_JOBS = {_ADMIN: Scope.ALL, _TECH: Scope.ASSIGNED | Scope.SHARED_FOR_PROGRESS}
_EXPORT_JOBS = {_ADMIN: Scope.ALL, _SALES: Scope.OWN | Scope.SHARED}
_ADMIN_ALONE = {_ADMIN: Scope.ALL}
_ADMIN_AND_SALES = {_ADMIN: Scope.ALL, _SALES: Scope.ALL}
_EVERYBODY = dict.fromkeys(Role, Scope.ALL)
_PLACES: Rights = {
    "view": _ADMIN_AND_SALES | {_TECH: Scope.OF_SEEN_JOBS},
    "add": _ADMIN_AND_SALES,
    "change": _ADMIN_AND_SALES,
    "delete": _ADMIN_ALONE,
    "audit": _ADMIN_ALONE,
    "import": _ADMIN_ALONE,
    "export": _ADMIN_AND_SALES,
}

RIGHTS: dict[str, Rights] = {
    "operations.job": {
        "view": _SEE_JOBS,
        "add": _ADMIN_AND_SALES,
        "change": _EDIT_JOBS,
        "hand_over": _ADMIN_ALONE,
        "progress": _PROGRESS_JOBS,
        "cancel": _EDIT_JOBS,
        "reopen": _EDIT_JOBS,
        "delete": _ADMIN_ALONE,
        "share": _EDIT_JOBS,
        "audit": _SEE_JOBS,
        "import": _ADMIN_ALONE,
        "export": _EXPORT_JOBS,
    },
    "operations.task": {
        "view": _SEE_JOBS,
        "add": _EDIT_JOBS,
        "change": _EDIT_JOBS,
        "delete": _EDIT_JOBS,
        "progress": _PROGRESS_JOBS,
        "audit": _SEE_JOBS,
        "import": _ADMIN_ALONE,
        "export": _EXPORT_JOBS,
    },
    "operations.jobshare": {
        "view": _SEE_JOBS,
        "add": _EDIT_JOBS,
        "change": _EDIT_JOBS,
        "delete": _EDIT_JOBS,
        "audit": _SEE_JOBS,
    },
    "operations.customer": _PLACES,
    "operations.site": _PLACES,
    "operations.equipment": {
        "view": _EVERYBODY,
        "add": _ADMIN_ALONE,
        "change": _ADMIN_ALONE,
        "delete": _ADMIN_ALONE,
        "audit": _ADMIN_ALONE,
        "import": _ADMIN_ALONE,
        "export": _ADMIN_AND_SALES,
    },
    "people.user": {
        "view": _EVERYBODY,
        "add": _ADMIN_ALONE,
        "change": {_ADMIN: Scope.NOT_SUPERUSER},
        "change_profile": {
            _ADMIN: Scope.SELF,
            _SALES: Scope.SELF,
            _TECH: Scope.SELF,
        },
        "delete": {_ADMIN: Scope.NOT_SUPERUSER},
        "audit": _ADMIN_ALONE,
        "import": _ADMIN_ALONE,
        "export": _ADMIN_AND_SALES,
    },
    # No rows of their own: figures, and what runs in the background.
    "reports.analytics": {"view": _ADMIN_ALONE},
    "django_q.schedule": {"view": _ADMIN_ALONE, "change": _ADMIN_ALONE},
}


def make_groups(**_signal: Any) -> None:
    """Make the three groups and give each exactly the permissions of the table. Idempotent."""
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import Group, Permission

    labels = [label for label in RIGHTS if apps.is_installed(label.split(".")[0])]
    for app in {label.split(".")[0] for label in labels}:
        create_permissions(apps.get_app_config(app), verbosity=0)
    known = {
        (f"{p.content_type.app_label}.{p.content_type.model}", p.codename): p
        for p in Permission.objects.select_related("content_type")
    }
    for role in Role:
        group, _created = Group.objects.get_or_create(name=role.group_name)
        group.permissions.set(
            known[label, codename(label, action)]
            for label in labels
            for action, scopes in RIGHTS[label].items()
            if role in scopes
        )


# What a group lets people do, in words.
ACTIONS = {
    "view": pgettext_lazy("action", "see"),
    "add": pgettext_lazy("action", "add"),
    "change": pgettext_lazy("action", "change"),
    "delete": pgettext_lazy("action", "delete"),
    "hand_over": pgettext_lazy("action", "hand over"),
    "progress": pgettext_lazy("action", "progress"),
    "cancel": pgettext_lazy("action", "cancel"),
    "reopen": pgettext_lazy("action", "reopen"),
    "share": pgettext_lazy("action", "share"),
    "audit": pgettext_lazy("action", "read in the audit log"),
    "import": pgettext_lazy("action", "import"),
    "export": pgettext_lazy("action", "export"),
    "change_profile": pgettext_lazy("action", "change one's own"),
}


def codename(label: str, action: str) -> str:
    """The codename of the permission for an action on a model, as Django writes it."""
    return f"{action}_{label.split('.')[1]}"
