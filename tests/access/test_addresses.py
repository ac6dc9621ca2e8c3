"""Every address of the back office, and what it answers each role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from core import papers
from operations.models import Job
from people.models import User
from tests.access.doors.back_office import OPENED
from tests.access.table import CUSTOMER, EQUIPMENT, JOB, PERSON, SITE
from tests.access.world import company_group, everything, url
from tests.conftest import Sign
from tests.core.import_pages.world import make_import
from tests.factories import (
    make_equipment,
    make_job,
    make_message,
    make_site,
    make_user,
)

# What GET answers an Admin, the job's sales agent, its technician and a superuser; of which row.
EVERYBODY, ADMINS, ROOTS = (200, 200, 200, 200), (200, 403, 403, 200), (403, 403, 403, 200)
# Where no PDF can be made, its address leads to the page to print.
PDF = (302 if papers.missing() else 200,) * 4
# Whoever enters jobs.
OFFICE = (200, 200, 403, 200)
# … unless it is one of the doors that are tried for every cell of the table, which says more.
A_DOOR = ()
PAGES: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {
    "index": ((), EVERYBODY),
    "login": ((), (302, 302, 302, 302)),
    "logout": ((), (405, 405, 405, 405)),
    "password_change": ((), EVERYBODY),
    "password_change_done": ((), EVERYBODY),
    "profile": ((), A_DOOR),
    "notices": ((), EVERYBODY),
    "ledger": ((), ADMINS),
    "ledger_message": (("message",), ADMINS),
    "ledger_again": (("message",), (405, 405, 405, 405)),
    "ledger_arrived": (("message",), (405, 405, 405, 405)),
    "ledger_dismiss": (("message",), (405, 405, 405, 405)),
    "ledger_test": ((), (405, 405, 405, 405)),
    "background": ((), A_DOOR),
    "background_run": (("one",), (405, 405, 405, 405)),
    "background_again": (("name",), (405, 405, 405, 405)),
    "background_dismiss": (("name",), (405, 405, 405, 405)),
    "imports": ((), ADMINS),
    "import_template": (("kind", "form"), ADMINS),
    "import": (("import",), (302, 403, 403, 302)),
    "import_match": (("import",), ADMINS),
    "import_progress": (("import",), ADMINS),
    "import_undo": (("import",), (302, 403, 403, 302)),
    "import_file": (("import",), ADMINS),
    "import_refused": (("import",), ADMINS),
    **{
        f"import_{name}": (("import",), (405, 405, 405, 405))
        for name in ("again", "apply", "stop", "discard")
    },
    "export": (("kind",), OFFICE),
    "exports": ((), OFFICE),
    "export_all": ((), (405, 405, 405, 405)),
    # Somebody else's is not there.
    "export_file": (("one",), (404, 404, 403, 404)),
    "export_download": (("one",), (404, 404, 403, 404)),
    "export_remove": (("one",), (405, 405, 405, 405)),
    "search": ((), EVERYBODY),
    "audit_log": ((), EVERYBODY),
    "autocomplete": ((), (403, 403, 403, 403)),
    "jsi18n": ((), EVERYBODY),
    "view_on_site": (("one", "one"), (404, 404, 404, 404)),
    "app_list": (("app",), EVERYBODY),
    "operations_job_changelist": ((), A_DOOR),
    "operations_job_add": ((), A_DOOR),
    "operations_job_bulk": (("name",), (302, 302, 403, 302)),
    "operations_job_undo": ((), (302, 302, 403, 302)),
    "operations_job_hand_over": ((), ADMINS),
    "operations_job_when": ((), OFFICE),
    "operations_job_callers": ((), OFFICE),
    "operations_job_day": ((), EVERYBODY),
    "operations_job_day_pdf": ((), PDF),
    "operations_job_sheet": (("job",), A_DOOR),
    "operations_job_sheet_pdf": (("job",), PDF),
    "operations_job_report": (("job",), A_DOOR),
    "operations_job_report_pdf": (("job",), PDF),
    "operations_job_caller": (("customer",), OFFICE),
    "operations_job_change": (("job",), A_DOOR),
    "operations_job_delete": (("job",), A_DOOR),
    "operations_job_history": (("job",), A_DOOR),
    "operations_job_events": (("job",), A_DOOR),
    "operations_job_start": (("job",), (403, 403, 403, 403)),
    "operations_job_hold": (("job",), A_DOOR),
    "operations_job_resume": (("job",), (403, 403, 403, 403)),
    "operations_job_complete": (("job",), (403, 403, 403, 403)),
    "operations_job_cancel": (("job",), A_DOOR),
    "operations_job_reopen": (("job",), A_DOOR),
    "operations_job_share": (("job",), A_DOOR),
    "operations_job_unshare": (("job", "user"), (403, 403, 403, 403)),
    "operations_job_progress": (("job", "task"), (403, 403, 403, 403)),
    "operations_customer_changelist": ((), A_DOOR),
    "operations_customer_add": ((), A_DOOR),
    "operations_customer_change": (("customer",), A_DOOR),
    "operations_customer_delete": (("customer",), (302, 403, 403, 302)),
    "operations_customer_history": (("customer",), A_DOOR),
    "operations_site_changelist": ((), A_DOOR),
    "operations_site_add": ((), A_DOOR),
    "operations_site_change": (("site",), A_DOOR),
    "operations_site_delete": (("site",), (302, 403, 403, 302)),
    "operations_site_history": (("site",), A_DOOR),
    "operations_equipment_changelist": ((), A_DOOR),
    "operations_equipment_add": ((), A_DOOR),
    "operations_equipment_change": (("equipment",), A_DOOR),
    "operations_equipment_delete": (("equipment",), A_DOOR),
    "operations_equipment_history": (("equipment",), A_DOOR),
    "operations_equipment_use": (("equipment",), EVERYBODY),
    "analytics": ((), A_DOOR),
    "analytics_rows": (("figure",), ADMINS),
    "analytics_paper": ((), ADMINS),
    "analytics_pdf": ((), (PDF[0], 403, 403, PDF[0])),
    "analytics_table": (("table", "form"), ADMINS),
    "company": ((), ADMINS),
    "own_name": ((), (302, 302, 302, 302)),
    "skip_step": (("step",), (405, 405, 405, 405)),
    "people_user_changelist": ((), A_DOOR),
    "people_user_add": ((), A_DOOR),
    "people_user_change": (("user",), A_DOOR),
    "people_user_delete": (("user",), A_DOOR),
    "people_user_history": (("user",), A_DOOR),
    "people_user_password_link": (("user",), ADMINS),
    "people_user_mail_works": (("user",), (405, 405, 405, 405)),
    "auth_user_password_change": (("user",), ADMINS),
    "auth_group_changelist": ((), ROOTS),
    "auth_group_add": ((), ROOTS),
    "auth_group_change": (("group",), ROOTS),
    "auth_group_delete": (("group",), ROOTS),
    "auth_group_history": (("group",), ROOTS),
}
# Addresses without a name: the shorthand of a row, and whatever there is not.
NAMELESS = {
    *(
        f"{app}/{model}/<path:object_id>/"
        for app, model in [
            *(label.split(".") for label in (JOB, CUSTOMER, SITE, EQUIPMENT, PERSON)),
            ("auth", "group"),
        ]
    ),
    "(?P<url>.*)$",
}


def patterns() -> Iterator[tuple[str | None, str]]:
    """Every address of the back office: its name and its route."""

    def walk(found: Any, route: str) -> Iterator[tuple[str | None, str]]:
        for pattern in found:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route + str(pattern.pattern))
            elif isinstance(pattern, URLPattern):
                yield pattern.name, route + str(pattern.pattern)

    for name, route in walk(get_resolver().url_patterns, ""):
        if route.startswith("admin/"):
            yield name, route.removeprefix("admin/")


@pytest.fixture
def addresses(sales: User, tech: User) -> dict[str, str]:
    """An address for every name, of rows that sales agent and technician see."""
    job = make_job(owner=sales, assigned_to=tech, site=make_site(), tasks=1)
    named = {
        "job": job.pk,
        "task": job.tasks.get().pk,
        "customer": job.customer_id,
        "site": job.site_id,
        "equipment": make_equipment().pk,
        "user": make_user().pk,
        "group": company_group(set()).pk,
        "message": make_message().pk,
        "import": make_import(rows={"new": 1, "refused": 1}).pk,
        "form": "csv",
        "one": 1,
        "name": "assign",
        "step": "company",
        "kind": "jobs",
        "figure": "tasks",
        "table": "hours",
        "app": "operations",
    }
    return {name: url(name, *(named[arg] for arg in args)) for name, (args, _) in PAGES.items()}


@pytest.mark.django_db
def test_every_address_answers_each_role_as_written_here(
    addresses: dict[str, str], outsiders: list[Client], admin: User, root: User, sign_in: Sign
) -> None:
    clients = [sign_in(admin), *outsiders, sign_in(root)]
    expected = {name: expects for name, (_args, expects) in PAGES.items() if expects is not A_DOOR}
    answers = {
        name: tuple(client.get(addresses[name]).status_code for client in clients)
        for name in expected
    }
    assert answers == expected


def test_every_address_without_answers_here_is_a_door() -> None:
    assert {name for name, (_args, expects) in PAGES.items() if expects is A_DOOR} <= OPENED


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_not_signed_in_is_led_to_the_login_everywhere(
    method: str, addresses: dict[str, str], client: Client
) -> None:
    before = everything()
    names = set(PAGES) - {"login", "logout"}
    led = {name: getattr(client, method)(addresses[name])["Location"] for name in names}
    assert led == {name: f"/admin/login/?next={addresses[name]}" for name in names}
    assert getattr(client, method)(url("logout"))["Location"] == url("index")
    for nameless in ("nothing", "operations/job/1/", "people/user/1/permissions/"):
        response = getattr(client, method)(f"/admin/{nameless}")
        assert response["Location"] == f"/admin/login/?next=/admin/{nameless}"
    assert everything() == before


def test_every_address_of_the_back_office_is_in_these_tests() -> None:
    found = list(patterns())
    assert {name for name, _route in found if name} == set(PAGES)
    assert {route for name, route in found if not name} == NAMELESS
    assert len(found) == len(PAGES) + len(NAMELESS)


@pytest.mark.django_db
def test_the_shorthand_of_a_row_leads_to_its_page_which_asks(
    secret: Job, tech: User, sign_in: Sign
) -> None:
    client = sign_in(tech)
    for route in NAMELESS - {"(?P<url>.*)$"}:
        response = client.get("/admin/" + route.replace("<path:object_id>", str(secret.pk)))
        page = response["Location"]
        assert page == "/admin/" + route.replace("<path:object_id>", f"{secret.pk}/change")
    assert client.get(f"/admin/operations/job/{secret.pk}/", follow=True).status_code == 404
    assert client.get("/admin/nothing/at/all/").status_code == 404
