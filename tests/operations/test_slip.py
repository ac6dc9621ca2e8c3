"""Rule R2: who completed a job by a slip takes that back within ten minutes, at every door."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from core.record import audit
from core.roles import Role
from operations import acts
from operations.models import Job
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_job, make_task, make_user
from tests.programs import program, refusal

pytestmark = pytest.mark.django_db

S = Job.Status
TEN, LATER = timedelta(minutes=10), timedelta(minutes=10, seconds=1)


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    """One whose task, and so itself, was begun."""
    job = make_job(owner=sales, assigned_to=tech)
    acts.progress(make_task(job=job), by=tech, status="completed")
    job.refresh_from_db()
    return job


def completed(job: Job, *, by: User, ago: timedelta = timedelta()) -> datetime:
    at = timezone.now() - ago
    acting.complete(job, by=by, at=at)
    return at


def test_it_is_where_it_was_and_on_record_as_a_slip(job: Job, tech: User) -> None:
    began = job.started_at
    at = completed(job, by=tech)
    acting.reopen(job, by=tech, at=at + TEN)
    job.refresh_from_db()
    assert (job.status, job.started_at) == (S.IN_PROGRESS, began)
    assert (job.completed_at, job.completed_by) == (None, None)
    # The work was never taken up again.
    assert (job.times_reopened, job.reopened_at) == (0, None)
    record, before = job.history.all()[:2]
    assert (record.history_change_reason, record.history_user) == ("Slip", tech)
    assert (before.status, before.completed_by) == (S.COMPLETED, tech)


def test_one_that_was_not_begun_is_pending_again(tech: User, sales: User) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    acting.complete(job, by=tech)
    acting.reopen(job, by=tech)
    assert job.status == S.PENDING


def test_what_they_say_is_kept(job: Job, tech: User) -> None:
    completed(job, by=tech)
    acting.reopen(job, by=tech, reason="Wrong job")
    assert (job.times_reopened, job.history.first().history_change_reason) == (0, "Wrong job")


def test_after_ten_minutes_it_stays_completed(job: Job, tech: User) -> None:
    at = completed(job, by=tech)
    with pytest.raises(PermissionDenied):
        acting.reopen(job, by=tech, at=at + LATER)
    assert Job.objects.get().status == S.COMPLETED


def test_only_who_completed_it_takes_it_back(
    job: Job, tech: User, other_tech: User, admin: User, sales: User
) -> None:
    acts.share(job, other_tech, "progress", by=sales)
    completed(job, by=other_tech)
    with pytest.raises(PermissionDenied):
        acting.reopen(job, by=tech)
    for person in (admin, sales):
        with pytest.raises(ValidationError) as refused:
            acting.reopen(job, by=person)
        assert refused.value.message_dict == {"reason": ["Give a reason."]}
    acting.reopen(job, by=other_tech)
    assert job.status == S.IN_PROGRESS


@pytest.mark.parametrize("loss", ["assignment", "role"])
def test_who_may_report_on_it_no_more_does_not(
    loss: str, job: Job, tech: User, other_tech: User, admin: User
) -> None:
    completed(job, by=tech)
    if loss == "role":
        tech.set_roles([Role.SALES_AGENT], by=admin)
    else:
        Job.objects.filter(pk=job.pk).update(assigned_to=other_tech)
    with pytest.raises(PermissionDenied):
        acting.reopen(Job.objects.get(), by=User.objects.get(pk=tech.pk))


def test_a_cancelled_job_is_no_slip(job: Job, tech: User, admin: User) -> None:
    acting.cancel(job, by=admin, reason="Not wanted")
    with pytest.raises(PermissionDenied):
        acting.reopen(job, by=tech)


def test_who_may_reopen_and_says_why_reopens_it_as_any_other(job: Job, admin: User) -> None:
    completed(job, by=admin)
    acting.reopen(job, by=admin, reason="It leaks")
    assert (job.status, job.times_reopened, job.started_at) == (S.PENDING, 1, None)
    acting.complete(job, by=admin)
    acting.reopen(job, by=admin)
    assert (job.status, job.times_reopened) == (S.PENDING, 1)


def test_who_owns_and_did_the_work_takes_it_back_as_a_technician(admin: User) -> None:
    both = make_user(Role.SALES_AGENT, Role.TECHNICIAN)
    job = make_job(owner=both, assigned_to=both)
    acting.complete(job, by=both)
    acting.reopen(job, by=both)
    assert (job.status, job.times_reopened) == (S.PENDING, 0)


# The API


@pytest.mark.parametrize(
    ("ago", "verbs", "seconds"), [(timedelta(minutes=9), ["reopen"], 60), (LATER, [], 0)]
)
def test_the_verbs_of_a_job_say_for_how_long(
    *, ago: timedelta, verbs: list[str], seconds: int, job: Job, tech: User, sales: User
) -> None:
    at = completed(job, by=tech, ago=ago)
    with audit.act(at=at + ago):
        row = program(tech).get(f"/jobs/{job.pk}").json()
        (listed,) = program(tech).get("/jobs").json()["results"]
        day = program(tech).get("/dashboard").json()["done"]
        other = program(sales).get(f"/jobs/{job.pk}").json()
    for each in (row, listed, *day):
        assert (each["verbs"], each["undo_seconds"]) == (verbs, seconds)
    assert (other["verbs"], other["undo_seconds"]) == (["reopen"], 0)


def test_an_admin_who_may_reopen_it_with_a_reason_takes_it_back_for_as_long(
    job: Job, admin: User
) -> None:
    at = completed(job, by=admin)
    with audit.act(at=at):
        job_now = program(admin).get(f"/jobs/{job.pk}").json()
    with audit.act(at=at + LATER):
        job_later = program(admin).get(f"/jobs/{job.pk}").json()
    assert (job_now["verbs"], job_now["undo_seconds"]) == (["reopen"], 600)
    assert (job_later["verbs"], job_later["undo_seconds"]) == (["reopen"], 0)


def test_a_call_takes_it_back(job: Job, tech: User) -> None:
    caller = program(tech)
    done = caller.post(f"/jobs/{job.pk}/complete").json()
    assert done["verbs"] == ["reopen"]
    answer = caller.post(f"/jobs/{job.pk}/reopen").json()
    assert (answer["status"], answer["verbs"]) == ("in_progress", ["hold", "complete"])
    assert answer["completed_at"] is None
    (record, *_rest) = caller.get(f"/jobs/{job.pk}/history").json()["results"]
    assert (record["reason"], record["door"]) == ("Slip", audit.Door.API)


def test_a_call_that_comes_too_late_is_refused(job: Job, tech: User, other_tech: User) -> None:
    completed(job, by=tech, ago=LATER)
    refusal(program(tech).post(f"/jobs/{job.pk}/reopen"), 403)
    refusal(program(other_tech).post(f"/jobs/{job.pk}/reopen"), 404)


# The back office


def test_the_back_office_offers_the_way_back(job: Job, tech: User, sign_in: Sign) -> None:
    office, page = sign_in(tech), f"/admin/operations/job/{job.pk}/"
    shown = office.post(f"{page}complete/", follow=True).content.decode()
    assert f'<a href="{page}reopen/">Reopen {job.number}</a>' in shown
    assert office.get(f"{page}reopen/").status_code == 200
    assert office.post(f"{page}reopen/", {"reason": "Wrong job"}).status_code == 302
    job.refresh_from_db()
    assert (job.status, job.times_reopened) == (S.IN_PROGRESS, 0)


@pytest.mark.parametrize(("ago", "offered"), [(timedelta(minutes=9), ["Reopen"]), (LATER, [])])
def test_the_page_of_the_job_offers_it_as_long(
    ago: timedelta, offered: list[str], job: Job, tech: User, sign_in: Sign
) -> None:
    completed(job, by=tech, ago=ago)
    page = sign_in(tech).get(f"/admin/operations/job/{job.pk}/change/")
    assert [button.label for button in page.context["head"].buttons] == offered


def test_and_not_for_long(job: Job, tech: User, sign_in: Sign) -> None:
    completed(job, by=tech, ago=LATER)
    office, address = sign_in(tech), f"/admin/operations/job/{job.pk}/reopen/"
    answers = [office.get(address), office.post(address, {"reason": "Wrong job"})]
    assert [answer.status_code for answer in answers] == [403, 403]
