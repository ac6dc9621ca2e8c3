"""What each write costs the database (design section 12).

All statements of a request are counted, on both databases: also the two that begin and end its
transaction, which within that of a test are those of a savepoint.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core import access
from core.record.transactions import atomic
from core.roles import Role
from operations import acts
from operations.models import Job, JobShare, Task
from people import tokens
from people.models import User
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job, make_site
from tests.operations.pages import fields

Asserts = Any


def program(user: User) -> Client:
    """A program of somebody's, whose token is good."""
    access = tokens.sign_in(user, at=timezone.now()).access
    return Client(headers={"Authorization": f"Bearer {access}"})


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    return make_job(owner=sales, assigned_to=tech, site=make_site(), tasks=3)


def test_a_technician_completes_a_job(
    job: Job, sales: User, tech: User, django_assert_num_queries: Asserts
) -> None:
    for task in job.tasks.all():
        acts.remove(task, by=sales)
    caller = program(tech)
    with django_assert_num_queries(12):  # One of them writes the notice.
        answer = caller.post(f"/api/jobs/{job.pk}/complete", {}, "application/json")
    assert answer.status_code == 200


def test_a_technician_reports_on_a_task_which_starts_its_job(
    job: Job, tech: User, django_assert_num_queries: Asserts
) -> None:
    task = job.tasks.get(position=1)
    task.save_requiring([make_equipment()])
    caller, content = program(tech), {"status": "completed", "note": "Done."}
    with django_assert_num_queries(13):  # Likewise.
        answer = caller.patch(f"/api/tasks/{task.pk}", content, "application/json")
    assert answer.status_code == 200


def test_whoever_a_job_is_shared_with_reports_on_its_task(
    job: Job, sales: User, other_tech: User, django_assert_num_queries: Asserts
) -> None:
    """What was shared is asked once, though to see and to report both need it."""
    task = job.tasks.get(position=1)
    acts.share(job, other_tech, JobShare.Level.PROGRESS, by=sales)
    caller, content = program(other_tech), {"status": "completed", "note": "Done."}
    with django_assert_num_queries(14):  # Likewise; one asks what was shared.
        answer = caller.patch(f"/api/tasks/{task.pk}", content, "application/json")
    assert answer.status_code == 200


def test_what_was_taken_away_in_an_act_is_asked_anew(
    job: Job, sales: User, other_tech: User
) -> None:
    with atomic():
        row = job.lock()
        assert not access.can_on_held(other_tech, "view", row)
        acts.share(row, other_tech, JobShare.Level.VIEW, by=sales)
        assert access.can_on_held(other_tech, "view", row)
        assert not access.can_on_held(other_tech, "progress", row)
        acts.share(row, other_tech, JobShare.Level.PROGRESS, by=sales)
        assert access.can_on_held(other_tech, "progress", row)
        acts.unshare(row, other_tech, by=sales)
        assert not access.can_on_held(other_tech, "view", row)


def test_what_was_given_away_in_an_act_is_asked_anew(
    job: Job, sales: User, other_sales: User, admin: User
) -> None:
    with atomic():
        row = job.lock()
        assert access.can_on_held(sales, "change", row)
        acts.hand_over(row, owner=other_sales, by=admin)
        assert [access.can_on_held(by, "change", row) for by in (sales, other_sales)] == [
            *(False, True),
        ]


@pytest.mark.parametrize(
    ("also", "count"),
    [
        ((), 8),
        (("site",), 9),  # The site.
        # The technician, with whether they can be assigned a job; and the notice to them.
        (("assigned_to",), 10),
        (("site", "assigned_to"), 11),
    ],
)
def test_a_sales_agent_enters_a_job(
    also: tuple[str, ...], count: int, sales: User, tech: User, django_assert_num_queries: Asserts
) -> None:
    site, caller = make_site(), program(sales)
    named = {"site": site.pk, "assigned_to": tech.pk}
    content = {"title": "Look", "customer": site.customer_id}
    content |= {name: named[name] for name in also}
    with django_assert_num_queries(count):
        answer = caller.post("/api/jobs", content, "application/json")
    assert answer.status_code == 201


@pytest.mark.parametrize("count", [1, 3])
def test_a_sales_agent_enters_a_job_with_its_tasks(
    count: int, sales: User, django_assert_num_queries: Asserts
) -> None:
    customer, caller = make_customer(), program(sales)
    tasks = [{"title": "Look"}] * count
    content = {"title": "Look", "customer": customer.pk, "tasks": tasks}
    # Nobody is told; the tasks, however many, are two: the rows, their history.
    with django_assert_num_queries(10):
        answer = caller.post("/api/jobs", content, "application/json")
    assert answer.status_code == 201


@pytest.mark.parametrize("count", [1, 3])
def test_a_sales_agent_enters_a_job_with_all_that_one_can_say(
    count: int, sales: User, tech: User, django_assert_num_queries: Asserts
) -> None:
    site, caller = make_site(), program(sales)
    tasks = [{"title": "Look", "equipment": [make_equipment().pk]} for _each in range(count)]
    content = {"title": "Look", "customer": site.customer_id, "site": site.pk, "tasks": tasks}
    # The eleven of a site and a technician; of the tasks: the equipment that they name, the rows,
    # what they need, their history, and the same in that.
    with django_assert_num_queries(16):
        content |= {"assigned_to": tech.pk}
        answer = caller.post("/api/jobs", content, "application/json")
    assert answer.status_code == 201


