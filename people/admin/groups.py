"""Groups of the company's own in the back office."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display

from core.backoffice.forms import RefusableForm
from core.backoffice.once import SavesOnce
from core.backoffice.writing import DomainWrites
from core.record.acts import Outcome
from core.roles import ACTIONS, RIGHTS, Role, codename, group_text
from core.text.typed import folded, one_line
from people import accounts

admin.site.unregister(Group)


class GroupForm(RefusableForm):
    """A group, whose name looks like that of no other, nor like a role's."""

    def clean_name(self) -> str:
        """Raises `ValidationError` for a name that shows nothing, or looks like another one's."""
        name: str = self.cleaned_data["name"]
        if self.instance.pk and name == self.initial["name"]:
            return name
        kept = one_line(name)
        if not kept:
            raise ValidationError(_("Give the group a name."))
        others = Group.objects.exclude(pk=self.instance.pk).values_list("name", flat=True)
        if folded(kept) in map(folded, others):
            raise ValidationError(_("There is a group of this name already."))
        return kept


class Permissions(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # Not at run time.
    """What the table of roles knows of, in words; packages have more, which nothing asks for."""

    def __init__(self, queryset: QuerySet[Permission], **kwargs: Any) -> None:
        asked = Q()
        for label, actions in RIGHTS.items():
            app, model = label.split(".")
            names = [codename(label, action) for action in actions]
            asked |= Q(content_type__app_label=app, content_type__model=model, codename__in=names)
        super().__init__(queryset.filter(asked), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        """The model, and what can be done to it."""
        action = obj.codename.removesuffix(f"_{obj.content_type.model}")
        return f"{capfirst(obj.content_type.name)}: {ACTIONS[action]}"


@admin.register(Group)
class GroupAdmin(SavesOnce, DomainWrites, DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]  # As above.
    """Groups of the company's own. Only a superuser edits what a group may do; the groups of the
    three roles are made from core/roles.py and stay as they are."""

    form = GroupForm
    change_form_before_template = "core/form_state.html"
    change_list_template = "core/change_list.html"
    list_display = ("group",)

    def _may(self, request: HttpRequest, obj: Group | None) -> bool:
        role = obj is not None and Role.of_group(obj.name) is not None
        return request.user.is_superuser and not role

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return self._may(request, obj)

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        kwargs["form_class"] = Permissions
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @display(description=gettext_lazy("name"), ordering="name")
    def group(self, obj: Group) -> str:
        return group_text(obj.name)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Group | None:
        """Django's; an address can name no column at all: `?_to_field=`."""
        found: Group | None = super().get_object(request, object_id, from_field or None)
        return found

    def write_form(self, form: Any, *, by: Any) -> Outcome[Group]:
        """What it may do is part of the group."""
        return accounts.save_group(form.instance, by=by, may=form.cleaned_data["permissions"])

    def save_related(self, *_given: Any) -> None:
        """Saved with the group."""

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        accounts.delete_group(obj, by=request.user)  # type: ignore[arg-type]  # Signed in.

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        by: Any = request.user
        with transaction.atomic():
            for group in queryset:
                accounts.delete_group(group, by=by)
