"""The form of a person, as an Admin fills it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from core.backoffice.forms import RecordedForm
from core.refusals import Refused
from core.roles import Role
from core.text.typed import folded
from people.models import User


class _RolesField(forms.MultipleChoiceField):
    def __init__(self) -> None:
        super().__init__(
            choices=Role.choices,
            required=False,
            label=gettext_lazy("Roles"),
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
            help_text=gettext_lazy("A person may do what any of their roles allows."),
        )


class PersonForm(RecordedForm):
    """A person as an Admin edits them; only a superuser's form has groups and superuser."""

    roles = _RolesField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "is_active" in self.fields:
            self.fields["is_active"].help_text = _(
                "An inactive person cannot sign in; their history is kept."
            )
        if self.instance.pk:
            self.initial["roles"] = [role.value for role in self.instance.roles]
        if "groups" in self.fields:
            own = Group.objects.exclude(name__in=[role.group_name for role in Role])
            groups: Any = self.fields["groups"]
            # Not those of the roles, which the row has as well.
            groups.queryset, groups.known = own, {}
            if self.instance.pk:
                self.initial["groups"] = own.filter(user=self.instance)

    def clean(self) -> dict[str, Any]:
        """The last active Admin stays one, and whoever asks stays in."""
        data = super().clean()
        person, roles = self.instance, data.get("roles", self.initial.get("roles", []))
        active = data.get("is_active", person.is_active)
        if person.pk:
            try:
                person.check_last_admin(stays=active and Role.ADMIN in roles)
                person.check_stays_in(active=active)
            except Refused as refused:
                self.add_error("roles" if active else "is_active", refused.message)
        return data

    def _wanted(self, data: dict[str, Any]) -> dict[str, Any]:
        """Roles are groups, and on record as such."""
        wanted = super()._wanted(data)
        if "roles" in data and {"roles", "groups"} & set(self.changed_data):
            kept = self.instance.groups.exclude(name__in=[role.group_name for role in Role])
            wanted["groups"] = [
                *(Role(role).group_name for role in data["roles"]),
                *data.get("groups", kept),
            ]
        return wanted

    def add_error(self, field: str | None, error: Any) -> None:
        unnamed = field == "groups" and "groups" not in self.fields
        super().add_error("roles" if unnamed else field, error)

    def rights(self) -> dict[str, Any]:
        """The roles and groups of the company's own that the form gives, as the account's act takes
        them: what it does not hold stays."""
        given = {name: self.cleaned_data.get(name) for name in ("roles", "groups")}
        if given["roles"] is not None:
            given["roles"] = [Role(role) for role in given["roles"]]
        return given

    def _save_m2m(self) -> None:
        """They are given with the rest."""


class NewPersonForm(PersonForm):
    """A new person, who sets their password themselves, by a link."""

    def clean_username(self) -> str:
        """Told once and alike on every database, which Django's own is not."""
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username_folded=folded(name)).exists():
            raise ValidationError(_("Another person has this user name."))
        return name
