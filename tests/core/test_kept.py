"""What is read once a minute for each person: never older, and never what is not theirs to see."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.test import Client

from core import kept
from core.record import audit
from core.roles import Role
from operations import acts
from operations.models import Job
from people.models import User
from tests.conftest import Sign
from tests.factories import make_job, make_user
from tests.programs import program

HOME = "/admin/"
Wait = Callable[[float], None]


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Wait:
    """Lets seconds pass."""
    passed, now = [0.0], time.time

    def _wait(seconds: float) -> None:
        passed[0] += seconds

    monkeypatch.setattr(time, "time", lambda: now() + passed[0])
    return _wait


def titles(browser: Client, name: str = "Today") -> list[str]:
    """The jobs of a list of home, as the page shows them."""
    page = browser.get(HOME)
    [found] = [of for of in page.context["lists"] if str(of["worklist"].title) == name]
    shown = [job.title for job in found["jobs"]]
    assert [title in page.content.decode() for title in shown] == [True] * len(shown)
    return shown


def today(owner: User, title: str, **fields: Any) -> Job:
    return make_job(owner=owner, title=title, scheduled_date=audit.today(), **fields)


def cancel(browser: Client, job: Job) -> None:
    posted = {"reason": "Not wanted."}
    assert browser.post(f"/api/jobs/{job.pk}/cancel", posted, "application/json").status_code == 200


def test_what_others_change_shows_after_a_minute(sales: User, sign_in: Sign, wait: Wait) -> None:
    browser = sign_in(sales)
    today(sales, "First")
    assert titles(browser) == ["First"]
    today(sales, "Second")
    wait(59)
    assert titles(browser) == ["First"]
    wait(2)
    assert titles(browser) == ["First", "Second"]


def test_what_one_changes_oneself_shows_at_once(sales: User, sign_in: Sign) -> None:
    browser, job = sign_in(sales), today(sales, "First")
    assert titles(browser) == ["First"]
    cancel(browser, job)
    assert titles(browser) == []


def test_what_another_process_kept_is_not_shown_to_who_wrote_since(
    sales: User, sign_in: Sign
) -> None:
    browser, job = sign_in(sales), today(sales, "First")
    assert titles(browser) == ["First"]
    of_another_process = cache.get(kept.key(sales, "home"))
    cancel(browser, job)
    cache.set(kept.key(sales, "home"), of_another_process)
    assert titles(browser) == []


def test_a_job_that_is_assigned_to_somebody_else_is_gone_at_once(
    sales: User, tech: User, other_tech: User, sign_in: Sign, wait: Wait
) -> None:
    browser, other = sign_in(tech), sign_in(other_tech)
    job = today(sales, "Theirs", assigned_to=tech)
    today(sales, "Mine", assigned_to=tech)
    assert (titles(browser), titles(other)) == (["Theirs", "Mine"], [])
    acts.assign(job, other_tech, by=sales)
    assert (titles(browser), titles(other)) == (["Mine"], [])
    wait(61)
    assert (titles(browser), titles(other)) == (["Mine"], ["Theirs"])


def test_who_is_no_admin_any_more_sees_no_row_of_then(admin: User, sign_in: Sign) -> None:
    make_user(Role.ADMIN)
    browser, owner = sign_in(admin), make_user(Role.SALES_AGENT)
    today(owner, "Theirs")
    assert titles(browser) == ["Theirs"]
    admin.set_roles([Role.SALES_AGENT])
    assert titles(browser) == []


def test_who_joins_a_group_of_the_company_sees_at_once_what_it_shows_and_nothing_after_it(
    sales: User, other_sales: User, sign_in: Sign
) -> None:
    company = Group.objects.create(name="Dispatch")
    company.permissions.add(Permission.objects.get(codename="view_job"))
    browser = sign_in(sales)
    today(other_sales, "Theirs")
    assert titles(browser) == []
    sales.groups.add(company)
    assert titles(browser) == ["Theirs"]
    sales.groups.remove(company)
    assert titles(browser) == []


def test_nothing_is_kept_into_the_next_day(sales: User, sign_in: Sign) -> None:
    with audit.act(at=audit.now()):
        before = kept.key(sales, "home")
    with audit.act(at=audit.now() + timedelta(days=1)):
        assert kept.key(sales, "home") != before


def test_what_an_app_shows_there_is_made_once_a_minute_and_after_what_one_writes(
    admin: User, sales: User, tech: User, sign_in: Sign, wait: Wait
) -> None:
    browser, job = sign_in(admin), today(sales, "First", assigned_to=tech)

    def ahead() -> list[str]:
        """What stands of a technician in the picture of the coming week."""
        return re.findall("<title>Tina Tech, ([0-9]+)</title>", browser.get(HOME).text)

    assert ahead() == ["1"]
    second = today(sales, "Second", assigned_to=tech)
    assert ahead() == ["1"]
    wait(61)
    assert ahead() == ["2"]
    cancel(browser, job)
    assert (ahead(), second.status) == (["1"], "pending")


def test_a_browser_is_told_when_it_wrote_and_a_program_is_not(sales: User, sign_in: Sign) -> None:
    job = today(sales, "First")
    browser, caller = sign_in(sales), program(sales)
    assert browser.get(HOME).cookies.get("wrote") is None
    cancel(browser, job)
    cookie = browser.cookies["wrote"]
    found = [cookie[name] for name in ("max-age", "httponly", "samesite", "secure", "path")]
    assert found == [60, True, "Lax", "", "/"]
    assert abs(float(cookie.value) - time.time()) < 30
    assert caller.post(f"/jobs/{job.pk}/reopen", {"reason": "Wanted."}).cookies == {}


def test_with_https_the_cookie_is_bound_to_the_host(
    settings: Any, sales: User, sign_in: Sign
) -> None:
    settings.SESSION_COOKIE_SECURE = True
    browser, job = sign_in(sales), today(sales, "First")
    assert titles(browser) == ["First"]
    cancel(browser, job)
    cookie = browser.cookies["__Host-wrote"]
    assert [cookie[name] for name in ("secure", "path", "domain")] == [True, "/", ""]
    today(sales, "Second")
    assert titles(browser) == ["Second"]


def test_a_cookie_that_says_no_time_is_none(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    today(sales, "First")
    assert titles(browser) == ["First"]
    browser.cookies["wrote"] = "yesterday"
    today(sales, "Second")
    assert titles(browser) == ["First"]


@pytest.mark.parametrize(("who", "cost"), [("admin", 4), ("sales", 5), ("tech", 5)])
def test_home_asks_little_while_its_lists_are_kept(
    who: str, cost: int, *, request: Any, django_assert_num_queries: Any
) -> None:
    user, sales = request.getfixturevalue(who), request.getfixturevalue("sales")
    browser = request.getfixturevalue("sign_in")(user)
    today(sales, "First", assigned_to=request.getfixturevalue("tech"))
    browser.get(HOME)
    with django_assert_num_queries(cost):
        browser.get(HOME)
