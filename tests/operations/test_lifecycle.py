"""The life of a job (design section 6): each row of the table, in the domain."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from core.refusals import Refused, Stale
from operations import acts
from operations.models import Job
from operations.states import TRANSITIONS, Verb, verbs_from
from people.models import User
from tests import acting
from tests.factories import make_job, make_task

S = Job.Status
REASON = {"reason": "the customer called"}
ROWS = {
    Verb.START: ({S.PENDING}, S.IN_PROGRESS),
    Verb.HOLD: ({S.PENDING, S.IN_PROGRESS}, S.ON_HOLD),
    Verb.RESUME: ({S.ON_HOLD}, S.IN_PROGRESS),
    Verb.COMPLETE: ({S.IN_PROGRESS, S.PENDING}, S.COMPLETED),
    Verb.CANCEL: ({S.PENDING, S.IN_PROGRESS, S.ON_HOLD}, S.CANCELLED),
    Verb.REOPEN: ({S.COMPLETED, S.CANCELLED}, S.PENDING),
}


def job_in(status: S, *, owner: User, by: User) -> Job:
    job = make_job(owner=owner)
    to = {
        S.PENDING: [],
        S.IN_PROGRESS: ["start"],
        S.ON_HOLD: ["hold"],
        S.COMPLETED: ["complete"],
        S.CANCELLED: ["cancel"],
    }
    for verb in to[status]:
        do(job, Verb(verb), by=by)
    return job


def do(job: Job, verb: Verb, *, by: User) -> None:
    acts.move(job, Verb(verb), by=by, **(REASON if TRANSITIONS[verb].needs_reason else {}))


@pytest.mark.parametrize("status", list(S))
@pytest.mark.parametrize("verb", list(Verb))
def test_a_verb_moves_a_job_from_the_statuses_of_its_row_alone(
    verb: Verb, status: S, admin: User, sales: User
) -> None:
    sources, target = ROWS[verb]
    job = job_in(status, owner=sales, by=admin)
    rows = job.history.count()
    if status in sources:
        do(job, verb, by=admin)
        assert Job.objects.get(pk=job.pk).status == target
        assert job.history.count() == rows + 1
    else:
        with pytest.raises(Refused):
            do(job, verb, by=admin)
        assert Job.objects.get(pk=job.pk).status == status
        assert job.history.count() == rows


@pytest.mark.parametrize("status", list(S))
def test_the_allowed_verbs_are_those_whose_row_names_the_status(
    status: S, admin: User, sales: User
) -> None:
    job = job_in(status, owner=sales, by=admin)
    assert verbs_from(job.status) == [verb for verb in Verb if status in ROWS[verb][0]]


@pytest.mark.parametrize("verb", [Verb.HOLD, Verb.CANCEL, Verb.REOPEN])
def test_a_reason_is_asked_where_the_table_marks_it(verb: Verb, admin: User, sales: User) -> None:
    job = job_in(S.CANCELLED if verb is Verb.REOPEN else S.PENDING, owner=sales, by=admin)
    with pytest.raises(ValidationError) as refused:
        acts.move(job, Verb(verb), by=admin, reason="  ")
    assert refused.value.message_dict == {"reason": ["Give a reason."]}
    with pytest.raises(ValidationError) as refused:
        acts.move(job, Verb(verb), by=admin, reason="x" * 1001)
    expected = ["Use 1000 characters or fewer."]
    assert refused.value.message_dict == {"reason": expected}
    do(job, verb, by=admin)
    assert job.history.first().history_change_reason == REASON["reason"]


def test_a_job_without_tasks_can_be_completed(tech: User, sales: User) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    acting.complete(job, by=tech)
    assert (job.status, job.completed_by) == (S.COMPLETED, tech)


def test_an_unfinished_task_keeps_a_job_from_completion_and_is_named(
    tech: User, sales: User
) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    make_task(job=job, title="Clean the filter")
    with pytest.raises(Refused, match="Clean the filter"):
        acting.complete(job, by=tech)
    assert Job.objects.get().status == S.PENDING


def test_more_than_three_unfinished_tasks_are_named_in_short(tech: User, sales: User) -> None:
    job = make_job(owner=sales, assigned_to=tech, tasks=4)
    with pytest.raises(Refused, match="and others"):
        acting.complete(job, by=tech)


def test_reopening_clears_the_columns_and_keeps_the_evidence(admin: User, sales: User) -> None:
    job = make_job(owner=sales)
    acting.complete(job, by=admin)
    acting.reopen(job, by=sales, reason="leaks again")
    job.refresh_from_db()
    assert (job.completed_at, job.completed_by, job.started_at) == (None, None, None)
    assert (job.times_reopened, job.reopened_at is not None) == (1, True)
    assert job.history.filter(status=S.COMPLETED).get().completed_by == admin


def test_a_verb_from_an_older_version_is_stale(admin: User, sales: User) -> None:
    job = make_job(owner=sales)
    seen = job.version
    job.title = "Changed meanwhile"
    job.save()
    with pytest.raises(Stale, match="Changed meanwhile"):
        acting.start(job, by=admin, version=seen)
    acting.start(job, by=admin, version=seen + 1)
    assert job.status == S.IN_PROGRESS


def test_who_lost_the_job_meanwhile_cannot_progress_it(
    tech: User, other_tech: User, sales: User
) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    read_before = Job.objects.get(pk=job.pk)
    acts.assign(job, other_tech, by=sales)
    with pytest.raises(PermissionDenied):
        acting.start(read_before, by=tech)
