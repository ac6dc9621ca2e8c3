"""Lists of the back office: every row stands on one page, in order, for everybody who sees it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import F
from django.test import Client

from core.access import visible_in_parts, visible_to
from core.backoffice.lists import Pages
from core.roles import Role
from operations import acts
from operations.models import Job
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_customer, make_job, make_user
from tests.operations.pages import fields

JOBS = "/admin/operations/job/"
DAYS = (date(2030, 1, 1), date(2030, 1, 2), None)
PRIORITIES = ("low", "urgent", "medium", "high")  # Not in the order of urgency.


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of two rows, counted up to five."""
    monkeypatch.setattr(admin.site._registry[Job], "list_per_page", 2)
    monkeypatch.setattr(Pages, "LIMIT", 5)


@pytest.fixture
def jobs(admin: User, sales: User, other_sales: User, tech: User) -> list[Job]:
    """Ten jobs in a mix of days, priorities and states; some of each person's, some shared."""
    made = [
        make_job(
            owner=sales if number % 2 else other_sales,
            title=f"Pump {number}",
            scheduled_date=DAYS[number % 3],
            priority=PRIORITIES[number % 4],
            assigned_to=tech if number % 3 else None,
        )
        for number in range(10)
    ]
    for job in made[::4]:
        acts.share(job, sales, "view", by=other_sales)
        acts.share(job, tech, "progress", by=other_sales)
        acting.hold(job, by=admin, reason="Rain.")
    return made


def numbers(client: Client, query: str) -> list[int]:
    """The jobs on each page of a list, one page after the other."""
    found: list[int] = []
    for page in range(1, 8):
        rows = client.get(f"{JOBS}?{query}&p={page}").context["cl"].result_list
        found += [row.pk for row in rows]
        if len(rows) < 2:
            return found
    raise AssertionError("The list has no end.")


def place_of(column: str, user: User) -> int:
    """The place of a column, as an address names it. Who may delete has one more, to choose by."""
    columns = admin.site._registry[Job].list_display
    return columns.index(column) + bool({Role.ADMIN, Role.SALES_AGENT} & set(user.roles))


DAY, LAST_DAY = F("scheduled_date").asc(nulls_last=True), F("scheduled_date").desc(nulls_last=True)
# By what the address says of columns: the order of the rows.
ORDERS: dict[str, tuple[Any, ...]] = {
    "": ("-pk",),
    "o={job_number}": ("pk",),
    "o=-{job_number}": ("-pk",),
    "o={when}": (DAY, "pk"),
    "o=-{when}": (LAST_DAY, "-pk"),
    "o={status_badge}": ("status", "pk"),
    "o=-{status_badge}": ("-status", "-pk"),
    "o={status_badge}.-{when}": ("status", LAST_DAY, "pk"),
    "q=pump&o=-{when}": (LAST_DAY, "-pk"),
}
COLUMNS = ("job_number", "when", "status_badge", "priority_badge")


