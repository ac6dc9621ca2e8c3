"""What an app brings to the house: it declares, and core collects.

core names no other app. Each app says what is its own in `DECLARED` of its module `declared.py`:
a tuple of the dataclasses below, of which `collected` gives those of one kind. Models go by their
label, functions by their dotted path: a declaration is read at every start, also where nobody needs
the pages or the API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import Enum
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import module_has_submodule

from core import roles

D = TypeVar("D")
SUNDAY = 6

# Whose a row is: what the members of `Scope` mean for the rows of a model


@dataclass(frozen=True)
class Shares:
    """The rows of a model each of which gives a person access to one row of another.

    `person` and `row` are its columns; `to_progress` is what those hold that give more than a view.
    """

    model: str
    person: str
    row: str
    to_progress: Mapping[str, Any]


@dataclass(frozen=True)
class Owned:
    """Rows that somebody answers for and somebody does, such as jobs: the columns that name them,
    and the shares by which others see a row."""

    model: str
    owner: str
    assigned_to: str
    shares: Shares


@dataclass(frozen=True)
class BelongsTo:
    """Rows that belong to an `Owned` one by the foreign key `by`: who may see that one may see
    them, as far as the table of roles says, and they are on record with it."""

    model: str
    to: str
    by: str


@dataclass(frozen=True)
class NamedBy:
    """Rows that are seen by whoever sees one of an `Owned` model that names them in `column`."""

    model: str
    by: str
    column: str


@dataclass(frozen=True)
class Grants:
    """Who may do what to the rows of a model of the app's own, as `roles.TABLE` says of others."""

    model: str
    rights: roles.Rights


# The back office


class Section(Enum):
    """Where a page is to be found: in the sidebar, above or below what there is to do, or in the
    menu behind the person's name."""

    WORK = "work"
    COMPANY = "company"
    ACCOUNT = "account"


@dataclass(frozen=True)
class Page:
    """A line that leads to a page, by the name of its URL, for whoever may do `action` to any row
    of `model`: for everybody, where there is no model.

    `place` orders the lines of a section. The palette looks through the rows of `model` where
    `is_found`. `opens` decides where the table of roles cannot.
    """

    section: Section
    title: str | Promise
    icon: str
    url: str
    model: str = ""
    action: str = "view"
    place: int = 0
    is_found: bool = False
    opens: Callable[[Any], bool] | None = None


@dataclass(frozen=True)
class View:
    """A page of the back office that is more than the list or the form of a model: where it is, the
    path of its view, and its name. Whoever enters the back office may ask for it; the view says who
    may have it.

    With a `model`, it is below the address of that one, and named after it: what is below `<key>/`
    is of one row. `given` are further arguments of the view.
    """

    route: str
    view: str
    name: str
    model: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where it is, in the back office."""
        return f"{self.model.replace('.', '/')}/{self.route}" if self.model else self.route

    @property
    def url_name(self) -> str:
        """The name of its URL, in the namespace of the back office."""
        return f"{self.model.replace('.', '_')}_{self.name}" if self.model else self.name


@dataclass(frozen=True)
class ToDo:
    """What there is to do, for whoever sees rows of `model`.

    `shown` is the path of a function from a request to lines of the sidebar; `counted` of one from
    a person to how much there is of each, by name.
    """

    model: str
    shown: str
    counted: str


@dataclass(frozen=True)
class Home:
    """The start page: its template, and the path of the function that makes its context."""

    template: str
    context: str


@dataclass(frozen=True)
class Tabs:
    """Tabs above a list: the path of a function from a request to tabs, in unfold's terms."""

    shown: str


# The other doors


@dataclass(frozen=True)
class Routes:
    """A part of the API: the path of its router."""

    router: str


@dataclass(frozen=True)
class Callers:
    """How those who call the API say who they are: the path of a list of ninja's, in the order in
    which they are asked."""

    auth: str


@dataclass(frozen=True)
class Urls:
    """Pages outside of the back office: where they begin, and the module of their `urlpatterns`."""

    route: str
    module: str


@dataclass(frozen=True)
class Modules:
    """Static files, as a pattern, that import each other as modules."""

    files: str


@dataclass(frozen=True)
class Scheduled:
    """A function by its dotted path, and when it runs, in the business time zone."""

    name: str
    func: str
    at: time
    weekday: int | None = None  # Monday is 0; every day where none is said.

    def is_met_by(self, moment: datetime) -> bool:
        """Is this a time at which it runs?"""
        local = timezone.localtime(moment, timezone.get_default_timezone())
        return local.time() == self.at and self.weekday in {None, local.weekday()}

    def next_after(self, moment: datetime) -> datetime:
        """The first time after a moment at which it runs."""
        local = timezone.localtime(moment, timezone.get_default_timezone())
        days = (local.date() + timedelta(days=n) for n in range(9))
        times = (datetime.combine(day, self.at, tzinfo=local.tzinfo) for day in days)
        return next(at for at in times if at > moment and self.weekday in {None, at.weekday()})


# Collected


def collect() -> None:
    """Read what the apps declare, once they are all there; the rights join the table of roles.

    Raises `ImproperlyConfigured` where an app grants what is not its own.
    """
    for app, each in _declared():
        if isinstance(each, Grants):
            _grant(app, each)


def collected(kind: type[D]) -> list[D]:
    """What all apps declare of a kind, in the order of INSTALLED_APPS."""
    return [each for _app, each in _declared() if isinstance(each, kind)]


@cache
def _declared() -> tuple[tuple[str, object], ...]:
    """Each declaration, with the label of its app."""
    return tuple(
        (config.label, each)
        for config in apps.get_app_configs()
        if config.module and module_has_submodule(config.module, "declared")
        for each in import_module(f"{config.name}.declared").DECLARED
    )


def _grant(app: str, grants: Grants) -> None:
    if grants.model.split(".")[0] != app or grants.model in roles.TABLE:
        raise ImproperlyConfigured(
            f"{app} grants rights on {grants.model}: an app does so on models of its own, once."
        )
    roles.TABLE[grants.model] = grants.rights


# Whose rows


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


def link_to_owned(model: str) -> Link | None:
    """How the rows of a model are linked to owned ones; None where they are not."""
    return _links().get(model)


@cache
def _links() -> dict[str, Link]:
    owned = {each.model: Link(each) for each in collected(Owned)}
    belonging = {each.model: Link(owned[each.to].owned, each.by) for each in collected(BelongsTo)}
    return {**owned, **belonging}


@cache
def named_by(model: str) -> NamedBy:
    """By which rows those of a model are named. Raises `StopIteration` where no app says so."""
    return next(each for each in collected(NamedBy) if each.model == model)
