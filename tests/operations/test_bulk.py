"""Many jobs at once: each by its own rules, what refuses is told, and the rest is done."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.html import strip_tags

from core.record.audit import Door
from operations import acts
from operations.models import Job
from operations.pages import bulk as pages
from operations.pages import many
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_job
from tests.operations import pages as shown
from tests.operations.stock import everything

LIST = "/admin/operations/job/"
JSON = {"Accept": "application/json"}


def ask(browser: Client, action: str, *jobs: Job, **more: Any) -> HttpResponse:
    """Choose rows in the list, and what to do."""
    chosen = {"action": f"{action}_jobs", "_selected_action": [job.pk for job in jobs], **more}
    return browser.post(LIST, chosen)


def do(browser: Client, action: str, *jobs: Job, **typed: Any) -> HttpResponse:
    """Send what the page asked for."""
    sent = {"job": [f"{job.pk}:{job.version}" for job in jobs], **typed}
    return browser.post(f"{LIST}bulk/{action}/", sent, follow=True)


def messages(page: HttpResponse) -> list[str]:
    """What the page says, without its links."""
    return [strip_tags(message) for message in shown.messages(page)]


def foretold(page: HttpResponse) -> dict[str, str]:
    return {outcome.job.title: outcome.problem for outcome in page.context["outcomes"]}


@pytest.fixture
def job(sales: User) -> Job:
    return make_job(owner=sales, title="Open")


@pytest.fixture
def closed(sales: User) -> Job:
    closed = make_job(owner=sales, title="Closed")
    acting.cancel(closed, by=sales, reason="Not wanted.")
    return closed


@pytest.fixture
def shared(other_sales: User, sales: User) -> Job:
    job = make_job(owner=other_sales, title="Shared")
    acts.share(job, sales, "view", by=other_sales)
    return job


@pytest.mark.parametrize("action", ["assign", "reschedule", "cancel"])
def test_the_page_says_what_will_become_of_each_and_changes_nothing(
    action: str,
    *,
    job: Job,
    closed: Job,
    shared: Job,
    other_sales: User,
    sales: User,
    sign_in: Sign,
) -> None:
    foreign = make_job(owner=other_sales)
    before = everything()
    page = ask(sign_in(sales), action, job, closed, shared, foreign)
    why = "already cancelled." if action == "cancel" else "cancelled. Reopen it first."
    assert foretold(page) == {
        "Open": "",
        "Closed": f"{closed.number} is {why}",
        "Shared": f"You may not do this to {shared.number}.",
    }
    assert (page.context["number"], page.context["refused"]) == (1, 2)
    assert everything() == before


def test_jobs_are_assigned_and_what_refuses_stays(
    *, job: Job, closed: Job, shared: Job, sales: User, tech: User, sign_in: Sign
) -> None:
    page = do(
        sign_in(sales), "assign", job, closed, shared, assigned_to=tech.pk, reason="Sara is ill."
    )
    assert messages(page) == [
        f"1 job was changed: {job.number} · Undo these changes",
        f"{closed.number}: {closed.number} is cancelled. Reopen it first.",
        f"{shared.number}: You may not do this to {shared.number}.",
    ]
    found = dict(Job.objects.values_list("title", "assigned_to__username"))
    assert found == {"Open": "tina", "Closed": None, "Shared": None}
    record = job.history.first()
    assert (record.history_user, record.door, record.history_change_reason) == (
        sales,
        Door.ADMIN,
        "Sara is ill.",
    )


def test_nobody_takes_the_jobs_from_whoever_has_them(
    job: Job, sales: User, tech: User, sign_in: Sign
) -> None:
    acts.assign(job, tech, by=sales)
    do(sign_in(sales), "assign", job, assigned_to="", unassign="on")
    assert Job.objects.get().assigned_to is None


def test_what_was_refused_stands_there_after_an_error_too(
    job: Job, closed: Job, sales: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    asked = ask(browser, "reschedule", job, closed)
    page = do(browser, "reschedule", job, scheduled_date="", seen=[closed.pk, "x"])
    assert foretold(page) == foretold(asked)


@pytest.mark.parametrize("both", [True, False])
def test_jobs_are_taken_from_somebody_on_purpose_alone(
    both: bool, job: Job, sales: User, tech: User, sign_in: Sign
) -> None:
    acts.assign(job, tech, by=sales)
    values = {"assigned_to": tech.pk, "unassign": "on"} if both else {"assigned_to": ""}
    page = do(sign_in(sales), "assign", job, **values)
    assert page.context["form"].errors["assigned_to"] == [
        "Choose a technician, spread the jobs, or unassign them."
    ]
    assert Job.objects.get().assigned_to == tech


@pytest.mark.parametrize("rows", [1, 3])
def test_technicians_stand_with_what_they_have_on_the_days_of_the_jobs(
    *,
    rows: int,
    sales: User,
    tech: User,
    other_tech: User,
    sign_in: Sign,
    django_assert_num_queries: Any,
) -> None:
    monday = date(2030, 5, 6)
    jobs = [make_job(owner=sales, scheduled_date=monday) for _ in range(rows)]
    at_nine = {"start_time": time(9), "end_time": time(11, 30)}
    make_job(owner=sales, assigned_to=tech, scheduled_date=monday, **at_nine)
    browser = sign_in(sales)
    with django_assert_num_queries(10):
        page = ask(browser, "assign", *jobs)
    assert list(page.context["form"].fields["assigned_to"].choices) == [
        ("", "Choose a technician"),
        (other_tech.pk, "Theo Third – free"),
        (tech.pk, "Tina Tech – 1 job, free until 09:00, from 11:30"),
    ]


def test_jobs_are_spread_over_whoever_has_the_least_that_day(
    *, sales: User, tech: User, other_tech: User, sign_in: Sign
) -> None:
    monday = date(2030, 5, 6)
    jobs = [make_job(owner=sales, scheduled_date=monday) for _ in range(3)]
    make_job(owner=sales, assigned_to=tech, scheduled_date=monday)
    do(sign_in(sales), "assign", *jobs, spread="on", reason="Share it.")
    people = [Job.objects.get(pk=job.pk).assigned_to for job in jobs]
    assert people == [other_tech, other_tech, tech]
    for job in jobs:
        job.refresh_from_db()
    do(sign_in(sales), "assign", *jobs, spread="on", among=[other_tech.pk])
    assert set(Job.objects.filter(pk__in=[j.pk for j in jobs]).values_list("assigned_to")) == {
        (other_tech.pk,)
    }


def test_a_day_is_said_as_people_say_it(job: Job, sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    page = do(browser, "reschedule", job, schedule="someday")
    assert list(page.context["form"].errors) == ["schedule"]
    do(browser, "reschedule", job, schedule="6.5.2030 9-11")
    job.refresh_from_db()
    assert job.when_text == "Mon 6 May 2030, 09:00–11:00"


def test_jobs_are_rescheduled_with_their_times_or_taken_off_the_schedule(
    job: Job, sales: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    when = {"scheduled_date": "2030-05-06", "start_time": "08:00", "end_time": "09:30"}
    do(browser, "reschedule", job, **when)
    job = Job.objects.get()
    assert (job.scheduled_date, job.start_time, job.end_time) == (
        date(2030, 5, 6),
        time(8),
        time(9, 30),
    )
    do(browser, "reschedule", job, unschedule="on")
    job = Job.objects.get()
    assert (job.scheduled_date, job.start_time, job.end_time) == (None, None, None)


def test_a_day_alone_leaves_each_job_its_own_times(job: Job, sales: User, sign_in: Sign) -> None:
    early = make_job(
        owner=sales, scheduled_date=date(2030, 5, 1), start_time=time(8), end_time=time(9)
    )
    browser = sign_in(sales)
    shown = [f"{each.pk}:{each.version}" for each in (job, early)]
    sent = {"job": shown, "schedule": "6.5.2030", "foresee": "yes"}
    told = browser.post(f"{LIST}bulk/reschedule/", sent, headers=JSON).json()["jobs"]
    assert [told[str(each.pk)]["text"] for each in (job, early)] == [
        "Will move to Mon 6 May 2030",
        "Will move to Mon 6 May 2030, 08:00–09:00",
    ]
    do(browser, "reschedule", job, early, schedule="6.5.2030")
    assert [each.when_text for each in Job.objects.order_by("pk")] == [
        "Mon 6 May 2030",
        "Mon 6 May 2030, 08:00–09:00",
    ]
    # It is on that day: nothing changes, and nobody is told.
    early.refresh_from_db()
    do(browser, "reschedule", early, scheduled_date="2030-05-06")
    assert Job.objects.get(pk=early.pk).version == early.version
    do(browser, "reschedule", early, scheduled_date="2030-05-06", any_time="on")
    assert Job.objects.get(pk=early.pk).when_text == "Mon 6 May 2030"
    both = {"start_time": "08:00", "end_time": "09:00", "any_time": "on"}
    page = do(browser, "reschedule", early, scheduled_date="2030-05-06", **both)
    assert list(page.context["form"].errors) == ["any_time"]


def test_what_is_pointed_out_is_told_once_with_the_jobs(
    job: Job, closed: Job, sales: User, sign_in: Sign
) -> None:
    other, browser = make_job(owner=sales), sign_in(sales)
    page = do(browser, "reschedule", job, closed, other, scheduled_date="2020-01-06")
    warning = "That day has passed: the job is overdue at once."
    assert messages(page) == [
        f"2 jobs were changed: {job.number}, {other.number} · Undo these changes",
        f"{job.number}, {other.number}: {warning}",
        f"{closed.number}: {closed.number} is cancelled. Reopen it first.",
    ]
    job.refresh_from_db()
    sent = {"job": [f"{job.pk}:{job.version}"], "scheduled_date": "2020-01-07"}
    answer = browser.post(f"{LIST}bulk/reschedule/", sent, headers=JSON).json()
    assert answer["outcomes"][str(job.pk)]["warnings"] == [warning]


@pytest.mark.parametrize("how", ["assigned_to", "spread"])
def test_an_assignment_tells_what_is_pointed_out_of_it(
    how: str, sales: User, tech: User, *, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(owner=sales, scheduled_date=date(2030, 5, 6))
    monkeypatch.setattr(Job, "warnings", lambda _job, changed: sorted(changed & {"assigned_to_id"}))
    page = do(sign_in(sales), "assign", job, **{how: tech.pk if how == "assigned_to" else "on"})
    assert messages(page)[1:] == [f"{job.number}: assigned_to_id"]


def test_jobs_are_cancelled_with_a_reason(job: Job, sales: User, sign_in: Sign) -> None:
    page = do(sign_in(sales), "cancel", job, reason="The customer moved.")
    assert messages(page) == [f"1 job was changed: {job.number}"]
    assert Job.objects.get().status == Job.Status.CANCELLED
    assert job.history.first().history_change_reason == "The customer moved."


@pytest.mark.parametrize(
    ("action", "typed", "field"),
    [
        ("cancel", {}, "reason"),
        ("reschedule", {}, "scheduled_date"),
        ("reschedule", {"scheduled_date": "2030-01-01", "unschedule": "on"}, "scheduled_date"),
        ("reschedule", {"scheduled_date": "junk"}, "scheduled_date"),
        ("assign", {"assigned_to": "99999"}, "assigned_to"),
        ("assign", {"assigned_to": "junk"}, "assigned_to"),
    ],
)
def test_what_is_missing_is_told_at_its_field(
    action: str, typed: dict[str, str], field: str, *, job: Job, sales: User, sign_in: Sign
) -> None:
    before = everything()
    page = do(sign_in(sales), action, job, **typed)
    assert list(page.context["form"].errors) == [field]
    assert foretold(page) == {"Open": ""}
    assert everything() == before


def test_a_job_changed_since_it_was_looked_at_refuses_and_says_who(
    job: Job, sales: User, admin: User, tech: User, sign_in: Sign
) -> None:
    acts.assign(Job.objects.get(), tech, by=admin)
    page = do(sign_in(sales), "reschedule", job, scheduled_date="2030-05-06")
    assert [message[:52] for message in messages(page)] == [
        f"{job.number}: Adam Admin changed this in the meantime (technic"[:52]
    ]
    assert Job.objects.get().scheduled_date is None


def test_sent_twice_it_is_done_once(job: Job, sales: User, tech: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    for _ in range(2):
        do(browser, "assign", job, assigned_to=tech.pk)
    assert job.history.count() == 2


def test_with_scripts_it_answers_for_each_job_sent(
    *, job: Job, closed: Job, other_sales: User, sales: User, tech: User, sign_in: Sign
) -> None:
    foreign = make_job(owner=other_sales)
    sent = {"job": [f"{each.pk}:{each.version}" for each in (job, closed, foreign)]}
    address, browser = f"{LIST}bulk/assign/", sign_in(sales)
    answer = browser.post(address, {**sent, "assigned_to": tech.pk}, headers=JSON)
    assert answer.json() == {
        "outcomes": {
            str(job.pk): {
                "problem": "",
                "when": "unscheduled",
                "technician": "Tina Tech",
                "status": "pending",
                "status_text": "Pending",
                "warnings": [],
            },
            str(closed.pk): {"problem": f"{closed.number} is cancelled. Reopen it first."},
            str(foreign.pk): {"problem": "This job no longer exists."},
        },
        "undo": f"{LIST}bulk/undo/?act={job.history.first().change_set}",
    }
    wrong = browser.post(address, {**sent, "assigned_to": "junk"}, headers=JSON)
    assert wrong.json() == {"outcomes": None}


def test_many_refusals_are_counted(
    job: Job, sales: User, tech: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "_NAMED", 1)
    others = [make_job(owner=sales) for _ in range(2)]
    jobs = [job, *others, *(make_job(owner=sales) for _ in range(2))]
    for each in jobs[3:]:
        acting.cancel(each, by=sales, reason="Not wanted.")
    shown = messages(do(sign_in(sales), "assign", *jobs, assigned_to=tech.pk))
    assert shown == [
        f"3 jobs were changed: {job.number} … · Undo these changes",
        f"{jobs[3].number}: {jobs[3].number} is cancelled. Reopen it first.",
        "1 other job was refused as well.",
    ]


def test_too_many_at_once_are_refused(
    job: Job, sales: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST", 1)
    browser, other = sign_in(sales), make_job(owner=sales)
    page = ask(browser, "cancel", job, other, select_across="1")
    assert (page.status_code, page["Location"]) == (302, LIST)
    assert messages(browser.get(LIST)) == ["Choose at most 1 jobs at once."]
    sent = {"job": [f"{job.pk}:1", f"{other.pk}:1"], "reason": "Rain."}
    assert browser.post(f"{LIST}bulk/cancel/", sent).status_code == 400


@pytest.mark.parametrize("sent", ["junk", "1", "1:x", "9" * 30 + ":1", "\0:1"])
def test_what_names_no_job_is_refused(sent: str, sales: User, sign_in: Sign) -> None:
    typed = {"job": [sent], "reason": "Rain."}
    assert sign_in(sales).post(f"{LIST}bulk/cancel/", typed).status_code == 400


def test_only_who_may_change_jobs_gets_there(
    job: Job, sales: User, tech: User, admin: User, sign_in: Sign
) -> None:
    before = everything()
    acts.assign(job, tech, by=admin)
    before = everything()
    assert do(sign_in(tech), "cancel", job, reason="Rain.").status_code == 403
    offered = sign_in(tech).get(LIST).context["action_form"]
    assert offered is None
    assert sign_in(sales).post(f"{LIST}bulk/explode/").status_code == 404
    assert sign_in(sales).get(f"{LIST}bulk/cancel/")["Location"] == LIST
    assert everything() == before


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_however_many_jobs_are_chosen(
    rows: int, sales: User, sign_in: Sign, django_assert_num_queries: Any
) -> None:
    jobs = [make_job(owner=sales) for _ in range(rows)]
    browser = sign_in(sales)
    with django_assert_num_queries(9):
        assert ask(browser, "assign", *jobs).status_code == 200


@pytest.fixture
def moved(job: Job, sales: User, tech: User, sign_in: Sign) -> HttpResponse:
    """The list, after a job was assigned and taken off the schedule together with others."""
    acts.edit(
        job, by=sales, scheduled_date=date(2030, 5, 6), start_time=time(8), end_time=time(9, 30)
    )
    return do(sign_in(sales), "assign", job, assigned_to=tech.pk)


def undo_address(page: HttpResponse) -> str:
    [message] = shown.messages(page)
    return message.rpartition('href="')[2].partition('"')[0]


def test_what_was_done_to_many_is_put_back_after_it_was_shown(
    job: Job, sales: User, moved: HttpResponse, sign_in: Sign
) -> None:
    browser, address = sign_in(sales), undo_address(moved)
    before = everything()
    page = browser.get(address)
    assert [(each.job, each.what, each.problem) for each in page.context["outcomes"]] == [
        (job, "Technician: nobody", "")
    ]
    assert everything() == before
    job.refresh_from_db()
    page = do(browser, "undo", job, reason="The wrong one.")
    assert messages(page) == [f"1 job was changed: {job.number} · Undo these changes"]
    job.refresh_from_db()
    assert (job.assigned_to, job.scheduled_date) == (None, date(2030, 5, 6))
    assert job.history.first().history_change_reason == "The wrong one."


def test_day_times_and_people_are_put_back(
    *, job: Job, admin: User, sales: User, other_sales: User, tech: User, sign_in: Sign
) -> None:
    browser = sign_in(admin)
    acts.edit(
        job, by=sales, scheduled_date=date(2030, 5, 6), start_time=time(8), end_time=time(9, 30)
    )
    do(browser, "reschedule", job, unschedule="on")
    job.refresh_from_db()
    page = browser.get(f"{LIST}bulk/undo/?jobs={job.pk}:{job.version}")
    assert page.context["outcomes"][0].what == "When: Mon 6 May 2030, 08:00–09:30"
    do(browser, "undo", job)
    job.refresh_from_db()
    assert (job.scheduled_date, job.start_time) == (date(2030, 5, 6), time(8))
    acts.hand_over(job, owner=other_sales, technician=tech, by=admin)
    page = browser.get(f"{LIST}bulk/undo/?jobs={job.pk}:{job.version}")
    assert page.context["outcomes"][0].what == "Technician: nobody · Owner: Sara Sales"
    do(browser, "undo", job)
    job.refresh_from_db()
    assert (job.owner, job.assigned_to) == (sales, None)


def test_nothing_is_put_back_that_somebody_changed_meanwhile(
    job: Job, admin: User, sales: User, moved: HttpResponse, sign_in: Sign
) -> None:
    acts.edit(Job.objects.get(), by=admin, title="New")
    browser = sign_in(sales)
    [foreseen] = browser.get(undo_address(moved)).context["outcomes"]
    assert foreseen.problem.startswith("Adam Admin changed this in the meantime (title")
    before = everything()
    page = browser.post(f"{LIST}bulk/undo/", {"job": [f"{job.pk}:3"]}, follow=True)
    assert messages(page)[0].startswith(f"{job.number}: Adam Admin changed this in the meantime")
    job.refresh_from_db()
    page = do(browser, "undo", job)
    assert messages(page) == [
        f"{job.number}: The last change to {job.number} was not to its day or people. Open the job."
    ]
    assert everything() == before


def test_nobody_puts_back_what_they_may_not_change(
    job: Job, admin: User, sales: User, other_sales: User, sign_in: Sign
) -> None:
    acts.hand_over(job, owner=other_sales, by=admin)
    before = everything()
    assert messages(do(sign_in(sales), "undo", job)) == ["1 other job was refused as well."]
    page = do(sign_in(other_sales), "undo", job)
    assert messages(page) == [f"{job.number}: You may not do this to {job.number}."]
    assert everything() == before


@pytest.mark.parametrize("sent", ["junk", "1:x", "1"])
def test_an_address_that_undoes_nothing_is_refused(sent: str, sales: User, sign_in: Sign) -> None:
    assert sign_in(sales).get(f"{LIST}bulk/undo/?jobs={sent}").status_code == 400


@pytest.mark.parametrize("rows", [1, 3])
def test_what_is_put_back_is_shown_at_the_same_cost(
    rows: int, sales: User, tech: User, sign_in: Sign, django_assert_num_queries: Any
) -> None:
    jobs = [make_job(owner=sales) for _ in range(rows)]
    for each in jobs:
        acts.assign(each, tech, by=sales)
    browser = sign_in(sales)
    sent = ",".join(f"{each.pk}:2" for each in jobs)
    with django_assert_num_queries(7):
        assert browser.get(f"{LIST}bulk/undo/?jobs={sent}").status_code == 200
