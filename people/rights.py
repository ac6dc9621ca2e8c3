"""What a person holds: their groups, and permissions of their own. Every call asks for both."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import QuerySet, Value

from core.database.compiled import Compiled
from core.roles import Role


def held_by(person: int) -> tuple[set[str], set[str]]:
    """The names of a person's groups; and the permissions (`app.codename`) given to them, or to
    a group of the company's own. One question."""
    rows = _HELD.rows(person)
    groups = {name for app, name in rows if not app}
    return groups, {f"{app}.{name}" for app, name in rows if app}


def _held(person: int) -> QuerySet[Any, Any]:
    """Names of groups, each beside an empty app; then codenames of permissions beside their app."""
    people: Any = get_user_model()
    roles = [role.group_name for role in Role]
    code = ("permission__content_type__app_label", "permission__codename")
    own = people.user_permissions.through._base_manager.filter(user=person)
    memberships = people.groups.through._base_manager.filter(user=person)
    companys = memberships.exclude(group__name__in=roles).values("group")
    given: Any = Group.permissions.through._base_manager.filter(group__in=companys)
    groups = memberships.values_list(Value(""), "group__name")
    found: QuerySet[Any, Any] = groups.union(own.values_list(*code), given.values_list(*code))
    return found


_HELD: Compiled[Any] = Compiled(_held)
