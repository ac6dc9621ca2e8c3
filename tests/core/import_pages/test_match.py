"""Which column is which field, and what words, blanks and days mean."""

from __future__ import annotations

from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.imported import Import, ImportFile, ImportState
from core.imports import loading
from core.roles import Role
from people.models import User
from tests.core.import_pages.world import PAGE, applied, make_import, workbook
from tests.core.test_kept_forms import NOT_YET, sent_without_session, sign_in_again
from tests.factories import make_customer, make_user
from tests.operations.pages import fields, messages, words

pytestmark = pytest.mark.django_db
CUSTOMERS = "Name;Telefon;Farbe\nHarbour Hotel;01 555;red\nTheatre;02 555;\n"
JOBS = (
    "title,customer,priority,scheduled_date,assigned_to\n"
    "Boiler,Harbour Hotel,Hi,04.03.2030,Tina\n"
    "Heating,Harbour Hotel,low,31.02.2030,tina\n"
)


def begun(admin: User, text: str | bytes, kind: str = "customers", name: str = "a.csv") -> Import:
    data = text if isinstance(text, bytes) else text.encode()
    return loading.begin(BytesIO(data), name, kind=kind, by=admin)


def match_page(browser: Client, load: Import, **sent: Any) -> Any:
    """The page; with something sent, what it answers to its own form with this changed."""
    page = browser.get(f"{PAGE}{load.pk}/match/")
    if not sent:
        return page
    return browser.post(f"{PAGE}{load.pk}/match/", {**fields(page, "match"), **sent})


def asked(page: Any) -> dict[str, str]:
    """The columns, each with the field that it is."""
    return {each.header: str(each.asked.value()) for each in page.context["form"].columns()}


def errors(page: Any) -> dict[str, list[str]]:
    return {name: list(found) for name, found in page.context["form"].errors.items()}


def test_each_column_stands_with_its_first_values_and_a_guess(admin: User, browser: Client) -> None:
    page = match_page(browser, begun(admin, CUSTOMERS))
    assert asked(page) == {"Name": "name", "Telefon": "phone", "Farbe": ""}
    values = {each.header: each.values for each in page.context["form"].columns()}
    assert values["Name"] == ["Harbour Hotel", "Theatre"]
    assert "Farbe red Field" not in words(page)
    assert 'data-left-out><th scope="row">Farbe</th>' in "".join(page.text.split("\n")).replace(
        " " * 32, ""
    )


def test_a_column_without_values_says_so_and_long_ones_are_cut(
    admin: User, browser: Client
) -> None:
    page = match_page(browser, begun(admin, f"name,phone,notes\nHotel,,{'x' * 70}\n"))
    assert "all empty" in words(page)
    assert f"{'x' * 60}…" in words(page)


def test_fields_that_are_needed_are_marked(admin: User, browser: Client) -> None:
    assert "Name (required)" in words(match_page(browser, begun(admin, CUSTOMERS)))
    tasks = begun(admin, "job,title,status\nJ-1,A,done\n", "tasks")
    assert "Status (not imported)" in words(match_page(browser, tasks))


def test_what_was_found_of_the_file_is_shown(admin: User, browser: Client) -> None:
    page = match_page(browser, begun(admin, CUSTOMERS.encode("utf-16")))
    assert "detected: UTF-16" in words(page)
    assert "detected: Semicolon" in words(page)
    assert list(page.context["reading"].fields) == ["encoding", "delimiter"]


def test_another_delimiter_is_tried_at_once_and_nothing_is_kept(
    admin: User, browser: Client
) -> None:
    load = begun(admin, CUSTOMERS)
    page = match_page(browser, load, delimiter=",", reread="yes")
    assert asked(page) == {"Name;Telefon;Farbe": ""}
    load.refresh_from_db()
    assert load.delimiter == ";"


def test_what_cannot_be_read_so_says_why_and_can_be_changed_back(
    admin: User, browser: Client
) -> None:
    load = begun(admin, "name\nMüller\n".encode("cp1252"))
    for sent in ({"reread": "yes"}, {}):
        page = match_page(browser, load, encoding="utf-8", **sent)
        assert page.context["form"] is None
        assert "not in UTF-8" in words(page)
        assert fields(page, "match")["encoding"] == "utf-8"


