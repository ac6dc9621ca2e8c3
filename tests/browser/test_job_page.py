"""The page of a job by mouse and by keyboard: its menu, its notes, what happened, and its form."""

from __future__ import annotations

import pytest
from playwright.sync_api import ViewportSize, expect

from core.record import audit
from core.record.audit import Kind
from operations import acts
from operations.models import Job
from people.models import User
from tests import acting
from tests.browser.conftest import (
    AROUND,
    DESKTOP,
    PHONE,
    PageOf,
    missed,
    shuts_out,
    shuts_out_in_the_dark,
)
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task

SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


@pytest.fixture
def job(admin: User, sales: User, tech: User) -> Job:
    site = make_site(name="Mill", address="1 Quay", customer=make_customer(phone="555"))
    job = make_job(owner=sales, assigned_to=tech, site=site, title="Boiler")
    task = make_task(job=job, title="Drain", equipment=[make_equipment()])
    make_task(job=job, title="Fill")
    acts.progress(task, by=tech, status="completed", note="Rusty")
    acting.hold(job, by=tech, reason="No parts")
    for number in range(12):
        with audit.change_set(Kind.FORM, by=sales):
            acts.edit(job, by=sales, title=f"Boiler {number}")
    return job


def address(job: Job) -> str:
    return f"/admin/operations/job/{job.pk}/change/"


@SIZES
def test_nothing_on_it_shuts_anybody_out(
    size: ViewportSize, job: Job, admin: User, page_of: PageOf
) -> None:
    page = page_of(admin, size=size)
    page.goto(address(job))
    page.get_by_label("More for this job").click()
    page.locator(".jobops-event summary").first.click()
    page.wait_for_load_state("networkidle")
    found = [*shuts_out(page), *shuts_out_in_the_dark(page)]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []


def test_the_menu_opens_and_closes_by_key_and_its_dialogs_by_name(
    job: Job, admin: User, page_of: PageOf
) -> None:
    page = page_of(admin)
    page.goto(address(job))
    menu = page.get_by_label("More for this job")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Delete job")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Delete job")).to_be_hidden()
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_label("Colleague")).to_be_visible()
    expect(page.get_by_role("link", name="Delete job")).to_be_hidden()


@SIZES
def test_older_events_come_on_demand_and_fields_unfold(
    size: ViewportSize, job: Job, sales: User, page_of: PageOf
) -> None:
    page = page_of(sales, size=size)
    page.goto(address(job))
    events = page.locator(".jobops-event")
    expect(events).to_have_count(10)
    page.get_by_role("link", name="Show older").click()
    expect(events.nth(10)).to_be_focused()
    expect(page.get_by_text("Tina Tech put the job on hold: “No parts”")).to_have_count(2)
    fields = events.first.locator(".jobops-changes")
    expect(fields).to_be_hidden()
    events.first.locator("summary").click()
    expect(fields).to_contain_text("Boiler 11")
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Edit", "#id_title"),
        ("Edit when it takes place", "#id_schedule"),
        ("Edit who does it", "#technician"),
        ("Edit tasks", "#id_tasks-1-title"),
    ],
)
def test_the_form_opens_in_the_field_that_was_asked_for(
    name: str, field: str, job: Job, sales: User, page_of: PageOf
) -> None:
    page = page_of(sales)
    page.goto(address(job))
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.locator(field)).to_be_focused()
    page.get_by_role("link", name="Back to the job").click()
    expect(page.locator("#job-title")).to_have_text("Boiler 11")


def test_what_is_typed_and_not_saved_is_not_left_unasked(
    job: Job, sales: User, page_of: PageOf
) -> None:
    page = page_of(sales)
    page.goto(f"{address(job)}?edit=title")
    page.locator("#id_title").fill("Pump")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="Back to the job").click()
    expect(page.locator("#job-title")).to_have_text("Boiler 11")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ["Share", "Cancel job"])
def test_a_dialog_of_the_menu_gives_the_cursor_back_to_it(
    name: str, size: ViewportSize, job: Job, sales: User, page_of: PageOf
) -> None:
    page = page_of(sales, size=size)
    page.goto(address(job))
    menu = page.locator(".jobops-menu > summary")
    menu.focus()
    page.keyboard.press("Enter")
    page.locator(".jobops-menu").get_by_role("button", name=name).press("Enter")
    expect(page.get_by_role("dialog", name=name)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(menu).to_be_focused()


def test_a_copy_begins_in_its_title(job: Job, sales: User, page_of: PageOf) -> None:
    page = page_of(sales)
    page.goto(address(job))
    page.locator(".jobops-menu > summary").click()
    page.get_by_role("link", name="Duplicate").click()
    expect(page.locator("#id_title")).to_be_focused()


def test_what_is_tapped_of_it_on_the_way_is_large_enough(
    job: Job, admin: User, tech: User, page_of: PageOf
) -> None:
    page = page_of(admin, size=PHONE)
    page.goto(address(job))
    page.evaluate("document.fonts.ready")
    above_and_below = [(0, -21.5), (0, 21.5)]
    assert missed(page.locator("a[href='tel:555']"), above_and_below) == []
    assert missed(page.get_by_role("link", name="1 Quay"), above_and_below) == []
    assert missed(page.get_by_role("link", name="Edit when it takes place"), AROUND) == []
    assert missed(page.get_by_role("link", name="Edit who does it"), AROUND) == []
    acting.resume(job, by=tech)
    page.reload()
    assert missed(page.locator(".jobops-note-form > summary").first, above_and_below) == []
