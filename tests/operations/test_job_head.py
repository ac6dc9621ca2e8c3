"""The head of a job: what everybody reads who sees it, why it stands where it does, and what each
can do with it; and its tasks, once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import strip_tags

from core.record import audit
from core.record.audit import Door
from operations import acts
from operations.letters import cards
from operations.models import Job, Task
from operations.pages import callers, job_head
from people.models import User
from tests import acting
from tests.access.world import company_group
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task, make_user
from tests.operations.pages import words

pytestmark = pytest.mark.django_db


def url_of(row: Any, page: str = "change") -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}"
    return reverse(name, args=[row.pk])


def html(page: HttpResponse) -> str:
    return " ".join(page.content.decode().split())


def status_reasons(page: HttpResponse) -> list[tuple[str, str]]:
    """Why the job stands where it does, with what the reason is marked by."""
    reasons = page.context["head"].status_reasons
    return [(reason.status, strip_tags(reason.text)) for reason in reasons]


def filled(page: HttpResponse) -> list[str]:
    """The filled buttons of the page of a job, by their words."""
    return re.findall(r'jobops-primary"[^>]*>(?:<span[^>]*>\w*</span>)?([^<]*)<', html(page))


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    customer = make_customer(name="Baker", contact_name="Ann Baker", phone="+43 (1) 23-4")
    site = make_site(
        customer=customer, name="Mill", address="1 Quay\n1010 Wien", access_notes="Ring twice"
    )
    tech.phone = "+43 660 1"
    tech.save()
    return make_job(
        owner=sales,
        assigned_to=tech,
        site=site,
        title="Boiler",
        description="Behind the wall",
        scheduled_date=audit.today() - timedelta(days=2),
    )


def test_whoever_sees_the_job_reads_the_same_of_it_open_or_closed(
    job: Job, *, admin: User, sales: User, tech: User, other_sales: User, sign_in: Sign
) -> None:
    acts.share(job, other_sales, "view", by=sales)
    read = [
        *(job.number, "Boiler", "Medium priority", "Behind the wall"),
        *("Baker", "Ann Baker", "+43 (1) 23-4", "Mill", "1 Quay", "1010 Wien", "Ring twice"),
        *("Tina Tech", "+43 660 1", "Owner: Sara Sales"),
    ]
    links = [
        f'<a href="{url_of(job.customer)}">Baker</a>',
        '<a href="tel:+431234">+43 (1) 23-4</a>',
        'href="https://www.openstreetmap.org/search?query=1%20Quay%201010%20Wien"',
        f'<a href="{url_of(tech)}">Tina Tech</a>',
        '<a href="tel:+436601">+43 660 1</a>',
    ]
    for is_open in (True, False):
        for person in (admin, sales, tech, other_sales):
            page = sign_in(person).get(url_of(job))
            assert [text for text in read if text not in words(page)] == []
            assert [link for link in links if link not in html(page)] == []
            late = ['data-status="overdue"' in html(page), "2 days overdue" in words(page)]
            assert late == [is_open, is_open]
        if is_open:
            acting.cancel(job, by=sales, reason="Not wanted")


def test_what_else_is_written_of_a_job_stands_there_as_a_line_with_its_name(
    job: Job, sales: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column of another use stands for one that is still to come."""
    monkeypatch.setattr(job_head, "WRITTEN", (*job_head.WRITTEN, "search_text"))
    line = f"<div><dt>Search text</dt><dd>{job.search_text}</dd></div>"
    sheet = reverse("admin:operations_job_sheet", args=[job.pk])
    assert line in html(sign_in(sales).get(url_of(job)))
    assert line.replace("<dd>", '<dd class="text" dir="auto">') in html(sign_in(sales).get(sheet))
    Job.objects.update(search_text="")
    for page in (url_of(job), sheet):
        assert "Search text" not in html(sign_in(sales).get(page))


@pytest.mark.parametrize(
    ("name", "address", "own"),
    [
        ("Mill", "1 Quay\n1010 Wien", "Mill"),
        ("Mill", "", "Mill"),
        ("Mill", "Mill Lane 3", "Mill"),
        ("3 Mill Lane", "3 Mill Lane, 1010 Wien", ""),
        ("Mill 1", "Mill 12", "Mill 1"),
        ("1 Quay", "1 Quay\n1010 Wien", ""),
        ("1 Quay, 1010 Wien", "1 Quay, 1010 Wien", ""),
    ],
)
def test_a_site_that_its_address_names_is_named_once(
    name: str, address: str, own: str, sales: User, sign_in: Sign
) -> None:
    site = make_site(customer=make_customer(name="Baker"), name=name, address=address)
    job = make_job(owner=sales, site=site)
    line = " ".join(address.split())
    sentence = ", ".join(filter(None, [own, line]))
    head = words(sign_in(sales).get(url_of(job))).partition("Where ")[2]
    assert packed(head).startswith(packed(f"{own}{line}When"))
    assert (callers.site_text(site), cards.place(job)) == (sentence, f"Baker, {sentence}")


