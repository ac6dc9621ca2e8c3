"""Lists of jobs as people read them: by day and time, each day once, and the way back to them."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from core.record import audit
from operations.worklists import WORKLISTS
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_customer, make_job

LIST = "/admin/operations/job/"
WEDNESDAY = datetime(2026, 11, 25, 9, 0, tzinfo=ZoneInfo("UTC"))
FIRST, SECOND = date(2026, 11, 25), date(2026, 11, 26)


@pytest.fixture
def jobs(sales: User, tech: User) -> None:
    """Open jobs that were entered in another order than that of their days."""
    early, late = (time(8, 0), time(9, 0)), (time(14, 0), time(15, 30))
    with audit.act(at=WEDNESDAY):
        for title, day, times in (
            ("Second, any time", SECOND, (None, None)),
            ("First, late", FIRST, late),
            ("No day", None, (None, None)),
            ("First, early", FIRST, early),
            ("Second, early", SECOND, early),
        ):
            start, end = times
            fields = {"scheduled_date": day, "start_time": start, "end_time": end}
            make_job(owner=sales, title=title, assigned_to=tech, **fields)


def shown(browser: Client, query: str) -> list[Any]:
    """Each row of a list with the head above it and what stands under *when*."""
    with audit.act(at=WEDNESDAY):
        context = browser.get(f"{LIST}?{query}").context
    changes = context["cl"]
    heads = [head or "" for _row, head in context.get("headed_rows", [])]
    when = changes.model_admin.when
    return [
        (head, job.title, " ".join(str(when(job)).split()))
        for head, job in zip(heads, changes.result_list, strict=True)
    ]


def titles(browser: Client, query: str) -> list[str]:
    return [title for _head, title, _when in shown(browser, query)]


@pytest.mark.parametrize("who", ["admin", "sales", "tech"])
def test_the_day_stands_once_above_its_jobs(
    who: str, jobs: None, request: pytest.FixtureRequest, sign_in: Sign
) -> None:
    browser = sign_in(request.getfixturevalue(who))
    assert shown(browser, "attention=open") == [
        ("Today, Wed 25 Nov 2026", "First, early", "08:00–09:00"),
        ("", "First, late", "14:00–15:30"),
        ("Tomorrow, Thu 26 Nov 2026", "Second, early", "08:00–09:00"),
        ("", "Second, any time", "any time"),
        ("Unscheduled", "No day", "any time"),
    ]
    page = browser.get(f"{LIST}?attention=open").content.decode()
    assert [page.count(f"{day} Nov 2026</h2>") for day in ("Wed 25", "Thu 26")] == [1, 1]
    days = "scheduled_date_from=2026-11-26"
    assert titles(browser, days) == ["Second, early", "Second, any time"]


def test_every_worklist_stands_by_day_and_time(jobs: None, sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    everything = ["First, early", "First, late", "Second, early", "Second, any time", "No day"]
    for name in WORKLISTS:
        found = titles(browser, f"attention={name}")
        assert found == [title for title in everything if title in found]


@pytest.mark.parametrize("query", ["attention=all", "attention=open&o=2", "q=second"])
def test_in_another_order_each_row_says_its_day(
    query: str, jobs: None, sales: User, sign_in: Sign
) -> None:
    found = {title: (head, when) for head, title, when in shown(sign_in(sales), query)}
    day = '<span class="jobops-two-lines">Thu 26 Nov 2026 <small>08:00–09:00</small></span>'
    assert found["Second, early"] == ("", day)


def test_the_head_marks_the_column_by_which_a_worklist_stands(
    jobs: None, sales: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    for query, marked in (("attention=open", ["When"]), ("attention=all", ["Number"])):
        heads = browser.get(f"{LIST}?{query}").context["result_headers"]
        assert [h["text"].capitalize() for h in heads if h.get("sorted")] == marked


def test_a_filter_finds_what_was_reopened(sales: User, tech: User, sign_in: Sign) -> None:
    for title in ("Back", "Done for good"):
        job = make_job(owner=sales, title=title, assigned_to=tech)
        acting.complete(job, by=tech)
        if title == "Back":
            acting.reopen(job, by=sales, reason="It drips again.")
    browser = sign_in(sales)
    assert titles(browser, "attention=reopened") == ["Back"]
    page = browser.get(f"{LIST}?attention=reopened").content.decode()
    assert "<strong>Reopened</strong>" in page


# The way back


def test_back_leads_to_the_list_as_it_was(jobs: None, sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    first = browser.get(f"{LIST}?attention=open&q=second").context["cl"].result_list[0]
    row = f"{LIST}{first.pk}/change/?_changelist_filters=attention%3Dopen%26q%3Dsecond"
    page = browser.get(row)
    back = f'href="{LIST}?attention=open&amp;q=second"'
    assert (back in page.content.decode(), "Back to the list" in page.content.decode()) == (
        True,
        True,
    )
    # From a page that knows of no list, the list comes back as it was left.
    assert f'href="{LIST}"' in browser.get(f"{LIST}{first.pk}/history/").content.decode()
    assert browser.get(LIST)["Location"] == f"{LIST}?attention=open&q=second"


def test_jobs_in_the_sidebar_opens_all_of_them(jobs: None, sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    browser.get(f"{LIST}?attention=unscheduled")
    groups = browser.get("/admin/").context["sidebar_navigation"]
    [link] = [i["link"] for g in groups for i in g["items"] if str(i["title"]) == "Jobs"]
    assert len(titles(browser, link.partition("?")[2])) == 5


def test_back_leads_to_the_list_of_any_rows_as_it_was(sales: User, sign_in: Sign) -> None:
    customer = make_customer(name="Baker")
    row = f"/admin/operations/customer/{customer.pk}/change/?_changelist_filters=q%3Dbaker"
    assert 'href="/admin/operations/customer/?q=baker"' in sign_in(sales).get(row).content.decode()
