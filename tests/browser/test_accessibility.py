"""Every page of the back office is reached by the keyboard, named for who hears it, and seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, ViewportSize, expect

from core import schedules
from core.queues import enqueue
from core.record import audit
from operations.models import Job
from people.models import User
from tests.browser.conftest import DESKTOP, PHONE, PageOf, shuts_out, shuts_out_in_the_dark
from tests.core.test_background_page import LINK, failed
from tests.factories import (
    make_customer,
    make_equipment,
    make_job,
    make_message,
    make_site,
    make_task,
)

HTML = '<!DOCTYPE html><html lang="en"><title>Boiler</title><main><h1>Boiler</h1></main></html>'
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(admin: User, sales: User, tech: User) -> Job:
    site = make_site(name="Main house", customer=make_customer(name="Harbour Hotel", phone="555"))
    drill = make_equipment(name="Flue gas analyser", serial_number="FG300-2-08114")
    day = audit.today() - timedelta(days=1)
    job = make_job(owner=sales, assigned_to=tech, site=site, scheduled_date=day, title="Boiler")
    make_task(job=job, title="Clean burner and heat exchanger", equipment=[drill])
    make_job(owner=sales, title="Attic", customer=site.customer)
    return job


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


def addresses(job: Job, tech: User) -> list[str]:
    """A page of each kind."""
    schedules.sync()
    failed(LINK)
    enqueue(LINK, "tina")
    return [
        url("index"),
        url("operations_job_changelist"),
        url("operations_job_changelist") + "?attention=on_hold",
        url("operations_job_changelist") + "?attention=open",
        url("operations_job_add"),
        url("operations_job_change", job.pk),
        url("operations_job_change", job.pk) + "?edit=title",
        url("operations_job_events", job.pk),
        url("operations_job_history", job.pk),
        url("operations_job_delete", job.pk),
        url("operations_job_hand_over"),
        url("operations_job_hand_over")
        + f"?person={job.owner_id}&owner={User.objects.all()[0].pk}",
        url("operations_customer_changelist"),
        url("operations_customer_add"),
        url("operations_customer_change", job.customer_id),
        url("operations_site_changelist"),
        url("operations_equipment_changelist"),
        url("operations_equipment_change", job.tasks.get().equipment.get().pk),
        url("people_user_changelist"),
        url("people_user_add"),
        url("people_user_change", tech.pk),
        url("audit_log"),
        url("analytics"),
        url("analytics_rows", "reopened"),
        url("company"),
        url("profile"),
        url("notices"),
        url("background"),
        url("ledger"),
        url("ledger_message", make_message(state="in_doubt", html=HTML, text="Boiler").pk),
        reverse("forgotten-password"),
    ]


# What is named by its picture alone is read as the name of the picture ("delete_forever").
SIGNS = """() => [...document.querySelectorAll("a[href], button, [role=button]")]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }))
    .filter((each) => !each.ariaLabel && !each.ariaHidden)
    .filter((each) => each.querySelector(".material-symbols-outlined:not([aria-hidden=true])"))
    .map((each) => each.outerHTML.slice(0, 160))"""


def faults_of(page: Page) -> list[str]:
    """What axe finds serious or critical on a page as it stands, in both themes, and each sign that
    is read by the name of its picture."""
    found = [
        f"{page.url} {each['id']}: {each['nodes'][0]['html'][:160]}"
        for each in (*shuts_out(page), *shuts_out_in_the_dark(page))
        if each["impact"] in {"serious", "critical"}
    ]
    return [*found, *(f"{page.url} {sign}" for sign in page.evaluate(SIGNS))]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_page_shuts_anybody_out(
    size: ViewportSize, job: Job, admin: User, tech: User, page_of: PageOf
) -> None:
    page = page_of(admin, size=size)
    found = []
    for address in addresses(job, tech):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        found += faults_of(page)
    assert found == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_that_opens_on_a_page_shuts_anybody_out(
    size: ViewportSize, job: Job, admin: User, page_of: PageOf
) -> None:
    page = page_of(admin, size=size)
    page.goto(url("operations_job_changelist") + "?attention=all")
    page.locator("#result_list input.action-select").first.dispatch_event("click")
    found = faults_of(page)
    page.goto(url("operations_job_changelist"))
    page.get_by_role("button", name="Filters", exact=True).click()
    expect(page.locator("#changelist-filter")).to_be_visible()
    page.wait_for_function("document.getAnimations().length === 0")
    found += faults_of(page)
    page.goto(url("index"))
    page.wait_for_load_state("networkidle")
    person = page.get_by_role("button", name="Adam Admin")
    if person.is_visible():
        person.click()
        expect(page.get_by_role("link", name="My profile")).to_be_visible()
        page.wait_for_function("document.getAnimations().length === 0")
        found += faults_of(page)
    page.goto(url("operations_job_change", job.pk))
    page.wait_for_load_state("networkidle")
    page.locator(".jobops-menu summary").click()
    found += faults_of(page)
    page.keyboard.press("Escape")
    found += faults_of(opened(page))
    page.goto(url("operations_job_add"))
    page.get_by_label("Who calls").fill("baker")
    page.get_by_role("option").first.wait_for()
    found += faults_of(page)
    if size == DESKTOP:
        page.goto(url("index"))
        page.wait_for_load_state("networkidle")
        page.get_by_role("button", name="Find anything").click()
        expect(page.locator("#search-input-command")).to_be_focused()
        page.keyboard.type("boiler")
        page.locator("#command-results-list a").first.wait_for()
        found += faults_of(page)
    assert found == []


def opened(page: Page) -> Page:
    """The page, where the dialog that asks why a job is put on hold is open."""
    link = page.get_by_role("link", name="Put on hold").or_(
        page.get_by_role("button", name="Put on hold")
    )
    link.first.click()
    expect(page.get_by_role("dialog", name="Put on hold:")).to_be_visible()
    page.wait_for_function("document.getAnimations().length === 0")
    return page


def test_no_dialog_or_menu_of_my_day_shuts_anybody_out(
    sales: User, tech: User, page_of: PageOf
) -> None:
    make_job(owner=sales, assigned_to=tech, scheduled_date=audit.today(), title="Boiler")
    page = page_of(tech, size=PHONE)
    page.goto(reverse("my-day"))
    page.get_by_role("button", name="Menu of Tina Tech").click()
    found = faults_of(page)
    page.keyboard.press("Escape")
    hold = page.get_by_role("button", name="Put on hold").first
    hold.click()
    expect(page.get_by_role("dialog", name="Put on hold")).to_be_visible()
    found += faults_of(page)
    page.keyboard.press("Escape")
    expect(hold).to_be_focused()
    page.get_by_role("button", name="Complete job").click()
    expect(page.get_by_text("is now: Completed.")).to_be_visible()
    found += faults_of(page)
    assert found == []


def test_the_first_key_leads_past_the_menu(job: Job, admin: User, page_of: PageOf) -> None:
    page = page_of(admin)
    page.goto(url("audit_log"))
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#main') !== null") is True


def focus_stays_in(dialog: Locator) -> bool:
    """However often one goes on, or back."""
    for key in ["Tab"] * 8 + ["Shift+Tab"] * 8:
        dialog.page.keyboard.press(key)
        if not dialog.evaluate("(box) => box.contains(document.activeElement)"):
            return False
    return True


def test_a_dialog_keeps_the_focus_and_gives_it_back(job: Job, tech: User, page_of: PageOf) -> None:
    page = page_of(tech)
    page.goto(url("operations_job_change", job.pk))
    page.wait_for_load_state("networkidle")
    hold = page.get_by_text("Put on hold").first
    hold.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=f"Put on hold: {job}")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    assert focus_stays_in(dialog)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator(":focus")).to_contain_text("Put on hold")


def test_find_anything_keeps_the_focus_and_gives_it_back(
    job: Job, tech: User, page_of: PageOf
) -> None:
    page = page_of(tech)
    page.goto(url("index"))
    opener = page.get_by_role("button", name="Find anything")
    opener.click()
    dialog = page.get_by_role("dialog", name="Find anything")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("boiler")
    dialog.locator("#command-results-list a").first.wait_for()
    assert focus_stays_in(dialog)
    dialog.get_by_role("searchbox").focus()
    for _each in range(2):
        page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_typing_on_a_closed_picker_chooses(job: Job, admin: User, page_of: PageOf) -> None:
    page = page_of(admin)
    page.goto(url("operations_job_hand_over"))
    picker = page.get_by_role("combobox", name="Hand over from")
    picker.focus()
    page.keyboard.type("Tina")
    expect(page.locator(".select2-results__option")).to_have_text(["Tina Tech"])
    page.keyboard.press("Enter")
    expect(picker).to_contain_text("Tina Tech")
    expect(picker).to_be_focused()


def test_what_opens_opens_by_key_and_closes_by_escape(
    job: Job, admin: User, page_of: PageOf
) -> None:
    page = page_of(admin)
    page.goto(url("operations_job_changelist"))
    filters = page.get_by_role("button", name="Filters", exact=True)
    expect(filters).to_have_attribute("aria-expanded", "false")
    filters.focus()
    page.keyboard.press("Enter")
    expect(filters).to_have_attribute("aria-expanded", "true")
    page.wait_for_function("document.activeElement.closest('#changelist-filter, [x-show]')")
    page.keyboard.press("Escape")
    expect(filters).to_be_focused()
    person = page.get_by_role("button", name="Adam Admin")
    person.focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("link", name="My profile")).to_be_visible()


def test_on_a_phone_the_menu_opens_by_key(job: Job, admin: User, page_of: PageOf) -> None:
    page = page_of(admin, size=PHONE)
    page.goto(url("index"))
    page.get_by_role("button", name="Show or hide the menu").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Jobs", exact=True)).to_be_in_viewport()


def test_on_a_phone_the_form_of_a_job_has_no_task_that_cannot_be_saved(
    job: Job, admin: User, page_of: PageOf
) -> None:
    page = page_of(admin, size=PHONE)
    page.goto(url("operations_job_change", job.pk) + "?edit=tasks")
    expect(page.locator("#id_tasks-0-title")).to_be_visible()
    expect(page.locator("#id_tasks-__prefix__-title")).to_be_hidden()


def test_a_day_is_chosen_from_a_calendar_in_the_audit_log(
    job: Job, admin: User, page_of: PageOf
) -> None:
    page = page_of(admin)
    page.goto(url("audit_log"))
    expect(page.locator(".datetimeshortcuts").first).to_be_attached()


def test_a_site_marked_for_deletion_leaves_the_form_to_be_saved(
    job: Job, admin: User, page_of: PageOf
) -> None:
    page = page_of(admin)
    page.goto(url("operations_customer_change", job.customer_id))
    page.locator("#sites-data, #sites-group").first.wait_for()
    page.locator(
        "[id$=sites-0-DELETE], .delete input, label:has(input[name=sites-0-DELETE])"
    ).first.click(force=True)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("so it cannot be deleted. Choose another site")).to_be_visible()


def test_deleting_a_job_names_what_people_know(job: Job, admin: User, page_of: PageOf) -> None:
    page = page_of(admin)
    page.goto(url("operations_job_delete", job.pk))
    expect(page.get_by_text("Clean burner and heat exchanger")).to_be_visible()
    assert "relationship" not in page.content()


def test_a_job_with_unfinished_tasks_says_why_it_is_not_completed(
    job: Job, tech: User, page_of: PageOf
) -> None:
    page = page_of(tech)
    page.goto(url("operations_job_change", job.pk))
    expect(page.get_by_role("button", name="Complete")).to_be_disabled()
    expect(page.get_by_text("Finish 1 task to complete this job.")).to_be_visible()
