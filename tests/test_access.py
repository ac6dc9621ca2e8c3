"""Who may do what (design section 3): every cell of the table, asked of every door.

The table below is the design's own text, not core/roles.py. `allows` reads a cell; `core.access`
and every door must answer as it does. A door that comes later (API, import, export) is one more
column: a tuple of `Door`s in `COLUMNS`, each with the question of the table that it answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from guardian.models import UserObjectPermission

from core import roles
from core.access import can, require, saying, visible_to
from core.record import audit
from core.rest.api import api
from core.roles import Role
from operations import acts
from operations.models import Customer, Equipment, Job, JobShare, Site, Task
from people import tokens
from people.models import User
from tests.conftest import Sign
from tests.factories import (
    make_customer,
    make_equipment,
    make_job,
    make_site,
    make_task,
    make_user,
)

DESIGN = """
| | Admin | Sales agent | Technician |
|---|---|---|---|
| see jobs | all | owned by them, or shared with them | assigned to them, or shared with them |
| create a job | yes | yes, and own it | no |
| edit a job: text, customer, schedule, priority, assignment, its tasks | all | own | no |
| hand a job to another owner | yes | no | no |
| progress: start, hold, resume, complete, task status and note | all | no | assigned, or shared for progress |
| cancel, reopen | all | own | no |
| delete a job | yes | no (cancel it) | no |
| share a job, to `view`; with a technician also to `progress` | all | own | no |
| customers and sites | all | see all, add, change | see those of jobs they see |
| equipment | all | see | see |
| people | all | see name, role, phone | see name, role, phone |
| own profile: name, phone, password, notices | yes | yes | yes |
| analytics, reports | yes | no | no |
| audit log | all | of the jobs they see | of the jobs they see |
| import | yes | no | no |
| export | all | what they see | no |
| schedules, failed background work | yes (only a superuser names a function to run) | no | no |
"""  # noqa: E501 (the design's own lines)


def table() -> dict[str, dict[str, str]]:
    """The design's cells, by the first words of the line and by role."""
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in DESIGN.split("\n")[1:-1]]
    head, body = lines[0][1:], lines[2:]
    return {line[0].split(":")[0]: dict(zip(head, line[1:], strict=True)) for line in body}


CELLS = table()
JOB, TASK, SHARE = "operations.job", "operations.task", "operations.jobshare"
CUSTOMER, SITE, EQUIPMENT = "operations.customer", "operations.site", "operations.equipment"
PERSON, ANALYTICS, SCHEDULE = "people.user", "reports.analytics", "django_q.schedule"
OF_JOBS = (JOB, TASK, SHARE)
PLACES = (CUSTOMER, SITE)
MODELS = {
    model._meta.label_lower: model for model in (Job, Task, JobShare, Customer, Site, Equipment)
} | {PERSON: User}

# How a row is related to whoever asks.
OWN, FOREIGN, ASSIGNED = "own", "foreign", "assigned"
TO_VIEW, FOR_PROGRESS = "shared to view", "shared for progress"
RELATIONS = (OWN, FOREIGN, TO_VIEW, FOR_PROGRESS, ASSIGNED)
IDLE = "without a job"
SELF, COLLEAGUE, SUPERUSER = "self", "colleague", "superuser"
NO_ROW = "no row"
ROWS = {
    **dict.fromkeys(OF_JOBS, RELATIONS),
    **dict.fromkeys(PLACES, (*RELATIONS, IDLE)),
    EQUIPMENT: (IDLE,),
    PERSON: (SELF, COLLEAGUE, SUPERUSER),
    ANALYTICS: (),
    SCHEDULE: (),
}

# What is asked of core.access for each line of the table: model and action.
QUESTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "see jobs": ((JOB, "view"), (TASK, "view")),
    "create a job": ((JOB, "add"),),
    "edit a job": ((JOB, "change"), (TASK, "add"), (TASK, "change"), (TASK, "delete")),
    "hand a job to another owner": ((JOB, "hand_over"),),
    "progress": ((JOB, "progress"), (TASK, "progress")),
    "cancel, reopen": ((JOB, "cancel"), (JOB, "reopen")),
    "delete a job": ((JOB, "delete"),),
    "share a job, to `view`; with a technician also to `progress`": (
        (JOB, "share"),
        (SHARE, "view"),
        (SHARE, "add"),
        (SHARE, "change"),
        (SHARE, "delete"),
    ),
    "customers and sites": tuple(
        (label, action) for label in PLACES for action in ("view", "add", "change", "delete")
    ),
    "equipment": tuple((EQUIPMENT, action) for action in ("view", "add", "change", "delete")),
    "people": tuple((PERSON, action) for action in ("view", "add", "change", "delete")),
    "own profile": ((PERSON, "change_profile"),),
    "analytics, reports": ((ANALYTICS, "view"),),
    "audit log": tuple((label, "audit") for label in MODELS),
    "import": tuple((label, "import") for label in MODELS if label != SHARE),
    "export": tuple((label, "export") for label in MODELS if label != SHARE),
    "schedules, failed background work": ((SCHEDULE, "view"), (SCHEDULE, "change")),
}
ASKED = {question: line for line, questions in QUESTIONS.items() for question in questions}

REACHES = {
    "all": set(RELATIONS),
    "yes": set(RELATIONS),
    "yes, and own it": set(RELATIONS),
    "yes (only a superuser names a function to run)": set(RELATIONS),
    "no": set(),
    "no (cancel it)": set(),
    "own": {OWN},
    "owned by them, or shared with them": {OWN, TO_VIEW, FOR_PROGRESS},
    "assigned to them, or shared with them": {ASSIGNED, TO_VIEW, FOR_PROGRESS},
    "assigned, or shared for progress": {ASSIGNED, FOR_PROGRESS},
}
BULK_FORMS = {
    "all": {"view", "add", "change", "delete"},
    "see all, add, change": {"view", "add", "change"},
    "see those of jobs they see": {"view"},
    "see": {"view"},
    "see name, role, phone": {"view"},
}


def role_allows(role: str, label: str, action: str, row: str) -> bool:
    """What the cell of the table says of a role, a question and a row."""
    if row == NO_ROW:
        return any(role_allows(role, label, action, each) for each in ROWS[label] or (OWN,))
    cell = CELLS[ASKED[label, action]][role]
    if cell == "what they see":
        return role_allows(role, label, "view", row)
    return row in reach(cell, role, label, action)


def reach(cell: str, role: str, label: str, action: str) -> set[str]:
    """The rows that a cell lets a role do something to."""
    line, every = ASKED[label, action], {*ROWS[label], OWN}
    seen = REACHES[CELLS["see jobs"][role]]
    if line in {"customers and sites", "equipment", "people"}:
        rows = every & seen if cell == "see those of jobs they see" else every
        # Nobody but a superuser changes a superuser.
        rows -= {SUPERUSER} if action in {"change", "delete"} else set()
        return rows if action in BULK_FORMS[cell] else set()
    if line == "own profile":
        return {SELF} if cell == "yes" else set()
    if cell == "of the jobs they see":
        return seen if label in OF_JOBS else set()
    return REACHES[cell] if label in OF_JOBS or not REACHES[cell] else every


