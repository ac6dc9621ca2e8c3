"""Days are those of the business, wherever its zone is."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pytest_django.fixtures import Settings

from core.record import audit
from people.models import User
from reports import figures
from reports.figures import Rate
from reports.period import Period
from reports.question import Question
from tests import acting
from tests.factories import make_job

CASE = json.loads((Path(__file__).parent / "cases/36-report-midnight.json").read_text())
MONTHS = {
    "March": Period(date(2030, 3, 1), date(2030, 3, 31)),
    "April": Period(date(2030, 4, 1), date(2030, 4, 30)),
}


@pytest.mark.django_db
def test_half_past_eleven_at_night_counts_for_the_day_that_ends(
    sales: User, tech: User, settings: Settings
) -> None:
    settings.TIME_ZONE = CASE["TIME_ZONE"]
    zone = ZoneInfo(CASE["TIME_ZONE"])
    day = date.fromisoformat(CASE["scheduled"])
    for text in CASE["completed_at"]:
        moment = datetime.fromisoformat(text.removesuffix(" local")).replace(tzinfo=zone)
        with audit.act(at=moment, by=tech):
            job = make_job(owner=sales, created_at=moment, scheduled_date=day, assigned_to=tech)
            acting.complete(job, by=tech)
    now = datetime(2030, 5, 31, tzinfo=zone)
    march, april = (Question(MONTHS[name], at=now) for name in CASE["ask"])
    # That of 31 March at 23:30 is March's, and kept its day; that of 0:30 is April's, and late.
    assert figures.jobs(march).created == figures.jobs(march).completed == 1
    assert figures.jobs(april).created == figures.jobs(april).completed == 1
    assert (figures.on_time(march), figures.on_time(april)) == (Rate(1, 1), Rate(0, 1))
