"""What a cell of a file can say: read for the import, written for the export.

A widget that cannot read a cell raises ValueError with a sentence, which is told at the cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from import_export.widgets import (
    BooleanWidget,
    CharWidget,
    DateWidget,
    ForeignKeyWidget,
    IntegerWidget,
    TimeWidget,
    Widget,
)

from core.record.spreadsheet import moment
from core.text import folded

Row = Mapping[str, Any]
# Workbooks write a time of day as a moment of their day zero.
_DAY_ZERO = date(1900, 1, 1)
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
# A day as a workbook counts it: from 1927 to 2173.
_SERIAL = re.compile(r"[1-9]\d{4}")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")
_BY_PARTS = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})\.?")
# A name in quotes, or without, up to the next semicolon.
_ONE_OF_MANY = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*(?=;|\Z)|([^;]*))(?:;|\Z)')
_IN_LINE = re.compile(r"[\s_-]+")


def cell_text(value: Any) -> str:
    """What a cell says: a file gives text or nothing, a spreadsheet numbers and dates as well."""
    return "" if value is None else str(value).strip()


def as_word(text: str) -> str:
    """What people write of a word in many ways, in one: whatever the case, blanks and dashes."""
    return _IN_LINE.sub(" ", folded(text)).strip()


def joined(names: Iterable[str]) -> str:
    """Several names in one cell, with semicolons between them; `apart` gives back the very names.

    One that has a semicolon, or begins with a quote, stands in quotes, its own quotes doubled.
    """
    return ";".join(_quoted(name) if ";" in name or name[:1] == '"' else name for name in names)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def apart(text: str) -> list[str]:
    """The names of a cell, without those that say nothing. A quote counts only where it begins a
    name and another one ends it: `5" drill` is a name."""
    found = (
        plain.strip() or quoted.replace('""', '"').strip()
        for quoted, plain in _ONE_OF_MANY.findall(text)
    )
    return [name for name in found if name]


class TextWidget(CharWidget):  # type: ignore[misc]  # The library has no types.
    """Text, without the blanks around it."""

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> str:
        return cell_text(value)


class ChoiceWidget(Widget):  # type: ignore[misc]  # The library has no types.
    """One of a few words, as programs write them or as people read them; empty leaves what is
    there."""

    def __init__(self, choices: Iterable[tuple[str, str | Promise]]) -> None:
        super().__init__()
        self.choices = [(word, label) for word, label in choices if word]
        self._meanings: dict[str, dict[str, str]] = {}

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> str | None:
        said = as_word(cell_text(value))
        if not said:
            return None
        if word := self._in(get_language() or "").get(said):
            return word
        words = ", ".join(word for word, _label in self.choices)
        raise ValueError(_("Write one of: %(words)s.") % {"words": words})

    def _in(self, language: str) -> dict[str, str]:
        """Each of the words by how it may be written, where that language is spoken."""
        if language not in self._meanings:
            found: dict[str, str] = {}
            for word, label in self.choices:
                found.setdefault(as_word(word), word)
                found.setdefault(as_word(str(label)), word)
            self._meanings[language] = found
        return self._meanings[language]


class YesNoWidget(BooleanWidget):  # type: ignore[misc]  # The library has no types.
    """Yes or no; empty leaves what is there. The library takes anything unknown for a no."""

    choices: ClassVar = (("yes", gettext_lazy("yes")), ("no", gettext_lazy("no")))
    WORDS: ClassVar[Mapping[str, bool]] = {
        **dict.fromkeys(("1", "yes", "y", "true", "ja", "wahr"), True),
        **dict.fromkeys(("0", "no", "n", "false", "nein", "falsch"), False),
    }

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else "yes" if value else "no"

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> bool | None:
        word = cell_text(value).lower()
        if word and word not in self.WORDS:
            raise ValueError(_("Write yes or no."))
        return self.WORDS.get(word)


class WholeNumberWidget(IntegerWidget):  # type: ignore[misc]  # The library has no types.
    """A whole number. The library cuts the rest of 1.5 off, and fails on letters."""

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> int | None:
        text = cell_text(value).removesuffix(".0")
        if text and not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise ValueError(_("Write a whole number, such as 3."))
        return int(text) if text else None


class IsoDateWidget(DateWidget):  # type: ignore[misc]  # The library has no types.
    """A day: in the one form that means the same everywhere, or in the one that was chosen for the
    whole file (`date_form`, core/imports/way.py)."""

    SAMPLES: ClassVar[Mapping[str, str]] = {
        "iso": "2026-01-31",
        "dmy": "31.1.2026",
        "mdy": "1/31/2026",
    }

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")

    def clean(
        self, value: Any, row: Row | None = None, *, date_form: str = "iso", **kwargs: Any
    ) -> date | None:
        if isinstance(value, datetime) and value.time() != time():
            raise ValueError(_("This is a day with an hour. Write the day alone."))
        if isinstance(value, date):
            return value.date() if isinstance(value, datetime) else value
        # A cell of text from a program may hold the hour zero of a day.
        text = cell_text(value).removesuffix(" 00:00:00")
        return _day(text, "iso" if _ISO_DAY.fullmatch(text) else date_form) if text else None


def _day(text: str, form: str) -> date:
    said = {"day": text, "sample": IsoDateWidget.SAMPLES[form]}
    parts = (_ISO_DAY if form == "iso" else _BY_PARTS).fullmatch(text)
    if parts is None:
        if _SERIAL.fullmatch(text):
            sentence = _(
                "%(day)s is how a spreadsheet keeps a date. Format the cell as a date there, or"
                " write it like %(sample)s."
            )
            raise ValueError(sentence % said)
        raise ValueError(_("Write the date like %(sample)s.") % said)
    first, second, third = map(int, parts.groups())
    of = {"iso": (first, second, third), "dmy": (third, second, first)}
    try:
        return date(*of.get(form, (third, first, second)))
    except ValueError:
        sentence = _("There is no such day as %(day)s, where days are written like %(sample)s.")
        raise ValueError(sentence % said) from None


class ClockTimeWidget(TimeWidget):  # type: ignore[misc]  # The library has no types.
    """A time of day."""

    def __init__(self) -> None:
        super().__init__(format="%H:%M")

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> time | None:
        if isinstance(value, time):
            return value
        if isinstance(value, datetime) and value.date() <= _DAY_ZERO:
            return value.time()
        text = cell_text(value)
        return _clock(text) if text else None


def _clock(text: str) -> time:
    if not _CLOCK.fullmatch(text):
        raise ValueError(_("Write the time like 14:30."))
    try:
        return time.fromisoformat(text.zfill(5) if text.count(":") == 1 else text.zfill(8))
    except ValueError:
        sentence = _("There is no such time as %(time)s: a day goes from 00:00 to 23:59.")
        raise ValueError(sentence % {"time": text}) from None


class MomentWidget(Widget):  # type: ignore[misc]  # The library has no types.
    """A day, or a moment of one as an export writes it; without an offset, in the business time
    zone."""

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> datetime | None:
        at = value if isinstance(value, datetime) else self._read(value, **kwargs)
        if at is None or timezone.is_aware(at):
            return at
        return timezone.make_aware(at, timezone.get_default_timezone())

    def doubt(self, value: Any, **kwargs: Any) -> str:
        """Why a moment without an offset is none, or two: the clocks leave its hour out, or have it
        twice; empty where that is not so."""
        at = value if isinstance(value, datetime) else self._read(value, **kwargs)
        if at is None or timezone.is_aware(at) or at.time() == time():
            return ""
        zone = timezone.get_default_timezone()
        moments = (at.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        first, second = (each.utcoffset() or timedelta() for each in moments)
        if first == second:
            return ""
        if first < second:
            return _("The clocks leave this hour out on that day.")
        return _("The clocks have this hour twice on that day: write it with its offset, +01:00.")

    def _read(self, value: Any, **kwargs: Any) -> datetime | None:
        try:
            return datetime.fromisoformat(cell_text(value))
        except ValueError:
            day = IsoDateWidget().clean(value, **kwargs)
            return datetime.combine(day, time()) if day else None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return moment(value) if value else ""


class NamedWidget(ForeignKeyWidget):  # type: ignore[misc]  # The library has no types.
    """A row that the cell names by its natural key, among those that the person may see. Those of
    many cells are found together (core/record/resources.py).

    `within`: the column of this row that has to name, and by which the other is found.
    """

    def __init__(self, model: type[models.Model], field: str, *, within: str = "") -> None:
        super().__init__(model, field)
        self.within = within

    def names(self, cell: Any) -> list[str]:
        """The names that a cell says."""
        text = cell_text(cell)
        return [text] if text else []


class NamedManyWidget(NamedWidget):
    """Rows that the cell names by their natural key, with semicolons between them."""

    joined = staticmethod(joined)

    def names(self, cell: Any) -> list[str]:
        return sorted(set(apart(cell_text(cell))))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return self.joined(str(getattr(item, self.field)) for item in value or ())