# Who asks. The company's own group gives its permissions on every row, and nothing else.
GIVEN = {
    *((JOB, action) for action in ("view", "change", "progress", "share", "export")),
    *((TASK, action) for action in ("view", "progress")),
    *((SHARE, action) for action in ("view", "add", "change", "delete")),
    *((CUSTOMER, action) for action in ("view", "audit")),
    (SITE, "view"),
    *((EQUIPMENT, action) for action in ("view", "change")),
    *((PERSON, action) for action in ("view", "change", "change_profile")),
}
ADMIN, SALES, TECHNICIAN = "Admin", "Sales agent", "Technician"
BOTH, NONE, GONE = "Sales agent and Technician", "nobody of any role", "deactivated Admin"
ROOT, COMPANY, STRANGER = "superuser", "company group alone", "not signed in"
HOLDS = {ADMIN: [ADMIN], SALES: [SALES], TECHNICIAN: [TECHNICIAN], BOTH: [SALES, TECHNICIAN]}
INSIDE = (*HOLDS, ROOT, COMPANY)
OUTSIDE = (NONE, GONE, STRANGER)


def allows(who: str, label: str, action: str, row: str = NO_ROW) -> bool:
    """May they, by the design?"""
    if who in OUTSIDE:
        return False
    if who == ROOT:
        return True
    if who == COMPANY:
        only_self = action == "change_profile" and row not in {SELF, NO_ROW}
        untouchable = row == SUPERUSER and action in {"change", "delete"}
        return (label, action) in GIVEN and not only_self and not untouchable
    return any(role_allows(role, label, action, row) for role in HOLDS[who])


@dataclass
class World:
    """Somebody, and a row in every relation to them."""

    who: str
    person: Any
    boss: User
    friend: User
    rows: dict[str, dict[str, Any]]
    client: Client = field(default_factory=Client)
    pages: dict[str, Any] = field(default_factory=dict)
    start: list[Any] = field(default_factory=list)

    def get(self, address: str) -> Any:
        """A page, opened once: no door leaves anything behind that another could see."""
        if address not in self.pages:
            self.pages[address] = self.client.get(address)
        return self.pages[address]

    def row(self, label: str, row: str) -> Any:
        """The row, as the database has it now."""
        return MODELS[label]._base_manager.get(pk=self.rows[label][row].pk)


def make_world(who: str, relations: tuple[str, ...] = RELATIONS) -> World:
    """One who held every role when the rows came to be, and holds now what is asked for.

    So a sales agent has a job assigned to them from a time when they were a technician too.
    `relations`: those in which there is a job, where not all of them are asked about.
    """
    boss = make_user(Role.ADMIN, Role.TECHNICIAN)
    friend = make_user(Role.TECHNICIAN, Role.SALES_AGENT)
    person = make_user(*Role)
    jobs = {}
    for relation in relations:
        jobs[relation] = make_job(
            owner=person if relation == OWN else boss,
            assigned_to={ASSIGNED: person, FOREIGN: boss}.get(relation),
            site=make_site(),
            tasks=1,
            title=f"Title {relation}",
        )
        acts.share(jobs[relation], friend, "view", by=boss)
    for relation, level in ((TO_VIEW, "view"), (FOR_PROGRESS, "progress")):
        if relation in jobs:
            acts.share(jobs[relation], person, level, by=boss)
    rows: dict[str, dict[str, Any]] = {
        JOB: jobs,
        TASK: {relation: job.tasks.get() for relation, job in jobs.items()},
        SHARE: {relation: job.shares.get(user=friend) for relation, job in jobs.items()},
        CUSTOMER: {relation: job.customer for relation, job in jobs.items()},
        SITE: {relation: job.site for relation, job in jobs.items()},
        EQUIPMENT: {IDLE: make_equipment()},
        PERSON: {
            SELF: person,
            COLLEAGUE: make_user(),
            SUPERUSER: User.objects.create_superuser(f"other-root-{boss.pk}"),
        },
    }
    rows[CUSTOMER][IDLE], rows[SITE][IDLE] = make_customer(), make_site()
    become(person, who, boss=boss)
    world = World(who, User.objects.get(pk=person.pk), boss, friend, rows)
    if who == STRANGER:
        world.person = AnonymousUser()
    else:
        backend = "django.contrib.auth.backends.ModelBackend"
        world.client.force_login(world.person, backend=backend)
    if relations == RELATIONS:
        world.start = everything()
    return world


def become(person: User, who: str, *, boss: User) -> None:
    held = [ADMIN] if who == GONE else HOLDS.get(who, [])
    person.set_roles([role for role in Role if role.group_name in held], by=boss)
    if who == GONE:
        person.deactivate(by=boss)
    elif who == ROOT:
        person.is_superuser = True
        person.save()
    elif who == COMPANY:
        person.set_groups([company_group(GIVEN)])


def company_group(given: set[tuple[str, str]], name: str = "Dispatch") -> Group:
    group, _made = Group.objects.get_or_create(name=name)
    for label, action in given:
        app, model = label.split(".")
        group.permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=f"{action}_{model}")
        )
    return group


# core/access.py


@pytest.mark.django_db
@pytest.mark.parametrize("who", [*INSIDE, *OUTSIDE])
def test_every_cell_of_the_table_holds_in_core_access(who: str) -> None:
    world = make_world(who)
    cells = [(*question, row) for question in ASKED for row in ROWS[question[0]]]
    answers = {cell: answer(world, *cell) for cell in cells}
    assert answers == {cell: allows(who, *cell) for cell in cells}


def answer(world: World, label: str, action: str, row: str) -> bool:
    """The answer of `can`, once it is known that all functions agree."""
    target = world.row(label, row)
    said = can(world.person, action, target)
    everything = MODELS[label]._base_manager.all()
    rows = visible_to(world.person, everything, action)
    assert rows.filter(pk=target.pk).exists() == said
    assert saying(world.person, everything, action, name="may").get(pk=target.pk).may == said
    assert requires(world.person, action, target) == said
    return said


def requires(person: Any, action: str, target: Any) -> bool:
    try:
        require(person, action, target)
    except PermissionDenied:
        return False
    return True


@pytest.mark.django_db
@pytest.mark.parametrize("who", [*INSIDE, *OUTSIDE])
def test_without_a_row_the_answer_is_whether_there_can_be_any(who: str) -> None:
    world = make_world(who)
    expected = {question: allows(who, *question) for question in ASKED}
    assert {q: can(world.person, q[1], q[0]) for q in ASKED} == expected
    assert {q: requires(world.person, q[1], q[0]) for q in ASKED} == expected
    of_models = {q: expected[q] for q in ASKED if q[0] in MODELS}
    assert {q: can(world.person, q[1], MODELS[q[0]]) for q in of_models} == of_models


def test_every_action_of_the_roles_table_stands_in_the_design() -> None:
    named = {(label, action) for label, rights in roles.TABLE.items() for action in rights}
    assert named == set(ASKED)


@pytest.mark.django_db
def test_a_role_that_becomes_a_group_has_the_permissions_of_its_column() -> None:
    roles.make_groups()
    for role in Role:
        held = Permission.objects.filter(group__name=role.group_name)
        assert set(held.values_list("content_type__app_label", "codename")) == {
            (label.split(".")[0], f"{action}_{label.split('.')[1]}")
            for label, action in ASKED
            if label in {*MODELS, SCHEDULE} and role_allows(role.group_name, label, action, NO_ROW)
        }


@pytest.mark.django_db
def test_a_group_of_another_name_is_no_role(sales: User) -> None:
    assert [Role.of_group(role.group_name) for role in Role] == list(Role)
    assert Role.of_group("Dispatch") is None


@pytest.mark.django_db
def test_a_row_that_is_not_saved_and_an_action_without_a_name_are_refused(root: User) -> None:
    assert can(root, "view", Job(title="Not saved")) is False
    assert can(root, "view", User(pk=root.pk)) is False
    assert can(root, "paint", Job) is False
    assert can(root, "view", "operations.nothing") is False
    assert can(root, "view", Group) is False


