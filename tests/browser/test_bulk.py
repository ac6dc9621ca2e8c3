"""What is done to many jobs at once: how far it is, what became of each, and the way back."""

from __future__ import annotations

from datetime import date, time

from playwright.sync_api import Page, expect

from operations.models import Job
from people.models import User
from tests import acting
from tests.browser.conftest import PageOf, hold_scripts
from tests.factories import make_job


def run(page: Page, *jobs: Job, action: str) -> None:
    page.goto("/admin/operations/job/")
    for job in jobs:
        page.locator(f'[name=_selected_action][value="{job.pk}"]').check()
    page.get_by_label("Select action to run").select_option(action)
    page.get_by_role("button", name="Run").click()


def choose(page: Page, *jobs: Job, action: str) -> None:
    """With the script of the page, without which all are sent at once, to the list."""
    run(page, *jobs, action=action)
    page.locator("#bulk").wait_for()
    page.wait_for_load_state()


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
    acting.cancel(shut, by=sales, reason="Not wanted.")
    page = page_of(sales)
    choose(page, *jobs, shut, action="Assign to a technician")
    assert line(page, jobs[0])[1:] == ["–", "Pending", "Will go to the technician you choose"]
    page.get_by_label("Technician").select_option(str(tech.pk))
    page.get_by_role("button", name="Assign jobs").click()
    expect(page.get_by_role("status")).to_contain_text("30 changed")
    assert line(page, jobs[29]) == ["unscheduled", tech.name, "Pending", "Changed"]
    assert line(page, shut)[-1] == f"{shut.number} is cancelled. Reopen it first."
    page.get_by_role("link", name="Undo").click()
    expect(page.get_by_role("heading", name="30 jobs will change")).to_be_visible()
    assert line(page, jobs[0])[1:] == [tech.name, "Pending", "Technician: nobody"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("30 changed")
    assert line(page, jobs[29])[1:] == ["–", "Pending", "Changed · Technician: nobody"]
    assert not Job.objects.filter(assigned_to=tech).exists()


def test_beside_each_job_stands_what_its_technician_has_on_the_day_that_is_said(
    sales: User, tech: User, page_of: PageOf
) -> None:
    moved = make_job(owner=sales, assigned_to=tech, title="Moved")
    nobody = make_job(owner=sales, title="Nobody's")
    times = {"scheduled_date": date(2030, 5, 6), "start_time": time(9), "end_time": time(10)}
    there = make_job(owner=sales, assigned_to=tech, title="There", **times)
    page = page_of(sales)
    choose(page, moved, nobody, action="Reschedule")
    page.get_by_label("When", exact=True).fill("6.5.2030 10-12")
    moves = "Will move to Mon 6 May 2030, 10:00–12:00"
    happens = page.locator(f'tr[data-job="{moved.pk}"] [data-foreseen]')
    expect(happens).to_have_text(f"{moves} · {tech.name}: 1 job, free until 09:00, from 10:00")
    assert line(page, nobody)[-1] == moves
    page.get_by_label("When", exact=True).fill("6.5.2030 9:30-12")
    expect(happens).to_contain_text(f"{tech.name} has {there} at that time, 09:00–10:00.")
    expect(happens.get_by_role("link", name="Open the job")).to_be_visible()
    page.get_by_role("button", name="Reschedule jobs").click()
    expect(page.get_by_role("status").filter(has_text="2 changed")).to_be_visible()
    moved.refresh_from_db()
    assert moved.when_text == "Mon 6 May 2030, 09:30–12:00"


def test_what_is_pointed_out_of_a_change_stands_in_its_line(sales: User, page_of: PageOf) -> None:
    job = make_job(owner=sales)
    page = page_of(sales)
    choose(page, job, action="Reschedule")
    page.get_by_label("When", exact=True).fill("6.1.2020")
    expect(page.locator(f'tr[data-job="{job.pk}"]')).to_contain_text("Will move to Mon 6 Jan 2020")
    page.get_by_role("button", name="Reschedule jobs").click()
    expect(page.locator(f'tr[data-job="{job.pk}"] .jobops-outcome')).to_have_text(
        "Changed · That day has passed: the job is overdue at once."
    )


def test_beside_each_job_stands_whom_it_goes_to_and_what_clashes_with_it(
    sales: User, tech: User, page_of: PageOf
) -> None:
    times = {"scheduled_date": date(2030, 5, 6), "start_time": time(9), "end_time": time(10)}
    one, two = (make_job(owner=sales, title=name, **times) for name in ("One", "Two"))
    page = page_of(sales)
    choose(page, one, two, action="Assign to a technician")
    happens = page.locator(f'tr[data-job="{one.pk}"] [data-foreseen]')
    expect(happens).to_have_text("Will go to the technician you choose")
    page.get_by_label("Technician", exact=True).select_option(str(tech.pk))
    expect(happens).to_contain_text(f"Will go to {tech.name} · free")
    expect(happens).to_contain_text(f"{tech.name} has {two} at that time, 09:00–10:00.")
    page.get_by_label("Technician", exact=True).select_option("")
    expect(happens).to_have_text("Will go to the technician you choose")


def test_whoever_chooses_before_the_page_has_its_script_sees_what_happens_too(
    sales: User, tech: User, page_of: PageOf
) -> None:
    job = make_job(owner=sales, scheduled_date=date(2030, 5, 6))
    page = page_of(sales)
    release = hold_scripts(page, "**/operations/bulk*.js")
    run(page, job, action="Assign to a technician")
    page.get_by_label("Technician", exact=True).select_option(str(tech.pk))
    happens = page.locator(f'tr[data-job="{job.pk}"] [data-foreseen]')
    expect(happens).to_have_text("Will go to the technician you choose")
    release()
    expect(happens).to_contain_text(f"Will go to {tech.name}")
