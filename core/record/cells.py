"""What a cell of a file can say: read for the import, written for the export.

A widget that cannot read a cell raises ValueError with a sentence, which is shown at the cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from import_export.widgets import (
    BooleanWidget,
    CharWidget,
    DateWidget,
    ForeignKeyWidget,
    IntegerWidget,
    TimeWidget,
    Widget,
)

from core.record.spreadsheet import clock
from core.text.days import FIRST, LAST, range_help
from core.text.typed import folded

Row = Mapping[str, Any]
# Workbooks write a time of day as a moment of their day zero.
_DAY_ZERO = date(1900, 1, 1)
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
# A day as a workbook counts it: from 1927 to 2173.
_SERIAL = re.compile(r"[1-9]\d{4}")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")
# By how many microseconds a calculated time may be off.
_OFF = 5_000
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


@dataclass(frozen=True)
class MultiValueColumn:
    """A column that holds several values: how each is read, and which of them a file names."""

    path: str
    # From what the database has, for one row, to what a file says, in order.
    order: Callable[[Iterable[str]], list[str]] = sorted
    # How they stand in one cell.
    joined: Callable[[Iterable[str]], str] = joined


class TextWidget(CharWidget):  # type: ignore[misc]  # The library has no types.
    """Text, without the blanks around it; `longest`: where no field of a model says so, how many
    characters it may have."""

    def __init__(self, *, longest: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.longest = longest

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> str:
        text = cell_text(value)
        if self.longest and len(text) > self.longest:
            sentence = _("Use %(number)d characters or fewer.")
            raise ValueError(sentence % {"number": self.longest})
        return text


class ChoiceWidget(Widget):  # type: ignore[misc]  # The library has no types.
    """One of a few words, as programs write them or as people read them; empty leaves what is
    there."""

    def __init__(self, choices: Iterable[tuple[str, str | Promise]]) -> None:
        super().__init__()
        self.choices = [(word, label) for word, label in choices if word]

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> str | None:
        text = cell_text(value)
        if not as_word(text):
            return None
        if word := self.meaning(text):
            return word
        words = ", ".join(word for word, _label in self.choices)
        raise ValueError(_("Write one of: %(words)s.") % {"words": words})

    def meaning(self, text: str) -> str | None:
        """The word that is meant by a text; None if that is none of them."""
        return self._meanings.get(as_word(text))

    @cached_property
    def _meanings(self) -> dict[str, str]:
        """Each of the words by how it may be written, in any language: what somebody looks at,
        somebody else may take in."""
        found = {as_word(word): word for word, _label in self.choices}
        for language, _name in settings.LANGUAGES:
            with override(language):
                for word, label in self.choices:
                    found.setdefault(as_word(str(label)), word)
        return found


class YesNoWidget(BooleanWidget):  # type: ignore[misc]  # The library has no types.
    """Yes or no; empty leaves what is there. The library takes anything unknown for a no."""

    choices: ClassVar = (("yes", gettext_lazy("yes")), ("no", gettext_lazy("no")))
    # What people write for it, who are asked whether they mean it: a word or a mark in the column.
    synonyms: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "yes": ("active", "aktiv", "on", "x"),
        "no": ("inactive", "inaktiv", "off", "archived", "archiviert"),
    }
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
    whole file (`date_form`, core/imports/options.py)."""

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
            raise ValueError(_("This is a date with a time. Write only the date."))
        if isinstance(value, date):
            return value.date() if isinstance(value, datetime) else value
        # A cell of text from a program may hold the hour zero of a day.
        text = cell_text(value).removesuffix(" 00:00:00")
        return _day(text, "iso" if _ISO_DAY.fullmatch(text) else date_form) if text else None


