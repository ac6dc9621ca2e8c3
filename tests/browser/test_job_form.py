"""The form of a job by mouse and by keyboard: tasks in order, places of a customer, both values."""

from __future__ import annotations

import re
from datetime import time, timedelta

import pytest
from playwright.sync_api import Locator, Page, Route, ViewportSize, expect

from core.record import audit
from operations import acts
from operations.models import Job
from people.models import User
from tests.browser.conftest import DESKTOP, PHONE, PageOf
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task


@pytest.fixture
def job(sales: User) -> Job:
    job = make_job(owner=sales, title="Boiler", site=make_site(name="Mill"))
    for title in ("Drain", "Clean", "Fill"):
        make_task(job=job, title=title)
    return job


def opened(page: Page, job: Job, field: str = "title") -> Page:
    page.goto(f"/admin/operations/job/{job.pk}/change/?edit={field}")
    return page


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    expect(page.locator("#job-title")).to_be_visible()


def task(page: Page, place: int) -> Locator:
    return page.locator("[data-new-task]").nth(place)


def titles(job: Job) -> list[str]:
    return list(job.tasks.values_list("title", flat=True))


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_tasks_are_moved_added_and_removed_by_keys_and_it_is_told(
    size: ViewportSize, job: Job, sales: User, page_of: PageOf
) -> None:
    page = opened(page_of(sales, size=size), job, "tasks")
    expect(page.get_by_label("Task 3")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("Look")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-announced]")).to_have_text("Look is now number 3 of 4")
    page.get_by_role("button", name="Move this task: drag it").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-announced]")).to_have_text("Drain is now number 2 of 4")
    # One that is saved goes with the next save, and can be kept until then.
    for name in ("Remove this task", "Keep this task", "Remove this task"):
        task(page, 0).get_by_role("button", name=name).press("Enter")
    expect(task(page, 0).get_by_role("button", name="Keep this task")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert titles(job) == ["Drain", "Look", "Fill"]


def test_tasks_are_moved_by_the_mouse_new_ones_too(job: Job, sales: User, page_of: PageOf) -> None:
    page = opened(page_of(sales), job)
    page.get_by_role("button", name="Add a task").click()
    page.get_by_label("Task 4").fill("Look")
    new = task(page, 3).get_by_role("button", name="Move this task: drag it")
    new.drag_to(task(page, 0), target_position={"x": 200, "y": 2})
    expect(page.locator("#id_tasks-3-position")).to_have_value("1")
    save(page)
    assert titles(job) == ["Look", "Drain", "Clean", "Fill"]


def test_tasks_stand_as_they_were_moved_when_the_form_comes_back(
    job: Job, sales: User, page_of: PageOf
) -> None:
    page = opened(page_of(sales), job)
    page.get_by_label("Task 3").press("Alt+ArrowUp")
    page.locator("#id_title").fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#id_title")).to_be_focused()
    values = [page.get_by_label(f"Task {place}").input_value() for place in (1, 2, 3)]
    assert values == ["Drain", "Fill", "Clean"]
    page.locator("#id_title").fill("Boiler")
    save(page)
    assert titles(job) == ["Drain", "Fill", "Clean"]


def test_equipment_is_told_by_its_whole_serial_number_and_taken_off(
    job: Job, sales: User, page_of: PageOf
) -> None:
    make_task(job=job, title="Look", equipment=[make_equipment(serial_number="FG300-2-08114")])
    page = opened(page_of(sales), job)
    expect(task(page, 3).locator("[data-picked]")).to_contain_text("(FG300-2-08114)")
    task(page, 3).get_by_role("button", name="Remove", exact=False).first.click()
    save(page)
    assert [list(each.equipment.all()) for each in job.tasks.all()] == [[], [], [], []]


def test_when_it_takes_place_is_said_and_who_is_free_then_stands_first(
    job: Job, sales: User, tech: User, other_tech: User, page_of: PageOf
) -> None:
    day = audit.today() + timedelta(days=1)
    times = {"scheduled_date": day, "start_time": time(10), "end_time": time(11)}
    other = make_job(owner=sales, assigned_to=tech, title="Pump", **times)
    acts.assign(job, tech, by=sales)
    page = opened(page_of(sales), job, "scheduled_date")
    expect(page.get_by_label("When", exact=True)).to_be_focused()
    page.keyboard.type("tomorrow 10-12")
    notice = page.locator("[data-load]")
    expect(notice).to_contain_text(f"Tina Tech has {other} at that time, 10:00–11:00.")
    expect(notice.get_by_role("link", name="Open the job")).to_be_visible()
    page.get_by_label("Technician").click()
    page.keyboard.press("ArrowUp")
    names = page.locator(".jobops-offered:visible [role=option] > span")
    expect(names).to_have_text([other_tech.name, tech.name, "Nobody yet"])
    page.locator(".jobops-offered:visible [role=option]").first.click()
    save(page)
    job.refresh_from_db()
    assert (job.scheduled_date, job.times_text) == (day, "10:00–12:00")
    assert job.assigned_to == other_tech


def test_a_job_is_no_clash_with_itself(job: Job, sales: User, tech: User, page_of: PageOf) -> None:
    acts.assign(job, tech, by=sales)
    tomorrow = audit.today() + timedelta(days=1)
    acts.reschedule(job, tomorrow, time(10), time(11), by=sales)
    page = opened(page_of(sales), job)
    expect(page.locator("[data-load]")).to_have_text("free")


def test_who_does_it_and_is_a_technician_no_more_stays_until_somebody_else_is_chosen(
    job: Job, sales: User, tech: User, other_tech: User, page_of: PageOf
) -> None:
    acts.assign(job, tech, by=sales)
    User.objects.filter(pk=tech.pk).update(is_active=False)
    page = opened(page_of(sales), job, "assigned_to")
    expect(page.get_by_label("Technician")).to_be_focused()
    expect(page.locator(".jobops-offered:visible [role=option]")).to_have_count(2)
    page.keyboard.press("Tab")
    expect(page.get_by_label("Technician")).to_have_value(tech.name)
    page.locator("#id_title").fill("Pump")
    save(page)
    job.refresh_from_db()
    assert (job.title, job.assigned_to) == ("Pump", tech)


def test_a_site_is_chosen_among_those_of_the_customer_and_made_for_them_by_keys_alone(
    job: Job, sales: User, page_of: PageOf
) -> None:
    make_site(name="Quay", customer=make_customer(name="Cook"))
    page = opened(page_of(sales), job)
    site = page.locator("[data-field=site] .select2-selection")
    site.click()
    expect(page.locator(".select2-results__option")).to_have_text([f"{job.customer} – Mill"])
    page.keyboard.press("Escape")
    page.locator("[data-field=customer] .select2-selection").click()
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
    choices = page.get_by_role("region", name="Which value should be kept?")
    choices.get_by_role("row", name="Title").get_by_label("Theirs").check()
    save(page)
    job.refresh_from_db()
    assert (job.title, job.description) == ("Theirs", "Mine")


def test_who_is_quicker_than_the_scripts_keeps_the_cursor(sales: User, page_of: PageOf) -> None:
    page = page_of(sales)
    late: list[Route] = []

    def hold(route: Route) -> None:
        late.append(route)

    page.route(re.compile(r"/job_form/new\b.*\.js"), hold)
    with page.expect_request(re.compile(r"/job_form/new\b.*\.js")):
        page.goto("/admin/operations/job/add/", wait_until="commit")
    title = page.get_by_label("Title").first
    # Until its styles are there, no field can have the cursor.
    focused = "field => { field.focus(); return document.activeElement === field; }"
    while not title.evaluate(focused):
        page.wait_for_timeout(50)
    page.keyboard.insert_text("Cold room ")
    late[0].continue_()
    expect(page.get_by_role("combobox", name="Who calls")).to_be_visible()
    page.wait_for_load_state("load")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    page.keyboard.insert_text("is warm")
    expect(title).to_have_value("Cold room is warm")
