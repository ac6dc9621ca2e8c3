"""Work handed over: who gets what, by which rules, and what the page shows before it is done."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from core.refusals import Stale
from core.roles import Role
from operations import acts, hand_over
from operations.models import Job
from operations.pages import hand_over as pages
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_job, make_user
from tests.operations import pages as shown
from tests.operations.stock import everything

pytestmark = pytest.mark.django_db
PAGE = "/admin/operations/job/hand-over/"
JSON = {"Accept": "application/json"}
MONDAY, TUESDAY = date(2030, 5, 6), date(2030, 5, 7)


def preview(browser: Client, person: User, **asked: Any) -> HttpResponse:
    return browser.get(PAGE, {"person": person.pk, "owner": "", **asked})


def lines(page: HttpResponse) -> dict[str, str]:
    """What the preview says of each job."""
    return {line.job.title: line.what for line in page.context["outcomes"]}


def send(browser: Client, page: HttpResponse, **typed: Any) -> HttpResponse:
    """Press the button below a preview."""
    sent = {"job": [line.sent for line in page.context["outcomes"]], **typed}
    return browser.post(page.context["send_to"], sent, follow=True)


def messages(page: HttpResponse) -> list[str]:
    return [strip_tags(message) for message in shown.messages(page)]


@pytest.fixture
def browser(admin: User, sign_in: Sign) -> Client:
    return sign_in(admin)


# The rules


def test_an_admin_hands_a_job_to_another_owner_and_technician_as_one_change(
    sales: User, other_sales: User, other_tech: User, admin: User
) -> None:
    job = make_job(owner=sales)
    acts.hand_over(job, owner=other_sales, technician=other_tech, by=admin, version=1)
    job = Job.objects.get()
    assert (job.owner, job.assigned_to, job.version) == (other_sales, other_tech, 2)
    assert job.history.count() == 2


def test_only_an_admin_hands_over(sales: User, other_sales: User, tech: User) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    before = everything()
    for person in (sales, tech):
        with pytest.raises(PermissionDenied):
            acts.hand_over(job, owner=other_sales, by=person)
    assert everything() == before


def test_a_stale_hand_over_is_refused(sales: User, other_sales: User, admin: User) -> None:
    job = make_job(owner=sales)
    job.title = "Changed"
    job.save()
    with pytest.raises(Stale, match="Changed"):
        acts.hand_over(job, owner=other_sales, by=admin, version=1)
    assert Job.objects.get().owner == sales


def test_each_job_goes_to_whoever_has_the_fewest_on_its_day_and_then_altogether(
    sales: User, tech: User
) -> None:
    anna, bert = (make_user(Role.TECHNICIAN, first_name=name) for name in ("Anna", "Bert"))
    make_job(owner=sales, assigned_to=anna, scheduled_date=MONDAY)
    make_job(owner=sales, assigned_to=bert, scheduled_date=None)
    days = {"one": MONDAY, "two": MONDAY, "three": TUESDAY, "four": TUESDAY, "five": None}
    for title, day in days.items():
        make_job(owner=sales, assigned_to=tech, title=title, scheduled_date=day)
    jobs = list(hand_over.open_jobs_of(tech))
    found = hand_over.planned(jobs, tech, owner=None, technicians=[anna, bert])
    assert [(change.job.title, change.owner, change.technician) for change in found] == [
        ("one", None, bert),  # Anna has one on Monday.
        ("two", None, anna),  # One each that day, and Bert has two altogether.
        ("three", None, anna),
        ("four", None, bert),
        ("five", None, anna),
    ]


def test_closed_jobs_and_those_of_others_are_left_out(
    sales: User, other_sales: User, tech: User
) -> None:
    acting.cancel(make_job(owner=sales, title="Closed"), by=sales, reason="Not wanted.")
    make_job(owner=other_sales, title="Other")
    mine = make_job(owner=sales, assigned_to=tech, title="Mine")
    assert [list(hand_over.open_jobs_of(person)) for person in (sales, tech)] == [[mine], [mine]]
    assert hand_over.planned([mine], tech, owner=other_sales, technicians=[]) == []


# The page


def test_the_page_says_what_becomes_of_each_job_and_changes_nothing(
    browser: Client, sales: User, other_sales: User, tech: User
) -> None:
    both = make_user(Role.SALES_AGENT, Role.TECHNICIAN, first_name="Bo", last_name="Both")
    make_job(owner=both, title="Owned", scheduled_date=MONDAY)
    make_job(owner=both, assigned_to=both, title="Both", scheduled_date=TUESDAY)
    make_job(owner=sales, assigned_to=both, title="Done by them")
    make_job(owner=sales, assigned_to=tech, scheduled_date=TUESDAY)
    acting.cancel(make_job(owner=both, title="Closed"), by=both, reason="Not wanted.")
    before = everything()
    page = preview(browser, both, owner=other_sales.pk, technicians=[tech.pk])
    assert lines(page) == {
        "Owned": "Owner: Otto Other",
        "Both": "Owner: Otto Other · Technician: Tina Tech (1 job at any time)",
        "Done by them": "Technician: Tina Tech",
    }
    assert "1 closed job stays with Bo Both" in page.content.decode()
    assert everything() == before


def test_what_was_shown_is_done_and_told_and_on_record(
    browser: Client, admin: User, sales: User, other_sales: User, tech: User
) -> None:
    first, second = (make_job(owner=sales, assigned_to=tech) for _number in range(2))
    page = preview(browser, sales, owner=other_sales.pk)
    done = send(browser, page, reason="Sara has left.")
    assert messages(done) == [
        f"2 jobs were changed: {first.number}, {second.number} · Undo these changes"
    ]
    assert set(Job.objects.values_list("owner", "assigned_to")) == {(other_sales.pk, tech.pk)}
    record = first.history.first()
    assert (record.history_user, record.door) == (admin, "admin")
    assert record.history_change_reason == "Sara has left."


def test_what_is_pointed_out_is_told(
    browser: Client, sales: User, other_sales: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Job, "warnings", lambda _job, changed: sorted(changed & {"owner_id"}))
    job = make_job(owner=sales)
    done = send(browser, preview(browser, sales, owner=other_sales.pk))
    assert messages(done)[1:] == [f"{job.number}: owner_id"]


def test_what_changed_since_the_preview_is_refused_and_the_rest_is_done(
    browser: Client, sales: User, other_sales: User, tech: User, other_tech: User
) -> None:
    changed, gone, left = (make_job(owner=sales, assigned_to=tech) for _number in range(3))
    page = preview(browser, tech, technicians=[other_tech.pk])
    changed.title = "Changed meanwhile"
    changed.save()
    gone.delete()
    answers = messages(send(browser, page))
    assert answers[0] == f"1 job was changed: {left.number} · Undo these changes"
    assert answers[1].startswith(f"{changed.number}: ")
    assert answers[2] == "1 other job was refused as well."
    assert dict(Job.objects.values_list("pk", "assigned_to")) == {
        changed.pk: tech.pk,
        left.pk: other_tech.pk,
    }


def test_in_parts_each_job_is_answered_by_its_key(
    browser: Client, sales: User, other_sales: User
) -> None:
    job = make_job(owner=sales)
    acting.deactivate(other_sales, by=None)
    sent = {"job": [f"{job.pk}:1:{other_sales.pk}:0", "999:1:0:0"]}
    answer = browser.post(PAGE, sent, headers=JSON).json()
    assert answer["outcomes"] == {
        str(job.pk): {"problem": "Only an active sales agent or Admin can own a job."},
        "999": {"problem": "This job no longer exists."},
    }


@pytest.mark.parametrize(
    ("asked", "field", "message"),
    [
        ({}, "__all__", "Choose a new owner, technicians, or both."),
        ({"owner": "self"}, "owner", "Choose somebody else."),
        ({"technicians": "self"}, "technicians", "Choose other technicians."),
        ({"owner": "x"}, "owner", "Select a valid choice"),
        ({"person": "", "technicians": "tech"}, "person", "This field is required."),
    ],
)
def test_whoever_cannot_take_over_is_told(
    asked: dict[str, str], field: str, message: str, browser: Client, tech: User
) -> None:
    both = make_user(Role.SALES_AGENT, Role.TECHNICIAN)
    make_job(owner=both)
    named = {"self": both.pk, "tech": tech.pk}
    values = {name: named.get(value, value) for name, value in asked.items()}
    page = browser.get(PAGE, {"person": both.pk, "owner": "", **values})
    assert message in page.context["who"].errors[field][0]
    assert page.context["outcomes"] == []


def test_the_page_begins_with_the_person_it_is_opened_for(browser: Client, sales: User) -> None:
    make_job(owner=sales)
    page = browser.get(PAGE, {"person": sales.pk})
    assert (page.context["is_asked"], page.context["who"].errors) == (False, {})
    assert f'value="{sales.pk}" selected' in page.content.decode()


def test_no_job_to_hand_over_is_told(browser: Client, sales: User, tech: User) -> None:
    make_job(owner=sales)
    page = preview(browser, sales, technicians=[tech.pk])
    assert "No open job can be handed over that way." in page.content.decode()


def test_no_more_is_shown_than_is_done_at_once(
    browser: Client, sales: User, other_sales: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST", 2)
    for _number in range(3):
        make_job(owner=sales)
    for _number in range(3):
        acting.cancel(make_job(owner=sales), by=sales, reason="Not wanted.")
    text = preview(browser, sales, owner=other_sales.pk).content.decode()
    assert "1 more job follows once these have been changed." in text
    assert "2+ closed jobs stay with Sara Sales" in text


@pytest.mark.parametrize("sent", ["1", "a:1:0:0", "1:1:0:9999999999999999999999", "1:1:0"])
def test_what_is_no_line_of_the_preview_is_refused(sent: str, browser: Client) -> None:
    assert browser.post(PAGE, {"job": [sent]}).status_code == 400
    assert browser.post(PAGE, {"job": [], "reason": "x" * 2000}).status_code == 400


# The ways there


def test_the_page_of_a_person_with_open_jobs_leads_there_for_admins_alone(
    browser: Client, sales: User, sign_in: Sign
) -> None:
    address = reverse("admin:people_user_change", args=[sales.pk])
    way = f'href="{PAGE}?person={sales.pk}"'
    assert way not in browser.get(address).content.decode()
    make_job(owner=sales)
    assert way in browser.get(address).content.decode()
    assert way not in sign_in(sales).get(address).content.decode()


def test_whoever_leaves_with_open_jobs_is_told_of_with_the_way_there(
    browser: Client, sales: User
) -> None:
    make_job(owner=sales)
    address = reverse("admin:people_user_change", args=[sales.pk])
    form = shown.fields(browser.get(address), "user_form")
    del form["is_active"]
    page = browser.post(address, form, follow=True)
    note = "Sara Sales has 1 open job, which now needs someone."
    assert f'{note} <a href="{PAGE}?person={sales.pk}">Hand them over</a>' in shown.messages(page)


def test_whoever_cannot_hand_over_is_told_without_a_way_there(sales: User, sign_in: Sign) -> None:
    make_job(owner=sales)
    office = Group.objects.create(name="Office")
    rights = Permission.objects.filter(codename__in=["view_user", "change_user"])
    office.permissions.set(rights)
    clerk = make_user(username="clerk")
    clerk.set_groups([office])
    address = reverse("admin:people_user_change", args=[sales.pk])
    form = shown.fields(sign_in(clerk).get(address), "user_form")
    del form["is_active"]
    page = sign_in(clerk).post(address, form, follow=True)
    assert "Sara Sales has 1 open job, which now needs someone." in shown.messages(page)


def test_the_jobs_that_need_someone_lead_there(browser: Client, admin: User) -> None:
    assert (
        f'href="{PAGE}"' in browser.get("/admin/operations/job/?attention=someone").content.decode()
    )
    assert (
        f'href="{PAGE}"'
        not in browser.get("/admin/operations/job/?attention=today").content.decode()
    )


def test_technicians_stand_with_what_they_have_the_free_ones_first(
    browser: Client, sales: User, tech: User, other_tech: User
) -> None:
    make_job(owner=sales, assigned_to=other_tech)
    choices = browser.get(PAGE).context["who"].fields["technicians"].choices
    assert list(choices) == [
        (tech.pk, "Tina Tech – no open jobs"),
        (other_tech.pk, "Theo Third – 1 open job"),
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_preview_costs_the_same_however_many_jobs(
    rows: int, sales: User, tech: User, other_tech: User, request: pytest.FixtureRequest
) -> None:
    for _number in range(rows):
        make_job(owner=sales, assigned_to=tech, scheduled_date=MONDAY)
    browser = request.getfixturevalue("browser")
    with request.getfixturevalue("django_assert_num_queries")(12):
        preview(browser, tech, technicians=[other_tech.pk])