def test_another_encoding_is_chosen_by_what_its_first_values_are(
    admin: User, browser: Client
) -> None:
    load = begun(admin, "name\nBjörn\n".encode("mac-roman"))
    for encoding, value in (("", "Bjšrn"), ("mac-roman", "Björn")):
        page = match_page(browser, load, encoding=encoding, reread="yes")
        assert [list(each.values) for each in page.context["form"].columns()] == [[value]]


def test_of_a_text_of_two_encodings_somebody_is_asked_which_it_is(
    admin: User, browser: Client
) -> None:
    data = "name\nBäckerei Süß\n".encode() + b"Wei\xdf GmbH\n"
    load = begun(admin, data)
    page = match_page(browser, load)
    assert page.context["form"] is None
    assert page.context["unusable"] == (
        "The file is not in UTF-8: byte 25 does not fit. Save it as CSV in UTF-8."
    )
    page = match_page(browser, load, encoding="cp1252", reread="yes")
    assert list(next(page.context["form"].columns()).values) == ["BÃ¤ckerei SÃ¼ÃŸ", "Weiß GmbH"]


def test_words_that_mean_nothing_are_asked_about_with_a_guess(
    admin: User, tech: User, browser: Client
) -> None:
    page = match_page(browser, begun(admin, JOBS, "jobs"))
    found = [
        (each.text, each.field.name, each.asked.value()) for each in page.context["form"].words()
    ]
    assert found == [("Hi", "priority", "high")]
    page = match_page(browser, begun(admin, JOBS.replace("Tina", "Tech"), "jobs"))
    found = [
        (each.text, each.field.name, each.asked.value()) for each in page.context["form"].words()
    ]
    assert found == [("Hi", "priority", "high"), ("Tech", "assigned_to", "tina")]
    assert "Tina Tech" in words(page)


def test_a_word_for_a_person_can_mean_those_alone_who_can_be_in_that_column(
    admin: User, sales: User, tech: User, browser: Client
) -> None:
    make_user(Role.TECHNICIAN, username="tina2", first_name="Tina", last_name="Tech")
    text = "title,customer,assigned_to,owner,created_by\nBoiler,Hotel,Ann,Ben,Cid\n"
    # However many words a column has, those are asked for once.
    text += "Pump,Hotel,Abe,Ben,Cid\n"
    page = match_page(browser, begun(admin, text, "jobs"))
    offered = {
        each.field.name: dict(each.asked.field.choices[1:]) for each in page.context["form"].words()
    }
    technicians = {"tina": "Tina Tech (tina)", "tina2": "Tina Tech (tina2)"}
    owners = {admin.username: admin.name, sales.username: sales.name}
    assert offered == {
        "assigned_to": technicians,
        "owner": owners,
        "created_by": technicians | owners,
    }


def test_a_word_that_got_a_meaning_can_get_another_one(
    admin: User, tech: User, browser: Client
) -> None:
    load = begun(admin, JOBS, "jobs")
    page = match_page(browser, load, **{"word-0-meaning": "urgent", "reread": "yes"})
    assert [each.asked.value() for each in page.context["form"].words()] == ["urgent"]
    match_page(browser, load, **{"word-0-meaning": "urgent"})
    load.refresh_from_db()
    assert load.way["words"] == {"priority": {"hi": "urgent"}}
    page = match_page(browser, load)
    assert [each.asked.value() for each in page.context["form"].words()] == ["urgent"]
    match_page(browser, load, **{"word-0-meaning": ""})
    load.refresh_from_db()
    assert load.way["words"] == {}


