"""What runs by the clock: the table, and the rows of django-q that are made from it."""

from __future__ import annotations

import pydoc
from datetime import UTC, datetime, time, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_q.models import Schedule, Task
from pytest_django.fixtures import Settings

from core import schedules, tasks
from core.declarations import SUNDAY, Scheduled
from core.models import Heartbeat, SentForm
from core.schedules import sync, table
from operations.models import Job
from operations.tasks import flag_overdue
from people.models import User
from people.tasks import prune
from people.tokens import TokenFamily
from tests.factories import make_job

pytestmark = pytest.mark.django_db
NIGHTLY = Scheduled("nightly", "core.tasks.nothing", at=time(0, 0))
SUNDAYS = Scheduled("sundays", "core.tasks.nothing", at=time(3, 0), weekday=SUNDAY)
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)  # A Wednesday; in Vienna it is two o'clock.


def next_run(name: str = "nightly") -> datetime:
    moment: datetime = Schedule.objects.get(name=name).next_run
    return moment


@pytest.fixture
def vienna(settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Vienna"


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules.timezone, "now", lambda: NOON)


def test_the_schedules_are_those_of_the_table() -> None:
    sync()
    rows = Schedule.objects.order_by("pk").values_list("name", "func", "schedule_type")
    assert list(rows) == [
        ("flag overdue jobs", "operations.tasks.flag_overdue", "D"),
        ("prune results", "core.tasks.prune", "W"),
        ("prune sign-ins of programs", "people.tasks.prune", "W"),
    ]
    assert [callable(pydoc.locate(entry.func)) for entry in table()] == [True] * 3


def test_times_are_those_of_the_business(vienna: None, noon: None) -> None:
    sync((NIGHTLY, SUNDAYS))
    assert next_run() == datetime(2026, 7, 1, 22, tzinfo=UTC)
    assert next_run("sundays") == datetime(2026, 7, 5, 1, tzinfo=UTC)


def test_a_second_sync_changes_nothing(noon: None) -> None:
    sync()
    before = list(Schedule.objects.values())
    sync()
    assert list(Schedule.objects.values()) == before


def test_an_edited_time_counts_at_once(noon: None) -> None:
    sync((NIGHTLY,))
    sync((Scheduled("nightly", "core.tasks.nothing", at=time(18, 30)),))
    assert next_run() == datetime(2026, 7, 1, 18, 30, tzinfo=UTC)


def test_another_business_time_zone_counts_at_once(noon: None, settings: Settings) -> None:
    sync((NIGHTLY,))
    settings.TIME_ZONE = "Europe/Vienna"
    sync((NIGHTLY,))
    assert next_run() == datetime(2026, 7, 1, 22, tzinfo=UTC)


def test_a_run_that_is_due_is_not_lost(noon: None) -> None:
    sync((NIGHTLY,))
    due = NOON.replace(hour=0)
    Schedule.objects.update(next_run=due)
    sync((NIGHTLY,))
    assert next_run() == due


def test_an_hour_that_a_change_of_clocks_left_behind_is_put_right(noon: None) -> None:
    sync((NIGHTLY,))
    Schedule.objects.update(next_run=NOON.replace(day=2, hour=1))
    tasks.prune()
    assert not Schedule.objects.filter(name="nightly").exists()
    sync((NIGHTLY,))
    assert next_run() == NOON.replace(day=2, hour=0)


def test_what_somebody_added_or_bent_is_put_right(noon: None) -> None:
    sync((NIGHTLY,))
    Schedule.objects.create(name="nightly", func="os.system", args="'id'")
    Schedule.objects.create(name="other", func="os.system")
    bent = {"func": "os.system", "args": "broken(", "kwargs": "x", "hook": "os.abort"}
    Schedule.objects.filter(func="core.tasks.nothing").update(**bent, repeats=3, next_run=None)
    sync((NIGHTLY,))
    (row,) = Schedule.objects.all()
    assert (row.func, row.args, row.kwargs, row.hook) == ("core.tasks.nothing", None, None, None)
    assert (row.repeats, row.next_run) == (-1, NOON.replace(day=2, hour=0))


# What they run


def test_the_night_flags_what_is_overdue_through_the_door_of_the_schedule(sales: User) -> None:
    today = timezone.localdate()
    late = make_job(owner=sales, scheduled_date=today - timedelta(days=1))
    today_s = make_job(owner=sales, scheduled_date=today)
    Job.objects.update(overdue=False, overdue_since=None)
    assert flag_overdue() == 1
    assert list(Job.objects.filter(overdue=True)) == [late]
    row = late.history.first()
    assert (row.door, row.person_name, row.overdue) == ("schedule", "", True)
    assert today_s.history.count() == 1


def test_pruning_deletes_what_is_over_and_nothing_of_the_audit_log(sales: User) -> None:
    now, old = timezone.now(), timezone.now() - timedelta(days=31)
    for key, at in (("over", now - timedelta(minutes=1)), ("open", now + timedelta(days=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=at)
    for key, at in (("old", old), ("new", now)):
        Task.objects.create(id=key, name=key, func="f", started=at, stopped=at)
        Heartbeat.objects.create(cluster=key, at=at)
        SentForm.objects.create(key=key, at=at)
    make_job(owner=sales)
    records = [Job.history.count(), User.history.count()]
    tasks.prune()
    assert [row.session_key for row in Session.objects.all()] == ["open"]
    assert [row.pk for row in Task.objects.all()] == ["new"]
    assert [row.pk for row in Heartbeat.objects.all()] == ["new"]
    assert [row.pk for row in SentForm.objects.all()] == ["new"]
    assert [Job.history.count(), User.history.count()] == records


def test_pruning_deletes_the_sign_ins_of_programs_that_are_over(sales: User) -> None:
    now = timezone.now()
    for handle, at in (("over", now - timedelta(minutes=1)), ("open", now + timedelta(days=1))):
        TokenFamily.objects.create(user=sales, handle=handle, begun_at=now, expires_at=at)
    assert prune() == 1
    assert [row.handle for row in TokenFamily.objects.all()] == ["open"]


def test_the_task_that_shows_a_worker_is_there_does_nothing() -> None:
    assert tasks.nothing() is None  # type: ignore[func-returns-value]
