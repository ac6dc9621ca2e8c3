"""A file is sent once, and what is wrong with it is said at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.backoffice.imports import upload
from core.imported import Import, ImportState
from core.serving import bodies
from people.models import User
from tests.core.import_pages.world import PAGE, csv_file
from tests.core.test_kept_forms import NOT_YET, sent_without_session, sign_in_again
from tests.operations.pages import fields, words

pytestmark = pytest.mark.django_db
ROWS = "name,phone\nHarbour Hotel,01 555 0301\n"
ONCE = "a" * 32


def send(browser: Client, file: Any = None, **sent: str) -> Any:
    file = csv_file(ROWS) if file is None else file
    return browser.post(PAGE, {"kind": "customers", "once": ONCE, "file": file, **sent})


def errors(page: Any) -> dict[str, list[str]]:
    return {name: list(found) for name, found in page.context["form"].errors.items()}


def test_a_file_is_kept_and_leads_on_to_matching(browser: Client, admin: User) -> None:
    answer = send(browser)
    load = Import.objects.get()
    assert answer["Location"] == f"{PAGE}{load.pk}/"
    assert browser.get(answer["Location"])["Location"] == f"{PAGE}{load.pk}/match/"
    assert (load.kind, load.file_name, load.state) == (
        "customers",
        "customers.csv",
        ImportState.UPLOADED,
    )
    assert (load.person, bytes(load.file.data)) == (admin, ROWS.encode())


def test_the_same_form_sent_twice_is_one_import(browser: Client) -> None:
    places = {send(browser)["Location"] for _each in range(2)}
    assert places == {f"{PAGE}{Import.objects.get().pk}/"}


def test_another_file_in_the_same_form_is_another_import(browser: Client) -> None:
    send(browser)
    send(browser, csv_file(ROWS + "Theatre,\n"))
    assert Import.objects.count() == 2


def test_a_form_without_a_mark_is_sent_as_often_as_it_is(browser: Client) -> None:
    for _each in range(2):
        send(browser, once="")
    assert Import.objects.count() == 2


def test_the_kind_that_an_address_names_is_chosen(browser: Client) -> None:
    assert fields(browser.get(f"{PAGE}?kind=sites"))["kind"] == "sites"


def test_what_is_not_said_is_asked_for_at_its_field(browser: Client) -> None:
    page = browser.post(PAGE, {"once": ONCE})
    assert errors(page) == {
        "kind": ["Choose what the rows of the file contain."],
        "file": ["Choose a file."],
    }
    assert fields(page)["once"] == ONCE


@pytest.mark.parametrize("kind", ["nothing", "x" * 100])
def test_a_kind_that_is_none_is_refused(kind: str, browser: Client) -> None:
    assert list(errors(send(browser, kind=kind))) == ["kind"]


@pytest.mark.parametrize("name", ["x" * 201 + ".csv"])
def test_a_name_that_is_too_long_is_refused(name: str, browser: Client) -> None:
    assert errors(send(browser, csv_file(ROWS, name)))["file"] == [
        "The name of this file is longer than 200 characters."
    ]


def test_a_file_that_is_too_large_says_what_to_do(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "LARGEST_FILE", 10)
    assert errors(send(browser)) == {
        "file": ["This file is larger than 20 MB. Split it and import the parts one by one."]
    }
    assert Import.objects.count() == 0


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "The file is empty"),
        (b"name,phone\n", "no rows below it"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\0", "The file is a picture"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_is_not_kept(
    data: bytes, expected: str, browser: Client
) -> None:
    page = send(browser, SimpleUploadedFile("customers.csv", data))
    assert expected in errors(page)["file"][0]
    assert Import.objects.count() == 0


def test_a_refused_file_can_be_mended_and_sent_by_the_same_form(browser: Client) -> None:
    send(browser, SimpleUploadedFile("customers.csv", b""))
    send(browser)
    assert Import.objects.count() == 1


# Without a session


def test_a_form_whose_session_is_over_comes_back_and_asks_for_the_file_anew(
    admin: User, browser: Client
) -> None:
    sent = {**fields(browser.get(PAGE)), "kind": "sites", "file": csv_file(ROWS)}
    page = sent_without_session(browser, PAGE, sent)
    assert "Your session has ended." in words(page)
    assert sign_in_again(browser, page, admin).headers["Location"] == PAGE
    page = browser.get(PAGE)
    assert NOT_YET in words(page)
    assert fields(page)["kind"] == "sites"
    assert errors(page)["file"] == ["Choose a file."]
    assert Import.objects.count() == 0


# How much may be sent


def test_more_may_be_sent_to_this_address_than_to_others() -> None:
    assert (bodies.most(PAGE), bodies.most("/admin/")) == (24 * 1024 * 1024, 5 * 1024 * 1024)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (PAGE, "This file is too large. Go back, split it, and send its parts one by one."),
        ("/admin/company/", "This request is too large."),
    ],
)
def test_what_is_larger_than_that_is_refused_unread(
    path: str, expected: str, browser: Client
) -> None:
    answer = browser.post(path, b"x", content_type="text/csv", CONTENT_LENGTH=str(25 * 1024 * 1024))
    assert (answer.status_code, answer.text) == (413, expected)
