"""What somebody says of a file: which column is which field, and what its words and blanks mean."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from core.backoffice.imports import persons, samples
from core.imports import matching
from core.imports.matching import ImportField
from core.imports.options import Blanks, DateForm, ImportOptions
from core.imports.table import Table
from core.text.typed import NO_TEXT

# How many words are asked about at once: whose column holds more is another column.
WORDS = 100


def mark(headers: Sequence[str]) -> str:
    """By which columns are known to be those that were asked about."""
    return hashlib.sha256("\x1f".join(headers).encode()).hexdigest()[:16]


def options_of(sent: Any, before: ImportOptions, table: Table) -> ImportOptions:
    """The way that a form says, from the one before."""
    columns = dict(before.columns)
    words: Mapping[str, Mapping[str, str]] = before.words
    if sent.get("headers") == mark(table.headers):
        columns = {
            header: sent.get(f"column-{place}", "") for place, header in enumerate(table.headers)
        }
        words = _words(sent, before)
    blanks, date_form = sent.get("blanks", ""), sent.get("date_form", "")
    return replace(
        before,
        columns=columns,
        words=words,
        blanks=blanks if blanks in Blanks.values else before.blanks,
        date_form=date_form if date_form in DateForm.values else before.date_form,
    )


def _words(sent: Any, before: ImportOptions) -> dict[str, dict[str, str]]:
    words = {name: dict(meanings) for name, meanings in before.words.items()}
    for place in range(WORDS):
        name, text = sent.get(f"word-{place}-field"), sent.get(f"word-{place}-text")
        if name and text and not NO_TEXT.search(f"{name}{text}"):
            words.setdefault(name, {})[text.lower()] = sent.get(f"word-{place}-meaning", "")
    # An empty choice is as if nobody had chosen.
    kept = {n: {text: m for text, m in each.items() if m} for n, each in words.items()}
    return {name: each for name, each in kept.items() if each}


@dataclass(frozen=True)
class Column:
    """A column of the file: its name, its first values, and the field of the form that asks."""

    header: str
    values: Sequence[str]
    asked: forms.BoundField

    @property
    def is_left_out(self) -> bool:
        """Does nothing become of it?"""
        return not self.asked.value()


@dataclass(frozen=True)
class Word:
    """A word of the file that is none of its field's own, and the field that asks what it means."""

    place: int
    field: ImportField
    text: str
    asked: forms.BoundField


