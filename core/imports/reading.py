"""Opens a file that somebody sends: a text with delimiters, or a workbook, by what is in it."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import BinaryIO

from django.utils.translation import gettext as _

from core.imports.archive import Archive
from core.imports.delimited import DELIMITERS, Delimited
from core.imports.encodings import ENCODINGS
from core.imports.table import Cell, Form, Record, Source, Table, UnusableFile
from core.imports.workbook import WORKBOOK, Workbook

__all__ = [
    "DELIMITERS",
    "ENCODINGS",
    "LARGEST_FILE",
    "Cell",
    "Form",
    "Record",
    "Table",
    "UnusableFile",
    "opened",
]

# In bytes.
LARGEST_FILE = 20_000_000
AS_FOUND = Form()

# Tables of other programs, each of which saves as what is read here.
_OTHERS = {".xls", ".xlt", ".xlsb", ".ods", ".ots", ".fods", ".sxc", ".numbers", ".dbf"}
_ARCHIVE, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_PICTURE = re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|II\*\0|MM\0\*")
_DOCUMENT = re.compile(rb"%PDF-|\{\\rtf|\x1f\x8b|Rar!\x1a|7z\xbc\xaf|SQLite format 3\0")
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|meta|table|\?xml)\b", re.IGNORECASE
)


# An object or a list, of names or of more of these.
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*[\[{]\s*[\[{\"]")


def opened(file: BinaryIO, name: str, form: Form = AS_FOUND) -> Table:
    """A file as a table; it is read whole, 20 MB at most, and not needed any more after that.

    Raises `UnusableFile`, with a sentence for people, if nothing of it can be used.
    """
    if file.seekable():
        file.seek(0)
    data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        sentence = _("The file is larger than %(most)s MB: split it into several.")
        raise UnusableFile(sentence % {"most": LARGEST_FILE // 1_000_000})
    source = _source(data, PurePath(name).suffix.lower(), form)
    return Table(source, is_cut_as_chosen=bool(form.delimiter))


def _source(data: bytes, suffix: str, form: Form) -> Source:
    if suffix in _OTHERS:
        raise UnusableFile(_of_another_program())
    if data.startswith(_OLD):
        raise UnusableFile(_with_password() if _ENCRYPTED in data else _of_another_program())
    if data.startswith(_ARCHIVE):
        archive = Archive(data)
        if WORKBOOK not in archive:
            raise UnusableFile(_of_another_program())
        return Workbook(data, archive, form)
    if unread := _unread(data):
        raise UnusableFile(unread)
    return Delimited(data, form)


def _unread(data: bytes) -> str:
    """Why a file is no table, by how it begins."""
    if _PICTURE.match(data):
        return _("The file is a picture: save the table as CSV or XLSX.")
    if _DOCUMENT.match(data):
        return _("The file is a document or an archive: save the table as CSV or XLSX.")
    if _JSON.match(data):
        return _("The file is JSON: save the table as CSV or XLSX.")
    if _PAGE.match(data):
        return _("The file is a web page or XML: open it in a spreadsheet, and save it as XLSX.")
    return ""


def _of_another_program() -> str:
    return _(
        "Only CSV and XLSX can be read: open the file in the program it was made with, "
        "and save it as one of these."
    )


def _with_password() -> str:
    return _("The workbook is protected by a password: save it without one.")
