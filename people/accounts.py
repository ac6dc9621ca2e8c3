"""What an Admin does to people's accounts, everybody to their own, and a superuser to groups.

Who may touch whose account at all is asked by the person that is saved (people/holder.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from core.access import can, command_line_user
from core.record import acts, audit
from core.record.acts import Named, Outcome
from core.record.transactions import atomic
from core.refusals import Refused, Stale
from core.roles import Role
from core.serving import log
from people import invitations
from people.models import User
from people.password_link import password_link

# Who loses any of these may leave open jobs behind.
_LEAVING = frozenset({"is_active", "is_superuser", "groups"})


def open_account(
    *, by: User, roles: Iterable[Role] = (), password: str | None = None, **fields: Any
) -> Outcome[User]:
    """A new person.

    Raises `PermissionDenied` where `by` may not add people, or give roles or passwords, and
    `ValidationError` at the fields.
    """
    return save_account(User(**fields), by=by, roles=roles, password=password)


def open_first_admin(*, password: str | None = None, **fields: Any) -> Outcome[User]:
    """The first Admin, made by whoever runs the machine.

    Raises `Refused` where there is an Admin by now, and `ValidationError` at the fields.
    """
    reason = _("The first Admin")
    with atomic(), audit.act(door=audit.Door.COMMAND, reason=reason):
        # Held, so that of two who make the first one at once the second changes nothing.
        list(Group.objects.select_for_update().filter(name=Role.ADMIN.group_name))
        if has_admin():
            raise Refused(_("There is an Admin now. Nothing was changed."))
        return open_account(by=command_line_user(), roles=[Role.ADMIN], password=password, **fields)


def has_admin() -> bool:
    """Is there an Admin who can sign in?"""
    return bool(User.objects.active().holding(Role.ADMIN).exists())


def change_account(
    person: Named[User],
    *,
    by: User,
    version: int | None = None,
    roles: Iterable[Role] | None = None,
    password: str | None = None,
    **fields: Any,
) -> Outcome[User]:
    """Change what is given, and nothing else, on the person as they are now.

    Raises as `held` and `open_account` do, and `Refused` for the last active Admin.
    """
    with acts.held(person, "change", by=by, version=version, wanted=fields) as row:
        for name, value in fields.items():
            setattr(row, name, value)
        return save_account(row, by=by, roles=roles, password=password)


def take_password(person: Named[User], *, by: User) -> Outcome[User]:
    """Have somebody sign in with no password until they set one, by a link. Raises as
    `change_account` does."""
    with acts.held(person, "change", by=by) as row:
        row.check_password_giver()
        row.set_unusable_password()
        return acts.write(row)


def may_give_link(person: User, *, by: Any, may_change: bool | None = None) -> bool:
    """May `by` give somebody a link by which they set a password? It is for who may enter.

    `may_change`: whether `by` may change them, where a page has asked that already.
    """
    if not (person.gets_password_from(by) and person.is_active):
        return False
    return can(by, "change", person) if may_change is None else may_change


def give_link(person: User, *, by: User) -> str:
    """A link by which somebody sets a password, for `by` to hand to them.

    Raises `PermissionDenied` where `by` may not give them one.
    """
    _check_link(person, by=by)
    log.note("password link made", by=by.get_username(), user=person.username)
    return password_link(person)


def send_link(person: User, *, by: User) -> None:
    """Send somebody a link by which they set a password. Raises as `give_link` does."""
    _check_link(person, by=by)
    log.note("password link sent", by=by.get_username(), user=person.username)
    invitations.send_link(person)


def _check_link(person: User, *, by: User) -> None:
    if not may_give_link(person, by=by):
        raise PermissionDenied(_("You may not do this."))


def save_account(
    person: User,
    *,
    by: User,
    roles: Iterable[Role] | None = None,
    groups: Iterable[Group] | None = None,
    password: str | None = None,
) -> Outcome[User]:
    """Save what somebody's form or file has put on a person, new or read before, with exactly
    these roles, and groups of the company's own. What is not said stays. Who is new and gets no
    password sets it themselves, by a link (people/password_link.py): until then none lets them in.

    Warns of open jobs that a person leaves behind. Raises as `change_account` does.
    """
    with atomic(), audit.act(by=by):
        is_new = person._state.adding
        if password is not None:
            person.check_password_giver()
            _set_password(person, password)
        elif is_new and not person.password:
            person.set_unusable_password()
        changed = acts.save(person, by=by).changed
        if _give(person, roles, groups):
            changed |= {"groups", "version"}
        note = "" if is_new or changed.isdisjoint(_LEAVING) else person.open_jobs_note()
        return Outcome(person, changed, (note,) if note else ())


def note_sign_in(person: User, *, at: datetime) -> None:
    """Somebody has signed in: no change of theirs, but to be seen."""
    person.last_login = at
    person.save(update_fields=["last_login"])


def save_profile(person: User, *, by: User) -> Outcome[User]:
    """Save what somebody's form has put on their own row, which is held. Raises as `held` does."""
    with acts.held(person, "change_profile", by=by):
        return acts.write(person)


