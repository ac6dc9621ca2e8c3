"""The list of jobs opens exactly what a number counts."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from core.record import audit
from operations.models import Job
from operations.states import Priority
from people.models import User
from reports import counts, figures
from reports.counts import JOBS
from reports.period import Period
from reports.question import Filters, Question
from tests.conftest import Sign
from tests.factories import make_job
from tests.reports import company
from tests.reports.company import DEEDS, Life, Staff, Step, Work

pytestmark = pytest.mark.django_db
LIST = "/admin/operations/job/"


def by_chance(draw: Random) -> Life:
    """A job of a company by chance."""
    return Life(
        entered=draw.randrange(24 * 100),
        day=draw.choice([None, draw.randrange(30), draw.randrange(60)]),
        steps=tuple(Step(draw.randrange(24 * 9), draw.choice(DEEDS)) for _ in range(3)),
        work=(Work(None, None, frozenset({draw.randrange(2)})),),
        technician=draw.randrange(2),
        owner=draw.randrange(2),
        site=draw.choice([None, 0, 1]),
        priority=draw.choice(Priority.values),
    )


@pytest.fixture
def staff(db: None) -> Staff:
    staff, draw = company.make_staff(), Random(7)  # noqa: S311 (a company that is the same each time)
    by_draw = [by_chance(draw) for _ in range(40)]
    company.play([*company.CERTAIN, *by_draw], staff, now=timezone.now())
    return staff


def shown(page: Any) -> set[int]:
    changes = page.context["cl"]
    rows = {job.pk for job in changes.result_list}
    assert len(rows) == changes.result_count
    return rows


def test_every_number_opens_its_jobs(staff: Staff, admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    end = audit.today() - timedelta(days=20)
    period = Period(end - timedelta(days=60), end)
    found: list[str] = []
    for filters in (Filters(), Filters(technician=staff.technicians[0].pk)):
        asked = Question(period, filters)
        for name in JOBS:
            page = browser.get(counts.jobs_url(name, asked))
            counted = {job.pk for job in figures.rows(name, asked)}
            assert shown(page) == counted, name
            assert str(JOBS[name].title) in page.content.decode(), name
            found += [name] if counted else []
    # No job of a company by chance begins at a time.
    assert {*JOBS} - {*found} == {name for name in JOBS if name.startswith(("begins", "hour_"))}


def test_a_number_within_a_number_opens_its_jobs(staff: Staff, admin: User, sign_in: Sign) -> None:
    """A status, a priority, a technician: by the filters that the list has."""
    browser, today = sign_in(admin), audit.today()
    asked = Question(Period(today - timedelta(days=60), today))
    for status, number in figures.by_status(asked).items():
        url = counts.jobs_url("created", asked, status__exact=status)
        assert len(shown(browser.get(url))) == number
    for priority, number in figures.by_priority(asked).items():
        url = counts.jobs_url("created", asked, priority__exact=priority)
        assert len(shown(browser.get(url))) == number
    for load in figures.technicians(asked):
        url = counts.jobs_url("completed", asked, assigned_to__id__exact=load.person.pk)
        assert len(shown(browser.get(url))) == load.jobs_completed


def test_the_head_says_what_is_counted_and_how_to_see_all_again(
    sales: User, admin: User, sign_in: Sign
) -> None:
    today = audit.today()
    job = make_job(owner=sales)
    asked = Question(Period(today, today))
    page = sign_in(admin).get(counts.jobs_url("created", asked)).content.decode()
    assert f"<strong>Jobs entered: {asked.period}</strong>" in page
    assert job.number in page
    assert "Clear filters" in page
    # What other filters are chosen beside it is asked of the same jobs.
    assert '<input type="hidden" name="figure" value="created">' in page.replace(" />", ">")


def test_the_jobs_stand_in_the_order_in_which_they_came_to_be_counted(
    sales: User, admin: User, sign_in: Sign
) -> None:
    now, numbers = timezone.now(), []
    for ago in (2, 1, 3):
        created = now - timedelta(days=ago)
        numbers.append(make_job(owner=sales, created_at=created).pk)
    today = audit.today()
    asked = Question(Period(today - timedelta(days=5), today))
    rows = sign_in(admin).get(counts.jobs_url("created", asked)).context["cl"].result_list
    assert [job.pk for job in rows] == [numbers[1], numbers[0], numbers[2]]


def test_whoever_opens_it_sees_what_they_see(sales: User, other_sales: User, sign_in: Sign) -> None:
    mine = make_job(owner=sales)
    make_job(owner=other_sales)
    today = audit.today()
    url = counts.jobs_url("created", Question(Period(today, today)))
    assert shown(sign_in(sales).get(url)) == {mine.pk}


@pytest.mark.parametrize(
    "query",
    [
        "figure=nothing",
        "figure=created",
        "figure=created&from=2030-03-01",
        "figure=created&from=2030-03-31&to=2030-03-01",
        "figure=created&from=yesterday&to=2030-03-01",
        "figure=created&from=1899-12-31&to=2030-03-01",
        "figure=created&from=2030-03-01&to=2200-01-01",
    ],
)
def test_an_address_of_no_figure_is_refused(query: str, admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    browser.raise_request_exception = False
    answer = browser.get(f"{LIST}?{query}")
    assert answer.status_code == 400
    # And it is not kept as the filter on which the person left.
    assert browser.get(LIST).status_code == 200


def test_days_without_a_figure_ask_for_nothing(sales: User, admin: User, sign_in: Sign) -> None:
    make_job(owner=sales)
    page = sign_in(admin).get(f"{LIST}?from=2030-03-01&to=2030-03-31")
    assert len(shown(page)) == Job.objects.count() == 1
