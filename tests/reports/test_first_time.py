"""Whether another job followed is kept at night, and then is what it was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.record import audit
from operations import acts
from operations.models import Job
from people.models import User
from reports import figures, first_time, tasks
from reports.models import Analytics, Return
from reports.period import Period
from reports.question import Question
from tests import acting
from tests.factories import make_equipment, make_job, make_site, make_task

pytestmark = pytest.mark.django_db


def rate() -> tuple[int, int]:
    today = audit.today()
    found = figures.first_time_fix(Question(Period(today - timedelta(days=90), today)))
    return found.number, found.of


@pytest.fixture
def jobs(sales: User, tech: User) -> list[Job]:
    """Two jobs of 60 and 50 days ago, one after the other at the same site, with the same drill;
    and one of yesterday."""
    site, drill, found = make_site(), make_equipment(), []
    for days in (60, 50, 1):
        at = timezone.now() - timedelta(days=days)
        with audit.act(at=at, by=sales):
            job = make_job(owner=sales, assigned_to=tech, site=site, created_at=at)
            make_task(job=job, equipment=[drill])
        with audit.act(at=at + timedelta(minutes=5)):
            acts.progress(job.tasks.get(), by=tech, status="completed")
            acting.complete(Job.objects.get(pk=job.pk), by=tech)
        found.append(job)
    return found


def test_what_is_kept_is_what_was_looked_for(jobs: list[Job]) -> None:
    first, second, _last = jobs
    assert rate() == (1, 2)
    assert tasks.keep_first_time_fix() == {"kept": 2}
    assert dict(Return.objects.values_list("job", "is_followed")) == {
        first.pk: True,
        second.pk: False,
    }
    assert rate() == (1, 2)
    assert tasks.keep_first_time_fix() == {"kept": 0}


def test_what_is_kept_stays(jobs: list[Job], sales: User) -> None:
    tasks.keep_first_time_fix()
    Return.objects.filter(job=jobs[1]).update(is_followed=True)
    assert rate() == (0, 2)
    question = Question(Period(audit.today() - timedelta(days=90), audit.today()))
    assert set(figures.rows("not_fixed", question)) == set(jobs[:2])
    assert set(figures.rows("fixed", question)) == set()


def test_a_night_goes_on_until_all_is_kept_or_its_time_is_over(
    jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "BATCH", 1)
    monkeypatch.setattr(tasks, "LONGEST", timedelta())
    assert tasks.keep_first_time_fix() == {"kept": 1}
    monkeypatch.setattr(tasks, "LONGEST", timedelta(minutes=1))
    assert tasks.keep_first_time_fix(at=timezone.now()) == {"kept": 1}


def test_a_night_goes_on_after_the_last_one_that_it_has_seen(jobs: list[Job]) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert list(first_time.keep(audit.today(), at_once=1)) == [1, 1]
    looked = [query["sql"] for query in queries if "IS NULL" in query["sql"]]
    assert [
        f'"id" > {key}' in sql for key, sql in zip((0, jobs[0].pk, jobs[1].pk), looked, strict=True)
    ] == [True, True, True]


def test_a_job_that_is_deleted_leaves_nothing_that_is_counted(jobs: list[Job], admin: User) -> None:
    tasks.keep_first_time_fix()
    acts.remove((Job, jobs[0].pk), by=admin)
    assert rate() == (1, 1)


def test_they_have_names() -> None:
    assert str(Analytics()) == "reports.Analytics"
    assert str(Return(job_id=7, is_followed=True)) == "7: True"
