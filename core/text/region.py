"""The region a company works in: how it writes days and times, where its week begins, its paper.

Regions are written as browsers and Django write them: a language and a country, such as de-AT. The
formats are those of Django's locales, whatever language somebody reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from django.conf import global_settings

# Where nothing is said, and whose formats are the house's own.
HOUSE = "en-GB"

_COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL "
    "BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV "
    "CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD "
    "GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM "
    "IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK "
    "LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW "
    "MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR "
    "PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS "
    "ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY "
    "UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
# Where English puts the month first; everywhere else it is written as in Great Britain.
_AMERICAN = frozenset({"US", "AS", "GU", "MH", "MP", "PH", "PR", "UM", "VI"})
# Where people write on Letter, and not on A4.
_LETTER = frozenset({"US", "AS", "GU", "MP", "PH", "PR", "UM", "VI"}) | {
    *("BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "SV", "VE")
}
_CHINESE = {"CN": "zh_Hans", "SG": "zh_Hans"}

_ISO = "%Y-%m-%d"
# What Django's signs of a format are to Python, which reads by them.
_SIGNS = {"d": "%d", "j": "%d", "m": "%m", "n": "%m", "Y": "%Y", "H": "%H", "G": "%H", "i": "%M"}
_YEAR = re.compile(r"^Y\W*年?|[-/ ]*Y$")
# A month in words cannot be taken for a day, so years may come first as well.
_DAY_FIRST = ["%d %b %Y", "%Y %b %d"]
_MONTH_FIRST = ["%b %d %Y", *_DAY_FIRST]
_CLOCK = ["%H:%M", "%H:%M:%S"]
_HALF_DAYS = ["%I:%M %p", "%I:%M%p", "%I %p", "%I%p", *_CLOCK]

# Day before month, and the month in letters: nobody takes 5 Jun for a day in May. 24 hours.
_HOUSE: dict[str, Any] = {
    "DATE_FORMAT": "j M Y",
    "SHORT_DATE_FORMAT": "j M Y",
    "TIME_FORMAT": "H:i",
    # The first is what the calendar writes.
    "DATE_INPUT_FORMATS": [_ISO, "%d.%m.%Y", "%d/%m/%Y", *_DAY_FIRST],
    "TIME_INPUT_FORMATS": _CLOCK,
}
_NAMES = (
    *("DATE_FORMAT", "SHORT_DATE_FORMAT", "TIME_FORMAT", "YEAR_MONTH_FORMAT", "MONTH_DAY_FORMAT"),
    *("FIRST_DAY_OF_WEEK", "DECIMAL_SEPARATOR", "THOUSAND_SEPARATOR", "NUMBER_GROUPING"),
)


@dataclass(frozen=True)
class Region:
    """A region; `formats` are named as Django's settings."""

    code: str
    language: str
    country: str
    paper: str
    formats: Mapping[str, Any] = field(repr=False, hash=False)

    @property
    def has_half_days(self) -> bool:
        """Are hours counted to twelve, twice a day?"""
        return "A" in self.formats["TIME_FORMAT"]

    @property
    def weekday_format(self) -> str:
        """A day with its weekday, in a few letters."""
        return f"D {self.formats['SHORT_DATE_FORMAT']}"

    @property
    def day_format(self) -> str:
        """The same without its year."""
        return f"D {_YEAR.sub('', self.formats['SHORT_DATE_FORMAT'])}"

    @property
    def long_format(self) -> str:
        """A day with its weekday, in words."""
        return f"l, {self.formats['DATE_FORMAT']}"


def region(code: str) -> Region:
    """The region of this code. Raises `ValueError` where no locale of Django's is for it."""
    language, _, country = code.partition("-")
    if country not in _COUNTRIES.split() or not re.fullmatch("[a-z]{2,3}", language):
        raise ValueError(code)
    paper = "Letter" if country in _LETTER else "A4"
    return Region(code, language, country, paper, _formats(language, country))


def meant(text: str) -> str:
    """The code that somebody meant who wrote it another way; empty where that is none either."""
    language, _, country = text.strip().replace("_", "-").split(".")[0].partition("-")
    country = {"UK": "GB"}.get(country.upper(), country.upper())
    try:
        return region(f"{language.lower()}-{country}").code
    except ValueError:
        return ""


def _formats(language: str, country: str) -> dict[str, Any]:
    locale = _locale(language, country)
    found = {name: getattr(locale, name, getattr(global_settings, name)) for name in _NAMES}
    if locale.__name__.endswith(".en_GB.formats"):
        found |= _HOUSE
    else:
        found |= _clock(found["TIME_FORMAT"])
        found |= _days_read(found, getattr(locale, "DATE_INPUT_FORMATS", []))
    both = "{0[%s]}, {0[TIME_FORMAT]}"
    for name, day in (("DATETIME", "DATE_FORMAT"), ("SHORT_DATETIME", "SHORT_DATE_FORMAT")):
        found[f"{name}_FORMAT"] = (both % day).format(found)
    return found


def _locale(language: str, country: str) -> Any:
    """Django's formats of the region itself, or of its language."""
    base = {"zh": _CHINESE.get(country, "zh_Hant"), "en": "en_GB"}.get(language, language)
    if language == "en" and country in _AMERICAN:
        base = "en"
    for name in (f"{language}_{country}", base):
        try:
            return import_module(f"django.conf.locale.{name}.formats")
        except ModuleNotFoundError:
            continue
    raise ValueError(language)


def _clock(shown: str) -> dict[str, Any]:
    """Times: the whole day, or its halves. What a page shows can be typed: Python reads no p.m."""
    if re.search("[aAP]", shown):
        return {"TIME_FORMAT": "g:i A", "TIME_INPUT_FORMATS": _HALF_DAYS}
    shown = shown if re.fullmatch("[HG][.:]i", shown) else "H:i"
    return {"TIME_FORMAT": shown, "TIME_INPUT_FORMATS": _first(_as_read(shown), *_CLOCK)}


def _days_read(formats: dict[str, Any], known: list[str]) -> dict[str, Any]:
    """How a day is typed: first as it is shown in numbers, then as its locale has it."""
    order = re.sub("[^dmY]", "", formats["DATE_FORMAT"].translate(_PLAIN))
    in_words = _MONTH_FIRST if order == "mdY" else _DAY_FIRST
    shown = (_as_read(formats["SHORT_DATE_FORMAT"]), _ISO, *known)
    in_numbers = [text for text in shown if not re.search("[A-Z]|%[^dmYy]", text.replace("%Y", ""))]
    return {"DATE_INPUT_FORMATS": _first(*in_numbers, *in_words)}


def _as_read(shown: str) -> str:
    return "".join(_SIGNS.get(sign, sign) for sign in shown)


def _first(*texts: str) -> list[str]:
    """Each once, where it first stands."""
    return list(dict.fromkeys(texts))


_PLAIN = str.maketrans("jnNMFE", "dmmmmm")
