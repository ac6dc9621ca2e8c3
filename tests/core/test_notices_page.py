"""The page on which everybody chooses what they are told, and when."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from core.notice_preferences import NoticePreferences
from core.roles import Role
from people.models import User
from tests.conftest import Sign
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PAGE = "/admin/profile/notices/"
OF_JOBS = ["assignment", "created", "schedule", "status", "share"]
ALL_ON = dict.fromkeys(["export", *OF_JOBS, "overdue", "monthly_report"], "now")


@pytest.mark.parametrize(
    ("roles", "kinds"),
    [
        ([Role.ADMIN], ["export", "import", "returned", *OF_JOBS, "overdue", "monthly_report"]),
        ([Role.SALES_AGENT], ["export", *OF_JOBS, "overdue", "monthly_report"]),
        ([Role.TECHNICIAN], [*OF_JOBS, "reminder"]),
        (
            [Role.TECHNICIAN, Role.ADMIN],
            ["export", "import", "returned", *OF_JOBS, "overdue", "reminder", "monthly_report"],
        ),
    ],
)
def test_each_role_chooses_among_what_it_can_get_all_on_at_first_but_what_is_to_be_asked_for(
    roles: list[Role], kinds: list[str], sign_in: Sign
) -> None:
    form = sign_in(make_user(*roles)).get(PAGE).context["form"]
    assert list(form.fields) == [*kinds, "quiet_from", "quiet_until"]
    off = {name for name in kinds if form[name].value() == "off"}
    assert off == {*kinds} & {"monthly_report"}
    assert {form[name].value() for name in kinds} - {"off"} == {"now"}


def test_what_is_chosen_is_kept_and_shown(sales: User, other_sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    chosen = {**ALL_ON, "status": "digest", "share": "off"}
    answer = browser.post(PAGE, {**chosen, "quiet_from": "22:00", "quiet_until": "06:00"})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    (row,) = NoticePreferences.objects.all()
    assert (row.person, row.choices) == (sales, chosen)
    assert (row.quiet_from, row.quiet_until) == (time(22), time(6))
    assert str(row) == "Sara Sales"
    page = browser.get(PAGE)
    assert page.context["form"]["status"].value() == "digest"
    assert "Your notifications were saved." in page.text
    browser.post(PAGE, {**ALL_ON, "quiet_from": "", "quiet_until": ""})
    row.refresh_from_db()
    assert (row.choices, row.quiet_from, row.quiet_until) == (ALL_ON, None, None)


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"quiet_from": "22:00"}, {"quiet_until": ["Give both times or neither."]}),
        ({"quiet_until": "06:00"}, {"quiet_from": ["Give both times or neither."]}),
        (
            {"quiet_from": "late", "quiet_until": "06:00"},
            {"quiet_from": ["Write the time like 14:30."]},
        ),
        (
            {"status": "never"},
            {"status": ["Select a valid choice. never is not one of the available choices."]},
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    typed: dict[str, Any], errors: dict[str, list[str]], sales: User, sign_in: Sign
) -> None:
    page = sign_in(sales).post(PAGE, {**ALL_ON, **typed})
    assert page.context["form"].errors == errors
    assert not NoticePreferences.objects.exists()


def test_the_page_says_where_mail_goes_or_that_it_cannot(sales: User, sign_in: Sign) -> None:
    assert "You have no e-mail address yet" in sign_in(sales).get(PAGE).text
    User.objects.filter(pk=sales.pk).update(email="sara@example.com")
    page = sign_in(sales).get(PAGE)
    assert "to sara@example.com, and is never about what you did yourself" in page.text
