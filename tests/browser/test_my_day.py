"""My day on a phone: the work of a day, what others change meanwhile, and no signal."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Response, Route, ViewportSize, expect

from core.record import audit
from core.roles import Role
from operations import acts
from operations.models import Job, Task
from operations.states import TRANSITIONS, Verb
from people.models import User
from tests import acting
from tests.browser.conftest import DESKTOP, PHONE, PageOf, shuts_out
from tests.browser.test_sign_in import sign_in
from tests.conftest import SetRegion
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task, make_user

DAY = "/my-day/"
NARROW = ViewportSize(width=320, height=640)
LANDSCAPE = ViewportSize(width=640, height=320)
LATE = timedelta(minutes=11)
GREY = "No signal. This is your day as of"


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    """Today's: two tasks, of which the first needs a tool."""
    hall = make_customer(name="Harbour Fish Hall", phone="+44 (0)20 7946 0018, gate 2")
    site = make_site(
        customer=hall, name="Cold store", address="1 Quay\nHarwich", access_notes="Ring twice"
    )
    job = make_job(
        owner=sales, title="Cold room does not cool", site=site, assigned_to=tech, **today()
    )
    tool = make_equipment(name="Leak detector", serial_number="LD-100")
    make_task(job=job, title="Find the leak", description="Valve 3 first", equipment=[tool])
    make_task(job=job, title="Refill and test")
    return job


def today(days: int = 0) -> dict[str, date]:
    return {"scheduled_date": audit.today() + timedelta(days)}


def day_of(page: Page) -> Page:
    """My day, loaded."""
    page.goto(DAY)
    expect(page.get_by_text("Updated")).to_be_visible()
    return page


def task_at(page: Page, title: str) -> Locator:
    return page.locator(".task", has_text=title)


def begin_note(page: Page, text: str) -> Locator:
    """Type it beside the task *Find the leak*, and leave it there."""
    task = task_at(page, "Find the leak")
    act(task, "Note")
    task.get_by_role("textbox").fill(text)
    return task


def act(where: Page | Locator, name: str) -> None:
    where.get_by_role("button", name=re.compile(f"^{name}")).click()


def saved(page: Page) -> Any:
    """Waits for the answer to a change."""
    return page.expect_response(lambda answer: answer.request.method in {"PATCH", "POST"})


def test_the_day_is_seen_by_date_with_where_whom_and_what_is_needed(
    page_of: PageOf, sales: User, tech: User, job: Job
) -> None:
    make_job(owner=sales, title="Late", assigned_to=tech, **today(-2))
    make_job(owner=sales, title="Next", assigned_to=tech, **today(1))
    make_job(owner=sales, title="In a week", assigned_to=tech, **today(7))
    asked: list[str] = []
    page = page_of(tech, size=PHONE)
    page.on("request", lambda request: "/api/" in request.url and asked.append(request.url))
    day_of(page)
    names = page.locator(".day h2 > span:first-child")
    expect(names).to_have_text(["Overdue", "Today", "Tomorrow"])
    assert len(asked) == 1
    card = page.get_by_role("listitem").filter(has_text="Cold room").first
    for text in ("J-", "Harbour Fish Hall", "Ring twice", "Valve 3 first", "LD-100", "Medium"):
        expect(card).to_contain_text(text)
    call, way = card.locator("[data-slot=call]"), card.locator("[data-slot=map]")
    assert call.get_attribute("href") == "tel:+442079460018"
    assert str(way.get_attribute("href")).endswith("1%20Quay%20Harwich")
    page.get_by_role("radio", name="14").check()
    expect(names).to_have_count(4)
    expect(page.get_by_role("heading", name="In a week")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [NARROW, PHONE, DESKTOP], ids=["narrow", "phone", "desktop"])
