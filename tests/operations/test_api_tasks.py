"""Tasks through the API."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from core.roles import Role
from operations import acts
from operations.models import Job, Task
from people.models import User
from tests import acting
from tests.access.world import company_group
from tests.factories import make_equipment, make_job, make_task, make_user
from tests.operations.stock import everything
from tests.programs import errors, page, program, refusal, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    return make_job(owner=sales, assigned_to=tech)


@pytest.fixture
def task(job: Job) -> Task:
    return make_task(job=job, title="Look", description="Well")


def test_a_task_is_answered_with_its_equipment_and_its_version(task: Task, tech: User) -> None:
    saw = make_equipment(name="Saw", serial_number="S2", kind="machine")
    drill = make_equipment(name="Drill", serial_number="S1", kind="tool")
    task.save_requiring([saw, drill])
    acts.progress(task, by=tech, status="completed", note="Rusty")
    answer = program(tech).get(f"/tasks/{task.pk}")
    assert (answer.status_code, answer["ETag"]) == (200, '"3"')
    assert answer.json() == {
        "id": task.pk,
        "job": task.job_id,
        "position": 1,
        "title": "Look",
        "description": "Well",
        "note": "Rusty",
        "status": "completed",
        "equipment": [
            {"id": drill.pk, "name": "Drill", "kind": "tool", "serial_number": "S1"},
            {"id": saw.pk, "name": "Saw", "kind": "machine", "serial_number": "S2"},
        ],
        "completed_at": written(task.completed_at),
        "completed_by": {"id": tech.pk, "username": "tina", "name": "Tina Tech"},
        "version": 3,
    }


def test_a_technician_progresses_a_task_and_starts_its_job(task: Task, tech: User) -> None:
    answer = program(tech).patch(f"/tasks/{task.pk}", {"status": "completed", "note": " Rusty "})
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    body = answer.json()
    assert (body["status"], body["note"], body["completed_by"]["id"]) == (
        "completed",
        "Rusty",
        tech.pk,
    )
    task.job.refresh_from_db()
    assert task.job.status == Job.Status.IN_PROGRESS
    rows = [Task.history.latest(), Job.history.latest()]
    assert [(row.person_name, row.door) for row in rows] == [("Tina Tech", "api")] * 2


def test_a_task_is_added_with_what_came_of_it(task: Task, admin: User) -> None:
    given = {"title": "Clean", "status": "completed", "note": "Rusty"}
    answer = program(admin).post(f"/jobs/{task.job_id}/tasks", given)
    body = answer.json()
    assert (answer.status_code, body["status"], body["note"]) == (201, "completed", "Rusty")
    assert [row.history_type for row in Task.history.filter(id=body["id"])] == ["~", "+"]


def test_what_is_left_out_stays(task: Task, tech: User) -> None:
    acts.progress(task, by=tech, status="in_progress", note="Rusty")
    caller = program(tech)
    assert caller.patch(f"/tasks/{task.pk}", {"status": "completed"}).json()["note"] == "Rusty"
    assert caller.patch(f"/tasks/{task.pk}", {"note": ""}).json()["status"] == "completed"


def test_nothing_to_change_changes_nothing(task: Task, tech: User, sales: User) -> None:
    before = everything()
    answers = [program(who).patch(f"/tasks/{task.pk}", {}) for who in (tech, sales)]
    same = program(tech).patch(f"/tasks/{task.pk}", {"status": "pending", "note": ""})
    assert [answer.status_code for answer in (*answers, same)] == [200, 200, 200]
    assert everything() == before


def test_a_sales_agent_edits_a_task(task: Task, sales: User) -> None:
    drill, saw = make_equipment(name="Drill"), make_equipment(name="Saw")
    change = {"title": " Mend ", "description": "", "position": 4, "equipment": [saw.pk, drill.pk]}
    body = program(sales).patch(f"/tasks/{task.pk}", change).json()
    assert (body["title"], body["description"], body["position"]) == ("Mend", "", 4)
    assert ([each["id"] for each in body["equipment"]], body["version"]) == ([drill.pk, saw.pk], 2)
    assert program(sales).patch(f"/tasks/{task.pk}", {"equipment": []}).json()["equipment"] == []
    assert Task.history.filter(id=task.pk).count() == 3


def test_without_a_position_a_task_comes_last(task: Task, job: Job, sales: User) -> None:
    make_task(job=job, position=7)
    assert program(sales).patch(f"/tasks/{task.pk}", {"position": None}).json()["position"] == 8


def test_an_admin_edits_and_progresses_at_once(task: Task, admin: User) -> None:
    change = {"title": "Mend", "status": "in_progress"}
    body = program(admin).patch(f"/tasks/{task.pk}", change, match='"1"').json()
    assert (body["title"], body["status"], body["version"]) == ("Mend", "in_progress", 2)


@pytest.mark.parametrize(
    ("who", "change"),
    [
        ("tech", {"title": "x"}),
        ("tech", {"title": "x", "status": "completed"}),
        ("sales", {"status": "completed"}),
        ("sales", {"note": "x", "title": "x"}),
    ],
)
def test_who_sees_a_task_and_may_not_change_it_so_is_refused(
    who: str, change: dict[str, Any], task: Task, tech: User, sales: User
) -> None:
    before = everything()
    answer = program({"tech": tech, "sales": sales}[who]).patch(f"/tasks/{task.pk}", change)
    assert (refusal(answer, 403), everything()) == ("You may not do this.", before)


def test_a_task_that_is_not_theirs_to_see_is_not_there(task: Task, other_tech: User) -> None:
    caller, before = program(other_tech), everything()
    for key in (task.pk, 0, 10**30):
        assert caller.get(f"/tasks/{key}").status_code == 404
        assert caller.patch(f"/tasks/{key}", {"status": "completed"}).status_code == 404
    assert everything() == before


# Rules


def test_a_task_of_a_closed_job_stays_as_it_is(task: Task, sales: User, admin: User) -> None:
    acting.cancel(task.job, by=sales, reason="x")
    before = everything()
    for change in ({"title": "x"}, {"status": "completed"}, {"note": "x"}):
        sentence = refusal(program(admin).patch(f"/tasks/{task.pk}", change), 409)
        assert sentence == f"{task.job.number} is cancelled. Reopen it first."
    assert everything() == before


def test_on_hold_nothing_progresses(task: Task, tech: User) -> None:
    acting.hold(task.job, by=tech, reason="x")
    before = everything()
    answer = program(tech).patch(f"/tasks/{task.pk}", {"status": "completed"})
    assert refusal(answer, 409) == f"{task.job.number} is on hold. Resume it first."
    assert everything() == before


def test_idle_equipment_is_not_newly_required(task: Task, sales: User) -> None:
    kept, idle = make_equipment(), make_equipment(name="Saw", serial_number="S1", is_active=False)
    task.save_requiring([kept])
    kept.is_active = False
    kept.save()
    before, caller = everything(), program(sales)
    answer = caller.patch(f"/tasks/{task.pk}", {"equipment": [kept.pk, idle.pk]})
    assert errors(answer) == {"equipment": "Not active: Saw (S1). Choose other equipment."}
    assert everything() == before
    assert caller.patch(f"/tasks/{task.pk}", {"equipment": [kept.pk]}).status_code == 200


def test_equipment_that_there_is_not_or_that_they_may_not_see_is_refused(task: Task) -> None:
    editor, drill = make_user(), make_equipment()
    given = {("operations.task", "view"), ("operations.task", "change")}
    editor.set_groups([company_group(given)])
    for key in (drill.pk, 99999):
        answer = program(editor).patch(f"/tasks/{task.pk}", {"equipment": [key]})
        assert errors(answer) == {"equipment": f"There is no equipment {key}."}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "   "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": None}, "title"),
        ({"description": "\0"}, "description"),
        ({"note": "a\0b"}, "note"),
        ({"note": "x" * 10_001}, "note"),
        ({"note": 1}, "note"),
        ({"status": "done"}, "status"),
        ({"status": None}, "status"),
        ({"position": -1}, "position"),
        ({"position": 10_000}, "position"),
        ({"position": True}, "position"),
        ({"position": "1"}, "position"),
        ({"equipment": ["1"]}, "equipment.0"),
        ({"equipment": [0]}, "equipment.0"),
        ({"equipment": [2**63]}, "equipment.0"),
        ({"equipment": 1}, "equipment"),
        ({"equipment": None}, "equipment"),
        ({"job": 1}, "job"),
        ({"completed_at": "2026-01-01T00:00:00Z"}, "completed_at"),
        ({"version": 1}, "version"),
    ],
)
def test_a_field_that_does_not_fit_is_named(
    change: dict[str, Any], field: str, task: Task, admin: User
) -> None:
    before = everything()
    assert list(errors(program(admin).patch(f"/tasks/{task.pk}", change))) == [field]
    assert everything() == before


# Versions


@pytest.mark.parametrize("match", ['"1"', "1", 'W/"1"', "*", "", ' "1" ', '"0", "1"', 'x, W/"1"'])
def test_a_change_made_from_the_version_of_now_is_done(match: str, task: Task, tech: User) -> None:
    answer = program(tech).patch(f"/tasks/{task.pk}", {"note": "Rusty"}, match=match)
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')


@pytest.mark.parametrize("match", ['"1"', '"0"', 'W/"1"', "x", '"0", "1"', "-2"])
@pytest.mark.parametrize("change", [{"note": "Mine"}, {"title": "Mine"}])
def test_a_stale_change_is_refused_with_the_values_of_now(
    change: dict[str, str], match: str, task: Task, tech: User, admin: User
) -> None:
    acts.progress(task, by=tech, note="Theirs")
    before = everything()
    answer = program(admin).patch(f"/tasks/{task.pk}", change, match=match)
    assert "changed this in the meantime" in refusal(answer, 412)
    assert answer.json()["current"] == program(admin).get(f"/tasks/{task.pk}").json()
    assert (answer.json()["current"]["note"], everything()) == ("Theirs", before)


def test_a_change_made_from_a_version_to_come_is_refused(task: Task, tech: User) -> None:
    answer = program(tech).patch(f"/tasks/{task.pk}", {"note": "Mine"}, match='"1", "3"')
    assert (
        refusal(answer, 412)
        == "There is no version 3: the current version is 1. Nothing was saved."
    )


def test_the_last_place_is_not_passed(task: Task, admin: User) -> None:
    caller, path = program(admin), f"/jobs/{task.job_id}/tasks"
    assert caller.post(path, {"title": "Last", "position": Task.LAST}).status_code == 201
    before = everything()
    sentence = "The last possible position is 9999. Choose a lower one."
    assert errors(caller.post(path, {"title": "Beyond"})) == {"position": sentence}
    assert everything() == before


def test_a_stale_change_names_both_values(task: Task, tech: User, admin: User) -> None:
    acts.progress(task, by=tech, note="Theirs")
    answer = program(admin).patch(f"/tasks/{task.pk}", {"note": "Mine"}, match='"1"')
    assert refusal(answer, 412) == (
        "Tina Tech changed this in the meantime (note: – → Theirs). Your changes were "
        "not saved: check the values below and save again."
    )


@pytest.mark.parametrize("equipment", [1, 3])
def test_a_task_costs_the_same_whatever_it_needs(
    equipment: int, task: Task, tech: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    task.save_requiring([make_equipment() for _each in range(equipment)])
    for caller, number in ((program(tech), 4), (page(tech), 5)):
        with django_assert_num_queries(number):
            assert caller.get(f"/tasks/{task.pk}").status_code == 200


def test_a_page_of_ours_needs_the_token_of_a_form(task: Task, tech: User) -> None:
    caller = page(tech)
    caller.client.handler.enforce_csrf_checks = True
    answer = caller.patch(f"/tasks/{task.pk}", {"note": "x"})
    assert answer.status_code == 403


def test_who_holds_every_role_does_both(task: Task) -> None:
    both = make_user(Role.SALES_AGENT, Role.TECHNICIAN)
    job = make_job(owner=both, assigned_to=both, tasks=1)
    step = job.tasks.get()
    answer = program(both).patch(f"/tasks/{step.pk}", {"title": "x", "note": "y"})
    assert answer.status_code == 200
    step.refresh_from_db()
    assert (step.title, step.note) == ("x", "y")


def test_what_is_pointed_out_of_a_task_or_of_its_job_that_starts_is_told_once(
    task: Task, tech: User, sales: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = program(tech)
    assert "warnings" not in caller.patch(f"/tasks/{task.pk}", {"note": "Wet"}).json()
    monkeypatch.setattr(Job, "warnings", lambda _job, changed: sorted(changed & {"status"}))
    monkeypatch.setattr(
        Task, "warnings", lambda _task, changed: sorted(changed & {"title", "status"})
    )
    begun = {"status": "in_progress"}
    assert caller.patch(f"/tasks/{task.pk}", begun).json()["warnings"] == ["status"]
    both = program(sales).patch(f"/tasks/{task.pk}", {"title": "Measure"})
    assert both.json()["warnings"] == ["title"]
    path = f"/jobs/{task.job_id}/tasks"
    assert program(sales).post(path, {"title": "New"}).json()["warnings"] == ["status", "title"]
