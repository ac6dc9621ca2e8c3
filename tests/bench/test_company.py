"""The big company: what is made past the domain could have been made by it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from bench.company import command, loading
from bench.company.company import Company, Size
from bench.company.loading import load
from bench.company.tables import Table
from core.record.audit import Door
from core.roles import Role
from operations import acts, demo
from operations.models import Customer, Equipment, Job, JobShare, Site, Task, job_rules
from operations.states import TRANSITIONS
from people.models import User
from tests import acting
from tests.access.world import rolled_back
from tests.factories import make_job, make_task, make_user

TODAY = date(2026, 6, 17)
MIDNIGHT = datetime.combine(TODAY, datetime.min.time(), tzinfo=timezone.get_default_timezone())
# Within two months, so that much of it is open, and concerns who has left.
SIZE = Size(jobs=200, technicians=12, agents=4, admins=2, equipment=80, days=90)
ON_RECORD = (User, Customer, Site, Equipment, Job, Task, JobShare)


@pytest.fixture(scope="class")
def company(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Made once for all that only look at it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(SIZE, today=TODAY)
        yield
        transaction.set_rollback(True)


def histories(model: Any) -> dict[int, list[Any]]:
    """The history rows of each row, in the order in which they were written."""
    found = defaultdict(list)
    for record in model.history.order_by("history_id"):
        found[record.id].append(record)
    return found


def many(record: Any) -> dict[str, set[int]]:
    """What a history row says of the many-to-many fields."""
    return {
        field.name: set(
            getattr(record, field.name).values_list(
                f"{field.m2m_reverse_field_name()}_id", flat=True
            )
        )
        for field in record._history_m2m_fields
    }


def admins() -> list[int]:
    return list(User.objects.holding(Role.ADMIN).values_list("pk", flat=True))


def status_at(records: list[Any], at: datetime) -> set[str]:
    """The statuses of a job at a moment: two where it moved just then."""
    before = [record.status for record in records if record.history_date < at][-1:]
    return {*before, *(record.status for record in records if record.history_date == at)}


@pytest.mark.django_db
@pytest.mark.usefixtures("company")
class TestMade:
    """Facts about what was made."""

    def test_it_has_the_size_asked_for(self) -> None:
        counts = [model._base_manager.count() for model in (Job, Equipment, Customer, Site)]
        assert counts == [200, 80, 10, 15]
        held = {role: User.objects.holding(role).count() for role in Role}
        assert held == {Role.ADMIN: 2, Role.SALES_AGENT: 4, Role.TECHNICIAN: 12}
        assert 3.5 < Task.objects.count() / 200 < 4.5
        assert [Size(jobs=n).customers for n in (1, 100_000, 10**6)] == [
            10,
            4000,
            20_000,
        ]

    def test_most_jobs_are_completed_and_a_few_stand_open_in_every_way(self) -> None:
        assert Job.objects.filter(status=Job.Status.COMPLETED).count() > 75
        assert Job.objects.filter(status=Job.Status.CANCELLED).exists()
        assert Job.objects.filter(times_reopened=1).exists()
        assert {s for s in Job.OPEN if Job.objects.filter(status=s).exists()} == set(Job.OPEN)
        assert JobShare.objects.exists()

    @pytest.mark.parametrize("model", ON_RECORD)
    def test_every_row_has_its_history_which_ends_with_the_row_as_it_is(self, model: Any) -> None:
        records = histories(model)
        rows = list(model._base_manager.all())
        assert rows
        assert {row.pk for row in rows} == records.keys()
        for row in rows:
            last = records[row.pk][-1]
            values = {f.attname: getattr(row, f.attname) for f in last.tracked_fields}
            assert {name: getattr(last, name) for name in values} == values
            links = {
                name: set(getattr(row, name).values_list("pk", flat=True)) for name in many(last)
            }
            assert many(last) == links

    @pytest.mark.parametrize("model", ON_RECORD)
    def test_history_begins_with_the_entry_and_goes_on_in_time_and_version(
        self, model: Any
    ) -> None:
        for records in histories(model).values():
            assert [record.history_type for record in records] == ["+"] + ["~"] * (len(records) - 1)
            dates = [record.history_date for record in records]
            assert dates == sorted(dates)
            assert dates[-1] <= MIDNIGHT
            versions = [getattr(record, "version", 1) for record in records]
            assert versions[0] == 1
            nights = [record.door == Door.SCHEDULE or model is JobShare for record in records[1:]]
            steps = [b - a for a, b in pairwise(versions)]
            assert steps == [0 if night else 1 for night in nights]

    @pytest.mark.parametrize("model", ON_RECORD)
    def test_history_says_who_and_through_which_door(self, model: Any) -> None:
        names = {person.pk: person.name for person in User.objects.all()}
        assert {None, *names}.issuperset(model.history.values_list("history_user", flat=True))
        for record in model.history.all():
            by_night = record.door == Door.SCHEDULE
            assert record.door in Door.values
            assert record.person_name == ("" if by_night else names[record.history_user_id])
            assert (record.history_user_id is None) == by_night
            assert record.history_change_reason is not None

    def test_every_key_names_a_row(self) -> None:
        connection.check_constraints()
        for row in [*Customer.objects.all(), *Site.objects.all(), *Equipment.objects.all()]:
            row.full_clean()
        assert all(site.search_text == site.words() for site in Site.objects.all())

    def test_jobs_keep_the_rules(self) -> None:
        for job in Job.objects.select_related("customer", "site", "assigned_to"):
            assert job.number == f"J-{job.pk:06d}"
            assert job.search_text == job.words()
            assert job.site is None or job.site.customer_id == job.customer_id
            when = (job.scheduled_date, job.start_time, job.end_time)
            assert not job_rules.schedule_errors(*when, former=None)
            unfinished = job.tasks.unfinished().exists()
            assert not (unfinished and job.status == Job.Status.COMPLETED)
            assert [task.position for task in job.tasks.all()] == list(
                range(1, job.tasks.count() + 1)
            )
        owners = User.objects.holding(Role.ADMIN, Role.SALES_AGENT)
        technicians = User.objects.holding(Role.TECHNICIAN)
        assert not Job.objects.exclude(owner__in=owners).exists()
        assert (
            not Job.objects.exclude(assigned_to=None).exclude(assigned_to__in=technicians).exists()
        )

    def test_what_is_late_today_is_overdue_and_nothing_else(self) -> None:
        late = set(Job.objects.overdue(on=TODAY).values_list("pk", flat=True))
        assert late
        assert set(Job.objects.filter(overdue=True).values_list("pk", flat=True)) == late
        assert Job.objects.flag_overdue(on=TODAY) == 0

    def test_jobs_have_moved_by_the_verbs(self) -> None:
        moves = {
            (source, row.target): row for row in TRANSITIONS.values() for source in row.sources
        }
        for records in histories(Job).values():
            assert records[0].status == Job.Status.PENDING
            for before, after in pairwise(records):
                if before.status == after.status:
                    assert before.status in Job.OPEN
                    continue
                row = moves[before.status, after.status]
                assert bool(after.history_change_reason) == row.needs_reason
                may = {after.assigned_to_id} if row.action == "progress" else {after.owner_id}
                assert after.history_user_id in may | set(admins())

    def test_tasks_have_progressed_while_their_job_was_open_and_by_who_may(self) -> None:
        jobs = histories(Job)
        may: set[int] = set(admins())
        assert histories(Task)
        for records in histories(Task).values():
            assert records[0].status == Task.Status.PENDING
            for record in records[1:]:
                job = jobs[record.job_id]
                assert status_at(job, record.history_date) & {"pending", "in_progress"}
                assigned = [r.assigned_to_id for r in job if r.history_date <= record.history_date]
                assert record.history_user_id in may | {assigned[-1]}
                done = record.status == Task.Status.COMPLETED
                assert record.completed_at == (record.history_date if done else None)

    def test_work_goes_to_who_is_there_and_needs_what_is_in_use(self) -> None:
        left = {
            records[-1].id: records[-1].history_date
            for records in histories(User).values()
            if not records[-1].is_active
        }
        assert len(left) == 2
        for records in histories(Job).values():
            for before, after in zip([None, *records], records, strict=False):
                newly = before is None or before.assigned_to_id != after.assigned_to_id
                if newly and after.assigned_to_id in left:
                    assert after.history_date < left[after.assigned_to_id]
        for record in [*Job.history.all(), *Task.history.all()]:
            assert record.history_date <= left.get(record.history_user_id, MIDNIGHT)
        for item in Equipment.objects.filter(is_active=False):
            retired = item.history.latest().history_date
            assert not Job.objects.filter(tasks__equipment=item, created_at__gte=retired).exists()

    def test_shares_name_their_level_as_guardian_does(self) -> None:
        shares = list(JobShare.objects.select_related("permission", "user", "content_object"))
        assert shares
        for share in shares:
            assert share.permission.codename == f"{share.level}_job"
            assert share.user_id != share.content_object.owner_id
            assert share.level == "view" or share.user.roles == [Role.TECHNICIAN]


def test_the_domain_goes_on_from_there(db: None) -> None:
    load(Size(jobs=5, equipment=5), today=TODAY)
    sales = User.objects.get(username="sales")
    last = Job.objects.latest("pk")
    job = make_job(owner=sales)
    # What committed tests before this one took of SQLite's numbers is not given back.
    assert job.pk > last.pk
    make_task(job=job, equipment=list(Equipment.objects.active()[:2]))
    make_user(Role.TECHNICIAN)
    tech = User.objects.get(username="tech")
    acts.assign(job, tech, by=sales)
    acts.share(job, User.objects.get(username="sales002"), "view", by=sales)
    for task in job.tasks.all():
        acts.progress(task, by=tech, status=Task.Status.COMPLETED)
    acting.complete(Job.objects.get(pk=job.pk), by=tech)
    assert [record.status for record in job.history.order_by("history_id")] == [
        "pending",
        "pending",
        "in_progress",
        "completed",
    ]


def test_the_same_size_and_day_make_the_same_rows(db: None) -> None:
    size = Size(jobs=2500, technicians=8, agents=3, equipment=100, days=60)

    def rows() -> list[tuple[type, list[Any]]]:
        company = Company(size, today=TODAY)
        assert list(company.tell())[-1] == 2500
        return [(table.model, table.take()) for table in company.book.tables()]

    assert rows() == rows()


def test_rows_are_the_same_by_copy_and_by_insert(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL takes them by COPY; by INSERT, the way of SQLite, there too if it has to."""

    def rows() -> list[list[dict[str, Any]]]:
        with rolled_back():
            load(Size(jobs=5, equipment=5), today=TODAY)
            return [list(model._base_manager.order_by("pk").values()) for model in ON_RECORD]

    by_copy = rows()
    monkeypatch.setattr(loading, "_copy", loading._insert)
    assert rows() == by_copy
    assert len(by_copy[ON_RECORD.index(Job)]) == 5


