"""The figures over HTTP: what is answered, to whom, and at what cost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from pytest_django import DjangoAssertNumQueries

from core.record import audit
from operations import acts
from people import tokens
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_equipment, make_job, make_task, make_user

pytestmark = pytest.mark.django_db
URL = "/api/analytics"
NOTHING = {"mean_seconds": None, "median_seconds": None, "p90_seconds": None}


def caller(user: User) -> Client:
    """A program in which somebody is signed in."""
    access = tokens.sign_in(user, at=timezone.now()).access
    return Client(headers={"Authorization": f"Bearer {access}"})


def asked(user: User, **query: Any) -> Any:
    return caller(user).get(URL, {name.rstrip("_"): value for name, value in query.items()})


def test_nothing_yet_is_answered_as_nothing(admin: User, tech: User) -> None:
    drill = make_equipment()
    answer = asked(admin).json()
    at = parse_datetime(answer.pop("generated_at"))
    assert at is not None
    assert timezone.now() - at < timedelta(minutes=1)
    today = audit.today()
    assert answer == {
        "from": str(today - timedelta(days=29)),
        "to": str(today),
        "jobs": {
            "created": 0,
            "completed": 0,
            "cancelled": 0,
            "reopened": 0,
            "open": 0,
            "overdue": 0,
        },
        "by_status": {
            "pending": 0,
            "in_progress": 0,
            "on_hold": 0,
            "completed": 0,
            "cancelled": 0,
        },
        "by_priority": {"low": 0, "medium": 0, "high": 0, "urgent": 0},
        "on_time": {"completed": 0, "on_time": 0, "share": None},
        "time_to_complete": {"completed": 0, **NOTHING},
        "task_cycle_time": {"completed": 0, **NOTHING},
        "backlog_age": {
            "open": 0,
            "median_seconds": None,
            "buckets": [
                {"from_days": 0, "to_days": 7, "jobs": 0},
                {"from_days": 7, "to_days": 30, "jobs": 0},
                {"from_days": 30, "to_days": 90, "jobs": 0},
                {"from_days": 90, "to_days": None, "jobs": 0},
            ],
        },
        "reopen_rate": {"completed": 0, "reopened": 0, "share": None},
        "first_time_fix": {
            "completed": 0,
            "fixed": 0,
            "share": None,
            "ripe_until": str(today - timedelta(days=30)),
        },
        "technicians": [
            {
                "user": {"id": tech.pk, "username": "tina", "name": "Tina Tech"},
                "jobs_completed": 0,
                "tasks_completed": 0,
                "open_jobs": 0,
                "on_time_share": None,
            }
        ],
        "equipment": [
            {
                "equipment": {
                    "id": drill.pk,
                    "name": drill.name,
                    "serial_number": drill.serial_number,
                },
                "tasks": 0,
                "days_in_use": 0,
            }
        ],
    }


def test_what_was_done_is_answered_as_the_figures_have_it(
    admin: User, sales: User, tech: User
) -> None:
    today, drill = audit.today(), make_equipment()
    now = timezone.now()
    two_days = now - timedelta(days=2)
    jobs = []
    for day in (today, today - timedelta(days=1)):
        with audit.act(at=two_days, by=sales):
            job = make_job(owner=sales, created_at=two_days, scheduled_date=day, assigned_to=tech)
            make_task(job=job, equipment=[drill])
        with audit.act(at=now - timedelta(seconds=90)):
            acts.progress(job.tasks.get(), by=tech, status="in_progress")
        with audit.act(at=now):
            acts.progress(job.tasks.get(), by=tech, status="completed")
            acting.complete(job, by=tech)
        jobs.append(job)
    make_job(owner=sales)
    answer = asked(admin).json()
    assert answer["jobs"] == {
        "created": 3,
        "completed": 2,
        "cancelled": 0,
        "reopened": 0,
        "open": 1,
        "overdue": 0,
    }
    assert answer["on_time"] == {"completed": 2, "on_time": 1, "share": 0.5}
    took = dict.fromkeys(NOTHING, 172800.0)
    assert answer["time_to_complete"] == {"completed": 2, **took}
    assert answer["task_cycle_time"] == {"completed": 2, **dict.fromkeys(NOTHING, 90.0)}
    assert answer["reopen_rate"] == {"completed": 2, "reopened": 0, "share": 0.0}
    [load], [use] = answer["technicians"], answer["equipment"]
    assert [load[name] for name in ("jobs_completed", "tasks_completed", "open_jobs")] == [2, 2, 0]
    assert load["on_time_share"] == 0.5
    assert (use["tasks"], use["days_in_use"]) == (2, 2)


def test_filters_narrow_every_figure(
    admin: User, sales: User, other_sales: User, tech: User, other_tech: User
) -> None:
    job = make_job(owner=sales, assigned_to=tech, priority="high")
    make_job(owner=other_sales, assigned_to=other_tech)

    def open_jobs(**query: Any) -> int:
        found: int = asked(admin, **query).json()["jobs"]["open"]
        return found

    assert open_jobs() == 2
    assert open_jobs(technician=tech.pk) == 1
    assert open_jobs(owner=sales.pk) == 1
    assert open_jobs(customer=job.customer_id) == 1
    assert open_jobs(priority="high") == 1
    assert open_jobs(priority="high", owner=other_sales.pk) == 0
    assert open_jobs(owner=2**63 - 1) == 0
    [load] = asked(admin, technician=tech.pk).json()["technicians"]
    assert load["user"]["username"] == "tina"


@pytest.mark.parametrize(
    ("query", "start", "end"),
    [
        ({"from_": "2030-03-01", "to": "2030-03-31"}, "2030-03-01", "2030-03-31"),
        ({"to": "2030-03-31"}, "2030-03-02", "2030-03-31"),
        ({"from_": "2130-03-01"}, "2130-03-01", "2130-03-01"),
        ({"from_": "2020-03-01"}, "2020-03-01", "today"),
    ],
)
def test_a_day_that_is_not_said_follows_from_the_other(
    query: dict[str, str], start: str, end: str, admin: User
) -> None:
    answer = asked(admin, **query).json()
    end = str(audit.today()) if end == "today" else end
    assert (answer["from"], answer["to"]) == (start, end)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from_": "2030-03-31", "to": "2030-03-30"}, "to"),
        ({"from_": "1899-12-31", "to": "2030-03-30"}, "from"),
        ({"from_": "2030-03-31", "to": "2200-01-01"}, "to"),
        # Its first day would be before all that there are.
        ({"to": "1900-01-05"}, "from"),
        ({"from_": "yesterday"}, "from"),
        ({"to": "2030-02-30"}, "to"),
        ({"to": "20300301"}, "to"),
        ({"technician": "tina"}, "technician"),
        ({"owner": "0"}, "owner"),
        ({"customer": str(2**63)}, "customer"),
        ({"priority": "soon"}, "priority"),
        ({"status": "pending"}, "status"),
        ({"start": "2030-03-31"}, "start"),
    ],
)
def test_nonsense_is_refused_at_its_parameter(
    query: dict[str, str], field: str, admin: User
) -> None:
    answer = asked(admin, **query)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_figures_are_for_admins(
    admin: User, sales: User, tech: User, root: User, sign_in: Sign
) -> None:
    people = (admin, root, sales, tech)
    assert [asked(user).status_code for user in people] == [200, 200, 403, 403]
    assert [sign_in(user).get(URL).status_code for user in people] == [200, 200, 403, 403]
    assert Client().get(URL).status_code == 401
    assert asked(sales)["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("number", [1, 3])
def test_all_figures_cost_eight_queries_however_much_there_is(
    number: int, admin: User, sales: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    from core.roles import Role

    for _each in range(number):
        tech = make_user(Role.TECHNICIAN)
        job = make_job(owner=sales, assigned_to=tech, scheduled_date=date(2030, 3, 1))
        make_task(job=job, equipment=[make_equipment()])
    program = caller(admin)
    with django_assert_num_queries(8):
        program.get(URL, {"from": "2030-03-01", "to": "2030-03-31"})
