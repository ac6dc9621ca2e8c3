"""The one way in for every write: find the row, hold it, ask who may, check, write, and tell.

An act begins with `held`, or with `add` for a row that is new. What a door gets back is an outcome,
which it tells in its own words. An app has functions for what its rows need beyond these.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeAlias, TypeVar

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import models
from django.http import Http404
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core.access import can_on_held, require
from core.declarations import OnChange, collected
from core.owned import link_to_owned
from core.record import audit
from core.record.records import Recorded
from core.record.transactions import atomic

R = TypeVar("R", bound=Recorded)
M = TypeVar("M", bound=models.Model)
# A row at hand, or the model and key of one that is yet to be found.
Named: TypeAlias = R | tuple[type[R], int]
# Saves a row. Where that changes a many-to-many, it answers with what the row had of it: the keys,
# by the name of the field.
Save: TypeAlias = Callable[[], Mapping[str, Collection[int]] | None]


@dataclass(frozen=True)
class Outcome(Generic[M]):
    """What an act came to: the row as it is now, the columns of it that have other values than
    before (those that follow by themselves, such as its version, among them; of a new row, and of
    one that is gone and stands here as it was, all; a many-to-many by its name), and what to tell
    whoever did it, though nothing stood in the way."""

    row: M
    changed: frozenset[str] = frozenset()
    warnings: tuple[str | Promise, ...] = ()


@contextmanager
def held(
    named: Named[R],
    action: str | Callable[[R], str],
    *,
    by: Any,
    version: int | None = None,
    wanted: dict[str, Any] | None = None,
    **details: Any,
) -> Iterator[R]:
    """The row as the database has it now, held until the end of the act, for somebody who may do
    this to it: an action, or what tells which it is of the row. `details` are for the audit log;
    `wanted` are the values asked for, by field.

    Raises Http404 for a key of what they may not see, PermissionDenied, and `Stale` where the row
    has another version than the one stated.
    """
    with atomic(), audit.act(by=by, **details):
        row = find(*named, by=by) if isinstance(named, tuple) else named
        if not row.is_held:
            row.lock()
        check(row, action if isinstance(action, str) else action(row), by=by)
        row.check_version(version, wanted)
        yield row


def find(model: type[R], pk: int, *, by: Any) -> R:
    """The row of a key, held until the end of the transaction.

    Raises Http404 for what the person may not see.
    """
    row = model.held_row(pk)
    if row is None or not can_on_held(by, "view", row):
        raise Http404
    return row


def check(row: Recorded, action: str, *, by: Any) -> None:
    """Raise PermissionDenied unless the person may do this to a row that is held."""
    if not can_on_held(by, action, row):
        raise PermissionDenied(_("You may not do this."))


def add(row: R, *, by: Any) -> Outcome[R]:
    """Save a new row for somebody. Raises PermissionDenied or `ValidationError`."""
    with atomic(), audit.act(by=by):
        _check_addition(row, by=by)
        return write(row)


def _check_addition(row: Recorded, *, by: Any) -> None:
    """Raise PermissionDenied unless the person may add this row, and to the row that it belongs to,
    such as a job, which is held until the end of the act."""
    require(by, "add", type(row))
    link = link_to_owned(row._meta.label_lower)
    if link and link.by:
        try:
            owned = link.of(row)
            if not owned.is_held:
                owned.lock()
        except ObjectDoesNotExist:
            raise Http404 from None
        check(row, "add", by=by)


def edit(named: Named[R], *, by: Any, version: int | None = None, **values: Any) -> Outcome[R]:
    """Change these fields for somebody, from a version (any if none is given). The others stay.

    Raises as `held` does, `Refused` or `ValidationError`.
    """
    with held(named, "change", by=by, version=version, wanted=values) as row:
        for name, value in values.items():
            setattr(row, name, value)
        return write(row)


def save(row: R, *, by: Any) -> Outcome[R]:
    """Save what somebody's form or file has put on a row, new or read before.

    Raises PermissionDenied, `Stale`, `Refused` or `ValidationError`.
    """
    with atomic(), audit.act(by=by):
        if row._state.adding:
            _check_addition(row, by=by)
        elif row.is_held:
            # Whoever found it was asked at most whether they see it.
            check(row, "change", by=by)
        else:
            require(by, "change", row)
        return write(row)


def write(row: R) -> Outcome[R]:
    """Save a row that is held, or new, once all of it that was written has been checked."""
    row.check_fields()
    return save_checked(row)


def save_checked(row: R, save: Save | None = None) -> Outcome[R]:
    """Save a row that has been checked, do what an app has follow, and say what came of it.

    `save` is what saves it, where that is not its own `save`.
    """
    before = None if row._state.adding else {name: row.loaded(name) for name in row.changed()}
    had = row.values_loaded()
    former: Mapping[str, Collection[int]] = {}
    if save is None:
        row.save()
    else:
        former = save() or {}
    if before is None or before or former:
        follow(row, None if before is None else {**before, **former})
    changed = row.changed_since(had) | former.keys()
    return Outcome(row, changed, tuple(row.warnings(changed)))


def remove(named: Named[R], *, by: Any, version: int | None = None) -> Outcome[R]:
    """Delete the row for somebody, from a version (any if none is given). Its history stays.

    Raises as `held` does, or `Refused` with the alternative.
    """
    with held(named, "delete", by=by, version=version) as row:
        follow(row, None, is_deleted=True)  # While it still has its key.
        was = copy(row)
        row.delete()
    return Outcome(was, frozenset(was.values_loaded()))


def follow(row: models.Model, before: dict[str, Any] | None, *, is_deleted: bool = False) -> None:
    """Do what an app has follow when a row was saved, or is to be deleted."""
    for path in _followers(row._meta.label_lower):
        import_string(path)(row, before, is_deleted=is_deleted)


@cache
def _followers(label: str) -> tuple[str, ...]:
    return tuple(each.done for each in collected(OnChange) if each.model == label)
