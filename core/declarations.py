"""What an app brings to the house: it declares, and core collects.

core names no other app. Each app says what is its own in `DECLARED` of its module `declared.py`:
a tuple of the dataclasses below, of which `collected` gives those of one kind. Models go by their
label, functions by their dotted path: a declaration is read at every start, also where nobody needs
the pages or the API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

from django.apps import AppConfig, apps
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.module_loading import module_has_submodule

from core import roles
from core.clock import SUNDAY as SUNDAY  # noqa: PLC0414 (apps find it here)
from core.clock import Scheduled as Scheduled  # noqa: PLC0414

D = TypeVar("D")

# Whose a row is: what the members of `Scope` mean for the rows of a model


@dataclass(frozen=True)
class Shares:
    """The rows of a model each of which gives a person access to one row of another. `person` and
    `row` are its columns; `to_progress` is what those hold that give more than a view."""

    model: str
    person: str
    row: str
    to_progress: Mapping[str, Any]


@dataclass(frozen=True)
class Owned:
    """Rows that somebody answers for and somebody does, such as jobs: the columns that name them,
    and the shares by which others see a row. `numbered` is the path of a function from the
    words of a search to the key of the row whose number people write so, or to None."""

    model: str
    owner: str
    assigned_to: str
    shares: Shares
    numbered: str


@dataclass(frozen=True)
class BelongsTo:
    """Rows that belong to an `Owned` one by the foreign key `by`: who may see that one may see
    them, as far as the table of roles says, and they are on record with it. `word` is what its
    history in the API calls such a row: the name of the model, if empty."""

    model: str
    to: str
    by: str
    word: str = ""


@dataclass(frozen=True)
class NamedBy:
    """Rows that are seen by whoever sees one of an `Owned` model that names them in `column`."""

    model: str
    by: str
    column: str


@dataclass(frozen=True)
class Grants:
    """Who may do what to the rows of a model of the app's own, as `roles.RIGHTS` says of others."""

    model: str
    rights: roles.Rights


# The back office


class Section(Enum):
    """In the sidebar above or below what there is to do, or in the menu behind a person's name."""

    WORK = "work"
    COMPANY = "company"
    ACCOUNT = "account"


@dataclass(frozen=True)
class Page:
    """A line that leads to a page, by the name of its URL, for whoever may do `action` to any row
    of `model`: for everybody, where there is no model. `query` is what its address asks for.

    `place` orders the lines of a section. The palette looks through rows of `model` if `is_found`,
    and shows them first if `found_first`. `opens` decides where the table of roles cannot.
    """

    section: Section
    title: str | Promise
    icon: str
    url: str
    model: str = ""
    action: str = "view"
    place: int = 0
    is_found: bool = False
    found_first: bool = False
    opens: Callable[[Any], bool] | None = None
    query: str = ""


@dataclass(frozen=True)
class View:
    """A page of the back office that is more than the list or the form of a model: where it is, the
    path of its view, and its name. Whoever is in the back office may ask; the view decides.

    With a `model`, it is below the address of that one, and named after it: what is below `<key>/`
    is of one row. `given` are further arguments of the view. `takes` is how many bytes it is sent
    at most, where that is more than others are. The function at the path `undoes` says of a row of
    an act whether the page undoes that, asked for `?act=`. An address of these never varies.
    """

    route: str
    view: str
    name: str
    model: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    takes: int = 0
    undoes: str = ""

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
class Branding:
    """Whose house this is to somebody who has not signed in: the path of a function from a request
    to its `name` and the address of its `logo`, each empty where there is none."""

    shown: str


@dataclass(frozen=True)
class Home:
    """The start page: its template, and the path of the function that makes its context.

    `instead` is the path of one from the request of a sign-in to the address of what its person
    comes for; empty where that is the start page.
    """

    template: str
    context: str
    instead: str = ""


@dataclass(frozen=True)
class HomePart:
    """A part of the start page, by whichever app: the path of a function from a request to HTML,
    empty where the person is shown nothing; it is kept with the rest of what they are shown, and
    made anew once a minute. `stylesheet` is the static file that it needs, if any."""

    shown: str
    place: int = 0
    stylesheet: str = ""


@dataclass(frozen=True)
class Stylesheet:
    """A static file that every page of the back office loads, after those of core."""

    file: str


@dataclass(frozen=True)
class PaletteHints:
    """What the palette says where it finds nothing, and where the words are too short for it to."""

    hint: str | Promise
    too_short: str | Promise


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
class ApiSignIn:
    """How callers of the API sign in: the path of a list of ninja's, in the order asked."""

    auth: str


