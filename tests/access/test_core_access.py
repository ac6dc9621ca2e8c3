"""What core/access.py answers, whoever asks through whichever door."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from guardian.models import UserObjectPermission

from core import access, roles
from core.access import can, can_by_columns, require, visible_to
from core.record.records import Recorded
from core.roles import Role
from operations import acts
from operations.models import Job, JobShare, Task
from people.models import User
from tests import acting
from tests.access.table import (
    ANALYTICS,
    ASKED,
    FIRM,
    INSIDE,
    MODELS,
    NO_ROW,
    OUTSIDE,
    ROWS,
    SCHEDULE,
    allows,
    role_allows,
)
from tests.access.world import World, make_world
from tests.factories import make_job


@pytest.mark.django_db
@pytest.mark.parametrize("who", [*INSIDE, *OUTSIDE])
def test_every_cell_of_the_table_holds_in_core_access(who: str) -> None:
    world = make_world(who)
    cells = [(*question, row) for question in ASKED for row in ROWS[question[0]]]
    answers = {cell: answer(world, *cell) for cell in cells}
    assert answers == {cell: allows(who, *cell) for cell in cells}


def answer(world: World, label: str, action: str, row: str) -> bool:
    """The answer of `can`, once it is known that all functions agree."""
    target = world.row(label, row)
    found = can(world.person, action, target)
    everything = MODELS[label]._base_manager.all()
    rows = visible_to(world.person, everything, action)
    assert rows.filter(pk=target.pk).exists() == found
    assert on_the_row_held(world, label, action, target) == found
    if label == "operations.job":
        columns = everything.values("id", "owner_id", "assigned_to_id").get(pk=target.pk)
        assert can_by_columns(world.person, action, label)(columns) == found
    assert requires(world.person, action, target) == found
    return found


def on_the_row_held(world: World, label: str, action: str, target: Any) -> bool:
    """The answer of `allows`, by the columns of the row as it is read to be changed."""
    model: Any = MODELS[label]
    row = model.held_row(target.pk) if issubclass(model, Recorded) else None
    return (
        access.can_on_held(world.person, action, row) if row else can(world.person, action, target)
    )


def requires(person: Any, action: str, target: Any) -> bool:
    try:
        require(person, action, target)
    except PermissionDenied:
        return False
    return True


@pytest.mark.django_db
@pytest.mark.parametrize("who", [*INSIDE, *OUTSIDE])
def test_without_a_row_the_answer_is_whether_there_can_be_any(who: str) -> None:
    world = make_world(who)
    expected = {question: allows(who, *question) for question in ASKED}
    assert {q: can(world.person, q[1], q[0]) for q in ASKED} == expected
    assert {q: requires(world.person, q[1], q[0]) for q in ASKED} == expected
    of_models = {q: expected[q] for q in ASKED if q[0] in MODELS}
    assert {q: can(world.person, q[1], MODELS[q[0]]) for q in of_models} == of_models


def test_every_action_of_the_roles_table_stands_in_the_design() -> None:
    named = {(label, action) for label, rights in roles.RIGHTS.items() for action in rights}
    assert named == set(ASKED)


@pytest.mark.django_db
def test_a_role_that_becomes_a_group_has_the_permissions_of_its_column() -> None:
    roles.make_groups()
    for role in Role:
        held = Permission.objects.filter(group__name=role.group_name)
        assert set(held.values_list("content_type__app_label", "codename")) == {
            (label.split(".")[0], f"{action}_{label.split('.')[1]}")
            for label, action in ASKED
            if label in {*MODELS, SCHEDULE, FIRM, ANALYTICS}
            and role_allows(role.group_name, label, action, NO_ROW)
        }


@pytest.mark.django_db
def test_a_group_of_another_name_is_no_role(sales: User) -> None:
    assert [Role.of_group(role.group_name) for role in Role] == list(Role)
    assert Role.of_group("Dispatch") is None


@pytest.mark.django_db
def test_a_row_that_is_not_saved_and_an_action_without_a_name_are_refused(root: User) -> None:
    assert can(root, "view", Job(title="Not saved")) is False
    assert can(root, "view", User(pk=root.pk)) is False
    assert can(root, "paint", Job) is False
    assert can(root, "view", "operations.nothing") is False
    assert can(root, "view", Group) is False


@pytest.mark.django_db
def test_a_deactivated_superuser_may_nothing(root: User, admin: User, sales: User) -> None:
    job = make_job(owner=sales)
    acting.deactivate(root, by=admin)
    assert (can(root, "view", job), list(visible_to(root, Job.objects.all()))) == (False, [])


@pytest.mark.django_db
def test_a_permission_given_to_one_person_reaches_every_row(sales: User, other_sales: User) -> None:
    foreign = make_job(owner=other_sales)
    sales.user_permissions.add(Permission.objects.get(codename="view_job"))
    sales.refresh_from_db()
    assert (can(sales, "view", foreign), can(sales, "change", foreign)) == (True, False)


@pytest.mark.django_db
def test_a_reassignment_takes_effect_at_once(
    admin: User, sales: User, other_sales: User, tech: User, other_tech: User
) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    asked = [(tech, "progress"), (other_tech, "progress"), (sales, "change"), (other_sales, "view")]
    assert [can(who, action, job) for who, action in asked] == [True, False, True, False]
    acts.assign(job, other_tech, by=admin)
    job.owner = other_sales
    job.save()
    # Asked of the very rows that were read before: the database says, not the instance.
    assert [can(who, action, job) for who, action in asked] == [False, True, False, True]
    assert list(visible_to(tech, Job.objects.all())) == []
    assert list(visible_to(sales, Job.objects.all())) == []


@pytest.mark.django_db
def test_what_a_form_has_filled_in_does_not_count(sales: User, other_sales: User) -> None:
    job = make_job(owner=sales)
    job.owner = other_sales
    assert (can(sales, "change", job), can(other_sales, "change", job)) == (True, False)


@pytest.mark.django_db
def test_a_role_taken_away_takes_effect_at_once(sales: User, tech: User) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    acts.share(job, tech, "progress", by=sales)
    tech.set_roles([Role.SALES_AGENT])
    assert (can(tech, "view", job), can(tech, "progress", job)) == (True, False)
    tech.set_roles([])
    assert (can(tech, "view", job), list(visible_to(tech, Task.objects.all()))) == (False, [])
    tech.set_roles([Role.TECHNICIAN])
    assert (can(tech, "view", job), can(tech, "progress", job)) == (True, True)


@pytest.mark.django_db
def test_a_share_counts_while_it_stands_at_the_level_it_has(sales: User, tech: User) -> None:
    job = make_job(owner=sales)

    def may() -> tuple[bool, bool]:
        return can(tech, "view", job), can(tech, "progress", job)

    assert may() == (False, False)
    acts.share(job, tech, "progress", by=sales)
    assert may() == (True, True)
    acts.share(job, tech, "view", by=sales)
    assert may() == (True, False)
    acts.unshare(job, tech, by=sales)
    assert may() == (False, False)


@pytest.mark.django_db
def test_no_permission_row_is_stored_but_the_explicit_share(
    sales: User, tech: User, other_tech: User
) -> None:
    job = make_job(owner=sales, assigned_to=tech, tasks=1)
    acts.share(job, other_tech, "view", by=sales)
    acts.assign(job, other_tech, by=sales)
    assert UserObjectPermission.objects.count() == 0
    assert list(JobShare.objects.values_list("user", "content_object")) == [(other_tech.pk, job.pk)]
    job.delete()
    assert JobShare.objects.count() == 0


def test_of_rows_that_nobody_owns_no_columns_tell_who_may(tech: User) -> None:
    with pytest.raises(ValueError, match=r"operations\.customer are not owned"):
        can_by_columns(tech, "view", "operations.customer")
