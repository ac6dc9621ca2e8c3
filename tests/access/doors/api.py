"""The API: the same questions, of whoever calls by a token or by a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.utils import timezone

from people import tokens
from tests import acting
from tests.access.door import NOWHERE, Answer, Column, Door, is_read
from tests.access.table import (
    ANALYTICS,
    CUSTOMER,
    EQUIPMENT,
    IDLE,
    JOB,
    NO_ROW,
    PERSON,
    PLACES,
    RELATIONS,
    ROWS,
    SCHEDULE,
    SELF,
    SHARE,
    SITE,
    STRANGER,
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
    task_title,
    typed_in,
)


@dataclass(frozen=True)
class Call(Door):
    """A call of the API; `method` and `path` are those of its schema."""

    method: str = "get"
    path: str = ""

    def _read(self, response: Any, world: World, row: str, *, changed: bool) -> Answer:
        values = {401: Answer.LOGIN, 403: Answer.REFUSED, 404: Answer.HIDDEN}
        if response.status_code in values:
            assert response["Content-Type"] == "application/problem+json"
            return values[response.status_code]
        assert response.status_code in {200, 201, 204}, (self.name, row, response.content)
        assert changed or is_read(response), (self.name, row)
        if self.listed:
            keys = {each["id"] for each in response.json()["results"]}
            return Answer.DONE if world.rows[self.sees][row].pk in keys else Answer.HIDDEN
        if self.shows is not None and self.shows(world, row) not in response.content.decode():
            return Answer.REFUSED
        return Answer.DONE


def by_session(world: World) -> Client:
    return world.client


def by_token(world: World) -> Client:
    if world.who == STRANGER:
        return Client()
    pair = tokens.sign_in(world.rows[PERSON][SELF], at=timezone.now())
    return Client(headers={"Authorization": f"Bearer {pair.access}"})


def calls(by: Callable[[World], Client]) -> Iterator[Call]:
    """Every call, by whoever signs in so."""

    def call(
        what: str,
        question: tuple[str, str],
        label: str = "",
        /,
        body: dict[str, Any] | None = None,
        key: Callable[[World, str], Any] | None = None,
        **given: Any,
    ) -> Call:
        method, path = what.split()

        def attempt(world: World, row: str) -> Callable[[], Any]:
            pk = key(world, row) if key else world.rows[label][row].pk if label else ""
            address = f"/api{path}".format(id=pk, user=world.friend.pk)
            sent = typed_in(world, body or {})
            send = getattr(by(world), method)
            if method == "get":
                return lambda: send(address)
            return lambda: send(address, sent, content_type="application/json")

        rows = given.pop("rows", ROWS[label] if label else (NO_ROW,))
        sees = given.pop("sees", label or question[0])
        name = f"{what} {sorted(body or {})} {question}"
        return Call(name, question, attempt, rows, sees, **given, method=method, path=path)

    job = "/jobs/{id}"
    new_job = {"title": "New", "customer": customer_pk}
    yield call("get /jobs", (JOB, "view"), rows=RELATIONS, listed=True)
    yield call("post /jobs", (JOB, "add"), body=new_job)
    yield call(f"get {job}", (JOB, "view"), JOB)
    yield call(f"patch {job}", (JOB, "change"), JOB, body={"title": "Other"})
    yield call(f"patch {job}", (JOB, "hand_over"), JOB, body={"owner": friend_pk})
    yield call(f"delete {job}", (JOB, "delete"), JOB)
    yield call(f"post {job}/start", (JOB, "progress"), JOB)
    yield call(f"post {job}/hold", (JOB, "progress"), JOB, body=WHY)
    held = {"first": lambda job, boss: acting.hold(job, by=boss, **WHY)}
    yield call(f"post {job}/resume", (JOB, "progress"), JOB, **held)
    yield call(f"post {job}/complete", (JOB, "progress"), JOB, first=finish_tasks)
    yield call(f"post {job}/cancel", (JOB, "cancel"), JOB, body=WHY)
    closed = {"first": lambda job, boss: acting.cancel(job, by=boss, **WHY)}
    yield call(f"post {job}/reopen", (JOB, "reopen"), JOB, body=WHY, **closed)
    yield call(f"get {job}/history", (JOB, "audit"), JOB)
    yield call(f"get {job}/history", (TASK, "audit"), JOB, shows=task_title)
    friend: Any = {"shows": lambda world, _row: f"{world.friend}"}
    yield call(f"get {job}/history", (SHARE, "audit"), JOB, **friend)
    yield call(f"get {job}/shares", (SHARE, "view"), JOB, **friend)
    to_other = {"user": other_pk, "level": "view"}
    yield call(f"post {job}/shares", (JOB, "share"), JOB, body=to_other)
    yield call(f"post {job}/shares", (SHARE, "add"), JOB, body=to_other)
    yield call(f"post {job}/shares", (SHARE, "change"), JOB, body=SHARING)
    yield call(f"delete {job}/shares/{{user}}", (SHARE, "delete"), JOB)
    yield call(f"post {job}/tasks", (TASK, "add"), JOB, body={"title": "One more"})

    task = "/tasks/{id}"
    yield call("get /tasks", (TASK, "view"), rows=RELATIONS, listed=True)
    yield call(f"get {task}", (TASK, "view"), TASK)
    yield call(f"patch {task}", (TASK, "change"), TASK, body={"title": "Other"})
    yield call(f"patch {task}", (TASK, "progress"), TASK, body={"status": "completed"})
    yield call(f"patch {task}", (TASK, "progress"), TASK, body={"note": "Done."})
    yield call(f"delete {task}", (TASK, "delete"), TASK)

    equipment = "/equipment/{id}"
    new = {"name": "New", "kind": "tool", "serial_number": "NEW"}
    yield call("get /equipment", (EQUIPMENT, "view"), rows=(IDLE,), listed=True)
    yield call("post /equipment", (EQUIPMENT, "add"), body=new)
    yield call(f"get {equipment}", (EQUIPMENT, "view"), EQUIPMENT)
    yield call(f"get {equipment}/usage", (EQUIPMENT, "view"), EQUIPMENT)
    yield call(f"patch {equipment}", (EQUIPMENT, "change"), EQUIPMENT, body={"name": "Other"})
    yield call(f"delete {equipment}", (EQUIPMENT, "delete"), EQUIPMENT)

    customer, places = "/customers/{id}", ROWS[CUSTOMER]
    yield call("get /customers", (CUSTOMER, "view"), rows=places, listed=True)
    yield call("post /customers", (CUSTOMER, "add"), body={"name": "New"})
    yield call(f"get {customer}", (CUSTOMER, "view"), CUSTOMER)
    yield call(f"patch {customer}", (CUSTOMER, "change"), CUSTOMER, body={"phone": "1"})
    yield call(f"post {customer}/sites", (SITE, "add"), CUSTOMER, body={"name": "New"})
    yield call("patch /sites/{id}", (SITE, "change"), SITE, body={"address": "1"})
    yield call(
        f"get {customer}",
        (SITE, "view"),
        SITE,
        key=lambda world, row: world.rows[SITE][row].customer_id,
        shows=lambda world, row: world.rows[SITE][row].name,
    )

    yield call("get /users", (PERSON, "view"), rows=ROWS[PERSON], listed=True)
    yield call("post /users", (PERSON, "add"), body={"username": "new"})
    yield call("get /users/{id}", (PERSON, "view"), PERSON)
    yield call("patch /users/{id}", (PERSON, "change"), PERSON, body={"phone": "1"})
    yield call("get /analytics", (ANALYTICS, "view"))
    profile = {"rows": (SELF,), "sees": PERSON}
    yield call("patch /me", (PERSON, "change_profile"), body={"phone": "1"}, **profile)


BY_SESSION, BY_TOKEN = tuple(calls(by_session)), tuple(calls(by_token))
# Asked of nobody's rows; and the dashboard, whose own test says who sees what there.
BESIDE_THE_TABLE = {
    ("post", "/auth/login"),
    ("post", "/auth/refresh"),
    ("post", "/auth/logout"),
    ("get", "/me"),
    ("get", "/dashboard"),
}
NOT_BY_CALLS = {
    *NOWHERE,
    (SCHEDULE, "view"),
    (SCHEDULE, "change"),
    *((label, "audit") for label in (*PLACES, EQUIPMENT, PERSON)),
    *((label, "delete") for label in (*PLACES, PERSON)),
}
COLUMNS = (
    Column("API by token", BY_TOKEN, NOT_BY_CALLS),
    Column("API by session", BY_SESSION, NOT_BY_CALLS, like="API by token"),
)
