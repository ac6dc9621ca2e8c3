"""The archive that a workbook is, looked at before anything of it is believed."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from core.imports import markup
from core.imports.table import UnusableFile

# What it may become, in bytes and in parts.
LARGEST_UNPACKED, MOST_PARTS = 200_000_000, 5_000
_AT_ONCE = 1 << 20
_ENCRYPTED = 0x1
# The end of a directory, in bytes.
_END = 22
# How many texts a workbook says that it has: the reader takes memory for them at once.
_COUNTS, _OVERLAP = re.compile(rb"uniqueCount(?!=[\"']\d{1,7}[\"'])"), 64


class Archive:
    """A ZIP file, each part of which was found to be what the directory says of it.

    Raises `UnusableFile` if it is none, or would become too much, or holds what no workbook needs.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = ZipFile(io.BytesIO(data))
        except (BadZipFile, ValueError, NotImplementedError) as error:
            raise markup.damaged() from error
        self._parts = {info.filename.lower(): info for info in self._zip.infolist()}
        # Where something stands before or behind it, readers may disagree where it begins.
        alone = data[-_END:].startswith(b"PK\5\6")
        self._check_directory(self._zip.infolist(), alone=alone)

    def _check_directory(self, parts: Sequence[ZipInfo], *, alone: bool) -> None:
        """What the directory says, before anything is unpacked."""
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise UnusableFile(_too_large())
        known = all(part.compress_type in {ZIP_STORED, ZIP_DEFLATED} for part in parts)
        encrypted = any(part.flag_bits & _ENCRYPTED for part in parts)
        first = min((part.header_offset for part in parts), default=0)
        # Of two parts of one name, or two workbooks, one reader takes the first, another the last.
        workbooks = [name for name in self._parts if name.endswith("workbook.xml")]
        twice = len(self._parts) < len(parts) or len(workbooks) > 1
        if not known or encrypted or twice or first or not alone:
            raise markup.damaged()

    def check(self) -> None:
        """Unpacks all of it once, as far as is allowed; no part may hold a document type.

        The directory may say less than there is, and who reads the workbook would believe it.
        """
        left = LARGEST_UNPACKED
        for name in self._parts:
            if name.endswith((".xml", ".rels")):
                markup.check_begins(self.unpacked(name))
            left -= _checked(self.unpacked(name, at_most=left))

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def unpacked(self, name: str, at_most: int = LARGEST_UNPACKED) -> Iterator[bytes]:
        """What a part holds, piece by piece; `name` in small letters."""
        if name not in self._parts:
            raise markup.damaged()
        try:
            yield from _unpacked(self._zip, self._parts[name], at_most)
        except (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise markup.damaged() from error


def _checked(pieces: Iterable[bytes]) -> int:
    """How large a part is. Raises `UnusableFile` if it says that it has texts without end."""
    size, before = 0, b""
    for piece in pieces:
        size += len(piece)
        text = before + piece
        whole, before = text[:-_OVERLAP], text[-_OVERLAP:]
        found = _COUNTS.search(text, 0)
        if found and found.start() < len(whole):
            raise markup.damaged()
    if _COUNTS.search(before):
        raise markup.damaged()
    return size


def _unpacked(archive: ZipFile, part: ZipInfo, at_most: int) -> Iterator[bytes]:
    """All that a part unpacks to, whatever size the directory names."""
    whole = copy(part)
    # More than is read of it before it is found to be too large.
    whole.file_size = at_most + 2 * _AT_ONCE
    with archive.open(whole) as file:
        while piece := file.read(_AT_ONCE):
            at_most -= len(piece)
            if at_most < 0:
                raise UnusableFile(_too_large())
            yield piece


def _too_large() -> str:
    sentence = _("The workbook unpacks to more than %(most)s MB: save the sheet as CSV.")
    return sentence % {"most": LARGEST_UNPACKED // 1_000_000}
