"""People, by what they are and by their words."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.db.models import Q

from core.roles import Role
from core.text import search
from core.text.typed import folded

# Who can answer for a job, beside superusers.
OWNERS = (Role.SALES_AGENT, Role.ADMIN)


def typed_name(username: str) -> str:
    """What user names have in common that mean the same person, as they are typed to sign in."""
    return folded(AbstractBaseUser.normalize_username(username))


class UserQuerySet(models.QuerySet[Any]):
    """People, by what they are."""

    def active(self) -> UserQuerySet:
        """Those who may enter."""
        return self.filter(is_active=True)

    def holding(self, *roles: Role) -> UserQuerySet:
        """Those who hold any of these roles, active or not."""
        memberships = self.model.groups.through._base_manager.filter(
            group__name__in=[role.group_name for role in roles]
        )
        return self.filter(pk__in=memberships.values("user"))

    def matching(
        self, words: str = "", *, role: Role | None, active: bool | None, email: bool
    ) -> UserQuerySet:
        """Those with each word in name, user name or phone, or, if asked to, e-mail address; of a
        role, and active or not, where either is said."""
        people = self.holding(role) if role else self
        if active is not None:
            people = people.filter(is_active=active)
        return people.filter(search.standing(words, also=["email"][:email]))

    def technicians(self) -> UserQuerySet:
        """Those to whom a job can be assigned: active, and a technician."""
        return self.active().holding(Role.TECHNICIAN)

    def owners(self) -> UserQuerySet:
        """Those who can answer for a job: active, and a sales agent, an Admin or a superuser."""
        holders = self.model._default_manager.holding(*OWNERS)
        return self.active().filter(Q(is_superuser=True) | Q(pk__in=holders.values("pk")))

    def colleagues(self) -> UserQuerySet:
        """Those with whom a job can be shared: active, and of any role, or a superuser."""
        holders = self.model._default_manager.holding(*Role)
        return self.active().filter(Q(is_superuser=True) | Q(pk__in=holders.values("pk")))


class UserManager(DjangoUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's manager, for people whose entry follows from their roles."""

    def get_by_natural_key(self, username: str | None) -> Any:
        """Whom a user name means that was typed to sign in: it is one whatever the case, and
        whatever nobody sees, as it is given once. Raises `DoesNotExist` where it is nobody's.

        Of doubles of before (core/record/doubles.py) each is meant as it is spelled.
        """
        named = Q(username=username) | Q(username_folded=typed_name(username or ""))
        found = list(self.filter(named))
        for person in found:
            if person.username == username:
                return person
        if not found:
            raise self.model.DoesNotExist
        return found[0]

    def create_superuser(
        self, username: str, email: str = "", password: str | None = None, **fields: Any
    ) -> Any:
        fields["is_superuser"] = True
        return self._create_user(username, email, password, **fields)

    def create_user(
        self, username: str, email: str = "", password: str | None = None, **fields: Any
    ) -> Any:
        return self._create_user(username, email, password, **fields)
