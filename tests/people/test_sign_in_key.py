"""What lets somebody in, and what ends it for good: sessions, tokens and password links alike."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from core.access import command_line_user
from core.roles import Role
from people import accounts, tokens
from people.models import TokenFamily, User
from people.password_link import password_link
from people.tokens import BadToken, Pair
from tests import acting
from tests.conftest import Sign
from tests.factories import make_user

pytestmark = pytest.mark.django_db
OLD, NEW = "pass-word-1", "A-Word-Of-2-Parts"
LIST, GROUPS = "/admin/people/user/", "/admin/auth/group/"


def is_in(browser: Client) -> bool:
    return browser.get("/my-day/").status_code == 200


def is_good(pair: Pair) -> bool:
    try:
        tokens.family_of_access(pair.access)
    except BadToken:
        return False
    return True


def is_open(link: str) -> bool:
    return Client().get(link).status_code == 302


class Ways:
    """A browser, a program and a link by which a person comes in."""

    def __init__(self, person: User, sign_in: Sign) -> None:
        self.browser = sign_in(person)
        self.pair = tokens.sign_in(person, at=timezone.now())
        self.link = password_link(User.objects.get(pk=person.pk))
        assert self.lead_in() == (True, True, True)

    def lead_in(self) -> tuple[bool, bool, bool]:
        return is_in(self.browser), is_good(self.pair), is_open(self.link)


def office(person: User) -> Group:
    """A group of the company's own, and the person in it and in nothing else."""
    group = Group.objects.create(name="Office")
    person.set_groups([group])
    return group


def deactivate(person: User) -> None:
    acting.deactivate(person, by=None)


def take_roles(person: User) -> None:
    person.set_roles([])


def take_groups(person: User) -> None:
    person.set_groups([])


def take_the_flag(person: User) -> None:
    person.is_superuser = False
    person.save()


def delete_the_group(person: User) -> None:
    accounts.delete_group(person.groups.get(), by=command_line_user())


def is_technician(person: User) -> None:
    person.set_roles([Role.TECHNICIAN])


def is_superuser(person: User) -> None:
    person.is_superuser = True
    person.save()


def give_it_back(person: User) -> None:
    person = User.objects.get(pk=person.pk)
    person.is_active = True
    person.save()
    person.set_roles([Role.TECHNICIAN])


SHUT_OUT: dict[str, tuple[Callable[[User], Any], Callable[[User], None]]] = {
    "deactivated": (is_technician, deactivate),
    "without the last role": (is_technician, take_roles),
    "without the last group": (office, take_groups),
    "no superuser any more": (is_superuser, take_the_flag),
    "the last group deleted": (office, delete_the_group),
}


@pytest.mark.parametrize("way", SHUT_OUT)
def test_who_was_shut_out_and_is_let_in_again_signs_in_again(way: str, sign_in: Sign) -> None:
    begin, shut_out = SHUT_OUT[way]
    person = make_user(username="pia")
    begin(person)
    ways = Ways(User.objects.get(pk=person.pk), sign_in)
    shut_out(User.objects.get(pk=person.pk))
    give_it_back(person)
    assert ways.lead_in() == (False, False, False)
    again = Client()
    assert again.post("/admin/login/", {"username": "pia", "password": OLD}).status_code == 302
    assert is_in(again)


def by_page(client: Client, person: User) -> None:
    typed = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    assert client.post(f"{LIST}{person.pk}/password/", typed).status_code == 302


def by_api(client: Client, person: User) -> None:
    address, body = f"/api/users/{person.pk}", {"password": NEW}
    assert client.patch(address, body, content_type="application/json").status_code == 200


@pytest.mark.parametrize("give", [by_page, by_api])
def test_a_password_by_an_admin_ends_every_way_in(
    give: Callable[[Client, User], None], admin: User, tech: User, sign_in: Sign
) -> None:
    ways = Ways(tech, sign_in)
    give(sign_in(admin), tech)
    assert ways.lead_in() == (False, False, False)


def test_a_password_by_a_link_ends_every_way_in(tech: User, sign_in: Sign) -> None:
    ways, browser = Ways(tech, sign_in), Client()
    browser.get(password_link(User.objects.get(pk=tech.pk)))
    typed = {"new_password1": NEW, "new_password2": NEW}
    assert browser.post("/set-password/", typed).status_code == 302
    assert ways.lead_in() == (False, False, False)


