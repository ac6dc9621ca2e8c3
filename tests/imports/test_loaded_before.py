"""Rows that were taken in before are told, and not made twice unless somebody insists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.imported import Import, ImportReference
from core.imports import loading, lost, shell
from core.imports.options import ImportOptions
from core.text import days
from operations import acts
from operations.models import Job, Task
from people.models import User
from tests.conftest import Sign
from tests.core.imports.files import csv, looked_at, stands, taken_in
from tests.factories import make_customer, make_job
from tests.operations.pages import words

pytestmark = pytest.mark.django_db
BAD = ("title,customer", "A,Baker", "B,Baker", "C,Bakr")
MENDED = ("Title;Customer;Notes", "B;Baker;", "C;Baker;", "A;Baker;")


def reasons(load: Import) -> list[str]:
    """Why each row is refused; of one that is not, nothing."""
    rows = load.rows.order_by("row").values_list("errors", flat=True)
    return [" ".join(message for _column, message, *_value in errors) for errors in rows]


@pytest.fixture
def loaded(admin: User) -> Import:
    """A file of which the last row was refused, and left out."""
    make_customer(name="Baker")
    load = taken_in(admin, *BAD, kind="jobs")
    assert stands(load) == ["applied", 2, 0, 0, 1]
    return load


def told(load: Import) -> str:
    at = days.long_day(timezone.localtime(load.applied_at).date())
    return (
        f"This row was imported on {at} by Adam Admin. Import it again only if it is a different"
        " one."
    )


def test_a_file_that_was_mended_brings_in_what_is_new_alone(loaded: Import, admin: User) -> None:
    load = looked_at(admin, *MENDED, kind="jobs")
    assert reasons(load) == [told(loaded), "", told(loaded)]
    found = shell.load(
        csv(*MENDED), "mended.csv", kind="jobs", options=ImportOptions(), is_trial=True
    )
    assert [(each["row"], each["message"]) for each in found.errors] == [
        (2, told(loaded)),
        (4, told(loaded)),
    ]
    loading.apply(load, by=admin, skip_refused=True)
    assert sorted(Job.objects.values_list("title", flat=True)) == ["A", "B", "C"]


def test_nothing_is_offered_again_where_nothing_came_before(admin: User, sign_in: Sign) -> None:
    load = looked_at(admin, "title,customer", "A,Nobody", kind="jobs")
    page = sign_in(admin).get(f"/admin/imports/{load.pk}/")
    assert (load.refused, "Import rows again" in words(page)) == (1, False)


def test_whoever_insists_has_them_twice(loaded: Import, admin: User, sign_in: Sign) -> None:
    load = looked_at(admin, *MENDED, kind="jobs")
    browser: Client = sign_in(admin)
    assert "Import rows again that were imported before" in words(
        browser.get(f"/admin/imports/{load.pk}/")
    )
    page = browser.post(f"/admin/imports/{load.pk}/again/", {"again": "yes"}, follow=True)
    assert (stands(load), "Import rows again" in words(page)) == (["previewed", 3, 0, 0, 0], True)
    shell.load(csv(*MENDED), "mended.csv", kind="jobs", options=ImportOptions(again=True))
    assert Job.objects.count() == 5


def test_what_is_gone_can_be_loaded_again(loaded: Import, admin: User) -> None:
    acts.remove(Job.objects.get(title="A"), by=admin)
    assert reasons(looked_at(admin, *MENDED, kind="jobs")) == [told(loaded), "", ""]
    loading.undo(loaded, by=admin)
    assert reasons(looked_at(admin, *MENDED, kind="jobs")) == ["", "", ""]
    assert ImportReference.objects.count() == 0


def test_a_row_that_says_something_else_is_another_one(loaded: Import, admin: User) -> None:
    lines: tuple[Any, ...] = ("title,customer,priority", "A,Baker,high", "A,Baker,")
    assert reasons(looked_at(admin, *lines, kind="jobs")) == ["", told(loaded)]


def test_tasks_without_a_position_are_told_as_well(admin: User) -> None:
    job = make_job(owner=admin)
    load = taken_in(admin, "job,title", f"{job.number},Look", f"{job.number},Look", kind="tasks")
    again = ("job,title,position", f"{job.number},Look,", f"{job.number},Mend,")
    assert reasons(looked_at(admin, *again, kind="tasks")) == [told(load), ""]
    assert Task.objects.count() == 2


def test_rows_are_known_for_as_long_as_they_are_kept(loaded: Import, admin: User) -> None:
    lost.prune(at=timezone.now() + timedelta(days=31))
    assert reasons(looked_at(admin, *MENDED, kind="jobs")) == ["", "", ""]
