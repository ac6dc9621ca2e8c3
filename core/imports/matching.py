"""Which column of a file is which field, and what its words mean: guessed, for people to mend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.imports.kinds import resource
from core.imports.options import DateForm, ImportOptions
from core.record.cells import IsoDateWidget, MomentWidget, NamedWidget, as_word
from core.record.named import Names
from core.record.resources import RecordedResource
from core.text.typed import folded, in_quotes

# How much alike two names are at least, of which one is mistyped.
_CLOSE = 0.82
# And their words, each for itself.
_CLOSE_WORD = 0.6
# And those that have a blank more or fewer.
_CLOSE_JOINED = 0.92
_EXACT, _SYNONYM = 3.0, 2.0
# How many words of a column are looked at: one that has more is no column of a few words.
_MOST_WORDS = 10_000


class Rows(Protocol):
    """A file that is opened: its columns, and its records from the beginning each time."""

    @property
    def headers(self) -> Sequence[str]: ...
    def records(self) -> Iterator[Any]: ...


@dataclass(frozen=True)
class ImportField:
    """A column that a file of a kind can have, and what people are told of it."""

    name: str
    label: str
    is_required: bool = False
    # By which people know a row.
    is_key: bool = False
    # Of an export; an import leaves it alone.
    is_read_only: bool = False
    is_day: bool = False
    # Of a column that names people, by user name: those who can be meant.
    persons: Callable[[], QuerySet[Any]] | None = None
    # The words that there are, with what people read for them; none where anything goes.
    choices: tuple[tuple[str, str], ...] = ()
    example: str = ""
    synonyms: tuple[str, ...] = ()
    # What else each word of it is called.
    word_synonyms: tuple[tuple[str, tuple[str, ...]], ...] = ()


def fields(kind: str) -> tuple[ImportField, ...]:
    """The columns that a file of a kind can have, in the order of a template."""
    own = resource(kind)
    names = [*own.get_import_order(), *own.extra_columns]
    return tuple(_field(own, name) for name in dict.fromkeys(names))


def _field(own: RecordedResource, name: str) -> ImportField:
    widget = own.widget(name)
    return ImportField(
        name,
        label(own, name),
        is_required=name in own.required,
        is_key=name in own.key,
        is_read_only=name in own.read_only,
        is_day=isinstance(widget, IsoDateWidget),
        persons=_persons_of(widget),
        choices=tuple((word, str(label)) for word, label in getattr(widget, "choices", ())),
        example=own.examples.get(name, ""),
        synonyms=own.synonyms.get(name, ()),
        word_synonyms=tuple((own.words.get(name) or getattr(widget, "synonyms", {})).items()),
    )


def _persons_of(widget: Any) -> Callable[[], QuerySet[Any]] | None:
    if not isinstance(widget, NamedWidget) or widget.model is not get_user_model():
        return None
    return widget.offered or (lambda: widget.model._default_manager.filter(is_active=True))


def label(own: RecordedResource, name: str) -> str:
    if name in own.extra_columns:
        return capfirst(str(own.extra_columns[name]))
    return own.title(name)


# Columns


def columns(kind: str, headers: Sequence[str], options: ImportOptions) -> dict[str, str]:
    """For each header the field that it holds, empty for one that is left out: as somebody chose,
    and else as it is guessed.

    Raises `ValidationError` for a field that there is not, or that two columns are to hold.
    """
    known = {field.name: field for field in fields(kind)}
    chosen = {header: options.columns[header] for header in headers if header in options.columns}
    for name in chosen.values():
        if name and name not in known:
            names = ", ".join(known)
            raise ValidationError(
                _("There is no field %(field)s. The fields are: %(fields)s.")
                % {"field": in_quotes(name), "fields": names}
            )
    _check_once(chosen, known)
    open_headers = [header for header in headers if header not in chosen]
    found = {**chosen, **_guessed(kind, open_headers, but=set(chosen.values()))}
    return {header: found[header] for header in headers}


def _check_once(chosen: Mapping[str, str], known: Mapping[str, ImportField]) -> None:
    of: dict[str, str] = {}
    for header, name in chosen.items():
        if name and name in of:
            raise ValidationError(
                _("Both %(first)s and %(second)s are matched to %(field)s. Leave one of them out.")
                % {
                    "first": in_quotes(of[name]),
                    "second": in_quotes(header),
                    "field": known[name].label,
                }
            )
        of[name] = header


def guessed(kind: str, headers: Sequence[str]) -> dict[str, str]:
    """For each header the field that it most likely holds; empty where none is like it."""
    return _guessed(kind, headers, but=set())


def _guessed(kind: str, headers: Sequence[str], *, but: set[str]) -> dict[str, str]:
    likenesses = sorted(
        (
            (-likeness, place, order, header, name)
            for place, header in enumerate(headers)
            for order, (name, names) in enumerate(_names_of(kind).items())
            if name not in but and (likeness := _likeness(as_word(header.rstrip(".:*")), names))
        ),
    )
    found: dict[str, str] = {}
    for _likely, _place, _order, header, name in likenesses:
        if header not in found and name not in found.values():
            found[header] = name
    return {header: found.get(header, "") for header in headers}


def _likeness(header: str, names: tuple[frozenset[str], frozenset[str]]) -> float:
    exact, synonyms = names
    if header in exact:
        return _EXACT
    if header in synonyms:
        return _SYNONYM
    if len(header) < 4:
        return 0
    return max(_mistyped(header, name) for name in exact | synonyms)


def _mistyped(header: str, name: str) -> float:
    """How much alike two names are; 0 where one is not the other, mistyped: `completed by` is
    neither `completed at` nor `completed`."""
    ratio = _ratio(header, name, least=_CLOSE)
    words, others = header.split(), name.split()
    if len(words) == len(others):
        closest = (_ratio(*each, least=_CLOSE_WORD) for each in zip(words, others, strict=True))
        return ratio if all(closest) else 0
    # A blank may be mistyped, as in `job numbr` written in one word; a word more is another name.
    return _ratio("".join(words), "".join(others), least=_CLOSE_JOINED)


def _ratio(one: str, other: str, *, least: float) -> float:
    """How much alike two texts are, if they are so much at least; else 0."""
    # As most are not, and a cell may hold a book.
    if 2 * min(len(one), len(other)) < least * (len(one) + len(other)):
        return 0
    matcher = SequenceMatcher(None, one, other)
    ratio = matcher.ratio() if matcher.quick_ratio() >= least else 0
    return ratio if ratio >= least else 0


@cache
def _names_of(kind: str) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Each field's names, and its synonyms, as they are compared; in every language."""
    found: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    labels: dict[str, set[str]] = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            for field in fields(kind):
                labels.setdefault(field.name, set()).add(as_word(field.label))
    for field in fields(kind):
        exact = frozenset({as_word(field.name)} | labels[field.name])
        found[field.name] = exact, frozenset(as_word(name) for name in field.synonyms)
    return found