@pytest.mark.django_db
def test_a_deactivated_superuser_may_nothing(root: User, admin: User, sales: User) -> None:
    job = make_job(owner=sales)
    root.deactivate(by=admin)
    assert (can(root, "view", job), list(visible_to(root, Job.objects.all()))) == (False, [])


@pytest.mark.django_db
def test_a_permission_given_to_one_person_reaches_every_row(sales: User, other_sales: User) -> None:
    foreign = make_job(owner=other_sales)
    sales.user_permissions.add(Permission.objects.get(codename="view_job"))
    sales.refresh_from_db()
    assert (can(sales, "view", foreign), can(sales, "change", foreign)) == (True, False)


@pytest.mark.django_db
def test_a_reassignment_takes_effect_at_once(
    admin: User, sales: User, other_sales: User, tech: User, other_tech: User
) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    asked = [(tech, "progress"), (other_tech, "progress"), (sales, "change"), (other_sales, "view")]
    assert [can(who, action, job) for who, action in asked] == [True, False, True, False]
    acts.assign(job, other_tech, by=admin)
    job.owner = other_sales
    job.save()
    # Asked of the very rows that were read before: the database says, not the instance.
    assert [can(who, action, job) for who, action in asked] == [False, True, False, True]
    assert list(visible_to(tech, Job.objects.all())) == []
    assert list(visible_to(sales, Job.objects.all())) == []


@pytest.mark.django_db
def test_what_a_form_has_filled_in_does_not_count(sales: User, other_sales: User) -> None:
    job = make_job(owner=sales)
    job.owner = other_sales
    assert (can(sales, "change", job), can(other_sales, "change", job)) == (True, False)


@pytest.mark.django_db
def test_a_role_taken_away_takes_effect_at_once(sales: User, tech: User) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    acts.share(job, tech, "progress", by=sales)
    tech.set_roles([Role.SALES_AGENT])
    assert (can(tech, "view", job), can(tech, "progress", job)) == (True, False)
    tech.set_roles([])
    assert (can(tech, "view", job), list(visible_to(tech, Task.objects.all()))) == (False, [])
    tech.set_roles([Role.TECHNICIAN])
    assert (can(tech, "view", job), can(tech, "progress", job)) == (True, True)


@pytest.mark.django_db
def test_a_share_counts_while_it_stands_at_the_level_it_has(sales: User, tech: User) -> None:
    job = make_job(owner=sales)

    def may() -> tuple[bool, bool]:
        return can(tech, "view", job), can(tech, "progress", job)

    assert may() == (False, False)
    acts.share(job, tech, "progress", by=sales)
    assert may() == (True, True)
    acts.share(job, tech, "view", by=sales)
    assert may() == (True, False)
    acts.unshare(job, tech, by=sales)
    assert may() == (False, False)


@pytest.mark.django_db
def test_no_permission_row_is_stored_but_the_explicit_share(
    sales: User, tech: User, other_tech: User
) -> None:
    job = make_job(owner=sales, assigned_to=tech, tasks=1)
    acts.share(job, other_tech, "view", by=sales)
    acts.assign(job, other_tech, by=sales)
    assert UserObjectPermission.objects.count() == 0
    assert list(JobShare.objects.values_list("user", "content_object")) == [(other_tech.pk, job.pk)]
    job.delete()
    assert JobShare.objects.count() == 0


# Doors


class Answer(StrEnum):
    """What somebody meets at a door."""

    DONE = "done, or shown"
    REFUSED = "403, or not offered"
    HIDDEN = "404"
    LOGIN = "led to the login"


Attempt = Callable[["World", str], Callable[[], Any]]


@dataclass(frozen=True)
class Door:
    """A way in: the question of the table that it answers, and how it is tried on a row.

    `first` brings the job into the state that the attempt asks for. `sees` is the model whose row
    must be seen for a 403 instead of a 404. `shows`: a text on the page that shows it. `listed`:
    the row is looked for in a list. `part`: a part of a form that does other things too, which
    leaves out what the person may not do instead of answering 403.
    """

    name: str
    question: tuple[str, str]
    attempt: Attempt
    rows: tuple[str, ...] = RELATIONS
    sees: str = JOB
    first: Callable[[Job, User], Any] | None = None
    shows: Callable[[World, str], str] | None = None
    listed: bool = False
    part: bool = False

    def expected(self, who: str, row: str) -> Answer:
        """What the table says."""
        if who in OUTSIDE:
            return Answer.LOGIN
        if row != NO_ROW and not allows(who, self.sees, "view", row):
            return Answer.HIDDEN
        return Answer.DONE if allows(who, *self.question, row) else Answer.REFUSED

    def found(self, world: World, row: str) -> Answer:
        """What happens. Whatever is refused has left every row and its history as they were."""
        with rolled_back():
            before = world.start
            if self.first is not None:
                self.first(world.row(JOB, row), world.boss)
                before = everything()
            response = self.attempt(world, row)()
            changed = not is_read(response) and everything() != before
            said = self._read(response, world, row, changed=changed)
            assert not (changed and said is not Answer.DONE)
            return said

    def _read(self, response: Any, world: World, row: str, *, changed: bool) -> Answer:
        if response.status_code == 302 and response["Location"].startswith("/admin/login/"):
            return Answer.LOGIN
        if response.status_code in {403, 404}:
            return Answer.HIDDEN if response.status_code == 404 else Answer.REFUSED
        if self.listed:
            shown = {obj.pk for obj in response.context["cl"].result_list}
            return Answer.DONE if world.rows[self.sees][row].pk in shown else Answer.HIDDEN
        if self.shows is not None:
            seen = self.shows(world, row) in response.content.decode()
            return Answer.DONE if seen else Answer.REFUSED
        if is_read(response) or changed:
            return Answer.DONE
        assert self.part, (self.name, row, response.context and response.context.get("errors"))
        return Answer.REFUSED


def is_read(response: Any) -> bool:
    return bool(response.request["REQUEST_METHOD"] == "GET")


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# Signing in writes the moment, and is no change of a person.
WRITTEN = {
    model: [column.attname for column in model._meta.concrete_fields if column.name != "last_login"]
    for model in MODELS.values()
}
# Looked up once: simple-history makes a manager each time it is asked for one.
HISTORY = {model: model.history.all() for model in MODELS.values()}


def everything() -> list[Any]:
    """Every row that a door can write, and how much history there is."""
    return [
        (list(model._base_manager.order_by("pk").values_list(*columns)), HISTORY[model].count())
        for model, columns in WRITTEN.items()
    ]


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


def page_of(label: str, page: str) -> str:
    return f"{label.replace('.', '_')}_{page}"


# Each of these makes the attempt of a door.


def get(name: str, label: str = "") -> Attempt:
    """Open a page: of a row, or of none."""

    def attempt(world: World, row: str) -> Callable[[], Any]:
        address = url(name, world.rows[label][row].pk) if label else url(name)
        return lambda: world.get(address)

    return attempt


def post(name: str, label: str = "", /, **typed: Any) -> Attempt:
    """Send a form: of a row, or of none. What is typed may depend on the world."""

    def attempt(world: World, row: str) -> Callable[[], Any]:
        address = url(name, world.rows[label][row].pk) if label else url(name)
        return lambda: world.client.post(address, typed_in(world, typed))

    return attempt


def typed_in(world: World, typed: dict[str, Any]) -> dict[str, Any]:
    return {name: value(world) if callable(value) else value for name, value in typed.items()}


def save(label: str, /, **typed: Any) -> Attempt:
    """Save the page of a row as it is shown, but for what is typed."""

    def attempt(world: World, row: str) -> Callable[[], Any]:
        obj = world.row(label, row)
        form = job_form(obj) if label == JOB else row_form(label, obj)
        address = url(page_of(label, "change"), obj.pk)
        return lambda: world.client.post(address, form | typed_in(world, typed))

    return attempt