class MatchForm(forms.Form):
    """What the columns and words of a table mean."""

    date_form = forms.ChoiceField(
        label=gettext_lazy("Dates are written like"),
        choices=DateForm.choices,
        widget=UnfoldAdminSelectWidget,
    )
    blanks = forms.ChoiceField(
        label=gettext_lazy("Empty cells"), choices=Blanks.choices, widget=forms.RadioSelect
    )

    def __init__(self, kind: str, table: Table, options: ImportOptions, *, is_sent: bool) -> None:
        # What was sent is in the way already, and what was not is guessed.
        self.table, self._first = table, samples.first_cells(table)
        self.unseen = table.unseen()
        self._offered: dict[str, Sequence[tuple[str, str]]] = {}
        self.known = {field.name: field for field in matching.fields(kind)}
        columns = {**matching.guessed(kind, table.headers), **options.columns}
        columns = {header: columns.get(header, "") for header in table.headers}
        columns = {header: name if name in self.known else "" for header, name in columns.items()}
        self.options = replace(options, columns=columns)
        # Those that have a meaning by now are asked about as well: it may be another one.
        asked = replace(options, columns=_once(columns), words={})
        found = matching.unknown_words(kind, table, asked)
        self.unknown = [(name, text) for name, texts in found.items() for text in texts][:WORDS]
        self.left = sum(map(len, found.values())) - len(self.unknown)
        values = self._values()
        super().__init__(values if is_sent else None, initial=values)
        self._ask_for_columns()
        self._ask_for_words()

    def _values(self) -> dict[str, str]:
        """What is chosen at first: as somebody chose before, and else as it is guessed."""
        values = {"date_form": self.options.date_form, "blanks": self.options.blanks}
        for place, header in enumerate(self.table.headers):
            values[f"column-{place}"] = self.options.columns[header]
        for place, (name, text) in enumerate(self.unknown):
            meaning = self.options.words.get(name, {}).get(text.lower())
            if meaning is None:
                meaning = matching.guessed_word(self.known[name], text)
            values[f"word-{place}-meaning"] = meaning
        return values

    def _ask_for_columns(self) -> None:
        choices = [("", _("– leave out –"))]
        choices += [(each.name, _named(each)) for each in self.known.values()]
        for place, header in enumerate(self.table.headers):
            label = _("Field for %(column)s") % {"column": header}
            widget = UnfoldAdminSelectWidget({"aria-label": label})
            self.fields[f"column-{place}"] = forms.ChoiceField(
                required=False, label=header, choices=choices, widget=widget
            )

    def _ask_for_words(self) -> None:
        for place, (name, text) in enumerate(self.unknown):
            field = self.known[name]
            label = _("“%(word)s” in %(field)s") % {"word": text, "field": field.label}
            choices = [("", _("– refuse these rows –")), *self._meanings(field)]
            self.fields[f"word-{place}-meaning"] = forms.ChoiceField(
                required=False,
                label=label,
                choices=choices,
                widget=UnfoldAdminSelectWidget({"aria-label": label}),
            )

    def _meanings(self, field: ImportField) -> Sequence[tuple[str, str]]:
        """What a word of a column can mean. Of people, who can be named in it, by user name: asked
        once, however many words it has."""
        if field.persons is None:
            return field.choices
        if field.name not in self._offered:
            self._offered[field.name] = list(persons.shown(field.persons()).items())
        return self._offered[field.name]

    def clean(self) -> None:
        """No field has two columns, and none is missing that every row needs."""
        fields: dict[str, str] = {}
        for place, header in enumerate(self.table.headers):
            name = self.cleaned_data.get(f"column-{place}", "")
            if name and name in fields:
                self.add_error(f"column-{place}", self._twice(name, fields[name]))
            fields.setdefault(name, header)
        if missing := self._missing(fields):
            raise ValidationError(
                _("Choose the column for %(field)s: every row needs one.") % {"field": missing}
            )

    def _missing(self, fields: Collection[str]) -> str:
        """A field without which there is no new row, where no row can be known to be there."""
        keys = {field.name for field in self.known.values() if field.is_key}
        if keys and keys <= set(fields):
            return ""
        needed = (field for field in self.known.values() if field.is_required)
        return next((field.label for field in needed if field.name not in fields), "")

    def _twice(self, name: str, header: str) -> str:
        meaning = _(
            "The column “%(column)s” is already matched to %(field)s. Leave one of the two out."
        )
        return meaning % {"column": header, "field": self.known[name].label}

    # What the page shows

    def columns(self) -> Iterator[Column]:
        """The columns of the file, in order."""
        for place, header in enumerate(self.table.headers):
            shown = samples.values(self._first[header])
            yield Column(header, shown, self[f"column-{place}"])

    def days(self) -> list[samples.Day]:
        """How the first days of the file would be read."""
        named = [h for h, name in self.options.columns.items() if name and self.known[name].is_day]
        cells = (cell for header in named for cell in self._first[header])
        return samples.days(cells, self.options.date_form)

    def words(self) -> Iterator[Word]:
        """The words that are none of their fields'."""
        for place, (name, text) in enumerate(self.unknown):
            yield Word(place, self.known[name], text, self[f"word-{place}-meaning"])

    @property
    def headers_mark(self) -> str:
        """By which the columns asked about are known again."""
        return mark(self.table.headers)


def _once(columns: Mapping[str, str]) -> dict[str, str]:
    """Of columns that are to be the same field, the first alone."""
    names: set[str] = set()
    found = {}
    for header, name in columns.items():
        found[header] = "" if name in names else name
        names.add(name)
    return found


def _named(field: ImportField) -> str:
    if field.is_read_only:
        return _("%(field)s (not imported)") % {"field": field.label}
    needed = _("%(field)s (required)") % {"field": field.label}
    return needed if field.is_required else field.label