def packed(text: str) -> str:
    """Without blanks: a line that ends is none to who reads the text alone."""
    return text.replace(" ", "")


def test_a_job_without_any_of_it_says_so(admin: User, sign_in: Sign) -> None:
    page = sign_in(admin).get(url_of(make_job(owner=admin)))
    assert "Where –" in words(page)
    assert "When edit Unscheduled" in words(page)
    assert "Technician edit Nobody yet" in words(page)
    assert "This job has no tasks." in words(page)


def test_who_may_not_see_customers_and_people_has_no_link_to_them(job: Job, sign_in: Sign) -> None:
    person = make_user()
    person.set_groups([company_group({("operations.job", "view")})])
    page = sign_in(person).get(url_of(job))
    assert ("Baker" in words(page), "Tina Tech" in words(page)) == (True, True)
    assert (url_of(job.customer) in html(page), url_of(job.owner) in html(page)) == (False, False)
    assert (page.context["timeline"], "+43 660 1" in words(page)) == (None, False)


def test_why_it_is_on_hold_cancelled_or_reopened_stands_there_until_it_goes_on(
    job: Job, sales: User, tech: User, sign_in: Sign
) -> None:
    browser = sign_in(tech)

    def now() -> list[tuple[str, str]]:
        return status_reasons(browser.get(url_of(job)))

    assert now() == []
    acting.hold(job, by=tech, reason="No parts")
    held = ("on_hold", "Tina Tech put the job on hold: “No parts”")
    assert now() == [held]
    with audit.act(reason="Another day"):
        acts.edit(job, by=sales, title="Pump")
    assert now() == [held]
    acting.resume(job, by=tech)
    assert now() == []
    acting.cancel(job, by=sales, reason="Not wanted")
    assert now() == [("cancelled", "Sara Sales cancelled the job: “Not wanted”")]
    acting.reopen(job, by=sales, reason="Wanted after all")
    again = ("reopened", "Sara Sales reopened the job: “Wanted after all”")
    assert now() == [again]
    acting.hold(job, by=tech, reason="No key")
    assert now() == [("on_hold", "Tina Tech put the job on hold: “No key”"), again]
    acting.resume(job, by=tech)
    acting.complete(job, by=tech)
    assert now() == [("completed", "Tina Tech completed the job")]


def test_a_job_that_came_on_hold_has_nobody_who_said_why(admin: User, sign_in: Sign) -> None:
    with audit.act(door=Door.IMPORT):
        customer = make_customer()
        job = acts.enter(by=admin, status="on_hold", title="Old", customer=customer).row
    assert status_reasons(sign_in(admin).get(url_of(job))) == []