def job_form(job: Job) -> dict[str, Any]:
    """What the page of a job sends."""
    values: dict[str, Any] = {
        "stated_version": job.version,
        "title": job.title,
        "description": job.description,
        "priority": job.priority,
        "customer": job.customer_id,
        "site": job.site_id or "",
        "assigned_to": job.assigned_to_id or "",
        "owner": job.owner_id,
        "scheduled_date": "",
        "start_time": "",
        "end_time": "",
    }
    tasks = list(job.tasks.all())
    values |= forms_of("tasks", total=len(tasks), initial=len(tasks))
    for number, task in enumerate(tasks):
        names = ("position", "title", "description")
        told = {"id": task.pk, "job": job.pk, "stated_version": task.version}
        told |= {name: getattr(task, name) for name in names}
        values |= {f"tasks-{number}-{name}": value for name, value in told.items()}
    return values


def forms_of(prefix: str, *, total: int = 0, initial: int = 0) -> dict[str, Any]:
    return {f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": initial}


def row_form(label: str, row: Any) -> dict[str, Any]:
    """What the page of a customer, a site, equipment or a person sends."""
    names = {
        CUSTOMER: ("name", "contact_name", "phone", "email", "notes"),
        SITE: ("customer_id", "name", "address", "access_notes"),
        EQUIPMENT: ("name", "serial_number", "kind", "description"),
        PERSON: ("username", "first_name", "last_name", "email", "phone"),
    }[label]
    values = {name.removesuffix("_id"): getattr(row, name) for name in names}
    values |= {"stated_version": row.version, "is_active": "on", **forms_of("sites")}
    if label == PERSON:
        values["roles"] = [role.value for role in row.roles]
        values["is_superuser"] = "on" if row.is_superuser else ""
    return values


def verb(name: str, **typed: Any) -> Attempt:
    """Press the button of a verb."""
    return post(f"operations_job_{name}", JOB, **typed)


def finish_tasks(job: Job, boss: User) -> None:
    acts.progress(job.tasks.get(), by=boss, status="completed")


def progress_task(world: World, row: str) -> Callable[[], Any]:
    task = world.row(TASK, row)
    address = url("operations_job_progress", task.job_id, task.pk)
    return lambda: world.client.post(address, {"status": "completed", "note": "Done."})


def unshare(world: World, row: str) -> Callable[[], Any]:
    address = url("operations_job_unshare", world.rows[JOB][row].pk, world.friend.pk)
    return lambda: world.client.post(address)


def save_profile(world: World, row: str) -> Callable[[], Any]:
    typed = {"first_name": "Renamed", "stated_version": world.rows[PERSON][SELF].version}
    return lambda: world.client.post(url("profile"), typed)


def pages_of(label: str, *, typed: dict[str, Any], new: dict[str, Any]) -> Iterator[Door]:
    """The pages that every model of the back office has."""
    rows = ROWS[label]
    # Whoever and whatever appears on a job stays, whoever asks: that is a rule, and no right.
    free = rows if label == JOB else tuple(row for row in rows if row not in {*RELATIONS, SELF})

    def door(name: str, action: str, attempt: Attempt, rows: tuple[str, ...], **said: Any) -> Door:
        return Door(f"{label}: {name}", (label, action), attempt, rows, label, **said)

    yield door("list", "view", get(page_of(label, "changelist")), rows, listed=True)
    yield door("page", "view", get(page_of(label, "change"), label), rows)
    yield door("save", "change", save(label, **typed), rows)
    yield door("history", "audit", get(page_of(label, "history"), label), rows)
    yield door("ask to delete", "delete", get(page_of(label, "delete"), label), rows)
    yield door("delete", "delete", post(page_of(label, "delete"), label, post="yes"), free)
    yield door("form for a new one", "add", get(page_of(label, "add")), (NO_ROW,))
    yield door("new one", "add", post(page_of(label, "add"), **new), (NO_ROW,))


def task_title(world: World, row: str) -> str:
    return str(world.rows[TASK][row].title)


def customer_pk(world: World) -> int:
    return int(world.rows[CUSTOMER][IDLE].pk)


def friend_pk(world: World) -> int:
    return int(world.friend.pk)


def other_pk(world: World) -> int:
    return int(world.rows[PERSON][SUPERUSER].pk)


SHARING = {"user": friend_pk, "level": "progress"}
WHY = {"reason": "The customer called."}
NEW_TASK = {**forms_of("tasks", total=2, initial=1), "tasks-1-title": "One more"}
PASSWORDS = {"password1": "A-Word-Of-2-Parts", "password2": "A-Word-Of-2-Parts"}
BACK_OFFICE = (
    *pages_of(
        JOB,
        typed={"title": "Another title"},
        new={"title": "New", "priority": "low", "customer": customer_pk, **forms_of("tasks")},
    ),
    *pages_of(CUSTOMER, typed={"phone": "1"}, new={"name": "New", **forms_of("sites")}),
    *pages_of(SITE, typed={"address": "1"}, new={"name": "New", "customer": customer_pk}),
    *pages_of(
        EQUIPMENT,
        typed={"description": "1"},
        new={"name": "New", "serial_number": "NEW", "kind": "tool"},
    ),
    *pages_of(PERSON, typed={"phone": "1"}, new={"username": "new", **PASSWORDS}),
    Door("tasks on the page", (TASK, "view"), get("operations_job_change", JOB), shows=task_title),
    Door(
        "shares on the page",
        (SHARE, "view"),
        get("operations_job_change", JOB),
        shows=lambda world, _row: f"Stop sharing with {world.friend}",
    ),
    Door(
        "tasks in the history",
        (TASK, "audit"),
        get("operations_job_history", JOB),
        shows=lambda world, row: f"task <em>{task_title(world, row)}</em>",
    ),
    Door(
        "shares in the history",
        (SHARE, "audit"),
        get("operations_job_history", JOB),
        shows=lambda world, _row: f"share <em>{world.friend}</em>",
    ),
    Door("assign", (JOB, "change"), save(JOB, assigned_to=friend_pk)),
    Door("hand over", (JOB, "hand_over"), save(JOB, owner=friend_pk), part=True),
    Door("add a task", (TASK, "add"), save(JOB, **NEW_TASK), part=True),
    Door("edit a task", (TASK, "change"), save(JOB, **{"tasks-0-title": "Other"}), part=True),
    Door("delete a task", (TASK, "delete"), save(JOB, **{"tasks-0-DELETE": "on"}), part=True),
    Door("start", (JOB, "progress"), verb("start")),
    Door("hold", (JOB, "progress"), verb("hold", **WHY)),
    Door(
        "resume",
        (JOB, "progress"),
        verb("resume"),
        first=lambda job, by: acts.hold(job, by=by, **WHY),
    ),
    Door("complete", (JOB, "progress"), verb("complete"), first=finish_tasks),
    Door("cancel", (JOB, "cancel"), verb("cancel", **WHY)),
    Door(
        "reopen",
        (JOB, "reopen"),
        verb("reopen", **WHY),
        first=lambda job, boss: acts.cancel(job, by=boss, **WHY),
    ),
    Door("why hold", (JOB, "progress"), get("operations_job_hold", JOB)),
    Door("why cancel", (JOB, "cancel"), get("operations_job_cancel", JOB)),
    Door("why reopen", (JOB, "reopen"), get("operations_job_reopen", JOB)),
    Door("progress of a task", (TASK, "progress"), progress_task),
    Door("with whom to share", (JOB, "share"), get("operations_job_share", JOB)),
    Door("share", (SHARE, "add"), post("operations_job_share", JOB, user=other_pk, level="view")),
    Door("share further", (SHARE, "change"), post("operations_job_share", JOB, **SHARING)),
    Door("stop sharing", (SHARE, "delete"), unshare),
    Door("profile", (PERSON, "change_profile"), get("profile"), (SELF,), PERSON),
    Door("save the profile", (PERSON, "change_profile"), save_profile, (SELF,), PERSON),
)


# The API: the same questions, of whoever calls by a token or by a session.


@dataclass(frozen=True)
class Call(Door):
    """A call of the API; `method` and `path` are those of its schema."""

    method: str = "get"
    path: str = ""

    def _read(self, response: Any, world: World, row: str, *, changed: bool) -> Answer:
        told = {401: Answer.LOGIN, 403: Answer.REFUSED, 404: Answer.HIDDEN}
        if response.status_code in told:
            assert response["Content-Type"] == "application/problem+json"
            return told[response.status_code]
        assert response.status_code in {200, 201, 204}, (self.name, row, response.content)
        assert changed or is_read(response), (self.name, row)
        if self.listed:
            keys = {each["id"] for each in response.json()["results"]}
            return Answer.DONE if world.rows[self.sees][row].pk in keys else Answer.HIDDEN
        if self.shows is not None and self.shows(world, row) not in response.content.decode():
            return Answer.REFUSED
        return Answer.DONE


def by_session(world: World) -> Client:
    return world.client


def by_token(world: World) -> Client:
    if world.who == STRANGER:
        return Client()
    pair = tokens.sign_in(world.rows[PERSON][SELF], at=timezone.now())
    return Client(headers={"Authorization": f"Bearer {pair.access}"})


def calls(by: Callable[[World], Client]) -> Iterator[Call]:
    """Every call, by whoever signs in so."""

    def call(
        what: str,
        question: tuple[str, str],
        label: str = "",
        /,
        body: dict[str, Any] | None = None,
        key: Callable[[World, str], Any] | None = None,
        **said: Any,
    ) -> Call:
        method, path = what.split()

        def attempt(world: World, row: str) -> Callable[[], Any]:
            pk = key(world, row) if key else world.rows[label][row].pk if label else ""
            address = f"/api{path}".format(id=pk, user=world.friend.pk)
            sent = typed_in(world, body or {})
            send = getattr(by(world), method)
            if method == "get":
                return lambda: send(address)
            return lambda: send(address, sent, content_type="application/json")

        rows = said.pop("rows", ROWS[label] if label else (NO_ROW,))
        sees = said.pop("sees", label or question[0])
        name = f"{what} {sorted(body or {})} {question}"
        return Call(name, question, attempt, rows, sees, **said, method=method, path=path)

    job = "/jobs/{id}"
    new_job = {"title": "New", "customer": customer_pk}
    yield call("get /jobs", (JOB, "view"), rows=RELATIONS, listed=True)
    yield call("post /jobs", (JOB, "add"), body=new_job)
    yield call(f"get {job}", (JOB, "view"), JOB)
    yield call(f"patch {job}", (JOB, "change"), JOB, body={"title": "Other"})
    yield call(f"patch {job}", (JOB, "hand_over"), JOB, body={"owner": friend_pk})
    yield call(f"delete {job}", (JOB, "delete"), JOB)
    yield call(f"post {job}/start", (JOB, "progress"), JOB)
    yield call(f"post {job}/hold", (JOB, "progress"), JOB, body=WHY)
    held = {"first": lambda job, boss: acts.hold(job, by=boss, **WHY)}
    yield call(f"post {job}/resume", (JOB, "progress"), JOB, **held)
    yield call(f"post {job}/complete", (JOB, "progress"), JOB, first=finish_tasks)
    yield call(f"post {job}/cancel", (JOB, "cancel"), JOB, body=WHY)
    closed = {"first": lambda job, boss: acts.cancel(job, by=boss, **WHY)}
    yield call(f"post {job}/reopen", (JOB, "reopen"), JOB, body=WHY, **closed)
    yield call(f"get {job}/history", (JOB, "audit"), JOB)
    yield call(f"get {job}/history", (TASK, "audit"), JOB, shows=task_title)
    friend: Any = {"shows": lambda world, _row: f"{world.friend}"}
    yield call(f"get {job}/history", (SHARE, "audit"), JOB, **friend)
    yield call(f"get {job}/shares", (SHARE, "view"), JOB, **friend)
    to_other = {"user": other_pk, "level": "view"}
    yield call(f"post {job}/shares", (JOB, "share"), JOB, body=to_other)
    yield call(f"post {job}/shares", (SHARE, "add"), JOB, body=to_other)
    yield call(f"post {job}/shares", (SHARE, "change"), JOB, body=SHARING)
    yield call(f"delete {job}/shares/{{user}}", (SHARE, "delete"), JOB)
    yield call(f"post {job}/tasks", (TASK, "add"), JOB, body={"title": "One more"})

    task = "/tasks/{id}"
    yield call("get /tasks", (TASK, "view"), rows=RELATIONS, listed=True)
    yield call(f"get {task}", (TASK, "view"), TASK)
    yield call(f"patch {task}", (TASK, "change"), TASK, body={"title": "Other"})
    yield call(f"patch {task}", (TASK, "progress"), TASK, body={"status": "completed"})
    yield call(f"patch {task}", (TASK, "progress"), TASK, body={"note": "Done."})
    yield call(f"delete {task}", (TASK, "delete"), TASK)

    equipment = "/equipment/{id}"
    new = {"name": "New", "kind": "tool", "serial_number": "NEW"}
    yield call("get /equipment", (EQUIPMENT, "view"), rows=(IDLE,), listed=True)
    yield call("post /equipment", (EQUIPMENT, "add"), body=new)
    yield call(f"get {equipment}", (EQUIPMENT, "view"), EQUIPMENT)
    yield call(f"get {equipment}/usage", (EQUIPMENT, "view"), EQUIPMENT)
    yield call(f"patch {equipment}", (EQUIPMENT, "change"), EQUIPMENT, body={"name": "Other"})
    yield call(f"delete {equipment}", (EQUIPMENT, "delete"), EQUIPMENT)

    customer, places = "/customers/{id}", ROWS[CUSTOMER]
    yield call("get /customers", (CUSTOMER, "view"), rows=places, listed=True)
    yield call("post /customers", (CUSTOMER, "add"), body={"name": "New"})
    yield call(f"get {customer}", (CUSTOMER, "view"), CUSTOMER)
    yield call(f"patch {customer}", (CUSTOMER, "change"), CUSTOMER, body={"phone": "1"})
    yield call(f"post {customer}/sites", (SITE, "add"), CUSTOMER, body={"name": "New"})
    yield call("patch /sites/{id}", (SITE, "change"), SITE, body={"address": "1"})
    yield call(
        f"get {customer}",
        (SITE, "view"),
        SITE,
        key=lambda world, row: world.rows[SITE][row].customer_id,
        shows=lambda world, row: world.rows[SITE][row].name,
    )

    yield call("get /users", (PERSON, "view"), rows=ROWS[PERSON], listed=True)
    yield call("post /users", (PERSON, "add"), body={"username": "new"})
    yield call("get /users/{id}", (PERSON, "view"), PERSON)
    yield call("patch /users/{id}", (PERSON, "change"), PERSON, body={"phone": "1"})
    profile = {"rows": (SELF,), "sees": PERSON}
    yield call("patch /me", (PERSON, "change_profile"), body={"phone": "1"}, **profile)


BY_SESSION, BY_TOKEN = tuple(calls(by_session)), tuple(calls(by_token))
# Asked of nobody's rows; and the dashboard, whose own test says who sees what there.
BESIDE_THE_TABLE = {
    ("post", "/auth/login"),
    ("post", "/auth/refresh"),
    ("post", "/auth/logout"),
    ("get", "/me"),
    ("get", "/dashboard"),
}


def test_every_call_of_the_api_is_in_the_table() -> None:
    paths = api.get_openapi_schema()["paths"].items()
    there = {(method, path[4:]) for path, methods in paths for method in methods}
    for column in (BY_SESSION, BY_TOKEN):
        asked = {(call.method, call.path) for call in column}
        assert asked.isdisjoint(BESIDE_THE_TABLE)
        assert asked | BESIDE_THE_TABLE == there


# A later door is one more column: its own doors, and which questions it does not answer.
API_BY_SESSION, API_BY_TOKEN = "API by session", "API by token"
COLUMNS: dict[str, tuple[Door, ...]] = {
    "back office": BACK_OFFICE,
    API_BY_SESSION: BY_SESSION,
    API_BY_TOKEN: BY_TOKEN,
}
_NOBODY = {
    *((label, action) for label, action in ASKED if action in {"import", "export"}),
    (ANALYTICS, "view"),
    (SCHEDULE, "view"),
    (SCHEDULE, "change"),
}
_NOT_BY_CALLS = {
    *_NOBODY,
    *((label, "audit") for label in (*PLACES, EQUIPMENT, PERSON)),
    *((label, "delete") for label in (*PLACES, PERSON)),
}
NOT_ANSWERED = {
    "back office": _NOBODY,
    API_BY_SESSION: _NOT_BY_CALLS,
    API_BY_TOKEN: _NOT_BY_CALLS,
}


@pytest.mark.django_db
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("who", INSIDE)
def test_every_door_answers_as_the_table_says(who: str, column: str) -> None:
    world = make_world(who)
    # To a superuser and to a group of the company all rows are alike: two of them say it.
    alike = {TO_VIEW, FOR_PROGRESS, ASSIGNED} if who in {ROOT, COMPANY} else set()
    tried = [(door, row) for door in COLUMNS[column] for row in door.rows if row not in alike]
    found = {(door.name, row): door.found(world, row) for door, row in tried}
    assert found == {(door.name, row): door.expected(who, row) for door, row in tried}


@pytest.mark.django_db
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("who", OUTSIDE)
def test_every_door_is_shut_to_who_may_not_enter(who: str, column: str) -> None:
    world = make_world(who)
    found = {door.name: door.found(world, door.rows[0]) for door in COLUMNS[column]}
    if who == NONE and column != "back office":
        # Their session or token is good still: there is nothing that it is good for.
        assert Answer.DONE not in found.values()
        return
    assert found == {door.name: Answer.LOGIN for door in COLUMNS[column]}


@pytest.mark.parametrize("column", COLUMNS)
def test_every_question_of_the_table_has_a_door_or_is_said_to_have_none(column: str) -> None:
    answered = {door.question for door in COLUMNS[column]}
    assert answered.isdisjoint(NOT_ANSWERED[column])
    assert answered | NOT_ANSWERED[column] == set(ASKED)


# What one door has beside the table


def keys(response: Any) -> list[int]:
    """The rows of a list, by key."""
    return sorted(obj.pk for obj in response.context["cl"].result_list)


@pytest.mark.django_db
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


@pytest.mark.django_db
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


@pytest.mark.django_db
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


@pytest.mark.django_db
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


@pytest.mark.django_db
def test_the_page_of_a_job_offers_the_verbs_that_the_person_may_do(
    admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    viewer = make_user(Role.TECHNICIAN)
    acts.share(job, viewer, "view", by=sales)

    def offered(person: User) -> list[str]:
        response = sign_in(person).get(url("operations_job_change", job.pk))
        return [verb["name"] for verb in response.context["panel"]["verbs"]]

    people = (admin, sales, tech, viewer)
    progress = ["start", "hold", "complete"]
    assert [offered(person) for person in people] == [
        [*progress, "cancel"],
        ["cancel"],
        progress,
        [],
    ]
    acts.cancel(job, by=admin, reason="x")
    assert [offered(person) for person in people] == [["reopen"], ["reopen"], [], []]


@pytest.mark.django_db
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


@pytest.mark.django_db
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
    sales.deactivate(by=admin)
    assert client.get(url("index"))["Location"] == "/admin/login/?next=/admin/"


@pytest.mark.django_db
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


# Ways around: each tries to learn of, or to change, what the person may not see.


@pytest.fixture
def outsiders(sales: User, tech: User, sign_in: Sign) -> list[Client]:
    """The sales agent and the technician, who have nothing to do with the secret job."""
    return [sign_in(sales), sign_in(tech)]


@pytest.fixture
def secret(other_sales: User, other_tech: User) -> Job:
    """A job of other people's, at a customer of its own."""
    customer = make_customer(name="Secret customer")
    site = make_site(name="Secret site", customer=customer)
    equipment = make_equipment(name="Secret drill")
    job = make_job(owner=other_sales, assigned_to=other_tech, site=site, title="Secret job")
    make_task(job=job, title="Secret task", equipment=[equipment])
    return job


def choices(client: Client, model: str, name: str, **query: Any) -> Any:
    """What a field offers: texts, or the status of a refusal."""
    app, _dot, model = model.partition(".")
    asked = {"app_label": app, "model_name": model, "field_name": name, **query}
    response = client.get(url("autocomplete"), asked)
    if response.status_code != 200:
        return response.status_code
    return [choice["text"] for choice in response.json()["results"]]


@pytest.mark.django_db
def test_a_field_offers_rows_that_the_person_may_see(
    secret: Job, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    customer = make_customer(name="Known customer")
    site = make_site(name="Known site", customer=customer)
    job = make_job(owner=sales, assigned_to=tech, site=site, title="Known job")
    clients = [sign_in(person) for person in (admin, sales, tech)]

    def offered(model: str, name: str, term: str = "") -> list[Any]:
        return [choices(client, model, name, term=term) for client in clients]

    both = ["Known customer", "Secret customer"]
    assert offered(JOB, "customer") == [both, both, ["Known customer"]]
    assert offered(JOB, "customer", "secret") == [both[1:], both[1:], []]
    sites = ["Known customer – Known site", "Secret customer – Secret site"]
    assert offered(JOB, "site") == [sites, sites, sites[:1]]
    assert offered(JOB, "assigned_to") == [["Theo Third", "Tina Tech"]] * 3
    assert offered(JOB, "owner") == [["Adam Admin", "Otto Other", "Sara Sales"]] * 3
    jobs = [str(job), str(secret)]
    assert offered(TASK, "job") == [jobs, jobs[:1], jobs[:1]]
    assert offered("operations.historicaltask", "job") == [jobs, jobs[:1], jobs[:1]]


@pytest.mark.django_db
def test_a_field_that_names_no_row_of_the_back_office_is_refused(
    tech: User, root: User, sign_in: Sign
) -> None:
    client = sign_in(tech)
    assert [
        choices(client, JOB, "number"),
        choices(client, JOB, "no_such_field"),
        choices(client, "operations.no_such_model", "job"),
        choices(client, PERSON, "groups"),
        choices(client, PERSON, "user_permissions"),
        choices(client, SHARE, "permission"),
        client.get(url("autocomplete")).status_code,
    ] == [403] * 7
    assert choices(sign_in(root), PERSON, "groups") == ["Admin", "Sales agent", "Technician"]


@pytest.mark.django_db
def test_a_form_cannot_name_a_row_that_the_person_may_not_see(
    secret: Job, admin: User, sign_in: Sign
) -> None:
    """Somebody whom the company lets edit jobs, and see no customers, sites or people."""
    editor = make_user()
    editor.set_groups([company_group({(JOB, "view"), (JOB, "change")})])
    job = make_job(owner=admin)
    named = {"customer": secret.customer_id, "site": secret.site_id, "owner": secret.owner_id}
    before = everything()
    response = sign_in(editor).post(
        url("operations_job_change", job.pk), job_form(job) | named | {"assigned_to": admin.pk}
    )
    assert set(response.context["adminform"].form.errors) == {"customer", "site", "assigned_to"}
    assert "Secret" not in response.content.decode()
    assert everything() == before


@pytest.mark.django_db
def test_a_filter_by_a_row_that_the_person_may_not_see_gives_an_empty_list(
    secret: Job, sales: User, tech: User, sign_in: Sign
) -> None:
    job = make_job(owner=sales, assigned_to=tech, site=make_site())

    def found(client: Client, page: str, **query: Any) -> list[int]:
        return keys(client.get(url(page), query))

    for client in (sign_in(sales), sign_in(tech)):
        page = "operations_job_changelist"
        assert found(client, page, customer__id__exact=job.customer_id) == [job.pk]
        assert found(client, page, customer__id__exact=secret.customer_id) == []
        assert found(client, page, assigned_to__id__exact=secret.assigned_to_id) == []
        assert found(client, page, q="Secret") == []
        assert found(client, page, q=secret.number) == []
    page = "operations_site_changelist"
    assert found(client, page, customer__id__exact=job.customer_id) == [job.site_id]
    assert found(client, page, customer__id__exact=secret.customer_id) == []
    assert found(client, page, q="Secret") == []


@pytest.mark.django_db
def test_a_filter_does_not_name_a_row_that_the_person_may_not_see(
    secret: Job, tech: User, sign_in: Sign
) -> None:
    client = sign_in(tech)
    query = {"customer__id__exact": secret.customer_id}
    pages = [client.get(url(page_of(label, "changelist")), query) for label in (JOB, SITE)]
    assert ["Secret customer" in page.content.decode() for page in pages] == [False, False]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("operations_job_changelist", "owner__password__startswith=m"),
        ("operations_job_changelist", "assigned_to__password__startswith=m"),
        ("operations_job_changelist", "assigned_to__email__startswith=o"),
        ("operations_job_changelist", "customer__jobs__owner={owner}"),
        ("operations_job_changelist", "customer__jobs__id={job}"),
        ("operations_customer_changelist", "jobs={job}"),
        ("operations_customer_changelist", "jobs__id={job}"),
        ("operations_customer_changelist", "jobs__title__startswith=S"),
        ("operations_customer_changelist", "sites__jobs={job}"),
        ("operations_site_changelist", "jobs={job}"),
        ("operations_equipment_changelist", "tasks={task}"),
        ("operations_equipment_changelist", "tasks__id={task}"),
        ("people_user_changelist", "owned_jobs={job}"),
        ("people_user_changelist", "assigned_jobs__isnull=False"),
        ("people_user_changelist", "jobshare__isnull=False"),
        ("people_user_changelist", "password__startswith=m"),
        ("people_user_changelist", "email__startswith=o"),
        ("people_user_changelist", "email=otto@example.com"),
        ("people_user_changelist", "last_login__isnull=True"),
        ("people_user_changelist", "is_superuser=True"),
        ("people_user_changelist", "is_active__exact=1"),
        ("people_user_changelist", "groups__id__exact=1"),
        ("people_user_changelist", "user_permissions=1"),
        ("people_user_changelist", "groups__permissions__codename=view_job"),
        ("operations_job_changelist", "_to_field=password"),
        ("people_user_changelist", "_to_field=password"),
        ("people_user_changelist", "_to_field=email"),
    ],
)
def test_a_list_cannot_be_asked_about_what_it_does_not_show(
    page: str, query: str, secret: Job, outsiders: list[Client]
) -> None:
    query = query.format(job=secret.pk, owner=secret.owner_id, task=secret.tasks.get().pk)
    assert [client.get(f"{url(page)}?{query}").status_code for client in outsiders] == [400, 400]


@pytest.mark.django_db
def test_an_admin_cannot_ask_for_passwords_either(admin: User, sign_in: Sign) -> None:
    client = sign_in(admin)
    asked = [
        (page, f"{path}password__startswith")
        for page, path in [
            ("people_user_changelist", ""),
            ("people_user_changelist", "groups__user__"),
            ("operations_job_changelist", "owner__"),
            ("operations_job_changelist", "assigned_to__"),
        ]
    ]
    answers = [client.get(url(page), {lookup: "m"}).status_code for page, lookup in asked]
    assert answers == [400] * 4


@pytest.mark.django_db
def test_a_page_for_a_pop_up_asks_the_same(
    secret: Job, sales: User, tech: User, sign_in: Sign
) -> None:
    """Opened beside a form, to add, change or view what a field names."""
    make_job(owner=sales, assigned_to=tech)
    popup = "?_popup=1&_to_field=id"
    client, other = sign_in(tech), sign_in(sales)
    assert [
        client.get(url(page, *args) + popup).status_code
        for page, args in [
            ("operations_customer_add", ()),
            ("operations_site_add", ()),
            ("operations_customer_change", (secret.customer_id,)),
            ("operations_site_change", (secret.site_id,)),
            ("operations_job_change", (secret.pk,)),
            ("people_user_change", (sales.pk,)),
            ("people_user_add", ()),
        ]
    ] == [403, 403, 404, 404, 404, 200, 403]
    forged = url("operations_customer_change", secret.customer_id) + "?_to_field=notes"
    assert [client.get(forged).status_code, other.get(forged).status_code] == [400, 400]
    made = other.post(
        url("operations_customer_add") + popup,
        {"name": "From a pop-up", "_popup": "1", "_to_field": "id", **forms_of("sites")},
    )
    assert "From a pop-up" in made.context["popup_response_data"]


@pytest.mark.django_db
@pytest.mark.parametrize("label", [JOB, CUSTOMER, SITE, EQUIPMENT, PERSON])
def test_deleting_in_bulk_is_for_admins_alone(
    label: str, sales: User, tech: User, admin: User, sign_in: Sign
) -> None:
    make_job(owner=sales, assigned_to=tech, site=make_site(), tasks=1)
    idle = {CUSTOMER: make_customer, SITE: make_site, EQUIPMENT: make_equipment, PERSON: make_user}
    if label in idle:
        idle[label]()
    rows = list(MODELS[label]._base_manager.values_list("pk", flat=True))
    selected = {"action": "delete_selected", "_selected_action": rows, "index": 0, "post": "yes"}
    before = everything()
    for person in (sales, tech):
        response = sign_in(person).post(url(page_of(label, "changelist")), selected)
        if label == JOB and person == sales:
            # They have other deeds for jobs; this one is none of theirs.
            assert (response.status_code, everything()) == (302, before)
            continue
        assert (response.status_code, everything()) == (200, before)
        assert response.context["action_form"] is None
    last = selected | {"_selected_action": [max(rows)]}
    assert sign_in(admin).post(url(page_of(label, "changelist")), last).status_code == 302
    assert MODELS[label]._base_manager.count() == len(rows) - 1


@pytest.mark.django_db
def test_a_list_is_no_form(sales: User, sign_in: Sign) -> None:
    """No `list_editable` and no ordering by hand: both would ask about the model alone."""
    job = make_job(owner=sales)
    before = everything()
    typed = {**forms_of("form", total=1, initial=1), "form-0-id": job.pk, "form-0-title": "Typed"}
    sign_in(sales).post(url("operations_job_changelist"), typed | {"_save": "Save"})
    assert everything() == before


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["s=secret&extended", "s=secret", "s=j-0", "s={pk}"])
def test_the_search_of_the_site_finds_the_rows_that_the_person_may_see(
    query: str, secret: Job, outsiders: list[Client], admin: User, sign_in: Sign
) -> None:
    address = f"{url('search')}?{query.format(pk=secret.pk)}"
    page = url("operations_job_change", secret.pk)
    # Sales agents see all customers and sites, and everybody all equipment.
    places = {"/admin/operations/customer/", "/admin/operations/site/"}
    for client, seen in zip(outsiders, (places, set()), strict=True):
        response = client.get(address)
        links = {result.link for result in response.context["results"]}
        assert {link.rstrip("change/").rstrip("0123456789") for link in links} <= {
            *seen,
            "/admin/operations/equipment/",
        }
        assert "ecret job" not in response.content.decode()
    assert sign_in(admin).get(address).context["results"][0].link == page


