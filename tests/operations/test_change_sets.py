"""What one act writes is one change set, whichever door it comes through; undo goes by it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from core.record import act_list, audit
from operations import acts, tasks
from operations.models import Customer, Job, JobShare, Site, Task
from people.models import User
from tests.conftest import Sign
from tests.factories import make_customer, make_job
from tests.imports.tables import load
from tests.operations import pages
from tests.programs import program

pytestmark = pytest.mark.django_db
LIST = "/admin/operations/job/"
JSON = {"Accept": "application/json"}
LOG = "/admin/audit-log/"


def sets(*models: Any) -> set[tuple[UUID, str]]:
    """The change sets of all history rows of these models, each with its kind."""
    rows = [model.history.values_list("change_set", "act_kind") for model in models]
    return {pair for found in rows for pair in found}


def kinds(*models: Any) -> list[str]:
    return [kind for _act, kind in sets(*models)]


def test_a_form_with_the_rows_in_it_is_one(sales: User, sign_in: Sign) -> None:
    browser, page = sign_in(sales), "/admin/operations/customer/add/"
    sent = pages.fields(browser.get(page), "customer_form")
    sent |= {"name": "Hotel", "sites-TOTAL_FORMS": "1", "sites-0-name": "Main"}
    assert browser.post(page, sent).status_code == 302
    assert kinds(Customer, Site) == ["form"]


def test_a_call_of_the_api_is_one(sales: User) -> None:
    customer = make_customer()
    content = {"title": "A", "customer": customer.pk, "tasks": [{"title": "B"}, {"title": "C"}]}
    assert program(sales).post("/jobs", content).status_code == 201
    assert (Task.history.count(), kinds(Job, Task)) == (2, ["call"])


def test_the_job_that_a_task_starts_is_of_the_same(sales: User, tech: User) -> None:
    job = make_job(owner=sales, assigned_to=tech, tasks=1)
    acts.progress(job.tasks.get(), by=tech, status="completed")
    assert Job.history.first().change_set == Task.history.first().change_set
    assert Job.history.first().change_set != Job.history.last().change_set


def test_an_import_is_one_and_none_of_the_request_around_it(admin: User) -> None:
    with audit.change_set(audit.Kind.FORM) as around:
        load("customers", {"name": "Hotel"}, {"name": "Baker"}, by=admin)
    [(act, kind)] = sets(Customer)
    assert (Customer.history.count(), kind, act == around.change_set) == (2, "import", False)


def test_a_run_of_a_schedule_is_one(sales: User) -> None:
    for _ in range(2):
        make_job(owner=sales, scheduled_date=date.today() - timedelta(days=2))  # noqa: DTZ011
    Job.objects.update(overdue=False, overdue_since=None)
    before = sets(Job)
    assert tasks.flag_overdue()["flagged"] == 2
    [(_act, kind)] = sets(Job) - before
    assert kind == "run"


def test_what_is_saved_outside_of_any_act_is_one_for_each_row() -> None:
    make_customer()
    make_customer()
    assert len(sets(Customer)) == 2


def send(browser: Client, act: str, job: Job, **typed: Any) -> Any:
    """A part of a bulk act, as the page's script sends it."""
    sent = {"job": [f"{job.pk}:{job.version}"], "act": act, **typed}
    return browser.post(f"{LIST}bulk/assign/", sent, headers=JSON).json()


