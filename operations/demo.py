"""The demo: a company that looks real, and what happened there in the last weeks.

Its files, in `fixtures/`, are in the format that the import reads, save that a date says how far
it is from today (`today-3`). People, customers, sites and equipment are imported on the day the
company begins. The rest is told by `fixtures/stories.csv`, a scene a line, in the order of time:
who did what, when. A job with its tasks is imported when somebody enters it, and everything after
that is done by the verbs of the domain, so the demo cannot hold what the rules forbid.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.imports.options import ImportOptions
from core.imports.results import RowResult
from core.imports.running import run
from core.record import audit
from core.roles import Role
from operations import acts
from operations.models import Customer, Equipment, Job, Site, Task
from operations.states import TRANSITIONS, Priority, TaskStatus, Verb
from people import company
from people.models import User

ACCOUNTS = ("admin", "sales", "sales2", "tech", "tech2")
PASSWORD = "jobops-demo"  # noqa: S105 (Known to everybody: the demo answers on loopback alone.)
NAME, ADDRESS = "Nordring Haustechnik GmbH", "Nordringgasse 14\n1200 Wien"

_FOLDER = settings.BASE_DIR / "fixtures"
_BEGINNING = timedelta(days=90)
_DAY = re.compile(r"today([+-]\d+)?")


def is_loaded() -> bool:
    """Are the demo's accounts there?"""
    names = User.objects.filter(username__in=ACCOUNTS).values_list("username", flat=True)
    return set(names) == set(ACCOUNTS)


def load() -> dict[str, int]:
    """Load the demo into a database without people, all of it or nothing; how much of what."""
    with transaction.atomic():
        company = Company(today=audit.today())
        company.begin()
        company.tell()
    kinds = (User, Customer, Site, Equipment, Job, Task)
    # Nobody has sixty equipment.
    called: dict[type[models.Model], Any] = {Equipment: _("items of equipment")}
    return {
        str(called.get(each, each._meta.verbose_name_plural)): each._base_manager.count()
        for each in kinds
    }


@dataclass(frozen=True)
class Scene:
    """A line of fixtures/stories.csv: what somebody did at a time, to a job or to what `on`
    names."""

    at: datetime
    job: str
    person: str
    action: str
    on: str = ""
    text: str = ""


@dataclass(frozen=True)
class Record:
    """A line of a file, the header being number 1."""

    row: int
    cells: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """Lines of a file, as the import takes them."""

    rows: Sequence[Mapping[str, str]]

    @property
    def headers(self) -> list[str]:
        """What the columns are called."""
        return list(self.rows[0]) if self.rows else []

    def records(self) -> Iterator[Record]:
        """The lines."""
        for number, row in enumerate(self.rows, start=2):
            yield Record(number, row)


