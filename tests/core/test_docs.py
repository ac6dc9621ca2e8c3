"""The pages on which programmers read the API."""

from __future__ import annotations

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

PAGES = {"/api/docs": "core/swagger.js", "/api/redoc": "core/redoc.js"}


@pytest.mark.parametrize(("page", "script"), PAGES.items())
def test_anybody_reads_the_pages_of_the_api(page: str, script: str, client: Client) -> None:
    response = client.get(page)
    assert response.status_code == 200
    text = response.content.decode()
    assert f'src="/static/{script}"' in text
    assert 'data-schema="/api/openapi.json"' in text


@pytest.mark.parametrize("page", PAGES)
def test_no_script_stands_in_the_page_and_none_comes_from_elsewhere(
    page: str, client: Client
) -> None:
    text = client.get(page).content.decode()
    assert text.count("<script") == text.count('<script src="/static/')
    assert "//" not in text.replace("http://www.w3.org", "")


@pytest.mark.parametrize(("short", "page"), [("/swagger/", "/api/docs"), ("/redoc/", "/api/redoc")])
def test_the_short_addresses_lead_to_the_pages(short: str, page: str, client: Client) -> None:
    response = client.get(short)
    assert (response.status_code, response["Location"]) == (302, page)


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_are_only_read(page: str, client: Client) -> None:
    assert client.post(page).status_code == 405


def test_what_the_pages_load_lies_in_our_static_files() -> None:
    names = ["swagger-ui.css", "swagger-ui-bundle.js", "redoc.standalone.js"]
    assert [name for name in names if not finders.find(f"ninja/{name}")] == []
