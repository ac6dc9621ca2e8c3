"""Each write of a row on record raises its version, leaves a history row, and loses nobody's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.record import audit
from core.record.records import one_record
from core.refusals import Difference, Refused, Stale
from operations.models import Customer, Equipment, Job, Task
from people.models import User
from tests.factories import make_customer, make_equipment, make_job, make_task

pytestmark = pytest.mark.django_db
HINT = "Your changes were not saved: check the values below and save again."


def versions(row: Customer | Job | Task | Equipment) -> list[int]:
    """The versions on record, oldest first."""
    return list(row.history.order_by("history_id").values_list("version", flat=True))


def test_a_new_row_is_version_1_and_on_record() -> None:
    customer = make_customer()
    assert (customer.version, versions(customer)) == (1, [1])


def test_each_change_raises_the_version_by_one_and_leaves_one_history_row() -> None:
    customer = make_customer()
    for name in ("Second", "Third"):
        customer.name = name
        customer.save()
    assert (customer.version, versions(customer)) == (3, [1, 2, 3])
    assert Customer.objects.get().name == "Third"


def test_a_save_with_nothing_changed_writes_nothing_and_leaves_no_history(
    django_assert_num_queries: object,
) -> None:
    make_equipment(name="Same")
    equipment = Equipment.objects.get()
    equipment.name = "Other"
    equipment.name = "Same"
    with django_assert_num_queries(0):  # type: ignore[operator]
        equipment.save()
    assert (equipment.version, versions(equipment)) == (1, [1])


def test_only_the_columns_that_changed_are_written() -> None:
    customer = make_customer(name="Name", phone="1")
    customer.phone = "2"
    with CaptureQueriesContext(
        connection,
    ) as queries:
        customer.save()
    (update,) = [q["sql"] for q in queries if q["sql"].startswith("UPDATE")]
    assert '"phone"' in update
    assert '"name"' not in update


def test_a_change_of_an_unversioned_field_is_on_record_under_the_same_version(sales: User) -> None:
    job = make_job(owner=sales, scheduled_date=audit.today())
    with audit.act(at=audit.now() + timedelta(days=1)):
        job.save()
    job.refresh_from_db()
    assert (job.overdue, job.version, versions(job)) == (True, 1, [1, 1])


def test_touching_a_row_raises_its_version_though_no_column_changed() -> None:
    customer = make_customer()
    customer.touch()
    customer.save()
    customer.save()
    assert (customer.version, versions(customer)) == (2, [1, 2])


def test_what_was_touched_and_read_again_is_not_touched() -> None:
    customer = make_customer()
    customer.touch()
    customer.refresh_from_db()
    customer.save()
    assert versions(customer) == [1]


# Somebody else was faster


def test_saving_a_row_that_changed_meanwhile_is_refused_and_changes_nothing(sales: User) -> None:
    make_customer(name="Before")
    mine, theirs = Customer.objects.get(), Customer.objects.get()
    theirs.name = "Theirs"
    with audit.act(by=sales):
        theirs.save()
    mine.name = "Mine"
    with pytest.raises(Stale) as refused:
        mine.save()
    assert refused.value.message == (
        f"Sara Sales changed this in the meantime (name: Before → Theirs). {HINT}"
    )
    assert refused.value.code == "stale"
    assert isinstance(refused.value, Refused)
    assert (Customer.objects.get().name, versions(mine)) == ("Theirs", [1, 2])


def test_saving_a_row_that_was_deleted_meanwhile_is_refused() -> None:
    make_customer()
    mine, theirs = Customer.objects.get(), Customer.objects.get()
    theirs.delete()
    mine.name = "Mine"
    with pytest.raises(Stale) as refused:
        mine.save()
    assert refused.value.message == "This has been deleted in the meantime. Nothing was saved."
    assert not Customer.objects.exists()


def test_a_save_that_the_database_refused_can_be_mended_and_saved() -> None:
    make_customer(name="Taken")
    customer = make_customer(name="Free")
    customer.name = "Taken"
    with pytest.raises(IntegrityError), transaction.atomic():
        customer.save()
    customer.name = "Mended"
    customer.save()
    assert (customer.version, versions(customer)) == (2, [1, 2])


@pytest.mark.parametrize("stated", [None, 1])
def test_a_writer_who_states_no_version_or_the_right_one_passes(stated: int | None) -> None:
    customer = make_customer()
    customer.check_version(stated, {"name": "Mine"})
    assert customer.version == 1


def test_a_stale_writer_is_shown_both_values_of_the_fields_they_wanted(sales: User) -> None:
    customer = make_customer(name="Before", phone="1", notes="old")
    customer.name, customer.phone = "Theirs", "2"
    with audit.act(by=sales):
        customer.save()
    with pytest.raises(Stale) as refused:
        customer.check_version(1, {"phone": "3", "notes": "new"})
    assert refused.value.differences == [
        Difference(field="phone", label="phone", theirs="2", yours="3")
    ]
    assert refused.value.message == (
        f"Sara Sales changed this in the meantime (name: Before → Theirs; phone: 1 → 2). {HINT}"
    )


def test_everybody_who_changed_the_row_meanwhile_is_named_once(sales: User, tech: User) -> None:
    customer = make_customer(phone="1")
    for person, phone in ((sales, "2"), (tech, "3"), (None, ""), (sales, "5")):
        customer.phone = phone
        with audit.act(by=person):
            customer.save()
    with pytest.raises(Stale, match="Sara Sales, Tina Tech, a background run changed this"):
        customer.check_version(1)


def test_a_value_that_is_empty_now_is_shown_as_a_dash() -> None:
    customer = make_customer(phone="1")
    customer.phone = ""
    customer.save()
    with pytest.raises(Stale, match=r"\(phone: 1 → –\)"):
        customer.check_version(1)


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        (0, f"A background run changed this in the meantime (other fields). {HINT}"),
        (99, "There is no version 99: the current version is 1. Nothing was saved."),
    ],
)
def test_a_version_that_never_was_is_stale_without_values(stated: int, message: str) -> None:
    customer = make_customer()
    with pytest.raises(Stale) as refused:
        customer.check_version(stated, {"name": "Mine"})
    assert refused.value.differences == []
    assert refused.value.message == message


# Holding a row


def test_a_lock_reads_the_row_again_and_drops_what_was_not_saved() -> None:
    customer = make_customer(name="Before")
    other = Customer.objects.get()
    other.name = "Theirs"
    other.save()
    customer.name = "Unsaved"
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        assert customer.lock() is customer
    assert (customer.name, customer.version, customer.changed()) == ("Theirs", 2, set())
    held = "FOR NO KEY UPDATE" in queries[-1]["sql"]
    assert held is connection.features.has_select_for_no_key_update


def test_a_row_that_is_gone_cannot_be_locked() -> None:
    customer = make_customer()
    Customer.objects.get().delete()
    with pytest.raises(Customer.DoesNotExist), transaction.atomic():
        customer.lock()


# What was read


def test_reading_one_field_again_keeps_what_was_typed_in_the_others() -> None:
    make_customer(name="Before", phone="1")
    customer = Customer.objects.get()
    customer.name = customer.phone = "Typed"
    customer.refresh_from_db(fields=["phone"])
    assert (customer.phone, customer.changed()) == ("1", {"name"})
    customer.save()
    assert Customer.objects.get().name == "Typed"


def test_a_field_that_is_read_late_keeps_what_was_typed_in_the_others() -> None:
    make_customer(name="Before", phone="1")
    customer = Customer.objects.defer("phone").get()
    customer.name = "Typed"
    assert customer.phone == "1"
    assert customer.changed() == {"name"}


def test_of_a_new_row_every_column_is_changed_and_none_was_loaded() -> None:
    customer = Customer(name="New")
    assert customer.loaded("name") is None
    assert customer.changed() == {field.attname for field in Customer._meta.concrete_fields}


# One act, one history row


def test_what_is_saved_as_one_record_leaves_one_history_row_as_it_ends() -> None:
    equipment = make_equipment(name="Drill", serial_number="1")
    with one_record(equipment):
        equipment.name = "Hammer"
        equipment.save()
        equipment.serial_number = "2"
        equipment.save()
        assert versions(equipment) == [1]
    row = equipment.history.first()
    assert (row.history_type, row.name, row.serial_number) == ("~", "Hammer", "2")
    assert versions(equipment) == [1, 3]


def test_a_new_row_with_its_many_to_many_is_one_record(sales: User) -> None:
    drill = make_equipment()
    task = make_task(job=make_job(owner=sales), equipment=[drill])
    row = task.history.get()
    assert row.history_type == "+"
    assert [link.equipment_id for link in row.equipment.all()] == [drill.pk]


def test_what_fails_within_one_record_leaves_none_and_the_next_save_does() -> None:
    equipment = make_equipment()
    with pytest.raises(ZeroDivisionError), one_record(equipment):
        raise ZeroDivisionError
    assert versions(equipment) == [1]
    equipment.name = "Hammer"
    equipment.save()
    assert versions(equipment) == [1, 2]
