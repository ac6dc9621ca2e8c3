"""The number of a job as people write it, and what is said of a search too short for any other."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

_NUMBER = re.compile("(?:j[ -]?|# ?)?([0-9]{1,18})")

TOO_SHORT: str | Promise = gettext_lazy(
    "Type a word of three letters or more, or a job number: shorter words only narrow down what "
    "longer ones find."
)
# A job has no phone number, and digits of one are in many: a search by them would find those too.
OF_A_PHONE: str | Promise = gettext_lazy(
    "No jobs match. A phone number finds its customer: look for it with “Find anything”."
)


def number(words: Iterable[str]) -> int | None:
    """The number that the words of a search are (core/text/search.py), as people write that of a
    job: J-000154, J154, #154, 154."""
    found = _NUMBER.fullmatch(" ".join(words))
    return int(found[1]) if found else None
