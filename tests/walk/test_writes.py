"""Whatever writes or locks is done once outside of a transaction of the test, with sensible data.

Within one, PostgreSQL locks rows for whoever forgot to begin a transaction of their own.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import Client

from core.roles import Role
from operations.models import Job
from people.models import User
from people.password_link import password_link
from tests.access.door import Answer, Door
from tests.access.doors import COLUMNS
from tests.access.doors.api import Call
from tests.access.table import ASSIGNED, FOREIGN, JOB, NO_ROW, OWN
from tests.access.world import make_world
from tests.factories import make_customer, make_equipment, make_job, make_site, make_user
from tests.walk.walker import BACKEND

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]
DONE = {200, 201, 204, 302}
NEW = "A-Word-Of-2-Parts"


def writes(door: Door) -> bool:
    if isinstance(door, Call):
        return door.method != "get"
    return not (door.listed or door.shows)


# In which relation to somebody of a role a job stands with which they may do most.
NEAREST = {"Admin": FOREIGN, "Sales agent": OWN, "Technician": ASSIGNED}


@pytest.mark.parametrize("column", ["back office", "API by token"])
@pytest.mark.parametrize("who", NEAREST)
def test_every_door_is_gone_through(who: str, column: str) -> None:
    for door in filter(writes, COLUMNS[column].doors):
        with transaction.atomic():
            world = make_world(who, (NEAREST[who],))
        rows = [row for row in door.rows if row == NO_ROW or row in world.rows[door.sees]]
        allowed = [row for row in rows if door.expected(who, row) is Answer.DONE]
        row = (allowed or rows)[0]
        if door.first is not None:
            door.first(world.row(JOB, row), world.boss)
        response = door.attempt(world, row)()
        assert not connection.in_atomic_block
        refused = {200, 403, 404, *([302] if door.part else [])}
        assert response.status_code in (DONE if allowed else refused), (door.name, row)


# What the access table has no door for


@pytest.fixture
def client() -> Client:
    """The browser of an Admin; another one stays, whoever goes."""
    make_user(Role.ADMIN, username="other")
    client = Client()
    client.force_login(make_user(Role.ADMIN, username="boss"), backend=BACKEND)
    return client


def status(client: Client, address: str, body: Any = None) -> int:
    """What a form is answered."""
    code: int = client.post(address, body or {}).status_code
    return code


def test_an_admin_who_left_no_traces_is_deleted(client: Client) -> None:
    page = f"/admin/people/user/{make_user(Role.ADMIN).pk}/delete/"
    assert client.get(page).status_code == 200
    assert status(client, page, {"post": "yes"}) == 302


def test_selected_rows_of_every_list_are_deleted(client: Client) -> None:
    boss = User.objects.get(username="boss")
    rows: dict[str, list[Any]] = {
        "people/user": [make_user(Role.ADMIN), make_user(Role.ADMIN)],
        "operations/customer": [make_customer()],
        "operations/site": [make_site()],
        "operations/equipment": [make_equipment()],
        "operations/job": [make_job(owner=boss), make_job(owner=boss, tasks=1)],
    }
    for place, chosen in rows.items():
        model = type(chosen[0])
        keys = [row.pk for row in chosen]
        asked = {"action": "delete_selected", "_selected_action": keys}
        assert status(client, f"/admin/{place}/", asked) == 200
        assert status(client, f"/admin/{place}/", {**asked, "post": "yes"}) == 302
        assert list(model._base_manager.filter(pk__in=keys)) == []


def test_many_jobs_are_changed_at_once_and_back(client: Client) -> None:
    tech = make_user(Role.TECHNICIAN)
    job = make_job(owner=User.objects.get(username="boss"))
    for act, text in (
        ("assign", {"assigned_to": tech.pk}),
        ("reschedule", {"scheduled_date": "2030-01-02"}),
        ("undo", {}),
        ("cancel", {"reason": "The customer called."}),
    ):
        job.refresh_from_db()
        chosen = {"job": f"{job.pk}:{job.version}"}
        assert status(client, f"/admin/operations/job/bulk/{act}/", {**chosen, **text}) == 302
        job.refresh_from_db()
        assert f"{job.pk}:{job.version}" != chosen["job"], act
    for action in ("assign_jobs", "reschedule_jobs", "cancel_jobs"):
        asked = {"action": action, "_selected_action": [job.pk]}
        assert status(client, "/admin/operations/job/", asked) == 200


def test_jobs_are_handed_over(client: Client) -> None:
    boss, taker = User.objects.get(username="boss"), make_user(Role.SALES_AGENT)
    job = make_job(owner=boss)
    line = f"{job.pk}:{job.version}:{taker.pk}:0"
    assert status(client, "/admin/operations/job/hand-over/", {"job": line}) == 302
    assert Job.objects.get(pk=job.pk).owner == taker


def test_passwords_are_given_changed_and_set_by_a_link(client: Client) -> None:
    person = make_user(Role.TECHNICIAN, username="newcomer")
    page = f"/admin/people/user/{person.pk}"
    assert status(client, f"{page}/password-link/") == 200
    typed = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    assert status(client, f"{page}/password/", typed) == 302
    stranger, person = Client(), User.objects.get(pk=person.pk)
    assert stranger.get(password_link(person), follow=True).status_code == 200
    again = {"new_password1": f"{NEW}-2", "new_password2": f"{NEW}-2"}
    assert status(stranger, "/set-password/", again) == 302
    typed = {"username": "newcomer", "password": f"{NEW}-2"}
    assert status(stranger, "/admin/login/", typed) == 302
    own = {"old_password": f"{NEW}-2", "new_password1": NEW, "new_password2": NEW}
    assert status(stranger, "/admin/password_change/", own) == 302
    assert status(stranger, "/admin/logout/") == 200


def test_groups_are_made_changed_and_deleted() -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root"), backend=BACKEND)
    assert status(client, "/admin/auth/group/add/", {"name": "Reception"}) == 302
    page = f"/admin/auth/group/{Group.objects.get(name='Reception').pk}"
    assert status(client, f"{page}/change/", {"name": "Front desk"}) == 302
    assert status(client, f"{page}/delete/", {"post": "yes"}) == 302


def test_a_program_signs_in_refreshes_and_signs_out(client: Client) -> None:
    def call(path: str, body: dict[str, str]) -> Any:
        answer = Client().post(f"/api/auth/{path}", json.dumps(body), "application/json")
        assert answer.status_code in DONE
        return answer.json() if answer.content else {}

    pair = call("login", {"username": "boss", "password": "pass-word-1"})
    pair = call("refresh", {"refresh": pair["refresh"]})
    call("logout", {"refresh": pair["refresh"]})
