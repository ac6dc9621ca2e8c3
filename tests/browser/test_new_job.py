"""A new job in one breath, while somebody is on the phone: by mouse within a budget of clicks, by
keys alone, and on a phone."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from core.record import audit
from operations.models import Customer, Job
from people.models import User
from tests.browser.conftest import DESKTOP, PHONE, PageOf, shuts_out
from tests.factories import make_customer, make_equipment, make_job, make_site

ADD = "/admin/operations/job/add/"
# Clicks for a new customer with site, and a job with three tasks and one item of equipment,
# scheduled and assigned.
BUDGET = 8
# Presses of the Tab key from when to who: the days, a start, how long it takes, and the technician.
TABS = 4


class Clicks:
    """Presses what a person would, and counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.number, self.loads, self.windows = page, 0, 0, 0
        page.on("load", lambda _: self._loaded())
        page.on("popup", lambda _: self._opened())

    def _loaded(self) -> None:
        self.loads += 1

    def _opened(self) -> None:
        self.windows += 1

    def on(self, place: Locator) -> None:
        self.number += 1
        place.click()


def option(page: Page, text: str) -> Locator:
    return page.get_by_role("option", name=text)


def what_was_made() -> tuple[object, ...]:
    job = Job.objects.select_related("customer", "site", "assigned_to").get()
    assert job.site is not None
    assert job.assigned_to is not None
    tasks = [
        (task.title, [item.serial_number for item in task.equipment.all()])
        for task in job.tasks.all()
    ]
    return (
        *(job.customer.name, job.customer.phone, job.site.address, job.title),
        *(job.scheduled_date, job.times_text, job.assigned_to.name, tasks),
    )


def expected(tech: User) -> tuple[object, ...]:
    tomorrow = audit.today() + timedelta(days=1)
    tasks = [("Look", []), ("Mend", ["FG300"]), ("Fill", [])]
    return (
        *("Villa Prater", "0664 123 4567", "Praterstern 5", "Boiler leaks"),
        *(tomorrow, "10:00–12:00", tech.name, tasks),
    )


