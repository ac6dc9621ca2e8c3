"""What is told of many jobs before they change: whom they go to, and what clashes."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from core.roles import Role
from operations import bulk
from operations.models import Job
from operations.states import Verb
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_job, make_user
from tests.operations.pages import words

MONDAY = date(2030, 5, 6)
NINE: dict[str, Any] = {"scheduled_date": MONDAY, "start_time": time(9), "end_time": time(11)}
TEN: dict[str, Any] = {"scheduled_date": MONDAY, "start_time": time(10), "end_time": time(12)}


def foreseen(browser: Any, action: str, *jobs: Job, **sent: Any) -> dict[int, tuple[str, str]]:
    """What is told of each job: what becomes of it, and what clashes."""
    lines = [f"{job.pk}:{job.version}" for job in jobs]
    answer = browser.post(
        f"/admin/operations/job/bulk/{action}/",
        {"job": lines, "foresee": "yes", **sent},
        headers={"accept": "application/json"},
    )
    shown = answer.json()["jobs"].items()
    return {int(key): (each["text"], (each["clash"] or {}).get("text", "")) for key, each in shown}


def test_two_jobs_that_move_to_the_same_time_clash_with_each_other(
    sales: User, tech: User, other_tech: User, sign_in: Sign
) -> None:
    one = make_job(owner=sales, title="One", assigned_to=tech, **NINE)
    two = make_job(owner=sales, title="Two", assigned_to=tech)
    elsewhere = make_job(owner=sales, assigned_to=other_tech)
    nobody = make_job(owner=sales)
    shown = foreseen(
        sign_in(sales), "reschedule", one, two, elsewhere, nobody, schedule="7.5.2030 13-15"
    )
    moves = "Will move to Tue 7 May 2030, 13:00–15:00"
    assert shown == {
        one.pk: (
            f"{moves} · {tech.name}: free",
            f"{tech.name} has {two} at that time, 13:00–15:00.",
        ),
        two.pk: (
            f"{moves} · {tech.name}: free",
            f"{tech.name} has {one} at that time, 13:00–15:00.",
        ),
        elsewhere.pk: (f"{moves} · {other_tech.name}: free", ""),
        nobody.pk: (moves, ""),
    }
    assert [Job.objects.get(pk=job.pk).version for job in (one, two)] == [one.version, two.version]


def test_at_any_time_nothing_clashes(sales: User, tech: User, sign_in: Sign) -> None:
    jobs = [make_job(owner=sales, assigned_to=tech) for _ in range(2)]
    shown = foreseen(sign_in(sales), "reschedule", *jobs, schedule="7.5.2030")
    assert [clash for _text, clash in shown.values()] == ["", ""]
    shown = foreseen(sign_in(sales), "reschedule", *jobs, unschedule="on")
    assert set(shown.values()) == {("Will be taken off the schedule", "")}


def test_jobs_that_go_to_one_technician_clash_with_theirs_and_with_each_other(
    sales: User, tech: User, other_sales: User, sign_in: Sign
) -> None:
    make_job(owner=other_sales, title="Secret", assigned_to=tech, **NINE)
    late = {**TEN, "start_time": time(11)}
    one, two = (make_job(owner=sales, title=name, **late) for name in ("One", "Two"))
    early = make_job(owner=sales, title="Early", **TEN)
    shown = foreseen(sign_in(sales), "assign", one, two, early, assigned_to=tech.pk)
    has = f"Will go to {tech.name} · 1 job, free until 09:00, from 11:00"
    assert shown == {
        one.pk: (has, f"{tech.name} has {two} at that time, 11:00–12:00."),
        two.pk: (has, f"{tech.name} has {one} at that time, 11:00–12:00."),
        early.pk: (has, f"{tech.name} has another job at that time, 09:00–11:00."),
    }


def test_jobs_that_are_spread_are_told_to_whom_each_goes(
    sales: User, tech: User, other_tech: User, sign_in: Sign
) -> None:
    jobs = [make_job(owner=sales, **NINE) for _ in range(2)]
    shown = foreseen(sign_in(sales), "assign", *jobs, spread="on")
    texts = sorted(text.partition(" · ")[0] for text, _clash in shown.values())
    assert texts == sorted([f"Will go to {tech.name}", f"Will go to {other_tech.name}"])


def test_jobs_that_are_taken_from_somebody_say_from_whom(
    sales: User, tech: User, sign_in: Sign
) -> None:
    theirs, nobody = make_job(owner=sales, assigned_to=tech), make_job(owner=sales)
    shown = foreseen(sign_in(sales), "assign", theirs, nobody, unassign="on")
    assert shown == {
        theirs.pk: (f"Will be taken from {tech.name}", ""),
        nobody.pk: ("Will stay without a technician", ""),
    }


def test_of_what_is_not_filled_in_closed_or_not_theirs_nothing_is_told(
    sales: User, other_sales: User, admin: User, tech: User, sign_in: Sign
) -> None:
    job, hidden = make_job(owner=sales), make_job(owner=other_sales)
    closed = make_job(owner=sales)
    acting.cancel(closed, by=admin, reason="Sold")
    browser = sign_in(sales)
    assert foreseen(browser, "assign", job) == {}
    assert foreseen(browser, "cancel", job, reason="Sold") == {}
    shown = foreseen(browser, "assign", job, hidden, closed, assigned_to=tech.pk)
    assert list(shown) == [job.pk]


def test_a_verb_is_foretold_by_who_may_do_what_it_takes(sales: User, tech: User) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    told = {
        verb: bulk.foreseen([job], by=tech, verb=verb)[0].problem
        for verb in (Verb.COMPLETE, Verb.CANCEL)
    }
    refused = f"You may not do this to {job.number}."
    assert told == {Verb.COMPLETE: "", Verb.CANCEL: refused}


@pytest.mark.parametrize("number", [1, 3])
def test_it_costs_the_same_however_many_jobs_there_are(
    number: int, sales: User, sign_in: Sign, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    people = [make_user(Role.TECHNICIAN) for _ in range(number)]
    jobs = [make_job(owner=sales, assigned_to=person, **NINE) for person in people for _ in "12"]
    browser = sign_in(sales)
    foreseen(browser, "reschedule", *jobs, schedule="7.5.2030 13-15")
    with django_assert_num_queries(7):
        foreseen(browser, "reschedule", *jobs, schedule="7.5.2030 13-15")


def test_a_hand_over_says_beforehand_what_clashes(
    admin: User, sales: User, tech: User, other_tech: User, sign_in: Sign
) -> None:
    one = make_job(owner=sales, title="One", assigned_to=tech, **NINE)
    two = make_job(owner=sales, title="Two", assigned_to=tech, **TEN)
    there = make_job(owner=sales, title="There", assigned_to=other_tech, **TEN)
    asked = f"person={tech.pk}&owner=&technicians={other_tech.pk}"
    page = sign_in(admin).get(f"/admin/operations/job/hand-over/?{asked}")
    shown = {line.job.pk: (line.clash or {}).get("text") for line in page.context["outcomes"]}
    assert shown == {
        one.pk: f"{other_tech.name} has {there} at that time, 10:00–12:00.",
        two.pk: f"{other_tech.name} has {there} at that time, 10:00–12:00.",
    }
    assert f"has {there} at that time, 10:00–12:00. Open the job" in words(page)
