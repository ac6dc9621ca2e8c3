"""The main job, whole, as three people do it in the browser."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from operations.models import Job
from people.models import User
from tests.browser.conftest import PHONE, PageOf
from tests.factories import make_equipment


def choose(page: Page, field: Locator, text: str) -> None:
    """Pick a choice of a field that offers what is typed."""
    field.fill(text)
    page.get_by_role("option", name=text).first.click()


def test_a_job_is_entered_worked_on_read_and_reopened(
    page_of: PageOf, sales: User, tech: User, admin: User
) -> None:
    make_equipment(name="Leak detector", serial_number="LD-100")
    number = _sales_enters_the_job(page_of(sales))
    _the_technician_does_it(page_of(tech, size=PHONE), number)
    _the_admin_reads_and_reopens_it(page_of(admin), number)


def _sales_enters_the_job(page: Page) -> str:
    page.goto("/admin/")
    page.get_by_role("link", name="New job").click()
    page.get_by_label("Title").first.fill("Cold room does not cool")
    page.get_by_label("Priority").select_option("High")
    _add_customer(page)
    choose(page, page.get_by_label("Technician"), "Tina")
    page.get_by_label("Task 1").fill("Find the leak")
    page.get_by_role("button", name="Add a task").click()
    page.get_by_label("Task 2").fill("Refill and test")
    choose(page, page.get_by_label("Equipment for this task").first, "Leak")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    job = Job.objects.get()
    assert (job.title, job.priority) == ("Cold room does not cool", Job.Priority.HIGH)
    assert (job.customer.name, job.owner.username) == ("Harbour Fish Hall", "sara")
    assert [list(task.equipment.all()[:1]) != [] for task in job.tasks.all()] == [True, False]
    return job.number


def _add_customer(page: Page) -> None:
    choose(page, page.get_by_label("Who calls"), "Harbour Fish Hall")
    new = page.get_by_role("group", name="New customer")
    expect(new.get_by_label("Name", exact=False).first).to_have_value("Harbour Fish Hall")


def _the_technician_does_it(page: Page, number: str) -> None:
    page.goto("/admin/operations/job/")
    # A card on a phone says what is to be done; the number is for the desk.
    page.get_by_role("link", name="Cold room does not cool").click()
    expect(page.get_by_text(number).first).to_be_visible()
    expect(page.get_by_role("button", name="Complete")).to_be_disabled()
    expect(page.get_by_text("Finish 2 tasks to complete this job.")).to_be_visible()
    tasks = page.locator(".jobops-task")
    expect(tasks.nth(0)).to_contain_text("LD-100")
    page.locator(".jobops-head").get_by_role("button", name="Start").click()
    expect(page.get_by_text(re.compile("is now in progress"))).to_be_visible()
    tasks.nth(0).get_by_text("Add a note").click()
    expect(tasks.nth(0).get_by_label("Note")).to_be_focused()
    page.keyboard.type("Valve 3 was loose")
    tasks.nth(0).get_by_role("button", name="Done").click()
    expect(tasks.nth(0)).to_have_attribute("data-status", "completed")
    tasks.nth(1).get_by_role("button", name="Done").click()
    expect(tasks.nth(1)).to_have_attribute("data-status", "completed")
    page.get_by_role("button", name="Complete").click()
    expect(page.get_by_text("is now completed")).to_be_visible()
    assert Job.objects.get().status == Job.Status.COMPLETED


def _the_admin_reads_and_reopens_it(page: Page, number: str) -> None:
    page.goto("/admin/operations/job/")
    page.get_by_role("link", name=number).click()
    expect(page.locator(".jobops-note")).to_have_text("Valve 3 was loose")
    events = page.locator(".jobops-event")
    expect(events.first).to_contain_text("Tina Tech completed the job")
    expect(events.last).to_contain_text("Sara Sales entered the job with 2 tasks")
    page.get_by_role("link", name="Full history").click()
    entries = page.locator(".jobops-entry")
    expect(entries.first).to_contain_text("Tina Tech changed job")
    expect(entries.last).to_contain_text("Sara Sales created job")
    page.go_back()
    page.get_by_role("button", name="Reopen").click()
    dialog = page.locator("#dialog")
    dialog.get_by_role("button", name="Reopen").click()
    expect(dialog.get_by_text("This field is required.", exact=True)).to_be_visible()
    dialog.get_by_label("Reason").fill("Cools again, but drips")
    dialog.get_by_role("button", name="Reopen").click()
    expect(page.get_by_text("is now pending")).to_be_visible()
    sentence = "Adam Admin reopened the job: “Cools again, but drips”"
    expect(events.first).to_contain_text(sentence)
    expect(page.locator(".jobops-why")).to_contain_text(sentence)
    assert Job.objects.get().status == Job.Status.PENDING
