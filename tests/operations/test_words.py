"""What stands within a sentence is said as the language writes it, not made small by code."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from core.refusals import Refused
from operations import acts
from operations.states import JobStatus, TaskStatus, Verb, status_in_sentence
from people.models import User
from tests.factories import make_job, make_task

pytestmark = pytest.mark.django_db


def test_a_status_stands_in_a_sentence_as_its_language_writes_it() -> None:
    assert [status_in_sentence(status) for status in JobStatus] == [
        "pending",
        "in progress",
        "on hold",
        "completed",
        "cancelled",
    ]
    with override("de"):
        assert [status_in_sentence(status) for status in TaskStatus] == [
            "ausstehend",
            "in Arbeit",
            "abgeschlossen",
        ]


def test_a_refusal_is_a_german_sentence(admin: User) -> None:
    job = make_job(owner=admin)
    make_task(job=job, title="Prüfen")
    with override("de"), pytest.raises(Refused) as refused:
        acts.move(job, Verb.COMPLETE, by=admin)
    sentence = f"{job.number} hat noch unerledigte Aufgaben: „Prüfen“. Erledigen Sie sie zuerst."
    assert refused.value.message == sentence