def test_what_is_shared_with_somebody_is_not_asked_for_a_job_of_theirs(
    sales: User, django_assert_num_queries: Asserts
) -> None:
    """What a technician may do with it depends on what is shared with them."""
    sales.set_roles([Role.SALES_AGENT, Role.TECHNICIAN])
    caller, content = program(sales), {"title": "Look", "customer": make_customer().pk}
    content |= {"assigned_to": sales.pk}
    with django_assert_num_queries(9):  # The technician.
        answer = caller.post("/api/jobs", content, "application/json")
    assert answer.status_code == 201


def test_an_admin_edits_and_progresses_a_task_at_once(
    job: Job, admin: User, django_assert_num_queries: Asserts
) -> None:
    task = job.tasks.get(position=1)
    task.save_requiring([make_equipment()])
    caller, content = program(admin), {"title": "Other", "equipment": [make_equipment().pk]}
    # One change on record of the task; its job begins, of which two people are told.
    with django_assert_num_queries(17):
        content |= {"status": "completed", "note": "Done.", "position": 5}
        answer = caller.patch(f"/api/tasks/{task.pk}", content, "application/json")
    assert answer.status_code == 200
    assert task.history.count() == 3


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the table of rights from now on, whether of a row or of many."""
    reach, found = access._scope, []

    def noted(user: User, action: str, label: str) -> Any:
        found.append(f"{action} {label}")
        return reach(user, action, label)

    monkeypatch.setattr(access, "_scope", noted)
    return found


Save = Callable[..., int]


@pytest.fixture
def save(job: Job, sales: User, sign_in: Sign) -> Save:
    """Sends the form of a job as its owner does, who changes one of three tasks with its equipment,
    and other fields."""
    job.tasks.get(position=1).save_requiring([make_equipment()])
    browser, url = sign_in(sales), reverse("admin:operations_job_change", args=[job.pk])
    form = fields(browser.get(f"{url}?edit=title"), "job_form")
    form |= {"tasks-1-title": "Measure", "tasks-1-equipment": [str(make_equipment().pk)]}
    return lambda **others: browser.post(url, form | others).status_code


def test_an_owner_saves_the_form_of_a_job(save: Save, django_assert_num_queries: Asserts) -> None:
    # Eight of them begin and end: the transaction of the save, that of the admin's page within it,
    # the claim of the form, and that which keeps what the next page tells.
    with django_assert_num_queries(22):
        assert save() == 302


def test_an_owner_saves_it_with_another_title_and_technician(
    save: Save, other_tech: User, django_assert_num_queries: Asserts
) -> None:
    # Beside those: the technician, customer and site for the words that the job is found by, the
    # job, its history, and what tells both technicians.
    with django_assert_num_queries(27):
        assert save(title="Other", assigned_to=str(other_tech.pk)) == 302


@pytest.fixture
def send(sales: User, tech: User, sign_in: Sign) -> Save:
    """Sends the form of a job with ten tasks as its owner does, who changed these fields."""
    job = make_job(owner=sales, assigned_to=tech, site=make_site(), tasks=10)
    job.tasks.get(position=1).save_requiring([make_equipment()])
    browser, url = sign_in(sales), reverse("admin:operations_job_change", args=[job.pk])
    form = fields(browser.get(f"{url}?edit=title"), "job_form")
    return lambda **changed: browser.post(url, form | changed).status_code


@pytest.mark.parametrize("count", [1, 3, 10])
def test_an_owner_saves_it_with_other_titles_of_tasks(
    count: int, send: Save, django_assert_num_queries: Asserts
) -> None:
    titles = {f"tasks-{place}-title": f"Other {place}" for place in range(count)}
    # However many they are, four: their versions, the rows, their history, with their equipment.
    with django_assert_num_queries(20):
        assert send(**titles) == 302
    assert Task.objects.filter(title__startswith="Other").count() == count


@pytest.mark.parametrize("count", [1, 3, 10])
def test_an_owner_saves_it_with_tasks_in_another_order(
    count: int, send: Save, django_assert_num_queries: Asserts
) -> None:
    places = {f"tasks-{place}-position": str(30 - place) for place in range(count)}
    with django_assert_num_queries(20):  # Likewise.
        assert send(**places) == 302
    assert Task.objects.filter(position__gt=20).count() == count


@pytest.mark.parametrize("count", [1, 3, 10])
def test_an_owner_saves_it_with_other_equipment_of_tasks(
    count: int, send: Save, django_assert_num_queries: Asserts
) -> None:
    chosen = [str(make_equipment().pk)]
    # Beside those: it is read, taken from the first and given to all.
    with django_assert_num_queries(23):
        assert send(**{f"tasks-{place}-equipment": chosen for place in range(count)}) == 302
    assert Task.objects.filter(equipment=chosen[0]).count() == count


@pytest.mark.parametrize("count", [1, 3, 10])
def test_an_owner_saves_it_with_new_tasks(
    count: int, send: Save, django_assert_num_queries: Asserts
) -> None:
    new: dict[str, Any] = {"tasks-TOTAL_FORMS": str(10 + count)}
    new |= {f"tasks-{10 + place}-title": "New" for place in range(count)}
    # Where the others stand, the rows, their history.
    with django_assert_num_queries(19):
        assert send(**new) == 302
    assert Task.objects.filter(title="New").count() == count


# The job and all of its tasks, one of them with its equipment.
EVERYTHING = {"title": "Other", "tasks-0-title": "Look", "tasks-2-title": "Clean up"}


def test_rights_are_asked_eight_times_for_it_at_most(save: Save, asked: list[str]) -> None:
    asked.clear()
    assert save(**EVERYTHING) == 302
    assert asked == [
        "view operations.job",
        "change operations.job",
        "hand_over operations.job",
        "change operations.task",
        "add operations.task",
        "delete operations.task",
        "view operations.equipment",
        # By the acts that save the tasks: the job is in its next version.
        "change operations.job",
    ]
