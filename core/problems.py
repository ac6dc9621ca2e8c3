"""What a rule answers when it refuses: a sentence that a person can act on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError


class Refused(ValidationError):
    """A rule (design section 5) or the life of a job (section 6) refuses what was asked: 409."""


@dataclass(frozen=True)
class Difference:
    """One field that somebody else changed meanwhile: their value, and the one now asked for."""

    field: str
    label: str
    theirs: Any
    yours: Any


class Stale(Refused):
    """The row changed since the version that the writer states: 412. Nothing was written."""

    def __init__(self, message: str, differences: Sequence[Difference] = ()) -> None:
        super().__init__(message, code="stale")
        self.differences = list(differences)
