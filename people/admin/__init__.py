"""The back office pages of people, of groups, and of everybody's own profile."""

from django.contrib import admin

from people.admin.groups import GroupAdmin
from people.admin.password_forms import OwnPasswordForm
from people.admin.person import UserAdmin

__all__ = ["GroupAdmin", "UserAdmin"]

admin.site.password_change_form = OwnPasswordForm  # type: ignore[attr-defined]  # Of our site.
