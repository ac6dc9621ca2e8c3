"""People: roles, the last Admin, who can go, and what is on record of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from guardian.models import UserObjectPermission

from core.record import audit, timeline
from core.refusals import Refused, Stale
from core.roles import Role
from operations import acts
from operations.models import Job
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_customer, make_job, make_user

pytestmark = pytest.mark.django_db
SECRET = "correct horse battery staple"


def on_record(person: User) -> list[tuple[str, str, dict[str, tuple[str, str]]]]:
    """A person's timeline, oldest first: who, what, and each change as people read it."""
    entries = timeline.page([User.history.filter(id=person.pk)]).entries[::-1]
    return [
        (entry.person, entry.action, {c.field: (c.old_text, c.new_text) for c in entry.changes})
        for entry in entries
    ]


def everything(person: User) -> Any:
    """The row, its groups and how much history it has."""
    row = User.objects.filter(pk=person.pk).values().first()
    groups = sorted(Group.objects.filter(user=person).values_list("name", flat=True))
    return row, groups, User.history.filter(id=person.pk).count()


# Names and roles


def test_a_person_is_called_by_their_name_or_else_by_their_user_name() -> None:
    assert str(make_user(username="tina", first_name="Tina", last_name="Tech")) == "Tina Tech"
    assert str(make_user(username="tina2", first_name="Tina", last_name="")) == "Tina"
    assert str(make_user(username="tina3", first_name="", last_name="")) == "tina3"


def test_roles_are_told_in_the_order_of_the_table() -> None:
    person = make_user(Role.TECHNICIAN, Role.ADMIN)
    assert person.roles == [Role.ADMIN, Role.TECHNICIAN]
    assert [role.group_name for role in Role] == ["Admin", "Sales agent", "Technician"]


def test_who_is_not_saved_yet_holds_no_role() -> None:
    assert (User(username="new").roles, User(username="new").is_staff) == ([], False)


def test_who_enters_the_back_office_follows_from_what_they_hold(admin: User) -> None:
    person = make_user()
    seen = [person.is_staff]
    for role in Role:
        person.set_roles([role])
        seen.append(person.is_staff)
    person.set_roles([])
    person.set_groups([Group.objects.create(name="Dispatch")])
    assert [*seen, person.is_staff] == [False, True, True, True, True]
    assert User.objects.create_superuser("other").is_staff is True
    with pytest.raises(AttributeError):
        person.is_staff = True  # type: ignore[misc]  # There is no switch.


def test_roles_leave_one_history_row_that_names_them(admin: User) -> None:
    person = make_user()
    with audit.act(door=audit.Door.ADMIN, reason="A promotion"):
        person.set_roles([Role.TECHNICIAN, Role.SALES_AGENT], by=admin)
    person.set_roles([Role.SALES_AGENT])
    assert on_record(person)[1:] == [
        ("Adam Admin", "changed", {"groups": ("", "Sales agent, Technician")}),
        ("", "changed", {"groups": ("Sales agent, Technician", "Sales agent")}),
    ]
    row = User.history.filter(id=person.pk).order_by("history_id")[1]
    assert (row.door, row.history_change_reason, row.history_user) == (
        "admin",
        "A promotion",
        admin,
    )


def test_giving_the_roles_that_are_held_already_leaves_no_history() -> None:
    person = make_user(Role.TECHNICIAN)
    before = everything(person)
    person.set_roles([Role.TECHNICIAN])
    person.set_groups(Group.objects.filter(name="Technician"))
    assert everything(person) == before


def test_each_change_of_roles_raises_the_version() -> None:
    person = make_user(Role.TECHNICIAN)
    before = person.version
    person.set_roles([Role.SALES_AGENT])
    assert User.objects.get(pk=person.pk).version == person.version == before + 1


def test_roles_are_refused_to_who_read_the_person_too_long_ago() -> None:
    person = make_user(Role.TECHNICIAN)
    read_before = User.objects.get(pk=person.pk)
    person.set_roles([Role.SALES_AGENT])
    before = everything(person)
    with pytest.raises(Stale):
        read_before.set_roles([Role.ADMIN])
    assert everything(person) == before