def test_a_job_with_all_there_is_to_it_keeps_to_the_budget_of_clicks(
    sales: User, tech: User, page_of: PageOf
) -> None:
    make_equipment(name="Analyser", serial_number="FG300")
    page = page_of(sales)
    clicks = Clicks(page)
    page.goto(ADD)
    # The cursor is where the caller goes.
    page.keyboard.type("0664 123 4567")
    clicks.on(option(page, "New customer “0664 123 4567”"))
    page.keyboard.type("Villa Prater")
    clicks.on(page.get_by_label("Address"))
    page.keyboard.type("Praterstern 5")
    clicks.on(page.get_by_label("Title"))
    page.keyboard.type("Boiler leaks")
    clicks.on(page.get_by_label("Task 1"))
    for title in ("Look", "Mend", "Fill"):
        page.keyboard.type(title)
        if title != "Fill":
            page.keyboard.press("Enter")
    clicks.on(page.get_by_label("Equipment for this task").nth(1))
    page.keyboard.type("fg300")
    expect(option(page, "Analyser (FG300)")).to_be_visible()
    page.keyboard.press("Enter")
    clicks.on(page.get_by_label("When", exact=True))
    page.keyboard.type("tomorrow 10-12")
    clicks.on(page.get_by_label("Technician"))
    expect(option(page, "Tina Tech free")).to_be_visible()
    page.keyboard.press("Enter")
    assert (clicks.loads, clicks.windows) == (1, 0)
    clicks.on(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert what_was_made() == expected(tech)
    assert clicks.number <= BUDGET


def tab_to(page: Page, place: Locator) -> None:
    for _ in range(40):
        if place.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {place}")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_same_is_done_by_keys_alone(
    size: ViewportSize, sales: User, tech: User, page_of: PageOf
) -> None:
    make_equipment(name="Analyser", serial_number="FG300")
    page = page_of(sales, size=size)
    page.goto(ADD)
    page.keyboard.type("Villa Prater")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Phone")).to_be_focused()
    page.keyboard.type("0664 123 4567")
    tab_to(page, page.get_by_label("Address"))
    page.keyboard.type("Praterstern 5")
    tab_to(page, page.get_by_label("Title"))
    page.keyboard.type("Boiler leaks")
    tab_to(page, page.get_by_label("Task 1"))
    for title in ("Fill", "Look", "Mend"):
        page.keyboard.type(title)
        page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Remove this task").nth(3))
    page.keyboard.press("Enter")
    # Backwards: the cursor stands in the last task.
    expect(page.get_by_label("Task 3")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("[data-announced]")).to_have_text("Fill is now number 3 of 3")
    page.keyboard.press("ArrowUp")
    tab_to(page, page.get_by_label("Equipment for this task").nth(1))
    page.keyboard.type("fg300")
    expect(option(page, "Analyser (FG300)")).to_be_visible()
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("When", exact=True))
    page.keyboard.type("tomorrow 10-12")
    tab_to(page, page.get_by_label("Technician"))
    page.keyboard.type("tina")
    expect(option(page, "Tina Tech free")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert what_was_made() == expected(tech)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_known_caller_stands_with_what_they_have_and_their_only_site(
    size: ViewportSize, sales: User, page_of: PageOf
) -> None:
    site = make_site(name="Mill", address="Canal Street 4", customer=make_customer(name="Baker"))
    make_job(owner=sales, site=site, title="Boiler went out")
    cook = make_customer(name="Cook")
    for name in ("Pier", "Quay"):
        make_site(name=name, customer=cook)
    page = page_of(sales, size=size)
    page.goto(ADD)
    caller, sites = page.get_by_label("Who calls"), page.get_by_label("Site", exact=True)
    caller.fill("canal")
    option(page, "Baker").click()
    expect(page.get_by_role("link", name="Boiler went out")).to_be_visible()
    expect(sites).to_have_value(str(site.pk))
    expect(page.get_by_label("Title")).to_be_focused()
    # Whoever types on means somebody else, and one with several sites is asked which.
    caller.fill("cook")
    expect(page.get_by_role("link", name="Boiler went out")).to_be_hidden()
    option(page, "Cook").first.click()
    expect(sites).to_be_focused()
    expect(sites.locator("option")).to_have_text(["no site", "Pier", "Quay"])
    page.get_by_role("button", name="New site").click()
    expect(page.get_by_label("Address")).to_be_focused()
    page.keyboard.type("Harbour 1")
    page.get_by_label("Title").fill("Attic")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("was added successfully")).to_be_visible()
    job = Job.objects.get(title="Attic")
    assert (job.customer, str(job.site)) == (cook, "Harbour 1")


def test_a_name_that_is_taken_is_chosen_instead_with_what_was_typed_kept(
    sales: User, page_of: PageOf
) -> None:
    baker = make_customer(name="Baker")
    page = page_of(sales)
    page.goto(ADD)
    page.get_by_label("Title").fill("Boiler")
    page.get_by_label("Who calls").fill("0664 123 4567")
    option(page, "New customer").click()
    page.keyboard.type("BAKER")
    page.keyboard.press("Control+Enter")
    # Told by the server, it chooses by the script of the page.
    page.locator("#caller[role=combobox]").wait_for(state="attached")
    page.get_by_role("button", name="Choose Baker").click()
    expect(page.get_by_label("Who calls")).to_have_value("Baker")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert (Job.objects.get().customer, Customer.objects.count()) == (baker, 1)


def test_who_began_a_new_customer_goes_back_to_finding_one(sales: User, page_of: PageOf) -> None:
    make_customer(name="Baker")
    page = page_of(sales)
    page.goto(ADD)
    page.get_by_label("Who calls").fill("Bak")
    option(page, "New customer").click()
    page.get_by_role("button", name="Find a customer instead").click()
    expect(page.get_by_label("Who calls")).to_have_value("Bak")
    expect(option(page, "Baker")).to_be_visible()


