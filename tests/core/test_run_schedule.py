"""`manage.py run_schedule` does a schedule's work now and prints its counts as a line of JSON."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from operations.models import Job
from people.models import User
from tests.factories import make_job

pytestmark = pytest.mark.django_db


def run(name: str, **options: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("run_schedule", name, stdout=out, **options)
    (line,) = out.getvalue().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_it_does_the_work_as_if_it_were_then(sales: User, tech: User, settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    User.objects.filter(pk=tech.pk).update(email="tina@example.com")
    make_job(owner=sales, assigned_to=tech, scheduled_date=date(2030, 3, 4), title="Look")
    at = "2030-03-04T07:00"
    assert run("send reminders", at=at) == {"schedule": "send reminders", "reminded": 1, "sent": 1}
    assert run("send reminders", at=at) == {"schedule": "send reminders", "reminded": 1, "sent": 0}
    assert len(mail.outbox) == 1
    assert run("flag overdue jobs", at="2030-03-05T00:00+01:00") == {
        "schedule": "flag overdue jobs",
        "flagged": 1,
        "told": 1,
        "dropped": 1,
        "sent": 0,
    }
    assert Job.objects.get().overdue_since.isoformat() == "2030-03-04T23:00:00+00:00"
    assert run("send digests") == {"schedule": "send digests", "sent": 0}


def test_mail_that_is_printed_does_not_stand_in_the_way_of_a_program(
    sales: User, tech: User, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    User.objects.filter(pk=tech.pk).update(email="tina@example.com")
    make_job(owner=sales, assigned_to=tech, scheduled_date=date(2030, 3, 4), title="Look")
    call_command("run_schedule", "send reminders", at="2030-03-04T07:00")
    printed = capsys.readouterr()
    counts = {"schedule": "send reminders", "reminded": 1, "sent": 1}
    assert json.loads(printed.out) == counts
    assert "To: tina@example.com" in printed.err


def test_a_schedule_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(
        CommandError, match=r"^There is no schedule “nightly”. The schedules are: send mail"
    ):
        run("nightly")


@pytest.mark.parametrize("at", ["tomorrow", "2030-13-04T07:00"])
def test_a_time_that_is_none_is_told(at: str) -> None:
    with pytest.raises(
        CommandError, match=f"^“{at}” is not a time. Write it like 2030-03-04T07:00"
    ):
        run("send reminders", at=at)


@pytest.mark.parametrize("at", ["9999-12-31T12:00", "0001-01-01T00:00", "2200-01-01T00:00Z"])
@pytest.mark.parametrize("name", ["flag overdue jobs", "send reminders", "send digests"])
def test_a_day_that_nobody_plans_for_is_refused(name: str, at: str, sales: User) -> None:
    make_job(owner=sales, scheduled_date=date(2030, 3, 4))
    with pytest.raises(CommandError, match="Choose a day from 1900 to 2199"):
        run(name, at=at)
    assert not Job.objects.get().overdue
