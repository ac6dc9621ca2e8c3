"""The whole conversation of an import, at a desk and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from core.imported import Import, ImportState
from operations.models import Job
from people.models import User
from tests.browser.conftest import DESKTOP, PHONE, PageOf, shuts_out, shuts_out_in_the_dark
from tests.core.import_pages.world import make_import
from tests.factories import make_customer, make_site

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = (
    "Auftrag;Kunde;Ort;Wann;Priorität;Techniker;Farbe\n"
    "Boiler;Harbour Hotel;Main house;04.03.2030;Hi;Tina;rot\n"
    "Heizung;Harbour Hotel;;31.02.2030;low;;blau\n"
)
FITS = "document.documentElement.scrollWidth <= innerWidth"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "auftraege.csv"
    path.write_bytes(ROWS.encode("cp1252"))
    return path


def grave(found: list[dict[str, Any]]) -> list[Any]:
    return [each for each in found if each["impact"] in {"serious", "critical"}]


def is_sound(page: Page) -> None:
    """Nothing lies outside of the page, and nobody is shut out."""
    page.wait_for_load_state("networkidle")
    assert page.evaluate(FITS) is True
    assert grave(shuts_out(page)) == []


def choose(page: Page, header: str, field: str) -> None:
    """Say what a column is; the page is read anew, and the cursor stays."""
    asked = page.get_by_label(f"Field for {header}", exact=True)
    asked.focus()
    # The page hears no choice before it is loaded, nor before what it read anew has settled.
    page.wait_for_load_state()
    with page.expect_response(lambda answer: answer.url.endswith("/match/")):
        asked.select_option(field)
    expect(page.get_by_label(f"Field for {header}", exact=True)).to_be_focused()
    expect(page.locator(".htmx-added")).to_have_count(0)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_file_is_brought_in_and_undone(
    size: ViewportSize, file: Path, admin: User, tech: User, page_of: PageOf
) -> None:
    make_site(name="Main house", customer=make_customer(name="Harbour Hotel"))
    page = page_of(admin, size=size)
    page.goto("/admin/operations/job/?attention=all")
    page.locator(".jobops-list-way").click()
    expect(page.get_by_label("What the rows contain")).to_have_value("jobs")
    page.locator("#id_file").set_input_files(file)
    expect(page.get_by_text("auftraege.csv · ")).to_be_visible()
    is_sound(page)
    page.get_by_role("button", name="Upload and match").click()
    choose(page, "Auftrag", "title")
    choose(page, "Wann", "scheduled_date")
    with page.expect_response(lambda answer: answer.url.endswith("/match/")):
        page.get_by_label("Dates are written like").select_option("dmy")
    expect(page.get_by_text("Monday, 4 Mar 2030")).to_be_visible()
    expect(page.get_by_label("“Hi” in Priority")).to_have_value("high")
    is_sound(page)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="1 row would be imported.")).to_be_visible()
    assert Job.objects.count() == 0
    is_sound(page)
    page.get_by_role("link", name="1 refused").click()
    expect(page.get_by_text("There is no such date as 31.02.2030.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Refused rows as a file").click()
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert lines[0] == "Auftrag;Kunde;Ort;Wann;Priorität;Techniker;Farbe;reason (refused)"
    page.get_by_role("button", name="Import all but the refused row").click()
    expect(page.get_by_role("heading", name="1 row was imported")).to_be_visible()
    job = Job.objects.get()
    assert (job.title, job.priority, job.assigned_to) == ("Boiler", "high", tech)
    is_sound(page)
    page.get_by_role("link", name="Undo").click()
    is_sound(page)
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_role("heading", name="This import has been undone")).to_be_visible()
    assert Job.objects.count() == 0
    is_sound(page)


def test_all_of_it_goes_by_the_keyboard(file: Path, admin: User, page_of: PageOf) -> None:
    page = page_of(admin)
    page.goto("/admin/imports/")
    expect(page.get_by_label("What the rows contain")).to_be_focused()
    page.keyboard.type("Cust")
    page.keyboard.press("Tab")
    expect(page.locator("#id_file")).to_be_focused()
    page.locator("#id_file").set_input_files(
        {"name": "a.csv", "mimeType": "text/csv", "buffer": b"name\nTheatre\n"}
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/match/")
    page.get_by_role("button", name="Preview").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Import all").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="1 row was imported")).to_be_visible()


def test_a_file_is_dropped_and_one_that_is_too_large_is_not_sent(
    admin: User, page_of: PageOf
) -> None:
    page = page_of(admin)
    page.goto("/admin/imports/?kind=customers")
    drop = """([name, size]) => {
        const files = new DataTransfer();
        files.items.add(new File(["x".repeat(size)], name));
        const box = document.querySelector("[data-drop]");
        const how = { dataTransfer: files, bubbles: true, cancelable: true };
        box.dispatchEvent(new DragEvent("drop", how));
    }"""
    page.evaluate(drop, ["large.csv", 20_000_001])
    expect(page.get_by_text("This file is larger than 20 MB.", exact=False)).to_be_visible()
    expect(page.get_by_role("button", name="Upload and match")).to_be_disabled()
    page.evaluate(drop, ["small.csv", 1500])
    expect(page.get_by_text("small.csv · 1.5 kB")).to_be_visible()
    expect(page.get_by_role("button", name="Upload and match")).to_be_enabled()


def test_the_bar_moves_and_gives_way_to_what_became_of_it(admin: User, page_of: PageOf) -> None:
    load = make_import(admin, state=ImportState.APPLYING, is_in_hand=True, rows={"new": 4})
    page = page_of(admin, size=PHONE)
    page.goto(f"/admin/imports/{load.pk}/")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "0")
    is_sound(page)
    Import.objects.update(seen=3)
    expect(page.get_by_text("Row 3 of 4")).to_be_visible()
    page.reload()
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "3")
    Import.objects.update(state=ImportState.APPLIED, applied_at=load.created_at, is_in_hand=False)
    expect(page.get_by_role("heading", name="4 rows were imported")).to_be_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nobody_is_shut_out_in_the_dark(size: ViewportSize, admin: User, page_of: PageOf) -> None:
    kinds = {"new": 1, "changed": 1, "unchanged": 1, "refused": 1}
    page = page_of(admin, size=size)
    addresses = ["/admin/imports/"]
    for state in (ImportState.UPLOADED, ImportState.PREVIEWED, ImportState.PREVIEWING):
        load = make_import(admin, state=state, rows=kinds)
        load.rows.update(cells=[["Phone", "1", "2"]])
        load.rows.filter(kind="refused").update(errors=[["Name", "Fill this in."]])
        addresses.append(f"/admin/imports/{load.pk}/")
    found = []
    for address in addresses:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        found += grave(shuts_out_in_the_dark(page))
    assert found == []
