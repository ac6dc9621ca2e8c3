"""What a password must not be made of, and where a form says so."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Left beside such words, at least so many characters make a password.
REST = 8
# In characters: what a program can send (people/api.py).
LONGEST = 4096
WORDS = ("jobops", "technician", "sales", "agent", "admin", "password")


class OwnWords:
    """Refuses a password that is little more than words of this product and its address.

    The words are those of `WORDS`, and the parts of the host of `SITE_URL` of four letters or more.
    """

    def validate(self, password: str, user: Any = None) -> None:
        """Raise `ValidationError` where what is left without the words is short."""
        whole = password.lower()
        rest = re.sub("|".join(map(re.escape, _words())), "", whole)
        if rest != whole and len(rest) < REST:
            message = _("The password contains little more than the names of this product.")
            raise ValidationError(message, code="password_own_words")

    def get_help_text(self) -> str:
        """The rule, beside the field."""
        return _("Your password can’t consist only of the names of this product.")


class Length(MinimumLengthValidator):
    """Django's, which refuses too what no program could sign in with."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise `ValidationError` for one that is too short, or longer than `LONGEST`."""
        super().validate(password, user)
        if len(password) > LONGEST:
            message = _("This password is longer than %(most)s characters.")
            raise ValidationError(message % {"most": LONGEST}, code="password_too_long")


class TypedTwice:
    """For a form on which a new password is typed twice: what is weak about it is told at the
    first field, which is the one to change. Django tells it at the second."""

    def validate_password_for_user(self, user: Any, second: str = "password2") -> None:
        """Look at what was typed into the first field, whatever is in the second."""
        first = second.removesuffix("2") + "1"
        super().validate_password_for_user(user, password_field_name=first)  # type: ignore[misc]  # A mixin.


def _words() -> list[str]:
    host = urlsplit(settings.SITE_URL).hostname or ""
    parts = [part for part in host.split(".") if len(part) >= 4]
    return sorted({*WORDS, *parts}, key=len, reverse=True)
