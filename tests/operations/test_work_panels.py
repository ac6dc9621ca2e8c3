"""The jobs and tasks on the page of a customer, of equipment and of a person; and in the lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from core.backoffice.panels import Panel
from core.record import audit
from core.roles import Role
from operations import acts, worklists
from operations.models import Customer, Equipment
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task, make_user
from tests.operations.pages import words
from tests.programs import program

Queries = Callable[[int], Any]
pytestmark = pytest.mark.django_db
DAY = date(2199, 1, 1)
CUSTOMERS = reverse("admin:operations_customer_changelist")
EQUIPMENT = reverse("admin:operations_equipment_changelist")
PEOPLE = reverse("admin:people_user_changelist")


def url_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def panels(browser: Client, row: Any) -> dict[str, Panel]:
    shown = browser.get(url_of(row)).context["panels"]
    return {str(panel.title): panel for panel in shown}


def marked(text: Any) -> str:
    """A text with a line for each blank at which it does not break."""
    return str(text).replace("\N{NO-BREAK SPACE}", "_")


def titles(panel: Panel) -> list[str]:
    return [str(line.title) for line in panel.lines]


def listed(browser: Client, url: str) -> list[Any]:
    return list(browser.get(url).context["cl"].result_list)


@pytest.fixture
def baker() -> Customer:
    return make_customer(name="Baker", contact_name="Ann", phone="+43 (1) 23-4", email="a@b.at")


@pytest.fixture
def drill() -> Equipment:
    return make_equipment(name="Drill", serial_number="D-1")


# Customers


def test_the_page_of_a_customer_shows_open_jobs_by_day_and_past_jobs_latest_first(
    baker: Customer, admin: User, sign_in: Sign
) -> None:
    for title, day in (("Later", DAY + timedelta(1)), ("Unscheduled", None), ("First", DAY)):
        make_job(owner=admin, customer=baker, title=title, scheduled_date=day)
    for title in ("Old", "New"):
        acting.cancel(make_job(owner=admin, customer=baker, title=title), by=admin, reason="x")
    make_job(owner=admin, title="Of somebody else")
    shown = panels(sign_in(admin), baker)
    assert titles(shown["Open jobs"]) == ["First", "Later", "Unscheduled"]
    assert titles(shown["Past jobs"]) == ["New", "Old"]


def test_a_line_says_what_the_job_is_and_leads_to_it(
    baker: Customer, admin: User, tech: User, sign_in: Sign
) -> None:
    job = make_job(
        owner=admin, customer=baker, assigned_to=tech, title="Pump", scheduled_date=date(2020, 1, 2)
    )
    (line,) = panels(sign_in(admin), baker)["Open jobs"].lines
    assert (line.url, line.title) == (url_of(job), "Pump")
    assert marked(line.meta) == f"{job.number} · Thu_2_Jan_2020 · Tina Tech"
    assert line.badges == [("overdue", "Overdue"), ("pending", "Pending")]


def test_a_line_names_site_and_times(admin: User, sign_in: Sign) -> None:
    job = make_job(
        owner=admin,
        site=make_site(name="Mill", customer=make_customer(name="Baker")),
        scheduled_date=DAY,
        start_time=time(8),
        end_time=time(9, 30),
    )
    (line,) = panels(sign_in(admin), job.customer)["Open jobs"].lines
    assert marked(line.meta) == f"{job.number} · Mill · Tue_1_Jan_2199, 08:00–09:30 · unassigned"
    (line,) = panels(sign_in(admin), admin)["Open jobs owned"].lines
    assert (
        marked(line.meta)
        == f"{job.number} · Baker, Mill · Tue_1_Jan_2199, 08:00–09:30 · unassigned"
    )
    assert line.badges == [("pending", "Pending")]


def test_beyond_five_a_link_leads_to_exactly_the_jobs_behind(
    baker: Customer, admin: User, sign_in: Sign
) -> None:
    make_job(owner=admin)
    jobs = [make_job(owner=admin, customer=baker) for _ in range(7)]
    acting.cancel(jobs[0], by=admin, reason="x")
    browser = sign_in(admin)
    shown = panels(browser, baker)
    behind, whole = shown["Open jobs"].more, shown["Past jobs"].more
    assert behind is not None
    assert whole is not None
    assert len(shown["Open jobs"].lines) == 5
    assert {job.pk for job in listed(browser, behind.url)} == {job.pk for job in jobs[1:]}
    assert {job.pk for job in listed(browser, whole.url)} == {job.pk for job in jobs}
    acting.cancel(jobs[1], by=admin, reason="x")
    assert panels(browser, baker)["Open jobs"].more is None


def test_everybody_is_shown_the_jobs_that_they_may_see(
    *, baker: Customer, admin: User, sales: User, other_sales: User, tech: User, sign_in: Sign
) -> None:
    make_job(owner=sales, assigned_to=tech, customer=baker, title="Known")
    make_job(owner=other_sales, customer=baker, title="Secret")
    shown = [
        sorted(titles(panels(sign_in(person), baker)["Open jobs"]))
        for person in (admin, sales, tech)
    ]
    assert shown == [["Known", "Secret"], ["Known"], ["Known"]]
    numbers = [
        [row.open_jobs for row in listed(sign_in(person), CUSTOMERS)]
        for person in (admin, sales, tech)
    ]
    assert numbers == [[2], [1], [1]]


def test_who_may_begins_a_job_for_the_customer_from_their_page(
    baker: Customer, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    make_job(owner=sales, assigned_to=tech, customer=baker)

    def offered(person: User) -> list[str]:
        return [link.url for link in panels(sign_in(person), baker)["Open jobs"].actions]

    new = f"/admin/operations/job/add/?customer={baker.pk}"
    assert [offered(person) for person in (admin, sales, tech)] == [[new], [new], []]
    page = sign_in(sales).get(new)
    assert page.context["adminform"].form.initial["customer"] == str(baker.pk)
    baker.is_active = False
    baker.save()
    assert offered(admin) == []


def test_a_customer_is_called_and_written_to_from_page_and_list(
    baker: Customer, admin: User, sign_in: Sign
) -> None:
    make_customer(name="Smith", phone="ask Ann")
    browser = sign_in(admin)
    page, rows = browser.get(url_of(baker)), browser.get(CUSTOMERS)
    call = '<a href="tel:+431234">+43 (1) 23-4</a>'
    assert [call in shown.content.decode() for shown in (page, rows)] == [True, True]
    assert '<a href="mailto:a@b.at">a@b.at</a>' in page.content.decode()
    assert "Smith – ask Ann" in words(rows)


def test_the_list_of_customers_counts_open_jobs_and_leads_to_them(
    baker: Customer, admin: User, sign_in: Sign
) -> None:
    make_customer(name="Idle")
    jobs = [make_job(owner=admin, customer=baker) for _ in range(3)]
    acting.cancel(jobs[0], by=admin, reason="x")
    browser = sign_in(admin)
    assert [row.open_jobs for row in listed(browser, CUSTOMERS)] == [2, 0]
    url = f"/admin/operations/job/?customer__id__exact={baker.pk}&attention=open"
    assert f'<a href="{url.replace("&", "&amp;")}">2</a>' in browser.get(CUSTOMERS).content.decode()
    assert {job.pk for job in listed(browser, url)} == {job.pk for job in jobs[1:]}


# Equipment


def test_the_page_of_equipment_shows_what_needs_it_next_and_what_used_it(
    drill: Equipment, admin: User, sign_in: Sign
) -> None:
    later = make_job(owner=admin, scheduled_date=DAY + timedelta(1))
    first = make_job(owner=admin, scheduled_date=DAY, customer=make_customer(name="Baker"))
    late = make_job(owner=admin, scheduled_date=date(2020, 1, 1))
    for job, title in ((later, "Later"), (first, "First"), (late, "Late")):
        make_task(job=job, title=title, equipment=[drill])
    make_task(job=first, title="Without it")
    called_off = make_job(owner=admin)
    make_task(job=called_off, title="Called off", equipment=[drill])
    acting.cancel(called_off, by=admin, reason="x")
    for title, day in (("Before", 1), ("Yesterday", 2)):
        done = make_task(job=later, title=title, equipment=[drill])
        at = datetime(2021, 1, day, 12, tzinfo=UTC)
        acts.progress(done, by=admin, status="completed", at=at)
    shown = panels(sign_in(admin), drill)
    assert titles(shown["Needed for"]) == ["Late", "First", "Later"]
    assert titles(shown["Used for"]) == ["Yesterday", "Before"]
    assert marked(shown["Needed for"].lines[1].meta) == f"{first.number} · Baker · Tue_1_Jan_2199"
    used = marked(shown["Used for"].lines[0].meta)
    assert used == f"{later.number} · {later.customer} · done Sat_2_Jan_2021"
    link = '<a href="{}">{}</a>, {}'
    assert [(name, marked(value)) for name, value in shown["Use"].facts] == [
        ("next job", link.format(url_of(first), first.number, "Tue_1_Jan_2199")),
        ("last use", link.format(url_of(later), later.number, "Sat_2_Jan_2021")),
    ]


def test_equipment_that_nobody_needs_says_so(drill: Equipment, admin: User, sign_in: Sign) -> None:
    shown = panels(sign_in(admin), drill)
    assert (list(shown["Use"].facts), shown["Needed for"].lines, shown["Needed for"].more) == (
        [("next job", ""), ("last use", "")],
        [],
        None,
    )
    page = sign_in(admin).get(f"/admin/operations/equipment/{drill.pk}/use/")
    assert "No task that you can see uses it." in words(page)


def test_the_next_job_is_the_same_at_every_door_and_its_steps_stand_in_their_order(
    drill: Equipment, admin: User, sign_in: Sign
) -> None:
    """Of two that begin together, the one that was entered first."""
    first, second = (
        make_job(owner=admin, scheduled_date=DAY, start_time=time(9), end_time=time(10))
        for _ in range(2)
    )
    early = make_job(owner=admin, scheduled_date=DAY, start_time=time(8), end_time=time(9))
    make_task(job=second, title="Of the second", equipment=[drill])
    make_task(job=first, title="Last step", position=2, equipment=[drill])
    make_task(job=first, title="First step", position=1, equipment=[drill])
    acting.cancel(early, by=admin, reason="x")
    assert program(admin).get(f"/equipment/{drill.pk}/usage").json()["next_job"]["id"] == first.pk
    browser = sign_in(admin)
    shown = panels(browser, drill)
    assert first.number in str(dict(shown["Use"].facts)["next job"])
    order = ["First step", "Last step", "Of the second"]
    assert titles(shown["Needed for"]) == order
    page = browser.get(f"/admin/operations/equipment/{drill.pk}/use/")
    assert [str(line.title) for line in page.context["lines"]] == order
    acting.reopen(early, by=admin, reason="y")
    make_task(job=early, title="Before all", equipment=[drill])
    page = browser.get(f"/admin/operations/equipment/{drill.pk}/use/")
    assert [str(line.title) for line in page.context["lines"]] == ["Before all", *order]


def test_nobody_learns_from_equipment_of_jobs_that_they_may_not_see(
    drill: Equipment, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    job = make_job(owner=admin, title="Secret job", scheduled_date=DAY)
    task = make_task(job=job, title="Secret task", equipment=[drill])
    make_task(job=job, title="Secret step", equipment=[drill])
    acts.progress(task, by=admin, status="completed")
    for person, seen in ((admin, True), (sales, False), (tech, False)):
        browser = sign_in(person)
        pages = [url_of(drill), f"/admin/operations/equipment/{drill.pk}/use/"]
        shown = ["Secret" in browser.get(page).content.decode() for page in pages]
        assert shown == [seen, seen]


def test_all_tasks_of_equipment_stand_on_pages_open_ones_first(
    drill: Equipment, admin: User, sign_in: Sign
) -> None:
    job = make_job(owner=admin, scheduled_date=DAY)
    tasks = [make_task(job=job, title=f"T{n}", equipment=[drill]) for n in range(52)]
    acts.progress(tasks[0], by=admin, status="completed")
    called_off = make_job(owner=admin)
    make_task(job=called_off, title="Called off", equipment=[drill])
    acting.cancel(called_off, by=admin, reason="x")
    browser = sign_in(admin)
    shown = panels(browser, drill)["Needed for"]
    assert shown.more is not None
    assert len(shown.lines) == 5
    first = browser.get(shown.more.url)
    assert (len(first.context["lines"]), first.context["newer"]) == (50, None)
    second = browser.get(f"{shown.more.url}{first.context['older']}")
    assert [line.title for line in second.context["lines"][1:]] == ["T0", "Called off"]
    assert second.context["older"] is None
    newer = browser.get(f"{shown.more.url}{second.context['newer']}")
    assert newer.context["lines"] == first.context["lines"]
    assert "← Previous page" in words(second)


@pytest.mark.parametrize("number", ["0", "x", "10001", "9" * 5000, "-1", "1\0"])
def test_a_page_of_tasks_that_there_is_not_is_not_found(
    number: str, drill: Equipment, admin: User, sign_in: Sign
) -> None:
    url = f"/admin/operations/equipment/{drill.pk}/use/"
    assert sign_in(admin).get(url, {"cursor": number}).status_code == 404


@pytest.mark.parametrize("key", [0, 2**63, "9" * 400])
def test_the_use_of_equipment_that_there_is_not_is_not_found(
    key: Any, admin: User, sign_in: Sign
) -> None:
    assert sign_in(admin).get(f"/admin/operations/equipment/{key}/use/").status_code == 404


# People


def test_the_page_of_a_person_shows_the_open_jobs_that_the_reader_sees(
    admin: User, sales: User, other_sales: User, tech: User, sign_in: Sign
) -> None:
    make_job(owner=sales, assigned_to=tech, title="Known")
    make_job(owner=other_sales, assigned_to=tech, title="Secret")
    acting.cancel(make_job(owner=sales, assigned_to=tech, title="Done"), by=admin, reason="x")
    shown = [
        sorted(titles(panels(sign_in(person), tech)["Open jobs assigned"]))
        for person in (admin, sales, tech)
    ]
    assert shown == [["Known", "Secret"], ["Known"], ["Known", "Secret"]]
    assert titles(panels(sign_in(admin), sales)["Open jobs owned"]) == ["Known"]


def test_a_panel_stands_for_what_the_role_gives_and_for_what_is_left_of_an_old_one(
    admin: User, tech: User, sign_in: Sign
) -> None:
    browser = sign_in(admin)
    make_job(owner=admin, assigned_to=tech)
    assert list(panels(browser, tech)) == ["Open jobs assigned"]
    tech.set_roles([Role.SALES_AGENT])
    assert list(panels(browser, tech)) == ["Open jobs assigned", "Open jobs owned"]
    assert list(panels(browser, admin)) == ["Open jobs owned"]
    assert list(panels(browser, make_user())) == []


def test_the_list_of_people_shows_admins_the_work_of_each(
    admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    today = audit.today()
    monday = today - timedelta(days=today.weekday())
    sunday = monday + timedelta(days=6)
    for day in (monday, sunday, monday - timedelta(days=1), sunday + timedelta(days=1)):
        make_job(owner=sales, assigned_to=tech, scheduled_date=day, tasks=2)
    done = make_job(owner=sales, assigned_to=tech, scheduled_date=monday)
    acting.complete(done, by=admin)
    acting.cancel(
        make_job(owner=sales, assigned_to=tech, scheduled_date=monday), by=admin, reason="x"
    )
    browser = sign_in(admin)
    shown = words(browser.get(PEOPLE))
    assert "Tina Tech tina Technician – 2 jobs, 4 tasks 4 assigned" in shown
    assert "Sara Sales sara Sales agent – – 4 owned" in shown
    url = f"/admin/operations/job/?assigned_to__id__exact={tech.pk}&attention=open"
    assert len(listed(browser, url)) == 4
    week = f"/admin/operations/job/?assigned_to__id__exact={tech.pk}&attention=week"
    assert week.replace("&", "&amp;") in browser.get(PEOPLE).content.decode()
    assert len(listed(browser, week)) == worklists.count(admin)["week"] == 2
    assert "4 assigned" not in words(sign_in(sales).get(PEOPLE))


# What it costs


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("who", "cost"), [("admin", 9), ("sales", 10), ("tech", 10)])
def test_the_page_of_equipment_costs_the_same_however_much_it_is_used(
    who: str,
    cost: int,
    rows: int,
    *,
    drill: Equipment,
    request: Any,
    django_assert_num_queries: Any,
) -> None:
    make_work(drill, rows, request)
    browser = request.getfixturevalue("sign_in")(request.getfixturevalue(who))
    with django_assert_num_queries(cost):
        assert len(panels(browser, drill)["Needed for"].lines) == rows


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("who", "cost"), [("admin", 6), ("sales", 7), ("tech", 7)])
def test_the_use_of_equipment_costs_the_same_however_much_it_is_used(
    who: str,
    cost: int,
    rows: int,
    *,
    drill: Equipment,
    request: Any,
    django_assert_num_queries: Any,
) -> None:
    make_work(drill, rows, request)
    browser = request.getfixturevalue("sign_in")(request.getfixturevalue(who))
    with django_assert_num_queries(cost):
        page = browser.get(f"/admin/operations/equipment/{drill.pk}/use/")
        assert len(page.context["lines"]) == 2 * rows


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("who", "cost"), [("admin", 12), ("sales", 10), ("tech", 10)])
def test_the_page_of_a_person_costs_the_same_however_many_jobs_they_have(
    who: str,
    cost: int,
    rows: int,
    *,
    drill: Equipment,
    request: Any,
    django_assert_num_queries: Any,
) -> None:
    make_work(drill, rows, request)
    browser = request.getfixturevalue("sign_in")(request.getfixturevalue(who))
    tech = request.getfixturevalue("tech")
    with django_assert_num_queries(cost):
        assert len(panels(browser, tech)["Open jobs assigned"].lines) == rows


def make_work(item: Equipment, rows: int, request: Any) -> None:
    """Jobs of the sales agent and the technician, with a task that is open and one that is done."""
    sales, tech = (request.getfixturevalue(who) for who in ("sales", "tech"))
    ContentType.objects.get_for_models(User, Equipment)  # Read once, by whoever comes first.
    for _ in range(rows):
        job = make_job(owner=sales, assigned_to=tech, scheduled_date=DAY)
        make_task(job=job, equipment=[item])
        acts.progress(make_task(job=job, equipment=[item]), by=tech, status="completed")
