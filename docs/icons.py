"""The icons of My day on a phone's home screen, drawn from core/icon.svg. Needs Chromium:
`python docs/icons.py`."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
DRAWING = (ROOT / "core/static/core/icon.svg").read_text()
FOLDER = ROOT / "operations/static/operations/my_day"
# A phone cuts its own shape from a maskable icon: the ground goes to the edges.
FULL = DRAWING.replace(' rx="7"', "").replace('viewBox="0 0 32 32"', 'viewBox="2 2 28 28"')
ICONS = [("icon-192", 192, DRAWING), ("icon-512", 512, DRAWING), ("icon-maskable", 512, FULL)]


def draw(browser: Browser, name: str, size: int, drawing: str) -> None:
    """One icon, on nothing."""
    tab = browser.new_page(viewport={"width": size, "height": size})
    tab.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{drawing}")
    tab.screenshot(path=FOLDER / f"{name}.png", omit_background=True)
    tab.close()


def main() -> None:
    """All of them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for icon in ICONS:
            draw(browser, *icon)
        browser.close()


if __name__ == "__main__":
    main()
