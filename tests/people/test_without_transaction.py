"""What is done to accounts as it is outside of the tests: with no transaction around it.

Within one of their own, as tests are run, whoever locks rows outside of a transaction is not found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client

from core.roles import Role
from people.models import User
from people.password_link import password_link
from tests.conftest import Sign
from tests.factories import make_job, make_user
from tests.people.test_admin import GROUPS, LIST, NEW, OLD, OWN_PASSWORD, PROFILE, messages, save

pytestmark = pytest.mark.django_db(transaction=True)
LAST = "Adam Admin is the last active Admin. Make somebody else an Admin first."
APPEARS = "Adam Admin appears on jobs or in the audit log. Deactivate them instead."


def ticked(*people: User, **values: str) -> dict[str, Any]:
    return {"action": "delete_selected", "_selected_action": [p.pk for p in people], **values}


def deletion(person: User) -> str:
    return f"{LIST}{person.pk}/delete/"


def test_there_is_no_transaction_around_these_tests(admin: User) -> None:
    assert not connection.in_atomic_block


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_page_that_deletes_says_who_is_the_last_admin(
    method: str, admin: User, root: User, sign_in: Sign
) -> None:
    answer = getattr(sign_in(root), method)(deletion(admin), {"post": "yes"}, follow=True)
    assert messages(answer) == [LAST]
    assert User.objects.filter(pk=admin.pk).exists()


def test_the_page_that_deletes_asks_about_an_admin_who_did_nothing(
    admin: User, root: User, sign_in: Sign
) -> None:
    other, client = make_user(Role.ADMIN), sign_in(root)
    assert client.get(deletion(other)).status_code == 200
    assert User.objects.filter(pk=other.pk).exists()
    client.post(deletion(other), {"post": "yes"})
    assert not User.objects.filter(pk=other.pk).exists()


def test_the_page_that_deletes_says_who_appears_on_jobs(
    admin: User, root: User, sign_in: Sign
) -> None:
    make_user(Role.ADMIN)
    make_job(owner=admin)
    assert messages(sign_in(root).get(deletion(admin), follow=True)) == [APPEARS]


def test_a_list_asks_about_ticked_admins_and_deletes_them(
    admin: User, root: User, sign_in: Sign
) -> None:
    two, client = [make_user(Role.ADMIN) for _ in range(2)], sign_in(root)
    assert client.post(LIST, ticked(*two)).status_code == 200
    assert set(User.objects.holding(Role.ADMIN)) == {admin, *two}
    client.post(LIST, ticked(*two, post="yes"))
    assert set(User.objects.holding(Role.ADMIN)) == {admin}


def test_a_list_refuses_the_last_admins(admin: User, root: User, sign_in: Sign) -> None:
    other, client = make_user(Role.ADMIN, username="ada"), sign_in(root)
    both = ticked(admin, other, post="yes")
    assert messages(client.post(LIST, ticked(admin), follow=True)) == []
    refused = messages(client.post(LIST, both, follow=True))
    assert len(refused) == 1
    assert "is the last active Admin" in refused[0]
    assert set(User.objects.holding(Role.ADMIN)) == {admin, other}


def by_page(client: Client, person: User) -> None:
    save(client, f"{LIST}{person.pk}/change/", phone="1", roles=["technician"])


def by_api(client: Client, person: User) -> None:
    body = {"phone": "1", "roles": ["technician"]}
    client.patch(f"/api/users/{person.pk}", body, content_type="application/json")


@pytest.mark.parametrize("change", [by_page, by_api])
def test_an_admin_can_be_given_another_role_while_another_stays(
    change: Callable[[Client, User], None], admin: User, root: User, sign_in: Sign
) -> None:
    other = make_user(Role.ADMIN)
    change(sign_in(root), other)
    other.refresh_from_db()
    assert (other.phone, other.roles) == ("1", [Role.TECHNICIAN])
    change(sign_in(root), admin)
    admin.refresh_from_db()
    assert (admin.phone, admin.roles) == ("", [Role.ADMIN])


def test_accounts_are_made_and_kept_without_a_fault(admin: User, tech: User, sign_in: Sign) -> None:
    client, own = sign_in(admin), sign_in(tech)
    page, password = f"{LIST}{tech.pk}/change/", f"{LIST}{tech.pk}/password/"
    typed = {"password1": NEW, "password2": NEW}
    assert own.get(PROFILE).status_code == 200
    assert messages(save(own, PROFILE, phone="5")) == ["Your profile was saved."]
    new = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}
    assert own.post(OWN_PASSWORD, new).status_code == 302
    assert save(client, f"{LIST}add/", username="nina", **typed).status_code == 200
    assert save(client, page, is_active="").status_code == 200
    assert save(client, page, is_active="on").status_code == 200
    assert client.get(password).status_code == 200
    assert client.post(password, {**typed, "usable_password": "true"}).status_code == 302
    link, browser = password_link(User.objects.get(username="nina")), Client()
    assert browser.get(link).status_code == 302
    set_it = {"new_password1": NEW, "new_password2": NEW}
    assert browser.get("/set-password/").status_code == 200
    assert browser.post("/set-password/", set_it).status_code == 302
    pair = browser.post(
        "/api/auth/login", {"username": "nina", "password": NEW}, content_type="application/json"
    )
    assert pair.status_code == 401  # She holds no role.


def test_groups_are_kept_without_a_fault(root: User, sign_in: Sign) -> None:
    client = sign_in(root)
    client.post(f"{GROUPS}add/", {"name": "Office", "permissions": []})
    group = Group.objects.get(name="Office")
    person = make_user()
    person.set_groups([group])
    client.post(f"{GROUPS}{group.pk}/delete/", {"post": "yes"})
    assert User.objects.get(pk=person.pk).is_staff is False
