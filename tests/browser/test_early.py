"""Whoever is quicker than the scripts of a page, or comes back to it, sees the page catch up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from typing import Protocol

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from operations.models import Job
from people.models import User
from tests.browser.conftest import PHONE, PageOf, hold_scripts
from tests.factories import make_customer, make_equipment, make_job, make_task

ADD = "/admin/operations/job/add/"
TIMES = {"scheduled_date": date(2030, 5, 6), "start_time": time(10), "end_time": time(12)}


class Early(Protocol):
    """Opens an address without its script, and answers what lets it go on."""

    def __call__(self, page: Page, address: str, *, script: str) -> Callable[[], None]: ...


@pytest.fixture
def early() -> Early:
    def _early(page: Page, address: str, *, script: str) -> Callable[[], None]:
        scripts = re.compile(rf"/{script}\b.*\.js")
        release = hold_scripts(page, scripts)
        with page.expect_request(scripts):
            page.goto(address, wait_until="commit")

        def go_on() -> None:
            release()
            page.wait_for_load_state()

        return go_on

    return _early


def edit_of(job: Job) -> str:
    return f"/admin/operations/job/{job.pk}/change/?edit=title"


def option(page: Page, text: str) -> Locator:
    return page.get_by_role("option", name=text)


def leave_and_come_back(page: Page) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.evaluate("location.assign('/admin/operations/job/')")
    page.wait_for_url("**/admin/operations/job/")
    page.go_back()


def test_a_caller_typed_early_is_looked_for(sales: User, page_of: PageOf, early: Early) -> None:
    make_customer(name="Baker")
    page = page_of(sales)
    go_on = early(page, ADD, script="job_form/new")
    page.get_by_label("Who calls").click()
    page.get_by_label("Who calls").press_sequentially("Bak")
    go_on()
    option(page, "Baker").first.click()
    expect(page.get_by_role("link", name="Page of Baker")).to_be_visible()
    expect(page.get_by_label("Title").first).to_be_focused()


def test_another_caller_typed_early_is_not_the_one_who_stood_there(
    sales: User, page_of: PageOf, early: Early
) -> None:
    baker = make_customer(name="Baker")
    page = page_of(sales)
    go_on = early(page, f"{ADD}?customer={baker.pk}", script="job_form/new")
    caller = page.get_by_label("Who calls")
    expect(caller).to_have_value("Baker")
    caller.fill("Coo")
    go_on()
    expect(page.locator("#chosen-customer")).to_have_value("")
    expect(page.get_by_label("Site", exact=True)).to_be_hidden()
    expect(option(page, "New customer “Coo”")).to_be_visible()
    expect(caller).to_be_focused()


def test_equipment_typed_early_is_looked_for(sales: User, page_of: PageOf, early: Early) -> None:
    job = make_job(owner=sales, tasks=1)
    make_equipment(name="Analyser", serial_number="FG300")
    page = page_of(sales)
    go_on = early(page, edit_of(job), script="job_form/edit")
    box = page.get_by_label("Equipment for this task")
    # Until its styles are there, no field can have the cursor.
    box.click()
    box.press_sequentially("fg300")
    go_on()
    option(page, "Analyser (FG300)").click()
    expect(page.locator("[data-picked]")).to_contain_text("Analyser (FG300)")


def test_a_technician_typed_early_is_offered(
    sales: User, tech: User, other_tech: User, page_of: PageOf, early: Early
) -> None:
    page = page_of(sales)
    go_on = early(page, ADD, script="job_form/new")
    page.get_by_label("Technician").click()
    page.get_by_label("Technician").press_sequentially("tina")
    go_on()
    expect(page.locator(".jobops-offered:visible [role=option] > span")).to_have_text([tech.name])
    option(page, tech.name).click()
    expect(page.locator("#chosen-technician")).to_have_value(str(tech.pk))


@pytest.mark.parametrize(("typed", "stays"), [("", False), ("Theo", True)])
def test_a_technician_box_left_early_shows_who_is_saved(
    *, typed: str, stays: bool, sales: User, tech: User, page_of: PageOf, early: Early
) -> None:
    job = make_job(owner=sales, assigned_to=tech, **TIMES)
    page = page_of(sales)
    go_on = early(page, edit_of(job), script="job_form/edit")
    box = page.get_by_label("Technician")
    expect(box).to_have_value(tech.name)
    box.fill(typed)
    page.get_by_label("Title").first.focus()
    go_on()
    expect(box).to_have_value(tech.name if stays else "")
    expect(page.locator("#chosen-technician")).to_have_value(str(tech.pk) if stays else "")


def test_what_is_typed_early_and_names_nobody_does_not_stay(
    sales: User, tech: User, page_of: PageOf, early: Early
) -> None:
    page = page_of(sales)
    go_on = early(page, ADD, script="job_form/new")
    page.get_by_label("Technician").fill("Tina")
    page.get_by_label("Title").first.focus()
    go_on()
    expect(page.get_by_label("Technician")).to_have_value("")


def test_a_day_picked_early_is_said(sales: User, page_of: PageOf, early: Early) -> None:
    job = make_job(owner=sales, **TIMES)
    page = page_of(sales)
    go_on = early(page, edit_of(job), script="job_form/edit")
    when = page.get_by_label("When", exact=True)
    expect(when).to_have_value("Mon 6 May 2030, 10:00–12:00")
    page.get_by_label("Scheduled date").fill("2030-05-07")
    page.get_by_label("End time").select_option("13:00")
    go_on()
    expect(when).to_have_value("Tue 7 May 2030, 10:00–13:00")
    expect(page.get_by_label("Scheduled date")).to_have_value("2030-05-07")


def test_what_is_said_early_fills_what_can_be_picked(
    sales: User, page_of: PageOf, early: Early
) -> None:
    job = make_job(owner=sales, **TIMES)
    page = page_of(sales)
    go_on = early(page, edit_of(job), script="job_form/edit")
    page.get_by_label("When", exact=True).fill("8.5.2030 9-10")
    go_on()
    expect(page.locator("[data-understood]")).to_have_text("Wed 8 May 2030, 09:00–10:00")
    expect(page.get_by_label("Scheduled date")).to_have_value("2030-05-08")


def test_whoever_comes_back_to_the_form_of_a_job_sees_what_is_saved(
    sales: User, tech: User, page_of: PageOf
) -> None:
    job = make_job(owner=sales, title="Boiler", assigned_to=tech, **TIMES)
    tools = [make_equipment(name=name, serial_number=name) for name in ("One", "Two")]
    make_task(job=job, title="Look", equipment=tools)
    make_task(job=job, title="Mend")
    page = page_of(sales)
    page.goto(edit_of(job))
    page.get_by_role("button", name="Remove One").click()
    page.get_by_role("button", name="Remove this task").nth(1).click()
    page.get_by_label("When", exact=True).fill("7.5.2030 10-12")
    expect(page.get_by_label("Scheduled date")).to_have_value("2030-05-07")
    leave_and_come_back(page)
    expect(page.locator("[data-picked]").first).to_contain_text("Two (Two)")
    expect(page.locator("[data-picked]").first).not_to_contain_text("One (One)")
    expect(page.get_by_role("button", name="Keep this task")).to_be_visible()
    expect(page.get_by_label("When", exact=True)).to_have_value("Tue 7 May 2030, 10:00–12:00")


def test_escape_drops_what_is_still_looked_for(sales: User, page_of: PageOf) -> None:
    make_equipment(name="Analyser", serial_number="FG300")
    page = page_of(sales)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/autocomplete/*", hold)
    page.goto(ADD)
    box = page.get_by_label("Equipment for this task")
    with page.expect_request("**/autocomplete/*"):
        box.press_sequentially("fg300")
    box.press("Escape")
    with page.expect_response("**/autocomplete/*"):
        held[0].continue_()
    page.evaluate("() => new Promise((done) => setTimeout(done))")
    expect(page.locator(".jobops-offered [role=option]")).to_have_count(0)
    # And what is not yet asked is not asked.
    box.press("0")
    box.press("Escape")
    page.evaluate("() => new Promise((done) => setTimeout(done, 300))")
    assert len(held) == 1
    # Whoever types on is offered it.
    page.unroute("**/autocomplete/*")
    box.press("Backspace")
    expect(option(page, "Analyser (FG300)")).to_be_visible()


def test_of_two_callers_chosen_the_last_one_stays(sales: User, page_of: PageOf) -> None:
    baker, cook = (make_customer(name=name) for name in ("Baker", "Cook"))
    page = page_of(sales)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(f"**/callers/{baker.pk}/", hold)
    page.goto(ADD)
    caller = page.get_by_label("Who calls")
    caller.fill("Bak")
    with page.expect_request(f"**/callers/{baker.pk}/"):
        option(page, "Baker").first.click()
    caller.fill("Coo")
    option(page, "Cook").first.click()
    expect(page.locator("#chosen-customer")).to_have_value(str(cook.pk))
    with page.expect_response(f"**/callers/{baker.pk}/"):
        held[0].continue_()
    page.evaluate("() => new Promise((done) => setTimeout(done))")
    expect(page.locator("#chosen-customer")).to_have_value(str(cook.pk))
    expect(caller).to_have_value("Cook")


def test_whoever_comes_back_to_a_day_sees_which_it_is(admin: User, page_of: PageOf) -> None:
    page = page_of(admin)
    page.goto("/admin/audit-log/")
    field = page.locator(".vDateField, .vCustomDateField").first
    field.fill("2030-05-06")
    hint = page.locator(".jobops-day").first
    expect(hint).to_contain_text("Mon")
    leave_and_come_back(page)
    expect(field).to_have_value("2030-05-06")
    expect(hint).to_contain_text("Mon")


def test_whoever_comes_back_to_many_jobs_sees_what_happens_to_them(
    sales: User, tech: User, page_of: PageOf
) -> None:
    job = make_job(owner=sales, scheduled_date=date(2030, 5, 6))
    page = page_of(sales)
    page.goto(f"/admin/operations/job/bulk/assign/?jobs={job.pk}:{job.version}")
    happens = page.locator(f'tr[data-job="{job.pk}"] [data-foreseen]')
    page.get_by_label("Technician", exact=True).select_option(str(tech.pk))
    expect(happens).to_contain_text(f"Will go to {tech.name}")
    leave_and_come_back(page)
    expect(page.get_by_label("Technician", exact=True)).to_have_value(str(tech.pk))
    expect(happens).to_contain_text(f"Will go to {tech.name}")


def test_a_note_opened_early_is_written_at_once(
    sales: User, tech: User, page_of: PageOf, early: Early
) -> None:
    job = make_job(owner=sales, assigned_to=tech, tasks=1)
    page = page_of(tech, size=PHONE)
    go_on = early(page, f"/admin/operations/job/{job.pk}/change/", script="operations/job_page")
    page.get_by_text("Add a note").click()
    go_on()
    expect(page.get_by_label("Note")).to_be_focused()


def test_whoever_begins_as_the_page_is_loaded_keeps_the_cursor(
    admin: User, page_of: PageOf
) -> None:
    page = page_of(admin)
    # After the scripts of the page have heard that it is loaded, and before it is drawn.
    page.add_init_script(
        """document.addEventListener("DOMContentLoaded", () => addEventListener("load", () => {
            document.getElementById("id_serial_number").focus();
            document.dispatchEvent(new KeyboardEvent("keydown", { key: "F" }));
            requestAnimationFrame(() => setTimeout(() => document.body.dataset.drawn = "yes"));
        }))"""
    )
    page.goto("/admin/operations/equipment/add/")
    expect(page.locator("body")).to_have_attribute("data-drawn", "yes")
    expect(page.get_by_label("Serial number")).to_be_focused()