# Days

_OTHER_FORM = {DateForm.DMY.value: DateForm.MDY.value, DateForm.MDY.value: DateForm.DMY.value}


def are_days_plain(kind: str, table: Rows, options: ImportOptions) -> bool:
    """Does a day of the file show that it is written in the form chosen: one that the other form,
    with days and months the other way round, does not have?"""
    other = _OTHER_FORM.get(options.date_form)
    if other is None:
        return True
    own = resource(kind)
    widgets = {
        header: widget
        for header, name in options.columns.items()
        if name and isinstance(widget := own.widget(name), IsoDateWidget | MomentWidget)
    }
    return any(
        _is_day(widget, cell, options.date_form) and not _is_day(widget, cell, other)
        for record in (table.records() if widgets else ())
        for header, widget in widgets.items()
        if (cell := record.cells.get(header))
    )


def _is_day(widget: Any, cell: Any, form: str) -> bool:
    try:
        return widget.clean(cell, date_form=form) is not None
    except ValueError:
        return False


# Words


def unknown_words(kind: str, table: Rows, options: ImportOptions) -> dict[str, list[str]]:
    """For each field of a few words, or of people, what a file says there that means nothing yet:
    once each, as it is spelled first, in the order of the file."""
    own = resource(kind)
    known = {field.name: field for field in fields(kind)}
    asked = {
        header: known[name]
        for header, name in columns(kind, table.headers, options).items()
        if name and not known[name].is_read_only and (known[name].choices or known[name].persons)
    }
    distinct: dict[str, dict[str, str]] = {field.name: {} for field in asked.values()}
    for record in table.records():
        for header, field in asked.items():
            seen = distinct[field.name]
            if len(seen) < _MOST_WORDS:
                for word in words_in(own, field.name, record.cells.get(header, "")):
                    seen.setdefault(word.lower(), word)
    found = {
        field.name: _meaningless(own, field, list(distinct[field.name].values()), options)
        for field in asked.values()
    }
    return {name: words for name, words in found.items() if words}


