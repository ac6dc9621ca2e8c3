"""Export in the back office: from each list, what it shows; and what is asked before."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from core.export_files import ExportChoice, ExportFile
from core.exports import writing
from core.imports.reading import opened
from core.record import audit
from core.roles import Role
from operations.models import Job
from operations.worklists import ALL, WORKLISTS
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job, make_site, make_user

DAY = date(2030, 1, 2)
LISTS = {
    "customers": "operations/customer",
    "sites": "operations/site",
    "equipment": "operations/equipment",
    "people": "people/user",
    "jobs": "operations/job",
}


def page(client: Client, kind: str, query: str = "") -> Any:
    return client.get(f"/admin/export/{kind}/?{query}")


def taken(client: Client, kind: str, query: str = "", **typed: Any) -> Any:
    """Send the page as it stands, but for what is typed."""
    form = page(client, kind, query).context["form"]
    initial = {name: form[name].initial for name in form.fields}
    return client.post(f"/admin/export/{kind}/?{query}", {**initial, **typed})


def lines(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def read(form: str, content: bytes) -> Any:
    """The rows of a file of any form, by column."""
    if form == "json":
        return json.loads(content)
    table = opened(io.BytesIO(content), f"file.{form}")
    return [dict(record.cells) for record in table.records()]


def first_cells(answer: Any) -> list[str]:
    return [line[0] for line in lines(answer)[1:]]


def shown(client: Client, query: str) -> list[str]:
    cl = client.get(f"/admin/operations/job/?{query}").context["cl"]
    return [job.number for job in cl.result_list]


# From the list


@pytest.mark.django_db
@pytest.mark.parametrize("kind", LISTS)
def test_every_list_leads_to_its_export_as_it_stands(
    kind: str, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    make_job(owner=sales, assigned_to=tech, site=make_site())
    link = re.compile(rf'href="(/admin/export/{kind}/[^"]*)"')
    for person in (admin, sales):
        answer = sign_in(person).get(f"/admin/{LISTS[kind]}/?q=mill&o=1&p=1")
        assert link.findall(answer.content.decode()) == [f"/admin/export/{kind}/?q=mill&amp;o=1"]
    content = sign_in(tech).get(f"/admin/{LISTS[kind]}/").content.decode()
    assert "/admin/export/" not in content
    assert "export_selected" not in content


@pytest.mark.django_db
def test_a_list_in_a_window_to_choose_from_leads_to_no_export(admin: User, sign_in: Sign) -> None:
    content = sign_in(admin).get("/admin/operations/customer/?_popup=1").content.decode()
    assert "/admin/export/customers/" not in content


@pytest.mark.django_db
def test_the_list_of_groups_has_no_export(root: User, sign_in: Sign) -> None:
    assert b"/admin/export/" not in sign_in(root).get("/admin/auth/group/").content.replace(
        b"/admin/exports/", b""
    )


@pytest.mark.django_db
def test_ticked_rows_alone_are_taken_out_and_none_of_others(
    sales: User, other_sales: User, sign_in: Sign
) -> None:
    mine, other = (make_job(owner=sales) for _ in range(2))
    foreign = make_job(owner=other_sales)
    client = sign_in(sales)
    ticked = {"action": "export_selected", "_selected_action": [mine.pk, foreign.pk]}
    answer = client.post("/admin/operations/job/?attention=open&p=1", ticked)
    assert answer["Location"] == f"/admin/export/jobs/?attention=open&keys={mine.pk},{foreign.pk}"
    assert page(client, "jobs", answer["Location"].partition("?")[2]).context["ticked"]
    assert first_cells(taken(client, "jobs", f"keys={mine.pk},{foreign.pk}")) == [mine.number]
    assert first_cells(taken(client, "jobs", f"keys={foreign.pk}")) == []
    assert set(first_cells(taken(client, "jobs"))) == {mine.number, other.number}


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["attention=all", "attention=all&status__exact=pending"])
def test_ticked_rows_of_the_list_as_the_sidebar_opens_it_are_taken_out(
    query: str, admin: User, sign_in: Sign
) -> None:
    job, _other, client = make_job(owner=admin), make_job(owner=admin), sign_in(admin)
    ticked = {"action": "export_selected", "_selected_action": [job.pk]}
    answer = client.post(f"/admin/operations/job/?{query}", ticked, follow=True)
    assert (answer.status_code, answer.context["ticked"]) == (200, 1)
    assert first_cells(taken(client, "jobs", f"{query}&keys={job.pk}")) == [job.number]


@pytest.mark.django_db
@pytest.mark.parametrize("name", [*WORKLISTS, ALL])
def test_every_worklist_can_be_taken_out(
    name: str, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    client, query = sign_in(admin), f"attention={name}"
    for jobs_made in range(2):
        listed = shown(client, query)
        assert first_cells(taken(client, "jobs", query)) == listed
        if not jobs_made:
            assert listed == []
            jobs_of_every_worklist(by=admin, owner=sales, tech=tech)
    assert listed
    assert (len(listed) == Job.objects.count()) is (name == ALL)


def jobs_of_every_worklist(*, by: User, owner: User, tech: User) -> None:
    """Some job is in each of them."""
    today = audit.today()
    for days in (-1, 0, 1, None):
        day = None if days is None else today + timedelta(days)
        make_job(owner=owner, scheduled_date=day, assigned_to=tech)
    make_job(owner=owner)
    gone = make_user(Role.TECHNICIAN)
    make_job(owner=owner, assigned_to=gone)
    acting.deactivate(gone, by=by)
    started, held, reopened, done = (
        make_job(owner=owner, scheduled_date=today, assigned_to=tech) for _ in range(4)
    )
    acting.start(started, by=by)
    acting.hold(held, by=by, reason="x")
    acting.complete(reopened, by=by, at=audit.now() - timedelta(hours=1))
    acting.reopen(reopened, by=by, reason="x")
    acting.complete(done, by=by)
    week = timedelta(days=7)
    # On time and late, last week; late this week.
    for late, ago in ((timedelta(), week), (week, week), (week, timedelta())):
        job = make_job(owner=owner, scheduled_date=today - ago - late, assigned_to=tech)
        acting.complete(job, by=by, at=audit.now() - ago)


@pytest.mark.django_db
def test_all_that_the_list_shows_may_be_ticked_at_once(admin: User, sign_in: Sign) -> None:
    client, customer = sign_in(admin), make_customer()
    ticked = {
        "action": "export_selected",
        "_selected_action": [customer.pk],
        "select_across": "1",
    }
    answer = client.post("/admin/operations/customer/?is_active__exact=1", ticked)
    assert answer["Location"] == "/admin/export/customers/?is_active__exact=1"
    answer = client.post("/admin/operations/customer/", ticked)
    assert answer["Location"] == "/admin/export/customers/"


# What is taken out


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "",
        "o=1",
        "o=-1",
        "o=7.-1",
        "q=pump",
        "status__exact=in_progress",
        "priority__exact=high&o=1",
        "attention=open",
        "attention=today",
        "scheduled_date_from=2030-01-02",
        "scheduled_date_from=2030-01-02&scheduled_date_to=2030-01-02",
    ],
)
def test_the_file_holds_what_the_list_shows_in_its_order(
    query: str, admin: User, sales: User, sign_in: Sign
) -> None:
    for number, title in enumerate(("Pump", "Boiler", "Pump room", "Lift")):
        job = make_job(
            owner=sales,
            title=title,
            priority=("low", "urgent", "high", "high")[number],
            scheduled_date=(DAY, None, date(2030, 1, 3), DAY)[number],
        )
        if number % 2:
            acting.start(job, by=admin)
    for person in (admin, sales):
        client = sign_in(person)
        assert first_cells(taken(client, "jobs", query)) == shown(client, query)


@pytest.mark.django_db
def test_tasks_are_those_of_the_jobs_that_the_list_shows(
    sales: User, other_sales: User, sign_in: Sign
) -> None:
    wanted, other = (make_job(owner=sales, tasks=2, title=title) for title in ("Pump", "Lift"))
    make_job(owner=other_sales, tasks=1, title="Pump")
    client = sign_in(sales)
    asked = page(client, "jobs", "q=pump")
    assert [(kind.name, url) for kind, url in asked.context["kinds"]] == [
        ("jobs", "/admin/export/jobs/?q=pump"),
        ("tasks", "/admin/export/tasks/?q=pump"),
    ]
    assert "Tasks of these jobs" in asked.content.decode()
    assert first_cells(taken(client, "tasks", "q=pump")) == [wanted.number] * 2
    assert first_cells(taken(client, "tasks", f"keys={other.pk}")) == [other.number] * 2
    assert page(client, "tasks", "q=pump").context["back"] == "/admin/operations/job/?q=pump"


@pytest.mark.django_db
def test_a_sales_agent_takes_no_address_of_people_along(sales: User, sign_in: Sign) -> None:
    client = sign_in(sales)
    answer = taken(client, "people", format="json", columns=["first_name"])
    assert b"".join(answer.streaming_content) == b'[\n{"first_name": "Sara"}\n]\n'
    refused = taken(client, "people", columns=["email"])
    assert refused.context["form"].errors.keys() == {"columns"}


@pytest.mark.django_db
def test_a_technician_has_no_export(tech: User, admin: User, sign_in: Sign) -> None:
    client = sign_in(tech)
    make_job(owner=admin, assigned_to=tech)
    paths = [f"export/{kind}/" for kind in (*LISTS, "tasks")] + ["exports/"]
    assert [client.get(f"/admin/{path}").status_code for path in paths] == [403] * 7
    assert [client.post(f"/admin/{path}").status_code for path in paths[:6]] == [403] * 6


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "keys=x",
        f"keys={'1,' * 501}",
        "keys=1e3",
        "nothing=1",
        "scheduled_date_from=soon",
        "scheduled_date_from=0001-01-01",
        "attention=nonsense",
        "status__exact=a&status__exact=b",
        "status=a%00b",
        "customer__id__exact=x",
        "customer=999999",
        "status=nope",
        "status__exact=nope",
        "assigned_to__isnull=nope",
        "o=nope",
        "q=ab",
    ],
)
def test_an_address_that_no_list_understands_takes_nothing_out(
    query: str, admin: User, sign_in: Sign
) -> None:
    client = sign_in(admin)
    assert page(client, "jobs", query).status_code == 400
    assert client.post(f"/admin/export/jobs/?{query}").status_code == 400


@pytest.mark.django_db
def test_the_page_says_what_the_list_cannot_be_asked(admin: User, sign_in: Sign) -> None:
    answer = page(sign_in(admin), "jobs", "priority__exact=low&status__exact=nope")
    assert "The list does not understand this: status__exact=nope" in answer.content.decode()


@pytest.mark.django_db
def test_there_is_no_export_of_what_is_no_kind(admin: User, sign_in: Sign) -> None:
    client = sign_in(admin)
    assert page(client, "nothing").status_code == 404
    assert client.put("/admin/export/jobs/").status_code == 405


# How


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("form", "content_type"),
    [
        ("csv", "text/csv; charset=utf-8"),
        ("json", "application/json"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_a_file_has_a_name_of_its_kind_and_day_and_holds_what_is_listed(
    form: str, content_type: str, admin: User, sign_in: Sign
) -> None:
    make_equipment(name="Drill", serial_number="SN-1")
    answer = taken(sign_in(admin), "equipment", format=form, columns=["serial_number", "name"])
    assert answer["Content-Type"] == content_type
    name = rf'attachment; filename="equipment-\d{{4}}-\d\d-\d\d\.{form}"'
    assert re.fullmatch(name, answer["Content-Disposition"])
    rows = read(form, b"".join(answer.streaming_content))
    assert rows == [{"serial_number": "SN-1", "name": "Drill"}]


@pytest.mark.django_db
def test_what_somebody_chose_is_offered_to_them_the_next_time(
    admin: User, sales: User, sign_in: Sign
) -> None:
    client = sign_in(admin)
    make_customer(name="Mill", phone="1")
    answer = taken(client, "customers", format="json", columns=["phone", "name"])
    assert b"".join(answer.streaming_content) == b'[\n{"name": "Mill", "phone": "1"}\n]\n'
    initial = page(client, "customers").context["form"].initial
    assert initial == {"format": "json", "columns": ["name", "phone"]}
    assert page(client, "sites").context["form"].initial["format"] == "csv"
    others = page(sign_in(sales), "customers").context["form"].initial
    assert others["columns"] == ["name", "contact_name", "email", "phone", "notes", "is_active"]
    # All of them is what comes later, too.
    taken(client, "customers", columns=others["columns"])
    assert [row.columns for row in ExportChoice.objects.all()] == [[]]
    assert str(ExportChoice.objects.get()) == "Adam Admin: customers"


@pytest.mark.django_db
def test_a_file_without_columns_or_of_no_form_is_refused(admin: User, sign_in: Sign) -> None:
    client = sign_in(admin)
    answer = taken(client, "customers", columns=[], format="pdf")
    assert answer.context["form"].errors == {
        "format": ["Select a valid choice. pdf is not one of the available choices."],
        "columns": ["Choose at least one column."],
    }
    assert "Choose at least one column." in answer.content.decode()
    assert not ExportChoice.objects.exists()


@pytest.mark.django_db
def test_the_page_counts_up_to_a_thousand_rows(
    admin: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.backoffice.exports._COUNTED", 2)
    client = sign_in(admin)
    counted = []
    for _each in range(3):
        make_equipment()
        counted.append(page(client, "equipment").context["counted"])
    assert counted == ["1", "2", "2+"]


@pytest.mark.django_db
def test_many_rows_are_written_in_the_background(
    admin: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.backoffice.exports.AT_ONCE", 2)
    client = sign_in(admin)
    for _each in range(2):
        make_equipment(name="Saw")
    make_equipment(name="Drill")
    assert len(first_cells(taken(client, "equipment", "q=saw"))) == 2
    answer = taken(client, "equipment", "o=1", format="xlsx", columns=["name"])
    row = ExportFile.objects.get()
    assert answer["Location"] == f"/admin/exports/{row.pk}/"
    assert (row.person, row.kind, row.query, row.keys) == (admin, "equipment", "o=1", [])
    assert (row.columns, row.format, row.state) == (["name"], "xlsx", "waiting")
    assert writing.AT_ONCE == 5000


@pytest.mark.django_db
def test_a_form_that_is_sent_three_times_has_one_file_written(
    admin: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.backoffice.exports.AT_ONCE", 0)
    client = sign_in(admin)
    make_equipment(name="Saw")
    for page, form in (
        ("/admin/export/equipment/", {"format": "csv", "columns": ["name"]}),
        ("/admin/exports/", {}),
    ):
        once = client.get(page).context["once"]
        path = page if form else "/admin/exports/everything/"
        answers = {client.post(path, {**form, "once": once})["Location"] for _ in range(3)}
        row = ExportFile.objects.get()
        assert answers == {f"/admin/exports/{row.pk}/"}
        # Removed meanwhile, it says so; a new page means a new file.
        row.delete()
        shown = client.post(path, {**form, "once": once}, follow=True)
        assert "This was already saved, and has been deleted since." in shown.content.decode()
        assert ExportFile.objects.count() == 0
        assert f'name="once" value="{once}"' not in client.get(page).content.decode()
        assert 'name="once"' in client.get(page).content.decode()


# What it costs


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["jobs", "tasks"])
def test_the_page_and_the_file_take_the_same_statements_for_one_row_and_three(
    kind: str,
    sales: User,
    sign_in: Sign,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = sign_in(sales)
    columns = {"format": "csv", "columns": ["title"]}
    client.post(f"/admin/export/{kind}/", columns)
    for _turn in range(2):
        make_job(owner=sales, site=make_site(), tasks=1)
        page(client, kind)
        with django_assert_num_queries(6):
            page(client, kind)
        with django_assert_num_queries(11):
            first_cells(client.post(f"/admin/export/{kind}/", columns))
        make_job(owner=sales, site=make_site(), tasks=1)
