"""Files of any rows: a look says what comes of them, and refuses what the acts refuse."""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.imports.options import Blanks, ImportOptions
from core.record import audit
from core.roles import Role
from operations import acts
from operations.models import Customer, Equipment, Job, Site, Task
from people.models import User
from tests import acting
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task, make_user
from tests.imports.tables import Load, load

# How many files of each kind; `make accept` tries 500.
FILES = settings(
    max_examples=int(os.environ.get("FILES", "30")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# What is covered by chance is not counted.
pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]
# Every table that a file of these kinds can touch.
MODELS: tuple[Any, ...] = (Customer, Site, Equipment, Job, Task, User)

_TEXTS = st.one_of(
    st.sampled_from(["", " a ", "A\u00a0b", "line\nbreak", "x" * 201, "=1+1", "\u200b", "Ärger"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\ufffd"), max_size=12),
)
_NAMES = st.sampled_from(
    ["Baker", "BAKER", " baker", "Butcher", "Idle", "Nobody", "New", "new", ""]
)
_SITES = st.sampled_from(["Shop", "SHOP", "Mill", "None", ""])
_PEOPLE = st.sampled_from(["tina", "TINA", "sara", "adam", "ghost", ""])
_DAYS = st.sampled_from(["", "2030-01-31", "2020-01-31", "2030-02-30", "1.2.2030", "1800-01-01"])
_TIMES = st.sampled_from(["", "08:00", "9:30", "24:00", "noon"])
_MAILS = st.sampled_from(["", "a@b.example", "no", "b@b.example"])
_YES = st.sampled_from(["", "yes", "0", "perhaps"])
_SERIALS = st.sampled_from(["", "SN-1", "sn-1", "SN-2;SN-1", "SN-OLD", "SN-9"])

ROWS: dict[str, Any] = {
    "customers": {"name": _NAMES, "email": _MAILS, "phone": _TEXTS, "is_active": _YES},
    "sites": {"customer": _NAMES, "name": _SITES, "address": _TEXTS},
    "equipment": {
        "serial_number": st.sampled_from(["SN-1", "sn-2", "SN-3", ""]),
        "name": _TEXTS,
        "kind": st.sampled_from(["", "tool", "Vehicle", "boat"]),
        "is_active": _YES,
    },
    "jobs": {
        "number": st.sampled_from(["", "open", "closed", "held", "J-999"]),
        "title": _TEXTS,
        "customer": _NAMES,
        "site": _SITES,
        "status": st.sampled_from(["", *Job.Status.values, "gone"]),
        "priority": st.sampled_from(["", "low", "High", "top"]),
        "scheduled_date": _DAYS,
        "start_time": _TIMES,
        "end_time": _TIMES,
        "assigned_to": _PEOPLE,
        "owner": _PEOPLE,
        "reason": st.sampled_from(["", "no parts"]),
    },
    "tasks": {
        "job": st.sampled_from(["", "open", "closed", "held", "J-999"]),
        "position": st.sampled_from(["", "1", "2.0", "3", "1,5", "10000"]),
        "title": _TEXTS,
        "equipment": _SERIALS,
    },
}


@st.composite
def files(draw: st.DrawFn) -> tuple[str, list[dict[str, str]], ImportOptions]:
    """A kind, some rows of some of its columns, and what empty cells mean."""
    kind = draw(st.sampled_from(sorted(ROWS)))
    columns = draw(st.sets(st.sampled_from(sorted(ROWS[kind])), min_size=1))
    row = st.fixed_dictionaries({name: ROWS[kind][name] for name in sorted(columns)})
    rows = draw(st.lists(row, min_size=1, max_size=6))
    return kind, rows, ImportOptions(blanks=draw(st.sampled_from(Blanks.values)))


@pytest.fixture
def numbers(admin: User, sales: User, tech: User) -> dict[str, str]:
    """A small company; the numbers of its jobs, by where they stand."""
    baker = make_customer(name="Baker", phone="1", email="b@b.example")
    make_customer(name="Butcher")
    make_customer(name="Idle", is_active=False)
    make_site(customer=baker, name="Shop", address="1")
    make_equipment(serial_number="SN-1", name="Drill")
    make_equipment(serial_number="SN-2")
    make_equipment(serial_number="SN-OLD", is_active=False)
    make_user(Role.ADMIN)
    jobs = {
        name: make_job(owner=sales, customer=baker, title="Oven")
        for name in ("open", "closed", "held")
    }
    make_task(job=jobs["open"], position=1, title="Look")
    make_task(job=jobs["held"], position=1, title="Look")
    acting.complete(jobs["closed"], by=admin)
    acting.hold(jobs["held"], by=admin, reason="no parts")
    return {name: job.number for name, job in jobs.items()}


def named(rows: list[dict[str, str]], numbers: dict[str, str]) -> list[dict[str, str]]:
    """The rows, with the numbers of jobs in place of where those stand."""
    return [
        {n: numbers.get(v, v) if n in {"number", "job"} else v for n, v in row.items()}
        for row in rows
    ]


def state() -> list[Any]:
    """All there is, history too."""
    return [
        list(rows.order_by("pk" if rows.model in MODELS else "history_id").values())
        for model in MODELS
        for rows in (model._base_manager.all(), model.history.all())
    ]


class _Back(Exception):
    """What was written is taken back."""


def taken_in(kind: str, rows: list[dict[str, str]], options: ImportOptions, *, by: User) -> Load:
    """What comes of a file, which leaves nothing."""
    try:
        with transaction.atomic():
            done = load(kind, *rows, by=by, options=options, skip_refused=True)
            raise _Back
    except _Back:
        return done


@FILES
@given(files())
def test_a_look_says_what_comes_of_a_file_and_leaves_nothing(
    numbers: dict[str, str],
    admin: User,
    given_file: tuple[str, list[dict[str, str]], ImportOptions],
) -> None:
    kind, rows, options = given_file
    rows, before = named(rows, numbers), state()
    seen = load(kind, *rows, by=admin, options=options, keep=False)
    assert state() == before
    done = taken_in(kind, rows, options, by=admin)
    assert (seen.kinds, seen.cells, seen.errors) == (done.kinds, done.cells, done.errors)
    assert seen.ran.counts == done.ran.counts
    assert [each.label for each in seen.results] == [each.label for each in done.results]


# What the acts of other doors refuse


def _customer(row: dict[str, str]) -> Customer | None:
    return Customer.objects.filter(name__iexact=row.get("customer", "").strip()).first()


def by_acts(kind: str, row: dict[str, str], *, by: User) -> bool:
    """Is a new row, whose cells can all be read, taken by the act that a form calls?"""
    try:
        with transaction.atomic():
            _add(kind, row, by=by)
            raise _Back
    except _Back:
        return True
    except (ValidationError, PermissionDenied):
        return False


def _add(kind: str, row: dict[str, str], *, by: User) -> None:
    if kind == "customers":
        acts.add(Customer(name=row["name"], phone=row["phone"], email=row["email"]), by=by)
    elif kind == "sites":
        values = {"name": row["name"], "address": row["address"]}
        acts.add(Site(customer=_customer(row), **values), by=by)
    elif kind == "equipment":
        acts.add(Equipment(**row), by=by)
    else:
        acts.enter(_job(row), by=by, status=row["status"])


def _job(row: dict[str, str]) -> Job:
    customer = _customer(row)
    people = User.objects.in_bulk(field_name="username")
    return Job(
        title=row["title"],
        customer=customer,
        site=Site.objects.filter(name=row["site"]).first(),
        priority=row["priority"],
        scheduled_date=date.fromisoformat(row["scheduled_date"]),
        assigned_to=people.get(row["assigned_to"]),
        owner=people.get(row["owner"], None) or people["adam"],
    )


READABLE: dict[str, Any] = {
    "customers": {"name": _TEXTS, "email": _MAILS, "phone": _TEXTS},
    "sites": {
        "customer": st.sampled_from(["Baker", "Butcher", "Idle"]),
        "name": st.one_of(_TEXTS, st.just("Mill")),
        "address": _TEXTS,
    },
    "equipment": {
        "serial_number": st.one_of(_TEXTS, st.just("SN-7")),
        "name": _TEXTS,
        "kind": st.sampled_from(["tool", "machine"]),
    },
    "jobs": {
        "title": _TEXTS,
        "customer": st.sampled_from(["Baker", "Butcher", "Idle"]),
        "site": st.sampled_from(["", "Shop"]),
        "status": st.sampled_from(Job.Status.values),
        "priority": st.sampled_from(Job.Priority.values),
        "scheduled_date": st.dates(date(1850, 1, 1), date(2250, 1, 1)).map(str),
        "assigned_to": st.sampled_from(["", "tina", "sara"]),
        "owner": st.sampled_from(["", "tina", "sara"]),
    },
}


@st.composite
def readable(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A kind, and a new row of it whose cells can all be read."""
    kind = draw(st.sampled_from(sorted(READABLE)))
    return kind, draw(st.fixed_dictionaries(READABLE[kind]))


@FILES
@given(readable())
def test_many_at_once_refuse_what_one_by_one_refuses(
    numbers: dict[str, str], admin: User, given_row: tuple[str, dict[str, str]]
) -> None:
    kind, row = given_row
    # A site of another customer is one that the file does not find.
    if row.get("site") and row["customer"] != "Baker":
        row["site"] = ""
    with audit.act(at=audit.now() + timedelta(0)):
        allowed = by_acts(kind, row, by=admin)
        done = load(kind, row, by=admin, keep=False)
    if done.kinds == ["refused"]:
        assert not allowed, done.errors
    elif done.kinds == ["new"]:
        assert allowed
    else:
        # It is there already, and the act would make it twice.
        assert not allowed
