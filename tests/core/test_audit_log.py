"""The audit log: who reads which records, by what they are found, and where they lead."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from core.database.cursors import Cursor
from core.record import act_list, audit
from core.record.audit import Door
from core.roles import RIGHTS, Role, Scope
from operations import acts
from operations.models import Equipment, Job
from people.models import User
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job, make_site, make_user

pytestmark = pytest.mark.django_db
MAY = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)
# The place of a moment that is before all time in the time zone of the office.
BEFORE_TIME = str(Cursor(["0001-01-01T00:00:00+14:00", 0, 5]))


def page(client: Client, **asked: Any) -> Any:
    return client.get(reverse("admin:audit_log"), asked)


def lines_of(response: Any) -> list[dict[str, Any]]:
    """The records that a page shows, act by act."""
    return [line for each in response.context["acts"] for line in each["lines"]]


def records(client: Client, **asked: Any) -> list[tuple[str, str, str]]:
    """The records shown: what was done, to what kind, and its name."""
    entries = [line["entry"] for line in lines_of(page(client, **asked))]
    return [(entry.action, entry.kind, entry.object_text) for entry in entries]


def csv_of(response: Any) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(text.splitlines()))


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    job = make_job(owner=sales, assigned_to=tech, site=make_site(), title="Mend the churn", tasks=1)
    acts.share(job, make_user(Role.SALES_AGENT, username="colleague"), "view", by=sales)
    return job


# Whose records


def test_admins_read_everything_on_record_the_newest_first(
    job: Job, admin: User, sign_in: Sign
) -> None:
    make_equipment(name="Ladder")
    kinds = [kind for _action, kind, _name in records(sign_in(admin))]
    assert (kinds[0], kinds[-1]) == ("equipment", "user")
    others = [kind for kind in kinds if kind != "user"]
    assert others == ["equipment", "jobshare", "task", "job", "site", "customer"]


def test_others_read_the_part_of_the_jobs_that_they_see(job: Job, sign_in: Sign) -> None:
    share, task = job.shares.get(), job.tasks.get()
    part = [
        ("created", "jobshare", share.user.name),
        ("created", "task", task.title),
        ("created", "job", job.number),
    ]
    strangers = make_user(Role.SALES_AGENT), make_user(Role.TECHNICIAN)
    people = (job.owner, job.assigned_to, share.user, *strangers)
    assert [records(sign_in(person)) for person in people] == [part, part, part, [], []]


def test_what_others_deleted_of_a_job_is_read_by_whoever_sees_the_job(
    job: Job, sales: User, other_sales: User, sign_in: Sign
) -> None:
    title = job.tasks.get().title
    job.tasks.get().delete()
    assert records(sign_in(sales))[0] == ("deleted", "task", title)
    assert records(sign_in(other_sales)) == []


def test_a_deleted_job_is_read_by_admins_alone(
    job: Job, sales: User, admin: User, sign_in: Sign
) -> None:
    number, pk = job.number, job.pk
    job.delete()
    assert records(sign_in(sales)) == []
    first = [("deleted", "job", number)]
    assert records(sign_in(admin), kind="job", object=pk)[:1] != []
    for written in (number, f"j{pk}", f"#{pk}"):
        found = [each for each in records(sign_in(admin), words=written) if each[1] == "job"]
        assert found[:1] == first


def test_who_may_read_no_records_is_refused(sign_in: Sign) -> None:
    person, group = make_user(), Group.objects.create(name="Reception")
    ours = Permission.objects.filter(content_type__app_label="operations")
    group.permissions.set(ours.filter(codename="view_customer"))
    person.groups.add(group)
    client = sign_in(User.objects.get(pk=person.pk))
    assert page(client).status_code == 403
    group.permissions.add(*ours.filter(codename="audit_customer"))
    make_customer(name="Acme")
    assert records(sign_in(User.objects.get(pk=person.pk))) == [("created", "customer", "Acme")]


# Kinds of records that stand alone


def with_permissions(*codenames: str) -> User:
    """Somebody in a group of the company's own that gives these permissions alone."""
    group = Group.objects.create(name="Reception")
    group.permissions.set(Permission.objects.filter(codename__in=codenames))
    person = make_user()
    person.set_groups([group])
    return User.objects.get(pk=person.pk)


