"""Jobs and their tasks entered, changed and deleted through the API."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from core.record import audit
from operations import acts
from operations.models import Customer, Job, Site, Task
from people.models import User
from tests import acting
from tests.access.world import company_group
from tests.factories import (
    make_customer,
    make_equipment,
    make_job,
    make_site,
    make_task,
    make_user,
)
from tests.operations.stock import everything
from tests.programs import errors, program, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(db: None) -> Customer:
    return make_customer(name="Hotel")


@pytest.fixture
def site(customer: Customer) -> Site:
    return make_site(customer=customer, name="Main")


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    return make_job(owner=sales, assigned_to=tech, title="Repair")


# Entered


def test_a_sales_agent_enters_a_job_with_its_tasks(
    sales: User, tech: User, customer: Customer, site: Site
) -> None:
    drill = make_equipment()
    answer = program(sales).post(
        "/jobs",
        {
            "title": " Repair ",
            "description": "Roof",
            "customer": customer.pk,
            "site": site.pk,
            "priority": "high",
            "scheduled_date": "2099-01-05",
            "start_time": "08:00",
            "end_time": "09:30:00",
            "assigned_to": tech.pk,
            "tasks": [
                {"title": "Look", "description": "Well", "equipment": [drill.pk]},
                {"title": "Mend", "position": 9},
                {"title": "Clean"},
            ],
        },
    )
    job = Job.objects.get()
    assert (answer.status_code, answer["ETag"]) == (201, '"1"')
    body = answer.json()
    assert body == program(sales).get(f"/jobs/{job.pk}").json()
    assert (body["title"], body["start_time"], body["owner"]["id"], body["created_by"]["id"]) == (
        "Repair",
        "08:00:00",
        sales.pk,
        sales.pk,
    )
    assert [(task["title"], task["position"]) for task in body["tasks"]] == [
        ("Look", 1),
        ("Mend", 9),
        ("Clean", 10),
    ]
    assert [each["id"] for each in body["tasks"][0]["equipment"]] == [drill.pk]
    rows = [*Job.history.all(), *Task.history.all()]
    assert [(row.history_type, row.person_name, row.door) for row in rows] == [
        ("+", "Sara Sales", "api")
    ] * 4


def test_a_job_needs_a_title_and_a_customer(admin: User, customer: Customer) -> None:
    body = program(admin).post("/jobs", {"title": "x", "customer": customer.pk}).json()
    assert (body["priority"], body["status"], body["tasks"]) == ("medium", "pending", [])
    assert errors(program(admin).post("/jobs", {})) == {
        "title": "Field required",
        "customer": "Field required",
    }


def test_an_admin_enters_a_job_that_another_owns(
    admin: User, sales: User, customer: Customer
) -> None:
    given = {"title": "x", "customer": customer.pk, "owner": sales.pk}
    body = program(admin).post("/jobs", given).json()
    assert (body["owner"]["id"], body["created_by"]["id"]) == (sales.pk, admin.pk)


def test_a_sales_agent_enters_jobs_of_their_own_alone(
    sales: User, admin: User, customer: Customer
) -> None:
    given = {"title": "x", "customer": customer.pk}
    before = everything()
    answer = program(sales).post("/jobs", given | {"owner": admin.pk})
    assert (refusal(answer, 403), everything()) == ("You may not do this.", before)
    assert program(sales).post("/jobs", given | {"owner": sales.pk}).status_code == 201


def test_a_technician_enters_no_job(tech: User, customer: Customer) -> None:
    before = everything()
    assert program(tech).post("/jobs", {"title": "x", "customer": customer.pk}).status_code == 403
    assert everything() == before


def test_an_admin_enters_what_was_done_already(admin: User, customer: Customer) -> None:
    done = {"title": "Look", "status": "completed", "note": "Fine"}
    given = {"title": "x", "customer": customer.pk, "scheduled_date": "2020-01-01"}
    body = program(admin).post("/jobs", given | {"tasks": [done]}).json()
    assert (body["status"], body["overdue"], body["progress_percentage"]) == (
        "in_progress",
        True,
        100,
    )


def test_a_job_whose_task_is_refused_is_not_entered(sales: User, customer: Customer) -> None:
    idle = make_equipment(is_active=False)
    given = {"title": "x", "customer": customer.pk}
    caller, before = program(sales), everything()
    tasks = [{"title": "Fine"}, {"title": "Not", "equipment": [idle.pk]}]
    faults = errors(caller.post("/jobs", given | {"tasks": tasks}))
    assert list(faults) == ["tasks.1.equipment"]
    progress = [{"title": "Not mine to do", "status": "completed"}]
    assert caller.post("/jobs", given | {"tasks": progress}).status_code == 403
    assert everything() == before


# What does not fit, entered or changed


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": None}, "title"),
        ({"description": None}, "description"),
        ({"description": "\0"}, "description"),
        ({"customer": None}, "customer"),
        ({"customer": 10**9}, "customer"),
        ({"customer": "x"}, "customer"),
        ({"customer": 2**63}, "customer"),
        ({"site": 10**9}, "site"),
        ({"priority": "huge"}, "priority"),
        ({"scheduled_date": "2026-02-30"}, "scheduled_date"),
        ({"scheduled_date": 0}, "scheduled_date"),
        ({"scheduled_date": "2026-01-01T00:00:00"}, "scheduled_date"),
        ({"start_time": "08:00Z", "end_time": "09:00"}, "start_time"),
        ({"start_time": 28800, "end_time": "09:00"}, "start_time"),
        ({"start_time": "24:00", "end_time": "09:00"}, "start_time"),
        ({"start_time": "08:00"}, "end_time"),
        ({"end_time": "08:00"}, "start_time"),
        ({"start_time": "09:00", "end_time": "09:00"}, "end_time"),
        ({"assigned_to": 10**9}, "assigned_to"),
        ({"owner": 10**9}, "owner"),
        ({"owner": None}, "owner"),
        *(
            ({name: 1}, name)
            for name in (
                "id",
                "number",
                "status",
                "overdue",
                "created_by",
                "version",
                "completed_at",
            )
        ),
    ],
)
def test_a_field_that_does_not_fit_is_named(
    given: dict[str, Any], field: str, admin: User, job: Job, customer: Customer
) -> None:
    caller, before = program(admin), everything()
    new = {"title": "x", "customer": customer.pk}
    assert list(errors(caller.post("/jobs", new | given))) == [field]
    assert list(errors(caller.patch(f"/jobs/{job.pk}", given))) == [field]
    assert everything() == before


def test_a_rule_of_a_job_names_its_field(
    admin: User, sales: User, tech: User, job: Job, customer: Customer
) -> None:
    gone = make_user()
    caller, before = program(admin), everything()
    new = {"title": "x", "customer": customer.pk}
    refused = {
        "site": (
            make_site().pk,
            "This is not a site of the customer. Choose one of theirs, or none.",
        ),
        "assigned_to": (sales.pk, "A job can only be assigned to an active technician."),
        "owner": (gone.pk, "Only an active sales agent or Admin can own a job."),
    }
    before = everything()
    for field, (key, sentence) in refused.items():
        assert errors(caller.post("/jobs", new | {field: key})) == {field: sentence}
        assert errors(caller.patch(f"/jobs/{job.pk}", {field: key})) == {field: sentence}
    assert everything() == before


def test_a_row_that_they_may_not_see_cannot_be_named(job: Job, customer: Customer) -> None:
    editor = make_user()
    editor.set_groups([company_group({("operations.job", "view"), ("operations.job", "change")})])
    answer = program(editor).patch(f"/jobs/{job.pk}", {"customer": customer.pk})
    assert errors(answer) == {"customer": f"There is no customer {customer.pk}."}


# Changed


def test_what_is_given_is_changed_and_nothing_else(job: Job, sales: User, other_tech: User) -> None:
    change = {
        "title": "Mend",
        "priority": "low",
        "scheduled_date": audit.today().isoformat(),
        "start_time": "10:00",
        "end_time": "11:00",
        "assigned_to": other_tech.pk,
    }
    answer = program(sales).patch(f"/jobs/{job.pk}", change)
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    assert answer.json() == program(sales).get(f"/jobs/{job.pk}").json()
    job.refresh_from_db()
    assert (job.title, job.priority, job.scheduled_date, job.start_time, job.end_time) == (
        "Mend",
        "low",
        audit.today(),
        time(10),
        time(11),
    )
    row = Job.history.latest()
    assert (row.person_name, row.door, row.assigned_to) == ("Sara Sales", "api", other_tech)
    assert program(sales).patch(f"/jobs/{job.pk}", {"assigned_to": None}).json()["title"] == "Mend"


def test_nothing_to_change_changes_nothing(job: Job, sales: User) -> None:
    before, caller = everything(), program(sales)
    assert caller.patch(f"/jobs/{job.pk}", {}).status_code == 200
    assert caller.patch(f"/jobs/{job.pk}", {"title": "Repair"}).status_code == 200
    assert everything() == before


def test_a_past_day_makes_a_job_overdue(job: Job, sales: User) -> None:
    body = program(sales).patch(f"/jobs/{job.pk}", {"scheduled_date": "2020-01-01"}).json()
    assert (body["overdue"], body["scheduled_date"]) == (True, "2020-01-01")
    assert body["warnings"] == ["That day has passed: the job is overdue at once."]
    assert program(sales).patch(f"/jobs/{job.pk}", {"scheduled_date": None}).json()["overdue"] is (
        False
    )


def test_a_customer_is_changed_with_the_site(job: Job, sales: User, site: Site) -> None:
    change = {"customer": site.customer_id, "site": site.pk}
    body = program(sales).patch(f"/jobs/{job.pk}", change).json()
    assert (body["customer"]["id"], body["site"]["id"]) == (site.customer_id, site.pk)
    other = program(sales).patch(f"/jobs/{job.pk}", {"customer": make_customer().pk})
    assert list(errors(other)) == ["site"]


def test_admins_alone_hand_a_job_over(
    job: Job, admin: User, sales: User, other_sales: User
) -> None:
    before = everything()
    refused = program(sales).patch(f"/jobs/{job.pk}", {"owner": other_sales.pk})
    assert (refusal(refused, 403), everything()) == ("You may not do this.", before)
    assert program(sales).patch(f"/jobs/{job.pk}", {"owner": sales.pk}).status_code == 200
    body = program(admin).patch(f"/jobs/{job.pk}", {"owner": other_sales.pk}).json()
    assert body["owner"]["id"] == other_sales.pk


def test_a_closed_job_stays_as_it_is(job: Job, sales: User) -> None:
    task = make_task(job=job)
    acting.cancel(job, by=sales, reason="x")
    before, caller = everything(), program(sales)
    answers = [
        caller.patch(f"/jobs/{job.pk}", {"title": "x"}),
        caller.patch(f"/jobs/{job.pk}", {"scheduled_date": "2026-01-01"}),
        caller.post(f"/jobs/{job.pk}/tasks", {"title": "x"}),
        caller.delete(f"/tasks/{task.pk}"),
    ]
    sentence = f"{job.number} is cancelled. Reopen it first."
    assert [refusal(answer, 409) for answer in answers] == [sentence] * 4
    assert everything() == before


def test_a_stale_change_is_refused_with_the_job_of_now(job: Job, sales: User, admin: User) -> None:
    acts.edit(job, by=admin, title="Theirs")
    before, caller = everything(), program(sales)
    answer = caller.patch(f"/jobs/{job.pk}", {"title": "Mine"}, match='"1"')
    assert refusal(answer, 412).startswith(
        "Adam Admin changed this in the meantime (title: Repair → Theirs)"
    )
    assert answer.json()["current"] == caller.get(f"/jobs/{job.pk}").json()
    assert everything() == before
    assert caller.patch(f"/jobs/{job.pk}", {"title": "Mine"}, match='"2"').status_code == 200


def test_who_sees_a_job_and_may_not_edit_it_is_refused(
    job: Job, tech: User, other_sales: User, admin: User
) -> None:
    task = make_task(job=job)
    acts.share(job, other_sales, "view", by=admin)
    before = everything()
    for caller in (program(tech), program(other_sales)):
        answers = [
            caller.patch(f"/jobs/{job.pk}", {"title": "x"}),
            caller.patch(f"/jobs/{job.pk}", {}),
            caller.post(f"/jobs/{job.pk}/tasks", {"title": "x"}),
            caller.delete(f"/jobs/{job.pk}"),
            caller.delete(f"/tasks/{task.pk}"),
        ]
        assert [answer.status_code for answer in answers] == [403] * 5
    assert everything() == before


def test_what_is_not_theirs_to_see_is_not_there(job: Job, other_tech: User) -> None:
    task = make_task(job=job)
    caller, before = program(other_tech), everything()
    for key in (job.pk, 0, 10**30):
        assert caller.patch(f"/jobs/{key}", {"title": "x"}).status_code == 404
        assert caller.delete(f"/jobs/{key}").status_code == 404
        assert caller.post(f"/jobs/{key}/tasks", {"title": "x"}).status_code == 404
    assert caller.delete(f"/tasks/{task.pk}").status_code == 404
    assert everything() == before


# Deleted


def test_an_admin_deletes_a_job_whose_history_stays(job: Job, admin: User) -> None:
    make_task(job=job)
    answer = program(admin).delete(f"/jobs/{job.pk}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (Job.objects.count(), Task.objects.count()) == (0, 0)
    rows = [Job.history.latest(), Task.history.latest()]
    assert [(row.history_type, row.person_name, row.door) for row in rows] == [
        ("-", "Adam Admin", "api")
    ] * 2


def test_a_sales_agent_cancels_instead(job: Job, sales: User) -> None:
    assert program(sales).delete(f"/jobs/{job.pk}").status_code == 403


def test_what_changed_meanwhile_is_not_deleted(job: Job, admin: User) -> None:
    task = make_task(job=job)
    acts.edit(job, by=admin, title="Theirs")
    acts.edit_task(task, by=admin, title="Theirs")
    before, caller = everything(), program(admin)
    for path in (f"/tasks/{task.pk}", f"/jobs/{job.pk}"):
        answer = caller.delete(path, match='"1"')
        assert (refusal(answer, 412)[:10], answer.json()["current"]["title"]) == (
            "Adam Admin",
            "Theirs",
        )
    assert everything() == before
    assert caller.delete(f"/tasks/{task.pk}", match='"2"').status_code == 204
    assert caller.delete(f"/jobs/{job.pk}", match='"2"').status_code == 204


# Tasks


def test_a_task_is_added_to_a_job(job: Job, sales: User) -> None:
    drill = make_equipment()
    answer = program(sales).post(
        f"/jobs/{job.pk}/tasks", {"title": "Look", "equipment": [drill.pk]}
    )
    task = Task.objects.get()
    assert (answer.status_code, answer["ETag"]) == (201, '"1"')
    assert answer.json() == program(sales).get(f"/tasks/{task.pk}").json()
    assert (task.job, list(task.equipment.all()), Task.history.count()) == (job, [drill], 1)
    job.refresh_from_db()
    assert job.version == 1


def test_a_task_needs_a_title(job: Job, sales: User) -> None:
    answer = program(sales).post(f"/jobs/{job.pk}/tasks", {"description": "x"})
    assert errors(answer) == {"title": "Field required"}


def test_a_sales_agent_deletes_a_task_whose_history_stays(job: Job, sales: User) -> None:
    task = make_task(job=job)
    assert program(sales).delete(f"/tasks/{task.pk}").status_code == 204
    row = Task.history.latest()
    assert (Task.objects.count(), row.history_type, row.person_name) == (0, "-", "Sara Sales")


def test_who_may_not_add_tasks_adds_none_with_a_job(job: Job, customer: Customer) -> None:
    enters = {(f"operations.{noun}", "view") for noun in ("job", "customer")}
    clerk = make_user()
    clerk.set_groups(
        [company_group({*enters, ("operations.job", "add"), ("operations.job", "change")})]
    )
    caller, before = program(clerk), everything()
    new = {"title": "x", "customer": customer.pk}
    assert caller.post(f"/jobs/{job.pk}/tasks", {"title": "x"}).status_code == 403
    assert everything() == before
    assert list(errors(caller.post("/jobs", new))) == ["owner"]


def listed(person: User, **query: Any) -> list[str]:
    answer = program(person).get("/tasks", **query)
    assert answer.status_code == 200
    return [task["title"] for task in answer.json()["results"]]


def test_tasks_are_listed_by_job_status_and_equipment(
    job: Job, admin: User, sales: User, tech: User, other_tech: User
) -> None:
    drill = make_equipment()
    for title in "ab":
        make_task(job=job, title=title, equipment=[drill, make_equipment()])
    acts.progress(job.tasks.get(title="b"), by=tech, status="completed")
    other = make_job(owner=admin)
    make_task(job=other, title="c", position=2)
    make_task(job=other, title="d", position=1, equipment=[drill])
    assert listed(admin) == ["d", "c", "a", "b"]
    assert listed(admin, status="pending") == ["d", "c", "a"]
    assert listed(admin, status=["completed", "in_progress"]) == ["b"]
    assert listed(admin, equipment=drill.pk) == ["d", "a", "b"]
    assert listed(admin, job=job.pk) == listed(tech) == listed(sales) == ["a", "b"]
    assert listed(tech, job=other.pk) == listed(other_tech, equipment=drill.pk) == []
    whole = program(admin).get(f"/tasks/{job.tasks.get(title='a').pk}").json()
    assert program(admin).get("/tasks", job=job.pk).json()["results"][0] == whole
    for query in ({"job": "x"}, {"status": "done"}, {"note": "x"}, {"equipment": 0}):
        assert program(admin).get("/tasks", **query).status_code == 422


def test_the_pages_of_tasks_follow_each_other(sales: User, tech: User, admin: User) -> None:
    shared = make_job(owner=admin, tasks=2)
    acts.share(shared, tech, "view", by=admin)
    make_job(owner=sales, assigned_to=tech, tasks=3, scheduled_date=date(2026, 1, 1))
    caller = program(tech)
    first = caller.get("/tasks", page_size=4).json()
    second = caller.get(first["next"].removeprefix("http://testserver/api")).json()
    found = [task["title"] for task in (*first["results"], *second["results"])]
    assert (found, second["next"]) == (listed(tech), None)
    assert len(found) == 5


@pytest.mark.parametrize("tasks", [1, 3])
def test_the_tasks_cost_the_same_however_many_there_are(
    tasks: int, job: Job, tech: User, django_assert_num_queries: Any
) -> None:
    for _each in range(tasks):
        make_task(job=job, equipment=[make_equipment() for _one in range(tasks)])
    caller = program(tech)
    with django_assert_num_queries(5):
        assert len(caller.get("/tasks").json()["results"]) == tasks
