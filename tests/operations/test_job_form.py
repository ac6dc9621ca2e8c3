"""The form of a job with its tasks: who makes and edits what, and that nobody's work is lost."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from core.record import audit
from core.record.audit import Door
from core.refusals import Refused
from core.roles import Role
from operations import acts
from operations.models import Customer, Equipment, Job, Task
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import (
    make_customer,
    make_equipment,
    make_job,
    make_site,
    make_task,
    make_user,
)
from tests.operations.pages import Fields, errors, fields, messages, words
from tests.operations.stock import everything, history_rows

ADD = reverse("admin:operations_job_add")
LIST = reverse("admin:operations_job_changelist")


def url_of(job: Job) -> str:
    return reverse("admin:operations_job_change", args=[job.pk])


def form_of(browser: Client, job: Job) -> Fields:
    return fields(browser.get(f"{url_of(job)}?edit=title"), "job_form")


def task_row(number: int, **values: Any) -> Fields:
    """What a browser sends of a new task in a row of the form."""
    row = {"position": "", "title": "", "description": "", "equipment": [], **values}
    return {f"tasks-{number}-{name}": value for name, value in row.items()}


def save(browser: Client, job: Job, sent: Fields) -> HttpResponse:
    return browser.post(url_of(job), sent, follow=True)


def titles(job: Job) -> list[str]:
    return list(job.tasks.values_list("title", flat=True))


def status_reasons(page: HttpResponse) -> list[str]:
    """Why the job stands where it does, as its head says."""
    return [strip_tags(reason.text) for reason in page.context["head"].status_reasons]


# Making a job


def new_job(browser: Client, customer: Customer, **values: Any) -> HttpResponse:
    sent = fields(browser.get(ADD), "job_form")
    sent |= {"title": "Boiler", "customer": customer.pk} | values
    return browser.post(ADD, sent, follow=True)


def test_a_sales_agent_makes_a_job_with_tasks_and_equipment_in_one_go_and_owns_it(
    sales: User, tech: User, sign_in: Sign
) -> None:
    site, drill, saw = make_site(), make_equipment(), make_equipment()
    before = history_rows()
    page = new_job(
        sign_in(sales),
        site.customer,
        site=site.pk,
        description="Behind the wall",
        priority="high",
        scheduled_date="2099-05-04",
        start_time="09:00",
        end_time="10:30",
        assigned_to=tech.pk,
        **{"tasks-TOTAL_FORMS": "2"},
        **task_row(0, title="Open", description="Slowly", equipment=[drill.pk, saw.pk]),
        **task_row(1, title="Close"),
    )
    assert page.redirect_chain == [(LIST, 302)]
    job = Job.objects.get()
    assert (job.owner, job.created_by, job.assigned_to) == (sales, sales, tech)
    assert (job.title, job.customer, job.site) == ("Boiler", site.customer, site)
    assert (job.scheduled_date, job.start_time, job.end_time) == (
        date(2099, 5, 4),
        time(9),
        time(10, 30),
    )
    assert (job.description, job.priority, job.status) == ("Behind the wall", "high", "pending")
    tasks = [(t.position, t.title, t.description, set(t.equipment.all())) for t in job.tasks.all()]
    assert tasks == [(1, "Open", "Slowly", {drill, saw}), (2, "Close", "", set())]
    assert history_rows() == before + 3
    for row in (job, *job.tasks.all()):
        record = row.history.get()
        assert (record.history_user, record.door) == (sales, Door.ADMIN)


def test_a_sales_agent_makes_no_job_for_another_owner(
    sales: User, other_sales: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    assert "owner" not in fields(browser.get(ADD), "job_form")
    new_job(browser, make_customer(), owner=other_sales.pk, created_by=other_sales.pk)
    job = Job.objects.get()
    assert (job.owner, job.created_by) == (sales, sales)


def test_an_admin_makes_a_job_for_an_owner_or_owns_it(
    admin: User, sales: User, sign_in: Sign
) -> None:
    browser = sign_in(admin)
    new_job(browser, make_customer(), owner=sales.pk)
    new_job(browser, make_customer(), owner="")
    owners = Job.objects.order_by("pk").values_list("owner", "created_by")
    assert list(owners) == [(sales.pk, admin.pk), (admin.pk, admin.pk)]


def test_a_copy_begins_with_what_the_job_is_about_and_is_saved_when_the_person_says_so(
    sales: User, tech: User, sign_in: Sign
) -> None:
    site, drill = make_site(), make_equipment()
    old = make_equipment()
    job = make_job(owner=sales, assigned_to=tech, site=site, title="Boiler", priority="high")
    make_task(job=job, title="Drain", description="All of it", equipment=[drill, old])
    make_task(job=job, title="Clean")
    old.is_active = False
    old.save()
    browser, before = sign_in(sales), everything()
    sent = fields(browser.get(ADD, {"copy": job.pk}), "job_form")
    assert everything() == before
    page = browser.post(f"{ADD}?copy={job.pk}", sent, follow=True)
    copy = Job.objects.latest("pk")
    assert page.redirect_chain == [(url_of(copy), 302)]
    assert (copy.title, copy.customer, copy.site, copy.priority) == (
        "Boiler",
        site.customer,
        site,
        "high",
    )
    assert (copy.status, copy.assigned_to, copy.owner) == ("pending", None, sales)
    assert [(t.title, t.description, list(t.equipment.all())) for t in copy.tasks.all()] == [
        ("Drain", "All of it", [drill]),
        ("Clean", "", []),
    ]


@pytest.mark.parametrize("which", ["foreign", "0", "x", "9" * 30])
def test_a_copy_of_what_the_person_may_not_see_begins_empty(
    which: str, sales: User, other_sales: User, sign_in: Sign
) -> None:
    foreign = make_job(owner=other_sales, title="Secret", tasks=1)
    key = foreign.pk if which == "foreign" else which
    sent = fields(sign_in(sales).get(ADD, {"copy": key}), "job_form")
    assert (sent["title"], sent["tasks-TOTAL_FORMS"]) == ("", "0")


def test_only_who_may_make_jobs_is_offered_a_copy(job: Job, tech: User, sign_in: Sign) -> None:
    acts.assign(job, tech, by=job.owner)
    pages = [sign_in(person).get(url_of(job)).content.decode() for person in (job.owner, tech)]
    assert [f"{ADD}?copy={job.pk}" in page for page in pages] == [True, False]


def test_who_may_not_edit_is_told_why_and_whom_to_ask(
    job: Job, tech: User, other_sales: User, sign_in: Sign
) -> None:
    acts.assign(job, tech, by=job.owner)
    acts.share(job, other_sales, "view", by=job.owner)
    reader, group = make_user(), Group.objects.create(name="Reception")
    view = Permission.objects.get(content_type__app_label="operations", codename="view_job")
    group.permissions.add(view)
    reader.groups.add(group)
    reader = User.objects.get(pk=reader.pk)
    hints = [
        sign_in(person).get(url_of(job)).context["head"].hints
        for person in (job.owner, tech, other_sales, reader)
    ]
    ask = "Its owner, Sara Sales, and Admins can edit it."
    assert hints == [
        [],
        [f"You can see this job because it is assigned to you. {ask}"],
        [f"You can see this job because it is shared with you. {ask}"],
        [f"You can see every job. {ask}"],
    ]


def test_a_technician_makes_no_job(tech: User, sign_in: Sign) -> None:
    browser = sign_in(tech)
    assert browser.get(ADD).status_code == 403
    assert browser.post(ADD, {"title": "T", "customer": make_customer().pk}).status_code == 403
    assert Job.objects.count() == 0


def test_who_may_make_jobs_and_own_none_is_told_so(tech: User, sign_in: Sign) -> None:
    """A technician to whom the company gave a right to make jobs."""
    group = Group.objects.create(name="Makes jobs")
    group.permissions.add(*Permission.objects.filter(codename__in=["add_job", "view_customer"]))
    tech.set_groups([*tech.groups.all(), group])
    customer = make_customer()
    before = everything()
    page = new_job(sign_in(tech), customer)
    sentence = "Only an active sales agent or Admin can own a job."
    assert errors(page) == {"__all__": [sentence]}
    assert sentence in words(page)
    assert fields(page, "job_form")["title"] == "Boiler"
    assert everything() == before


def test_what_only_verbs_write_is_not_written_by_a_form(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    crafted = {"status": "completed", "completed_at": "2026-01-01", "number": "J-7", "version": "9"}
    new_job(
        browser,
        make_customer(),
        **crafted,
        **{"tasks-TOTAL_FORMS": "1"},
        **task_row(0, title="T", status="completed", note="n", completed_by=sales.pk),
    )
    job = Job.objects.get()
    save(browser, job, form_of(browser, job) | crafted)
    job.refresh_from_db()
    assert (job.status, job.completed_at, job.number) == ("pending", None, f"J-{job.pk:06d}")
    assert (job.version, job.tasks.get().status, job.tasks.get().note) == (1, "pending", "")


def test_a_past_date_may_be_entered_and_is_pointed_out(sales: User, sign_in: Sign) -> None:
    page = new_job(sign_in(sales), make_customer(), scheduled_date="2020-01-01")
    job = Job.objects.get()
    assert job.overdue is True
    assert "That day has passed: the job is overdue at once." in messages(page)


def test_a_form_sent_twice_adds_one_job(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    sent = fields(browser.get(ADD), "job_form") | {"title": "T", "customer": make_customer().pk}
    sent |= {"tasks-TOTAL_FORMS": "1"} | task_row(0, title="Open")
    answers = [browser.post(ADD, sent) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == [LIST, LIST]
    assert (Job.objects.count(), Task.objects.count()) == (1, 1)


def test_who_goes_back_and_sends_something_else_adds_that_too(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    sent = fields(browser.get(ADD), "job_form") | {"customer": make_customer().pk}
    for title in ("First", "Second"):
        browser.post(ADD, sent | {"title": title})
    assert set(Job.objects.values_list("title", flat=True)) == {"First", "Second"}


def test_a_form_that_says_nothing_of_itself_is_taken(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    sent = fields(browser.get(ADD), "job_form") | {"title": "T", "customer": make_customer().pk}
    del sent["once"]
    for _ in range(2):
        browser.post(ADD, sent)
    assert Job.objects.count() == 2


def test_a_job_with_a_task_that_is_refused_is_not_made(sales: User, sign_in: Sign) -> None:
    before = everything()
    idle = make_equipment(name="Saw", serial_number="S-1", is_active=False)
    before = everything()
    customer = make_customer()
    before = everything()
    page = new_job(
        sign_in(sales),
        customer,
        **{"tasks-TOTAL_FORMS": "2"},
        **task_row(0, title="Open"),
        **task_row(1, title="Cut", equipment=[idle.pk]),
    )
    sentence = "Not active: Saw (S-1). Choose other equipment."
    assert errors(page) == {"tasks-1-equipment": [sentence]}
    assert sentence in words(page)
    assert fields(page, "job_form")["tasks-1-equipment"] == [str(idle.pk)]
    assert everything() == before


# Editing with tasks


@pytest.fixture
def job(sales: User) -> Job:
    job = make_job(owner=sales, title="Boiler")
    for title in ("Open", "Clean", "Close"):
        make_task(job=job, title=title)
    return job


@pytest.mark.parametrize("who", ["sales", "admin"])
def test_job_and_tasks_are_edited_added_deleted_and_reordered_in_one_go(
    who: str, job: Job, sign_in: Sign, request: Any
) -> None:
    person, drill = request.getfixturevalue(who), make_equipment()
    browser = sign_in(person)
    sent = form_of(browser, job)
    assert [sent[f"tasks-{n}-title"] for n in range(3)] == ["Open", "Clean", "Close"]
    before = history_rows()
    page = save(
        browser,
        job,
        sent
        | {"title": "Boiler room", "tasks-TOTAL_FORMS": "4"}
        | {"tasks-0-position": "9", "tasks-1-title": "Clean well", "tasks-2-DELETE": "on"}
        | {"tasks-1-equipment": [drill.pk]}
        | task_row(3, title="Lock"),
    )
    assert page.redirect_chain == [(url_of(job), 302)]
    job.refresh_from_db()
    tasks = [(t.position, t.title, list(t.equipment.all()), t.version) for t in job.tasks.all()]
    # The new one was put last, and that was after Close, which is gone.
    assert tasks == [(2, "Clean well", [drill], 2), (9, "Open", [], 2), (10, "Lock", [], 1)]
    assert (job.title, job.version) == ("Boiler room", 2)
    assert history_rows() == before + 5
    kinds = Task.history.filter(history_user=person).order_by("history_id")
    assert sorted(kinds.values_list("history_type", "title")) == [
        ("+", "Lock"),
        ("-", "Close"),
        ("~", "Clean well"),
        ("~", "Open"),
    ]


def test_a_save_that_changes_nothing_writes_nothing(job: Job, sales: User, sign_in: Sign) -> None:
    before = everything()
    page = save(sign_in(sales), job, form_of(sign_in(sales), job))
    assert page.redirect_chain == [(url_of(job), 302)]
    assert everything() == before


def test_an_owner_hands_the_job_to_nobody_but_an_admin_does(
    job: Job, sales: User, other_sales: User, admin: User, sign_in: Sign
) -> None:
    sent = form_of(sign_in(sales), job)
    assert "owner" not in sent
    save(sign_in(sales), job, sent | {"owner": other_sales.pk})
    assert Job.objects.get().owner == sales
    sent = form_of(sign_in(admin), job)
    assert sent["owner"] == str(sales.pk)
    save(sign_in(admin), job, sent | {"owner": other_sales.pk})
    assert Job.objects.get().owner == other_sales
    assert sign_in(sales).get(url_of(job)).status_code == 404


def test_only_who_may_edit_sends_the_form(
    job: Job, *, sales: User, tech: User, other_sales: User, other_tech: User, sign_in: Sign
) -> None:
    sent = form_of(sign_in(sales), job) | {"title": "Crafted"}
    acts.assign(job, tech, by=sales)
    acts.share(job, other_sales, "view", by=sales)
    before = everything()
    for person, answer in ((tech, 403), (other_sales, 403), (other_tech, 404)):
        assert save(sign_in(person), job, sent).status_code == answer
    assert everything() == before


def test_a_technician_reads_the_job_and_has_no_field_to_type_in(
    job: Job, sales: User, tech: User, sign_in: Sign
) -> None:
    acts.assign(job, tech, by=sales)
    for url in (url_of(job), f"{url_of(job)}?edit=title"):
        page = sign_in(tech).get(url)
        assert page.templates[0].name == "operations/job.html"
        assert ("Boiler" in words(page), page.context["head"].edited) == (True, {})


def test_equipment_set_inactive_since_stays_when_the_rest_is_edited(
    job: Job, sales: User, sign_in: Sign
) -> None:
    drill, saw = make_equipment(), make_equipment(name="Saw", serial_number="S-1")
    task = job.tasks.get(title="Clean")
    task.save_requiring([drill])
    Equipment.objects.update(is_active=False)
    browser = sign_in(sales)
    sent = form_of(browser, job)
    save(browser, job, sent | {"tasks-1-title": "Clean well"})
    task.refresh_from_db()
    assert (task.title, list(task.equipment.all())) == ("Clean well", [drill])
    sent = form_of(browser, job) | {"tasks-1-equipment": [drill.pk, saw.pk]}
    before = everything()
    page = save(browser, job, sent)
    sentence = "Not active: Saw (S-1). Choose other equipment."
    assert errors(page) == {"tasks-1-equipment": [sentence]}
    assert everything() == before


def test_an_assignment_may_stay_with_somebody_deactivated_since(
    job: Job, sales: User, tech: User, admin: User, sign_in: Sign
) -> None:
    acts.assign(job, tech, by=sales)
    acting.deactivate(tech, by=admin)
    browser = sign_in(sales)
    sent = form_of(browser, job)
    assert sent["assigned_to"] == str(tech.pk)
    save(browser, job, sent | {"title": "Other"})
    assert (Job.objects.get().title, Job.objects.get().assigned_to) == ("Other", tech)


def test_a_job_newly_assigned_to_no_technician_is_refused_at_the_field(
    job: Job, sales: User, other_sales: User, sign_in: Sign
) -> None:
    browser, before = sign_in(sales), everything()
    gone = make_user(Role.TECHNICIAN, is_active=False)
    for person in (other_sales, gone):
        page = save(browser, job, form_of(browser, job) | {"assigned_to": str(person.pk)})
        sentence = "A job can only be assigned to an active technician."
        assert errors(page) == {"assigned_to": [sentence]}
        assert fields(page, "job_form")["assigned_to"] == str(person.pk)
    assert everything() == before


def test_what_a_person_may_not_see_is_not_named(tech: User, sign_in: Sign) -> None:
    """A technician to whom the company gave a right to make jobs sees few customers."""
    group = Group.objects.create(name="Makes jobs")
    ours = Permission.objects.filter(content_type__app_label="operations")
    group.permissions.add(*ours.filter(codename__in=["add_job", "add_task"]))
    tech.set_groups([*tech.groups.all(), group])
    hidden = make_customer()
    before = everything()
    page = new_job(sign_in(tech), hidden)
    assert errors(page)["customer"] == [
        "Select a valid choice. That choice is not one of the available choices."
    ]
    assert hidden.name not in words(page)
    assert everything() == before


# No lost update


def test_a_stale_job_is_refused_with_both_values_and_then_saved(
    job: Job, sales: User, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    sent = form_of(browser, job) | {"title": "Mine", "description": "Mine too"}
    with audit.act(by=admin):
        job.title, job.priority = "Theirs", Job.Priority.URGENT
        job.save()
    before = everything()
    page = save(browser, job, sent)
    assert errors(page) == {
        "__all__": [
            "Adam Admin changed this in the meantime (title: Boiler → Theirs; priority: "
            "Medium → Urgent). Your changes were not saved: check the values below and "
            "save again."
        ],
        "title": ["Now: Theirs. Yours: Mine."],
        "priority": ["Now: Urgent. Yours: Medium."],
    }
    shown = words(page)
    for text in (text for of_field in errors(page).values() for text in of_field):
        assert text in shown
    again = fields(page, "job_form")
    assert {name: again[name] for name in sent} == sent | {"stated_version": "2"}
    assert everything() == before
    page = save(browser, job, again | {"priority": "urgent"})
    assert page.redirect_chain == [(url_of(job), 302)]
    job.refresh_from_db()
    assert (job.title, job.description, job.priority) == ("Mine", "Mine too", "urgent")
    assert list(job.history.order_by("history_id").values_list("title", flat=True)) == [
        "Boiler",
        "Theirs",
        "Mine",
    ]


def test_a_stale_task_is_refused_with_both_values_and_then_saved(
    job: Job, sales: User, admin: User, sign_in: Sign
) -> None:
    browser, drill, saw = sign_in(sales), make_equipment(), make_equipment()
    sent = form_of(browser, job)
    sent |= {"title": "Room", "tasks-1-title": "Mine", "tasks-1-equipment": [str(saw.pk)]}
    task = job.tasks.get(title="Clean")
    with audit.act(by=admin):
        task.title = "Theirs"
        task.save_requiring([drill])
    before = everything()
    page = save(browser, job, sent)
    assert errors(page) == {
        "tasks-1-__all__": [
            f"Adam Admin changed this in the meantime (title: Clean → Theirs; "
            f"required equipment: – → {drill}). Your changes were not saved: "
            "check the values below and save again."
        ],
        "tasks-1-title": ["Now: Theirs. Yours: Mine."],
        "tasks-1-equipment": [f"Now: {drill}. Yours: {saw}."],
    }
    shown = words(page)
    for text in (text for of_field in errors(page).values() for text in of_field):
        assert text in shown
    again = fields(page, "job_form")
    assert {name: again[name] for name in sent} == sent | {"tasks-1-stated_version": "2"}
    assert everything() == before
    save(browser, job, again)
    task.refresh_from_db()
    assert (task.title, list(task.equipment.all())) == ("Mine", [saw])
    assert Job.objects.get().title == "Room"


def test_a_stale_form_offers_both_values_and_saves_those_that_are_chosen(
    job: Job, sales: User, admin: User, sign_in: Sign
) -> None:
    browser, drill, saw = sign_in(sales), make_equipment(), make_equipment()
    sent = form_of(browser, job) | {"title": "Mine", "priority": "low", "description": "Mine"}
    sent |= {"tasks-1-title": "Mine", "tasks-1-equipment": [str(saw.pk)]}
    task = job.tasks.get(title="Clean")
    with audit.act(by=admin):
        job.title, job.priority = "Theirs", Job.Priority.URGENT
        job.save()
        task.title = "Theirs"
        task.save_requiring([drill])
    page = save(browser, job, sent)
    offered = [
        (form["row"], [(each["name"], each["theirs"], each["yours"]) for each in form["choices"]])
        for form in page.context["stale_forms"]
    ]
    assert offered == [
        (
            f"{job.number} Theirs",
            [("title-whose", "Theirs", "Mine"), ("priority-whose", "Urgent", "Low")],
        ),
        (
            "Theirs",
            [
                ("tasks-1-title-whose", "Theirs", "Mine"),
                ("tasks-1-equipment-whose", str(drill), str(saw)),
            ],
        ),
    ]
    again = fields(page, "job_form")
    assert {again[f"{name}-whose"] for name in ("title", "priority", "tasks-1-title")} == {"mine"}
    theirs = {"title-whose": "theirs", "tasks-1-equipment-whose": "theirs"}
    save(browser, job, again | theirs)
    job.refresh_from_db()
    task.refresh_from_db()
    assert (job.title, job.priority, job.description) == ("Theirs", "low", "Mine")
    assert (task.title, list(task.equipment.all())) == ("Mine", [drill])


@pytest.mark.parametrize("of", ["scheduled_date", "assigned_to"])
def test_theirs_may_be_nothing_at_all(
    of: str, job: Job, sales: User, tech: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    job.assigned_to, job.scheduled_date = tech, date(2099, 1, 1)
    job.save()
    mine = {"scheduled_date": "2099-02-02", "assigned_to": str(make_user(Role.TECHNICIAN).pk)}
    sent = form_of(browser, job) | {of: mine[of]}
    job.assigned_to = job.scheduled_date = None
    job.save()
    again = fields(save(browser, job, sent), "job_form")
    save(browser, job, again | {f"{of}-whose": "theirs"})
    job.refresh_from_db()
    assert getattr(job, of) is None


def test_what_is_chosen_stays_chosen_while_something_else_is_mended(
    job: Job, sales: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    sent = form_of(browser, job) | {"title": "Mine"}
    job.title = "Theirs"
    job.save()
    again = fields(save(browser, job, sent), "job_form")
    bad = {"title-whose": "theirs", "scheduled_date": "someday"}
    page = save(browser, job, again | bad)
    assert "scheduled_date" in errors(page)
    save(browser, job, fields(page, "job_form") | {"scheduled_date": ""})
    job.refresh_from_db()
    assert (job.title, job.version) == ("Theirs", 2)


def test_a_rule_that_no_check_of_the_form_foresees_is_told_with_what_was_typed(
    job: Job, sales: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in(sales)
    sent = form_of(browser, job) | {"title": "Mine"}
    before = everything()
    for fault in (Refused("Not on a Sunday."), IntegrityError("UNIQUE constraint failed")):

        def save_refused(*_args: Any, fault: Exception = fault, **_kwargs: Any) -> None:
            raise fault

        monkeypatch.setattr(Job, "save", save_refused)
        page = save(browser, job, sent)
        sentence = (
            "Not on a Sunday."
            if isinstance(fault, Refused)
            else "Somebody else has just saved this"
        )
        assert (page.status_code, sentence in errors(page)["__all__"][0]) == (200, True)
        assert fields(page, "job_form")["title"] == "Mine"
        assert everything() == before


def test_a_form_that_says_what_the_row_holds_anyway_is_not_stale(
    job: Job, sales: User, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    sent = form_of(browser, job) | {"title": "Same"}
    with audit.act(by=admin):
        job.title = "Same"
        job.save()
    before = everything()
    assert save(browser, job, sent).redirect_chain == [(url_of(job), 302)]
    assert everything() == before


def test_progress_meanwhile_does_not_disturb_who_edits_the_job(
    job: Job, sales: User, tech: User, sign_in: Sign
) -> None:
    acts.assign(job, tech, by=sales)
    browser = sign_in(sales)
    sent = form_of(browser, job) | {"tasks-1-title": "Clean well"}
    acts.progress(job.tasks.get(title="Open"), by=tech, note="rusty", status="completed")
    page = save(browser, job, sent)
    assert page.redirect_chain == [(url_of(job), 302)]
    assert titles(job) == ["Open", "Clean well", "Close"]
    assert job.tasks.get(title="Open").note == "rusty"


def test_the_same_form_sent_twice_writes_once_and_is_answered_like_the_first(
    job: Job, sales: User, sign_in: Sign
) -> None:
    browser, drill = sign_in(sales), make_equipment()
    sent = form_of(browser, job) | {"title": "Boiler room", "tasks-0-DELETE": "on"}
    sent |= {"tasks-1-title": "Clean well", "tasks-1-equipment": [drill.pk]}
    assert save(browser, job, sent).redirect_chain == [(url_of(job), 302)]
    before = everything()
    assert save(browser, job, sent).redirect_chain == [(url_of(job), 302)]
    assert everything() == before
    assert titles(job) == ["Clean well", "Close"]


def test_a_form_sent_twice_adds_its_new_task_once(job: Job, sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    sent = form_of(browser, job)
    sent |= {"tasks-TOTAL_FORMS": "3"} | task_row(2, title="Sweep")
    for _ in range(2):
        assert save(browser, job, sent).redirect_chain == [(url_of(job), 302)]
    assert titles(job).count("Sweep") == 1


def test_a_task_that_somebody_deleted_meanwhile_is_offered_as_a_new_one(
    job: Job, sales: User, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    sent = form_of(browser, job) | {"title": "Room", "tasks-1-title": "Mine"}
    sent |= {"tasks-0-description": "Slowly"}
    with audit.act(by=admin):
        job.tasks.get(title="Open").delete()
    before = everything()
    page = save(browser, job, sent)
    sentence = (
        "Adam Admin has deleted “Open” in the meantime. Save again to add it back, or remove it."
    )
    assert errors(page) == {"tasks-": [sentence]}
    assert sentence in words(page)
    assert everything() == before
    again = fields(page, "job_form")
    rows = [(again[f"tasks-{n}-title"], again[f"tasks-{n}-description"]) for n in range(3)]
    assert rows == [("Mine", ""), ("Close", ""), ("Open", "Slowly")]
    assert (again["title"], again["tasks-INITIAL_FORMS"], again.get("tasks-2-id", "")) == (
        "Room",
        "2",
        "",
    )
    assert save(browser, job, again).redirect_chain == [(url_of(job), 302)]
    assert (Job.objects.get().title, titles(job)) == ("Room", ["Open", "Mine", "Close"])


def test_a_task_that_a_colleague_deleted_too_is_simply_gone(
    job: Job, sales: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    sent = form_of(browser, job) | {"tasks-0-DELETE": "on", "tasks-1-title": "Mine"}
    job.tasks.get(title="Open").delete()
    assert save(browser, job, sent).redirect_chain == [(url_of(job), 302)]
    assert titles(job) == ["Mine", "Close"]


def test_a_task_that_somebody_changed_meanwhile_is_not_deleted_unseen(
    job: Job, sales: User, tech: User, sign_in: Sign
) -> None:
    acts.assign(job, tech, by=sales)
    browser = sign_in(sales)
    sent = form_of(browser, job) | {"tasks-0-DELETE": "on"}
    acts.progress(job.tasks.get(title="Open"), by=tech, note="The lid is broken")
    before = everything()
    page = save(browser, job, sent)
    sentence = (
        "“Open” has been changed in the meantime, so it was not deleted. Check it and save again."
    )
    assert errors(page)["tasks-"] == [sentence]
    assert "Tina Tech changed this in the meantime (note: – → The lid is broken)." in words(page)
    assert everything() == before
    again = fields(page, "job_form")
    assert again["tasks-0-DELETE"] == "on"
    save(browser, job, again)
    assert titles(job) == ["Clean", "Close"]


def test_rows_keep_their_names_when_somebody_reordered_and_added_meanwhile(
    job: Job, sales: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    sent = form_of(browser, job) | {"tasks-1-title": ""}
    make_task(job=job, title="First of all", position=0)
    page = save(browser, job, sent)
    assert errors(page) == {"tasks-1-title": ["This field is required."]}
    (inline,) = page.context["inline_admin_formsets"]
    rows = [(row.original.title, row.form["title"].value()) for row in inline if row.original]
    assert rows == [("Open", "Open"), ("Clean", ""), ("Close", "Close")]
    save(browser, job, fields(page, "job_form") | {"tasks-1-title": "Clean well"})
    assert titles(job) == ["First of all", "Open", "Clean well", "Close"]


def test_a_job_deleted_meanwhile_answers_as_if_it_did_not_exist(
    job: Job, sales: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    sent = form_of(browser, job) | {"title": "Mine"}
    job.delete()
    before = everything()
    assert save(browser, job, sent).status_code == 404
    assert everything() == before


# Closed is closed


@pytest.mark.parametrize(
    "typed",
    [
        {"title": "Mine"},
        {"description": "Mine"},
        {"scheduled_date": "2099-05-04"},
        {"start_time": "09:00", "end_time": "10:00"},
        {"priority": "urgent"},
        {"tasks-0-title": "Mine"},
        {"tasks-0-position": "7"},
        {"tasks-0-DELETE": "on"},
        {"tasks-TOTAL_FORMS": "4", "tasks-3-title": "Mine"},
    ],
    ids=lambda typed: list(typed)[-1],
)
def test_a_job_closed_meanwhile_is_not_edited_and_what_was_typed_stays(
    typed: Fields, job: Job, sales: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    sent = form_of(browser, job) | typed
    acting.cancel(job, by=sales, reason="no longer wanted")
    before = everything()
    page = save(browser, job, sent)
    sentence = f"{job.number} is cancelled. Reopen it first."
    assert sentence in errors(page)["__all__"]
    assert sentence in words(page)
    again = fields(page, "job_form")
    assert {name: again[name] for name in typed} == typed
    assert everything() == before


def test_a_closed_job_is_shown_without_a_field_to_type_in(
    job: Job, sales: User, sign_in: Sign
) -> None:
    acting.cancel(job, by=sales, reason="no longer wanted")
    page = sign_in(sales).get(f"{url_of(job)}?edit=title")
    assert page.templates[0].name == "operations/job.html"
    assert "This job is closed and cannot be changed. Reopen it first." in words(page)
    assert page.context["head"].edited == {}


def test_a_job_says_who_completed_it_and_why_it_was_reopened(
    job: Job, sales: User, admin: User, sign_in: Sign
) -> None:
    for task in job.tasks.all():
        acts.progress(task, by=admin, status="completed")
    job.refresh_from_db()
    acting.complete(job, by=admin)
    assert status_reasons(sign_in(sales).get(url_of(job))) == ["Adam Admin completed the job"]
    acting.reopen(job, by=sales, reason="leaks again")
    expected = ["Sara Sales reopened the job: “leaks again”"]
    assert status_reasons(sign_in(sales).get(url_of(job))) == expected
    acting.start(job, by=admin)
    assert status_reasons(sign_in(sales).get(url_of(job))) == expected


# Deleting


def test_an_admin_deletes_a_job_with_its_tasks_on_record(
    job: Job, admin: User, sign_in: Sign
) -> None:
    delete = reverse("admin:operations_job_delete", args=[job.pk])
    page = sign_in(admin).get(delete)
    assert ("Boiler" in words(page), Job.objects.count()) == (True, 1)
    pk = job.pk
    assert sign_in(admin).post(delete, {"post": "yes"}).status_code == 302
    assert (Job.objects.count(), Task.objects.count()) == (0, 0)
    gone = [Job.history.filter(id=pk), Task.history.filter(job_id=pk)]
    deleted = [(r.person_name, r.door) for rows in gone for r in rows.filter(history_type="-")]
    assert deleted == [("Adam Admin", Door.ADMIN)] * 4


def test_nobody_else_deletes_a_job(job: Job, sales: User, tech: User, sign_in: Sign) -> None:
    acts.assign(job, tech, by=sales)
    before = everything()
    delete = reverse("admin:operations_job_delete", args=[job.pk])
    sent = {"action": "delete_selected", "_selected_action": [job.pk], "post": "yes"}
    for person in (sales, tech):
        assert sign_in(person).post(delete, {"post": "yes"}).status_code == 403
        sign_in(person).post(LIST, sent)
    assert everything() == before


def test_an_admin_deletes_several_jobs_at_once(job: Job, admin: User, sign_in: Sign) -> None:
    other = make_job(owner=admin)
    sent = {"action": "delete_selected", "_selected_action": [job.pk, other.pk]}
    browser = sign_in(admin)
    page = browser.post(LIST, sent)
    assert ("Are you sure" in words(page), Job.objects.count()) == (True, 2)
    browser.post(LIST, sent | {"post": "yes"})
    assert Job.objects.count() == 0
    deleted = Job.history.filter(history_type="-", history_user=admin, door=Door.ADMIN)
    assert deleted.count() == 2
