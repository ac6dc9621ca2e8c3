"""The back office pages of people, of groups, and of everybody's own profile."""

from people.admin.groups import GroupAdmin
from people.admin.person import UserAdmin

__all__ = ["GroupAdmin", "UserAdmin"]
