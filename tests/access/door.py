"""A door: a way in, and what somebody meets there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from operations.models import Job
from people.models import User
from tests.access.table import (
    ASKED,
    ASSIGNED,
    COMPANY,
    FIRM,
    FOR_PROGRESS,
    INSIDE,
    JOB,
    NO_ROW,
    OUTSIDE,
    RELATIONS,
    ROOT,
    TO_VIEW,
    allows,
)
from tests.access.world import World, everything, noting_writes, rolled_back


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
    leaves out what the person may not do instead of answering 403. `leads_back`: a page that is not
    shown but leads back where a rule forbids what it asks about.
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
    leads_back: bool = False

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
            attempt = self.attempt(world, row)
            with noting_writes() as written:
                response = attempt()
            changed = bool(written) and not is_read(response) and everything() != before
            result = self._read(response, world, row, changed=changed)
            assert not (changed and result is not Answer.DONE)
            return result

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
        return self._left(response, row, changed=changed)

    def _left(self, response: Any, row: str, *, changed: bool) -> Answer:
        if is_read(response):
            assert response.status_code == 200 or self.leads_back, (self.name, row)
        elif not changed:
            assert self.part, (self.name, row, response.context and response.context.get("errors"))
            return Answer.REFUSED
        return Answer.DONE


def is_read(response: Any) -> bool:
    return bool(response.request["REQUEST_METHOD"] == "GET")


# What no door of the back office or the API answers yet.
NOWHERE: set[tuple[str, str]] = {
    *((label, action) for label, action in ASKED if action in {"import", "export"}),
    # One row, on a page of its own: asked in test_addresses.py.
    *((FIRM, action) for action in ("view", "add", "change", "audit")),
}


# To a superuser and to a group of the company all rows are alike: two of them say it.
ALIKE = {TO_VIEW, FOR_PROGRESS, ASSIGNED}


@dataclass(frozen=True)
class Column:
    """All the doors of a kind, and the questions of the table that none of them answers.

    `entered_by_role`: whoever is signed in and holds no role is led to the login. Elsewhere their
    session or token is good still: there is nothing that it is good for.
    `like`: a column that is tried in full and differs from this one in how one signs in alone.
    """

    name: str
    doors: tuple[Door, ...]
    not_answered: set[tuple[str, str]]
    entered_by_role: bool = False
    like: str = ""

    def tries(self, who: str) -> list[tuple[Door, str]]:
        """Each door with each row; where only the sign-in differs, with one, all in turn."""
        if self.like:
            turns = enumerate(self.doors, start=INSIDE.index(who))
            return [(door, door.rows[turn % len(door.rows)]) for turn, door in turns]
        alike = ALIKE if who in {ROOT, COMPANY} else set()
        return [(door, row) for door in self.doors for row in door.rows if row not in alike]