def test_a_bulk_act_that_is_sent_in_parts_is_one_and_undone_as_one(
    sales: User, tech: User, sign_in: Sign
) -> None:
    browser, jobs = sign_in(sales), [make_job(owner=sales) for _ in range(3)]
    left, *moved = jobs
    before = sets(Job)
    chosen = {"action": "assign_jobs", "_selected_action": [job.pk for job in moved]}
    act = browser.post(LIST, chosen).context["act"]
    answers = [send(browser, act, job, assigned_to=tech.pk) for job in moved]
    [(change_set, kind)] = sets(Job) - before
    undo = f"{LIST}bulk/undo/?act={change_set}"
    assert (kind, [answer["undo"] for answer in answers]) == ("bulk", [undo, undo])
    page = browser.get(undo)
    assert [each.job for each in page.context["outcomes"]] == moved
    sent = {**pages.fields(page, "bulk"), "job": [f"{job.pk}:2" for job in moved]}
    browser.post(f"{LIST}bulk/undo/", sent)
    assert [Job.objects.get(pk=job.pk).assigned_to for job in jobs] == [None, None, None]
    assert [row.act_kind for row in Job.history.filter(id=moved[0].pk)[:2]] == ["undo", "bulk"]
    assert Job.history.filter(id=left.pk).count() == 1


def test_nobody_goes_on_with_the_act_of_another(
    sales: User, admin: User, tech: User, sign_in: Sign
) -> None:
    job = make_job(owner=sales)
    chosen = {"action": "assign_jobs", "_selected_action": [job.pk]}
    act = sign_in(admin).post(LIST, chosen).context["act"]
    first = send(sign_in(admin), act, job, assigned_to=tech.pk)
    job.refresh_from_db()
    second = send(sign_in(sales), act, job, unassign="on")
    assert first["undo"] != second["undo"]


@pytest.mark.parametrize("act", ["", "x", "1" * 40])
def test_an_act_that_is_none_begins_a_new_one(
    act: str, sales: User, tech: User, sign_in: Sign
) -> None:
    job = make_job(owner=sales)
    assert send(sign_in(sales), act, job, assigned_to=tech.pk)["outcomes"]


