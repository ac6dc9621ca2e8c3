"""Dates as people type them: what our own pages write is understood wherever one is asked for."""

from __future__ import annotations

import re
from datetime import date, time

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from core.backoffice.dates import ClockField, DayField
from operations.models import Job
from people.models import User
from tests.apps import APPS
from tests.conftest import SetRegion, Sign
from tests.factories import make_job
from tests.operations.pages import fields

NOVEMBER = date(2026, 11, 27)
WRITTEN = [
    "2026-11-27",
    "27.11.2026",
    "27/11/2026",
    "27 Nov 2026",
    "Fri 27 Nov 2026",
    "27 November 2026",
    "Friday, 27 November 2026",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_form_reads_it(text: str) -> None:
    assert DayField().clean(text) == NOVEMBER


def test_the_filter_of_a_list_reads_days_as_a_form_does(
    admin: User, sign_in: Sign, set_region: SetRegion
) -> None:
    job = make_job(owner=admin, scheduled_date=date(2026, 6, 5))
    browser = sign_in(admin)

    def found(text: str) -> list[int]:
        period = {"scheduled_date_from": text, "scheduled_date_to": text}
        listed = browser.get("/admin/operations/job/", period).context["cl"].result_list
        return [row.pk for row in listed]

    assert found("5.6.2026") == found("Fri, 5. June 2026") == [job.pk]
    assert found("05/06/2026") == [job.pk]
    set_region("en-US")
    assert found("06/05/2026") == found("Jun. 5, 2026") == [job.pk]


@pytest.mark.parametrize(
    ("code", "day_help", "time_help"),
    [
        ("en-GB", "Write the date like 26 Nov 2026.", "Write the time like 14:30."),
        ("en-US", "Write the date like 11/26/2026.", "Write the time like 2:30 PM."),
        ("de-AT", "Write the date like 26.11.2026.", "Write the time like 14:30."),
        ("fi-FI", "Write the date like 26.11.2026.", "Write the time like 14.30."),
    ],
)
def test_what_cannot_be_read_is_told_with_an_example_of_the_region(
    code: str, day_help: str, time_help: str, set_region: SetRegion
) -> None:
    set_region(code)
    for field, text, each in ((DayField, "32.13.2026", day_help), (ClockField, "9", time_help)):
        with pytest.raises(ValidationError) as refused:
            field().clean(text)
        assert refused.value.messages == [each]


def test_an_empty_field_and_a_day_that_is_one_are_left_as_they_are() -> None:
    assert [DayField(required=False).clean(value) for value in ("", NOVEMBER)] == [None, NOVEMBER]
    nine = time(9)
    assert [ClockField(required=False).clean(value) for value in ("", nine)] == [None, nine]


def test_every_day_and_time_of_a_form_is_read_by_these_fields() -> None:
    """Django's own know neither the words of a language nor an example of the region."""
    apart = {"core/backoffice/dates.py"}
    plain = [
        path.relative_to(settings.BASE_DIR).as_posix()
        for app in APPS
        for path in (settings.BASE_DIR / app).rglob("*.py")
        if re.search(r"\bforms\.(Date|Time|DateTime|SplitDateTime)Field\(", path.read_text())
    ]
    assert sorted(set(plain) - apart) == []


def test_job_form_bulk_audit_log_and_list_take_what_lists_show(admin: User, sign_in: Sign) -> None:
    typed, browser = "Fri 27 Nov 2026", sign_in(admin)
    job = make_job(owner=admin)
    page = f"/admin/operations/job/{job.pk}/change/?edit=title"
    browser.post(page, fields(browser.get(page), "job_form") | {"scheduled_date": typed})
    assert Job.objects.get().scheduled_date == NOVEMBER
    other = make_job(owner=admin)
    sent = {"job": f"{other.pk}:1", "scheduled_date": typed}
    browser.post("/admin/operations/job/bulk/reschedule/", sent)
    assert Job.objects.get(pk=other.pk).scheduled_date == NOVEMBER
    log = browser.get("/admin/audit-log/", {"since": typed})
    assert log.context["form"].cleaned_data["since"] == NOVEMBER
    make_job(owner=admin, scheduled_date=date(2026, 11, 26))
    period = {"scheduled_date_from": typed, "scheduled_date_to": typed}
    listed = browser.get("/admin/operations/job/", period).context["cl"].result_list
    assert {row.pk for row in listed} == {job.pk, other.pk}
