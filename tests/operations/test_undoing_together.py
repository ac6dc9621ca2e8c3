"""An act is undone many rows at once, to the very rows that one by one would leave."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.ledger import Notice
from core.record import acts as plain
from core.record import audit, bulk_writes, undo_batch, undoing
from core.record.audit import Door, Kind
from core.record.transactions import savepoint
from core.roles import Role
from operations import acts
from operations.models import Customer, Equipment, Job, Site, Task
from people.models import User
from tests import acting
from tests.access.world import rolled_back
from tests.factories import (
    make_customer,
    make_equipment,
    make_job,
    make_site,
    make_task,
    make_user,
)
from tests.operations.test_undoing import MODELS

# How many acts by chance; `make accept` tries 500.
ACTS = int(os.environ.get("FILES", "30"))
AT = timezone.now() - timedelta(minutes=5)
BY_CHANCE = {"history_id", "change_set", "placed_at"}
DAYS = [None, date(2020, 2, 3), date(2031, 5, 6)]


def one_by_one(*_rows: Any, **_by: Any) -> undo_batch.Done:
    """What finds nothing to do many at once."""
    return undo_batch.Done(frozenset(), frozenset())


def state() -> list[Any]:
    """All rows, with their equipment, their history, and what there is to tell of them."""
    rows: list[Any] = [list(model._base_manager.order_by("pk").values()) for model in MODELS]
    records = [
        list(model.history.order_by("id", "version", "history_type").values()) for model in MODELS
    ]
    for row in [each for some in (*rows, *records) for each in some]:
        for name in BY_CHANCE & row.keys():
            del row[name]
    needed = sorted(Task.equipment.through.objects.values_list("task", "equipment"))
    notices = sorted(Notice.objects.values_list("person", "kind", "occasion"))
    lines = Task.audit_records.m2m_models[Task._meta.get_field("equipment")].objects  # type: ignore[attr-defined]
    needs = sorted(lines.values_list("history__id", "history__version", "equipment"))
    return [rows, records, needed, notices, needs]


def undone(act: UUID, *, by: User) -> list[Any]:
    kept: list[undoing.Kept] = []
    with audit.change_set(Kind.UNDO, door=Door.IMPORT, by=by, at=AT):
        counts = undoing.undo(act, by=by, keep=kept.append)
    return [counts, sorted(kept, key=str), state()]


def both_ways(act: UUID, *, by: User) -> tuple[undoing.Undone, list[str]]:
    """Undo it, to what one by one would leave: the counts, and why rows are kept."""
    with rolled_back(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(undo_batch, "undo", one_by_one)
        slowly = undone(act, by=by)
    counts, kept, now = undone(act, by=by)
    assert [counts, kept, now] == slowly
    return counts, [line.why for line in kept]


# What is done by chance

Do = Callable[..., Any]
HOW_MANY = st.integers(0, 5)


def _nth(model: Any, number: int) -> Any:
    rows = list(model.objects.order_by("pk"))
    if not rows:
        raise IndexError
    return rows[number % len(rows)]


def _edit(model: Any, number: int, by: User, **values: Any) -> None:
    acts.edit((model, _nth(model, number).pk), by=by, **values)


STEPS: list[Do] = [
    lambda n, by: acts.add(Customer(name=f"New {n}"), by=by),
    lambda n, by: acts.add(Site(customer=_nth(Customer, n), name=f"Site {n}"), by=by),
    lambda n, by: acts.add(Equipment(name="X", serial_number=f"N{n}", kind="tool"), by=by),
    lambda n, by: acts.enter(by=by, title=f"Job {n}", customer=_nth(Customer, n)),
    lambda n, by: acts.add_task(_nth(Job, n), by=by, title=f"T{n}", equipment=[_nth(Equipment, n)]),
    # Names that are free, or were another row's.
    lambda n, by: _edit(Customer, n, by, name=f"Name {n}", phone=f"{n}"),
    lambda n, by: _edit(Customer, n + 1, by, name=f"Name {n}"),
    lambda n, by: _edit(Customer, n, by, notes=f"{n}", is_active=n % 2 == 0),
    lambda n, by: _edit(Site, n, by, name=f"Place {n % 2}", address=f"{n}"),
    lambda n, by: _edit(Site, n, by, customer=_nth(Customer, n + 1)),
    lambda n, by: _edit(Equipment, n, by, serial_number=f"E{n}", is_active=n % 3 == 0),
    lambda n, by: _edit(Equipment, n, by, description=f"{n}"),
    lambda n, by: _edit(Job, n, by, title=f"Title {n}", description=f"{n}"),
    lambda n, by: _edit(Job, n, by, customer=_nth(Customer, n), site=None),
    lambda n, by: acts.reschedule(_nth(Job, n), DAYS[n % 3], by=by),
    lambda n, by: acts.assign(_nth(Job, n), User.objects.technicians().first(), by=by),
    lambda n, by: acts.assign(_nth(Job, n), None, by=by),
    lambda n, by: _edit(Job, n, by, owner=User.objects.owners()[n % 2]),
    lambda n, by: acting.cancel(_nth(Job, n), by=by, reason="No."),
    lambda n, by: acting.complete(_nth(Job, n), by=by),
    lambda n, by: acting.reopen(_nth(Job, n), by=by, reason="More."),
    lambda n, by: acts.edit_task(_nth(Task, n), by=by, title=f"Step {n}", position=n + 1),
    lambda n, by: acts.edit_task(_nth(Task, n), by=by, equipment=[_nth(Equipment, n)]),
    lambda n, by: acts.edit_task(_nth(Task, n), by=by, equipment=[]),
    lambda n, by: acts.progress(_nth(Task, n), by=by, status="completed", note=f"{n}"),
    lambda n, by: acts.remove(_nth(Task, n), by=by),
    lambda n, by: acts.remove(_nth(Site, n), by=by),
    lambda n, by: acts.remove(_nth(Equipment, n), by=by),
    lambda n, by: plain.edit((User, _nth(User, n).pk), by=by, phone=f"{n}"),
]
PLANS = st.lists(st.tuples(st.integers(0, len(STEPS) - 1), HOW_MANY), max_size=12)


def _do(plan: Sequence[tuple[int, int]], *, by: User) -> None:
    for step, number in plan:
        # What a rule refuses is not done.
        with suppress(ValidationError, PermissionDenied, Http404, IndexError), savepoint():
            STEPS[step](number, by)


@pytest.fixture
def company(db: None) -> User:
    """A few rows of each kind; who does it all."""
    admin = make_user(Role.ADMIN, username="adam")
    tech = make_user(Role.TECHNICIAN, username="tina")
    with audit.act(by=admin, at=AT):
        customers = [make_customer(name=f"Name {n}") for n in range(3)]
        site = make_site(customer=customers[0], name="Place 0")
        drills = [make_equipment(serial_number=f"E{n}") for n in range(3)]
        jobs = [
            make_job(owner=admin, site=site, assigned_to=tech, scheduled_date=date(2020, 1, 2)),
            make_job(owner=admin, customer=customers[1]),
        ]
        make_task(job=jobs[0], equipment=drills[:2])
        make_task(job=jobs[1])
    return admin


# What is covered by chance is not counted.
@pytest.mark.no_cover
@settings(
    max_examples=ACTS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(done=PLANS, since=PLANS, is_allowed=st.booleans())
def test_it_leaves_what_one_by_one_would_leave(
    done: list[Any], since: list[Any], is_allowed: bool, company: User, sales: User
) -> None:
    with rolled_back():
        with audit.change_set(Kind.IMPORT, door=Door.IMPORT, by=company, at=AT) as act:
            _do(done, by=company)
        with audit.act(by=company, at=AT):
            _do(since, by=company)
        assert act.change_set is not None
        both_ways(act.change_set, by=company if is_allowed else sales)


# What goes one by one


@contextmanager
def imported(by: User, continued: UUID | None = None) -> Iterator[UUID]:
    act = audit.change_set(Kind.IMPORT, door=Door.IMPORT, by=by, at=AT, continued=continued)
    with act as at_hand:
        assert at_hand.change_set is not None
        yield at_hand.change_set


def test_of_two_that_had_one_name_the_first_has_it_again(admin: User) -> None:
    first, second = make_customer(name="X"), make_customer(name="Z")
    with imported(admin) as act:
        acts.edit((Customer, first.pk), by=admin, name="Y")
    acts.edit((Customer, second.pk), by=admin, name="X")
    with imported(admin, continued=act):
        acts.edit((Customer, second.pk), by=admin, name="W")
    counts, why = both_ways(act, by=admin)
    assert (counts.put_back, why) == (1, ["There is a customer of this name already."])
    assert set(Customer.objects.values_list("name", flat=True)) == {"Y", "X"}


def test_a_customer_who_is_gone_is_not_named_again(admin: User) -> None:
    former, customer = make_customer(), make_customer()
    job = make_job(owner=admin, customer=former)
    with imported(admin) as act:
        acts.edit((Job, job.pk), by=admin, customer=customer)
    acts.remove((Customer, former.pk), by=admin)
    counts, why = both_ways(act, by=admin)
    assert (counts.put_back, why) == (0, ["What it referred to before has been deleted since."])
    job.refresh_from_db()
    assert job.customer == customer


def test_new_rows_go_as_far_as_somebody_may_delete_them(admin: User, tech: User) -> None:
    customer = make_customer()
    with imported(admin) as act:
        acts.add(Site(customer=customer, name="Roof"), by=admin)
    counts, why = both_ways(act, by=tech)
    assert (counts.removed, why) == (0, ["You may not do this."])
    assert both_ways(act, by=admin)[0].removed == 1
    assert not Site.objects.exists()


def test_equipment_comes_back_as_far_as_it_may(admin: User) -> None:
    drill, saw, van = make_equipment(), make_equipment(), make_equipment()
    job = make_job(owner=admin)
    tasks = [make_task(job=job, equipment=[item]) for item in (drill, saw, van)]
    with imported(admin) as act:
        for task in tasks:
            acts.edit_task((Task, task.pk), by=admin, equipment=[])
    acts.edit((Equipment, saw.pk), by=admin, is_active=False)
    acts.remove((Equipment, van.pk), by=admin)
    counts, why = both_ways(act, by=admin)
    assert (counts.put_back, why) == (2, [f"Not active: {saw}. Choose other equipment."])
    assert [list(task.equipment.all()) for task in tasks] == [[drill], [], []]


def test_a_double_of_before_gets_the_name_that_is_free_again(admin: User) -> None:
    with imported(admin) as act:
        acts.add(Customer(name="Hotel"), by=admin)
    double = make_customer(name="Other")
    Customer.objects.filter(pk=double.pk).update(name="HOTEL", name_folded=f"hotel\n{double.pk}")
    assert both_ways(act, by=admin)[0].removed == 1
    assert Customer.objects.get().name_folded == "hotel"


@pytest.mark.django_db
def test_rows_that_nobody_holds_are_not_deleted() -> None:
    customer = make_customer()
    with pytest.raises(RuntimeError, match="are held"):
        bulk_writes.remove([customer])
    bulk_writes.remove([])
    assert Customer.objects.count() == 1


# What it costs


def _rename(rows: Sequence[Any], *, by: User) -> None:
    for row in rows:
        values: dict[str, Any] = {"title" if hasattr(row, "title") else "notes": "x"}
        plain.edit((type(row), row.pk), by=by, **values)


@pytest.mark.parametrize("number", [2, 60])
def test_it_takes_as_many_statements_for_many_rows(number: int, admin: User) -> None:
    job = make_job(owner=admin)
    made: dict[str, Callable[[], object]] = {
        "customers": lambda: [acts.add(Customer(name=f"C{n}"), by=admin) for n in range(number)],
        "jobs": lambda: [
            acts.enter(by=admin, title="J", customer=job.customer) for _ in range(number)
        ],
        "tasks": lambda: [acts.add_task(job, by=admin, title="T") for _ in range(number)],
    }
    found = {}
    for kind, do in made.items():
        with imported(admin) as act:
            do()
        found[f"new {kind}"] = statements(act, by=admin, counts=(number, 0))
    rows: dict[str, list[Any]] = {
        "customers": [make_customer() for _ in range(number)],
        "jobs": [make_job(owner=admin, customer=job.customer) for _ in range(number)],
        "tasks": [make_task(job=job) for _ in range(number)],
    }
    for kind, some in rows.items():
        with imported(admin) as act:
            _rename(some, by=admin)
        found[f"changed {kind}"] = statements(act, by=admin, counts=(0, number))
    assert found == {
        "new customers": 25,
        "new jobs": 24,
        "new tasks": 26,
        "changed customers": 24,
        "changed jobs": 27,
        "changed tasks": 29,
    }


def statements(act: UUID, *, by: User, counts: tuple[int, int]) -> int:
    """How many it takes to undo an act of rows made and changed."""
    with (
        audit.change_set(Kind.UNDO, door=Door.IMPORT, by=by, at=AT),
        CaptureQueriesContext(connection) as queries,
    ):
        found = undoing.undo(act, by=by, keep=print)
    assert (found.removed, found.put_back, found.kept) == (*counts, 0)
    return len(queries)
