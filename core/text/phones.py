"""What is dialled of a phone number, which people write in many ways, and with words around it."""

from __future__ import annotations

import re
import unicodedata

# A country's code before it, the 0 in brackets is for calls from within the country. Italy and San
# Marino dial theirs from abroad as well.
_FROM_WITHIN = re.compile(r"((?:\+|\b00)(?!\s*(?:39|378)\b)\s*\d{1,3}\)?[\s.\-]*\()\s*0")
_NUMBER = re.compile(r"\+?[\s(]*\d[\d\s()./\N{HYPHEN}-\N{EN DASH}\-]*")
# What a bracket or a stroke follows is a whole number, and no area code, from so many digits on:
# within a country, and with the country's code.
_WHOLE, _WHOLE_ABROAD = 7, 9
# The shortest are those of emergency calls; room 101 is none where a longer one follows.
_SHORTEST, _SURE = 3, 5


def dialled(phone: str) -> str:
    """What is dialled of it: `+44 (0)20 7946 0018, gate 2` has +442079460018; empty where it names
    no number. Of several numbers, the first; neither its extension nor what is said beside it."""
    text = _FROM_WITHIN.sub(r"\1", unicodedata.normalize("NFKC", phone))
    found = [number for number in map(_first, _NUMBER.findall(text)) if len(number) >= _SHORTEST]
    return next((number for number in found if len(number) >= _SURE), [*found, ""][0])


def _first(written: str) -> str:
    """The sign and the digits of the first number, up to what stands in brackets behind it, or
    behind a stroke, such as another one."""
    number = ""
    for part in re.split(r"(?=[(/])", written):
        least = _WHOLE_ABROAD if number.startswith(("+", "00")) else _WHOLE
        if len(number.lstrip("+0")) >= least:
            break
        number += re.sub(r"[^\d+]", "", part)
    return "".join(sign if sign == "+" else str(int(sign)) for sign in number)
