"""What tests do in a word where the product says more: a job moved by each verb, and a person who
leaves. The product moves jobs by `acts.move`, whatever the verb, as a page or a call names it."""

from __future__ import annotations

from typing import Any

from core.record import audit
from core.record.acts import Named, Outcome
from operations import acts
from operations.models import Job
from operations.states import Verb
from people.models import User


def start(job: Named[Job], *, by: User, **details: Any) -> Outcome[Job]:
    return acts.move(job, Verb.START, by=by, **details)


def hold(job: Named[Job], *, by: User, reason: str, **details: Any) -> Outcome[Job]:
    return acts.move(job, Verb.HOLD, by=by, reason=reason, **details)


def resume(job: Named[Job], *, by: User, **details: Any) -> Outcome[Job]:
    return acts.move(job, Verb.RESUME, by=by, **details)


def complete(job: Named[Job], *, by: User, **details: Any) -> Outcome[Job]:
    return acts.move(job, Verb.COMPLETE, by=by, **details)


def cancel(job: Named[Job], *, by: User, reason: str, **details: Any) -> Outcome[Job]:
    return acts.move(job, Verb.CANCEL, by=by, reason=reason, **details)


def reopen(job: Named[Job], *, by: User, reason: str = "", **details: Any) -> Outcome[Job]:
    return acts.move(job, Verb.REOPEN, by=by, reason=reason, **details)


def deactivate(person: User, *, by: User | None) -> None:
    """The person no longer enters."""
    with audit.act(by=by):
        person.is_active = False
        person.save()
