"""Names that look the same are the same, at every door; and texts are kept as they should be."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from core.roles import Role
from core.text.typed import LONGEST, folded
from operations import acts
from operations.models import Customer, Job, Task
from people.models import User
from tests import programs
from tests.conftest import Sign
from tests.factories import (
    make_customer,
    make_equipment,
    make_job,
    make_site,
    make_task,
    make_user,
)
from tests.operations import pages
from tests.operations.test_resources import errors as refused_cells
from tests.operations.test_resources import load

pytestmark = pytest.mark.django_db

NAME = "Ärztehaus Nord"
SAME = [
    "ärztehaus nord",
    "ÄRZTEHAUS NORD",
    "Ärztehaus\N{NO-BREAK SPACE} Nord",
    "A\N{COMBINING DIAERESIS}rztehaus Nord\N{ZERO WIDTH SPACE}",
]
TAKEN = {
    "customer": "There is a customer of this name already.",
    "site": "This customer has a site of this name already.",
    "equipment": "Other equipment has this serial number.",
    "user": "Another person has this user name.",
}


@pytest.mark.parametrize("name", SAME)
def test_the_form_refuses_a_name_that_is_there(name: str, admin: User, sign_in: Sign) -> None:
    customer, client = make_customer(name=NAME), sign_in(admin)
    make_site(customer=customer, name=NAME)
    make_equipment(serial_number=NAME)
    for kind, typed, field in (
        ("operations_customer", {"name": name}, "name"),
        ("operations_site", {"name": name, "customer": customer.pk}, "name"),
        (
            "operations_equipment",
            {"name": "x", "serial_number": name, "kind": "tool"},
            "serial_number",
        ),
    ):
        url = reverse(f"admin:{kind}_add")
        page = client.post(url, pages.fields(client.get(url), f"{kind.split('_')[1]}_form") | typed)
        assert pages.errors(page)[field] == [TAKEN[kind.split("_")[1]]]


@pytest.mark.parametrize("name", SAME)
def test_two_sites_of_one_form_cannot_have_one_name(name: str, admin: User, sign_in: Sign) -> None:
    client, customer = sign_in(admin), make_customer(name="Baker")
    make_site(customer=customer, name=NAME)
    url = reverse("admin:operations_customer_change", args=[customer.pk])
    form = pages.fields(client.get(url), "customer_form")
    form |= {"sites-TOTAL_FORMS": "2", "sites-1-name": name, "sites-1-customer": customer.pk}
    page = client.post(url, form)
    assert pages.errors(page)["sites-1-name"] == [TAKEN["site"]]


@pytest.mark.parametrize("name", SAME)
def test_the_api_refuses_a_name_that_is_there(name: str, admin: User) -> None:
    customer, caller = make_customer(name=NAME), programs.program(admin)
    make_site(customer=customer, name=NAME)
    make_equipment(serial_number=NAME)
    other = make_customer(name="Baker")
    for answer, field, kind in (
        (caller.post("/customers", {"name": name}), "name", "customer"),
        (caller.patch(f"/customers/{other.pk}", {"name": name}), "name", "customer"),
        (caller.post(f"/customers/{customer.pk}/sites", {"name": name}), "name", "site"),
        (
            caller.post("/equipment", {"name": "x", "kind": "tool", "serial_number": name}),
            "serial_number",
            "equipment",
        ),
    ):
        assert programs.errors(answer) == {field: TAKEN[kind]}


@pytest.mark.parametrize("name", SAME)
def test_an_import_finds_what_is_there_and_leaves_its_spelling(name: str, admin: User) -> None:
    customer = make_customer(name=NAME)
    site = make_site(customer=customer, name=NAME)
    drill = make_equipment(serial_number=NAME)
    load("customers", {"name": name, "phone": "1"}, by=admin)
    load("sites", {"customer": name, "name": name, "address": "2"}, by=admin)
    load("equipment", {"serial_number": name, "description": "3"}, by=admin)
    row = {"number": "", "title": "Mend", "customer": name, "site": name}
    load("jobs", row, by=admin)
    job = Job.objects.get()
    task = {"job": job.number.lower(), "position": "", "title": "t", "equipment": name}
    load("tasks", task, by=admin)
    for row_, column, value in ((customer, "phone", "1"), (site, "address", "2")):
        row_.refresh_from_db()
        assert (row_.name, getattr(row_, column)) == (NAME, value)
    drill.refresh_from_db()
    assert (drill.serial_number, drill.description) == (NAME, "3")
    assert (job.customer, job.site) == (customer, site)
    assert list(Task.objects.get().equipment.all()) == [drill]


def test_user_names_are_told_apart_by_more_than_case(admin: User, sign_in: Sign) -> None:
    person_there = make_user(username="ünal")
    person = {"username": "ÜNAL", "roles": ["sales_agent"]}
    assert programs.errors(programs.program(admin).post("/users", person)) == {
        "username": TAKEN["user"]
    }
    client, url = sign_in(admin), reverse("admin:people_user_add")
    page = client.post(url, pages.fields(client.get(url), "user_form") | person)
    assert pages.errors(page)["username"] == [TAKEN["user"]]
    load("people", {"username": "ÜNAL", "phone": "1"}, by=admin)
    person_there.refresh_from_db()
    assert (person_there.username, person_there.phone) == ("ünal", "1")


# Texts of one line


def make(kind: str, **fields: Any) -> Any:
    """A row, made by the domain."""
    owner = make_user(Role.ADMIN)
    makers = {
        "customer": make_customer,
        "site": make_site,
        "equipment": make_equipment,
        "job": lambda **given: make_job(owner=owner, **given),
        "task": lambda **given: make_task(job=make_job(owner=owner), **given),
        "user": make_user,
    }
    return makers[kind](**fields)


LINES = [
    ("customer", "name"),
    ("customer", "contact_name"),
    ("customer", "phone"),
    ("site", "name"),
    ("equipment", "name"),
    ("equipment", "serial_number"),
    ("job", "title"),
    ("task", "title"),
    ("user", "first_name"),
    ("user", "last_name"),
    ("user", "phone"),
]
ADDRESSES = [("customer", "email"), ("user", "email")]
TEXTS = [
    ("customer", "notes"),
    ("site", "address"),
    ("site", "access_notes"),
    ("equipment", "description"),
    ("job", "description"),
    ("task", "description"),
]
REQUIRED = {"name", "serial_number", "title"}


@pytest.mark.parametrize(("kind", "field"), LINES)
def test_a_line_has_no_line_break_whoever_writes_it(kind: str, field: str) -> None:
    row = make(kind, **{field: "Boiler\nBcc:\x07 x"})
    row.refresh_from_db()
    assert getattr(row, field) == "Boiler Bcc: x"


@pytest.mark.parametrize(("kind", "field"), [*LINES, *ADDRESSES])
def test_a_line_that_shows_nothing_is_empty(kind: str, field: str) -> None:
    if field not in REQUIRED:
        assert getattr(make(kind, **{field: "\u200b\u2060"}), field) == ""
        return
    with pytest.raises(ValidationError) as refused:
        make(kind, **{field: "\u200b\u2060"})
    assert refused.value.message_dict == {field: ["This field cannot be blank."]}


@pytest.mark.parametrize(("kind", "field"), [*LINES, *ADDRESSES, *TEXTS])
def test_a_nul_is_refused_whoever_writes_it(kind: str, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        make(kind, **{field: "a\0b"})
    assert refused.value.message_dict == {field: ["Null characters are not allowed."]}


@pytest.mark.parametrize(("kind", "field"), TEXTS)
def test_a_long_text_ends_at_ten_thousand_characters_whoever_writes_it(
    kind: str, field: str
) -> None:
    row = make(kind, **{field: "x" * LONGEST})
    setattr(row, field, "y" * (LONGEST + 1))
    with pytest.raises(ValidationError) as refused:
        row.save()
    assert list(refused.value.message_dict) == [field]
    row.refresh_from_db()
    assert getattr(row, field) == "x" * LONGEST


def test_a_note_ends_there_too(admin: User, sign_in: Sign) -> None:
    task = make("task")
    with pytest.raises(ValidationError):
        acts.progress(task, by=admin, note="x" * (LONGEST + 1))
    answer = programs.program(admin).patch(f"/tasks/{task.pk}", {"note": "x" * (LONGEST + 1)})
    assert list(programs.errors(answer)) == ["note"]
    url = reverse("admin:operations_job_progress", args=[task.job_id, task.pk])
    page = sign_in(admin).post(url, {"note": "x" * (LONGEST + 1)}, follow=True)
    assert pages.messages(page)[0].startswith("Ensure this value has at most 10000 characters")
    task.refresh_from_db()
    assert task.note == ""


def test_line_ends_of_a_browser_count_once(admin: User, sign_in: Sign) -> None:
    job, client = make_job(owner=admin), sign_in(admin)
    text = "\n".join(["x" * 99] * 100)
    url = reverse("admin:operations_job_change", args=[job.pk])
    form = pages.fields(client.get(f"{url}?edit=title"), "job_form")
    client.post(url, form | {"description": text.replace("\n", "\r\n")})
    job.refresh_from_db()
    assert (len(job.description), job.description) == (LONGEST - 1, text)


@pytest.mark.parametrize("door", ["form", "api", "import"])
def test_at_each_door_a_line_is_flattened_and_a_long_text_refused_at_its_field(
    door: str, admin: User, sign_in: Sign
) -> None:
    customer = make_customer(name="Baker")
    typed = {"title": "Boiler\nBcc: x", "customer": customer.pk}
    too_long = {**typed, "description": "x" * (LONGEST + 1)}
    if door == "api":
        caller = programs.program(admin)
        assert caller.post("/jobs", typed).json()["title"] == "Boiler Bcc: x"
        assert list(programs.errors(caller.post("/jobs", too_long))) == ["description"]
        blank = caller.post("/jobs", {**typed, "title": "\u200b"})
        assert programs.errors(blank) == {"title": "String should have at least 1 character"}
        # Counted as it is kept, as at the form.
        lines = {**typed, "title": "Long", "description": "a\r\n" * (LONGEST // 2)}
        assert len(caller.post("/jobs", lines).json()["description"]) == LONGEST - 1
        Job.objects.get(title="Long").delete()
    elif door == "form":
        client, url = sign_in(admin), reverse("admin:operations_job_add")
        form = pages.fields(client.get(url), "job_form")
        assert list(pages.errors(client.post(url, form | too_long))) == ["description"]
        assert list(pages.errors(client.post(url, form | typed | {"title": "\u200b"}))) == ["title"]
        client.post(url, form | typed)
    else:
        row = {"number": "", "title": "Boiler\nBcc: x", "customer": "baker", "description": ""}
        load("jobs", row, by=admin)
        result = load("jobs", row | {"description": "x" * (LONGEST + 1)}, by=admin)
        assert list(refused_cells(result)) == ["description"]
        result = load("jobs", row | {"title": "\u200b"}, by=admin)
        assert list(refused_cells(result)) == ["title"]
    assert [job.title for job in Job.objects.all()] == ["Boiler Bcc: x"]


def before_the_rule(job: Job, **values: str) -> Job:
    """A job as it was once allowed."""
    Job.objects.filter(pk=job.pk).update(**values)
    job.refresh_from_db()
    return job


@pytest.mark.parametrize("door", ["form", "api", "import", "domain"])
def test_who_edits_another_field_does_not_change_a_line(
    door: str, admin: User, sign_in: Sign
) -> None:
    was = {"title": "Boiler\nold \u200b", "description": "one\r\ntwo\r\n"}
    job = before_the_rule(make_job(owner=admin), **was)
    if door == "form":
        client = sign_in(admin)
        url = reverse("admin:operations_job_change", args=[job.pk])
        form = pages.fields(client.get(f"{url}?edit=title"), "job_form")
        # As a browser sends them.
        form |= {"title": "Boilerold \u200b", "description": "one\r\ntwo\r\n", "priority": "high"}
        client.post(url, form)
    elif door == "api":
        programs.program(admin).patch(f"/jobs/{job.pk}", {"priority": "high"})
    elif door == "import":
        load("jobs", {"number": job.number, "priority": "high"}, by=admin)
    else:
        acts.edit(job, by=admin, priority="high")
    job.refresh_from_db()
    assert (job.priority, job.title, job.description) == ("high", *was.values())
    (changed,) = [h for h in job.history.all() if h.priority == "high"]
    assert changed.title == was["title"]


def doubles(kind: str, *names: str, **fields: Any) -> list[Any]:
    """Rows of one name, as the migration leaves them."""
    field, column = {
        "customer": ("name", "name_folded"),
        "site": ("name", "name_folded"),
        "equipment": ("serial_number", "serial_folded"),
    }[kind]
    rows = [make(kind, **fields) for _ in names]
    for number, (row, name) in enumerate(zip(rows, names, strict=True)):
        key = folded(name) + (f"\n{row.pk}" if number else "")
        type(row).objects.filter(pk=row.pk).update(**{field: name, column: key})
        row.refresh_from_db()
    return rows


def test_a_row_that_was_allowed_twice_is_edited_without_a_new_name(admin: User) -> None:
    _first, second = doubles("customer", "Nord", "NORD")
    acts.edit(second, by=admin, phone="1")
    assert Customer.objects.get(pk=second.pk).name_folded == f"nord\n{second.pk}"
    with pytest.raises(ValidationError) as refused:
        acts.edit(second, by=admin, name="NOrd")
    assert refused.value.message_dict == {"name": [TAKEN["customer"]]}


@pytest.mark.parametrize("kind", ["customer", "site", "equipment"])
@pytest.mark.parametrize("how", ["renamed", "deleted"])
def test_a_name_that_is_free_again_is_that_of_the_double(kind: str, how: str, admin: User) -> None:
    customer = {"customer": make_customer()} if kind == "site" else {}
    first, second, third = doubles(kind, "Nord", "NORD", "nord", **customer)
    field = "serial_number" if kind == "equipment" else "name"
    if how == "renamed":
        acts.edit(first, by=admin, **{field: "Nord 1"})
    else:
        first.delete()
    column = next(iter(type(second).folded))
    keys = [getattr(type(row).objects.get(pk=row.pk), column) for row in (second, third)]
    assert keys == ["nord", f"nord\n{third.pk}"]
    with pytest.raises(IntegrityError), transaction.atomic():
        make(kind, **{field: "nORD"}, **customer)


def test_a_file_names_one_of_two_doubles_by_its_spelling(admin: User) -> None:
    first, second = doubles("customer", "Nord", "NORD")
    mill, shop = doubles("site", "Mill", "MILL", customer=second)
    drill, saw = doubles("equipment", "SN-1", "sn-1")
    load("customers", {"name": "NORD", "phone": "2"}, by=admin)
    load("sites", {"customer": "NORD", "name": "MILL", "address": "2"}, by=admin)
    load("equipment", {"serial_number": "sn-1", "description": "2"}, by=admin)
    row = {"number": "", "title": "Mend", "customer": "NORD", "site": "MILL"}
    load("jobs", row, by=admin)
    job = Job.objects.get()
    task = {"job": job.number, "position": "", "title": "t", "equipment": "sn-1"}
    load("tasks", task, by=admin)
    for row_ in (first, second, mill, shop, drill, saw):
        row_.refresh_from_db()
    assert (first.phone, second.phone, mill.address, shop.address) == ("", "2", "", "2")
    assert (drill.description, saw.description) == ("", "2")
    assert (job.customer, job.site) == (second, shop)
    assert list(Task.objects.get().equipment.all()) == [saw]


def test_a_file_that_names_neither_of_two_doubles_is_refused_at_its_cell(admin: User) -> None:
    doubles("customer", "Nord", "NORD")
    doubles("equipment", "SN-1", "sn-1")
    several = "Several rows match this one. Change it by hand."
    result = load("customers", {"name": "nOrd", "phone": "2"}, by=admin)
    assert refused_cells(result) == {"": [several]}
    row = {"number": "", "title": "Mend", "customer": "nOrd"}
    assert refused_cells(load("jobs", row, by=admin)) == {"customer": [several]}
    job = make_job(owner=admin)
    task = {"job": job.number, "position": "", "title": "t", "equipment": "Sn-1"}
    assert refused_cells(load("tasks", task, by=admin)) == {"equipment": [several]}


def test_the_form_of_a_customer_with_two_doubled_sites_is_saved(admin: User, sign_in: Sign) -> None:
    customer = make_customer(name="Baker")
    doubles("site", "Mill", "MILL", customer=customer)
    client, url = sign_in(admin), reverse("admin:operations_customer_change", args=[customer.pk])
    form = pages.fields(client.get(url), "customer_form")
    assert client.post(url, form | {"phone": "1"}).status_code == 302
    customer.refresh_from_db()
    assert customer.phone == "1"


def test_a_text_of_before_that_is_too_long_stops_nobody(admin: User, sign_in: Sign) -> None:
    job = make_job(owner=admin, tasks=1)
    long = "x" * (LONGEST + 1)
    before_the_rule(job, description=long)
    job.tasks.update(description=long)
    client, url = sign_in(admin), reverse("admin:operations_job_change", args=[job.pk])
    form = pages.fields(client.get(f"{url}?edit=title"), "job_form") | {"priority": "high"}
    assert client.post(url, form | {"tasks-0-title": "Mend"}).status_code == 302
    job.refresh_from_db()
    assert (job.priority, job.description, job.tasks.get().description) == ("high", long, long)
    form = pages.fields(client.get(f"{url}?edit=title"), "job_form") | {"description": f"{long}y"}
    assert list(pages.errors(client.post(url, form))) == ["description"]


# A new job only for an active customer


@pytest.mark.parametrize("door", ["form", "api", "import", "domain"])
@pytest.mark.parametrize("new", [True, False], ids=["new", "edited"])
def test_a_job_is_not_given_a_customer_who_is_not_active(
    door: str, new: bool, admin: User, sign_in: Sign
) -> None:
    lost = make_customer(name="Lost", is_active=False)
    job = None if new else make_job(owner=admin, title="Mend")
    sentence = "Lost is not active. Choose another customer."
    if door == "api":
        caller = programs.program(admin)
        values = {"title": "Mend", "customer": lost.pk}
        answer = caller.patch(f"/jobs/{job.pk}", values) if job else caller.post("/jobs", values)
        assert programs.errors(answer) == {"customer": sentence}
    elif door == "form":
        page = "change" if job else "add"
        url = reverse(f"admin:operations_job_{page}", args=[job.pk] if job else [])
        client = sign_in(admin)
        form = pages.fields(client.get(f"{url}?edit=title"), "job_form")
        answer = client.post(url, form | {"title": "Mend", "customer": lost.pk})
        assert pages.errors(answer)["customer"] == [sentence]
    elif door == "import":
        row = {"number": job.number if job else "", "title": "Mend", "customer": "lost"}
        for status in ("pending", "completed") if new else ("",):
            cells = refused_cells(load("jobs", row | {"status": status}, by=admin))
            assert cells == {"customer": [sentence]}
    else:
        named = {"customer": lost}
        with pytest.raises(ValidationError) as refused:
            acts.edit(job, by=admin, **named) if job else make_job(owner=admin, **named)
        assert refused.value.message_dict == {"customer": [sentence]}
    assert not Job.objects.filter(customer=lost).exists()


def test_a_job_keeps_a_customer_who_is_lost_later(admin: User) -> None:
    job = make_job(owner=admin)
    acts.edit(job.customer, by=admin, is_active=False)
    job.refresh_from_db()
    acts.edit(job, by=admin, title="Mend well")
    assert Job.objects.get().title == "Mend well"


# Days


@pytest.mark.parametrize("door", ["form", "api", "import", "domain", "bulk"])
@pytest.mark.parametrize("day", ["1899-12-31", "2200-01-01", "0001-01-01", "9999-12-31"])
def test_a_job_takes_place_between_1900_and_2199(
    day: str, door: str, admin: User, sign_in: Sign
) -> None:
    sentence = "Choose a day from 1900 to 2199."
    job = make_job(owner=admin, title="Mend")
    if door == "api":
        answer = programs.program(admin).patch(f"/jobs/{job.pk}", {"scheduled_date": day})
        assert programs.errors(answer) == {"scheduled_date": sentence}
    elif door == "form":
        client = sign_in(admin)
        url = reverse("admin:operations_job_change", args=[job.pk])
        form = pages.fields(client.get(f"{url}?edit=title"), "job_form")
        answer = client.post(url, form | {"scheduled_date": day})
        assert pages.errors(answer)["scheduled_date"] == [sentence]
    elif door == "import":
        row = {"number": job.number, "scheduled_date": day}
        assert refused_cells(load("jobs", row, by=admin)) == {"scheduled_date": [sentence]}
    elif door == "bulk":
        client = sign_in(admin)
        url = reverse("admin:operations_job_bulk", args=["reschedule"])
        sent = {"job": f"{job.pk}:{job.version}", "scheduled_date": day}
        assert sentence in pages.words(client.post(url, sent, follow=True))
    else:
        job.scheduled_date = date.fromisoformat(day)
        with pytest.raises(ValidationError) as refused:
            job.save()
        assert refused.value.message_dict == {"scheduled_date": [sentence]}
    job.refresh_from_db()
    assert job.scheduled_date is None


# Tasks at one place


def test_of_two_tasks_at_one_place_the_one_put_there_later_stands_first(admin: User) -> None:
    job = make_job(owner=admin)
    first, second = make_task(job=job, title="first"), make_task(job=job, title="second")
    third = make_task(job=job, title="third")
    caller = programs.program(admin)
    caller.patch(f"/tasks/{third.pk}", {"position": 1})
    titles = [task["title"] for task in caller.get(f"/jobs/{job.pk}").json()["tasks"]]
    assert titles == ["third", "first", "second"]
    # Who changes something else does not move it.
    first.refresh_from_db()
    acts.edit(first, by=admin, description="x")
    second.refresh_from_db()
    acts.progress(second, by=admin, status="completed")
    assert [task.title for task in job.tasks.all()] == ["third", "first", "second"]
    listed = caller.get("/tasks", job=job.pk, page_size=1).json()
    seen = [listed["results"][0]["title"]]
    while listed["next"]:
        listed = caller.client.get(listed["next"]).json()
        seen.append(listed["results"][0]["title"])
    assert seen == ["third", "first", "second"]
