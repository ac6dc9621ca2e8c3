"""The audit log in words: pages, order, names, and what each change says."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from core.database.cursors import Cursor
from core.record import audit, timeline
from core.record.audit import Door
from core.record.entries import Change, Entry, changes_since, value_text
from operations import acts
from operations.models import Customer, Equipment, Job, JobShare, Task
from people.models import User
from tests import acting
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task, make_user

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
Queries = Callable[[int], AbstractContextManager[Any]]


def history_of(job: Job) -> list[QuerySet[Any]]:
    """What the page of a job shows: the job, its tasks and its shares."""
    return [
        Job.history.filter(id=job.pk),
        Task.history.filter(job_id=job.pk),
        JobShare.history.filter(content_object_id=job.pk),
    ]


def summary(entries: list[Entry]) -> list[tuple[str, str, str]]:
    """Each entry as person, action and object."""
    return [(entry.person, entry.action, entry.object_text) for entry in entries]


def texts(entry: Entry) -> dict[str, tuple[str, str]]:
    """Each change of an entry as its old and new text, by label."""
    return {change.label: (change.old_text, change.new_text) for change in entry.changes}


# What an entry says


def test_an_entry_says_who_did_what_when_through_which_door_and_why(sales: User) -> None:
    with audit.act(door=Door.IMPORT, by=sales, reason="the file of May", at=START):
        customer = make_customer(name="Baker & Sons")
    (entry,) = timeline.page([customer.history.all()]).entries
    row = customer.history.get()
    assert entry == Entry(
        id=f"customer-{row.history_id}",
        at=START,
        person="Sara Sales",
        door="import",
        reason="the file of May",
        action="created",
        kind="customer",
        kind_text="customer",
        object_id=customer.pk,
        object_text="Baker & Sons",
        changes=[
            Change("name", "name", None, "Baker & Sons", "", "Baker & Sons"),
            Change("is_active", "active", None, True, "", "yes"),
        ],
        change_set=row.change_set,
        act_kind="command",
    )
    assert entry.door_text == "import"


def test_a_change_says_the_old_and_the_new_value_of_what_differs() -> None:
    customer = make_customer(name="Before", phone="1")
    customer.name, customer.is_active = "After", False
    customer.save()
    entry = timeline.page([customer.history.all()]).entries[0]
    assert (entry.action, entry.object_text) == ("changed", "After")
    assert entry.changes == [
        Change("name", "name", "Before", "After", "Before", "After"),
        Change("is_active", "active", True, False, "yes", "no"),
    ]


def test_a_deletion_says_what_was_deleted_and_no_values(sales: User) -> None:
    task = make_task(job=make_job(owner=sales), title="Gone", equipment=[make_equipment()])
    pk = task.pk
    with audit.act(by=sales):
        task.delete()
    entry = timeline.page([Task.history.filter(id=pk)]).entries[0]
    assert (entry.person, entry.action, entry.object_text) == ("Sara Sales", "deleted", "Gone")
    assert entry.changes == []


def test_what_no_person_did_has_no_name() -> None:
    entry = timeline.page([make_customer().history.all()]).entries[0]
    assert (entry.person, entry.door_text) == ("", "command line")


def test_the_name_of_a_person_stays_when_they_are_renamed(sales: User) -> None:
    with audit.act(by=sales):
        customer = make_customer()
    sales.first_name = "Sandra"
    sales.save()
    assert timeline.page([customer.history.all()]).entries[0].person == "Sara Sales"


def test_values_read_as_people_write_them(sales: User) -> None:
    job = make_job(owner=sales)
    job.scheduled_date, job.start_time, job.end_time = date(2099, 5, 4), time(9, 0), time(17, 30)
    job.priority = Job.Priority.URGENT
    job.save()
    assert texts(timeline.page([job.history.all()]).entries[0]) == {
        "priority": ("Medium", "Urgent"),
        "scheduled date": ("", "4 May 2099"),
        "start time": ("", "09:00"),
        "end time": ("", "17:30"),
    }


def test_a_moment_is_told_in_local_time(sales: User, admin: User, settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    job = make_job(owner=sales)
    acting.start(job, by=admin, at=datetime(2099, 7, 1, 22, 30, tzinfo=UTC))
    assert texts(timeline.page([job.history.all()]).entries[0]) == {
        "status": ("Pending", "In progress"),
        "started": ("", "2 Jul 2099, 00:30"),
    }


# Names of what a row refers to


def test_people_customers_and_sites_are_told_by_name(sales: User, tech: User) -> None:
    customer = make_customer(name="Baker & Sons")
    job = make_job(owner=sales, customer=customer)
    job.site = make_site(customer=customer, name="Mill")
    job.assigned_to = tech
    job.save()
    entry = timeline.page([job.history.all()]).entries[0]
    assert entry.object_text == job.number
    assert texts(entry) == {"site": ("", "Mill"), "technician": ("", "Tina Tech")}
    assert {change.field: change.new for change in entry.changes} == {
        "site": job.site.pk,
        "assigned_to": tech.pk,
    }


def test_equipment_is_told_by_name_in_order(sales: User) -> None:
    saw = make_equipment(name="Saw", serial_number="2")
    drill = make_equipment(name="Drill", serial_number="1")
    task = make_task(job=make_job(owner=sales), equipment=[saw])
    task.save_requiring([saw, drill])
    task.save_requiring([])
    cleared, changed, created = timeline.page([task.history.all()]).entries
    label = "required equipment"
    assert texts(created)[label] == ("", "Saw (2)")
    assert texts(changed) == {label: ("Saw (2)", "Drill (1), Saw (2)")}
    assert texts(cleared) == {label: ("Drill (1), Saw (2)", "")}
    (change,) = changed.changes
    assert (change.field, change.old, change.new) == (
        "equipment",
        [saw.pk],
        sorted([saw.pk, drill.pk]),
    )


def test_what_was_deleted_since_is_told_by_kind_and_number(sales: User) -> None:
    drill = make_equipment()
    customer = make_customer()
    site = make_site(customer=customer)
    job = make_job(owner=sales, customer=customer, site=site)
    task = make_task(job=job, equipment=[drill])
    ids = (drill.pk, site.pk)
    task.save_requiring([])
    job.site = None
    job.save()
    drill.delete()
    site.delete()
    assert texts(timeline.page([task.history.all()]).entries[0]) == {
        "required equipment": (f"equipment no. {ids[0]}, deleted since", "")
    }
    assert texts(timeline.page([job.history.all()]).entries[0]) == {
        "site": (f"site no. {ids[1]}, deleted since", "")
    }


def test_a_share_is_named_by_its_person(sales: User, tech: User) -> None:
    job = make_job(owner=sales)
    acts.share(job, tech, JobShare.Level.PROGRESS, by=sales)
    acts.unshare(job, tech, by=sales)
    entries = timeline.page(history_of(job)[2:]).entries
    assert summary(entries) == [
        ("Sara Sales", "deleted", "Tina Tech"),
        ("Sara Sales", "created", "Tina Tech"),
    ]
    assert texts(entries[1])["level"] == ("", "View and progress")


def test_the_tasks_of_a_deleted_job_are_found_with_their_names(sales: User, admin: User) -> None:
    job = make_job(owner=sales)
    with audit.act(by=sales):
        make_task(job=job, title="Sweep")
    sources = history_of(job)
    number = job.number
    with audit.act(by=admin):
        job.delete()
    assert sorted(summary(timeline.page(sources).entries)) == [
        ("Adam Admin", "deleted", number),
        ("Adam Admin", "deleted", "Sweep"),
        ("Sara Sales", "created", number),
        ("Sara Sales", "created", "Sweep"),
    ]


# Order and pages


def make_changes(customer: Customer, count: int) -> None:
    """Change a customer's phone to 1, 2, 3…, an hour apart."""
    for number in range(1, count + 1):
        customer.phone = str(number)
        with audit.act(at=START + timedelta(hours=number)):
            customer.save()


