"""The preview: what would become of every row, and the ways on."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from core.imported import Import, ImportRow, ImportState
from people.models import User
from tests.core.import_pages.world import PAGE, applied, previewed
from tests.factories import make_customer, make_job, make_user
from tests.operations.pages import fields, messages, words

pytestmark = pytest.mark.django_db
KINDS = {"new": 2, "changed": 1, "unchanged": 3, "refused": 1}


def page_of(browser: Client, load: Import, query: str = "") -> Any:
    return browser.get(f"{PAGE}{load.pk}/{query}")


def shown(page: Any) -> list[int]:
    return [line.row.row for line in page.context["rows"].lines]


def test_the_totals_stand_on_top_and_each_shows_its_rows(admin: User, browser: Client) -> None:
    load = previewed(admin, rows=KINDS)
    page = page_of(browser, load)
    assert "7 all rows 2 new 1 changed 3 unchanged 1 refused" in words(page)
    assert shown(page) == [2, 3, 4, 5, 6, 7, 8]
    found = {kind: shown(page_of(browser, load, f"?kind={kind}")) for kind in KINDS}
    assert found == {"new": [2, 3], "changed": [4], "unchanged": [5, 6, 7], "refused": [8]}


def test_each_cell_shows_what_was_and_what_would_be(admin: User, browser: Client) -> None:
    load = previewed(admin, rows={"changed": 1})
    load.rows.update(cells=[["Phone", "555", "556"], ["Notes", "", "Ring"], ["Name", "A", ""]])
    text = words(page_of(browser, load))
    assert "Phone 555 → 556 Notes empty → Ring Name A → empty" in text


def test_a_new_row_shows_what_it_would_have_alone(admin: User, browser: Client) -> None:
    load = previewed(admin, rows={"new": 1})
    load.rows.update(cells=[["Name", "", "Harbour Hotel"]])
    assert "new Name Harbour Hotel" in words(page_of(browser, load))


def test_a_refused_cell_shows_what_the_file_has_there(admin: User, browser: Client) -> None:
    load = previewed(admin, rows={"refused": 1})
    load.rows.update(
        errors=[["Day", "No such day.", "31.02."], ["Name", "Fill this in.", ""], ["", "Twice."]]
    )
    text = words(page_of(browser, load))
    assert "the row Twice. Day 31.02. No such day. Name empty Fill this in." in text


def test_a_person_is_shown_by_name_and_what_was_read_as_them_beside_it(
    admin: User, browser: Client, django_assert_num_queries: Any
) -> None:
    make_user(username="daniel", first_name="Daniel", last_name="Pichler")
    make_user(username="eva", first_name="Eva", last_name="Holm")
    make_user(username="eva2", first_name="Eva", last_name="Holm")
    way = {"columns": {"Technician": "assigned_to", "Owner": "owner", "Title": "title"}}
    load = previewed(admin, kind="jobs", way=way, rows={"refused": 1, "changed": 2})
    load.rows.filter(kind="refused").update(
        errors=[
            ["Technician", "Nobody.", "Lukas", "daniel"],
            ["Owner", "No owner.", "eva"],
            ["Priority", "No.", "Hi", "high"],
        ]
    )
    load.rows.filter(kind="changed").update(
        cells=[["Technician", "gone", "eva"], ["Owner", "", "daniel"], ["Title", "eva", "daniel"]]
    )
    with django_assert_num_queries(9):
        text = words(page_of(browser, load))
    assert "Technician Lukas (read as Daniel Pichler) Nobody." in text
    assert "Owner eva No owner. Priority Hi (read as high) No." in text
    assert (
        "Technician gone → Eva Holm (eva) Owner empty → Daniel Pichler Title eva → daniel" in text
    )


def test_all_reasons_stand_at_once_at_their_cells(admin: User, browser: Client) -> None:
    load = previewed(admin, rows={"refused": 1})
    load.rows.update(
        errors=[["Name", "Fill this in."], ["", "Row 2 is the same."], ["Name", "Too long."]],
        cells=[["Name", "A", "B"], ["Phone", "1", "2"]],
    )
    text = words(page_of(browser, load))
    assert "the row Row 2 is the same. Name A → B Fill this in. Too long. Phone 1 → 2" in text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2030-03-04", "Monday, 4 Mar 2030"),
        ("2030-02-30", "2030-02-30"),
        ("04.03.2030", "04.03.2030"),
    ],
)
def test_a_day_is_told_with_its_weekday_and_month(
    value: str, expected: str, admin: User, browser: Client
) -> None:
    load = previewed(admin, rows={"new": 1})
    load.rows.update(cells=[["Scheduled", "", value]])
    assert f"Scheduled {expected}" in words(page_of(browser, load))


def test_a_long_text_is_cut_and_there_whole(admin: User, browser: Client) -> None:
    load = previewed(admin, rows={"new": 1})
    load.rows.update(cells=[["Notes", "", "x" * 500]])
    text = page_of(browser, load).text
    assert f"<summary>{'x' * 160}…</summary>{'x' * 500}<" in text


def test_it_says_how_the_file_was_read(admin: User, browser: Client) -> None:
    load = previewed(
        admin, rows={"new": 1}, encoding="cp1252", delimiter=";", sheet="Sheet 2", kind="sites"
    )
    text = words(page_of(browser, load))
    assert "Import of Sites File customers.csv Sheet Sheet 2" in text
    assert "Encoding Windows-1252 (Western Europe) Separator Semicolon" in text


def test_a_row_leads_to_the_page_of_what_it_is(admin: User, browser: Client) -> None:
    hotel = make_customer(name="Harbour Hotel")
    load = previewed(admin, rows={"changed": 1, "new": 1})
    load.rows.filter(kind="changed").update(object_id=hotel.pk)
    found = [line.url for line in page_of(browser, load).context["rows"].lines]
    assert found == [f"/admin/operations/customer/{hotel.pk}/change/", ""]


def test_a_task_leads_to_the_page_of_its_job(admin: User, browser: Client) -> None:
    job = make_job(owner=admin, tasks=1)
    load = previewed(admin, rows={"changed": 1}, kind="tasks")
    load.rows.update(object_id=job.tasks.get().pk)
    [line] = page_of(browser, load).context["rows"].lines
    assert line.url == f"/admin/operations/job/{job.pk}/change/"


def test_rows_that_are_many_stand_on_several_pages(admin: User, browser: Client) -> None:
    load = previewed(admin, rows={"new": 120})
    first = page_of(browser, load, "?kind=new")
    second = page_of(browser, load, f"?kind=new&cursor={first.context['rows'].next}")
    third = page_of(browser, load, f"?kind=new&cursor={second.context['rows'].next}")
    assert [shown(page)[0] for page in (first, second, third)] == [2, 52, 102]
    assert third.context["rows"].next is None
    back = page_of(browser, load, f"?kind=new&cursor={third.context['rows'].previous}")
    assert shown(back) == shown(second)


@pytest.mark.parametrize("query", ["?kind=nothing", "?cursor=x", "?kind=%00", "?cursor="])
def test_rows_that_are_none_are_not_found(query: str, admin: User, browser: Client) -> None:
    assert page_of(browser, previewed(admin, rows={"new": 1}), query).status_code == 404


def test_a_kind_without_rows_says_so(admin: User, browser: Client) -> None:
    page = page_of(browser, previewed(admin, rows={"new": 1}), "?kind=refused")
    assert "There is no such row." in words(page)


def test_the_page_costs_the_same_however_many(
    admin: User, browser: Client, django_assert_num_queries: Any
) -> None:
    load = previewed(admin)
    for number in range(2, 5):
        row = make_customer()
        ImportRow.objects.create(load=load, row=number, kind="changed", object_id=row.pk)
        with django_assert_num_queries(8):
            page_of(browser, load)


# The ways on


@pytest.mark.parametrize(
    ("rows", "says", "way"),
    [
        ({"new": 1}, "1 row would be imported. Nothing is saved yet.", "Import all"),
        ({"new": 1, "changed": 1}, "2 rows would be imported.", "Import all"),
        ({"new": 2, "refused": 1}, "2 rows would be imported.", "Import all but the refused row"),
        (
            {"new": 2, "refused": 3},
            "2 rows would be imported.",
            "Import all but the 3 refused rows",
        ),
        ({"unchanged": 2}, "Nothing would change: every row is already", ""),
        ({"refused": 2}, "Nothing can be imported: see the refused rows for the reasons", ""),
        ({"unchanged": 1, "refused": 2}, "Nothing can be imported", ""),
        ({}, "The file has no rows", ""),
    ],
)
def test_it_says_what_would_become_of_it_and_offers_that(
    rows: dict[str, int], says: str, way: str, admin: User, browser: Client
) -> None:
    text = words(page_of(browser, previewed(admin, rows=rows)))
    assert says in text
    assert [each in text for each in ("Import all", "Import all but")] == [
        bool(way),
        way.startswith("Import all but"),
    ]
    assert way in text


@pytest.mark.parametrize("refused", [0, 1])
def test_what_is_confirmed_is_taken_in_as_it_was_shown(
    refused: int, admin: User, browser: Client, calls: list[Any]
) -> None:
    load = previewed(admin, rows={"new": 1, "refused": refused}, attempt=3)
    action = f"{PAGE}{load.pk}/apply/"
    answer = browser.post(action, fields(page_of(browser, load), action=action))
    assert answer["Location"] == f"{PAGE}{load.pk}/"
    values = {"load": load.pk, "args": (), "by": admin, "skip_refused": bool(refused)}
    assert calls == [("apply", values)]


def test_a_preview_that_was_made_anew_meanwhile_is_not_taken_in_unseen(
    admin: User, browser: Client, calls: list[Any]
) -> None:
    load = previewed(admin, rows={"new": 1}, attempt=3)
    page = browser.post(f"{PAGE}{load.pk}/apply/", {"attempt": "2"}, follow=True)
    assert messages(page) == [
        "The preview has been renewed. Here is the current one; nothing has been imported."
    ]
    assert calls == []


@pytest.mark.parametrize("name", ["apply", "stop", "undo", "again", "discard"])
def test_what_refuses_an_act_is_told_where_the_import_stands(
    name: str, admin: User, browser: Client, refusing: None
) -> None:
    load = previewed(admin, rows={"new": 1})
    page = browser.post(f"{PAGE}{load.pk}/{name}/", {"attempt": "0"}, follow=True)
    assert messages(page) == ["Somebody was quicker."]
    assert page.redirect_chain == [(f"{PAGE}{load.pk}/", 302)]


@pytest.mark.parametrize("name", ["apply", "stop", "again", "discard"])
def test_an_act_is_sent_and_not_opened(name: str, admin: User, browser: Client) -> None:
    assert browser.get(f"{PAGE}{previewed(admin).pk}/{name}/").status_code == 405


@pytest.mark.parametrize(("refused", "kind"), [(1, "customers"), (1, "jobs"), (0, "customers")])
def test_what_is_refused_can_be_looked_at_again(
    refused: int, kind: str, admin: User, browser: Client, calls: list[Any]
) -> None:
    load = previewed(admin, rows={"new": 1, "refused": refused}, kind=kind)
    page = page_of(browser, load)
    assert words(page).count("Renew the preview") == refused
    if refused:
        action = f"{PAGE}{load.pk}/again/"
        browser.post(action, fields(page, action=action))
        assert [call for call, _values in calls] == ["match", "preview"]


# Loaded before


def test_a_file_that_was_loaded_before_says_when_and_by_whom(
    admin: User, browser: Client, calls: list[Any]
) -> None:
    before = applied(admin, rows={"new": 1})
    applied(admin, digest="1" * 64)
    applied(admin, kind="sites")
    load = previewed(admin, rows={"refused": 1})
    page = page_of(browser, load)
    assert page.context["loaded"] == [before]
    assert "This same file was imported on" in words(page)
    action = f"{PAGE}{load.pk}/again/"
    assert fields(page, action=action) == {}
    browser.post(action, {"again": "yes"})
    assert [name for name, _rest in calls] == ["match", "preview"]
    assert calls[0][1]["args"][0].again is True


def test_who_no_longer_insists_says_so(admin: User, browser: Client, calls: list[Any]) -> None:
    load = previewed(admin, rows={"new": 1}, way={"again": True})
    browser.post(f"{PAGE}{load.pk}/again/", {})
    assert calls[0][1]["args"][0].again is False


def test_a_file_that_was_undone_was_not_loaded_before(admin: User, browser: Client) -> None:
    undone = applied(admin)
    undone.state = ImportState.UNDONE
    undone.save()
    assert page_of(browser, previewed(admin, rows={"new": 1})).context["loaded"] == []