def test_a_password_of_ones_own_ends_all_but_the_browser_in_which_it_was_changed(
    tech: User, sign_in: Sign
) -> None:
    ways, mine = Ways(tech, sign_in), sign_in(tech)
    typed = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}
    assert mine.post("/admin/password_change/", typed).status_code == 302
    assert (ways.lead_in(), is_in(mine)) == ((False, False, False), True)


def test_a_password_that_is_taken_away_ends_every_way_in(tech: User, sign_in: Sign) -> None:
    ways = Ways(tech, sign_in)
    tech.set_unusable_password()
    tech.save()
    assert ways.lead_in() == (False, False, False)


def test_a_password_saved_by_itself_is_a_new_one(tech: User, sign_in: Sign) -> None:
    ways = Ways(tech, sign_in)
    tech.set_password(NEW)
    tech.save(update_fields=["password"])
    assert ways.lead_in() == (False, False, False)
    assert tech.history.latest().history_change_reason == "Password changed"


def test_another_role_another_name_or_one_role_of_two_ends_nothing(sign_in: Sign) -> None:
    person = make_user(Role.TECHNICIAN, Role.SALES_AGENT)
    ways = Ways(person, sign_in)
    person.set_roles([Role.TECHNICIAN])
    person.set_roles([Role.SALES_AGENT])
    person.phone = "1"
    person.save()
    person.is_superuser = True
    person.save()
    person.is_superuser = False
    person.save()
    assert ways.lead_in() == (True, True, True)


def test_a_deleted_group_is_left_on_record_and_others_stay(root: User, sign_in: Sign) -> None:
    person, both = make_user(), make_user(Role.TECHNICIAN)
    group = office(person)
    both.set_groups([*both.groups.all(), group])
    ways, client = Ways(both, sign_in), sign_in(root)
    client.post(f"{GROUPS}{group.pk}/delete/", {"post": "yes"})
    assert not Group.objects.filter(name="Office").exists()
    for each in (person, both):
        row = each.history.latest()
        assert (row.history_user, [g.group.name for g in row.groups.all()]) == (
            root,
            [role.group_name for role in each.roles],
        )
    assert ways.lead_in() == (True, True, True)