def test_words_without_end_are_another_column(
    admin: User, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.backoffice.imports.match_form.WORDS", 2)
    rows = "".join(f"Job {n},Hotel,word{n}\n" for n in range(5))
    page = match_page(browser, begun(admin, f"title,customer,priority\n{rows}", "jobs"))
    assert len(page.context["form"].unknown) == 2
    assert "3 more words are unknown: their rows will be refused." in words(page)


def test_the_first_days_are_shown_as_they_would_be_read(admin: User, browser: Client) -> None:
    load = begun(admin, JOBS, "jobs")
    page = match_page(browser, load)
    assert [(day.text, day.in_words) for day in page.context["form"].days()] == [
        ("04.03.2030", ""),
        ("31.02.2030", ""),
    ]
    page = match_page(browser, load, date_form="dmy", reread="yes")
    assert [(day.text, day.in_words) for day in page.context["form"].days()] == [
        ("04.03.2030", "Monday, 4 Mar 2030"),
        ("31.02.2030", ""),
    ]
    assert "31.02.2030 → not a date in this format" in words(page)
    page = match_page(browser, load, date_form="mdy", reread="yes")
    assert page.context["form"].days()[0].in_words == "Wednesday, 3 Apr 2030"


def test_a_file_without_days_does_not_ask_how_they_are_written(
    admin: User, browser: Client
) -> None:
    assert "Dates are written like" not in words(match_page(browser, begun(admin, CUSTOMERS)))


# What is sent


def test_what_is_said_leads_to_the_preview_and_is_remembered(admin: User, browser: Client) -> None:
    load = begun(admin, CUSTOMERS)
    answer = match_page(browser, load, **{"column-2": "notes", "blanks": "empty"})
    assert answer["Location"] == f"{PAGE}{load.pk}/"
    load.refresh_from_db()
    assert (load.state, load.new) == (ImportState.PREVIEWED, 2)
    assert load.way["columns"] == {"Name": "name", "Telefon": "phone", "Farbe": "notes"}
    assert load.way["blanks"] == "empty"
    assert asked(match_page(browser, begun(admin, CUSTOMERS)))["Farbe"] == "notes"


def test_two_columns_are_not_the_same_field(admin: User, browser: Client) -> None:
    load = begun(admin, CUSTOMERS)
    page = match_page(browser, load, **{"column-2": "name"})
    assert errors(page) == {
        "column-2": ["The column “Name” is already matched to Name. Leave one of the two out."]
    }
    assert asked(page)["Farbe"] == "name"


def test_a_field_that_every_row_needs_is_asked_for(admin: User, browser: Client) -> None:
    page = match_page(browser, begun(admin, CUSTOMERS), **{"column-0": ""})
    assert errors(page) == {"__all__": ["Choose the column for Name: every row needs one."]}
    assert "Choose the column for Name" in words(page)


def test_rows_that_are_known_by_their_key_need_nothing_else(admin: User, browser: Client) -> None:
    load = begun(admin, "number,priority\nJ-000001,low\n", "jobs")
    assert match_page(browser, load, blanks="leave")["Location"] == f"{PAGE}{load.pk}/"


def test_what_nobody_would_send_is_not_taken(admin: User, browser: Client) -> None:
    load = begun(admin, JOBS, "jobs")
    sent = {"column-0": "nothing", "blanks": "x", "date_form": "\0"}
    sent |= {"word-0-text": "a\0", "word-5-field": "b"}
    page = match_page(browser, load, **sent)
    assert asked(page)["title"] == ""
    page = match_page(browser, load, **{"word-0-meaning": "nothing"})
    assert list(errors(page)) == ["word-0-meaning"]


def test_columns_of_another_reading_are_not_those_that_were_asked_about(
    admin: User, browser: Client
) -> None:
    load = begun(admin, CUSTOMERS)
    page = match_page(browser, load, **{"headers": "x", "column-0": "notes", "reread": "yes"})
    assert asked(page)["Name"] == "name"


def test_what_refuses_is_told_where_the_import_stands(
    admin: User, browser: Client, refusing: None
) -> None:
    page = browser.post(
        f"{PAGE}{(load := begun(admin, CUSTOMERS)).pk}/match/",
        fields(match_page(browser, load), "match"),
        follow=True,
    )
    assert messages(page) == ["Somebody was quicker."]


def test_what_was_chosen_outlives_a_session(admin: User, browser: Client) -> None:
    load = begun(admin, CUSTOMERS)
    path = f"{PAGE}{load.pk}/match/"
    sent = {**fields(browser.get(path), "match"), "column-2": "notes"}
    page = sent_without_session(browser, path, sent)
    assert sign_in_again(browser, page, admin).headers["Location"] == path
    page = browser.get(path)
    assert NOT_YET in words(page)
    assert asked(page)["Farbe"] == "notes"


# A stale page


def test_what_is_taken_in_is_not_matched_anew(admin: User, browser: Client) -> None:
    load = applied(admin)
    for ask in (browser.get, browser.post):
        page = ask(f"{PAGE}{load.pk}/match/", follow=True)
        assert messages(page) == [
            "This import is running or finished, so its columns can no longer be matched."
        ]
        assert page.redirect_chain == [(f"{PAGE}{load.pk}/", 302)]


def test_a_file_that_is_cleared_is_to_be_uploaded_anew(admin: User, browser: Client) -> None:
    load = make_import(admin, data=None)
    page = browser.get(f"{PAGE}{load.pk}/match/", follow=True)
    assert messages(page) == [
        "The file was kept for 30 days and has been deleted. Upload it again."
    ]
    assert page.redirect_chain == [(PAGE, 302)]


def test_a_workbook_asks_for_its_sheet(admin: User, browser: Client) -> None:
    data = workbook({"First": [["name"], ["Hotel"]], "Second": [["name", "phone"], ["A", "1"]]})
    load = begun(admin, data, name="a.xlsx")
    page = match_page(browser, load)
    assert list(page.context["reading"].fields) == ["sheet"]
    assert "detected: First" in words(page)
    page = match_page(browser, load, sheet="Second", reread="yes")
    assert asked(page) == {"name": "name", "phone": "phone"}
    match_page(browser, load, sheet="Second")
    load.refresh_from_db()
    assert load.sheet == "First"
    browser.post(f"{PAGE}{load.pk}/match/", {**fields(page, "match")})
    load.refresh_from_db()
    assert (load.sheet, load.new) == ("Second", 1)


@pytest.mark.parametrize("cover", [[["Our customers"]], []])
def test_a_workbook_that_begins_with_a_cover_asks_for_another_sheet(
    cover: list[list[str]], admin: User, browser: Client
) -> None:
    data = workbook({"Cover": cover, "Customers": [["name"], ["Hotel"]]})
    sent = {"kind": "customers", "file": SimpleUploadedFile("a.xlsx", data), "once": "1"}
    page = browser.post(PAGE, sent, follow=True)
    load = Import.objects.get()
    assert page.redirect_chain[-1] == (f"{PAGE}{load.pk}/match/", 302)
    assert "This is the sheet “Cover”; the workbook also has “Customers”." in words(page)
    match_page(browser, load, sheet="Customers", reread="yes")
    browser.post(
        f"{PAGE}{load.pk}/match/",
        fields(match_page(browser, load, sheet="Customers", reread="yes"), "match"),
    )
    load.refresh_from_db()
    assert (load.sheet, load.new) == ("Customers", 1)


def test_cells_that_are_days_by_themselves_are_shown_as_days(admin: User, browser: Client) -> None:
    make_customer(name="Hotel")
    heads = ["title", "customer", "scheduled_date", "start_time", "end_time"]
    row = [
        "Boiler",
        "Hotel",
        date(2030, 3, 4),
        time(8, 0),
        datetime.fromisoformat("2030-03-04T09:30"),
    ]
    page = match_page(browser, begun(admin, workbook({"A": [heads, row]}), "jobs", "a.xlsx"))
    values = {each.header: each.values for each in page.context["form"].columns()}
    assert [values[name] for name in heads[2:]] == [["2030-03-04"], ["08:00"], ["2030-03-04 09:30"]]
    assert page.context["form"].days()[0].in_words == "Monday, 4 Mar 2030"


def test_the_page_costs_the_same_however_many_rows(
    admin: User, browser: Client, django_assert_num_queries: Any
) -> None:
    for number in (1, 3):
        rows = "".join(f"Job {n},Hotel,Hi\n" for n in range(number))
        load = begun(admin, f"title,customer,priority\n{rows}", "jobs")
        with django_assert_num_queries(5):
            match_page(browser, load)
    assert ImportFile.objects.count() == 2


def test_a_word_that_is_somebodys_user_name_by_now_means_them(
    admin: User, tech: User, browser: Client
) -> None:
    make_customer(name="Harbour Hotel")
    text = "title,customer,assigned_to\nBoiler,Harbour Hotel,Remy\n"
    match_page(browser, begun(admin, text, "jobs"), **{"word-0-meaning": "tina"})
    remembered = begun(admin, text, "jobs")
    assert remembered.way["words"] == {"assigned_to": {"remy": "tina"}}
    make_user(Role.TECHNICIAN, username="remy")
    page = match_page(browser, remembered)
    assert list(page.context["form"].words()) == []
    match_page(browser, remembered, blanks="leave")
    remembered.refresh_from_db()
    assert remembered.way["words"] == {}
    (row,) = remembered.rows.all()
    assert ["assigned_to", "", "remy"] in row.cells
