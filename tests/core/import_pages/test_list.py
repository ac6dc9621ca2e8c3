"""The page *Import*: what was imported so far, and who may ask for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from core.imported import ImportState
from people.models import User
from tests.access.world import company_group
from tests.conftest import Sign
from tests.core.import_pages.world import PAGE, applied, make_import
from tests.factories import make_user
from tests.operations.pages import words

pytestmark = pytest.mark.django_db


def test_it_says_what_there_is_to_do_where_nothing_was_imported(browser: Client) -> None:
    page = browser.get(PAGE)
    assert "Nothing has been imported yet." in words(page)
    kinds = [str(kind["title"]) for kind in page.context["kinds"]]
    assert kinds == ["People", "Customers", "Sites", "Equipment", "Jobs", "Tasks"]


def test_each_import_stands_with_who_when_file_counts_and_state(
    admin: User, browser: Client
) -> None:
    at = datetime(2030, 3, 4, 12, 30, tzinfo=UTC)
    load = make_import(
        admin, state=ImportState.APPLIED, rows={"new": 2, "refused": 1}, file_name="hotels.csv"
    )
    load.applied_at = at
    load.save()
    page = words(browser.get(PAGE))
    assert "4 Mar 2030, 12:30 hotels.csv Customers Adam Admin imported 2 new 1 refused" in page


def test_what_came_by_the_command_line_says_so(browser: Client) -> None:
    make_import(None)
    assert "customers.csv Customers command line to be matched –" in words(browser.get(PAGE))


def test_undo_and_the_file_are_offered_while_they_are_there(admin: User, browser: Client) -> None:
    new, old, open_, bare = (
        applied(admin),
        applied(admin, days_ago=31, data=None),
        make_import(admin),
        applied(admin, data=None),
    )
    text = browser.get(PAGE).text
    undone = [load for load in (new, old, open_, bare) if f"/imports/{load.pk}/undo/" in text]
    kept = [load for load in (new, old, open_, bare) if f"/imports/{load.pk}/file/" in text]
    assert (undone, kept) == ([new, bare], [new, open_])


def test_the_list_goes_on_page_by_page(admin: User, browser: Client) -> None:
    loads = [make_import(admin) for _each in range(27)]
    first = browser.get(PAGE)
    second = browser.get(PAGE + first.context["older"])
    found = [[line["load"] for line in page.context["lines"]] for page in (first, second)]
    assert found == [loads[:1:-1], loads[1::-1]]
    assert [page.context["older"] for page in (first, second)] == [f"?before={loads[2].pk}", ""]
    assert "There are no earlier imports." in words(browser.get(f"{PAGE}?before={loads[0].pk}"))


@pytest.mark.parametrize("before", ["0", "x", "-1", str(2**63), "%00"])
def test_a_page_that_is_none_is_the_first(before: str, admin: User, browser: Client) -> None:
    load = make_import(admin)
    page = browser.get(f"{PAGE}?before={before}")
    assert [line["load"] for line in page.context["lines"]] == [load]


def test_the_list_costs_the_same_however_many(
    admin: User, browser: Client, django_assert_num_queries: Any
) -> None:
    for _each in range(3):
        applied(admin, rows={"new": 1})
        with django_assert_num_queries(4):
            browser.get(PAGE)


# Who


@pytest.mark.parametrize("who", ["sales", "tech"])
def test_nobody_else_is_answered_or_shown_a_way_there(
    who: str, request: Any, sign_in: Sign, admin: User
) -> None:
    load = applied(admin)
    browser = sign_in(request.getfixturevalue(who))
    pages = [f"{load.pk}/{name}" for name in ("", "match/", "undo/", "file/", "refused/")]
    pages += ["", "template/customers.csv", f"{load.pk}/progress/"]
    assert {browser.get(PAGE + page).status_code for page in pages} == {403}
    posts = [
        f"{load.pk}/{name}/" for name in ("apply", "stop", "discard", "undo", "again", "match")
    ]
    assert {browser.post(PAGE + page).status_code for page in posts} == {403}
    assert [PAGE in browser.get(url).text for url in ("/admin/", "/admin/operations/job/")] == [
        False,
        False,
    ]


def test_who_may_import_customers_alone_sees_no_other_import(sign_in: Sign, admin: User) -> None:
    person = make_user()
    person.groups.add(company_group({("operations.customer", "import")}))
    theirs, others = make_import(admin), make_import(admin, kind="jobs")
    browser = sign_in(User.objects.get(pk=person.pk))
    page = browser.get(PAGE)
    assert [line["load"] for line in page.context["lines"]] == [theirs]
    assert [str(kind["title"]) for kind in page.context["kinds"]] == ["Customers"]
    assert browser.get(f"{PAGE}{others.pk}/").status_code == 404
    assert browser.get(f"{PAGE}template/jobs.csv").status_code == 404


@pytest.mark.parametrize("key", ["0", str(2**63), "1" + "0" * 30])
def test_an_import_that_is_none_is_not_found(key: str, browser: Client) -> None:
    assert browser.get(f"{PAGE}{key}/").status_code == 404


# The ways there


def test_each_list_of_what_can_be_imported_leads_there(browser: Client) -> None:
    lists = {
        "operations/customer": "customers",
        "operations/site": "sites",
        "operations/equipment": "equipment",
        "operations/job": "jobs",
        "people/user": "people",
    }
    found = {
        each: f'href="{PAGE}?kind={kind}"' in browser.get(f"/admin/{each}/", follow=True).text
        for each, kind in lists.items()
    }
    assert found == dict.fromkeys(lists, True)


def test_a_list_without_rows_offers_to_import_some(browser: Client) -> None:
    assert "New customer Import customers" in words(browser.get("/admin/operations/customer/"))
    assert "Import customers" not in words(browser.get("/admin/operations/customer/?q=hotel"))


def test_the_first_steps_offer_to_import_what_can_be(browser: Client) -> None:
    steps = browser.get("/admin/").context["steps"]
    assert {each.step.name: each.import_url for each in steps} == {
        "company": "",
        "customers": f"{PAGE}?kind=customers",
        "equipment": f"{PAGE}?kind=equipment",
        "people": f"{PAGE}?kind=people",
        "job": f"{PAGE}?kind=jobs",
    }
    assert f'{PAGE}?kind=equipment" aria-label="Import: Equipment"' in browser.get("/admin/").text
