"""The palette that finds anything, the tabs of a list and a window that a form opens."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from operations.models import Job
from people.models import User
from tests.browser.conftest import AROUND, PHONE, PageOf, hold_scripts, missed
from tests.factories import make_job

LIST = "/admin/operations/job/"


@pytest.fixture
def job(sales: User) -> Job:
    return make_job(owner=sales, title="Boiler")


def palette(page: Page) -> Page:
    page.goto("/admin/")
    page.keyboard.press("Control+k")
    expect(page.locator("#search-input-command")).to_be_focused()
    return page


def test_enter_opens_the_first_that_is_found_even_before_it_is(
    job: Job, sales: User, page_of: PageOf
) -> None:
    page = palette(page_of(sales))
    page.keyboard.type("boiler")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{LIST}{job.pk}/change/")


def test_what_is_marked_is_opened(sales: User, page_of: PageOf) -> None:
    jobs = [make_job(owner=sales, title=f"Boiler {place}") for place in range(2)]
    page = palette(page_of(sales))
    page.keyboard.type("boiler")
    results = page.locator("#command-results-list a")
    expect(results).to_have_count(2)
    expect(page.locator("#command-results-status")).to_have_text("Found 2")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    second = results.nth(1).get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{second}")
    assert second in {f"{LIST}{job.pk}/change/" for job in jobs}


def test_what_is_found_is_opened_by_a_touch(job: Job, sales: User, page_of: PageOf) -> None:
    page = page_of(sales, size=PHONE)
    page.goto("/admin/")
    page.get_by_role("button", name="Show or hide the menu").tap()
    page.get_by_role("button", name="Find anything").tap()
    expect(page.locator("#search-input-command")).to_be_focused()
    page.keyboard.type("boiler")
    page.locator("#command-results-list a").tap()
    page.wait_for_url(f"**{LIST}{job.pk}/change/")


def test_it_says_that_nothing_is_found_and_what_it_looks_for(sales: User, page_of: PageOf) -> None:
    page = palette(page_of(sales))
    page.keyboard.type("xyzzy")
    expect(page.get_by_text("Type at least three letters.")).to_be_visible()
    expect(page.locator("#command-results-status")).to_have_text("Nothing was found for “xyzzy”.")
    page.keyboard.press("Enter")
    assert page.url.endswith("/admin/")


def test_on_a_phone_the_tabs_of_a_list_are_a_strip_in_their_order(
    job: Job, sales: User, page_of: PageOf
) -> None:
    page = page_of(sales, size=PHONE)
    # The letters come late, and are wider than those that stood in for them.
    let_letters_come = hold_scripts(page, "**/*.woff2")
    page.goto(f"{LIST}?attention=all", wait_until="domcontentloaded")
    tabs = page.locator("#tabs-items a")
    expect(tabs.last).to_be_in_viewport()
    let_letters_come()
    page.evaluate("document.fonts.ready")
    expect(page.locator("#tabs-dropdown")).to_be_hidden()
    named = [text.split("\n")[0].strip() for text in tabs.all_inner_texts()]
    assert named[:2] == ["Today", "This week"]
    assert named[-1] == "All"
    expect(tabs.last).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_a_tap_beside_the_menu_closes_it_and_does_nothing_else(
    job: Job, sales: User, page_of: PageOf
) -> None:
    page = page_of(sales, size=PHONE)
    page.goto(f"{LIST}?attention=all")
    # Without the menu, a tap there opens the job.
    card = page.locator("#result_list .data-row").bounding_box()
    assert card is not None
    menu = page.locator("#nav-sidebar")
    page.get_by_role("button", name="Show or hide the menu").tap()
    expect(menu).to_be_visible()
    page.touchscreen.tap(card["x"] + card["width"] - 10, card["y"] + 10)
    expect(menu).to_be_hidden()
    assert page.url.endswith(f"{LIST}?attention=all")


def test_the_signs_that_lead_elsewhere_are_large_enough_to_tap(
    job: Job, sales: User, page_of: PageOf
) -> None:
    page = page_of(sales, size=PHONE)
    page.goto(f"/admin/operations/customer/{job.customer.pk}/change/")
    page.evaluate("document.fonts.ready")
    menu = page.get_by_role("button", name="Show or hide the menu")
    back = page.get_by_role("link", name="Back to the list")
    assert missed(menu, AROUND) == []
    assert missed(back, AROUND) == []
    menu.tap()
    assert missed(page.get_by_role("button", name="Close the menu"), AROUND) == []


# The fields in which somebody types or chooses, with the size of their letters.
LETTERS = """fields => fields.map((field) => [field.name, getComputedStyle(field).fontSize])
    .filter(([name, size]) => parseFloat(size) < 16)"""


def test_no_field_of_a_phone_has_letters_so_small_that_an_iphone_zooms_in(
    job: Job, admin: User, page_of: PageOf
) -> None:
    page = page_of(admin, size=PHONE)
    for path in ("operations/job/", "operations/job/add/", "people/user/add/", "audit-log/"):
        page.goto(f"/admin/{path}")
        fields = page.locator("input:not([type=checkbox], [type=hidden]), select, textarea")
        assert fields.count() > 0
        assert fields.evaluate_all(LETTERS) == []
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_a_search_is_cleared_by_no_link_of_the_head(job: Job, sales: User, page_of: PageOf) -> None:
    page = page_of(sales)
    page.goto(f"{LIST}?attention=unassigned&q=boiler")
    expect(page.get_by_role("link", name="Boiler")).to_be_visible()
    expect(page.get_by_role("link", name="Show all")).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "adds"), [("customer/add/", ["add\nAdd another site"]), ("site/add/", [])]
)
def test_a_window_that_a_form_opens_shows_its_form_alone(
    path: str, adds: list[str], sales: User, page_of: PageOf
) -> None:
    page = page_of(sales)
    page.goto(f"/admin/operations/{path}?_popup=1")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_visible()
    shown = [link for link in page.get_by_role("link").all() if link.is_visible()]
    assert [link.inner_text() for link in shown] == adds


def tiles(page: Page) -> list[list[int]]:
    """How wide the tiles of the start page are, line by line."""
    lines: dict[float, list[int]] = {}
    for tile in page.locator(".jobops-tile").all():
        box = tile.bounding_box()
        assert box is not None
        lines.setdefault(box["y"], []).append(round(box["width"]))
    return list(lines.values())


def test_no_tile_of_the_start_page_stands_alone(job: Job, sales: User, page_of: PageOf) -> None:
    page = page_of(sales)
    page.goto("/admin/")
    assert [len(line) for line in tiles(page)] == [7]
    page.set_viewport_size({"width": 1300, "height": 900})
    assert [len(line) for line in tiles(page)] == [4, 3]
    phone = page_of(sales, size=PHONE)
    phone.goto("/admin/")
    shown = tiles(phone)
    assert [len(line) for line in shown] == [2, 2, 2, 1]
    # The odd one takes the whole line.
    assert shown[-1][0] > 2 * shown[0][0]
