"""The pictures of README, taken from the demo: `make screenshots`. Needs Chromium."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PORT = os.environ.get("PORT", "8041")
ADDRESS = f"http://localhost:{PORT}"
FOLDER = Path(__file__).parent
# Seconds until the cluster has said that it is there.
FIRST_BEAT = 40
# name, who, width and height in pixels, page, what to click first
PICTURES = [
    ("home", "admin", (1440, 900), "/admin/", ""),
    ("jobs", "sales", (1440, 900), "/admin/operations/job/", ""),
    ("job", "sales", (1440, 1100), "/admin/operations/job/", ".field-job_number a"),
    ("analytics", "admin", (1440, 1250), "/admin/analytics/", ""),
    ("sheet", "tech", (900, 1150), "/admin/operations/job/day/", ""),
    ("phone", "tech", (390, 844), "/my-day/", ""),
]


@contextmanager
def demo() -> Iterator[None]:
    """The demo in a database of its own, served until the pictures are taken."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "DEBUG": "on",
            "SITE_URL": ADDRESS,
            "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3",
        }
        for command in ("migrate", "demo"):
            subprocess.run(
                [sys.executable, "manage.py", command, "-v0"], env=environment, check=True
            )
        # With its cluster: home warns where none was seen.
        serve = [sys.executable, "manage.py", "serve", "--port", PORT]
        server = subprocess.Popen(serve, env=environment)
        try:
            wait_until_ready()
            time.sleep(FIRST_BEAT)
            yield
        finally:
            server.terminate()
            server.wait()


def wait_until_ready() -> None:
    """Return when the server answers; raise the last error when it does not within 20 seconds."""
    for attempt in range(100):
        try:
            urllib.request.urlopen(f"{ADDRESS}/readyz")  # noqa: S310 (loopback)
        except OSError:
            if attempt == 99:
                raise
            time.sleep(0.2)
        else:
            return


def take(
    browser: Browser, name: str, user: str, size: tuple[int, int], page: str, click: str
) -> None:
    """One picture."""
    width, height = size
    tab = browser.new_page(viewport={"width": width, "height": height}, locale="en-GB")
    tab.goto(f"{ADDRESS}/admin/login/")
    tab.get_by_label("User name").fill(user)
    tab.get_by_label("Password").fill("jobops-demo")
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url(f"{ADDRESS}/admin/")
    tab.goto(f"{ADDRESS}{page}")
    if click:
        tab.locator(click).first.click()
    tab.wait_for_load_state("networkidle")
    tab.screenshot(path=FOLDER / f"{name}.png")
    tab.close()


def main() -> None:
    """All of them."""
    with demo(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for picture in PICTURES:
            take(browser, *picture)
        browser.close()


if __name__ == "__main__":
    main()
