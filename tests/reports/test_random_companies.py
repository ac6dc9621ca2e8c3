"""Each figure is what a slow, obvious computation over all rows comes to, and counts exactly the
rows that its link opens."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from operations.models import Job
from operations.states import JobStatus, Priority
from reports import counts, figures, keeping
from reports.counts import JOBS
from reports.figures import Backlog, Bucket, FirstTimeFix, JobCounts, Rate, Times
from reports.period import Period, parts
from reports.question import Asked, Filters, Question
from tests.access.world import rolled_back
from tests.reports import company
from tests.reports.company import Slow, Staff, lives, mean, percentile

# What is covered by chance is not counted.
pytestmark = pytest.mark.no_cover

EXAMPLES = 18
# Whether months are kept: none, all, or some that were touched since.
KEPT = ("cold", "warm", "partly stale")
run = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
asked = st.fixed_dictionaries(
    {
        "technician": st.none() | st.integers(0, 1),
        "owner": st.none() | st.integers(0, 1),
        "customer": st.none() | st.integers(0, 1),
        "priority": st.sampled_from(["", "", *Priority.values]),
    }
)
whole = st.just({"technician": None, "owner": None, "customer": None, "priority": ""})
question = st.tuples(st.integers(0, 60), st.integers(1, 90), whole | asked)
zones = st.sampled_from(["UTC", "America/Los_Angeles", "Pacific/Auckland"])


def _question(staff: Staff, given: tuple[int, int, dict[str, Any]], now: Any) -> Question:
    ago, length, wanted = given
    end = company.day_of(now) - timedelta(days=ago)

    def key(name: str, rows: Any) -> int | None:
        return None if wanted[name] is None else rows[wanted[name]].pk

    filters = Filters(
        key("technician", staff.technicians),
        key("owner", staff.owners),
        key("customer", [site.customer for site in staff.sites]),
        wanted["priority"],
    )
    return Question(Period(end - timedelta(days=length - 1), end), filters, now)


def _close(found: timedelta | None, expected: timedelta | None) -> bool:
    """The same, but for what a database rounds of a microsecond."""
    if found is None or expected is None:
        return found is expected
    return abs(found - expected) <= timedelta(microseconds=2)


def _agree(found: Times, durations: list[timedelta]) -> None:
    assert found.completed == len(durations)
    assert _close(found.mean, mean(durations))
    assert _close(found.median, percentile(durations, 0.5))
    assert _close(found.p90, percentile(durations, 0.9))


def _check_figures(asked: Question, staff: Staff) -> None:
    slow = Slow(asked)
    cancelled = slow.chosen(lambda job: slow.is_in(job.cancelled_at))
    assert figures.jobs(asked) == JobCounts(
        created=len(slow.created),
        completed=len(slow.completed),
        cancelled=len(cancelled),
        reopened=len(slow.reopenings),
        open=len(slow.open),
        overdue=len([job for job in slow.open if job.overdue]),
    )
    statuses = [job.status for job in slow.created]
    assert figures.by_status(asked) == {each: statuses.count(each) for each in JobStatus.values}
    priorities = [job.priority for job in slow.created]
    assert figures.by_priority(asked) == {each: priorities.count(each) for each in Priority.values}
    assert figures.on_time(asked) == Rate(len(slow.on_time), len(slow.scheduled))
    took = [job.completed_at - job.created_at for job in slow.timed]  # type: ignore[operator]
    _agree(figures.time_to_complete(asked), took)
    steps = [task.completed_at - task.started_at for task in slow.tasks_timed]  # type: ignore[operator]
    _agree(figures.task_cycle_time(asked), steps)
    assert figures.reopen_rate(asked) == Rate(len(slow.reopenings), len(slow.completed))
    until = asked.today - timedelta(days=30)
    assert figures.first_time_fix(asked) == FirstTimeFix(len(slow.fixed), len(slow.ripe), until)
    _check_backlog(figures.backlog_age(asked), slow)
    _check_flow(asked, slow, staff)
    _check_technicians(asked, slow, staff)
    for use in figures.equipment_use(asked):
        item = next(each for each in staff.equipment if each.pk == use.item.pk)
        needing = slow.needing(item)
        days = {task.job.scheduled_date for task in needing}
        assert (use.tasks, use.days_in_use) == (len(needing), len(days))


def _check_backlog(found: Backlog, slow: Slow) -> None:
    ages = [slow.question.at - job.created_at for job in slow.open]
    assert found.open == len(ages)
    assert _close(found.median, percentile(ages, 0.5))
    assert found.buckets == tuple(
        Bucket(start, end, len(slow.aged(start, end)))
        for start, end in ((0, 7), (7, 30), (30, 90), (90, None))
    )


def _check_flow(asked: Question, slow: Slow, staff: Staff) -> None:
    """What home shows: by day, and what is ahead by technician."""
    by_day = replace(asked, parts=parts(asked.period), _asked=Asked())
    found = figures.flow(by_day)
    for numbers, jobs, column in (
        (found.created, slow.created, "created_at"),
        (found.completed, slow.completed, "completed_at"),
    ):
        days = [company.day_of(getattr(job, column)) for job in jobs]
        assert list(numbers) == [
            len([day for day in days if part.start <= day <= part.end]) for part in by_day.parts
        ]
    assert found.on_time == figures.on_time(asked)
    ahead = [job.assigned_to_id for job in slow.open if slow.takes_place(job)]
    planned = {each.person and each.person.pk: each.jobs for each in figures.planned(asked)}
    known = {each.pk: 0 for each in staff.technicians}
    if asked.filters.technician:
        known = {asked.filters.technician: 0}
    expected = {**({} if asked.filters.owner else known), **Counter(ahead)}
    assert planned == expected


def _check_technicians(asked: Question, slow: Slow, staff: Staff) -> None:
    found = {load.person.pk: load for load in figures.technicians(asked)}
    wanted = asked.filters.technician
    assert found.keys() == ({wanted} if wanted else {each.pk for each in staff.technicians})
    for pk, load in found.items():

        def number(jobs: list[Job], pk: int = pk) -> int:
            return len([job for job in jobs if job.assigned_to_id == pk])

        assert load.jobs_completed == number(slow.completed)
        assert load.open_jobs == number(slow.open)
        assert load.on_time == Rate(number(slow.on_time), number(slow.scheduled))
        assert load.tasks_completed == number([task.job for task in slow.tasks_completed])


def _check_rows(asked: Question) -> None:
    """What the list of jobs shows at the address of a number is what is counted."""
    slow, opened = Slow(asked), {}
    for name in JOBS:
        url = counts.jobs_url(name, asked)
        parameters = dict(pair.split("=") for pair in url.partition("?")[2].split("&"))
        rows = counts.named({n: parameters.get(n, "") for n in ("figure", "from", "to")})
        own = Job.objects.filter(**asked.filters.conditions())
        assert set(rows.chosen(own)) == set(figures.rows(name, asked))
        opened[name] = {job.pk for job in rows.chosen(own)}
    expected = {
        "created": slow.created,
        "completed": slow.completed,
        "cancelled": slow.chosen(lambda job: slow.is_in(job.cancelled_at)),
        "open": slow.open,
        "overdue": [job for job in slow.open if job.overdue],
        "scheduled": slow.scheduled,
        "on_time": slow.on_time,
        "late": [job for job in slow.scheduled if job not in slow.on_time],
        "timed": slow.timed,
        "ripe": slow.ripe,
        "fixed": slow.fixed,
        "not_fixed": [job for job in slow.ripe if job not in slow.fixed],
        **dict.fromkeys(name for name in JOBS if name.startswith(("begins", "hour_"))),
        "planned": [job for job in slow.open if slow.takes_place(job)],
        "age_0": slow.aged(0, 7),
        "age_7": slow.aged(7, 30),
        "age_30": slow.aged(30, 90),
        "age_90": slow.aged(90, None),
    }
    # None begins at a time.
    assert opened == {name: {job.pk for job in jobs or ()} for name, jobs in expected.items()}
    assert {row.history_id for row in figures.rows("reopened", asked)} == {
        row.history_id for row in slow.reopenings
    }
    assert set(figures.rows("tasks", asked)) == set(slow.tasks_completed)
    assert set(figures.rows("tasks_timed", asked)) == set(slow.tasks_timed)


@pytest.mark.django_db
@run
@given(st.lists(lives, max_size=8), question, zones, st.sampled_from(KEPT))
def test_figures_are_those_of_a_slow_computation_and_count_the_rows_that_they_open(
    plans: list[company.Life], values: tuple[int, int, dict[str, Any]], zone: str, kept: str
) -> None:
    now = timezone.now()
    with override_settings(TIME_ZONE=zone), rolled_back():
        staff = company.make_staff()
        before = len(plans) // 2 if kept == "partly stale" else len(plans)
        company.play(plans[:before], staff, now=now)
        if kept != "cold":
            keeping.keep(now, longest=timedelta(minutes=1))
        company.play(plans[before:], staff, now=now)
        asked = _question(staff, values, now)
        former = asked.compared()
        _check_figures(asked, staff)
        _check_figures(former, staff)
        _check_rows(asked)
