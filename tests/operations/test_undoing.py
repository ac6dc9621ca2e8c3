"""An act is undone: what it made goes, what it changed comes back, and what stays is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from core.ledger import Message, Notice
from core.ledger import State as MailState
from core.record import acts as plain
from core.record import audit, undoing, written
from core.record.audit import Door, Kind
from core.record.undoing import Kept
from core.roles import Role
from operations import acts
from operations.models import Customer, Equipment, Job, Site, Task
from people import accounts
from people.models import User
from tests import acting
from tests.factories import (
    make_customer,
    make_equipment,
    make_job,
    make_message,
    make_site,
    make_task,
    make_user,
)

BOOKKEEPING = {"version", "updated_at", "search_text", "placed_at", "last_login", "sign_in_key"}
MODELS: tuple[Any, ...] = (User, Customer, Site, Equipment, Job, Task)


def everything() -> list[Any]:
    """All rows, versions apart, with equipment and roles."""
    rows = [
        [
            {name: value for name, value in row.items() if name not in BOOKKEEPING}
            for row in model._base_manager.order_by("pk").values()
        ]
        for model in MODELS
    ]
    needed = sorted(Task.equipment.through.objects.values_list("task", "equipment"))
    held = sorted(User.groups.through.objects.values_list("user", "group"))
    return [*rows, needed, held]


@contextmanager
def imported(by: User) -> Iterator[UUID]:
    """What is done inside is one act, of an import."""
    with audit.change_set(Kind.IMPORT, door=Door.IMPORT, by=by) as act:
        assert act.change_set is not None
        yield act.change_set


def undo(act: UUID, *, by: User) -> tuple[tuple[int, int], list[Kept]]:
    """How many rows are gone and put back, and what stays."""
    kept: list[Kept] = []
    with audit.change_set(Kind.UNDO, door=Door.IMPORT, by=by):
        undone = undoing.undo(act, by=by, keep=kept.append)
    assert undone.kept == len(kept)
    return (undone.removed, undone.put_back), kept


def as_rows(kept: list[Kept]) -> list[tuple[str, ...]]:
    return [(line.what, line.label, line.field, line.why, line.who) for line in kept]


def test_rows_of_each_kind_go_and_come_back(admin: User, tech: User) -> None:
    customer, drill = make_customer(name="Old"), make_equipment()
    site = make_site(customer=customer)
    saw = make_equipment(is_active=False)
    job = make_job(owner=admin, tasks=2, scheduled_date=date(2020, 5, 6))
    task = job.tasks.first()
    person = make_user(Role.TECHNICIAN, email="one@example.com")
    User.objects.filter(pk=person.pk).update(email_problem="No such box.")
    person.refresh_from_db()
    plain.edit((User, person.pk), by=admin, phone="1")
    assert task is not None
    before = everything()
    with imported(admin) as act:
        acts.add(Customer(name="New"), by=admin)
        acts.add(Equipment(name="N", serial_number="N-1", kind="tool"), by=admin)
        accounts.open_account(by=admin, username="new", roles=[Role.SALES_AGENT])
        acts.edit((Customer, customer.pk), by=admin, name="Renamed", phone="2", is_active=False)
        acts.edit((Site, site.pk), by=admin, name="Elsewhere")
        acts.edit((Equipment, saw.pk), by=admin, is_active=True, description="x")
        acts.edit(
            (Job, job.pk), by=admin, title="T", assigned_to=tech, scheduled_date=date(2031, 1, 1)
        )
        acts.edit_task((Task, task.pk), by=admin, title="Other", equipment=[drill])
        made = acts.enter(by=admin, title="Made", customer=Customer.objects.get(name="New"))
        acts.add_task(made.row, by=admin, title="Step", equipment=[drill])
        accounts.change_account(
            User.objects.get(pk=person.pk),
            by=admin,
            roles=[Role.SALES_AGENT],
            email="other@example.com",
        )
    assert everything() != before
    assert undo(act, by=admin) == ((5, 6), [])
    assert everything() == before


def test_an_undo_is_on_record_as_one_act_by_the_door_of_the_import(admin: User) -> None:
    customer = make_customer(name="Old")
    with imported(admin) as act:
        acts.edit((Customer, customer.pk), by=admin, name="New")
    undo(act, by=admin)
    record = customer.history.first()
    assert (record.act_kind, record.door, record.history_user, record.name, record.version) == (
        "undo",
        "import",
        admin,
        "Old",
        3,
    )


def test_what_somebody_changed_since_stays_field_by_field(admin: User, sales: User) -> None:
    customer = make_customer(name="Old", phone="1", notes="a")
    with imported(admin) as act:
        acts.edit((Customer, customer.pk), by=admin, name="New", phone="2", notes="b")
        acts.add(Customer(name="Made"), by=admin)
    with audit.act(by=sales):
        acts.edit((Customer, customer.pk), by=sales, phone="3")
        acts.edit((Customer, Customer.objects.get(name="Made").pk), by=sales, phone="4")
    acts.edit((Customer, customer.pk), by=admin, is_active=False)
    counts, kept = undo(act, by=admin)
    assert counts == (0, 1)
    assert as_rows(kept) == [
        ("row", "Made", "", "It has been changed since.", "Sara Sales"),
        ("field", "New", "phone", "It has been changed since.", "Sara Sales"),
    ]
    assert kept[1].at == customer.history.get(version=3).history_date
    customer.refresh_from_db()
    assert (customer.name, customer.phone, customer.notes) == ("Old", "3", "a")


def test_a_second_undo_finds_nothing_to_do(admin: User) -> None:
    customer = make_customer(name="Old")
    with imported(admin) as act:
        acts.edit((Customer, customer.pk), by=admin, name="New")
        acts.add(Customer(name="Made"), by=admin)
    undo(act, by=admin)
    rows = Customer.history.count()
    counts, kept = undo(act, by=admin)
    assert (counts, [line.why for line in kept]) == ((0, 0), ["It has been changed since."])
    assert Customer.history.count() == rows


def test_what_is_gone_or_was_never_on_record_is_told(admin: User) -> None:
    gone, unknown = make_customer(name="Gone"), make_customer(name="Unknown")
    Customer.history.filter(id=unknown.pk).delete()
    with imported(admin) as act:
        acts.edit((Customer, gone.pk), by=admin, phone="1")
        acts.edit((Customer, unknown.pk), by=admin, phone="1")
        made = acts.add(Customer(name="Made"), by=admin).row
        twice = make_customer(name="Twice")
        acts.remove((Customer, twice.pk), by=admin)
    acts.remove((Customer, gone.pk), by=admin)
    acts.remove((Customer, made.pk), by=admin)
    counts, kept = undo(act, by=admin)
    assert counts == (0, 0)
    assert as_rows(kept) == [
        ("row", "Unknown", "", "What it was before is not on record.", ""),
        ("row", "Gone", "", "It was deleted and cannot be brought back.", "Adam Admin"),
    ]


def test_what_the_act_itself_deleted_does_not_come_back(admin: User) -> None:
    person = make_user(username="gone", first_name="Greta", last_name="Gone")
    task = make_task(job=make_job(owner=admin), title="Step")
    with imported(admin) as act:
        acts.remove((Task, task.pk), by=admin)
        plain.remove((User, person.pk), by=admin)
    assert as_rows(undo(act, by=admin)[1]) == [
        ("row", "Step", "", "It was deleted and cannot be brought back.", ""),
        ("row", "Greta Gone", "", "It was deleted and cannot be brought back.", ""),
    ]


def test_what_others_added_to_keeps_its_row(admin: User, sales: User, tech: User) -> None:
    with imported(admin) as act:
        customer = acts.add(Customer(name="Made"), by=admin).row
        first, second, third = (
            acts.enter(by=admin, title=f"J{n}", customer=make_customer()).row for n in range(3)
        )
    with audit.act(by=sales):
        acts.add(Site(customer=customer, name="Yard"), by=sales)
    with audit.act(by=admin):
        acts.add_task(first, by=admin, title="Step")
        acts.share(second, tech, "view", by=admin)
    share = second.shares.get()
    share.history.all().delete()
    counts, kept = undo(act, by=admin)
    # The customers of the jobs came by the act as well; two of them are named still.
    assert counts == (2, 0)
    assert as_rows(kept)[:2] == [
        (
            "row",
            str(second),
            "",
            "Share “Tina Tech: View” belongs to it and was kept, so it was kept as well.",
            "",
        ),
        (
            "row",
            str(first),
            "",
            "Task “Step” belongs to it and was kept, so it was kept as well.",
            "Adam Admin",
        ),
    ]
    assert {line.label: line.why for line in kept[2:]} == {
        "Made": "Site “Yard” belongs to it and was kept, so it was kept as well.",
        **{
            str(job.customer): f"1 job refers to {job.customer}, so it cannot be deleted. "
            "Set the customer inactive instead."
            for job in (first, second)
        },
    }
    assert Job.objects.filter(pk=third.pk).exists() is False


def test_the_rules_hold(admin: User, sales: User, tech: User) -> None:
    job = make_job(owner=sales, title="Before")
    drill = make_equipment()
    with imported(admin) as act:
        acts.edit((Job, job.pk), by=admin, title="After")
        person = accounts.open_account(by=admin, username="new", roles=[Role.TECHNICIAN]).row
        saw = acts.add(Equipment(name="Saw", serial_number="S", kind="tool"), by=admin).row
        acts.edit((Equipment, drill.pk), by=admin, name="Other")
    other = make_job(owner=sales, assigned_to=person)
    make_task(job=other, equipment=[saw])
    acting.cancel((Job, job.pk), by=admin, reason="Not wanted.")
    counts, kept = undo(act, by=admin)
    assert counts == (0, 1)
    assert {line.label: line.why for line in kept} == {
        str(job): f"{job.number} is cancelled. Reopen it first.",
        "new": "new appears on jobs or in the audit log. Deactivate them instead.",
        "Saw (S)": "1 task requires Saw (S). Set it inactive instead.",
    }
    job.refresh_from_db()
    assert job.title == "After"


def test_who_had_a_rule_keep_a_row_is_told_and_when(admin: User, sales: User, root: User) -> None:
    job = make_job(owner=sales, title="Before")
    with imported(admin) as act:
        acts.edit((Job, job.pk), by=admin, title="After")
        baker = acts.add(Customer(name="Baker"), by=admin).row
        saw = acts.add(Equipment(name="Saw", serial_number="S", kind="tool"), by=admin).row
        person = accounts.open_account(by=admin, username="new", roles=[Role.TECHNICIAN]).row
        # Of the act itself, which had it named as well.
        acts.enter(by=admin, title="Own", customer=baker)
    with audit.act(by=root):
        acting.cancel((Job, job.pk), by=root, reason="Not wanted.")
    with audit.act(by=sales):
        named = acts.enter(by=sales, title="One", customer=baker, assigned_to=person).row
        step = acts.add_task(named, by=sales, title="Step", equipment=[saw]).row
    records = {
        str(job): job.history.first(),
        "Baker": named.history.first(),
        "Saw (S)": step.history.first(),
        "new": named.history.first(),
    }
    assert {line.label: (line.who, line.at) for line in undo(act, by=admin)[1]} == {
        label: (record.person_name, record.history_date) for label, record in records.items()
    }
    assert records["Baker"].person_name == "Sara Sales"


def test_nobody_is_named_where_nobody_changed_anything(admin: User) -> None:
    with imported(admin) as act:
        person = accounts.open_account(by=admin, username="new").row
    User.objects.filter(pk=person.pk).update(last_login=timezone.now())
    [line] = undo(act, by=admin)[1]
    assert (line.label, line.who, line.at) == ("new", "", None)


def test_what_the_person_may_not_change_stays(admin: User, sales: User) -> None:
    job = make_job(owner=admin)
    with imported(admin) as act:
        acts.edit((Job, job.pk), by=admin, title="After")
    assert [line.why for line in undo(act, by=sales)[1]] == ["You may not do this."]


def test_what_other_rows_name_stays(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    with imported(admin) as act:
        customer = acts.add(Customer(name="Made"), by=admin).row
    make_job(owner=admin, customer=customer)
    monkeypatch.setattr(Customer, "check_delete", lambda _self: None)
    assert [line.why for line in undo(act, by=admin)[1]] == [
        "Other rows refer to it, so it was kept."
    ]


Moves = Callable[[Job, User], object]


def _complete(job: Job, by: User) -> None:
    acting.complete((Job, job.pk), by=by)


def _hold(job: Job, by: User) -> None:
    acting.hold((Job, job.pk), by=by, reason="Rain.")


def _cancel(job: Job, by: User) -> None:
    acts.edit((Job, job.pk), by=by, title="Off")
    acting.cancel((Job, job.pk), by=by, reason="No.")


def _reopen(job: Job, by: User) -> None:
    acting.reopen((Job, job.pk), by=by, reason="More to do.")
    acts.edit((Job, job.pk), by=by, title="Again")


@pytest.mark.parametrize(
    ("first", "move"),
    [(None, _complete), (None, _hold), (None, _cancel), (_complete, _reopen), (_cancel, _reopen)],
)
def test_a_status_goes_the_way_back(first: Moves | None, move: Moves, admin: User) -> None:
    job = make_job(owner=admin, scheduled_date=date(2020, 5, 6))
    if first:
        first(job, admin)
    before = everything()
    with imported(admin) as act:
        move(job, admin)
    assert everything() != before
    assert undo(act, by=admin) == ((0, 1), [])
    assert everything() == before


def test_no_job_is_completed_again_with_an_unfinished_task(admin: User) -> None:
    job = make_job(owner=admin)
    _complete(job, admin)
    with imported(admin) as act:
        acting.reopen((Job, job.pk), by=admin, reason="More to do.")
    make_task(job=Job.objects.get(), title="Step")
    assert [line.why for line in undo(act, by=admin)[1]] == [
        f"{job.number} still has unfinished tasks: “Step”. Finish them first."
    ]
    assert Job.objects.get().status == "pending"


def test_progress_of_a_task_goes_the_way_back(admin: User) -> None:
    job = make_job(owner=admin, tasks=1)
    acting.start((Job, job.pk), by=admin)
    before = everything()
    with imported(admin) as act:
        acts.progress(job.tasks.get(), by=admin, status="completed", note="Done.")
    assert undo(act, by=admin) == ((0, 1), [])
    assert everything() == before
    with imported(admin) as act:
        acts.progress(job.tasks.get(), by=admin, note="Done.")
    acting.hold((Job, job.pk), by=admin, reason="Rain.")
    assert [line.why for line in undo(act, by=admin)[1]] == [
        f"{job.number} is on hold. Resume it first."
    ]


def test_mail_that_went_out_is_named(admin: User, tech: User, sales: User) -> None:
    job, other = make_job(owner=sales), make_job(owner=sales)
    with imported(admin) as act:
        acts.assign((Job, job.pk), tech, by=admin)
        acts.assign((Job, other.pk), tech, by=admin)
    sent = make_message(
        state=MailState.SENT, subject="Two jobs", address="t@example.com", settled_at=timezone.now()
    )
    Notice.objects.update(message=sent)
    acts.edit((Job, other.pk), by=admin, title="Later")
    later = make_message(state=MailState.SENT)
    Notice.objects.filter(message=None).update(
        message=later, at=timezone.now() + timedelta(minutes=1)
    )
    counts, kept = undo(act, by=admin)
    assert counts == (0, 2)
    assert as_rows(kept) == [
        (
            "mail",
            "Two jobs",
            "",
            "This mail has been sent and cannot be recalled.",
            "t@example.com",
        )
    ]
    assert kept[0].at == sent.settled_at
    Message.objects.update(state=MailState.WAITING)
    with imported(admin) as act:
        acts.assign((Job, job.pk), tech, by=admin)
    assert undo(act, by=admin)[1] == []


def test_rows_are_told_as_they_are_looked_at_and_a_stop_leaves_all_as_it_was(admin: User) -> None:
    with imported(admin) as act:
        for name in ("A", "B", "C"):
            acts.add(Customer(name=name), by=admin)
    seen: list[int] = []

    def stop(number: int) -> None:
        seen.append(number)
        if number == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        undoing.undo(act, by=admin, keep=print, on_progress=stop)
    assert (seen, Customer.objects.count()) == ([1, 2], 3)


def test_many_are_read_some_at_a_time(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "BATCH", 2)
    with imported(admin) as act:
        made = [acts.add(Customer(name=f"C{n}"), by=admin).row.pk for n in range(5)]
    found = [list(some) for some in written.keys(Customer, act)]
    assert found == [[made[4], made[3]], [made[2], made[1]], [made[0]]]
    assert written.by_act(Customer, act, []) == []
    assert undo(act, by=admin) == ((5, 0), [])


def test_a_change_of_nothing_on_record_is_no_change(admin: User) -> None:
    """A row without a line before it says nothing of what it was."""
    customer = make_customer()
    assert written.by_last_version(Customer, [customer.pk]) == {}
    with imported(admin) as act:
        acts.edit((Customer, customer.pk), by=admin, phone="1")
    (each,) = written.by_act(Customer, act, [customer.pk])
    assert (each.fields(), each.values(), each.last_change()) == (["phone"], {"phone": ""}, None)
    assert written.versions(Customer, act) == {customer.pk: 2}


def test_what_another_row_had_meanwhile_comes_back_once_that_one_is_put_back(admin: User) -> None:
    first, second = make_user(email="one@example.com"), make_user(email="two@example.com")
    before = everything()
    with imported(admin) as act:
        accounts.change_account(second, by=admin, email="three@example.com")
        accounts.change_account(first, by=admin, email="two@example.com")
    assert undo(act, by=admin) == ((0, 2), [])
    assert everything() == before


def test_a_job_that_is_late_again_has_been_since_then(admin: User) -> None:
    job = make_job(owner=admin, scheduled_date=date(2020, 1, 2))
    Job._base_manager.filter(pk=job.pk).update(overdue_since=timezone.now() - timedelta(days=3))
    job.refresh_from_db()
    job.title = "Known with that day"
    plain.save(job, by=admin)
    before = everything()
    with imported(admin) as act:
        acts.reschedule(job, None, by=admin)
        acting.hold(job, by=admin, reason="Away")
    assert undo(act, by=admin) == ((0, 1), [])
    assert everything() == before
