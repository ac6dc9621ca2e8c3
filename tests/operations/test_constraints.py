"""What can never be false, at the last door of all: the database. And what the models refuse
before it comes to that, with a sentence that a person can act on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from core.record import audit
from core.refusals import Refused
from operations import acts
from operations.models import Customer, Equipment, Job, JobShare, Site, Task
from people.models import User
from tests import acting
from tests.factories import (
    make_customer,
    make_equipment,
    make_job,
    make_site,
    make_task,
)

pytestmark = pytest.mark.django_db

S = Job.Status
NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
DAY = date(2026, 5, 20)


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    """A job with a site, two tasks and a share; beside it a second one."""
    site = make_site(name="Mill", customer=make_customer(name="Baker"))
    make_customer(name="Smith")
    make_site(customer=site.customer, name="Shop")
    job = make_job(owner=sales, site=site, tasks=2)
    acts.share(job, tech, "view", by=sales)
    make_job(owner=sales, tasks=1)
    return job


def _rename(model: type[models.Model], old: str, new: str) -> Callable[[Job], Any]:
    return lambda _: model._base_manager.filter(name=old).update(name_folded=new)


def _job(**fields: Any) -> Callable[[Job], Any]:
    return lambda job: Job.objects.filter(pk=job.pk).update(**fields)


def _task(**fields: Any) -> Callable[[Job], Any]:
    return lambda job: job.tasks.update(**fields)


def _closed(job: Job, moment: str) -> dict[str, Any]:
    """What a job has that has such a moment."""
    return {
        "completed_at": {"status": S.COMPLETED, "completed_by": job.owner},
        "cancelled_at": {"status": S.CANCELLED},
    }.get(moment, {})


OVERDUE: dict[str, Any] = {"overdue": True, "overdue_since": NOON}
VIOLATIONS: dict[str, list[Callable[[Job], Any]]] = {
    "operations_customer_name_unique": [_rename(Customer, "Smith", "baker")],
    "operations_site_name_unique": [_rename(Site, "Shop", "mill")],
    "operations_equipment_serial_unique": [
        lambda _: Equipment.objects.bulk_create(
            Equipment(name="E", kind="tool", serial_number=n, serial_folded="sn-1")
            for n in ("SN-1", "sn-1")
        )
    ],
    "operations_equipment_kind_known": [
        lambda _: Equipment.objects.bulk_create([Equipment(name="E", kind="", serial_number="1")])
    ],
    "operations_job_status_known": [_job(status="lost"), _job(status="")],
    "operations_job_priority_known": [_job(priority="asap"), _job(priority="")],
    "operations_job_end_after_start": [
        _job(start_time=time(9), end_time=time(8)),
        _job(start_time=time(9), end_time=time(9)),
        _job(start_time=time(9), end_time=None),
        _job(start_time=None, end_time=time(9)),
    ],
    "operations_job_day_known": [
        _job(scheduled_date=date(1899, 12, 31)),
        _job(scheduled_date=date(2200, 1, 1)),
    ],
    "operations_job_moments_known": [
        lambda job, at=at, name=name: _job(**{name: at}, **_closed(job, name))(job)
        for name in ("started_at", "completed_at", "cancelled_at", "reopened_at")
        for at in (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))
    ],
    "operations_job_closed_not_overdue": [
        lambda job: _job(status=S.COMPLETED, completed_at=NOON, completed_by=job.owner, **OVERDUE)(
            job
        ),
        _job(status=S.CANCELLED, cancelled_at=NOON, **OVERDUE),
    ],
    "operations_job_overdue_has_since": [_job(overdue=True), _job(overdue_since=NOON)],
    "operations_job_completed_has_time": [
        _job(status=S.COMPLETED),
        _job(status=S.COMPLETED, completed_at=NOON),
        _job(completed_at=NOON),
        lambda job: _job(completed_by=job.owner)(job),
    ],
    "operations_job_cancelled_has_time": [_job(status=S.CANCELLED), _job(cancelled_at=NOON)],
    "operations_task_moments_known": [
        _task(started_at=datetime(1, 1, 2, tzinfo=UTC)),
        lambda job: _task(
            status="completed",
            completed_at=datetime(9999, 12, 30, tzinfo=UTC),
            completed_by=job.owner,
        )(job),
    ],
    "operations_task_status_known": [_task(status="lost"), _task(status="")],
    "operations_task_completed_has_time": [
        _task(status="completed"),
        _task(status="completed", completed_at=NOON),
        _task(completed_at=NOON),
        lambda job: _task(completed_by=job.owner)(job),
    ],
    "operations_share_once_a_person": [
        lambda job: JobShare.objects.bulk_create(
            JobShare(content_object=job, user=share.user, permission=share.permission)
            for share in job.shares.all()
        )
    ],
    "operations_share_level_known": [lambda job: job.shares.update(level="edit")],
}


def test_every_constraint_of_the_work_is_tried() -> None:
    work = apps.get_app_config("operations").get_models()
    named = [constraint.name for model in work for constraint in model._meta.constraints]
    assert sorted(VIOLATIONS) == sorted(named)


@pytest.mark.parametrize(
    ("name", "number"), [(name, n) for name, acts in VIOLATIONS.items() for n in range(len(acts))]
)
def test_the_database_refuses_what_can_never_be_true(name: str, number: int, job: Job) -> None:
    # SQLite tells the columns of a plain unique constraint, and no name.
    values = {
        "operations_share_once_a_person": "content_object_id",
        "operations_customer_name_unique": "customer.name_folded",
        "operations_site_name_unique": "site.name_folded",
        "operations_equipment_serial_unique": "equipment.serial_folded",
    }.get(name, name)
    with pytest.raises(IntegrityError, match=f"{name}|{values}"), transaction.atomic():
        VIOLATIONS[name][number](job)


def test_the_database_refuses_the_number_of_a_job_twice(sales: User) -> None:
    first, second = make_job(owner=sales), make_job(owner=sales)
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=second.pk).update(number=first.number)


@pytest.mark.parametrize("column", ["customer", "site", "owner", "created_by", "assigned_to"])
def test_the_database_keeps_what_a_job_names(column: str, job: Job, tech: User) -> None:
    Job.objects.update(assigned_to=tech)
    named = getattr(Job.objects.get(pk=job.pk), column)
    with pytest.raises(ProtectedError):
        type(named).objects.filter(pk=named.pk).delete()


# Numbers


def test_a_number_is_made_of_the_id_and_unique(sales: User) -> None:
    jobs = [make_job(owner=sales) for _ in range(3)]
    numbers = [job.number for job in Job.objects.order_by("pk")]
    assert numbers == [f"J-{job.pk:06d}" for job in jobs]
    assert all(re.fullmatch(r"J-\d{6}", number) for number in numbers)
    assert len(set(numbers)) == 3


def test_a_number_is_never_given_again(sales: User) -> None:
    first = make_job(owner=sales)
    number = first.number
    first.delete()
    assert make_job(owner=sales).number > number


def test_a_number_grows_beyond_six_digits(sales: User) -> None:
    assert make_job(owner=sales, pk=12_345_678).number == "J-12345678"


def test_history_knows_the_job_by_its_number_from_the_beginning(sales: User) -> None:
    job = make_job(owner=sales)
    assert list(job.history.values_list("history_type", "number")) == [("+", job.number)]


# Status


@pytest.mark.parametrize(
    "moved", sorted(Job.MOVED - {"completed_by_id", "times_reopened", "status"})
)
def test_the_times_of_a_status_are_not_set_by_assignment(moved: str, job: Job) -> None:
    setattr(job, moved, NOON)
    with pytest.raises(RuntimeError, match="moves by the verbs"):
        job.save()


@pytest.mark.parametrize("status", [s for s in S if s != S.PENDING])
def test_a_status_is_not_set_by_assignment(status: S, job: Job, sales: User) -> None:
    job.status = status
    with pytest.raises(RuntimeError, match="moves by the verbs"):
        job.save()
    assert Job.objects.get(pk=job.pk).status == S.PENDING
    with pytest.raises(RuntimeError, match="moves by the verbs"):
        make_job(owner=sales, status=status)


# A job that comes with its status


def new(sales: User, **fields: Any) -> Job:
    return Job(title="Old work", customer=make_customer(), owner=sales, **fields)


@pytest.mark.parametrize(
    ("status", "times"),
    [
        (S.PENDING, {}),
        (S.IN_PROGRESS, {"started_at": NOON}),
        (S.ON_HOLD, {}),
        (S.COMPLETED, {"completed_at": NOON}),
        (S.CANCELLED, {"cancelled_at": NOON}),
    ],
)
def test_a_new_job_arrives_in_any_status_with_its_time(
    status: S, times: dict[str, datetime], sales: User, admin: User
) -> None:
    acts.enter(
        new(sales, scheduled_date=DAY - timedelta(days=30)), status=status, by=admin, at=NOON
    )
    job = Job.objects.get()
    columns = ("started_at", "completed_at", "cancelled_at")
    assert {c: getattr(job, c) for c in columns} == dict.fromkeys(columns) | times
    assert (job.status, job.created_by, job.owner) == (status, admin, sales)
    assert job.completed_by == (admin if status == S.COMPLETED else None)
    assert job.overdue is (status not in Job.CLOSED)
    record = job.history.get()
    assert (record.status, record.person_name, record.number) == (status, "Adam Admin", job.number)


def test_what_arrives_without_a_time_has_that_of_its_arrival(sales: User, admin: User) -> None:
    with audit.act(at=NOON):
        acts.enter(new(sales), status=S.COMPLETED, by=admin)
    assert Job.objects.get().completed_at == NOON


def test_what_arrives_without_an_owner_is_its_creators(admin: User) -> None:
    acts.enter(Job(title="Old work", customer=make_customer()), status=S.PENDING, by=admin)
    assert Job.objects.get().owner == admin


def test_what_arrives_keeps_the_rules_of_an_edit(sales: User, admin: User, tech: User) -> None:
    for fields, field in (
        ({"start_time": time(9)}, "end_time"),
        ({"site": make_site()}, "site"),
        ({"assigned_to": sales}, "assigned_to"),
    ):
        with pytest.raises(ValidationError) as refused:
            acts.enter(new(sales, **fields), status=S.COMPLETED, by=admin)
        assert list(refused.value.message_dict) == [field]
    with pytest.raises(ValueError, match="lost"):
        acts.enter(new(sales), status="lost", by=admin)
    assert (Job.objects.count(), Job.history.count()) == (0, 0)


def test_after_its_arrival_a_job_moves_by_verbs_alone(sales: User, admin: User) -> None:
    job = new(sales)
    acts.enter(job, status=S.ON_HOLD, by=admin)
    job.status = S.PENDING
    with pytest.raises(RuntimeError, match="moves by the verbs"):
        job.save()
    job.refresh_from_db()
    acting.resume(job, by=admin)
    assert Job.objects.get().status == S.IN_PROGRESS


# Site and times


def test_the_site_of_a_job_is_one_of_its_customers(sales: User) -> None:
    with pytest.raises(ValidationError) as refused:
        make_job(owner=sales, customer=make_customer(), site=make_site())
    sentence = "This is not a site of the customer. Choose one of theirs, or none."
    assert refused.value.message_dict == {"site": [sentence]}
    site = make_site()
    assert make_job(owner=sales, customer=site.customer, site=site).site == site


def test_a_job_does_not_move_to_another_customer_without_its_site(sales: User) -> None:
    site = make_site()
    job = make_job(owner=sales, customer=site.customer, site=site)
    job.customer = make_customer()
    with pytest.raises(ValidationError):
        job.save()
    job.site = None
    job.save()
    assert Job.objects.get().site is None


def test_a_site_with_jobs_stays_with_its_customer(sales: User) -> None:
    used, unused, other = make_site(), make_site(), make_customer()
    make_job(owner=sales, site=used)
    used.customer = other
    with pytest.raises(Refused) as refused:
        used.save()
    assert refused.value.messages == [
        "Jobs take place at this site, so it must stay with its customer."
    ]
    unused.customer = other
    unused.save()
    assert list(other.sites.all()) == [unused]


@pytest.mark.parametrize(
    ("start", "end", "errors"),
    [
        (time(9), None, {"end_time": ["Give both times or neither."]}),
        (None, time(9), {"start_time": ["Give both times or neither."]}),
        (time(9), time(9), {"end_time": ["The end time must be after the start time."]}),
        (time(9), time(8, 59), {"end_time": ["The end time must be after the start time."]}),
        (time(0), time(8), {}),
        (time(8), time(0), {"end_time": ["The end time must be after the start time."]}),
        (None, None, {}),
    ],
)
def test_times_are_both_or_neither_and_the_end_is_after_the_start(
    start: time | None, end: time | None, errors: dict[str, list[str]], sales: User
) -> None:
    job = Job(title="T", customer=make_customer(), owner=sales, start_time=start, end_time=end)
    if not errors:
        with audit.act(by=sales):
            job.save()
        return
    with audit.act(by=sales), pytest.raises(ValidationError) as refused:
        job.save()
    assert refused.value.message_dict == errors


# Names


def test_a_name_is_taken_whatever_its_case_and_it_is_told_at_the_name() -> None:
    site = make_site(name="Mill", customer=make_customer(name="Baker"))
    for row, sentence in (
        (Customer(name="bAKER"), "There is a customer of this name already."),
        (
            Site(name="mILL", customer=site.customer),
            "This customer has a site of this name already.",
        ),
    ):
        with pytest.raises(ValidationError) as refused:
            row.full_clean()
        assert refused.value.message_dict == {"name": [sentence]}
    Site(name="mILL", customer=make_customer()).full_clean()


# Deletes


def test_a_customer_with_jobs_is_not_deleted_but_can_be_set_inactive(sales: User) -> None:
    customer = make_customer(name="Baker")
    make_job(owner=sales, customer=customer)
    with pytest.raises(Refused) as refused:
        customer.delete()
    assert refused.value.messages == [
        "1 job refers to Baker, so it cannot be deleted. Set the customer inactive instead."
    ]
    make_job(owner=sales, customer=customer)
    with pytest.raises(Refused, match="2 jobs refer to Baker"):
        customer.delete()
    customer.is_active = False
    customer.save()
    assert Customer.objects.get().is_active is False


def test_a_site_with_jobs_is_not_deleted(sales: User) -> None:
    site = make_site(name="Mill")
    make_job(owner=sales, site=site)
    with pytest.raises(Refused) as refused:
        site.delete()
    assert refused.value.messages == [
        "1 job refers to Mill, so it cannot be deleted. Choose another site on them first, or none."
    ]


def test_equipment_that_a_task_requires_is_not_deleted_but_can_be_set_inactive(
    sales: User,
) -> None:
    drill = make_equipment(name="Drill", serial_number="D-1")
    task = make_task(job=make_job(owner=sales), equipment=[drill])
    with pytest.raises(Refused) as refused:
        drill.delete()
    assert refused.value.messages == ["1 task requires Drill (D-1). Set it inactive instead."]
    task.save_requiring([])
    drill.delete()
    assert Equipment.objects.count() == 0


def test_what_no_job_names_is_deleted_with_its_sites_on_record(sales: User) -> None:
    site = make_site()
    with audit.act(by=sales):
        site.customer.delete()
    assert (Customer.objects.count(), Site.objects.count()) == (0, 0)
    for model in (Customer, Site):
        assert model.history.filter(history_type="-").get().person_name == "Sara Sales"


def test_a_deleted_job_takes_its_tasks_and_shares_along_and_leaves_its_site(
    job: Job,
) -> None:
    site = job.site
    job.delete()
    assert (Task.objects.count(), JobShare.objects.count()) == (1, 0)
    assert Site.objects.filter(pk=site.pk).exists()
