"""The API of people: signing in, oneself, and the company's people."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.contrib.auth import authenticate, update_session_auth_hash
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Status
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer, SessionAuth

from core.access import can, visible_to
from core.request_state import state
from core.rest.etags import IF_MATCH, TAGGED, answer, answering_stale, stated_version
from core.rest.outcomes import Warned, warned
from core.rest.pages import Page, PageQuery, page
from core.rest.schemas import Answer, Body, Flag
from core.roles import Role
from core.text import languages
from core.text.search import LONGEST
from people import accounts, passwords, tokens
from people.models import User
from people.throttle import SignInThrottle
from people.tokens import BadToken, EndedToken, Pair, TokenFamily

router = Router()
BY_NAME = ("first_name", "last_name", "username")

# Who calls


class Bearer(HttpBearer):
    """Signs in whoever an access token is of; a bad one is refused, whatever else is sent."""

    def authenticate(self, request: HttpRequest, token: str) -> User:
        try:
            family = tokens.family_of_access(token)
        except BadToken as bad:
            _refuse(request, bad)
        request.user = family.user
        state(request).token_family = family  # For signing out.
        languages.speak_to(family.user)
        return family.user


class Session(SessionAuth):
    """Signs in whoever the browser's session is of. Who brings none is not asked for a form's
    token first: they are told to sign in."""

    def __call__(self, request: HttpRequest) -> Any:
        return super().__call__(request) if request.user.is_authenticated else None


# The token first: who brings one needs no token of a form.
CALLERS = (Bearer(), Session())


def by_refresh_token(request: HttpRequest) -> User | None:
    """Whose refresh token the body brings: it is enough to sign out with."""
    try:
        token = json.loads(request.body)["refresh"]
        return tokens.family_of(str(token), at=timezone.now()).user
    except BadToken as bad:
        _refuse(request, bad)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _refuse(request: HttpRequest, bad: BadToken) -> NoReturn:
    if isinstance(bad, EndedToken):
        raise AuthenticationError(message=_("This token has expired. Sign in again."))
    SignInThrottle().count_token(request)
    raise AuthenticationError(message=_("This token is not valid."))


# Signing in


class Credentials(Body):
    """What a person signs in with."""

    username: str = Field(max_length=255, examples=["tech"])
    password: str = Field(max_length=passwords.LONGEST, examples=["jobops-demo"])


class RefreshToken(Body):
    """The refresh token of the latest pair."""

    refresh: str = Field(max_length=4096, examples=["Zr4…"])


class Tokens(Answer):
    """A pair of tokens; `expires_in` is the life of the access token in seconds."""

    access: str
    refresh: str
    token_type: str = "Bearer"  # noqa: S105 (no secret)
    expires_in: int


def _tokens(pair: Pair) -> Tokens:
    seconds = int(tokens.ACCESS_LIFE.total_seconds())
    return Tokens(access=pair.access, refresh=pair.refresh, expires_in=seconds)


@router.post(
    "/auth/login",
    auth=None,
    response=Tokens,
    operation_id="sign_in",
    summary="Sign in",
    tags=["auth"],
)
def sign_in(request: HttpRequest, body: Credentials) -> Tokens:
    """A pair of tokens for a user name and a password."""
    user = authenticate(request, username=body.username, password=body.password)
    if not isinstance(user, User) or not user.is_staff:
        raise AuthenticationError(message=_("User name and password do not match."))
    SignInThrottle().forgive(request, user)
    now = timezone.now()
    accounts.note_sign_in(user, at=now)
    return _tokens(tokens.sign_in(user, at=now))


@router.post(
    "/auth/refresh",
    auth=None,
    response=Tokens,
    operation_id="refresh_tokens",
    summary="Get the next pair of tokens",
    tags=["auth"],
)
def refresh_tokens(request: HttpRequest, body: RefreshToken) -> Tokens:
    """The next pair for a refresh token, which is dead from then on. A dead one that is used again
    ends every token of its sign-in."""
    try:
        return _tokens(tokens.refresh(body.refresh, at=timezone.now()))
    except BadToken as bad:
        _refuse(request, bad)


@router.post(
    "/auth/logout",
    auth=[Bearer(), Session(), by_refresh_token],
    response={204: None},
    operation_id="sign_out",
    summary="Sign out",
    tags=["auth"],
)
def sign_out(request: HttpRequest, body: RefreshToken) -> Status[None]:
    """Ends the refresh token and the access tokens of its sign-in, and the access token shown."""
    family = state(request).token_family
    if isinstance(family, TokenFamily):
        tokens.sign_out(family)
    try:
        tokens.sign_out(tokens.family_of(body.refresh, at=timezone.now()))
    except BadToken as bad:
        if family is None:
            _refuse(request, bad)
    return Status(204, None)


# People


class Me(Answer):
    """Oneself; the version counts the changes of the account."""

    id: int
    username: str
    name: str
    first_name: str
    last_name: str
    email: str
    phone: str
    language: str = Field(description="Empty: the company's.", examples=["de"])
    roles: list[Role]
    version: int


class Person(Me):
    """A person as an Admin sees them."""

    is_active: bool


class ChangedMe(Warned, Me):
    """Oneself, just changed. `warnings` point out what follows from it."""


class NewPerson(Warned, Person):
    """A person just made; who got no password sets it by `password_link`, once, for three days.
    `warnings` point out what follows from it."""

    password_link: str | None = None


_LEFT_OPEN = "Tina Tech has 2 open jobs, which now need someone."


class ChangedPerson(Person):
    """A person just changed. `warnings` point out what follows from it, such as how many open jobs
    need somebody else, and are left out where there are none; `note` says the same in one text."""

    warnings: list[str] = Field([], examples=[[_LEFT_OPEN]])
    note: str = Field("", examples=[_LEFT_OPEN])


class Colleague(Answer):
    """A person as everybody sees them."""

    id: int
    name: str
    roles: list[Role]
    phone: str


class ProfileChange(Body):
    """What one may change of oneself; what is left out stays."""

    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    language: str = ""
    password: str = Field("", max_length=passwords.LONGEST)
    old_password: str = Field("", max_length=passwords.LONGEST)


class PersonChange(Body):
    """What an Admin may change of a person; what is left out stays."""

    username: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    language: str = ""
    roles: list[Role] = []
    is_active: Flag = True
    password: str = Field("", max_length=passwords.LONGEST)


class PersonIn(PersonChange):
    """A new person. Without a password, they set it by the link in the answer."""

    username: str


@router.get(
    "/me",
    response=Me,
    operation_id="read_me",
    summary="Read your account",
    tags=["people"],
    openapi_extra=TAGGED,
)
def read_me(request: HttpRequest) -> HttpResponse:
    """Who the caller is."""
    return answer(_as(Me, request.user))


@router.patch(
    "/me",
    response=ChangedMe,
    operation_id="change_me",
    summary="Change your account",
    tags=["people"],
    openapi_extra=TAGGED | IF_MATCH,
)
def change_me(request: HttpRequest, body: ProfileChange) -> HttpResponse:
    """Changes one's own name, phone, language or, with the old one, password. A new password ends
    every token, this call's too."""
    by: Any = request.user
    me = User.objects.get(pk=by.pk)
    given = body.dict(exclude_unset=True)
    old = given.pop("old_password", "")
    if "password" in given:
        given["known"] = _known_password(request, me, old)
    with answering_stale(lambda: _as(Me, me)):
        version = stated_version(request)
        outcome = accounts.change_profile(me, by=by, version=version, **given)
    if "password" in given and state(request).token_family is None:
        update_session_auth_hash(request, me)
    return answer(_as(Me, me) | warned(outcome))


