"""What a message says: parts by the apps, in the language of who gets it, on one sheet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from css_inline import CSSInliner
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from core.declarations import MailStyle, collected
from core.ledger import Notice
from core.outbox import stopping
from core.outbox.posting import kinds
from core.text import languages
from core.text.typed import one_line

# What a mail program shows of a subject.
LONGEST_SUBJECT = 150


@dataclass(frozen=True)
class Bundle:
    """What there is to tell one person."""

    person: Any
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class Part:
    """What a message says of some kinds of notices: its subject, and the same as HTML and text."""

    kinds: frozenset[str]
    subject: str
    html: SafeString
    text: str


@dataclass(frozen=True)
class Letter:
    """A message as it is sent."""

    subject: str
    text: str
    html: str
    # By which whoever gets it stops what can be stopped of it; empty where nothing can.
    stop_url: str = ""


class PartsOf(Protocol):
    """What says something of kinds of notices: of each bundle a part, or nothing."""

    def __call__(self, bundles: Sequence[Bundle], *, at: datetime) -> list[Part | None]: ...


def part(kinds: frozenset[str], subject: str, template: str, context: dict[str, Any]) -> Part:
    """What a pair of templates says, as HTML and as text, in which nothing is escaped."""
    html = render_to_string(f"{template}.html", context)
    text = render_to_string(f"{template}.txt", context)
    return Part(kinds, subject, mark_safe(html), text.strip())  # noqa: S308 (escaped there)


def write(bundles: Sequence[Bundle], *, at: datetime) -> list[Letter | None]:
    """A letter for each; None where nothing is left to tell, by what is true now."""
    letters: list[Letter | None] = [None] * len(bundles)
    by_language = defaultdict(list)
    for place, bundle in enumerate(bundles):
        by_language[languages.language_of(bundle.person)].append(place)
    for places in by_language.values():
        some = [bundles[place] for place in places]
        with languages.speaking_to(some[0].person):
            for place, parts in zip(places, _parts(some, at=at), strict=True):
                letters[place] = sheet(bundles[place].person, parts) if parts else None
    return letters


def _parts(bundles: Sequence[Bundle], *, at: datetime) -> list[list[Part]]:
    """What is said to each: a function that tells several kinds is asked once for all people."""
    found: list[list[Part]] = [[] for _bundle in bundles]
    for path in dict.fromkeys(kind.parts for kind in kinds().values()):
        asked = []
        for place, bundle in enumerate(bundles):
            notices = tuple(n for n in bundle.notices if kinds()[n.kind].parts == path)
            if notices:
                asked.append((place, Bundle(bundle.person, notices)))
        if not asked:
            continue
        parts_of: PartsOf = import_string(path)
        answers = parts_of([bundle for _place, bundle in asked], at=at)
        for (place, _bundle), part in zip(asked, answers, strict=True):
            if part is not None:
                found[place].append(part)
    return found


def sheet(person: Any, parts: Sequence[Part]) -> Letter:
    """Parts on one sheet, which says why it came and how to have no more of them."""
    names = [name for name in kinds() if any(name in part.kinds for part in parts)]
    optional = [name for name in names if kinds()[name].is_optional]
    stop_url = stopping.address(person, optional) if optional else ""
    context = {
        "subject": _subject(parts),
        "language": translation.get_language(),
        "person": person,
        "parts": parts,
        "styles": [each.template for each in collected(MailStyle)],
        "why": [str(kinds()[name].why) for name in names],
        "stop_url": stop_url,
        "preferences_url": stopping.preferences_address() if optional else "",
        "site_url": settings.SITE_URL,
    }
    return Letter(
        subject=_subject(parts),
        text=_several(render_to_string("core/mail/letter.txt", context)),
        html=_inliner().inline(render_to_string("core/mail/letter.html", context)),
        stop_url=stop_url,
    )


def _subject(parts: Iterable[Part]) -> str:
    """On one line, with single blanks, whatever stands in the title of a job."""
    subject = one_line(" · ".join(dict.fromkeys(part.subject for part in parts)))
    subject = " ".join(subject.split())
    if len(subject) > LONGEST_SUBJECT:
        subject = subject[: LONGEST_SUBJECT - 1].rstrip() + "…"
    return subject or _("News from JobOps")


def _several(text: str) -> str:
    """Text without the blank lines that tags leave behind."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept) + "\n"


@cache
def _inliner() -> CSSInliner:
    # What cannot be in a line, widths and the dark, stays in a style element.
    return CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)
