"""In a language of longer words nothing is cut, and no page is wider than its window.

The words are those of `tests/languages/pseudo.py`: each text is marked, and its words are some 40 %
longer than in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.utils.translation import trans_real
from playwright.sync_api import Page, ViewportSize
from pytest_django.fixtures import Settings

from tests.browser.conftest import DESKTOP, PHONE, PageOf
from tests.browser.test_long_words import OUTSIDE
from tests.languages.pseudo import CODE, speak
from tests.languages.world import World, make_world

JOBS = "/admin/operations/job/"
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


@pytest.fixture
def world(db: None, settings: Settings) -> Iterator[World]:
    speak(settings)
    yield make_world()
    del trans_real._translations[CODE]


def pages(reader: str, world: World) -> list[str]:
    """The main pages of a role."""
    job, held, done = (world.jobs[name] for name in ("open", "held", "completed"))
    jobs = [f"{JOBS}{each.pk}/change/" for each in (job, held, done)]
    own = ["/admin/", f"{JOBS}?attention=all", *jobs, "/my-day/"]
    bulk = f"?jobs={job.pk}:{job.version}"
    customer = f"/admin/operations/customer/{job.customer_id}/change/"
    person = f"/admin/people/user/{world.people['friend'].pk}/change/"
    return {
        "tech": [*own, customer, "/admin/profile/"],
        "sales": [*own, f"{jobs[0]}?edit=tasks", f"{JOBS}add/", f"{JOBS}bulk/reschedule/{bulk}"],
        "admin": [
            *own,
            *(f"{JOBS}bulk/{name}/{bulk}" for name in ("assign", "cancel")),
            f"{JOBS}hand-over/?person={world.people['tech'].pk}&owner={world.people['friend'].pk}",
            f"{JOBS}{job.pk}/cancel/",
            f"{JOBS}{job.pk}/share/",
            "/admin/operations/customer/",
            customer,
            "/admin/operations/equipment/",
            "/admin/people/user/",
            person,
            "/admin/people/user/add/",
            "/admin/company/",
            "/admin/audit-log/",
        ],
    }[reader]


# What is seen and says something of ours, and is wider within than it is: what pokes out of a
# button or a cell, and what anything cuts off. What scrolls by itself may; and
# the names of the fields of a record, which open to all of them.
CUT = """() => {
  const BOXES = "button, label, th, dt, summary, h1, h2, h3, legend, .jobops-button, "
    + ".jobops-badge, .jobops-tile, .jobops-figures li, .chip";
  const seen = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const wider = (node) => node.clientWidth > 2 && node.scrollWidth > node.clientWidth + 1;
  // By half a line: what is pressed may have room around it that its cell has not.
  const taller = (node) => node.clientHeight > 2 && node.scrollHeight > node.clientHeight + 9;
  const cuts = (how) => how === "hidden" || how === "clip";
  const isCut = (node) => {
    const { overflowX, overflowY } = getComputedStyle(node);
    const pokes = overflowX === "visible" && node.matches(BOXES);
    return (wider(node) && (pokes || cuts(overflowX))) || (taller(node) && cuts(overflowY));
  };
  return [...document.body.querySelectorAll("*")]
    .filter((node) => node.textContent.includes("⟦") && !node.matches(".jobops-fold > summary"))
    .filter((node) => seen(node) && isCut(node))
    .map((node) => `${node.localName}.${node.className}`.slice(0, 40) + `: ${node.innerText}`);
}"""


def faults_of(page: Page) -> dict[str, object]:
    return {
        "cut": page.evaluate(CUT),
        "outside": page.evaluate(OUTSIDE),
        "wide": page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0,
    }


@SIZES
@pytest.mark.parametrize("reader", ["admin", "sales", "tech"])
def test_nothing_is_cut(reader: str, size: ViewportSize, world: World, page_of: PageOf) -> None:
    page = page_of(world.people[reader], size=size)
    faults = {}
    for path in pages(reader, world):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        faults[re.sub(r"\d+", "N", path)] = faults_of(page)
    fine = {"cut": [], "outside": [], "wide": False}
    assert {path: found for path, found in faults.items() if found != fine} == {}
