"""What the back office shows of jobs: the list, the start page and the timeline, to each person
what they may see, in words, and at the same cost however many rows there are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from core.record import audit
from core.record.audit import Door
from core.roles import Role
from operations import acts
from operations.models import Job, Task
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
from tests.operations.pages import words

pytestmark = pytest.mark.django_db

S = Job.Status
LIST = reverse("admin:operations_job_changelist")
HOME = reverse("admin:index")
Queries = Callable[[int], Any]


def url_of(job: Job, page: str = "change") -> str:
    return reverse(f"admin:operations_job_{page}", args=[job.pk])


def listed(browser: Client, question: str = "") -> list[str]:
    """The titles that the list shows, in its order."""
    page = browser.get(f"{LIST}?{question}", follow=True)
    return [job.title for job in page.context["cl"].result_list]


# The list


def test_the_list_tells_of_each_job_what_a_person_asks_first(
    admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    site = make_site(name="Mill", customer=make_customer(name="Baker"))
    job = make_job(
        owner=sales,
        title="Boiler",
        site=site,
        assigned_to=tech,
        priority="urgent",
        scheduled_date=date(2020, 5, 4),
        start_time=time(9),
        end_time=time(10, 30),
    )
    acts.progress(make_task(job=job), by=tech, status="completed")
    make_task(job=job)
    page = sign_in(admin).get(LIST)
    shown = words(page)
    heads = "Number Title Customer and site When Technician Status Priority Tasks"
    assert [head for head in heads.split() if head not in shown] == []
    sentence = f"{job.number} Boiler Baker Mill Mon 4 May 2020 09:00–10:30 Tina Tech"
    assert sentence in shown
    assert "In progress · overdue Urgent 1/2" in shown


def test_the_list_tells_what_a_job_does_not_have(admin: User, sales: User, sign_in: Sign) -> None:
    job = make_job(owner=sales, title="Bare", customer=make_customer(name="Baker"))
    later = make_job(owner=sales, title="Later", scheduled_date=date(2099, 5, 4))
    shown = words(sign_in(admin).get(LIST))
    assert f"{job.number} Bare Baker Unscheduled – Pending Medium –" in shown
    assert f"{later.number} Later {later.customer} Mon 4 May 2099 – Pending Medium –" in shown


def test_each_person_sees_their_jobs(
    *, admin: User, sales: User, other_sales: User, tech: User, other_tech: User, sign_in: Sign
) -> None:
    make_job(owner=sales, title="Theirs", assigned_to=tech)
    shared = make_job(owner=sales, title="Shared")
    make_job(owner=other_sales, title="Other")
    acts.share(shared, other_sales, "view", by=sales)
    acts.share(shared, tech, "progress", by=sales)
    assert listed(sign_in(admin)) == ["Other", "Shared", "Theirs"]
    assert listed(sign_in(sales)) == ["Shared", "Theirs"]
    assert listed(sign_in(other_sales)) == ["Other", "Shared"]
    assert listed(sign_in(tech)) == ["Shared", "Theirs"]
    assert listed(sign_in(other_tech)) == []


@pytest.fixture
def jobs(admin: User, sales: User, tech: User, other_tech: User) -> dict[str, Job]:
    """Five jobs that differ in everything a list is filtered by."""
    mill = make_site(name="Mill", customer=make_customer(name="Baker & Sons"))
    day = audit.today()
    made = {
        "Boiler": make_job(
            owner=sales, title="Boiler", site=mill, assigned_to=tech, scheduled_date=day
        ),
        "Late": make_job(owner=sales, title="Late", scheduled_date=day - timedelta(days=3)),
        "Held": make_job(owner=sales, title="Held", assigned_to=other_tech, priority="urgent"),
        "Done": make_job(owner=sales, title="Done", assigned_to=tech, scheduled_date=day),
        "Off": make_job(owner=sales, title="Off", priority="low"),
    }
    acting.hold(made["Held"], by=admin, reason="waits for parts")
    acting.complete(made["Done"], by=admin)
    acting.cancel(made["Off"], by=sales, reason="no longer wanted")
    acting.deactivate(other_tech, by=admin)
    return made


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{number}", ["Boiler"]),
        ("boil", ["Boiler"]),
        ("BAKER", ["Boiler"]),
        ("sons", ["Boiler"]),
        ("mill", ["Boiler"]),
        ("Tina", ["Done", "Boiler"]),
        ("tech done", ["Done"]),
        ("Theo Third", ["Held"]),
        ("theo", ["Held"]),
        ("nothing of the kind", []),
        ("%%%", []),
    ],
)
def test_the_list_finds_a_job_by_what_people_know_of_it(
    text: str, found: list[str], jobs: dict[str, Job], admin: User, sign_in: Sign
) -> None:
    text = text.format(number=jobs["Boiler"].number)
    assert sorted(listed(sign_in(admin), f"q={text}")) == sorted(found)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("attention=open", ["Held", "Late", "Boiler"]),
        ("attention=overdue", ["Late"]),
        ("attention=unassigned", ["Late"]),
        ("attention=unscheduled", ["Held"]),
        ("attention=someone", ["Held"]),
        ("status__exact=pending", ["Late", "Boiler"]),
        ("status__exact=completed", ["Done"]),
        ("status__exact=cancelled", ["Off"]),
        ("priority__exact=urgent", ["Held"]),
        ("assigned_to__id__exact={tech}", ["Done", "Boiler"]),
        ("customer__id__exact={customer}", ["Boiler"]),
        ("scheduled_date_from={today}", ["Done", "Boiler"]),
        ("scheduled_date_to={today}", ["Done", "Late", "Boiler"]),
        ("scheduled_date_from={today}&scheduled_date_to={today}", ["Done", "Boiler"]),
        ("attention=open&assigned_to__id__exact={tech}", ["Boiler"]),
        ("status__exact=lost", []),
        # What is no date or no choice of a filter filters nothing.
        ("scheduled_date_from=junk", ["Off", "Done", "Held", "Late", "Boiler"]),
        ("attention=junk", ["Off", "Done", "Held", "Late", "Boiler"]),
    ],
)
def test_the_list_is_filtered(
    question: str, found: list[str], *, jobs: dict[str, Job], admin: User, tech: User, sign_in: Sign
) -> None:
    named = {"tech": tech.pk, "customer": jobs["Boiler"].customer_id, "today": audit.today()}
    assert sorted(listed(sign_in(admin), question.format(**named))) == sorted(found)


def test_only_who_can_hand_jobs_over_is_offered_those_that_need_someone(
    jobs: dict[str, Job], admin: User, sales: User, sign_in: Sign
) -> None:
    def offered(person: User) -> bool:
        return "Needs someone" in words(sign_in(person).get(LIST))

    assert (offered(admin), offered(sales)) == (True, False)


def test_the_list_is_ordered_by_number_newest_first_and_by_what_is_clicked(
    jobs: dict[str, Job], admin: User, sign_in: Sign
) -> None:
    browser = sign_in(admin)
    by_number = ["Boiler", "Late", "Held", "Done", "Off"]
    assert listed(browser) == by_number[::-1]
    assert listed(browser, "o=1") == by_number
    assert listed(browser, "o=-1") == by_number[::-1]
    statuses = [Job.objects.get(title=title).status for title in listed(browser, "o=6")]
    assert statuses == sorted(statuses)


def test_the_list_is_ordered_by_day(jobs: dict[str, Job], admin: User, sign_in: Sign) -> None:
    dated = [t for t in listed(sign_in(admin), "o=4") if jobs[t].scheduled_date]
    assert dated[0] == "Late"
    assert listed(sign_in(admin), "o=-4&attention=open&scheduled_date_to=2199-12-31") == [
        "Boiler",
        "Late",
    ]


def test_the_list_by_when_goes_by_time_within_a_day_and_has_what_has_no_day_last(
    admin: User, sign_in: Sign
) -> None:
    day = date(2030, 1, 1)
    for title, hour in (("any time", None), ("at ten", 10), ("at eight", 8)):
        end = time(hour + 1) if hour else None
        make_job(
            owner=admin,
            title=title,
            scheduled_date=day,
            start_time=time(hour) if hour else None,
            end_time=end,
        )
    make_job(owner=admin, title="unscheduled")
    make_job(owner=admin, title="later", scheduled_date=date(2030, 1, 2))
    browser = sign_in(admin)
    by_day = ["at eight", "at ten", "any time", "later"]
    assert listed(browser, "o=4") == [*by_day, "unscheduled"]
    assert listed(browser, "o=-4") == [*by_day[::-1], "unscheduled"]
    period = "scheduled_date_from=2030-01-01"
    assert listed(browser, f"o=4&{period}") == by_day
    assert listed(browser, f"o=-4&{period}") == by_day[::-1]


def test_the_list_has_pages(admin: User, sales: User, sign_in: Sign) -> None:
    customer = make_customer()
    for number in range(51):
        make_job(owner=sales, title=f"Job {number:02}", customer=customer)
    browser = sign_in(admin)
    assert (len(listed(browser)), listed(browser, "p=2")) == (50, ["Job 00"])


# The start page


def home(browser: Client) -> dict[str, list[str]]:
    """The lists of the start page, by what stands above them."""
    page = browser.get(HOME)
    lists = page.context["lists"]
    return {str(of["worklist"].title): [job.title for job in of["jobs"]] for of in lists}


def test_the_start_page_shows_each_person_what_needs_them(
    jobs: dict[str, Job], *, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    tomorrow = audit.today() + timedelta(days=1)
    make_job(owner=sales, title="Soon", assigned_to=tech, scheduled_date=tomorrow)
    assert home(sign_in(admin)) == {
        "Overdue": ["Late"],
        "Today": ["Boiler"],
        "Unassigned": ["Late"],
        "Needs someone": ["Held"],
        "On hold": ["Held"],
    }
    assert home(sign_in(sales)) == {
        "Overdue": ["Late"],
        "Unassigned": ["Late"],
        "Today": ["Boiler"],
        "On hold": ["Held"],
        "Next": ["Soon"],
    }
    assert home(sign_in(tech)) == {"Overdue": [], "Today": ["Boiler"], "Next": ["Soon"]}


def test_each_list_and_each_number_of_the_start_page_leads_to_its_jobs(
    jobs: dict[str, Job], admin: User, sales: User, sign_in: Sign
) -> None:
    for browser in (sign_in(admin), sign_in(sales)):
        shown = browser.get(HOME).context
        for of in shown["lists"]:
            titles = {job.title for job in of["jobs"]}
            page = browser.get(of["worklist"].url)
            assert {job.title for job in page.context["cl"].result_list} >= titles
        for tile in shown["tiles"]:
            page = browser.get(tile["worklist"].url)
            assert str(len(page.context["cl"].result_list)) == tile["count"]
    text = words(sign_in(admin).get(HOME))
    for each in ("Boiler", jobs["Boiler"].number, "Baker & Sons, Mill", "Tina Tech", "New job"):
        assert each in text


@pytest.mark.parametrize(
    ("who", "expected", "adds"),
    [
        ("tech", "Jobs assigned to you will appear here.", False),
        ("sales", "Add a job and give it a day and a technician: it will appear here.", True),
    ],
)
def test_the_start_page_of_somebody_without_work_says_what_to_do(
    who: str, expected: str, *, adds: bool, request: Any, sign_in: Sign
) -> None:
    shown = words(sign_in(request.getfixturevalue(who)).get(HOME))
    assert "Nothing is waiting for you" in shown
    assert expected in shown
    assert ("New job" in shown) == adds


def test_the_jobs_of_today_do_not_repeat_the_day_on_the_start_page(
    admin: User, sales: User, sign_in: Sign
) -> None:
    customer, at = make_customer(name="Baker"), {"start_time": time(9), "end_time": time(10)}
    make_job(owner=sales, title="Now", customer=customer, scheduled_date=audit.today(), **at)
    make_job(owner=sales, title="Any", customer=customer, scheduled_date=audit.today())
    (lines,) = re.findall("Today (Now .*) Unassigned", words(sign_in(admin).get("/admin/")))
    assert re.sub("J-[0-9]+", "J", lines) == (
        "Now Pending J · Baker · 09:00–10:00 Any Pending J · Baker"
    )


def test_a_day_does_not_break_in_the_lists_of_the_start_page(
    admin: User, sales: User, sign_in: Sign
) -> None:
    make_job(owner=sales, scheduled_date=date(2020, 1, 1))
    page = sign_in(admin).get(HOME).content.decode()
    assert re.findall("Wed.1.Jan", page) == ["Wed\N{NO-BREAK SPACE}1\N{NO-BREAK SPACE}Jan"] * 2


def test_a_long_description_does_not_push_the_tasks_out_of_sight(
    sales: User, sign_in: Sign
) -> None:
    for length, is_long in ((1000, False), (1001, True)):
        job = make_job(owner=sales, description="x" * length)
        page = sign_in(sales).get(f"/admin/operations/job/{job.pk}/change/").content.decode()
        assert ("data-long" in page) is is_long


def test_the_start_page_shows_six_of_a_kind_and_leads_to_the_rest(
    tech: User, sales: User, sign_in: Sign
) -> None:
    for number in range(7):
        make_job(
            owner=sales, title=f"Work {number}", assigned_to=tech, scheduled_date=date(2020, 1, 1)
        )
    shown = words(sign_in(tech).get(HOME))
    assert (shown.count("J-"), shown.count("All: Overdue")) == (6, 1)
    assert "No open job takes place today." in shown


# The timeline


def entries(page: HttpResponse) -> list[Any]:
    return [
        (e.person, e.door_text, e.reason, e.action, e.object_text)
        for e in page.context["page"].entries
    ]


def test_the_timeline_of_a_job_tells_who_did_what_why_and_through_which_door(
    sales: User, tech: User, admin: User, sign_in: Sign
) -> None:
    drill = make_equipment(name="Drill", serial_number="D-1")
    with audit.act(door=Door.IMPORT):
        job = make_job(owner=sales, title="Boiler")
    with audit.act(by=sales, door=Door.ADMIN):
        task = make_task(job=job, title="Clean", equipment=[drill])
        acts.assign(job, tech, by=sales)
        acts.share(job, admin, "view", by=sales)
        task.delete()
    with audit.act(door=Door.API):
        acting.hold(job, by=tech, reason="waits for parts")
    page = sign_in(sales).get(url_of(job, "history"))
    assert entries(page) == [
        ("Tina Tech", "API", "waits for parts", "changed", job.number),
        ("Sara Sales", "back office", "", "deleted", "Clean"),
        ("Sara Sales", "back office", "", "created", "Adam Admin"),
        ("Sara Sales", "back office", "", "changed", job.number),
        ("Sara Sales", "back office", "", "created", "Clean"),
        ("Sara Sales", "import", "", "created", job.number),
    ]
    shown = words(page)
    assert f"Tina Tech changed job {job.number}" in shown
    assert "API “waits for parts” Status Pending → On hold" in shown
    assert "Technician – → Tina Tech" in shown
    assert "Sara Sales created task Clean" in shown
    assert "Required equipment Drill (D-1)" in shown
    assert "Sara Sales deleted task Clean" in shown
    assert "Sara Sales created share Adam Admin" in shown
    assert "Level View" in shown


def test_the_timeline_has_pages_the_newest_first(sales: User, sign_in: Sign) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with audit.act(at=start):
        job = make_job(owner=sales)
    for number in range(50):
        with audit.act(at=start + timedelta(hours=number + 1)):
            job.title = f"Title {number}"
            job.save()
    browser = sign_in(sales)
    first = browser.get(url_of(job, "history"))
    last = browser.get(f"{url_of(job, 'history')}?cursor={first.context['page'].older}")
    assert (len(entries(first)), len(entries(last))) == (50, 1)
    assert "Title 48 → Title 49" in words(first)
    assert ("Older →" in words(first), "← Newer" in words(first)) == (True, False)
    assert ("Older →" in words(last), "← Newer" in words(last)) == (False, True)
    assert entries(last)[0][3] == "created"


def test_the_timeline_is_for_whoever_sees_the_job(
    *, sales: User, tech: User, other_sales: User, other_tech: User, sign_in: Sign
) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    acts.share(job, other_sales, "view", by=sales)
    people = (sales, tech, other_sales, other_tech)
    answers = [sign_in(who).get(url_of(job, "history")).status_code for who in people]
    assert answers == [200, 200, 200, 404]


# What pages say


EVIL = "<script>alert(1)</script>"


def test_whatever_people_type_is_shown_as_they_typed_it(
    *, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    site = make_site(name=EVIL, customer=make_customer(name=f"C {EVIL}"), address=EVIL)
    job = make_job(owner=sales, title=EVIL, description=EVIL, site=site, assigned_to=tech)
    drill = make_equipment(name=EVIL, serial_number=EVIL)
    task = make_task(job=job, title=EVIL, description=EVIL, equipment=[drill])
    acts.progress(task, by=tech, note=EVIL)
    job.refresh_from_db()
    job.scheduled_date = audit.today()
    job.save()
    acting.hold(job, by=tech, reason=EVIL)
    nasty = make_user(Role.TECHNICIAN, first_name=EVIL, last_name="")
    acts.share(job, nasty, "view", by=sales)
    office, field = sign_in(admin), sign_in(tech)
    progress = reverse("admin:operations_job_progress", args=[job.pk, task.pk])
    pages = {
        "list": office.get(LIST),
        "form": office.get(url_of(job)),
        "panel": field.get(url_of(job)),
        "timeline": office.get(url_of(job, "history")),
        "home": office.get(HOME),
        "dialog": office.get(url_of(job, "cancel")),
        "dialog in place": office.get(url_of(job, "cancel"), headers={"HX-Request": "true"}),
        "share": office.get(url_of(job, "share")),
        "delete": office.get(url_of(job, "delete")),
        "message": field.post(url_of(job, "resume"), follow=True),
        "note kept": field.post(progress, {"note": EVIL, "version": "x"}, follow=True),
        "customer": office.get(
            reverse("admin:operations_customer_change", args=[site.customer_id])
        ),
        "customers": office.get(reverse("admin:operations_customer_changelist")),
        "equipment": office.get(reverse("admin:operations_equipment_changelist")),
        "reason kept": office.post(url_of(job, "cancel"), {"reason": EVIL * 100}),
    }
    for name, page in pages.items():
        html = page.content.decode()
        assert (name, EVIL in html, "&lt;script&gt;" in html) == (name, False, True)
        assert (name, EVIL in words(page), "&lt;" in words(page)) == (name, True, False)


COMPLETED_IN_SENTENCES = (
    *("completed the job", "Jobs completed", "jobs completed", "entered completed"),
    *("or completed", "and completed", "was completed"),
)


def test_pages_speak_words_and_say_in_which_language(
    jobs: dict[str, Job], *, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    job = jobs["Boiler"]
    acting.start(job, by=tech)
    acts.progress(make_task(job=job), by=tech, status="in_progress")
    pages = [LIST, HOME, url_of(job), url_of(job, "history"), url_of(jobs["Done"])]
    for person in (admin, sales, tech):
        browser = sign_in(person)
        for url in pages:
            page = browser.get(url)
            assert '<html lang="en"' in page.content.decode()
            raw = ["in_progress", "on_hold", "None", "_job", "operations.", "{{", "{%", "%("]
            raw += [f" {value} " for value in [*S.values, *Job.Priority.values]]
            shown = words(page)
            for meant in COMPLETED_IN_SENTENCES:
                shown = shown.replace(meant, "")
            assert [shown[shown.index(t) - 40 :][:80] for t in raw if t in shown] == []


# What pages cost


def fill(owner: User, tech: User, rows: int, *, tasks: int) -> Job:
    """So many jobs of every kind, each with tasks that need equipment, and a share."""
    for _ in range(rows):
        job = make_job(
            owner=owner, assigned_to=tech, site=make_site(), scheduled_date=date(2020, 1, 1)
        )
        make_job(owner=owner)
        acts.share(job, make_user(Role.TECHNICIAN), "view", by=owner)
        for _ in range(tasks):
            make_task(job=job, equipment=[make_equipment(), make_equipment()])
    return job


def happen(job: Job, events: int) -> None:
    """So many acts: each changes the job, its first task with what it needs, and its share."""
    task, share = job.tasks.all()[0], job.shares.get()
    for number in range(events):
        with audit.change_set(audit.Kind.FORM):
            job.title = task.title = f"Title {number}"
            job.save()
            task.save_requiring([make_equipment()])
            acts.share(job, share.user, "view" if number % 2 else "progress", by=job.owner)


COSTS = {
    ("list", "admin"): 5,
    ("list", "sales"): 6,
    ("list", "tech"): 6,
    # With the filter that is kept.
    ("search", "sales"): 9,
    ("filtered", "admin"): 10,
    ("home", "admin"): 18,
    ("home", "sales"): 14,
    ("home", "tech"): 7,
    ("add", "sales"): 5,
    ("add", "admin"): 5,
}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("name", "who"), COSTS)
def test_a_page_costs_the_same_however_many_jobs_there_are(
    name: str, who: str, rows: int, *, request: Any, django_assert_num_queries: Queries
) -> None:
    sales, tech = request.getfixturevalue("sales"), request.getfixturevalue("tech")
    fill(sales, tech, rows, tasks=1)
    browser = request.getfixturevalue("sign_in")(request.getfixturevalue(who))
    url = {
        "list": LIST,
        "search": f"{LIST}?q=job",
        "filtered": f"{LIST}?attention=open&assigned_to__id__exact={tech.pk}",
        "home": HOME,
        "add": reverse("admin:operations_job_add"),
    }[name]
    # PostgreSQL is asked first which words hold what is typed.
    words = name == "search" and connection.vendor == "postgresql"
    with django_assert_num_queries(COSTS[name, who] + words):
        assert browser.get(url).status_code == 200


@pytest.mark.parametrize("tasks", [1, 10])
@pytest.mark.parametrize("events", [1, 30])
@pytest.mark.parametrize(("who", "cost"), [("admin", 20), ("sales", 20), ("tech", 21)])
def test_the_page_of_a_job_costs_the_same_however_many_tasks_and_events_it_has(
    who: str,
    cost: int,
    events: int,
    tasks: int,
    *,
    request: Any,
    django_assert_num_queries: Queries,
) -> None:
    sales, tech = request.getfixturevalue("sales"), request.getfixturevalue("tech")
    job = fill(sales, tech, 1, tasks=tasks)
    happen(job, events)
    browser = request.getfixturevalue("sign_in")(request.getfixturevalue(who))
    with django_assert_num_queries(cost):
        page = browser.get(url_of(job))
    assert len(page.context["timeline"].events) == min(10, events + tasks + 2)


@pytest.mark.parametrize("tasks", [1, 10])
@pytest.mark.parametrize(("who", "cost"), [("admin", 14), ("sales", 17)])
def test_the_form_of_a_job_costs_the_same_however_many_tasks_it_has(
    who: str, cost: int, tasks: int, *, request: Any, django_assert_num_queries: Queries
) -> None:
    sales, tech = request.getfixturevalue("sales"), request.getfixturevalue("tech")
    job = fill(sales, tech, 1, tasks=tasks)
    browser = request.getfixturevalue("sign_in")(request.getfixturevalue(who))
    with django_assert_num_queries(cost):
        page = browser.get(f"{url_of(job)}?edit=title")
    assert page.context["asked"] == "title"


@pytest.mark.parametrize("changes", [1, 30])
@pytest.mark.parametrize(("who", "cost"), [("admin", 17), ("sales", 19), ("tech", 19)])
def test_the_timeline_costs_the_same_however_much_happened(
    who: str, cost: int, changes: int, *, request: Any, django_assert_num_queries: Queries
) -> None:
    sales, tech = request.getfixturevalue("sales"), request.getfixturevalue("tech")
    job = fill(sales, tech, 1, tasks=1)
    task = Task.objects.get()
    for number in range(changes):
        task.title = f"Title {number}"
        task.save_requiring([make_equipment()])
    browser = request.getfixturevalue("sign_in")(request.getfixturevalue(who))
    with django_assert_num_queries(cost):
        assert browser.get(url_of(job, "history")).status_code == 200
