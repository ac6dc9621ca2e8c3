"""Home shows how the work goes: to an Admin that of the company, to a sales agent that of their
own jobs; each number, bar and cell opens exactly the rows that it counts."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from random import Random
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from core.record import audit
from core.roles import Role
from operations import acts
from operations.models import Job
from people.models import User
from reports.pages import home
from tests import acting
from tests.conftest import Sign
from tests.factories import make_job, make_user
from tests.reports import company
from tests.reports.company import Life, Staff
from tests.reports.test_job_list import by_chance

pytestmark = pytest.mark.django_db
HOME = "/admin/"
LINK = re.compile(r'<a href="([^"]+)"[^>]*>([\d,]+)</a>')
MARK = re.compile(r'<a href="([^"]+)" tabindex="-1"><title>[^<]*?([\d,]+)</title>')


@pytest.fixture
def staff(db: None) -> Staff:
    """A company by chance, of which some jobs take place in the coming week."""
    staff, draw = company.make_staff(), Random(11)  # noqa: S311 (the same each time)
    lives = [by_chance(draw) for _ in range(60)]
    nobodys = Life(1, 0, (), (), technician=None, owner=0, site=None, priority="low")
    company.play([*company.CERTAIN, *lives, nobodys], staff, now=timezone.now())
    for number, job in enumerate(Job.objects.open().order_by("pk")):
        day = audit.today() + timedelta(days=number % 9)
        Job.objects.filter(pk=job.pk).update(scheduled_date=day, overdue=False, overdue_since=None)
    return staff


def part(browser: Client) -> str:
    """What the figures show there."""
    page = browser.get(HOME).text
    found = re.search(
        r'<section class="jobops-on-home" aria-labelledby="jobops-pictures">.*', page, re.DOTALL
    )
    return found[0].partition('aria-labelledby="jobops-failed"')[0] if found else ""


def numbers(html: str) -> dict[str, set[int]]:
    """The numbers that stand there, by the address that they lead to."""
    found: dict[str, set[int]] = {}
    for url, text in (*LINK.findall(html), *MARK.findall(html)):
        found.setdefault(unescape(url), set()).add(int(text.replace(",", "")))
    return found


def rows(browser: Client, url: str) -> set[int]:
    changes = browser.get(url).context["cl"]
    keys = {job.pk for job in changes.result_list}
    assert len(keys) == changes.result_count
    return keys


def test_each_number_bar_and_cell_of_an_admins_home_opens_as_many_rows(
    staff: Staff, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(admin)
    found = numbers(part(browser))
    assert len([url for url in found if "figure=planned" in url]) == 3
    assert len(found) == 4 + 2 * 30 + 3
    assert {url: {len(rows(browser, url))} for url in found} == found
    assert sum(map(sum, found.values())) > 80


def test_a_sales_agent_sees_their_own_and_nothing_of_others(
    staff: Staff, admin: User, sign_in: Sign
) -> None:
    agent, other = staff.owners
    shared = Job.objects.open().filter(owner=other).order_by("pk")[0]
    acts.share(shared, agent, "view", by=other)
    browser = sign_in(agent)
    html = part(browser)
    found = numbers(html)
    own = set(Job.objects.filter(owner=agent).values_list("pk", flat=True))
    assert '<h2 class="jobops-h2" id="jobops-pictures">My jobs, the last 30 days</h2>' in html
    for url, number in found.items():
        assert f"owner__id__exact={agent.pk}" in url
        keys = rows(browser, url)
        assert (keys <= own, {len(keys)}) == (True, number), url
    assert "analytics" not in html
    assert "/admin/analytics/" in part(sign_in(admin))


def test_a_technician_sees_home_as_before(staff: Staff, sign_in: Sign) -> None:
    page = sign_in(staff.technicians[0]).get(HOME)
    assert (page.context["parts"], page.context["stylesheets"]) == ([], [])
    assert "jobops-on-home" not in page.text


def test_where_no_job_is_yet_there_is_no_empty_picture(
    admin: User, sales: User, sign_in: Sign
) -> None:
    for user in (admin, sales):
        assert part(sign_in(user)) == ""
    make_job(owner=sales, scheduled_date=audit.today())
    cache.clear()
    assert "Jobs entered and completed" in part(sign_in(sales))
    # Somebody else's is nothing to an agent.
    assert part(sign_in(make_user(Role.SALES_AGENT))) == ""


def test_a_rate_of_few_says_so_with_what_it_is_counted_from(
    admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    def card() -> tuple[str, str]:
        cache.clear()
        text = re.sub("<[^>]+>| +", " ", part(sign_in(admin)))
        found = re.search(r"Completed on time\s+(\S.*\S)\s+(\d+ +of +\d+)", " ".join(text.split()))
        assert found is not None
        return found[1], found[2]

    def completed(days: int) -> None:
        job = make_job(
            owner=sales, assigned_to=tech, scheduled_date=audit.today() + timedelta(days)
        )
        acting.complete(job, by=tech)

    for _each in range(4):
        completed(0)
    assert card() == ("too few to say", "4 of 4")
    completed(-1)
    assert card() == ("80%", "4 of 5")


def test_who_has_nothing_ahead_is_shown_with_nothing_and_what_nobody_has_last(
    admin: User, sales: User, tech: User, other_tech: User, sign_in: Sign
) -> None:
    today = audit.today()
    make_job(owner=sales, assigned_to=other_tech, scheduled_date=today + timedelta(days=6))
    make_job(owner=sales, assigned_to=other_tech, scheduled_date=today + timedelta(days=7))
    make_job(owner=sales, scheduled_date=today)
    table = part(sign_in(admin)).rpartition("<tbody>")[2]
    lines = re.findall(r'<th scope="row"><bdi>([^<]+)</bdi></th><td><a[^>]+>(\d+)</a>', table)
    assert lines == [("Theo Third", "1"), ("Tina Tech", "0"), ("Nobody yet", "1")]
    own = part(sign_in(sales)).rpartition("<tbody>")[2]
    assert re.findall(r'<th scope="row"><bdi>([^<]+)</bdi></th>', own) == [
        "Theo Third",
        "Nobody yet",
    ]


def test_who_may_read_figures_but_not_every_job_is_shown_their_own(
    sales: User, sign_in: Sign
) -> None:
    """Of what a list does not show, no number is told that leads to it."""
    readers = Group.objects.create(name="Readers")
    readers.permissions.add(Permission.objects.get(codename="view_analytics"))
    sales.groups.add(readers)
    make_job(owner=sales)
    assert "My jobs, the last 30 days" in part(sign_in(sales))


# Of all jobs, it is asked what is kept.
@pytest.mark.parametrize(("who", "queries"), [("admin", 4), ("sales", 3)])
@pytest.mark.parametrize("number", [1, 3])
def test_the_pictures_cost_few_queries_when_they_are_made(
    *,
    number: int,
    who: str,
    queries: int,
    request: Any,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    sales = request.getfixturevalue("sales")
    for _each in range(number):
        make_job(owner=sales, assigned_to=make_user(Role.TECHNICIAN), scheduled_date=audit.today())
    asked = RequestFactory().get(HOME)
    asked.user = request.getfixturevalue(who)
    home.shown(asked)
    with django_assert_num_queries(queries):
        assert "Jobs entered and completed" in home.shown(asked)
