"""The company: one row on record, its logo, and where both are shown."""

from __future__ import annotations

import io
import struct
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from PIL import Image

from core.record import audit
from core.record.transactions import atomic, savepoint
from people import company
from people.company import Company, Logo, picture
from people.models import User
from tests.conftest import Sign

PAGE = "/admin/company/"


def drawn(kind: str = "PNG", size: tuple[int, int] = (800, 400), mode: str = "RGB") -> bytes:
    """A picture of one colour, in a file of a kind."""
    file = io.BytesIO()
    Image.new(mode, size, "teal").save(file, kind)
    return file.getvalue()


def photo_with_odd_tag() -> bytes:
    """A JPEG to be turned, whose description is said to be a number."""
    tags = struct.pack("<HHHIfHHIHHI", 2, 0x010E, 11, 1, 1.5, 0x0112, 3, 1, 6, 0, 0)
    file = io.BytesIO()
    exif = b"Exif\0\0II*\0" + struct.pack("<I", 8) + tags
    Image.new("RGB", (20, 10)).save(file, "JPEG", exif=exif)
    return file.getvalue()


def noise(size: tuple[int, int]) -> bytes:
    """A picture that no compression makes small."""
    file = io.BytesIO()
    Image.effect_noise(size, 100).convert("RGBA").save(file, "PNG")
    return file.getvalue()


