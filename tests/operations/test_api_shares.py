"""Shares and the history of a job through the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse

from core.roles import Role
from operations import acts
from operations.models import Job, JobShare
from people.models import User
from tests.factories import make_equipment, make_job, make_task, make_user
from tests.operations.stock import everything
from tests.programs import Caller, errors, program, refusal

pytestmark = pytest.mark.django_db


def rows_of(answer: HttpResponse) -> list[Any]:
    """The rows on a page."""
    assert answer.status_code == 200
    found: list[Any] = answer.json()["results"]
    return found


def follow(caller: Caller, address: str) -> HttpResponse:
    """The page at an address that another one names."""
    return caller.client.get(address)


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    return make_job(owner=sales, assigned_to=tech, title="Repair")


def test_an_owner_shares_a_job_changes_how_far_and_ends_it(
    job: Job, sales: User, other_tech: User
) -> None:
    caller, path = program(sales), f"/jobs/{job.pk}/shares"
    theo = {"id": other_tech.pk, "username": "theo", "name": "Theo Third"}
    answer = caller.post(path, {"user": other_tech.pk, "level": "view"})
    assert (answer.status_code, answer.json()) == (201, {"user": theo, "level": "view"})
    caller.post(path, {"user": other_tech.pk, "level": "progress"})
    assert rows_of(caller.get(path)) == [{"user": theo, "level": "progress"}]
    record = JobShare.history.first()
    assert (record.person_name, record.door) == ("Sara Sales", "api")
    assert caller.delete(f"{path}/{other_tech.pk}").status_code == 204
    nobody = (other_tech.pk, 0, 10**30)
    assert [caller.delete(f"{path}/{key}").status_code for key in nobody] == [404, 404, 404]
    assert rows_of(caller.get(path)) == []


def test_with_whom_it_cannot_be_shared_is_told(job: Job, sales: User, other_sales: User) -> None:
    caller, path, before = program(sales), f"/jobs/{job.pk}/shares", everything()
    gone = make_user(Role.TECHNICIAN, is_active=False)
    refused = {
        (other_sales.pk, "progress"): {"level": "Only a technician can be given progress access."},
        (gone.pk, "view"): {"user": "Choose somebody who is active and holds a role."},
        (sales.pk, "view"): {"user": "The job is already theirs: they see it anyway."},
        (999, "view"): {"user": "There is no person 999."},
    }
    for (user, level), message in refused.items():
        assert errors(caller.post(path, {"user": user, "level": level})) == message
    assert errors(caller.post(path, {"user": 1, "level": "all"})).keys() == {"level"}
    assert everything() == before


def test_who_sees_the_job_sees_its_shares_and_only_owner_and_admins_change_them(
    job: Job, admin: User, other_sales: User, tech: User, sales: User
) -> None:
    path = f"/jobs/{job.pk}/shares"
    acts.share(job, other_sales, "view", by=sales)
    stranger = make_user(Role.SALES_AGENT)
    given = {"user": tech.pk, "level": "view"}
    for person, status in ((tech, 403), (other_sales, 403), (stranger, 404)):
        caller, before = program(person), everything()
        answers = [caller.post(path, given), caller.delete(f"{path}/{tech.pk}")]
        assert [answer.status_code for answer in answers] == [status] * 2
        assert everything() == before
    refusal(program(stranger).get(path), 404)
    for person in (admin, sales, other_sales, tech):
        assert [row["user"]["id"] for row in rows_of(program(person).get(path))] == [other_sales.pk]


# History


def test_the_history_tells_of_the_job_its_tasks_and_its_shares(
    job: Job, sales: User, tech: User, other_tech: User
) -> None:
    drill = make_equipment(name="Drill", serial_number="SN-1")
    task = make_task(job=job, title="Look", equipment=[drill])
    caller = program(tech)
    caller.patch(f"/tasks/{task.pk}", {"status": "completed"})
    program(sales).patch(f"/jobs/{job.pk}", {"assigned_to": other_tech.pk})
    program(sales).post(f"/jobs/{job.pk}/shares", {"user": tech.pk, "level": "view"})
    program(sales).delete(f"/tasks/{task.pk}")
    found = rows_of(caller.get(f"/jobs/{job.pk}/history"))
    lines = [
        (e["user"], e["door"], e["action"], e["object"]["type"], e["object"]["label"])
        for e in found
    ]
    assert lines == [
        ("Sara Sales", "api", "deleted", "task", "Look"),
        ("Sara Sales", "api", "created", "share", "Tina Tech"),
        ("Sara Sales", "api", "changed", "job", job.number),
        ("Tina Tech", "api", "changed", "task", "Look"),
        ("Tina Tech", "api", "changed", "job", job.number),
        (None, "command", "created", "task", "Look"),
        ("Sara Sales", "command", "created", "job", job.number),
    ]

    def changes(entry: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
        return {each["field"]: (each["old"], each["new"]) for each in entry["changes"]}

    assert changes(found[2]) == {"assigned_to": ("Tina Tech", "Theo Third")}
    assert changes(found[3])["status"] == ("pending", "completed")
    assert changes(found[3])["completed_by"] == (None, "Tina Tech")
    assert changes(found[5])["equipment"] == ([], ["Drill (SN-1)"])
    assert changes(found[1]) == {
        "user": (None, "Tina Tech"),
        "job": (None, str(job)),
        "level": (None, "view"),
    }


def test_the_history_goes_forth_and_back_page_by_page(job: Job, sales: User) -> None:
    for number in range(4):
        job.title = f"Title {number}"
        job.save()
    caller, path = program(sales), f"/jobs/{job.pk}/history?page_size=2"
    whole = [each["id"] for each in rows_of(caller.get(f"/jobs/{job.pk}/history"))]
    first = caller.get(path).json()
    second = follow(caller, first["next"]).json()
    third = follow(caller, second["next"]).json()
    pages = [[each["id"] for each in part["results"]] for part in (first, second, third)]
    assert pages == [whole[:2], whole[2:4], whole[4:]]
    assert (first["previous"], third["next"]) == (None, None)
    back = follow(caller, third["previous"]).json()
    assert [each["id"] for each in back["results"]] == whole[2:4]
    again = follow(caller, back["previous"]).json()
    assert ([each["id"] for each in again["results"]], again["previous"]) == (whole[:2], None)
    assert errors(caller.get(f"{path}&cursor=nonsense")).keys() == {"cursor"}


def test_only_who_sees_the_job_reads_its_history(job: Job, other_sales: User) -> None:
    assert program(other_sales).get(f"/jobs/{job.pk}/history").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_history_costs_the_same_however_long(
    rows: int, job: Job, sales: User, tech: User, request: pytest.FixtureRequest
) -> None:
    acts.share(job, make_user(Role.TECHNICIAN), "view", by=sales)
    for _number in range(rows):
        acts.progress(make_task(job=job, equipment=[make_equipment()]), by=tech, note="Seen")
    caller = program(sales)
    with request.getfixturevalue("django_assert_num_queries")(17):
        caller.get(f"/jobs/{job.pk}/history")
