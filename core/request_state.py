"""What is known of the request at hand, and kept with it until it is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, QueryDict


@dataclass
class RequestState:
    """One for each request; whoever works on it finds here what was asked or read before."""

    # May they: by action, model, and the row with its version.
    answers: dict[tuple[Any, ...], bool] = field(default_factory=dict)
    # Does a list read the rows of its page?
    reads_page: bool = True
    # How much there is to do, by name.
    to_do: dict[str, int] | None = None

    # A form that is sent (core/backoffice/once.py): what tells it from every other, whether it has
    # been saved, and what a rule refused that no check foresaw.
    form_key: str = ""
    is_saved: bool = False
    refused: ValidationError | None = None
    # What was typed before the session ended, where the page shows it.
    typed: QueryDict | None = None

    # The row that a new one is begun as a copy of, once it was looked for, and what the rows within
    # begin with.
    originals: list[models.Model] | None = None
    copied: list[dict[str, Any]] | None = None

    # What the address of a list names of what apps count, once it was looked for: nothing, or one.
    counted: list[Any] | None = None
    # The sign-in of the program that calls, where one does.
    token_family: models.Model | None = None


def state(request: HttpRequest) -> RequestState:
    """The state of a request, made where it is first asked for."""
    known: RequestState = request.__dict__.setdefault("_jobops", RequestState())
    return known


def give_state(request: HttpRequest, known: RequestState) -> None:
    """Have a request that was made of another one begin with this."""
    request.__dict__["_jobops"] = known
