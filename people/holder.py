"""What a person holds, and what follows from it: roles, permissions, and what nobody may take."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.record import audit
from core.refusals import Refused
from core.roles import Role
from people import rights
from people.user_queries import OWNERS


class Holder:
    """Of a person: the roles and rights they hold."""

    pk: Any
    name: Any
    groups: Any
    loaded: Any
    is_active: Any
    is_superuser: Any

    @property
    def roles(self) -> list[Role]:
        """The roles held, in the order of the table."""
        return [role for role in Role if role.group_name in self._group_names]

    @property
    def is_owner(self) -> bool:
        """Can this person answer for a job? As `User.objects.owners()` has it."""
        holds = not set(OWNERS).isdisjoint(self.roles)
        return self.is_active and (self.is_superuser or holds)

    @property
    def _group_names(self) -> set[str]:
        if self.pk is None:
            return set()
        if not hasattr(self, "_group_names_read"):
            if "groups" in getattr(self, "_prefetched_objects_cache", {}):
                self._group_names_read = {group.name for group in self.groups.all()}
            else:
                # Whoever asks for one asks for the other, sooner or later.
                self._read_rights()
        return self._group_names_read

    @property
    def own_permissions(self) -> set[str]:
        """Permissions (`app.codename`) given to this person, or to a group of the company's own.

        The groups of the three roles do not count: core/roles.py says how far those reach.
        """
        if not hasattr(self, "_own_permissions_read"):
            self._read_rights()
        return self._own_permissions_read

    def _read_rights(self) -> None:
        self._group_names_read, self._own_permissions_read = rights.held_by(self.pk)

    @property
    def gives_rights(self) -> bool:
        """Roles and passwords are given by Admins and superusers. Whom a group of the company's own
        lets change people could else make themselves an Admin, or sign in as one."""
        return self.is_superuser or Role.ADMIN in self.roles

    def forget_roles(self) -> None:
        """Read roles and permissions anew when they are next asked for."""
        for name in (
            "_group_names_read",
            "_own_permissions_read",
            "_perm_cache",
            "_group_perm_cache",
        ):
            self.__dict__.pop(name, None)
        getattr(self, "_prefetched_objects_cache", {}).pop("groups", None)

    # What nobody may take

    def check_stays_in(self, *, active: bool) -> None:
        """Nobody shuts the door on themselves: a slip would sign them out for good."""
        if self.loaded("is_active") and not active and audit.person() == self:
            raise Refused(_("You cannot deactivate yourself. Ask another Admin to do it."))

    def check_giver(self) -> None:
        """Roles and groups are given and taken by Admins and superusers, through whatever door."""
        by = audit.person()
        if by is not None and not by.gives_rights:
            raise PermissionDenied(_("Only Admins give roles and passwords."))

    def gets_password_from(self, by: Any) -> bool:
        """May `by` give this person a password, or take theirs? Nobody does so to themselves: one's
        own is changed by who knows it, not by whoever holds a token of theirs or found the screen
        unlocked."""
        gives: bool = by.gives_rights and by != self
        return gives

    def check_password_giver(self) -> None:
        """Raise where whoever is at work may not give this person a password, or take theirs."""
        by = audit.person()
        if by is None or self.gets_password_from(by):
            return
        if by == self:
            sentence = _("Change your own password in your profile. You need the old one.")
            raise ValidationError({"password": sentence})
        self.check_giver()

    def is_beyond(self, by: Any) -> bool:
        """Is this the account of an Admin, and `by` none? Then name and phone are all that they
        change of it, whatever a group of the company's own allows: by a new e-mail address, a new
        password could come to them."""
        return Role.ADMIN in self.roles and not by.gives_rights

    def check_touch(self, changed: Collection[str] = ()) -> None:
        """Raise PermissionDenied where this account, or what is changed of it, is beyond whoever is
        at work."""
        by = audit.person()
        if by is None:
            return
        if self.is_beyond(by):
            sentence = _("%(name)s is an Admin: others can change only their name and phone.")
            raise PermissionDenied(sentence % {"name": self.name})
        if "email" in changed and self.has_fixed_address(by):
            sentence = _(
                "%(name)s can be sent a new password: only Admins change their e-mail address."
            )
            raise PermissionDenied(sentence % {"name": self.name})

    def has_fixed_address(self, by: Any) -> bool:
        """Whoever may not give passwords changes no e-mail address of somebody else who can sign
        in: a new password could come to them by it."""
        person: Any = self
        return not by.gives_rights and by != person and person.is_staff

    def check_last_admin(self, *, stays: bool) -> None:
        """The last active Admin can be neither deactivated nor demoted, whoever asks."""
        if stays or not self.loaded("is_active") or Role.ADMIN not in self.roles:
            return
        # In a transaction of its own where nobody has begun one: a page that only asks.
        with transaction.atomic():
            # Whoever takes an Admin away holds the role's row: two last Admins cannot each remove
            # the other.
            list(Group.objects.select_for_update().filter(name=Role.ADMIN.group_name))
            people: Any = type(self)
            others = people.objects.active().holding(Role.ADMIN).exclude(pk=self.pk)
            stay = others.exists()
        if not stay:
            raise Refused(
                _("%(name)s is the last active Admin. Make somebody else an Admin first.")
                % {"name": self.name}
            )
