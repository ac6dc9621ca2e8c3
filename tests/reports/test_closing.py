"""A month that is over is closed once; what has changed in it since, the page says."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.html import strip_tags

from core.record import audit
from operations import acts
from operations.models import Job
from people.models import User
from reports import closing, tasks
from reports.models import ClosedMonth
from reports.pages import since as pages
from reports.period import last_month
from reports.question import Question
from tests import acting
from tests.conftest import Sign
from tests.factories import make_job, make_task

pytestmark = pytest.mark.django_db
URL = "/admin/analytics/?period=last_month"


def day(number: int) -> datetime:
    """Noon of a day of last month."""
    # Whatever act is at hand, and when it is done.
    start = last_month(timezone.localdate()).start
    return datetime(start.year, start.month, number, 12, tzinfo=ZoneInfo("UTC"))


@pytest.fixture
def jobs(sales: User, tech: User) -> list[Job]:
    """Two jobs of last month, completed the day after they were entered."""
    found = []
    for _each in range(2):
        with audit.act(at=day(5), by=sales):
            job = make_job(
                owner=sales, assigned_to=tech, created_at=day(5), scheduled_date=day(7).date()
            )
            make_task(job=job)
        with audit.act(at=day(6)):
            acts.progress(job.tasks.get(), by=tech, status="completed")
            acting.complete(Job.objects.get(pk=job.pk), by=tech)
        found.append(job)
    return found


def shown(page: Any) -> tuple[str, dict[str, tuple[str, str, str, str]]]:
    found = page.context["since"]
    lines = {
        str(each.title): (each.then, each.now, strip_tags(each.came), strip_tags(each.left))
        for each in found.lines
    }
    return found.text, lines


def test_a_month_that_is_not_closed_says_so(admin: User, jobs: list[Job], sign_in: Sign) -> None:
    text, lines = shown(sign_in(admin).get(URL))
    assert (text.startswith("The figures of this month were not recorded"), lines) == (True, {})


def test_nothing_has_changed(admin: User, jobs: list[Job], sign_in: Sign) -> None:
    assert tasks.close_month() == {"closed": 1}
    page = sign_in(admin).get(URL)
    text, lines = shown(page)
    assert (text.endswith("Nothing has changed since."), lines) == (True, {})
    assert text in page.content.decode()


def test_a_job_that_is_reopened_later_is_named(
    admin: User, sales: User, jobs: list[Job], sign_in: Sign
) -> None:
    tasks.close_month()
    job = jobs[0]
    acting.reopen(Job.objects.get(pk=job.pk), by=sales, reason="It leaks.")
    page = sign_in(admin).get(URL)
    text, lines = shown(page)
    assert text.endswith("Since then, this has changed:")
    few = "too few to say"
    assert lines == {
        "Jobs completed": ("2", "1", "", job.number),
        "Completed on time": (f"{few}: 2 of 2", f"{few}: 1 of 1", "", job.number),
        "Reopen rate": (f"{few}: 0 of 2", f"{few}: 0 of 1", "", ""),
        "Time to complete": (
            "median 24.0 hours, mean 24.0 hours, of 2",
            "median 24.0 hours, mean 24.0 hours, of 1",
            "",
            job.number,
        ),
        "Jobs completed by Tina Tech": ("2", "1", "", ""),
    }
    assert re.search(
        rf'<a href="/admin/operations/job/{job.pk}/change/">{job.number}</a>', page.content.decode()
    )


def test_a_job_that_came_in_and_one_that_was_deleted_are_named(
    admin: User, sales: User, jobs: list[Job], sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.close_month()
    gone = jobs[1]
    acts.remove((Job, gone.pk), by=admin)
    with audit.act(at=day(20), by=sales):
        late = [make_job(owner=sales, created_at=day(20)) for _each in range(2)]
    monkeypatch.setattr(pages, "NAMED", 1)
    _text, lines = shown(sign_in(admin).get(URL))
    came = f"{late[0].number} and 1 more"
    assert lines["Jobs entered"] == ("2", "3", came, f"{gone.number} (deleted)")


def test_a_month_is_closed_once(jobs: list[Job], sales: User) -> None:
    today = audit.today()
    # Not so late that the month is over an hour later.
    noon = datetime.combine(today.replace(day=1), time(12), timezone.get_current_timezone())
    assert closing.close(noon) == 1
    kept = ClosedMonth.objects.get()
    assert (kept.month, kept.figures["completed"]) == (last_month(today).start, 2)
    acting.reopen(Job.objects.get(pk=jobs[0].pk), by=sales, reason="It leaks.")
    assert closing.close(noon + timedelta(hours=1)) == 0
    assert ClosedMonth.objects.get().figures["completed"] == 2


def test_after_nights_without_a_run_each_month_that_was_over_meanwhile_is_closed() -> None:
    utc = ZoneInfo("UTC")
    assert closing.close(datetime(2030, 1, 31, 23, tzinfo=utc)) == 1
    assert closing.close(datetime(2030, 4, 5, tzinfo=utc)) == 3
    months = ClosedMonth.objects.order_by("month").values_list("month", flat=True)
    expected = [date(2029, 12, 1), date(2030, 1, 1), date(2030, 2, 1), date(2030, 3, 1)]
    assert list(months) == expected


def test_a_month_is_over_in_the_time_zone_of_the_business(settings: Any) -> None:
    settings.TIME_ZONE = "America/Los_Angeles"
    utc = ZoneInfo("UTC")
    closing.close(datetime(2030, 2, 1, 7, tzinfo=utc))
    assert ClosedMonth.objects.get().month == date(2029, 12, 1)
    closing.close(datetime(2030, 2, 1, 8, tzinfo=utc))
    assert ClosedMonth.objects.filter(month=date(2030, 1, 1)).exists()


def test_no_other_period_says_anything_of_a_close(admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    for query in ("", "?period=year", "?period=last_month&priority=low"):
        assert browser.get("/admin/analytics/" + query).context["since"] is None
    assert closing.closed(Question(last_month(audit.today()))) is None
    assert closing.closed(Question(last_month(date(2030, 1, 1)), at=day(1))) is None
