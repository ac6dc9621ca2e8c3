"""Dates as they are typed: which day each is stands beside it, and it is the server's."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from playwright.sync_api import ViewportSize, expect

from core.backoffice.dates import DayField
from core.text import days
from operations.models import Job
from people.models import User
from tests.browser.conftest import DESKTOP, PHONE, PageOf
from tests.conftest import SetRegion
from tests.factories import make_job

HELP = "Write the date like 26 Nov 2026."
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
    "5. 6. 2026",
    "5.6.26",
    "5. Juni 2026",
    "Fr., 5. Jun. 2026",
    "3. Jänner 2026",
    "3 Mrz 2026",
    "11/26/2026",
    "Nov. 26, 2026",
    "Thursday, Nov 26 2026",
    "Th 26 Nov 2026",
    "26 No 2026",
    "2026 Nov 26",
    "Nov",
    "Fri",
]


def as_the_server_reads(text: str) -> str:
    try:
        return days.weekday(DayField(required=True).clean(text))
    except ValidationError as refused:
        return str(refused.messages[0])


@pytest.mark.parametrize(
    "place",
    [
        ("en-GB", "en", "05/06/2026", "Fri 5 Jun 2026"),
        ("en-US", "en", "06/05/2026", "Fri 06/05/2026"),
        ("en-GB", "de", "5. Juni 2026", "Fr 5 Jun 2026"),
        ("de-AT", "de", "5. Juni 2026", "Fr 05.06.2026"),
    ],
)
def test_each_date_is_read_as_the_server_reads_it(
    place: tuple[str, str, str, str], admin: User, set_region: SetRegion, page_of: PageOf
) -> None:
    code, language, typed, day = place
    set_region(code)
    User.objects.filter(pk=admin.pk).update(language=language)
    page = page_of(admin)
    page.goto("/admin/audit-log/")
    field, hint = page.locator("#id_since"), page.locator("#id_since-day")
    values = {}
    for text in EXAMPLES:
        field.fill(text)
        values[text] = hint.inner_text()
    with translation.override(language):
        assert values == {text: as_the_server_reads(text) for text in EXAMPLES}
        outside = days.range_help()
    field.fill(typed)
    expect(hint).to_have_text(day)
    for text in ("1899-12-31", "2200-01-01", "0026-06-05"):
        field.fill(text)
        expect(hint).to_have_text(outside)
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
    job = make_job(owner=sales, scheduled_date=date(2026, 11, 27))
    page = page_of(sales, size=size)
    page.goto(f"/admin/operations/job/{job.pk}/change/?edit=scheduled_date")
    field, notice = page.get_by_label("When", exact=True), page.locator("[data-understood]")
    expect(notice).to_contain_text("Fri 27 Nov 2026")
    field.fill("05/06/2026")
    expect(notice).to_contain_text("Fri 5 Jun 2026")
    field.fill("soon")
    expect(notice).to_contain_text("“soon” could not be read. Write it like")
    page.get_by_label("Scheduled date").fill("2026-11-15")
    expect(field).to_have_value("Sun 15 Nov 2026")
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert str(Job.objects.get().scheduled_date) == "2026-11-15"


def test_the_days_of_a_list_and_of_many_jobs_are_said_too(sales: User, page_of: PageOf) -> None:
    job = make_job(owner=sales)
    page = page_of(sales)
    page.goto(f"/admin/operations/job/bulk/reschedule/?jobs={job.pk}:{job.version}")
    page.get_by_label("When", exact=True).fill("1 Mar 2027")
    expect(page.locator("[data-understood]")).to_have_text("Mon 1 Mar 2027")
    page.goto("/admin/operations/job/?attention=all")
    page.locator("a", has_text="filter_list").last.click()
    page.get_by_placeholder("From").fill("1 Mar 2027")
    expect(page.locator("#id_scheduled_date_from-day")).to_have_text("Mon 1 Mar 2027")
