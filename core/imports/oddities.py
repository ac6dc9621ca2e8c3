"""Cells of a sheet that do not hold what they show: found in its XML, as the reader is silent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from core.imports import markup
from core.imports.markup import Attributes, attribute, local

# A sheet as Excel, and what writes like it, writes its cells. They are sought as bytes, and XML is
# read of those cells alone in which a sign of something odd stands: ten times as fast as reading it
# all. Whatever else may be a cell is found as unusual, and has it all read: the reader takes memory
# for all that lies between two cells, and where there is not as much, the process is gone.
_CELL, _ROW = b'<c r="', b"<row"
_USUAL = rb'<c r="(?![A-Z]{1,3}[1-9]\d{0,6}"(?: (?!r=)[\w:]+="[^"<>]*")*+ ?/?>)'
_UNUSUAL = [re.compile(each) for each in (_USUAL, rb"<c[^ \w]", rb"<[^<>\s]*:c[\s/>]")]
_FORMULA, _SIGNS = re.compile(rb"<f[\s/>]"), (b't="e"', b"<v>-")
_FAR = re.compile(rb'<c r="(?:[A-Z]{2,3}\d|[A-Z]\d{6})[^>]*+(?<!/)>')
_FILLED = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"[^>]*+(?<!/)>')
_NEAR_COLUMNS, _NEAR_ROWS = 26, 99_999
_LONGEST_CELL = 10_000_000

_NUMBER = re.compile("[1-9][0-9]{0,6}")
_POSITION = re.compile(f"([A-Za-z]{{1,3}})({_NUMBER.pattern})")
_LONGEST_VALUE = 100
# A format, sign by sign: text in quotes or escaped, a currency, room that is left, a color, a
# number as it is.
_SIGN = re.compile(
    r'"([^"]*)"|\\(.)|\[\$([^\[\]-]*+)[^\[\]]*+\]|[_*].|\[[A-Za-z0-9]+\]|(General|.)', re.IGNORECASE
)
# Excel writes no longer one; by far longer ones, nobody does.
_LONGEST_FORMAT, _HOSTILE_FORMAT = 255, 5_000
# What a format shows as it is, without quotes; and where a mask has a digit: at least, or if any.
_SHOWN, DIGIT, ANY_DIGIT = frozenset(" -+/():$'!&~{}^"), "\0", "\1"
_PLACES = {"0": DIGIT, "#": ANY_DIGIT, "?": ANY_DIGIT, "general": DIGIT}
_PLACE = re.compile(f"[{DIGIT}{ANY_DIGIT}]")
# What says nothing that the number does not say, before it: how it is parted, and a currency.
_ONLY_A_LOOK = re.compile(r"(?:[\s()/.,:'~$€£¥-]|EUR|CHF|USD|GBP|Fr)*")
_CURRENCY = re.compile(r"\[\$[^\[\]]*+\]")
# For which numbers a part of a format is; and the parts.
_CONDITION, _PART = re.compile(r"\[[<>=][^\[\]]*+\]"), re.compile(r'(?:"[^"]*"|\\.|[^;"\\])+')
# Quoted or escaped text of a format.
_TEXT_OF_FORMAT = re.compile(r'"[^"]*"|\\.')
# Rows and columns that are not shown, where one of them is.
_HIDDEN = re.compile(rb"<(?:\w+:)?(row|col)(?=\s)((?>[^<>]*?\shidden=)[^<>]*+)>")
_ATTRIBUTE = re.compile(rb"""(?<![\w:])(r|min|max|hidden)=["']([^"']*)["']""")
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
_STYLE = re.compile(rb' s="(\d+)"')
_BUILT_IN = {"9": "0%", "10": "0.00%"}


class Kind(Enum):
    """In which way a cell is odd."""

    NO_RESULT = "a formula without a stored result"
    ERROR = "an error as a result"
    NEGATIVE = "a number below 0, which is no day or time"
    ZEROS = "a number shown with leading zeros"
    PREFIX = "a number shown with text before it"
    PERCENT = "a number shown as percent"


@dataclass(frozen=True)
class OddCell:
    """An odd cell: in which way, and which error it shows, or by which mask: what it shows, with
    `DIGIT` where a digit stands at least and `ANY_DIGIT` where one may; empty for text before a
    number that is shown in yet another way."""

    kind: Kind
    detail: str = ""


Styles = dict[str, OddCell]


@dataclass
class Findings:
    """The odd cells of a sheet by row and column, from 0, and how far its values reach."""

    odd: dict[int, dict[int, OddCell]] = field(default_factory=dict)
    rows: int = 0
    columns: int = 0
    # What is not shown, by number: each a byte, of a million rows.
    hidden_rows: bytearray = field(default_factory=bytearray)
    hidden_columns: bytearray = field(default_factory=bytearray)

    def hide(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take down a row, or a range of columns, if it is hidden."""
        if attributes.get("hidden") not in {"1", "true"}:
            return
        if name == "row":
            number = _within(attributes.get("r", ""), _MOST_ROWS)
            self.hidden_rows = self.hidden_rows or bytearray(_MOST_ROWS + 1)
            self.hidden_rows[number] = 1
        else:
            first, last = (_within(attributes.get(n, ""), _MOST_COLUMNS) for n in ("min", "max"))
            self.hidden_columns = self.hidden_columns or bytearray(_MOST_COLUMNS + 1)
            self.hidden_columns[first : last + 1] = b"\1" * (last + 1 - first)

    def is_hidden(self, row: int) -> bool:
        """Is a row hidden, by its number from 0?"""
        return row + 1 < len(self.hidden_rows) and bool(self.hidden_rows[row + 1])

    @property
    def area(self) -> int:
        """How many cells there are from A1 to the last value."""
        return self.rows * self.columns


