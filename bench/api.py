"""The calls of the API whose cost is watched.

Those that read are opened by the session, as My day does; those that write come from a program
with its token, and leave in the database what they wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from bench.load import Call
from core.database.cursors import Cursor
from core.record import audit
from operations.models import Task
from people import tokens
from people.models import User

PASSWORD = "A-Word-Of-2-Parts"  # noqa: S105 (of people made up for the bench)
_numbers = count(1)


@dataclass(frozen=True)
class Read:
    """A call that reads, at an address that depends on who asks."""

    name: str
    address: Callable[[Any], str]
    people: tuple[str, ...] = ("admin", "sales", "tech")


def _jobs(name: str, query: Callable[[Any], dict[str, Any]]) -> Read:
    return Read(f"API jobs, {name}", lambda v: f"/api/jobs?{urlencode(query(v), doseq=True)}")


def _deep(visitor: Any) -> dict[str, Any]:
    """A page from the middle of what they see."""
    keys = visitor.jobs.order_by("-pk").values_list("pk", flat=True)
    return {"cursor": str(Cursor([keys[keys.count() // 2]]))}


def _around(_visitor: Any) -> dict[str, Any]:
    day = audit.today()
    ends = day - timedelta(days=3), day + timedelta(days=3)
    return {"scheduled_from": ends[0], "scheduled_to": ends[1], "ordering": "scheduled_date"}


READS = (
    # An Admin's has so many jobs that which tasks need what is cheaper read from end to end.
    Read("API dashboard", lambda _v: "/api/dashboard", ("sales", "tech")),
    Read("API dashboard, 31 days", lambda _v: "/api/dashboard?days=31", ("sales", "tech")),
    _jobs("first page", lambda _v: {}),
    _jobs("deep page", _deep),
    _jobs("pending", lambda _v: {"status": "pending"}),
    _jobs("a week", _around),
    _jobs("of a customer", lambda v: {"customer": v.customer.pk}),
    _jobs("by day", lambda _v: {"ordering": "scheduled_date"}),
    _jobs("by day, last first", lambda _v: {"ordering": "-scheduled_date"}),
    _jobs("urgent first", lambda _v: {"ordering": "-priority"}),
    _jobs("oldest first", lambda _v: {"ordering": "created_at"}),
    _jobs("search three letters", lambda _v: {"search": "pum"}),
    _jobs("search number", lambda v: {"search": v.done_job.number}),
    _jobs("search customer", lambda v: {"search": v.customer.name}),
    _jobs("search rare customer", lambda v: {"search": v.rare_customer.name}),
    _jobs("search what is nowhere", lambda _v: {"search": "xyzzy"}),
    Read("API job", lambda v: f"/api/jobs/{v.open_job.pk}"),
    Read("API job history", lambda v: f"/api/jobs/{v.done_job.pk}/history"),
    Read("API tasks", lambda _v: "/api/tasks"),
    Read("API tasks, of a job", lambda v: f"/api/tasks?job={v.open_job.pk}"),
    Read("API equipment list", lambda _v: "/api/equipment"),
    Read("API equipment usage", lambda v: f"/api/equipment/{v.equipment.pk}/usage"),
    Read("API customer list", lambda _v: "/api/customers"),
)


def give_passwords() -> None:
    """Have the known people sign in with PASSWORD: those of a big company have none."""
    people = User.objects.filter(username__in=["admin", "sales", "tech"])
    people.update(password=make_password(PASSWORD))


def signed_in(username: str) -> dict[str, str]:
    """The header by which a program of this person signs in."""
    access = tokens.sign_in(User.objects.get(username=username), at=timezone.now()).access
    return {"Authorization": f"Bearer {access}"}


def sign_in() -> Call:
    """A program signs in."""
    body = {"username": "sales", "password": PASSWORD}
    return Call("/api/auth/login", "POST", lambda: body)


def change_task() -> Call:
    """A technician writes a note, each time another, at one of a hundred tasks."""
    waiting = Task.objects.waiting().filter(job__assigned_to__username="tech")
    keys = list(waiting.exclude(job__status="on_hold").values_list("pk", flat=True)[:100])
    return Call(
        lambda: f"/api/tasks/{keys[next(_numbers) % len(keys)]}",
        "PATCH",
        lambda: {"note": f"Note {next(_numbers)}"},
        signed_in("tech"),
    )


def create_job() -> Call:
    """A sales agent enters a job with two tasks."""
    from bench.pages import Visitor

    customer = Visitor("sales").customer.pk
    tasks = [{"title": "Look"}, {"title": "Mend"}]
    body = {"title": "Entered by the bench", "customer": customer, "tasks": tasks}
    return Call("/api/jobs", "POST", lambda: body, signed_in("sales"))


def create_customer() -> Call:
    """A sales agent adds a customer, each time another."""

    def body() -> dict[str, str]:
        return {"name": f"Bäckerei {timezone.now():%s} {next(_numbers)}", "phone": "+43 1 555 0140"}

    return Call("/api/customers", "POST", body, signed_in("sales"))


WRITES: dict[str, tuple[str, Callable[[], Call]]] = {
    "API sign in": ("sales", sign_in),
    "API change a task": ("tech", change_task),
    "API create a job": ("sales", create_job),
    "API add a customer": ("sales", create_customer),
}