def test_who_reads_records_of_one_kind_alone_finds_them_by_words(job: Job, sign_in: Sign) -> None:
    client = sign_in(with_permissions("audit_customer", "view_customer"))
    name = job.customer.name
    assert records(client, words=name) == [("created", "customer", name)]
    assert records(client, words=job.number) == []


def test_who_reads_records_of_tasks_alone_is_told_of_no_job(job: Job, sign_in: Sign) -> None:
    task = job.tasks.get()
    client = sign_in(with_permissions("audit_task"))
    (line,) = lines_of(page(client))
    assert (line["entry"].object_text, line["url"], line["owned"]) == (task.title, "", "")
    assert records(client, words=job.number) == []
    assert records(client, words="a") == []


def test_tasks_are_found_by_the_job_that_the_person_sees(job: Job, sign_in: Sign) -> None:
    client = sign_in(with_permissions("audit_task", "view_job"))
    assert records(client, words="churn") == [("created", "task", job.tasks.get().title)]


def test_a_kind_without_pages_of_its_own_is_read_and_leads_nowhere(
    admin: User, sign_in: Sign
) -> None:
    make_equipment(name="Ladder")
    pages = site._registry.pop(Equipment)
    try:
        client = sign_in(admin)
        (line,) = lines_of(page(client, kind="equipment"))
        assert (line["entry"].object_text, line["url"]) == ("Ladder", "")
        assert records(client, kind="equipment", words="ladder") == []
        assert client.get("/admin/search/", {"s": "ladder"}).status_code == 200
    finally:
        site._registry[Equipment] = pages


