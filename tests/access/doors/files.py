"""Files that somebody brings in: the rows of each kind, new ones and those that are there."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any

from django.core.exceptions import PermissionDenied

from core.imported import Import
from core.imports import loading
from tests.access.door import Answer, Column, Door
from tests.access.table import (
    ASKED,
    CUSTOMER,
    EQUIPMENT,
    JOB,
    NO_ROW,
    OUTSIDE,
    PERSON,
    SITE,
    SUPERUSER,
    TASK,
    allows,
)
from tests.access.world import World, everything, rolled_back

# Of each kind the columns, a row that is new, and the row that changes one that is there.
NEW = "Brought in"
KINDS: dict[str, tuple[str, tuple[str, ...], Any, Any]] = {
    CUSTOMER: ("customers", ("name", "notes"), ("n", NEW), lambda row: (row.name, NEW)),
    SITE: (
        "sites",
        ("customer", "name", "address"),
        lambda world: (world.rows[CUSTOMER]["without a job"].name, "n", NEW),
        lambda row: (row.customer.name, row.name, NEW),
    ),
    EQUIPMENT: (
        "equipment",
        ("serial_number", "name", "kind", "description"),
        ("n", "n", "tool", NEW),
        lambda row: (row.serial_number, row.name, "", NEW),
    ),
    PERSON: ("people", ("username", "phone"), ("n", NEW), lambda row: (row.username, NEW)),
    JOB: (
        "jobs",
        ("number", "customer", "title", "description"),
        lambda world: ("", world.rows[CUSTOMER]["without a job"].name, "n", NEW),
        lambda row: (row.number, "", "", NEW),
    ),
    TASK: (
        "tasks",
        ("job", "position", "title", "description"),
        lambda world: (next(iter(world.rows[JOB].values())).number, "", "n", NEW),
        lambda row: (row.job.number, row.position, "", NEW),
    ),
}


@dataclass(frozen=True)
class Brought(Door):
    """A file of a kind, sent, looked at and taken in."""

    def expected(self, who: str, row: str) -> Answer:
        if who in OUTSIDE:
            return Answer.LOGIN
        return Answer.DONE if allows(who, *self.question, row) else Answer.REFUSED

    def found(self, world: World, row: str) -> Answer:
        """What happens. Whatever is refused has left everything as it was."""
        with rolled_back():
            try:
                load = self._bring(world)
            except PermissionDenied:
                assert (everything(), Import.objects.count()) == (world.start, 0)
                # There is no page from which to send it.
                return Answer.LOGIN if world.who in OUTSIDE else Answer.REFUSED
            assert (load.state, load.refused) == ("applied", 0), list(load.rows.values())
            assert load.new == 1
            assert load.changed == len(self._rows(world))
            return Answer.DONE

    def _bring(self, world: World) -> Import:
        kind, columns, new, changed = KINDS[self.sees]
        text = StringIO()
        lines = [changed(each) for each in self._rows(world)]
        csv.writer(text).writerows([columns, new(world) if callable(new) else new, *lines])
        file = BytesIO(text.getvalue().encode())
        load = loading.begin(file, "rows.csv", kind=kind, by=world.person)
        loading.preview(load, by=world.person)
        loading.apply(load, by=world.person)
        return load

    def _rows(self, world: World) -> list[Any]:
        """All that are there, save who is nobody's to change."""
        found = world.rows[self.sees].items()
        return [row for name, row in found if name != SUPERUSER]


DOORS = tuple(
    Brought(
        f"bring in {kind}", (label, "import"), lambda _world, _row: lambda: None, (NO_ROW,), label
    )
    for label, (kind, *_rest) in KINDS.items()
)
COLUMNS = (
    Column(
        "files",
        DOORS,
        not_answered=set(ASKED) - {door.question for door in DOORS},
        entered_by_role=True,
    ),
)
