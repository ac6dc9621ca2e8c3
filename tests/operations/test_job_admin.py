"""What is done to a job in the back office beyond editing it: its verbs, the progress of its
tasks, and its shares; each by whom design section 3 names, and from where section 6 allows."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from core.record import audit
from core.record.audit import Door
from core.roles import Role
from operations import acts
from operations.models import Job, JobShare, Task
from operations.states import TRANSITIONS, Verb
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_job, make_task, make_user
from tests.operations.pages import fields, messages, verbs, words
from tests.operations.stock import everything, history_rows
from tests.operations.test_lifecycle import ROWS, job_in

S = Job.Status
T = Task.Status
HTMX = {"HX-Request": "true"}
PLAIN = [verb for verb in Verb if not TRANSITIONS[verb].needs_reason]
ASKING = [verb for verb in Verb if TRANSITIONS[verb].needs_reason]
PAST = {
    Verb.START: "started",
    Verb.HOLD: "put on hold",
    Verb.RESUME: "resumed",
    Verb.COMPLETE: "completed",
    Verb.CANCEL: "cancelled",
    Verb.REOPEN: "reopened",
}


def page_of(job: Job, page: str = "change", *more: Any) -> str:
    return reverse(f"admin:operations_job_{page}", args=[job.pk, *more])


def do(browser: Client, job: Job, verb: Verb, **sent: Any) -> HttpResponse:
    """Send a verb as its button or its dialog does, and follow to the page it leads to."""
    sent.setdefault("reason", "the customer called")
    return browser.post(page_of(job, verb), sent, follow=True)


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    return make_job(owner=sales, assigned_to=tech, title="Boiler")


def in_status(status: S, owner: User, tech: User, by: User) -> Job:
    job = job_in(status, owner=owner, by=by)
    Job.objects.update(assigned_to=tech)
    return job


# Verbs


@pytest.mark.parametrize("status", list(S))
@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("by_admin", [True, False], ids=["admin", "own"])
def test_a_verb_moves_a_job_from_the_statuses_of_its_row_alone(
    by_admin: bool, verb: Verb, status: S, *, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    sources, target = ROWS[verb]
    job = in_status(status, sales, tech, by=admin)
    own = tech if TRANSITIONS[verb].action == "progress" else sales
    person = admin if by_admin else own
    before = everything()
    page = do(sign_in(person), job, verb)
    if status not in sources:
        sentence = f"{job.number} is {status.label.lower()}, so it cannot be {PAST[verb]}."
        if status == target and verb != Verb.REOPEN:
            sentence = f"{job.number} is already {status.label.lower()}."
        text = " ".join(messages(page)) if verb in PLAIN else words(page)
        assert sentence in text
        assert everything() == before
        return
    assert page.redirect_chain == [(page_of(job), 302)]
    text = f"{job} is now {target.label.lower()}."
    # Who completed it takes that back; a technician no more than that.
    if target in Job.CLOSED and (person != tech or verb is Verb.COMPLETE):
        text += f' <a href="{page_of(job)[: -len("change/")]}reopen/">Reopen {job.number}</a>'
    assert messages(page) == [text]
    assert history_rows() == before[-1] + 1
    record = job.history.first()
    assert (record.status, record.history_user, record.door) == (target, person, Door.ADMIN)
    reason = "the customer called" if verb in ASKING else ""
    assert (record.history_change_reason or "") == reason


@pytest.mark.parametrize(
    ("who", "verbs", "answer"),
    [
        ("owner", ["start", "hold", "complete"], 403),
        ("tech", ["cancel", "reopen"], 403),
        ("viewer", [*Verb], 403),
        ("helper", ["cancel", "reopen"], 403),
        ("other_sales", [*Verb], 404),
        ("other_tech", [*Verb], 404),
    ],
)
def test_a_verb_is_for_whom_the_table_names(
    who: str, verbs: list[str], answer: int, *, job: Job, sign_in: Sign, request: Any
) -> None:
    viewer, helper = make_user(Role.TECHNICIAN), make_user(Role.TECHNICIAN)
    acts.share(job, viewer, "view", by=job.owner)
    acts.share(job, helper, "progress", by=job.owner)
    known = {"viewer": viewer, "helper": helper, "owner": job.owner}
    browser = sign_in(known.get(who) or request.getfixturevalue(who))
    before = everything()
    assert {do(browser, job, Verb(verb)).status_code for verb in verbs} == {answer}
    assert everything() == before


@pytest.mark.parametrize("verb", PLAIN)
def test_a_link_alone_does_nothing(verb: Verb, job: Job, admin: User, sign_in: Sign) -> None:
    before = everything()
    assert sign_in(admin).get(page_of(job, verb)).status_code == 403
    assert everything() == before


def test_a_dialog_opens_for_whom_the_table_names(
    job: Job, sales: User, tech: User, other_tech: User, sign_in: Sign
) -> None:
    def answers(person: User) -> dict[str, int]:
        browser = sign_in(person)
        return {str(verb): browser.get(page_of(job, verb)).status_code for verb in ASKING}

    assert answers(sales) == {"hold": 403, "cancel": 200, "reopen": 200}
    assert answers(tech) == {"hold": 200, "cancel": 403, "reopen": 403}
    assert answers(other_tech) == {"hold": 404, "cancel": 404, "reopen": 404}


def test_an_unfinished_task_keeps_a_job_from_completion_and_is_named(
    job: Job, tech: User, sign_in: Sign
) -> None:
    make_task(job=job, title="Clean the filter")
    before = everything()
    assert messages(do(sign_in(tech), job, Verb.COMPLETE)) == [
        f"{job.number} still has unfinished tasks: “Clean the filter”. Finish them first."
    ]
    assert everything() == before


def test_pressing_a_button_twice_moves_the_job_once(job: Job, tech: User, sign_in: Sign) -> None:
    browser = sign_in(tech)
    do(browser, job, Verb.START)
    before = everything()
    assert messages(do(browser, job, Verb.START)) == [f"{job.number} is already in progress."]
    assert everything() == before


def test_the_page_offers_each_person_what_they_may_do_now(
    job: Job, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    def offered(person: User) -> list[str]:
        return verbs(sign_in(person).get(page_of(job)))

    assert offered(tech) == ["start", "hold", "complete"]
    assert offered(sales) == ["cancel"]
    assert offered(admin) == ["start", "hold", "complete", "cancel"]
    acting.hold(job, by=tech, reason="waits for parts")
    assert (offered(tech), offered(sales)) == (["resume"], ["cancel"])
    acting.cancel(job, by=sales, reason="no longer wanted")
    assert (offered(tech), offered(sales)) == ([], ["reopen"])


# Dialogs


def right_person(verb: Verb, sales: User, tech: User) -> User:
    return tech if verb is Verb.HOLD else sales


@pytest.fixture(params=ASKING)
def asked(request: Any, admin: User, sales: User, tech: User, sign_in: Sign) -> Any:
    """A verb that asks why, a job it can be done to, and the browser of who may."""
    verb = request.param
    status = S.COMPLETED if verb is Verb.REOPEN else S.PENDING
    job = in_status(status, sales, tech, by=admin)
    return verb, job, sign_in(right_person(verb, sales, tech))


def test_a_dialog_is_a_page_of_its_own_where_no_scripts_run(asked: Any) -> None:
    verb, job, browser = asked
    page = browser.get(page_of(job, verb))
    assert f"{TRANSITIONS[verb].label}: {job}" in words(page)
    assert fields(page)["reason"] == ""
    assert "<html" in page.content.decode()


def test_a_dialog_is_a_fragment_where_scripts_run(asked: Any) -> None:
    verb, job, browser = asked
    page = browser.get(page_of(job, verb), headers=HTMX)
    html = page.content.decode()
    assert ('id="dialog"' in html, "<html" in html) == (True, False)
    assert f"{TRANSITIONS[verb].label}: {job}" in words(page)
    assert fields(page).keys() == {"typed_by", "reason"}


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
@pytest.mark.parametrize("reason", ["", "   \n "])
def test_a_dialog_without_a_reason_stays_and_says_so(
    reason: str, headers: dict[str, str], asked: Any
) -> None:
    verb, job, browser = asked
    before = everything()
    page = browser.post(page_of(job, verb), {"reason": reason}, headers=headers)
    assert page.context["form"].errors == {"reason": ["This field is required."]}
    assert "This field is required." in words(page)
    assert everything() == before


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("x" * 1001, "Ensure this value has at most 1000 characters (it has 1001)."),
        ("a\0b", "Null characters are not allowed."),
    ],
)
def test_a_reason_that_cannot_be_kept_is_refused_and_stays_in_the_field(
    reason: str, error: str, asked: Any
) -> None:
    verb, job, browser = asked
    before = everything()
    page = browser.post(page_of(job, verb), {"reason": reason})
    assert page.context["form"].errors == {"reason": [error]}
    assert fields(page)["reason"] == reason
    assert everything() == before


def test_a_dialog_that_succeeds_leads_back_to_the_job(asked: Any) -> None:
    verb, job, browser = asked
    page = browser.post(page_of(job, verb), {"reason": " it rains "}, headers=HTMX)
    assert (page.status_code, page.headers["HX-Redirect"]) == (200, page_of(job))
    assert page.content == b""
    assert job.history.first().history_change_reason == "it rains"
    (shown,) = messages(browser.get(page_of(job)))
    assert shown.startswith(f"{job} is now {ROWS[verb][1].label.lower()}.")


def test_a_dialog_that_is_refused_says_why_and_keeps_the_reason(
    job: Job, admin: User, tech: User, sign_in: Sign
) -> None:
    acting.complete(job, by=admin)
    before = everything()
    for headers in ({}, HTMX):
        page = sign_in(tech).post(page_of(job, "hold"), {"reason": "it rains"}, headers=headers)
        # Who may not reopen it reads what they can do.
        why = f"{job.number} is completed, so it cannot be put on hold."
        sentence = f"{why} Ask its owner to reopen it."
        assert sentence in words(page)
        assert fields(page)["reason"] == "it rains"
    assert everything() == before


# Progress


def progress(browser: Client, task: Task, **sent: Any) -> HttpResponse:
    return browser.post(page_of(task.job, "progress", task.pk), sent, follow=True)


@pytest.fixture
def task(job: Job) -> Task:
    return make_task(job=job, title="Filter")


@pytest.mark.parametrize(
    ("status", "expected"), [(T.IN_PROGRESS, "in progress"), (T.COMPLETED, "completed")]
)
def test_a_technician_moves_a_task_and_with_it_the_job(
    status: str, expected: str, task: Task, tech: User, sign_in: Sign
) -> None:
    page = progress(sign_in(tech), task, status=status, note="done well", version="1")
    assert page.redirect_chain == [(page_of(task.job), 302)]
    assert messages(page) == [f"“Filter” is {expected}."]
    task.refresh_from_db()
    assert (task.status, task.note, task.version) == (status, "done well", 2)
    assert Job.objects.get().status == S.IN_PROGRESS
    for row in (task, task.job):
        record = row.history.first()
        assert (record.history_user, record.door) == (tech, Door.ADMIN)


def test_a_note_alone_is_saved_and_moves_nothing(task: Task, tech: User, sign_in: Sign) -> None:
    progress(sign_in(tech), task, note="  the key is with the porter ", version="1")
    task.refresh_from_db()
    assert (task.note, task.status) == ("the key is with the porter", T.PENDING)
    assert Job.objects.get().status == S.PENDING


def test_a_task_goes_back_from_completed_with_its_note(
    task: Task, tech: User, sign_in: Sign
) -> None:
    acts.progress(task, by=tech, status=T.COMPLETED, note="done")
    progress(sign_in(tech), task, status="pending", version="2")
    task.refresh_from_db()
    assert (task.status, task.note, task.completed_by) == (T.PENDING, "done", None)


def test_pressing_done_twice_completes_once_and_loses_no_note(
    task: Task, tech: User, sign_in: Sign
) -> None:
    browser = sign_in(tech)
    progress(browser, task, status="completed", note="done", version="1")
    before = everything()
    page = progress(browser, task, status="completed", note="done", version="1")
    assert page.status_code == 200
    assert everything() == before


def test_a_stale_note_is_refused_with_both_notes_and_then_saved(
    task: Task, tech: User, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(tech)
    acts.progress(task, by=admin, note="Theirs")
    before = everything()
    page = progress(browser, task, note="Mine", version="1")
    assert messages(page) == [
        "Adam Admin changed this in the meantime (note: – → Theirs). Your changes were not saved: "
        "check the values below and save again. Your note was: “Mine”"
    ]
    assert everything() == before
    assert fields(page, action=page_of(task.job, "progress", task.pk))["version"] == "2"
    progress(browser, task, note="Mine", version="2")
    assert Task.objects.get().note == "Mine"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"status": "lost"}, "Select a valid choice. lost is not one of the available choices."),
        (
            {"note": "x" * 10_001},
            "Ensure this value has at most 10000 characters (it has 10001). "
            f"The first 10000 characters of your note were: “{'x' * 10_000}”",
        ),
        ({"note": "a\0b"}, "Null characters are not allowed. Your note was: “ab”"),
        ({"note": "n", "version": "x"}, "Enter a whole number. Your note was: “n”"),
        ({"version": "0"}, "Ensure this value is greater than or equal to 1."),
    ],
)
def test_progress_that_cannot_be_read_is_refused_with_what_was_typed(
    sent: dict[str, str], expected: str, task: Task, tech: User, sign_in: Sign
) -> None:
    before = everything()
    assert messages(progress(sign_in(tech), task, **sent)) == [expected]
    assert everything() == before


def test_a_version_that_no_row_ever_had_is_stale(task: Task, tech: User, sign_in: Sign) -> None:
    before = everything()
    (shown,) = messages(progress(sign_in(tech), task, note="n", version="9" * 30))
    assert shown.startswith(f"There is no version {'9' * 30}: the current version is 1.")
    assert everything() == before


def test_nothing_progresses_on_hold_nor_when_closed_and_the_note_is_not_lost(
    task: Task, tech: User, admin: User, sign_in: Sign
) -> None:
    job, browser = task.job, sign_in(tech)
    acting.hold(job, by=tech, reason="waits for parts")
    before = everything()
    sentence = f"{job.number} is on hold. Resume it first. Your note was: “n”"
    assert messages(progress(browser, task, status="completed", note="n")) == [sentence]
    assert everything() == before
    acting.cancel(job, by=admin, reason="no longer wanted")
    before = everything()
    sentence = f"{job.number} is cancelled. Ask its owner to reopen it. Your note was: “n”"
    assert messages(progress(browser, task, note="n")) == [sentence]
    assert everything() == before


def test_progress_is_for_whom_the_table_names(
    task: Task, *, sales: User, other_tech: User, other_sales: User, tech: User, sign_in: Sign
) -> None:
    acts.share(task.job, other_sales, "view", by=sales)
    elsewhere = make_task(job=make_job(owner=sales, assigned_to=tech))
    before = everything()
    assert progress(sign_in(sales), task, status="completed").status_code == 403
    assert progress(sign_in(other_sales), task, status="completed").status_code == 403
    assert progress(sign_in(other_tech), task, status="completed").status_code == 404
    assert sign_in(tech).get(page_of(task.job, "progress", task.pk)).status_code == 403
    wrong = page_of(task.job, "progress", elsewhere.pk)
    assert sign_in(tech).post(wrong, {"status": "completed"}).status_code == 404
    assert everything() == before


def test_the_page_of_a_technician_shows_what_the_work_needs(
    task: Task, tech: User, sign_in: Sign
) -> None:
    job = task.job
    job.description = "Behind the wall"
    job.save()
    shown = words(sign_in(tech).get(page_of(job)))
    for text in ("Behind the wall", job.customer.name, "Filter", "Done", "Save note"):
        assert text in shown


# Shares


def share(browser: Client, job: Job, person: User | str, level: str) -> HttpResponse:
    key = person.pk if isinstance(person, User) else person
    return browser.post(page_of(job, "share"), {"user": key, "level": level}, follow=True)


def test_a_job_is_shared_again_to_change_the_level_and_unshared(
    job: Job, sales: User, other_tech: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    for level in ("view", "progress"):
        page = share(browser, job, other_tech, level)
        assert page.redirect_chain == [(page_of(job), 302)]
        assert messages(page) == ["Shared with Theo Third."]
    assert [(s.user, s.level) for s in JobShare.objects.all()] == [(other_tech, "progress")]
    assert "Theo Third – View and progress" in words(page)
    page = browser.post(page_of(job, "unshare", other_tech.pk), follow=True)
    assert messages(page) == ["No longer shared with Theo Third."]
    assert JobShare.objects.count() == 0
    record = JobShare.history.order_by("history_id")
    assert [(r.history_type, r.person_name, r.door) for r in record] == [
        (kind, "Sara Sales", Door.ADMIN) for kind in "+~-"
    ]


def test_a_share_in_place_leads_back_to_the_job(
    job: Job, sales: User, other_tech: User, sign_in: Sign
) -> None:
    sent = {"user": other_tech.pk, "level": "view"}
    page = sign_in(sales).post(page_of(job, "share"), sent, headers=HTMX)
    assert (page.headers["HX-Redirect"], JobShare.objects.count()) == (page_of(job), 1)


def test_a_share_is_offered_with_whom_it_can_be_given_alone(
    job: Job, sales: User, other_sales: User, root: User, sign_in: Sign
) -> None:
    make_user()
    make_user(Role.TECHNICIAN, is_active=False)
    offered = sign_in(sales).get(page_of(job, "share")).context["form"].fields["user"].queryset
    taken = set()
    for person in User.objects.all():
        with contextlib.suppress(ValidationError):
            taken.add(acts.share((Job, job.pk), person, "view", by=sales).row.user)
    assert set(offered) == taken
    assert {other_sales, root} < taken
    assert sales not in taken


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_only_a_technician_is_let_to_progress(
    headers: dict[str, str], job: Job, sales: User, other_sales: User, sign_in: Sign
) -> None:
    before = everything()
    sent = {"user": str(other_sales.pk), "level": "progress"}
    page = sign_in(sales).post(page_of(job, "share"), sent, headers=headers)
    error = "Only a technician can be given progress access."
    assert page.context["form"].errors == {"level": [error]}
    assert error in words(page)
    assert {name: fields(page)[name] for name in sent} == sent
    assert everything() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user", ""),
        ("user", "abc"),
        ("user", "9" * 30),
        ("user", "99999"),
        ("user", "1\0"),
        ("level", ""),
        ("level", "edit"),
        ("level", "view\0"),
    ],
)
def test_a_share_that_names_nobody_or_no_level_is_refused_at_the_field(
    field: str, value: str, *, job: Job, sales: User, other_tech: User, sign_in: Sign
) -> None:
    before = everything()
    sent = {"user": other_tech.pk, "level": "view", field: value}
    page = sign_in(sales).post(page_of(job, "share"), sent)
    assert list(page.context["form"].errors) == [field]
    assert everything() == before


def test_a_job_is_not_shared_with_who_cannot_enter(job: Job, sales: User, sign_in: Sign) -> None:
    gone = make_user(Role.TECHNICIAN, is_active=False, first_name="Gone", last_name="Away")
    nobody = make_user(first_name="No", last_name="Role")
    before = everything()
    for person in (gone, nobody):
        page = share(sign_in(sales), job, person, "view")
        assert list(page.context["form"].errors) == ["user"]
        assert person.name not in words(page)
    assert everything() == before


def test_somebody_of_two_roles_is_offered_once_and_shared_with(
    job: Job, sales: User, sign_in: Sign
) -> None:
    both = make_user(Role.TECHNICIAN, Role.SALES_AGENT, first_name="Both", last_name="Roles")
    page = sign_in(sales).get(page_of(job, "share"))
    assert words(page).count("Both Roles") == 1
    share(sign_in(sales), job, both, "progress")
    assert JobShare.objects.get().user == both


def test_sharing_is_for_the_owner_and_admins(
    job: Job, *, tech: User, other_tech: User, other_sales: User, admin: User, sign_in: Sign
) -> None:
    acts.share(job, other_tech, "progress", by=job.owner)
    before = everything()
    for person, answer in ((tech, 403), (other_tech, 403), (other_sales, 404)):
        browser = sign_in(person)
        assert browser.get(page_of(job, "share")).status_code == answer
        assert share(browser, job, person, "view").status_code == answer
        unshare = page_of(job, "unshare", other_tech.pk)
        assert browser.post(unshare).status_code == answer
    assert sign_in(admin).get(page_of(job, "unshare", other_tech.pk)).status_code == 403
    assert everything() == before
    assert share(sign_in(admin), job, tech, "view").status_code == 200
    assert JobShare.objects.count() == 2


def test_unsharing_with_somebody_it_is_not_shared_with_changes_nothing(
    job: Job, sales: User, other_tech: User, sign_in: Sign
) -> None:
    before = everything()
    browser = sign_in(sales)
    assert browser.post(page_of(job, "unshare", other_tech.pk)).status_code == 302
    assert browser.post(page_of(job, "unshare", 99999)).status_code == 404
    assert everything() == before


def test_a_share_lets_the_colleague_see_the_job_at_once_and_no_longer_when_taken(
    job: Job, sales: User, other_tech: User, sign_in: Sign
) -> None:
    browser = sign_in(other_tech)
    assert browser.get(page_of(job)).status_code == 404
    with audit.act(by=sales):
        acts.share(job, other_tech, "view", by=sales)
    assert browser.get(page_of(job)).status_code == 200
    acts.unshare(job, other_tech, by=sales)
    assert browser.get(page_of(job)).status_code == 404


def test_the_filter_offers_whom_jobs_name_those_who_left_too(
    job: Job, admin: User, tech: User, other_tech: User, sign_in: Sign
) -> None:
    acting.deactivate(tech, by=admin)
    browser = sign_in(admin)

    def offered(field: str, more: str = "") -> list[str]:
        asked = f"app_label=operations&model_name=job&field_name={field}&term={more}"
        found = browser.get(f"/admin/autocomplete/?{asked}").json()["results"]
        return [choice["text"] for choice in found]

    assert offered("assigned_to") == [other_tech.name]
    assert offered("assigned_to", "&named=1") == ["Tina Tech (has left)"]
    assert offered("owner", "&named=1") == ["Sara Sales"]
    page = browser.get("/admin/operations/job/").content.decode()
    assert page.count('data-ajax--url="/admin/autocomplete/?named=1"') == 3


def test_of_a_note_that_is_too_long_no_more_waits_than_can_be_kept(
    admin: User, sign_in: Sign
) -> None:
    task = make_task(job=make_job(owner=admin))
    client = sign_in(admin)
    url = reverse("admin:operations_job_progress", args=[task.job_id, task.pk])
    for _ in range(3):
        client.post(url, {"note": "x" * 500_000})
    page = client.get(reverse("admin:operations_job_change", args=[task.job_id]))
    assert len(page.content) < 150_000
