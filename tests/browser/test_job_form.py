"""The form of a job by mouse and by keyboard: tasks in order, places of a customer, both values."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from operations.models import Job
from people.models import User
from tests.browser.conftest import DESKTOP, PHONE, PageOf
from tests.factories import make_customer, make_job, make_site, make_task


@pytest.fixture
def job(sales: User) -> Job:
    job = make_job(owner=sales, title="Boiler", site=make_site(name="Mill"))
    for title in ("Drain", "Clean", "Fill"):
        make_task(job=job, title=title)
    return job


def opened(page: Page, job: Job) -> Page:
    page.goto(f"/admin/operations/job/{job.pk}/change/")
    return page


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()


def task(page: Page, place: int) -> Locator:
    return page.locator("#tasks-data tbody.form-group").nth(place)


def titles(job: Job) -> list[str]:
    return list(job.tasks.values_list("title", flat=True))


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_tasks_are_moved_by_buttons_and_keys_and_it_is_told(
    size: ViewportSize, job: Job, sales: User, page_of: PageOf
) -> None:
    page = opened(page_of(sales, size=size), job)
    task(page, 2).get_by_role("button", name="Move this task up").click()
    expect(page.locator("#job-form-words")).to_have_text("Fill is now number 2 of 3")
    task(page, 0).get_by_role("button", name="Move this task: drag it").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#job-form-words")).to_have_text("Drain is now number 3 of 3")
    save(page)
    assert titles(job) == ["Fill", "Clean", "Drain"]


def test_tasks_are_moved_by_the_mouse_new_ones_too(job: Job, sales: User, page_of: PageOf) -> None:
    page = opened(page_of(sales), job)
    page.get_by_role("link", name="Add another Task").click()
    page.locator("#id_tasks-3-title").fill("Look")
    new = task(page, 3).get_by_role("button", name="Move this task: drag it")
    new.drag_to(task(page, 0), target_position={"x": 200, "y": 2})
    expect(page.locator("#id_tasks-3-position")).to_have_value("1")
    save(page)
    assert titles(job) == ["Look", "Drain", "Clean", "Fill"]


def test_a_site_is_chosen_among_those_of_the_customer_and_made_for_them_by_keys_alone(
    job: Job, sales: User, page_of: PageOf
) -> None:
    make_site(name="Quay", customer=make_customer(name="Cook"))
    page = opened(page_of(sales), job)
    site = page.locator(".field-site .select2-selection")
    site.click()
    expect(page.locator(".select2-results__option")).to_have_text([f"{job.customer} – Mill"])
    page.keyboard.press("Escape")
    page.locator(".field-customer .select2-selection").click()
    page.keyboard.type("Cook")
    page.locator(".select2-results__option", has_text="Cook").click()
    expect(site).not_to_contain_text("Mill")
    page.get_by_role("button", name="More for site").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Add another site")).to_be_focused()
    with page.expect_popup() as popup:
        page.keyboard.press("Enter")
    window = popup.value
    expect(window.locator(".field-customer .select2-selection")).to_contain_text("Cook")
    window.get_by_label("Name").first.fill("Pier")
    window.get_by_role("button", name="Save", exact=True).click()
    expect(site).to_contain_text("Pier")
    save(page)
    job.refresh_from_db()
    assert (str(job.customer), str(job.site)) == ("Cook", "Pier")


def test_a_menu_beside_a_field_is_closed_by_escape_which_leads_back(
    job: Job, sales: User, page_of: PageOf
) -> None:
    page = opened(page_of(sales), job)
    button = page.get_by_role("button", name="More for customer")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Add another customer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Add another customer")).to_be_hidden()
    expect(button).to_be_focused()


def test_both_values_stand_side_by_side_and_one_is_chosen(
    job: Job, sales: User, page_of: PageOf
) -> None:
    page = opened(page_of(sales), job)
    job.title, job.description = "Theirs", "Theirs"
    job.save()
    page.get_by_label("Title").first.fill("Mine")
    page.get_by_label("Description").first.fill("Mine")
    page.get_by_role("button", name="Save", exact=True).click()
    choices = page.get_by_role("region", name="Whose value shall stay?")
    choices.get_by_role("row", name="Title").get_by_label("Theirs").check()
    save(page)
    job.refresh_from_db()
    assert (job.title, job.description) == ("Theirs", "Mine")