@dataclass(frozen=True)
class Urls:
    """Pages outside of the back office: where they begin, and the module of their `urlpatterns`."""

    route: str
    module: str


@dataclass(frozen=True)
class ScriptModules:
    """Static files, as a pattern, that import each other as modules."""

    files: str


@dataclass(frozen=True)
class BackgroundFunction:
    """A function, by its path, that is enqueued (core/queues.py); its title says what it does."""

    func: str
    title: str | Promise


@dataclass(frozen=True)
class HomeWarnings:
    """What the start page warns of: the path of a function from a request to lines, each a sentence
    and the address of the page that says more."""

    shown: str


# Undo


@dataclass(frozen=True)
class PutBack:
    """How a row of a model is put back to what it was before an act that is undone, where it takes
    more than an edit of its fields: the path of a function of the row, which is held, of its
    values by name, of the `former` line of its history, and of who does it (`by`). `many` is that
    of one for many rows at once (`put_back` of record/undo_batch.py): the keys of those done."""

    model: str
    done: str
    many: str = ""


# Files


@dataclass(frozen=True)
class FileKind:
    """A kind of row that files bring in and take out, by the word that stands for it in commands
    and addresses, such as `jobs`.

    `resource` is the dotted path of its resource (core/record/resources.py), whose columns are
    those of the files; `title` is what people read.
    """

    kind: str
    model: str
    resource: str
    title: str | Promise


@dataclass(frozen=True)
class FullExportRows:
    """Rows that the full export (*Take everything*) holds, beside those on record and their
    history; or of those on record, the columns that are left out (`without`), as nobody is to have
    them."""

    model: str
    without: tuple[str, ...] = ()


# What leaves the house


@dataclass(frozen=True)
class NoticeKind:
    """Something that people are told (core/outbox/).

    `parts` is the path of a function from bundles of notices, one for each person, to what a mail
    says of each: of one that tells several kinds, it gets them together. `title` is what it is
    about and `why` the reason that the mail gives. `wait_for_more`: changes that come within this
    time of each other become one message. What is not optional is sent at once, alone, whatever
    somebody has chosen. What `is_asked_for` goes to nobody who has not chosen it. `roles` are
    those who can get it: everybody, if empty.
    """

    name: str
    title: str | Promise
    why: str | Promise
    parts: str
    wait_for_more: timedelta = timedelta()
    is_optional: bool = True
    is_asked_for: bool = False
    roles: tuple[roles.Role, ...] = ()


@dataclass(frozen=True)
class MailStyle:
    """The template of the style rules for an app's parts of a mail."""

    template: str


@dataclass(frozen=True)
class Channel:
    """A way out of the house: its name, and the path of the class that sends by it."""

    name: str
    sender: str


@dataclass(frozen=True)
class OnBounce:
    """What is done when a message came back for good: the path of a function of it."""

    done: str


@dataclass(frozen=True)
class OnChange:
    """What is to be done when an act has saved a row of a model, or is to delete it, as part of it:
    the path of a function of the row, of what the columns that changed held before (of a relation
    to many, the keys; None where all of it is new), and of whether it `is_deleted`."""

    model: str
    done: str


# Collected


def collect() -> None:
    """Read what the apps declare, once they are all there; the rights join the table of roles.

    Raises `ImproperlyConfigured` where an app grants what is not its own.
    """
    for app, each in _declared():
        if not isinstance(each, Grants):
            continue
        if each.model.split(".")[0] != app or each.model in roles.RIGHTS:
            raise ImproperlyConfigured(
                f"{app} grants rights on {each.model}: an app does so on models of its own, once."
            )
        roles.RIGHTS[each.model] = each.rights


def collected(kind: type[D]) -> list[D]:
    """What all apps declare of a kind, in the order of INSTALLED_APPS."""
    return [each for _app, each in _declared() if isinstance(each, kind)]


@cache
def _declared() -> tuple[tuple[str, object], ...]:
    """Each declaration, with the label of its app."""
    return tuple(
        (config.label, each) for config in apps.get_app_configs() for each in declared_by(config)
    )


def declared_by(app: AppConfig) -> tuple[object, ...]:
    """What an app declares."""
    if not (app.module and module_has_submodule(app.module, "declared")):
        return ()
    declared: tuple[object, ...] = import_module(f"{app.name}.declared").DECLARED
    return declared