def _known_password(request: HttpRequest, me: User, old: str) -> str:
    """The hash of the old one."""
    # As a sign-in: wrong guesses are throttled.
    known = authenticate(request, username=me.username, password=old)
    if known is None:
        raise ValidationError({"old_password": _("This is not your password.")})
    return known.password


class PeopleQuery(PageQuery):
    """Whom to list. Only Admins ask who is active: others do not see it."""

    role: Role | None = None
    is_active: bool | None = None
    search: str = Field("", max_length=LONGEST)


@router.get(
    "/users",
    response=Page[Person | Colleague],
    operation_id="list_users",
    summary="List people",
    tags=["people"],
)
def list_users(request: HttpRequest, query: Query[PeopleQuery]) -> Any:
    """People by name, a page at a time."""
    details = can(request.user, "change", User)
    if query.is_active is not None and not details:
        raise PermissionDenied(_("Only Admins can see who is active."))
    kind = Person if details else Colleague
    found = User.objects.matching(
        query.search, role=query.role, active=query.is_active, email=details
    )

    def show(keys: list[int]) -> list[Person | Colleague]:
        people = User.objects.prefetch_related("groups").in_bulk(keys)
        return [kind.from_orm(people[key]) for key in keys if key in people]

    return page(request, visible_to(request.user, found), query, by=BY_NAME, show=show)


@router.get(
    "/users/{id}",
    response=Person | Colleague,
    operation_id="read_user",
    summary="Read a person",
    tags=["people"],
    openapi_extra=TAGGED,
)
def read_user(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002 (the name in the path)
    """A person: all but the password for Admins, name, roles and phone for everybody else."""
    return answer(_shown(request, id))


@router.post(
    "/users",
    response={201: NewPerson},
    operation_id="create_user",
    summary="Add a person",
    tags=["people"],
)
def create_user(request: HttpRequest, body: PersonIn) -> HttpResponse:
    """Adds a person. For Admins."""
    by: Any = request.user
    given = body.dict(exclude_unset=True)
    outcome = accounts.open_account(by=by, **given)
    person = outcome.row
    is_given = "password" not in given and accounts.may_give_link(person, by=by)
    link = accounts.give_link(person, by=by) if is_given else None
    told = {"password_link": link} | warned(outcome)
    return answer(_as(Person, person) | told, status=201)


@router.patch(
    "/users/{id}",
    response=ChangedPerson,
    operation_id="change_user",
    summary="Change a person",
    tags=["people"],
    openapi_extra=TAGGED | IF_MATCH,
)
def change_user(request: HttpRequest, id: int, body: PersonChange) -> HttpResponse:  # noqa: A002
    """Changes what is given. For Admins."""
    by: Any = request.user
    given = body.dict(exclude_unset=True)
    with answering_stale(lambda: _shown(request, id)):
        version = stated_version(request)
        outcome = accounts.change_account((User, id), by=by, version=version, **given)
    note = " ".join(map(str, outcome.warnings))
    return answer(_as(Person, outcome.row) | {"note": note} | warned(outcome))


def _shown(request: HttpRequest, pk: int) -> dict[str, Any]:
    people = User.objects.prefetch_related("groups")
    person = get_object_or_404(visible_to(request.user, people), pk=pk)
    return _as(Person if can(request.user, "change", User) else Colleague, person)


def _as(kind: type[Answer], person: Any) -> dict[str, Any]:
    return kind.from_orm(person).dict()