def test_of_a_kind_that_belongs_to_no_job_whoever_reads_some_rows_reads_their_records(
    sales: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    rights = {**RIGHTS["people.user"], "audit": {Role.SALES_AGENT: Scope.SELF}}
    monkeypatch.setitem(RIGHTS, "people.user", rights)  # type: ignore[arg-type]
    make_user()
    found = records(sign_in(sales), kind="user")
    assert {name for _action, _kind, name in found} == {sales.name}


# Which records


def test_records_are_chosen_by_person_day_door_and_kind(
    admin: User, sales: User, sign_in: Sign, settings: Any
) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    with audit.act(door=Door.IMPORT, by=sales, at=MAY):
        make_customer(name="Imported in May")
    with audit.act(door=Door.ADMIN, by=admin):
        make_customer(name="Typed today")
        make_equipment(name="Ladder")
    client = sign_in(admin)
    imported, typed = (
        ("created", "customer", "Imported in May"),
        ("created", "customer", "Typed today"),
    )
    assert records(client, person=sales.pk) == [imported]
    assert records(client, door="import") == [imported]
    assert records(client, kind="customer") == [typed, imported]
    assert records(client, kind="customer", person=admin.pk) == [typed]
    # Half past midnight of the fifth in Vienna.
    assert records(client, since="2026-05-05", until="2026-05-05") == [imported]
    assert records(client, until="2026-05-04") == []
    assert records(client, since="2026-05-06", kind="customer") == [typed]


@pytest.mark.parametrize("words", ["churn", "{number}", "tina"])
def test_records_of_a_job_are_found_by_what_the_job_is_found_by(
    words: str, job: Job, admin: User, sign_in: Sign
) -> None:
    make_job(owner=job.owner, title="Another")
    client = sign_in(admin)
    kinds = [kind for _a, kind, _n in records(client, words=words.format(number=job.number))]
    assert [kind for kind in kinds if kind != "user"] == ["jobshare", "task", "job"]


def test_records_are_found_by_the_name_of_their_row(admin: User, sign_in: Sign) -> None:
    with audit.act(by=admin):
        make_customer(name="Lime Dairy")
        make_equipment(name="Lime pump")
    client = sign_in(admin)
    pump, dairy = ("created", "equipment", "Lime pump"), ("created", "customer", "Lime Dairy")
    assert records(client, words="lime") == [pump, dairy]
    assert records(client, words="lime", kind="customer") == [dairy]
    assert records(client, words="nobody has this") == []


def test_words_of_what_the_person_may_not_see_find_nothing(
    job: Job, other_sales: User, sign_in: Sign
) -> None:
    client = sign_in(other_sales)
    assert [records(client, words=w) for w in ("churn", job.number)] == [[], []]
    assert records(client, kind="job", object=job.pk) == []


@pytest.mark.parametrize(
    ("asked", "field", "expected"),
    [
        ({"since": "yesterday"}, "since", "Write the date like 26 Nov 2026."),
        ({"since": "2026-05-02", "until": "2026-05-01"}, "until", "This day is before"),
        ({"until": "9999-12-31"}, "until", "Choose a day from 1900 to 2199."),
        ({"since": "0001-01-01"}, "since", "Choose a day from 1900 to 2199."),
        ({"person": "9" * 30}, "person", "Select a valid choice"),
        ({"person": "abc"}, "person", "Select a valid choice"),
        ({"door": "window"}, "door", "Select a valid choice"),
        ({"kind": "session"}, "kind", "Select a valid choice"),
        ({"object": "abc", "kind": "job"}, "object", "Nothing has this number or name."),
        ({"object": "1"}, "kind", "Choose the kind of object"),
        ({"cursor": "nonsense"}, "cursor", "This page of the list does not exist"),
        ({"cursor": BEFORE_TIME}, "cursor", "This page of the list does not exist"),
        ({"words": "\0"}, "words", "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_asked_is_told_at_its_field(
    asked: dict[str, str], field: str, expected: str, admin: User, sign_in: Sign
) -> None:
    response = page(sign_in(admin), **asked)
    assert (response.status_code, lines_of(response)) == (200, [])
    assert expected in response.context["form"].errors[field][0]
    assert expected in response.content.decode()


def test_a_kind_that_the_person_may_not_read_is_none(sales: User, sign_in: Sign) -> None:
    response = page(sign_in(sales), kind="equipment")
    assert "Select a valid choice" in response.context["form"].errors["kind"][0]


# What is shown


def test_a_record_leads_to_its_object_and_to_the_others_of_it(
    job: Job, admin: User, sign_in: Sign
) -> None:
    client, task = sign_in(admin), job.tasks.get()
    lines = {line["entry"].kind: line for line in lines_of(page(client))}
    change = reverse("admin:operations_job_change", args=[job.pk])
    assert (lines["task"]["url"], lines["job"]["url"]) == (change, change)
    assert (lines["task"]["owned"], lines["job"]["owned"]) == (job.number, "")
    assert lines["task"]["records"] == f"?kind=task&object={task.pk}"
    assert records(client, kind="task", object=task.pk) == [("created", "task", task.title)]
    whole = [kind for _action, kind, _name in records(client, kind="job", object=job.pk)]
    assert whole == ["jobshare", "task", "job"]


def test_what_is_deleted_has_no_page_but_its_records(admin: User, sign_in: Sign) -> None:
    customer = make_customer(name="Gone")
    pk = customer.pk
    customer.delete()
    lines = lines_of(page(sign_in(admin), kind="customer", object=pk))
    assert [(line["entry"].action, line["url"]) for line in lines] == [
        ("deleted", ""),
        ("created", ""),
    ]


def test_the_page_goes_on_where_the_one_before_ends(
    admin: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(act_list, "PAGE", 2)
    for number in range(3):
        make_customer(name=f"Number {number}")
    client = sign_in(admin)
    first = page(client, kind="customer")
    assert [line["entry"].object_text for line in lines_of(first)] == [
        "Number 2",
        "Number 1",
    ]
    address = reverse("admin:audit_log")
    second = client.get(address + first.context["older"])
    assert [line["entry"].object_text for line in lines_of(second)] == ["Number 0"]
    assert (second.context["older"], second.context["newest"]) == ("", "?kind=customer")


def test_nothing_found_says_what_to_do(sales: User, sign_in: Sign) -> None:
    client = sign_in(sales)
    assert "Every change will appear here." in page(client).content.decode()
    assert "No records match" in page(client, door="import").content.decode()


# Long values


def test_a_page_of_many_records_stays_small_and_each_is_shown_whole(
    admin: User, sign_in: Sign
) -> None:
    customer = make_customer(name="Wordy")
    for number in range(50):
        customer.notes = f"{number}: " + "word " * 1999
        customer.save()
    client = sign_in(admin)
    first = page(client, kind="customer")
    assert len(lines_of(first)) == 50
    assert len(first.content) < 200_000
    entry = lines_of(first)[0]["entry"]
    assert f'href="?entry={entry.id}"' in first.content.decode()
    whole = page(client, entry=entry.id)
    assert whole.context["entry"].changes[0].new_text in whole.content.decode()
    history = reverse("admin:operations_customer_history", args=[customer.pk])
    assert len(client.get(history).content) < 200_000
    assert customer.notes in client.get(history, {"entry": entry.id}).content.decode()


def test_a_record_is_shown_whole_to_whoever_reads_it_in_the_log(
    job: Job, sales: User, other_sales: User, sign_in: Sign
) -> None:
    name = f"job-{job.history.get().history_id}"
    answers = [page(sign_in(who), entry=name).status_code for who in (sales, other_sales)]
    assert answers == [200, 404]
    history = reverse("admin:operations_job_history", args=[job.pk])
    other = f"job-{make_job(owner=sales).history.get().history_id}"
    client = sign_in(sales)
    found = [client.get(history, {"entry": each}).status_code for each in (name, other, "x")]
    assert found == [200, 404, 404]
    assert client.get(history, {"entry": name}).context["back"] == history


# CSV


def test_a_reason_is_quoted_as_the_language_quotes(admin: User, sign_in: Sign) -> None:
    with audit.change_set(audit.Kind.FORM, by=admin, reason="Two rows"):
        make_customer(name="One")
        make_customer(name="Another")
    with audit.act(by=admin, reason="One row"):
        make_customer(name="Alone")
    User.objects.filter(pk=admin.pk).update(language="de")
    shown = page(sign_in(admin), kind="customer").content.decode()
    assert re.findall(r'entry-reason">([^<]*)<', shown)[:2] == ["„One row“", "„Two rows“"]


def test_csv_has_a_line_for_each_field_that_changed(
    admin: User, sign_in: Sign, settings: Any
) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    with audit.act(by=admin, door=Door.ADMIN, at=MAY):
        customer = make_customer(name="Before", phone="x;=1+1")
    with audit.act(by=admin, door=Door.ADMIN, at=MAY, reason="Renamed"):
        customer.name = "After"
        customer.save()
        pk = customer.pk
        customer.delete()
    response = page(sign_in(admin), kind="customer", format="csv")
    at, who = "2026-05-05T00:30:00+02:00", ["Adam Admin", "admin"]
    assert response["Content-Disposition"] == 'attachment; filename="audit-log.csv"'
    assert csv_of(response) == [
        ["at", "person", "door", "reason", "action", "kind", "id", "object", "field", "old", "new"],
        [at, *who, "Renamed", "deleted", "customer", str(pk), "After", "", "", ""],
        [at, *who, "Renamed", "changed", "customer", str(pk), "After", "name", "Before", "After"],
        [at, *who, "", "created", "customer", str(pk), "Before", "name", "", "Before"],
        [at, *who, "", "created", "customer", str(pk), "Before", "phone", "", "'x;'=1+1"],
        [at, *who, "", "created", "customer", str(pk), "Before", "is_active", "", "yes"],
    ]


def test_csv_holds_what_the_person_may_read_however_many_parts(
    job: Job, sales: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.backoffice.audit_log._CSV_PART", 1)
    lines = csv_of(page(sign_in(sales), format="csv"))[1:]
    assert list(dict.fromkeys(line[5] for line in lines)) == ["jobshare", "task", "job"]


@pytest.mark.parametrize(("who", "cost"), [("admin", 32), ("sales", 17), ("tech", 17)])
@pytest.mark.parametrize("rows", [1, 3])
def test_it_costs_the_same_however_many_rows(
    rows: int, who: str, cost: int, job: Job, request: pytest.FixtureRequest
) -> None:
    for _number in range(rows):
        other = make_job(owner=job.owner, assigned_to=job.assigned_to, site=make_site(), tasks=rows)
        other.title = "Changed"
        other.save()
        make_equipment()
    client = request.getfixturevalue("sign_in")(request.getfixturevalue(who))
    with request.getfixturevalue("django_assert_num_queries")(cost):
        page(client)
