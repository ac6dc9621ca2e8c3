"""Text that people type: what is kept of it, what counts as the same, what a search looks through.

One folding for all of it, in Python, so that every database answers alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import groupby, islice
from typing import Any, Literal

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import (
    EmailValidator,
    MaxLengthValidator,
    ProhibitNullCharactersValidator,
    validate_email,
)
from django.db import models
from django.utils.translation import gettext as _

_REFUSE_NUL = ProhibitNullCharactersValidator()
# How many characters a text of several lines can have.
LONGEST = 10_000

# NUL, and half a character: no database stores them.
NO_TEXT = re.compile("[\0\ud800-\udfff]")

# What nothing shows: Unicode's Default_Ignorable_Code_Point
# (https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt).
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
# Of these, what some scripts and emoji are written with stays in what is kept; so does NUL, which
# is refused wherever it comes from.
_STAYS = re.compile(
    "[\0\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u200c-\u200f\ufe00-\ufe0f\U000e0020-\U000e01ef]"
)
# What looks like nothing, or like whatever somebody's font makes of it; and hyphens, which all look
# the same.
_NOTHING = re.compile(
    "[\ufffc\ufdd0-\ufdef\ufffe\uffff\U0001d159\ue000-\uf8ff\U000f0000-\U0010ffff]"
)
_HYPHENS = re.compile("[\u2010\u2011]")
_CONTROL = "\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufff9-\ufffb"
_UNSEEN = re.compile(f"[{_IGNORABLE}{_CONTROL}]")
_CONTROLS = re.compile(f"[{_CONTROL}]")
# What Django lets through in an e-mail address, and no letter goes to: quotes, and within them
# whatever somebody likes; blanks and what looks like nothing.
_NO_ADDRESS = re.compile(f'["\\s\u2800\ufffc-\uffff\ufdd0-\ufdef\ue000-\uf8ff{_CONTROL}]')
# How many marks can follow a letter: more than any writing has, by the "stream-safe text format" of
# Unicode Standard Annex 15, section 13. To put n of them in order takes time by the square of n, so
# what is too short to take long is not looked through.
_MARKS, _SHORT = 30, 1_000
# Python's white space, which knows no-break and other blanks, and the one of Braille.
_BLANKS = re.compile("[\\s\u2800]+")
_BREAKS = re.compile("[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]+")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
# Accents of Latin, Greek and Cyrillic letters; in other scripts such marks are letters.
_ACCENTS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
# What no decomposition brings to the letter that people type for it.
_LOOKALIKES = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i",
        "ħ": "h", "ŧ": "t",
        **dict.fromkeys("\u2018\u2019\u02bc", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014", "-"),
    }
)  # fmt: skip


def one_line(text: str) -> str:
    """What is kept of a text of one line: without line breaks and what nobody sees, composed.

    A text that shows nothing is empty.
    """
    if _is_plain(text):
        return text.strip()
    text = _BREAKS.sub(" ", _normalized("NFC", text))
    return _without_unseen(text).strip() if _shows(text) else ""


def several_lines(text: str) -> str:
    """What is kept of a text of several lines: each ends the same way wherever it was typed."""
    if _is_plain(text):
        return text.strip()
    text = _LINE_ENDS.sub("\n", _normalized("NFC", text))
    return _without_unseen(text).strip() if _shows(text) else ""


def address(text: str) -> str:
    """What is kept of an e-mail address: no sign at all that nobody sees, as mail goes by each.

    One with a control character stays as it is, to be refused: nobody typed that.
    """
    text = text.strip()
    return text if _CONTROLS.search(text) else _UNSEEN.sub("", one_line(text))


def folded(text: str) -> str:
    """What two texts have in common that look the same: unique names are unique by this.

    Composed letters (NFC), blanks of any kind and number as one, nothing that nobody sees, and
    no difference between capital and small letters.
    """
    if _is_plain(text):
        return " ".join(text.lower().split())
    text = _UNSEEN.sub("", _BLANKS.sub(" ", _normalized("NFC", text)))
    text = _HYPHENS.sub("-", _NOTHING.sub("", text))
    return _BLANKS.sub(" ", _normalized("NFC", text.casefold())).strip()


def searchable(*texts: str) -> str:
    """Texts as a search looks through them, and its words likewise: folded, accents away."""
    text = " ".join(texts)
    if _is_plain(text):
        return folded(text)
    text = _ACCENTS.sub("", _normalized("NFKD", folded(text)))
    # Folded again: what is decomposed for compatibility can hold capitals and blanks.
    return folded(folded(text).translate(_LOOKALIKES))


def _normalized(form: Literal["NFC", "NFKD"], text: str) -> str:
    """A text in a form of Unicode's, without the marks beyond those that a letter can have."""
    if len(text) > _SHORT:
        runs = groupby(text, key=lambda sign: unicodedata.combining(sign) > 0)
        text = "".join(
            "".join(islice(run, _MARKS) if are_marks else run) for are_marks, run in runs
        )
    return unicodedata.normalize(form, text)


