"""Dates as people type them: what our own pages write is understood wherever one is asked for."""

from __future__ import annotations

from datetime import date

import pytest
from django import forms
from unfold.utils import parse_date_str

from operations.models import Job
from people.models import User
from tests.conftest import Sign
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
def test_a_form_and_the_filter_of_a_list_read_it_alike(text: str) -> None:
    assert (forms.DateField().clean(text), parse_date_str(text)) == (NOVEMBER, NOVEMBER)


def test_the_day_comes_before_the_month_in_a_filter_too() -> None:
    assert parse_date_str("05/06/2026") == date(2026, 6, 5)
    assert parse_date_str("Jun 5, 2026") is None


def test_job_form_bulk_audit_log_and_list_take_what_lists_show(admin: User, sign_in: Sign) -> None:
    typed, browser = "Fri 27 Nov 2026", sign_in(admin)
    job = make_job(owner=admin)
    page = f"/admin/operations/job/{job.pk}/change/"
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
