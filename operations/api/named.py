"""What other rows are in an answer: an id and a name; and the choices that fields have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from typing import Annotated, Any, TypeVar

from django.db.models import Model
from django.utils.translation import gettext as _
from ninja import Field
from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema
from typing_extensions import TypedDict

from core.record.audit import LONGEST_REASON
from core.text.days import FIRST, LAST, range_help
from core.text.typed import LONGEST, address, one_line, several_lines
from operations import states
from operations.models import Equipment
from people.models import full_name

M = TypeVar("M", bound=Model)


def _choice(members: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(members.values)})


# Written out where they are used: two of them have the same name.
JobStatus = Annotated[states.JobStatus, _choice(states.JobStatus)]
Priority = Annotated[states.Priority, _choice(states.Priority)]
TaskStatus = Annotated[states.TaskStatus, _choice(states.TaskStatus)]
ShareLevel = Annotated[states.ShareLevel, _choice(states.ShareLevel)]
Kind = Annotated[Equipment.Kind, _choice(Equipment.Kind)]
VerbName = Annotated[
    states.Verb, WithJsonSchema({"type": "string", "enum": [verb.value for verb in states.Verb]})
]


def _kept_as(kept: Callable[[str], str]) -> BeforeValidator:
    return BeforeValidator(lambda value: kept(value) if isinstance(value, str) else value)


# As they are kept, and counted as that. A line that is optional is emptied by an empty one.
Line = Annotated[str, StringConstraints(min_length=1, max_length=200), _kept_as(one_line)]
OptionalLine = Annotated[str, StringConstraints(max_length=200), _kept_as(one_line)]
Text = Annotated[str, StringConstraints(max_length=LONGEST), _kept_as(several_lines)]
Address = Annotated[str, StringConstraints(max_length=254), _kept_as(address)]
Reason = Annotated[str, StringConstraints(max_length=LONGEST_REASON), _kept_as(several_lines)]
_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def _written(pattern: str, example: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        # Else a number would do, and be seconds since some beginning.
        if isinstance(value, str) and not re.fullmatch(pattern, value):
            raise ValueError(_("Write it like %(example)s.") % {"example": example})
        return value if isinstance(value, str | date | time) else ""

    return BeforeValidator(check)


def _known(day: date) -> date:
    if not FIRST <= day <= LAST:
        raise ValueError(range_help())
    return day


# A time of day, of no time zone: JSON Schema's own `time` has one.
LocalTime = Annotated[
    time, _written(_TIME, "08:30"), WithJsonSchema({"type": "string", "pattern": _TIME})
]
Day = Annotated[date, _written(_DAY, "2026-03-09"), AfterValidator(_known)]
# A key as every database here holds it; in a body a number, in an address its digits.
Key = Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]
AskedKey = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Named(TypedDict):
    """A customer or a site."""

    id: int
    name: str


class PersonNamed(TypedDict):
    """A person."""

    id: int
    username: str
    name: str


class EquipmentNamed(TypedDict):
    """A piece of equipment."""

    id: int
    name: str
    kind: Kind
    serial_number: str


Row = Mapping[str, Any]


def person_columns(column: str) -> tuple[str, ...]:
    """What must be read of a row to name the person in a column of it."""
    return tuple(f"{column}{name}" for name in ("_id", *_NAMES))


_NAMES = ("__username", "__first_name", "__last_name")


def person(row: Row, column: str) -> PersonNamed | None:
    """The person in a column; None where it is empty."""
    key = row[f"{column}_id"]
    if key is None:
        return None
    username, first, last = (row[f"{column}{name}"] for name in _NAMES)
    return person_of(key, username, first, last)


def person_of(key: int | None, username: str, first: str, last: str) -> PersonNamed | None:
    """The person of such columns; None where they are empty."""
    if key is None:
        return None
    return {"id": key, "username": username, "name": full_name(first, last, username)}


def moment(value: datetime | None) -> Any:
    """A point in time as every answer writes it: to the millisecond, as programs read it."""
    if value is None:
        return None
    text = value.isoformat(timespec="milliseconds" if value.microsecond else "auto")
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


def row_of(instance: Any, columns: Iterable[str]) -> dict[str, Any]:
    """The columns of a row at hand, as `values()` would read them."""
    return {column: _value(instance, column.split("__")) for column in columns}


def _value(row: Any, path: list[str]) -> Any:
    for name in path:
        row = None if row is None else getattr(row, name)
    return row


def named(row: Row, column: str) -> Named | None:
    """The customer or site in a column; None where it is empty."""
    if row[f"{column}_id"] is None:
        return None
    return {"id": row[f"{column}_id"], "name": row[f"{column}__name"]}
