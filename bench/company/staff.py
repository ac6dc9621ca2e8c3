"""The people of the big company."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import Group

from bench.company import words
from bench.company.days import Days
from bench.company.dice import Dice
from bench.company.tables import Actor, Book, Row
from core.record.audit import Door
from core.roles import Role
from people.models import User

EMAIL_DOMAIN = "big-company.example"
# The first of each role: they are the ones who may have a password.
KNOWN = {Role.ADMIN: "admin", Role.SALES_AGENT: "sales", Role.TECHNICIAN: "tech"}
# No hash begins like this: nobody signs in with it (django.contrib.auth.hashers).
_UNUSABLE = "!" + "big-company"


class Staff:
    """Who works there, by role; some have left in the last weeks."""

    def __init__(self, book: Book, days: Days, dice: Dice, *, password: str = "") -> None:
        self._book, self._days, self._dice = book, days, dice
        self._password = password or _UNUSABLE
        self._groups = dict(Group.objects.values_list("name", "pk"))
        self._begin = days.at(days.first, 7)
        self.admins: list[Actor] = []
        self.agents: list[Actor] = []
        self.technicians: list[Actor] = []

    def hire(self, *, admins: int, agents: int, technicians: int) -> None:
        """Everybody, on the first day."""
        for count, role, people in (
            (admins, Role.ADMIN, self.admins),
            (agents, Role.SALES_AGENT, self.agents),
            (technicians, Role.TECHNICIAN, self.technicians),
        ):
            # The first one stays, for they are known; nor does an Admin leave.
            leavers = 0 if role == Role.ADMIN else 1 + count // 50
            for number in range(count):
                people.append(self._person(role, number, leaves=0 < count - number <= leavers))

    @property
    def admin(self) -> Actor:
        """The one who does what nobody else is there for."""
        return self.admins[0]

    def agent(self, at: datetime) -> Actor:
        """A sales agent who is there."""
        return self._somebody(self.agents, at)

    def technician(self, at: datetime) -> Actor:
        """A technician who is there."""
        return self._somebody(self.technicians, at)

    def present(self, person: Actor, at: datetime) -> Actor:
        """The person, or the Admin where they have left."""
        return person if person.is_there(at) else self.admin

    def importing(self, person: Actor) -> Actor:
        """The person, with a file."""
        return Actor(person.user, person.name, Door.IMPORT.value, person.left_at)

    def _somebody(self, people: list[Actor], at: datetime) -> Actor:
        while True:
            person = self._dice.pick(people)
            if person.is_there(at):
                return person

    def _person(self, role: Role, number: int, *, leaves: bool) -> Actor:
        user = self._user(role, number)
        door = Door.API if role == Role.TECHNICIAN and number % 2 else Door.ADMIN
        actor = Actor(user, user.name, door.value, self._leaving() if leaves else None)
        # The first Admin makes themselves.
        maker = self.importing(self.admin if self.admins else actor)
        self._record(user, "+", at=self._begin, by=maker)
        user.version += 1
        links = self._book.roles.link(user.pk, [self._groups[role.group_name]])
        self._record(user, "~", links, at=self._begin, by=maker)
        if actor.left_at is not None:
            user.is_active = False
            user.version += 1
            self._record(user, "~", links, at=actor.left_at, by=self.admin)
        self._book.people.keep(user)
        return actor

    def _user(self, role: Role, number: int) -> User:
        pk = self._book.people.table.next_id()
        username = KNOWN[role] if number == 0 else f"{KNOWN[role]}{number + 1:03d}"
        first, last = words.FIRST_NAMES, words.LAST_NAMES
        return User(
            pk=pk,
            username=username,
            password=self._password if number == 0 else _UNUSABLE,
            first_name=first[pk % len(first)],
            last_name=last[pk * 5 % len(last)],
            email=f"{username}@{EMAIL_DOMAIN}",
            phone=f"+43 1 {2_000_000 + pk * 37}",
            # The same in every company of this size; what it opens is signed by the secret key.
            sign_in_key=f"{_UNUSABLE}-{username}",
            date_joined=self._begin,
        )

    def _record(
        self, user: User, kind: str, links: Sequence[Row] = (), *, at: datetime, by: Actor
    ) -> None:
        history_id = self._book.people.record(user, kind, at=at, by=by)
        self._book.roles.record(links, history_id)

    def _leaving(self) -> datetime:
        day = self._days.today - timedelta(days=self._dice.number(2, 30))
        return self._days.at(day, 17)
