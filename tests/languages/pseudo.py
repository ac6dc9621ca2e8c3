"""A language that nobody speaks: each text is ⟦marked⟧, and its words are longer than in English.

What stands on a page outside of the marks, and is no data, no translator was asked for. What is
asked for and German does not have is noted in `missing`, the words of packages among it.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from django.conf import settings
from django.utils.translation import trans_real
from django.utils.translation.trans_real import CONTEXT_SEPARATOR, DjangoTranslation

# A language that Django knows the name of, but no formats, and that we do not ship.
CODE = "ast"
# What of a text is no word: what is filled in, a mark-up, an entity.
_KEPT = re.compile(r"(%\([^)]*\)[a-z]|%[sd%]|\{[^}]*\}|<[^>]*>|&#?\w+;)")
# Languages are called as those call them who speak them.
_SPOKEN = {CODE, *(name for _code, name in settings.LANGUAGES)}


def longer(text: str) -> str:
    """With words some 40 % longer, as German ones can be."""
    parts = _KEPT.split(text)
    for place in range(0, len(parts), 2):
        parts[place] = re.sub(r"[^\W\d_]{2,}", _stretched, parts[place])
    return "".join(parts)


def _stretched(word: re.Match[str]) -> str:
    text = word[0]
    return text + "ë" * max(1, round(0.4 * len(text)))


class Pseudo(DjangoTranslation):
    """The language, made of German, which says what there is to say."""

    def __init__(self) -> None:
        super().__init__("de")
        self._DjangoTranslation__to_language = CODE
        self.missing: set[str] = set()

    def gettext(self, message: str) -> str:
        found = (self._catalog.get(key) for key in (message, (message, 0)))
        if message not in _SPOKEN and not any(found):
            self.missing.add(message)
        return _marked(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        if self._catalog.get((msgid1, 0)) is None:
            self.missing.add(msgid1)
        return _marked(msgid1 if n == 1 else msgid2)


def _marked(message: str) -> str:
    return f"⟦{longer(message.rsplit(CONTEXT_SEPARATOR, 1)[-1])}⟧"


def speak(changed: Any) -> Pseudo:
    """Ship the language until the test ends (see the fixture `pseudo`)."""
    changed.LANGUAGES = [*settings.LANGUAGES, (CODE, CODE)]
    spoken = Pseudo()
    trans_real._translations[CODE] = spoken  # type: ignore[attr-defined]  # No stub.
    return spoken


# What a page says


_SAID_IN = {"title", "placeholder", "aria-label", "aria-description", "alt", "label"}
_SILENT = {"script", "style", "svg", "code", "kbd"}
_VOID = {"br", "hr", "img", "input", "link", "meta", "use", "path", "source", "wbr", "col"}


# Where a text begins anew: what is marked does not reach beyond.
_BLOCKS = {"div", "p", "li", "td", "th", "h1", "h2", "h3", "label", "button", "option", "dd", "dt"}


class _Reader(HTMLParser):
    """Gathers what a page says outside of the marks: in text, and in attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._depth = 0
        self._within: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        for name in of.keys() & _SAID_IN:
            self._say(of[name], 0)
        if tag == "input" and of.get("type") in {"submit", "button", "reset"}:
            self._say(of.get("value", ""), 0)
        if tag in _BLOCKS:
            self._depth = 0
        if tag not in _VOID:
            # Icons are letters that a font draws as pictures.
            icon = "material-symbols" in of.get("class", "")
            self._within.append((tag, icon or tag in _SILENT or self._is_silent))

    def handle_endtag(self, tag: str) -> None:
        while self._within and tag not in _VOID and self._within.pop()[0] != tag:
            continue

    def handle_data(self, data: str) -> None:
        if not self._is_silent:
            self._depth = self._say(data, self._depth)

    @property
    def _is_silent(self) -> bool:
        return bool(self._within) and self._within[-1][1]

    def _say(self, text: str, depth: int) -> int:
        """Note what of a text is outside of the marks; how deep within them it ends."""
        outside = ""
        for sign in text:
            depth += {"⟦": 1, "⟧": -1}.get(sign, 0)
            outside += sign if depth == 0 and sign != "⟧" else " "
        if re.search(r"[A-Za-z]{2}", _NAMES.sub(" ", outside)):
            self.texts.add(" ".join(text.split()))
        return depth


def unmarked(html: str) -> set[str]:
    """What a page says in letters of ours outside of the marks."""
    reader = _Reader()
    reader.feed(html)
    return reader.texts


# Names and signs that are the same in every language.
_NAMES = re.compile(
    r"JobOps|UTC|English|Deutsch|\bast\b|\b[JR]-\d+|#\w+|\bCSV\b|\bAPI\b|\bExcel\b|\bPDF\b"
    r"|\bUTF-\d+\b|\b[a-z]{2}-[A-Z]{2}\b|\S+-\d{4}-\d\d-\d\d\.\w+|[\w.]+@[\w.]+|https?://\S+"
)
