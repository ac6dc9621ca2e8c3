"""Jobs through the API: one with its tasks, and its verbs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

from operations import acts
from operations.models import Job, Task
from people.models import User
from tests import acting
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task
from tests.operations.stock import everything
from tests.programs import errors, page, program, refusal, written

pytestmark = pytest.mark.django_db
WHY = {"reason": "The customer called."}


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    return make_job(owner=sales, assigned_to=tech)


def test_a_job_is_answered_with_its_tasks_and_its_version(
    admin: User, sales: User, tech: User
) -> None:
    customer = make_customer(name="Hotel")
    site = make_site(customer=customer, name="Main")
    job = make_job(
        owner=sales,
        assigned_to=tech,
        site=site,
        title="Repair",
        description="Roof",
        priority="urgent",
        scheduled_date=date(2026, 1, 5),
        start_time=time(8),
        end_time=time(9, 30),
    )
    tasks = [make_task(job=job, equipment=[make_equipment()]) for _each in range(3)]
    acts.progress(tasks[0], by=tech, status="completed")
    job.refresh_from_db()
    caller = program(admin)
    answer = caller.get(f"/jobs/{job.pk}")
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    sara = {"id": sales.pk, "username": "sara", "name": "Sara Sales"}
    assert answer.json() == {
        "id": job.pk,
        "number": job.number,
        "title": "Repair",
        "description": "Roof",
        "customer": {"id": customer.pk, "name": "Hotel"},
        "site": {"id": site.pk, "name": "Main"},
        "status": "in_progress",
        "overdue": True,
        "priority": "urgent",
        "scheduled_date": "2026-01-05",
        "start_time": "08:00:00",
        "end_time": "09:30:00",
        "assigned_to": {"id": tech.pk, "username": "tina", "name": "Tina Tech"},
        "owner": sara,
        "created_by": sara,
        "completed_at": None,
        "completed_by": None,
        "version": 2,
        "created_at": written(job.created_at),
        "updated_at": written(job.updated_at),
        "tasks": [caller.get(f"/tasks/{task.pk}").json() for task in tasks],
        "tasks_count": 3,
        "completed_tasks_count": 1,
        "progress_percentage": 33,
        "verbs": ["hold", "complete", "cancel"],
        "undo_seconds": 0,
    }


def test_what_a_job_does_not_have_is_null(sales: User) -> None:
    body = program(sales).get(f"/jobs/{make_job(owner=sales).pk}").json()
    empty = ("site", "assigned_to", "scheduled_date", "start_time", "end_time", "completed_by")
    assert {name: body[name] for name in empty} == dict.fromkeys(empty)
    assert (body["tasks"], body["tasks_count"], body["progress_percentage"]) == ([], 0, 0)


def test_a_completed_job_is_done_whatever_its_tasks(admin: User, sales: User) -> None:
    bare, full = make_job(owner=sales), make_job(owner=sales, tasks=1)
    acts.progress(full.tasks.get(), by=admin, status="completed")
    for job in (bare, full):
        body = program(admin).post(f"/jobs/{job.pk}/complete").json()
        assert (body["progress_percentage"], body["completed_by"]["name"]) == (100, "Adam Admin")


def test_a_job_that_is_not_theirs_to_see_is_not_there(
    job: Job, other_tech: User, other_sales: User
) -> None:
    before = everything()
    for caller in (program(other_tech), program(other_sales)):
        for key in (job.pk, 0, 10**30):
            assert caller.get(f"/jobs/{key}").status_code == 404
            assert caller.post(f"/jobs/{key}/start").status_code == 404
    assert everything() == before


@pytest.mark.parametrize("tasks", [1, 3])
def test_a_job_costs_the_same_however_many_tasks_it_has(
    tasks: int, job: Job, tech: User, sales: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _each in range(tasks):
        make_task(job=job, equipment=[make_equipment() for _one in range(tasks)])
    acts.share(job, tech, "view", by=sales)
    for caller, number in ((program(tech), 5), (page(tech), 6)):
        with django_assert_num_queries(number):
            assert caller.get(f"/jobs/{job.pk}").json()["tasks_count"] == tasks


# Verbs


def hold(job: Job, by: User) -> None:
    acting.hold(job, by=by, reason="x")


def cancel(job: Job, by: User) -> None:
    acting.cancel(job, by=by, reason="x")


def nothing(job: Job, by: User) -> None:
    pass


@pytest.mark.parametrize(
    ("verb", "first", "status"),
    [
        ("start", nothing, "in_progress"),
        ("hold", nothing, "on_hold"),
        ("resume", hold, "in_progress"),
        ("complete", nothing, "completed"),
        ("cancel", nothing, "cancelled"),
        ("reopen", cancel, "pending"),
    ],
)
def test_each_verb_moves_the_job_and_is_on_record(
    verb: str, first: Callable[[Job, User], None], status: str, job: Job, admin: User
) -> None:
    first(job, admin)
    version = job.version
    answer = program(admin).post(f"/jobs/{job.pk}/{verb}", WHY, match=f'"{version}"')
    assert (answer.status_code, answer["ETag"]) == (200, f'"{version + 1}"')
    assert answer.json() == program(admin).get(f"/jobs/{job.pk}").json()
    assert answer.json()["status"] == status
    row = Job.history.latest()
    assert (row.status, row.person_name, row.door, row.history_change_reason) == (
        status,
        "Adam Admin",
        "api",
        "The customer called.",
    )


@pytest.mark.parametrize("body", [None, {}, {"reason": ""}])
def test_a_verb_that_asks_for_no_reason_needs_no_body(body: Any, job: Job, tech: User) -> None:
    answer = program(tech).post(f"/jobs/{job.pk}/start", body)
    assert (answer.status_code, answer.json()["status"]) == (200, "in_progress")
    record = Job.history.latest()
    assert (record.status, record.history_change_reason) == ("in_progress", "")


@pytest.mark.parametrize("body", [None, {}, {"reason": ""}, {"reason": "  "}])
@pytest.mark.parametrize("verb", ["hold", "cancel", "reopen"])
def test_a_verb_that_asks_for_a_reason_is_refused_without_one(
    body: Any, verb: str, job: Job, admin: User
) -> None:
    if verb == "reopen":
        cancel(job, admin)
    before = everything()
    assert errors(program(admin).post(f"/jobs/{job.pk}/{verb}", body)) == {
        "reason": "Give a reason."
    }
    assert everything() == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "a\0"}, "reason"),
        ({"reason": "x" * 1001}, "reason"),
        ({"reason": 1}, "reason"),
        ({"why": "x"}, "why"),
    ],
)
def test_a_reason_that_does_not_fit_is_named(
    body: dict[str, Any], field: str, job: Job, admin: User
) -> None:
    before = everything()
    assert list(errors(program(admin).post(f"/jobs/{job.pk}/hold", body))) == [field]
    assert everything() == before


@pytest.mark.parametrize(
    ("verb", "sentence"),
    [
        ("start", "{job} is cancelled, so it cannot be started. Reopen it first."),
        ("hold", "{job} is cancelled, so it cannot be put on hold. Reopen it first."),
        ("resume", "{job} is cancelled, so it cannot be resumed. Reopen it first."),
        ("complete", "{job} is cancelled, so it cannot be completed. Reopen it first."),
        ("cancel", "{job} is already cancelled."),
    ],
)
def test_a_status_that_does_not_allow_the_verb_refuses_it(
    verb: str, sentence: str, job: Job, admin: User
) -> None:
    cancel(job, admin)
    before = everything()
    answer = program(admin).post(f"/jobs/{job.pk}/{verb}", WHY)
    assert (refusal(answer, 409), everything()) == (sentence.format(job=job.number), before)


def test_unfinished_tasks_refuse_completion(job: Job, tech: User) -> None:
    make_task(job=job, title="Look")
    before = everything()
    assert refusal(program(tech).post(f"/jobs/{job.pk}/complete"), 409) == (
        f"{job.number} still has unfinished tasks: “Look”. Finish them first."
    )
    assert everything() == before


@pytest.mark.parametrize(
    ("who", "verbs"),
    [("sales", ("start", "hold", "resume", "complete")), ("tech", ("cancel", "reopen"))],
)
def test_who_sees_a_job_and_may_not_move_it_so_is_refused(
    who: str, verbs: tuple[str, ...], job: Job, sales: User, tech: User
) -> None:
    caller, before = program({"sales": sales, "tech": tech}[who]), everything()
    for verb in verbs:
        assert refusal(caller.post(f"/jobs/{job.pk}/{verb}", WHY), 403) == "You may not do this."
    assert everything() == before


def test_a_stale_verb_is_refused_with_the_job_of_now(job: Job, tech: User, sales: User) -> None:
    job.title = "Other"
    job.save()
    before, caller = everything(), program(tech)
    answer = caller.post(f"/jobs/{job.pk}/start", match='"1"')
    assert "changed this in the meantime" in refusal(answer, 412)
    assert answer.json()["current"] == caller.get(f"/jobs/{job.pk}").json()
    assert everything() == before


def test_a_verb_tells_what_is_pointed_out_of_it(
    job: Job, tech: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Job, "warnings", lambda _job, changed: sorted(changed & {"status"}))
    assert program(tech).post(f"/jobs/{job.pk}/start").json()["warnings"] == ["status"]


def test_a_job_that_goes_while_its_verb_is_told_is_not_there(
    job: Job, tech: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: Any, **_rest: Any) -> None:
        Task.objects.all().delete()
        Job.objects.filter(pk=job.pk).delete()

    monkeypatch.setattr("operations.acts.move", gone)
    assert program(tech).post(f"/jobs/{job.pk}/start").status_code == 404


def test_a_job_over_midnight_is_refused_at_its_end(sales: User) -> None:
    case = Path(settings.BASE_DIR) / "tests/operations/cases/39-overnight.json"
    night = json.loads(case.read_text())["job"]
    body = {"title": "Night", "customer": make_customer().pk, **night}
    assert errors(program(sales).post("/jobs", body)) == {
        "end_time": "The end time must be after the start time."
    }
    assert not Job.objects.exists()


def test_the_tasks_of_a_new_job_stand_where_they_say_and_the_others_after_them(
    sales: User,
) -> None:
    tasks = [{"title": "First"}, {"title": "Far", "position": 5}, {"title": "Last"}]
    content = {"title": "Look", "customer": make_customer().pk, "tasks": tasks}
    answer = program(sales).post("/jobs", content)
    assert answer.status_code == 201
    read = [(task["position"], task["title"]) for task in answer.json()["tasks"]]
    assert read == [(1, "First"), (5, "Far"), (6, "Last")]


def test_a_new_job_is_answered_as_it_is_read(admin: User, sales: User) -> None:
    """Nothing of its tasks is read again to answer: their order, and that of their equipment."""
    caller, needed = program(admin), [make_equipment(name=name) for name in ("Saw", "drill", "Äxt")]
    tasks = [
        {"title": " Last\t", "position": 4, "description": " a\r\nb ", "equipment": [needed[0].pk]},
        {"title": "Beside", "position": 4, "status": "completed", "note": "Done. "},
        {"title": "First", "position": 0, "equipment": [item.pk for item in needed]},
        {"title": "Behind", "status": "in_progress", "equipment": [needed[1].pk, needed[1].pk]},
    ]
    content = {"title": "Look", "customer": make_customer().pk, "tasks": tasks}
    made = caller.post("/jobs", content)
    read = caller.get(f"/jobs/{made.json()['id']}")
    assert (made.status_code, made.json(), made["ETag"]) == (201, read.json(), read["ETag"])
    assert [task["title"] for task in made.json()["tasks"]] == [
        *("First", "Beside", "Last", "Behind"),
    ]


def test_equipment_of_a_new_task_that_is_not_there_is_named_at_its_place(sales: User) -> None:
    drill = make_equipment()
    tasks = [{"title": "Look", "equipment": [drill.pk]}, {"title": "See", "equipment": [10**9]}]
    content = {"title": "Look", "customer": make_customer().pk, "tasks": tasks}
    before = everything()
    answer = program(sales).post("/jobs", content)
    assert errors(answer) == {"tasks.1.equipment": "There is no equipment 1000000000."}
    assert everything() == before
