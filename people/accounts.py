"""What an Admin does to people's accounts, and what everybody does to their own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from core.record import acts, audit
from core.record.transactions import whole
from core.roles import Role
from people.models import User


def open_account(
    *, by: User, roles: Iterable[Role] = (), password: str | None = None, **fields: Any
) -> User:
    """A new person. Without a password they set it themselves, by a link (people/password_link.py).

    Raises `PermissionDenied` where `by` may not give roles or passwords, and `ValidationError` at
    the fields.
    """
    _check_rights(by, giving=bool(roles) or password is not None)
    person = User(**fields)
    _set_password(person, password)
    with whole():
        person.full_clean()
        person.save()
        person.set_roles(roles)
    return person


def change_account(
    person: User,
    *,
    by: User,
    roles: Iterable[Role] | None = None,
    password: str | None = None,
    **fields: Any,
) -> User:
    """Change what is given, and nothing else, on the person as they are now.

    Raises as `open_account` does, and `Refused` for the last active Admin.
    """
    _check_rights(by, giving=roles is not None or password is not None)
    if password is not None and person == by:
        # One's own is changed by who knows it, not by whoever holds a token of theirs.
        raise ValidationError({"password": _("Change your own with the old one, in your profile.")})
    with whole():
        _change(person, password=password, **fields)
        if roles is not None:
            person.set_roles(roles)
    return person


def note_sign_in(person: User, *, at: datetime) -> None:
    """Somebody has signed in: no change of theirs, but to be seen."""
    person.last_login = at
    person.save(update_fields=["last_login"])


def save_profile(person: User) -> None:
    """Save what somebody's form has put on their own row, which is held."""
    with whole():
        acts.write(person)


def change_profile(person: User, *, password: str | None = None, **fields: Any) -> User:
    """Change one's own name, phone or password. Raises `ValidationError` at the fields."""
    with whole():
        return _change(person, password=password, **fields)


def put_back(person: User, values: dict[str, Any], *, former: Any, by: User) -> None:
    """Have fields of a person hold these values again, before an act that is undone; roles and
    groups too. Nothing that they signed in with comes back.

    Raises as `change_account` does.
    """
    groups = values.pop("groups", None)
    _check_rights(by, giving=groups is not None)
    with acts.held(person, "change", by=by) as row:
        for name, value in values.items():
            setattr(row, name, value)
        acts.write(row)
        if "email" in values and former.email_problem:
            # It went with the address, and comes with it.
            row.email_problem = former.email_problem
            acts.write(row)
        if groups is not None:
            row.set_groups(Group.objects.filter(pk__in=groups))


def mail_works_again(pk: int, *, by: User) -> None:
    """Mail to somebody's address no longer comes back: it is sent again. Raises as `held` does."""
    with audit.act(reason=_("Mail works again")):
        acts.edit((User, pk), by=by, email_problem="")


def delete_group(group: Group) -> None:
    """Delete a group of the company's own. Whoever is in it leaves it first, on record: who loses
    with it what let them in is shut out as by any other way."""
    with whole():
        for person in User.objects.filter(groups=group):
            person.set_groups(person.groups.exclude(pk=group.pk))
        group.delete()


def _change(person: User, *, password: str | None, **fields: Any) -> User:
    person.lock()
    for name, value in fields.items():
        setattr(person, name, value)
    if password is not None:
        _set_password(person, password)
    person.full_clean()
    person.save()
    return person


def _set_password(person: User, password: str | None) -> None:
    if password is None:
        person.set_unusable_password()
        return
    try:
        validate_password(password, person)
    except ValidationError as weak:
        raise ValidationError({"password": weak.messages}) from weak
    person.set_password(password)


def _check_rights(by: User, *, giving: bool) -> None:
    if giving and not by.gives_rights:
        raise PermissionDenied(_("Roles and passwords are given by Admins."))
