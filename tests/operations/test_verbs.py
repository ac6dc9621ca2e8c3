"""The API says of each job which verbs its status allows to the caller."""

from __future__ import annotations

from datetime import date

import pytest

from operations import acts
from operations.models import Job
from people.models import User
from tests import acting
from tests.factories import make_job
from tests.programs import program

pytestmark = pytest.mark.django_db

WORK = ["start", "hold", "complete"]


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    return make_job(owner=sales, assigned_to=tech, scheduled_date=date(2020, 1, 1))


def verbs(user: User, job: Job) -> list[list[str]]:
    """What the job itself, the list and the day say, where the day has it."""
    caller = program(user)
    listed = caller.get("/jobs").json()["results"]
    late = caller.get("/dashboard").json()["overdue"]
    return [
        caller.get(f"/jobs/{job.pk}").json()["verbs"],
        *(each["verbs"] for each in [*listed, *late] if each["id"] == job.pk),
    ]


def test_each_person_is_told_what_they_may_do(
    *, job: Job, admin: User, sales: User, tech: User, other_sales: User, other_tech: User
) -> None:
    acts.share(job, other_sales, "view", by=sales)
    acts.share(job, other_tech, "progress", by=sales)
    assert verbs(admin, job) == [[*WORK, "cancel"]] * 3
    assert verbs(sales, job) == [["cancel"]] * 3
    assert verbs(tech, job) == [WORK] * 3
    assert verbs(other_sales, job) == [[]] * 3
    assert verbs(other_tech, job) == [WORK] * 3


def test_a_technician_who_only_sees_a_job_may_do_nothing_to_it(
    job: Job, sales: User, other_tech: User
) -> None:
    acts.share(job, other_tech, "view", by=sales)
    assert verbs(other_tech, job) == [[]] * 2


def test_the_status_narrows_what_there_is(job: Job, admin: User, sales: User, tech: User) -> None:
    acting.hold(job, by=tech, reason="No parts.")
    assert verbs(tech, job)[0] == ["resume"]
    acting.cancel(job, by=sales, reason="Not wanted.")
    assert [verbs(user, job)[0] for user in (admin, sales, tech)] == [["reopen"], ["reopen"], []]


def test_the_answer_to_a_verb_says_what_comes_next(job: Job, tech: User) -> None:
    answer = program(tech).post(f"/jobs/{job.pk}/start").json()
    assert (answer["status"], answer["verbs"]) == ("in_progress", ["hold", "complete"])
