"""Which rows belong to an owned one, such as a job, and by what: as the apps declare it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from core.declarations import BelongsTo, NamedBy, Owned, collected


@dataclass(frozen=True)
class Link:
    """From the rows of a model to the owned ones that they belong to by a foreign key, or are."""

    owned: Owned
    by: str = ""

    @property
    def prefix(self) -> str:
        """What stands before a column of the owned row, in a filter of these rows."""
        return f"{self.by}__" if self.by else ""

    @property
    def key(self) -> str:
        """The column of these rows, and of their history, that holds the key of the owned row."""
        return f"{self.by}_id" if self.by else "id"

    def of(self, row: Any) -> Any:
        """The owned row of one of these."""
        return getattr(row, self.by) if self.by else row


def link_to_owned(model: str) -> Link | None:
    """How the rows of a model are linked to owned ones; None where they are not."""
    return _links().get(model)


@cache
def _links() -> dict[str, Link]:
    owned = {each.model: Link(each) for each in collected(Owned)}
    belonging = {each.model: Link(owned[each.to].owned, each.by) for each in collected(BelongsTo)}
    return {**owned, **belonging}


@cache
def is_named(model: str) -> bool:
    """Are the rows of a model seen with others that name them?"""
    return any(each.model == model for each in collected(NamedBy))


@cache
def named_by(model: str) -> NamedBy:
    """By which rows those of a model are named. Raises `StopIteration` where no app says so."""
    return next(each for each in collected(NamedBy) if each.model == model)