def test_several_sources_make_one_list_newest_first(sales: User) -> None:
    first, second = (START + timedelta(hours=n) for n in (1, 2))
    with audit.act(at=START):
        job = make_job(owner=sales)
    with audit.act(at=second):
        make_task(job=job, title="Later")
    with audit.act(at=first):
        make_task(job=job, title="Earlier")
    entries = timeline.page(history_of(job)).entries
    assert [(entry.at, entry.object_text) for entry in entries] == [
        (second, "Later"),
        (first, "Earlier"),
        (START, job.number),
    ]


def test_of_one_moment_the_row_written_last_comes_first(sales: User) -> None:
    with audit.act(at=START):
        job = make_job(owner=sales)
        make_task(job=job, title="First")
        make_task(job=job, title="Second")
    assert [entry.object_text for entry in timeline.page(history_of(job)).entries] == [
        "Second",
        "First",
        job.number,
    ]


def test_a_page_holds_so_many_entries_and_knows_its_neighbours() -> None:
    with audit.act(at=START):
        customer = make_customer()
    make_changes(customer, 4)
    pages, cursor = [], None
    for _page in range(3):
        pages.append(timeline.page([customer.history.all()], cursor, size=2))
        cursor = pages[-1].older
    assert [[texts(entry).get("phone") for entry in page.entries] for page in pages] == [
        [("3", "4"), ("2", "3")],
        [("1", "2"), ("", "1")],
        [None],
    ]
    assert [(bool(page.newer), bool(page.older)) for page in pages] == [
        (False, True),
        (True, True),
        (True, False),
    ]
    newer = [timeline.page([customer.history.all()], page.newer, size=2) for page in pages[1:]]
    assert [page.entries for page in newer] == [page.entries for page in pages[:2]]


