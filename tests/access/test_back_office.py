"""What the back office has beside the table."""

from __future__ import annotations

from typing import Any

import pytest

from core.roles import Role
from operations import acts
from operations.models import Job
from people.models import User
from tests import acting
from tests.access.forms import forms_of, job_form
from tests.access.world import everything, url
from tests.conftest import Sign
from tests.factories import make_customer, make_job, make_site, make_user
from tests.operations.pages import verbs

pytestmark = pytest.mark.django_db


def keys(response: Any) -> list[int]:
    """The rows of a list, by key."""
    return sorted(obj.pk for obj in response.context["cl"].result_list)


def test_who_adds_a_job_owns_it_whatever_the_form_says(
    sales: User, other_sales: User, admin: User, sign_in: Sign
) -> None:
    new = {"title": "New", "priority": "low", "customer": make_customer().pk, **forms_of("tasks")}
    sign_in(sales).post(url("operations_job_add"), new | {"owner": other_sales.pk})
    sign_in(admin).post(url("operations_job_add"), new)
    sign_in(admin).post(url("operations_job_add"), new | {"owner": other_sales.pk})
    made = Job.objects.order_by("pk").values_list("owner", "created_by")
    assert list(made) == [
        (sales.pk, sales.pk),
        (admin.pk, admin.pk),
        (other_sales.pk, admin.pk),
    ]


def test_a_form_cannot_move_status_number_or_creator(sales: User, sign_in: Sign) -> None:
    job = make_job(owner=sales, tasks=1)
    before = everything()
    forged = {
        "status": "completed",
        "number": "J-1",
        "created_by": "",
        "version": 9,
        "overdue": "on",
        "completed_at": "2026-01-01",
        "tasks-0-status": "completed",
        "tasks-0-note": "Forged",
    }
    response = sign_in(sales).post(url("operations_job_change", job.pk), job_form(job) | forged)
    assert (response.status_code, everything()) == (302, before)


def test_a_form_cannot_reach_the_tasks_of_another_job(
    sales: User, other_sales: User, sign_in: Sign
) -> None:
    job, foreign = make_job(owner=sales, tasks=1), make_job(owner=other_sales, tasks=1)
    stolen = {"tasks-0-id": foreign.tasks.get().pk, "tasks-0-title": "Stolen"}
    before = everything()
    client = sign_in(sales)
    client.post(url("operations_job_change", job.pk), job_form(job) | stolen)
    client.post(url("operations_job_progress", job.pk, foreign.tasks.get().pk), {"note": "Stolen"})
    assert everything() == before


def test_a_link_alone_does_no_verb(admin: User, sign_in: Sign) -> None:
    """Unfold runs an action without a dialog on GET; ours ask for a POST."""
    job = make_job(owner=admin, tasks=1)
    task = job.tasks.get()
    acts.share(job, make_user(Role.TECHNICIAN), "view", by=admin)
    before = everything()
    client = sign_in(admin)
    addresses = [
        *(url(f"operations_job_{verb}", job.pk) for verb in ("start", "resume", "complete")),
        *(url(f"operations_job_{verb}", job.pk) for verb in ("hold", "cancel", "reopen", "share")),
        url("operations_job_unshare", job.pk, job.shares.get().user_id),
        url("operations_job_progress", job.pk, task.pk) + "?status=completed&note=x",
    ]
    answers = [
        (client.get(address, {"reason": "x"}).status_code, client.head(address).status_code)
        for address in addresses
    ]
    assert answers == [(403, 403)] * 3 + [(200, 200)] * 4 + [(403, 403)] * 2
    assert everything() == before


def test_the_page_of_a_job_offers_the_verbs_that_the_person_may_do(
    admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    viewer = make_user(Role.TECHNICIAN)
    acts.share(job, viewer, "view", by=sales)

    def offered(person: User) -> list[str]:
        return verbs(sign_in(person).get(url("operations_job_change", job.pk)))

    people = (admin, sales, tech, viewer)
    progress = ["start", "hold", "complete"]
    assert [offered(person) for person in people] == [
        [*progress, "cancel"],
        ["cancel"],
        progress,
        [],
    ]
    acting.cancel(job, by=admin, reason="x")
    assert [offered(person) for person in people] == [["reopen"], ["reopen"], [], []]


def test_a_reassignment_moves_the_job_between_the_lists_at_once(
    sales: User, tech: User, other_tech: User, sign_in: Sign
) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    clients = [sign_in(tech), sign_in(other_tech)]

    def lists() -> list[list[int]]:
        return [keys(client.get(url("operations_job_changelist"))) for client in clients]

    def pages(name: str) -> list[int]:
        return [client.get(url(name, job.pk)).status_code for client in clients]

    assert (lists(), pages("operations_job_change")) == ([[job.pk], []], [200, 404])
    acts.assign(job, other_tech, by=sales)
    assert (lists(), pages("operations_job_change")) == ([[], [job.pk]], [404, 200])
    # The history rows still name the first technician: the current row is what counts.
    assert pages("operations_job_history") == [404, 200]
    starts = [client.post(url("operations_job_start", job.pk)).status_code for client in clients]
    assert starts == [404, 302]


def test_a_role_taken_away_shuts_the_back_office_at_once(
    sales: User, admin: User, sign_in: Sign
) -> None:
    client = sign_in(sales)
    assert client.get(url("index")).status_code == 200
    sales.set_roles([], by=admin)
    assert client.get(url("index"))["Location"] == "/admin/login/?next=/admin/"
    sales.set_roles([Role.SALES_AGENT], by=admin)
    # For good: they sign in again.
    assert client.get(url("index"))["Location"] == "/admin/login/?next=/admin/"
    client = sign_in(sales)
    assert client.get(url("index")).status_code == 200
    acting.deactivate(sales, by=admin)
    assert client.get(url("index"))["Location"] == "/admin/login/?next=/admin/"


def test_the_page_of_a_customer_shows_the_sites_that_the_person_may_see(
    sales: User, tech: User, sign_in: Sign
) -> None:
    customer = make_customer()
    site, other = make_site(customer=customer), make_site(customer=customer)
    make_job(owner=sales, assigned_to=tech, site=site)

    def shown(person: User) -> list[int]:
        response = sign_in(person).get(url("operations_customer_change", customer.pk))
        (formset,) = response.context["inline_admin_formsets"]
        return sorted(form.instance.pk for form in formset.formset.initial_forms)

    assert [shown(sales), shown(tech)] == [[site.pk, other.pk], [site.pk]]
