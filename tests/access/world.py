"""Somebody, a row in every relation to them, and all that can be written of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ

from core.roles import Role
from operations import acts
from operations.models import Job
from people.models import User
from tests import acting
from tests.access.table import (
    ADMIN,
    ASSIGNED,
    COLLEAGUE,
    COMPANY,
    CUSTOMER,
    EQUIPMENT,
    FOR_PROGRESS,
    FOREIGN,
    GIVEN,
    GONE,
    HOLDS,
    IDLE,
    JOB,
    MODELS,
    OWN,
    PERSON,
    RELATIONS,
    ROOT,
    SELF,
    SHARE,
    SITE,
    STRANGER,
    SUPERUSER,
    TASK,
    TO_VIEW,
)
from tests.factories import make_customer, make_equipment, make_job, make_site, make_user


@dataclass
class World:
    """Somebody, and a row in every relation to them."""

    who: str
    person: Any
    boss: User
    friend: User
    rows: dict[str, dict[str, Any]]
    client: Client = field(default_factory=Client)
    pages: dict[str, Any] = field(default_factory=dict)
    start: list[Any] = field(default_factory=list)

    def get(self, address: str) -> Any:
        """A page, opened once: no door leaves anything behind that another could see."""
        if address not in self.pages:
            self.pages[address] = self.client.get(address)
        return self.pages[address]

    def row(self, label: str, row: str) -> Any:
        """The row, as the database has it now."""
        return MODELS[label]._base_manager.get(pk=self.rows[label][row].pk)


def make_world(who: str, relations: tuple[str, ...] = RELATIONS) -> World:
    """One who held every role when the rows came to be, and holds now what is asked for.

    So a sales agent has a job assigned to them from a time when they were a technician too.
    `relations`: those in which there is a job, where not all of them are asked about.
    """
    boss = make_user(Role.ADMIN, Role.TECHNICIAN)
    friend = make_user(Role.TECHNICIAN, Role.SALES_AGENT)
    person = make_user(*Role)
    jobs = {}
    for relation in relations:
        jobs[relation] = make_job(
            owner=person if relation == OWN else boss,
            assigned_to={ASSIGNED: person, FOREIGN: boss}.get(relation),
            site=make_site(),
            tasks=1,
            title=f"Title {relation}",
        )
        acts.share(jobs[relation], friend, "view", by=boss)
    for relation, level in ((TO_VIEW, "view"), (FOR_PROGRESS, "progress")):
        if relation in jobs:
            acts.share(jobs[relation], person, level, by=boss)
    rows: dict[str, dict[str, Any]] = {
        JOB: jobs,
        TASK: {relation: job.tasks.get() for relation, job in jobs.items()},
        SHARE: {relation: job.shares.get(user=friend) for relation, job in jobs.items()},
        CUSTOMER: {relation: job.customer for relation, job in jobs.items()},
        SITE: {relation: job.site for relation, job in jobs.items()},
        EQUIPMENT: {IDLE: make_equipment()},
        PERSON: {
            SELF: person,
            COLLEAGUE: make_user(),
            SUPERUSER: User.objects.create_superuser(f"other-root-{boss.pk}"),
        },
    }
    rows[CUSTOMER][IDLE], rows[SITE][IDLE] = make_customer(), make_site()
    become(person, who, boss=boss)
    world = World(who, User.objects.get(pk=person.pk), boss, friend, rows)
    if who == STRANGER:
        world.person = AnonymousUser()
    else:
        backend = "django.contrib.auth.backends.ModelBackend"
        world.client.force_login(world.person, backend=backend)
    if relations == RELATIONS:
        world.start = everything()
    return world


def become(person: User, who: str, *, boss: User) -> None:
    held = [ADMIN] if who == GONE else HOLDS.get(who, [])
    person.set_roles([role for role in Role if role.group_name in held], by=boss)
    if who == GONE:
        acting.deactivate(person, by=boss)
    elif who == ROOT:
        person.is_superuser = True
        person.save()
    elif who == COMPANY:
        person.set_groups([company_group(GIVEN)])


def company_group(given: set[tuple[str, str]], name: str = "Dispatch") -> Group:
    group, _made = Group.objects.get_or_create(name=name)
    for label, action in given:
        app, model = label.split(".")
        group.permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=f"{action}_{model}")
        )
    return group


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# What a statement begins with that writes nothing.
_READS = ("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


@contextmanager
def noting_writes() -> Iterator[list[str]]:
    """The statements that may have written something: where there are none, all is as it was."""
    written: list[str] = []

    def note(execute: Any, sql: str, *given: Any) -> Any:
        if not sql.startswith(_READS):
            written.append(sql)
        return execute(sql, *given)

    with connection.execute_wrapper(note):
        yield written


# Signing in writes the moment, and is no change of a person.
WRITTEN = {
    model: [column.attname for column in model._meta.concrete_fields if column.name != "last_login"]
    for model in MODELS.values()
}
# Looked up once: simple-history makes a manager each time it is asked for one.
HISTORY = {model: model.history.all() for model in MODELS.values()}


def everything() -> list[Any]:
    """Every row that a door can write, how much history there is, and what is enqueued."""
    return [
        *(
            (list(model._base_manager.order_by("pk").values_list(*columns)), HISTORY[model].count())
            for model, columns in WRITTEN.items()
        ),
        OrmQ.objects.count(),
    ]


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


def page_of(label: str, page: str) -> str:
    return f"{label.replace('.', '_')}_{page}"


# What several doors send, and do first.


def typed_in(world: World, typed: dict[str, Any]) -> dict[str, Any]:
    return {name: value(world) if callable(value) else value for name, value in typed.items()}


def task_title(world: World, row: str) -> str:
    return str(world.rows[TASK][row].title)


def customer_pk(world: World) -> int:
    return int(world.rows[CUSTOMER][IDLE].pk)


def friend_pk(world: World) -> int:
    return int(world.friend.pk)


def other_pk(world: World) -> int:
    return int(world.rows[PERSON][SUPERUSER].pk)


def finish_tasks(job: Job, boss: User) -> None:
    acts.progress(job.tasks.get(), by=boss, status="completed")


SHARING = {"user": friend_pk, "level": "progress"}
WHY = {"reason": "The customer called."}
