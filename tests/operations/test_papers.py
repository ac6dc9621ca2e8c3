"""Papers of jobs: sheets, of a job or of a day, and the report for the customer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from core.record import audit
from operations import acts
from operations.models import Job
from operations.pages import papers
from people import company
from people.models import User
from tests import acting, pdf
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    """A job of today on which all is said that can be."""
    customer = make_customer(
        name="Harbour Hotel", contact_name="Vera Vault", phone="+43 1 555", notes="Pays late."
    )
    site = make_site(
        customer=customer, name="Main house", address="1 Quay\nVienna", access_notes="Gate 4711"
    )
    made: Job = make_job(
        owner=sales,
        assigned_to=tech,
        customer=customer,
        site=site,
        title="Mend the pump",
        description="Charge them extra.",
        priority="urgent",
        scheduled_date=audit.today(),
        start_time="08:00",
        end_time="09:30",
    )
    drill = make_equipment(name="Drill", serial_number="SN-77")
    first = make_task(job=made, title="Open it", description="Mind the lid.", equipment=[drill])
    make_task(job=made, title="Close it")
    acts.progress(first, by=tech, status="completed", note="Seal replaced.")
    return made


def text_of(browser: Client, name: str, job: Job) -> str:
    """What a page says, blanks of any kind as one."""
    answer: Any = browser.get(reverse(f"admin:operations_job_{name}", args=[job.pk]))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_job_sheet_says_what_a_technician_needs(job: Job, tech: User, sign_in: Sign) -> None:
    page = text_of(sign_in(tech), "sheet", job)
    for text in (
        *(job.number, "Mend the pump", "Harbour Hotel", "Vera Vault", "+43 1 555"),
        *("Main house", "1 Quay<br>Vienna", "Gate 4711", "08:00–09:30", "Tina Tech", "Sara Sales"),
        *("Charge them extra.", "1. Open it", "2. Close it", "Mind the lid.", "Drill", "SN-77"),
        *("Seal replaced.", "Urgent priority", "Date, signature of the customer"),
        'href="https://www.openstreetmap.org/search?query=1%20Quay%20Vienna"',
        f"<bdi>{settings.SITE_URL}/admin/operations/job/{job.pk}/change/</bdi>",
    ):
        assert text in page, text
    assert page.index("1. Open it") < page.index("2. Close it")
    assert "Pays late." not in page


def test_the_code_of_a_sheet_is_the_absolute_address_of_the_job(job: Job) -> None:
    import segno

    sheet = papers._read(job)
    address = f"{settings.SITE_URL}/admin/operations/job/{job.pk}/change/"
    assert sheet.url == address
    drawn = segno.make(address, error="m", micro=False)
    assert sheet.code == drawn.svg_inline(omitsize=True, border=0)


def test_a_service_report_says_what_was_done_and_nothing_internal(
    job: Job, admin: User, sign_in: Sign
) -> None:
    page = text_of(sign_in(admin), "report", job).partition("<main>")[2]
    for text in (
        *(job.number, "Mend the pump", "Harbour Hotel", "Main house", "1 Quay<br>Vienna"),
        *("Open it", "Tina Tech", "Drill", "SN-77", "Seal replaced.", "What was done"),
    ):
        assert text in page, text
    assert page.index("Not done yet") < page.index("Close it")
    for internal in (
        *("Charge them extra.", "Mind the lid.", "Gate 4711", "Pays late.", "Urgent"),
        *("Sara Sales", "+43 1 555", "/admin/"),
    ):
        assert internal not in page, internal


def test_a_report_of_a_job_without_tasks_says_whether_it_is_done(
    sales: User, tech: User, sign_in: Sign
) -> None:
    empty = make_job(owner=sales, assigned_to=tech)
    browser = sign_in(tech)
    assert "Nothing has been done yet." in text_of(browser, "report", empty)
    assert "This job has no tasks." in text_of(browser, "sheet", empty)
    acting.complete(empty, by=tech)
    assert "The job is completed. It had no tasks." in text_of(browser, "report", empty)


def test_a_paper_has_the_letterhead_of_the_company(
    job: Job, admin: User, tech: User, sign_in: Sign
) -> None:
    wanted = "once they are filled in on the"
    assert wanted in text_of(sign_in(admin), "report", job)
    assert wanted not in text_of(sign_in(tech), "report", job)
    row = company.company()
    row.name, row.address = "Acme <Service>", "Dock 4\nVienna"
    company.describe(row, by=admin, logo=company.Picture(b"\x89PNG", "image/png"))
    page = text_of(sign_in(admin), "report", job)
    assert wanted not in page
    assert "Acme &lt;Service&gt;</strong>" in page
    assert "Dock 4<br>Vienna" in page
    assert 'src="data:image/png;base64,iVBORw=="' in page


@pytest.mark.parametrize("name", ["sheet", "sheet_pdf", "report", "report_pdf"])
def test_whoever_does_not_see_the_job_sees_no_paper_of_it(
    name: str, job: Job, other_sales: User, other_tech: User, sign_in: Sign
) -> None:
    for user in (other_sales, other_tech):
        address = reverse(f"admin:operations_job_{name}", args=[job.pk])
        assert sign_in(user).get(address).status_code == 404
    far = reverse(f"admin:operations_job_{name}", args=[2**63])
    assert sign_in(other_tech).get(far).status_code == 404


@pdf.needs_pango
def test_the_pdfs_say_what_the_pages_say(job: Job, tech: User, sign_in: Sign) -> None:
    browser = sign_in(tech)
    for name, text in (("sheet", "Gate 4711"), ("report", "Seal replaced.")):
        answer = browser.get(reverse(f"admin:operations_job_{name}_pdf", args=[job.pk]))
        (page,) = pdf.pages(answer)
        assert "Mend the pump" in page
        assert text in page
        assert "Page 1 of 1" in page


@pdf.needs_pango
def test_no_task_is_cut_by_a_page_and_each_page_has_the_head(
    job: Job, tech: User, sign_in: Sign
) -> None:
    for number in range(40):
        make_task(job=job, title=f"First line of {number} x", description="Last line.\n" * 3)
    answer = sign_in(tech).get(reverse("admin:operations_job_sheet_pdf", args=[job.pk]))
    pages = [page for page in pdf.pages(answer) if "First line" in page]
    assert len(pages) > 2
    for page in pages:
        assert "Done Task Equipment" in page
        assert page.count("Last line.") == 3 * page.count("First line of")


# A day


def day(browser: Client, name: str = "day", **asked: Any) -> Any:
    return browser.get(reverse(f"admin:operations_job_{name}"), asked)


def test_a_day_is_its_jobs_in_order_each_on_a_page_of_its_own(
    sales: User, tech: User, other_tech: User, admin: User, sign_in: Sign
) -> None:
    today = audit.today()
    times = {"start_time": "10:00", "end_time": "11:00"}
    any_time = make_job(owner=sales, assigned_to=tech, scheduled_date=today)
    late = make_job(owner=sales, assigned_to=tech, scheduled_date=today, **times)
    early = make_job(
        owner=sales, assigned_to=tech, scheduled_date=today, start_time="08:00", end_time="09:00"
    )
    shared = make_job(owner=sales, scheduled_date=today)
    acts.share(shared, tech, by=sales, level="progress")
    seen = make_job(owner=sales, scheduled_date=today)
    acts.share(seen, tech, by=sales, level="view")
    off = make_job(owner=sales, assigned_to=tech, scheduled_date=today)
    acting.cancel(off, by=sales, reason="No.")
    make_job(owner=sales, assigned_to=tech, scheduled_date=today + timedelta(days=1))
    make_job(owner=sales, assigned_to=other_tech, scheduled_date=today)
    own = day(sign_in(tech))
    expected = [early.pk, late.pk, any_time.pk, shared.pk]
    assert [each.job.pk for each in own.context["sheets"]] == expected
    asked = day(sign_in(admin), technician=tech.pk, day=today.isoformat())
    assert [each.job.pk for each in asked.context["sheets"]] == expected
    assert "4 jobs" in own.content.decode()
    assert f'href="{reverse("my-day")}">← Back' in own.content.decode()
    assert "assigned_to__id__exact=" in asked.content.decode()
    if not pdf.papers.missing():
        pages = pdf.pages(day(sign_in(tech), "day_pdf"))
        assert [early.number in pages[0], late.number in pages[1], len(pages)] == [True, True, 4]


def test_of_a_day_everybody_sees_the_jobs_that_they_see(
    sales: User, other_sales: User, tech: User, other_tech: User, sign_in: Sign
) -> None:
    today = audit.today()
    mine = make_job(owner=sales, assigned_to=tech, scheduled_date=today)
    theirs = make_job(owner=other_sales, assigned_to=tech, scheduled_date=today)
    for user, jobs in ((sales, [mine]), (other_sales, [theirs]), (other_tech, [])):
        answer = day(sign_in(user), technician=tech.pk)
        assert [each.job.pk for each in answer.context["sheets"]] == [job.pk for job in jobs]
    assert "No job that you can see is planned for this day." in answer.content.decode()


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"technician": "x"}, 404),
        ({"technician": "999999"}, 404),
        ({"day": "soon"}, 400),
        ({"day": "1899-12-31"}, 400),
        ({"day": "1900-01-01"}, 200),
        ({"day": "2199-12-31"}, 200),
    ],
)
def test_a_day_of_nobody_or_of_no_day_is_refused(
    asked: dict[str, str], status: int, tech: User, sign_in: Sign
) -> None:
    assert day(sign_in(tech), **asked).status_code == status


def test_a_day_of_very_many_jobs_says_that_it_is_cut(
    sales: User, tech: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "MOST", 2)
    for _each in range(3):
        make_job(owner=sales, assigned_to=tech, scheduled_date=audit.today())
    answer = day(sign_in(tech))
    assert len(answer.context["sheets"]) == 2
    assert "These are the first 2 jobs of the day" in answer.content.decode()


@pytest.mark.parametrize("number", [2, 20])
def test_a_day_costs_ten_queries_however_many_jobs_it_has(
    number: int,
    sales: User,
    tech: User,
    sign_in: Sign,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _each in range(number):
        job = make_job(
            owner=sales, assigned_to=tech, scheduled_date=audit.today(), site=make_site(), tasks=2
        )
        task = job.tasks.first()
        task.equipment.add(make_equipment())
        acts.progress(task, by=tech, status="completed")
    browser = sign_in(tech)
    day(browser)
    with django_assert_num_queries(10):
        day(browser)


def test_a_sheet_and_a_report_cost_nine_queries(
    job: Job, tech: User, sign_in: Sign, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = sign_in(tech)
    for name in ("sheet", "report"):
        text_of(browser, name, job)
        with django_assert_num_queries(9):
            text_of(browser, name, job)


# The ways there


def test_papers_are_reached_from_the_job_from_my_day_and_from_the_list_of_a_day(
    job: Job, tech: User, sales: User, sign_in: Sign
) -> None:
    browser, today = sign_in(sales), audit.today()
    page = browser.get(reverse("admin:operations_job_change", args=[job.pk])).content.decode()
    sheets = f"/admin/operations/job/day/?technician={tech.pk}&amp;day={today}"
    for address in (
        f"/admin/operations/job/{job.pk}/sheet/",
        f"/admin/operations/job/{job.pk}/report/",
        sheets,
    ):
        assert f'href="{address}"' in page
    mine = sign_in(tech).get(reverse("my-day")).content.decode()
    assert 'href="/admin/operations/job/day/"' in mine
    asked = {
        "assigned_to__id__exact": tech.pk,
        "scheduled_date_from": today,
        "scheduled_date_to": today,
    }
    jobs = reverse("admin:operations_job_changelist")
    assert f'href="{sheets}"' in browser.get(jobs, asked).content.decode()
    asked["scheduled_date_to"] = today + timedelta(days=1)
    assert "Job sheets of this day" not in browser.get(jobs, asked).content.decode()


def test_a_job_without_a_day_or_a_technician_leads_to_no_day(sales: User, sign_in: Sign) -> None:
    job = make_job(owner=sales)
    page = sign_in(sales).get(reverse("admin:operations_job_change", args=[job.pk]))
    assert [button.name for button in page.context["head"].menu][:3] == ["sheet", "report", "share"]
