"""What a program has put in place of what somebody typed, when it read or saved a file."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

# A long number as a spreadsheet shows it, and saves it as text: 4.36601E+11; or as it keeps it, 15
# digits and 0 for the rest. One or two of these at the end may be somebody's own.
_CUT_OFF = re.compile(r"[+-]?(?:\d([.,]\d+)?E[+-]\d{2,3}|[1-9]\d{14}0{3,})")
# What it saves so in place of a value: the error of a formula, or what a narrow column shows.
_ERROR = re.compile(
    r"#(?:N/A|NV|REF!|BEZUG!|VALUE!|WERT!|NAME\?|DIV/0!|NUM!|ZAHL!|NULL!|SPILL!|ÜBERLAUF!|CALC!|KALK!)"
    r"|#{3,}|Err:\d{3}"
)
# What a program writes for a letter that it could not read.
_LOST_LETTER = "\ufffd"


def lost(text: str) -> str:
    """Why a text is not what somebody once typed; empty where it may be."""
    if _CUT_OFF.fullmatch(text):
        return _(
            "A spreadsheet has cut digits off this number. Format the column as text "
            "there, and type the number again."
        )
    if _ERROR.fullmatch(text):
        sentence = _("The cell shows the error %(error)s. Type the value instead.")
        return sentence % {"error": text}
    if _LOST_LETTER in text:
        return _("A letter of this text was lost when the file was saved. Type the text again.")
    return ""
