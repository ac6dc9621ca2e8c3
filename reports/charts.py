"""Charts as SVG, made on the server: one picture for screen, print and paper.

Colours stand in the markup, as what makes paper of it reads no stylesheet within a picture; the
stylesheet of a page overrides them, in both themes. Series differ by pattern as well as by colour.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import accumulate

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Text = str | Promise
# Fill of the series, and what is drawn over it: nothing, lines, or dots.
_FILLS = ("#0f766e", "#b45309", "#6d28d9", "#64748b", "#be123c")
_PATTERNS = (
    "",
    '<path d="M0 8L8 0M-2 2L2 -2M6 10L10 6"/>',
    '<path d="M0 4H8"/>',
    '<circle cx="2" cy="2" r="1.2"/><circle cx="6" cy="6" r="1.2"/>',
    '<path d="M4 0V8"/>',
)
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 640, 220, 44, 18, 26
_ROW, _NAME, _END = 26, 190, 80
# Links, and the names of marks: that of the picture has a key.
_LIVELY = re.compile("</?a( [^>]*)?>|<title>[^<]*</title>")
# How wide a letter is, about.
_LETTER = 7


@dataclass(frozen=True)
class Mark:
    """A value, in words, and the address of the rows that it counts."""

    value: float
    text: str
    url: str = ""


@dataclass(frozen=True)
class Bar:
    """What stands at one place: a mark for each series. `short` is its name where room is rare."""

    name: str
    marks: tuple[Mark, ...]
    short: str = ""
    total: str = ""

    @property
    def values(self) -> list[float]:
        return [mark.value for mark in self.marks]


@dataclass(frozen=True)
class Chart:
    """Bars of one or several series: upright, or `lying` with their names beside them; the series
    upon each other where they make a whole, and else `beside` each other."""

    name: str
    title: Text
    of: Text
    series: tuple[Text, ...]
    bars: tuple[Bar, ...]
    lying: bool = False
    beside: bool = False
    empty: Text = ""

    @property
    def is_empty(self) -> bool:
        """Is there nothing to show?"""
        return not any(value for bar in self.bars for value in bar.values)

    @property
    def legend(self) -> list[tuple[SafeString, Text]]:
        """A sample of each series with its name; none for a single one."""
        if len(self.series) < 2:
            return []
        return [(self._sample(number), name) for number, name in enumerate(self.series)]

    @property
    def svg(self) -> SafeString:
        """The picture. Its links are for the pointer: the table of the same numbers has them for
        the keyboard."""
        height = _ROW * len(self.bars) + 4 if self.lying else _HEIGHT
        drawn = self._drawn_lying if self.lying else self._drawn_upright
        return format_html(
            '<svg class="jobops-chart" viewBox="0 0 {} {}" role="group" aria-labelledby="{}"'
            ' xmlns="http://www.w3.org/2000/svg" font-size="12" font-family="sans-serif">'
            '<title id="{}">{}</title>{}{}</svg>',
            *(_WIDTH, height, f"chart-{self.name}", f"chart-{self.name}", self.title),
            # Each text in it has been escaped where it was put in: one by one would take long.
            *(self._patterns, SafeString(drawn)),
        )

    @property
    def still(self) -> SafeString:
        """The picture for a PDF: what makes one leaves out links and names of marks anyway, and
        reads over them for a fifth of its time."""
        return SafeString(_LIVELY.sub("", self.svg))

    # Series

    @property
    def _patterns(self) -> SafeString:
        """What is drawn over the fill of each series."""
        drawn = format_html_join(
            "",
            '<pattern id="{}-{}" width="8" height="8" patternUnits="userSpaceOnUse"><g'
            ' class="jobops-pattern" fill="#fff" stroke="#fff" stroke-width="1.4">{}</g></pattern>',
            (
                (self.name, number, SafeString(_PATTERNS[number]))  # Ours.
                for number in range(1, len(self.series))
            ),
        )
        return format_html("<defs>{}</defs>", drawn) if drawn else SafeString("")

    def _box(self, number: int, x: float, y: float, width: float, height: float) -> str:
        place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
        box = f'<rect class="s{number + 1}" fill="{_FILLS[number]}" {place}/>'
        if number:
            box += f'<rect fill="url(#{self.name}-{number})" {place}/>'
        return box  # Numbers and names of ours alone.

    def _sample(self, number: int) -> SafeString:
        box = self._box(number, 0, 0, 16, 12)
        return format_html(
            '<svg class="jobops-sample" viewBox="0 0 16 12" aria-hidden="true">{}</svg>',
            SafeString(box),
        )

    def _mark(self, bar: Bar, number: int, box: str) -> str:
        """A mark that says what it is, and leads to its rows."""
        mark, series = bar.marks[number], self.series[number] if len(self.series) > 1 else ""
        title = ", ".join([text for text in (bar.name, str(series), mark.text) if text])
        inner = f"<title>{escape(title)}</title>{box}"
        if not mark.url:
            return f"<g>{inner}</g>"
        return f'<a href="{escape(mark.url)}" tabindex="-1">{inner}</a>'

    # Upright

    @property
    def _drawn_upright(self) -> str:
        highest = _round_up(max(self._height(bar) for bar in self.bars))
        parts = [self._scale(highest)]
        room = (_WIDTH - _LEFT) / len(self.bars)
        widest = max(len(bar.short or bar.name) for bar in self.bars) * _LETTER
        every = math.ceil((widest + _LETTER) / room)
        for place, bar in enumerate(self.bars):
            left = _LEFT + place * room
            parts += self._upright(bar, left + room * 0.12, room * 0.76, highest)
            if place % every == 0:
                middle = min(left + room / 2, _WIDTH - widest / 2)
                parts.append(_text(middle, _HEIGHT - 8, bar.short or bar.name, "middle"))
        return "".join(parts)

    def _height(self, bar: Bar) -> float:
        return max(bar.values) if self.beside else math.fsum(bar.values)

    def _upright(self, bar: Bar, left: float, width: float, highest: float) -> Iterator[str]:
        room = _HEIGHT - _TOP - _BOTTOM
        heights = [value / highest * room for value in bar.values]
        each = width / len(heights) if self.beside else width
        bases = [0.0] * len(heights) if self.beside else [0.0, *accumulate(heights)][:-1]
        for number, (height, base) in enumerate(zip(heights, bases, strict=True)):
            x = left + number * each if self.beside else left
            if height:
                y = _HEIGHT - _BOTTOM - base - height
                yield self._mark(bar, number, self._box(number, x, y, each, height))
        if not self.beside and any(heights) and len(bar.total) * _LETTER < width * 1.3:
            yield _text(left + width / 2, _HEIGHT - _BOTTOM - sum(heights) - 4, bar.total, "middle")

    def _scale(self, highest: float) -> str:
        """The floor, and lines at a half and at the whole of the highest."""
        room = _HEIGHT - _TOP - _BOTTOM
        lines = ""
        for part in (0.0, 0.5, 1.0):
            y = _HEIGHT - _BOTTOM - part * room
            path = f"M{_LEFT} {y:.1f}H{_WIDTH}"
            lines += f'<path class="jobops-line" stroke="#cbd5e1" d="{path}"/>'
            lines += _text(_LEFT - 6, y + 4, _number(part * highest), "end")
        return lines

    # Lying

    @property
    def _drawn_lying(self) -> str:
        highest = max(sum(bar.values) for bar in self.bars)
        room = _WIDTH - _NAME - _END
        parts: list[str] = []
        for place, bar in enumerate(self.bars):
            y, x = place * _ROW + 4.0, float(_NAME)
            parts.append(_text(_NAME - 8, y + 14, _cut(bar.name), "end"))
            for number, value in enumerate(bar.values):
                width = value / highest * room
                if width:
                    parts.append(self._mark(bar, number, self._box(number, x, y, width, 18)))
                x += width
            parts.append(_text(x + 6, y + 14, bar.total or bar.marks[0].text, "start"))
        return "".join(parts)


def _text(x: float, y: float, text: Text, anchor: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="jobops-ink" fill="#334155" {place}>{escape(str(text))}</text>'


def _cut(name: str) -> str:
    """A name that fits beside its bar; the table has it whole."""
    return name if len(name) <= 27 else f"{name[:26]}…"


def _round_up(value: float) -> float:
    """The next number that is easy to halve."""
    step = 1.0
    while True:
        for times in (2, 4, 10):
            if value <= step * times:
                return step * times
        step *= 10


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"
