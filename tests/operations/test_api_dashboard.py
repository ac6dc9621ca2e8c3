"""The dashboard of the API: what is overdue, and the days ahead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from core.record import audit
from core.roles import Role
from operations import acts
from operations.api import dashboard
from operations.models import Job
from people.models import User
from tests import acting
from tests.factories import (
    make_customer,
    make_equipment,
    make_job,
    make_site,
    make_task,
    make_user,
)
from tests.programs import Caller, errors, page, program

pytestmark = pytest.mark.django_db


def day(number: int) -> date:
    """A day, so many from today."""
    return audit.today() + timedelta(days=number)


def seen(caller: Caller, **query: Any) -> dict[int | str, list[str]]:
    """The titles of the dashboard by how many days ahead they are."""
    body = caller.get("/dashboard", **query).json()
    found: dict[int | str, list[str]] = {"overdue": titles(body["overdue"])}
    for each in body["days"]:
        ahead = date.fromisoformat(each["date"]) - audit.today()
        found[ahead.days] = titles(each["jobs"])
    return found


def titles(jobs: list[Any]) -> list[str]:
    return [job["title"] for job in jobs]


def test_a_job_stands_there_with_all_that_whoever_goes_there_needs(sales: User, tech: User) -> None:
    customer = make_customer(name="Hotel", phone="+43 (0)1 555, bar")
    site = make_site(customer=customer, name="Main", address="1 Quay", access_notes="Gate 3")
    job = make_job(
        owner=sales,
        assigned_to=tech,
        site=site,
        title="Repair",
        description="Roof",
        priority="urgent",
        scheduled_date=day(0),
        start_time=time(8),
        end_time=time(9, 30),
    )
    first, second = make_task(job=job), make_task(job=job)
    acts.progress(first, by=tech, status="completed")
    job.refresh_from_db()
    caller = program(tech)
    assert caller.get("/dashboard").json() == {
        "today": day(0).isoformat(),
        "overdue": [],
        "days": [
            {
                "date": day(0).isoformat(),
                "total_tasks": 1,
                "jobs": [
                    {
                        "id": job.pk,
                        "number": job.number,
                        "title": "Repair",
                        "description": "Roof",
                        "status": "in_progress",
                        "overdue": False,
                        "priority": "urgent",
                        "scheduled_date": day(0).isoformat(),
                        "start_time": "08:00:00",
                        "end_time": "09:30:00",
                        "version": 2,
                        "can_progress": True,
                        "completed_at": None,
                        "verbs": ["hold", "complete"],
                        "undo_seconds": 0,
                        "customer": {
                            "id": customer.pk,
                            "name": "Hotel",
                            "phone": "+43 (0)1 555, bar",
                            "dialled": "+431555",
                        },
                        "site": {
                            "id": site.pk,
                            "name": "Main",
                            "address": "1 Quay",
                            "access_notes": "Gate 3",
                        },
                        "assigned_to": {"id": tech.pk, "username": "tina", "name": "Tina Tech"},
                        "tasks": [
                            caller.get(f"/tasks/{task.pk}").json() for task in (first, second)
                        ],
                    }
                ],
            }
        ],
        "done": [],
        "more": False,
    }


def test_what_a_job_does_not_have_is_null(sales: User) -> None:
    make_job(owner=sales, scheduled_date=day(0))
    (job,) = program(sales).get("/dashboard").json()["days"][0]["jobs"]
    empty = ("site", "assigned_to", "start_time", "end_time")
    assert {name: job[name] for name in empty} == dict.fromkeys(empty)
    assert job["tasks"] == []


@pytest.fixture
def week(sales: User, tech: User) -> Callable[..., None]:
    """Jobs of the technician: one for each number, so many days ahead."""

    def make(*days: int, **fields: Any) -> None:
        for number in days:
            fields.setdefault("assigned_to", tech)
            make_job(owner=sales, title=f"{number}", scheduled_date=day(number), **fields)

    return make


def test_days_are_counted_from_today_and_those_without_work_left_out(
    tech: User, week: Callable[..., None]
) -> None:
    week(-400, -1, 0, 1, 6, 7, 30, 31)
    caller = program(tech)
    late = ["-400", "-1"]
    assert seen(caller) == {"overdue": late, 0: ["0"], 1: ["1"], 6: ["6"]}
    assert seen(caller, days=1) == {"overdue": late, 0: ["0"]}
    assert seen(caller, days=31) == {
        "overdue": late,
        **{number: [str(number)] for number in (0, 1, 6, 7, 30)},
    }


def test_closed_and_unscheduled_jobs_are_not_there(admin: User, sales: User, tech: User) -> None:
    for number in (-1, 0):
        done, off = (
            make_job(owner=sales, assigned_to=tech, scheduled_date=day(number)) for _ in "ab"
        )
        acting.complete(done, by=admin)
        acting.cancel(off, by=admin, reason="x")
    held = make_job(owner=sales, assigned_to=tech, scheduled_date=day(0), title="Held")
    acting.hold(held, by=tech, reason="x")
    make_job(owner=sales, assigned_to=tech)
    assert seen(program(tech)) == {"overdue": [], 0: ["Held"]}


def test_what_the_caller_completed_today_is_there_the_last_one_first(
    admin: User, sales: User, tech: User, other_tech: User
) -> None:
    def done(title: str, *, by: User = tech, ago: timedelta = timedelta(), **fields: Any) -> Job:
        job = make_job(owner=sales, title=title, tasks=1, **{"assigned_to": tech, **fields})
        acts.progress(job.tasks.get(), by=admin, status="completed")
        acting.complete(job, by=by, at=begun + timedelta(hours=2) - ago)
        return job

    begun = datetime.combine(day(0), time.min, timezone.get_default_timezone())
    done("last")
    done("first", ago=timedelta(hours=2), scheduled_date=day(-3))
    done("yesterday", ago=timedelta(hours=2, seconds=1))
    done("by somebody else", by=admin)
    done("no longer theirs", assigned_to=other_tech, by=admin)
    Job.objects.filter(title="no longer theirs").update(completed_by=tech)
    body = program(tech).get("/dashboard").json()
    assert (body["overdue"], body["days"]) == ([], [])
    assert titles(body["done"]) == ["last", "first"]
    (job, _first) = body["done"]
    assert (job["status"], job["can_progress"]) == ("completed", True)
    assert [task["status"] for task in job["tasks"]] == ["completed"]
    assert titles(program(admin).get("/dashboard").json()["done"]) == ["by somebody else"]
    assert program(sales).get("/dashboard").json()["done"] == []


def test_what_was_completed_a_moment_ago_can_be_taken_back(sales: User, tech: User) -> None:
    for title, ago in (("slip", 0), ("long ago", 11)):
        job = make_job(owner=sales, assigned_to=tech, title=title)
        acting.complete(job, by=tech, at=audit.now() - timedelta(minutes=ago))
    done = program(tech).get("/dashboard").json()["done"]
    # Shortly after midnight, the other one is of yesterday.
    assert {job["title"]: job["verbs"] for job in done if job["title"] == "slip"} == {
        "slip": ["reopen"]
    }
    assert {tuple(job["verbs"]) for job in done if job["title"] != "slip"} <= {()}


def test_a_day_is_ordered_by_time_and_what_has_none_comes_last(sales: User, tech: User) -> None:
    for number in (-1, 0):
        for title, hour in (("late", 15), ("any", None), ("early", 7), ("any, too", None)):
            times = {"start_time": time(hour), "end_time": time(hour + 1)} if hour else {}
            make_job(
                owner=sales, assigned_to=tech, title=title, scheduled_date=day(number), **times
            )
    order = ["early", "late", "any", "any, too"]
    assert seen(program(tech)) == {"overdue": order, 0: order}


def test_each_sees_theirs(
    admin: User, sales: User, other_sales: User, tech: User, other_tech: User
) -> None:
    def job(title: str, **fields: Any) -> Job:
        return make_job(title=title, scheduled_date=day(0), **{"owner": other_sales, **fields})

    job("owned", owner=sales)
    job("assigned", assigned_to=tech)
    job("foreign", assigned_to=other_tech)
    viewed, worked = job("to view"), job("for progress")
    for person in (sales, tech):
        acts.share(viewed, person, "view", by=admin)
    acts.share(worked, tech, "progress", by=admin)
    both = make_user(Role.SALES_AGENT, Role.TECHNICIAN)
    acts.share(worked, both, "progress", by=admin)
    acts.share(viewed, both, "view", by=admin)
    everything = ["owned", "assigned", "foreign", "to view", "for progress"]
    people = {admin: everything, sales: ["owned", "to view"], tech: ["assigned", "for progress"]}
    people[both] = ["to view", "for progress"]
    assert {who: seen(program(who)).get(0) for who in people} == people


def test_each_job_says_whether_the_caller_may_report_on_it(
    admin: User, sales: User, tech: User
) -> None:
    def job(title: str, **fields: Any) -> Job:
        return make_job(owner=admin, title=title, scheduled_date=day(0), **fields)

    both = make_user(Role.SALES_AGENT, Role.TECHNICIAN)
    acts.hand_over(job("sold by both"), owner=both, by=admin)
    acts.hand_over(job("sold and done"), owner=both, by=admin)
    acts.edit(Job.objects.get(title="sold and done"), assigned_to=both, by=admin)
    job("assigned", assigned_to=both)
    viewed, worked = job("to view", assigned_to=tech), job("for progress")
    for person in (both, sales):
        acts.share(viewed, person, "view", by=admin)
    acts.share(worked, both, "progress", by=admin)
    may = {
        both: {
            "sold by both": False,
            "sold and done": True,
            "assigned": True,
            "to view": False,
            "for progress": True,
        },
        tech: {"to view": True},
        sales: {"to view": False},
        admin: dict.fromkeys(Job.objects.values_list("title", flat=True), True),
    }
    assert {who: reports(program(who)) for who in may} == may


def reports(caller: Caller) -> dict[str, bool]:
    """On which of today's jobs the caller may report, as the dashboard says."""
    (today,) = caller.get("/dashboard").json()["days"]
    return {job["title"]: job["can_progress"] for job in today["jobs"]}