def change_profile(
    person: Named[User],
    *,
    by: User,
    version: int | None = None,
    password: str | None = None,
    known: str = "",
    **fields: Any,
) -> Outcome[User]:
    """Change one's own name, phone, language or password. With a password goes the hash of the one
    that was `known` to whoever changes it: it must be theirs still.

    Raises as `held` does, `ValidationError` at the fields, and `Stale` where another password was
    set meanwhile.
    """
    with acts.held(person, "change_profile", by=by, version=version, wanted=fields) as row:
        for name, value in fields.items():
            setattr(row, name, value)
        if password is not None:
            if row.password != known:
                # By an Admin, say, who keeps them out; or by themselves, at the same moment.
                raise Stale(_("Your password was changed meanwhile. Sign in with the new one."))
            _set_password(row, password)
        return acts.write(row)


def set_password_by_link(person: User, password: str) -> Outcome[User]:
    """Have somebody sign in with another password, who has shown a link that was theirs alone: it
    is all that they need to be allowed. Raises `ValidationError` for a weak one."""
    with atomic(), audit.act(by=person, reason=_("Password set by a one-time link")):
        _set_password(person, password)
        return acts.write(person)


def put_back(person: User, values: dict[str, Any], *, former: Any, by: User) -> None:
    """Have fields of a person hold these values again, before an act that is undone; roles and
    groups too. Nothing that they signed in with comes back.

    Raises as `change_account` does.
    """
    groups = values.pop("groups", None)
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


def mail_works_again(pk: int, *, by: User) -> Outcome[User]:
    """Mail to somebody's address no longer comes back: it is sent again. Raises as `held` does."""
    with audit.act(reason=_("Mail works again")):
        return acts.edit((User, pk), by=by, email_problem="")


def save_group(group: Group, *, by: User, may: Iterable[Permission]) -> Outcome[Group]:
    """Save a group of the company's own, new or read before, which may do exactly this.

    Raises `PermissionDenied` for everybody but a superuser, and at the group of a role; Http404
    for one that is no more.
    """
    with atomic():
        held = Group.objects.select_for_update().filter(pk=group.pk).first()
        _check_group(held, by=by)
        if group.pk and held is None:
            raise Http404
        group.save()
        group.permissions.set(may)
        given = " ".join(sorted(group.permissions.values_list("codename", flat=True)))
        _note_group("group saved", group, by=by, may=given)
    return Outcome(group)


def delete_group(group: Group, *, by: User) -> Outcome[Group]:
    """Delete a group of the company's own. Whoever is in it leaves it first, on record: who loses
    with it what let them in is shut out as by any other way.

    Raises Http404 for a group that is no more, and else as `save_group` does.
    """
    members = User.objects.filter(groups=group)
    with atomic(), audit.act(by=by):
        # Before the group, as by whoever puts them into it. Nobody joins one that is held.
        User.held_rows(members)
        was = Group.objects.select_for_update().filter(pk=group.pk).first()
        if was is None:
            raise Http404
        _check_group(was, by=by)
        for person in User.held_rows(members):
            person.set_groups(person.groups.exclude(pk=was.pk))
        _note_group("group deleted", was, by=by)
        group.delete()
    return Outcome(was, frozenset(field.attname for field in Group._meta.concrete_fields))


def _check_group(held: Group | None, *, by: User) -> None:
    """What a group may do is for superusers; that of a role is as core/roles.py has it."""
    if not (by.is_active and by.is_superuser) or (held and Role.of_group(held.name)):
        raise PermissionDenied(_("You may not do this."))


def _note_group(event: str, group: Group, *, by: User, **details: str) -> None:
    values = {"by": by.get_username(), "group": group.name, **details}
    transaction.on_commit(partial(log.note, event, **values))


def _give(person: User, roles: Iterable[Role] | None, groups: Iterable[Group] | None) -> bool:
    """Have a person hold exactly these, as one change; whether they held others."""
    if groups is None:
        return roles is not None and person.set_roles(roles)
    held = person.roles if roles is None else roles
    of_roles = Group.objects.filter(name__in=[role.group_name for role in held])
    return person.set_groups([*of_roles, *groups])


def _set_password(person: User, password: str) -> None:
    """Put a password on a person. Raises `ValidationError` for a weak one, with what else is wrong
    with what was put on them."""
    try:
        validate_password(password, person)
    except ValidationError as weak:
        errors: dict[str, Any] = {}
        try:
            person.check_fields(but={"password"})
        except ValidationError as wrong:
            errors = wrong.update_error_dict(errors)
        raise ValidationError({**errors, "password": weak.messages}) from weak
    person.set_password(password)
