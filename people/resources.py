"""People as rows of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.fields import Field
from import_export.widgets import Widget

from core.access import can, command_line_user
from core.record import audit
from core.record.cells import ChoiceWidget, MultiValueColumn, Row, cell_text
from core.record.lines import Line
from core.record.resources import RecordedResource
from core.roles import Role
from people import accounts
from people.models import User

_BETWEEN = re.compile(r"[,;/|&+\n]+")


class RolesWidget(Widget):  # type: ignore[misc]  # The library has no types.
    """Roles as programs write them, or as people read them, with blanks or any of the usual signs
    between."""

    choices = Role.choices
    _role = ChoiceWidget(choices)

    def names(self, value: Any) -> list[str]:
        """The roles that a cell says; one of two words is one, if it is alone between commas."""
        parts = _BETWEEN.split(cell_text(value))
        return [
            name
            for part in parts
            for name in ([part.strip()] if self._role.meaning(part) else part.split())
        ]

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> list[Role]:
        named = [self._role.meaning(name) for name in self.names(value)]
        if None in named:
            raise ValueError(_("Write one or more of: %(roles)s.") % {"roles": _words(Role)})
        return [role for role in Role if role.value in named]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return _words(value or ())


def _held(groups: Iterable[str]) -> list[str]:
    """The roles that groups are, in their order; groups of the company's own are none."""
    names = set(groups)
    return [role.value for role in Role if role.group_name in names]


def _words(roles: Iterable[Role]) -> str:
    return " ".join(role.value for role in roles)


class UserResource(RecordedResource):
    """People by user name. A new one has no password yet, and gets a link by which they set one;
    passwords are never in a file.

    They go one by one: what one of them loses, another one has to hold.
    """

    is_one: ClassVar = True
    required: ClassVar = frozenset({"username"})
    titles: ClassVar = {"roles": gettext_lazy("Roles")}
    read_from: ClassVar = {"roles": MultiValueColumn("groups__name", _held, " ".join)}
    synonyms: ClassVar = {
        "username": ("user", "login", "benutzer", "benutzername", "anmeldename", "kürzel"),
        "email": ("mail", "e-mail", "email address", "e-mail-adresse"),
        "first_name": ("given name", "firstname", "vorname"),
        "last_name": ("surname", "family name", "lastname", "nachname", "zuname"),
        "phone": ("tel", "telefon", "telefonnummer", "telephone", "mobile", "mobil", "handy"),
        "roles": ("role", "rolle", "rollen", "function", "funktion"),
        "is_active": ("aktiv", "enabled"),
    }
    words: ClassVar = {
        "roles": {
            "admin": ("administrator", "office", "büro", "chef"),
            "sales_agent": ("sales", "agent", "vertrieb", "kundenbetreuer"),
            "technician": ("tech", "techniker", "monteur"),
        }
    }
    examples: ClassVar = {
        "username": "aberger",
        "email": "anna.berger@example.com",
        "first_name": "Anna",
        "last_name": "Berger",
        "phone": "+43 1 555 0101",
        "roles": "technician",
        "is_active": "yes",
    }

    roles = Field(attribute="roles", column_name="roles", widget=RolesWidget())

    class Meta:
        model = User
        import_id_fields = ("username",)
        fields = ("username", "email", "first_name", "last_name", "phone", "roles", "is_active")

    @classmethod
    def columns_for(cls, user: Any) -> frozenset[str] | None:
        """Who may not change people sees of them what everybody does (people/api.py)."""
        if can(user, "change", User):
            return None
        return frozenset({"first_name", "last_name", "phone", "roles"})

    def fresh(self, line: Line) -> User:
        return User(date_joined=audit.now())

    def put(self, line: Line) -> None:
        line.is_alone = True
        super().put(line)

    def put_value(self, line: Line, name: str, value: Any) -> None:
        if name != "roles":
            super().put_value(line, name, value)
        elif line.is_new or value != line.row.roles:
            line.extra["roles"] = value
            now = [] if line.is_new else line.row.roles
            self.note(line, name, _words(now), _words(value))

    def is_changed(self, line: Line) -> bool:
        return "roles" in line.extra or super().is_changed(line)

    def write_alone(self, line: Line) -> None:
        by = self.by or command_line_user()
        outcome = accounts.save_account(line.row, by=by, roles=line.extra.get("roles"))
        line.warn(outcome.warnings)