def test_lines_that_are_pasted_are_as_many_tasks_and_are_moved_and_removed(
    sales: User, page_of: PageOf
) -> None:
    page = page_of(sales)
    page.goto(ADD)
    page.get_by_label("Task 1").evaluate(
        """field => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", "1. Drain\\n- Clean\\n\\nFill\\nLook");
            field.focus();
            const how = { clipboardData, bubbles: true, cancelable: true };
            field.dispatchEvent(new ClipboardEvent("paste", how));
        }"""
    )
    titles = page.locator("[data-tasks] ol input[name$=-title]")

    def values() -> list[str]:
        return [title.input_value() for title in titles.all()]

    assert values() == ["Drain", "Clean", "Fill", "Look"]
    handle = page.get_by_role("button", name="Move this task:").nth(3)
    handle.drag_to(page.locator("[data-new-task]").first, target_position={"x": 200, "y": 2})
    assert values() == ["Look", "Drain", "Clean", "Fill"]
    page.get_by_role("button", name="Move this task:").first.focus()
    page.keyboard.press("ArrowDown")
    assert values() == ["Drain", "Look", "Clean", "Fill"]
    page.get_by_role("button", name="Remove this task").nth(1).click()
    expect(page.get_by_label("Task 2")).to_be_focused()
    page.get_by_label("Task 2").fill("")
    page.keyboard.press("Backspace")
    assert values() == ["Drain", "Fill"]
    assert [title.get_attribute("name") for title in titles.all()] == [
        "tasks-0-title",
        "tasks-1-title",
    ]


def test_a_schedule_is_said_or_picked_and_either_fills_the_other(
    sales: User, page_of: PageOf
) -> None:
    page = page_of(sales)
    page.goto(ADD)
    when, notice = page.get_by_label("When", exact=True), page.locator("[data-understood]")
    day, start, end = (
        page.get_by_label(name) for name in ("Scheduled date", "Start time", "End time")
    )
    expect(page.get_by_role("button", name="2 h")).to_be_disabled()
    when.fill("6.5.2030 10-12")
    expect(notice).to_have_text("Mon 6 May 2030, 10:00–12:00")
    assert [each.input_value() for each in (day, start, end)] == ["2030-05-06", "10:00", "12:00"]
    page.get_by_role("button", name="1 h 30 min").click()
    expect(notice).to_have_text("Mon 6 May 2030, 10:00–11:30")
    expect(when).to_have_value("Mon 6 May 2030, 10:00–11:30")
    start.select_option("08:00")
    expect(notice).to_have_text("Mon 6 May 2030, 08:00–09:30")
    page.get_by_role("button", name="Tomorrow").click()
    tomorrow = audit.today() + timedelta(days=1)
    expect(day).to_have_value(str(tomorrow))
    when.fill("some day")
    expect(notice).to_contain_text("“some” could not be read. Write it like")
    when.fill("")
    expect(day).to_have_value("")
    expect(notice).to_have_text("")


def test_a_clash_is_said_before_saving_with_the_way_to_the_job(
    sales: User, tech: User, other_tech: User, page_of: PageOf
) -> None:
    day = audit.today() + timedelta(days=1)
    job = make_job(
        owner=sales, assigned_to=tech, title="Boiler", scheduled_date=day,
        start_time=time(10), end_time=time(11),
    )  # fmt: skip
    page = page_of(sales)
    page.goto(ADD)
    page.get_by_label("When", exact=True).fill("tomorrow 10-12")
    technician = page.get_by_label("Technician")
    technician.click()
    names = page.get_by_role("option").locator("span")
    expect(names).to_have_text([other_tech.name, tech.name])
    option(page, "Tina Tech").click()
    notice = page.locator("[data-load]")
    expect(notice).to_contain_text(f"Tina Tech has {job} at that time, 10:00–11:00.")
    expect(notice.get_by_role("link")).to_have_attribute(
        "href", f"/admin/operations/job/{job.pk}/change/"
    )
    page.get_by_label("When", exact=True).fill("tomorrow 12-13")
    expect(notice).to_have_text("1 job, free until 10:00, from 11:00")
    technician.fill("nobody I know")
    page.get_by_label("Title").focus()
    expect(technician).to_have_value("Tina Tech")
    technician.fill("")
    page.get_by_label("Title").focus()
    expect(page.locator("#chosen-technician")).to_have_value("")


