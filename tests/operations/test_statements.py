"""What each write costs the database (design section 12)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from operations import acts
from operations.models import Job
from people import tokens
from people.models import User
from tests.factories import make_customer, make_equipment, make_job, make_site

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
    with django_assert_num_queries(11):
        answer = caller.post(f"/api/jobs/{job.pk}/complete", {}, "application/json")
    assert answer.status_code == 200


def test_a_technician_reports_on_a_task_which_starts_its_job(
    job: Job, tech: User, django_assert_num_queries: Asserts
) -> None:
    task = job.tasks.get(position=1)
    task.save_requiring([make_equipment()])
    caller, content = program(tech), {"status": "completed", "note": "Done."}
    with django_assert_num_queries(15):
        answer = caller.patch(f"/api/tasks/{task.pk}", content, "application/json")
    assert answer.status_code == 200


def test_a_sales_agent_enters_a_job(
    sales: User, tech: User, django_assert_num_queries: Asserts
) -> None:
    customer, caller = make_customer(), program(sales)
    content = {"title": "Look", "customer": customer.pk, "assigned_to": tech.pk}
    with django_assert_num_queries(10):
        answer = caller.post("/api/jobs", content, "application/json")
    assert answer.status_code == 201