def _day(text: str, form: str) -> date:
    values = {"day": text, "sample": IsoDateWidget.SAMPLES[form]}
    parts = (_ISO_DAY if form == "iso" else _BY_PARTS).fullmatch(text)
    if parts is None:
        if _SERIAL.fullmatch(text):
            sentence = _(
                "%(day)s is how a spreadsheet stores a date. Format the cell as a date there, "
                "or write it like %(sample)s."
            )
            raise ValueError(sentence % values)
        raise ValueError(_("Write the date like %(sample)s.") % values)
    first, second, third = map(int, parts.groups())
    of = {"iso": (first, second, third), "dmy": (third, second, first)}
    try:
        return date(*of.get(form, (third, first, second)))
    except ValueError:
        sentence = _("There is no such date as %(day)s. Dates are written like %(sample)s.")
        raise ValueError(sentence % values) from None


class ClockTimeWidget(TimeWidget):  # type: ignore[misc]  # The library has no types.
    """A time of day."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else clock(value)

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> time | None:
        if isinstance(value, time):
            return _whole(value)
        if isinstance(value, datetime) and value.date() <= _DAY_ZERO:
            return _whole(value.time())
        text = cell_text(value)
        return _clock(text) if text else None


def _whole(at: time) -> time:
    """A time of a workbook, which counts parts of a day, to the second: what is calculated, or
    typed as a part, may be off by a little. Other parts of a second no other door takes, and the
    sheet does not show them."""
    seconds, rest = divmod(at.microsecond + _OFF, 1_000_000)
    if rest > 2 * _OFF:
        sentence = _(
            "This is %(time)s, which is no whole second, whatever the sheet shows. Type the time "
            "like 14:30."
        )
        raise ValueError(sentence % {"time": at.isoformat("milliseconds")})
    if not seconds:
        return at.replace(microsecond=0)
    next_one = datetime.combine(_DAY_ZERO, at.replace(microsecond=0)) + timedelta(seconds=1)
    if next_one.date() > _DAY_ZERO:
        raise ValueError(_no_such_time("24:00"))
    return next_one.time()


def _clock(text: str) -> time:
    if not _CLOCK.fullmatch(text):
        raise ValueError(_("Write the time like 14:30."))
    try:
        return time.fromisoformat(text.zfill(5) if text.count(":") == 1 else text.zfill(8))
    except ValueError:
        raise ValueError(_no_such_time(text)) from None


def _no_such_time(text: str) -> str:
    sentence = _("There is no such time as %(time)s: a day goes from 00:00 to 23:59.")
    return sentence % {"time": text}


def _check_range(day: date) -> None:
    if not FIRST <= day <= LAST:
        raise ValueError(range_help())


class MomentWidget(Widget):  # type: ignore[misc]  # The library has no types.
    """A day, or a moment of one as an export writes it; without an offset, in the business time
    zone."""

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> datetime | None:
        at = value if isinstance(value, datetime) else self._read(value, **kwargs)
        if at is None:
            return None
        # Before any conversion as well: beyond the first and the last year there is none.
        _check_range(at.date())
        zone = timezone.get_default_timezone()
        at = at if timezone.is_aware(at) else timezone.make_aware(at, zone)
        _check_range(timezone.localtime(at, zone).date())
        return at

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
            return _("The clocks go forward on that day, so this time does not exist.")
        return _(
            "The clocks go back on that day, so this time happens twice: write it with its "
            "offset, +01:00."
        )

    def _read(self, value: Any, **kwargs: Any) -> datetime | None:
        try:
            return datetime.fromisoformat(cell_text(value))
        except ValueError:
            day = IsoDateWidget().clean(value, **kwargs)
            return datetime.combine(day, time()) if day else None


class NamedWidget(ForeignKeyWidget):  # type: ignore[misc]  # The library has no types.
    """A row that the cell names by its natural key, among those that the person may see. Those of
    many cells are found together (core/record/resources.py).

    `within`: the column of this row that has to name, and by which the other is found. `offered`:
    those that a rule takes, where somebody is to choose whom or what a word means.
    """

    def __init__(
        self,
        model: type[models.Model],
        field: str,
        *,
        within: str = "",
        offered: Callable[[], models.QuerySet[Any]] | None = None,
    ) -> None:
        super().__init__(model, field)
        self.within, self.offered = within, offered

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