def test_one_button_is_filled_which_is_the_next_step(
    job: Job, *, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    task = make_task(job=job)
    make_task(job=job)

    def now() -> list[list[str]]:
        return [filled(sign_in(who).get(url_of(job))) for who in (admin, sales, tech)]

    assert now() == [["Start"], ["Edit"], ["Start"]]
    acting.start(job, by=tech)
    assert now() == [["Done"], ["Edit"], ["Done"]]
    for each in (task, job.tasks.exclude(pk=task.pk).get()):
        acts.progress(each, by=tech, status="completed")
    assert now() == [["Complete"], ["Edit"], ["Complete"]]
    acting.hold(job, by=tech, reason="No key")
    assert now() == [["Resume"], ["Edit"], ["Resume"]]
    acting.cancel(job, by=admin, reason="Not wanted")
    assert now() == [[], [], []]


def test_what_is_done_seldom_lies_in_a_menu_to_delete_last(
    job: Job, *, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    def offered(person: User) -> list[str]:
        return [button.name for button in sign_in(person).get(url_of(job)).context["head"].menu]

    papers = ["sheet", "report", "day"]
    assert offered(admin) == [*papers, "share", "copy", "cancel", "delete"]
    assert offered(sales) == [*papers, "share", "copy", "cancel"]
    assert offered(tech) == papers
    acting.complete(job, by=tech)
    assert offered(admin) == [*papers, "share", "copy", "delete"]


def test_tasks_stand_there_once_for_everybody_with_what_was_found(
    job: Job, *, sales: User, tech: User, sign_in: Sign
) -> None:
    pump = make_equipment(name="Pump", serial_number="P-1")
    task = make_task(job=job, title="Drain the tank", equipment=[pump], description="Slowly")
    make_task(job=job, title="Fill the tank")
    at = audit.now()
    acts.progress(task, by=tech, status="completed", note="The valve is rusty", at=at)
    for person, may in ((sales, False), (tech, True)):
        page = sign_in(person).get(url_of(job))
        (tasks, _after) = words(page).split("Timeline Full history")
        assert [tasks.count(text) for text in ("Drain the tank", "Fill the tank")] == [1, 1]
        sentence = "Drain the tank Done Slowly Pump P-1 The valve is rusty Tina Tech · "
        assert sentence in tasks
        assert ("Undo" in tasks, "Save note" in tasks) == (may, may)
        assert tasks.index("Drain the tank") < tasks.index("Fill the tank")


@pytest.mark.parametrize("started", [False, True])
def test_what_was_done_goes_back_to_where_it_was(
    job: Job, tech: User, sign_in: Sign, *, started: bool
) -> None:
    task = make_task(job=job)
    former = Task.Status.IN_PROGRESS if started else Task.Status.PENDING
    for status in (former, Task.Status.COMPLETED):
        acts.progress((Task, task.pk), by=tech, status=status)
    [shown] = sign_in(tech).get(url_of(job)).context["tasks"]
    assert [(button.label, button.status) for button in shown.buttons] == [("Undo", former)]


def test_the_form_is_edited_behind_the_page_and_leads_back_to_it(
    job: Job, sales: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    filters = "_changelist_filters=attention%3Dopen"
    page = browser.get(f"{url_of(job)}?{filters}")
    edit = page.context["head"].edited["scheduled_date"]
    assert edit == f"{url_of(job)}?{filters}&edit=scheduled_date"
    form = browser.get(edit)
    text = html(form)
    assert ('data-asked="scheduled_date"' in text, "Delete job" in text) == (True, False)
    assert [name in text for name in ('name="_save"', 'name="_continue"')] == [True, False]
    assert f'href="{url_of(job)}?{filters}"' in text
    # What the form does not hold is said above it.
    acting.cancel(job, by=sales, reason="Not wanted")
    typed = {"title": "Mine", "tasks-TOTAL_FORMS": "0", "tasks-INITIAL_FORMS": "0"}
    refused = browser.post(edit, typed)
    assert "Sara Sales cancelled the job: “Not wanted”" in words(refused)


@pytest.mark.parametrize("key", ["0", "x", "9" * 30, "1\0"])
def test_a_job_that_there_is_not_is_not_found(key: str, admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    for more in ("", "?edit=title"):
        assert browser.get(f"/admin/operations/job/{key}/change/{more}").status_code == 404


def test_what_the_head_costs_where_it_says_why(
    job: Job,
    *,
    sales: User,
    tech: User,
    sign_in: Sign,
    django_assert_num_queries: Callable[..., Any],
) -> None:
    acting.cancel(job, by=sales, reason="Not wanted")
    acting.reopen(job, by=sales, reason="Wanted after all")
    acting.hold(job, by=tech, reason="No key")
    Task.objects.all().delete()
    for person, cost in ((sales, 15), (tech, 16)):
        browser = sign_in(person)
        with django_assert_num_queries(cost):
            assert len(status_reasons(browser.get(url_of(job)))) == 2


@pytest.mark.parametrize(
    ("left", "leads"),
    [
        (
            "?_changelist_filters=status__exact%3Dpending",
            "?_changelist_filters=status__exact%3Dpending",
        ),
        ("?edit=title", ""),
        ("../?_changelist_filters=p%3D2", ""),
    ],
)
def test_what_is_done_keeps_the_way_back_to_the_list(
    left: str, leads: str, job: Job, tech: User, sign_in: Sign
) -> None:
    page = url_of(job)
    came_from = {"Referer": f"http://testserver{page if left[0] == '?' else ''}{left}"}
    answer = sign_in(tech).post(f"/admin/operations/job/{job.pk}/start/", headers=came_from)
    assert answer.headers["Location"] == f"{page}{leads}"
