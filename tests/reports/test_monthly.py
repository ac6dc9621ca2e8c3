"""The figures of a month by mail: once, to whoever asked for them, by what they may read then."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.test import Client
from pytest_django.fixtures import Settings

from core.ledger import Message, Notice, State
from core.notice_preferences import NoticePreferences
from core.outbox.delivering import LEASE, sweep
from core.record import audit
from core.roles import Role
from operations.models import Job
from people.models import User
from reports import tasks
from reports.monthly import month_before, month_of
from reports.period import Period
from reports.tasks import send_monthly_reports
from tests import acting
from tests.conftest import Sign
from tests.factories import make_customer, make_job, make_site, make_user

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 12, 1, 6, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def asks(user: User, choice: str = "now") -> User:
    user.email = f"{user.username}@example.com"
    user.save()
    NoticePreferences.objects.choose(user.pk, {"monthly_report": choice})
    return user


@pytest.fixture
def reader(admin: User) -> User:
    """An Admin who asked for it."""
    return asks(admin)


def entered(owner: User, day: date, tech: User | None = None, **fields: Any) -> Job:
    with audit.act(at=datetime(day.year, day.month, day.day, 9, tzinfo=UTC)):
        job = make_job(owner=owner, assigned_to=tech, **fields)
    Notice.objects.all().delete()
    return job


def completed(owner: User, day: date, tech: User, **fields: Any) -> None:
    job = entered(owner, day, tech, **fields)
    with audit.act(at=datetime(day.year, day.month, day.day, 15, tzinfo=UTC)):
        acting.complete(job, by=tech)
    Notice.objects.all().delete()


@pytest.fixture
def work(sales: User, other_sales: User, tech: User) -> None:
    """In November six completed, one of them late; one of October; one open, of somebody else."""
    site = make_site(customer=make_customer(name="Baker"))
    for day in range(2, 7):
        completed(sales, date(2026, 11, day), tech, scheduled_date=date(2026, 11, day), site=site)
    completed(other_sales, date(2026, 11, 9), tech, scheduled_date=date(2026, 11, 8))
    completed(sales, date(2026, 10, 5), tech, scheduled_date=date(2026, 10, 5))
    entered(other_sales, date(2026, 11, 30), scheduled_date=date(2027, 1, 4))


def sent() -> list[str]:
    """To whom mail went, about what, since this was last asked."""
    found = [f"{each.to[0].partition('@')[0]}: {each.subject}" for each in mail.outbox]
    mail.outbox.clear()
    return sorted(found)


def cells(html: str) -> dict[str, list[str]]:
    """The lines of its tables, by their first cell."""
    found: dict[str, list[str]] = {}
    tables = "".join(re.findall('<table class="figures".*?</table>', html, re.DOTALL))
    for row in re.findall("<tr>(.*?)</tr>", tables, re.DOTALL):
        texts = [
            " ".join(re.sub("<[^>]+>", " ", cell).split())
            for cell in re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        found.setdefault(texts[0], texts[1:])
    return found


def html() -> str:
    (letter,) = mail.outbox
    body: str = letter.alternatives[0][0]  # type: ignore[attr-defined]
    return body


def test_an_admin_gets_the_figures_of_the_company_with_the_month_before(
    work: None, reader: User
) -> None:
    assert send_monthly_reports(at=MORNING) == {"told": 1, "sent": 1}
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["adam@example.com"], "November 2026 in figures")
    found = cells(html())
    assert (
        found
        == {
            "": ["November 2026", "October 2026"],
            "Jobs entered": ["7", "1"],
            "Jobs completed": ["6", "1"],
            "Jobs cancelled": ["0", "0"],
            "Reopened": ["0", "0"],
            "Completed on time": ["83% 5 of 6", "too few to say 1 of 1"],
            "Reopen rate": ["0% 0 of 6", "too few to say 0 of 1"],
            "First-time fix": ["too recent", "too few to say 1 of 1"],
            "Time to complete": ["6.0 hours median of 6", "too few to say median of 1"],
            "Time for a task": ["–", "–"],
            "Tina Tech": ["6", "83% 5 of 6"],
        }
        or found["JobOps"]
    )
    text = str(letter.body)
    for line in (
        "November 2026 in figures",
        "Jobs entered: 7; October 2026: 1",
        "Completed on time: 83% (5 of 6); October 2026: too few to say (1 of 1)",
        "- Tina Tech: 6; On time: 83% (5 of 6)",
        "All figures: http://testserver/admin/analytics/?from=2026-11-01&to=2026-11-30",
        "Open now: 1",
        "You get this because you asked for the monthly figures.",
        "Stop these mails: http://testserver/mail/stop/?of=",
    ):
        assert line in text


def test_a_sales_agent_gets_those_of_their_own_jobs(work: None, other_sales: User) -> None:
    asks(other_sales)
    assert send_monthly_reports(at=MORNING) == {"told": 1, "sent": 1}
    assert mail.outbox[0].subject == "Your jobs in November 2026"
    found = cells(html())
    assert {name: found[name] for name in ("Jobs entered", "Jobs completed")} == {
        "Jobs entered": ["2", "0"],
        "Jobs completed": ["1", "0"],
    }
    assert {"Reopened", "Reopen rate", "First-time fix", "Tina Tech"}.isdisjoint(found)
    assert "analytics" not in html() + str(mail.outbox[0].body)
    assert f"owner__id__exact={other_sales.pk}" in html()


@pytest.mark.parametrize("who", ["admin", "other_sales"])
def test_each_number_opens_a_page_that_its_reader_may_open_with_as_many_rows(
    who: str, work: None, request: pytest.FixtureRequest, sign_in: Sign
) -> None:
    reader = asks(request.getfixturevalue(who))
    send_monthly_reports(at=MORNING)
    browser, found = sign_in(reader), re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', html())
    links = [(url.replace("&amp;", "&"), text) for url, text in found if "/admin/" in url]
    assert len(links) > 8
    for url, text in links:
        page = browser.get(url.removeprefix("http://testserver"))
        assert page.status_code == 200, url
        if text.isdigit():
            assert number_of(page) == int(text), url


def number_of(page: Any) -> int:
    """How many rows a page lists."""
    context = page.context
    return int(context["cl"].result_count if "cl" in context else context["number"])


def test_nobody_gets_it_who_did_not_ask(
    work: None, admin: User, sales: User, other_sales: User, tech: User
) -> None:
    asks(sales, "off")
    asks(tech)
    asks(other_sales, "digest")
    admin.email = "adam@example.com"
    admin.save()
    assert send_monthly_reports(at=MORNING) == {"told": 1}
    assert sent() == []
    # Of that one, with the digest of the day.
    sweep(at=MORNING.replace(hour=17))
    assert sent() == [f"{other_sales.username}: Your jobs in November 2026"]


def test_it_is_sent_once_however_often_it_runs(work: None, reader: User) -> None:
    assert send_monthly_reports(at=MORNING) == {"told": 1, "sent": 1}
    for later in (timedelta(0), DAY, 30 * DAY):
        assert send_monthly_reports(at=MORNING + later) == {"told": 0}
    assert len(sent()) == 1
    assert send_monthly_reports(at=MORNING + 31 * DAY) == {"told": 1, "sent": 1}
    assert sent() == ["adam: December 2026 in figures"]


def test_after_days_without_a_cluster_it_comes_on_the_first_morning_of_one(
    work: None, reader: User
) -> None:
    assert send_monthly_reports(at=MORNING + 9 * DAY) == {"told": 1, "sent": 1}
    assert sent() == ["adam: November 2026 in figures"]


def test_who_asks_for_it_later_gets_the_last_one_the_next_morning(
    work: None, reader: User, sales: User
) -> None:
    send_monthly_reports(at=MORNING)
    asks(sales)
    mail.outbox.clear()
    assert send_monthly_reports(at=MORNING + 3 * DAY) == {"told": 1, "sent": 1}
    assert sent() == ["sara: Your jobs in November 2026"]


class Killed(BaseException):
    """Nothing that anything would catch."""


def _die(**values: Any) -> Any:
    raise Killed


def test_of_a_process_that_dies_before_it_sends_the_next_sweep_sends_it_and_once(
    work: None, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(tasks, "send_due", _die)
        with pytest.raises(Killed):
            send_monthly_reports(at=MORNING)
    assert sent() == []
    sweep(at=MORNING + timedelta(minutes=1))
    assert send_monthly_reports(at=MORNING + timedelta(minutes=2)) == {"told": 0}
    assert sent() == ["adam: November 2026 in figures"]


def test_one_that_was_in_flight_is_in_doubt_and_not_sent_again(work: None, reader: User) -> None:
    send_monthly_reports(at=MORNING)
    mail.outbox.clear()
    Message.objects.update(state=State.SENDING, claimed_at=MORNING)
    sweep(at=MORNING + 2 * LEASE)
    assert send_monthly_reports(at=MORNING + DAY) == {"told": 0}
    assert (Message.objects.get().state, sent()) == (State.IN_DOUBT, [])


def posted(reader: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is written down that somebody is to be told, and not sent yet."""
    with monkeypatch.context() as patched:
        patched.setattr(tasks, "send_due", lambda **_rest: {})
        assert send_monthly_reports(at=MORNING) == {"told": 1}


