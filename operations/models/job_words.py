"""The words that jobs are found by, which PostgreSQL keeps and has an index of.

The triggers that keep them, and why, are in migrations/0013_words_of_jobs.py.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from django.db import connections
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import Exact

from core.text.search import SHORTEST

# A part that more words hold is left to the index of letters.
MOST = 100
# No word is kept whole that is longer: an index has no room for it. Of a line of 200 letters, only
# some that stand for several get there.
LONGEST = 600

_OF_LETTERS = re.compile(f"[^0-9]{{{SHORTEST},}}")
_FIND = """
SELECT asked.part, held.word
FROM unnest(%s::text[], %s::text[]) AS asked (part, pattern)
CROSS JOIN LATERAL (
    SELECT word FROM operations_jobword WHERE word LIKE asked.pattern LIMIT %s
) AS held
"""


class _HoldsOneOf(Func):
    """Is one of these words among those of a text? As the index asks it."""

    template = "string_to_array(%(expressions)s, ' ')"
    arg_joiner = ", ' ') && string_to_array("
    output_field = BooleanField()


def holding(parts: Collection[str], *, using: str) -> tuple[Q, frozenset[str]]:
    """The condition that a job has words that hold these parts, and which of them it asks for: the
    others are not found by whole words. Asks the database once, and SQLite, which keeps none, for
    nothing."""
    held = {part: words for part, words in _held(parts, using).items() if len(words) <= MOST}
    condition = Q()
    # Where the jobs are gone through from the last one, as most match, this is a quarter of the
    # work for those that do not. As it is written, it says nothing of how many these are.
    for part in sorted(held, key=len, reverse=True):
        condition &= ~Q(Exact(StrIndex(F("search_text"), Value(part)), 0))
    for words in held.values():
        condition &= _has_one(words)
    return condition, frozenset(held)


def _held(parts: Collection[str], using: str) -> dict[str, list[str]]:
    """For each part that may be one of words, some of these: all of them up to `MOST`."""
    database = connections[using]
    letters = [part for part in dict.fromkeys(parts) if _OF_LETTERS.fullmatch(part)]
    if database.vendor != "postgresql" or not letters:
        return {}
    patterns = [f"%{database.ops.prep_for_like_query(part)}%" for part in letters]
    # A word that stands there twice counts as two: else some that were left out would be missed.
    held: dict[str, list[str]] = {part: [] for part in letters}
    with database.cursor() as cursor:
        cursor.execute(_FIND, [letters, patterns, MOST + 1])
        for part, word in cursor.fetchall():
            held[part].append(word)
    return held


def shortened(text: str) -> str:
    """A text of which no word is longer than is kept."""
    if len(text) <= LONGEST:
        return text
    return " ".join(word[:LONGEST] for word in text.split(" "))


def _has_one(words: Collection[str]) -> Q:
    if not words:
        return Q(pk__in=[])
    return Q(_HoldsOneOf(F("search_text"), Value(" ".join(sorted(set(words))))))