def test_groups_of_the_company_stay_when_roles_change() -> None:
    person = make_user(Role.TECHNICIAN)
    dispatch = Group.objects.create(name="Dispatch")
    person.set_groups([*person.groups.all(), dispatch])
    person.set_roles([Role.SALES_AGENT])
    assert sorted(person.groups.values_list("name", flat=True)) == ["Dispatch", "Sales agent"]


def test_permissions_of_their_own_are_those_of_the_company_and_not_of_the_roles() -> None:
    person = make_user(Role.ADMIN)
    assert person.own_permissions == set()
    dispatch = Group.objects.create(name="Dispatch")
    dispatch.permissions.add(Permission.objects.get(codename="export_job"))
    person.user_permissions.add(Permission.objects.get(codename="share_job"))
    person.set_groups([*person.groups.all(), dispatch])
    assert person.own_permissions == {"operations.export_job", "operations.share_job"}


def test_a_person_read_again_knows_the_roles_of_now() -> None:
    person = make_user(Role.TECHNICIAN)
    assert (person.roles, person.own_permissions) == ([Role.TECHNICIAN], set())
    other = User.objects.prefetch_related("groups").get(pk=person.pk)
    assert other.roles == [Role.TECHNICIAN]
    User.objects.get(pk=person.pk).set_roles([Role.SALES_AGENT])
    person.refresh_from_db()
    other.refresh_from_db()
    assert (person.roles, other.roles) == ([Role.SALES_AGENT], [Role.SALES_AGENT])


# Who can do what for a job


def test_technicians_are_active_and_hold_the_role(admin: User, sales: User, tech: User) -> None:
    gone = make_user(Role.TECHNICIAN)
    acting.deactivate(gone, by=admin)
    both = make_user(Role.TECHNICIAN, Role.SALES_AGENT, first_name="Zoe")
    assert list(User.objects.technicians()) == [tech, both]
    assert set(User.objects.holding(Role.TECHNICIAN)) == {gone, tech, both}
    assert set(User.objects.active()) == {admin, sales, tech, both}


def test_owners_are_active_sales_agents_admins_and_superusers(
    admin: User, sales: User, tech: User, root: User
) -> None:
    gone = make_user(Role.SALES_AGENT)
    acting.deactivate(gone, by=admin)
    assert set(User.objects.owners()) == {admin, sales, root}


def test_a_person_knows_of_themselves_whether_they_are_among_the_owners() -> None:
    reception = Group.objects.create(name="Reception")
    every = [roles for n in range(len(Role) + 1) for roles in combinations(Role, n)]
    for roles, is_active, is_superuser, in_group in product(every, *[(False, True)] * 3):
        person = make_user(*roles, is_active=is_active, is_superuser=is_superuser)
        if in_group:
            person.groups.add(reception)
    people = list(User.objects.all())
    assert len(people) == 64
    owners = set(User.objects.owners())
    assert {person for person in people if person.is_owner} == owners
    assert len(owners) == 2 * (8 + 6)


def test_colleagues_are_active_and_hold_a_role_or_are_superusers(
    *, admin: User, sales: User, tech: User, root: User
) -> None:
    """A group of the company's own lets somebody in, and is no role."""
    own = Group.objects.create(name="Reception")
    make_user().groups.add(own)
    tech.groups.add(own)
    acting.deactivate(make_user(Role.SALES_AGENT), by=admin)
    assert set(User.objects.colleagues()) == {admin, sales, tech, root}


def test_a_note_counts_the_open_jobs_that_lose_their_person(admin: User, sales: User) -> None:
    person = make_user(Role.TECHNICIAN, first_name="Tina", last_name="Tech")
    assert person.open_jobs_note() == ""
    jobs = [make_job(owner=sales, assigned_to=person) for _ in range(3)]
    acting.cancel(jobs[0], by=admin, reason="x")
    assert person.open_jobs_note() == ""
    person.set_roles([])
    assert person.open_jobs_note() == "Tina Tech has 2 open jobs, which now need someone."
    assert set(Job.objects.needing_someone()) == {jobs[1], jobs[2]}
    acts.assign(jobs[1], None, by=admin)
    assert person.open_jobs_note() == "Tina Tech has 1 open job, which now needs someone."