@pytest.mark.parametrize(
    ("roles", "subjects"),
    [
        ([Role.ADMIN], ["adam: November 2026 in figures"]),
        # No longer the company's, but their own, of which there are none.
        ([Role.SALES_AGENT], []),
        ([Role.TECHNICIAN], []),
        ([], []),
    ],
)
def test_what_somebody_may_read_is_asked_as_it_is_sent(
    roles: list[Role],
    subjects: list[str],
    work: None,
    reader: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_user(Role.ADMIN)
    posted(reader, monkeypatch)
    User.objects.get(pk=reader.pk).set_roles(roles)
    sweep(at=MORNING)
    assert sent() == subjects
    assert Message.objects.get().state == (State.SENT if subjects else State.DROPPED)


def test_who_has_left_gets_none(work: None, reader: User, monkeypatch: pytest.MonkeyPatch) -> None:
    make_user(Role.ADMIN)
    posted(reader, monkeypatch)
    User.objects.filter(pk=reader.pk).update(is_active=False)
    sweep(at=MORNING)
    assert (sent(), Message.objects.get().state) == ([], State.DROPPED)
    assert send_monthly_reports(at=MORNING + 31 * DAY) == {"told": 0}


def test_who_stops_it_meanwhile_gets_none(
    work: None, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted(reader, monkeypatch)
    NoticePreferences.objects.stop(reader.pk, ["monthly_report"])
    sweep(at=MORNING)
    assert (sent(), Message.objects.exists()) == ([], False)


def test_its_link_stops_it(work: None, reader: User) -> None:
    send_monthly_reports(at=MORNING)
    link = mail.outbox[0].extra_headers["List-Unsubscribe"].strip("<>")
    page = Client().post(link.removeprefix("http://testserver"))
    assert "The month’s figures, on the first morning of the next month" in page.text
    assert NoticePreferences.objects.get().choice("monthly_report", is_asked_for=True) == "off"


def test_who_sees_no_jobs_but_their_own_gets_no_figures_of_others(
    work: None, other_sales: User
) -> None:
    """A group of the company's own gives the right to read figures, and not that to see jobs."""
    readers = Group.objects.create(name="Readers")
    readers.permissions.add(Permission.objects.get(codename="view_analytics"))
    other_sales.groups.add(readers)
    asks(other_sales)
    send_monthly_reports(at=MORNING)
    assert cells(html())["Jobs completed"] == ["1", "0"]


# Which month


@pytest.mark.parametrize(
    ("zone", "at", "month"),
    [
        ("UTC", datetime(2026, 12, 1, tzinfo=UTC), "November 2026"),
        ("UTC", datetime(2026, 11, 30, 23, 59, tzinfo=UTC), "October 2026"),
        ("America/Los_Angeles", datetime(2026, 12, 1, 7, 59, tzinfo=UTC), "October 2026"),
        ("America/Los_Angeles", datetime(2026, 12, 1, 8, tzinfo=UTC), "November 2026"),
        ("Pacific/Auckland", datetime(2026, 11, 30, 11, tzinfo=UTC), "November 2026"),
        ("Pacific/Auckland", datetime(2026, 11, 30, 10, 59, tzinfo=UTC), "October 2026"),
    ],
)
def test_a_month_is_over_by_the_clocks_of_the_business(
    zone: str, at: datetime, month: str, *, work: None, reader: User, settings: Settings
) -> None:
    settings.TIME_ZONE = zone
    send_monthly_reports(at=at)
    assert sent() == [f"adam: {month} in figures"]


@pytest.mark.parametrize(
    ("zone", "ends", "month", "counted"),
    [
        # In months in which the clocks change.
        ("Europe/Vienna", date(2026, 3, 31), "March 2026", ["1", "0"]),
        ("Europe/Vienna", date(2026, 10, 31), "October 2026", ["1", "0"]),
        ("America/Los_Angeles", date(2026, 11, 30), "November 2026", ["1", "0"]),
    ],
)
def test_what_was_entered_at_half_past_eleven_is_of_the_month_that_ends(
    zone: str,
    ends: date,
    month: str,
    counted: list[str],
    *,
    reader: User,
    sales: User,
    settings: Settings,
) -> None:
    settings.TIME_ZONE = zone
    last = datetime(ends.year, ends.month, ends.day, 23, 30, tzinfo=ZoneInfo(zone))
    for at in (last, last + timedelta(hours=1)):
        with audit.act(at=at.astimezone(UTC)):
            make_job(owner=sales)
    Notice.objects.all().delete()
    send_monthly_reports(at=(last + timedelta(hours=7)).astimezone(UTC))
    assert mail.outbox[0].subject == f"{month} in figures"
    assert cells(html())["Jobs entered"] == counted


def test_months_follow_each_other_over_the_end_of_a_year() -> None:
    february = month_of(date(2028, 2, 29))
    assert february == Period(date(2028, 2, 1), date(2028, 2, 29))
    assert month_before(february) == Period(date(2028, 1, 1), date(2028, 1, 31))
    assert month_before(month_before(february)).days == (date(2027, 12, 1), date(2027, 12, 31))


def test_a_month_without_work_says_so_where_something_is_open(reader: User, sales: User) -> None:
    entered(sales, date(2026, 9, 1))
    send_monthly_reports(at=MORNING)
    sentence = "No job was entered, completed or cancelled in November 2026."
    assert sentence in html()
    assert sentence in str(mail.outbox[0].body)


def test_of_nothing_at_all_no_mail_is_sent(reader: User) -> None:
    assert send_monthly_reports(at=MORNING) == {"told": 1, "dropped": 1}
    assert sent() == []


def test_months_that_waited_for_each_other_stand_in_one_mail(
    work: None, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted(reader, monkeypatch)
    assert send_monthly_reports(at=MORNING + 31 * DAY) == {"told": 1, "sent": 1}
    (letter,) = mail.outbox
    assert letter.subject == "December 2026 in figures"
    heads = re.findall("<h1[^>]*>([^<]+)</h1>", html())
    assert heads == ["November 2026 in figures", "December 2026 in figures"]