def test_a_page_beyond_the_last_is_empty() -> None:
    history = make_customer().history.all()
    first = timeline.page([history])
    beyond = Cursor(timeline.Place(first.entries[0].at, 0, history.get().history_id))
    page = timeline.page([history], beyond)
    assert (page.entries, page.newer, page.older) == ([], None, None)


def test_a_page_holds_50_entries_if_not_said() -> None:
    customer = make_customer()
    make_changes(customer, 50)
    page = timeline.page([customer.history.all()])
    assert (len(page.entries), bool(page.older)) == (50, True)


# What it costs


@pytest.mark.parametrize("rows", [1, 3, 30])
def test_a_page_of_tasks_costs_6_queries_however_many_rows_it_has(
    rows: int, sales: User, django_assert_num_queries: Queries
) -> None:
    job = make_job(owner=sales)
    for _ in range(rows):
        make_task(job=job, equipment=[make_equipment()]).save_requiring([make_equipment()])
    with django_assert_num_queries(6):
        entries = timeline.page([Task.history.filter(job_id=job.pk)], size=rows).entries
    assert [entry.action for entry in entries] == (["changed", "created"] * rows)[:rows]


@pytest.mark.parametrize("rows", [1, 3, 30])
def test_the_page_of_a_job_costs_12_queries_however_many_rows_it_has(
    rows: int, sales: User, tech: User, django_assert_num_queries: Queries
) -> None:
    job = make_job(owner=sales, assigned_to=tech, site=make_site())
    for _ in range(rows):
        make_task(job=job, equipment=[make_equipment()])
        acts.share(job, make_user(*tech.roles), JobShare.Level.VIEW, by=sales)
    with django_assert_num_queries(12):
        entries = timeline.page(history_of(job), size=100).entries
    assert len(entries) == 1 + 2 * rows


# Since a version


def test_changes_since_a_version_compare_it_with_today(sales: User, tech: User) -> None:
    customer = make_customer(name="A", phone="1")
    for person, name, phone in ((sales, "B", "2"), (tech, "C", "1")):
        customer.name, customer.phone = name, phone
        with audit.act(by=person):
            customer.save()
    people, changes = changes_since(customer, 1)
    assert people == ["Sara Sales", "Tina Tech"]
    assert [(change.field, change.old, change.new) for change in changes] == [("name", "A", "C")]


def test_nothing_changed_since_the_version_of_today() -> None:
    customer = make_customer()
    assert changes_since(customer, 1) == ([], [])


# A value that somebody typed


def test_what_somebody_typed_reads_like_the_audit_log(sales: User) -> None:
    make_equipment(name="Saw", serial_number="2")
    make_equipment(name="Drill", serial_number="1")
    assert value_text(Task, "equipment", Equipment.objects.all()) == "Drill (1), Saw (2)"
    assert value_text(User, "roles", ["technician", "admin"]) == "admin, technician"
    assert value_text(Job, "owner", sales) == "Sara Sales"
    assert value_text(Job, "priority", "high") == "High"
    assert value_text(Job, "title", None) == ""


