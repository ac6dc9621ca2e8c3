"""The rows of a list: as unfold makes them, whatever stands in a column."""

from __future__ import annotations

import hashlib
import inspect
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
import unfold
from django.contrib import admin
from django.contrib.admin import utils
from django.contrib.auth.models import Group
from django.template import Context
from django.test import RequestFactory
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.templatetags import unfold_list

from core.backoffice.rows import change_list_results
from core.roles import Role
from operations.models import Job
from people.models import User
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job, make_site, make_user

TEMPLATES = Path(unfold.__file__).parent / "templates"
LISTS = (
    *("operations/job", "operations/customer", "operations/site", "operations/equipment"),
    *("people/user", "auth/group"),
)


def of_unfold(changes: Any) -> list[str]:
    return ["\n".join(unfold_list.items_for_result(changes, r, None)) for r in changes.result_list]


# What stands there


@pytest.fixture
def company(sales: User, tech: User) -> None:
    """Rows of each kind: with all that a row can have, with nothing, and with what is escaped."""
    day, begin, end = date(2026, 11, 25), time(8, 0), time(9, 30)
    customer = make_customer(name="A & B", phone="0123456789", contact_name="")
    site = make_site(name="Gate <2>", customer=customer)
    times = {"scheduled_date": day, "start_time": begin, "end_time": end}
    make_job(owner=sales, title='"Pump" & <hose>', site=site, assigned_to=tech, tasks=2, **times)
    make_job(owner=sales, assigned_to=tech, scheduled_date=date(2020, 1, 1))
    make_job(owner=sales, assigned_to=tech, priority="urgent")
    make_equipment(name="Drill")
    Group.objects.create(name="<Reception>")
    make_user(Role.SALES_AGENT, username="gone", is_active=False, last_login=timezone.now())


@pytest.mark.parametrize("query", ["", "_popup=1", "_popup=1&_to_field=id", "o=1", "q=0123456789"])
@pytest.mark.parametrize("who", ["admin", "sales", "tech", "root"])
@pytest.mark.usefixtures("company")
def test_each_row_of_each_list_is_as_unfold_makes_it(
    who: str, query: str, sign_in: Sign, request: pytest.FixtureRequest
) -> None:
    browser = sign_in(request.getfixturevalue(who))
    shown = 0
    for name in LISTS:
        page = browser.get(f"/admin/{name}/?{query}")
        if page.status_code == 200:
            changes = page.context["cl"]
            assert page.context.get("rows", []) == of_unfold(changes)
            shown += len(changes.result_list)
    assert shown > 0


def _title(job: Job) -> str:
    return job.title.upper()


class EveryColumn(ModelAdmin):  # type: ignore[misc]  # unfold has no types.
    """A column of each kind that there is."""

    list_display = (
        *("id", "title", "customer", "assigned_to", "scheduled_date", "start_time", "created_at"),
        *("overdue", "status", "version", "__str__", "number", "is_closed", "site__name", _title),
        *("nothing", "yes", "labelled", "of_a_kind", "head", "choices", "day", "missing", "blank"),
    )
    list_display_links = ("title", "number")
    empty_value_display = "<none>"

    @display(empty_value="nothing")
    def nothing(self, job: Job) -> None:
        """Says something of its own."""

    @display(boolean=True)
    def yes(self, job: Job) -> bool:
        return bool(job.assigned_to)

    @display(label=True)
    def labelled(self, job: Job) -> str:
        return job.title

    @display(label={"pending": "info"})
    def of_a_kind(self, job: Job) -> tuple[str, str]:
        return job.status, "Waiting"

    @display(header=True)
    def head(self, job: Job) -> tuple[str, str]:
        return job.title, "below"

    @display(dropdown=True)
    def choices(self, job: Job) -> dict[str, Any]:
        return {"title": job.title, "items": [{"title": "One", "link": "/"}]}

    def day(self, job: Job) -> date | None:
        return job.scheduled_date

    def missing(self, job: Job) -> str:
        raise Job.DoesNotExist

    def blank(self, job: Job) -> str:
        return " "


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("links", [("title", "number"), ("id",), None])
@pytest.mark.parametrize("actions", [True, False])
def test_each_kind_of_column_is_as_unfold_makes_it(
    actions: bool, links: Any, root: User, rf: RequestFactory
) -> None:
    request = rf.get("/")
    request.user = root
    columns = EveryColumn(Job, admin.site)
    columns.list_display_links = links
    if not actions:
        columns.actions = None
    changes = columns.get_changelist_instance(request)
    found = change_list_results(Context({"request": request}), changes)
    assert found["rows"] == of_unfold(changes)
    assert len(found["rows"]) == 3


# What it follows


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("original", "digest"),
    [
        (unfold_list.items_for_result, "660f8ddcff3af8bc"),
        (unfold_list.results, "e5f8c350733d4440"),
        (unfold_list.result_list, "ea12b7c08216846d"),
        (utils.lookup_field, "c9c7e74910587266"),
    ],
    ids=lambda original: getattr(original, "__name__", None),
)
def test_what_rows_follow_is_as_it_was_when_they_were_written(original: Any, digest: str) -> None:
    changed = f"{original.__module__} is another: read the difference, and core/backoffice/rows.py"
    assert _digest(inspect.getsource(original)) == digest, changed


@pytest.mark.parametrize(
    ("original", "digest"),
    [
        ("admin/change_list.html", "5885c39760f6085d"),
        ("admin/change_list_results.html", "1a2a072727ae72f9"),
    ],
)
def test_the_templates_of_lists_follow_unfolds(original: str, digest: str) -> None:
    changed = f"{original} is another: read the difference, and core/templates/core/change_list*"
    assert _digest((TEMPLATES / original).read_text()) == digest, changed


def test_no_list_has_what_its_rows_do_not_show() -> None:
    without = ("list_editable", "list_sections", "ordering_field", "actions_row")
    quick = [a for a in admin.site._registry.values() if a.change_list_template]
    assert {type(a).__name__ for a in quick} >= {"JobAdmin", "GroupAdmin"}
    assert [a for a in quick if any(getattr(a, name, None) for name in without)] == []