def test_unfinished_tasks_of_a_day_are_counted(sales: User, tech: User) -> None:
    jobs = [
        make_job(owner=sales, assigned_to=tech, scheduled_date=day(0), tasks=n) for n in (0, 2, 3)
    ]
    acts.progress(jobs[1].tasks.first(), by=tech, status="completed")  # type: ignore[union-attr]
    acts.progress(jobs[2].tasks.first(), by=tech, status="in_progress")  # type: ignore[union-attr]
    assert program(tech).get("/dashboard").json()["days"][0]["total_tasks"] == 4


@pytest.mark.parametrize("number", [-3, 0, 2])
def test_a_list_is_cut_and_says_so(
    number: int, tech: User, week: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard, "LIMIT", 2)
    week(-1, 0, 1, number)
    caller = program(tech)
    assert caller.get("/dashboard").json()["more"] is False
    week(number, number)
    body = caller.get("/dashboard").json()
    lists = [body["overdue"], *(each["jobs"] for each in body["days"])]
    assert (body["more"], max(map(len, lists)), sum(map(len, lists))) == (
        True,
        2,
        {-3: 4, 0: 4, 2: 5}[number],
    )


@pytest.mark.parametrize("query", ["days=0", "days=32", "days=x", "days=", "day=3"])
def test_what_the_dashboard_cannot_be_asked_is_told(query: str, tech: User) -> None:
    answer = program(tech).get(f"/dashboard?{query}")
    assert list(errors(answer)) == [query.split("=", maxsplit=1)[0]]


@pytest.mark.parametrize("jobs", [1, 3])
def test_it_costs_the_same_however_many_jobs_there_are(
    jobs: int,
    sales: User,
    tech: User,
    week: Callable[..., None],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    week(*range(-1, jobs - 1), site=make_site())
    for job in Job.objects.all():
        for _each in range(jobs):
            make_task(job=job, equipment=[make_equipment()])
    for _each in range(jobs):
        acting.complete(make_job(owner=sales, assigned_to=tech), by=tech)
    acts.share(job, tech, "progress", by=sales)
    both = make_user(Role.SALES_AGENT, Role.TECHNICIAN)
    for job in Job.objects.all():
        acts.share(job, both, "progress", by=sales)
    callers = ((program(tech), 5), (page(tech), 6), (program(both), 5), (page(both), 6))
    for caller, number in callers:
        with django_assert_num_queries(number):
            assert seen(caller)["overdue"] == ["-1"]