def _is_plain(text: str) -> bool:
    """Does it hold nothing but what everybody sees, and blanks? Most texts do, and of these all of
    what follows is known at once."""
    return text.isascii() and text.isprintable()


def _shows(text: str) -> bool:
    return bool(folded(text)) or "\0" in text


def _without_unseen(text: str) -> str:
    return _UNSEEN.sub(lambda found: found[0] if _STAYS.match(found[0]) else "", text)


# Fields of models and forms


class _FormText(forms.CharField):
    """Takes what is kept of a text for the text; what is kept alike is no change."""

    def __init__(self, *, kept: Callable[[str], str], **options: Any) -> None:
        self.kept = kept
        super().__init__(**options)
        # The model tells a text that is too long, unless it stays as it was: a form is not to stop
        # at what somebody else wrote before there was a limit.
        self.validators = [v for v in self.validators if not isinstance(v, MaxLengthValidator)]

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return self.kept(text) if isinstance(text, str) else text

    def has_changed(self, initial: Any, data: Any) -> bool:
        # A browser drops the line breaks of a line, where there were some.
        was = {self.to_python(initial), self.to_python(_sent_as_line(initial))}
        return all(super(_FormText, self).has_changed(text, data) for text in was)


def _check_address(text: str) -> None:
    if _NO_ADDRESS.search(text):
        raise ValidationError(EmailValidator.message, EmailValidator.code)
    validate_email(text)


class _FormAddress(_FormText, forms.EmailField):
    """Of an e-mail address."""


class _FormPhone(_FormText):
    """Of a phone number, for which a phone shows its digits."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "tel"}


def _sent_as_line(text: Any) -> Any:
    return re.sub("[\r\n]", "", text) if isinstance(text, str) else text


class _Kept:
    """For a field of a model: a text that is written anew is written as it is kept.

    One that stays is left as it is, whatever was once allowed: who edits another field does not
    change it.
    """

    kept: Callable[[str], str]
    # Which of Django's fields it is to the database.
    stored: str
    form_class: type[forms.Field] = _FormText
    attname: str

    def clean(self, value: Any, model_instance: Any) -> Any:
        """Raises `ValidationError` for a text that is empty, too long, or holds a NUL."""
        stays = not model_instance._state.adding and value == model_instance.loaded(self.attname)
        if stays:
            return value
        _REFUSE_NUL(value or "")
        return super().clean(self.kept(value or ""), model_instance)  # type: ignore[misc]

    def deconstruct(self) -> Any:
        """To the database, and so to migrations, it is Django's."""
        name, _path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        return name, f"django.db.models.{self.stored}", args, kwargs

    def formfield(self, **kwargs: Any) -> Any:
        made = {"form_class": self.form_class, "kept": type(self).kept}
        return super().formfield(**{**made, **kwargs})  # type: ignore[misc]


class LineField(_Kept, models.CharField):  # type: ignore[misc,type-arg]  # A mixin.
    """Text of one line."""

    kept = staticmethod(one_line)
    stored = "CharField"


class PhoneField(LineField):
    """A phone number, with what people write around it."""

    form_class = _FormPhone


class AddressField(_Kept, models.EmailField):  # type: ignore[misc,type-arg]  # A mixin.
    """An e-mail address."""

    kept = staticmethod(address)
    stored = "EmailField"
    form_class = _FormAddress
    default_validators = (_check_address,)


class TextField(_Kept, models.TextField):  # type: ignore[misc,type-arg]  # A mixin.
    """Text of several lines, up to `LONGEST` characters."""

    kept = staticmethod(several_lines)
    stored = "TextField"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": LONGEST, **kwargs})
        # Django's has only forms keep to it.
        self.validators.append(MaxLengthValidator(self.max_length))

    def deconstruct(self) -> Any:
        """As that of any; no database limits it."""
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs


# Texts that are written as they are kept, whoever writes them.
KEPT = (LineField, AddressField, TextField)


def in_quotes(text: str) -> str:
    """A text as it is quoted within a sentence."""
    return _("“%(text)s”") % {"text": text}