@pytest.mark.django_db
def test_the_search_of_the_site_finds_the_pages_that_the_person_may_open(
    root: User, tech: User, sign_in: Sign
) -> None:
    def found(person: User) -> list[str]:
        response = sign_in(person).get(url("search"), {"s": "o"})
        return [result.link for result in response.context["results"]]

    groups = url("auth_group_changelist")
    assert (groups in found(root), groups in found(tech)) == (True, False)
    pages = [sign_in(root).get(url("search"), {"s": "o", "page": page}) for page in ("9", "x", "0")]
    assert [page.status_code for page in pages] == [404, 404, 404]


@pytest.mark.django_db
def test_no_page_restores_an_old_version(sales: User, tech: User, sign_in: Sign) -> None:
    """simple-history's own pages let whoever may view a row write its old values back."""
    job = make_job(owner=sales, assigned_to=tech, title="First title")
    job.title = "Second title"
    job.save()
    version = job.history.last().history_id
    address = url("operations_job_history", job.pk) + f"{version}/"
    before = everything()
    for person in (sales, tech):
        client = sign_in(person)
        assert client.get(address, follow=True).status_code == 404
        assert client.post(address, job_form(job), follow=True).status_code == 404
        assert client.post(url("operations_job_history", job.pk), job_form(job)).status_code == 200
    assert everything() == before


