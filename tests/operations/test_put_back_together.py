"""The undo of what was done to many jobs at once: in a few statements, as if one by one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.ledger import Notice
from core.record import audit
from operations import acts, bulk
from operations.models import Job
from people.models import User
from tests.factories import make_job

pytestmark = pytest.mark.django_db
AT = timezone.now()
COLUMNS = ("version", "assigned_to", "scheduled_date", "overdue", "overdue_since", "updated_at")


def handed_out(rows: int, sales: User, tech: User) -> list[Job]:
    """Jobs that were nobody's, and have been assigned by an act each."""
    jobs = [make_job(owner=sales, title="Pump") for _ in range(rows)]
    for job in jobs:
        acts.assign(job, tech, by=sales)
    return jobs


def _without(problem: str, job: Job) -> str:
    return problem.replace(job.number, "J")


@pytest.mark.parametrize("rows", [1, 3])
def test_many_are_put_back_at_the_cost_of_one(
    rows: int, sales: User, tech: User, django_assert_num_queries: Any
) -> None:
    jobs = handed_out(rows, sales, tech)
    with django_assert_num_queries(10):
        results = bulk.put_back(jobs, by=sales, versions={job.pk: 2 for job in jobs})
    assert [(each.job, each.problem, each.job.assigned_to_id) for each in results] == [
        (job, "", None) for job in jobs
    ]


def test_at_once_is_as_one_by_one(
    sales: User, tech: User, other_tech: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for is_together in (True, False):
        if not is_together:
            monkeypatch.setattr(bulk, "_put_back_together", lambda *_jobs, **_how: {})
        with audit.act(at=AT - timedelta(days=9)):
            plain, late, refused, changed, stale = jobs = handed_out(5, sales, tech)
            acts.reschedule(late, date(2020, 1, 1), by=sales)
            acts.reschedule(late, None, by=sales)
            acts.assign(refused, other_tech, by=sales)
            acts.edit(changed, by=sales, title="New")
            acts.assign(stale, None, by=sales)
        deactivated = User.objects.filter(pk=tech.pk)
        deactivated.update(is_active=False)
        Notice.objects.all().delete()
        versions = {plain.pk: 2, late.pk: 4, refused.pk: 3, changed.pk: 3, stale.pk: 2}
        with audit.act(at=AT):
            results = bulk.put_back(jobs, by=sales, reason="Why", versions=versions)
        deactivated.update(is_active=True)
        found.append(
            (
                [_without(each.problem, each.job) for each in results],
                [Job.objects.filter(pk=job.pk).values(*COLUMNS).get() for job in jobs],
                [list(job.history.values("version", "history_change_reason")) for job in jobs],
                sorted(Notice.objects.values_list("kind", "person", "details__now")),
            )
        )
    assert found[0] == found[1]
    assert found[0][0] == [
        "",
        "",
        "A job can only be assigned to an active technician.",
        "The last change to J was not to its day or people. Open the job.",
        "Sara Sales changed this in the meantime (technician: Tina Tech → –). Your "
        "changes were not saved: check the values below and save again.",
    ]
