"""Who writes, when, through which door and why: what every history row records (rule R7).

Code that writes does not pass these along; it says once what act it is part of, with `act`, and
whatever is saved inside is recorded as that. Whatever one act writes is one change set: a save of a
form, a call of the API, a bulk act, a hand-over, an import, a run of a schedule.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.text.typed import several_lines

if TYPE_CHECKING:
    from django.contrib.auth.models import _User as User


# Characters in which somebody says why.
LONGEST_REASON = 1000


class Door(models.TextChoices):
    """The way a change came in."""

    ADMIN = "admin", _("back office")
    MY_DAY = "my_day", _("My day")
    API = "api", _("API")
    IMPORT = "import", _("import")
    SCHEDULE = "schedule", _("schedule")
    COMMAND = "command", _("command line")


class Kind(models.TextChoices):
    """What a change set is the whole of."""

    FORM = "form", _("form")
    CALL = "call", _("API call")
    BULK = "bulk", _("bulk action")
    HAND_OVER = "hand_over", _("hand-over")
    UNDO = "undo", _("undo")
    IMPORT = "import", _("import")
    RUN = "run", _("scheduled run")
    COMMAND = "command", _("command")


@dataclass(frozen=True)
class Act:
    """One thing that somebody does; `by` is None where no person does it."""

    door: Door = Door.COMMAND
    kind: Kind = Kind.COMMAND
    change_set: uuid.UUID | None = None
    by: User | None = None
    reason: str = ""
    at: datetime | None = None
    request: HttpRequest | None = None


_current: ContextVar[Act] = ContextVar("act", default=Act())  # noqa: B039 (Act is frozen)


@contextmanager
def act(**details: Any) -> Iterator[Act]:
    """Record what is saved inside as `door`, `by`, `reason`, `at` or `request` say.

    What is not given stays as the surrounding act has it: a verb names its person and its reason,
    and keeps the door that it was called through. Raises `ValidationError` for a reason that is too
    long.
    """
    if details.get("reason"):
        details["reason"] = kept_reason(details["reason"])
    current = _current.get()
    details.setdefault("change_set", current.change_set or uuid.uuid4())
    token = _current.set(replace(current, **details))
    try:
        yield _current.get()
    finally:
        _current.reset(token)


def change_set(
    kind: Kind, *, continued: uuid.UUID | None = None, **details: Any
) -> AbstractContextManager[Act]:
    """Begin an act of its own, whatever surrounds it: all that is saved inside is one change set.

    `continued` is that of an act which several requests do. Says and raises as `act` does.
    """
    return act(kind=kind, change_set=continued or uuid.uuid4(), **details)


def kept_reason(reason: str) -> str:
    """What is kept of a reason. Raises `ValidationError` for one that is too long."""
    reason = several_lines(reason)
    if len(reason) > LONGEST_REASON:
        message = gettext("Use %(number)d characters or fewer.") % {"number": LONGEST_REASON}
        raise ValidationError({"reason": message})
    return reason


def now() -> datetime:
    """When the act at hand happens: now, unless it says otherwise (work recorded afterwards)."""
    return _current.get().at or timezone.now()


def today() -> date:
    """The day of the act at hand in the business time zone."""
    return timezone.localtime(now(), timezone.get_default_timezone()).date()


def door() -> str:
    """The door of the act at hand."""
    return _current.get().door.value


def kind() -> str:
    """What the change set at hand is the whole of."""
    return _current.get().kind.value


def change_set_id() -> uuid.UUID:
    """The change set at hand; one of its own for what is saved outside of any act."""
    return _current.get().change_set or uuid.uuid4()


def reason() -> str:
    """Why, in the person's own words; empty where none was given."""
    return _current.get().reason


def person() -> User | None:
    """Who does it; None for what no person does."""
    current = _current.get()
    if current.by is not None:
        # Who stands in for the command line is nobody.
        return current.by if current.by.pk else None
    # Read when it is asked, not when the act begins: a program signs in later than a browser.
    user = getattr(current.request, "user", None)
    return user if user is not None and user.is_authenticated else None


def person_name() -> str:
    """The person's name as text, which stays when the person goes."""
    by = person()
    return "" if by is None else by.name
