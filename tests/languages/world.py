"""A company whose every name and note is in Greek letters: what else a page says is ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from core.imported import Import, ImportKept, ImportState
from core.imports.results import RowKind
from core.ledger import Message, Notice, State
from core.notice_preferences import NoticePreferences
from core.outbox.posting import kinds
from core.record import audit
from core.roles import Role
from operations import acts
from operations.models import Equipment, Job
from people.models import User
from tests import acting
from tests.core.import_pages.world import make_import
from tests.factories import (
    make_customer,
    make_equipment,
    make_job,
    make_message,
    make_site,
    make_task,
    make_user,
)
from tests.languages.pseudo import CODE

NINE, TEN = time(9), time(10)


@dataclass
class World:
    """Who reads, and a key for each place of an address, by model."""

    people: dict[str, User]
    jobs: dict[str, Job]
    keys: dict[str, Any]

    def places(self, model: str) -> dict[str, Any]:
        """What stands in the places of an address."""
        row = self.keys.get(model, self.jobs["open"].pk)
        return {
            **dict.fromkeys(("object_id", "pk", "id"), row),
            **dict.fromkeys(("user_pk", "user"), self.people["friend"].pk),
            "task_pk": self.keys["operations.task"],
            "name": "assign",
            "kind": "customers",
            "form": "csv",
            "step": "company",
            "figure": "reopened",
            "mark": "00000000",
            "app_label": "operations",
            "content_type_id": 1,
            "url": "μηδέν/",
        }


def _person(name: str, *roles: Role, **fields: Any) -> User:
    person = make_user(
        *roles,
        username=name,
        first_name=name.title(),
        last_name="Ωμέγα",
        phone="+43 1 5",
        **fields,
    )
    User.objects.filter(pk=person.pk).update(language=CODE)
    return User.objects.get(pk=person.pk)


def _mailed(job: Job, friend: User, admin: User) -> int:
    """Mail in every state, some of which told of a job, some of it to an address that nobody has;
    the key of one."""
    User.objects.filter(pk=friend.pk).update(email="δ@example.com", email_problem="άγνωστος")
    for state in State:
        row = make_message(
            state=state,
            person=friend,
            address="δ@example.com",
            subject="Νέα",
            kinds=" ".join(kinds()),
            problem="διότι" if state in {State.FAILED, State.IN_DOUBT} else "",
            claimed_at=timezone.now(),
            settled_at=timezone.now(),
            text="νέα",
            html="νέα",
        )
        Notice.objects.create(
            recipient=row.recipient,
            kind="status",
            occasion=str(row.pk),
            about=f"job {job.pk}",
            due_at=row.try_at,
            message=row,
        )
    NoticePreferences.objects.choose(admin.pk, {"status": "off"}, quiet_from=NINE, quiet_until=TEN)
    return Message.objects.get(state=State.IN_DOUBT).pk


def _imported(admin: User) -> int:
    """Imports in every state, with rows of each kind; the key of one that can be confirmed."""
    kinds = dict.fromkeys(RowKind.values, 1)
    found = {}
    for state in ImportState:
        load = make_import(
            admin, state=state, rows=kinds, file_name="λίστα", data="Όνομα\nΚύκλωψ\n".encode()
        )
        load.rows.update(label="Κύκλωψ", cells=[["στήλη", "α", "β"]])
        load.rows.filter(kind=RowKind.REFUSED).update(errors=[["στήλη", "λάθος"], ["", "όχι"]])
        ImportKept.objects.create(
            load=load, what="row", model="α", object_id=1, label="Κύκλωψ", why="όχι"
        )
        found[state] = load.pk
    Import.objects.update(applied_at=timezone.now(), undone_at=timezone.now(), kept=1)
    return found[ImportState.PREVIEWED]


def make_world() -> World:
    """People of each role, and jobs in every state, one of them with all that a job can have."""
    admin = _person("άλφα", Role.ADMIN)
    # No door takes this address: it is one that no text of ours has.
    User.objects.filter(pk=admin.pk).update(email="α@example.com")
    admin.refresh_from_db()
    sales, tech = _person("βήτα", Role.SALES_AGENT), _person("γάμα", Role.TECHNICIAN)
    friend = _person("δέλτα", Role.TECHNICIAN, Role.SALES_AGENT)
    gone = _person("εψιλον", Role.TECHNICIAN)
    root = User.objects.create_superuser("ζήτα", first_name="Ζήτα", last_name="Ωμέγα")
    User.objects.filter(pk=root.pk).update(language=CODE)
    customer = make_customer(name="Κύκλωψ", contact_name="Νέστωρ", phone="+43 1 6", notes="νότα")
    site = make_site(customer=customer, name="Ιθάκη", address="Οδός 1", access_notes="κλειδί")
    tool = make_equipment(name="Τρύπανο", serial_number="001", description="βαρύ")
    for number, kind in enumerate(Equipment.Kind):
        make_equipment(name=f"Εργαλείο {number}", serial_number=f"1{number}", kind=kind)
    today = audit.today()
    jobs: dict[str, Job] = {}

    def job(name: str, day: int | None = 0, **fields: Any) -> Job:
        when = {} if day is None else {"scheduled_date": today + timedelta(days=day)}
        title = f"Έργο {len(jobs)}"
        given: dict[str, Any] = {
            "owner": sales,
            "site": site,
            "assigned_to": tech,
            **when,
            **fields,
        }
        jobs[name] = made = make_job(title=title, description="γιατί", **given)
        for number in range(2):
            make_task(job=made, title=f"Βήμα {number}", description="πώς", equipment=[tool])
        return made

    everything = job("open", start_time=NINE, end_time=TEN, priority=Job.Priority.URGENT)
    acts.share(everything, friend, "progress", by=sales)
    acts.progress(everything.tasks.first(), by=tech, status="completed", note="έτοιμο")
    acts.edit(everything, by=admin, description="διότι")
    acting.hold(job("held"), by=tech, reason="μακριά")
    job("late", -3)
    job("next", 1, priority=Job.Priority.LOW)
    job("any day", None)
    job("nobody's", 2, assigned_to=None)
    job("lost", 3, assigned_to=gone)
    acting.cancel(job("cancelled"), by=sales, reason="όχι")
    done = job("completed")
    for task in done.tasks.all():
        acts.progress(task, by=tech, status="completed")
    acting.complete(done, by=tech)
    again = job("reopened")
    acting.cancel(again, by=sales, reason="όχι")
    acting.reopen(again, by=sales, reason="ναι")
    with audit.act(by=admin):
        job("deleted").delete()
        acting.deactivate(gone, by=admin)
    keys = {
        "core.import": _imported(admin),
        "core.message": _mailed(everything, friend, admin),
        "operations.job": everything.pk,
        "operations.task": everything.tasks.get(position=2).pk,
        "operations.customer": customer.pk,
        "operations.site": site.pk,
        "operations.equipment": tool.pk,
        "people.user": friend.pk,
        "auth.group": Group.objects.create(name="Υποδοχή").pk,
    }
    people = {"admin": admin, "sales": sales, "tech": tech, "root": root, "friend": friend}
    return World(people, jobs, keys)
