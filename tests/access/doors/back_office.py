"""The pages of the back office."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django_q.models import Schedule

from core import schedules
from tests import acting
from tests.access.door import NOWHERE, Attempt, Column, Door
from tests.access.forms import forms_of, job_form, row_form
from tests.access.table import (
    ANALYTICS,
    CUSTOMER,
    EQUIPMENT,
    JOB,
    NO_ROW,
    PERSON,
    RELATIONS,
    ROWS,
    SCHEDULE,
    SELF,
    SHARE,
    SITE,
    TASK,
)
from tests.access.world import (
    SHARING,
    WHY,
    World,
    customer_pk,
    finish_tasks,
    friend_pk,
    other_pk,
    page_of,
    task_title,
    typed_in,
    url,
)

# The pages that the doors below open, by name.
OPENED: set[str] = set()

# Each of these makes the attempt of a door.


def get(name: str, label: str = "") -> Attempt:
    """Open a page: of a row, or of none."""
    OPENED.add(name)

    def attempt(world: World, row: str) -> Callable[[], Any]:
        address = url(name, world.rows[label][row].pk) if label else url(name)
        return lambda: world.get(address)

    return attempt


def post(name: str, label: str = "", /, **typed: Any) -> Attempt:
    """Send a form: of a row, or of none. What is typed may depend on the world."""

    def attempt(world: World, row: str) -> Callable[[], Any]:
        address = url(name, world.rows[label][row].pk) if label else url(name)
        return lambda: world.client.post(address, typed_in(world, typed))

    return attempt


def save(label: str, /, **typed: Any) -> Attempt:
    """Save the page of a row as it is shown, but for what is typed."""

    def attempt(world: World, row: str) -> Callable[[], Any]:
        obj = world.row(label, row)
        form = job_form(obj) if label == JOB else row_form(label, obj)
        address = url(page_of(label, "change"), obj.pk)
        return lambda: world.client.post(address, form | typed_in(world, typed))

    return attempt


def verb(name: str, **typed: Any) -> Attempt:
    """Press the button of a verb."""
    return post(f"operations_job_{name}", JOB, **typed)


def progress_task(world: World, row: str) -> Callable[[], Any]:
    task = world.row(TASK, row)
    address = url("operations_job_progress", task.job_id, task.pk)
    return lambda: world.client.post(address, {"status": "completed", "note": "Done."})


def unshare(world: World, row: str) -> Callable[[], Any]:
    address = url("operations_job_unshare", world.rows[JOB][row].pk, world.friend.pk)
    return lambda: world.client.post(address)


def save_profile(world: World, row: str) -> Callable[[], Any]:
    typed = {"first_name": "Renamed", "stated_version": world.rows[PERSON][SELF].version}
    return lambda: world.client.post(url("profile"), typed)


def run_now(world: World, row: str) -> Callable[[], Any]:
    schedules.sync()
    address = url("background_run", Schedule.objects.get(name="flag overdue jobs").pk)
    return lambda: world.client.post(address)


def pages_of(label: str, *, typed: dict[str, Any], new: dict[str, Any]) -> Iterator[Door]:
    """The pages that every model of the back office has."""
    rows = ROWS[label]
    # Whoever and whatever appears on a job stays, whoever asks: that is a rule, and no right.
    free = rows if label == JOB else tuple(row for row in rows if row not in {*RELATIONS, SELF})

    def door(name: str, action: str, attempt: Attempt, rows: tuple[str, ...], **given: Any) -> Door:
        return Door(f"{label}: {name}", (label, action), attempt, rows, label, **given)

    yield door("list", "view", get(page_of(label, "changelist")), rows, listed=True)
    yield door("page", "view", get(page_of(label, "change"), label), rows)
    yield door("save", "change", save(label, **typed), rows)
    yield door("history", "audit", get(page_of(label, "history"), label), rows)
    asked = get(page_of(label, "delete"), label)
    yield door("ask to delete", "delete", asked, rows, leads_back=rows != free)
    yield door("delete", "delete", post(page_of(label, "delete"), label, post="yes"), free)
    yield door("form for a new one", "add", get(page_of(label, "add")), (NO_ROW,))
    yield door("new one", "add", post(page_of(label, "add"), **new), (NO_ROW,))


NEW_TASK = {**forms_of("tasks", total=2, initial=1), "tasks-1-title": "One more"}
BACK_OFFICE = (
    *pages_of(
        JOB,
        typed={"title": "Another title"},
        new={"title": "New", "priority": "low", "customer": customer_pk, **forms_of("tasks")},
    ),
    *pages_of(CUSTOMER, typed={"phone": "1"}, new={"name": "New", **forms_of("sites")}),
    *pages_of(SITE, typed={"address": "1"}, new={"name": "New", "customer": customer_pk}),
    *pages_of(
        EQUIPMENT,
        typed={"description": "1"},
        new={"name": "New", "serial_number": "NEW", "kind": "tool"},
    ),
    *pages_of(PERSON, typed={"phone": "1"}, new={"username": "new"}),
    Door("tasks on the page", (TASK, "view"), get("operations_job_change", JOB), shows=task_title),
    Door(
        "shares on the page",
        (SHARE, "view"),
        get("operations_job_change", JOB),
        shows=lambda world, _row: f"Shared with:</span> {world.friend}",
    ),
    Door(
        "tasks in the history",
        (TASK, "audit"),
        get("operations_job_history", JOB),
        shows=lambda world, row: f"task <em>{task_title(world, row)}</em>",
    ),
    Door(
        "shares in the history",
        (SHARE, "audit"),
        get("operations_job_history", JOB),
        shows=lambda world, _row: f"share <em>{world.friend}</em>",
    ),
    Door("what happened", (JOB, "audit"), get("operations_job_events", JOB)),
    Door(
        "tasks in what happened",
        (TASK, "audit"),
        get("operations_job_events", JOB),
        shows=task_title,
    ),
    Door(
        "shares in what happened",
        (SHARE, "audit"),
        get("operations_job_events", JOB),
        shows=lambda world, _row: f"shared the job with {world.friend}",
    ),
    Door("assign", (JOB, "change"), save(JOB, assigned_to=friend_pk)),
    Door("hand over", (JOB, "hand_over"), save(JOB, owner=friend_pk), part=True),
    Door("add a task", (TASK, "add"), save(JOB, **NEW_TASK), part=True),
    Door("edit a task", (TASK, "change"), save(JOB, **{"tasks-0-title": "Other"}), part=True),
    Door("delete a task", (TASK, "delete"), save(JOB, **{"tasks-0-DELETE": "on"}), part=True),
    Door("start", (JOB, "progress"), verb("start")),
    Door("hold", (JOB, "progress"), verb("hold", **WHY)),
    Door(
        "resume",
        (JOB, "progress"),
        verb("resume"),
        first=lambda job, by: acting.hold(job, by=by, **WHY),
    ),
    Door("complete", (JOB, "progress"), verb("complete"), first=finish_tasks),
    Door("cancel", (JOB, "cancel"), verb("cancel", **WHY)),
    Door(
        "reopen",
        (JOB, "reopen"),
        verb("reopen", **WHY),
        first=lambda job, boss: acting.cancel(job, by=boss, **WHY),
    ),
    Door("why hold", (JOB, "progress"), get("operations_job_hold", JOB)),
    Door("why cancel", (JOB, "cancel"), get("operations_job_cancel", JOB)),
    Door("why reopen", (JOB, "reopen"), get("operations_job_reopen", JOB)),
    Door("progress of a task", (TASK, "progress"), progress_task),
    Door("with whom to share", (JOB, "share"), get("operations_job_share", JOB)),
    Door("share", (SHARE, "add"), post("operations_job_share", JOB, user=other_pk, level="view")),
    Door("share further", (SHARE, "change"), post("operations_job_share", JOB, **SHARING)),
    Door("stop sharing", (SHARE, "delete"), unshare),
    Door("job sheet", (JOB, "view"), get("operations_job_sheet", JOB)),
    Door("service report", (JOB, "view"), get("operations_job_report", JOB)),
    Door("analytics", (ANALYTICS, "view"), get("analytics"), (NO_ROW,)),
    Door("background work", (SCHEDULE, "view"), get("background"), (NO_ROW,)),
    Door("run a schedule now", (SCHEDULE, "change"), run_now, (NO_ROW,)),
    Door("profile", (PERSON, "change_profile"), get("profile"), (SELF,), PERSON),
    Door("save the profile", (PERSON, "change_profile"), save_profile, (SELF,), PERSON),
)
COLUMNS = (Column("back office", BACK_OFFICE, NOWHERE, entered_by_role=True),)