class Company:
    """The demo's company, as it grows."""

    def __init__(self, *, today: date) -> None:
        self.today = today
        self.people: dict[str, User] = {}
        # By the references of their rows.
        self.jobs: dict[str, Job] = {}
        self.jobs_of_file = {row["reference"]: row for row in self._rows("jobs")}
        self.tasks_of_file: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in self._rows("tasks"):
            self.tasks_of_file[row["job"]].append(row)

    def begin(self) -> None:
        """The first day: the people, whom they work for, and with what."""
        rows = self._rows("people")
        with audit.act(at=_moment(self.today - _BEGINNING, "08:00")):
            admin = self._first_admin(next(row for row in rows if row["username"] == "admin"))
            self._import("people", rows, by=admin)
            self.people = {person.username: person for person in User.objects.all()}
            self._set_passwords()
            house = company.held()
            house.name, house.address = NAME, ADDRESS
            company.describe(house, by=self.admin)
            self._import("customers", self._rows("customers"), by=self.admin)
            self._import("sites", self._rows("sites"), by=self.admin)
            self._import("equipment", self._rows("equipment"), by=self.admin)

    def tell(self) -> None:
        """The days since then, scene by scene and night by night."""
        for scene in sorted([*self._nights(), *self._scenes()], key=lambda scene: scene.at):
            by = self.people.get(scene.person)
            with audit.change_set(**self._way_in(scene), at=scene.at, by=by):
                _ACTIONS[scene.action](self, scene)

    def _way_in(self, scene: Scene) -> dict[str, Any]:
        """Technicians report on their phone, everybody else sits in the office."""
        by = self.people.get(scene.person)
        if by is not None and Role.TECHNICIAN in by.roles:
            return {"kind": audit.Kind.CALL, "door": audit.Door.MY_DAY}
        return {"kind": audit.Kind.FORM, "door": audit.Door.ADMIN}

    @property
    def admin(self) -> User:
        """The one through whom everything is imported."""
        return self.people["admin"]

    def job(self, scene: Scene) -> Job:
        """The job that a scene is about."""
        return self.jobs[scene.job]

    def _first_admin(self, row: dict[str, str]) -> User:
        # Somebody has to be there who may import the others, and is on record as their own maker.
        names = {column: row[column] for column in ("username", "first_name", "last_name")}
        admin = User(**names, date_joined=audit.now())
        admin.set_unusable_password()
        with audit.act(by=admin):
            admin.save()
            # Not by `set_roles`, which asks for an Admin.
            admin.groups.set(Group.objects.filter(name=Role.ADMIN.group_name))
        admin.forget_roles()
        return admin

    def _set_passwords(self) -> None:
        password = make_password(PASSWORD)  # Once: it is slow on purpose.
        with audit.act(by=self.admin):
            for username in ACCOUNTS:
                self.people[username].password = password
                acts.save(self.people[username], by=self.admin)

    def _rows(self, name: str) -> list[dict[str, str]]:
        with (_FOLDER / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            return [
                {column: self._cell(value) for column, value in row.items()}
                for row in csv.DictReader(file)
            ]

    def _cell(self, value: str) -> str:
        relative = _DAY.fullmatch(value)
        if relative is None:
            return value
        return (self.today + timedelta(days=int(relative[1] or 0))).isoformat()

    def _import(self, kind: str, rows: Sequence[dict[str, str]], *, by: User) -> list[RowResult]:
        results: list[RowResult] = []
        table, name = Table(rows), f"{kind}.csv"
        run(
            kind,
            table,
            ImportOptions(),
            by=by,
            file_name=name,
            keep=True,
            on_results=results.extend,
        )
        if wrong := [(name, each.row, each.errors) for each in results if each.errors]:
            raise RuntimeError(f"The demo's files keep no rule: {wrong}")
        return results

    def _scenes(self) -> Iterator[Scene]:
        """The scenes; those of today that would still lie ahead, as much earlier as it takes."""
        scenes = [
            Scene(_moment(date.fromisoformat(row.pop("day")), row.pop("time")), **row)
            for row in self._rows("stories")
        ]
        ahead = max(timedelta(), max(scene.at for scene in scenes) - audit.now())
        for scene in scenes:
            is_today = scene.at >= _moment(self.today, "00:00")
            yield replace(scene, at=scene.at - ahead) if is_today else scene

    def _nights(self) -> Iterator[Scene]:
        for days in range(_BEGINNING.days):
            yield Scene(_moment(self.today - timedelta(days=days), "00:00"), "", "", "night")

    # Scenes

    def night(self, scene: Scene) -> None:
        """Midnight: what should have been done by the day that has ended is overdue."""
        with audit.change_set(audit.Kind.RUN, door=audit.Door.SCHEDULE):
            Job.objects.flag_overdue(on=audit.today())

    def enter(self, scene: Scene) -> None:
        """Somebody enters a job with its tasks."""
        row = {**self.jobs_of_file[scene.job], "created_by": scene.person}
        (made,) = self._import("jobs", [row], by=self.admin)
        job = self.jobs[scene.job] = Job.objects.get(pk=made.pk or 0)
        tasks = [{**task, "job": job.number} for task in self.tasks_of_file[scene.job]]
        self._import("tasks", tasks, by=self.admin)

    def move(self, scene: Scene) -> None:
        """A verb of a job, with its reason."""
        verb = Verb(scene.action)
        reason: dict[str, Any] = {"reason": scene.text} if TRANSITIONS[verb].needs_reason else {}
        acts.move(self.job(scene), verb, by=self.people[scene.person], **reason)

    def assign(self, scene: Scene) -> None:
        """The job goes to a technician, or back to nobody."""
        person = self.people[scene.on] if scene.on else None
        acts.assign(self.job(scene), person, by=self.people[scene.person])

    def reschedule(self, scene: Scene) -> None:
        """The job moves to another day, and to other times or none."""
        start, _dash, end = scene.text.partition("-")
        times = (time.fromisoformat(t) if t else None for t in (start, end))
        by = self.people[scene.person]
        acts.reschedule(self.job(scene), date.fromisoformat(scene.on), *times, by=by)

    def prioritise(self, scene: Scene) -> None:
        """The job becomes more urgent, or less."""
        by = self.people[scene.person]
        acts.edit(self.job(scene), by=by, priority=Priority(scene.on))

    def share(self, scene: Scene) -> None:
        """A colleague gets access, to the level that `text` names."""
        acts.share(self.job(scene), self.people[scene.on], scene.text, by=self.people[scene.person])

    def unshare(self, scene: Scene) -> None:
        """A colleague no longer needs access."""
        acts.unshare(self.job(scene), self.people[scene.on], by=self.people[scene.person])

    def begin_task(self, scene: Scene) -> None:
        """The task at the position `on` is begun."""
        self._progress(scene, Task.Status.IN_PROGRESS)

    def finish_task(self, scene: Scene) -> None:
        """The task at the position `on` is done."""
        self._progress(scene, Task.Status.COMPLETED)

    def put_task_back(self, scene: Scene) -> None:
        """The task at the position `on` was not done after all."""
        self._progress(scene, Task.Status.PENDING)

    def _progress(self, scene: Scene, status: TaskStatus) -> None:
        task = self.job(scene).tasks.get(position=scene.on)
        acts.progress(task, by=self.people[scene.person], status=status, note=scene.text or None)

    def lose_customer(self, scene: Scene) -> None:
        """The customer of the job gives no more work."""
        acts.edit(self.job(scene).customer, by=self.people[scene.person], is_active=False)

    def deactivate(self, scene: Scene) -> None:
        """Somebody leaves the company."""
        acts.edit(self.people[scene.on], by=self.people[scene.person], is_active=False)


def _moment(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=timezone.get_default_timezone())


_ACTIONS: dict[str, Callable[[Company, Scene], None]] = {
    "night": Company.night,
    "enter": Company.enter,
    **dict.fromkeys(Verb, Company.move),
    "assign": Company.assign,
    "reschedule": Company.reschedule,
    "prioritise": Company.prioritise,
    "share": Company.share,
    "unshare": Company.unshare,
    "begin task": Company.begin_task,
    "finish task": Company.finish_task,
    "put task back": Company.put_task_back,
    "lose customer": Company.lose_customer,
    "deactivate": Company.deactivate,
}
