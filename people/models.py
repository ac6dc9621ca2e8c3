"""A person: who they are, which roles they hold, and whether they may still enter."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, ClassVar

from django.apps import apps
from django.contrib.auth.models import AbstractUser, Group
from django.db import models, transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.backoffice import kept_forms
from core.declarations import collected
from core.granted import extra_permissions
from core.record import audit
from core.record.records import AuditRecords, Recorded, one_record
from core.refusals import Refused
from core.roles import Role
from core.serving import log
from core.text import languages, search
from core.text.typed import AddressField, LineField, PhoneField, searchable
from people.company import Company, Logo  # noqa: F401 (Models of this app.)
from people.declarations import PersonHooks
from people.holder import Holder
from people.tokens import TokenFamily  # A model of this app.
from people.user_queries import UserManager


def full_name(first: str, last: str, username: str) -> str:
    """First and last name; the user name where neither is given."""
    return f"{first} {last}".strip() or username


def new_sign_in_key() -> str:
    """What nobody can guess: 32 characters."""
    return secrets.token_urlsafe(24)


# What whoever may change people changes of an Admin too.
_OF_EVERYBODY = frozenset({"first_name", "last_name", "phone", "search_text"})


class User(Holder, Recorded, AbstractUser):
    """A person who signs in. They are deactivated, never deleted, once they appear on a job."""

    unversioned: ClassVar[frozenset[str]] = frozenset(
        {"last_login", "sign_in_key", "email_problem"}
        | {"username_folded", "email_folded", "search_text"}
    )
    folded: ClassVar = {"username_folded": "username", "email_folded": "email"}
    label_field: ClassVar[str] = "username"
    # Roles are groups, and people know them as roles.
    record_labels: ClassVar[dict[str, Any]] = {"groups": gettext_lazy("roles and groups")}

    first_name = LineField(gettext_lazy("first name"), max_length=150, blank=True)
    last_name = LineField(gettext_lazy("last name"), max_length=150, blank=True)
    phone = PhoneField(gettext_lazy("phone"), max_length=50, blank=True)
    email = AddressField(gettext_lazy("e-mail"), blank=True)
    # Why mail to it comes back; empty where it does not. It goes with the address.
    email_problem = LineField(
        gettext_lazy("problem with the e-mail address"), max_length=250, blank=True, editable=False
    )
    # Empty: that of the company's region.
    language = models.CharField(
        gettext_lazy("language"), max_length=10, blank=True, choices=languages.choices
    )
    # Derived, so not on record: by which user names and addresses are the same, and what a search
    # looks through.
    username_folded = models.CharField(max_length=450, editable=False)
    email_folded = models.CharField(max_length=762, default="", editable=False)
    search_text = models.TextField(default="", editable=False)
    # What sessions, tokens and password links are bound to. A new one ends them all for good. Not
    # the password's hash: that changes by itself, where its parameters do.
    sign_in_key = models.CharField(max_length=128, default=new_sign_in_key, editable=False)

    # Django's: a new password, until it is saved.
    _password: str | None

    objects: ClassVar[UserManager] = UserManager()
    # The password is never on record; that it changed is, as a row without a value.
    history = AuditRecords(
        excluded_fields=[
            *("password", "sign_in_key", "last_login"),
            *("username_folded", "email_folded", "search_text"),
        ],
        m2m_fields=["groups"],
    )

    class Meta:
        verbose_name = gettext_lazy("person")
        verbose_name_plural = gettext_lazy("people")
        ordering = ("first_name", "last_name", "username")
        permissions = extra_permissions("people.user")
        constraints = (
            models.UniqueConstraint(
                fields=["email_folded"],
                condition=~Q(email_folded=""),
                name="people_user_email_unique",
                violation_error_code="email",
                violation_error_message=gettext_lazy("Another person has this e-mail address."),
            ),
            models.UniqueConstraint(
                fields=["username_folded"],
                name="people_user_username_unique",
                violation_error_code="username",
                violation_error_message=gettext_lazy("Another person has this user name."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def form_mark(self) -> str:
        """By which a form that was rendered for this person is given back to them alone."""
        return kept_forms.mark(self)

    @property
    def name(self) -> str:
        """First and last name; the user name where neither is given."""
        return full_name(self.first_name, self.last_name, self.username)

    @property
    def is_staff(self) -> bool:  # type: ignore[override]  # Django has a column here.
        """Whoever holds a role, a group of the company's own or is a superuser enters the back
        office: there is no separate switch."""
        return self.is_superuser or bool(self._group_names)

    @staticmethod
    def record_text(record: Any) -> str:
        """The person as the audit log calls them: by the name that they had at the time."""
        return full_name(record.first_name, record.last_name, record.username)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self.forget_roles()

    def words(self) -> str:
        """What the person is found by; their e-mail address is not for everybody."""
        names = (self.first_name, self.last_name, self.username)
        return searchable(*names, self.phone, search.digits(self.phone))

    # Verbs

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is not None and self._signs_in(fields := set(update_fields)):
            self._save_sign_in(fields)
            return
        reason = audit.reason()
        changed = set() if self._state.adding else self.changed()
        if self.changed() & {"username", "first_name", "last_name", "phone"}:
            self.search_text = self.words()
        if "email" in changed:
            self.email_problem = ""
        if "password" in changed:
            reason = reason or _("Password changed")
        with transaction.atomic(), audit.act(reason=reason):
            if changed - _OF_EVERYBODY:
                self.check_touch(changed)
            self.check_last_admin(stays=self.is_active and Role.ADMIN in self.roles)
            self.check_stays_in(active=self.is_active)
            if "password" in changed or self._leaves(changed):
                self._end_sign_ins()
            is_new = self._state.adding
            super().save(*args, update_fields=update_fields, **kwargs)
            if is_new:
                import_string("people.invitations.invite")(self)
            self._note(changed & {"password", "is_active", "is_superuser"})
            if changed & {"username", "first_name", "last_name"}:
                for each in collected(PersonHooks):
                    import_string(each.renamed)(self)

    def _signs_in(self, fields: set[str]) -> bool:
        """Is this what Django saves while somebody signs in: when, or the same password hashed
        anew?"""
        return fields == {"last_login"} or (fields == {"password"} and self._password is None)

    def _save_sign_in(self, fields: set[str]) -> None:
        """Signing in is no change of the person: it is in the log, and leaves no history row."""
        rows = type(self)._base_manager.filter(pk=self.pk)
        if "password" in fields:
            # Not over one that somebody has set meanwhile.
            rows = rows.filter(password=self.loaded("password"))
        rows.update(**{name: getattr(self, name) for name in fields})
        self._remember(fields)

    def _leaves(self, changed: set[str]) -> bool:
        """Does this save shut out somebody who could enter before?"""
        return not (self.is_active and self.is_staff) and bool(
            changed & {"is_active", "is_superuser"}
        )

    def _end_sign_ins(self) -> None:
        """Nothing that they signed in with before lets anybody in, whatever they are given later:
        no session, no token, and no link to set a password."""
        self.sign_in_key = new_sign_in_key()
        TokenFamily.objects.of(self).end()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """As Django's, of the sign-in key in place of the password."""
        salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        return salted_hmac(salt, self.sign_in_key, secret=secret, algorithm="sha256").hexdigest()

    def set_roles(self, roles: Iterable[Role], *, by: User | None = None) -> bool:
        """Give the person exactly these roles; groups of the company's own stay as they are.
        Whether they held others.

        Raises `Refused` when the last active Admin would lose the role.
        """
        wanted = set(roles)
        if wanted == set(self.roles):
            return False
        with transaction.atomic(), audit.act(by=by or audit.person()):
            kept = self.groups.exclude(name__in=[role.group_name for role in Role])
            given = Group.objects.filter(name__in=[role.group_name for role in wanted])
            return self.set_groups([*kept, *given])

    def set_groups(self, groups: Iterable[Group]) -> bool:
        """Put the person into exactly these groups, as one change on record. Whether they were in
        others.

        Raises `Refused` when the last active Admin would lose the role, and `PermissionDenied`
        where whoever does it may not give roles.
        """
        groups = list(groups)
        if set(groups) == set(self.groups.all()):
            return False
        admin = any(Role.of_group(group.name) is Role.ADMIN for group in groups)
        with transaction.atomic(), one_record(self):
            self.check_giver()
            self.check_last_admin(stays=self.is_active and admin)
            self.touch()
            if not groups and not self.is_superuser:
                self._end_sign_ins()
            super().save()
            self.groups.set(groups)
            self._note({"groups"}, groups=", ".join(sorted(group.name for group in groups)))
        self.forget_roles()
        return True

    def _note(self, changed: set[str], **details: str) -> None:
        """Note in the log, once it is so, that rights or password changed."""
        if not changed:
            return
        details |= {name: getattr(self, name) for name in changed - {"password", "groups"}}
        by, what = audit.person(), ", ".join(sorted(changed))
        details["by"] = by.get_username() if by else ""
        event = partial(log.note, "rights changed", user=self.username, what=what, **details)
        transaction.on_commit(event)

    def in_use(self, *, since: Sequence[Any]) -> str:
        """Neither signing in nor a password is in a field on record."""
        if self.last_login or (since and self.has_usable_password()):
            return _("This person has set a password or signed in, so the account was kept.")
        return ""

    def check_delete(self, *, is_named: bool = True) -> None:
        """Whoever did anything stays, and so does the last Admin; they can be deactivated."""
        self.check_touch()
        self.check_last_admin(stays=False)
        if self._left_traces():
            raise Refused(
                _("%(name)s appears on jobs or in the audit log. Deactivate them instead.")
                % {"name": self.name}
            )

    def _left_traces(self) -> bool:
        models_and_columns: list[tuple[Any, str]] = [
            *(
                (relation.related_model, relation.field.name)
                for relation in self._meta.related_objects
                if not relation.many_to_many and not relation.hidden
            ),
            *((m, "history_user") for m in apps.get_models() if hasattr(m, "history_user")),
        ]
        return any(
            model._base_manager.filter(**{column: self}).exists()
            for model, column in models_and_columns
        )

    def open_jobs_note(self) -> str:
        """A sentence on the open jobs that need somebody, should this person leave; or empty."""
        notes = [import_string(each.left_open)(self) for each in collected(PersonHooks)]
        return " ".join(note for note in notes if note)
