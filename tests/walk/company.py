"""A company with a row of every kind, and the people who walk past every address of it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from core.record import audit
from core.roles import RIGHTS, Role, codename
from operations import acts
from people.models import User
from tests.core.import_pages.world import make_import
from tests.factories import (
    make_customer,
    make_equipment,
    make_job,
    make_message,
    make_site,
    make_user,
)

# People beside the roles, by the number that their permissions are drawn with.
SEEDS = range(1, 21)
ROLES = {role.value: role for role in Role}
ROOT = "superuser"


def drawn(seed: int) -> list[tuple[str, str]]:
    """The permissions of a group of the company's own: one, or a few of those in the table."""
    chance = random.Random(seed)
    every = [
        (label, action)
        for label, rights in RIGHTS.items()
        if label.startswith(("operations.", "people."))
        for action in rights
    ]
    # The audit log of one kind alone has gone wrong before.
    audits = [each for each in every if each[1] == "audit"]
    if seed <= len(audits):
        return [audits[seed - 1], *chance.sample(every, chance.choice((0, 0, 2)))]
    return chance.sample(every, chance.choice((1, 1, 2, 3, 5, 8)))


def written(seed: int) -> str:
    """The name of a person in the list of tests: what they may."""
    return f"{seed} " + " ".join(codename(*each) for each in drawn(seed))


@dataclass
class Company:
    """Who walks, and a key for each place of an address, by model."""

    person: User
    boss: User
    friend: User
    keys: dict[str, Any]

    def places(self, model: str, path: str) -> dict[str, Any]:
        """What stands in the places of an address."""
        row = self.keys[model or _of_call(path)]
        return {
            "object_id": row,
            "pk": row,
            "id": row,
            "user_pk": self.friend.pk,
            "step": "company",
            "mark": "x",
            "user": self.friend.pk,
            "task_pk": self.keys["operations.task"],
            "name": "assign",
            "figure": "needing",
            "table": "hours",
            "app_label": "operations",
            "kind": "customers",
            "form": "csv",
            "content_type_id": 1,
            "url": "nothing/at/all/",
        }


def _of_call(path: str) -> str:
    parts = path.split("/")
    named = {
        "jobs": "operations.job",
        "tasks": "operations.task",
        "equipment": "operations.equipment",
        "customers": "operations.customer",
        "sites": "operations.site",
        "users": "people.user",
    }
    return named.get(parts[2], "operations.job") if len(parts) > 2 else "operations.job"


@transaction.atomic
def make_company(who: str | int) -> Company:
    """A company, and in it a role, a superuser, or somebody with permissions by chance.

    The job is owned by the sales agent, and assigned to the technician.
    """
    boss = make_user(Role.ADMIN, username="boss")
    friend = make_user(Role.TECHNICIAN, Role.SALES_AGENT, username="friend")
    person = _person(who)
    owner = person if who == Role.SALES_AGENT else boss
    technician = person if who == Role.TECHNICIAN else friend
    item, site = make_equipment(name="Lane drill"), make_site(name="Mill Lane 3")
    job = make_job(owner=owner, assigned_to=technician, site=site, title="Lane", tasks=1)
    with audit.act(by=boss):
        acts.share(job, make_user(Role.TECHNICIAN, username="other"), "view", by=boss)
        job.tasks.get().save_requiring([item])
        other = make_job(owner=owner, assigned_to=technician, scheduled_date=audit.today())
        other.title = "Changed"
        other.save()
        make_customer(name="Gone").delete()
    # At the key of the job, which stands in the places of an address.
    make_message(pk=job.pk, person=boss, state="in_doubt", subject="Lane", html="<p>Lane</p>")
    make_import(
        boss,
        pk=job.pk,
        state="previewed",
        rows={"new": 1, "refused": 1},
        data=b"name,phone\nLane,1\n,2\n",
    )
    keys = {
        "operations.job": job.pk,
        "operations.task": job.tasks.get().pk,
        "operations.customer": site.customer_id,
        "operations.site": site.pk,
        "operations.equipment": item.pk,
        "people.user": friend.pk,
        "auth.group": Group.objects.create(name="Reception").pk,
    }
    return Company(person, boss, friend, keys)


def _person(who: str | int) -> User:
    if who == ROOT:
        return User.objects.create_superuser("walker")  # type: ignore[no-any-return]
    if who in ROLES:
        return make_user(ROLES[str(who)], username="walker")
    person = make_user(username="walker")
    group = Group.objects.create(name="Dispatch")
    for label, action in drawn(int(who)):
        app = label.split(".")[0]
        found = Permission.objects.get(
            content_type__app_label=app, codename=codename(label, action)
        )
        group.permissions.add(found)
    person.set_groups([group])
    return User.objects.get(pk=person.pk)