def faults_of(page: Page, *, dark: bool = False) -> list[str]:
    """What axe finds serious or critical."""
    found = [each for each in shuts_out(page, dark=dark) if each["impact"] != "moderate"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nobody_is_shut_out_of_what_opens_on_the_page(
    size: ViewportSize, sales: User, tech: User, page_of: PageOf
) -> None:
    make_equipment(name="Analyser", serial_number="FG300")
    make_job(owner=sales, site=make_site(customer=make_customer(name="Baker")), title="Boiler")
    page = page_of(sales, size=size)
    page.goto(ADD)
    page.get_by_label("Who calls").fill("bak")
    expect(option(page, "Baker")).to_be_visible()
    found = [faults_of(page)]
    option(page, "Baker").click()
    page.get_by_role("button", name="New site").click()
    page.get_by_label("Task 1").fill("Look")
    page.get_by_label("Equipment for this task").fill("fg300")
    option(page, "Analyser (FG300)").click()
    page.get_by_label("When", exact=True).fill("some day")
    expect(page.locator("[data-understood]")).to_contain_text("could not be read")
    page.get_by_label("Technician").click()
    expect(option(page, "Tina Tech")).to_be_visible()
    found.append(faults_of(page))
    page.evaluate("document.documentElement.classList.add('dark')")
    found.append(faults_of(page, dark=True))
    page.get_by_label("Who calls").fill("somebody new")
    option(page, "New customer").click()
    found += [faults_of(page, dark=dark) for dark in (True, False)]
    assert [fault for some in found for fault in some] == []
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]


def tabs_between(page: Page, first: Locator, last: Locator) -> int:
    first.focus()
    for number in range(1, 40):
        page.keyboard.press("Tab")
        if last.evaluate("each => each === document.activeElement"):
            return number
    pytest.fail(f"the keyboard does not reach {last}")


@pytest.mark.parametrize("form", ["new", "edit"])
def test_a_technician_is_four_tabs_away_from_when_and_saved_with_by_keys(
    form: str, sales: User, tech: User, other_tech: User, page_of: PageOf
) -> None:
    page = page_of(sales)
    job = make_job(owner=sales, title="Boiler", customer=make_customer(name="Baker"))
    if form == "edit":
        page.goto(f"/admin/operations/job/{job.pk}/change/?edit=scheduled_date")
    else:
        page.goto(ADD)
        page.keyboard.type("bak")
        expect(option(page, "Baker")).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.get_by_label("Title")).to_be_focused()
        page.keyboard.type("Boiler again")
    when, technician = page.get_by_label("When", exact=True), page.get_by_label("Technician")
    # Without a time there is no length to be chosen, and with one there is.
    counted = [tabs_between(page, when, technician)]
    when.focus()
    page.keyboard.type("tomorrow 10-12")
    expect(page.get_by_role("button", name="2 h")).to_be_enabled()
    counted.append(tabs_between(page, when, technician))
    page.keyboard.type("tina")
    expect(option(page, "Tina Tech free")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("successfully")).to_be_visible()
    assert counted == [TABS, TABS]
    saved = Job.objects.select_related("assigned_to").latest("pk")
    assert (saved.assigned_to, saved.times_text) == (tech, "10:00–12:00")


def test_the_arrow_keys_lead_through_days_and_lengths(sales: User, page_of: PageOf) -> None:
    page = page_of(sales)
    page.goto(ADD)
    when = page.get_by_label("When", exact=True)
    when.fill("tomorrow 10-11")
    expect(page.get_by_role("button", name="1 h", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    when.focus()
    # What is chosen is where the bar is entered.
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Tomorrow")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    week = audit.today() + timedelta(days=7)
    expect(page.get_by_label("Scheduled date")).to_have_value(str(week))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Scheduled date")).to_be_focused()
    tab_to(page, page.get_by_role("button", name="1 h", exact=True))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_label("End time")).to_have_value("11:30")
    page.keyboard.press("Home")
    expect(page.get_by_label("End time")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_label("Start time")).to_be_focused()
