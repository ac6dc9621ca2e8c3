"""Many rows written at once: exactly what saving each of them writes, row and history."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.ledger import Notice
from core.record import audit, bulk_writes
from core.record.transactions import savepoint
from core.refusals import Refused
from operations import acts
from operations.models import Customer, Equipment, Job, Site, Task
from people.models import User
from tests import acting
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task

pytestmark = pytest.mark.django_db
AT = timezone.now() - timedelta(minutes=1)
# What two rows that are alike do not share.
OWN = {"id", "number", "name", "name_folded", "serial_number", "serial_folded", "search_text"}
OF_RECORD = {"history_id", "change_set", "placed_at"}


def written(row: Any) -> dict[str, Any]:
    """The columns of a row, and those of its history rows, without what is its own."""
    fresh = type(row)._base_manager.filter(pk=row.pk).values().get()
    records = list(row.history.order_by("history_id").values())
    for each in (fresh, *records):
        for name in (OWN | OF_RECORD) & each.keys():
            each.pop(name)
    return {"row": fresh, "records": records}


def by_hand(rows: Iterable[Any], *, by: User) -> None:
    for row in rows:
        acts.save(row, by=by)


def at_once(rows: Iterable[Any], *, by: User) -> None:
    rows = list(rows)
    for row in rows:
        bulk_writes.prepare(row)
    bulk_writes.save_all(rows)


Write = Callable[..., None]


def act_of(by: User, write: Write, make: Callable[[], Iterable[Any]]) -> None:
    with savepoint(), audit.change_set(audit.Kind.IMPORT, by=by, reason="file.csv", at=AT):
        write(make(), by=by)


def new_rows(kind: str, mark: str, *, by: User, others: dict[str, Any]) -> list[Any]:
    """A row of a kind, or two, whose columns say all that one can say."""
    customer = others["customer"]
    made: dict[str, Callable[[], list[Any]]] = {
        "customer": lambda: [Customer(name=f"{mark}  Hotel\t", phone="+43 1", notes="a\r\nb")],
        "site": lambda: [Site(customer=customer, name=f"{mark} Main", address="Road 1")],
        "equipment": lambda: [Equipment(serial_number=f"{mark}1", name="Drill", kind="tool")],
        "job": lambda: [
            Job(
                title="Look\tat it",
                customer=customer,
                site=others["site"],
                scheduled_date=date(2020, 1, 1),
                start_time=time(8),
                end_time=time(9),
                assigned_to=others["tech"],
                owner=by,
                created_by=by,
            ),
            Job(title="Later", customer=customer, owner=by, created_by=by),
        ],
    }
    return made[kind]()


@pytest.fixture
def others(tech: User) -> dict[str, Any]:
    """What rows can name."""
    site = make_site()
    return {"customer": site.customer, "site": site, "tech": tech}


@pytest.mark.parametrize("kind", ["customer", "site", "equipment", "job"])
def test_new_rows_are_as_if_each_had_been_saved(
    kind: str, admin: User, others: dict[str, Any]
) -> None:
    made: dict[str, list[Any]] = {}
    for mark, write in (("A", by_hand), ("B", at_once)):

        def new(mark: str = mark) -> list[Any]:
            made[mark] = new_rows(kind, mark, by=admin, others=others)
            return made[mark]

        act_of(admin, write, new)
    one_by_one, together = ([written(row) for row in made[mark]] for mark in "AB")
    assert together == one_by_one
    assert [len(each["records"]) for each in together] == [1] * len(together)
    for row in made["B"]:
        fresh = type(row)._base_manager.get(pk=row.pk)
        assert {n: getattr(row, n) for n in written(row)["row"]} == {
            n: getattr(fresh, n) for n in written(row)["row"]
        }
        assert row.changed() == set()


@pytest.mark.parametrize("kind", ["customer", "site", "equipment", "job"])
def test_changed_rows_are_as_if_each_had_been_saved(
    kind: str, admin: User, others: dict[str, Any]
) -> None:
    found = []
    for mark, write in (("A", by_hand), ("B", at_once)):
        with audit.act(at=AT - timedelta(days=1)):
            rows = new_rows(kind, mark, by=admin, others=others)
            by_hand(rows, by=admin)
        model, keys = type(rows[0]), [row.pk for row in rows]

        def changed(model: Any = model, keys: list[int] = keys) -> list[Any]:
            held = model.held_rows(model._base_manager.filter(pk__in=keys))
            for row in held:
                _change(row, others)
            return held  # type: ignore[no-any-return]

        act_of(admin, write, changed)
        found.append([written(row) for row in rows])
    assert found[0] == found[1]
    assert [each["row"]["version"] for each in found[1]] == [2] * len(found[1])


def _change(row: Any, others: dict[str, Any]) -> None:
    if isinstance(row, Customer):
        row.phone = "2"
    elif isinstance(row, Site):
        row.address = "Road 2"
    elif isinstance(row, Equipment):
        row.is_active = False
    else:
        row.title, row.scheduled_date = "Anew", date(2021, 1, 1)
        row.assigned_to = None if row.assigned_to_id else others["tech"]


def test_the_words_that_rows_are_found_by_follow(admin: User, others: dict[str, Any]) -> None:
    customer, job = others["customer"], make_job(owner=admin, site=others["site"])
    with savepoint(), audit.act(by=admin):
        (held,) = Customer.held_rows(Customer.objects.filter(pk=customer.pk))
        held.name = "Renamed"
        bulk_writes.prepare(held)
        bulk_writes.save_all([held])
    found = [Customer, Site, Job]
    assert [m.objects.matching("renamed").count() for m in found] == [1, 1, 1]  # type: ignore[attr-defined]
    job.refresh_from_db()
    assert (job.version, job.history.count()) == (1, 1)


def test_tasks_are_written_with_their_equipment(admin: User) -> None:
    drill, van = make_equipment(), make_equipment()
    job = make_job(owner=admin)
    kept = [make_task(job=job, equipment=[drill]) for _number in range(3)]
    with savepoint(), audit.act(by=admin, at=AT):
        (held,) = Job.held_rows(Job.objects.filter(pk=job.pk))
        tasks = Task.held_rows(Task.objects.filter(job=job))
        new = Task(job=held, position=9, title="New")
        for task in (*tasks, new):
            task.job = held
            bulk_writes.prepare(task)
        wanted = {id(tasks[0]): {van.pk}, id(tasks[1]): {drill.pk}, id(new): {drill.pk, van.pk}}
        outcomes = bulk_writes.save_all([*tasks, new], relation="equipment", wanted=wanted)
    assert [outcome.row for outcome in outcomes] == [*tasks, new]
    columns = {field.attname for field in Task._meta.concrete_fields}
    assert [outcome.changed for outcome in outcomes] == [
        {"version", "equipment"},
        frozenset(),
        frozenset(),
        columns | {"equipment"},
    ]
    sets = [set(task.equipment.all()) for task in (*kept, new)]
    assert sets == [{van}, {drill}, {drill}, {drill, van}]
    assert [task.history.count() for task in (*kept, new)] == [2, 1, 1, 1]
    assert [Task.objects.get(pk=task.pk).version for task in (*kept, new)] == [2, 1, 1, 1]
    found = [
        {e.equipment for e in task.history.latest("history_id").equipment.all()}
        for task in (kept[0], new)
    ]
    assert found == [{van}, {drill, van}]


def test_people_are_told_as_of_one_job_and_in_one_statement(admin: User, tech: User) -> None:
    customer, tomorrow = make_customer(), audit.today() + timedelta(days=1)
    with savepoint(), audit.act(by=admin), CaptureQueriesContext(connection) as queries:
        jobs = [
            Job(
                title="x",
                customer=customer,
                owner=admin,
                created_by=admin,
                assigned_to=tech,
                scheduled_date=tomorrow,
            )
            for _number in range(3)
        ]
        for job in jobs:
            bulk_writes.prepare(job)
        bulk_writes.save_all(jobs)
    notices = Notice.objects.order_by("pk").values_list("person", "kind", "details__job")
    assert list(notices) == [(tech.pk, "assignment", job.pk) for job in jobs]
    assert sum("core_notice" in query["sql"] for query in queries) == 1


def test_rows_that_nobody_holds_are_not_changed() -> None:
    customer = make_customer()
    customer.phone = "2"
    with pytest.raises(RuntimeError, match="are held"):
        bulk_writes.save_all([customer])
    assert Customer.objects.get().phone == ""


def test_nothing_is_written_of_no_rows_and_of_rows_that_stay(
    django_assert_num_queries: Any,
) -> None:
    customer = make_customer()
    with savepoint():
        (held,) = Customer.held_rows(Customer.objects.filter(pk=customer.pk))
        with django_assert_num_queries(0):
            bulk_writes.save_all([])
            bulk_writes.save_all([held])
    assert customer.history.count() == 1


def test_what_another_row_has_is_told_at_its_field() -> None:
    site = make_site(name="Main")
    other = make_site(customer=make_customer(name="Hotel"), name="Main")
    rows = [
        Site(customer=site.customer, name="MAIN"),
        Site(customer=other.customer, name="Wing"),
        Site(customer=other.customer, name="main"),
    ]
    for row in rows:
        bulk_writes.prepare(row)
    taken = "This customer has a site of this name already."
    assert bulk_writes.duplicates(rows) == {0: ("name", taken), 2: ("name", taken)}
    customer = Customer(name="hotel")
    bulk_writes.prepare(customer)
    assert bulk_writes.duplicates([customer]) == {
        0: ("name", "There is a customer of this name already.")
    }
    assert (bulk_writes.duplicates([]), bulk_writes.duplicates([site])) == ({}, {})


def test_of_a_row_of_which_something_is_wrong_the_rest_is_checked() -> None:
    row = Equipment(serial_number="", name="", kind="boat")
    with pytest.raises(Exception) as wrong:  # noqa: PT011 (Its dictionary is compared.)
        bulk_writes.prepare(row, but=["kind"])
    assert sorted(wrong.value.message_dict) == ["name", "serial_number"]  # type: ignore[attr-defined]


def test_a_closed_job_is_refused(admin: User) -> None:
    job = make_job(owner=admin)
    acting.complete(job, by=admin)
    job.title = "New"
    with pytest.raises(Refused, match="Reopen it first"):
        bulk_writes.prepare(job)


# Keys


def test_keys_are_given_once_and_follow_those_of_before(admin: User) -> None:
    job = make_job(owner=admin)
    keys = bulk_writes.next_keys(Job, 3)
    assert keys == [job.pk + 1, job.pk + 2, job.pk + 3]


def test_a_trial_takes_keys_that_are_nobodys(admin: User) -> None:
    job = make_job(owner=admin)
    assert bulk_writes.trial_keys(Job, 2) == [-1, -2]
    Job.objects.filter(pk=job.pk).update(id=-7)
    assert bulk_writes.trial_keys(Job, 2) == [-8, -9]
    assert make_job(owner=admin).pk == job.pk + 1
