"""What is done to many jobs at once: how far it is, what became of each, and the way back."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from operations import acts
from operations.models import Job
from people.models import User
from tests.browser.conftest import PageOf
from tests.factories import make_job


def choose(page: Page, *jobs: Job, deed: str) -> None:
    page.goto("/admin/operations/job/")
    for job in jobs:
        page.locator(f'[name=_selected_action][value="{job.pk}"]').check()
    page.get_by_label("Select action to run").select_option(deed)
    page.get_by_role("button", name="Run").click()


def line(page: Page, job: Job) -> list[str]:
    """When, technician, status and what happens."""
    expect(page.locator(f'tr[data-job="{job.pk}"]')).to_be_visible()
    cells = page.locator(f'tr[data-job="{job.pk}"] td').all_inner_texts()
    return [text.strip() for text in cells[1:]]


def test_each_line_shows_what_became_of_its_job_and_all_are_put_back(
    sales: User, tech: User, page_of: PageOf
) -> None:
    jobs = [make_job(owner=sales, title=f"Job {place}") for place in range(30)]
    shut = make_job(owner=sales, title="Shut")
    acts.cancel(shut, by=sales, reason="Not wanted.")
    page = page_of(sales)
    choose(page, *jobs, shut, deed="Assign to a technician")
    assert line(page, jobs[0])[1:] == ["–", "Pending", "Goes to the technician you choose"]
    page.get_by_label("Technician").select_option(tech.name)
    page.get_by_role("button", name="Assign jobs").click()
    expect(page.get_by_role("status")).to_contain_text("done: 30")
    assert line(page, jobs[29]) == ["unscheduled", tech.name, "Pending", "Done"]
    assert line(page, shut)[-1] == f"{shut.number} is cancelled. Reopen it first."
    page.get_by_role("link", name="Undo").click()
    expect(page.get_by_role("heading", name="This is done to 30 jobs")).to_be_visible()
    assert line(page, jobs[0])[1:] == [tech.name, "Pending", "Technician: nobody"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("done: 30")
    assert line(page, jobs[29])[1:] == ["–", "Pending", "Done · Technician: nobody"]
    assert not Job.objects.filter(assigned_to=tech).exists()
