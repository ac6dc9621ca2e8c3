"""Home says what was completed, in time and in all, and which job is open for the longest time."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.test import Client

from core.record import audit
from operations import acts
from operations.models import Job
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_job

HOME = "/admin/"
DAY = timedelta(days=1)
WEDNESDAY = datetime(2026, 11, 25, 9, 0, tzinfo=ZoneInfo("UTC"))


def completed(owner: User, tech: User, **fields: Any) -> Job:
    job = make_job(owner=owner, assigned_to=tech, **fields)
    acting.complete(job, by=tech)
    return job


@pytest.fixture
def work(sales: User, other_sales: User, tech: User) -> None:
    """This week two in time, one late and one of no day; last week one in time; of somebody else,
    one of today."""
    with audit.act(at=WEDNESDAY - 6 * DAY):
        make_job(owner=sales, title="Old one")
        completed(sales, tech, scheduled_date=date(2026, 11, 19))
    with audit.act(at=WEDNESDAY):
        make_job(owner=sales, scheduled_date=WEDNESDAY.date())
        completed(sales, tech, scheduled_date=WEDNESDAY.date())
        completed(sales, tech, scheduled_date=WEDNESDAY.date() + DAY)
        completed(sales, tech, scheduled_date=WEDNESDAY.date() - DAY)
        completed(sales, tech)
        completed(other_sales, tech, scheduled_date=WEDNESDAY.date())


def home(browser: Client) -> Any:
    with audit.act(at=WEDNESDAY):
        return browser.get(HOME).context


def figures(browser: Client) -> list[str]:
    shown = [f"{each.title}: {each.number} {each.beside}" for each in home(browser)["figures"]]
    return [re.sub("<[^>]*>", "", text).strip() for text in shown]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (
            "admin",
            [
                "Today’s jobs completed: 2 of 3",
                "Completed this week: 5 last week 1",
                "On time this week: 3, late 1 last week 1, late 0",
            ],
        ),
        (
            "sales",
            [
                "Today’s jobs completed: 1 of 2",
                "Completed this week: 4 last week 1",
                "On time this week: 2, late 1 last week 1, late 0",
            ],
        ),
        ("tech", []),
    ],
)
def test_home_says_what_was_completed_of_what_the_person_sees(
    who: str, expected: list[str], work: None, request: pytest.FixtureRequest, sign_in: Sign
) -> None:
    assert figures(sign_in(request.getfixturevalue(who))) == expected


@pytest.mark.parametrize("who", ["admin", "sales"])
def test_each_number_opens_exactly_its_rows(
    who: str, work: None, request: pytest.FixtureRequest, sign_in: Sign
) -> None:
    browser = sign_in(request.getfixturevalue(who))
    shown = "".join(f"{each.number} {each.beside}" for each in home(browser)["figures"])
    links = re.findall(r'<a href="([^"]+)" title="[^"]+">(\d+)</a>', shown)
    assert len(links) == 8
    with audit.act(at=WEDNESDAY):
        found = [len(browser.get(url).context["cl"].result_list) for url, _number in links]
    assert found == [int(number) for _url, number in links]


def test_home_names_the_job_that_is_open_for_the_longest_time(
    work: None, sales: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    oldest = home(browser)["oldest"]
    job = Job.objects.get(title="Old one")
    assert (oldest.url, oldest.text, oldest.days) == (
        f"/admin/operations/job/{job.pk}/change/",
        f"{job.number} Old one",
        "open for 6 days",
    )
    page = browser.get(HOME).content.decode()
    assert f'<a href="{oldest.url}">{oldest.text}</a>' in page


def test_one_that_was_entered_today_says_so(sales: User, sign_in: Sign) -> None:
    with audit.act(at=WEDNESDAY):
        make_job(owner=sales)
    assert home(sign_in(sales))["oldest"].days == "entered today"


def test_where_there_was_no_work_nothing_is_said(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    shown = home(browser)
    assert (shown["figures"], shown["oldest"]) == ([], None)
    assert "How work is going" not in browser.get(HOME).content.decode()


def test_one_that_is_no_longer_theirs_to_see_is_not_named(
    sales: User, other_sales: User, admin: User, sign_in: Sign
) -> None:
    job = make_job(owner=sales)
    browser = sign_in(sales)
    assert browser.get(HOME).context["oldest"].pk == job.pk
    acts.hand_over(job, owner=other_sales, by=admin)
    assert browser.get(HOME).context["oldest"] is None
    cache.clear()
    assert browser.get(HOME).context["figures"] == []
