"""E-mail addresses are kept, refused and told apart alike at every door."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from core.record import acts, doubles
from operations.models import Customer
from people import invitations
from people.models import User
from tests import programs
from tests.conftest import Sign
from tests.factories import make_customer, make_user
from tests.operations import pages
from tests.operations.test_resources import errors as refused_cells
from tests.operations.test_resources import load

pytestmark = pytest.mark.django_db

KINDS = ["customer", "user"]
UNSEEN = [
    "a@exam\u200bple.com",
    "a@ex\u00adample.com",
    "a@\u202eexample.com",
    "a@exa\u200dmple.com",
    "a@example.com\u200b",
    "a\u2060@example.com",
    " a@example.com\n",
]
REFUSED = [
    '"a\x07b"@example.com',
    '"a\x1bb"@example.com',
    '"a\x0bb"@example.com',
    '"x\\\ty"@example.com',
    '"a"@example.com',
    "a\x07@example.com",
    "a@exam\nple.com",
    "a@exa\u2028mple.com",
    "a@exa\u2800mple.com",
    "a@exa\u3000mple.com",
    "a@exa\ufffample.com",
]
WRONG = "Enter a valid e-mail address."
TAKEN = "Another person has this e-mail address."


def send(door: str, kind: str, email: str, *, by: User, sign_in: Sign) -> list[str]:
    """Have somebody enter a new customer or person of this address: what is said against it."""
    called = {"customer": {"name": "Baker"}, "user": {"username": "ann"}}[kind]
    typed: dict[str, Any] = {**called, "email": email}
    if door == "api":
        path = {"customer": "/customers", "user": "/users"}[kind]
        answer = programs.program(by).post(path, typed)
        return [] if answer.status_code == 201 else [programs.errors(answer)["email"]]
    if door == "import":
        result = load({"customer": "customers", "user": "people"}[kind], typed, by=by)
        return refused_cells(result)["email"] if result.errors else []
    if door == "domain":
        try:
            (make_customer if kind == "customer" else make_user)(**typed)
        except ValidationError as refused:
            return list(refused.message_dict["email"])
        return []
    app = {"customer": "operations", "user": "people"}[kind]
    client, url = sign_in(by), reverse(f"admin:{app}_{kind}_add")
    answer = client.post(url, pages.fields(client.get(url), f"{kind}_form") | typed)
    return pages.errors(answer)["email"] if answer.status_code == 200 else []


def addresses(kind: str) -> list[str]:
    if kind == "customer":
        return list(Customer.objects.values_list("email", flat=True))
    return list(User.objects.exclude(email="").values_list("email", flat=True))


@pytest.mark.parametrize("door", ["form", "api", "import", "domain"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_nobody_sees_is_no_part_of_an_address(
    kind: str, door: str, admin: User, sign_in: Sign
) -> None:
    for email in UNSEEN:
        assert send(door, kind, email, by=admin, sign_in=sign_in) == []
        assert addresses(kind) == ["a@example.com"]
        {"customer": Customer, "user": User}[kind].objects.filter(email="a@example.com").delete()


@pytest.mark.parametrize("door", ["form", "api", "import", "domain"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_address_that_nobody_types_is_refused(
    kind: str, door: str, admin: User, sign_in: Sign
) -> None:
    for email in REFUSED:
        found = send(door, kind, email, by=admin, sign_in=sign_in)
        assert (email, found) == (email, [WRONG])
    assert addresses(kind) == []


@pytest.mark.parametrize("door", ["form", "api", "import"])
def test_an_address_that_looks_the_same_is_given_once(
    door: str, admin: User, sign_in: Sign
) -> None:
    make_user(email="b@ärzte.at")
    for same in ("B@ÄRZTE.at", "b@a\N{COMBINING DIAERESIS}rzte.at", "b@är\u200bzte.at"):
        assert send(door, "user", same, by=admin, sign_in=sign_in) == [TAKEN]
        with pytest.raises(IntegrityError), transaction.atomic():
            make_user(email=same)


def test_whoever_forgot_a_password_is_found_by_what_the_address_looks_like() -> None:
    person = make_user(email="b@Ärzte.at")
    for typed in ("b@ärzte.at", " B@A\N{COMBINING DIAERESIS}RZTE.AT", "b@är\u200bzte.at"):
        assert invitations.find(typed) == person
    assert invitations.find("b@arzte.at") is None


@pytest.mark.parametrize("door", ["form", "api", "import", "domain"])
def test_who_edits_another_field_does_not_change_an_address_of_before(
    door: str, admin: User, sign_in: Sign
) -> None:
    was = '"a"@exam\u200bple.com'
    customer = make_customer(name="Baker")
    Customer.objects.filter(pk=customer.pk).update(email=was)
    customer.refresh_from_db()
    if door == "form":
        client = sign_in(admin)
        url = reverse("admin:operations_customer_change", args=[customer.pk])
        form = pages.fields(client.get(url), "customer_form")
        assert client.post(url, form | {"phone": "1"}).status_code == 302
    elif door == "api":
        programs.program(admin).patch(f"/customers/{customer.pk}", {"phone": "1"})
    elif door == "import":
        load("customers", {"name": "Baker", "phone": "1", "email": was}, by=admin)
    else:
        acts.edit(customer, by=admin, phone="1")
    customer.refresh_from_db()
    assert (customer.phone, customer.email) == ("1", was)


def test_a_file_changes_no_address_that_is_kept_alike(admin: User) -> None:
    make_customer(name="Baker", email="a@example.com")
    result = load("customers", {"name": "Baker", "email": "a@exam\u200bple.com"}, by=admin)
    assert result.ran.counts.kinds["unchanged"] == 1


def test_an_address_that_is_free_again_is_that_of_the_double(admin: User) -> None:
    first, second = make_user(email="c@example.com"), make_user()
    User.objects.filter(pk=second.pk).update(
        email="C@example.com", email_folded=f"c@example.com{doubles.APART}{second.pk}"
    )
    first.email = ""
    first.save()
    second.refresh_from_db()
    assert (second.email, second.email_folded) == ("C@example.com", "c@example.com")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user(email="c@EXAMPLE.com")
