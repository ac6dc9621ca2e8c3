"""What is there is folded: doubles are named, and jobs of days that nobody meant leave the schedule."""

import sys
from typing import Any

from django.db import migrations
from django.db.models import Q
from django.utils import timezone

from core.text import search

from core.record import doubles
from core.text.days import FIRST, LAST
from core.text.typed import searchable


def fold(apps: Any, _schema_editor: Any) -> None:
    customers, sites, equipment = (
        apps.get_model("operations", name) for name in ("customer", "site", "equipment")
    )
    doubles.fold(customers, "name_folded", "name")
    doubles.fold(sites, "name_folded", "name", within="customer")
    doubles.fold(equipment, "serial_folded", "serial_number")


def write_search_texts(apps: Any, _schema_editor: Any) -> None:
    for name, words, related in (
        ("customer", customer_words, ()),
        ("site", site_words, ("customer",)),
        ("equipment", equipment_words, ()),
        ("job", job_words, ("customer", "site", "assigned_to")),
    ):
        doubles.write(apps.get_model("operations", name), "search_text", words, *related)


def customer_words(row: Any) -> str:
    return searchable(row.name, row.contact_name, row.email, row.phone, search.digits(row.phone))


def site_words(row: Any) -> str:
    return searchable(row.name, row.address, row.customer.name)


def equipment_words(row: Any) -> str:
    return searchable(row.name, row.serial_number)


def job_words(row: Any) -> str:
    places = [row.customer.name, row.site.name if row.site else ""]
    return searchable(row.number, row.title, *places, *_person(row.assigned_to))


def _person(person: Any) -> list[str]:
    if person is None:
        return []
    return [f"{person.first_name} {person.last_name}".strip() or person.username, person.username]


def unschedule(apps: Any, _schema_editor: Any) -> None:
    jobs = apps.get_model("operations", "job")
    history = apps.get_model("operations", "historicaljob")
    beyond = Q(scheduled_date__lt=FIRST) | Q(scheduled_date__gt=LAST)
    for job in jobs._base_manager.filter(beyond).order_by("pk"):
        print(
            f"{job.number} was scheduled for {job.scheduled_date}; it is unscheduled now.",
            file=sys.stderr,
        )
        job.scheduled_date = job.start_time = job.end_time = job.overdue_since = None
        job.overdue = False
        job.version += 1
        job.updated_at = timezone.now()
        job.save()
        kept = {f.attname for f in history._meta.concrete_fields}
        values = {f.attname: getattr(job, f.attname) for f in jobs._meta.concrete_fields}
        history._base_manager.create(
            **{name: value for name, value in values.items() if name in kept},
            history_date=job.updated_at,
            history_type="~",
            history_change_reason="No day between 1900 and 2199",
            door="command",
            person_name="",
        )


class Migration(migrations.Migration):
    dependencies = [
        ("operations", "0003_columns_for_folded_texts"),
        ("people", "0003_fold_user_names"),
    ]

    operations = [
        migrations.RunPython(fold, migrations.RunPython.noop),
        migrations.RunPython(write_search_texts, migrations.RunPython.noop),
        migrations.RunPython(unschedule, migrations.RunPython.noop),
    ]
