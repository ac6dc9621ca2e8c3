"""Export: the row is in the file, by the page that takes ticked rows out and by the command."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.core.management import CommandError, call_command

from core.exports.kinds import kinds
from tests.access.door import Answer, Attempt, Column, Door
from tests.access.table import (
    ASKED,
    CUSTOMER,
    EQUIPMENT,
    JOB,
    OUTSIDE,
    PERSON,
    RELATIONS,
    ROWS,
    SITE,
    TASK,
    allows,
)
from tests.access.world import World

# A column that everybody who exports the kind may see, and by which a row of it is found.
NAMED = {
    JOB: "number",
    TASK: "title",
    CUSTOMER: "name",
    SITE: "name",
    EQUIPMENT: "serial_number",
    PERSON: "last_name",
}


@dataclass(frozen=True)
class Export(Door):
    """Whoever may export no row of a kind is refused at once; to the others, a row that is not
    theirs is not there."""

    def expected(self, who: str, row: str) -> Answer:
        """What the table says."""
        if who in OUTSIDE:
            return Answer.LOGIN
        if not allows(who, *self.question):
            return Answer.REFUSED
        return Answer.DONE if allows(who, *self.question, row) else Answer.HIDDEN

    def _read(self, response: Any, world: World, row: str, *, changed: bool) -> Answer:
        if getattr(response, "streaming", False):
            rows = json.loads(b"".join(response.streaming_content))
            name = NAMED[self.sees]
            wanted = getattr(world.rows[self.sees][row], name)
            assert {each[name] for each in rows} <= {wanted}
            return Answer.DONE if rows else Answer.HIDDEN
        return super()._read(response, world, row, changed=changed)


@dataclass(frozen=True)
class Commanded(Export):
    """The same of the command, which takes out all rows of a kind; no page leads to the login."""

    def _read(self, response: Any, world: World, row: str, *, changed: bool) -> Answer:
        if response.code:
            return Answer.REFUSED if response.code == 1 else Answer.LOGIN
        name = NAMED[self.sees]
        found = {each[name] for each in json.loads(response.text)}
        return Answer.DONE if getattr(world.rows[self.sees][row], name) in found else Answer.HIDDEN


def _kind(label: str) -> str:
    return next(kind.name for kind in kinds().values() if kind.model._meta.label_lower == label)


def ticked(label: str) -> Attempt:
    """Send the page for a row that was ticked; of tasks, the one of the job."""

    def attempt(world: World, row: str) -> Callable[[], Any]:
        of = JOB if label == TASK else label
        address = f"/admin/export/{_kind(label)}/?keys={world.rows[of][row].pk}"
        typed = {"format": "json", "columns": [NAMED[label]]}
        return lambda: world.client.post(address, typed)

    return attempt


def commanded(label: str) -> Attempt:
    """Have the command do it as somebody."""

    def attempt(world: World, row: str) -> Callable[[], Any]:
        name = getattr(world.person, "username", "") or "nobody"
        return lambda: _run(_kind(label), name)

    return attempt


def _run(kind: str, name: str) -> Any:
    file, code = SimpleNamespace(buffer=io.BytesIO(), flush=lambda: None), 0
    try:
        with redirect_stdout(file):  # type: ignore[type-var]
            call_command("export", kind, "--as", name, "--format", "json")
    except CommandError as error:
        code = error.returncode
    request = {"REQUEST_METHOD": "GET"}
    return SimpleNamespace(code=code, text=file.buffer.getvalue(), request=request)


EXPORTED = {label: ROWS[label] if label != TASK else RELATIONS for label in NAMED}
BY_PAGE = tuple(
    Export(f"{label}: ticked", (label, "export"), ticked(label), rows, label)
    for label, rows in EXPORTED.items()
)
BY_COMMAND = tuple(
    Commanded(f"{label}: command", (label, "export"), commanded(label), rows, label)
    for label, rows in EXPORTED.items()
)
NOT_BY_EXPORT = {question for question in ASKED if question[1] != "export"}
COLUMNS = (
    Column("export", BY_PAGE, NOT_BY_EXPORT, entered_by_role=True),
    Column("export by command", BY_COMMAND, NOT_BY_EXPORT),
)
