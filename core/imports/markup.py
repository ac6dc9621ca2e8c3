"""Reads the elements of a workbook's XML and their attributes, and refuses a document type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from core.imports.table import UnusableFile

# More than a spreadsheet writes of sheets, styles and formats, and deeper than they lie.
_MOST_ELEMENTS, _DEEPEST = 100_000, 100

Attributes = dict[str, str]
Begin = Callable[[str, Attributes], None]


def local(name: str) -> str:
    """The name of an element or attribute without its prefix."""
    return name.rpartition(":")[2]


def attribute(attributes: Attributes, name: str) -> str:
    """An attribute by its local name, or nothing."""
    return next((value for key, value in attributes.items() if local(key) == name), "")


def damaged() -> UnusableFile:
    """The refusal of a workbook that is none, or is damaged."""
    return UnusableFile(
        _("The workbook is damaged: open it in a spreadsheet, and save it as XLSX again.")
    )


def parser(begin: Begin) -> expat.XMLParserType:
    """A parser that tells of each element that begins, and stops at a document type.

    What an entity stands for is declared there and nowhere else.
    """
    made = expat.ParserCreate()
    # Or each line of a text comes by itself, and each line break.
    made.buffer_text = True
    made.StartElementHandler = begin
    made.StartDoctypeDeclHandler = _refuse
    return made


def _refuse(*declaration: Any) -> None:
    raise UnusableFile(
        _(
            "The workbook contains a document type, which no spreadsheet writes, so it was "
            "not opened."
        )
    )


def read(parsed: expat.XMLParserType, pieces: Iterable[bytes]) -> None:
    """Has a parser read a part. Raises `UnusableFile` if it is no XML."""
    try:
        for piece in pieces:
            parsed.Parse(piece)
        parsed.Parse(b"", True)  # noqa: FBT003  # Expat's own way to say that this is the end.
    except expat.ExpatError as error:
        raise damaged() from error


class _Begun(Exception):
    """The first element is reached."""


def check_begins(pieces: Iterator[bytes]) -> None:
    """Raises `UnusableFile` unless a part begins as XML does, without a document type."""

    def begun(name: str, attributes: Attributes) -> None:
        raise _Begun

    with suppress(_Begun):
        read(parser(begun), pieces)


def elements(pieces: Iterable[bytes], *wanted: tuple[str, str]) -> list[tuple[str, Attributes]]:
    """Elements with their attributes, in order, by the local names of parent and element.

    Where the parent is left empty, it may be any.
    """
    found: list[tuple[str, Attributes]] = []
    path = [""]

    def begin(name: str, attributes: Attributes) -> None:
        if (path[-1], local(name)) in wanted or ("", local(name)) in wanted:
            found.append((local(name), attributes))
        path.append(local(name))
        if len(found) > _MOST_ELEMENTS or len(path) > _DEEPEST:
            raise damaged()

    parsed = parser(begin)
    parsed.EndElementHandler = lambda _name: path.pop()
    read(parsed, pieces)
    return found
