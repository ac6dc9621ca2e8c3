"""Dates as they are typed: which day each is stands beside it, and it is the server's."""

from __future__ import annotations

from datetime import date

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from playwright.sync_api import ViewportSize, expect

from operations.models import Job
from people.models import User
from tests.browser.conftest import DESKTOP, PHONE, PageOf
from tests.factories import make_customer, make_job

HELP = "Write 2026-06-05 or 5 Jun 2026."
RANGE = "Dates lie between 1900 and 2199."
EXAMPLES = [
    "2026-06-05",
    "2026-6-5",
    "05/06/2026",
    "5/6/2026",
    "05.06.2026",
    "5.6.2026",
    "5 Jun 2026",
    "05 jun 2026",
    "27 Nov 2026",
    "Fri 27 Nov 2026",
    "27  November  2026",
    "Friday, 27 November 2026",
    "29 Feb 2028",
    "29 Feb 2027",
    "31.04.2026",
    "30/13/2026",
    "5 Juni 2026",
    "5-6-2026",
    "Jun 5 2026",
    "Jun 5, 2026",
    "06/05/26",
    "2026/06/05",
    "Fri, 27 Nov 2026",
    "27 Nov",
    "27 Nov 2026 x",
    "tomorrow",
    "32 Jan 2026",
    "00/01/2026",
    "20260605",
]


def as_the_server_reads(text: str) -> str:
    try:
        return date_format(forms.DateField().clean(text), "D j M Y")
    except ValidationError:
        return HELP


def test_each_date_is_read_as_the_server_reads_it(admin: User, page_of: PageOf) -> None:
    page = page_of(admin)
    page.goto("/admin/audit-log/")
    field, hint = page.locator("#id_since"), page.locator("#id_since-day")
    told = {}
    for text in EXAMPLES:
        field.fill(text)
        told[text] = hint.inner_text()
    assert told == {text: as_the_server_reads(text) for text in EXAMPLES}
    assert told["05/06/2026"] == "Fri 5 Jun 2026"
    for text in ("31.12.1899", "01.01.2200", "0026-06-05"):
        field.fill(text)
        expect(hint).to_have_text(RANGE)
    field.fill("")
    expect(hint).to_have_text("")
    assert (hint.get_attribute("aria-live"), field.get_attribute("aria-describedby")) == (
        "polite",
        "id_since-day",
    )


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_day_of_a_job_is_said_as_it_is_typed_or_chosen(
    size: ViewportSize, sales: User, page_of: PageOf
) -> None:
    make_customer(name="Cook")
    job = make_job(owner=sales, scheduled_date=date(2026, 11, 27))
    page = page_of(sales, size=size)
    page.goto(f"/admin/operations/job/{job.pk}/change/")
    field, hint = page.get_by_label("Scheduled date"), page.locator("#id_scheduled_date-day")
    expect(hint).to_have_text("Fri 27 Nov 2026")
    field.fill("05/06/2026")
    expect(hint).to_have_text("Fri 5 Jun 2026")
    field.fill("soon")
    expect(hint).to_have_text(HELP)
    field.fill("Fri 27 Nov 2026")
    expect(hint).to_be_visible()
    page.locator(".field-scheduled_date a:has(.date-icon)").first.click()
    page.locator(".calendarbox:visible td a", has_text="15").first.click()
    expect(hint).to_have_text("Sun 15 Nov 2026")
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert str(Job.objects.get().scheduled_date) == "2026-11-15"


def test_the_days_of_a_list_and_of_many_jobs_are_said_too(sales: User, page_of: PageOf) -> None:
    job = make_job(owner=sales)
    page = page_of(sales)
    page.goto(f"/admin/operations/job/bulk/reschedule/?jobs={job.pk}:{job.version}")
    page.get_by_label("Day").fill("1 Mar 2027")
    expect(page.locator("#id_scheduled_date-day")).to_have_text("Mon 1 Mar 2027")
    page.goto("/admin/operations/job/?attention=all")
    page.locator("a", has_text="filter_list").last.click()
    page.get_by_placeholder("From").fill("1 Mar 2027")
    expect(page.locator("#id_scheduled_date_from-day")).to_have_text("Mon 1 Mar 2027")
