"""In which encoding a text file is written."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.imports.table import UnusableFile

# To choose from, by what a `Form` names.
ENCODINGS: dict[str, str | Promise] = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": gettext_lazy("Windows-1252 (Western Europe)"),
    "cp1250": gettext_lazy("Windows-1250 (Central Europe)"),
    "mac-roman": gettext_lazy("Mac Roman (Excel for Mac)"),
}
_BOMS = {
    codecs.BOM_UTF8: ("utf-8", "utf-8"),
    codecs.BOM_UTF16_LE: ("utf-16", "utf-16-le"),
    codecs.BOM_UTF16_BE: ("utf-16", "utf-16-be"),
}
# Bytes of which no text has many.
_CONTROLS = bytes(sorted({*range(32)} - set(b"\t\n\r\f\x1a\x1b")))
_AT_ONCE = 1 << 16
# Of Mac Roman, beside ASCII: capitals, small letters, and what else people write.
_CAPITALS = rb"\x80-\x86\xae\xaf\xcb-\xce\xd9\xe5-\xef\xf1-\xf4"
_SMALL = rb"\x87-\x9f\xa7\xbe\xbf\xcf\xd8"
_SIGNS = rb"\xa1\xa5\xa8-\xaa\xbb\xbc\xc7-\xca\xd0-\xd5\xdb-\xdd\xe3"
_NOT_OF_A_MAC = re.compile(
    rb"[^\0-\x7f%b%b%b]|[a-z%b][%b]|[A-Za-z][%b][a-z]"
    % (_CAPITALS, _SMALL, _SIGNS, _SMALL, _CAPITALS, _CAPITALS)
)
# In a word, what Windows-1252 has no sign for, or one that stands in no word: MŸller.
_NOT_OF_WINDOWS = re.compile(
    rb"[\x81\x8d\x8f\x90\x9d][A-Za-z]|[A-Za-z][\x8d\x8f\x90\x9d]|[A-Za-z]\x9f[a-z]"
)
# The Polish ł and ą within a word, which are ³ and ¹ in Windows-1252 and signs on a Mac.
_OF_CENTRAL_EUROPE = re.compile(rb"[A-Za-z][\xb3\xb9][a-z]")
# What people write outside of ASCII, in UTF-8: of Western Europe, Greek, Cyrillic, dashes, quotes
# and the like. By chance, such bytes hardly ever stand in a text of Windows-1252, where they are
# Ã, Â, Î, Ï, Ð, Ñ or â, and signs behind it.
_OF_UTF_8 = re.compile(rb"[\xc2\xc3\xce-\xd1][\x80-\xbf]|\xe2[\x80-\xbf]{2}")
# Any sign outside of ASCII; a few may stand in Windows-1252 by chance, such as the end of MENÜ“.
_ANY_OF_UTF_8 = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_BY_CHANCE = 3


class Encoding(NamedTuple):
    """What people know an encoding by, what Python knows it by, and how many bytes say so."""

    name: str
    codec: str
    marked: int = 0


def encoding_of(data: bytes, chosen: str = "") -> Encoding:
    """The encoding in which a file is written. Raises `UnusableFile` if it does not fit."""
    encoding = _chosen(data, chosen) if chosen else _found(data)
    offset = first_undecodable(data, encoding)
    if offset is not None:
        raise UnusableFile(_not_written_so(encoding, offset))
    if encoding.name != "utf-16" and _is_no_text(data):
        raise UnusableFile(_("The file is not a text file: save the table as CSV or XLSX."))
    return encoding


def _chosen(data: bytes, name: str) -> Encoding:
    if name not in ENCODINGS:
        sentence = _("%(name)s is not one of the encodings.")
        raise UnusableFile(sentence % {"name": name})
    marked = _marked(data)
    if marked and marked.name == name:
        return marked
    if name == "utf-16":
        return Encoding(name, _byte_order(data) or "utf-16-le")
    return Encoding(name, name)


def _found(data: bytes) -> Encoding:
    if marked := _marked(data):
        return marked
    if order := _byte_order(data):
        return Encoding("utf-16", order)
    utf_8 = Encoding("utf-8", "utf-8")
    wrong = first_undecodable(data, utf_8)
    if wrong is None:
        return utf_8
    if _is_mostly_utf_8(data):
        raise UnusableFile(_not_written_so(utf_8, wrong), is_mixed=True)
    name = "mac-roman" if _is_of_a_mac(data) else "cp1252"
    if _OF_CENTRAL_EUROPE.search(data):
        name = "cp1250"
    return Encoding(name, name)


def _is_mostly_utf_8(data: bytes) -> bool:
    """Are there as many letters and signs written in UTF-8 as bytes that are none of it? Read in
    another encoding, these would become other letters for the sake of those bytes."""
    wrong = data.decode("utf-8", "replace").count("\ufffd")
    if len(_OF_UTF_8.findall(data)) >= wrong:
        return True
    return len(_ANY_OF_UTF_8.findall(data)) > _BY_CHANCE * wrong


def _is_of_a_mac(data: bytes) -> bool:
    """Can this be no Windows-1252, while all of it is what people write in Mac Roman?

    Most bytes are letters or signs in both. What may be either is taken for the one that more files
    are written in, and the other is there to choose.
    """
    return bool(_NOT_OF_WINDOWS.search(data)) and not _NOT_OF_A_MAC.search(data)


def _marked(data: bytes) -> Encoding | None:
    """The encoding that the first bytes name."""
    for bom, (name, codec) in _BOMS.items():
        if data.startswith(bom):
            return Encoding(name, codec, len(bom))
    return None


def _byte_order(data: bytes) -> str:
    """The order of the bytes of UTF-16 where it is evident: one of each two is 0 in its signs."""
    beginning = data[:4096]
    if len(data) % 2 or re.search(rb"\0\0", beginning):
        return ""
    first, second = beginning[::2].count(0), beginning[1::2].count(0)
    many = len(beginning) / 10
    if first == 0 and second > many:
        return "utf-16-le"
    return "utf-16-be" if second == 0 and first > many else ""


def first_undecodable(data: bytes, encoding: Encoding) -> int | None:
    """Where the first bytes stand that are none of an encoding; None if all are."""
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    for start in range(encoding.marked, len(data) + 1, _AT_ONCE):
        part = data[start : start + _AT_ONCE]
        kept = len(decoder.getstate()[0])
        try:
            decoder.decode(part, final=start + _AT_ONCE > len(data))
        except UnicodeDecodeError as error:
            return start - kept + error.start
    return None


def _not_written_so(encoding: Encoding, offset: int) -> str:
    sentence = _(
        "The file is not in %(encoding)s: byte %(number)s does not fit. Save it as CSV in UTF-8."
    )
    return sentence % {"encoding": ENCODINGS[encoding.name], "number": offset + 1}


def _is_no_text(data: bytes) -> bool:
    controls = len(data) - len(data.translate(None, _CONTROLS))
    return controls > max(8, len(data) / 100)
