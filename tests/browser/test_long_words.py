"""A word without a blank is broken where it is too long: no column is pushed out of a page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from core.record import audit
from operations import acts
from operations.models import Job
from people.models import User
from tests import acting
from tests.browser.conftest import DESKTOP, PHONE, PageOf
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task

WORD = "Ventilschaftabdichtung" * 9
LINE, NAME = WORD[:200], WORD[:150]
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
JOBS = "/admin/operations/job/"


@pytest.fixture
def job(admin: User, tech: User) -> Job:
    """Everything of it is called by one word."""
    customer = make_customer(name=NAME, contact_name=NAME, notes=LINE, phone="1" * 50)
    site = make_site(name=f"S{NAME}"[:120], customer=customer, address=LINE, access_notes=LINE)
    tool = make_equipment(name=NAME[:120], serial_number=NAME[:64], description=LINE)
    job = make_job(
        owner=admin,
        title=LINE,
        site=site,
        assigned_to=tech,
        description=LINE,
        scheduled_date=audit.today(),
    )
    task = make_task(job=job, title=LINE, description=LINE, equipment=[tool])
    acts.progress(task, by=tech, note=LINE)
    acts.edit(job, by=admin, priority=Job.Priority.URGENT)
    acting.hold(job, by=tech, reason=LINE)
    return job


def pages(job: Job) -> list[str]:
    tool = job.tasks.get().equipment.get()
    return [
        "/admin/",
        f"{JOBS}?attention=all",
        f"{JOBS}{job.pk}/change/",
        f"{JOBS}{job.pk}/history/",
        f"{JOBS}{job.pk}/delete/",
        f"{JOBS}{job.pk}/cancel/",
        f"{JOBS}add/?copy={job.pk}",
        f"{JOBS}bulk/assign/?jobs={job.pk}:{job.version}",
        f"{JOBS}hand-over/?person={job.owner_id}&owner={job.assigned_to_id}",
        "/admin/operations/customer/",
        f"/admin/operations/customer/{job.customer_id}/change/",
        "/admin/operations/site/",
        f"/admin/operations/site/{job.site_id}/change/",
        "/admin/operations/equipment/",
        f"/admin/operations/equipment/{tool.pk}/change/",
        f"/admin/operations/equipment/{tool.pk}/use/",
        "/admin/audit-log/",
        "/my-day/",
    ]


# What is seen to the right of the window, and does not lie in what scrolls or cuts by itself.
OUTSIDE = """() => {
  const seen = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const held = (node) => node && node !== document.documentElement && (
    getComputedStyle(node).overflowX !== "visible" || getComputedStyle(node).position === "fixed"
    || held(node.parentElement));
  const width = document.documentElement.clientWidth + 1;
  const right = (node) => node.getBoundingClientRect().right;
  return [...document.querySelectorAll("main *, #content *, #main *, header *")]
    .filter((node) => seen(node) && right(node) > width && !held(node.parentElement))
    .map((node) => node.outerHTML.slice(0, 120));
}"""
# What lists and tables lie in scrolls sideways where they are too wide.
SCROLLED = """() => {
  const around = (node) => node === document.body ? [] : [node, ...around(node.parentElement)];
  const scrolls = (node) => getComputedStyle(node).overflowX !== "visible"
    && node.scrollWidth > node.clientWidth + 1;
  return [...document.querySelectorAll("#result_list, .jobops-table, .jobops-timeline")]
    .flatMap(around).filter(scrolls).map((node) => node.id || node.className);
}"""
WIDER = """(list) => [...list.querySelectorAll("*")].filter((node) =>
  node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).display !== "inline").length"""


def faults_of(page: Page) -> dict[str, object]:
    return {
        "outside": page.evaluate(OUTSIDE),
        "scrolled": page.evaluate(SCROLLED),
        "wide": page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0,
    }


@SIZES
def test_no_page_is_wider_than_its_window(
    size: ViewportSize, job: Job, root: User, page_of: PageOf
) -> None:
    page = page_of(root, size=size)
    faults = {}
    for path in pages(job):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        faults[re.sub(r"\d+", "N", path)] = faults_of(page)
    fine = {"outside": [], "scrolled": [], "wide": False}
    assert {path: found for path, found in faults.items() if found != fine} == {}


@SIZES
def test_nor_is_a_technicians_page_of_a_job(
    size: ViewportSize, job: Job, tech: User, page_of: PageOf
) -> None:
    page = page_of(tech, size=size)
    for path in (f"{JOBS}{job.pk}/change/", "/my-day/", "/admin/"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert faults_of(page) == {"outside": [], "scrolled": [], "wide": False}


@SIZES
def test_what_is_found_stays_within_its_window(
    size: ViewportSize, job: Job, root: User, page_of: PageOf
) -> None:
    page = page_of(root, size=size)
    page.goto(JOBS)
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+k")
    expect(page.locator("#search-input-command")).to_be_focused()
    page.keyboard.type("Ventilschaft")
    expect(page.locator("#command-results-list a").first).to_be_visible()
    assert page.locator("#command-results-list").evaluate(WIDER) == 0
