"""What became of an import, its undo, and the files that it gives back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from core.imported import Import, ImportFile, ImportKept, ImportRow, ImportState
from operations.models import Customer
from people.models import User
from tests.conftest import Sign
from tests.core.import_pages.test_match import begun, match_page
from tests.core.import_pages.world import PAGE, applied, make_import, previewed
from tests.factories import make_customer, make_user
from tests.operations.pages import fields, messages, words

pytestmark = pytest.mark.django_db


def undone(admin: User, **fields: Any) -> Import:
    return make_import(
        admin,
        state=ImportState.UNDONE,
        undone_at=datetime(2030, 3, 4, 12, 30, tzinfo=UTC),
        undone_by_name="Adam Admin",
        **fields,
    )


# Taken in


def test_it_says_what_was_taken_in_and_until_when_it_can_be_undone(
    admin: User, browser: Client
) -> None:
    load = applied(admin, rows={"new": 2, "changed": 1, "refused": 1}, message="It took long.")
    Import.objects.update(applied_at=datetime(2099, 3, 4, 12, 30, tzinfo=UTC))
    text = words(browser.get(f"{PAGE}{load.pk}/"))
    assert "3 rows were imported 2 new 1 changed 1 refused" in text
    assert "Imported on 4 Mar 2099, 12:30. It can be undone until 3 Apr 2099." in text
    assert "The people affected are told by mail, as with any other change. It took long." in text


def test_it_says_who_is_told_of_it_by_mail(admin: User, browser: Client) -> None:
    load = applied(admin, rows={"new": 2}, people_told=[])
    address = f"{PAGE}{load.pk}/"
    nobody = "No mail is sent: nobody else is affected."
    assert nobody in words(browser.get(address))
    people = [make_user(first_name=name, last_name="Tell") for name in "ABCDEF"]
    keys = [person.pk for person in people]
    Import.objects.update(people_told=keys[:1])
    one = "1 person is told by mail, unless they chose not to be: A Tell"
    assert one in words(browser.get(address))
    Import.objects.update(people_told=keys)
    calls = "6 people are told by mail, unless they chose not to be:"
    names = "A Tell, B Tell, C Tell, D Tell, E Tell, …"
    assert f"{calls} {names}" in words(browser.get(address))
    Import.objects.update(people_told=[2**31 - 1])
    assert one.replace("A Tell", "–") in words(browser.get(address))


def test_what_is_too_old_to_be_undone_says_so(admin: User, browser: Client) -> None:
    load = applied(admin, days_ago=31, data=None)
    page = browser.get(f"{PAGE}{load.pk}/")
    assert "The 30 days for undoing it have passed." in words(page)
    assert "The rows and the file were kept for 30 days and have been deleted." in words(page)
    assert f"{load.pk}/undo/" not in page.text
    page = browser.get(f"{PAGE}{load.pk}/undo/", follow=True)
    assert messages(page) == ["An import can be undone for 30 days, and this one is older."]


def test_it_leads_to_its_act_in_the_audit_log_who_may_read_it(
    admin: User, browser: Client, sign_in: Sign
) -> None:
    act = uuid4()
    load = applied(admin, change_set=act, rows={"new": 1})
    assert f'href="/admin/audit-log/?act={act}"' in browser.get(f"{PAGE}{load.pk}/").text
    from tests.access.world import company_group

    person = make_user()
    person.groups.add(company_group({("operations.customer", "import")}))
    theirs = sign_in(User.objects.get(pk=person.pk))
    assert "/admin/audit-log/" not in theirs.get(f"{PAGE}{load.pk}/").text


def test_the_page_costs_the_same_however_many(
    admin: User, browser: Client, django_assert_num_queries: Any
) -> None:
    for number in (1, 3):
        load = applied(admin, rows={"new": number}, people_told=[admin.pk])
        for row in load.rows.all():
            row.object_id = make_customer().pk
            row.save()
        with django_assert_num_queries(8):
            browser.get(f"{PAGE}{load.pk}/")


# Undo


def test_before_an_undo_it_says_what_will_happen(
    admin: User, browser: Client, calls: list[Any]
) -> None:
    load = applied(admin, rows={"new": 2, "changed": 1})
    page = browser.get(f"{PAGE}{load.pk}/undo/")
    text = words(page)
    # How many somebody has changed since is known once it is undone.
    assert "Undo this import? Up to 2 new rows will be removed: all that nobody has" in text
    assert "In 1 row, the changed cells will get their old values back, unless somebody" in text
    assert "Mail that has been sent cannot be recalled; it will be listed as well." in text
    answer = browser.post(f"{PAGE}{load.pk}/undo/", fields(page))
    assert answer["Location"] == f"{PAGE}{load.pk}/"
    assert calls == [("undo", {"load": load.pk, "args": (), "by": admin})]


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (ImportState.UNDONE, "This import has already been undone."),
        (ImportState.PREVIEWED, "Nothing was imported, so there is nothing to undo."),
    ],
)
def test_what_cannot_be_undone_says_why(
    state: ImportState, why: str, admin: User, browser: Client
) -> None:
    load = make_import(admin, state=state)
    page = browser.get(f"{PAGE}{load.pk}/undo/", follow=True)
    assert messages(page) == [why]


def test_after_an_undo_it_says_what_is_gone_put_back_and_kept(admin: User, browser: Client) -> None:
    load = undone(admin, removed=2, put_back=1, kept=3, message="One by one.")
    line = {"load": load, "what": "field", "model": "operations.customer", "object_id": 1}
    ImportKept.objects.create(
        **line,
        label="Harbour Hotel",
        field="Phone",
        why="It has been changed since.",
        who="Sara Sales",
        at=datetime(2030, 3, 3, 8, 0, tzinfo=UTC),
    )
    ImportKept.objects.create(**line, label="Theatre", why="A job names it.")
    text = words(browser.get(f"{PAGE}{load.pk}/"))
    assert "2 rows removed. 1 row put back as it was. 3 items were kept. One by one." in text
    assert "Undone on 4 Mar 2030, 12:30 by Adam Admin." in text
    assert "Harbour Hotel Phone It has been changed since. Sara Sales 3 Mar 2030, 08:00" in text
    assert "Theatre – A job names it. – –" in text


def test_what_stays_is_told_up_to_a_number(
    admin: User, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.backoffice.imports.page.KEPT", 1)
    load = undone(admin, kept=3)
    for _each in range(3):
        ImportKept.objects.create(
            load=load, what="row", model="a.b", object_id=1, label="Hotel", why="Used."
        )
    assert "2 more are in the audit log." in words(browser.get(f"{PAGE}{load.pk}/"))


def test_an_undo_of_all_of_it_says_so(admin: User, browser: Client) -> None:
    text = words(browser.get(f"{PAGE}{undone(admin, removed=1).pk}/"))
    assert "1 row removed. Nothing was kept." in text
    assert "put back" not in text


# Stopped and failed


@pytest.mark.parametrize(
    ("state", "says"),
    [
        # Whoever stopped it knows why.
        (ImportState.STOPPED, "This import was stopped. Nothing was written. Match again"),
        (
            ImportState.FAILED,
            "This import failed. Nothing was written. The worker died. Match again",
        ),
    ],
)
def test_what_came_to_nothing_says_why_and_how_to_go_on(
    state: ImportState, says: str, admin: User, browser: Client
) -> None:
    load = make_import(admin, state=state, message="The worker died.", rows={"new": 1})
    page = browser.get(f"{PAGE}{load.pk}/")
    assert says in words(page)
    assert "Row 2" in words(page)
    gone = make_import(admin, state=state, data=None)
    assert "Match again" not in words(browser.get(f"{PAGE}{gone.pk}/"))


@pytest.mark.parametrize("state", Import.OPEN)
def test_what_was_not_taken_in_can_be_discarded(
    state: ImportState, admin: User, browser: Client
) -> None:
    load = make_import(admin, state=state, rows={"new": 2})
    other = make_import(admin, rows={"new": 1})
    action = f"{PAGE}{load.pk}/discard/"
    page = browser.get(f"{PAGE}{load.pk}/", follow=True)
    assert f'action="{action}"' in page.text
    page = browser.post(action, fields(page, action=action), follow=True)
    assert messages(page) == ["The upload was discarded."]
    assert [each.pk for each in Import.objects.all()] == [other.pk]
    assert [each.load_id for each in ImportFile.objects.all()] == [other.pk]
    assert [each.load_id for each in ImportRow.objects.all()] == [other.pk]


@pytest.mark.parametrize("state", sorted(set(ImportState) - set(Import.OPEN)))
def test_what_was_taken_in_or_is_at_work_cannot_be_discarded(
    state: ImportState, admin: User, browser: Client
) -> None:
    load = make_import(admin, state=state, rows={"new": 1}, applied_at=timezone.now())
    action = f"{PAGE}{load.pk}/discard/"
    assert action not in browser.get(f"{PAGE}{load.pk}/").text
    assert messages(browser.post(action, follow=True)) == [
        "This is running or has been imported, so it cannot be discarded."
    ]
    assert (Import.objects.count(), ImportRow.objects.count()) == (1, 1)


# Files


def test_the_file_is_given_back_as_it_was_sent(admin: User, browser: Client) -> None:
    load = applied(admin, data=b"a;b\r\n\xff", file_name="Kunden Süd.csv")
    answer = browser.get(f"{PAGE}{load.pk}/file/")
    assert (answer.content, answer["Content-Type"]) == (b"a;b\r\n\xff", "application/octet-stream")
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Kunden%20S%C3%BCd.csv"


@pytest.mark.parametrize("name", ["file", "refused"])
def test_a_file_that_is_cleared_says_so(name: str, admin: User, browser: Client) -> None:
    load = applied(admin, data=None, rows={"refused": 1})
    page = browser.get(f"{PAGE}{load.pk}/{name}/", follow=True)
    assert messages(page) == ["The file was kept for 30 days and has been deleted."]


def test_there_is_no_file_of_refused_rows_where_none_was(admin: User, browser: Client) -> None:
    assert browser.get(f"{PAGE}{previewed(admin, rows={'new': 1}).pk}/refused/").status_code == 404


# All of it, by the pages


def test_a_file_is_uploaded_matched_looked_at_taken_in_and_undone(
    admin: User, browser: Client
) -> None:
    hotel = make_customer(name="Harbour Hotel", phone="1")
    rows = f"Name;Telefon\nharbour hotel;2\nTheatre;3\n{'x' * 300};4\n"
    load = begun(admin, rows)
    match_page(browser, load, blanks="leave")
    page = browser.get(f"{PAGE}{load.pk}/")
    numbers = {tab.name: tab.number for tab in page.context["tabs"]}
    assert numbers == {"": 3, "new": 1, "changed": 1, "unchanged": 0, "refused": 1}
    assert Customer.objects.count() == 1
    refused = browser.get(f"{PAGE}{load.pk}/refused/").content.decode("utf-8-sig")
    assert refused.splitlines()[0] == "Name;Telefon;reason"
    action = f"{PAGE}{load.pk}/apply/"
    sent = fields(page, action=action)
    for _each in range(2):
        page = browser.post(action, sent, follow=True)
    # The second time the page is as old as the click.
    assert messages(page) == [
        "The preview has been renewed. Here is the current one; nothing has been imported."
    ]
    found = dict(Customer.objects.values_list("name", "phone"))
    assert found == {"Harbour Hotel": "2", "Theatre": "3"}
    urls = [line.url for line in page.context["rows"].lines]
    theatre = Customer.objects.get(name="Theatre")
    assert urls == [
        f"/admin/operations/customer/{hotel.pk}/change/",
        f"/admin/operations/customer/{theatre.pk}/change/",
        "",
    ]
    page = browser.post(f"{PAGE}{load.pk}/undo/", follow=True)
    assert "1 row removed. 1 row put back as it was. Nothing was kept." in words(page)
    assert dict(Customer.objects.values_list("name", "phone")) == {"Harbour Hotel": "1"}
    assert timezone.now() > Import.objects.get().undone_at  # type: ignore[operator]