def test_the_jobs_of_a_deactivated_owner_need_someone(admin: User, sales: User) -> None:
    job = make_job(owner=sales)
    acting.deactivate(sales, by=admin)
    assert (list(Job.objects.needing_someone()), sales.open_jobs_note()) == (
        [job],
        "Sara Sales has 1 open job, which now needs someone.",
    )


def test_the_jobs_of_who_keeps_the_role_for_them_need_nobody(sales: User) -> None:
    person = make_user(Role.TECHNICIAN, Role.SALES_AGENT)
    make_job(owner=sales, assigned_to=person)
    person.set_roles([Role.TECHNICIAN])
    assert (list(Job.objects.needing_someone()), person.open_jobs_note()) == ([], "")


# The last Admin

LAST = "Adam Admin is the last active Admin. Make somebody else an Admin first."
TAKEN_AWAY: dict[str, Callable[[User, User], Any]] = {
    "deactivated": lambda admin, by: acting.deactivate(admin, by=by),
    "without roles": lambda admin, by: admin.set_roles([], by=by),
    "another role": lambda admin, by: admin.set_roles([Role.SALES_AGENT], by=by),
    "other groups": lambda admin, _: admin.set_groups([Group.objects.create(name="Dispatch")]),
    "deleted": lambda admin, _: admin.delete(),
}


def test_nobody_deactivates_themselves(admin: User, root: User) -> None:
    make_user(Role.ADMIN)
    before = everything(admin)
    with pytest.raises(Refused, match="Ask another Admin to do it"):
        acting.deactivate(User.objects.get(pk=admin.pk), by=admin)
    assert everything(admin) == before
    acting.deactivate(User.objects.get(pk=admin.pk), by=root)
    assert not User.objects.get(pk=admin.pk).is_active


@pytest.mark.parametrize("way", TAKEN_AWAY)
@pytest.mark.parametrize("asks", ["themselves", "a superuser", "nobody"])
def test_the_last_active_admin_stays_whoever_asks(
    way: str, asks: str, admin: User, root: User
) -> None:
    # Neither counts: one has left, the other is no Admin but a superuser.
    gone = make_user(Role.ADMIN)
    acting.deactivate(gone, by=root)
    before = everything(admin)
    by = {"themselves": admin, "a superuser": root, "nobody": None}[asks]
    with pytest.raises(Refused, match=LAST):
        TAKEN_AWAY[way](User.objects.get(pk=admin.pk), by)
    assert everything(admin) == before


@pytest.mark.parametrize("way", TAKEN_AWAY)
def test_an_admin_can_go_while_another_stays(way: str, admin: User, root: User) -> None:
    make_user(Role.ADMIN)
    TAKEN_AWAY[way](admin, root)
    assert list(User.objects.active().holding(Role.ADMIN).filter(pk=admin.pk)) == []


def test_an_admin_who_has_left_already_can_lose_the_role(root: User) -> None:
    gone = make_user(Role.ADMIN)
    make_user(Role.ADMIN)
    acting.deactivate(gone, by=root)
    gone.set_roles([], by=root)
    assert gone.roles == []


def test_the_last_admin_can_be_edited_and_given_more_roles(admin: User) -> None:
    admin.phone = "1"
    admin.save()
    admin.set_roles([Role.ADMIN, Role.TECHNICIAN])
    admin.refresh_from_db()
    assert (admin.phone, admin.roles) == ("1", [Role.ADMIN, Role.TECHNICIAN])


# An Admin's account

BEYOND = "Adam Admin is an Admin: others can change only their name and phone."


