"""Rows that are held: read as the database has them, and nobody else's to change meanwhile."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, cached_property
from typing import Any, Self

from django.db import models

from core.database.compiled import Compiled
from core.record.folded import Folded
from core.record.transactions import innermost, is_open


class Held(Folded):
    """A row that can be held: nobody else's to change until the transaction ends."""

    # The transaction in which the row was read and held.
    _held_in: object | None = None

    class Meta:
        abstract = True

    @cached_property
    def levels_given(self) -> dict[int, bool | None]:
        """What shares let each person do with the row, by the person's key: True is to progress it,
        False only to view it, None nothing. It holds what was asked for while the row is held
        (core/access.py)."""
        return {}

    @cached_property
    def answers_given(self) -> dict[tuple[Any, ...], bool]:
        """Who may do what to the row, as far as it was asked while it is held: by the person, the
        action and the version (core/access.py)."""
        return {}

    def lock(self) -> Self:
        """Read the row again and hold it until the transaction ends. Unsaved values are dropped."""
        manager = type(self)._base_manager
        self.refresh_from_db(from_queryset=manager.select_for_update(no_key=True))
        self._hold()
        return self

    def _hold(self) -> None:
        """Take the row for held from now on: what was known while it was held before is over."""
        self.levels_given.clear()
        self.answers_given.clear()
        self._held_in = innermost()

    @classmethod
    def held_rows(cls, rows: models.QuerySet[Self]) -> list[Self]:
        """The rows of a queryset, held until the transaction ends, in the order of their keys: who
        holds some of the same waits, and nobody for each other."""
        held = list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk"))
        for row in held:
            row._held_in = innermost()
        return held

    @classmethod
    def held_by_key(cls, keys: Collection[int]) -> list[Self]:
        """The rows of these keys, likewise."""
        return cls.held_rows(cls._base_manager.filter(pk__in=keys))

    @classmethod
    def held_row(cls, pk: int) -> Self | None:
        """The row of a key, held until the transaction ends; None where there is none."""
        return cls.held_by(_by_key(cls), pk)

    @classmethod
    def to_be_held(cls) -> models.QuerySet[Self]:
        """All rows, each to be held once it is read."""
        return cls._base_manager.select_for_update(no_key=True, of=("self",)).order_by()

    @classmethod
    def held_by(cls, asked: Compiled[Any], pk: int) -> Self | None:
        """The only row of `to_be_held` that is found by a key, likewise."""
        # A key that is too long for any is that of none.
        row = next(asked.objects(pk), None) if abs(pk) < 2**63 else None
        if row is not None:
            row._held_in = innermost()
        return row

    @property
    def is_held(self) -> bool:
        """Is the row, as it was read, nobody else's to change before the transaction ends?"""
        return is_open(self._held_in)


@cache
def _by_key(model: type[Held]) -> Compiled[Any]:
    """Every act asks it: compiled once in a process."""
    return Compiled(lambda pk: model.to_be_held().filter(pk=pk))
