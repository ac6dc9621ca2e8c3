"""A session that is over while somebody types, and a job that is no longer theirs, in a browser."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, ViewportSize, expect

from operations import acts
from operations.models import Customer, Job
from people.models import User
from tests.browser.conftest import DESKTOP, PHONE, PageOf
from tests.factories import make_customer, make_job, make_task

NOT_YET = "What you typed is below and not saved yet"
KEPT = "Your session has ended. Sign in again: what you typed is kept, but not saved yet."


def session_over() -> None:
    Session.objects.all().delete()


def sign_in(page: Page, user: User) -> None:
    expect(page.get_by_text(KEPT)).to_be_visible()
    page.get_by_label("User name").fill(user.username)
    page.get_by_label("Password").fill("pass-word-1")
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_job_typed_while_the_session_ends_is_there_once_after_the_sign_in(
    size: ViewportSize, sales: User, page_of: PageOf
) -> None:
    make_customer(name="Cook")
    page = page_of(sales, size=size)
    page.goto("/admin/operations/job/add/")
    page.get_by_label("Title").first.fill("Boiler")
    page.get_by_label("Description").first.fill("Behind\nthe wall")
    page.get_by_label("Who calls").fill("Cook")
    page.get_by_role("option", name="Cook", exact=True).click()
    expect(page.get_by_label("Site", exact=True)).to_be_visible()
    page.get_by_label("Task 1").fill("Drain")
    page.get_by_label("Task 1").press("Enter")
    page.get_by_label("Task 2").fill("Fill")
    session_over()
    page.get_by_role("button", name="Save", exact=True).click()
    sign_in(page, sales)
    expect(page.get_by_text(NOT_YET)).to_be_visible()
    expect(page).to_have_url("/admin/operations/job/add/")
    expect(page.get_by_label("Title").first).to_have_value("Boiler")
    expect(page.get_by_label("Who calls")).to_have_value("Cook")
    expect(page.get_by_label("Task 2")).to_have_value("Fill")
    assert Job.objects.count() == 0
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    job = Job.objects.get()
    assert (job.title, job.description.splitlines()) == ("Boiler", ["Behind", "the wall"])
    assert [task.title for task in job.tasks.all()] == ["Drain", "Fill"]


def say_why_it_is_cancelled(page: Page, job: Job) -> None:
    """In the dialog on its page, which is left open."""
    page.goto(f"/admin/operations/job/{job.pk}/change/")
    page.get_by_label("More for this job").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_label("Reason").fill("Customer moved")


def test_a_reason_typed_in_a_dialog_while_the_session_ends_is_there_after_the_sign_in(
    sales: User, page_of: PageOf, faults: list[str]
) -> None:
    job = make_job(owner=sales)
    page = page_of(sales)
    say_why_it_is_cancelled(page, job)
    session_over()
    page.locator("#dialog button[type=submit]").click()
    sign_in(page, sales)
    expect(page.get_by_text(NOT_YET)).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("Customer moved")
    page.locator("main button[type=submit], #content button[type=submit]").last.click()
    expect(page.get_by_text("is now cancelled")).to_be_visible()
    assert all("401" in fault for fault in faults)
    faults.clear()


def test_a_dialog_that_is_opened_without_a_session_leads_to_the_sign_in(
    sales: User, page_of: PageOf
) -> None:
    job = make_job(owner=sales)
    page = page_of(sales)
    page.goto(f"/admin/operations/job/{job.pk}/change/")
    session_over()
    page.get_by_label("More for this job").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page).to_have_url(f"/admin/login/?next=/admin/operations/job/{job.pk}/change/")
    expect(page.get_by_label("Password")).to_be_visible()


def test_a_reason_for_many_typed_while_the_session_ends_is_there_after_the_sign_in(
    sales: User, page_of: PageOf, faults: list[str]
) -> None:
    job = make_job(owner=sales)
    page = page_of(sales)
    page.goto(f"/admin/operations/job/bulk/cancel/?jobs={job.pk}:{job.version}")
    page.get_by_label("Reason").fill("Snow")
    session_over()
    page.get_by_role("button", name="Cancel jobs").click()
    sign_in(page, sales)
    expect(page.get_by_label("Reason")).to_have_value("Snow")
    # Its script tells of each job in place.
    page.wait_for_load_state()
    page.get_by_role("button", name="Cancel jobs").click()
    expect(page.get_by_text("1 changed")).to_be_visible()
    job.refresh_from_db()
    assert job.status == "cancelled"
    assert all("401" in fault for fault in faults)
    faults.clear()


NOTHING_SENT = (
    "Nothing was sent: there is no signal. "
    "What you typed is still here; try again when there is one."
)
THERE_AGAIN = "There is a signal again. What you typed is not saved yet."


def test_a_form_without_a_signal_stays_with_what_was_typed(sales: User, page_of: PageOf) -> None:
    page = page_of(sales, size=PHONE)
    page.goto("/admin/operations/customer/add/")
    page.get_by_label("Name", exact=False).first.fill("Harbour Hotel")
    page.context.set_offline(True)
    save = page.get_by_role("button", name="Save", exact=True)
    for _again in range(2):
        save.tap()
        expect(page.get_by_role("alert")).to_have_text(NOTHING_SENT)
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)
    expect(page.get_by_label("Name", exact=False).first).to_have_value("Harbour Hotel")
    page.context.set_offline(False)
    expect(page.get_by_role("alert")).to_have_text(THERE_AGAIN)
    save.tap()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert [customer.name for customer in Customer.objects.all()] == ["Harbour Hotel"]


def test_a_dialog_and_a_window_without_a_signal_stay_with_what_was_typed(
    sales: User, page_of: PageOf
) -> None:
    job = make_job(owner=sales)
    page = page_of(sales)
    say_why_it_is_cancelled(page, job)
    page.context.set_offline(True)
    page.locator("#dialog button[type=submit]").click()
    expect(page.get_by_role("alert")).to_have_text(NOTHING_SENT)
    # A tap on the sentence does not close the dialog.
    page.get_by_role("alert").click()
    expect(page.get_by_label("Reason")).to_have_value("Customer moved")
    page.context.set_offline(False)
    page.locator("#dialog button[type=submit]").click()
    expect(page.get_by_text("is now cancelled")).to_be_visible()
    page.goto("/admin/operations/customer/add/?_popup=1")
    page.context.set_offline(True)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text(NOTHING_SENT)


def test_a_note_on_a_job_that_went_to_somebody_else_stays_to_be_copied(
    tech: User, other_tech: User, sales: User, page_of: PageOf, faults: list[str]
) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    make_task(job=job)
    page = page_of(tech, size=PHONE)
    page.goto(f"/admin/operations/job/{job.pk}/change/")
    page.get_by_text("Add a note").click()
    page.get_by_label("Note").fill("The valve is rusty.\nIt leaks.")
    acts.assign(job, other_tech, by=sales)
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_role("heading", name="Nothing was saved")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("The valve is rusty.\nIt leaks.")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert "404" in faults.pop()


def test_a_reason_for_a_job_that_went_to_somebody_else_stays_to_be_copied(
    sales: User, other_sales: User, admin: User, page_of: PageOf, faults: list[str]
) -> None:
    job = make_job(owner=sales)
    page = page_of(sales)
    say_why_it_is_cancelled(page, job)
    acts.edit(job, by=admin, owner=other_sales)
    page.locator("#dialog button[type=submit]").click()
    expect(page.get_by_role("heading", name="Nothing was saved")).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("Customer moved")
    assert faults
    assert all("404" in fault for fault in faults)
    faults.clear()


def test_what_is_wrong_with_a_form_is_in_sight(admin: User, page_of: PageOf) -> None:
    job = make_job(owner=admin, tasks=6)
    page = page_of(admin)
    page.goto(f"/admin/operations/job/{job.pk}/change/?edit=tasks")
    page.get_by_label("Title").first.fill(" ")
    page.get_by_role("button", name="Save", exact=True).click()
    note = page.locator(".errornote").first
    expect(note).to_contain_text("Title: This field is required.")
    expect(page.get_by_label("Title").first).to_be_focused()
    expect(page.get_by_label("Title").first).to_be_in_viewport()
