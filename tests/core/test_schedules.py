"""What runs by the clock: the table, and the rows of django-q that are made from it."""

from __future__ import annotations

import pydoc
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import Schedule, Task
from pytest_django.fixtures import Settings

from core import schedules, tasks
from core.declarations import SUNDAY, Scheduled
from core.models import Heartbeat, Message, Notice, SentForm
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
EACH_MINUTE = Scheduled("each minute", "core.tasks.nothing", minutes=1)
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
        ("send mail", "core.tasks.sweep_outbox", "I"),
        ("tidy exports", "core.tasks.tidy_exports", "I"),
        ("look after imports", "core.tasks.look_after_imports", "I"),
        ("flag overdue jobs", "operations.tasks.flag_overdue", "D"),
        ("keep months", "reports.tasks.keep_months", "I"),
        ("keep first-time fix", "reports.tasks.keep_first_time_fix", "D"),
        ("close month", "reports.tasks.close_month", "D"),
        ("prune results", "core.tasks.prune", "W"),
        ("prune sign-ins of programs", "people.tasks.prune", "W"),
        ("send monthly reports", "reports.tasks.send_monthly_reports", "D"),
        ("send reminders", "operations.tasks.send_reminders", "D"),
        ("send digests", "core.tasks.send_digests", "D"),
    ]
    assert [callable(pydoc.locate(entry.func)) for entry in table()] == [True] * 12


def test_what_runs_every_minute_runs_at_once_and_stays_as_it_is(noon: None) -> None:
    sync((EACH_MINUTE,))
    row = Schedule.objects.get()
    assert (row.schedule_type, row.minutes, row.next_run) == (Schedule.MINUTES, 1, NOON)
    Schedule.objects.update(next_run=NOON + timedelta(seconds=17))
    sync((EACH_MINUTE,))
    assert next_run("each minute") == NOON + timedelta(seconds=17)


def test_times_are_those_of_the_business(vienna: None, noon: None) -> None:
    sync((NIGHTLY, SUNDAYS))
    assert next_run() == datetime(2026, 7, 1, 22, tzinfo=UTC)
    assert next_run("sundays") == datetime(2026, 7, 5, 1, tzinfo=UTC)


def test_a_second_sync_changes_nothing(noon: None) -> None:
    sync()
    before = list(Schedule.objects.order_by("pk").values())
    sync()
    assert list(Schedule.objects.order_by("pk").values()) == before


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
    sync((NIGHTLY,))
    assert next_run() == NOON.replace(day=2, hour=0)


@pytest.mark.parametrize(
    ("zone", "day", "nights"),
    [
        ("Europe/Vienna", date(2030, 3, 30), ["31 00:00", "01 00:00", "02 00:00"]),
        ("Europe/Vienna", date(2030, 10, 26), ["27 00:00", "28 00:00", "29 00:00"]),
        # Where midnight is left out, at the first moment of the day; where it comes twice, once.
        ("America/Santiago", date(2030, 9, 7), ["08 01:00", "09 00:00", "10 00:00"]),
        ("America/Havana", date(2030, 11, 2), ["03 00:00", "04 00:00", "05 00:00"]),
    ],
)
def test_each_night_and_morning_has_one_run_whatever_the_clocks_do(
    zone: str, day: date, nights: list[str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TIME_ZONE = zone
    monkeypatch.setattr(Conf, "TIME_ZONE", zone)
    now = datetime.combine(day, time(12), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    monkeypatch.setattr(schedules.timezone, "now", lambda: now)
    entries = (NIGHTLY, Scheduled("mornings", "core.tasks.nothing", at=time(7)))
    runs = []
    for _hour in range(3 * 24):
        sync(entries)
        now += timedelta(hours=1)
        for row in Schedule.objects.filter(next_run__lte=now).order_by("next_run"):
            runs.append(f"{row.next_run.astimezone(ZoneInfo(zone)):%d %H:%M}")
            # As django-q has it.
            row.next_run = row.calculate_next_run()
            row.save()
    mornings = [f"{night[:2]} 07:00" for night in nights]
    assert runs == [run for pair in zip(nights, mornings, strict=True) for run in pair]


def test_a_run_of_a_day_without_a_midnight_is_not_lost_while_it_is_due(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TIME_ZONE = "America/Santiago"
    due = datetime(2030, 9, 8, 4, tzinfo=UTC)
    for minutes in (-60, 1):
        now = due + timedelta(minutes=minutes)
        monkeypatch.setattr(schedules.timezone, "now", lambda now=now: now)
        sync((NIGHTLY,))
        assert next_run() == due


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


def test_each_says_what_it_does_in_words() -> None:
    assert [str(entry.title) == "" for entry in table()] == [False] * 12


# What they run


def test_the_night_flags_what_is_overdue_through_the_door_of_the_schedule(sales: User) -> None:
    today = timezone.localdate()
    late = make_job(owner=sales, scheduled_date=today - timedelta(days=1))
    today_s = make_job(owner=sales, scheduled_date=today)
    Job.objects.update(overdue=False, overdue_since=None)
    assert flag_overdue() == {"flagged": 1, "told": 1, "dropped": 1}  # Sara has no address.
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
    for at in (now - timedelta(days=366), now):
        message = Message.objects.create(recipient="person:1", at=at, try_at=at)
        Notice.objects.create(occasion=str(at), kind="k", at=at, due_at=at, message=message)
        Notice.objects.create(occasion=f"{at} too", kind="k", at=at, due_at=at, dropped=True)
    make_job(owner=sales)
    records = [Job.history.count(), User.history.count()]
    assert tasks.prune()["messages"] == 2  # And its notice.
    assert (Message.objects.count(), Notice.objects.count()) == (1, 2)
    assert [row.session_key for row in Session.objects.all()] == ["open"]
    assert [row.pk for row in Task.objects.all()] == ["new"]
    assert [row.pk for row in Heartbeat.objects.all()] == ["new"]
    assert [row.pk for row in SentForm.objects.all()] == ["new"]
    assert [Job.history.count(), User.history.count()] == records


def test_pruning_deletes_the_sign_ins_of_programs_that_are_over(sales: User) -> None:
    now = timezone.now()
    for handle, at in (("over", now - timedelta(minutes=1)), ("open", now + timedelta(days=1))):
        TokenFamily.objects.create(user=sales, handle=handle, begun_at=now, expires_at=at)
    assert prune() == {"sign-ins": 1}
    assert [row.handle for row in TokenFamily.objects.all()] == ["open"]


def test_the_task_that_shows_a_worker_is_there_does_nothing() -> None:
    assert tasks.nothing() is None  # type: ignore[func-returns-value]
