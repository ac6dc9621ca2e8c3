"""What every door asks before it shows or does anything.

`can` and `require` ask about an action and a row, or a model; `visible_to` narrows a query set to
the rows that somebody may see. The others ask the same of rows at hand, or of many at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.database.compiled import Compiled
from core.declarations import Owned
from core.owned import Link, is_named, link_to_owned, named_by
from core.roles import RIGHTS, Role, Scope, codename

if TYPE_CHECKING:
    # Whichever model the settings name.
    from django.contrib.auth.models import _User as User

M = TypeVar("M", bound=models.Model)
Target = models.Model | type[models.Model] | str
_SHARES = Scope.SHARED | Scope.SHARED_FOR_PROGRESS


def command_line_user() -> Any:
    """Who asks at the command line, where no person is named: whoever runs it has the database. It
    is nobody's row, and on record as no person."""
    return get_user_model()(is_superuser=True)


def can(user: Any, action: str, target: Target) -> bool:
    """May the person do this: to this row as the database has it now, or, given a model or the
    label of something without rows, to any row at all?

    A row that is not saved yet, and an action that the table does not name, answer False.
    """
    scope = _scope(user, action, _label(target))
    if not isinstance(target, models.Model):
        return bool(scope)
    if target.pk is None or target._state.adding:
        return False
    if not scope or Scope.ALL in scope:
        return bool(scope)
    # Asked of the database, not of the instance: a form has filled that one in already.
    rows = type(target)._base_manager.filter(pk=target.pk)
    return rows.filter(_rows(user, scope, _label(target))).exists()


def visible_to(user: Any, queryset: QuerySet[M], action: str = "view") -> QuerySet[M]:
    """The rows of a queryset on which the person may do this; by default: those they may see."""
    label = queryset.model._meta.label_lower
    scope = _scope(user, action, label)
    if Scope.ALL in scope:
        return queryset
    return queryset.filter(_rows(user, scope, label)) if scope else queryset.none()


def visible_in_parts(user: Any, queryset: QuerySet[M]) -> tuple[QuerySet[M], list[QuerySet[M]]]:
    """The rows of a queryset that the person may see; and the same in parts, none of them in two.

    A part is what one relation to the person gives, for which there is an index.
    """
    label = queryset.model._meta.label_lower
    scope = _scope(user, "view", label)
    if Scope.ALL in scope:
        return queryset, [queryset]
    parts, others = [], Q(pk__in=[])
    for relation in _relations(user, scope, label):
        parts.append(queryset.filter(relation).exclude(others))
        others |= relation
    return queryset.filter(others), parts or [queryset.none()]


def can_by_columns(user: Any, action: str, target: Target) -> Callable[[Mapping[str, Any]], bool]:
    """May the person do this: a question to ask of many owned rows, each given by its columns.

    For a list that shows more than the person may do this to. The columns are its key, `id`, and
    those that name people (`owner_id`).
    """
    label = _label(target)
    scope = _scope(user, action, label)
    if not scope or Scope.ALL in scope:
        return lambda _row: bool(scope)
    link = link_to_owned(label)
    if link is None:
        raise ValueError(f"The rows of {label} are not owned.")
    names = [f"{column}_id" for each, column in _naming(link.owned) if each in scope]
    # Asked once, and not for rows whose columns name the person.
    shared = cache(lambda: frozenset(_shared_keys(link.owned, user, scope)))
    return lambda row: any(row[name] == user.pk for name in names) or row["id"] in shared()


def can_on_held(user: Any, action: str, row: Any) -> bool:
    """May the person do this to a row that is held: by what its columns had when it was read?

    A statement is needed only where neither they nor the columns of its job answer: one, however
    often it is asked while the row is held. What its own columns answer is asked once of a version.
    """
    label = row._meta.label_lower
    link = link_to_owned(label)
    # What belongs to another row, or is seen with others, goes by columns that are not its own.
    is_own = not (link.by if link else is_named(label))
    if not (is_own and row.is_held):
        return _answer(user, action, row, label)
    key = (user.pk, user.is_active, user.is_superuser, action, row.loaded("version"))
    answers: dict[tuple[Any, ...], bool] = row.answers_given
    if key not in answers:
        answers[key] = _answer(user, action, row, label)
    return answers[key]


def _answer(user: Any, action: str, row: Any, label: str) -> bool:
    scope = _scope(user, action, label)
    if not scope or Scope.ALL in scope:
        return bool(scope)
    if any(scope & each and is_so for each, is_so in _known(user, row, label)):
        return True
    if scope & _SHARES and (link := link_to_owned(label)):
        return _is_shared(user, scope, link.of(row), link.owned)
    rows = type(row)._base_manager.filter(pk=row.pk)
    return Scope.OF_SEEN_JOBS in scope and rows.filter(_rows(user, scope, label)).exists()


def _known(user: Any, row: Any, label: str) -> Iterator[tuple[Scope, bool]]:
    """What the columns of a row, and of the owned one that it belongs to, say by themselves."""
    yield Scope.SELF, row.pk == user.pk
    yield Scope.NOT_SUPERUSER, not row.loaded("is_superuser")
    if link := link_to_owned(label):
        owned = link.of(row)
        for each, column in _naming(link.owned):
            yield each, owned.loaded(f"{column}_id") == user.pk