def test_groups_deleted_from_the_list_shut_out_as_well(root: User, sign_in: Sign) -> None:
    person = make_user()
    group = office(person)
    ways = Ways(User.objects.get(pk=person.pk), sign_in)
    bulk = {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"}
    sign_in(root).post(GROUPS, bulk)
    give_it_back(person)
    assert ways.lead_in() == (False, False, False)


# The same password, hashed anew


@pytest.fixture
def old_hash(tech: User, settings: Settings) -> User:
    """Somebody whose password was hashed with the parameters of before."""
    settings.PASSWORD_HASHERS = ["people.hashing.Hasher"]
    stored = Argon2PasswordHasher().encode(OLD, "0123456789abcdefghijkl")
    User.objects.filter(pk=tech.pk).update(password=stored)
    tech.refresh_from_db()
    return tech


def test_new_parameters_hash_a_password_anew_and_end_nothing(
    old_hash: User, sign_in: Sign, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "jobops.security")
    browser, pair = sign_in(old_hash), tokens.sign_in(old_hash, at=timezone.now())
    before = old_hash.password, old_hash.version, old_hash.history.count()
    caplog.clear()
    typed = {"username": "tina", "password": OLD}
    other = Client()
    assert other.post("/admin/login/", typed).status_code == 302
    after = User.objects.get(pk=old_hash.pk)
    assert "m=102400,t=2,p=8" in before[0]
    assert "m=19456,t=2,p=1" in after.password
    assert (after.version, after.history.count()) == before[1:]
    assert [is_in(browser), is_in(other), is_good(pair)] == [True, True, True]
    noted = [r.message for r in caplog.records if r.name == "jobops.security"]
    assert noted == ['signed in user="tina" address=127.0.0.1']


def test_a_program_that_signs_in_hashes_a_password_anew_and_ends_nothing(
    old_hash: User, sign_in: Sign
) -> None:
    browser = sign_in(old_hash)
    body = {"username": "tina", "password": OLD}
    pairs = [
        Client().post("/api/auth/login", body, content_type="application/json").json()
        for _ in range(2)
    ]
    assert "m=19456,t=2,p=1" in User.objects.get(pk=old_hash.pk).password
    assert [is_good(Pair(p["access"], p["refresh"])) for p in pairs] == [True, True]
    assert is_in(browser)


def test_a_password_hashed_anew_leaves_a_link_good(old_hash: User) -> None:
    link = password_link(old_hash)
    assert old_hash.check_password(OLD)
    assert "m=19456" in User.objects.get(pk=old_hash.pk).password
    assert is_open(link)


def test_a_password_set_meanwhile_is_not_overwritten(old_hash: User) -> None:
    signing_in = User.objects.get(pk=old_hash.pk)
    old_hash.set_password(NEW)
    old_hash.save()
    assert signing_in.check_password(OLD)  # As it was when they were read.
    assert User.objects.get(pk=old_hash.pk).check_password(NEW)


def test_who_was_hashed_anew_is_saved_as_before(old_hash: User) -> None:
    old_hash.check_password(OLD)
    old_hash.phone = "1"
    old_hash.save()
    row = old_hash.history.latest()
    assert (row.phone, row.history_change_reason, old_hash.check_password(OLD)) == ("1", "", True)


# The key


def test_a_key_is_told_nowhere(admin: User, tech: User, sign_in: Sign) -> None:
    key, client = User.objects.get(pk=tech.pk).sign_in_key, sign_in(admin)
    assert len(key) == 32
    pages = [LIST, f"{LIST}{tech.pk}/change/", f"{LIST}{tech.pk}/history/", "/admin/audit-log/"]
    pages += ["/api/users", f"/api/users/{tech.pk}", f"/api/users?search={key}"]
    assert [key in client.get(page).content.decode() for page in pages[:-1]] == [False] * 6
    assert client.get(pages[-1]).json()["results"] == []
    assert "sign_in_key" not in {field.name for field in User.history.model._meta.fields}
    # A form that names it changes nothing.
    client.post(f"{LIST}{tech.pk}/change/", {"username": "tina", "sign_in_key": "x"})
    assert User.objects.get(pk=tech.pk).sign_in_key == key


def test_each_person_has_another_key() -> None:
    people = [make_user(), make_user(), User.objects.create_superuser("root2")]
    assert len({person.sign_in_key for person in people}) == 3


def test_the_migration_keeps_who_may_enter_signed_in_and_nobody_else(
    tech: User, root: User
) -> None:
    left = [make_user(Role.TECHNICIAN, is_active=False), make_user()]
    User.objects.update(sign_in_key="the same")
    give_keys = importlib.import_module("people.migrations.0006_sign_in_keys").give_keys
    give_keys(apps, None)
    for person in (tech, root):
        person.refresh_from_db()
        # What Django signed into their sessions before.
        assert person.sign_in_key == person.password
    keys = [User.objects.get(pk=person.pk).sign_in_key for person in left]
    assert [len(key) for key in keys] == [32, 32]
    assert len({*keys}) == 2


def test_families_end_with_their_person(tech: User) -> None:
    tokens.sign_in(tech, at=timezone.now())
    tech.set_roles([])
    assert TokenFamily.objects.filter(ended_at=None).count() == 0


# Strangers


STRANGE = [
    "/",
    "/admin/",
    "/admin/login/",
    "/admin/login/?again=1&next=/admin/",
    "/admin/logout/",
    "/admin/password_change/",
    "/admin/nothing/",
    "/admin/people/user/1/change/",
    "/admin/audit-log/",
    "/admin/search/?s=x",
    "/my-day/",
    "/set-password/",
    "/set-password/?link=x.y",
    "/set-password/?link=MQ.abcdef-0123",
    "/api/me",
    "/api/auth/login",
    "/api/auth/refresh",
    "/api/auth/logout",
    "/api/docs",
    "/api/openapi.json",
    "/healthz",
    "/readyz",
    "/nothing",
]


@pytest.mark.parametrize("address", STRANGE)
def test_no_address_makes_a_session_for_a_stranger(address: str, tech: User) -> None:
    strangers = [Client(), Client(enforce_csrf_checks=True), Client()]
    strangers[2].cookies["sessionid"] = "x" * 32
    for stranger in strangers:
        stranger.get(address)
        stranger.get(address, {"link": "MQ.x", "next": "/admin/"})
        stranger.post(address, {"username": "tina", "password": "wrong"})
        stranger.post(address, {"username": "tina"}, content_type="application/json")
    assert Session.objects.count() == 0


def test_a_good_link_makes_one_and_a_used_one_none(tech: User) -> None:
    link = password_link(tech)
    Client().get(link)
    assert Session.objects.count() == 1
    acting.deactivate(tech, by=None)
    Client().get(link)
    assert Session.objects.count() == 1