# Parts


def walked(sources: list[QuerySet[Any]], size: int) -> list[list[str]]:
    """The ids of every part, each found by the place that the one before it names."""
    parts, cursor = [], None
    while True:
        found = timeline.page(sources, cursor, size=size)
        parts.append([entry.id for entry in found.entries])
        if found.older is None:
            return parts
        cursor = timeline.read(str(found.older))


@pytest.mark.parametrize("size", [1, 2, 5])
def test_parts_hold_every_entry_once_newest_first_also_those_of_one_moment(
    size: int, sales: User
) -> None:
    with audit.act(at=START):
        job = make_job(owner=sales, tasks=4)
        job.title = "At the same moment"
        job.save()
    with audit.act(at=START + timedelta(hours=1)):
        make_task(job=job)
    sources = history_of(job)
    parts = walked(sources, size)
    assert [len(part) for part in parts[:-1]] == [size] * (len(parts) - 1)
    together = [entry for part in parts for entry in part]
    assert together == [entry.id for entry in timeline.page(sources).entries]
    assert len(together) == 7


def test_what_is_written_while_somebody_reads_moves_no_part(sales: User) -> None:
    job = make_job(owner=sales, tasks=3)
    first = timeline.page(history_of(job), size=2)
    make_task(job=job)
    rest = timeline.page(history_of(job), first.older, size=9)
    ids = [entry.id for entry in [*first.entries, *rest.entries]]
    assert (len(ids), len(set(ids))) == (4, 4)


def test_a_part_costs_the_same_however_many_entries(
    sales: User, admin: User, django_assert_num_queries: Queries
) -> None:
    job = make_job(owner=sales, tasks=1)
    acts.progress(job.tasks.get(), note="Looked at it.", by=admin)
    with django_assert_num_queries(10):
        timeline.page(history_of(job))
    for _number in range(5):
        acts.progress(make_task(job=job), note="Looked at it.", by=admin)
    with django_assert_num_queries(10):
        timeline.page(history_of(job))


@pytest.mark.parametrize(
    "text",
    [
        *("x", "%", "é", "MjAyNg", ""),
        str(Cursor(["2026-03-01 08:00:00", 0, 1])),
        str(Cursor([START, None, 1])),
        str(Cursor([START, 0])),
    ],
)
def test_what_is_no_place_is_told(text: str) -> None:
    with pytest.raises(ValidationError, match="Start with the first page"):
        timeline.read(text)


def test_an_entry_knows_of_which_job_it_is(sales: User, tech: User) -> None:
    job = make_job(owner=sales, tasks=1)
    acts.share(job, tech, "view", by=sales)
    entries = timeline.page([*history_of(job), job.customer.history.all()]).entries
    assert {entry.kind: entry.owned_id for entry in entries} == {
        "job": job.pk,
        "task": job.pk,
        "jobshare": job.pk,
        "customer": None,
    }


# Long values


def change(old: str, new: str) -> Change:
    return Change("notes", "notes", old, new, old, new)


def test_a_long_value_is_cut_where_a_page_shows_many() -> None:
    long, short = change("", "x" * 301), change("a" * 300, "b")
    assert (long.old_shown, long.new_shown, long.is_cut) == ("", "x" * 300 + "…", True)
    assert (short.old_shown, short.new_shown, short.is_cut) == ("a" * 300, "b", False)


def test_of_long_values_that_begin_alike_the_part_that_changed_is_shown() -> None:
    same = "word " * 200
    cut = change(f"{same}old", f"{same}new{'.' * 400}")
    assert cut.old_shown == f"…{same[-40:]}old"
    assert cut.new_shown == f"…{same[-40:]}new{'.' * 257}…"


def test_one_entry_is_found_by_its_id_among_the_sources_alone(sales: User) -> None:
    job, other = make_job(owner=sales), make_job(owner=sales)
    mine, theirs = (f"job-{each.history.get().history_id}" for each in (job, other))
    entry = timeline.one(history_of(job), mine)
    assert entry is not None
    assert (entry.id, entry.object_id) == (mine, job.pk)
    ids = (theirs, "task-1", "job", "job-x", f"job-{'9' * 30}", "nothing-1", "")
    assert [timeline.one(history_of(job), each) for each in ids] == [None] * 7
