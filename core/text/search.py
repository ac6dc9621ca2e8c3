"""What a search asks: that every word stands in a text, which is folded as the words are.

A word of three letters or more is found by an index; a shorter one narrows what longer ones find. A
phone number is found by its digits, however they are written, with or without the country's code.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from core.text.typed import searchable

# Letters from which on a word finds something by itself.
SHORTEST = 3
# Letters that can be asked for: the name of a customer beside that of a site, and some more. What
# stands behind them is left out: a database takes only so many words.
LONGEST = 500
# Digits from which on they can be a phone number, and the lengths of a country's code.
_PHONE, _CODES = 5, (1, 2, 3)
# What people write around a word, and so does the product: `Baker, Main hall`, `Drill (SN-77)`.
_AROUND = ",;:.!?()[]{}\"'„“”‚‘’«»‹›"
_PHONE_SIGNS = re.compile(r"\+?[\d\s()/.\-]+")
# What is written before it, and what the link of one begins with.
_PHONE_IS = re.compile(
    r"(?:tel|telefon|telephone|phone|mobile?|mobil|handy|fax|[tmf])(?:[.:]+\s*|\s+)", re.IGNORECASE
)
# What stands between the parts of a line that the product writes, or somebody: `J-000001 · Baker`.
_BETWEEN = re.compile("[-·•|/→]+")


@dataclass(frozen=True)
class Asked:
    """The words of a search, folded: once, however much is to know about them.

    As they were typed, with what stands around them, but for signs that only part them from each
    other.
    """

    typed: list[str]

    @classmethod
    def of(cls, text: str) -> Asked:
        """What a text asks."""
        found = searchable(text[:LONGEST]).split()
        return cls([typed for typed in found if not _BETWEEN.fullmatch(typed)] or found)

    @cached_property
    def words(self) -> list[str]:
        """They alone, without what stands around them."""
        return [_bare(typed) for typed in self.typed]

    @property
    def has_long_word(self) -> bool:
        """Is there a word by which an index finds something?"""
        return any(len(word) >= SHORTEST for word in self.words)


def words(text: str) -> list[str]:
    """The words of a search, folded, without what stands around them."""
    return Asked.of(text).words


def _bare(typed: str) -> str:
    return typed.strip(_AROUND) or typed


def is_too_short(text: str) -> bool:
    """Is something asked, but no word by which anything is found, and no phone number?"""
    asked = Asked.of(text)
    return bool(asked.words) and not asked.has_long_word and not is_phone(text)


def is_phone(text: str) -> bool:
    """May it be a phone number?"""
    return any(_written_ways(text.strip()))


def standing(text: str, *, also: Collection[str] = ()) -> Q:
    """Every word of a text stands in `search_text`, or in one of other columns whose case does not
    matter; or the whole of it is a phone number that does."""
    asked = Asked.of(text).typed
    every = Q()
    for word in asked:
        anywhere = holding(word)
        for column in also:
            anywhere |= Q((f"{column}__icontains", _bare(word)))
        every &= anywhere
    return every | _any_of(_written_ways(text.strip())) if len(asked) > 1 else every


def holding(typed: str) -> Q:
    """A folded word, or the phone number that it is, stands in `search_text`; one that is short
    begins a word there, as it stands within too many, or stands there with what is around it."""
    word = _bare(typed)
    if len(word) >= SHORTEST:
        return _any_of([word, *_written_ways(word)])
    also = [typed] if len(typed) >= SHORTEST else []
    return _any_of([f" {word}", *also]) | Q(search_text__startswith=word)


def _any_of(texts: Iterable[str]) -> Q:
    found = Q(pk__in=[])
    for text in dict.fromkeys(texts):
        found |= Q(search_text__contains=text)
    return found


def digits(phone: str) -> str:
    """The digits of a phone number, by which it is found: `+43 (0)1 555-0140` has 4315550140. All
    that stand in it, as each is searched for; what of it is dialled, core/text/phones.py says."""
    return re.sub(r"\D", "", phone.replace("(0)", "")).removeprefix("00")


def _written_ways(text: str) -> Iterator[str]:
    """The digits of a phone number as they can stand in another way of writing it."""
    text = _PHONE_IS.sub("", text[:LONGEST], count=1) if _PHONE_IS.match(text) else text[:LONGEST]
    asked = digits(text)
    local = asked.lstrip("0")
    if len(local) < _PHONE or not _PHONE_SIGNS.fullmatch(text):
        return
    # 01 555 is written +43 1 555 abroad.
    yield local
    if text.startswith(("+", "00")):
        yield from (f"0{asked[length:]}" for length in _CODES)
