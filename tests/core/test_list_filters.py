"""Filters that are rendered once: as unfold makes them, whatever is filtered and by whom."""

from __future__ import annotations

import pytest
from django.contrib.admin.templatetags.admin_list import admin_list_filter
from django.template.loader import get_template

from core.backoffice import list_filters
from core.backoffice.list_filters import RenderedOnce
from operations.models import Job
from people.models import User
from tests.conftest import Sign
from tests.factories import make_job

JOBS, SITES = "/admin/operations/job/", "/admin/operations/site/"


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    return make_job(owner=sales, assigned_to=tech)


@pytest.mark.parametrize(
    "address",
    [
        f"{JOBS}?attention=all",
        f"{JOBS}?attention=overdue",
        f"{JOBS}?status__exact=pending&priority__exact=",
        f"{JOBS}?scheduled_date_from=2026-11-01&scheduled_date_to=2026-11-02",
        JOBS + "?owner__id__exact={0.owner_id}&customer__id__exact={0.customer_id}",
        SITES,
        SITES + "?customer__id__exact={0.customer_id}",
    ],
)
def test_each_filter_is_as_unfold_makes_it(
    address: str, job: Job, admin: User, sales: User, sign_in: Sign
) -> None:
    # Anew, from what was rendered before, and for somebody to whom less is offered.
    for user in (admin, admin, sales):
        changes = sign_in(user).get(address.format(job)).context["cl"]
        for spec in changes.filter_specs:
            assert isinstance(spec, RenderedOnce)
            choices = list(super(RenderedOnce, spec).choices(changes))
            context = {"title": spec.title, "choices": choices, "spec": spec}
            theirs = get_template(type(spec).__mro__[2].template).render(context)
            assert admin_list_filter(changes, spec).strip() == theirs.strip()


def test_a_filter_offers_what_its_reader_may_ask_for(
    job: Job, admin: User, sales: User, sign_in: Sign
) -> None:
    for user, offered in ((admin, True), (sales, False), (admin, True)):
        page = sign_in(user).get(f"{JOBS}?attention=all").content.decode()
        assert ("Needs someone</option>" in page.replace("\n", "").replace("  ", "")) == offered


def test_what_is_filtered_by_is_not_kept(job: Job, admin: User, sign_in: Sign) -> None:
    sign_in(admin).get(f"{JOBS}?attention=all")
    before = dict(list_filters._unset)
    sign_in(admin).get(
        f"{JOBS}?attention=overdue&status__exact=pending&assigned_to__id__exact={job.assigned_to_id}"
    )
    assert list_filters._unset == before
    assert [job.assigned_to.name in html for html in before.values()] == [False] * len(before)
