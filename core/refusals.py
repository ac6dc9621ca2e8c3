"""What a rule answers when it refuses: a sentence that a person can act on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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

    # The object as the API answers it now.
    current: Any = None

    def __init__(self, message: str, differences: Sequence[Difference] = ()) -> None:
        super().__init__(message, code="stale")
        self.differences = list(differences)


class Busy(Exception):
    """So much of this goes on already that it was not begun: 429, to be asked again later."""

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


@contextmanager
def within(place: str) -> Iterator[None]:
    """What is invalid inside is told at its place: at `tasks.1.title` instead of `title`."""
    try:
        yield
    except ValidationError as error:
        if not hasattr(error, "error_dict"):
            raise
        sentence = {f"{place}.{name}": errors for name, errors in error.error_dict.items()}
        raise ValidationError(sentence) from error