def words_in(own: RecordedResource, name: str, cell: Any) -> list[str]:
    """The words in a cell of a field: of roles and of equipment there can be several."""
    widget = own.widget(name)
    if hasattr(widget, "names"):
        words: list[str] = widget.names(cell)
        return words
    text = str(cell).strip()
    return [text] if text else []


def _meaningless(
    own: RecordedResource, field: ImportField, words: list[str], options: ImportOptions
) -> list[str]:
    known = options.words.get(field.name, {})
    words = [word for word in words if word.lower() not in known]
    means = _people(own, words) if field.persons else _reads(own.widget(field.name))
    return [word for word in words if not means(word)]


def without_known(kind: str, options: ImportOptions) -> ImportOptions:
    """A way without the words that mean something by themselves by now, such as the user name of
    somebody who is new: of these nobody is asked."""
    own, words = resource(kind), dict(options.words)
    for field in fields(kind):
        if field.name in words and (field.choices or field.persons):
            found = words.pop(field.name)
            if unknown := _meaningless(own, field, list(found), ImportOptions()):
                words[field.name] = {word: found[word] for word in unknown}
    return replace(options, words=words)


def _people(own: RecordedResource, words: list[str]) -> Callable[[str], bool]:
    names = Names(own.visible(get_user_model()), "username")
    names.read([(None, word) for word in words])
    return lambda word: bool(names.called(word))


def _reads(widget: Any) -> Callable[[str], bool]:
    def means(word: str) -> bool:
        try:
            widget.clean(word)
        except ValueError:
            return False
        return True

    return means


def guessed_word(field: ImportField, text: str) -> str:
    """The word of a field that somebody most likely means; empty where none is like it."""
    if field.persons:
        return _guessed_person(text, field.persons())
    names = {word: _synonyms_of(field, word) for word, _label in field.choices}
    for fits in (_is, _begins, _is_close):
        found = [word for word, others in names.items() if fits(as_word(text), others)]
        if len(found) == 1:
            return found[0]
    return ""


def _synonyms_of(field: ImportField, word: str) -> set[str]:
    labels = {as_word(str(dict(field.choices)[word])), as_word(word)}
    return labels | {as_word(each) for each in dict(field.word_synonyms).get(word, ())}


def _is(text: str, others: set[str]) -> bool:
    return text in others


def _begins(text: str, others: set[str]) -> bool:
    return bool(text) and any(each.startswith(text) for each in others)


def _is_close(text: str, others: set[str]) -> bool:
    return any(_ratio(text, each, least=_CLOSE) for each in others)


def _guessed_person(text: str, persons: QuerySet[Any]) -> str:
    """Whose first name, last name or both this is; empty for nobody's and for several people's."""
    wanted, found = folded(text), set()
    for username, first, last in persons.values_list("username", "first_name", "last_name"):
        if wanted in {folded(each) for each in (first, last, f"{first} {last}", f"{last} {first}")}:
            found.add(username)
    return found.pop() if len(found) == 1 else ""
