"""What an act says that it changed is what the database has changed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from core.record import acts as core_acts
from core.record.acts import Outcome
from core.roles import Role
from operations import acts
from operations.models import Customer, Equipment, Job, JobShare, Task
from operations.states import JobStatus, TaskStatus
from people import accounts, company
from people.models import User
from tests import acting
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task

pytestmark = pytest.mark.django_db
DAY = date(2031, 1, 1)


@dataclass
class World:
    """Rows that each act finds as it needs them, and an Admin who does it."""

    by: User
    tech: User
    job: Job
    task: Task
    customer: Customer
    drill: Equipment

    @property
    def a_job(self) -> tuple[type[Job], int]:
        return Job, self.job.pk

    @property
    def a_task(self) -> tuple[type[Task], int]:
        return Task, self.task.pk

    def changed_task(self) -> Task:
        task = Task.objects.get(pk=self.task.pk)
        task.title = "Other"
        return task

    def changed_person(self) -> User:
        self.tech.phone = "2"
        return self.tech

    def company(self) -> company.Company:
        row = company.company()
        row.name = "Nordring"
        return row


@pytest.fixture
def world(admin: User, tech: User) -> World:
    job = make_job(owner=admin, assigned_to=tech, site=make_site(), scheduled_date=DAY)
    task = make_task(job=job, equipment=[make_equipment()])
    drill = make_equipment()
    return World(admin, User.objects.get(pk=tech.pk), job, task, make_customer(), drill)


Act = Callable[[World], Outcome[Any]]
ACTS: dict[str, Act] = {
    "add": lambda w: acts.add(Customer(name="New"), by=w.by),
    "add_customer": lambda w: acts.add_customer(by=w.by, name="New", sites=[{"name": "Main"}]),
    "edit": lambda w: acts.edit((Customer, w.customer.pk), by=w.by, name="After"),
    "edit to what it is": lambda w: acts.edit(w.a_job, by=w.by, title=w.job.title),
    "edit_by_key": lambda w: acts.edit_by_key(w.a_job, by=w.by, customer=w.customer.pk, site=None),
    "enter": lambda w: acts.enter(by=w.by, title="New", customer=w.customer),
    "enter done": lambda w: acts.enter(
        by=w.by, title="New", customer=w.customer, status=JobStatus.COMPLETED
    ),
    "enter_for": lambda w: acts.enter_for(
        Job(title="New"), by=w.by, customer=Customer(name="Caller")
    ),
    "assign": lambda w: acts.assign(w.a_job, None, by=w.by),
    "reschedule": lambda w: acts.reschedule(w.a_job, date(2020, 1, 1), by=w.by),
    "hand_over": lambda w: acts.hand_over(w.a_job, technician=w.tech, by=w.by),
    "start": lambda w: acting.start(w.a_job, by=w.by),
    "hold": lambda w: acting.hold(w.a_job, by=w.by, reason="Why"),
    "resume": lambda w: acting.resume(w.a_job, by=w.by),
    "cancel": lambda w: acting.cancel(w.a_job, by=w.by, reason="Why"),
    "reopen": lambda w: acting.reopen(w.a_job, by=w.by, reason="Why"),
    "complete": lambda w: acting.complete(w.a_job, by=w.by),
    "add_task": lambda w: acts.add_task(w.a_job, by=w.by, title="New", equipment=[w.drill]),
    "save_task": lambda w: acts.save_task(w.changed_task(), None, by=w.by),
    "save_task with equipment": lambda w: acts.save_task(w.changed_task(), [w.drill], by=w.by),
    "save_tasks": lambda w: acts.save_tasks([(w.changed_task(), [w.drill])], by=w.by)[0],
    "edit_task": lambda w: acts.edit_task(w.a_task, by=w.by, position=7),
    "edit_task's equipment": lambda w: acts.edit_task(w.a_task, by=w.by, equipment=[]),
    "progress": lambda w: acts.progress(w.a_task, by=w.by, status=TaskStatus.COMPLETED, note="x"),
    "change_task": lambda w: acts.change_task(
        w.a_task, by=w.by, title="Other", equipment=[w.drill.pk], status=TaskStatus.IN_PROGRESS
    ),
    "change_task by nothing": lambda w: acts.change_task(w.a_task, by=w.by),
    "share": lambda w: acts.share(w.a_job, w.tech, JobShare.Level.VIEW, by=w.by),
    "share further": lambda w: acts.share(w.a_job, w.tech, JobShare.Level.PROGRESS, by=w.by),
    "share again": lambda w: acts.share(w.a_job, w.tech, JobShare.Level.VIEW, by=w.by),
    "open_account": lambda w: accounts.open_account(by=w.by, username="new", roles=[*Role]),
    "change_account": lambda w: accounts.change_account(
        (User, w.tech.pk), by=w.by, email="t@example.com", roles=[], is_active=False
    ),
    "save_account": lambda w: accounts.save_account(w.changed_person(), by=w.by),
    "change_profile": lambda w: accounts.change_profile((User, w.tech.pk), by=w.tech, phone="1"),
    "describe the company": lambda w: company.describe(w.company(), by=w.by),
    "skip a step": lambda w: company.skip("people", by=w.by),
}
# Those of which the last of several acts is looked at.
PREPARED: dict[str, Callable[[World], Any]] = {
    "resume": lambda w: acting.hold(w.a_job, by=w.by, reason="Why"),
    "reopen": lambda w: acting.cancel(w.a_job, by=w.by, reason="Why"),
    "share further": ACTS["share"],
    "share again": ACTS["share"],
    "complete": lambda w: acts.remove(w.a_task, by=w.by),
}
# What rows of a model have beside their columns, as an outcome names it.
RELATIONS: dict[Any, str] = {Task: "equipment", User: "groups"}


def values(row: Any) -> dict[str, Any]:
    """What the database has of a row, with a many-to-many; nothing where it is not there."""
    found = type(row)._base_manager.filter(pk=row.pk).values().first()
    name = RELATIONS.get(type(row))
    if found is not None and name:
        found[name] = set(getattr(row, name).values_list("pk", flat=True))
    return found or {}


@pytest.mark.parametrize("name", ACTS)
def test_an_outcome_names_what_has_other_values_now(name: str, world: World) -> None:
    PREPARED.get(name, lambda _world: None)(world)
    rows: list[Any] = [world.job, world.task, world.customer, world.tech, company.company()]
    rows += JobShare.objects.all()
    before = {(type(row), row.pk): values(row) for row in rows}
    outcome = ACTS[name](world)
    had, has = before.get((type(outcome.row), outcome.row.pk), {}), values(outcome.row)
    differing = {column for column in has if column not in had or has[column] != had[column]}
    # What is new has no relation before: an empty one is none.
    assert outcome.changed - set(RELATIONS.values()) == differing - set(RELATIONS.values())
    for relation in RELATIONS.values():
        assert (relation in outcome.changed) == (
            had.get(relation, set()) != has.get(relation, set())
        )


def test_whether_there_was_a_share_to_take_away_is_told(world: World) -> None:
    shared = acts.share(world.a_job, world.tech, JobShare.Level.VIEW, by=world.by).row
    gone, nothing = (acts.unshare(world.a_job, world.tech, by=world.by) for _ in range(2))
    assert (gone.row, gone.row.level, gone.changed) == (shared, "view", set(values_of(shared)))
    assert (nothing.row.pk, nothing.row.user, nothing.changed) == (None, world.tech, frozenset())


def test_what_was_deleted_is_told_as_it_was(world: World) -> None:
    gone = acts.remove(world.a_task, by=world.by)
    assert (gone.row, gone.row.title, gone.row.job_id) == (
        *(world.task, world.task.title, world.job.pk),
    )
    assert (gone.changed, gone.warnings) == (set(values_of(world.task)), ())
    assert not Task.objects.exists()


def values_of(row: Any) -> list[str]:
    """The columns of a row."""
    return [field.attname for field in row._meta.concrete_fields]


# Who is asked to, and answers with a row or with nothing: what asks before an act, and what an undo
# asks for, which tells by itself what was put back; or with a link, which is no row.
NO_OUTCOME = {
    *("action_of", "begin_as", "check", "find", "held"),
    *("give_link", "may_give_link", "send_link"),
    *("put_back", "put_back_job", "put_back_jobs", "put_back_task", "put_back_tasks"),
}


def test_every_act_returns_an_outcome() -> None:
    found = {
        name: str(inspect.signature(act).return_annotation)
        for module in (core_acts, acts, accounts, company)
        for name, act in inspect.getmembers(module, inspect.isfunction)
        if "by" in inspect.signature(act).parameters and not name.startswith("_")
    }
    outcomes = ("Outcome[", "list[Outcome[", "Entered")
    without = {name for name, answer in found.items() if not answer.startswith(outcomes)}
    assert without == NO_OUTCOME