def _within(text: str, most: int) -> int:
    """A number as an attribute says it; that of nothing where it says none."""
    is_number = text.isascii() and text.isdigit() and len(text) < 9
    return int(text) if is_number and int(text) <= most else 0


def odd_styles(pieces: Iterable[bytes]) -> Styles:
    """The styles, by number, with which a cell shows another text than its number.

    Leading zeros, text before it and percents do; currencies, and units behind it, stand beside
    the number.
    """
    formats, used = dict(_BUILT_IN), list[str]()
    for name, attributes in markup.elements(pieces, ("numFmts", "numFmt"), ("cellXfs", "xf")):
        if name == "numFmt":
            code = attribute(attributes, "formatCode")
            if len(code) > _HOSTILE_FORMAT:
                raise markup.damaged()
            formats[attribute(attributes, "numFmtId")] = code[:_LONGEST_FORMAT]
        else:
            used.append(attribute(attributes, "numFmtId"))
    odd = {number: shown for number, code in formats.items() if (shown := _shown_by(code))}
    return {str(at): odd[number] for at, number in enumerate(used) if number in odd}


def _shown_by(code: str) -> OddCell | None:
    """How a format shows a number, if it is odd."""
    mask, is_whole = _mask(code)
    if _CONDITION.search(code):
        # Which of its parts shows a number depends on that.
        parts = _PART.findall(_CONDITION.sub("", code))
        return OddCell(Kind.PREFIX) if any(map(_has_prefix, parts)) else None
    if _has_prefix(code):
        # Of three parts, the last is for 0: the first does not say how that is shown.
        is_for_all = is_whole and len(_PART.findall(code)) < 3
        return OddCell(Kind.PREFIX, mask if is_for_all else "")
    if is_whole and mask.count(DIGIT) > 1:
        return OddCell(Kind.ZEROS, mask)
    return OddCell(Kind.PERCENT) if "%" in _TEXT_OF_FORMAT.sub("", code) else None


def _has_prefix(code: str) -> bool:
    """Does a format show something before the number that the number does not say?"""
    mask, _is_whole = _mask(_CURRENCY.sub("", code))
    before, *number = _PLACE.split(mask, maxsplit=1)
    return bool(number) and not _ONLY_A_LOOK.fullmatch(before)


def _mask(code: str) -> tuple[str, bool]:
    """What a format shows of a number of few digits, such as SN-00000; and whether that is all of
    it: what stands behind another sign, such as a decimal point, is left out."""
    shown = ""
    for quoted, escaped, currency, plain in _SIGN.findall(code):
        if plain == ";":
            # What follows is how a number below 0 is shown.
            break
        place = _PLACES.get(plain.lower(), "")
        if plain and not place and plain not in _SHOWN:
            return shown, False
        shown += place or quoted or escaped or currency or plain
    return shown, True


def found_in(sheet: Callable[[], Iterator[bytes]], styles: Styles, *, most: int) -> Findings:
    """The odd cells of a sheet, and how far it reaches: exactly, where that is over `most` cells.

    `sheet` unpacks its XML anew each time.
    """
    usual = _usual(sheet(), styles)
    if usual and usual.area <= most:
        return usual
    return _Search(styles).through(sheet())


def _usual(pieces: Iterable[bytes], styles: Styles) -> Findings | None:
    """What is found in a sheet that is written as usual, and how far it reaches at most."""
    odd, search = frozenset(map(str.encode, styles)), _Search(styles)
    found = Findings(odd=search.found.odd)
    for piece in _whole_cells(pieces):
        if b"hidden=" in piece:
            _hide(found, piece)
        if _is_without_values(piece):
            continue
        if not _is_usual(piece):
            return None
        _widen(found, piece)
        if _has_signs(piece, odd):
            search.through([_with_signs(piece, odd)])
    return found


def _hide(found: Findings, piece: bytes) -> None:
    for name, text in _HIDDEN.findall(piece):
        attributes = {
            key.decode(): value.decode("ascii", "replace")
            for key, value in _ATTRIBUTE.findall(text)
        }
        found.hide(name.decode(), attributes)


