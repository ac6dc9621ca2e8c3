"""Whatever an act writes of tasks and shares, an app can have something follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.urls import reverse

from core.record import acts as core_acts
from operations import acts
from operations.models import Equipment, Job, JobShare, Task
from operations.states import TaskStatus
from people.models import User
from tests.conftest import Sign
from tests.factories import make_equipment, make_job, make_task
from tests.imports import tables
from tests.operations.pages import fields

pytestmark = pytest.mark.django_db

# What was told: of which row, what the columns that changed held before, and whether it goes.
Told = tuple[str, dict[str, Any] | None, bool]
told: list[Told] = []


def note(row: Any, before: Mapping[str, Any] | None, *, is_deleted: bool = False) -> None:
    """What follows here."""
    name = row.title if isinstance(row, Task) else f"{row.user.username} {row.level}"
    # Which bookkeeping comes with it is not of interest.
    former = None if before is None else {k: v for k, v in before.items() if k not in _SILENT}
    assert row.pk is not None
    told.append((name, former, is_deleted))


_SILENT = {"placed_at", "permission_id"}


@pytest.fixture(autouse=True)
def followed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    labels = {"operations.task", "operations.jobshare"}
    path = f"{__name__}.note"
    monkeypatch.setattr(core_acts, "_followers", lambda label: (path,) if label in labels else ())
    yield
    told.clear()


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    return make_job(owner=sales, assigned_to=tech)


@pytest.fixture
def drill(db: None) -> Equipment:
    return make_equipment()


@pytest.fixture
def task(job: Job, drill: Equipment) -> Task:
    return make_task(job=job, title="Drain", equipment=[drill])


def test_a_task_is_added(job: Job, drill: Equipment, sales: User) -> None:
    acts.add_task(job, by=sales, title="Plain")
    acts.add_task(job, by=sales, title="Other", equipment=[drill])
    assert told == [("Plain", None, False), ("Other", None, False)]


def test_tasks_are_added_with_their_job(job: Job, drill: Equipment, sales: User) -> None:
    tasks = [{"title": "First", "equipment": [drill.pk]}, {"title": "Second"}]
    acts.enter(by=sales, title="New", customer=job.customer, tasks=tasks)
    assert told == [("First", None, False), ("Second", None, False)]


def test_a_task_is_edited(task: Task, drill: Equipment, sales: User) -> None:
    acts.edit_task((Task, task.pk), by=sales, title="Other")
    acts.edit_task((Task, task.pk), by=sales, equipment=[])
    acts.edit_task((Task, task.pk), by=sales, equipment=[], title="Other")
    assert told == [
        ("Other", {"title": "Drain"}, False),
        ("Other", {"equipment": {drill.pk}}, False),
    ]


def test_a_task_is_progressed(task: Task, tech: User, admin: User, drill: Equipment) -> None:
    acts.progress((Task, task.pk), by=tech, note="Wet")
    assert told == [("Drain", {"note": ""}, False)]
    told.clear()
    change: dict[str, Any] = {"title": "Dry", "equipment": [], "status": TaskStatus.IN_PROGRESS}
    acts.change_task((Task, task.pk), by=admin, **change)
    before = {"title": "Drain", "status": "pending", "started_at": None, "equipment": {drill.pk}}
    assert told == [("Dry", before, False)]


def test_a_task_is_removed(task: Task, sales: User) -> None:
    acts.remove((Task, task.pk), by=sales)
    assert told == [("Drain", None, True)]


def test_tasks_are_saved_by_the_form(
    task: Task, job: Job, drill: Equipment, sales: User, sign_in: Sign
) -> None:
    make_task(job=job, title="Gone"), make_task(job=job, title="Same")
    browser, url = sign_in(sales), reverse("admin:operations_job_change", args=[job.pk])
    form = fields(browser.get(f"{url}?edit=title"), "job_form")
    form |= {"tasks-0-title": "Dry", "tasks-0-equipment": [], "tasks-1-DELETE": "on"}
    form |= {"tasks-TOTAL_FORMS": "4", "tasks-3-title": "New"}
    assert browser.post(url, form).status_code == 302
    assert told == [
        ("Gone", None, True),
        ("Dry", {"title": "Drain", "equipment": {drill.pk}}, False),
        ("New", None, False),
    ]


def test_tasks_are_imported(task: Task, job: Job, drill: Equipment, admin: User) -> None:
    rows: list[dict[str, Any]] = [
        {"job": job.number, "position": "1", "title": "Dry", "equipment": drill.serial_number},
        {"job": job.number, "position": "2", "title": "New", "equipment": ""},
    ]
    tables.load("tasks", *rows, by=admin, keep=True)
    assert sorted(told, key=str) == [
        *(("Dry", {"title": "Drain"}, False), ("New", None, False)),
    ]
    told.clear()
    saw = make_equipment()
    tables.load("tasks", rows[0] | {"equipment": saw.serial_number}, by=admin, keep=True)
    assert told == [("Dry", {"equipment": {drill.pk}}, False)]


def test_a_job_is_shared(job: Job, other_tech: User, sales: User) -> None:
    for level in (JobShare.Level.VIEW, JobShare.Level.VIEW, JobShare.Level.PROGRESS):
        acts.share(job, other_tech, level, by=sales)
    name = other_tech.username
    assert told == [
        (f"{name} view", None, False),
        (f"{name} progress", {"level": "view"}, False),
    ]


def test_a_job_is_shared_no_more(job: Job, other_tech: User, sales: User) -> None:
    acts.share(job, other_tech, JobShare.Level.VIEW, by=sales)
    told.clear()
    for _each in range(2):
        acts.unshare(job, other_tech, by=sales)
    assert told == [(f"{other_tech.username} view", None, True)]


def test_what_is_undone_follows_too(task: Task, tech: User, admin: User) -> None:
    acts.progress((Task, task.pk), by=tech, note="Wet")
    told.clear()
    former = task.history.order_by("history_id").first()
    acts.put_back_task(Task.objects.get(pk=task.pk), {"note": ""}, former=former, by=admin)
    assert told == [("Drain", {"note": "Wet"}, False)]
