"""Groups of the company's own in the back office."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from core.backoffice.forms import RefusableForm
from core.backoffice.once import SavesOnce
from core.roles import Role
from core.serving import log
from core.text import folded, one_line
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


@admin.register(Group)
class GroupAdmin(SavesOnce, DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]  # As above.
    """Groups of the company's own. Only a superuser edits what a group may do; the groups of the
    three roles are made from core/roles.py and stay as they are."""

    form = GroupForm
    change_form_before_template = "core/form_state.html"
    change_list_template = "core/change_list.html"

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

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Group | None:
        """Django's; an address can name no column at all: `?_to_field=`."""
        found: Group | None = super().get_object(request, object_id, from_field or None)
        return found

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        group = form.instance
        given = " ".join(sorted(group.permissions.values_list("codename", flat=True)))
        log.note("group saved", by=request.user.get_username(), group=group, may=given)

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        accounts.delete_group(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        with transaction.atomic():
            for group in queryset:
                accounts.delete_group(group)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Group]) -> Any:
        for group in queryset:
            log.note("group deleted", by=request.user.get_username(), group=group)
        return super().log_deletions(request, queryset)
