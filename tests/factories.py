"""Rows for the tests, made through the domain with as little said as the test needs."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.utils import timezone

from core.ledger import Message
from core.record import audit
from core.roles import Role
from operations.models import Customer, Equipment, Job, Site, Task
from people.models import User

_numbers = count(1)


def make_user(*roles: Role, **fields: Any) -> User:
    """A person who holds these roles. Their password is `pass-word-1`."""
    number = next(_numbers)
    fields.setdefault("username", f"user{number}")
    fields.setdefault("first_name", f"First{number}")
    fields.setdefault("last_name", f"Last{number}")
    user: User = User.objects.create_user(password="pass-word-1", **fields)
    user.set_roles(roles)
    return user


def make_customer(**fields: Any) -> Customer:
    fields.setdefault("name", f"Customer {next(_numbers)}")
    return Customer.objects.create(**fields)


def make_site(**fields: Any) -> Site:
    fields.setdefault("name", f"Site {next(_numbers)}")
    if "customer" not in fields:
        fields["customer"] = make_customer()
    return Site.objects.create(**fields)


def make_equipment(**fields: Any) -> Equipment:
    number = next(_numbers)
    fields.setdefault("name", f"Drill {number}")
    fields.setdefault("serial_number", f"SN-{number}")
    fields.setdefault("kind", Equipment.Kind.TOOL)
    return Equipment.objects.create(**fields)


def make_job(*, owner: User, tasks: int = 0, **fields: Any) -> Job:
    fields.setdefault("title", f"Job {next(_numbers)}")
    if "customer" not in fields:
        fields["customer"] = fields["site"].customer if fields.get("site") else make_customer()
    with audit.act(by=owner):
        job = Job.objects.create(owner=owner, **fields)
        for _ in range(tasks):
            make_task(job=job)
    return job


def make_task(*, job: Job, equipment: list[Equipment] | None = None, **fields: Any) -> Task:
    fields.setdefault("title", f"Task {next(_numbers)}")
    task = Task(job=job, **fields)
    task.save_requiring(equipment or [])
    return task


def make_message(**fields: Any) -> Message:
    """A mail of the ledger, which waits to be sent where nothing else is said."""
    fields.setdefault("try_at", timezone.now())
    fields.setdefault("recipient", f"person:{next(_numbers)}")
    return Message.objects.create(**fields)