def test_nothing_is_in_the_way_of_anybody(
    theme: Any, size: ViewportSize, page_of: PageOf, tech: User, job: Job
) -> None:
    page = page_of(tech, size=size)
    # Chosen in the back office; the browser itself asks for the other one.
    page.emulate_media(color_scheme="light" if theme == "dark" else "dark")
    page.goto("/admin/")
    page.evaluate(f"localStorage.setItem('adminTheme', '\"{theme}\"')")
    day_of(page)
    acts.progress(job.tasks.get(title="Find the leak"), by=tech, status="completed", note="Valve 3")
    act(page, "Load again")
    expect(task_at(page, "Find the leak")).to_have_attribute("data-status", "completed")
    assert page.evaluate("document.documentElement.classList.contains('dark')") == (theme == "dark")
    assert shuts_out(page, dark=theme == "dark") == []
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, .chips a, .way[href], .job-link, textarea")]
            .filter((each) => each.checkVisibility())
            .map((each) => [each.textContent.trim(), each.getBoundingClientRect()])
            .filter(([, box]) => box.height < 44 || box.width < 44).map(([text]) => text)"""
    )
    assert small == []


def test_who_may_report_on_tasks_does_not_hang_on_another_verb(
    page_of: PageOf, tech: User, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TRANSITIONS, Verb.HOLD, replace(TRANSITIONS[Verb.HOLD], action="cancel"))
    page = day_of(page_of(tech))
    expect(page.get_by_role("button", name="Put on hold")).to_have_count(0)
    with saved(page):
        act(task_at(page, "Refill and test"), "Done")
    expect(task_at(page, "Refill and test")).to_have_attribute("data-status", "completed")
    assert job.tasks.get(title="Refill and test").status == "completed"


def test_a_task_is_started_and_finished_and_the_job_completed(
    page_of: PageOf, tech: User, job: Job
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    leak, refill = task_at(page, "Find the leak"), task_at(page, "Refill and test")
    with saved(page):
        act(leak, "Start")
    expect(leak).to_have_attribute("data-status", "in_progress")
    expect(page.locator(".job")).to_have_attribute("data-status", "in_progress")
    act(leak, "Note")
    page.keyboard.type("Valve 3 was loose")
    page.wait_for_timeout(700)
    with saved(page):
        act(leak, "Done")
    expect(page.get_by_text("“Find the leak” is done.")).to_be_attached()
    expect(page.get_by_text("Finish 1 task to complete this job.")).to_be_visible()
    act(refill, "Done")
    act(page, "Complete job")
    notice = page.get_by_role("status").filter(
        has_text="“Cold room does not cool” is now: Completed."
    )
    expect(notice.get_by_role("button", name="Undo")).to_be_in_viewport()
    # It stays where it stood; in another page, it is among what is done.
    expect(page.locator("#day-today .job")).to_have_attribute("data-status", "completed")
    page.reload()
    expect(page.locator("#day-finished .job")).to_have_attribute("data-status", "completed")
    expect(page.locator("#day-finished .day-head")).to_have_text("Done 1 job")
    expect(page.locator("#day-today .day-empty")).to_be_visible()
    done = job.tasks.get(title="Find the leak")
    assert (done.status, done.note) == (Task.Status.COMPLETED, "Valve 3 was loose")
    assert Job.objects.get().status == Job.Status.COMPLETED
    record = Job.history.first()
    assert (record.history_user, record.door) == (tech, audit.Door.MY_DAY)


def shifts(page: Page) -> float:
    """How far what is seen has moved by itself since the page was opened (CLS)."""
    return float(
        page.evaluate(
            """() => new Promise((found) => {
                let moved = 0;
                new PerformanceObserver((list) => {
                    for (const shift of list.getEntries()) {
                        moved += shift.hadRecentInput ? 0 : shift.value;
                    }
                }).observe({ type: "layout-shift", buffered: true });
                setTimeout(() => found(moved), 300);
            })"""
        )
    )


def at(page: Page) -> dict[str, float]:
    """Where the page and each job on it stand."""
    seen: dict[str, float] = page.evaluate(
        """() => ({ page: scrollY, ...Object.fromEntries(
            [...document.querySelectorAll(".job")].map(
                (job) => [job.dataset.id, job.getBoundingClientRect().top]
            )
        ) })"""
    )
    return seen


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_nothing_moves_by_itself(
    size: ViewportSize, page_of: PageOf, sales: User, tech: User, job: Job
) -> None:
    for number in range(4):
        make_job(owner=sales, title=f"Next {number}", assigned_to=tech, tasks=2, **today())
        make_job(owner=sales, title=f"Late {number}", assigned_to=tech, **today(-2))
    acting.complete(make_job(owner=sales, title="First", assigned_to=tech, **today()), by=tech)
    page = page_of(tech, size=size)
    page.route("**/api/**", slowly)
    day_of(page)
    for title in ("Find the leak", "Refill and test"):
        act(task_at(page, title), "Done")
        expect(page.get_by_text(f"“{title}” is done.")).to_be_attached()
    complete = page.get_by_role("button", name="Complete job")
    complete.scroll_into_view_if_needed()
    before = at(page)
    complete.click()
    expect(page.get_by_text("is now: Completed.")).to_be_visible()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(900)
    after = at(page)
    assert [name for name in before if abs(after[name] - before[name]) > 2] == []
    assert shifts(page) < 0.1


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_nothing_moves_when_a_completion_is_taken_back(
    size: ViewportSize, page_of: PageOf, sales: User, tech: User, job: Job
) -> None:
    make_job(owner=sales, title="Next", assigned_to=tech, tasks=2, **today())
    for task in job.tasks.all():
        acts.progress(task, by=tech, status="completed", note="Valve 3 was loose")
    page = page_of(tech, size=size)
    page.route("**/api/**", slowly)
    day_of(page)
    complete = page.get_by_role("button", name="Complete job")
    complete.scroll_into_view_if_needed()
    before = at(page)
    complete.click()
    notice = page.locator("#toast")
    expect(notice).to_contain_text("is now: Completed.")
    completed = at(page)
    act(notice, "Undo")
    expect(page.locator(".job").first).to_have_attribute("data-status", "in_progress")
    undoing = at(page)
    expect(page.locator(".reads:visible")).to_have_count(0)
    expect(notice).to_contain_text("is now: In progress.")
    page.wait_for_timeout(900)
    # The notes stay as large as the fields that they are typed in, and what is done has its room.
    assert [each for each in (completed, undoing, at(page)) if not is_near(each, before)] == []
    assert shifts(page) < 0.1


def is_near(one: dict[str, float], other: dict[str, float]) -> bool:
    return one.keys() == other.keys() and all(abs(one[name] - other[name]) <= 2 for name in one)


def slowly(route: Route) -> None:
    """An answer that comes when nobody expects anything to move any more."""
    answer = route.fetch()
    route.request.frame.page.wait_for_timeout(700)
    route.fulfill(response=answer)


def test_a_job_completed_by_a_slip_is_taken_back(page_of: PageOf, tech: User, job: Job) -> None:
    for task in job.tasks.all():
        acts.progress(task, by=tech, status="completed")
    page = day_of(page_of(tech, size=PHONE))
    card, notice = page.locator(".job"), page.locator("#toast")
    act(card, "Complete job")
    expect(notice).to_contain_text("“Cold room does not cool” is now: Completed.")
    page.wait_for_timeout(700)
    act(notice, "Undo")
    expect(notice).to_contain_text("is now: In progress.")
    expect(notice.get_by_role("button")).to_have_count(0)
    expect(page.locator("#day-today .job")).to_have_attribute("data-status", "in_progress")
    record = Job.history.first()
    assert (record.status, record.history_change_reason) == (Job.Status.IN_PROGRESS, "Slip")
    # After a reload as well, as long as the server lets them.
    page.wait_for_timeout(700)
    act(card, "Complete job")
    expect(notice).to_contain_text("is now: Completed.")
    page.reload()
    done = page.locator("#day-finished .job")
    done.get_by_role("button").first.click()
    act(done.locator(".job-acts"), "Undo")
    expect(page.locator("#day-today .job")).to_have_attribute("data-status", "in_progress")
    expect(done).to_have_count(0)
    assert Job.objects.get().status == Job.Status.IN_PROGRESS


def test_what_only_a_reason_reopens_is_not_undone_by_a_tap(
    page_of: PageOf, admin: User, tech: User, job: Job
) -> None:
    tech.set_roles([Role.ADMIN, Role.TECHNICIAN], by=admin)
    acting.start(job, by=admin)
    for task in job.tasks.all():
        acts.progress(task, by=tech, status="completed")
    acting.complete((Job, job.pk), by=tech, at=audit.now() - timedelta(minutes=11))
    page = day_of(page_of(tech, size=PHONE))
    done = page.locator("#day-finished .job")
    done.get_by_role("button").first.click()
    expect(done.get_by_role("link", name="in the back office")).to_be_visible()
    expect(done.locator(".job-acts").get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize(
    ("fast", "ago", "shown"),
    [(timedelta(minutes=11), timedelta(minutes=1), True), (-timedelta(minutes=5), LATE, False)],
)
def test_how_long_a_slip_is_taken_back_does_not_hang_on_the_phones_clock(
    *, fast: timedelta, ago: timedelta, shown: bool, page_of: PageOf, tech: User, job: Job
) -> None:
    finish(job, by=tech, ago=ago)
    page = page_of(tech, size=PHONE)
    page.clock.install(time=datetime.now(UTC) + fast)
    done = open_done(page)
    expect(done.get_by_role("button", name="Undo")).to_have_count(int(shown))


def test_a_slip_is_taken_back_for_no_longer_than_the_server_said(
    page_of: PageOf, tech: User, job: Job
) -> None:
    finish(job, by=tech, ago=LATE - timedelta(seconds=90))
    page = page_of(tech, size=PHONE)
    page.clock.install()
    done = open_done(page)
    expect(done.get_by_role("button", name="Undo")).to_be_visible()
    page.route("**/api/**", lambda route: route.abort())
    page.clock.run_for(91_000)
    expect(page.locator("#state")).to_contain_text("No signal")
    expect(done.get_by_role("button", name="Undo")).to_have_count(0)


def finish(job: Job, *, by: User, ago: timedelta) -> None:
    for task in job.tasks.all():
        acts.progress(task, by=by, status="completed")
    acting.complete((Job, job.pk), by=by, at=audit.now() - ago)


def open_done(page: Page) -> Locator:
    done = day_of(page).locator("#day-finished .job")
    done.get_by_role("button").first.click()
    return done.locator(".job-acts")


def test_what_can_be_undone_is_in_sight_for_a_moment(
    page_of: PageOf, sales: User, tech: User
) -> None:
    make_job(owner=sales, assigned_to=tech, **today())
    page = page_of(tech, size=PHONE)
    page.clock.install()
    day_of(page)
    act(page, "Complete job")
    undo = page.locator("#toast").get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    page.clock.run_for(9_000)
    expect(undo).to_be_hidden()


def test_a_finished_task_stays_and_a_slip_is_undone(page_of: PageOf, tech: User, job: Job) -> None:
    acts.progress(job.tasks.get(title="Find the leak"), by=tech, status="completed")
    page = day_of(page_of(tech, size=PHONE))
    leak, refill = task_at(page, "Find the leak"), task_at(page, "Refill and test")
    title = leak.locator(".task-title > span").first
    expect(title).to_have_css("text-decoration-line", "line-through")
    act(refill, "Done")
    expect(page.get_by_text("“Refill and test” is done.")).to_be_attached()
    page.wait_for_timeout(700)
    act(refill, "Undo")
    expect(page.get_by_text("“Refill and test” is not started.")).to_be_attached()
    act(leak, "Undo")
    expect(page.get_by_text("“Find the leak” is in progress.")).to_be_attached()
    assert list(job.tasks.values_list("status", flat=True)) == ["in_progress", "pending"]


def test_two_taps_at_once_are_one(page_of: PageOf, tech: User, job: Job) -> None:
    sent: list[str] = []
    page = day_of(page_of(tech, size=PHONE))
    page.on("request", lambda request: request.method == "PATCH" and sent.append(request.url))
    done = task_at(page, "Refill and test").get_by_role("button", name="Done")
    box = done.bounding_box()
    assert box is not None
    page.mouse.dblclick(box["x"] + 9, box["y"] + 9)
    expect(page.get_by_text("“Refill and test” is done.")).to_be_attached()
    page.wait_for_timeout(200)
    assert len(sent) == 1
    assert job.tasks.get(title="Refill and test").status == Task.Status.COMPLETED


def test_a_job_is_held_with_a_reason_and_resumed(page_of: PageOf, tech: User, job: Job) -> None:
    page = day_of(page_of(tech, size=PHONE))
    act(page, "Start job")
    expect(page.locator(".job")).to_have_attribute("data-status", "in_progress")
    page.wait_for_timeout(700)
    act(page.locator(".job-acts"), "Put on hold")
    dialog = page.get_by_role("dialog")
    act(dialog, "Put on hold")
    expect(dialog).to_be_visible()
    act(dialog, "Waiting for parts")
    act(dialog, "Put on hold")
    expect(page.get_by_text("On hold. Resume the job")).to_be_visible()
    expect(task_at(page, "Find the leak").get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("is now: On hold")).to_be_attached()
    assert Job.history.first().history_change_reason == "Waiting for parts"
    page.wait_for_timeout(700)
    act(page, "Resume")
    expect(page.get_by_text("is now: In progress")).to_be_attached()
    assert Job.objects.get().status == Job.Status.IN_PROGRESS


@pytest.mark.parametrize(
    ("choice", "status", "note"),
    [
        ("Keep theirs", "pending", "Theirs"),
        ("Save mine", "completed", "Mine"),
    ],
)
def test_a_stale_change_shows_both_values_and_asks(  # noqa: PLR0917
    choice: str,
    status: str,
    note: str,
    page_of: PageOf,
    tech: User,
    admin: User,
    job: Job,
    faults: list[str],
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    leak = task_at(page, "Find the leak")
    act(leak, "Note")
    page.keyboard.type("Mine")
    task = job.tasks.get(title="Find the leak")
    acts.progress(task, by=admin, note="Theirs")
    act(leak, "Done")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("“Find the leak” has changed")
    expect(dialog).to_contain_text("Adam Admin changed this in the meantime")
    rows = dialog.locator("tbody tr")
    expect(rows).to_have_text(["StatusPendingDone", "NoteTheirsMine"])
    assert Task.objects.get(pk=task.pk).note == "Theirs"
    act(dialog, choice)
    expect(leak).to_have_attribute("data-status", status)
    expect(leak.get_by_role("textbox")).to_have_value(note)
    expect(leak).to_have_attribute("aria-busy", "false")
    now = Task.objects.get(pk=task.pk)
    assert (now.status, now.note) == (status, note)
    assert "412" in faults.pop()


def test_a_note_begun_before_somebody_elses_is_not_saved_over_it(
    page_of: PageOf, tech: User, admin: User, job: Job, faults: list[str]
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    leak = task_at(page, "Find the leak")
    act(leak, "Note")
    page.keyboard.type("Mine")
    acts.progress(job.tasks.get(title="Find the leak"), by=admin, note="Theirs")
    act(page, "Load again")
    expect(page.locator(".task").first).to_be_visible()
    expect(leak.get_by_role("textbox")).to_have_value("Mine")
    act(leak, "Save note")
    expect(page.get_by_role("dialog").locator("tbody tr")).to_have_text(["NoteTheirsMine"])
    page.keyboard.press("Escape")
    expect(leak.get_by_role("textbox")).to_have_value("Theirs")
    assert "412" in faults.pop()


@pytest.mark.parametrize("what", ["status", "note", "both"])
def test_what_somebody_else_has_done_to_a_task_already_counts_as_done(
    *, what: str, page_of: PageOf, tech: User, admin: User, job: Job, faults: list[str]
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    leak = task_at(page, "Find the leak")
    theirs = {"status": {"status": "completed"}, "note": {"note": "Valve 3"}}
    theirs["both"] = {**theirs["status"], **theirs["note"]}
    if what != "status":
        act(leak, "Note")
        leak.get_by_role("textbox").fill("Valve 3")
    acts.progress(job.tasks.get(title="Find the leak"), by=admin, **theirs[what])
    act(leak, "Save note" if what == "note" else "Done")
    said = "Note on “Find the leak” saved." if what == "note" else "“Find the leak” is done."
    expect(page.get_by_text(said)).to_be_attached()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(leak).to_have_attribute("data-note", "none" if what == "status" else "open")
    assert job.tasks.get(title="Find the leak").history.first().history_user == admin
    assert "412" in faults.pop()


@pytest.mark.parametrize("verb", ["start", "hold", "complete"])
def test_what_somebody_else_has_done_to_a_job_already_counts_as_done(
    *, verb: str, page_of: PageOf, sales: User, tech: User, admin: User, faults: list[str]
) -> None:
    job = make_job(owner=sales, title="Boiler", assigned_to=tech, **today())
    page = day_of(page_of(tech, size=PHONE))
    acts.move(job, Verb(verb), by=admin, reason="No parts" if verb == "hold" else "")
    if verb == "hold":
        hold(page, "The gate is shut")
    else:
        act(page, f"{verb.capitalize()} job")
    status = {"start": "In progress", "hold": "On hold", "complete": "Completed"}[verb]
    notice = page.locator("#toast")
    expect(notice).to_contain_text(f"“Boiler” is now: {status}.")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("alert")).to_be_hidden()
    # Another's completion is no slip of theirs, and another's reason is not the one they typed.
    expect(notice.get_by_role("button")).to_have_count(0)
    typed = ["The gate is shut"] if verb == "hold" else []
    expect(page.locator(".quote textarea")).to_have_count(len(typed))
    assert [each.input_value() for each in page.locator(".quote textarea").all()] == typed
    assert "412" in faults.pop()


def hold(page: Page, reason: str) -> None:
    act(page.locator(".job-acts"), "Put on hold")
    page.get_by_label("Why?").fill(reason)
    act(page.get_by_role("dialog"), "Put on hold")


def test_what_cannot_be_done_to_a_job_any_more_is_not_offered_and_the_reason_stays(
    page_of: PageOf, sales: User, tech: User, job: Job, faults: list[str]
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    acting.cancel(job, by=sales, reason="no longer wanted")
    hold(page, "The gate is shut")
    expect(page.get_by_role("alert")).to_contain_text(
        f"“{job.title}” is cancelled now: somebody else changed it. Your change was not saved."
    )
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label(QUOTED.format(job.title))).to_have_value("The gate is shut")
    expect(page.locator(".job")).to_have_count(0)
    assert "412" in faults.pop()


@pytest.mark.parametrize("is_stale", [False, True])
def test_a_note_of_a_job_that_was_closed_meanwhile_stays_to_be_copied(
    *, is_stale: bool, page_of: PageOf, sales: User, tech: User, job: Job, faults: list[str]
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    leak = begin_note(page, NOTE)
    if is_stale:
        acts.progress(job.tasks.get(title="Find the leak"), by=tech, note="Theirs")
    acting.cancel(job, by=sales, reason="no longer wanted")
    act(leak, "Done")
    said = {
        True: f"“{job.title}” is cancelled now: somebody else changed it.",
        False: "“Find the leak” was not saved. "
        f"{job.number} is cancelled. Ask its owner to reopen it.",
    }
    expect(page.get_by_role("alert")).to_contain_text(said[is_stale])
    expect(page.get_by_role("dialog")).to_have_count(0)
    quote = page.get_by_label(QUOTED.format("Find the leak"))
    expect(quote).to_have_value(NOTE)
    page.reload()
    expect(quote).to_have_value(NOTE)
    # If the job goes on after all, so does the note.
    acting.reopen(job, by=sales, reason="wanted again")
    act(page, "Load again")
    expect(leak.get_by_role("textbox")).to_have_value(NOTE)
    expect(quote).to_have_count(0)
    assert ("412" if is_stale else "409") in faults.pop()


def test_a_note_that_was_saved_before_its_job_was_closed_is_not_said_to_be_lost(
    page_of: PageOf, sales: User, tech: User, job: Job
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    begin_note(page, "Valve 3")
    acts.progress(job.tasks.get(title="Find the leak"), by=tech, note="Valve 3")
    acting.cancel(job, by=sales, reason="no longer wanted")
    with page.expect_response("**/api/tasks/*"):
        act(page, "Load again")
    expect(page.locator(".job")).to_have_count(0)
    page.wait_for_timeout(500)
    expect(page.locator(".quote")).to_have_count(0)


def test_a_task_of_a_job_on_hold_is_not_asked_about_and_its_note_waits(
    page_of: PageOf, admin: User, tech: User, job: Job, faults: list[str]
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    leak = begin_note(page, "Mine")
    acts.progress(job.tasks.get(title="Find the leak"), by=admin, note="Theirs")
    acting.hold(job, by=admin, reason="No parts")
    act(leak, "Save note")
    expect(page.get_by_role("alert")).to_contain_text(f"“{job.title}” is on hold now")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(leak.get_by_role("textbox")).to_have_value("Mine")
    assert "412" in faults.pop()


def test_what_is_not_touched_is_said_to_stay(
    page_of: PageOf, sales: User, tech: User, job: Job, faults: list[str]
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    acts.edit(job, by=sales, start_time=time(8), end_time=time(9), priority="urgent")
    act(page, "Start job")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("tbody tr")).to_have_text(
        [
            "StatusPendingIn progress",
            "PriorityUrgentnot changed",
            "From08:00not changed",
            "Until09:00not changed",
        ]
    )
    act(dialog, "Save mine")
    expect(page.locator("#toast")).to_contain_text("is now: In progress.")
    kept = Job.objects.get()
    assert (kept.status, kept.priority, kept.start_time) == ("in_progress", "urgent", time(8))
    assert "412" in faults.pop()


def test_what_a_rule_refuses_is_taken_back_with_the_reason(
    page_of: PageOf, tech: User, admin: User, job: Job, faults: list[str]
) -> None:

    page = day_of(page_of(tech, size=PHONE))
    acting.hold(job, by=admin, reason="No parts")
    act(task_at(page, "Find the leak"), "Done")
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("“Find the leak” was not saved.")
    expect(notice).to_contain_text(f"{job.number} is on hold. Resume it first.")
    expect(task_at(page, "Find the leak")).to_have_attribute("data-status", "pending")
    # And the page has learned why.
    expect(page.locator(".job")).to_have_attribute("data-status", "on_hold")
    act(notice, "Close")
    expect(notice).to_be_hidden()
    assert "409" in faults.pop()


def test_without_signal_the_last_day_is_shown_and_nothing_typed_is_lost(
    page_of: PageOf, tech: User, job: Job, faults: list[str]
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    ready(page)
    page.context.set_offline(True)
    page.goto(DAY)
    expect(page.get_by_role("status").filter(has_text=GREY)).to_be_visible()
    leak = task_at(page, "Find the leak")
    expect(leak).to_contain_text("LD-100")
    act(leak, "Note")
    page.keyboard.type("Valve 3")
    act(leak, "Done")
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("Nothing was sent: there is no signal.")
    expect(notice).to_contain_text("“Find the leak” is unchanged.")
    expect(leak).to_have_attribute("data-status", "pending")
    page.goto(DAY)
    expect(leak.get_by_role("textbox")).to_have_value("Valve 3")
    page.context.set_offline(False)
    expect(page.get_by_text("Updated")).to_be_visible()
    expect(page.get_by_text(GREY)).to_be_hidden()
    act(leak, "Done")
    expect(page.get_by_text("“Find the leak” is done.")).to_be_attached()
    assert job.tasks.get(title="Find the leak").note == "Valve 3"
    offline(faults)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [NARROW, PHONE, LANDSCAPE], ids=["narrow", "phone", "landscape"])
def test_how_the_day_stands_stays_in_sight_and_hides_nothing_in_focus(  # noqa: PLR0917
    theme: Any, size: ViewportSize, page_of: PageOf, tech: User, job: Job, faults: list[str]
) -> None:
    for number in range(8):
        make_task(job=job, title=f"Check {number}")
    page = page_of(tech, size=size)
    page.emulate_media(color_scheme=theme)
    day_of(page)
    page.route("**/api/dashboard*", lambda route: route.abort())
    act(page, "Load again")
    state = page.get_by_role("status").filter(has_text=GREY)
    expect(state).to_be_visible()
    page.get_by_role("radio", name="31").focus()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(state).to_be_in_viewport(ratio=1)
    hidden = []
    for _each in range(24):
        page.keyboard.press("Shift+Tab")
        top, bottom, name = page.evaluate(
            """() => {
                const box = document.activeElement.getBoundingClientRect();
                const bar = document.querySelector(".bar").getBoundingClientRect();
                return [box.top, bar.bottom, document.activeElement.ariaLabel];
            }"""
        )
        if top < bottom:
            hidden.append(name)
    assert hidden == []
    expect(state).to_be_in_viewport(ratio=1)
    assert shuts_out(page, dark=theme == "dark") == []
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    faults.clear()


def test_a_server_at_fault_shows_the_last_day_and_says_so(
    page_of: PageOf, tech: User, job: Job, faults: list[str]
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    ready(page)
    page.route(
        "**/api/dashboard*", lambda route: route.fulfill(status=503, json={"detail": "Out."})
    )
    page.goto(DAY)
    state = page.get_by_role("status").filter(has_text="could not be loaded: Out.")
    expect(state).to_be_visible()
    expect(task_at(page, "Find the leak")).to_be_visible()
    expect(page.locator("#waiting")).to_have_count(0)
    faults.clear()


def test_an_answer_that_gets_lost_is_no_change_that_did(
    page_of: PageOf, tech: User, job: Job, faults: list[str]
) -> None:
    page = day_of(page_of(tech, size=PHONE))

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/api/tasks/*", lose)
    leak = task_at(page, "Find the leak")
    act(leak, "Note")
    page.keyboard.type("Valve 3")
    act(leak, "Done")
    expect(page.get_by_text("“Find the leak” is done.")).to_be_attached()
    expect(page.locator("#alert")).to_have_text("")
    expect(leak.get_by_role("button", name="Save note")).to_be_hidden()
    assert job.tasks.get(title="Find the leak").note == "Valve 3"
    faults.clear()


def test_what_is_done_to_a_job_while_its_task_is_sent_waits_for_its_turn(
    page_of: PageOf, tech: User, job: Job
) -> None:
    page = day_of(page_of(tech, size=PHONE))

    def wait(route: Route) -> None:
        page.wait_for_timeout(1500)
        route.continue_()

    page.route("**/api/tasks/*", wait)
    act(task_at(page, "Find the leak"), "Start")
    act(page.locator(".job-acts"), "Put on hold")
    page.get_by_role("dialog").get_by_role("textbox").fill("The part is missing")
    act(page.get_by_role("dialog"), "Put on hold")
    expect(page.locator(".job").first).to_have_attribute("data-status", "on_hold")
    expect(page.get_by_text("is now: On hold")).to_be_attached()
    assert Job.objects.get().status == Job.Status.ON_HOLD
    assert job.history.first().history_change_reason == "The part is missing"


@pytest.fixture
def second(sales: User, tech: User) -> Job:
    """Another one of today, open on the page beside the first."""
    times = {"start_time": time(9), "end_time": time(10)}
    job = make_job(owner=sales, title="Second", assigned_to=tech, **times, **today())
    make_task(job=job, title="Oil the hinge")
    return job


def test_a_slow_answer_about_one_job_holds_up_no_other(
    page_of: PageOf, tech: User, job: Job, second: Job
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    act(page, "Any time.*Cold room")
    held: list[Route] = []
    page.route(f"**/api/tasks/{job.tasks.earliest('pk').pk}", lambda route: held.append(route))  # noqa: PLW0108
    act(task_at(page, "Find the leak"), "Start")
    act(task_at(page, "Refill and test"), "Start")
    act(task_at(page, "Oil the hinge"), "Done")
    expect(page.get_by_text("“Oil the hinge” is done.")).to_be_attached()
    assert second.tasks.get().status == Task.Status.COMPLETED
    # What is done to the same job keeps its order.
    assert set(job.tasks.values_list("status", flat=True)) == {"pending"}
    expect(task_at(page, "Refill and test")).to_have_attribute("aria-busy", "true")
    # What waits is said where it stays in sight.
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    saving = page.get_by_text("Saving. Keep this page open until it is done.")
    page.wait_for_function("document.querySelector('.sending').offsetHeight > 40")
    expect(saving).to_be_in_viewport(ratio=1)
    held.pop().continue_()
    expect(page.get_by_text("“Refill and test” is in progress.")).to_be_attached()
    expect(saving).to_be_hidden()
    assert set(job.tasks.values_list("status", flat=True)) == {"in_progress"}


def test_of_two_disputes_each_is_asked_in_turn(  # noqa: PLR0917
    page_of: PageOf, tech: User, admin: User, job: Job, second: Job, faults: list[str]
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    act(page, "Any time.*Cold room")
    for task in Task.objects.all():
        acts.progress(task, by=admin, note="Theirs")
    held: list[Route] = []

    def hold_first(route: Route) -> None:
        if len(held) < 2:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/tasks/*", hold_first)
    for title in ("Find the leak", "Oil the hinge"):
        with page.expect_request("**/api/tasks/*"):
            act(task_at(page, title), "Done")
    for route in held:
        route.continue_()
    # Whichever answer comes first is asked about first.
    asked = page.get_by_role("dialog", name=re.compile("has changed"))
    for _ in range(2):
        expect(asked).to_have_count(1)
        title = asked.get_by_role("heading").inner_text()
        act(asked, "Save mine")
        expect(asked.filter(has_text=title)).to_have_count(0)
    expect(page.get_by_text("is done.")).to_be_attached()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert Task.objects.filter(status="completed", note="Theirs").count() == 2
    assert {"412" in fault for fault in faults} == {True}
    faults.clear()


def test_on_the_narrowest_phone_what_can_be_done_stands_in_one_line(
    page_of: PageOf, tech: User, job: Job
) -> None:
    acts.progress(job.tasks.get(title="Find the leak"), by=tech, status="in_progress")
    late = {"start_time": time(8), "end_time": time(9, 15)}
    make_job(owner=job.owner, title="Late", assigned_to=tech, **late, **today(-2))
    page = day_of(page_of(tech, size=NARROW))
    leak = task_at(page, "Find the leak")
    buttons = [leak.get_by_role("button", name=re.compile(name)) for name in ("Note", "Undo")]
    boxes = [each.bounding_box() for each in [*buttons, leak.get_by_role("button", name="Done")]]
    assert len({box["y"] for box in boxes if box}) == 1
    heights = page.locator("#day-overdue .job-time > *").evaluate_all(
        "(all) => all.filter((each) => each.textContent).map((each) => each.offsetHeight)"
    )
    assert max(heights) < 30


NO_STORAGE = {
    "forbidden": "get() { throw new DOMException('No.', 'SecurityError'); }",
    "none": "value: null",
    "full": "value: { setItem() { throw new DOMException('Full.', 'QuotaExceededError'); } }",
}


@pytest.mark.parametrize("storage", NO_STORAGE)
def test_what_is_typed_is_kept_by_the_page_where_the_phone_has_no_storage(
    storage: str, page_of: PageOf, tech: User, job: Job
) -> None:
    page = page_of(tech, size=PHONE)
    page.add_init_script(
        f"Object.defineProperty(window, 'localStorage', {{ {NO_STORAGE[storage]} }})"
    )
    day_of(page)
    leak = task_at(page, "Find the leak")
    act(leak, "Note")
    page.keyboard.type("Valve 3")
    page.get_by_role("radio", name="14").check()
    with page.expect_response(is_the_day):
        act(page, "Load again")
    expect(leak.get_by_role("textbox")).to_have_value("Valve 3")
    act(leak, "Save note")
    expect(page.get_by_text("Note on “Find the leak” saved.")).to_be_attached()
    expect(leak.get_by_role("button", name="Save note")).to_be_hidden()
    assert job.tasks.get(title="Find the leak").note == "Valve 3"


@pytest.mark.parametrize(
    ("region", "language", "from_to", "day"),
    [
        ("en-US", "en", "9:00 AMto 10:00 AM", "Nov 26"),
        ("de-AT", "de", "09:00bis 10:00", "26. Nov."),
    ],
)
def test_times_are_those_of_the_region_and_a_late_day_is_one_line(  # noqa: PLR0917
    region: str,
    language: str,
    from_to: str,
    day: str,
    page_of: PageOf,
    tech: User,
    second: Job,
    set_region: SetRegion,
) -> None:
    set_region(region)
    User.objects.filter(pk=tech.pk).update(language=language)
    make_job(owner=second.owner, title="Late", assigned_to=tech, scheduled_date=date(2025, 11, 26))
    page = page_of(tech, size=PHONE)
    page.goto(DAY)
    expect(page.locator("#day-today .job-time")).to_have_text(from_to)
    late = page.locator("#day-overdue .job-time b")
    expect(late).to_have_text(day)
    assert late.evaluate("(each) => each.offsetHeight") < 30


def test_without_signal_time_goes_on(
    page_of: PageOf, tech: User, sales: User, job: Job, faults: list[str]
) -> None:
    make_job(owner=sales, title="Next", assigned_to=tech, **today(1))
    page = day_of(page_of(tech, size=PHONE))
    ready(page)
    page.clock.set_system_time(datetime.now(UTC) + timedelta(days=1))
    page.route("**/api/dashboard*", lambda route: route.abort())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#day-overdue")).to_contain_text("Cold room does not cool")
    expect(page.locator("#day-today")).to_contain_text("Next")
    faults.clear()


def test_signing_out_waits_for_a_signal(
    page_of: PageOf, tech: User, job: Job, faults: list[str]
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    ready(page)
    page.context.set_offline(True)
    page.locator("#sign-out").evaluate("form => form.requestSubmit()")
    expect(page.get_by_role("alert")).to_have_text(
        "Signing out needs a signal. You are still signed in."
    )
    assert page.evaluate("""async () => !!(await caches.match("/my-day/last"))""") is True
    offline(faults)


def test_who_reads_sees_whose_job_it_is(page_of: PageOf, sales: User, job: Job) -> None:
    page = day_of(page_of(sales))
    expect(page.locator(".job").first).to_contain_text("Tina Tech")


def ready(page: Page) -> None:
    """The worker has kept page, files and day."""
    page.evaluate("navigator.serviceWorker.ready")
    kept = "caches.match('{}', {{ignoreVary: true}}).then(Boolean)"
    for address in ("/my-day/", "/my-day/last"):
        come_to(page, kept.format(address), value=True)


def offline(faults: list[str]) -> None:
    """Nothing went wrong but that there was no signal."""
    assert faults
    assert {"ERR_INTERNET_DISCONNECTED" in fault for fault in faults} == {True}
    faults.clear()


def test_a_second_person_on_the_phone_does_not_see_the_first_ones_day(
    page_of: PageOf, tech: User, other_tech: User, job: Job, faults: list[str]
) -> None:
    page = page_of(size=PHONE)
    page.goto(DAY)
    fill_sign_in(page, tech)
    ready(day_of(page))
    # Their session ends, and somebody else signs in, who never comes to My day with a signal.
    page.context.clear_cookies()
    page.goto("/admin/operations/job/")
    fill_sign_in(page, other_tech)
    expect(page).to_have_title("Jobs | JobOps")
    expect_kept(page)
    page.context.set_offline(True)
    page.goto(DAY)
    expect(page.get_by_role("heading", name="Your day cannot be loaded now")).to_be_visible()
    page.context.set_offline(False)
    act_on_link(page, "Try again")
    expect(page.get_by_role("heading", name="Nothing is waiting for you")).to_be_visible()
    expect_kept(page, other_tech)
    faults.clear()


def fill_sign_in(page: Page, person: User) -> None:
    page.get_by_label("User name").fill(person.username)
    page.get_by_label("Password").fill("pass-word-1")
    page.get_by_role("button", name="Sign in").click()


def act_on_link(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).click()


def expect_kept(page: Page, *people: User) -> None:
    """The phone comes to keep the days of these people alone."""
    names = "caches.keys().then((all) => all.filter((name) => name.startsWith('my-day-of-')))"
    come_to(page, names, [f"my-day-of-{person.pk}" for person in people])


def come_to(page: Page, expression: str, value: Any) -> None:
    """A promise of the page comes to have this value: wait_for_function takes it for true."""
    for _each in range(100):
        if page.evaluate(expression) == value:
            break
        page.wait_for_timeout(100)
    assert page.evaluate(expression) == value


def test_signing_out_leaves_nothing_on_the_phone(page_of: PageOf, tech: User, job: Job) -> None:
    page = day_of(page_of(tech, size=PHONE))
    ready(page)
    act(task_at(page, "Find the leak"), "Note")
    page.keyboard.type("Not saved")
    act(page, "Menu of Tina Tech")
    act(page.get_by_role("navigation", name="Menu"), "Sign out")
    act(page.get_by_role("dialog", name="1 note is not saved yet"), "Stay signed in")
    act(page, "Menu of Tina Tech")
    act(page.get_by_role("navigation", name="Menu"), "Sign out")
    act(page.get_by_role("dialog"), "Sign out")
    page.wait_for_url("**/admin/logout/")
    expect_kept(page)
    assert page.evaluate("Object.keys(localStorage).filter((name) => /note/.test(name))") == []


def test_signing_out_of_the_back_office_leaves_nothing_either(
    page_of: PageOf, tech: User, job: Job
) -> None:
    page = day_of(page_of(tech))
    ready(page)
    page.goto("/admin/")
    expect_kept(page, tech)
    page.locator("form[action='/admin/logout/']").evaluate("(form) => form.submit()")
    page.wait_for_url("**/admin/logout/")
    expect_kept(page)


def test_a_session_that_is_over_leads_to_the_sign_in_and_loses_nothing(
    page_of: PageOf, tech: User, job: Job, faults: list[str]
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    ready(page)
    leak = task_at(page, "Find the leak")
    act(leak, "Note")
    page.keyboard.type("Valve 3")
    page.context.clear_cookies()
    act(leak, "Save note")
    expect(page.get_by_role("alert")).to_contain_text("Your session has ended: sign in again.")
    expect(leak.get_by_role("textbox")).to_have_value("Valve 3")
    act_on_link(page, "Sign in again")
    fill_sign_in(page, tech)
    expect(page).to_have_url(re.compile("/my-day/$"))
    act(leak, "Save note")
    expect(page.get_by_text("Note on “Find the leak” saved.")).to_be_attached()
    assert job.tasks.get(title="Find the leak").note == "Valve 3"
    assert {"40" in fault for fault in faults} == {True}
    faults.clear()


def test_a_page_left_open_becomes_that_of_whoever_signs_in_beside_it(
    page_of: PageOf, tech: User, other_tech: User, job: Job, sales: User
) -> None:
    make_job(owner=sales, title="Of the other", assigned_to=other_tech, **today())
    page = day_of(page_of(tech, size=PHONE))
    ready(page)
    beside = page.context.new_page()
    page.context.clear_cookies()
    sign_in(beside, other_tech.username, "pass-word-1")
    expect(beside).to_have_title("My day | JobOps")
    act(page, "Load again")
    expect(page.get_by_role("button", name="Menu of Theo Third")).to_be_visible()
    expect(page.get_by_role("heading", name="Of the other")).to_be_visible()
    expect(page.get_by_role("heading", name="Cold room")).to_have_count(0)
    expect_kept(page, other_tech)


def test_a_page_left_open_goes_on_after_a_new_sign_in_of_its_person(
    page_of: PageOf, tech: User, job: Job, faults: list[str]
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    # Its worker fetches the page once more: without a session, that would be the sign-in.
    ready(page)
    beside = page.context.new_page()
    page.context.clear_cookies()
    sign_in(beside, tech.username, "pass-word-1")
    expect(beside).to_have_title("My day | JobOps")
    act(task_at(page, "Refill and test"), "Done")
    expect(page.get_by_text("“Refill and test” is done.")).to_be_attached()
    # The token of the page was no longer good: asked anew, and sent again.
    assert "403" in faults.pop()


def test_what_is_typed_stays_while_the_day_is_loaded_again(
    page_of: PageOf, tech: User, admin: User, job: Job
) -> None:
    page = page_of(tech, size=PHONE)
    page.clock.install()
    day_of(page)
    leak = task_at(page, "Find the leak")
    act(leak, "Note")
    page.keyboard.type("Valve")
    acts.progress(job.tasks.get(title="Refill and test"), by=admin, status="completed")
    with page.expect_response(is_the_day):
        page.clock.run_for(61_000)
    expect(task_at(page, "Refill and test")).to_have_attribute("data-status", "completed")
    page.keyboard.type(" 3")
    expect(leak.get_by_role("textbox")).to_have_value("Valve 3")
    expect(leak.get_by_role("textbox")).to_be_focused()


def is_the_day(answer: Response) -> bool:
    return "/api/dashboard" in answer.url


def test_the_keyboard_keeps_its_place(page_of: PageOf, tech: User, job: Job) -> None:
    page = day_of(page_of(tech))
    leak = task_at(page, "Find the leak")
    leak.get_by_role("button", name="Done").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("“Find the leak” is done.")).to_be_attached()
    expect(leak.get_by_role("button").and_(page.locator(":focus"))).to_have_count(1)
    head = page.get_by_role("heading", name="Cold room").get_by_role("button")
    head.focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-expanded", "false")
    expect(head).to_be_focused()
    expect(leak).to_be_hidden()


def test_who_sells_and_does_the_work_reports_where_they_may(
    page_of: PageOf, sales: User, admin: User, tech: User, job: Job
) -> None:
    both = make_user(Role.SALES_AGENT, Role.TECHNICIAN)
    shared = {"view": "Only to see", "progress": "To help with"}
    for level, title in shared.items():
        other = make_job(owner=sales, title=title, assigned_to=tech, tasks=1, **today())
        acts.share(other, both, level, by=admin)
    sold = make_job(owner=both, title="Sold", assigned_to=tech, tasks=1, **today())
    make_job(owner=sales, title="Own work", assigned_to=both, tasks=1, **today())
    page = day_of(page_of(both, size=PHONE))
    may = {}
    for card in page.locator(".job").all():
        if card.get_attribute("data-status") and card.locator("[aria-expanded=false]").count():
            card.get_by_role("button").first.click()
        title = card.locator("[data-slot=title]").first.inner_text()
        may[title] = card.get_by_role("button", name="Start job").is_visible()
    assert may == {"Only to see": False, "To help with": True, "Sold": False, "Own work": True}
    read = page.locator(".job", has_text="Sold")
    expect(read).to_contain_text("You can view this job; its technician reports progress.")
    expect(page.get_by_text("You can only view this page")).to_have_count(0)
    act(page.locator(".job", has_text="To help with"), "Done")
    expect(page.locator(".job", has_text="To help with")).to_contain_text("1 of 1 tasks done")
    act(page.locator(".job", has_text="To help with"), "Complete job")
    expect(page.locator(".job", has_text="To help with")).to_contain_text("Completed")
    expect(page.get_by_text("“To help with” is now: Completed.")).to_be_visible()
    assert Job.objects.get(title="To help with").completed_by == both
    assert Job.objects.get(pk=sold.pk).status == Job.Status.PENDING


@pytest.mark.parametrize("who", ["admin", "sales"])
def test_who_is_no_technician_reads_only(
    who: str, page_of: PageOf, job: Job, request: pytest.FixtureRequest
) -> None:
    page = day_of(page_of(request.getfixturevalue(who), size=PHONE))
    expect(page.get_by_text("You can only view this page")).to_be_visible()
    card = page.locator(".job")
    expect(card).to_contain_text("LD-100")
    expect(card.get_by_role("button")).to_have_count(1)
    act_on_link(page, f"Open {job.number} in the back office")
    expect(page).to_have_url(re.compile(f"/admin/operations/job/{job.pk}/change/"))


def test_an_empty_day_says_what_comes_next(page_of: PageOf, sales: User, tech: User) -> None:
    page = day_of(page_of(tech, size=PHONE))
    expect(page.get_by_role("heading", name="Nothing is waiting for you")).to_be_visible()
    make_job(owner=sales, title="Next", assigned_to=tech, **today(1))
    act(page, "Load again")
    expect(page.get_by_role("link", name="Next: Tomorrow, Next")).to_be_visible()
    expect(page.get_by_text("Nothing is waiting for you")).to_be_hidden()


def test_it_can_be_installed(page_of: PageOf, tech: User) -> None:
    page = day_of(page_of(tech, size=PHONE))
    session = page.context.new_cdp_session(page)
    ready(page)
    found = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # Playwright's contexts are incognito ones, in which nothing is installed.
    assert [each["errorId"] for each in found if each["errorId"] != "in-incognito"] == []


NOTE = "The valve is rusty.\nIt leaks."
QUOTED = "What you typed on “{}” was not saved. Copy it from here."


@pytest.mark.parametrize("loss", ["reassigned", "deleted"])
def test_a_note_whose_task_is_gone_stays_to_be_copied_until_it_is_closed(
    *,
    loss: str,
    page_of: PageOf,
    sales: User,
    tech: User,
    other_tech: User,
    job: Job,
    faults: list[str],
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    task = begin_note(page, NOTE)
    if loss == "reassigned":
        acts.assign(job, other_tech, by=sales)
    else:
        acts.remove(job.tasks.get(title="Find the leak"), by=sales)
    act(task, "Save note")
    quote = page.get_by_label(QUOTED.format("Find the leak"))
    expect(quote).to_have_value(NOTE)
    expect(quote).to_be_in_viewport()
    expect(page.locator(".task", has_text="Find the leak")).to_have_count(0)
    # It outlasts the message, another act and the page.
    act(page.locator("#alert"), "Close")
    page.reload()
    expect(quote).to_have_value(NOTE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    act(page.locator(".quote"), "Close")
    expect(quote).to_have_count(0)
    page.reload()
    expect(page.get_by_text("Updated")).to_be_visible()
    expect(quote).to_have_count(0)
    assert all("404" in fault for fault in faults)
    faults.clear()


def test_a_note_that_is_being_typed_when_the_day_is_read_without_its_job_stays(
    *, page_of: PageOf, sales: User, tech: User, other_tech: User, job: Job, faults: list[str]
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    begin_note(page, NOTE)
    acts.assign(job, other_tech, by=sales)
    act(page, "Load again")
    expect(page.get_by_label(QUOTED.format("Find the leak"))).to_have_value(NOTE)
    assert all("404" in fault for fault in faults)
    faults.clear()


def test_a_note_on_a_job_of_a_later_day_is_no_lost_one(
    page_of: PageOf, sales: User, tech: User, job: Job
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    task = begin_note(page, NOTE)
    acts.edit(job, by=sales, **today(20))
    with page.expect_response("**/api/jobs/*"):
        act(page, "Load again")
    expect(page.locator(".quote")).to_have_count(0)
    acts.edit(job, by=sales, **today())
    act(page, "Load again")
    expect(task.get_by_role("textbox")).to_have_value(NOTE)


def test_a_reason_for_a_job_that_went_to_somebody_else_stays_to_be_copied(
    *, page_of: PageOf, sales: User, tech: User, other_tech: User, job: Job, faults: list[str]
) -> None:
    page = day_of(page_of(tech, size=PHONE))
    act(page.locator(".job-acts"), "Put on hold")
    page.get_by_label("Why?").fill("The gate is shut")
    acts.assign(job, other_tech, by=sales)
    act(page.get_by_role("dialog"), "Put on hold")
    expect(page.get_by_label(QUOTED.format(job.title))).to_have_value("The gate is shut")
    assert all("404" in fault for fault in faults)
    faults.clear()
