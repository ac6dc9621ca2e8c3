"""What an act of a page of a job points out is told there: of a verb, of progress, of its rows."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from operations.models import Job, Task
from people.models import User
from tests.conftest import Sign
from tests.factories import make_job, make_task
from tests.operations.pages import fields, messages

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(sales: User, tech: User, monkeypatch: pytest.MonkeyPatch) -> Task:
    task = make_task(job=make_job(owner=sales, assigned_to=tech), title="Look")

    def pointed_out(row: Any, changed: Any) -> list[str]:
        return [f"The {name} of it." for name in sorted(changed & {"status", "title"})]

    monkeypatch.setattr(Job, "warnings", pointed_out)
    monkeypatch.setattr(Task, "warnings", pointed_out)
    return task


def test_of_a_verb(task: Task, tech: User, sign_in: Sign) -> None:
    url = reverse("admin:operations_job_start", args=[task.job_id])
    page = sign_in(tech).post(url, follow=True)
    assert messages(page)[1:] == ["The status of it."]


def test_of_a_verb_with_a_reason(task: Task, tech: User, sign_in: Sign) -> None:
    url = reverse("admin:operations_job_hold", args=[task.job_id])
    page = sign_in(tech).post(url, {"reason": "Rain"}, follow=True)
    assert messages(page)[1:] == ["The status of it."]


def test_of_progress(task: Task, tech: User, sign_in: Sign) -> None:
    url = reverse("admin:operations_job_progress", args=[task.job_id, task.pk])
    page = sign_in(tech).post(url, {"status": "in_progress"}, follow=True)
    assert messages(page) == ["“Look” is in progress.", "The status of it."]


def test_of_a_row_within_the_form(task: Task, sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    url = reverse("admin:operations_job_change", args=[task.job_id])
    form = fields(browser.get(f"{url}?edit=title"), "job_form") | {"tasks-0-title": "Measure"}
    page = browser.post(url, form, follow=True)
    assert "The title of it." in messages(page)
