"""People as rows of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import Widget

from core.record import audit
from core.record.resources import RecordedResource, Row, cell_text
from core.roles import Role
from people.models import User


class RolesWidget(Widget):  # type: ignore[misc]  # The library has no types.
    """Roles as programs write them, with blanks or commas between."""

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> list[Role]:
        words = set(re.split(r"[\s,;]+", cell_text(value).lower())) - {""}
        if not words <= set(Role.values):
            raise ValueError(_("Write one or more of: %(roles)s.") % {"roles": _words(Role)})
        return [role for role in Role if role.value in words]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return _words(value or ())


def _words(roles: Iterable[Role]) -> str:
    return " ".join(role.value for role in roles)


class UserResource(RecordedResource):
    """People by user name. A new one has no password yet; passwords are never in a file."""

    roles = Field(attribute="given_roles", widget=RolesWidget())

    class Meta:
        model = User
        import_id_fields = ("username",)
        fields = ("username", "email", "first_name", "last_name", "phone", "roles", "is_active")

    def after_init_instance(self, instance: User, new: bool, row: Row, **kwargs: Any) -> None:  # noqa: FBT001
        super().after_init_instance(instance, new, row, **kwargs)
        instance.given_roles = instance.roles  # type: ignore[attr-defined]  # Of this row alone.
        if new:
            instance.date_joined = audit.now()
            instance.set_unusable_password()

    def dehydrate_roles(self, user: User) -> str:
        """The roles held, in a file."""
        return _words(user.roles)

    def write(self, instance: Any) -> None:
        super().write(instance)
        instance.set_roles(instance.given_roles)
