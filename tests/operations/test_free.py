"""Who is free: what each technician has on a day, in words, and who has the least."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from core.roles import Role
from operations import bulk
from operations.free import Load, free_first, loads, spread
from operations.models import Job
from operations.schedule import Slot
from people.models import User
from tests import acting
from tests.factories import make_job, make_user

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY = date(2030, 5, 6), date(2030, 5, 7)


def load(*times: str, person: Any = None, days: tuple[date, ...] = (MONDAY,)) -> Load:
    """Of somebody with a job at each of these times; `-`: at any."""
    slots = []
    for each in times:
        moments = [time.fromisoformat(moment) for moment in each.split("-") if moment]
        slots.append(Slot(MONDAY, *moments))
    return Load(person, frozenset(days), tuple(enumerate(slots, start=1)))


@pytest.mark.parametrize(
    ("times", "text"),
    [
        ((), "free"),
        (("-",), "1 job at any time"),
        (("-", "-"), "2 jobs at any time"),
        (("07:00-11:30",), "1 job, free from 11:30"),
        (("07:00-09:00", "09:00-10:00", "08:00-11:30", "-"), "4 jobs, free from 11:30"),
        (("14:00-18:00",), "1 job, free until 14:00"),
        (("09:00-10:00", "14:00-16:00"), "2 jobs, free until 09:00, 10:00–14:00, from 16:00"),
        (("07:15-12:00", "12:15-17:45"), "2 jobs, no time left"),
        (("05:00-06:00", "19:00-20:00"), "2 jobs, free until 18:00"),
        (("05:00-20:00",), "1 job, no time left"),
    ],
)
def test_a_day_is_told_in_a_line(times: tuple[str, ...], text: str) -> None:
    assert str(load(*times)) == text


def test_several_days_are_counted_and_no_day_is_all_that_is_open() -> None:
    days = (MONDAY, TUESDAY)
    found = [load(*times, days=some) for some in (days, ()) for times in ((), ("-",), ("-", "-"))]
    assert [str(each) for each in found] == [
        "free on these days",
        "1 job on these days",
        "2 jobs on these days",
        "no open jobs",
        "1 open job",
        "2 open jobs",
    ]


def test_a_clash_is_a_job_at_the_same_time() -> None:
    busy = load("-", "09:00-10:00", "11:00-12:00")
    at_ten, at_half_past = Slot(MONDAY, time(10), time(11)), Slot(MONDAY, time(9, 30), time(11, 30))
    assert [busy.clash(at_ten), busy.clash(at_half_past), busy.clash(Slot(MONDAY))] == [
        None,
        2,
        None,
    ]
    assert busy.slot_of(2) == Slot(MONDAY, time(9), time(10))


@pytest.mark.parametrize("rows", [1, 3])
def test_what_all_have_on_a_day_is_one_query(
    rows: int, sales: User, tech: User, other_tech: User, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        at_nine = {"start_time": time(9), "end_time": time(10)}
        make_job(owner=sales, assigned_to=tech, scheduled_date=MONDAY, **at_nine)
    with django_assert_num_queries(1):
        found = loads([tech, other_tech], [MONDAY])
    assert [len(each.jobs) for each in found] == [rows, 0]


def test_closed_jobs_other_days_and_those_left_out_do_not_count(sales: User, tech: User) -> None:
    shut = make_job(owner=sales, assigned_to=tech, scheduled_date=MONDAY)
    acting.cancel(shut, by=sales, reason="Not wanted.")
    make_job(owner=sales, assigned_to=tech, scheduled_date=TUESDAY)
    out, kept = (make_job(owner=sales, assigned_to=tech, scheduled_date=MONDAY) for _ in range(2))
    (found,) = loads([tech], [MONDAY], leaving_out=[out.pk])
    assert found.jobs == ((kept.pk, Slot(MONDAY)),)
    (found,) = loads([tech])
    assert len(found.jobs) == 3


def test_the_free_ones_stand_first_and_then_whoever_has_the_least(db: None) -> None:
    anna, bert, cora, dora = (
        make_user(Role.TECHNICIAN, first_name=name, last_name="") for name in "ABCD"
    )
    found = [
        load("09:00-10:00", person=anna),
        load("11:00-15:00", "15:00-16:00", person=bert),
        load("11:00-15:00", person=cora),
        load("11:00-12:00", person=dora),
    ]
    at_nine = Slot(MONDAY, time(9), time(10))
    assert [each.person.name for each in free_first(found, at_nine)] == ["D", "C", "B", "A"]
    assert [each.person.name for each in free_first(found)] == ["A", "D", "C", "B"]


def test_among_nobody_nothing_is_shared_out(sales: User) -> None:
    assert spread([make_job(owner=sales)], []) == {}


def test_jobs_are_spread_over_whoever_has_the_least_on_their_day(sales: User) -> None:
    anna, bert = (make_user(Role.TECHNICIAN, first_name=name) for name in ("Anna", "Bert"))
    make_job(owner=sales, assigned_to=anna, scheduled_date=MONDAY)
    # What is spread does not count for who has it now.
    jobs = [make_job(owner=sales, assigned_to=bert, scheduled_date=MONDAY) for _ in range(3)]
    shut = make_job(owner=sales, scheduled_date=MONDAY)
    acting.cancel(shut, by=sales, reason="Not wanted.")
    found = bulk.spread([*jobs, shut], [anna, bert], by=sales, versions={})
    assert [each.problem for each in found] == [
        "",
        "",
        "",
        f"{shut.number} is cancelled. Reopen it first.",
    ]
    now = [Job.objects.get(pk=job.pk).assigned_to for job in (*jobs, shut)]
    assert now == [bert, anna, bert, None]