@pytest.mark.django_db
def test_the_way_to_the_site_does_not_tell_whether_a_row_exists(
    secret: Job, tech: User, sign_in: Sign
) -> None:
    client = sign_in(tech)
    kinds = [ContentType.objects.get_for_model(model).pk for model in MODELS.values()]
    keys = [1, secret.pk, 999_999, "x", 10**30]
    pages = [client.get(url("view_on_site", kind, key)) for kind in kinds for key in keys]
    assert {(page.status_code, page.content) for page in pages} == {(404, pages[0].content)}


@pytest.mark.django_db
def test_home_shows_the_jobs_that_the_person_may_see(
    secret: Job, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    make_job(owner=sales, assigned_to=tech, title="Known job", scheduled_date=audit.today())
    Job.objects.filter(pk=secret.pk).update(scheduled_date=audit.today())
    pages = [sign_in(person).get(url("index")) for person in (admin, sales, tech)]
    shown = [
        {job.title for part in page.context["lists"] for job in part["jobs"]} for page in pages
    ]
    assert shown == [{"Known job", "Secret job"}, {"Known job"}, {"Known job"}]
    assert ["Secret" in page.content.decode() for page in pages] == [True, False, False]


# Every address of the back office

# What GET answers an Admin, the job's sales agent, its technician and a superuser; of which row.
EVERYBODY, ADMINS, ROOTS = (200, 200, 200, 200), (200, 403, 403, 200), (403, 403, 403, 200)
PAGES: dict[str, tuple[tuple[str, ...], tuple[int, int, int, int]]] = {
    "index": ((), EVERYBODY),
    "login": ((), (302, 302, 302, 302)),
    "logout": ((), (405, 405, 405, 405)),
    "password_change": ((), EVERYBODY),
    "password_change_done": ((), EVERYBODY),
    "profile": ((), EVERYBODY),
    "search": ((), EVERYBODY),
    "audit_log": ((), EVERYBODY),
    "autocomplete": ((), (403, 403, 403, 403)),
    "jsi18n": ((), EVERYBODY),
    "view_on_site": (("one", "one"), (404, 404, 404, 404)),
    "app_list": (("app",), EVERYBODY),
    "operations_job_changelist": ((), EVERYBODY),
    "operations_job_add": ((), (200, 200, 403, 200)),
    "operations_job_bulk": (("deed",), (302, 302, 403, 302)),
    "operations_job_hand_over": ((), ADMINS),
    "operations_job_change": (("job",), EVERYBODY),
    "operations_job_delete": (("job",), ADMINS),
    "operations_job_history": (("job",), EVERYBODY),
    "operations_job_start": (("job",), (403, 403, 403, 403)),
    "operations_job_hold": (("job",), (200, 403, 200, 200)),
    "operations_job_resume": (("job",), (403, 403, 403, 403)),
    "operations_job_complete": (("job",), (403, 403, 403, 403)),
    "operations_job_cancel": (("job",), (200, 200, 403, 200)),
    "operations_job_reopen": (("job",), (200, 200, 403, 200)),
    "operations_job_share": (("job",), (200, 200, 403, 200)),
    "operations_job_unshare": (("job", "user"), (403, 403, 403, 403)),
    "operations_job_progress": (("job", "task"), (403, 403, 403, 403)),
    "operations_customer_changelist": ((), EVERYBODY),
    "operations_customer_add": ((), (200, 200, 403, 200)),
    "operations_customer_change": (("customer",), EVERYBODY),
    "operations_customer_delete": (("customer",), (302, 403, 403, 302)),
    "operations_customer_history": (("customer",), ADMINS),
    "operations_site_changelist": ((), EVERYBODY),
    "operations_site_add": ((), (200, 200, 403, 200)),
    "operations_site_change": (("site",), EVERYBODY),
    "operations_site_delete": (("site",), (302, 403, 403, 302)),
    "operations_site_history": (("site",), ADMINS),
    "operations_equipment_changelist": ((), EVERYBODY),
    "operations_equipment_add": ((), ADMINS),
    "operations_equipment_change": (("equipment",), EVERYBODY),
    "operations_equipment_delete": (("equipment",), ADMINS),
    "operations_equipment_history": (("equipment",), ADMINS),
    "operations_equipment_use": (("equipment",), EVERYBODY),
    "people_user_changelist": ((), EVERYBODY),
    "people_user_add": ((), ADMINS),
    "people_user_change": (("user",), EVERYBODY),
    "people_user_delete": (("user",), ADMINS),
    "people_user_history": (("user",), ADMINS),
    "people_user_password_link": (("user",), ADMINS),
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
        "one": 1,
        "deed": "assign",
        "app": "operations",
    }
    return {name: url(name, *(named[arg] for arg in args)) for name, (args, _) in PAGES.items()}


@pytest.mark.django_db
def test_every_address_answers_each_role_as_written_here(
    addresses: dict[str, str], outsiders: list[Client], admin: User, root: User, sign_in: Sign
) -> None:
    clients = [sign_in(admin), *outsiders, sign_in(root)]
    answers = {
        name: tuple(client.get(address).status_code for client in clients)
        for name, address in addresses.items()
    }
    assert answers == {name: expected for name, (_args, expected) in PAGES.items()}


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
