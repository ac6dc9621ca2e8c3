"""Sign-in for programs: a short access token, and a refresh token that is good for one use.

One sign-in begins a family of tokens, which is a row here. Using its refresh token gives a new
pair; the old one is dead, and whoever brings a dead one ends the family: one of two holders of
the same token is a thief, and nobody can tell which. So of two refreshes at the same moment one
gets a pair, the other ends the family, and the program signs in again.

A family ends at once when its program signs out, and for good when its person gets another
`sign_in_key`: with a new password, with their deactivation, and with their last role.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy

from core.database.compiled import Compiled
from core.serving import log

if TYPE_CHECKING:
    from django.contrib.auth.models import _User as User

ACCESS_LIFE = timedelta(minutes=15)
REFRESH_LIFE = timedelta(hours=24)
ALGORITHM = "HS256"


class BadToken(Exception):
    """A token that this installation never gave out, as far as anybody can tell."""


class EndedToken(BadToken):
    """A token of ours whose time is over, or whose family has ended."""


@dataclass(frozen=True)
class Pair:
    """What a program gets: an access token for each call, a refresh token for the next pair."""

    access: str
    refresh: str


class TokenFamilyQuerySet(models.QuerySet["TokenFamily"]):
    """Sign-ins of programs, by what they still are."""

    def going_on(self) -> TokenFamilyQuerySet:
        """Those that nobody has ended, of people who may enter."""
        return self.filter(ended_at=None, user__is_active=True)

    def of(self, user: User) -> TokenFamilyQuerySet:
        """Those of one person."""
        return self.filter(user=user)

    def end(self) -> int:
        """End them: no token of theirs is good for anything from now on."""
        return self.filter(ended_at=None).update(ended_at=timezone.now())

    def prune(self, *, at: datetime) -> int:
        """Delete those whose time is over, ended or not; how many."""
        count, _rows = self.filter(expires_at__lte=at).delete()
        return count


class TokenFamily(models.Model):
    """One sign-in of a program, with its refresh token that is good now, hashed."""

    # Hidden, so that having signed in is no trace that keeps a person from being deleted.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # Finds the family of a refresh token, a dead one too. Nobody can guess it.
    handle = models.CharField(max_length=32, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    # Of the sign-in key that its person had when it began, as Django keeps it in a session.
    auth_hash = models.CharField(max_length=64, editable=False)
    begun_at = models.DateTimeField(gettext_lazy("begun at"))
    expires_at = models.DateTimeField(gettext_lazy("expires at"), db_index=True)
    ended_at = models.DateTimeField(gettext_lazy("ended at"), null=True)

    objects = TokenFamilyQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("sign-in of a program")
        verbose_name_plural = gettext_lazy("sign-ins of programs")

    def __str__(self) -> str:
        return f"{self.user} {self.begun_at:%Y-%m-%d %H:%M}"

    @property
    def fits(self) -> bool:
        """Does the person still have the sign-in key that they began it with?"""
        return constant_time_compare(self.auth_hash, self.user.get_session_auth_hash())

    def pair(self, secret: str, *, at: datetime) -> Pair:
        """An access token from `at` on, beside the refresh token whose secret this is."""
        claims = {
            "sub": str(self.user_id),
            "family": self.pk,
            "iat": at,
            "exp": at + ACCESS_LIFE,
        }
        access = jwt.encode(claims, _key(), algorithm=ALGORITHM)
        return Pair(access=access, refresh=f"{self.handle}.{secret}")


# Each call of a program asks for it.
_FAMILY: Compiled[TokenFamily] = Compiled(
    lambda family, person: (
        TokenFamily.objects.going_on().select_related("user").filter(pk=family, user=person)
    )
)


def sign_in(user: User, *, at: datetime) -> Pair:
    """Begin a family for somebody who has just shown their password."""
    secret = secrets.token_urlsafe(32)
    family = TokenFamily.objects.create(
        user=user,
        handle=secrets.token_urlsafe(16),
        secret_hash=_hash(secret),
        auth_hash=user.get_session_auth_hash(),
        begun_at=at,
        expires_at=at + REFRESH_LIFE,
    )
    log.note("program signed in", user=user.get_username())
    return family.pair(secret, at=at)


def refresh(token: str, *, at: datetime) -> Pair:
    """A new pair for a refresh token, which is dead from then on.

    Raises `EndedToken` for a dead one, whose family ends with it, and for one whose time is over;
    `BadToken` for one that was never given out.
    """
    family = family_of(token, at=at)
    secret = secrets.token_urlsafe(32)
    # One statement on columns of this row alone, so that of two who bring the same token one gets a
    # pair: a condition on the person would make it a subquery, which PostgreSQL asks only once.
    current = TokenFamily.objects.filter(
        pk=family.pk, ended_at=None, secret_hash=_hash(_parts(token)[1])
    )
    if not current.update(secret_hash=_hash(secret), expires_at=_expiry(family, at=at)):
        log.note("refresh token used again", user=family.user.get_username())
        sign_out(family)
        raise EndedToken
    return family.pair(secret, at=at)


def family_of(token: str, *, at: datetime) -> TokenFamily:
    """The family that a refresh token is of, dead or not; raises as `refresh` does."""
    handle, _secret = _parts(token)
    family = TokenFamily.objects.select_related("user").filter(handle=handle).first()
    if family is None:
        raise BadToken
    over = family.ended_at is not None or family.expires_at <= at
    # Whoever has lost every role does not enter any more.
    enters = family.user.is_active and family.user.is_staff
    if over or not enters or not family.fits:
        raise EndedToken
    return family


def sign_out(family: TokenFamily) -> None:
    """End the family: its refresh token and its access tokens."""
    if TokenFamily.objects.filter(pk=family.pk).end():
        log.note("program signed out", user=family.user.get_username())


def family_of_access(token: str) -> TokenFamily:
    """The family, with its person, that an access token is of. One query.

    Raises `EndedToken` for one whose time is over or whose family has ended, and `BadToken` for
    one that we did not sign.
    """
    details = _claims(token)
    family = next(_FAMILY.objects(int(details["family"]), int(details["sub"])), None)
    if family is None or not family.fits:
        raise EndedToken
    return family


def _claims(token: str) -> dict[str, Any]:
    _check_text(token)
    required = ["sub", "family", "iat", "exp"]
    try:
        return jwt.decode(token, _key(), algorithms=[ALGORITHM], options={"require": required})
    except jwt.ExpiredSignatureError as expired:
        raise EndedToken from expired
    except jwt.InvalidTokenError as invalid:
        raise BadToken from invalid


def _key() -> bytes:
    # Derived for this alone: nothing else that the secret key signs passes for a token.
    return salted_hmac("people.tokens", "access", algorithm="sha256").digest()


def _parts(token: str) -> tuple[str, str]:
    _check_text(token)
    handle, _dot, secret = token.partition(".")
    return handle, secret


def _check_text(token: str) -> None:
    # What the database or the library could not even read is no token of ours.
    if not token.isascii() or "\0" in token:
        raise BadToken


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash.
    return hashlib.sha256(secret.encode()).hexdigest()


def _expiry(family: TokenFamily, *, at: datetime) -> datetime:
    # However often it is renewed, a sign-in lasts no longer than a browser's.
    longest = family.begun_at + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return min(at + REFRESH_LIFE, longest)
