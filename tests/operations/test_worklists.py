"""The lists of jobs that somebody should look at: what stands in them, and how they are counted."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.test import Client

from core import kept
from core.record import audit
from operations import acts, worklists
from operations.models import Job
from operations.numbers import OF_A_PHONE
from operations.worklists import WORKLISTS
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_job

LIST = "/admin/operations/job/"
DAY = timedelta(days=1)
LAST_SUNDAY = datetime(2026, 11, 22, 23, 59, 59, tzinfo=ZoneInfo("UTC"))
WEDNESDAY = datetime(2026, 11, 25, 9, 0, tzinfo=ZoneInfo("UTC"))


@pytest.fixture
def jobs(admin: User, sales: User, tech: User, other_tech: User) -> None:
    """One job of each kind, on a Wednesday."""
    days = {"Monday": -2, "Today": 0, "Sunday": 4, "Next Monday": 5}
    with audit.act(at=WEDNESDAY):
        for title, ahead in days.items():
            day = WEDNESDAY.date() + timedelta(days=ahead)
            make_job(owner=sales, title=title, scheduled_date=day, assigned_to=tech)
        acting.start(make_job(owner=sales, title="No day", assigned_to=tech), by=tech)
        make_job(owner=admin, title="Nobody", scheduled_date=date(2027, 1, 1))
        held = make_job(owner=sales, title="Held", scheduled_date=date(2027, 1, 1))
        acts.assign(held, other_tech, by=sales)
        acting.hold(held, by=admin, reason="Rain.")
        complete(sales, tech, title="Done today", scheduled_date=WEDNESDAY.date())
        complete(sales, tech, title="Done late", scheduled_date=WEDNESDAY.date() - DAY)
        complete(sales, tech, title="Done any day")
        again = complete(sales, tech, title="Again", scheduled_date=date(2027, 1, 1))
        acting.reopen(again, by=sales, reason="Smell is back.")
        closed = make_job(owner=sales, title="Closed", scheduled_date=WEDNESDAY.date())
        acting.cancel(closed, by=sales, reason="Not wanted.")
        acting.deactivate(other_tech, by=admin)
    # Sunday ends at midnight in the time zone of the company.
    with audit.act(at=LAST_SUNDAY):
        complete(sales, tech, title="Done last Sunday", scheduled_date=LAST_SUNDAY.date())
    with audit.act(at=LAST_SUNDAY - DAY / 2):
        complete(sales, tech, title="Done last week", scheduled_date=date(2026, 11, 20))
    with audit.act(at=LAST_SUNDAY - 7 * DAY):
        complete(sales, tech, title="Done long ago", scheduled_date=date(2026, 11, 20))


def complete(owner: User, tech: User, **fields: Any) -> Job:
    job = make_job(owner=owner, assigned_to=tech, **fields)
    acting.complete(job, by=tech)
    return job


def titles(name: str) -> set[str]:
    with audit.act(at=WEDNESDAY):
        return set(worklists.named(name, Job.objects.all()).values_list("title", flat=True))


def test_each_worklist_holds_what_its_name_says(jobs: None) -> None:
    week = {"Monday", "Today", "Sunday"}
    ahead = {"Sunday", "Next Monday", "Nobody", "Held", "Again"}
    pending = {*week, "Next Monday", "Nobody", "Again"}
    assert {name: titles(name) for name in WORKLISTS} == {
        "today": {"Today"},
        "week": week,
        "unscheduled": {"No day"},
        "unassigned": {"Nobody"},
        "overdue": {"Monday"},
        "on_hold": {"Held"},
        "someone": {"Held"},
        "next": ahead,
        "pending": pending,
        "in_progress": {"No day"},
        "open": {*pending, "No day", "Held"},
        "reopened": {"Again"},
        "all_today": {"Today", "Done today"},
        "completed_today": {"Done today"},
        "completed_week": {"Done today", "Done late", "Done any day"},
        "on_time_week": {"Done today"},
        "late_week": {"Done late"},
        "last_week": {"Done last week", "Done last Sunday"},
        "last_week_on_time": {"Done last Sunday"},
        "last_week_late": {"Done last week"},
    }
    done = {*titles("completed_week"), *titles("last_week"), "Done long ago"}
    assert titles("no such list") == {*titles("open"), *done, "Closed"}


def test_what_was_completed_stands_latest_first_the_rest_by_day(
    jobs: None, admin: User, sign_in: Sign
) -> None:
    """By day, all jobs that there ever were would be gone through for those of one week."""
    browser = sign_in(admin)

    def listed(query: str) -> tuple[list[str], bool]:
        with audit.act(at=WEDNESDAY):
            page = browser.get(f"{LIST}?{query}")
        return [
            job.title for job in page.context["cl"].result_list
        ], b"jobops-group" in page.content

    assert listed("attention=last_week") == (["Done last Sunday", "Done last week"], False)
    assert listed("attention=last_week&o=-1") == (["Done last week", "Done last Sunday"], False)
    assert listed("attention=week") == (["Monday", "Today", "Sunday"], True)
    two_days = "scheduled_date_from=2026-11-20&scheduled_date_to=2026-11-22"
    found = listed(f"attention=last_week&{two_days}")
    assert found == (["Done last week", "Done last Sunday"], True)


def test_the_numbers_are_those_of_the_rows_that_the_person_sees(
    jobs: None, *, admin: User, sales: User, tech: User
) -> None:
    with audit.act(at=WEDNESDAY):
        found = {user: worklists.count(user) for user in (admin, sales, tech)}
    kept = ("today", "week", "unassigned", "overdue", "on_hold")
    assert {user.username: [number[name] for name in kept] for user, number in found.items()} == {
        "adam": [1, 3, 1, 1, 1],
        "sara": [1, 3, 0, 1, 1],
        "tina": [1, 3, 0, 1, 0],
    }
    assert (found[admin]["someone"], "someone" in found[sales]) == (1, False)


def test_a_shared_job_counts_once(admin: User, sales: User, other_sales: User) -> None:
    job = make_job(owner=other_sales)
    acts.share(job, sales, "view", by=other_sales)
    acts.hand_over(job, owner=sales, by=admin)
    acts.share(job, other_sales, "view", by=sales)
    assert [worklists.count(user)["unassigned"] for user in (sales, other_sales)] == [1, 1]


def test_what_is_beyond_counting_says_so(sales: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worklists, "LIMIT", 2)
    for _ in range(4):
        make_job(owner=sales)
    assert worklists.count(sales)["unassigned"] == 3
    assert [worklists.count_text(number) for number in (0, 2, 3)] == ["0", "2", "2+"]


@pytest.mark.parametrize(("who", "queries"), [("admin", 3), ("sales", 2), ("tech", 2)])
def test_all_worklists_are_counted_in_one_question(
    who: str, queries: int, *, request: Any, jobs: None, django_assert_num_queries: Any
) -> None:
    user = request.getfixturevalue(who)
    list(user.roles), user.own_permissions
    with django_assert_num_queries(queries):
        worklists.count(user)


def badges(browser: Client) -> dict[str, str]:
    groups = browser.get("/admin/").context["sidebar_navigation"]
    return {
        str(item["title"]): item["badge"] for g in groups for item in g["items"] if "badge" in item
    }


def test_the_sidebar_counts_once_a_minute_and_after_what_the_person_changes(
    sales: User, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    job = make_job(owner=sales)
    assert badges(browser)["Unassigned"] == ""
    browser.post(f"{LIST}{job.pk}/cancel/", {"reason": ""})
    assert badges(browser)["Unassigned"] == "1"
    cache.delete(kept.key(admin, "counts"))
    assert badges(sign_in(admin)) == {
        "Today": "",
        "Overdue": "",
        "Unassigned": "1",
        "Unscheduled": "1",
        "On hold": "",
        "Needs someone": "",
    }


def test_the_open_worklist_is_marked_in_tabs_and_sidebar(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    for name, tab, line in (("overdue", "Overdue", "Overdue"), ("all", "All", "Jobs")):
        page = browser.get(f"{LIST}?attention={name}").context
        groups = page["sidebar_navigation"]
        marked = [str(item["title"]) for g in groups for item in g["items"] if item["active"]]
        tabs = [str(item["title"]) for item in page["tab_list"][0]["items"] if item["active"]]
        assert marked == [line]
        assert [title.split(" <")[0] for title in tabs] == [tab]
    assert browser.get("/admin/").context["tab_list"] == []


# The filter that is kept


def test_the_list_comes_back_as_it_was_left(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    assert browser.get(LIST).status_code == 200
    browser.get(f"{LIST}?attention=overdue&q=pump&p=1")
    back = browser.get(LIST)
    assert (back.status_code, back["Location"]) == (302, f"{LIST}?attention=overdue&q=pump&p=1")
    assert "Clear filters" in browser.get(back["Location"]).content.decode()
    assert browser.get(f"{LIST}?_popup=1").status_code == 200


@pytest.mark.parametrize(
    "cleared",
    [
        {"path": f"{LIST}?attention=all"},
        {"path": LIST, "HTTP_REFERER": f"http://testserver{LIST}?q=pump"},
    ],
)
def test_a_filter_is_taken_off_for_good(cleared: Any, sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    browser.get(f"{LIST}?q=pump")
    shown = browser.get(**cleared)
    assert (shown.status_code, "Clear filters" in shown.content.decode()) == (200, False)
    assert browser.get(LIST).status_code == 200


def test_a_very_long_search_is_not_kept(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    browser.get(LIST, {"q": "pump"})
    assert browser.get(LIST, {"q": "pump" * 200}).status_code == 200
    assert browser.get(LIST)["Location"] == f"{LIST}?q=pump"


def test_what_is_no_day_is_told_and_not_filtered_by(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    make_job(owner=sales)
    query = "scheduled_date_from=32.13.2026&scheduled_date_to=junk&attention=open"
    page = browser.get(f"{LIST}?{query}", follow=True)
    assert page.redirect_chain == [(f"{LIST}?attention=open", 302)]
    assert [str(message) for message in page.context["messages"]] == [
        "“32.13.2026” is not a date. Write the date like 26 Nov 2026.",
        "“junk” is not a date. Write the date like 26 Nov 2026.",
    ]
    alone = browser.get(f"{LIST}?scheduled_date_from=junk")
    assert alone["Location"] == f"{LIST}?attention=all"


@pytest.mark.parametrize("day", ["1899-12-31", "2200-01-01", "0001-01-01", "9999-12-31"])
def test_a_day_that_no_job_has_is_told_and_not_filtered_by(
    day: str, sales: User, sign_in: Sign
) -> None:
    page = sign_in(sales).get(f"{LIST}?scheduled_date_to={day}", follow=True)
    assert page.redirect_chain == [(f"{LIST}?attention=all", 302)]
    shown = [str(message) for message in page.context["messages"]]
    assert shown == [f"“{day}” is not a day from 1900 to 2199."]


def test_a_page_of_fifty_jobs_stays_small(sales: User, sign_in: Sign) -> None:
    for _ in range(50):
        make_job(owner=sales, tasks=1, title="A title of a usual length for a job")
    page = sign_in(sales).get(LIST)
    assert len(page.context["cl"].result_list) == 50
    assert len(page.content) < 500_000


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"attention": "all"}, "No jobs here yet."),
        ({"attention": "overdue"}, "Nothing is overdue."),
        ({"attention": "overdue", "q": "boiler"}, "No jobs match."),
        ({"q": "boiler"}, "No jobs match."),
        ({"q": "9999"}, "No jobs match."),
        ({"q": "+43 660 555 0186"}, str(OF_A_PHONE)),
        ({"q": "06605550186"}, str(OF_A_PHONE)),
    ],
)
def test_an_empty_list_says_so_in_the_words_of_what_was_asked(
    query: dict[str, str], expected: str, sales: User, sign_in: Sign
) -> None:
    page = sign_in(sales).get(LIST, query)
    assert page.context["cl"].empty_text == expected
    assert expected in page.content.decode()
