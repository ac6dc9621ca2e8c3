"""In which language somebody is spoken to: their own, or that of the company's region."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


def choices() -> list[tuple[str, str | Promise]]:
    """What a person can choose from; languages are called as those call them who speak them."""
    return [("", gettext_lazy("Same as the company")), *settings.LANGUAGES]


def language_of(person: Any) -> str:
    """The language of a person."""
    chosen = getattr(person, "language", "")
    # Another one was shipped once.
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def for_scripts() -> str:
    """The locale in which scripts write days and times: in the language at hand, as in the
    company's country."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    hours = "h12" if settings.REGION.has_half_days else "h23"
    return f"{language}-{settings.REGION.country}-u-hc-{hours}"


def speak_to(person: Any) -> None:
    """From here on, this thread speaks to somebody: until its request is answered."""
    translation.activate(language_of(person))


@contextmanager
def speaking_to(person: Any) -> Iterator[None]:
    """Speak to somebody for as long as this lasts: for work that no request of theirs is for."""
    with translation.override(language_of(person)):
        yield
