"""A new job in one breath: the caller found or made in place, the schedule said, who is free."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from core.backoffice.forms import RecordedForm
from core.record import audit
from operations import acts
from operations.admin.job_form import WhenAndWho
from operations.models import Customer, Job, Site, Task
from operations.pages.schedule_form import SpokenSchedule
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job, make_site
from tests.operations.pages import Fields, errors, fields, words
from tests.operations.stock import everything

ADD = reverse("admin:operations_job_add")
WHEN = reverse("admin:operations_job_when")
CALLERS = reverse("admin:operations_job_callers")
NEW = {
    "title": "Boiler",
    "customer-name": "Villa Prater",
    "customer-phone": "0664 123 4567",
    "site-address": "Praterstern 5\n1020 Wien",
}
MONDAY = date(2030, 5, 6)


def send(browser: Client, **typed: Any) -> HttpResponse:
    sent: Fields = fields(browser.get(ADD), "job_form") | typed
    return browser.post(ADD, sent, follow=True)


# What is new with the job


def test_customer_site_job_and_tasks_are_one_act(sales: User, tech: User, sign_in: Sign) -> None:
    drill = make_equipment()
    rows = {"tasks-TOTAL_FORMS": "2", "tasks-0-title": "Look", "tasks-1-title": "Mend"}
    send(
        sign_in(sales),
        **NEW,
        **rows,
        **{"tasks-1-equipment": [drill.pk]},
        schedule="6.5.2030 10-12",
        assigned_to=tech.pk,
    )
    job = Job.objects.get()
    assert (job.customer.name, job.customer.phone) == ("Villa Prater", "0664 123 4567")
    assert job.site is not None
    assert (job.site.name, job.site.address) == ("Praterstern 5", "Praterstern 5\n1020 Wien")
    assert (job.site.customer, job.assigned_to, job.owner) == (job.customer, tech, sales)
    assert (job.scheduled_date, job.start_time, job.end_time) == (MONDAY, time(10), time(12))
    tasks = [(task.title, list(task.equipment.all())) for task in job.tasks.all()]
    assert tasks == [("Look", []), ("Mend", [drill])]
    records = [model.history.get() for model in (Customer, Site, Job)] + list(Task.history.all())
    assert [record.history_user for record in records] == [sales] * 5
    assert len({record.change_set for record in records}) == 1


def test_a_site_is_made_for_a_customer_that_there_is(sales: User, sign_in: Sign) -> None:
    customer = make_customer()
    typed = {"site-name": "Annex", "site-address": "Back yard", "site-access_notes": "Ring twice"}
    send(sign_in(sales), title="Boiler", customer=customer.pk, **typed)
    site = Site.objects.get()
    assert (site.customer, site.name, site.access_notes) == (customer, "Annex", "Ring twice")
    assert Job.objects.get().site == site


def test_a_row_that_is_chosen_goes_before_what_was_typed(sales: User, sign_in: Sign) -> None:
    site = make_site(name="Mill")
    send(sign_in(sales), **NEW, customer=site.customer.pk, site=site.pk)
    job = Job.objects.get()
    assert (job.customer, job.site, Customer.objects.count()) == (site.customer, site, 1)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (
            {"customer-name": "villa  PRATER"},
            {"customer-name": ["There is a customer of this name already."]},
        ),
        ({"customer-name": ""}, {"customer-name": ["This field is required."]}),
        ({"customer-email": "x"}, {"customer-email": ["Enter a valid e-mail address."]}),
        (
            {"site-address": "", "site-access_notes": "Ring twice"},
            {"site-name": ["Give the site a name or an address."]},
        ),
        ({"title": ""}, {"title": ["This field is required."]}),
        (
            {"customer-name": "", "customer-phone": "", "site-address": ""},
            {"customer": ["Choose who the job is for: find a customer, or add one."]},
        ),
    ],
)
def test_what_is_wrong_is_named_at_the_field_and_nothing_is_lost_or_made(
    typed: Fields, found: Fields, sales: User, sign_in: Sign
) -> None:
    make_customer(name="Villa Prater")
    before = everything()
    sent = {**NEW, "customer-name": "Villa Wien", **typed}
    page = send(sign_in(sales), **sent)
    assert errors(page) == found
    again = fields(page, "job_form")
    assert {name: again[name] for name in sent} == sent
    assert everything() == before


def test_a_name_that_is_taken_leads_to_whoever_has_it(sales: User, sign_in: Sign) -> None:
    same = make_customer(name="Villa Prater")
    page = send(sign_in(sales), **NEW)
    assert "Choose Villa Prater" in words(page)
    content = page.content.decode()
    assert f'data-choose="{same.pk}"' in content
    assert reverse("admin:operations_customer_change", args=[same.pk]) in content


def test_a_site_of_the_customer_is_not_made_twice(sales: User, sign_in: Sign) -> None:
    site = make_site(name="Mill")
    before = everything()
    page = send(sign_in(sales), title="T", customer=site.customer.pk, **{"site-name": "MILL"})
    assert errors(page) == {"site-name": ["This customer has a site of this name already."]}
    assert everything() == before


def test_the_act_says_at_which_place_something_is_wrong(sales: User, tech: User) -> None:
    make_customer(name="Villa Prater")
    before = everything()
    for customer, site, place in (
        (Customer(name="Villa Prater"), None, "customer.name"),
        (Customer(name="Other"), Site(), "site.name"),
    ):
        with pytest.raises(ValidationError) as refused:
            acts.enter_for(Job(title="T"), by=sales, customer=customer, site=site)
        assert list(refused.value.error_dict) == [place]
    with pytest.raises(PermissionDenied):
        acts.enter_for(Job(title="T"), by=tech, customer=Customer(name="Other"))
    assert everything() == before


def test_who_makes_no_customers_is_offered_none(tech: User, sign_in: Sign) -> None:
    group = Group.objects.create(name="Makes jobs")
    group.permissions.add(*Permission.objects.filter(codename__in=["add_job", "view_customer"]))
    tech.set_groups([*tech.groups.all(), group])
    page = sign_in(tech).get(ADD)
    assert (page.context["may_add_customer"], page.context["may_add_site"]) == (False, False)


# What a new job begins with


def test_the_only_site_of_a_customer_is_chosen_by_itself(sales: User, sign_in: Sign) -> None:
    site = make_site(name="Mill")
    browser, asked = sign_in(sales), {"customer": site.customer.pk}
    assert fields(browser.get(ADD, asked), "job_form")["site"] == str(site.pk)
    other = make_site(name="Quay", customer=site.customer)
    assert fields(browser.get(ADD, asked), "job_form")["site"] == ""
    named = fields(browser.get(ADD, asked | {"site": other.pk}), "job_form")
    assert named["site"] == str(other.pk)


def test_what_was_chosen_and_said_stands_there_again(
    sales: User, tech: User, sign_in: Sign
) -> None:
    site = make_site(name="Mill")
    page = send(
        sign_in(sales),
        customer=site.customer.pk,
        site=site.pk,
        assigned_to=tech.pk,
        schedule="6.5.2030 10:10-12:00",
    )
    again = fields(page, "job_form")
    assert (again["customer"], again["site"]) == (str(site.customer.pk), str(site.pk))
    assert (again["caller"], page.context["technician"]) == (site.customer.name, tech)
    assert [again[n] for n in ("scheduled_date", "start_time", "end_time")] == [
        "2030-05-06",
        "10:10",
        "12:00",
    ]


def test_equipment_that_is_typed_and_not_chosen_is_not_dropped(sales: User, sign_in: Sign) -> None:
    row = {"tasks-TOTAL_FORMS": "1", "tasks-0-title": "Look", "tasks-0-typed_equipment": " multi "}
    page = send(sign_in(sales), **NEW, **row)
    sentence = "“multi” is not chosen. Choose it from the list, or clear the box."
    assert errors(page) == {"tasks-0-equipment": [sentence]}
    assert fields(page, "job_form")["tasks-0-typed_equipment"] == "multi"
    assert not Job.objects.exists()
    send(sign_in(sales), **NEW, **row | {"tasks-0-typed_equipment": ""})
    assert Task.objects.get().title == "Look"


def test_what_cannot_be_read_is_told_at_the_schedule(sales: User, sign_in: Sign) -> None:
    page = send(sign_in(sales), **NEW, schedule="some day")
    assert list(errors(page)) == ["schedule"]
    assert fields(page, "job_form")["schedule"] == "some day"


@pytest.mark.parametrize("key", ["x", "9" * 30, "0"])
def test_what_names_nobody_is_refused(key: str, sales: User, sign_in: Sign) -> None:
    page = send(sign_in(sales), title="T", customer=key, assigned_to=key)
    assert set(errors(page)) == {"customer", "assigned_to"}


class WhenForm(SpokenSchedule, RecordedForm):
    """As a page of a job that there is takes it."""

    class Meta:
        model = Job
        fields = ("scheduled_date", "start_time", "end_time")


def test_a_form_of_a_job_that_there_is_begins_with_its_schedule_in_words(sales: User) -> None:
    times = {"start_time": time(9), "end_time": time(10)}
    job = make_job(owner=sales, scheduled_date=MONDAY, **times)
    sentence = "Mon 6 May 2030, 09:00–10:00"
    assert WhenForm(instance=job).initial["schedule"] == sentence
    assert WhenForm(instance=make_job(owner=sales)).initial["schedule"] == ""
    picked = {"scheduled_date": "2030-05-07", "start_time": "", "end_time": ""}
    sent = {"stated_version": job.version, **picked}
    # What it says already is not said anew: what was picked counts.
    found = [
        (form.is_valid(), form.instance.when_text)
        for text in (sentence, "8.5.2030 11-12")
        for form in [WhenForm({**sent, "schedule": text}, instance=Job.objects.get(pk=job.pk))]
    ]
    assert found == [(True, "Tue 7 May 2030"), (True, "Wed 8 May 2030, 11:00–12:00")]


class TitleForm(WhenAndWho, RecordedForm):
    """As whoever may only see a job has it, who left something typed in its form."""

    class Meta:
        model = Job
        fields = ("title",)


def test_a_form_whose_day_and_technician_are_not_to_be_changed_does_without_them(
    sales: User,
) -> None:
    form = TitleForm(instance=make_job(owner=sales, scheduled_date=MONDAY))
    assert set(form.fields) == {"title", "schedule", "stated_version"}


# Who calls


def found(browser: Client, text: str) -> list[tuple[str, str, bool]]:
    answer = browser.get(CALLERS, {"q": text}).json()["found"]
    return [(each["text"], each["meta"], each["barred"]) for each in answer]


def test_callers_are_found_by_name_contact_phone_and_address(sales: User, sign_in: Sign) -> None:
    baker = make_customer(name="Baker", contact_name="Ann Lee", phone="+43 1 555 0140")
    site = make_site(name="Mill", address="Canal Street 4\n1010 Wien", customer=baker)
    make_customer(name="Bakery of old", is_active=False)
    browser = sign_in(sales)
    known = ("Baker", "Ann Lee · +43 1 555 0140", False)
    assert found(browser, "baker") == [known, ("Bakery of old", "not active", True)]
    assert [found(browser, text) for text in ("ann", "01 5550140")] == [[known], [known]]
    assert found(browser, "canal") == [("Baker", "Mill · Canal Street 4 1010 Wien", False)]
    answer = browser.get(CALLERS, {"q": "canal"}).json()["found"]
    assert [(each["id"], each["site"]) for each in answer] == [(baker.pk, site.pk)]
    assert [found(browser, text) for text in ("", "nobody")] == [[], []]
    assert browser.get(CALLERS, {"q": "a\0"}).status_code == 400


def test_eight_callers_are_offered_at_most(sales: User, sign_in: Sign) -> None:
    for number in range(9):
        make_site(name="Baker", customer=make_customer(name=f"Baker {number}"))
    assert len(found(sign_in(sales), "baker")) == 8


@pytest.mark.parametrize("rows", [1, 3])
def test_finding_and_knowing_a_caller_costs_the_same_whatever_there_is(
    rows: int, sales: User, sign_in: Sign, django_assert_num_queries: Any
) -> None:
    customer = make_customer(name="Baker")
    for _ in range(rows):
        site = make_site(customer=customer)
        make_job(owner=sales, site=site)
        acting.cancel(make_job(owner=sales, site=site), by=sales, reason="Not wanted.")
    browser = sign_in(sales)
    with django_assert_num_queries(5):
        browser.get(CALLERS, {"q": "baker"})
    with django_assert_num_queries(8):
        browser.get(f"{CALLERS}{customer.pk}/")


def test_a_caller_comes_with_sites_and_the_jobs_that_the_person_sees(
    sales: User, other_sales: User, sign_in: Sign
) -> None:
    site = make_site(name="Mill", address="Canal Street 4")
    customer = site.customer
    make_job(owner=sales, site=site, title="Boiler")
    make_job(owner=other_sales, site=site, title="Secret")
    acting.cancel(make_job(owner=sales, site=site, title="Drains"), by=sales, reason="Moved.")
    browser = sign_in(sales)
    answer = browser.get(f"{CALLERS}{customer.pk}/").json()
    assert answer["sites"] == [{"id": site.pk, "text": "Mill, Canal Street 4"}]
    found = [title in answer["html"] for title in ("Boiler", "Drains", "Secret")]
    assert found == [True, True, False]
    assert "Boiler" in words(browser.get(ADD, {"customer": customer.pk}))
    new = make_customer(name="New one")
    html = browser.get(f"{CALLERS}{new.pk}/").json()["html"]
    assert "New one has no jobs that you can see: this is the first." in html


# When, and who is free


def test_what_was_understood_is_said_with_its_weekday(sales: User, sign_in: Sign) -> None:
    browser, tomorrow = sign_in(sales), audit.today() + timedelta(days=1)
    answer = browser.get(WHEN, {"text": "6.5.2030 10-12"}).json()
    assert {name: answer[name] for name in ("text", "day", "start", "end", "note", "problem")} == {
        "text": "Mon 6 May 2030, 10:00–12:00",
        "day": "2030-05-06",
        "start": "10:00",
        "end": "12:00",
        "note": "",
        "problem": "",
    }
    assert browser.get(WHEN, {"text": "tomorrow"}).json()["day"] == str(tomorrow)
    empty = browser.get(WHEN, {"text": ""}).json()
    assert (empty["text"], empty["day"], empty["start"]) == ("", "", "")
    past = browser.get(WHEN, {"text": "6.5.2020"}).json()
    assert past["note"] == "That day has passed: the job is overdue at once."
    problem = browser.get(WHEN, {"text": "some day"}).json()["problem"]
    assert problem.startswith("“some” could not be read.")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_free_ones_stand_first_and_a_clash_is_named_where_it_is_seen(
    *,
    rows: int,
    sales: User,
    other_sales: User,
    tech: User,
    other_tech: User,
    sign_in: Sign,
    django_assert_num_queries: Any,
) -> None:
    at_ten = {"scheduled_date": MONDAY, "start_time": time(10), "end_time": time(11)}
    jobs = [make_job(owner=sales, assigned_to=tech, title="Boiler", **at_ten) for _ in range(rows)]
    secret = make_job(owner=other_sales, assigned_to=other_tech, title="Secret", **at_ten)
    browser = sign_in(sales)
    asked = {"text": "6.5.2030 10:30-12", "job": [job.pk for job in jobs[1:]] + ["x"]}
    with django_assert_num_queries(7):
        people = browser.get(WHEN, asked).json()["people"]
    assert people == [
        {
            "id": other_tech.pk,
            "text": "Theo Third",
            "meta": "1 job, free until 10:00, from 11:00",
            "clash": {
                "text": "Theo Third has another job at that time, 10:00–11:00.",
                "job": "another job",
                "url": "",
            },
        },
        {
            "id": tech.pk,
            "text": "Tina Tech",
            "meta": "1 job, free until 10:00, from 11:00",
            "clash": {
                "text": f"Tina Tech has {jobs[0]} at that time, 10:00–11:00.",
                "job": str(jobs[0]),
                "url": reverse("admin:operations_job_change", args=[jobs[0].pk]),
            },
        },
    ]
    acts.assign(secret, None, by=other_sales)
    people = browser.get(WHEN, asked).json()["people"]
    assert [(each["text"], each["meta"], each["clash"] is None) for each in people] == [
        ("Theo Third", "free", True),
        ("Tina Tech", "1 job, free until 10:00, from 11:00", False),
    ]
