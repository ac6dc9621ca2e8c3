"""Whatever a browser, a broken one or an ill-meaning one sends: it is answered at the field, what
was typed stays, and nothing of it is written. Never a fault of ours."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from operations.models import Customer, Job, Task
from people.models import User
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task
from tests.operations.pages import Fields, errors, fields, words
from tests.operations.stock import everything

HUGE = "9" * 30
REQUIRED = "This field is required."
NUL = "Null characters are not allowed."
NO_ROW = "Select a valid choice. That choice is not one of the available choices."
NO_DATE, NO_TIME = "Write the date like 26 Nov 2026.", "Write the time like 14:30."
NO_NUMBER, NO_MAIL = "Enter a whole number.", "Enter a valid e-mail address."
NEGATIVE = "Ensure this value is greater than or equal to 0."

Table = dict[str, str]


def too_long(limit: int) -> Table:
    length = limit + 1
    message = f"Ensure this value has at most {limit} characters (it has {length})."
    return {"x" * length: message}


def choice(*values: str) -> Table:
    return {v: f"Select a valid choice. {v} is not one of the available choices." for v in values}


TEXT: Table = {"a\0b": NUL, "\0": NUL}
NAME: Table = {"": REQUIRED, "  ": REQUIRED, **TEXT, **too_long(200)}
KEY: Table = {**dict.fromkeys(["abc", "99999", HUGE, "-1", "²", "<b>"], NO_ROW), "1\0": NUL}
DATE: Table = dict.fromkeys(
    ["junk", "2026-02-30", "0000-00-00", "10000-01-01", "2026-01-01\0", HUGE, "-1"], NO_DATE
)
TIME: Table = dict.fromkeys(["junk", "24:00", "25:61", "-5:00", "09:00\0", HUGE], NO_TIME)
CHOICE: Table = {"": REQUIRED, **choice("asap", "0", HUGE, "x" * 300, "low\0")}
POSITION: Table = {
    "-1": NEGATIVE,
    **dict.fromkeys(["abc", "1.5", "NaN", "1\0"], NO_NUMBER),
    HUGE: "Ensure this value is less than or equal to {most}.",
}
MAIL: Table = dict.fromkeys(["junk", "a@b@c", "<a@b.c>", "a@b.com\0", "x" * 255], NO_MAIL)
SITE: dict[str, Table] = {"name": NAME, "address": TEXT, "access_notes": TEXT}

# By form and field: what is sent, and what is said of it at the field.
FIELDS: dict[str, dict[str, Table]] = {
    "job": {
        "title": NAME,
        "description": TEXT,
        "priority": CHOICE,
        "customer": {"": REQUIRED, **KEY},
        "site": KEY,
        "scheduled_date": DATE,
        "start_time": {**TIME, "": "Give both times or neither."},
        "end_time": {**TIME, "08:00": "The end time must be after the start time."},
        "assigned_to": KEY,
        "owner": {"": REQUIRED, **KEY},
        "tasks-0-title": NAME,
        "tasks-0-description": TEXT,
        "tasks-0-position": POSITION,
        "tasks-1-title": NAME,
        "tasks-1-position": POSITION,
    },
    "customer": {
        "name": {**NAME, "tAKEN": "There is a customer of this name already."},
        "contact_name": {**TEXT, **too_long(200)},
        "phone": {**TEXT, **too_long(50)},
        "email": MAIL,
        "notes": TEXT,
        **{f"sites-{n}-{field}": table for n in (0, 1) for field, table in SITE.items()},
    },
    "site": {"customer": {"": REQUIRED, **KEY}, **SITE},
    "equipment": {
        "name": NAME,
        "serial_number": {
            "": REQUIRED,
            "TAKEN-1": "Other equipment has this serial number.",
            **TEXT,
            **too_long(100),
        },
        "kind": {"": REQUIRED, **choice("gun", "0", HUGE, "x" * 300, "tool\0")},
        "description": TEXT,
    },
}
# What a select does not offer, it cannot show.
SELECTS = {"priority", "customer", "site", "owner", "kind"}


@pytest.fixture
def browser(admin: User, sign_in: Sign) -> Client:
    return sign_in(admin)


@pytest.fixture
def pages(sales: User) -> dict[str, tuple[str, Fields]]:
    """For each form its page, and a valid edit of it with new rows."""
    site, drill = make_site(), make_equipment()
    make_customer(name="Taken")
    make_equipment(serial_number="TAKEN-1")
    job = make_job(owner=sales, site=site, title="Boiler")
    make_task(job=job, title="Open", equipment=[drill])
    task = {"position": "", "title": "Clean", "description": "", "equipment": [str(drill.pk)]}
    place = {"name": "New", "address": "Far away", "access_notes": ""}
    edits: dict[str, tuple[Any, Fields]] = {
        "job": (
            job,
            {"start_time": "09:00", "end_time": "10:00", "tasks-TOTAL_FORMS": "2"}
            | {f"tasks-1-{name}": value for name, value in task.items()},
        ),
        "customer": (
            site.customer,
            {"sites-TOTAL_FORMS": "2"} | {f"sites-1-{n}": value for n, value in place.items()},
        ),
        "site": (site, {}),
        "equipment": (drill, {}),
    }
    return {
        name: (reverse(f"admin:operations_{name}_change", args=[row.pk]), edit)
        for name, (row, edit) in edits.items()
    }


def read(browser: Client, form: str, pages: Any) -> tuple[str, Fields]:
    url, edit = pages[form]
    # The page of a job is no form, unless it is asked for.
    return url, fields(browser.get(url, {"edit": ""}), f"{form}_form") | edit


@pytest.mark.parametrize("form", FIELDS)
def test_what_cannot_be_is_told_at_its_field_and_stays_there(
    form: str, browser: Client, pages: Any
) -> None:
    url, valid = read(browser, form, pages)
    most = connection.ops.integer_field_range("PositiveIntegerField")[1]
    before = everything()
    for field, table in FIELDS[form].items():
        for value, message in table.items():
            page = browser.post(url, valid | {field: value})
            assert (page.status_code, list(errors(page))) == (200, [field]), (field, value)
            found, shown = errors(page)[field], words(page).replace("\0", "")
            assert found[0] == message.format(most=most), (field, value)
            assert [text for text in found if text.replace("\0", "") not in shown] == []
            again = fields(page, f"{form}_form")
            expected = {**valid, field: "" if field in SELECTS else value}
            assert {name: again[name] for name in valid} == expected, (field, value)
    assert everything() == before


@pytest.mark.parametrize("form", FIELDS)
def test_the_valid_edit_beside_which_all_this_is_sent_is_saved(
    form: str, browser: Client, pages: Any
) -> None:
    url, valid = read(browser, form, pages)
    assert browser.post(url, valid).status_code == 302


@pytest.mark.parametrize("form", FIELDS)
def test_a_new_row_is_refused_like_an_edited_one(form: str, browser: Client, pages: Any) -> None:
    url = reverse(f"admin:operations_{form}_add")
    empty = fields(browser.get(url), f"{form}_form")
    before = everything()
    for field, table in FIELDS[form].items():
        if field in empty and field != "owner":
            value = next(iter(table))
            page = browser.post(url, empty | {field: value})
            assert (page.status_code, field in errors(page)) == (200, True), field
    assert everything() == before


def test_equipment_that_is_none_is_told_at_the_field(browser: Client, pages: Any) -> None:
    url, valid = read(browser, "job", pages)
    cases = [
        (["abc"], "“abc” is not a valid value."),
        (["1", "abc"], "“abc” is not a valid value."),
        ([HUGE], f"“{HUGE}” is not a valid value."),
        (["-1"], "“-1” is not a valid value."),
        (["99999"], "Select a valid choice. 99999 is not one of the available choices."),
        (["1\0"], "“1\0” is not a valid value."),
    ]
    before = everything()
    for row in (0, 1):
        for sent, message in cases:
            page = browser.post(url, valid | {f"tasks-{row}-equipment": sent})
            assert errors(page) == {f"tasks-{row}-equipment": [message]}
    assert everything() == before


INCOMPLETE = "Part of this form did not arrive. Load the page again."


MISCOUNTED: list[tuple[str, str | None]] = [
    *(("TOTAL_FORMS", value) for value in (None, "", "abc", "1\0", "-1", "0", "1")),
    *(("INITIAL_FORMS", value) for value in (None, "x")),
]


@pytest.mark.parametrize(("form", "prefix"), [("job", "tasks"), ("customer", "sites")])
def test_rows_that_are_miscounted_are_not_taken(
    form: str, prefix: str, browser: Client, pages: Any
) -> None:
    url, valid = read(browser, form, pages)
    before = everything()
    for field, value in MISCOUNTED:
        sent = {**valid, f"{prefix}-{field}": value}
        page = browser.post(url, {name: value for name, value in sent.items() if value is not None})
        assert page.status_code == 200
        assert errors(page)[f"{prefix}-"] == [INCOMPLETE], (field, value)
    assert everything() == before


def test_more_rows_than_a_form_takes_are_refused(browser: Client, pages: Any) -> None:
    url, valid = read(browser, "job", pages)
    before = everything()
    page = browser.post(url, valid | {"tasks-TOTAL_FORMS": HUGE})
    assert errors(page)["tasks-"] == ["Please submit at most 500 forms."]
    assert everything() == before


def test_rows_are_known_by_their_key_however_many_are_said_to_be_old(
    browser: Client, pages: Any
) -> None:
    url, valid = read(browser, "job", pages)
    for number, initial in enumerate(["0", "-1", "1"]):
        title = f"Opened {number}"
        sent = valid | {"tasks-0-title": title, "tasks-INITIAL_FORMS": initial}
        sent = {n: v for n, v in sent.items() if not n.startswith("tasks-1")}
        sent["tasks-0-stated_version"] = str(number + 1)
        assert browser.post(url, sent | {"tasks-TOTAL_FORMS": "1"}).status_code == 302
        job = Job.objects.get()
        assert [task.title for task in job.tasks.all()] == [title]


def test_a_task_of_another_job_or_of_none_is_not_touched(
    browser: Client, pages: Any, sales: User
) -> None:
    other = make_task(job=make_job(owner=sales), title="Other")
    url, valid = read(browser, "job", pages)
    before = everything()
    for key in (str(other.pk), "99999", HUGE, "abc", "1\0", "-1"):
        page = browser.post(url, valid | {"tasks-0-id": key, "tasks-0-title": "Mine"})
        message = (
            "Somebody has deleted “Mine” in the meantime. Save again to add it back, or remove it."
        )
        assert errors(page) == {"tasks-": [message]}, key
        again = fields(page, "job_form")
        assert (again["tasks-0-title"], again["tasks-TOTAL_FORMS"]) == ("Mine", "2")
    assert everything() == before


def test_a_new_task_stands_wherever_it_was_moved_to(browser: Client, pages: Any) -> None:
    url, valid = read(browser, "job", pages)
    old = {name.removeprefix("tasks-0-"): v for name, v in valid.items() if "tasks-0-" in name}
    moved = {f"tasks-{valid['tasks-TOTAL_FORMS']}-{name}": value for name, value in old.items()}
    number = str(int(valid["tasks-TOTAL_FORMS"]) + 1)
    new = {"tasks-0-id": "", "tasks-0-title": "New", "tasks-TOTAL_FORMS": number}
    assert browser.post(url, valid | moved | new).status_code == 302
    assert Task.objects.get(pk=old["id"]).title == old["title"]
    assert Task.objects.filter(title="New").count() == 1


def test_a_task_sent_twice_is_taken_once(browser: Client, pages: Any) -> None:
    url, valid = read(browser, "job", pages)
    before = everything()
    page = browser.post(url, valid | {"tasks-1-id": valid["tasks-0-id"]})
    assert list(errors(page)) == ["tasks-"]
    assert everything() == before


def test_a_task_is_not_sent_into_another_job(browser: Client, pages: Any, sales: User) -> None:
    other = make_job(owner=sales)
    url, valid = read(browser, "job", pages)
    before = everything()
    for value in (str(other.pk), "abc", HUGE, "\0"):
        page = browser.post(url, valid | {"tasks-0-job": value})
        assert errors(page) == {
            "tasks-0-job": ["The inline value did not match the parent instance."]
        }
    assert everything() == before


@pytest.mark.parametrize("stated", ["", "abc", "-1", "0", "99", HUGE, "1\0", "1.5"])
def test_a_version_that_is_none_is_an_old_one(stated: str, browser: Client, pages: Any) -> None:
    url, valid = read(browser, "job", pages)
    before = everything()
    page = browser.post(url, valid | {"title": "Mine", "stated_version": stated})
    (message,) = errors(page)["__all__"]
    to_come = stated in {"99", HUGE}
    assert ("There is no version" if to_come else "changed this in the meantime") in message
    assert everything() == before
    again = fields(page, "job_form")
    assert (again["title"], again["stated_version"]) == ("Mine", "1")
    assert browser.post(url, again).status_code == 302
    assert Job.objects.get().title == "Mine"


def test_bytes_that_are_no_text_arrive_as_signs_for_that(browser: Client, pages: Any) -> None:
    url, valid = read(browser, "site", pages)
    assert valid["name"]
    body = f"name=%ED%A0%80&customer={valid['customer']}&stated_version=1"
    browser.post(url, body, content_type="application/x-www-form-urlencoded")
    assert Customer.objects.get(pk=valid["customer"]).sites.get().name == "\ufffd" * 3


def test_more_fields_than_any_form_has_are_not_read(browser: Client, pages: Any) -> None:
    url, _valid = read(browser, "site", pages)
    before = everything()
    body = "&".join(f"f{number}=1" for number in range(5001))
    answer = browser.post(url, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert everything() == before


# Pages


LISTS = ["job", "customer", "site", "equipment"]
ASKED: dict[str, int] = {
    # Of every list: what is not understood is passed over …
    **dict.fromkeys(["p=999999", "p=abc", "p=-1", f"p={HUGE}", "o=junk", f"o=-99.{HUGE}"], 200),
    **dict.fromkeys(["e=1", "q=%25_%5C", "q=%ED%A0%80", f"q={'x' * 5000}", "_facets=1"], 200),
    # … or sent back …
    **dict.fromkeys(["q=%00", "%00=1", "_changelist_filters=%00"], 302),
    # … or, where it asks what no filter of the list asks, refused.
    **dict.fromkeys(["nope=1", "id=1", f"id__in=1,{HUGE}", "version__gt=0"], 400),
    **dict.fromkeys(["name__regex=(", "jobs=1", "tasks__title=x", "created_at__year=0"], 400),
    **dict.fromkeys(["_to_field=title"], 400),
}
ASKED_OF_JOBS: dict[str, int] = {
    **dict.fromkeys(["attention=junk", "status__exact=junk", "priority__exact=junk"], 200),
    **dict.fromkeys(["assigned_to__id__exact=99999", "customer__id__exact=-1"], 200),
    **dict.fromkeys(["scheduled_date_from=junk", "scheduled_date_to=2026-02-30"], 302),
    "scheduled_date_from=2199-12-31&scheduled_date_to=1900-01-01": 200,
    "scheduled_date_from=9999-12-31&scheduled_date_to=0001-01-01": 302,
    **dict.fromkeys(["assigned_to__id__exact=abc", "customer__id__exact=%C2%B2"], 302),
    **dict.fromkeys(["status__exact=%00", "scheduled_date_from=%00"], 302),
    **dict.fromkeys([f"assigned_to__id__exact={HUGE}", f"customer__id__exact={HUGE}"], 400),
    **dict.fromkeys(["customer__id__in=1,2", "scheduled_date__year=0", "status__regex=("], 400),
    **dict.fromkeys(["assigned_to__password__startswith=a", "customer__notes__contains=a"], 400),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_answers_whatever_it_is_asked(name: str, browser: Client, pages: Any) -> None:
    url = reverse(f"admin:operations_{name}_changelist")
    asked = ASKED | (ASKED_OF_JOBS if name == "job" else {})
    found = {question: browser.get(f"{url}?{question}").status_code for question in asked}
    assert found == asked


@pytest.mark.parametrize("name", LISTS)
def test_a_list_deletes_no_row_that_is_named_badly(name: str, browser: Client, pages: Any) -> None:
    url = reverse(f"admin:operations_{name}_changelist")
    before = everything()
    for key in ("abc", HUGE, "-1", "1\0", ""):
        sent = {"action": "delete_selected", "_selected_action": [key], "post": "yes"}
        assert browser.post(url, sent).status_code == 400
    for sent in ({"action": "nope", "_selected_action": ["1"], "index": "0"}, {"index": "x"}):
        assert browser.post(url, sent).status_code in {200, 302, 400}
    assert everything() == before


def test_a_page_of_no_row_does_not_exist(browser: Client, pages: Any) -> None:
    for name in LISTS:
        for key in (HUGE, "abc", "%00", "_00", "-1", "0", "%ED%A0%80", "99999", "1.5"):
            for page in ("change", "history", "delete"):
                url = f"/admin/operations/{name}/{key}/{page}/"
                assert (url, browser.get(url).status_code) == (url, 404)
                assert browser.post(url, {"post": "yes"}).status_code in {404, 405}


def test_what_is_done_to_no_job_or_task_does_not_exist(browser: Client, pages: Any) -> None:
    job = Job.objects.get()
    ends = ["start", "hold", "reopen", "share", "unshare/1", "tasks/1/progress"]
    urls = [f"/admin/operations/job/{key}/{end}/" for key in (HUGE, "0", "99999") for end in ends]
    urls += [f"/admin/operations/job/{job.pk}/unshare/{key}/" for key in (HUGE, "0")]
    urls += [f"/admin/operations/job/{job.pk}/tasks/{key}/progress/" for key in (HUGE, "0")]
    before = everything()
    assert {url: browser.post(url).status_code for url in urls} == dict.fromkeys(urls, 404)
    assert everything() == before


def test_a_page_of_history_that_is_none_does_not_exist(browser: Client, pages: Any) -> None:
    url = reverse("admin:operations_job_history", args=[Job.objects.get().pk])
    for number in ("0", "-1", "abc", HUGE, "%00", "", "1.5", "10001"):
        assert browser.get(f"{url}?cursor={number}").status_code == 404


@pytest.mark.parametrize("name", LISTS)
def test_a_new_form_takes_what_a_link_proposes_or_leaves_it(
    name: str, browser: Client, pages: Any
) -> None:
    url = reverse(f"admin:operations_{name}_add")
    proposed = set(FIELDS[name]) & set(fields(browser.get(url), f"{name}_form"))
    asked = [f"{field}={value}" for field in proposed for value in ("abc", HUGE, "%00")]
    asked += ["nope=1", "_popup=1"]
    assert {browser.get(f"{url}?{question}").status_code for question in asked} == {200}
    customer = Customer.objects.first()
    assert customer is not None
    if name in {"job", "site"}:
        page = browser.get(f"{url}?customer={customer.pk}")
        assert fields(page, f"{name}_form")["customer"] == str(customer.pk)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("app_label=operations&model_name=job&field_name=customer", 200),
        (f"app_label=operations&model_name=job&field_name=customer&term={'x' * 3000}", 200),
        ("app_label=operations&model_name=job&field_name=customer&term=%ED%A0%80", 200),
        ("app_label=operations&model_name=job&field_name=customer&term=%00", 400),
        (f"app_label=operations&model_name=job&field_name=customer&page={HUGE}", 404),
        ("app_label=operations&model_name=job&field_name=customer&page=abc", 404),
        ("app_label=operations&model_name=job&field_name=customer&page=-1", 404),
        ("app_label=operations&model_name=job&field_name=title", 403),
        ("app_label=operations&model_name=job&field_name=nope", 403),
        ("app_label=operations&model_name=job&field_name=%00", 403),
        ("app_label=nope&model_name=job&field_name=customer", 403),
        ("app_label=%00&model_name=%00&field_name=%00", 403),
        ("", 403),
    ],
)
def test_a_field_that_offers_rows_answers_whatever_it_is_asked(
    question: str, answer: int, browser: Client, pages: Any
) -> None:
    assert browser.get(f"/admin/autocomplete/?{question}").status_code == answer