@pytest.mark.parametrize("query", ORDERS)
@pytest.mark.parametrize("person", ["admin", "sales", "tech", "both"])
@pytest.mark.usefixtures("short_pages")
def test_each_row_stands_on_one_page_in_the_order_of_the_list(
    person: str, query: str, jobs: list[Job], sign_in: Sign, request: pytest.FixtureRequest
) -> None:
    if person == "both":
        user = make_user(Role.SALES_AGENT, Role.TECHNICIAN)
        Job.objects.filter(pk__in=[job.pk for job in jobs[:5]]).update(assigned_to=user)
        Job.objects.filter(pk__in=[job.pk for job in jobs[3:9]]).update(owner=user)
    else:
        user = request.getfixturevalue(person)
    seen = visible_to(user, Job.objects.all())
    wanted = list(seen.order_by(*ORDERS[query]).values_list("pk", flat=True))
    assert len(wanted) > 5
    places = {column: place_of(column, user) for column in COLUMNS}
    assert numbers(sign_in(user), query.format(**places)) == wanted


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("person", ["admin", "sales"])
@pytest.mark.usefixtures("jobs", "short_pages")
def test_jobs_are_ordered_by_urgency(
    person: str, sign: str, sign_in: Sign, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(person)
    found = numbers(sign_in(user), f"o={sign}{place_of('priority_badge', user)}")
    urgency = [Job.Priority.values.index(Job.objects.get(pk=pk).priority) for pk in found]
    assert len(set(urgency)) > 2
    assert urgency == sorted(urgency, reverse=bool(sign))


def test_the_jobs_of_a_period_stand_by_their_days(
    jobs: list[Job], sign_in: Sign, admin: User, short_pages: None
) -> None:
    found = numbers(sign_in(admin), "scheduled_date_from=2030-01-01&scheduled_date_to=2030-01-02")
    days = Job.objects.filter(scheduled_date__isnull=False).order_by(DAY, "pk")
    assert found == list(days.values_list("pk", flat=True))


@pytest.mark.parametrize("query", ["", "q=pump"])
@pytest.mark.parametrize("person", ["admin", "sales"])
@pytest.mark.usefixtures("short_pages")
def test_rows_are_counted_up_to_the_limit(
    person: str, query: str, sign_in: Sign, other_sales: User, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(person)
    expected = []
    for number in range(6):
        job = make_job(owner=user if number % 2 else other_sales, title="Pump")
        if person == "sales" and not number % 2:
            acts.share(job, user, "view", by=other_sales)
        changes = sign_in(user).get(f"{JOBS}?{query}").context["cl"]
        expected.append((changes.result_count, changes.paginator.template_name is None))
    endless = (9_999_999_999, False)
    assert expected == [(1, True), (2, True), (3, True), (4, True), (5, True), endless]


@pytest.mark.usefixtures("jobs")
def test_who_sees_nothing_has_an_empty_list(sign_in: Sign) -> None:
    nobody = make_user(Role.TECHNICIAN)
    for query in ("", "q=pump"):
        assert numbers(sign_in(nobody), query) == []


def test_parts_have_no_row_in_common_and_are_together_what_is_seen(
    jobs: list[Job], sales: User, tech: User, admin: User
) -> None:
    for user in (sales, tech, admin, make_user(), make_user(Role.TECHNICIAN)):
        rows, parts = visible_in_parts(user, Job.objects.all())
        together = [job.pk for part in parts for job in part]
        assert sorted(together) == sorted(
            visible_to(user, Job.objects.all()).values_list("pk", flat=True)
        )
        assert sorted(together) == sorted(rows.values_list("pk", flat=True))


def test_a_list_ordered_by_its_own_columns_keeps_to_them(admin: User, sign_in: Sign) -> None:
    for name in ("B", "A"):
        make_customer(name=name)
    rows = sign_in(admin).get("/admin/operations/customer/").context["cl"].queryset
    assert rows.query.order_by == ("name", "pk")
    assert [row.name for row in rows] == ["A", "B"]


# What an address asks


@pytest.mark.parametrize(
    "asked",
    [
        "job/?owner=1&owner=2",
        "job/?status=1&status=2",
        "job/?customer__id__exact=1&customer__id__exact=2",
        "job/?scheduled_date_from=2026-01-01&scheduled_date_from=2026-01-02",
        "site/?customer=1&customer=2",
        "equipment/?kind=tool&kind=vehicle",
        "customer/?q=a&q=b",
        "job/?priority=&priority=high",
    ],
)
def test_two_values_of_one_filter_are_refused_and_not_kept(
    asked: str, admin: User, sign_in: Sign
) -> None:
    client = sign_in(admin)
    assert client.get(f"/admin/operations/{asked}").status_code == 400
    assert client.get(f"/admin/operations/{asked.partition('?')[0]}").status_code == 200


def test_a_value_said_twice_is_one(
    jobs: list[Job], sales: User, admin: User, sign_in: Sign
) -> None:
    asked = f"owner__id__exact={sales.pk}"
    page = sign_in(admin).get(f"{JOBS}?{asked}&{asked}")
    assert len(page.context["cl"].result_list) == Job.objects.filter(owner=sales).count()


def test_a_column_that_a_filter_names_otherwise_is_asked_too(
    jobs: list[Job], sales: User, admin: User, sign_in: Sign
) -> None:
    page = sign_in(admin).get(f"{JOBS}?owner={sales.pk}")
    assert len(page.context["cl"].result_list) == Job.objects.filter(owner=sales).count()


def test_what_no_text_holds_is_not_kept_by_the_list_of_jobs(admin: User, sign_in: Sign) -> None:
    client = sign_in(admin)
    client.get(f"{JOBS}?q=pump")
    client.get(f"{JOBS}?q=%00")
    back = client.get(JOBS)
    assert (back.status_code, back["Location"]) == (302, f"{JOBS}?q=pump")


@pytest.mark.parametrize("page", ["change", "delete"])
def test_an_address_that_names_no_column_leads_to_the_row(
    page: str, root: User, sign_in: Sign
) -> None:
    rows = {"operations/customer": make_customer(), "auth/group": Group.objects.create(name="G")}
    for place, row in rows.items():
        answer = sign_in(root).get(f"/admin/{place}/{row.pk}/{page}/?_to_field=")
        assert answer.status_code == 200
        assert answer.context["original" if page == "change" else "object"] == row


def test_keys_of_groups_in_an_address_are_proposed_or_left_out(root: User, sign_in: Sign) -> None:
    own = Group.objects.create(name="Reception").pk
    of_role = Group.objects.get(name=Role.ADMIN.group_name).pk
    client = sign_in(root)

    def proposed(keys: str) -> Any:
        page = client.get(f"/admin/people/user/add/?groups={keys}")
        return fields(page, "user_form")["groups"]

    assert [proposed(f"{own}"), proposed(f"{own},a")] == [[str(own)]] * 2
    nothing = [f"{of_role}", "10000-01-01", "a,b", "9" * 30]
    assert [proposed(keys) for keys in nothing] == [[]] * 4