def _whole_cells(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same text, cut nowhere but where a row or cell begins; an endless one is not gone on."""
    rest = b""
    for piece in pieces:
        text = rest + piece
        start = max(text.rfind(_CELL), text.rfind(_ROW), 0)
        yield text[:start]
        rest = text[start:]
        if len(rest) > _LONGEST_CELL:
            break
    yield rest


def _is_without_values(piece: bytes) -> bool:
    """Whether nothing but rows ends by a tag of its own: its cells have a style and nothing else,
    and the reader passes by them. Of such, a sheet may have a million."""
    return len(piece) <= _LONGEST_CELL and piece.count(b"</") == piece.count(b"</row>")


def _is_usual(piece: bytes) -> bool:
    """Whether every cell of it is found by the way in which cells are usually written."""
    if len(piece) > _LONGEST_CELL or piece.count(b"<c ") != piece.count(_CELL):
        return False
    first, second, prefixed = (pattern.search for pattern in _UNUSUAL)
    return not (first(piece) or second(piece) or (b":c" in piece and prefixed(piece)))


def _has_signs(xml: bytes, styles: frozenset[bytes]) -> bool:
    """Whether something stands there that makes a cell odd, or a style that does."""
    if _FORMULA.search(xml) or any(map(xml.__contains__, _SIGNS)):
        return True
    return bool(styles) and not styles.isdisjoint(_STYLE.findall(xml))


def _with_signs(piece: bytes, styles: frozenset[bytes]) -> bytes:
    """The cells that have such a sign, as XML of their own."""
    cells = (cell.partition(b"</c>") for cell in piece.split(_CELL)[1:])
    odd = (_CELL + cell + end for cell, end, _rest in cells if end and _has_signs(cell, styles))
    return b"<row>%b</row>" % b"".join(odd)


def _widen(found: Findings, piece: bytes) -> None:
    """Widens how far a sheet reaches at most."""
    columns, rows = _NEAR_COLUMNS, _NEAR_ROWS
    if _FAR.search(piece):
        filled = _FILLED.findall(piece)
        names = {name.decode() for name, _row in filled}
        columns = max(map(_number, names), default=0)
        rows = max((int(row) for _name, row in filled), default=0)
    found.columns, found.rows = max(found.columns, columns), max(found.rows, rows)


def _number(name: str) -> int:
    """Which column has these letters: A is 1."""
    number = 0
    for letter in name.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


class _Search:
    """Reads the XML of a sheet, cell by cell; it counts rows and columns as the reader does."""

    def __init__(self, styles: Styles) -> None:
        self.styles = styles
        self.found = Findings()
        self.row, self.column = -1, -1
        self.at = (0, 0)
        self.cell: Attributes | None = None
        self.inside: set[str] = set()
        self.text = ""

    def through(self, pieces: Iterable[bytes]) -> Findings:
        """What is in the whole XML of a sheet, or in cells each of which says where it stands."""
        parsed = markup.parser(self.begin)
        parsed.EndElementHandler = self.end
        parsed.CharacterDataHandler = self.read
        markup.read(parsed, pieces)
        return self.found

    def begin(self, name: str, attributes: Attributes) -> None:
        name = local(name)
        if name in {"row", "c"} and self.cell is not None:
            raise markup.damaged()
        if name == "row":
            self.row, self.column = self.numbered(attributes), -1
            self.found.hide(name, {**attributes, "r": str(self.row + 1)})
        elif name == "c":
            self.cell, self.inside, self.text = attributes, set(), ""
            self.place(attributes)
        else:
            self.inside.add(name)
            if name == "col":
                self.found.hide(name, attributes)
        self.reads = name == "v"

    def numbered(self, row: Attributes) -> int:
        number = row.get("r", str(self.row + 2))
        if not _NUMBER.fullmatch(number):
            raise markup.damaged()
        return int(number) - 1

    def place(self, cell: Attributes) -> None:
        self.column += 1
        self.at = (max(self.row, 0), self.column)
        if "r" in cell:
            position = _POSITION.fullmatch(cell["r"])
            if not position:
                raise markup.damaged()
            self.at = (int(position[2]) - 1, _number(position[1]) - 1)
            self.column = self.at[1]

    def read(self, text: str) -> None:
        if self.reads and len(self.text) < _LONGEST_VALUE:
            self.text += text

    def end(self, name: str) -> None:
        self.reads = False
        if local(name) == "c" and self.cell is not None:
            self.judge(self.cell)
            self.cell = None

    def judge(self, cell: Attributes) -> None:
        if self.inside & {"v", "is", "f"}:
            row, column = self.at
            self.found.rows = max(self.found.rows, row + 1)
            self.found.columns = max(self.found.columns, column + 1)
            if odd := self.oddity(cell):
                self.found.odd.setdefault(row, {})[column] = odd

    def oddity(self, cell: Attributes) -> OddCell | None:
        kind, value = cell.get("t", "n"), self.text.strip()
        if "f" in self.inside and not value and not (kind == "str" and "v" in self.inside):
            return OddCell(Kind.NO_RESULT)
        if kind == "e":
            return OddCell(Kind.ERROR, value)
        if kind != "n":
            return None
        shown = self.styles.get(cell.get("s", ""))
        return shown or (OddCell(Kind.NEGATIVE) if value.startswith("-") else None)
