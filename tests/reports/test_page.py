"""The page *Analytics*: what it asks, what it says, and where its numbers lead."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import escape, unescape
from random import Random
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from pytest_django import DjangoAssertNumQueries

from core.record import audit
from core.roles import Role
from core.text.days import weekday
from operations import acts
from operations.models import Job
from people.models import User
from reports import words
from reports.figures import Rate
from reports.period import Period, parts
from reports.question import Filters, Question
from tests import acting
from tests.conftest import Sign
from tests.factories import make_equipment, make_job, make_task, make_user
from tests.reports import company
from tests.reports.company import Staff
from tests.reports.test_job_list import by_chance

pytestmark = pytest.mark.django_db
URL = "/admin/analytics/"
LINK = re.compile(r'<a href="([^"]+)"[^>]*>([\d,]+)</a>')


@pytest.fixture
def staff(db: None) -> Staff:
    staff, draw = company.make_staff(), Random(3)  # noqa: S311 (the same each time)
    by_draw = [by_chance(draw) for _ in range(30)]
    company.play([*company.CERTAIN, *by_draw], staff, now=timezone.now())
    for number, job in enumerate(Job.objects.exclude(scheduled_date=None)):
        start, end = f"{8 + number % 3:02}:00", f"{8 + number % 3:02}:30"
        Job.objects.filter(pk=job.pk).update(start_time=start, end_time=end)
    return staff


def since(days: int) -> str:
    """A period of so many days, until today."""
    today = audit.today()
    return f"?from={today - timedelta(days=days)}&to={today}"


def rows_of(browser: Client, url: str) -> int:
    """How many rows the page at an address says it has."""
    context = browser.get(url).context
    if "cl" in context:
        number: int = context["cl"].result_count
        assert number == len(context["cl"].result_list)
        return number
    assert context["number"] == context["page"].paginator.count
    return int(context["number"])


def test_every_number_of_the_page_opens_as_many_rows(
    staff: Staff, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(admin)
    for query in (since(200), f"{since(90)}&technician={staff.technicians[0].pk}"):
        page = browser.get(URL + query).content.decode()
        found = {unescape(url): int(text.replace(",", "")) for url, text in LINK.findall(page)}
        assert len(found) > 60
        wrong = {
            url: (number, rows)
            for url, number in found.items()
            if number != (rows := rows_of(browser, url))
        }
        assert wrong == {}


def test_every_mark_of_a_chart_leads_where_its_cell_does(
    staff: Staff, admin: User, sign_in: Sign
) -> None:
    pictures = sign_in(admin).get(URL + since(90)).context["pictures"]
    drawn = {picture.chart.name for picture in pictures if not picture.chart.is_empty}
    assert drawn == {
        *("by_status", "by_priority", "on_time", "time_to_complete", "backlog_age"),
        *("technicians", "equipment", "customers", "hours"),
    }
    for picture in pictures:
        cells = {mark.url for row in picture.rows for mark in row.marks}
        marks = set(re.findall(r'<a href="([^"]+)"', str(picture.chart.svg)))
        assert {unescape(url) for url in marks} <= cells
        assert marks


def test_the_address_keeps_the_period_and_the_filters(
    admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    job = make_job(owner=sales, assigned_to=tech, priority="high")
    query = {
        "from": "2030-03-01",
        "to": "2030-03-31",
        "technician": tech.pk,
        "owner": sales.pk,
        "customer": job.customer_id,
        "priority": "high",
    }
    context = sign_in(admin).get(URL, query).context
    question: Question = context["question"]
    assert str(question.period) == "Fri 1 Mar 2030 to Sun 31 Mar 2030"
    assert question.filters == Filters(tech.pk, sales.pk, job.customer_id, "high")
    # Another period keeps the filters, and taking these off keeps the period.
    kept = f"technician={tech.pk}&owner={sales.pk}&customer={job.customer_id}&priority=high"
    assert [each["url"] for each in context["presets"]] == [
        f"?period={name}&{kept}" for name in ("week", "30_days", "last_month", "quarter", "year")
    ]
    assert not any(each["is_chosen"] for each in context["presets"])
    assert context["clear"] == "?from=2030-03-01&to=2030-03-31"


@pytest.mark.parametrize("name", ["week", "30_days", "last_month", "quarter", "year"])
def test_a_period_by_its_name_is_that_of_today(name: str, admin: User, sign_in: Sign) -> None:
    context = sign_in(admin).get(URL, {"period": name, "priority": "low"}).context
    period, today = context["question"].period, audit.today()
    former = today.replace(day=1) - timedelta(days=1)
    days = {
        "week": (today - timedelta(days=today.weekday()), today),
        "30_days": (today - timedelta(days=29), today),
        "last_month": (former.replace(day=1), former),
        "quarter": (today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1), today),
        "year": (today.replace(month=1, day=1), today),
    }
    assert period.days == days[name]
    assert context["clear"] == f"?period={name}"
    assert [each["is_chosen"] for each in context["presets"]] == [each == name for each in days]


@pytest.mark.parametrize(
    ("query", "length"),
    [
        ({}, 30),
        ({"period": "century"}, 30),
        ({"to": "2030-03-31"}, 30),
        ({"from": "2130-03-31"}, 1),
    ],
)
def test_what_is_not_said_is_the_last_30_days(
    query: dict[str, str], length: int, admin: User, sign_in: Sign
) -> None:
    assert sign_in(admin).get(URL, query).context["question"].period.length == length


@pytest.mark.parametrize(
    ("query", "field", "expected"),
    [
        ({"from": "2030-03-31", "to": "2030-03-01"}, "end", "This day is before the first day."),
        ({"from": "soon"}, "start", "Write the date like"),
        ({"to": "1899-12-31"}, "end", "Choose a day from 1900 to 2199."),
        ({"technician": "nobody"}, "technician", "Select a valid choice"),
        ({"priority": "soon"}, "priority", "Select a valid choice"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(
    query: dict[str, str], field: str, expected: str, admin: User, sign_in: Sign
) -> None:
    answer = sign_in(admin).get(URL, query)
    assert expected in str(answer.context["form"].errors[field])
    assert "cards" not in answer.context
    assert "How it is counted" not in answer.content.decode()


def test_nothing_to_show_says_so(admin: User, sign_in: Sign) -> None:
    page = sign_in(admin).get(URL).content.decode()
    for sentence in (
        "No job was entered in this period.",
        "No job that had a scheduled date was completed in this period.",
        "No job was completed in this period.",
        "No job is open.",
        "No technician completed a job in this period.",
        "No equipment was needed in this period.",
        "No job of this period has a start time.",
    ):
        assert sentence in page
    assert '<svg class="jobops-chart"' not in page


def test_too_few_say_so(admin: User, sales: User, tech: User, sign_in: Sign) -> None:
    for _each in range(4):
        job = make_job(owner=sales, assigned_to=tech, scheduled_date=audit.today())
        acting.complete(job, by=tech)
    browser = sign_in(admin)
    cards = {card.name: card for card in browser.get(URL).context["cards"]}
    assert [cards[name].number for name in ("on_time", "reopen_rate", "time_to_complete")] == [
        "too few to say"
    ] * 3
    job = make_job(owner=sales, assigned_to=tech, scheduled_date=audit.today())
    acting.complete(job, by=tech)
    cache.clear()
    cards = {card.name: card for card in browser.get(URL).context["cards"]}
    assert [cards[name].number for name in ("on_time", "reopen_rate")] == ["100%", "0%"]
    assert cards["time_to_complete"].number == "0 min"


def test_what_is_not_ripe_says_so(admin: User, sign_in: Sign) -> None:
    browser, today = sign_in(admin), audit.today()
    ripe = today - timedelta(days=30)

    def card(start: date) -> Any:
        cache.clear()
        cards = browser.get(URL, {"from": start, "to": today}).context["cards"]
        return next(card for card in cards if card.name == "first_time_fix")

    assert card(ripe + timedelta(days=1)).number == "too recent"
    assert card(ripe).number == "–"
    assert f"completed until {weekday(ripe)}; later jobs are too recent to count" in card(ripe).of


def test_every_figure_says_how_it_is_counted(admin: User, sign_in: Sign) -> None:
    context = sign_in(admin).get(URL).context
    for each in (*context["cards"], *context["pictures"]):
        assert str(each.formula).endswith(".")


def test_the_page_is_for_admins_and_in_their_sidebar_alone(
    admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    link = f'href="{URL}"'
    assert link in sign_in(admin).get("/admin/").content.decode()
    for user in (sales, tech):
        browser = sign_in(user)
        assert link not in browser.get("/admin/").content.decode()
        assert browser.get(URL).status_code == 403
        assert browser.get(f"{URL}tasks/").status_code == 403


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_costs_eight_queries_beside_those_of_any_page(
    number: int,
    admin: User,
    sales: User,
    sign_in: Sign,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _each in range(number):
        tech = make_user(Role.TECHNICIAN)
        job = make_job(owner=sales, assigned_to=tech, scheduled_date=audit.today())
        make_task(job=job, equipment=[make_equipment()])
    browser = sign_in(admin)
    browser.get(URL)
    # What is kept for a minute: what stands around the answer costs no more than on any page.
    with django_assert_num_queries(3):
        browser.get(URL)
    with django_assert_num_queries(11):
        browser.get(URL, {"period": "week"})


def test_the_answer_is_kept_for_a_minute_and_says_of_when_it_is(
    admin: User, sales: User, sign_in: Sign
) -> None:
    browser, other = sign_in(admin), sign_in(admin)
    job, at = make_job(owner=sales), timezone.now()

    def entered(browser: Client, query: str = "") -> int:
        page = browser.get(URL + query).content.decode()
        minutes = {
            date_format(timezone.localtime(t), "DATETIME_FORMAT") for t in (at, timezone.now())
        }
        assert any(f"Counted {minute}." in page for minute in minutes)
        return int(re.findall(r'figure=created&[^"]+">(\d+)</a></strong>', page)[0])

    assert entered(browser) == 1
    make_job(owner=sales)
    assert (entered(browser), entered(browser, "?period=week"), entered(browser)) == (1, 2, 1)
    # Whoever changes something finds it counted; so does, from then on, whoever asks after them.
    sent = {"job": [f"{job.pk}:{job.version}"], "reason": "Not wanted."}
    browser.post("/admin/operations/job/bulk/cancel/", sent)
    assert (entered(browser), entered(other)) == (2, 2)


@pytest.mark.parametrize(
    ("took", "text"),
    [
        (None, "–"),
        (timedelta(seconds=20), "0 min"),
        (timedelta(minutes=90), "90 min"),
        (timedelta(hours=2), "2.0 hours"),
        (timedelta(hours=47.47), "47.5 hours"),
        (timedelta(days=2), "2.0 days"),
        (timedelta(days=1000), "1000.0 days"),
    ],
)
def test_a_time_is_said_in_the_unit_that_fits(took: timedelta | None, text: str) -> None:
    assert words.duration(took) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [(Rate(0, 0), "–"), (Rate(1, 4), "too few to say"), (Rate(4, 6), "67%"), (Rate(0, 5), "0%")],
)
def test_a_share_is_said_in_percent(rate: Rate, text: str) -> None:
    assert words.share(rate) == text


def test_the_parts_of_a_period_are_seen_at_a_glance() -> None:
    def lengths(start: str, end: str) -> list[int]:
        period = Period(date.fromisoformat(start), date.fromisoformat(end))
        found = parts(period)
        assert sum(part.length for part in found) == period.length
        assert (found[0].start, found[-1].end) == period.days
        return [part.length for part in found]

    assert lengths("2030-03-01", "2030-03-31") == [1] * 31
    # Weeks, of which the first and the last are cut: 1 March is a Friday.
    assert lengths("2030-03-01", "2030-04-02") == [3, 7, 7, 7, 7, 2]
    assert lengths("2030-01-15", "2030-08-02")[:3] == [17, 28, 31]
    assert lengths("2020-12-31", "2024-01-05") == [1, 365, 365, 365, 5]


def test_other_rows_are_listed_a_page_at_a_time(
    admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    drill = make_equipment(name="Drill", serial_number="D-1")
    job = make_job(owner=sales, assigned_to=tech, scheduled_date=audit.today())
    for _each in range(51):
        task = make_task(job=job, equipment=[drill])
        acts.progress(task, by=tech, status="completed")
    acting.complete(Job.objects.get(pk=job.pk), by=tech)
    acting.reopen(Job.objects.get(pk=job.pk), by=sales, reason="It leaks.")
    browser, today = sign_in(admin), audit.today()
    days = f"from={today}&to={today}"

    def read(name: str, query: str = "") -> Any:
        return browser.get(f"{URL}{name}/?{days}{query}")

    first = read("tasks")
    assert (len(first.context["rows"]), first.context["number"]) == (50, 51)
    assert first.context["older"] == f"?{days}&p=2"
    assert (first.context["newer"], "51 rows" in first.content.decode()) == ("", True)
    second = read("tasks", "&p=2")
    assert (len(second.context["rows"]), second.context["older"]) == (1, "")
    assert second.context["newer"] == f"?{days}&p=1"
    assert f'href="/admin/operations/job/{job.pk}/change/"' in second.content.decode()
    # None of them was started.
    timed = read("tasks_timed")
    assert (timed.context["number"], "Nothing is counted here." in timed.content.decode()) == (
        0,
        True,
    )
    reopened = read("reopened").content.decode()
    reopened_back = f'<a href="{URL}?from={today}&amp;to={today}">← Analytics</a>'
    assert "It leaks." in reopened
    assert "Sara Sales" in reopened
    assert reopened_back in reopened
    needing = read("needing", f"&equipment={drill.pk}")
    assert "Tasks that need Drill" in needing.content.decode()
    assert needing.context["number"] == 51
    in_use = read("days", f"&equipment={drill.pk}")
    assert in_use.context["number"] == 1
    assert in_use.context["rows"][0][1] == 51


def test_the_first_of_a_ranking_are_in_the_page_and_all_of_them_on_one_of_their_own(
    admin: User, sales: User, sign_in: Sign
) -> None:
    for number in range(26):
        tech = make_user(Role.TECHNICIAN)
        job = make_job(owner=sales, assigned_to=tech, scheduled_date=audit.today())
        make_task(job=job, equipment=[make_equipment()])
        if number < 2:
            task = job.tasks.get()
            acts.progress(task, by=tech, status="completed")
            acting.complete(Job.objects.get(pk=job.pk), by=tech)
    browser, today = sign_in(admin), audit.today()
    answer = browser.get(URL, {"from": today, "to": today})
    page = answer.content.decode()
    pictures = {each.chart.name: each for each in answer.context["pictures"]}
    for name, given in (("technicians", "technicians"), ("equipment", "items of equipment")):
        url = f"{URL}{name}/?from={today}&to={today}"
        every = len(browser.get(url).context["rows"])
        assert (len(pictures[name].rows), every) == (25, 26)
        assert f'<a href="{escape(url)}">All 26 {given}</a>' in page
        rows = browser.get(url).context["rows"]
        shown = [(row.name, *(mark.text for mark in row.marks)) for row in pictures[name].rows]
        assert [(row[0], *(cell.text for cell in row[1:])) for row in rows[:25]] == shown
    assert [mark.text for mark in pictures["technicians"].rows[1].marks][:3] == ["1", "1", "0"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("nothing/", 404),
        ("days/", 404),
        ("days/?equipment=x", 404),
        ("needing/?equipment=999999", 404),
        ("tasks/?from=soon", 400),
        ("tasks/?p=x", 200),
    ],
)
def test_an_address_of_no_rows_is_refused(
    address: str, status: int, admin: User, sign_in: Sign
) -> None:
    assert sign_in(admin).get(URL + address).status_code == status
