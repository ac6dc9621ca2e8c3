"""People's accounts, in the domain: who may, whichever door it is, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404

from core.access import command_line_user
from core.ledger import Notice
from core.record.transactions import atomic, savepoint
from core.refusals import Refused, Stale
from core.roles import Role
from people import accounts
from people.models import User
from tests.access.world import company_group
from tests.factories import make_job, make_user

pytestmark = pytest.mark.django_db
GOOD = "A-Word-Of-2-Parts"


def held_and_changed(person: User, *, by: User) -> None:
    row = User.held_row(person.pk)
    assert row is not None
    row.is_active = False
    accounts.save_account(row, by=by)


# What is an Admin's alone: done to somebody, by somebody.
ACTS: dict[str, Callable[[User, User], Any]] = {
    "open": lambda _, by: accounts.open_account(by=by, username="new"),
    "save": lambda _, by: accounts.save_account(User(username="new", password="!"), by=by),
    "change": lambda person, by: accounts.change_account(person, by=by, is_active=False),
    "change by key": lambda person, by: accounts.change_account(
        (User, person.pk), by=by, is_active=False
    ),
    "save what was held": lambda person, by: held_and_changed(person, by=by),
    "give a role": lambda person, by: accounts.change_account(person, by=by, roles=[Role.ADMIN]),
    "mail works": lambda person, by: accounts.mail_works_again(person.pk, by=by),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_whoever_is_no_admin_does_nothing_to_a_colleagues_account(
    act: Callable[[User, User], Any], tech: User, sales: User, admin: User
) -> None:
    before = list(User.objects.order_by("pk").values())
    for by in (tech, sales):
        with pytest.raises(PermissionDenied), atomic():
            act(admin, by)
    assert list(User.objects.order_by("pk").values()) == before
    assert User.history.filter(history_user__in=[tech, sales]).count() == 0


def test_what_a_person_is_called_is_theirs_to_change(tech: User, sales: User, admin: User) -> None:
    outcome = accounts.change_profile(tech, by=tech, phone="1", first_name="Tea")
    assert (outcome.row.name, outcome.row.phone) == ("Tea Tech", "1")
    for by in (sales, admin):
        with pytest.raises(PermissionDenied):
            accounts.change_profile(tech, by=by, phone="2")
        with atomic(), pytest.raises(PermissionDenied), savepoint():
            accounts.save_profile(tech.lock(), by=by)
    assert User.objects.get(pk=tech.pk).phone == "1"


OWN_PASSWORD: dict[str, Callable[[User], Any]] = {
    "change": lambda admin: accounts.change_account(admin, by=admin, password=GOOD),
    "change by key": lambda admin: accounts.change_account(
        (User, admin.pk), by=admin, password=GOOD
    ),
    "save": lambda admin: accounts.save_account(admin, by=admin, password=GOOD),
    "take": lambda admin: accounts.take_password(admin, by=admin),
    "take by key": lambda admin: accounts.take_password((User, admin.pk), by=admin),
}


@pytest.mark.parametrize("act", OWN_PASSWORD.values(), ids=OWN_PASSWORD)
def test_nobody_gives_or_takes_their_own_password_as_that_of_others(
    act: Callable[[User], Any], admin: User
) -> None:
    before = User.objects.get(pk=admin.pk).password
    with pytest.raises(ValidationError) as refused, atomic():
        act(admin)
    assert refused.value.message_dict == {
        "password": ["Change your own password in your profile. You need the old one."]
    }
    assert User.objects.get(pk=admin.pk).password == before


@pytest.mark.parametrize(("give", "mails"), [(accounts.give_link, 0), (accounts.send_link, 1)])
def test_a_password_link_is_given_by_admins_to_others_who_may_enter(
    give: Callable[..., Any], mails: int, admin: User, root: User, tech: User
) -> None:
    tech.email = "tina@example.com"
    tech.save()
    clerk = make_user()
    clerk.set_groups([company_group({("people.user", "view"), ("people.user", "change")})])
    gone = make_user(Role.TECHNICIAN, is_active=False)
    pairs = [(clerk, tech), (tech, clerk), (admin, admin), (root, root), (admin, gone)]
    for by, person in pairs:
        assert not accounts.may_give_link(person, by=by)
        with pytest.raises(PermissionDenied):
            give(person, by=by)
    assert not Notice.objects.exists()
    for by in (admin, root, command_line_user()):
        assert accounts.may_give_link(tech, by=by)
    give(tech, by=admin)
    assert Notice.objects.filter(person=tech).count() == mails


def test_who_is_new_and_gets_no_password_has_one_that_lets_nobody_in(admin: User) -> None:
    made = [
        accounts.open_account(by=admin, username="nina").row,
        accounts.save_account(User(username="nora"), by=admin).row,
        accounts.save_account(User(username="norm"), by=admin, password=GOOD).row,
    ]
    found = [User.objects.get(pk=person.pk) for person in made]
    assert [person.has_usable_password() for person in found] == [False, False, True]
    assert found[2].check_password(GOOD)


def test_nobody_is_found_by_a_key_that_is_nobodys(admin: User) -> None:
    with pytest.raises(Http404):
        accounts.change_account((User, 0), by=admin, phone="1")


def test_a_change_made_from_an_older_version_is_refused(admin: User, tech: User) -> None:
    version = User.objects.get(pk=tech.pk).version
    outcome = accounts.change_account((User, tech.pk), by=admin, version=version, phone="1")
    assert outcome.row.version == version + 1
    with pytest.raises(Stale):
        accounts.change_account((User, tech.pk), by=admin, version=version, phone="2")
    with pytest.raises(Stale):
        accounts.change_profile((User, tech.pk), by=tech, version=version, phone="2")
    assert User.objects.get(pk=tech.pk).phone == "1"


def test_open_jobs_that_somebody_leaves_behind_are_a_warning(
    admin: User, sales: User, tech: User
) -> None:
    make_job(owner=sales, assigned_to=tech)
    note = "Tina Tech has 1 open job, which now needs someone."
    found = [
        accounts.change_account((User, tech.pk), by=admin, **change).warnings  # type: ignore[arg-type]
        for change in (
            {"phone": "1"},
            {"is_active": True},
            {"roles": [Role.SALES_AGENT]},
            {"roles": [Role.SALES_AGENT]},
            {"is_active": False},
        )
    ]
    assert found == [(), (), (note,), (), (note,)]


def test_roles_and_groups_are_given_as_one_change(root: User, tech: User) -> None:
    dispatch = Group.objects.create(name="Dispatch")
    before = User.history.filter(id=tech.pk).count()
    outcome = accounts.save_account(tech, by=root, roles=[Role.SALES_AGENT], groups=[dispatch])
    assert {group.name for group in tech.groups.all()} == {"Sales agent", "Dispatch"}
    assert (outcome.changed, User.history.filter(id=tech.pk).count()) == (
        {"groups", "version"},
        before + 1,
    )
    accounts.save_account(tech, by=root, groups=[])
    assert tech.roles == [Role.SALES_AGENT]


def test_only_a_superuser_says_what_a_group_may_do_and_never_of_the_group_of_a_role(
    admin: User, root: User, tech: User
) -> None:
    may = list(Permission.objects.filter(codename__in=["view_job", "share_job"]))
    office = accounts.save_group(Group(name="Office"), by=root, may=may).row
    tech.set_groups([*tech.groups.all(), office])
    (of_role,) = Group.objects.filter(name=Role.TECHNICIAN.group_name)
    of_role.name = "Anything"
    before = groups()
    assert before["Office"] == {"view_job", "share_job"}
    for by, group in ((admin, office), (tech, Group(name="Mine")), (root, of_role)):
        with pytest.raises(PermissionDenied), atomic():
            accounts.save_group(group, by=by, may=[])
    for by, group in ((admin, office), (tech, office), (root, of_role)):
        with pytest.raises(PermissionDenied), atomic():
            accounts.delete_group(group, by=by)
    assert groups() == before
    accounts.save_group(office, by=root, may=may[:1])
    assert groups()["Office"] == {may[0].codename}
    accounts.delete_group(office, by=root)
    record = User.history.filter(id=tech.pk).first()
    assert (record.history_user, tech.groups.count(), "Office" in groups()) == (root, 1, False)
    gone = accounts.save_group(Group(name="Office"), by=root, may=may).row
    accounts.delete_group(Group.objects.get(pk=gone.pk), by=root)
    with pytest.raises(Http404):
        accounts.save_group(gone, by=root, may=may)
    assert "Office" not in groups()


def groups() -> dict[str, set[str]]:
    """What each group may do."""
    every = Group.objects.prefetch_related("permissions")
    return {group.name: {each.codename for each in group.permissions.all()} for group in every}


def test_a_weak_password_is_told_with_what_else_is_wrong(admin: User, tech: User) -> None:
    with pytest.raises(ValidationError) as refused:
        accounts.change_account(tech, by=admin, email="x", password="short")
    assert list(refused.value.message_dict) == ["email", "password"]
    with pytest.raises(ValidationError) as refused:
        accounts.set_password_by_link(User.objects.get(pk=tech.pk), "short")
    assert list(refused.value.message_dict) == ["password"]


def test_there_is_one_first_admin(admin: User) -> None:
    with pytest.raises(Refused, match="There is an Admin now"):
        accounts.open_first_admin(username="new")


def test_whoever_runs_the_machine_opens_accounts_as_nobody(admin: User) -> None:
    person = accounts.open_account(by=command_line_user(), username="new", password=GOOD).row
    assert [person.check_password(GOOD), person.roles] == [True, []]
    assert User.history.get(id=person.pk).person_name == ""


def test_a_group_is_deleted_by_superusers_who_are_told_what_it_was(root: User, tech: User) -> None:
    group = Group.objects.create(name="Office")
    tech.set_groups([*tech.groups.all(), group])
    outcome = accounts.delete_group(Group.objects.get(pk=group.pk), by=root)
    assert (outcome.row, outcome.row.name, outcome.changed) == (group, "Office", {"id", "name"})
    assert (User.objects.get(pk=tech.pk).groups.get().name, tech.roles) == (
        *(Role.TECHNICIAN.group_name, [Role.TECHNICIAN]),
    )
    assert tech.history.latest("history_id").history_user == root
    with pytest.raises(Http404):
        accounts.delete_group(group, by=root)


def test_nobody_else_deletes_a_group_nor_anybody_that_of_a_role(root: User, admin: User) -> None:
    group = Group.objects.create(name="Office")
    left = User(username="left", is_superuser=True, is_active=False)
    for by, which in (
        *((admin, group), (left, group)),
        *((root, Group.objects.get(name=Role.TECHNICIAN.group_name)),),
    ):
        with pytest.raises(PermissionDenied):
            accounts.delete_group(which, by=by)
    assert Group.objects.count() == len(Role) + 1