def sent(content: bytes, name: str = "logo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def save(browser: Client, **typed: Any) -> Any:
    """Save the page as a browser does."""
    version = browser.get(PAGE).context["form"]["stated_version"].value() or ""
    return browser.post(PAGE, {"stated_version": version, **typed}, follow=True)


def errors(page: Any) -> dict[str, list[str]]:
    return {name: list(found) for name, found in page.context["form"].errors.items()}


def test_an_admin_names_the_company_on_record(admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    assert company.company()._state.adding
    page = save(browser, name="Nordring", address="Gasse 1")
    assert [str(message) for message in page.context["messages"]] == ["The company was saved."]
    save(browser, name="Nordring GmbH", address="Gasse 1")
    row = company.company()
    assert (row.name, row.address, row.version, str(row)) == (
        *("Nordring GmbH", "Gasse 1", 2, "Nordring GmbH"),
    )
    records = Company.history.values_list("name", "history_type", "person_name")
    assert set(records) == {
        ("Nordring", "+", "Adam Admin"),
        ("Nordring GmbH", "~", "Adam Admin"),
    }
    assert "Nordring GmbH" in browser.get("/admin/audit-log/").content.decode()


def test_there_is_one_row_at_most(admin: User) -> None:
    with audit.act(by=admin):
        Company(pk=1).save()
        with pytest.raises(IntegrityError), transaction.atomic():
            Company(pk=2).save()


@pytest.mark.django_db
def test_it_has_no_name_until_somebody_gives_it_one() -> None:
    assert (str(company.company()), company.company().logo_url) == ("The company", "")


@pytest.mark.parametrize("who", ["sales", "tech"])
def test_nobody_else_opens_or_saves_it(who: str, request: Any, sign_in: Sign) -> None:
    browser = sign_in(request.getfixturevalue(who))
    assert browser.get(PAGE).status_code == 403
    assert browser.post(PAGE, {"name": "Mine"}).status_code == 403
    assert browser.post("/admin/set-up/company/skip/").status_code == 403
    assert Company.objects.count() == 0


def test_whoever_holds_its_row_is_asked_before_it_is_written(admin: User, tech: User) -> None:
    with atomic():
        company.describe(company.held(), by=admin)
        for act in (partial(company.describe, company.held()), partial(company.skip, "people")):
            with pytest.raises(PermissionDenied), savepoint():
                act(by=tech)
    assert (company.company().version, company.company().skipped) == (1, [])


def test_a_stale_save_changes_nothing(admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    save(browser, name="First")
    save(browser, name="Second")
    page = browser.post(PAGE, {"stated_version": "1", "name": "Third"})
    assert page.context["form"].is_stale
    assert company.company().name == "Second"


def test_the_page_says_what_the_environment_does(admin: User, sign_in: Sign, settings: Any) -> None:
    settings.SITE_URL = "https://jobops.example.com"
    page = sign_in(admin).get(PAGE)
    assert [line[1:] for line in page.context["variables"]] == [
        ("https://jobops.example.com", "SITE_URL"),
        ("UTC", "TIME_ZONE"),
        ("en-GB", "REGION"),
    ]
    assert "https://jobops.example.com" in page.content.decode()


# Its logo


def test_a_logo_is_drawn_anew_and_shown_to_everybody(admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    save(browser, name="Nordring", logo=sent(drawn()))
    row = company.company()
    shown = Client().get(row.logo_url)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert shown["ETag"] == f'"{row.logo_mark}"'
    assert shown["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "sandbox" in shown["Content-Security-Policy"]
    with Image.open(io.BytesIO(shown.content)) as found:
        assert (found.size, found.format) == ((480, 240), "JPEG")
    assert Client().get(row.logo_url, headers={"If-None-Match": shown["ETag"]}).status_code == 304
    assert Client().get("/company-logo/none/").status_code == 404
    # What is on record is the mark alone.
    assert Company.history.first().logo_mark == row.logo_mark


def test_the_sign_in_shows_whose_house_it_is(admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    assert "Welcome back to" in Client().get("/admin/login/").content.decode()
    save(browser, name="Nordring", logo=sent(drawn()))
    page = browser.get("/admin/login/", follow=True)
    assert page.status_code == 200
    # Kept for a minute for everybody else.
    cache.clear()
    answer = Client().get("/admin/login/").content.decode()
    logo = f'<img src="{company.company().logo_url}" alt="Nordring">'
    assert (
        logo in answer,
        "Nordring" in answer.partition("<title>")[2].partition("</title>")[0],
    ) == (
        True,
        True,
    )


def test_a_logo_is_replaced_and_taken_away(admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    save(browser, name="Nordring", logo=sent(drawn()))
    first = company.company().logo_mark
    save(browser, name="Nordring", logo=sent(drawn(mode="RGBA")))
    second = company.company().logo_mark
    assert [first == second, *Logo.objects.values_list("mark", "content_type")] == [
        False,
        (second, "image/png"),
    ]
    assert str(Logo.objects.get()) == second
    # Saved without another one, it stays.
    save(browser, name="Nordring GmbH")
    assert company.company().logo_mark == second
    page = save(browser, name="Nordring GmbH", no_logo="on")
    assert (company.company().logo_mark, Logo.objects.count()) == ("", 0)
    assert "Remove the logo" not in page.content.decode()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This is not a picture."),
        (drawn("GIF"), "This is not a picture."),
        (drawn()[:60], "This is not a picture."),
        (photo_with_odd_tag(), "This is not a picture."),
        (drawn("PNG", (7000, 6000), "1"), "This picture has too many pixels."),
        (drawn() + b"0" * 5_000_000, "This file is larger than 5 MB."),
    ],
    ids=["svg", "gif", "broken", "tag", "pixels", "bytes"],
)
def test_what_is_no_logo_is_refused_at_its_field(
    content: bytes, why: str, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(admin)
    page = browser.post(PAGE, {"name": "Typed", "logo": sent(content)})
    assert [line.startswith(why) for line in errors(page)["logo"]] == [True]
    assert page.context["form"]["name"].value() == "Typed"
    assert Company.objects.count() == Logo.objects.count() == 0


def test_a_picture_that_stays_large_is_made_smaller_still() -> None:
    kept = picture(io.BytesIO(noise((1200, 480))))
    with Image.open(io.BytesIO(kept.content)) as found:
        assert found.size == (400, 160)
    assert len(kept.content) <= company.KEPT


def test_where_a_photo_was_taken_is_not_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    exif[0x0112] = 6
    file = io.BytesIO()
    Image.new("RGB", (200, 100)).save(file, "JPEG", exif=exif)
    file.seek(0)
    kept = picture(file)
    assert b"secret place" not in kept.content
    # It stands upright.
    with Image.open(io.BytesIO(kept.content)) as found:
        assert found.size == (100, 200)