def test_a_column_more_is_noticed(db: None) -> None:
    with pytest.raises(RuntimeError, match=r"other columns.*level"):
        Table(JobShare, ("id", "permission_id", "user_id", "content_object_id"))


# The command


def make(*args: str) -> str:
    out = StringIO()
    call_command(command.Command(), *args, stdout=out)
    return out.getvalue()


def test_the_command_makes_it_once_and_nobody_signs_in(db: None) -> None:
    found = make("--jobs", "1", "--today", "2026-06-17")
    assert found == "1 of 1 jobs\nKeeping figures\nNobody has a password.\n"
    assert not any(user.has_usable_password() for user in User.objects.all())
    rows = Job.objects.count(), User.objects.count(), Equipment.objects.count()
    assert rows == (1, 344, 5000)
    assert make("--jobs", "5") == "A big company is there already. Nothing was changed.\n"
    assert Job.objects.count() == 1


def test_the_password_given_is_that_of_three_known_people(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch)
    assert make("--jobs", "10", "--password", "a-long-word-9").endswith(
        "Sign in as admin, sales, tech.\n"
    )
    known = [user.username for user in User.objects.all() if user.has_usable_password()]
    assert sorted(known) == ["admin", "sales", "tech"]
    request = RequestFactory().post("/")
    tech = authenticate(request, username="tech", password="a-long-word-9")
    assert tech is not None
    assert tech.roles == [Role.TECHNICIAN]  # type: ignore[attr-defined]


def small(monkeypatch: pytest.MonkeyPatch) -> None:
    def size(*, jobs: int) -> Size:
        return Size(jobs=jobs, technicians=3, agents=2, admins=1, equipment=5)

    monkeypatch.setattr(command, "Size", size)


def test_with_debug_on_the_password_is_that_of_the_demo(
    db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    small(monkeypatch)
    settings.DEBUG = True
    make("--jobs", "1")
    assert User.objects.get(username="admin").check_password(demo.PASSWORD)


def test_a_database_that_is_somebodys_is_left_alone(db: None) -> None:
    make_user(Role.ADMIN, email="boss@example.com")
    with pytest.raises(CommandError, match="somebody's already"):
        make()
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("--jobs", "0"), "between 1 and 10000000 jobs"),
        (("--jobs", "5", "--password", "short"), "too short"),
    ],
)
def test_what_cannot_be_made_is_refused(db: None, args: tuple[str, ...], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        make(*args)
    assert not User.objects.exists()
