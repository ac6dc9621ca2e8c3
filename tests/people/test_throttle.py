"""Sign-in is throttled on failures: 10 for an account from one address, 100 from one address."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.db.models import F
from django.http import HttpResponse
from django.test import Client

from core.roles import Role
from people.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "203.0.113.5", "203.0.113.6"
RIGHT = "pass-word-1"


def sign_in(username: str, password: str = RIGHT, *, address: str = HERE) -> HttpResponse:
    typed = {"username": username, "password": password}
    return Client(REMOTE_ADDR=address).post("/admin/login/", typed)


def fail(username: str, times: int, *, address: str = HERE) -> list[int]:
    """Fail to sign in so often; the status of each answer."""
    return [sign_in(username, "wrong", address=address).status_code for _ in range(times)]


def record_failures(times: int) -> None:
    """So many failures from here, never ten for one account, as the throttle records them."""
    for first in range(0, times, 9):
        AccessAttempt.objects.create(
            username=f"guess{first}",
            ip_address=HERE,
            user_agent="",
            failures_since_start=min(9, times - first),
        )


def let_pass(minutes: int) -> None:
    """Have every failure lie so much further back."""
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=minutes))


def test_nine_failures_leave_an_account_open(sales: User) -> None:
    assert fail("sara", 9) == [200] * 9
    assert sign_in("sara").status_code == 302


def test_another_spelling_is_the_same_account(sales: User) -> None:
    assert fail("sara", 3) + fail("SARA", 3) + fail(" sa\N{ZERO WIDTH SPACE}ra", 3) == [200] * 9
    assert fail("Sara", 1) == [429]
    let_pass(16)
    assert sign_in("Sara").status_code == 302


def test_ten_failures_throttle_an_account_and_say_for_how_long(sales: User) -> None:
    assert fail("sara", 9) == [200] * 9
    answer = sign_in("sara", "wrong")
    assert answer.status_code == 429
    assert answer["Retry-After"] == "900"
    assert "Please wait 15 minutes, then try again." in answer.content.decode()


def test_the_right_password_is_refused_while_throttled(sales: User) -> None:
    fail("sara", 10)
    answer = sign_in("sara")
    assert answer.status_code == 429
    assert "sessionid" not in answer.cookies


def test_another_account_from_the_same_address_may_sign_in(sales: User, tech: User) -> None:
    fail("sara", 10)
    assert sign_in("tina").status_code == 302


def test_the_same_account_from_another_address_may_sign_in(sales: User) -> None:
    fail("sara", 10)
    assert sign_in("sara", address=ELSEWHERE).status_code == 302


def test_another_browser_at_the_same_address_is_throttled_too(sales: User) -> None:
    fail("sara", 10)
    browser = Client(REMOTE_ADDR=HERE, HTTP_USER_AGENT="another")
    typed = {"username": "sara", "password": RIGHT}
    assert browser.post("/admin/login/", typed).status_code == 429


def test_the_word_of_a_client_on_its_address_is_not_taken(sales: User) -> None:
    fail("sara", 10)
    browser = Client(REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR=ELSEWHERE)
    typed = {"username": "sara", "password": RIGHT}
    assert browser.post("/admin/login/", typed).status_code == 429


def test_99_failures_over_many_accounts_leave_an_address_open(sales: User) -> None:
    assert [status for n in range(11) for status in fail(f"guess{n}", 9)] == [200] * 99
    assert sign_in("sara").status_code == 302


def test_100_failures_over_many_accounts_throttle_everybody_at_the_address(sales: User) -> None:
    record_failures(99)
    assert fail("another", 1) == [429]
    assert sign_in("sara").status_code == 429
    assert sign_in("sara", address=ELSEWHERE).status_code == 302


def test_a_success_forgives_the_account(sales: User) -> None:
    fail("sara", 9)
    sign_in("sara")
    assert fail("sara", 9) == [200] * 9


def test_a_success_does_not_forgive_the_address(sales: User) -> None:
    record_failures(99)
    assert sign_in("sara").status_code == 302
    assert fail("another", 1) == [429]


def test_a_success_forgives_no_other_account(sales: User, tech: User) -> None:
    fail("tina", 9)
    sign_in("sara")
    assert fail("tina", 1) == [429]


def test_the_wait_counts_from_the_last_failure_and_knocking_does_not_prolong_it(
    sales: User,
) -> None:
    fail("sara", 10)
    let_pass(minutes=13)
    for answer in (sign_in("sara"), sign_in("sara", "wrong")):
        assert answer.status_code == 429
        assert 118 <= int(answer["Retry-After"]) <= 120
        assert "Please wait 2 minutes, then try again." in answer.content.decode()


def test_an_address_waits_until_fewer_than_100_failures_are_left(sales: User) -> None:
    record_failures(82)
    let_pass(minutes=5)
    fail("sara", 9)
    fail("theo", 9)
    answer = sign_in("tina")
    assert answer.status_code == 429
    assert 570 <= int(answer["Retry-After"]) <= 600


def test_in_the_last_minute_the_page_says_a_minute(sales: User) -> None:
    fail("sara", 10)
    let_pass(minutes=14)
    assert "Please wait a minute, then try again." in sign_in("sara").content.decode()


def test_after_15_minutes_sign_in_works_again(sales: User) -> None:
    fail("sara", 10)
    record_failures(90)
    let_pass(minutes=15)
    assert sign_in("sara").status_code == 302


def test_the_page_looks_like_the_sign_in_page(sales: User) -> None:
    fail("sara", 10)
    page = sign_in("sara").content.decode()
    plain = Client().get("/admin/login/").content.decode()
    linked = re.compile(r'<(?:link|script)[^>]+(?:href|src)="([^"]+)"')
    assert linked.findall(page) == linked.findall(plain)
    assert '<style id="unfold-theme-colors">' in page
    assert "<title>" in page
    assert re.sub(r"\s+", " ", page.split("<title>")[1].split("</title>")[0]).strip() == (
        "Too many failed sign-ins | JobOps"
    )


@pytest.mark.parametrize("length", [151, 256, 5000])
def test_a_user_name_that_nobody_can_have_is_a_failure_like_any_other(length: int) -> None:
    assert fail("x" * length, 10) == [200] * 9 + [429]


def test_a_sign_in_without_a_user_name_is_no_failure() -> None:
    assert fail("", 11) == [200] * 11
    assert not AccessAttempt.objects.exists()


def test_no_password_is_kept(sales: User) -> None:
    sign_in("sara", "nearly-right")
    (row,) = AccessAttempt.objects.values()
    assert "nearly-right" not in str(row)


def test_a_person_who_is_not_active_counts_as_a_failure() -> None:
    make_user(Role.TECHNICIAN, username="left", is_active=False)
    assert [sign_in("left").status_code for _ in range(10)] == [200] * 9 + [429]
