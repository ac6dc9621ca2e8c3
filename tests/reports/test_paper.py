"""The whole report for paper: what the page says, and for Admins alone."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from core.record import audit
from people.models import User
from tests import pdf
from tests.conftest import Sign
from tests.factories import make_customer
from tests.reports import company
from tests.reports.test_job_list import by_chance

pytestmark = pytest.mark.django_db
URL = "/admin/analytics/"


@pdf.needs_pango
def test_the_pdf_says_what_the_page_says(admin: User, sign_in: Sign) -> None:
    staff, draw = company.make_staff(), Random(8)  # noqa: S311 (the same each time)
    lives = [*company.CERTAIN, *(by_chance(draw) for _ in range(20))]
    company.play(lives, staff, now=timezone.now())
    browser, today = sign_in(admin), audit.today()
    query = f"?from={today - timedelta(days=20)}&to={today}&priority=low"
    page = browser.get(URL + query).context
    answer = browser.get(f"{URL}report.pdf{query}")
    text = "".join(" ".join(pdf.pages(answer)).split())

    def holds(given: object) -> bool:
        return "".join(str(given).split()) in text

    assert holds(page["question"].period)
    assert holds("Priority: Low")
    for card in page["cards"]:
        assert holds(card.title)
        assert holds(card.formula)
    for picture in page["pictures"]:
        assert holds(picture.chart.title)
        assert holds(picture.formula)
        for row in picture.rows:
            assert holds("".join([row.name, *(mark.text for mark in row.marks)])), row.name


def test_the_paper_says_its_filters_and_leads_back(
    admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    customer = make_customer(name="Harbour Hotel")
    query = (
        f"from=2030-03-01&to=2030-03-31&technician={tech.pk}&owner={sales.pk}"
        f"&customer={customer.pk}&priority=high"
    )
    answer = sign_in(admin).get(f"{URL}paper/?{query}")
    page = answer.content.decode()
    assert [(str(label), str(value)) for label, value in answer.context["filters"]] == [
        ("Technician", "Tina Tech"),
        ("Owner", "Sara Sales"),
        ("Customer", "Harbour Hotel"),
        ("Priority", "High"),
    ]
    assert "Fri 1 Mar 2030 to Sun 31 Mar 2030. The period before is" in page
    assert f'href="{URL}?{query.replace("&", "&amp;")}">← Back' in page
    assert "once they are filled in on the" in page
    assert '<svg class="jobops-chart"' not in page
    assert "No job was entered in this period." in page


def test_the_paper_costs_two_queries_more_than_the_page(
    admin: User, sign_in: Sign, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = sign_in(admin)
    browser.get(URL)
    with django_assert_num_queries(13):
        browser.get(f"{URL}paper/")


@pytest.mark.parametrize("address", ["paper/", "report.pdf"])
def test_the_paper_is_for_admins_and_of_days_that_can_be_read(
    address: str, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    for user in (sales, tech):
        assert sign_in(user).get(URL + address).status_code == 403
    assert sign_in(admin).get(f"{URL}{address}?from=soon").status_code == 400