@pytest.mark.parametrize("who", ["sales", "tech", "left"])
def test_only_admins_and_superusers_touch_an_admins_account(
    who: str, admin: User, root: User, sales: User, tech: User
) -> None:
    make_user(Role.ADMIN)
    left = make_user(Role.TECHNICIAN)
    by = {"sales": sales, "tech": tech, "left": left}[who]
    before = everything(admin)
    for name, value in {"email": "x@y.z", "username": "x", "is_active": False}.items():
        person = User.objects.get(pk=admin.pk)
        setattr(person, name, value)
        with audit.act(by=by), pytest.raises(PermissionDenied, match=BEYOND):
            person.save()
    person.refresh_from_db()
    person.set_password(SECRET)
    with audit.act(by=by), pytest.raises(PermissionDenied, match=BEYOND):
        person.save()
    with audit.act(by=by), pytest.raises(PermissionDenied, match=BEYOND):
        User.objects.get(pk=admin.pk).delete()
    assert everything(admin) == before
    person = User.objects.get(pk=admin.pk)
    person.phone = "1"
    with audit.act(by=by):
        person.save()
    assert User.objects.get(pk=admin.pk).phone == "1"


def test_roles_are_given_and_taken_by_admins_superusers_and_nobody_in_person(
    admin: User, root: User, sales: User, tech: User
) -> None:
    for by in (sales, tech):
        with pytest.raises(PermissionDenied, match="Only Admins give"):
            tech.set_roles([Role.ADMIN], by=by)
        with audit.act(by=by), pytest.raises(PermissionDenied, match="Only Admins give"):
            tech.set_groups([])
    assert User.objects.get(pk=tech.pk).roles == [Role.TECHNICIAN]
    for by in (admin, root, None):
        tech.set_roles([Role.SALES_AGENT], by=by)
        tech.set_roles([Role.TECHNICIAN], by=by)
    assert User.objects.get(pk=tech.pk).roles == [Role.TECHNICIAN]


# Who can be deleted


def appears_as(column: str) -> Callable[[User, User], Any]:
    def make(person: User, admin: User) -> None:
        make_job(owner=admin)
        with transaction.atomic():
            Job.objects.update(**{column: person})

    return make


def shares(person: User, admin: User) -> None:
    acts.share(make_job(owner=admin), person, "view", by=admin)


def edits(person: User, admin: User) -> None:
    with audit.act(by=person):
        make_customer()


def completes_a_task(person: User, admin: User) -> None:
    task = make_job(owner=admin, tasks=1).tasks.get()
    type(task).objects.update(status="completed", completed_at=audit.now(), completed_by=person)


def is_logged(person: User, admin: User) -> None:
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=person, content_type=kind, object_id="1", object_repr="x", action_flag=CHANGE
    )


def is_given_a_row(person: User, admin: User) -> None:
    view = Permission.objects.get(codename="view_customer")
    UserObjectPermission.objects.assign_perm(view, person, obj=make_customer())


TRACES: dict[str, Callable[[User, User], Any]] = {
    "owns a job": appears_as("owner"),
    "created a job": appears_as("created_by"),
    "is assigned": appears_as("assigned_to"),
    "completed a task": completes_a_task,
    "has a job shared": shares,
    "changed something": edits,
    "is in Django's log": is_logged,
    "was given a row": is_given_a_row,
}


@pytest.mark.parametrize("trace", TRACES)
def test_who_appears_anywhere_is_deactivated_and_never_deleted(trace: str, admin: User) -> None:
    person = make_user(Role.TECHNICIAN, Role.SALES_AGENT, first_name="Tina", last_name="Tech")
    TRACES[trace](person, admin)
    before = everything(person)
    with pytest.raises(
        Refused, match=r"^\['Tina Tech appears on jobs or in the audit log. Deactivate them inst"
    ):
        person.delete()
    assert everything(person) == before
    acting.deactivate(person, by=admin)
    assert User.objects.get(pk=person.pk).is_active is False


def test_who_never_did_anything_can_be_deleted_and_stays_in_the_history(admin: User) -> None:
    with audit.act(by=admin):
        person = make_user(Role.TECHNICIAN, username="typo", first_name="", last_name="")
        pk = person.pk
        assert person.delete()[1]["people.User"] == 1
    assert [
        (action, changes.get("username"))
        for _who, action, changes in on_record(User(pk=pk, username="typo"))
    ] == [("created", ("", "typo")), ("changed", None), ("deleted", None)]


