"""What a search asks: that every word stands in a text, which is folded as the words are.

A word of three letters or more is found by an index; a shorter one narrows what longer ones find. A
phone number is found by its digits, however they are written, with or without the country's code.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from django.db.models import Q

from core.text import searchable

# Letters from which on a word finds something by itself.
SHORTEST = 3
# Digits from which on they can be a phone number, and the lengths of a country's code.
_PHONE, _CODES = 5, (1, 2, 3)
_NUMBER = re.compile("(?:j[ -]?|# ?)?([0-9]{1,18})")
_PHONE_SIGNS = re.compile(r"\+?[\d\s()/.\-]+")


def words(text: str) -> list[str]:
    """The words of a search, folded."""
    return searchable(text).split()


def is_too_short(text: str) -> bool:
    """Is something asked, but no word by which anything is found, and no phone number?"""
    is_phone = any(_written_ways(text.strip()))
    return bool(words(text)) and not has_long_word(text) and not is_phone


def has_long_word(text: str) -> bool:
    """Is there a word by which an index finds something?"""
    return any(len(word) >= SHORTEST for word in words(text))


def number(text: str) -> int | None:
    """The number that a text is, as people write that of a job: J-000154, J154, #154, 154."""
    found = _NUMBER.fullmatch(searchable(text))
    return int(found[1]) if found else None


def standing(text: str, *, also: Collection[str] = ()) -> Q:
    """Every word of a text stands in `search_text`, or in one of other columns whose case does not
    matter; or the whole of it is a phone number that does."""
    asked = words(text)
    every = Q()
    for word in asked:
        anywhere = holding(word)
        for column in also:
            anywhere |= Q((f"{column}__icontains", word))
        every &= anywhere
    return every | _any_of(_written_ways(text.strip())) if len(asked) > 1 else every


def holding(word: str) -> Q:
    """A folded word, or the phone number that it is, stands in `search_text`; one that is short
    begins a word there, as it stands within too many."""
    if len(word) < SHORTEST:
        return _any_of([f" {word}"]) | Q(search_text__startswith=word)
    return _any_of([word, *_written_ways(word)])


def _any_of(texts: Iterable[str]) -> Q:
    found = Q(pk__in=[])
    for text in dict.fromkeys(texts):
        found |= Q(search_text__contains=text)
    return found


def digits(phone: str) -> str:
    """The digits of a phone number, by which it is found: `+43 (0)1 555-0140` has 4315550140."""
    return re.sub(r"\D", "", phone.replace("(0)", "")).removeprefix("00")


def _written_ways(text: str) -> Iterator[str]:
    """The digits of a phone number as they can stand in another way of writing it."""
    asked = digits(text)
    local = asked.lstrip("0")
    if len(local) < _PHONE or not _PHONE_SIGNS.fullmatch(text):
        return
    # 01 555 is written +43 1 555 abroad.
    yield local
    if text.startswith(("+", "00")):
        yield from (f"0{asked[length:]}" for length in _CODES)
