"""In which language a request is answered, and work is done for somebody."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import translation
from pytest_django.fixtures import Settings

from core.text import languages
from people.models import User
from tests.conftest import SetRegion, Sign

SIGN_IN = "/admin/login/"


def spoken(response: HttpResponse) -> tuple[str, str]:
    """The language that a page says it is in, to programs and to the browser."""
    found = re.search(r'<html lang="([^"]*)"', response.content.decode())
    return response["Content-Language"], found[1] if found else ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "language"),
    [
        *(("de", "de"), ("de-AT,de;q=0.9,en;q=0.8", "de"), ("fr,de;q=0.5", "de")),
        *(("", "en"), ("fr", "en"), ("en-US,de;q=0.9", "en"), ("nonsense;;q=x", "en")),
    ],
)
def test_a_stranger_is_answered_as_their_browser_asks(asked: str, language: str) -> None:
    page = Client().get(SIGN_IN, headers={"accept-language": asked})
    assert spoken(page) == (language, language)
    assert "Accept-Language" in page["Vary"]


@pytest.mark.django_db
def test_where_the_browser_asks_for_none_of_ours_it_is_the_regions(settings: Settings) -> None:
    settings.LANGUAGE_CODE = "de"
    for asked in ("", "fr"):
        assert spoken(Client().get(SIGN_IN, headers={"accept-language": asked})) == ("de", "de")


def test_a_person_reads_their_own_language_in_whichever_browser(tech: User, sign_in: Sign) -> None:
    User.objects.filter(pk=tech.pk).update(language="de")
    browser = sign_in(tech)
    for path in ("/admin/", "/my-day/", "/admin/people/user/999999/change/"):
        page = browser.get(path, follow=True, headers={"accept-language": "en"})
        assert (path, spoken(page)) == (path, ("de", "de"))


@pytest.mark.parametrize(("region", "language"), [("en", "en"), ("de", "de")])
def test_who_chose_none_reads_that_of_the_region(
    region: str, language: str, tech: User, sign_in: Sign, settings: Settings
) -> None:
    settings.LANGUAGE_CODE = region
    page = sign_in(tech).get("/admin/", headers={"accept-language": "de"})
    assert spoken(page) == (language, language)


def test_a_language_that_is_shipped_no_more_is_that_of_the_region(
    tech: User, settings: Settings
) -> None:
    tech.language = "de"
    assert languages.language_of(tech) == "de"
    settings.LANGUAGES = [("en", "English")]
    assert languages.language_of(tech) == "en"


def test_the_next_request_is_not_in_the_language_of_the_one_before(
    tech: User, sign_in: Sign
) -> None:
    User.objects.filter(pk=tech.pk).update(language="de")
    sign_in(tech).get("/admin/")
    assert translation.get_language() == "de"
    # It is refused before anybody asks who it is.
    refused = Client().get("/admin/", headers={"host": "elsewhere.example.com"})
    assert (refused.status_code, spoken(refused)) == (400, ("en", "en"))


def test_a_person_chooses_in_their_profile_and_is_told_so_in_it(tech: User, sign_in: Sign) -> None:
    browser = sign_in(tech)
    page = browser.get("/admin/profile/")
    choices = list(page.context["form"].fields["language"].choices)
    assert choices == [("", "Same as the company"), ("en", "English"), ("de", "Deutsch")]
    sent = {"language": "de", "stated_version": tech.version}
    saved = browser.post("/admin/profile/", sent, follow=True)
    assert (User.objects.get(pk=tech.pk).language, spoken(saved)) == ("de", ("de", "de"))


def test_the_audit_log_calls_a_language_by_its_name(admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    browser.post("/admin/profile/", {"language": "de", "stated_version": admin.version})
    page = browser.get("/admin/audit-log/").content.decode()
    assert "Deutsch" in page


@pytest.mark.parametrize(
    ("code", "language", "locale"),
    [
        ("en-GB", "en", "en-GB-u-hc-h23"),
        ("de-AT", "en", "en-AT-u-hc-h23"),
        ("en-US", "de", "de-US-u-hc-h12"),
    ],
)
def test_scripts_write_in_the_language_as_the_region_does(
    code: str, language: str, locale: str, set_region: SetRegion
) -> None:
    set_region(code)
    with translation.override(language):
        assert languages.for_scripts() == locale


def test_work_for_somebody_is_done_in_their_language(tech: User) -> None:
    tech.language = "de"
    with translation.override("en"):
        with languages.speaking_to(tech):
            assert translation.get_language() == "de"
        assert translation.get_language() == "en"
