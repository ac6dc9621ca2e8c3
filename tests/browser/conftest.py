"""A real browser before a real server: `page_of(user)` is a page of somebody signed in.

    def test_a_technician_sees_their_day(page_of: PageOf, tech: User) -> None:
        page = page_of(tech, size=PHONE)
        page.goto("/admin/")
        expect(page.get_by_role("heading", name="Today")).to_be_visible()

Every test of this folder is marked `browser`, those of `test_box.py` `box`. Each fails on any error
in the console, any script that throws, any answer of 400 or more and any request to another host;
where an error is what the test is about, it says so: `assert faults.pop() == "..."`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connections
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Route,
    ViewportSize,
    expect,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from people.models import User
from tests.conftest import Sign

# Without the parts that nobody sees it costs half as much; the whole browser does as well.
BUILDS = [Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")]
CHROMIUM = Path(os.environ.get("CHROMIUM") or next(filter(Path.exists, BUILDS), BUILDS[0]))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Milliseconds that a test waits for what a busy machine is slow to show.
PATIENCE = 20_000
DESKTOP = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)
ON_PHONE = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Mobile Safari/537.36"
)


class PageOf(Protocol):
    """Opens a page of a person, or of somebody not signed in; each in a browser of its own."""

    def __call__(self, user: User | None = None, *, size: ViewportSize = DESKTOP) -> Page: ...


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(
                pytest.mark.box if item.path.stem == "test_box" else pytest.mark.browser
            )


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing. Install Chromium, or name it: CHROMIUM=/path/to/it")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread, in which Django would refuse to work.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file: in memory, the threads of the server would share one connection."""
    database = connections["default"].settings_dict
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("browser") / "test.sqlite3")


# What axe asks about colours unless told otherwise.
COLOURS = ["color-contrast", "link-in-text-block"]


def shuts_out(page: Page, *, dark: bool = False) -> list[dict[str, Any]]:
    """What axe finds on a page as it stands. In the dark theme it asks about colours alone: the
    page is that of the light theme but for them."""
    rules = {"runOnly": {"type": "rule", "values": COLOURS}} if dark else {}
    options = {"resultTypes": ["violations"], **rules}
    found: list[dict[str, Any]] = Axe().run(page, options=options).response["violations"]
    return found


def shuts_out_in_the_dark(page: Page) -> list[dict[str, Any]]:
    """What axe finds of the colours of a page in the light theme, were it in the dark one."""
    page.evaluate("document.documentElement.classList.add('dark')")
    page.wait_for_function("document.getAnimations().length === 0")
    found = shuts_out(page, dark=True)
    page.evaluate("document.documentElement.classList.remove('dark')")
    return found


# The corners and edges of 44 pixels each way, whose middle may lie a pixel beside the sign's.
AROUND = [(-20.5, -21.5), (20.5, -21.5), (-20.5, 21.5), (20.5, 21.5), (-20.5, 0), (20.5, 0)]


def missed(sign: Locator, around: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The taps, this far from the middle of a sign, that are none on it."""
    sign.scroll_into_view_if_needed()
    hits = """(sign, [across, down]) => {
        const { left, top, width, height } = sign.getBoundingClientRect();
        const [x, y] = [left + width / 2 + across, top + height / 2 + down];
        return sign.contains(document.elementFromPoint(x, y));
    }"""
    return [(across, down) for across, down in around if not sign.evaluate(hits, [across, down])]


def hold_scripts(page: Page, scripts: str | re.Pattern[str]) -> Callable[[], None]:
    """Keep scripts from a page, by their address, until what this answers is called."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    def release() -> None:
        for route in held:
            route.continue_()

    page.route(scripts, hold)
    return release


@pytest.fixture
def faults() -> list[str]:
    """What went wrong in the browsers of this test."""
    return []


@pytest.fixture
def server(live_server: LiveServer) -> str:
    """The address of the server that the browsers of a test are before."""
    return str(live_server.url)


@pytest.fixture
def page_of(chromium: Browser, server: str, sign_in: Sign, faults: list[str]) -> Iterator[PageOf]:
    contexts: list[BrowserContext] = []

    def _page_of(user: User | None = None, *, size: ViewportSize = DESKTOP) -> Page:
        context = chromium.new_context(
            base_url=server,
            viewport=size,
            has_touch=size == PHONE,
            is_mobile=size == PHONE,
            user_agent=ON_PHONE if size == PHONE else None,
            locale="en-GB",
            timezone_id=settings.TIME_ZONE,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        _watch(context, server, faults)
        if user is not None:
            context.add_cookies([_session_cookie(sign_in(user), server)])
        return context.new_page()

    yield _page_of
    for context in contexts:
        context.close()
    assert faults == []


def _session_cookie(client: Client, url: str) -> Any:
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


def _watch(context: BrowserContext, url: str, faults: list[str]) -> None:
    def note(*given: object) -> None:
        faults.append(" ".join(map(str, given)).replace(url, ""))

    context.on("weberror", lambda error: note(error.error))
    context.on("console", lambda given: given.type == "error" and note(given.text, _where(given)))
    context.on(
        "request",
        lambda request: (
            request.url.startswith(("http", "ws"))
            and not request.url.startswith(url)
            and note("request to", request.url)
        ),
    )


def _where(given: Any) -> str:
    return str(given.location.get("url", ""))
