"""Sign-in for programs: what a pair is good for, and what ends it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from core.roles import Role
from people import tokens
from people.models import TokenFamily, User
from people.tokens import BadToken, Pair
from tests import acting
from tests.factories import make_user

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def answer(ask: Callable[..., Any], *args: Any, **values: Any) -> str:
    """Is the token good, or why not?"""
    try:
        ask(*args, **values)
    except BadToken as refused:
        return type(refused).__name__
    return "good"


def access(pair: Pair) -> str:
    return answer(tokens.family_of_access, pair.access)


def renewal(pair: Pair, at: datetime) -> str:
    return answer(tokens.refresh, pair.refresh, at=at)


def test_an_access_token_says_whose_it_is_in_one_query(
    tech: User, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    pair = tokens.sign_in(tech, at=now)
    with django_assert_num_queries(1):
        assert tokens.family_of_access(pair.access).user == tech


def test_an_access_token_is_good_for_15_minutes(tech: User, now: datetime) -> None:
    assert access(tokens.sign_in(tech, at=now - 14 * MINUTE)) == "good"
    assert access(tokens.sign_in(tech, at=now - 15 * MINUTE)) == "EndedToken"


def test_a_refresh_token_is_good_for_24_hours(tech: User, now: datetime) -> None:
    pair = tokens.sign_in(tech, at=now)
    assert renewal(pair, now + 24 * HOUR) == "EndedToken"
    assert renewal(pair, now + 24 * HOUR - MINUTE) == "good"


def test_a_new_refresh_token_is_good_for_24_hours_of_its_own(tech: User, now: datetime) -> None:
    pair = tokens.refresh(tokens.sign_in(tech, at=now).refresh, at=now + 20 * HOUR)
    assert renewal(pair, now + 44 * HOUR) == "EndedToken"
    assert renewal(pair, now + 43 * HOUR) == "good"


def test_a_sign_in_lasts_14_days_however_often_it_is_renewed(tech: User, now: datetime) -> None:
    pair = tokens.sign_in(tech, at=now)
    for day in range(1, 28):
        pair = tokens.refresh(pair.refresh, at=now + day * 12 * HOUR)
    end = now + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    assert TokenFamily.objects.get().expires_at == end == now + timedelta(days=14)
    assert renewal(pair, end) == "EndedToken"


def test_a_new_pair_is_another_one(tech: User, now: datetime) -> None:
    pair = tokens.sign_in(tech, at=now - MINUTE)
    new = tokens.refresh(pair.refresh, at=now)
    assert {pair.access, pair.refresh} & {new.access, new.refresh} == set()
    # Calls that are under way when the pair is renewed are answered.
    assert [access(pair), access(new)] == ["good", "good"]


def test_a_refresh_token_used_again_ends_the_family(
    tech: User, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "jobops.security")
    stolen = tokens.sign_in(tech, at=now)
    new = tokens.refresh(stolen.refresh, at=now)
    assert renewal(stolen, now) == "EndedToken"
    assert [access(stolen), access(new), renewal(new, now)] == ["EndedToken"] * 3
    assert [record.message for record in caplog.records] == [
        'program signed in user="tina" address=-',
        'refresh token used again user="tina" address=-',
        'program signed out user="tina" address=-',
    ]


def test_other_sign_ins_of_the_person_go_on(tech: User, now: datetime) -> None:
    stolen, other = tokens.sign_in(tech, at=now), tokens.sign_in(tech, at=now)
    tokens.refresh(stolen.refresh, at=now)
    assert renewal(stolen, now) == "EndedToken"
    assert [access(other), renewal(other, now)] == ["good", "good"]


def test_signing_out_ends_the_pair(tech: User, now: datetime) -> None:
    pair, other = tokens.sign_in(tech, at=now), tokens.sign_in(tech, at=now)
    tokens.sign_out(tokens.family_of(pair.refresh, at=now))
    assert [access(pair), renewal(pair, now)] == ["EndedToken", "EndedToken"]
    assert [access(other), renewal(other, now)] == ["good", "good"]


def test_signing_out_twice_at_once_is_noted_once(
    tech: User, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "jobops.security")
    family = tokens.family_of(tokens.sign_in(tech, at=now).refresh, at=now)
    tokens.sign_out(family)
    tokens.sign_out(family)
    assert [record.message.count("signed out") for record in caplog.records] == [0, 1]


def test_a_deactivated_person_has_no_good_token_then_or_ever_after(
    tech: User, admin: User, now: datetime
) -> None:
    pair = tokens.sign_in(tech, at=now)
    acting.deactivate(tech, by=admin)
    assert [access(pair), renewal(pair, now)] == ["EndedToken", "EndedToken"]
    tech.is_active = True
    tech.save()
    assert [access(pair), renewal(pair, now)] == ["EndedToken", "EndedToken"]


def test_who_has_lost_every_role_gets_no_other_pair(tech: User, admin: User, now: datetime) -> None:
    pair = tokens.sign_in(tech, at=now)
    tech.set_roles([], by=admin)
    assert [access(pair), renewal(pair, now)] == ["EndedToken", "EndedToken"]


def test_a_token_that_deactivation_overtook_is_no_good(tech: User, now: datetime) -> None:
    """The sign-in read the person before they were deactivated, and wrote after."""
    User.objects.filter(pk=tech.pk).update(is_active=False)
    pair = tokens.sign_in(tech, at=now)
    assert [access(pair), renewal(pair, now)] == ["EndedToken", "EndedToken"]


def test_a_changed_password_ends_every_pair(tech: User, now: datetime) -> None:
    pairs = [tokens.sign_in(tech, at=now), tokens.sign_in(tech, at=now)]
    tech.set_password("A-Word-Of-2-Parts")
    tech.save()
    assert [access(pair) for pair in pairs] == ["EndedToken", "EndedToken"]
    assert [renewal(pair, now) for pair in pairs] == ["EndedToken", "EndedToken"]
    assert access(tokens.sign_in(tech, at=now)) == "good"


def test_the_pairs_of_others_go_on(tech: User, other_tech: User, now: datetime) -> None:
    pair = tokens.sign_in(other_tech, at=now)
    tech.set_password("A-Word-Of-2-Parts")
    tech.save()
    acting.deactivate(tech, by=None)
    assert [access(pair), renewal(pair, now)] == ["good", "good"]


def test_a_change_of_name_or_phone_ends_nothing(tech: User, now: datetime) -> None:
    pair = tokens.sign_in(tech, at=now)
    tech.phone = "555"
    tech.save()
    assert [access(pair), renewal(pair, now)] == ["good", "good"]


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "x", "x.y.z", "\0", "é", "\ud800", "a" * 10_000],
)
def test_what_was_never_given_out_is_a_bad_token(token: str, now: datetime) -> None:
    assert answer(tokens.family_of_access, token) == "BadToken"
    assert answer(tokens.refresh, token, at=now) == "BadToken"


def test_a_token_is_only_good_for_its_own_use(tech: User, now: datetime) -> None:
    pair = tokens.sign_in(tech, at=now)
    assert answer(tokens.family_of_access, pair.refresh) == "BadToken"
    assert answer(tokens.refresh, pair.access, at=now) == "BadToken"


def claims(user: User, **others: Any) -> dict[str, Any]:
    """The claims of a token that would be good, save for these."""
    pair = tokens.sign_in(user, at=timezone.now())
    return jwt.decode(pair.access, options={"verify_signature": False}) | others


def test_a_token_that_another_key_signed_is_bad(tech: User) -> None:
    body = claims(tech)
    keys: list[Any] = [settings.SECRET_KEY, b"x" * 32]
    forged = [jwt.encode(body, key, algorithm="HS256") for key in keys]
    forged.append(jwt.encode(body, None, algorithm="none"))
    forged.append(jwt.encode(body, tokens._key() * 2, algorithm="HS512"))
    assert [answer(tokens.family_of_access, token) for token in forged] == ["BadToken"] * 4


@pytest.mark.parametrize("missing", ["sub", "family", "iat", "exp"])
def test_a_token_says_everything(missing: str, tech: User) -> None:
    body = claims(tech)
    del body[missing]
    token = jwt.encode(body, tokens._key(), algorithm="HS256")
    assert answer(tokens.family_of_access, token) == "BadToken"


def test_a_token_is_its_own_persons_alone(tech: User, admin: User) -> None:
    token = jwt.encode(claims(tech, sub=str(admin.pk)), tokens._key(), algorithm="HS256")
    assert answer(tokens.family_of_access, token) == "EndedToken"


def test_no_token_is_in_the_database(tech: User, now: datetime) -> None:
    pair = tokens.sign_in(tech, at=now)
    secret = pair.refresh.partition(".")[2]
    (row,) = TokenFamily.objects.values()
    assert len(secret) == 43
    assert secret not in str(row)
    assert pair.access not in str(row)


def test_a_week_later_what_is_over_is_pruned_and_the_rest_stays(tech: User, now: datetime) -> None:
    old, new = tokens.sign_in(tech, at=now - 25 * HOUR), tokens.sign_in(tech, at=now)
    assert TokenFamily.objects.prune(at=now) == 1
    assert [renewal(old, now), renewal(new, now)] == ["BadToken", "good"]


def test_a_sign_in_is_named_by_its_person_and_time(tech: User, now: datetime) -> None:
    tokens.sign_in(tech, at=now)
    assert str(TokenFamily.objects.get()) == f"Tina Tech {now:%Y-%m-%d %H:%M}"


def test_having_signed_in_does_not_keep_a_person_from_being_deleted(now: datetime) -> None:
    person = make_user(Role.TECHNICIAN)
    tokens.sign_in(person, at=now)
    person.delete()
    assert TokenFamily.objects.count() == 0