def test_the_name_of_who_did_it_stays_as_text(admin: User) -> None:
    with audit.act(by=admin):
        customer = make_customer()
    admin.first_name = "Married"
    admin.save()
    assert customer.history.get().person_name == "Adam Admin"


# What is unique


@pytest.mark.parametrize(
    ("taken", "wanted", "message"),
    [
        (
            {"email": "Ann@Example.com"},
            {"email": "ann@example.COM"},
            "Another person has this e-mail address.",
        ),
        ({"username": "Ann"}, {"username": "aNN"}, "Another person has this user name."),
    ],
)
def test_whatever_the_case_names_and_addresses_are_given_once(
    taken: dict[str, str], wanted: dict[str, str], message: str
) -> None:
    first = make_user(**taken)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user(**wanted)
    other = make_user()
    for name, value in wanted.items():
        setattr(other, name, value)
    with pytest.raises(ValidationError, match=message):
        other.full_clean()
    assert list(User.objects.order_by("pk")) == [first, other]


def test_many_people_have_no_address() -> None:
    people = [make_user(email="") for _ in range(2)]
    for person in people:
        person.full_clean()
    assert User.objects.filter(email="").count() == 2


def test_a_user_name_is_needed() -> None:
    with pytest.raises(ValueError, match="username must be set"):
        User.objects.create_user("")


def test_a_superuser_is_made_by_the_command_line_alone() -> None:
    root = User.objects.create_superuser("root", "root@example.com", SECRET)
    assert (root.is_superuser, root.check_password(SECRET), root.roles) == (True, True, [])
    assert User.objects.create_user("plain").is_superuser is False


# What is on record


def columns_of_history() -> list[Any]:
    """Every value in every history table, those of many-to-many rows too."""
    models = [model for model in apps.get_models() if "istorical" in model.__name__]
    assert len(models) >= 8
    return [str(v) for m in models for row in m._base_manager.values_list() for v in row]


def test_a_new_password_leaves_a_history_row_without_it(admin: User) -> None:
    person = make_user()
    old = person.password
    with audit.act(by=admin):
        person.set_password(SECRET)
        person.save()
    row = User.history.filter(id=person.pk).first()
    assert (row.history_change_reason, row.person_name) == ("Password changed", "Adam Admin")
    assert on_record(person)[1:] == [("Adam Admin", "changed", {})]
    values = columns_of_history()
    assert "Password changed" in values
    assert [v for v in values if old in v or person.password in v or SECRET in v] == []
    assert not {"password", "last_login"} & {f.name for f in User.history.model._meta.fields}


def test_a_reason_that_was_given_stays_with_a_new_password() -> None:
    person = make_user()
    person.set_password(SECRET)
    with audit.act(reason="They forgot it"):
        person.save()
    assert User.history.filter(id=person.pk).first().history_change_reason == "They forgot it"


def test_signing_in_is_no_change(sales: User, sign_in: Sign) -> None:
    before = everything(sales)
    sign_in(sales)
    row, groups, count = everything(sales)
    assert row["last_login"] is not None
    assert (row | {"last_login": None}, groups, count) == before


def test_saving_what_is_so_already_leaves_no_history(sales: User) -> None:
    before = everything(sales)
    sales.save()
    assert everything(sales) == before


def test_an_edit_says_what_was_and_what_is(admin: User, sales: User) -> None:
    with audit.act(by=admin):
        sales.phone = "+43 1 234"
        sales.save()
    assert on_record(sales)[-1] == ("Adam Admin", "changed", {"phone": ("", "+43 1 234")})


def test_an_edit_of_somebody_read_too_long_ago_is_stale(admin: User, sales: User) -> None:
    read_before = User.objects.get(pk=sales.pk)
    with audit.act(by=admin):
        sales.phone = "1"
        sales.save()
    before = everything(sales)
    read_before.phone = "2"
    with pytest.raises(Stale, match="Adam Admin changed this in the meantime"):
        read_before.save()
    assert everything(sales) == before


def test_jobs_are_found_by_the_name_that_their_technician_has_now(sales: User, tech: User) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    tech.last_name = "Tinkerbell"
    tech.save()
    assert "tinkerbell" in Job.objects.get(pk=job.pk).search_text
