"""A slip is taken back by whoever completed the job and may progress it still, and by nobody else;
who may reopen it does that as ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from operations.states import SLIP
from tests import acting
from tests.access.doors.api import by_token
from tests.access.table import INSIDE, JOB, RELATIONS, allows
from tests.access.world import WHY, World, finish_tasks, make_world, page_of, rolled_back, url

pytestmark = pytest.mark.django_db
LATE = SLIP + timedelta(seconds=1)


def complete(world: World, row: str, *, ago: timedelta) -> Any:
    """The job of a row, completed by them, whatever they may do by now."""
    job = world.row(JOB, row)
    finish_tasks(job, world.boss)
    acting.complete(job, by=world.boss, at=timezone.now() - ago)
    type(job).objects.filter(pk=job.pk).update(completed_by=world.person)
    return job


def answers(world: World, row: str, *, ago: timedelta) -> dict[str, Any]:
    """What each door says, and whether the API's answer offers it."""
    found: dict[str, Any] = {}
    office = url(page_of(JOB, "reopen"), world.rows[JOB][row].pk)
    with rolled_back():
        job = complete(world, row, ago=ago)
        found["dialog"] = world.client.get(office).status_code
        seen = by_token(world).get(f"/api/jobs/{job.pk}")
        if seen.status_code == 200:
            found["offered"] = "reopen" in seen.json()["verbs"]
    with rolled_back():
        complete(world, row, ago=ago)
        found["back office"] = world.client.post(office, WHY).status_code
    with rolled_back():
        job = complete(world, row, ago=ago)
        sent = {"data": WHY, "content_type": "application/json"}
        found["API"] = by_token(world).post(f"/api/jobs/{job.pk}/reopen", **sent).status_code
    return found


def expected(world: World, row: str, *, is_slip: bool) -> dict[str, Any]:
    reopens = allows(world.who, JOB, "reopen", row)
    may = reopens or (is_slip and allows(world.who, JOB, "progress", row))
    if not allows(world.who, JOB, "view", row):
        return {"dialog": 404, "back office": 404, "API": 404}
    if may:
        return {"dialog": 200, "offered": True, "back office": 302, "API": 200}
    return {"dialog": 403, "offered": False, "back office": 403, "API": 403}


@pytest.mark.parametrize("who", INSIDE)
def test_every_door_lets_in_who_may_take_a_slip_back(who: str) -> None:
    world = make_world(who)
    for ago, is_slip in ((timedelta(), True), (LATE, False)):
        found = {row: answers(world, row, ago=ago) for row in RELATIONS}
        assert found == {row: expected(world, row, is_slip=is_slip) for row in RELATIONS}