def test_an_address_that_undoes_no_act_is_refused_or_shows_nothing(
    sales: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    assert browser.get(f"{LIST}bulk/undo/?act=x").status_code == 400
    page = browser.get(f"{LIST}bulk/undo/?act={uuid4()}")
    assert (page.status_code, page.context["outcomes"]) == (200, [])


# The audit log


def shown(page: HttpResponse) -> list[tuple[str, int]]:
    """Each record of the page: what it is the whole of, and its number of changes."""
    return [(each["act"].kind_text, each["act"].number) for each in page.context["acts"]]


def test_the_audit_log_shows_an_act_as_one_record_that_opens_into_its_rows(
    admin: User, sales: User, sign_in: Sign
) -> None:
    customer = make_customer()
    content = {"title": "A", "customer": customer.pk, "tasks": [{"title": "B"}, {"title": "C"}]}
    program(sales).post("/jobs", content)
    page = sign_in(admin).get(LOG, {"person": sales.pk})
    assert shown(page) == [("API call", 3)]
    [record] = page.context["acts"]
    number = Job.objects.get().number
    assert [line["entry"].object_text for line in record["lines"]] == ["C", "B", number]
    assert f"API call, 3 changes: task C, task B, job {number}" in pages.words(page)
    assert record["whole"] == ""


def test_of_a_long_act_the_log_opens_a_few_rows_and_leads_to_all(
    admin: User, sign_in: Sign
) -> None:
    load("customers", *({"name": f"Customer {number}"} for number in range(70)), by=admin)
    make_customer(name="Before")
    browser = sign_in(admin)
    page = browser.get(LOG, {"kind": "customer"})
    assert shown(page) == [("command", 1), ("import", 70)]
    record = page.context["acts"][1]
    assert (len(record["lines"]), page.context["older"]) == (act_list.OPENED, "")
    whole = browser.get(f"{LOG}{record['whole']}")
    assert (len(whole.context["acts"]), whole.context["older"] != "") == (50, True)
    rest = browser.get(f"{LOG}{whole.context['older']}")
    assert (len(rest.context["acts"]), rest.context["older"]) == (20, "")


def test_the_log_goes_on_where_a_page_of_acts_ends(
    admin: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(act_list, "PAGE", 2)
    names = ["One", "Two", "Three", "Four", "Five"]
    for name in names:
        with audit.change_set(audit.Kind.FORM):
            make_customer(name=name)
            make_customer(name=f"{name} and more")
    browser, found, address = sign_in(admin), [], "?kind=customer"
    while address:
        page = browser.get(f"{LOG}{address}")
        found += [each["act"].entries[-1].object_text for each in page.context["acts"]]
        address = page.context["older"]
    assert found == names[::-1]


def test_an_act_of_more_rows_than_a_page_looks_through_goes_on(
    admin: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(act_list, "PAGE", 2)
    monkeypatch.setattr(act_list, "MOST", 4)
    with audit.change_set(audit.Kind.BULK):
        for _ in range(5):
            make_customer()
    browser = sign_in(admin)
    first = browser.get(LOG, {"kind": "customer"})
    second = browser.get(f"{LOG}{first.context['older']}")
    assert (shown(first), shown(second)) == ([("bulk action", 4)], [("bulk action", 1)])


def test_rows_of_before_there_were_acts_stand_each_for_itself(admin: User, sign_in: Sign) -> None:
    with audit.act():
        make_customer()
        make_customer()
    Customer.history.update(change_set=None, act_kind="")
    page = sign_in(admin).get(LOG, {"kind": "customer"})
    assert shown(page) == [("", 1), ("", 1)]


def test_who_sees_a_part_of_an_act_is_shown_that_part(
    admin: User, sales: User, other_sales: User, sign_in: Sign
) -> None:
    mine, foreign = make_job(owner=sales), make_job(owner=other_sales)
    with audit.change_set(audit.Kind.BULK, by=admin) as act:
        for job in (mine, foreign):
            acts.edit(job, by=admin, priority="high")
    page = sign_in(sales).get(LOG, {"act": act.change_set})
    assert [line["entry"].object_id for each in page.context["acts"] for line in each["lines"]] == [
        mine.pk
    ]
    assert sign_in(sales).get(reverse("admin:audit_log"), {"act": "x"}).status_code == 200
    assert JobShare.history.count() == 0


def test_the_audit_log_leads_to_the_undo_of_what_was_done_to_many(
    sales: User, tech: User, admin: User, sign_in: Sign
) -> None:
    browser, moved = sign_in(sales), [make_job(owner=sales, assigned_to=tech) for _ in range(2)]
    chosen = {"action": "reschedule_jobs", "_selected_action": [job.pk for job in moved]}
    page = browser.post(LIST, chosen)
    sent = {**pages.fields(page, "bulk"), "scheduled_date": "2030-03-04"}
    browser.post(f"{LIST}bulk/reschedule/", {**sent, "job": [f"{job.pk}:1" for job in moved]})
    act = Job.history.filter(act_kind="bulk").first().change_set
    link = f'href="{LIST}bulk/undo/?act={act}"'
    for person, times in ((sales, 1), (admin, 1), (tech, 0)):
        page = sign_in(person).get("/admin/audit-log/")
        assert (person.username, page.text.count(link)) == (person.username, times)
        page = sign_in(person).get(f"/admin/audit-log/?act={act}")
        assert (person.username, page.text.count(link)) == (person.username, times)
    # What was cancelled is reopened instead.
    page = browser.post(LIST, {"action": "cancel_jobs", "_selected_action": [moved[0].pk]})
    browser.post(
        f"{LIST}bulk/cancel/",
        {**pages.fields(page, "bulk"), "reason": "x", "job": [f"{moved[0].pk}:2"]},
    )
    assert Job.objects.get(pk=moved[0].pk).status == "cancelled"
    assert sign_in(sales).get("/admin/audit-log/").text.count("bulk/undo") == 1
    # A form's own changes are taken back by another edit.
    acts.edit(moved[1], by=sales, title="Other")
    assert sign_in(sales).get("/admin/audit-log/").text.count("bulk/undo") == 1