def _naming(owned: Owned) -> Iterator[tuple[Scope, str]]:
    """What names people in an owned row, each with what the row is to whom it names."""
    yield Scope.OWN, owned.owner
    yield Scope.ASSIGNED, owned.assigned_to


def can_all(user: Any, action: str, target: Target) -> bool:
    """May the person do this to every row, those that are no more among them?"""
    return Scope.ALL in _scope(user, action, _label(target))


def can_somewhere(user: Any, action: str) -> bool:
    """May the person do this to rows of any model?"""
    return any(_scope(user, action, label) for label in RIGHTS)


def require(user: Any, action: str, target: Target) -> None:
    """Raise PermissionDenied (403) unless the person may do this."""
    if not can(user, action, target):
        raise PermissionDenied(_("You may not do this."))


def _label(target: Target) -> str:
    return target.lower() if isinstance(target, str) else target._meta.label_lower


def _scope(user: User | Any, action: str, label: str) -> Scope:
    if not user.is_active or action not in RIGHTS.get(label, {}):
        return Scope.NONE
    if user.is_superuser:
        return Scope.ALL
    # Asked first: they come with the roles, as one question.
    own = user.own_permissions
    scope = Scope.NONE
    for role in user.roles:
        scope |= RIGHTS[label][action].get(role, Scope.NONE)
    # A group that the company made itself reaches as far as an Admin: every row, save that nobody
    # but a superuser changes a superuser, and that a profile is one's own.
    if f"{label.split('.', maxsplit=1)[0]}.{codename(label, action)}" in own:
        scope |= RIGHTS[label][action][Role.ADMIN]
    return scope


def _rows(user: User, scope: Scope, label: str) -> Q:
    """The rows within reach, as a condition on the model's own columns."""
    rows = Q(pk__in=[])
    for relation in _relations(user, scope, label):
        rows |= relation
    return rows


def _relations(user: User, scope: Scope, label: str) -> Iterator[Q]:
    """Each relation to the person that makes a row theirs."""
    if link := link_to_owned(label):
        yield from _of_owned(link, user, scope)
    if Scope.OF_SEEN_JOBS in scope:
        named = named_by(label)
        naming = apps.get_model(named.by)._base_manager.all()
        for part in visible_in_parts(user, naming)[1]:
            yield Q(pk__in=part.order_by().values(named.column))
    if Scope.SELF in scope:
        yield Q(pk=user.pk)
    if Scope.NOT_SUPERUSER in scope:
        yield Q(is_superuser=False)


def _of_owned(link: Link, user: User, scope: Scope) -> Iterator[Q]:
    """Each relation of the person to the owned row that these belong to, or are."""
    for each, column in _naming(link.owned):
        if each in scope:
            yield Q(**{f"{link.prefix}{column}": user})
    # To find rows of a large table by a subquery beside an OR costs ten times as much.
    if shared := _shared_keys(link.owned, user, scope):
        yield Q(**{f"{link.prefix}pk__in": shared})


def _given_to(user: User | int, owned: Owned) -> QuerySet[Any]:
    """The shares that a person has been given."""
    shares: Any = apps.get_model(owned.shares.model)
    given: QuerySet[Any] = shares._base_manager.filter(**{owned.shares.person: user})
    return given


def _is_shared(user: User, scope: Scope, row: Any, owned: Owned) -> bool:
    """Has the person been given this of an owned row? While it is held, the answer stays."""
    levels = row.levels_given if row.is_held else {}
    if user.pk not in levels:
        given = _given_to(user, owned).filter(**{owned.shares.row: row.pk}).order_by()
        found = given.values_list(*owned.shares.to_progress).first()
        levels[user.pk] = None if found is None else found == _to_progress(owned)
    progresses = levels[user.pk]
    return bool(progresses) or (progresses is not None and Scope.SHARED in scope)


def _to_progress(owned: Owned) -> tuple[Any, ...]:
    return tuple(owned.shares.to_progress.values())


# What was read of shares for the request at hand; None outside of any.
_remembered: ContextVar[dict[Any, Any] | None] = ContextVar("remembered", default=None)


@contextmanager
def remembering_shares() -> Iterator[None]:
    """Inside, which rows are shared with a person is read once; a row that is held asks anew."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def forget_shares(row: Any) -> None:
    """Some of an owned row that is held were given or taken."""
    row.levels_given.clear()
    row.answers_given.clear()
    if known := _remembered.get():
        known.clear()


def _shared_keys(owned: Owned, user: User, scope: Scope) -> list[int]:
    if not scope & _SHARES:
        return []
    known = _remembered.get()
    levels = (known or {}).get((owned.model, user.pk))
    if levels is None:
        levels = _read_levels(owned, user)
        if known is not None:
            known[owned.model, user.pk] = levels
    return [key for key, progresses in levels if progresses or Scope.SHARED in scope]


def _read_levels(owned: Owned, user: User) -> list[tuple[int, bool]]:
    """The keys of the rows that are shared with a person, and which of them to be progressed."""
    shares = owned.shares
    asked = _LEVELS.get(owned.model)
    if asked is None:
        columns = (shares.row, *shares.to_progress)
        asked = Compiled(lambda key: _given_to(key, owned).order_by().values_list(*columns))
        _LEVELS[owned.model] = asked
    return [(key, tuple(level) == _to_progress(owned)) for key, *level in asked.rows(user.pk)]


# What each list asks, by the model of which rows are shared.
_LEVELS: dict[str, Compiled[Any]] = {}
