"""A link by which a person sets their password: good once, for three days, while they may enter.

Whoever may be given one gets it from the accounts (people/accounts.py), and a mail brings it
(people/invitations.py). Its page is people/password_page.py.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from people.models import User


class _Tokens(PasswordResetTokenGenerator):
    """Django's, bound to the sign-in key in place of the password: its use ends the link, and so
    does a deactivation; the same password hashed anew does not."""

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        signed_in = user.last_login and user.last_login.replace(microsecond=0, tzinfo=None)
        return f"{user.pk}{user.sign_in_key}{signed_in or ''}{timestamp}{user.email}"


link_tokens = _Tokens()


def password_link(person: User) -> str:
    """The whole address to give to the person. It ends with its use, a sign-in, or its time."""
    who = urlsafe_base64_encode(str(person.pk).encode())
    # In the query, which no log holds, and not in the path.
    query = urlencode({"link": f"{who}.{link_tokens.make_token(person)}"})
    return f"{settings.SITE_URL}{reverse('set-password')}?{query}"


def linked_person(link: str) -> User | None:
    """Whose link it is, held while they use it, so that of two who send it one sets a password."""
    who, _dot, token = link.partition(".")
    try:
        pk = int(urlsafe_base64_decode(who).decode())
    except ValueError:
        return None
    person = User.objects.active().select_for_update(no_key=True).filter(pk=pk).first()
    good = person is not None and link_tokens.check_token(person, token)
    return person if good else None
