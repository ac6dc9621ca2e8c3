"""The demo: what is in it, who may sign in, and where it is refused."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from core.record import audit
from core.record.audit import Door
from core.roles import Role
from operations import demo
from operations.models import Customer, Equipment, Job, JobShare, Site, Task
from people.models import User
from tests.factories import make_job, make_user

# Before the scenes of the day are over, so that these have to be told earlier.
NOW = datetime(2026, 5, 13, 6, 30, tzinfo=UTC)
TODAY = NOW.date()
PEOPLE = 12


def run() -> str:
    """What the command says."""
    out = StringIO()
    with override_settings(DEBUG=True):
        call_command("demo", stdout=out)
    return out.getvalue()


def everything() -> dict[str, int]:
    """How many rows each table has, history included."""
    return {
        model._meta.label: model._base_manager.count()
        for model in apps.get_models()
        if model._meta.managed
    }


def history() -> list[Any]:
    """Each model that has one."""
    return [m.history for m in (User, Customer, Site, Equipment, Job, Task, JobShare)]


@pytest.fixture(scope="class")
def output(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The demo, loaded in the morning; what the command said."""
    with django_db_blocker.unblock(), transaction.atomic():
        with audit.act(at=NOW):
            yield run()
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_what_is_logged_as_it_is_loaded_is_no_news_to_a_newcomer(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def load() -> dict[str, int]:
        logging.getLogger("jobops.security").info("rights changed")
        return {"jobs": 1}

    settings.DEBUG = True
    monkeypatch.setattr(demo, "load", load)
    run()
    logging.getLogger("jobops.security").info("signed in")
    assert [line for line in caplog.messages if line in {"rights changed", "signed in"}] == [
        "signed in"
    ]


@pytest.mark.usefixtures("output")
class TestLoaded:
    """Facts about the demo; it is loaded once for all of them."""

    def test_the_command_says_what_it_loaded_and_how_to_sign_in(self, output: str) -> None:
        assert output.splitlines() == [
            "The demo is loaded: 12 people, 40 customers, 60 sites, 60 items of equipment, "
            "150 jobs, 503 tasks.",
            "Sign in as one of admin, sales, sales2, tech, tech2, with the password jobops-demo.",
        ]

    def test_it_is_a_company_of_the_promised_size(self) -> None:
        counts = [m._base_manager.count() for m in (User, Customer, Site, Equipment, Job, Task)]
        assert counts == [PEOPLE, 40, 60, 60, 150, 503]

    def test_a_second_run_says_so_and_changes_nothing(self) -> None:
        before = everything()
        assert run() == "The demo is already loaded. Nothing was changed.\n"
        assert everything() == before

    @pytest.mark.parametrize("username", demo.ACCOUNTS)
    def test_each_account_signs_in(self, username: str) -> None:
        answer = Client().post(
            reverse("admin:login"),
            {"username": username, "password": demo.PASSWORD, "next": reverse("admin:index")},
        )
        assert (answer.status_code, answer.headers["Location"]) == (302, reverse("admin:index"))

    def test_the_accounts_hold_the_roles_of_their_names_and_nobody_is_a_superuser(self) -> None:
        roles = {name: get_user_model().objects.get(username=name).roles for name in demo.ACCOUNTS}
        assert roles == {
            "admin": [Role.ADMIN],
            "sales": [Role.SALES_AGENT],
            "sales2": [Role.SALES_AGENT],
            "tech": [Role.TECHNICIAN],
            "tech2": [Role.TECHNICIAN],
        }
        assert not User.objects.filter(is_superuser=True).exists()

    def test_the_others_have_no_password(self) -> None:
        others = User.objects.exclude(username__in=demo.ACCOUNTS)
        assert {person.has_usable_password() for person in others} == {False}

    def test_every_status_priority_and_kind_is_there(self) -> None:
        assert set(Job.objects.values_list("status", flat=True)) == set(Job.Status.values)
        assert set(Job.objects.values_list("priority", flat=True)) == set(Job.Priority.values)
        assert set(Task.objects.values_list("status", flat=True)) == set(Task.Status.values)
        assert set(Equipment.objects.values_list("kind", flat=True)) == set(Equipment.Kind.values)
        assert set(JobShare.objects.values_list("level", flat=True)) == set(JobShare.Level.values)

    def test_the_jobs_lie_around_today(self) -> None:
        dates = Job.objects.exclude(scheduled_date=None).values_list("scheduled_date", flat=True)
        assert (min(dates) - TODAY, max(dates) - TODAY) == (timedelta(-60), timedelta(21))
        assert Job.objects.filter(scheduled_date=None).count() == 5

    def test_exactly_the_jobs_of_past_days_are_flagged_overdue(self) -> None:
        flagged = set(Job.objects.filter(overdue=True))
        assert flagged == set(Job.objects.overdue(on=TODAY))
        assert len(flagged) == 8

    def test_a_job_became_overdue_at_the_midnight_after_its_day(self) -> None:
        nights = Job.history.filter(door=Door.SCHEDULE)
        assert nights.count() == 16
        for row in nights:
            assert row.overdue_since == row.history_date
            assert row.history_date.date() == row.scheduled_date + timedelta(days=1)
            assert row.prev_record.version == row.version

    @pytest.mark.parametrize("username", ["tech", "tech2"])
    def test_a_technician_has_a_good_day(self, username: str) -> None:
        mine = Job.objects.filter(assigned_to__username=username)
        today = mine.scheduled_on(TODAY)
        assert today.count() >= 3
        assert mine.scheduled_on(TODAY + timedelta(days=1)).count() == 3
        assert today.filter(status=Job.Status.IN_PROGRESS).count() == 1
        assert mine.filter(overdue=True).count() == 2
        assert mine.filter(status=Job.Status.ON_HOLD).count() == 1
        assert mine.filter(completed_at__gte=NOW - timedelta(days=6)).count() >= 5

    def test_some_jobs_are_unassigned_shared_reopened_or_in_need_of_someone(self) -> None:
        assert Job.objects.open().filter(assigned_to=None).count() == 9
        assert JobShare.objects.count() == 15
        assert JobShare.history.filter(history_type="-").count() == 1
        assert Job.objects.filter(times_reopened=1).count() == 5
        assert Job.objects.needing_someone().count() == 1

    def test_who_left_still_appears_on_what_they_did(self) -> None:
        gone = User.objects.get(is_active=False)
        assert gone.completed_jobs.exists()
        assert not gone.history.filter(history_date__gt=gone.history.first().history_date).exists()

    def test_nothing_happened_after_now_or_before_it_was_made(self) -> None:
        for rows in history():
            assert not rows.filter(history_date__gt=NOW).exists()
        for job in Job.objects.all():
            times = [row.history_date for row in job.history.order_by("history_id")]
            assert times == sorted(times)
            assert times[0] == job.created_at

    def test_every_history_row_names_a_person_unless_it_is_the_nights(self) -> None:
        for rows in history():
            unnamed = rows.filter(history_user=None)
            assert set(unnamed.values_list("door", flat=True)) <= {Door.SCHEDULE}
        assert not Job.history.filter(person_name="").exclude(door=Door.SCHEDULE).exists()

    def test_rows_came_by_import_and_moved_in_the_office_and_on_phones(self) -> None:
        made = Job.history.filter(history_type="+")
        assert set(made.values_list("door", "history_user__username")) == {("import", "admin")}
        doors = Job.history.exclude(history_type="+").values_list("door", flat=True)
        assert set(doors) == {Door.ADMIN, Door.MY_DAY, Door.SCHEDULE}

    def test_the_agents_entered_and_own_the_jobs(self) -> None:
        owners = Job.objects.values_list("owner__username", flat=True)
        assert sum(owner in {"sales", "sales2"} for owner in owners) > 100
        assert Job.objects.filter(created_by__username="sales").count() > 50


@pytest.mark.django_db
def test_a_night_in_the_small_hours_tells_nothing_ahead_of_the_clock() -> None:
    midnight = datetime(2026, 5, 13, 0, 10, tzinfo=UTC)
    with audit.act(at=midnight):
        scenes = list(demo.Company(today=midnight.date())._scenes())
    assert max(scene.at for scene in scenes) == midnight


@pytest.mark.django_db
def test_in_the_afternoon_the_scenes_keep_their_times() -> None:
    afternoon = datetime(2026, 5, 13, 15, 0, tzinfo=UTC)
    with audit.act(at=afternoon):
        scenes = list(demo.Company(today=afternoon.date())._scenes())
    assert max(scene.at for scene in scenes) < afternoon - timedelta(hours=7)


@pytest.mark.django_db
def test_it_is_refused_with_debug_off() -> None:
    with pytest.raises(CommandError, match="only with DEBUG on"):
        call_command("demo")
    assert not User.objects.exists()


@pytest.mark.django_db
def test_it_is_refused_where_other_people_are() -> None:
    make_user(Role.ADMIN, username="admin")
    with pytest.raises(CommandError, match="This database holds other people"):
        run()
    assert User.objects.count() == 1


# The nightly flag (rule R3)


@pytest.mark.django_db
def test_flagging_leaves_a_history_row_and_the_version(sales: User) -> None:
    with audit.act(at=NOW - timedelta(days=3)):
        late = make_job(owner=sales, scheduled_date=TODAY - timedelta(days=1))
        now = make_job(owner=sales, scheduled_date=TODAY)
        never = make_job(owner=sales)
    with audit.act(at=NOW, door=Door.SCHEDULE, reason="a new day"):
        assert Job.objects.flag_overdue(on=TODAY) == 1
        assert Job.objects.flag_overdue(on=TODAY) == 0
    late.refresh_from_db()
    assert (late.overdue, late.overdue_since, late.version) == (True, NOW, 1)
    row = late.history.first()
    assert (row.history_type, row.door, row.history_date) == ("~", "schedule", NOW)
    assert (row.overdue, row.version, row.history_change_reason) == (True, 1, "a new day")
    assert [now.history.count(), never.history.count()] == [1, 1]


@pytest.mark.django_db
def test_flagging_goes_batch_by_batch(sales: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.models.job_queries.BATCH", 2)
    with audit.act(at=NOW - timedelta(days=9)):
        jobs = [make_job(owner=sales, scheduled_date=date(2026, 5, 10)) for _ in range(5)]
    assert Job.objects.flag_overdue(on=TODAY) == 5
    assert [job.history.count() for job in jobs] == [2] * 5


@pytest.mark.django_db
def test_files_that_keep_no_rule_are_a_fault_of_the_demo(admin: User) -> None:
    company = demo.Company(today=date(2030, 3, 4))
    with pytest.raises(RuntimeError, match="The demo's files keep no rule"):
        company._import("customers", [{"name": ""}], by=admin)
